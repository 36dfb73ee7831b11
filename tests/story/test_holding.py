"""Held, and then: let go, dismissed. A person's word is kept, and never sets an older value over a newer one."""

from __future__ import annotations

import json

from tests.story.shop import LOCATION, Shop, stock_csv

COUNT = 25
"""More prices than may move at once."""


def prices(rows: dict[str, object]) -> str:
    lines = "".join(f"{LOCATION},{sku},{esp},{esp},INR\r\n" for sku, esp in rows.items())
    return f"location_id,sku,mrp,esp,currency\r\n{lines}"


def all_at(esp: object) -> dict[str, object]:
    return {f"SKU-{number:02}": esp for number in range(COUNT)}


def selling(shop: Shop) -> dict[str, float]:
    return {sku: float(price.esp) for (_, sku), price in shop.sandbox.control.prices().items()}


def hold_a_crowd(shop: Shop) -> str:
    """Good prices, then a file in paise; its number."""
    shop.drop("good.csv", prices(all_at(999)))
    shop.once()
    shop.drop("paise.csv", prices(all_at(99900)))
    (drop,) = shop.once(code=1)["drops"]
    assert drop["state"] == "held"
    return str(drop["drop"])


def test_a_late_approval_overwrites_nothing_newer(shop: Shop) -> None:
    held = hold_a_crowd(shop)
    shop.drop("newer.csv", prices({"SKU-00": 998, "SKU-01": 999}))
    shop.once()
    said = shop.connector("approve", held, "--by", "anna", "--why", "new price list").stdout
    assert "approved by anna" in said
    shop.once()
    now = selling(shop)
    assert (now["SKU-00"], now["SKU-01"], now["SKU-02"]) == (998, 999, 99900)
    shown = shop.json("show", held)
    assert shown["feeds"] == {"price": {"accepted": COUNT - 2, "superseded": 2}}
    (decision,) = shown["decisions"]
    assert (decision["what"], decision["by"], decision["why"]) == ("approved", "anna", "new price list")
    assert "approved by anna" in shop.connector("show", held).stdout
    shop.connector("approve", held, code=2)


def test_a_dismissed_file_sends_nothing_and_is_archived(shop: Shop) -> None:
    held = hold_a_crowd(shop)
    shop.connector("dismiss", held, "--why", "in paise")
    (drop,) = shop.once()["drops"]
    assert drop["state"] == "dismissed"
    assert set(selling(shop).values()) == {999}
    (kept,) = (path for path in shop.archived() if "paise" in path.name)
    assert kept.parent.name == "dismissed"
    assert shop.left_in_inbox() == []
    result = json.loads(next((shop.folder / "outbox").rglob("*-paise/result.json")).read_text("utf-8"))
    assert [(one["what"], one["why"]) for one in result["decisions"]] == [("dismissed", "in paise")]
    assert shop.json("show", held)["decisions"][0]["by"], "the login name is the default"
    said = shop.connector("dismiss", held, code=2).stderr
    assert "is dismissed; only a held or unmatched one" in said


def test_a_question_is_answered_and_not_approved(shop: Shop) -> None:
    shop.drop("odd.csv", 'sku,quantity\r\nA-1,"1,234"\r\nA-2,"5,678"\r\n')
    (drop,) = shop.once(code=1)["drops"]
    assert drop["state"] == "held"
    said = shop.connector("approve", str(drop["drop"]), code=2).stderr
    assert "waits for an answer, not for an approval" in said
    assert "no drop 99" in shop.connector("approve", "99", code=2).stderr


def test_undo_brings_back_what_was_there_before_but_for_what_is_newer(shop: Shop) -> None:
    held = hold_a_crowd(shop)
    shop.connector("approve", held)
    shop.once()
    assert set(selling(shop).values()) == {99900}
    shop.drop("newer.csv", prices({"SKU-03": 99800}))
    shop.once()
    said = shop.connector("undo", held, "--by", "anna", "--why", "in paise", code=1).stdout
    assert f"{COUNT - 1} values" in said
    assert "1 values are left alone" in said
    assert "SKU-03" in said
    (undone,) = shop.once()["drops"]
    assert undone["feeds"] == {"price": {"accepted": COUNT - 1}}
    now = selling(shop)
    assert now.pop("SKU-03") == 99800
    assert set(now.values()) == {999}
    shown = shop.json("show", str(undone["drop"]))
    assert [(one["what"], one["drop_id"], one["by"]) for one in shown["decisions"]] == [
        ("undone", int(held), "anna")
    ]
    assert {guard["verdict"] for guard in shown["report"]["guards"]} == {"pass", "approved"}
    assert "can be undone" in shop.connector("undo", held, code=1).stdout
    shop.connector("undo", "99", code=2)
    shop.drop("paise again.csv", prices(all_at(99900)))
    assert shop.once(code=1)["drops"][0]["state"] == "held", "the same bytes mean something again"


def test_undo_of_stock_and_prices_together(shop: Shop) -> None:
    header = "location_id,sku,quantity,mrp,esp,currency\r\n"
    shop.drop("a.csv", f"{header}BLR-01,0042,5,10,10,INR\r\nBLR-01,1001,7,20,20,INR\r\n")
    shop.once()
    shop.drop(
        "b.csv", f"{header}BLR-01,0042,6,11,11,INR\r\nBLR-01,1001,7,20,20,INR\r\nBLR-01,7.50,8,30,30,INR\r\n"
    )
    (bad,) = shop.once()["drops"]
    said = shop.connector("undo", str(bad["drop"]), code=1).stdout
    assert "had no stock before and get 0" in said
    assert "a price cannot be taken away" in said
    shop.once()
    assert shop.stock() == {("BLR-01", "0042"): 5, ("BLR-01", "1001"): 7, ("BLR-01", "7.50"): 0}
    assert selling(shop) == {"0042": 10, "1001": 20, "7.50": 30}


def test_what_gets_in_between_the_word_and_the_deed_is_not_undone(shop: Shop) -> None:
    shop.drop("a.csv", stock_csv([("A-1", 5), ("A-2", 6)]))
    shop.once()
    shop.drop("bad.csv", stock_csv([("A-1", 7), ("A-2", 8)]))
    (bad,) = shop.once()["drops"]
    shop.drop("odd.csv", "Ref,Teile\r\nA-1,9\r\n")
    (odd,) = shop.once(code=1)["drops"]
    shop.connector("undo", str(bad["drop"]))
    profile = 'feeds = ["inventory"]\n[columns]\nsku = "Ref"\nquantity = "Teile"\n'
    (shop.folder / "config" / "profiles" / "odd.toml").write_text(profile, encoding="utf-8")
    shop.connector("retry", str(odd["drop"]))
    shop.once()
    assert shop.stock() == {("BLR-01", "A-1"): 9, ("BLR-01", "A-2"): 6}
    (undone, *_) = shop.json("drops")["drops"]
    assert undone["feeds"] == {"inventory": {"accepted": 1, "superseded": 1}}
