"""The files a shop gets back hold what the ledger says, open safely, and read back exactly."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.model import Fault, RowVerdict, Table, Verdict
from connector.outbox import (
    RESULT_COLUMNS,
    CorrectionRow,
    formula_plain,
    formula_safe,
    result_folder,
    write_correction,
    write_result,
)


def rows_of(path, encoding="utf-8-sig", delimiter=","):
    return list(csv.reader(io.StringIO(path.read_bytes().decode(encoding), newline=""), delimiter=delimiter))


def reject(line=3, *faults):
    return RowVerdict("inventory", line, "BLR01", "SKU-1", Verdict.REJECTED, faults)


TABLE = Table(
    format="csv",
    encoding="utf-8",
    delimiter=",",
    sheet=None,
    header=("Item",),
    header_lines=(1,),
    skipped=(),
    rows=1,
    physical_lines=2,
    samples=(("x",),),
    spool="",
)
NOT_A_NUMBER = Fault(3, "Qty", "=1+1", "not_a_number", "“=1+1” is no quantity")
NO_SKU = Fault(3, "Item", "", "missing", "the item code is missing")


def test_result_lists_every_fault_and_counts_rows(tmp_path):
    merged = RowVerdict("inventory", 9, "BLR01", "S9", Verdict.MERGED, (), "-5")
    written = write_result(
        tmp_path / "r", summary={"drop": 7}, rows=iter([reject(3, NOT_A_NUMBER, NO_SKU), merged])
    )
    table = rows_of(written.path)
    assert tuple(table[0]) == RESULT_COLUMNS
    assert [row[6] for row in table[1:]] == ["Qty", "Item", ""]
    assert table[1][7] == "'=1+1"
    assert table[3][5:8] == ["merged", "", "-5"]
    assert (written.rows, written.lines) == (2, 3)
    assert written.counts == {("inventory", Verdict.REJECTED): 1, ("inventory", Verdict.MERGED): 1}


def test_summary_is_json_with_the_count_and_is_written_last(tmp_path):
    summary = {"drop": 7, "file": "₹ stock\udcfb.csv", "archive": tmp_path / "a", "total": Decimal("1.50")}
    write_result(tmp_path, summary=summary, rows=[])
    read = json.loads((tmp_path / "result.json").read_text("utf-8"))
    assert read["file"].startswith("₹ stock")
    assert read["archive"] == str(tmp_path / "a")
    assert read["rows_in_result"] == 0


def test_each_item_of_a_list_has_a_line_in_the_summary(tmp_path):
    summary = {
        "batches": [{"batch": number, "ack_id": 'a "quoted"\nid'} for number in (1, 2, 3)],
        "notes": [],
        "totals": {"inventory": {"accepted": 3}},
        "reason": None,
    }
    write_result(tmp_path, summary=summary, rows=[])
    text = (tmp_path / "result.json").read_text("utf-8")
    assert json.loads(text) == {**summary, "rows_in_result": 0}
    lines = text.splitlines()
    assert [line for line in lines if '"batch": 2' in line] == [
        '    {"batch": 2, "ack_id": "a \\"quoted\\"\\nid"},'
    ]
    assert len(lines) == len(summary) + 3 + 1 + 3


def test_nothing_half_written_is_left_when_the_rows_break(tmp_path):
    def broken():
        yield reject(1, NO_SKU)
        raise RuntimeError("ledger gone")

    for write in (
        lambda: write_result(tmp_path, summary={}, rows=broken()),
        lambda: write_correction(tmp_path, name="a.csv", table=TABLE, rows=broken()),
        lambda: write_correction(tmp_path, name="a.xlsx", table=replace(TABLE, format="xlsx"), rows=broken()),
    ):
        with pytest.raises((RuntimeError, AttributeError)):
            write()
        assert list(tmp_path.iterdir()) == []


def test_writing_again_gives_the_same_bytes(tmp_path):
    def write():
        write_correction(tmp_path, name="a.csv", table=TABLE, rows=[CorrectionRow(2, ["x"], ["why"])])
        write_correction(
            tmp_path / "x",
            name="a.xlsx",
            table=replace(TABLE, format="xlsx"),
            rows=[CorrectionRow(2, ["x"], ["why"])],
        )
        write_result(tmp_path, summary={"a": 1}, rows=[reject(3, NO_SKU)])
        return {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    assert write() == write()


def test_folder_of_a_drop_is_by_day_landing_and_safe_stem(tmp_path):
    folder = result_folder(tmp_path, day=date(2026, 3, 1), landing=12, name="BLR01/../ev\nil\u202e.csv")
    assert folder == tmp_path / "results" / "2026-03-01" / "12-ev_il"


@pytest.mark.parametrize(
    "plain", ["-5", "+5", "-1,234.50", "-.5", "-5%", "-1E5", "5", "abc", "", "5-", "'tis"]
)
def test_plain_numbers_and_text_stay_as_they_are(plain):
    assert formula_safe(plain) == plain


@pytest.mark.parametrize("bad", ["=1", "+cmd", "-5 Nos", "@x", "\tx", "\rx", "-", "--5", "-5+1", "'=1"])
def test_what_a_spreadsheet_would_run_is_quoted(bad):
    assert formula_safe(bad) == "'" + bad


@given(st.text(alphabet=st.sampled_from("'=+-@\t\r\n0123456789.,eE%abc ")))
def test_quoting_can_be_undone_exactly(cell):
    assert formula_plain(formula_safe(cell)) == cell
