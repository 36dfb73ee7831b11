"""Workbooks, packed files, what is refused by name, and whether a file is whole."""

from __future__ import annotations

import datetime as dt
import shutil
import zipfile

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table as OdfTable
from odf.table import TableCell, TableRow
from odf.text import P

from connector.errors import RejectDrop
from connector.readers import Limits, ReaderOptions, frame, looks_whole, read
from connector.readers.numbers import cell_text, number_text
from tests import files


def opened(folder, path, **told):
    return read(path, name=path.name, spool=folder / "spool", in_process=True, **told)


def test_a_workbook_is_read_with_its_titles_and_merged_header(tmp_path):
    (table,) = opened(tmp_path, files.tally_workbook(tmp_path)).tables
    assert table.header == (
        "Particulars",
        "Total Sales",
        "Closing Balance Quantity",
        "Closing Balance Rate",
        "Closing Balance Value",
    )
    assert (table.header_lines, table.rows, table.sheet) == ((4, 5, 6), 13, "PATRIKA 25-26")
    assert table.snapshot_hint == "2026-04-27"
    assert table.skipped[-1].reason == "total"
    assert frame(table)["c2"].tolist()[:2] == ["0.5", "1.5"]


def test_cells_keep_their_exact_value(tmp_path):
    (table,) = opened(tmp_path, files.error_workbook(tmp_path)).tables
    data = frame(table)
    assert data["c3"].tolist() == ["#REF!", "=1+1", "3", "4", "5", "5"]
    assert data["c4"].tolist()[1:3] == ["TRUE", "1.526770000014796E+18"]
    assert data["c4"].tolist()[5] == "8901234567890"
    assert data["c5"].tolist()[2] == "30043.332"
    assert data["c5"].tolist()[5] == "2025-01-02"


def test_values_as_text():
    assert [cell_text(value) for value in (5.0, 0.1, True, "x", 7)] == ["5", "0.1", "TRUE", "x", "7"]
    assert cell_text(dt.datetime(2025, 1, 2, 3, 4, 5)) == "2025-01-02 03:04:05"  # noqa: DTZ001 - a sheet knows no time zone
    assert cell_text(dt.datetime(2025, 1, 2)) == "2025-01-02"  # noqa: DTZ001 - a sheet knows no time zone
    assert cell_text(dt.time(3, 4)) == "03:04:00"
    assert cell_text(dt.timedelta(hours=30, minutes=5)) == "30:05:00"
    assert number_text(1e-7) == "1E-07"
    assert number_text(-0.0) == "0"


def test_hidden_sheets_are_left_out_with_a_note_and_every_other_gives_a_table(tmp_path):
    path = files.workbook(tmp_path, [files.HEADER, *files.stock_rows(4)], hidden=[["a", "b"], ["c", "d"]])
    document = opened(tmp_path, path)
    assert [table.sheet for table in document.tables] == ["Stock"]
    assert document.notes == ("hidden sheet 'Lookup' was left out",)
    assert opened(tmp_path, path, options=ReaderOptions(sheet="Lookup")).tables[0].sheet == "Lookup"
    with pytest.raises(RejectDrop, match="there is no sheet 'x'; the workbook has 'Stock', 'Lookup'"):
        opened(tmp_path, path, options=ReaderOptions(sheet="x"))


def test_a_wrong_dimension_tag_hides_no_rows(tmp_path):
    path = files.workbook(tmp_path, [files.HEADER, *files.stock_rows(9)])
    lying = tmp_path / "lying.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(lying, "w") as target:
        for info in source.infolist():
            data = source.read(info)
            target.writestr(info, data.replace(b'<dimension ref="A1:F10"', b'<dimension ref="A1:A1"'))
    assert opened(tmp_path, lying).tables[0].rows == 9


def test_dates_counted_from_1904(tmp_path):
    path = tmp_path / "mac.xlsx"
    with xlsxwriter.Workbook(str(path), {"date_1904": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["SKU", "Seen"])
        for row in range(1, 4):
            sheet.write(row, 0, f"A{row}")
            day = dt.datetime(2025, 3, row)  # noqa: DTZ001 - a sheet knows no time zone
            sheet.write_datetime(
                row,
                1,
                day,
                book.add_format({"num_format": "yyyy-mm-dd"}),
            )
    assert frame(opened(tmp_path, path).tables[0])["c1"].tolist() == [
        "2025-03-01",
        "2025-03-02",
        "2025-03-03",
    ]


def test_open_document_sheets_are_read(tmp_path):
    book = OpenDocumentSpreadsheet()
    page = OdfTable(name="Stock")
    for cells in (["SKU", "Qty"], ["A1", "5"], ["A2", "7"]):
        row = TableRow()
        for cell in cells:
            made = TableCell(valuetype="string")
            made.addElement(P(text=cell))
            row.addElement(made)
        page.addElement(row)
    book.spreadsheet.addElement(page)
    path = tmp_path / "stock.ods"
    book.save(str(path))
    document = opened(tmp_path, path)
    assert (document.format, frame(document.tables[0])["c1"].tolist()) == ("ods", ["5", "7"])


@pytest.mark.parametrize("name", ["stock.xls", "stock.csv", "stock.pdf", "stock"])
def test_content_decides_what_a_file_is(tmp_path, name):
    book = files.workbook(tmp_path, [files.HEADER, *files.stock_rows(3)], name="a.xlsx")
    wrongly = tmp_path / name
    shutil.copy(book, wrongly)
    assert opened(tmp_path, wrongly).format == "xlsx"
    text = files.save(tmp_path, "text.xls", files.stock_csv(3, delimiter="\t"))
    assert opened(tmp_path, text).format == "csv"


def test_packed_files_are_opened(tmp_path):
    content = files.stock_csv(7).encode()
    packed = files.save(tmp_path, "a.gz", files.gz(content))
    assert opened(tmp_path, packed).format == "csv.gz"
    inside = files.zipped([("../../etc/passwd", content), ("__MACOSX/._x", b"junk"), ("sub/", b"")])
    document = opened(tmp_path, files.save(tmp_path, "a.zip", inside))
    assert (document.format, document.members, document.tables[0].rows) == (
        "csv.zip",
        ("../../etc/passwd",),
        7,
    )
    assert {path.suffix for path in (tmp_path / "spool").iterdir()} == {".arrow"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.7\n", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"<!DOCTYPE html><html><p>1", "web page"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><Workbook/>", "XML"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "no Excel workbook"),
        (b"PK\x03\x04 cut", "cut off or damaged"),
        (b"\x1f\x8b\x08\x00cut off", "cut off or damaged"),
        (b"\x01\x02\x03\x04\x05" * 100, "binary"),
        (files.zipped([]), "holds no file"),
        (files.zipped([("a.pdf", b"%PDF-1"), ("b.png", b"\x89PNG")]), "holds 2 files and none is a table"),
        (files.zipped([("word/document.xml", b"<w/>")]), "Word document"),
        (files.zipped([("xl/workbook.xml", b"<nonsense")]), "damaged"),
        (b"\x09\x04\x06\x00\x00\x00\x10\x00" + b"\xff" * 50, "old Excel workbook"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(tmp_path, content, words):
    with pytest.raises(RejectDrop, match=words):
        opened(tmp_path, files.save(tmp_path, "wrong.xlsx", content))


def test_a_zip_of_too_many_members_is_refused(tmp_path):
    path = files.save(tmp_path, "m.zip", files.zipped([(f"{n}.csv", b"a") for n in range(20)]))
    with pytest.raises(RejectDrop, match=r"setting reading\.max_members"):
        opened(tmp_path, path, limits=Limits(members=10))


# -- whole or not


def test_whole_files_look_whole(tmp_path):
    for name, content in (
        ("a.csv", files.stock_csv(5)),
        ("b.csv", files.stock_csv(5).rstrip()),
        ("c.csv", "REF,Nombre,Cantidad"),
        ("d.csv", ""),
        ("e.csv", 'sku,name\nA,"two\nlines"'),
        ("f.txt", "one\ntwo"),
        ("g.pdf", b"%PDF-1.7 ... %%EOF\n"),
        ("h.csv", files.stock_csv(5).rstrip().encode("utf-16")),
        ("i.csv", files.stock_csv(9000).rstrip()),
        ("j.gz", files.gz(b"a,b\n") + files.gz(b"1,2\n")),
    ):
        assert looks_whole(files.save(tmp_path, name, content)) is None, name
    assert looks_whole(files.tally_workbook(tmp_path)) is None


@pytest.mark.parametrize("cut", [1, 30, 200])
def test_cut_files_do_not(tmp_path, cut):
    book = files.tally_workbook(tmp_path).read_bytes()
    assert "directory" in (looks_whole(files.save(tmp_path, "a.xlsx", book[:-cut])) or "")
    packed = files.gz(files.stock_csv(300).encode())
    assert "cut off" in (looks_whole(files.save(tmp_path, "a.gz", packed[:-cut])) or "")
    assert "damaged" in (looks_whole(files.save(tmp_path, "b.gz", packed[:-8] + b"12345678")) or "")


def test_a_last_line_narrower_than_the_others_is_not_whole(tmp_path):
    for many in (5, 9000):
        text = files.stock_csv(many) + "SKU-1,Shi"
        reason = looks_whole(files.save(tmp_path, "a.csv", text))
        assert reason == "the last line has no line end and 2 cells where the others have 6"
    assert looks_whole(files.save(tmp_path, "b.csv", files.stock_csv(4).encode("utf-16")[:-1])) is not None
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(22)
        + b"\x09\x00"
        + bytes(12)
        + b"\x01"
        + bytes(31)
        + b"\x63"
    )
    assert "sectors" in (looks_whole(files.save(tmp_path, "a.xls", header.ljust(512, b"\0"))) or "")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 5000), byte=st.integers(0, 255), cut=st.integers(0, 400))
def test_damaged_workbooks_are_read_or_refused_in_words(tmp_path, place, byte, cut):
    good = (
        (tmp_path / "tally.xlsx").read_bytes()
        if (tmp_path / "tally.xlsx").exists()
        else files.tally_workbook(tmp_path).read_bytes()
    )
    content = bytearray(good[: len(good) - cut])
    content[place % len(content)] = byte
    path = files.save(tmp_path, "bad.xlsx", bytes(content))
    looks_whole(path)
    try:
        opened(tmp_path, path)
    except RejectDrop as error:
        assert str(error)  # noqa: PT017 - either outcome is right, an error without words is not
