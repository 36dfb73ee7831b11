"""Listed prices against acknowledged ones: which differ, and which cannot be compared."""

import pyarrow as pa
import pytest

from connector.shaping.readback import compare
from tests.unit.shaping_tables import published


def listing(*rows):
    names = ("sku", "mrp", "esp", "currency")
    return pa.table(
        {name: pa.array([row[at] for row in rows], pa.large_string()) for at, name in enumerate(names)}
    )


def shelves(*rows):
    """Location, SKU, value, landing."""
    return published(*((place, sku, value, landing, 1) for place, sku, value, landing in rows))


PRICE = "999.00|799.00|INR"


@pytest.mark.parametrize(
    ("listed", "differs"),
    [
        (("A", "999.00", "799.00", "INR"), False),
        (("A", "999.00", None, None), False),
        (("A", None, None, None), False),
        (("A", "999.00", "798.00", "INR"), True),
        (("A", None, "798.00", None), True),
        (("A", "999.00", "799.00", "USD"), True),
    ],
)
def test_all_that_the_list_says_must_be_what_was_acknowledged(listed, differs):
    found = compare(listing(listed), shelves(("L1", "A", PRICE, 3)))
    assert (found.skus, found.not_listed, bool(found.differences)) == (1, 0, differs)


def test_a_price_of_any_location_is_right_for_the_list_names_none():
    there = shelves(("L1", "A", PRICE, 3), ("L2", "A", "999.00|650.00|INR", 4))
    assert compare(listing(("A", "999.00", "650.00", "INR")), there).differences == ()
    (found,) = compare(listing(("A", "999.00", "600.00", "INR")), there).differences
    assert found.published == {"L1": PRICE, "L2": "999.00|650.00|INR"}
    assert (found.sku, found.listed, found.newest) == ("A", "999.00|600.00|INR", 4)


def test_what_is_not_listed_or_in_doubt_is_not_compared():
    there = shelves(("L1", "A", PRICE, 3), ("L1", "B", "", 3))
    found = compare(listing(("B", "1.00", "1.00", "INR")), there)
    assert (found.skus, found.not_listed, found.differences) == (0, 1, ())


def test_only_some():
    there = shelves(("L1", "A", PRICE, 3), ("L1", "B", PRICE, 3))
    listed = listing(("A", "1.00", "1.00", "INR"), ("B", "1.00", "1.00", "INR"))
    found = compare(listed, there, pa.array(["B", "C"], pa.large_string()))
    assert [one.sku for one in found.differences] == ["B"]
