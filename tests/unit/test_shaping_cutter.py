"""Records that come part by part, cut into as few calls as can be: what fills a lot goes at once, the rest last."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector import shaping
from connector.shaping import Cutter
from tests.unit.shaping_tables import INVENTORY, PRICE, columns, prices, published, stock

LOT = 50_000
"""So many records are written together as soon as they are there."""


def to_send(skus, quantities, places=None, *, known=None):
    routes = {"L1": "one", "L2": "two"}.get
    records = stock(skus, quantities, places or ["L1"] * len(skus), routes=routes)
    return shaping.changes(records, {"one": known or {}}, 5).to_send


def some(count, quantity="7", *, start=0, place="L1"):
    return to_send([f"S{n}" for n in range(start, start + count)], [quantity] * count, [place] * count)


def cut(parts, feed=INVENTORY):
    """The lots that come while the parts are added, and those in the end."""
    cutter = Cutter(feed)
    early = [lot for part in parts for lot in cutter.add(part)]
    return early, list(cutter.finish())


def skus(*lots):
    return [row["sku"] for row in columns(*lots)]


def sent(*lots):
    return [record["sku"] for lot in lots for body in lot.payloads for record in json.loads(body)]


@given(
    st.lists(st.sampled_from(["0", "3", "9"]), max_size=40),
    st.lists(st.sampled_from(["L1", "L2"]), min_size=40, max_size=40),
    st.integers(1, 41),
)
def test_parts_are_cut_like_the_whole(quantities, places, size):
    codes = [f"S{n}" for n in range(len(quantities))]
    known = published(*(("L1", code, "5", 1, 1) for code in ["S0", *codes]))
    whole = to_send(codes, quantities, places[: len(codes)], known=known)
    parts = [whole.slice(start, start + size) for start in range(0, len(whole), size)]
    (before, one), (early, several) = cut([whole]), cut(parts)
    assert before == early == []
    assert [lot.payloads for lot in several] == [lot.payloads for lot in one]
    assert [(lot.account, lot.sizes, lot.urgency) for lot in several] == [
        (lot.account, lot.sizes, lot.urgency) for lot in one
    ]
    assert columns(*several) == columns(*one)


def test_a_lot_goes_as_soon_as_it_is_full_and_the_rest_in_the_end():
    parts = [some(30_000), some(30_000, start=30_000), some(1_234, start=60_000)]
    (full,), (rest,) = cut(parts)
    assert (len(full.columns), full.sizes) == (LOT, [500] * 100)
    assert (len(rest.columns), rest.sizes) == (11_234, [500] * 22 + [234])
    assert skus(full, rest) == sent(full, rest) == [f"S{n}" for n in range(61_234)]
    assert [row["line"] for row in columns(rest)[-2:]] == [1234, 1235]


def test_full_lots_hold_what_is_equally_urgent_and_the_rest_goes_together():
    zeros, others = some(LOT + 10, "0"), some(20, start=LOT + 10)
    (full,), (rest,) = cut([others, zeros])
    assert (full.urgency, len(full.columns)) == (0, LOT)
    assert (rest.urgency, rest.sizes) == (0, [30]), "zeros before the others, in one call"
    assert skus(rest)[:10] == [f"S{n}" for n in range(LOT, LOT + 10)]


def test_what_is_left_is_no_more_urgent_than_its_records():
    (full,), (rest,) = cut([some(LOT, "0"), some(20, start=LOT)])
    assert (full.urgency, rest.urgency) == (0, 2)
    assert cut([some(LOT, "0")])[1] == []


def test_each_account_has_its_own_lots():
    early, rest = cut([some(40_000), some(40_000, place="L2"), some(20_000, start=40_000)])
    assert [(lot.account, len(lot.columns)) for lot in early] == [("one", LOT)]
    assert [(lot.account, len(lot.columns)) for lot in rest] == [("one", 10_000), ("two", 40_000)]
    assert all(set(lot.columns.column("location").to_pylist()) == {"L1"} for lot in early)


def test_nothing_is_cut_of_nothing():
    assert cut([]) == cut([some(0), some(0)]) == ([], [])


@pytest.mark.parametrize("known", ["", "3"])
def test_what_was_there_before_is_told_even_where_it_is_in_doubt(known):
    there = published(("L1", "A", known, 1, 31))
    _, (lot,) = cut([to_send(["A", "B"], ["2", "2"], known=there)])
    before = [(row["sku"], row["previous"], row["previous_batch"]) for row in columns(lot)]
    assert before == [("A", known, 31), ("B", None, None)]
    assert lot.urgency == (1 if known else 2), "of a value in doubt nobody knows whether it falls"


def test_prices_are_all_alike():
    records = prices(["A", "B"], ["5", "7"], ["9", "9"])
    _, (lot,) = cut([shaping.changes(records, {}, 5).to_send], PRICE)
    assert (lot.feed, lot.account, lot.urgency, lot.sizes) == ("price", "main", 2, [2])
    assert sent(lot) == ["A", "B"]
