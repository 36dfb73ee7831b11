"""What Konnect lists: pulled whole or not at all, kept fresh, and gone by for SKUs nobody knows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.sandbox import Sandbox
from tests.story.shop import LOCATION, Shop, end, stock_csv, wait_until

PRODUCTS = [f"TS-RED-{number}" for number in range(40)] + ["00123", "00777", "777", "8901234567890"]


def seed(*more: str) -> dict[str, object]:
    products = [{"sku": sku, "mrp": 999, "esp": 799} for sku in (*PRODUCTS, *more)]
    return {"accept_unknown_skus": True, "products": products}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox with a list of products that takes any other SKU too."""
    with Sandbox(seed=seed()) as running:
        yield running


def profile(shop: Shop, unknown: str) -> None:
    text = f'[match]\nnames = ["*.csv"]\n[policy]\nunknown = "{unknown}"\n'
    (shop.folder / "config" / "profiles" / "stock.toml").write_text(text, encoding="utf-8")


def known(shop: Shop) -> tuple[int, str | None]:
    (one,) = shop.json("status")["catalogue"]
    return one["products"], one["failure"]


def test_a_pull_that_fails_leaves_the_old_list_standing_and_is_told(shop: Shop) -> None:
    shop.quick()
    assert shop.json("catalog", "pull")["products"] == len(PRODUCTS)
    assert known(shop) == (len(PRODUCTS), None)
    shop.sandbox.control.reset(seed("NEW-1"))
    shop.sandbox.control.faults("503=every:1,on:listings")
    shop.connector("catalog", "pull", code=3)
    products, failure = known(shop)
    assert (products, bool(failure)) == (len(PRODUCTS), True)
    assert "the last try" in shop.connector("status").stdout
    shop.sandbox.control.clear_faults()
    shop.connector("catalog", "pull")
    assert known(shop) == (len(PRODUCTS) + 1, None)
    shop.sandbox.control.reset({**seed(), "products": []})
    said = shop.connector("catalog", "pull", code=3).stderr
    assert "the list is not whole, the old one stands" in said
    assert known(shop)[0] == len(PRODUCTS) + 1


def test_the_daemon_keeps_the_list_fresh(shop: Shop) -> None:
    shop.quick()
    daemon = shop.start()
    try:
        wait_until(lambda: shop.works(daemon))
        wait_until(lambda: (shop.json("status")["catalogue"] or [{"products": 0}])[0]["products"])
    finally:
        code, said = end(daemon)
    assert code == 0, said
    assert "list of products pulled" in said
    assert known(shop) == (len(PRODUCTS), None)


def test_unknown_skus_are_told_with_the_nearest_and_held_where_the_profile_says_so(
    shop: Shop, tmp_path: Path
) -> None:
    file = tmp_path / "stock.csv"
    rows: list[tuple[str, object]] = [("TS-RED-1", 5), ("TS-RED1O", 6), ("QQ-9", 7)]
    file.write_text(stock_csv(rows), encoding="utf-8")
    profile(shop, "hold")
    (found,) = shop.json("check", str(file))
    assert "was never pulled" in found["feeds"]["inventory"]["messages"][-1]
    shop.connector("catalog", "pull")
    profile(shop, "send")
    (found,) = shop.json("check", str(file))
    (message,) = found["feeds"]["inventory"]["messages"]
    assert message.startswith(
        "2 records have an SKU that Konnect does not list, sent as they are: TS-RED1O (like TS-RED-1"
    )
    profile(shop, "hold")
    shop.drop("stock.csv", stock_csv(rows))
    (drop,) = shop.once(code=1)["drops"]
    assert drop["feeds"]["inventory"] == {"accepted": 1, "held": 2}
    assert shop.stock() == {(LOCATION, "TS-RED-1"): 5}
    first, second = drop["held_rows"]
    assert (first["value"], first["column"]) == ("TS-RED1O", "sku")
    assert "known SKUs like it: TS-RED-1" in first["reason"]
    assert "like it" not in second["reason"]
    shop.connector("approve", str(drop["drop"]), "--sku", "QQ-9")
    shop.once()
    assert shop.stock()[LOCATION, "QQ-9"] == 7
    shop.drop("again.csv", stock_csv([("QQ-9", 8), ("TS-RED-1", 4)]))
    (again,) = shop.once()["drops"]
    assert again["feeds"]["inventory"] == {"accepted": 2}, "what was accepted once is known"


def test_a_list_that_is_too_old_says_nothing(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "stock.csv"
    file.write_text(stock_csv([("QQ-9", 7)]), encoding="utf-8")
    profile(shop, "hold")
    shop.connector("catalog", "pull")
    (found,) = shop.json("check", str(file), code=1)
    assert found["feeds"]["inventory"]["verdicts"] == {"held": 1}
    shop.configure(("# max_age_hours = 168 ", "max_age_hours = 0.000001 #"))
    (found,) = shop.json("check", str(file))
    assert found["feeds"]["inventory"]["verdicts"] == {"accepted": 1}
    assert "too old to go by" in found["feeds"]["inventory"]["messages"][-1]


def test_lost_zeros_come_back_only_when_the_list_has_no_other(shop: Shop) -> None:
    shop.connector("catalog", "pull")
    shop.drop("stock.csv", stock_csv([("123", 5), ("777", 6), ("8.90123E+12", 7), ("ts-red-3", 8)]))
    (drop,) = shop.once(code=1)["drops"]
    assert shop.stock() == {(LOCATION, "00123"): 5, (LOCATION, "777"): 6, (LOCATION, "ts-red-3"): 8}
    (row,) = drop["rows"]
    assert "known SKUs it may have been: 8901234567890" in row["reason"]
    shown = shop.json("show", str(drop["drop"]), code=1)["report"]["feeds"]["inventory"]
    assert (shown["notes"]["zeros_restored"], shown["notes"]["near_known"]) == (1, 1)
    assert any("00123" in message for message in shown["messages"])
