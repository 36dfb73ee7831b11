"""Prices that moved too far: one row is held while the rest goes; a tax day waits for a person, but for its outlier."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

from tests.story.shop import Shop, every_record_has_one_verdict

SKUS = [f"SKU-{number:03}" for number in range(60)]
Prices = dict[str, tuple[Decimal, Decimal]]


def price_list(prices: Prices, stock: Callable[[str], int] = lambda _: 5) -> str:
    """A list of prices and stock, as an ERP of a small shop writes it."""
    rows = (f"BLR-01,{sku},{mrp},{esp},{stock(sku)}\r\n" for sku, (mrp, esp) in prices.items())
    return "Store,Item Code,MRP,Selling Price,Closing Stock\r\n" + "".join(rows)


def ordinary_days() -> Sequence[Prices]:
    """Three lists with the small moves of every day."""
    return [
        {sku: (Decimal(100 + at + day), Decimal(80 + at + day)) for at, sku in enumerate(SKUS)}
        for day in range(3)
    ]


def tax_day(before: Prices, wrong: str) -> Prices:
    """Every MRP by nearly one ratio, the selling prices stay; one MRP nine times."""
    moved = {sku: (Decimal(round(mrp * Decimal("1.4"))), esp) for sku, (mrp, esp) in before.items()}
    return moved | {wrong: (before[wrong][0] * 9, before[wrong][1])}


def at_konnect(shop: Shop) -> Prices:
    return {sku: (row.mrp, row.esp) for (_, sku), row in shop.sandbox.control.prices().items()}


def let_go(shop: Shop, drop: int, *told: str, code: int = 0) -> None:
    """A person approves a held drop, and it is sent."""
    shop.connector("approve", str(drop), "--by", "asha", *told)
    (gone,) = shop.once(code=code)["drops"]
    assert (gone["drop"], gone["state"]) == (drop, "archived")


def result_rows(shop: Shop) -> list[dict[str, str]]:
    """The newest result file."""
    newest = max(
        (shop.folder / "outbox" / "results").rglob("result.csv"), key=lambda path: path.stat().st_mtime_ns
    )
    with newest.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def corrections(shop: Shop) -> list[Path]:
    return [path for path in (shop.folder / "outbox").rglob("*") if path.is_file() and "correct" in path.name]


def test_a_row_that_moved_too_far_is_held_and_everything_else_goes(shop: Shop) -> None:
    first, second, _ = ordinary_days()
    shop.drop("prices.csv", price_list(first))
    shop.once()
    wrong = second | {"SKU-007": (Decimal(963), Decimal(87))}
    shop.drop("prices.csv", price_list(wrong, lambda sku: 9 if sku == "SKU-007" else 5))
    outcome = shop.once(code=1)
    (drop,) = outcome["drops"]
    assert drop["state"] == "archived"
    assert drop["feeds"] == {
        "inventory": {"accepted": 1, "unchanged": 59},
        "price": {"accepted": 59, "held": 1},
    }
    every_record_has_one_verdict(shop.folder / "state" / "ledger.db", drop["drop"], 120)
    assert at_konnect(shop) == second | {"SKU-007": first["SKU-007"]}
    assert shop.stock()["BLR-01", "SKU-007"] == 9, "its stock goes on"
    said = shop.json("show", str(drop["drop"]), code=1)
    assert [(row["line"], row["sku"], row["verdict"], row["column"]) for row in said["rows"]] == [
        (9, "SKU-007", "held", "MRP")
    ]
    assert "from 107.00 to 963.00, 9 times" in said["rows"][0]["reason"]
    assert [row["verdict"] for row in result_rows(shop)] == ["held"]
    assert corrections(shop) == []
    assert [(one["drop"], one["rows"]) for one in shop.json("status")["held_rows"]] == [(drop["drop"], 1)]
    shop.drop("prices.csv", price_list(second))
    assert shop.once()["drops"][0]["feeds"]["price"] == {"accepted": 1, "unchanged": 59}
    assert shop.json("status")["held_rows"] == []


def test_a_tax_day_waits_for_a_person_and_its_outlier_stays_behind(shop: Shop) -> None:
    days = ordinary_days()
    for day in days:
        shop.drop("prices.csv", price_list(day))
        assert shop.once()["drops"][0]["state"] == "archived"
    taxed = tax_day(days[-1], "SKU-007")
    path = shop.drop("prices.csv", price_list(taxed))
    checked = shop.json("check", str(path), code=1)[0]
    assert checked["disposition"] == "hold"
    assert [row["sku"] for row in checked["held"]] == ["SKU-007"]
    (drop,) = shop.once(code=1)["drops"]
    assert drop["state"] == "held"
    assert "MRP of 59 rows" in drop["reason"]
    assert "1.4 times" in drop["reason"]
    assert "SKU-007" in drop["reason"]
    assert at_konnect(shop) == days[-1], "nothing of it was sent"
    let_go(shop, drop["drop"], "--why", "new taxes", "--except-outliers", code=1)
    assert at_konnect(shop) == taxed | {"SKU-007": days[-1]["SKU-007"]}
    assert [(row["sku"], row["verdict"], row["value"]) for row in result_rows(shop)] == [
        ("SKU-007", "held", "981.00")
    ]
    every_record_has_one_verdict(shop.folder / "state" / "ledger.db", drop["drop"], 120)
    shown = shop.json("show", str(drop["drop"]), code=1)
    (crowd,) = [
        guard for guard in shown["report"]["guards"] if guard["name"] == "price_crowd" and guard["figure"]
    ]
    assert crowd["verdict"] == "approved"


def test_a_release_of_all_takes_the_outlier_along(shop: Shop) -> None:
    before = ordinary_days()[0]
    shop.drop("prices.csv", price_list(before))
    shop.once()
    taxed = tax_day(before, "SKU-007")
    shop.drop("prices.csv", price_list(taxed))
    (drop,) = shop.once(code=1)["drops"]
    let_go(shop, drop["drop"], "--why", "it is a new pack of nine")
    assert at_konnect(shop) == taxed
