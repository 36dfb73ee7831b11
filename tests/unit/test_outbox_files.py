"""The files a shop gets back hold what the ledger says, open safely, and read back exactly."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.model import Fault, RowVerdict, Verdict
from connector.outbox import (
    LINE_COLUMN,
    REASON_COLUMN,
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


def test_nothing_half_written_is_left_when_the_rows_break(tmp_path):
    def broken():
        yield reject(1, NO_SKU)
        raise RuntimeError("ledger gone")

    for write in (
        lambda: write_result(tmp_path, summary={}, rows=broken()),
        lambda: write_correction(tmp_path, name="a.csv", header=["a"], rows=broken()),
    ):
        with pytest.raises((RuntimeError, AttributeError)):
            write()
        assert list(tmp_path.iterdir()) == []


def test_writing_again_gives_the_same_bytes(tmp_path):
    def write():
        write_correction(tmp_path, name="a.csv", header=["Item"], rows=[CorrectionRow(2, ["x"], ["why"])])
        write_result(tmp_path, summary={"a": 1}, rows=[reject(3, NO_SKU)])
        return {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    assert write() == write()


def test_correction_keeps_delimiter_encoding_and_columns(tmp_path):
    rows = [CorrectionRow(4, ["Größe", None, "=A1"], ["one", "two"]), CorrectionRow(9, ["kurz"], ["three"])]
    written = write_correction(
        tmp_path,
        name="in/bestand.txt",
        header=["Artikel", "Menge", "x"],
        rows=rows,
        encoding="cp1252",
        delimiter=";",
    )
    assert written is not None
    assert written.path.name == "bestand.correction.csv"
    assert (written.rows, written.encoding, written.note) == (2, "cp1252", None)
    assert rows_of(written.path, "cp1252", ";") == [
        ["Artikel", "Menge", "x", REASON_COLUMN, LINE_COLUMN],
        ["Größe", "", "'=A1", "one; two", "4"],
        ["kurz", "", "", "three", "9"],
    ]


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "no-such-encoding"])
def test_a_character_the_encoding_cannot_hold_makes_the_file_utf8_and_says_so(tmp_path, encoding):
    rows = [CorrectionRow(n, ["ok", "ok"], ["fine"]) for n in range(5000)]
    rows.append(CorrectionRow(5001, ["किताब", "1"], ["₹ missing"]))
    written = write_correction(tmp_path, name="a.csv", header=["Item", "Qty"], rows=rows, encoding=encoding)
    assert written is not None
    assert written.encoding == "utf-8-sig"
    assert written.note
    assert encoding in written.note
    assert written.path.read_bytes().startswith(b"\xef\xbb\xbfItem,Qty,")
    assert rows_of(written.path)[-1] == ["किताब", "1", "₹ missing", "5001"]
    assert [path.name for path in tmp_path.iterdir()] == ["a.correction.csv"]


def test_utf16_has_one_byte_order_mark(tmp_path):
    rows = [CorrectionRow(n, ["é" * 50], ["r"]) for n in range(5000)]
    written = write_correction(tmp_path, name="a.csv", header=["Item"], rows=rows, encoding="utf-16")
    assert written is not None
    assert written.path.read_bytes().count(b"\xff\xfe") == 1
    assert len(rows_of(written.path, "utf-16")) == 5001


def test_a_correction_file_dropped_again_does_not_grow_columns(tmp_path):
    header = ["Item", "Qty", REASON_COLUMN, LINE_COLUMN]
    rows = [CorrectionRow(2, ["A", "x", "old reason", "17"], ["new reason"])]
    written = write_correction(tmp_path, name="a.correction.csv", header=header, rows=rows)
    assert written is not None
    assert rows_of(written.path) == [header, ["A", "x", "new reason", "2"]]


def test_cells_beyond_the_header_do_not_move_the_reason(tmp_path):
    rows = [CorrectionRow(2, ["A", "1", "too", "wide"], ["wider than the header"])]
    written = write_correction(tmp_path, name="a.csv", header=["Item", "Qty"], rows=rows)
    assert written is not None
    assert rows_of(written.path)[1] == ["A", "1", "wider than the header", "2", "too", "wide"]


def test_no_header_in_no_header_out(tmp_path):
    written = write_correction(
        tmp_path, name="a.csv", header=[], rows=[CorrectionRow(1, ["A", "x"], ["why"])]
    )
    assert written is not None
    assert rows_of(written.path) == [["A", "x", "why", "1"]]


def test_no_rows_no_correction_file_not_even_an_old_one(tmp_path):
    assert write_correction(tmp_path, name="a.csv", header=["A"], rows=[CorrectionRow(1, ["x"], ["y"])])
    assert write_correction(tmp_path, name="a.csv", header=["A"], rows=[]) is None
    assert list(tmp_path.iterdir()) == []


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


@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
            min_size=2,
            max_size=2,
        )
    ),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1", None]),
    st.sampled_from([",", ";", "\t", "|", None]),
)
def test_correction_reads_back_exactly(tmp_path_factory, cells, encoding, delimiter):
    folder = tmp_path_factory.mktemp("out")
    rows = [CorrectionRow(n, row, ["r"]) for n, row in enumerate(cells)]
    written = write_correction(
        folder, name="a.csv", header=["A", "B"], rows=rows, encoding=encoding, delimiter=delimiter
    )
    if not cells:
        assert written is None
        return
    assert written is not None
    table = rows_of(written.path, written.encoding, delimiter or ",")
    assert [[formula_plain(cell) for cell in row[:2]] for row in table[1:]] == cells
