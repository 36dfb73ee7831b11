"""Netting: which orders count, and what is left of a quantity."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.feeds.inventory import INVENTORY
from connector.feeds.price import PRICE
from connector.shaping.netting import Netting, Order, snapshot_at
from tests.unit.shaping_tables import prices, stock

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def orders(*pieces, at=NOON + MINUTE, sku="A"):
    return [Order("L1", sku, number, at) for number in pieces]


def test_only_later_orders_of_this_sku_and_place_count():
    netting = Netting(
        INVENTORY,
        [*orders(1, 2), *orders(4, at=NOON), *orders(8, sku="B"), Order("L2", "A", 16, NOON + MINUTE)],
        NOON,
    )
    frame = netting.part(stock(["A", "C"], ["9", "5"])).frame
    assert frame["quantity"].tolist() == [6, 5]
    assert frame["value"].tolist() == ["6", "5"]
    assert [(one.line, one.sku, one.before, one.ordered, one.left) for one in netting.rows] == [
        (2, "A", 9, 3, 6)
    ]


@given(stocked=st.integers(0, 50), ordered=st.lists(st.integers(-5, 30), max_size=4))
def test_never_below_zero_and_never_more_than_the_file_says(stocked, ordered):
    netting = Netting(INVENTORY, orders(*ordered), NOON)
    (left,) = netting.part(stock(["A"], [str(stocked)])).frame["quantity"]
    assert left == max(0, stocked - sum(pieces for pieces in ordered if pieces > 0))


def test_prices_are_let_be():
    records = prices(["A"], ["10"], ["10"])
    assert Netting(PRICE, orders(3), NOON).part(records) is records


@pytest.mark.parametrize(
    ("hint", "counted"),
    [
        (None, NOON),
        ("2026-11-20", NOON),
        ("2026-11-19T10:30+00:00", datetime(2026, 11, 19, 10, 30, tzinfo=UTC)),
        ("2026-11-21", NOON),
    ],
)
def test_when_the_stock_was_counted(hint, counted):
    assert snapshot_at(hint, NOON) == counted


def test_a_day_means_its_close():
    close = datetime(2026, 11, 19).astimezone()
    assert snapshot_at("2026-11-18", NOON) == close


def test_of_a_day_that_reads_two_ways_the_one_near_the_landing_counts():
    assert snapshot_at("2026-11-05/2026-05-11", NOON) == datetime(2026, 11, 6).astimezone()
    assert snapshot_at("2026-11-12/2026-12-11", NOON) == datetime(2026, 11, 13).astimezone()
