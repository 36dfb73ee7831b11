"""What sampled values say about a column."""

from __future__ import annotations

import pytest

from connector.model import Table
from connector.profiles.evidence import (
    Column,
    columns_of,
    currency_of,
    is_blank,
    is_number,
    plain_number,
    side_by_side,
)


def column(*values: str, header: str = "X", index: int = 0) -> Column:
    return Column(index, header, values)


@pytest.mark.parametrize(
    "value",
    ["5", "5.00", "-5", "5-", "(5)", "1,23,456.00", "1.234,56", "1'234.50", "1 234,50", "₹ 99", "Rs. 99/-",
     "ARS 2625.00", "12 Nos", "3.000 KG", "10+", ">50", "5 Dr", ".5", "1E5", "99 INR", "−3", "$-4"],
)  # fmt: skip
def test_numbers_as_people_write_them(value: str) -> None:
    assert is_number(value)


@pytest.mark.parametrize(
    "value", ["", "A1", "TS-001", "In stock", "#REF!", "2026-01-01", "12 of 13 boxes left", "x" * 50]
)
def test_other_text(value: str) -> None:
    assert not is_number(value)


def test_blanks() -> None:
    assert is_blank(" ")
    assert is_blank("N/A")
    assert not is_blank("0")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("ARS 2625.00", "ARS"),
        ("₹ 99", "INR"),
        ("Rs. 99", "INR"),
        ("99 EUR", "EUR"),
        ("99 €", "EUR"),
        ("99", None),
        ("$ 9", None),
    ],
)
def test_currency_of_a_cell(value: str, expected: str | None) -> None:
    assert currency_of(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1.234,56", 1234.56),
        ("1,234.56", 1234.56),
        ("-5", -5),
        ("abc", None),
        ("18,9", 18.9),
        ("5,649", 5649),
    ],
)
def test_rough_figures(value: str, expected: float | None) -> None:
    assert plain_number(value) == expected


def test_shares() -> None:
    one = column("1", "2", "x", "", "2")
    assert one.filled_share == 0.8
    assert one.numeric == 0.75
    assert one.distinct == 0.75
    assert one.says() == "75 % numeric, 20 % empty"
    assert column("A1", "B2").mixed == 1
    assert column("", "").mixed == 0
    assert column("", "").says() == "every sampled cell empty"
    assert column().says() == "no rows to look at"
    assert column().distinct == 1


def test_running_numbers() -> None:
    assert column(*map(str, range(1, 30))).counts_up
    assert column(*map(str, range(30)), "500", "501", "502").counts_up
    assert not column("1", "5", "9").counts_up
    assert not column("1", "2").counts_up
    assert not column("A", "B", "C").counts_up


def test_columns_of_a_table_with_more_cells_than_headers() -> None:
    one = Table("csv", None, None, None, ("A",), (1,), (), 1, 2, (("1",), ("2",)), "none")
    assert [c.label for c in columns_of(one)] == ["'A'", "column 2 (no header)"]


def test_rows_side_by_side_only_when_the_samples_are_of_the_same_rows() -> None:
    assert side_by_side(column("1", "x", "3"), column("2", "2", "4")) == [(1, 2), (3, 4)]
    assert side_by_side(column("1"), column("2", "3")) == []
