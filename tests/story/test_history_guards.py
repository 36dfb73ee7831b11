"""Guards that know a feed's earlier files: short files, older ones, drifted layouts, and limits a feed has taught."""

from __future__ import annotations

from typing import Any

from tests.story.shop import LOCATION, Shop, stock_csv

SKUS = [f"KRT-{number}-M" for number in range(300)]
FULL = """mode = "full"
[match]
headers = ["sku", "quantity"]
"""


def stock(pieces: int = 5, *, rows: int = 300, gone: int = 0, sold: int = 0) -> str:
    """A file of so many rows, of which some are 0 and some have one piece less."""
    return stock_csv(
        [(sku, 0 if at < gone else pieces - (at < gone + sold)) for at, sku in enumerate(SKUS[:rows])]
    )


def once(shop: Shop, name: str, content: str, *, code: int = 0) -> dict[str, Any]:
    shop.drop(name, content)
    drops = shop.once(code=code)["drops"]
    return dict(drops[-1])


def holds(shop: Shop, drop: dict[str, Any]) -> list[str]:
    """The guards that hold a drop."""
    assert drop["state"] == "held"
    guards = shop.json("show", str(drop["drop"]), code=(0, 1))["report"]["guards"]
    return [guard["name"] for guard in guards if guard["verdict"] == "hold"]


def profile(shop: Shop, text: str) -> None:
    (shop.folder / "config" / "profiles" / "stock.toml").write_text(text, encoding="utf-8")


def test_a_short_file_is_held_and_the_next_whole_one_goes_on(shop: Shop) -> None:
    profile(shop, FULL)
    once(shop, "stock.csv", stock())
    held = once(shop, "stock.csv", stock(4, rows=120), code=1)
    assert holds(shop, held) == ["stock_absent", "row_count"]
    assert "this file has 120 inventory rows; its last 1 drops had 300: it was cut short" in held["reason"]
    assert set(shop.stock().values()) == {5}
    once(shop, "stock.csv", stock(3))
    assert set(shop.stock().values()) == {3}
    assert shop.json("show", str(held["drop"]))["state"] == "superseded"


def test_an_older_file_sets_nothing_back_until_a_person_says_so(shop: Shop) -> None:
    once(shop, "stock_2026-11-20.csv", stock(5))
    once(shop, "Stock 22-11-2026.csv", stock(4))
    by_name = once(shop, "stock 21 Nov 26.csv", stock(3), code=1)
    assert holds(shop, by_name) == ["older_snapshot"]
    assert (
        "is of 21 Nov 2026, and drop 2 (Stock 22-11-2026.csv), which went through, is of 22 Nov 2026"
        in (by_name["reason"])
    )
    again = once(shop, "resent.csv", stock(5), code=1)
    assert holds(shop, again) == ["older_snapshot"]
    assert "this file is drop 1 (stock_2026-11-20.csv) once more, byte by byte" in again["reason"]
    assert set(shop.stock().values()) == {4}
    shop.connector("approve", str(again["drop"]))
    shop.once()
    assert set(shop.stock().values()) == {5}


def test_the_date_above_the_table_comes_before_the_name(shop: Shop) -> None:
    titled = "Aranya Crafts,\r\nStock as on {}-Nov-2026,\r\n\r\n{}".format
    once(shop, "b_2026-11-25.csv", titled(22, stock(5)))
    once(shop, "a_2026-11-24.csv", titled(23, stock(4)))
    held = once(shop, "c_2026-11-26.csv", titled(21, stock(3)), code=1)
    assert holds(shop, held) == ["older_snapshot"]
    assert set(shop.stock().values()) == {4}


def test_a_clock_that_is_ahead_is_reported_and_stops_nothing(shop: Shop) -> None:
    drop = once(shop, "stock_2099-01-01.csv", stock())
    assert drop["state"] == "archived"
    shown = shop.connector("show", str(drop["drop"])).stdout
    assert "the time in its name is 01 Jan 2099" in " ".join(shown.split())
    assert once(shop, "stock_2026-11-22.csv", stock(4))["state"] == "archived"


def test_a_column_that_was_renamed_is_a_question_of_a_guard(shop: Shop) -> None:
    once(shop, "stock.csv", stock())
    held = once(shop, "stock.csv", stock(4).replace("quantity", "adjustment", 1), code=1)
    assert holds(shop, held) == ["layout_drift"]
    assert "the column 'quantity' (quantity) is not in the table any more" in held["reason"]
    (checked,) = shop.json(
        "check", str(shop.drop("../stock.csv", stock(4).replace("quantity", "qty change", 1))), code=1
    )
    assert [guard["name"] for guard in checked["guards"]] == ["layout_drift"]
    assert "waits for an answer" in shop.connector("approve", str(held["drop"]), code=2).stderr
    assert set(shop.stock().values()) == {5}


def test_a_quiet_feed_teaches_a_closer_limit_and_a_profile_overrules_it(shop: Shop) -> None:
    for number in range(21):
        shop.drop(f"stock {number:02}.csv", stock(5, sold=number))
    shop.once()
    much = shop.drop("../much.csv", stock(5, gone=24))
    (checked,) = shop.json("check", str(much), code=1)
    (guard,) = [guard for guard in checked["guards"] if guard["verdict"] == "hold"]
    assert (guard["name"], guard["limit"], guard["source"]) == ("stock_gone", 0.075, "its last 21 drops")
    assert "(8%, the limit is 8%, learned from its last 21 drops)" in checked["reason"]
    assert "guard stock_gone: 0.08, its limit 0.075 is from its last 21 drops" in (
        shop.connector("check", str(much), code=1).stdout
    )
    profile(shop, "[match]\nheaders = ['sku', 'quantity']\n[guards]\nstock_gone = 0.1\n")
    (checked,) = shop.json("check", str(much))
    assert checked["disposition"] == "accept"
    assert LOCATION
