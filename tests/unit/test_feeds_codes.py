"""Codes are kept to the letter; what a spreadsheet has damaged is refused, never repaired in silence."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.feeds.fields import parse_codes


def codes(*texts):
    return parse_codes(pa.array(texts, type=pa.large_string()))


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (" A1 ", "A1"),
        ("\u00a0A1\u2003", "A1"),
        ("\ufeffA1", "A1"),
        ("\u200bA1\u200b\t", "A1"),
        ("\x00A1\x7f", "A1"),
        ("A 1", "A 1"),
        ("A\u00a01", "A\u00a01"),
        ("INCAûV01", "INCAûV01"),
        ("गोल गणेश", "गोल गणेश"),
        ("00123", "00123"),
        ('="00123"', "00123"),
        ("'00123", "00123"),
        ("'00123'", "'00123'"),
        ("'A12", "'A12"),
        ("2/52 Assorted Fabric Old", "2/52 Assorted Fabric Old"),
        ("12E", "12E"),
        ("E12", "E12"),
        ("1526770000002969435", "1526770000002969435"),
        ("MAY-1", "MAY-1"),
        ("TRUE BLUE", "TRUE BLUE"),
    ],
)
def test_only_what_is_invisible_outside_goes(written, code):
    read = codes(written)
    assert read.texts.to_pylist() == [code]
    assert not read.problems


def test_an_apostrophe_before_every_code_is_a_mark_of_the_spreadsheet():
    read = codes(*(f"'A-{n}" for n in range(4)), "'00123", "")
    assert read.texts.to_pylist() == ["A-0", "A-1", "A-2", "A-3", "00123", ""]
    assert read.notes == {"unwrapped": 5}
    assert codes(*(f"'A-{n}" for n in range(9)), "B").texts.to_pylist()[0] == "'A-0"


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("8.90123E+12", "damaged_by_excel"),
        ("1.5267700000147955e+18", "damaged_by_excel"),
        ("8,90123E+12", "damaged_by_excel"),
        ("1E5", "damaged_by_excel"),
        ("1E+05", "damaged_by_excel"),
        ("#REF!", "spreadsheet_error"),
        ("#N/A", "spreadsheet_error"),
        ("#DIV/0!", "spreadsheet_error"),
        ("####", "spreadsheet_error"),
        ("A\ufffdB", "replacement_character"),
        ("01-Feb", "code_became_date"),
        ("Feb-24", "code_became_date"),
        ("2024-02-01", "code_became_date"),
        ("2024-02-01 00:00:00", "code_became_date"),
        ("TRUE", "code_became_logical"),
        ("0", "no_code"),
        ("-", "no_code"),
        ("N/A", "no_code"),
    ],
)
def test_a_damaged_code_is_a_fault_that_says_what_to_do(written, rule):
    problem = codes("GOOD", written).problems[1]
    assert problem.code == rule
    assert f'"{written}"' in problem.reason
    assert ": " in problem.reason


def test_empty_and_absent_cells_are_blank_not_damaged():
    read = codes(None, "", "  ", "\u200b", "A")
    assert read.blank.tolist() == [True, True, True, True, False]
    assert not read.problems


def test_cleaning_is_counted():
    assert codes(" A", "B", "  ").notes == {"trimmed": 1}
    assert codes('="1"', "2").notes == {"unwrapped": 1}


def test_point_zero_goes_only_when_the_whole_column_has_it():
    assert codes("1001.0", "1002.0", None).texts.to_pylist() == ["1001", "1002", ""]
    assert codes("1001.0", "A-1.0").texts.to_pylist() == ["1001.0", "A-1.0"]


@given(st.lists(st.none() | st.text(max_size=12)))
def test_any_text_gives_one_code_a_row_and_nothing_inside_is_lost(texts):
    read = codes(*texts)
    assert len(read.texts) == len(read.blank) == len(texts)
    for text, code in zip(texts, read.texts.to_pylist(), strict=True):
        assert code in (text or "") or text.startswith("=") or text.endswith(".0")
