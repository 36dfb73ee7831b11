"""What a full file does not list: how many zeros are made, of what, and what is told where none are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector import shaping
from connector.feeds import Policy
from connector.shaping.overlap import owned_by
from tests.unit.shaping_tables import published, stock_shaper

ZERO = Policy(absent="zero")
SKUS = [f"S-{number}" for number in range(30)]


def summed(shaper):
    """The tally of a table as planning sums it up."""
    tally = shaping.Tally("inventory")
    for records in shaper.records():
        changed = shaping.changes(records, shaper.published, 9)
        tally.compare(records, changed)
        tally.add(records, changed)
    tally.overlap = shaper.overlap
    return tally


def shelf_of(*rows):
    """SKU, value, landing at L1, on one shelf."""
    there = published(*(("L1", sku, value, landing, 7) for sku, value, landing in rows))
    return {"published": lambda *_: there}


def made(shaper):
    return [row for part in shaper.zeros() for row in part.to_pandas().to_dict("records")]


def test_a_zero_is_a_record_that_knows_what_was_there_before():
    shaper = stock_shaper(["A"], ["5"], **shelf_of(("A", "5", 1), ("B", "3", 2), ("C", "0", 1), ("D", "", 1)))
    assert shaping.zeros_to_make(summed(shaper), ZERO, "full") == 1
    (row,) = made(shaper)
    assert row == {
        "line": 0, "location_id": "L1", "sku": "B", "quantity": 0, "value": "0", "account": "main",
        "previous": "3", "previous_batch": 7,
    }  # fmt: skip


@pytest.mark.parametrize(("policy", "mode"), [(ZERO, "delta"), (Policy(), "full"), (Policy(), "delta")])
def test_no_zero_where_the_profile_does_not_say_so(policy, mode):
    shaper = stock_shaper(["A"], ["5"], **shelf_of(("A", "5", 1), ("B", "3", 1)))
    assert shaping.zeros_to_make(summed(shaper), policy, mode) == 0


@pytest.mark.parametrize("sku", ["", "8.9E+12"])
def test_no_zero_while_a_key_cannot_be_read(sku):
    shaper = stock_shaper(["A", sku], ["5", "6"], **shelf_of(("A", "5", 1), ("B", "3", 1)))
    tally = summed(shaper)
    assert (tally.unkeyed, shaping.zeros_to_make(tally, ZERO, "full")) == (1, 0)
    assert "nothing that is missing is set to 0" in shaping.remarks(tally, ZERO, "full")[0]


def test_a_row_that_is_rejected_for_its_quantity_is_there():
    shaper = stock_shaper(["A", "B"], ["5", "x"], **shelf_of(("A", "5", 1), ("B", "3", 1)))
    assert shaping.zeros_to_make(summed(shaper), ZERO, "full") == 0


def test_only_what_the_lane_owns_and_nothing_newer():
    lanes = {1: "mine", 2: "other", 3: "mine"}
    owned = owned_by("mine", 2, lambda drops: {drop: lanes[drop] for drop in drops})
    rows = shelf_of(("A", "5", 1), ("B", "3", 1), ("C", "3", 2), ("D", "3", 3))
    shaper = stock_shaper(["A"], ["5"], owned=owned, **rows)
    assert shaping.zeros_to_make(summed(shaper), ZERO, "full") == 1
    assert [row["sku"] for row in made(shaper)] == ["B"]


@given(there=st.lists(st.integers(0, 3), min_size=1, max_size=12), listed=st.sets(st.integers(0, 11)))
def test_afterwards_what_is_listed_and_what_is_not_are_all_there_is(there, listed):
    """The stock at Konnect becomes what the file says, and 0 for all else that had stock."""
    skus = [f"K{number}" for number in range(len(there))]
    listing = [sku for number, sku in enumerate(skus) if number in listed] or ["NEW"]
    shaper = stock_shaper(
        listing, ["1"] * len(listing),
        **shelf_of(*((sku, str(value), 1) for sku, value in zip(skus, there, strict=True))),
    )  # fmt: skip
    tally = summed(shaper)
    tally.make_zeros(shaping.zeros_to_make(tally, ZERO, "full"))
    missing = {sku for sku, value in zip(skus, there, strict=True) if value and sku not in listing}
    assert {row["sku"] for row in made(shaper)} == missing
    assert sum(tally.counts().values()) == tally.total + tally.made == len(listing) + len(missing)


@pytest.mark.parametrize(
    ("listed", "zeros", "mode", "told"),
    [
        (28, 0, "full", True),
        (28, 0, "delta", True),
        (20, 0, "full", True),
        (20, 0, "delta", False),  # a list of changes may lack most
        (28, 1, "full", False),  # a file with a 0 hides none
        (30, 0, "full", False),  # nothing is missing
        (15, 0, "full", False),  # too short to tell
    ],
)
def test_a_report_that_hides_its_zeros(listed, zeros, mode, told):
    quantities = ["0"] * zeros + ["5"] * (listed - zeros)
    shaper = stock_shaper(SKUS[:listed], quantities, **shelf_of(*((sku, "5", 1) for sku in SKUS)))
    said = shaping.hidden_zeros(summed(shaper), Policy(), mode)
    assert bool(said) == told
    assert not told or f"{30 - listed} SKUs that had stock" in said


def test_what_is_written_in_other_capitals_is_not_missing_and_still_shows_a_flip():
    there = shelf_of(*((sku, "5", 1) for sku in SKUS))
    shaper = stock_shaper([sku.lower() for sku in SKUS], ["5"] * 30, **there)
    tally = summed(shaper)
    assert shaping.zeros_to_make(tally, ZERO, "full") == 0
    assert tally.overlap.flip is not None
