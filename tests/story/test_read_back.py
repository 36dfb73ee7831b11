"""What Konnect acknowledged and what it lists: a sample after each file, all on request, pushed again if need be."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connector.sandbox import Sandbox
from tests.story.shop import LOCATION, Shop, stock_csv

SKUS = [f"P-{number:02}" for number in range(30)]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox that lists what the tests sell, and takes what it does not list."""
    products = [{"sku": sku, "mrp": 10, "esp": 10} for sku in SKUS]
    with Sandbox(seed={"accept_unknown_skus": True, "products": products}) as running:
        yield running


def prices(esp: int, *more: str) -> str:
    lines = [f"{LOCATION},{sku},999,{esp},INR" for sku in SKUS]
    return "\r\n".join(["location_id,sku,mrp,esp,currency", *lines, *more]) + "\r\n"


def selling(shop: Shop) -> dict[tuple[str, str], float]:
    return {key: float(price.esp) for key, price in shop.sandbox.control.prices().items()}


def test_a_sample_is_read_back_after_each_file(shop: Shop) -> None:
    shop.drop("prices.csv", prices(799, f"{LOCATION},NOT-LISTED,5,5,INR"))
    (drop,) = shop.once()["drops"]
    assert drop["read_back"]["differences"] == []
    assert 5 <= drop["read_back"]["compared"] <= 10
    assert "prices read back" in shop.connector("show", str(drop["drop"])).stdout
    calls = [call for call in shop.sandbox.control.calls() if call["path"].startswith("/ims/v3/listings")]
    assert len(calls) == 1
    shop.drop("stock.csv", stock_csv([("P-01", 5)]))
    (drop,) = shop.once()["drops"]
    assert drop["read_back"] is None, "of stock the API tells nothing"


def test_what_was_acknowledged_and_not_applied_is_found_and_pushed_again(shop: Shop) -> None:
    shop.drop("prices.csv", prices(799))
    shop.once()
    shop.sandbox.control.faults(f"unapplied=skus:{','.join(SKUS[:20])}")
    shop.drop("sale.csv", prices(699, f"DEL-02,{SKUS[25]},999,650,INR"))
    (drop,) = shop.once(code=1)["drops"]
    assert drop["feeds"]["price"] == {"accepted": 31}
    assert drop["read_back"]["differences"], "Konnect said yes and did nothing"
    shop.sandbox.control.clear_faults()
    said = shop.connector("verify", code=1).stdout
    assert "30 SKUs with a price compared, 20 differ" in said
    assert "Stock is not compared" in said
    found = shop.json("verify", code=1)["accounts"][0]
    first = found["differences"][0]
    assert (first["sku"], first["listed"]) == ("P-00", "999.00|799.00|INR")
    assert first["published"] == {LOCATION: "999.00|699.00|INR"}
    pushed = shop.json("verify", "--push", "--by", "anna", code=1)["accounts"][0]
    (made,) = shop.once()["drops"]
    assert (made["drop"], made["feeds"]) == (pushed["made"], {"price": {"accepted": 20}})
    assert shop.json("verify")["accounts"][0]["differences"] == []
    now = selling(shop)
    assert (now[LOCATION, "P-00"], now["DEL-02", SKUS[25]]) == (699, 650)
    (decision,) = shop.json("show", str(made["drop"]))["decisions"]
    assert (decision["what"], decision["by"], decision["about"]) == ("pushed again", "anna", "20 prices")


def test_what_a_newer_file_sets_meanwhile_is_not_pushed_back(shop: Shop) -> None:
    shop.drop("prices.csv", prices(799))
    shop.once()
    shop.sandbox.control.faults("unapplied=skus:P-01,P-02")
    shop.drop("sale.csv", prices(699))
    shop.once(code=(0, 1))
    shop.sandbox.control.clear_faults()
    shop.drop("odd.csv", "Ref,Teile\r\nP-01,600\r\n")
    (odd,) = shop.once(code=1)["drops"]
    pushed = shop.json("verify", "--push", code=1)
    assert pushed["running"] is False
    profile = (
        'feeds = ["price"]\n[columns]\nsku = "Ref"\nmrp = "Teile"\nesp = "Teile"\n'
        f'[location]\nconstant = "{LOCATION}"\n[guards]\nmrp_move = 99\n'
    )
    (shop.folder / "config" / "profiles" / "odd.toml").write_text(profile, encoding="utf-8")
    shop.connector("retry", str(odd["drop"]))
    shop.once()
    now = selling(shop)
    assert (now[LOCATION, "P-01"], now[LOCATION, "P-02"]) == (600, 699)
    made = shop.json("show", str(pushed["accounts"][0]["made"]))
    assert made["feeds"] == {"price": {"accepted": 1, "superseded": 1}}


def test_a_read_back_that_fails_stops_nothing(shop: Shop) -> None:
    shop.quick()
    shop.sandbox.control.faults("503=every:1,on:listings")
    shop.drop("prices.csv", prices(799))
    (drop,) = shop.once()["drops"]
    assert (drop["state"], drop["read_back"]["compared"]) == ("archived", 0)
    assert "503" in drop["read_back"]["failed"]
    shop.connector("verify", code=3)
    shop.connector("verify", "--account", "nobody", code=2)
