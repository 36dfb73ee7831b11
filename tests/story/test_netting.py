"""Orders newer than a stock file are taken off its figures, where the profile asks for it; each row says so."""

from __future__ import annotations

import json

from tests.story.shop import LOCATION, Shop

STOCK = """Stock as on 2026-11-20

location_id,sku,quantity
BLR-01,A-1,5
BLR-01,A-2,3
BLR-01,A-3,9
DEL-02,A-1,4
"""
ORDERS = """location_id,sku,quantity,ordered_at
BLR-01,A-1,1,2026-11-20T23:59
BLR-01,A-1,2,2026-11-21T10:05
BLR-01,A-1,1,2026-11-21T11:00
BLR-01,A-2,7,2026-11-21T10:30
BLR-01,X-9,1,2026-11-21T10:30
"""


def set_up(shop: Shop, *, net: bool = True) -> None:
    policy = '[policy]\norders = "net"\n' if net else ""
    text = f'[match]\nheaders = ["location_id", "sku", "quantity"]\n{policy}'
    (shop.folder / "config" / "profiles" / "stock.toml").write_text(text, encoding="utf-8")
    (shop.folder / "state").mkdir(exist_ok=True)
    (shop.folder / "state" / "orders.csv").write_text(ORDERS, encoding="utf-8")
    shop.configure(('# file = "state/orders.csv"', 'file = "state/orders.csv"'))


def test_what_was_ordered_since_is_taken_off_and_each_row_says_so(shop: Shop) -> None:
    set_up(shop)
    shop.drop("stock.csv", STOCK)
    (drop,) = shop.once()["drops"]
    assert drop["feeds"] == {"inventory": {"accepted": 4}}
    assert shop.stock() == {
        (LOCATION, "A-1"): 2, (LOCATION, "A-2"): 0, (LOCATION, "A-3"): 9, ("DEL-02", "A-1"): 4,
    }  # fmt: skip
    planned = shop.json("show", str(drop["drop"]))["report"]["feeds"]["inventory"]
    assert planned["netted"] == 2
    assert planned["netted_rows"][1] == {
        "line": 5, "location": LOCATION, "sku": "A-2", "in_file": 3, "netted_by": 7, "value": 0,
    }  # fmt: skip
    assert "5 in the file, 3 ordered since: 2" in " ".join(
        shop.connector("show", str(drop["drop"])).stdout.split()
    )
    (change,) = shop.json("history", "--sku", "A-1", "--location", LOCATION)["changes"]
    assert (change["value"], change["in_file"], change["netted_by"]) == ("2", "5", 3)
    assert "5 in the file, 3 ordered since" in shop.connector("history", "--sku", "A-1").stdout
    told = json.loads(next((shop.folder / "outbox").rglob("*-stock/result.json")).read_text("utf-8"))
    assert [row["sku"] for row in told["netted"]["inventory"]] == ["A-1", "A-2"]
    shop.drop("later.csv", STOCK.replace("2026-11-20", "2026-11-21").replace("A-1,5", "A-1,2", 1))
    shop.once()
    assert shop.stock()[LOCATION, "A-1"] == 2, "the newer file knows of the orders"


def test_a_profile_that_does_not_ask_sends_what_the_file_says(shop: Shop) -> None:
    set_up(shop, net=False)
    shop.drop("stock.csv", STOCK)
    shop.once()
    assert shop.stock()[LOCATION, "A-1"] == 5


def test_orders_that_cannot_be_read_hold_the_file(shop: Shop) -> None:
    set_up(shop)
    orders = shop.folder / "state" / "orders.csv"
    orders.write_text(ORDERS.replace("2026-11-21T11:00", "yesterday"), encoding="utf-8")
    shop.drop("stock.csv", STOCK)
    (drop,) = shop.once(code=1)["drops"]
    assert drop["state"] == "held"
    assert "orders.csv, line 4" in drop["reason"]
    orders.write_text(ORDERS, encoding="utf-8")
    shop.connector("retry", str(drop["drop"]))
    shop.once()
    assert shop.stock()[LOCATION, "A-1"] == 2
    shop.configure(('file = "state/orders.csv"', '# file = "state/orders.csv"'))
    shop.drop("again.csv", STOCK.replace("A-3,9", "A-3,8"))
    (drop,) = shop.once()["drops"]
    assert "nothing says where orders come from" in shop.connector("show", str(drop["drop"])).stdout.replace(
        "\n", " "
    )
