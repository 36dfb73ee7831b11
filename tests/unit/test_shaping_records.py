"""Rows to records: every fault of a row, the policy, repeats, locations, wide tables."""

import pytest

from connector import shaping
from connector.errors import HoldDrop
from connector.feeds import Binding, LocationRule, Policy
from connector.model import Fault, Verdict
from tests.unit.shaping_tables import (
    INVENTORY,
    PRICE,
    codes,
    counted,
    frame,
    messages,
    prices,
    stock,
    stock_shaper,
)


def sent(records, *fields):
    return [tuple(row) for row in records.frame.to_pandas()[["sku", *fields]].itertuples(index=False)]


def test_a_clean_table_becomes_records_in_the_order_of_the_file():
    records = stock(["B", "A"], ["5", "0"], ["L2", "L1"])
    assert records.frame.to_pandas().to_dict("list") == {
        "line": [2, 3],
        "location_id": ["L2", "L1"],
        "sku": ["B", "A"],
        "quantity": [5, 0],
        "value": ["5", "0"],
        "account": ["main", "main"],
    }
    assert records.locations() == ("L1", "L2")
    assert set(records.frame["account"].to_pylist()) == {"main"}
    assert counted(records) == {"accepted": 2}


def test_a_row_with_three_faults_lists_three():
    records = stock(["#REF!", "A"], ["x", "1"], ["L9", "L1"], routes={"L1": "main"}.get)
    (reject,) = records.rejects
    assert [fault.code for fault in reject.faults] == [
        "location_unknown",
        "spreadsheet_error",
        "not_a_number",
    ]
    assert [fault.column for fault in reject.faults] == ["Store", "SKU", "Stock"]
    assert [fault.value for fault in reject.faults] == ["L9", "#REF!", "x"]
    assert (reject.line, reject.verdict, reject.location) == (2, Verdict.REJECTED, "L9")


def test_faults_of_the_reader_reject_the_row_with_its_own_faults_beside():
    fault = Fault(3, "", "", "too_wide", "the row has 3 cells more than the header")
    records = stock(["A", "B"], ["1", "x"], faults=[fault])
    assert codes(records) == {3: ["too_wide", "not_a_number"]}
    assert sent(records, "quantity") == [("A", 1)]


def test_a_row_without_code_or_location_says_so():
    records = stock(["", None, "A"], ["1", "2", "3"], ["L1", "L1", " "])
    assert codes(records) == {2: ["sku_missing"], 3: ["sku_missing"], 4: ["location_missing"]}


def test_blank_is_no_instruction_and_counted():
    records = stock(["A", "B"], ["", "0"])
    assert sent(records, "quantity") == [("B", 0)]
    assert records.blank.tolist() == [2]
    assert records.notes == {"blank": 1}
    assert counted(records) == {"accepted": 1, "unchanged": 1}


def test_blank_is_zero_only_when_the_profile_says_so():
    records = stock(["A", "B"], [None, "4"], policy=Policy(blank="zero"))
    assert sent(records, "quantity") == [("A", 0), ("B", 4)]
    assert records.notes == {"blank_zero": 1}


def test_a_blank_beside_a_damaged_code_is_still_a_reject():
    assert codes(stock(["#REF!"], [""])) == {2: ["spreadsheet_error"]}


@pytest.mark.parametrize(
    ("policy", "quantities", "notes"),
    [
        (Policy(), [0, 2, 0, 10, 0], {"negatives": 1, "fractions": 2}),
        (Policy(buffer=3), [0, 0, 0, 7, 0], {"negatives": 1, "fractions": 2, "buffer": 2}),
        (Policy(minimum=3), [0, 0, 0, 10, 0], {"negatives": 1, "fractions": 2, "minimum": 1}),
        (Policy(maximum=4), [0, 2, 0, 4, 0], {"negatives": 1, "fractions": 2, "maximum": 1}),
        (
            Policy(buffer=1, minimum=2, maximum=5),
            [0, 0, 0, 5, 0],
            {"negatives": 1, "fractions": 2, "buffer": 2, "minimum": 1, "maximum": 1},
        ),
    ],
)
def test_the_policy_changes_quantities_and_counts_each_change(policy, quantities, notes):
    records = stock(["A", "B", "C", "D", "E"], ["-3", "2.7", "0.99", "10", "0"], policy=policy)
    assert records.frame["quantity"].tolist() == quantities
    assert records.notes == notes


def test_the_policy_may_reject_instead():
    records = stock(
        ["A", "B", "C"], ["-3", "2.7", "5"], policy=Policy(negatives="reject", fractions="reject")
    )
    assert codes(records) == {2: ["negative"], 3: ["fraction"]}
    assert records.rejects[0].faults[0].value == "-3"


def test_words_and_units_are_counted():
    records = stock(["A", "B"], ["12 Nos", "in stock"], policy=Policy(words={"In Stock": 3}))
    assert records.frame["quantity"].tolist() == [12, 3]
    assert records.notes == {"words": 1, "units": 1}


def test_repeats_with_the_same_value_are_merged_into_the_first():
    records = stock([" A", "A", "B", "A"], ["5", "5.0", "1", "5"])
    assert records.frame["line"].tolist() == [2, 4]
    assert [(verdict.line, verdict.verdict, verdict.value) for verdict in records.merged] == [
        (3, Verdict.MERGED, "5"),
        (5, Verdict.MERGED, "5"),
    ]
    assert "line 2" in records.merged[0].faults[0].reason
    assert records.notes == {"trimmed": 1, "merged": 2}
    assert counted(records) == {"accepted": 2, "merged": 2}


def test_repeats_that_differ_are_all_refused_with_their_lines():
    records = stock(["A", "B", "A", "A"], ["5", "1", "7", "5"])
    assert codes(records) == {2: ["repeat_differs"], 4: ["repeat_differs"], 5: ["repeat_differs"]}
    reason = records.rejects[0].faults[0].reason
    assert "lines 2, 4, 5" in reason
    assert "(5, 7)" in reason
    assert sent(records, "quantity") == [("B", 1)]


def test_many_repeats_are_shown_in_short():
    records = stock(["A"] * 7, list("1234567"))
    assert "lines 2, 3, 4, 5, 6 …" in records.rejects[0].faults[0].reason


def test_the_same_code_in_two_locations_is_no_repeat():
    assert counted(stock(["A", "A"], ["1", "2"], ["L1", "L2"])) == {"accepted": 2}


def test_repeats_may_be_added_before_the_policy_looks():
    policy = Policy(duplicates="sum", buffer=1)
    records = stock(["A", "A", "B", "A", "B"], ["-1", "3.5", "2", "3.5", ""], policy=policy)
    assert sent(records, "quantity") == [("A", 5), ("B", 1)]
    assert records.notes == {"buffer": 2, "blank": 1, "merged": 2}
    assert counted(records) == {"accepted": 2, "unchanged": 1, "merged": 2}


def test_equal_repeats_are_added_too_when_the_profile_says_sum():
    assert sent(stock(["A", "A"], ["3", "3"], policy=Policy(duplicates="sum")), "quantity") == [("A", 6)]


def test_a_sum_that_the_policy_rejects_takes_its_lines_along():
    policy = Policy(duplicates="sum", negatives="reject")
    records = stock(["A", "A", "B", "C"], ["-5", "3", "-1", "2"], policy=policy)
    assert codes(records) == {2: ["negative"], 3: ["repeat"], 4: ["negative"]}
    assert counted(records) == {"accepted": 1, "rejected": 3}


def test_the_last_of_different_repeats_may_win():
    records = stock(["A", "A"], ["5", "7"], policy=Policy(duplicates="last"))
    assert records.frame.to_pandas()[["line", "quantity"]].to_numpy().tolist() == [[3, 7]]
    assert [verdict.line for verdict in records.merged] == [2]


@pytest.mark.parametrize("mode", ["refuse", "sum", "last"])
def test_a_line_that_cannot_be_read_spoils_the_other_lines_of_its_code(mode):
    records = stock(["A", "A", "B"], ["5", "x", "1"], policy=Policy(duplicates=mode))
    assert codes(records) == {2: ["repeat_unreadable"], 3: ["not_a_number"]}
    assert "line 3" in records.rejects[0].faults[0].reason


def test_names_become_codes_and_what_is_no_name_is_a_code():
    rule = LocationRule(column=2, names={"Delhi  Warehouse": "DEL-1"})
    records = stock(["A", "B", "C"], ["1", "2", "3"], [" delhi warehouse ", "DEL-1", "BLR"], rule=rule)
    assert records.frame["location_id"].tolist() == ["DEL-1", "DEL-1", "BLR"]
    assert records.notes == {"named": 1}


def test_names_that_look_damaged_are_still_names():
    rule = LocationRule(column=2, names={"0": "HO", "1E5": "WH"})
    records = stock(["A", "B", "C"], ["1", "2", "3"], ["0", "1E5", "2E5"], rule=rule)
    assert records.frame["location_id"].tolist() == ["HO", "WH"]
    assert codes(records) == {4: ["damaged_by_excel"]}


def test_an_unserved_location_names_the_known_ones():
    known = [f"K{at}" for at in range(12)]
    records = stock(["A", "B"], ["1", "2"], ["L1", "L9"], routes={"L1": "main"}.get, known_locations=known)
    assert "no account serves location L9; known: K0, K1" in records.rejects[0].faults[0].reason
    assert "…" in records.rejects[0].faults[0].reason


def test_records_carry_the_account_of_their_location():
    records = stock(["A", "B"], ["1", "2"], ["L1", "L2"], routes={"L1": "one", "L2": "two"}.get)
    assert dict(
        zip(*(records.frame[name].to_pylist() for name in ("account", "location_id")), strict=True)
    ) == {
        "one": "L1",
        "two": "L2",
    }


def test_a_file_for_a_location_nobody_serves_is_held():
    records = stock(["A", "B"], ["1", "2"], routes=lambda _: None)
    assert [finding.name for finding in records.findings] == ["location"]
    assert "no account serves location L1" in records.findings[0].reason
    assert counted(records) == {"held": 2}
    assert records.verdicts == (), "they wait with the drop, and get their verdicts when it goes on"


def test_a_file_that_names_no_location_is_held():
    records = stock(["A"], ["1"], rule=LocationRule())
    assert "which location" in records.findings[0].reason
    assert len(records.frame) == 0
    assert "quantity" in records.frame


def test_an_ambiguous_column_holds_the_drop_with_all_its_records():
    records = stock(["A", "B"], ["1,234", "5"])
    assert records.findings[0].name == "number_format"
    assert 'the column "Stock"' in records.findings[0].reason
    assert records.held == 2
    assert len(records.frame) == 0
    assert counted(records) == {"held": 2}


def test_how_numbers_were_read_is_said():
    assert messages(stock_shaper(["A"], ["1,5"])) == ['column "Stock": decimal comma, shown by 1,5']
    assert stock(["A", "B"], ["1.234", "5"], stored_numbers=True).frame["quantity"].tolist() == [1, 5]


def test_a_field_without_a_column_is_a_question():
    with pytest.raises(HoldDrop, match="quantity"):
        shaping.records(
            frame(["A"]),
            Binding("inventory", {"sku": 0}, LocationRule(constant="L1")),
            INVENTORY,
            Policy(),
            header=("SKU",),
            routes=lambda _: "main",
        )


def test_a_constant_stands_for_a_column():
    binding = Binding("inventory", {"sku": 0}, LocationRule(constant="L1"), {"quantity": "0"})
    records = shaping.records(
        frame(["A", "B"]), binding, INVENTORY, Policy(), header=("SKU",), routes=lambda _: "main"
    )
    assert sent(records, "quantity") == [("A", 0), ("B", 0)]


WIDE = Binding("inventory", {"sku": 0}, LocationRule(wide={1: "DEL", 2: "BLR"}))
HEADER = ("SKU", "Delhi", "")


def wide(*columns, policy=None, routes=lambda _: "main", binding=WIDE):
    return shaping.records(
        frame(*columns), binding, INVENTORY, policy or Policy(), header=HEADER, routes=routes
    )


def test_a_wide_table_has_one_record_a_cell_in_the_order_of_the_file():
    records = wide(["A", "B"], ["1", ""], ["2", "-4"])
    assert records.total == 4
    assert records.frame.to_pandas()[["line", "location_id", "sku", "quantity"]].to_numpy().tolist() == [
        [2, "DEL", "A", 1],
        [2, "BLR", "A", 2],
        [3, "BLR", "B", 0],
    ]
    assert records.blank.tolist() == [3]
    assert counted(records) == {"accepted": 3, "unchanged": 1}


def test_faults_in_a_wide_table_name_the_column_of_the_cell():
    records = wide(["A", ""], ["x", "1"], ["2", "y"])
    said = [
        (verdict.line, [(fault.column, fault.code) for fault in verdict.faults])
        for verdict in records.rejects
    ]
    assert said == [
        (2, [("Delhi", "not_a_number")]),
        (3, [("SKU", "sku_missing")]),
        (3, [("SKU", "sku_missing"), ("column 3", "not_a_number")]),
    ]


def test_one_convention_holds_for_all_cells_of_a_wide_table():
    assert wide(["A"], ["1,234"], ["0.5"]).frame["quantity"].tolist() == [1234, 0]
    assert wide(["A"], ["1,5"], ["0.5"]).findings


def test_an_unserved_column_of_a_wide_table_rejects_its_cells_only():
    records = wide(["A"], ["1"], ["2"], routes={"DEL": "main"}.get)
    assert counted(records) == {"accepted": 1, "rejected": 1}


def test_two_columns_for_one_location_are_repeats():
    binding = Binding(
        "inventory", {"sku": 0}, LocationRule(wide={1: "Delhi", 2: "DEL"}, names={"Delhi": "DEL"})
    )
    records = wide(["A"], ["1"], ["2"], policy=Policy(duplicates="sum"), binding=binding)
    assert records.frame["quantity"].tolist() == [3]


def test_prices_of_a_wide_table_go_to_every_location():
    binding = Binding("price", {"sku": 0, "esp": 3, "mrp": 3}, WIDE.location, {"currency": "INR"})
    records = shaping.records(
        frame(["A", "B"], ["1", ""], ["2", "3"], ["799", ""]),
        binding,
        PRICE,
        Policy(),
        header=(*HEADER, "Price"),
        routes=lambda _: "main",
    )
    assert records.total == 4
    assert records.frame.to_pandas()[["location_id", "sku", "value"]].to_numpy().tolist() == [
        ["DEL", "A", "799.00|799.00|INR"],
        ["BLR", "A", "799.00|799.00|INR"],
    ]
    assert counted(records) == {"accepted": 2, "unchanged": 2}


def test_a_table_without_rows_has_no_records():
    for records in (stock([], []), prices([], []), wide([], [], [])):
        assert records.total == 0
        assert counted(records) == {}
        assert records.verdicts == ()


def test_prices_are_paise_and_one_column_may_be_both():
    records = prices(["A", "B"], ["799", "₹ 1,234.505"], ["999.5", "2000"])
    assert sent(records, "esp", "mrp", "currency") == [
        ("A", 79900, 99950, "INR"),
        ("B", 123451, 200000, "INR"),
    ]
    assert records.frame["value"].tolist() == ["999.50|799.00|INR", "2000.00|1234.51|INR"]
    assert records.notes == {"rounded": 1}
    assert prices(["A"], ["5"]).frame["value"].tolist() == ["5.00|5.00|INR"]


def test_what_must_not_be_sent_as_a_price_is_rejected_with_every_reason():
    records = prices(
        ["A", "B", "C", "D", "E", "F", "G"],
        ["55.90", "0", "-1", "", "5", "x", ""],
        ["29.42", "0", "10", "10", "", "10", ""],
    )
    assert codes(records) == {
        2: ["esp_over_mrp"],
        3: ["price_zero", "price_zero"],
        4: ["price_negative"],
        5: ["price_missing"],
        6: ["price_missing"],
        7: ["not_a_number"],
    }
    assert "55.90 is above the MRP 29.42" in records.rejects[0].faults[0].reason
    assert counted(records) == {"rejected": 6, "unchanged": 1}


def test_one_price_column_gives_one_fault():
    assert codes(prices(["A", "B"], ["0", "x"])) == {2: ["price_zero"], 3: ["not_a_number"]}


def test_a_price_that_rounds_to_nothing_is_zero():
    assert codes(prices(["A", "B"], ["0.004", "1.5"])) == {2: ["price_zero"]}


def test_prices_are_never_added():
    records = prices(["A", "A"], ["5", "6"], policy=Policy(duplicates="sum"))
    assert codes(records) == {2: ["repeat_differs"], 3: ["repeat_differs"]}
    assert counted(prices(["A", "A"], ["5", "5"], policy=Policy(duplicates="sum"))) == {
        "accepted": 1,
        "merged": 1,
    }


def test_the_currency_comes_from_the_column_then_the_constant_then_the_policy_then_the_cell():
    records = prices(["A", "B"], ["5", "6"], currency=["usd", ""])
    assert records.frame["currency"].tolist() == ["USD", "INR"]
    assert prices(["A"], ["5"], constants={}, policy=Policy(currency="eur")).frame["currency"].tolist() == [
        "EUR"
    ]
    assert prices(["A"], ["₹5"], constants={}).frame["currency"].tolist() == ["INR"]
    assert prices(["A"], ["5"], currency=["₹"], constants={}).frame["currency"].tolist() == ["INR"]


def test_a_currency_that_contradicts_is_a_fault():
    records = prices(["A", "B", "C"], ["ARS 2625.00", "Rs. 5", "5"])
    assert codes(records) == {2: ["currency_mismatch"]}
    assert "the cell says ARS, but the price should be in INR" in records.rejects[0].faults[0].reason
    records = prices(["A", "B"], ["5", "6"], currency=["USD", "INR"], policy=Policy(currency="INR"))
    assert codes(records) == {2: ["currency_mismatch"]}
    assert codes(prices(["A"], ["5"], currency=["gold"])) == {2: ["currency_unknown"]}


def test_prices_without_any_currency_hold_the_drop():
    records = prices(["A"], ["5"], constants={})
    assert records.findings[0].name == "currency"
    assert "currency =" in records.findings[0].reason
    assert codes(prices(["A", "B"], ["5", "₹6"], constants={})) == {2: ["currency_missing"]}
    assert counted(prices(["A"], [""], constants={})) == {"unchanged": 1}


def test_prices_in_two_conventions_hold_the_drop():
    assert prices(["A", "B"], ["5,50", "6.25"]).findings[0].name == "number_format"
