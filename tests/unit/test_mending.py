"""What of a row is still to be mended: only cells of records that did not go through, each with its reason."""

from __future__ import annotations

from connector.feeds.binding import Binding, LocationRule, Policy
from connector.mending import Mending
from connector.model import Fault, RowVerdict, Table, Verdict
from connector.profiles import Match

STOCK = Binding("inventory", {"sku": 0, "quantity": 2}, LocationRule(column=1))
PRICE = Binding("price", {"sku": 0, "esp": 3, "mrp": 4}, LocationRule(column=1))
WIDE = Binding("inventory", {"sku": 0}, LocationRule(wide={1: "Pune", 2: "DEL"}, names={"pune": "PNQ"}))


def mending(
    *bindings: Binding, header: tuple[str, ...] = ("Code", "Store", "Stock", "Price", "MRP", "Name"), **policy
):
    table = Table("csv", "utf-8", ",", None, header, (1,), (), 1, 2, ((),) * len(header), "")
    return Mending(table, Match("p", 0, bindings, policy=Policy(**policy)) if bindings else None)


def verdict(
    line: int, feed: str, *reasons: str, location: str | None = "L", column: str = "", end=Verdict.REJECTED
):
    faults = tuple(Fault(line, column, "", "code", reason) for reason in reasons)
    return RowVerdict(feed, line, location, "A", end, faults)


def rows(one: Mending, verdicts, cells):
    return [(row.line, list(row.cells), list(row.reasons)) for row in one.rows(verdicts, cells)]


def test_values_that_went_through_are_empty_and_everything_else_stays() -> None:
    cells = [(line, ["A", "L", "5", "90", "100", "shoe"]) for line in (2, 3, 4)]
    found = rows(
        mending(STOCK, PRICE),
        [
            verdict(2, "inventory", "no number", column="Stock"),
            verdict(3, "price", "too high", "no MRP"),
            verdict(4, "inventory", "no such SKU", column="Code"),
            verdict(4, "price", "no such SKU", column="Code"),
        ],
        cells,
    )
    assert found == [
        (2, ["A", "L", "5", "", "", "shoe"], ["Stock: no number"]),
        (3, ["A", "L", "", "90", "100", "shoe"], ["too high", "no MRP"]),
        (4, ["A", "L", "5", "90", "100", "shoe"], ["Code: no such SKU"]),
    ]


def test_in_a_wide_table_the_cells_of_other_locations_are_empty_and_reasons_name_theirs() -> None:
    header = ("Code", "Pune", "DEL", "Name")
    cells = [(line, ["A", "1", "2", "shoe"]) for line in (2, 3, 4)]
    found = rows(
        mending(WIDE, header=header),
        [
            verdict(2, "inventory", "no number", location="PNQ", column="Pune"),
            verdict(3, "inventory", "no such SKU", location="PNQ"),
            verdict(3, "inventory", "no such SKU", location="DEL"),
            verdict(4, "inventory", "not whole", location=None),
        ],
        cells,
    )
    assert found == [
        (2, ["A", "1", "", "shoe"], ["PNQ: Pune: no number"]),
        (3, ["A", "1", "2", "shoe"], ["no such SKU"]),
        (4, ["A", "1", "2", "shoe"], ["not whole"]),
    ]


def test_codes_and_what_the_profile_wants_as_it_is() -> None:
    one = mending(STOCK, PRICE, keep_formulas=(" name ", "MRP"))
    assert one.codes == {0, 1}
    assert one.as_it_is == {4, 5}
    assert mending().codes == frozenset()


def test_verdicts_are_counted_and_a_row_that_is_not_in_the_file_is_said() -> None:
    one = mending(STOCK)
    found = rows(
        one,
        [
            verdict(2, "inventory", end=Verdict.HELD),
            verdict(5, "inventory", "x"),
            verdict(9, "inventory", "y"),
        ],
        [(2, ["A", "L", "5"]), (9, ["B"])],
    )
    assert found == [(2, ["A", "L", "5"], ["held"]), (5, [], ["x"]), (9, ["B"], ["y"])]
    assert (one.verdicts, one.lost) == (3, 1)
