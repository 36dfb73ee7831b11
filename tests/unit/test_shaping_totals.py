"""The total a file gives against what its rows add up to: a question where they differ, and never a false one."""

from __future__ import annotations

import pytest

from connector import shaping
from connector.feeds import LocationRule, Policy
from connector.model import Fault, TotalLine
from tests.unit.shaping_tables import messages, prices_shaper, stock_shaper, tallied


def total(figure, line=10, label="Grand Total"):
    return TotalLine(line, (label, figure))


def look(shaper):
    """The guard's finding."""
    (records,) = shaper.records()
    tally = tallied(records)
    tally.totals = shaper.totals()
    findings = shaping.check_guards(shaping.Seen(tally, Policy()))
    (found,) = [finding for finding in findings if finding.name == "total_differs"]
    return found


def held(quantities, *totals, **more):
    skus = [f"A{n}" for n in range(len(quantities))]
    return look(stock_shaper(skus, quantities, totals=totals, **more)).reason


def test_a_total_that_differs_is_a_question_with_both_figures_and_the_line():
    reason = held(["5", "7", "-2"], total("12", line=5))
    assert 'line 5 gives 12 as the total of column "Stock", but its rows add up to 10' in reason
    assert 'write totals = "ignore" under [policy]' in reason
    assert not held(["5", "7", "-2"], total("12", line=5), policy=Policy(totals="ignore"))
    found = look(stock_shaper(["A", "B"], ["5", "7"], totals=[total("13")]))
    assert (found.verdict, found.figure, found.limit) == ("hold", 12, 13)


def test_a_total_that_agrees_is_said_as_evidence():
    agreeing = {"totals": [total("1,012.5")]}
    said = messages(stock_shaper(["A", "B"], ["1,005", "7.5"], **agreeing))
    assert 'the total in line 10 (1012.5) is what column "Stock" adds up to' in said
    found = look(stock_shaper(["A", "B"], ["1,005", "7.5"], **agreeing))
    assert (found.verdict, found.figure) == ("pass", 1012.5)


@pytest.mark.parametrize(
    ("quantities", "said"),
    [
        (["5 Nos", "7 Nos"], "12 Nos"),
        (["5", "7"], "12 Nos"),
        (["(5)", "7-", "20"], "8"),
        (["1.005,5", "7,25"], "1.012,75"),
        (["900", "334"], "1.234"),
        (["900", "334"], "1,234"),
        (["0.333", "0.333", "0.333"], "1"),
        (["1.5", "2.25", ""], "3.75"),
        (["5", "7"], ""),
        (["5", "7"], "n/a"),
    ],
)
def test_no_question_where_the_total_says_the_same_or_nothing(quantities, said):
    assert not held(quantities, total(said))


def test_repeated_and_rejected_rows_count_like_the_others():
    assert not look(stock_shaper(["A", "A", "", "B"], ["5", "5", "3", "1"], totals=[total("14")])).reason


def test_totals_of_groups_and_pages_are_none_of_the_table():
    assert not held(["5", "7"], total("99", label="Page Total"))
    assert not held(["5", "7"], total("99", label="Sub-Total"))
    assert not held(["5", "7", "9"], total("12", line=3, label="Total"), total("9", line=20, label="Total"))
    assert not held(["5", "7", "9"], total("12", line=3, label="Total"), total("21", line=20))
    assert "rows add up to 21" in held(
        ["5", "7", "9"], total("12", line=3, label="Total"), total("22", line=20)
    )


def test_a_total_above_the_last_row_is_not_the_one_of_the_table():
    assert not held(["5", "7", "9"], total("99", line=3))


def test_lines_of_groups_read_as_rows_are_named():
    assert "lines of groups are probably among the rows" in held(["12", "5", "7"], total("12"))


def test_where_the_rows_say_more_than_numbers_a_difference_proves_nothing():
    assert not held(["5", "#REF!", "7"], total("99"))
    assert not held(["5", "many", "7"], total("99"), policy=Policy(words={"many": 10}))
    fault = Fault(2, "", "", "row_too_wide", "wider than the table")
    assert not held(["5", "7"], total("99"), faults=[fault])
    assert "the total in line 10 (22)" in " ".join(
        messages(stock_shaper(["A", "B"], ["15", "7"], totals=[total("22")], faults=[fault]))
    )


def test_each_location_of_a_wide_table_has_its_own_total():
    rule = LocationRule(wide={1: "PUN", 2: "DEL"})
    binding_of = {"rule": rule, "header": ("SKU", "Pune", "Delhi"), "columns": {"sku": 0}}
    shaper = stock_shaper(
        ["A", "B"], ["1", "2"], ["5", "6"], totals=[TotalLine(9, ("Total", "3", "12"))], **binding_of
    )
    assert 'of column "Delhi", but its rows add up to 11' in look(shaper).reason
    assert [one.agrees for one in shaper.totals()] == [True, False]


def test_prices_are_never_added():
    shaper = prices_shaper(["A", "B"], ["5", "7"], totals=[total("99")])
    assert look(shaper).verdict == "pass"
    assert shaper.totals() == ()
