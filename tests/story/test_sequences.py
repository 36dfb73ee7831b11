"""Real drops one after the other, where ../shared/samples is: what must be held is, and only real changes go out."""

from __future__ import annotations

import gzip

import pytest

from tests.story.shop import Shop
from tests.story.test_samples import SAMPLES

pytestmark = pytest.mark.skipif(not SAMPLES.exists(), reason="the samples are not beside this checkout")


def drop(shop: Shop, sample: str) -> None:
    shop.drop(sample, (SAMPLES / sample).read_bytes())


def listed(sample: str, column: str) -> dict[str, str]:
    """A column of a price list by its item code."""
    header, *rows = gzip.decompress((SAMPLES / sample).read_bytes()).decode("cp1252").splitlines()
    names = header.split("\t")
    split = [row.split("\t") for row in rows]
    return {row[names.index("IdProd")]: row[names.index(column)] for row in split}


def test_a_flip_of_the_key_is_held_and_the_rule_is_said(shop: Shop) -> None:
    drop(shop, "seqB_01_tally_before_flip.xlsx")
    shop.once(code=(0, 1))
    stock, sent = shop.stock(), shop.records_sent()
    assert len(stock) > 500
    drop(shop, "seqB_02_tally_key_flip.xlsx")
    (held,) = shop.once(code=1)["drops"]
    assert held["state"] == "held"
    assert 'have something behind them: ".1001 PATRIKA" is now ".1001 PATRIKA (25/251)"' in held["reason"]
    assert (shop.stock(), shop.records_sent()) == (stock, sent)


def test_of_two_lists_of_one_day_only_what_changed_goes_out(shop: Shop) -> None:
    one, other = "seqE_01_listino.csv.gz", "seqE_02_listino.csv.gz"
    drop(shop, one)
    shop.once(code=(0, 1))
    before = shop.stock()
    calls = len(shop.writes())
    drop(shop, other)
    (done,) = shop.once(code=(0, 1))["drops"]
    assert done["state"] == "archived"
    changed = {
        sku
        for sku, pieces in listed(other, "Disponibilita").items()
        if listed(one, "Disponibilita").get(sku) != pieces
    }
    after = shop.stock()
    assert {sku for (place, sku), pieces in after.items() if before.get((place, sku)) != pieces} <= changed
    assert sum(call["records"] for call in shop.writes()[calls:] if "inventory" in call["path"]) == len(
        changed
    )
