"""Quantities and prices: exact, one convention per column, contradiction is a question."""

from decimal import ROUND_HALF_UP, Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.feeds import FieldKind
from connector.feeds.currency import allows, likeliest, mark_of
from connector.feeds.fields import PIECE, conventions, parse, take_apart
from connector.feeds.fields.numerals import Numerals

QUANTITY, MONEY = FieldKind.QUANTITY, FieldKind.MONEY


def column(texts):
    return pa.array(texts, type=pa.large_string())


def convention(texts, kind=QUANTITY, **said):
    return conventions({"Stock": take_apart(column(texts), kind)}, **said)["Stock"]


def parsed(texts, kind=QUANTITY, words=None, **said):
    numbers = take_apart(column(texts), kind, words)
    return parse(numbers, conventions({"Stock": numbers}, **said)["Stock"])


def numbers(texts, kind=QUANTITY, words=None, **said):
    """Read a column: per row the number as Decimal, the rule that it breaks, or None for an empty cell."""
    read = parsed(texts, kind, words, **said)
    unit = PIECE if kind is QUANTITY else 100
    found = []
    for at in read.column.index:
        if read.broken[at]:
            found.append(read.problems[int(at)].code)
        else:
            found.append(None if read.blank[at] else Decimal(int(read.values[at])) / unit)
    return found


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("5", 5),
        (" 5 ", 5),
        ("+5", 5),
        ("-5", -5),
        ("5-", -5),
        ("5 -", -5),
        ("(5)", -5),
        ("( 5 )", -5),
        ("(-)5", -5),
        ("\u22125", -5),
        ("5 Dr", 5),
        ("5 Cr", -5),
        ("5 Cr.", -5),
        ("12 Nos", 12),
        ("12Nos.", 12),
        ("12 PCS", 12),
        ("5.", 5),
        (".5", Decimal("0.5")),
        ("0.99", Decimal("0.99")),
        ("1,23,456.00", 123456),
        ("1,234,567", 1234567),
        ("1'234.50", Decimal("1234.5")),
        ("1’234.50", Decimal("1234.5")),
        ("1.234,56", Decimal("1234.56")),
        ("1 234,50", Decimal("1234.5")),
        ("1\u202f234,50", Decimal("1234.5")),
        ("1E3", 1000),
        ("7.7e-05", Decimal("0.000077")),
        ("٣", 3),
        ("\uff15", 5),
        ("-0", 0),
        ("00012", 12),
    ],
)
def test_a_number_is_read_as_people_write_it(text, number):
    assert numbers([text]) == [number]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("10+", "not_exact"),
        (">50", "not_exact"),
        ("~ 5", "not_exact"),
        ("5 or more", "not_exact"),
        ("upto 5", "not_a_number"),
        ("1 lakh", "multiple"),
        ("2k", "multiple"),
        ("3 dozen", "multiple"),
        ("In stock", "not_a_number"),
        ("Nill", "not_a_number"),
        ("-", "not_a_number"),
        ("--5", "not_a_number"),
        ("(-5)", "not_a_number"),
        ("-5 Cr", "not_a_number"),
        ("1,2,3", "not_a_number"),
        ("12.05.2024", "not_a_number"),
        ("12/05/2024", "not_a_number"),
        ("5 %", "not_a_number"),
        ("5 (3)", "not_a_number"),
        ("₹ 5", "money_not_quantity"),
        ("#REF!", "spreadsheet_error"),
        ("#N/A", "spreadsheet_error"),
        ("#DIV/0!", "spreadsheet_error"),
        ("12345678901", "too_large"),
        ("1E30", "too_large"),
    ],
)
def test_what_is_no_quantity_is_a_fault_and_never_zero(text, rule):
    assert numbers([text, "7"]) == [rule, 7]


def test_blank_is_neither_zero_nor_a_fault():
    assert numbers([None, "", "  ", "\u00a0", "0"]) == [None, None, None, None, 0]
    assert numbers([None, None]) == [None, None]
    assert numbers([]) == []


def test_words_mean_what_the_profile_says_and_win_over_everything():
    assert numbers(["In Stock", "sold  OUT", "10+", "-", "4"], words={"in stock": 5, "Sold out": 0, "10+": 10}) == [
        5, 0, 10, "not_a_number", 4,
    ]  # fmt: skip
    read = parsed(["in stock", "x", "in stock"], words={"in stock": 5})
    assert read.notes == {"words": 2}


def test_one_unit_is_read_past_and_others_are_faults():
    assert numbers(["12 Nos", "3 pcs", "4", "2 KG"]) == [12, 3, 4, "other_unit"]
    read = parsed(["3.000 KG", "12.500 KG", "12.500 KG"])
    assert read.notes == {"units": 3}


def test_the_fraction_and_the_sign_are_told_as_written():
    read = parsed(["-0.5", "-0", "2", "0.00000001", "-0.00000001"])
    assert read.below_zero[:5].tolist() == [True, False, False, False, True]
    assert read.cut[:5].tolist() == [True, False, False, True, True]


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        (["1,234", "0.5"], "."),
        (["1.234", "2,5"], ","),
        (["1.234", "2.345.678"], ","),
        (["1,234", "2,345,678"], "."),
        (["1,234", "1,23,456"], "."),
        (["1,234", "1'234.5"], "."),
        (["1.234", "12345"], "."),
        (["1.234", "0.100"], "."),
        (["3.000 KG", "7.250 KG"], "."),
        (["5", "1234"], None),
        (["5", "1'234", "1 234"], None),
        (["₹1,234"], "."),
        (["Rs. 1,234"], "."),
    ],
)
def test_other_rows_settle_what_one_cannot(texts, mark):
    kind = MONEY if texts[0].startswith(("₹", "Rs")) else QUANTITY
    found = convention(texts, kind)
    assert (found.mark, found.hold) == (mark, None)


@pytest.mark.parametrize("texts", [["1,234", "5"], ["1.234", "5"], ["1,234"], ["12,345", "1,000"]])
def test_an_ambiguous_column_holds_and_says_which_line_to_write(texts):
    found = convention(texts)
    assert found.open
    assert f'"{texts[0]}" in the column "Stock" can mean' in found.hold
    assert "decimal_mark" in found.hold


@pytest.mark.parametrize(
    "texts", [["1.5", "1,5"], ["1.234,5", "1,234.5"], ["1,234", "1.234"], ["0,5", "12.25", "7"]]
)
def test_a_contradictory_column_holds_and_shows_both(texts):
    found = convention(texts)
    assert "two ways" in found.hold
    assert texts[0] in found.hold
    assert texts[1] in found.hold


def test_the_profile_settles_and_what_contradicts_it_is_a_fault():
    assert numbers(["1,234", "5"], decimal_mark=".") == [1234, 5]
    assert numbers(["1,234", "5"], decimal_mark=",") == [Decimal("1.234"), 5]
    assert numbers(["1.5", "1,5"], decimal_mark=".") == [Decimal("1.5"), "not_a_number"]
    assert numbers(["1.5", "1,5"], decimal_mark=",") == ["not_a_number", Decimal("1.5")]


def test_numbers_stored_by_a_workbook_have_a_decimal_point():
    assert numbers(["1.234", "5"], stored_numbers=True) == [Decimal("1.234"), 5]


def test_columns_of_one_file_help_each_other():
    apart = {"mrp": take_apart(column(["1.234"]), MONEY), "esp": take_apart(column(["12,50"]), MONEY)}
    found = conventions(apart, labels={"esp": "Prezzo", "mrp": "Listino"})
    assert found["mrp"].mark == ","
    assert found["mrp"].evidence == 'the column "Prezzo"'
    apart["other"] = take_apart(column(["12.50"]), MONEY)
    assert conventions(apart)["mrp"].hold


def test_faults_and_words_are_no_evidence():
    found = conventions({"a": take_apart(column(["5,5 %", "1.5"]), QUANTITY)})["a"]
    assert found.mark == "."
    found = conventions({"a": take_apart(column(["5,5", "1.5"]), QUANTITY, {"5,5": 5})})["a"]
    assert found.mark == "."


@pytest.mark.parametrize(
    ("text", "rupees", "mark"),
    [
        ("799", "799", ""),
        ("₹ 1,234.50", "1234.5", "₹"),
        ("₹1,23,456.00", "123456", "₹"),
        ("Rs. 500", "500", "rs"),
        ("Rs.500", "500", "rs"),
        ("500 Rs", "500", "rs"),
        ("INR 5", "5", "INR"),
        ("5 inr", "5", "INR"),
        ("ARS 2625.00", "2625", "ARS"),
        ("799/-", "799", ""),
        ("Rs. 799/- only", "799", "rs"),
        ("M.R.P. Rs. 99.50", "99.5", "rs"),
        ("MRP: 99", "99", ""),
        ("5.-", "5", ""),
        ("5,--", "5", ""),
        ("€5", "5", "€"),
        ("5,25 €", "5.25", "€"),
        ("$ 5", "5", "$"),
        ("(5.00)", "-5", ""),
        ("1.005", "1.01", ""),
        ("99.995", "100", ""),
        ("0.004", "0", ""),
        ("30043.332000000002", "30043.33", ""),
    ],
)
def test_a_price_is_exact_to_the_paisa_and_rounds_half_up(text, rupees, mark):
    said = {"stored_numbers": True} if text in {"1.005", "99.995", "0.004"} else {}
    read = parsed([text], MONEY, **said)
    assert Decimal(int(read.values[0])) / 100 == Decimal(rupees)
    assert read.marks[read.mark[0]] == mark
    assert not read.problems


@pytest.mark.parametrize(
    "text", ["5 kg", "free", "799 79", "₹ $ 5", "5%", "₹.50", "Rs. .50", "#VALUE!", "on request"]
)
def test_what_is_no_price_is_a_fault(text):
    assert isinstance(numbers([text, "1.00"], MONEY)[0], str)


def test_rounding_is_told():
    assert parsed(["1.10", "1.100", "1.101", "1.1"], MONEY).cut[:4].tolist() == [False, False, True, False]


@given(st.lists(st.decimals(min_value=-(10**8), max_value=10**8, places=4), min_size=1))
def test_any_plain_decimal_is_read_exactly(values):
    texts = [f"{value:.4f}" for value in values]
    read = numbers(texts)
    assert read == values
    paise = [value.quantize(Decimal("0.01"), ROUND_HALF_UP) for value in values]
    assert numbers(texts, MONEY) == paise


@given(
    st.lists(st.decimals(min_value=0, max_value=10**8, places=2), min_size=1),
    st.sampled_from([(",", "."), (".", ","), ("'", "."), (" ", ",")]),
)
def test_any_grouping_is_read_exactly(values, style):
    group, mark = style
    texts = [f"{value:,.2f}".replace(",", "G").replace(".", mark).replace("G", group) for value in values]
    assert numbers(texts) == values


@given(st.lists(st.none() | st.text(max_size=10)), st.sampled_from([QUANTITY, MONEY]))
def test_any_text_at_all_is_a_number_a_fault_or_blank(texts, kind):
    apart = take_apart(column(texts), kind)
    found = conventions({"x": apart})["x"]
    if not found.hold:
        read = parse(apart, found)
        assert len(read.column.index) == len(texts)
        assert not (read.blank & read.broken).any()


def test_marks_of_money():
    assert mark_of("Rs.") == "rs"
    assert mark_of("usd") == "USD"
    assert mark_of("pcs") is None
    assert allows("rs", "INR")
    assert allows("", "INR")
    assert allows("$", "ARS")
    assert not allows("ARS", "INR")
    assert likeliest("₹") == "INR"
    assert likeliest("ARS") == "ARS"
    assert likeliest("$") == ""


@given(
    st.lists(st.from_regex(r"[0-9]{0,13}", fullmatch=True), max_size=20), st.sampled_from([QUANTITY, MONEY])
)
def test_whole_numbers_are_read_as_by_the_patterns_for_all(texts, kind):
    quick = parsed(texts, kind)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Numerals, "only_digits", lambda _: False)
        slow = parsed(texts, kind)
    for name in ("values", "blank", "broken", "below_zero", "cut"):
        assert getattr(quick, name).tolist() == getattr(slow, name).tolist()
    assert quick.problems == slow.problems
