"""A correction file is like its original, and is read back as it: whatever stands in a cell, in every format."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector import readers
from connector.model import Table, is_correction
from connector.outbox import (
    LINE_COLUMN,
    REASON_COLUMN,
    CorrectionRow,
    correction_name,
    formula_plain,
    original_name,
    write_correction,
)

OURS = [REASON_COLUMN, LINE_COLUMN]


def table(**changes) -> Table:
    plain = Table(
        format="csv",
        encoding="utf-8",
        delimiter=",",
        sheet=None,
        header=("Artikel", "Menge", "Text"),
        header_lines=(1,),
        skipped=(),
        rows=3,
        physical_lines=4,
        samples=((), (), ()),
        spool="",
    )
    return replace(plain, **changes)


def rows_of(*cells, reason="why"):
    return [CorrectionRow(line, row, [reason]) for line, row in enumerate(cells, 2)]


def read_back(path: Path, options=readers.ReaderOptions()):  # noqa: B008  frozen
    """Header and cells as the connector takes them from a correction file."""
    (found,) = readers.read(
        path, name=path.name, spool=path.parent / "spool", options=options, in_process=True
    ).tables
    assert is_correction(found.header)
    width = len(found.header)
    cells = [
        [formula_plain(cell) for cell in [*row, *[""] * width][: max(width, len(row))]]
        for row in readers.iter_rows(found)
    ]
    return found, [list(map(formula_plain, found.header)), *cells]


def reread(folder: Path, content: bytes, name: str = "stock.csv") -> Table:
    path = folder / name
    path.write_bytes(content)
    (found,) = readers.read(path, name=name, spool=folder / "first", in_process=True).tables
    return found


# -- text ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "delimiter", "line_end"),
    [
        ("cp1252", ";", "\r\n"),
        ("utf-8-sig", ",", "\n"),
        ("utf-16", "\t", "\r\n"),
        ("utf-8", "|", "\n"),
        ("cp1252", ";", "\r"),
    ],
)
def test_text_is_written_as_the_sender_writes_it(tmp_path, encoding, delimiter, line_end) -> None:
    price = "1.50" if delimiter == "," else "1,50"
    lines = [
        ["Größe Nr", "Menge", "Preis"],
        ["Ä-1", "viel", price],
        ["Ä-2", "3", price],
        ["00123", "-5", "x"],
    ]
    original = line_end.join(delimiter.join(line) for line in lines) + line_end
    found = reread(tmp_path, original.encode(encoding))
    written = write_correction(tmp_path / "out", name="stock.csv", table=found, rows=rows_of(lines[1]))
    assert written is not None
    raw = written.path.read_bytes()
    text = raw.decode("utf-8-sig" if encoding == "utf-8" else encoding)  # in UTF-8 a mark is added, for Excel
    assert text == line_end.join(
        delimiter.join(line)
        for line in (
            [*lines[0], f'"{REASON_COLUMN}"', LINE_COLUMN],
            [*lines[1], '"why"', "2"],
        )
    ) + line_end  # fmt: skip
    assert raw.startswith(b"\xff\xfe") is (encoding == "utf-16")
    again, cells = read_back(written.path)
    assert (again.delimiter, again.line_end, again.bom) == (
        found.delimiter,
        line_end,
        found.bom or encoding == "utf-8",
    )
    assert cells == [[*lines[0], *OURS], [*lines[1], "why", "2"]]


def test_a_reason_is_spelled_in_the_letters_the_encoding_has(tmp_path) -> None:
    one = table(encoding="cp1252", delimiter=";")
    reason = "“₹ 9” is no quantity — किताब → 5×"
    written = write_correction(
        tmp_path, name="a.csv", table=one, rows=rows_of(["Größe", "x", ""], reason=reason)
    )
    assert written is not None
    assert written.note is None
    text = written.path.read_bytes().decode("cp1252")
    assert "“Rs 9” is no quantity — \\u0915" in text.replace('""', '"')
    plain = write_correction(
        tmp_path, name="a.csv", table=table(encoding="ascii"), rows=rows_of(["A", "x", ""], reason=reason)
    )
    assert plain is not None
    assert plain.path.read_bytes().isascii()


@pytest.mark.parametrize("encoding", ["cp1252", "cp1252+utf-8"])
def test_cells_that_mixed_encodings_make_the_file_utf8_and_it_is_said(tmp_path, encoding) -> None:
    rows = [*rows_of(*[["ok", "ok", ""]] * 5000), *rows_of(["किताब", "1", ""])]
    written = write_correction(tmp_path, name="a.csv", table=table(encoding=encoding), rows=rows)
    assert written is not None
    assert encoding in str(written.note)
    assert written.path.read_bytes().startswith(b"\xef\xbb\xbfArtikel,Menge,")
    assert "किताब" in written.path.read_text(encoding="utf-8-sig")
    assert [path.name for path in tmp_path.iterdir()] == ["a.correction.csv"]


def test_where_quotes_are_text_no_quotes_are_written(tmp_path) -> None:
    lines = 'Code|Size|Qty\r\nA|5" pipe|1\r\nB|6" pipe|2\r\nC|7" pipe|many\r\n'
    found = reread(tmp_path, lines.encode())
    assert not found.quoting
    rows = rows_of(["C", '7" pipe', "many"], reason="no | number\nat all")
    written = write_correction(tmp_path / "out", name="a.csv", table=found, rows=rows)
    assert written is not None
    assert written.path.read_text() == (
        f'Code|Size|Qty|{REASON_COLUMN}|{LINE_COLUMN}\nC|7" pipe|many|no number at all|2\n'
    )
    _, cells = read_back(written.path, readers.ReaderOptions(delimiter="|", quoting=False))
    assert cells[1][:3] == ["C", '7" pipe', "many"]


@pytest.mark.parametrize("options", [{}, {"header_line": 6}, {"has_header": False}, {"delimiter": ";"}])
def test_the_header_is_found_whatever_a_profile_tells_of_the_original(tmp_path, options) -> None:
    written = write_correction(
        tmp_path, name="a.csv", table=table(delimiter=";"), rows=rows_of(["only text", "no figure", "at all"])
    )
    assert written is not None
    _, cells = read_back(written.path, readers.ReaderOptions(**options))
    assert cells == [["Artikel", "Menge", "Text", *OURS], ["only text", "no figure", "at all", "why", "2"]]


def test_a_file_without_header_gets_one_of_our_columns_only(tmp_path) -> None:
    one = table(header=(), header_lines=(), samples=((), ()))
    written = write_correction(tmp_path, name="a.csv", table=one, rows=rows_of(["A", "x"]))
    assert written is not None
    _, cells = read_back(written.path, readers.ReaderOptions(has_header=False))
    assert cells == [["", "", *OURS], ["A", "x", "why", "2"]]


def test_a_header_of_several_rows_becomes_one_that_reads_the_same(tmp_path) -> None:
    content = "Item,Stock,,Price\nCode,Delhi,Pune,MRP\nA,1,2,3.50\nB,2,3,4.50\nC,x,4,5.50\n"
    found = reread(tmp_path, content.encode())
    assert len(found.header_lines) == 2
    written = write_correction(
        tmp_path / "out", name="a.csv", table=found, rows=rows_of(["C", "x", "4", "5.50"])
    )
    assert written is not None
    again, _ = read_back(written.path)
    assert again.header == (*found.header, *OURS)


def test_cells_beyond_the_header_do_not_move_the_reason_and_old_columns_of_ours_go(tmp_path) -> None:
    one = table(header=("Item", REASON_COLUMN, LINE_COLUMN, "Qty"), samples=((),) * 4)
    rows = rows_of(["A", "old", "17", "x", "too", "wide"], ["B"], reason="new")
    written = write_correction(tmp_path, name="a.correction.csv", table=one, rows=rows)
    assert written is not None
    assert written.path.name == "a.correction.csv"
    _, cells = read_back(written.path)
    assert cells == [["Item", "Qty", *OURS], ["A", "x", "new", "2", "too", "wide"], ["B", "", "new", "3"]]


def test_columns_a_profile_names_stay_without_the_mark_and_come_back_the_same(tmp_path) -> None:
    rows = rows_of(["=A1", "@x", "'=y"], ["'=B", "-5", ""])
    written = write_correction(tmp_path, name="a.csv", table=table(), rows=rows, as_it_is={0})
    assert written is not None
    lines = written.path.read_text().splitlines()
    assert lines[1].startswith("=A1,'@x,''=y,")
    assert lines[2].startswith("''=B,-5,,")
    _, cells = read_back(written.path)
    assert [row[:3] for row in cells[1:]] == [["=A1", "@x", "'=y"], ["'=B", "-5", ""]]


def test_no_rows_no_correction_file_not_even_an_old_one(tmp_path) -> None:
    assert write_correction(tmp_path, name="a.csv", table=table(), rows=rows_of(["x"]))
    assert write_correction(tmp_path, name="a.csv", table=table(), rows=[]) is None
    assert list(tmp_path.iterdir()) == []


CELLS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\ufffe\uffff"), max_size=12),
    st.text(alphabet="'\"=+-@\t\r\n;,| \\0123456789.eE<>r/&é₹कA", max_size=12),
    st.sampled_from(["00123", "8901234567890", "1.234", "1,5", "-5", "1E5", "2026-01-31", "TRUE", "<r>x</r>", "_x0041_",
                     "Total", "sep=;", "1.50", "12345678.25", "#REF!", "0", "-0", "Artikel"]),
)  # fmt: skip
TABLES = st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=5)


@settings(deadline=None)
@given(
    TABLES,
    st.sampled_from(["ascii", "utf-8", "utf-16-le", "cp1252", "cp850", "mac_roman", None]),
    st.sampled_from([",", ";", "\t", "|", ", ", None]),
    st.sampled_from(["\r\n", "\n", "\r"]),
)
def test_text_reads_back_exactly(tmp_path_factory, cells, encoding, delimiter, line_end) -> None:
    folder = tmp_path_factory.mktemp("out")
    one = table(encoding=encoding, delimiter=delimiter, line_end=line_end)
    written = write_correction(folder, name="a.csv", table=one, rows=rows_of(*cells))
    assert written is not None
    assert written.rows == len(cells)
    told = written.note is None and encoding == "cp1252"
    _, found = read_back(written.path, readers.ReaderOptions(encoding=encoding if told else None))
    assert found == [["Artikel", "Menge", "Text", *OURS]] + [
        [*row, "why", str(line)] for line, row in enumerate(cells, 2)
    ]


# -- workbooks and JSON ----------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(TABLES, st.booleans())
def test_a_workbook_reads_back_exactly(tmp_path_factory, cells, stored) -> None:
    folder = tmp_path_factory.mktemp("out")
    one = table(format="xlsx", sheet="Lager [1]", encoding=None, delimiter=None, stored_numbers=stored)
    written = write_correction(folder, name="a.xlsx", table=one, rows=rows_of(*cells), codes={0})
    assert written is not None
    again, found = read_back(written.path)
    assert again.sheet == "Lager _1_"
    assert found == [["Artikel", "Menge", "Text", *OURS]] + [
        [*row, "why", str(line)] for line, row in enumerate(cells, 2)
    ]


@settings(deadline=None)
@given(TABLES, st.booleans(), st.sampled_from(["json", "jsonl"]))
def test_json_reads_back_exactly(tmp_path_factory, cells, stored, form) -> None:
    folder = tmp_path_factory.mktemp("out")
    one = table(format=form, header_lines=(), stored_numbers=stored)
    written = write_correction(folder, name="a.json", table=one, rows=rows_of(*cells), codes={0})
    assert written is not None
    _, found = read_back(written.path)
    assert found == [["Artikel", "Menge", "Text", *OURS]] + [
        [*row, "why", str(line)] for line, row in enumerate(cells, 2)
    ]


def test_a_workbook_keeps_codes_as_text_numbers_as_numbers_and_runs_nothing(tmp_path) -> None:
    one = table(format="xls", sheet="Bestand", stored_numbers=True)
    rows = rows_of(["00123", "-5", "2026-01-31"], ["8901234567890", "1.5", "=1+1"])
    written = write_correction(tmp_path, name="a.xls", table=one, rows=rows, codes={0})
    assert written is not None
    assert written.path.name == "a.xls.correction.xlsx"
    sheet = openpyxl.load_workbook(written.path)["Bestand"]
    first, second = list(sheet.iter_rows(min_row=2, max_col=4))
    assert [cell.data_type for cell in first] == ["s", "n", "d", "s"]
    assert [cell.data_type for cell in second] == ["s", "n", "s", "s"]
    assert (first[0].number_format, first[1].value, second[1].value) == ("@", -5, 1.5)
    assert second[2].value == "=1+1"
    assert second[2].quotePrefix


def test_figures_that_read_two_ways_stay_text_where_they_were_text(tmp_path) -> None:
    one = table(format="html", stored_numbers=False)
    written = write_correction(tmp_path, name="a.html", table=one, rows=rows_of(["A", "1.234", "7"]))
    assert written is not None
    row = next(openpyxl.load_workbook(written.path)["Sheet1"].iter_rows(min_row=2))
    assert [cell.value for cell in row[:3]] == ["A", "1.234", 7]
    again, _ = read_back(written.path)
    assert not again.stored_numbers


def test_a_cell_too_long_for_a_workbook_is_cut_and_it_is_said(tmp_path) -> None:
    written = write_correction(
        tmp_path, name="a.ods", table=table(format="ods"), rows=rows_of(["A", "x", "y" * 40_000])
    )
    assert written is not None
    assert "1 cells of more than 32,767 characters were cut" in str(written.note)


def test_a_table_no_sheet_has_room_for_is_text(tmp_path) -> None:
    one = table(format="html", rows=2_000_000, encoding=None, delimiter=None)
    written = write_correction(tmp_path, name="a.html", table=one, rows=rows_of(["A", "x", "y"]))
    assert written is not None
    assert written.path.name == "a.html.correction.csv"


def test_json_keeps_digits_and_codes(tmp_path) -> None:
    found = reread(
        tmp_path, b'[{"sku": "007", "stock": {"free": 1.50}}, {"sku": "8", "stock": null}]', "a.json"
    )
    written = write_correction(
        tmp_path / "out", name="a.json", table=found, rows=rows_of(["007", "1.50", ""]), codes={0}
    )
    assert written is not None
    text = written.path.read_text()
    assert '"stock.free": 1.50' in text
    assert json.loads(text)[0]["sku"] == "007"
    again, _ = read_back(written.path)
    assert again.header == (*found.header, *OURS)


# -- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "ending", "called"),
    [
        ("in/stock.csv", ".csv", "stock.correction.csv"),
        ("stock.TXT", ".csv", "stock.correction.TXT"),
        ("stock 2026.06", ".csv", "stock 2026.correction.06"),
        ("stock.xlsx", ".xlsx", "stock.correction.xlsx"),
        ("stock.xls", ".xlsx", "stock.xls.correction.xlsx"),
        ("stock.csv", ".xlsx", "stock.csv.correction.xlsx"),
        ("stock.xls", ".csv", "stock.xls.correction.csv"),
        ("stock.csv.gz", ".csv", "stock.csv.gz.correction.csv"),
        ("stock.json", ".json", "stock.correction.json"),
    ],
)  # fmt: skip
def test_the_name_of_the_original_is_found_in_that_of_its_correction(name, ending, called) -> None:
    assert correction_name(name, ending) == called
    assert original_name(called) == name.rpartition("/")[2]
    assert correction_name(called, ending) == called


def test_copies_of_a_correction_file_are_known_and_other_names_are_left_alone() -> None:
    assert original_name("stock.correction (1).csv") == "stock.csv"
    assert original_name("stock.correction - Copy.csv") == "stock.csv"
    assert original_name("stock.csv") == "stock.csv"
    assert original_name("correction.csv") == "correction.csv"
