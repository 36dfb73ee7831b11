"""The lines of duties.md section 2 on values, codes, columns and locations, one by one, from table to record.

Each case begins with the words of its line. What a line says of bytes, sheets and packed files is tested with the
readers; what it says of a whole drop against its history comes with the guards.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from connector import feeds, shaping
from connector.feeds import Policy
from connector.model import Table, is_correction
from connector.profiles import Match, Profile, match
from tests.unit.profile_tables import table
from tests.unit.shaping_tables import frame, published


@dataclass
class Outcome:
    """What became of a table: values sent, rules broken by line, why it is held, what was counted."""

    sent: dict[str, str] = field(default_factory=dict)
    faults: dict[int, list[str]] = field(default_factory=dict)
    reasons: str = ""
    hold: str = ""
    notes: dict[str, int] = field(default_factory=dict)
    places: set[str] = field(default_factory=set)


def run(
    header: str,
    *lines: str,
    policy: Policy | None = None,
    known: dict[str, str] | None = None,
    folder: str | None = None,
    default: str | None = "BLR-01",
    locations: dict[str, str] | None = None,
    profiles: tuple[Profile, ...] = (),
) -> Outcome:
    """Read `|`-separated cells as one table, the way the planner does."""
    headers, rows = header.split("|"), [line.split("|") for line in lines]
    one = table(headers, rows)
    outcome = match(
        [one], profiles, name="file.csv", folder=folder, default_location=default, default_currency="INR",
        locations=locations or {},
    )  # fmt: skip
    if not isinstance(outcome, Match):
        return Outcome(hold=outcome.reason)
    return shaped(one, rows, outcome, policy or outcome.policy, known or {})


def shaped(
    one: Table, rows: list[list[str]], outcome: Match, policy: Policy, known: dict[str, str]
) -> Outcome:
    result = Outcome()
    cells = [[row[at] if at < len(row) else None for row in rows] for at in range(len(one.header))]
    there = published(*(("BLR-01", sku, value, 1, 1) for sku, value in known.items())) if known else None
    for binding in outcome.bindings:
        records = shaping.records(
            frame(*cells), binding, feeds.by_name(binding.feed), policy, header=one.header, routes=lambda _: "main",
            published=(lambda *_: there) if there else None, escaped=is_correction(one.header),
        )  # fmt: skip
        for finding in records.findings:
            result.hold += finding.reason
        for sku, value, place in zip(
            *(records.frame[name].to_pylist() for name in ("sku", "value", "location_id")), strict=True
        ):
            result.sent[f"{binding.feed[0]}:{sku}"] = value
            result.places.add(place)
        for verdict in records.rejects:
            result.faults.setdefault(verdict.line, []).extend(fault.code for fault in verdict.faults)
            result.reasons += " ".join(fault.reason for fault in verdict.faults)
        for name, number in records.notes.items():
            result.notes[name] = result.notes.get(name, 0) + number
    return result


def stock(*quantities: str, **more: Any) -> Outcome:
    """Quantities of the SKUs A, B, C …"""
    return run("SKU|Stock", *(f"{chr(65 + at)}|{text}" for at, text in enumerate(quantities)), **more)


def pieces(*quantities: str, **more: Any) -> list[str | None]:
    outcome = stock(*quantities, **more)
    assert not outcome.hold, outcome.hold
    return [outcome.sent.get(f"i:{chr(65 + at)}") for at in range(len(quantities))]


def price(*prices: str, **more: Any) -> Outcome:
    return run("SKU|MRP", *(f"{chr(65 + at)}|{text}" for at, text in enumerate(prices)), **more)


def rupees(*prices: str, **more: Any) -> list[str | None]:
    outcome = price(*prices, **more)
    assert not outcome.hold, outcome.hold
    return [outcome.sent.get(f"p:{chr(65 + at)}", "").split("|")[0] or None for at in range(len(prices))]


# -- numbers ---------------------------------------------------------------------------------------------------------


def test_formula_cells_without_cached_value_and_errors_are_row_errors_never_zero() -> None:
    outcome = stock("#REF!", "#N/A", "#DIV/0!", "3", "4", "5", "6")
    assert list(outcome.sent) == ["i:D", "i:E", "i:F", "i:G"]
    assert outcome.faults == {2: ["spreadsheet_error"], 3: ["spreadsheet_error"], 4: ["spreadsheet_error"]}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (("1.234,56", "2,50"), ["1234.56", "2.50"]),
        (("1'234.50", "2.00"), ["1234.50", "2.00"]),
        (("1’234.50", "2.00"), ["1234.50", "2.00"]),
        (("1 234,50", "2,00"), ["1234.50", "2.00"]),
        (("1\u202f234,50", "2,00"), ["1234.50", "2.00"]),
        (("1,23,456.00", "999.00"), ["123456.00", "999.00"]),
        (("₹ 1,299.00", "₹99"), ["1299.00", "99.00"]),
        (("Rs. 1,299.00", "Rs.99/-"), ["1299.00", "99.00"]),
        (("INR 500", "500 INR"), ["500.00", "500.00"]),
        (("1,299/-", "99/-"), [None, None]),
        (("₹1,299/-", "99/-"), ["1299.00", "99.00"]),
        (("99.995", "10.5"), ["100.00", "10.50"]),
    ],
)
def test_decimal_comma_swiss_blanks_lakh_and_currency_marks(
    written: tuple[str, ...], read: list[str | None]
) -> None:
    if None in read:
        assert "1,299/-" in price(*written).hold
    else:
        assert rupees(*written) == read


def test_contradictory_column_is_a_hold_with_the_line_to_write() -> None:
    for outcome in (price("1.234,56", "1,234.56"), stock("1.234", "1,234"), stock("2,5", "2.5")):
        assert "written in two ways" in outcome.hold
        assert 'decimal_mark = "."' in outcome.hold
        assert outcome.sent == {}


def test_currency_is_checked_with_the_profile() -> None:
    outcome = price("ARS 2625.00", "ARS 0.00", "₹ 99")
    assert outcome.sent == {"p:C": "99.00|99.00|INR"}
    assert set(outcome.faults) == {2, 3}
    assert "price_zero" in outcome.faults[3]


def test_brackets_trailing_minus_dr_and_cr() -> None:
    outcome = stock("(5)", "5-", "5 Cr", "5 Dr", "5", "-0")
    assert outcome.sent == {"i:A": "0", "i:B": "0", "i:C": "0", "i:D": "5", "i:E": "5", "i:F": "0"}
    assert outcome.notes["negatives"] == 3


@pytest.mark.parametrize(
    ("outcome", "read"),
    [
        (stock("1,234", "7.5"), ["1234", "7"]),  # settled by another row
        (stock("1.234", "2,5"), ["1234", "2"]),
        (
            run("SKU|Stock|MRP", "A|1,234|99.50", "B|5|10.00"),
            None,
        ),  # not by a price: each feed has its own columns
        (stock("1,234", "7", known={"A": "1200"}), ["1234", "7"]),  # settled by history
        (stock("1,234", "7", known={"A": "1"}), ["1", "7"]),
        (stock("1,234", "7", policy=Policy(decimal_mark=".")), ["1234", "7"]),  # settled by the profile
        (stock("1,234", "7"), None),
        (stock("1,234", "7", known={"B": "7"}), None),
    ],
)
def test_1234_alone_in_a_column(outcome: Outcome, read: list[str] | None) -> None:
    if read is None:
        assert "can mean 1234 or 1.234" in outcome.hold
        assert not any(name.startswith("i:") for name in outcome.sent)
    else:
        assert list(outcome.sent.values()) == read


@pytest.mark.parametrize(
    ("written", "read", "faults"),
    [
        (("12 Nos", "3 Nos."), ["12", "3"], {}),
        (("12 pcs", "3 Pieces", "4"), ["12", "3", "4"], {}),
        (("3.000 KG", "12.500 KG"), ["3", "12"], {}),
        (("3 BOX", "4 BOX", "5 KG"), ["3", "4", None], {4: ["other_unit"]}),
        (("10+", "3"), [None, "3"], {2: ["not_exact"]}),
        ((">50", "3"), [None, "3"], {2: ["not_exact"]}),
        (("In stock", "3"), [None, "3"], {2: ["not_a_number"]}),
        (("Nill", "3"), [None, "3"], {2: ["not_a_number"]}),
        (("-", "3"), [None, "3"], {2: ["not_a_number"]}),
    ],
)
def test_quantity_with_unit_and_words(
    written: tuple[str, ...], read: list[str | None], faults: dict[int, list[str]]
) -> None:
    assert pieces(*written) == read
    assert stock(*written).faults == faults


def test_words_only_through_the_value_map() -> None:
    said = Policy(words={"10+": 10, ">50": 50, "in stock": 5, "nill": 0, "-": 0})
    assert pieces("10+", ">50", "In  Stock", "Nill", "-", "3", policy=said) == [
        "10",
        "50",
        "5",
        "0",
        "0",
        "3",
    ]
    assert stock("10+", "3", policy=said).notes["words"] == 1


def test_a_unit_in_the_header_is_read_past() -> None:
    assert run("Item Code|Qty (pcs)|MRP in Rs.", "A|5|99").sent == {"i:A": "5", "p:A": "99.00|99.00|INR"}


# -- codes -----------------------------------------------------------------------------------------------------------


def skus(*texts: str, **more: Any) -> Outcome:
    return run("SKU|Stock", *(f"{text}|{at + 1}" for at, text in enumerate(texts)), **more)


def test_invisible_characters_go_outside_and_inside_only_when_the_clean_form_is_known() -> None:
    outside = skus("\u00a0A1\u200b", "\x00B2\t", "\ufeffC3 ", "D\u00a04")
    assert list(outside.sent) == ["i:A1", "i:B2", "i:C3", "i:D\u00a04"]
    assert list(skus("D\u00a04", "E\u200b5", known={"D 4": "1", "E5": "1"}).sent) == ["i:D 4", "i:E5"]


@pytest.mark.parametrize(
    ("text", "known", "rule"),
    [
        ("8.90123E+12", "8901234567890", "damaged_by_excel"),
        ("1.5267700000147955e+18", "1526770000014795435", "damaged_by_excel"),
        ("1526770000014790000", "1526770000014795435", "damaged_by_excel"),
        ("1E5", "1E05", "damaged_by_excel"),
        ("01-Feb", "1-2", "code_became_date"),
        ("TRUE", "True", "code_became_logical"),
        ("A\ufffdB", "AûB", "replacement_character"),
    ],
)
def test_damaged_codes_are_row_errors_with_candidates_never_pushed(text: str, known: str, rule: str) -> None:
    outcome = skus(text, "GOOD-1", known={known: "1"})
    assert list(outcome.sent) == ["i:GOOD-1"]
    assert outcome.faults == {2: [rule]}
    assert f"known SKUs it may have been: {known}" in outcome.reasons


def test_lost_leading_zeros_are_restored_on_proof_only_and_counted() -> None:
    assert list(skus("123", "77", known={"00123": "1", "77": "1", "077": "1"}).sent) == ["i:00123", "i:77"]
    assert skus("123", known={"00123": "1"}).notes["zeros_restored"] == 1
    assert list(skus("123").sent) == ["i:123"]


def test_sku_differing_by_case_or_spaces_exact_match_first_else_report() -> None:
    outcome = skus("abc 1", "ABC-2", known={"ABC 1": "1", "ABC-2": "1", "abc-2": "1"})
    assert list(outcome.sent) == ["i:abc 1", "i:ABC-2"]
    assert outcome.notes["near_known"] == 1


# -- repeats, policy -------------------------------------------------------------------------------------------------


def test_same_sku_twice() -> None:
    same = skus("A", "B")
    assert same.sent == {"i:A": "1", "i:B": "2"}
    merged = run("SKU|Stock", "A|5", "A|5")
    assert merged.sent == {"i:A": "5"}
    assert merged.notes["merged"] == 1
    assert set(run("SKU|Stock", "A|5", "A|6").faults) == {2, 3}
    assert run("SKU|Stock", "A|5", "A|6", policy=Policy(duplicates="sum")).sent == {"i:A": "11"}
    assert run("SKU|Stock", "A|5", "A|6", policy=Policy(duplicates="last")).sent == {"i:A": "6"}


def test_negative_fractional_and_blank_stock() -> None:
    outcome = stock("-3", "0.99", "2.7", "", "0")
    assert outcome.sent == {"i:A": "0", "i:B": "0", "i:C": "2", "i:E": "0"}
    assert outcome.notes == {"negatives": 1, "fractions": 2, "blank": 1}
    assert outcome.faults == {}
    assert stock("", "1", policy=Policy(blank="zero")).sent == {"i:A": "0", "i:B": "1"}


def test_selling_price_above_mrp_and_mrp_zero_or_blank_stop_the_price_only() -> None:
    outcome = run("SKU|Stock|MRP|Selling Price", "A|5|100|120", "B|6|0|50", "C|7||50", "D|8|100|90")
    assert outcome.sent == {"i:A": "5", "i:B": "6", "i:C": "7", "i:D": "8", "p:D": "100.00|90.00|INR"}
    assert outcome.faults == {2: ["esp_over_mrp"], 3: ["price_zero"], 4: ["price_missing"]}


@pytest.mark.parametrize(
    "header",
    [
        "Listino",
        "List Price",
        "Precio de lista",
        "Prix catalogue",
        "Prix conseillé",
        "Listenpreis (UVP)",
        "R.R.P.",
    ],
)
def test_a_list_price_below_the_selling_price_goes_out_as_the_selling_price(header: str) -> None:
    lines = ("A|5|100|120", "B|6|100|90.5", "C|7||50", "D|8|0|50")
    outcome = run(f"SKU|Stock|{header}|Selling Price", *lines)
    assert {sku: value for sku, value in outcome.sent.items() if sku[0] == "p"} == {
        "p:A": "120.00|120.00|INR",
        "p:B": "100.00|90.50|INR",
    }
    assert outcome.notes["list_raised"] == 1
    assert outcome.faults == {4: ["price_missing"], 5: ["price_zero"]}


@pytest.mark.parametrize(
    ("header", "said", "sent"),
    [
        ("List Price", "reject", False),
        ("Regular Price", None, False),
        ("Regular Price", "raise", True),
        ("MRP", "raise", False),
        ("MRP (List Price)", None, False),
        ("Precio máximo", "raise", False),
    ],
)
def test_the_header_and_the_profile_say_whether_a_list_price_may_be_raised(
    header: str, said: Any, sent: bool
) -> None:
    outcome = run(f"SKU|{header}|Selling Price", "A|100|120", policy=Policy(low_list_price=said))
    assert outcome.sent == ({"p:A": "120.00|120.00|INR"} if sent else {})
    assert outcome.faults == ({} if sent else {2: ["esp_over_mrp"]})


def test_the_same_row_twice_with_a_low_list_price_is_merged() -> None:
    outcome = run("SKU|Listino|Prezzo", "A|100|120", "A|110|120", "B|100|90")
    assert outcome.sent == {"p:A": "120.00|120.00|INR", "p:B": "100.00|90.00|INR"}
    assert outcome.notes == {"list_raised": 1, "merged": 1}


def test_price_three_decimals_rounds_to_paise_and_tax_is_no_arithmetic() -> None:
    outcome = price("99.994", "99.995", "1.50")
    assert [value.split("|")[0] for value in outcome.sent.values()] == ["99.99", "100.00", "1.50"]
    assert outcome.notes == {"rounded": 2}
    taxed = run("SKU|Price (excl. GST)|Price (incl. GST)", "A|100|118", "B|200|236")
    assert taxed.sent == {"p:A": "118.00|118.00|INR", "p:B": "236.00|236.00|INR"}


# -- columns and locations -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "rows", "said"),
    [
        ("SKU|Name|MRP Code", ("A|x|1", "B|y|2"), "no column for"),
        ("SKU|Opening Stock|Reorder Level", ("A|5|6", "B|7|8"), "no column for quantity"),
        ("Date|Particulars|Vch Type|No.|Debit", ("1-4|Cash|Receipt|1|5", "2-4|Bank|Sales|2|7"), "no column for"),
        ("Invoice No|Customer|Item Code|Qty", ("1|Asha|A|5", "2|Ravi|B|7"), "list of sales"),
        ("Item Code|Closing Stock|Current Stock", ("A|5|6", "B|7|9"), "[columns] quantity"),
        ("SKU|MRP|Printed MRP", ("A|5|6", "B|7|9"), "[columns] mrp"),
        ("SKU|Stock|Warehouse|Godown", ("A|5|X|Y", "B|7|Z|W"), "[location] column"),
    ],
)  # fmt: skip
def test_missing_column_wrong_report_or_doubt_is_a_hold_with_the_reason(
    header: str, rows: tuple[str, ...], said: str
) -> None:
    outcome = run(header, *rows)
    assert said in outcome.hold
    assert outcome.sent == {}


def test_no_header_only_with_a_profile_saying_so() -> None:
    assert "no header row" in run("||", "A|5|x", "B|6|y").hold
    told = Profile.model_validate(
        {"name": "p", "match": {"names": ["file*"]}, "columns": {"sku": 1, "quantity": 2}}
    )
    assert run("||", "A|5|x", "B|6|y", profiles=(told,)).sent == {"i:A": "5", "i:B": "6"}


def test_where_the_location_comes_from() -> None:
    assert run("SKU|Stock|Store Code", "A|5|BLR-01", "B|6|DEL-02").places == {"BLR-01", "DEL-02"}
    assert run("SKU|Stock", "A|5", "B|6", folder="MUM-03").places == {"MUM-03"}
    assert run("SKU|Stock", "A|5", "B|6").places == {"BLR-01"}
    assert "no location" in run("SKU|Stock", "A|5", "B|6", default=None).hold
    named = run("SKU|Stock|Godown", "A|5|Main", "B|6|City", locations={"Main": "BLR-01", "City": "DEL-02"})
    assert named.places == {"BLR-01", "DEL-02"}
    wide = run("SKU|Stock Pune|Stock Delhi", "A|5|6", "B|7|")
    assert wide.places == {"Pune", "Delhi"}


def test_a_price_for_each_location_of_a_wide_table_is_a_question() -> None:
    outcome = run("SKU|Stock [Pune]|Price [Pune]|Stock [Delhi]|Price [Delhi]", "A|5|99|6|101", "B|7|98|8|97")
    assert "which column is esp?" in outcome.hold
    assert "[columns] esp = " in outcome.hold


def test_formula_injection_taken_back_from_our_own_correction_file() -> None:
    again = run("SKU|Stock|connector_reason|connector_line", "'@A|5|too large|7", "'-B|6|x|8", "'C|7|x|9")
    assert again.sent == {"i:@A": "5", "i:-B": "6", "i:'C": "7"}
