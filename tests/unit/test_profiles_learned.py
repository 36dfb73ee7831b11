"""A layout learned from a drop that went through: known again under any name, held when a column is lost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connector.model import Drop, DropState, Table
from connector.profiles import Learned, Match, Unmatched, learn, match, trusting
from connector.profiles.learned import headers_of
from tests.unit.profile_tables import codes, columns

N = 30
PLACE = {"default_location": "BLR-01", "default_currency": "INR"}
PHARMA = {"Code": codes(N), "Name": codes(N, "Item "), "Closing Stock": range(N), "MRP": range(50, 50 + N)}


def found(table: Table, *learned: Learned | None, name: str = "stock.csv") -> Match | Unmatched:
    return match([table], [], name=name, learned=[one for one in learned if one], **PLACE)


def went_through(table: Table, name: str = "stock.csv", number: int = 12, **more: Any) -> Learned | None:
    """What a drop of this table teaches, as the ledger gives it back."""
    outcome = found(table)
    assert isinstance(outcome, Match), outcome.reason
    said: dict[str, dict[str, str]] = {}
    for one in outcome.bindings:
        said[one.feed] = {field: table.header[at] for field, at in one.columns.items()}
        if one.location.column is not None:
            said[one.feed]["location_id"] = table.header[one.location.column]
        elif one.location.wide:
            said[one.feed]["location_id"] = ", ".join(table.header[at] for at in one.location.wide)
    report = {"reader": {"header": list(table.header)}, "columns": said, **more}
    return learn(
        Drop(
            number,
            "inbox",
            name,
            name,
            "f" * 64,
            1,
            DropState.ARCHIVED,
            "inbox/",
            datetime.now(UTC),
            report=report,
        )
    )


def read_from(outcome: Match | Unmatched, table: Table) -> dict[str, str]:
    assert isinstance(outcome, Match), outcome.reason
    return {name: table.header[at] for one in outcome.bindings for name, at in one.columns.items()}


def test_the_same_layout_is_read_the_same_way_whatever_the_file_is_called() -> None:
    table = columns(**PHARMA)
    outcome = found(table, went_through(table), name="renamed 2.xlsx")
    assert isinstance(outcome, Match)
    assert outcome.learned is not None
    assert outcome.learned.drop == 12
    assert outcome.profile is None
    assert read_from(outcome, table)["quantity"] == "Closing Stock"


def test_a_layout_is_not_guessed_anew_when_the_values_would_say_otherwise() -> None:
    before = columns(
        **{
            "Item Code": codes(N, "A"),
            "Product Code": ["", *codes(N - 1)][: N // 2] + [""] * (N // 2),
            "Qty": range(N),
        }
    )
    learned = went_through(before)
    after = columns(
        **{"Item Code": codes(N // 2, "A") + [""] * (N // 2), "Product Code": codes(N), "Qty": range(N)}
    )
    assert read_from(found(before), before)["sku"] == "Item Code"
    assert read_from(found(after), after)["sku"] == "Product Code"
    outcome = found(after, learned)
    assert read_from(outcome, after)["sku"] == "Item Code"
    assert isinstance(outcome, Match)
    assert any("drop 12 (stock.csv)" in note for note in outcome.notes)


@pytest.mark.parametrize(
    ("header", "successor"),
    [
        ("Cl. Stk", "Cl. Stk"),
        ("Clossing Stok", "Clossing Stok"),
        ("Available Qty", "Available Qty"),
        ("Stk Closng", "Stk Closng"),
    ],
)
def test_a_renamed_column_holds_the_drop_and_is_named_with_its_successor(header: str, successor: str) -> None:
    learned = went_through(columns(**PHARMA))
    drifted = columns(
        **{header if name == "Closing Stock" else name: values for name, values in PHARMA.items()}
    )
    outcome = found(drifted, learned, name="export of today.csv")
    assert isinstance(outcome, Unmatched)
    assert outcome.question
    assert "the column 'Closing Stock' (quantity) is not in the table any more" in outcome.reason
    assert f"the nearest header now is '{successor}'" in outcome.reason
    assert "drop 12 (stock.csv)" in outcome.reason
    assert "[columns]" in outcome.proposal


def test_a_lost_column_holds_the_drop_although_another_feed_is_still_there() -> None:
    learned = went_through(columns(**PHARMA))
    left = {name: values for name, values in PHARMA.items() if name != "Closing Stock"}
    assert isinstance(found(columns(**left)), Match)  # without memory the prices would go alone
    outcome = found(columns(**left), learned)
    assert isinstance(outcome, Unmatched)
    assert "'Closing Stock' (quantity)" in outcome.reason


def test_two_columns_are_a_layout_by_the_files_name() -> None:
    learned = went_through(columns(SKU=codes(N), Stock=range(N)), name="stock 2026-11-22.csv")
    drifted = columns(SKU=codes(N), Quantity=range(N))
    outcome = found(drifted, learned, name="Stock 2026-11-23 (1).csv")
    assert isinstance(outcome, Unmatched)
    assert "'Stock' (quantity)" in outcome.reason
    assert "'Quantity'" in outcome.reason
    assert isinstance(found(drifted, learned, name="other.csv"), Match)  # another kind of file


def test_a_new_better_column_is_a_question_and_not_taken_in_silence() -> None:
    learned = went_through(columns(**PHARMA))
    outcome = found(columns(**PHARMA, **{"Available Qty": range(N)}), learned)
    assert isinstance(outcome, Unmatched)
    assert (
        "quantity was read from 'Closing Stock' in drop 12 (stock.csv) and would now be read from 'Available Qty'"
        in (outcome.reason)
    )


def test_a_column_turned_into_a_change_is_a_hold() -> None:
    learned = went_through(columns(**PHARMA))
    changed = columns(**{"Stock Adjustment" if n == "Closing Stock" else n: v for n, v in PHARMA.items()})
    outcome = found(changed, learned)
    assert isinstance(outcome, Unmatched)
    assert "'Closing Stock' (quantity) is not in the table any more" in outcome.reason


def test_more_columns_and_another_order_are_no_drift() -> None:
    learned = went_through(columns(**PHARMA))
    more = columns(**{"Company": codes(N, "C"), **dict(reversed(PHARMA.items()))})
    outcome = found(more, learned)
    assert isinstance(outcome, Match)
    assert outcome.learned is not None


def test_files_of_another_kind_in_the_lane_are_not_compared() -> None:
    learned = went_through(columns(**PHARMA))
    prices = columns(**{"Item Code": codes(N), "MRP": range(50, 50 + N), "Selling Price": range(40, 40 + N)})
    assert isinstance(found(prices, learned, name="prices.csv"), Match)


def test_of_two_layouts_of_a_lane_the_one_that_is_the_same_counts() -> None:
    stock, prices = (
        columns(**PHARMA),
        columns(Code=codes(N), Name=codes(N, "x"), MRP=range(50, 50 + N)),
    )
    both = (went_through(prices, number=13), went_through(stock, number=12))
    for table, number in ((stock, 12), (prices, 13)):
        outcome = found(table, *both)
        assert isinstance(outcome, Match)
        assert outcome.learned is not None
        assert outcome.learned.drop == number


def test_a_correction_file_has_the_layout_of_its_original() -> None:
    learned = went_through(columns(**PHARMA))
    again = columns(**PHARMA, connector_reason=["too large"] * N, connector_line=range(2, N + 2))
    outcome = found(again, learned, name="stock.correction.csv")
    assert read_from(outcome, again) == read_from(found(columns(**PHARMA)), columns(**PHARMA))


def test_a_correction_file_teaches_nothing_and_its_cells_do_not_speak_against_its_columns() -> None:
    header = ("SKU", "BLR-01", "DEL-02")
    places = Learned(12, "stock.csv", headers_of(header), {"inventory": {"sku": "SKU"}}, None, {}, header[1:])
    wrong = columns(
        SKU=["B"], **{"BLR-01": [""], "DEL-02": ["many"]}, connector_reason=["why"], connector_line=[7]
    )
    assert isinstance(found(wrong, places), Unmatched)
    outcome = found(trusting(wrong, [places]), places)
    assert isinstance(outcome, Match)
    assert outcome.bindings[0].location.wide == {1: "BLR-01", 2: "DEL-02"}
    assert trusting(wrong, []) == wrong
    good = columns(SKU=codes(N), Quantity=range(N), connector_reason=["x"] * N, connector_line=range(N))
    assert went_through(good) is None


def test_the_columns_of_a_correction_file_are_never_data() -> None:
    again = columns(SKU=codes(N), Quantity=range(N), connector_line=range(N), connector_reason=range(N))
    assert read_from(found(again), again) == {"sku": "SKU", "quantity": "Quantity"}
    assert isinstance(found(columns(SKU=codes(N), connector_line=range(N))), Unmatched)


def test_a_lost_location_of_a_wide_table_is_named() -> None:
    wide = {"SKU": codes(N), "Stock Pune": range(N), "Stock Delhi": range(N), "Stock Goa": range(N)}
    learned = went_through(columns(**wide))
    assert isinstance(found(columns(**wide), learned), Match)
    assert isinstance(found(columns(**wide, **{"Stock Agra": range(N)}), learned), Match)
    lost = columns(**{name: values for name, values in wide.items() if name != "Stock Goa"})
    outcome = found(lost, learned)
    assert isinstance(outcome, Unmatched)
    assert "the column 'Stock Goa' (location) is not in the table any more" in outcome.reason


def test_a_drop_without_a_right_record_teaches_nothing() -> None:
    table = columns(**PHARMA)
    assert went_through(table, feeds={"inventory": {"records": 30, "verdicts": {"rejected": 30}}}) is None
    learned = went_through(
        table, feeds={"inventory": {"records": 30, "verdicts": {"accepted": 3}, "notes": {"negatives": 3}}}
    )
    assert learned is not None
    assert learned.negatives == {"inventory": 0.1}


def test_a_location_column_that_is_suddenly_empty_is_still_the_location() -> None:
    stores = ["BLR-01", "DEL-02"] * (N // 2)
    learned = went_through(columns(SKU=codes(N), Stock=range(N), Store=stores))
    empty = columns(SKU=codes(N), Stock=range(N), Store=[*stores[:3], *[""] * (N - 3)])
    outcome = found(empty)
    assert isinstance(outcome, Match)
    assert (
        outcome.bindings[0].location.constant == "BLR-01"
    )  # without memory all of it would go to the default
    outcome = found(empty, learned)
    assert isinstance(outcome, Match)
    assert outcome.bindings[0].location.column == 2
    lost = found(columns(SKU=codes(N), Stock=range(N)), learned)
    assert isinstance(lost, Unmatched)
    assert "the column 'Store' (location) is not in the table any more" in lost.reason


def test_what_has_no_header_of_its_own_teaches_nothing() -> None:
    twice = {"SKU": codes(N), "Stock": range(N)}
    assert went_through(columns(**twice)) is not None
    told = learn(
        Drop(
            1, "inbox", "a.csv", "a.csv", "f" * 64, 1, DropState.ARCHIVED, "inbox/", datetime.now(UTC),
            report={"reader": {"header": ["SKU", "Stock", "Stock"]}, "columns": {"inventory": {"quantity": "Stock"}}},
        )
    )  # fmt: skip
    assert told is None
