"""The quick way through a large sheet gives what calamine gives, or leaves the sheet to it."""

from __future__ import annotations

import datetime as dt
import random
import zipfile
from dataclasses import replace
from functools import partial

import pyarrow as pa
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from connector.readers import excel, iter_rows, plainsheet, read
from connector.readers.columns import text_blocks
from connector.readers.limits import Limits
from connector.readers.oddities import Oddities
from connector.readers.plaincells import NotPlain
from connector.readers.plainsheet import plain_blocks
from connector.readers.stored import peek_xlsx

WORDS = ["Lamp, oak", "Räume", "कपड़ा", "a&b", "<x>", "it's", '"q"', "²", "0012", "-5", "1e5", "TRUE", "#REF!", "",
         "  lead", "line\nbreak", "x" * 60, "1.2", "Total"]  # fmt: skip
NUMBERS = [0, 1, -1, 5, 12.5, 0.1, -0.25, 3.14159265358979, 1e-5, 1e15, 1e16, 2**53, 0.1 + 0.2, 1 / 3, 1e10 + 0.5, -0.0,
           1e300, 99.99, 123456789012345678]  # fmt: skip
FORMATS = ["0.00%", "0.00", '"₹"#,##0.00', "#,##0;[Red]-#,##0", "@", "General"]


@pytest.fixture(autouse=True)
def _any_size(monkeypatch):
    """Small sheets go the quick way, too, and come in several pieces."""
    monkeypatch.setattr(plainsheet, "LARGE", 0)
    monkeypatch.setattr(plainsheet, "BLOCK", 8_192)


def made(path, fill):
    with xlsxwriter.Workbook(str(path), {"strings_to_numbers": False}) as book:
        fill(book, book.add_worksheet("Stock"))
    return path


def changed(path, change, part="xl/worksheets/sheet1.xml"):
    """The workbook with the XML of a part changed."""
    target = path.with_name("changed.xlsx")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in source.namelist():
            data = source.read(name)
            copy.writestr(name, change(data.decode()) if name == part else data)
    return target


def quickly(path):
    return list(plain_blocks(path, "Stock", Oddities(), Limits()))


def by_calamine(path):
    sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Stock")
    return list(text_blocks(sheet.to_python(skip_empty_area=False), peek_xlsx(path, "Stock"), Oddities()))


def cells(blocks):
    return [pa.concat_arrays(column).to_pylist() for column in zip(*blocks, strict=True)]


def plain(book, sheet, rows=450, width=4, seed=1, *, holes=0.0):
    """A sheet as programs write them: a title, a header, and columns of texts, of numbers and of both."""
    chance = random.Random(seed)
    looks = [book.add_format({"num_format": chance.choice(FORMATS)}) for _ in range(width)]
    kinds = [chance.choice("tnb") for _ in range(width)]
    for column in range(width):
        sheet.write_string(0, column, f"Name {column}", book.add_format({"bold": True}))
    for row in range(1, rows + 1):
        for column, kind in enumerate(kinds):
            if chance.random() < holes:
                sheet.write_blank(row, column, None, looks[column])
            elif kind == "t" or (kind == "b" and chance.random() < 0.5):
                sheet.write_string(row, column, chance.choice([*WORDS, f"SKU-{row}"]), looks[column])
            else:
                number = chance.choice([*NUMBERS, chance.randint(0, 10**9), chance.randint(0, 10**6) / 100])
                sheet.write_number(row, column, number, looks[column] if chance.random() < 0.9 else None)


@pytest.mark.parametrize("seed", range(40))
def test_a_plain_sheet_reads_the_same_both_ways(tmp_path, seed):
    rows, width, holes = (3, 420, 1_200)[seed % 3], (1, 2, 5, 30)[seed % 4], (0, 0, 0.003)[seed % 3]
    path = made(tmp_path / "a.xlsx", partial(plain, rows=rows, width=width, seed=seed, holes=holes))
    quick, slow = quickly(path), by_calamine(path)
    assert [len(block[0]) for block in quick] == [len(block[0]) for block in slow]
    assert cells(quick) == cells(slow)


def test_titles_rows_left_out_and_a_sum_below_are_plain(tmp_path):
    def fill(_book, sheet):
        sheet.write_string(0, 0, "Stock of the shop")
        for row in range(3, 300):
            sheet.write_row(row + (row > 150), 0, [f"SKU-{row}", row, row / 4])
        sheet.write_string(301, 0, "Total")
        sheet.write_formula(301, 1, "=SUM(B4:B301)", value=4711)

    path = made(tmp_path / "a.xlsx", fill)
    assert cells(quickly(path)) == cells(by_calamine(path))


def test_blank_columns_are_plain(tmp_path):
    def fill(_book, sheet):
        sheet.write_row(2, 1, ["Code", "Name", "Remarks", "Stock", "Shelf"])
        for row in range(3, 900):
            sheet.write_row(row, 1, [f"SKU-{row}", "Lamp"])
            sheet.write_number(row, 4, row / 4)
        sheet.write_string(700, 3, "a remark")

    path = made(tmp_path / "a.xlsx", fill)
    assert cells(quickly(path)) == cells(by_calamine(path))


UNUSUAL = {
    "a date": lambda book, sheet: sheet.write_datetime(
        9, 1, dt.date(2025, 3, 4), book.add_format({"num_format": "dd/mm/yyyy"})
    ),
    "a truth value": lambda _book, sheet: sheet.write_boolean(9, 1, True),
    "a formula that gives text": lambda _book, sheet: sheet.write_formula(9, 1, "=A1", value="x"),
    "a formula without a result": lambda _book, sheet: sheet.write_formula(9, 1, "=A1", value=""),
    "an error": lambda _book, sheet: sheet.write_formula(9, 1, "=1/0", value="#DIV/0!"),
    "text of several looks": lambda book, sheet: sheet.write_rich_string(
        9, 1, "a", book.add_format({"bold": True}), "b", "c"
    ),
    "a hidden row": lambda _book, sheet: sheet.set_row(9, None, None, {"hidden": True}),
    "zeros in front": lambda book, sheet: sheet.write_number(
        9, 1, 7, book.add_format({"num_format": "0000"})
    ),
    "merged cells": lambda _book, sheet: sheet.merge_range(500, 0, 501, 1, "both"),
    "a row below that is wider": lambda _book, sheet: sheet.write_string(440, 9, "more"),
    "an escaped character": lambda _book, sheet: sheet.write_string(9, 1, "_x0041_"),
}


@pytest.mark.parametrize("what", UNUSUAL)
def test_what_is_not_plain_is_left_to_calamine_and_read_as_ever(tmp_path, monkeypatch, what):
    def fill(book, sheet):
        plain(book, sheet)
        UNUSUAL[what](book, sheet)

    path = made(tmp_path / "a.xlsx", fill)
    with pytest.raises(NotPlain):
        quickly(path)
    tried = whole(tmp_path / "tried", path)
    monkeypatch.setattr(excel, "_plain", lambda *_: None)
    assert tried == whole(tmp_path / "as ever", path)


XML = {
    "line ends": lambda text: text.replace("</row>", "</row>\n"),
    "a comment": lambda text: text.replace("</row>", "</row><!-- x -->", 1),
    "text in a cell": lambda text: text.replace(
        '<c r="A2"', '<c r="A2" t="inlineStr"><is><t>x</t></is></c><c r="A2"', 1
    ),
    "a place that is another": lambda text: text.replace('<c r="B7"', '<c r="B8"'),
    "a row that is another": lambda text: text.replace('<row r="7"', '<row r="6"'),
    "a text that is not there": lambda text: text.replace("<v>1</v>", "<v>99999</v>"),
    "no value": lambda text: text.replace("<v>1</v>", "<v></v>"),
    "a number in words": lambda text: text.replace("<v>1</v>", "<v>v1</v>"),
    "another encoding": lambda text: text.replace('encoding="UTF-8"', 'encoding="cp1252"'),
    "no end": lambda text: text[:-40],
}


@pytest.mark.parametrize("what", XML)
def test_xml_that_is_other_than_usual_is_never_taken_for_something_else(tmp_path, what):
    path = made(tmp_path / "a.xlsx", plain)
    assert len(quickly(path)) == 2
    other = changed(path, XML[what])
    with pytest.raises(NotPlain):
        quickly(other)


@pytest.mark.parametrize(
    "text",
    ["<t> x</t>", "<t>x </t>", "<t>a&#66;</t>", "<t>a\r\nb</t>", "<r><t>a</t></r>", "<t>a</t><phoneticPr/>"],
)
def test_texts_that_calamine_changes_are_left_to_it(tmp_path, text):
    path = made(tmp_path / "a.xlsx", plain)
    other = changed(path, lambda xml: xml.replace("<t>Name 1</t>", text), "xl/sharedStrings.xml")
    with pytest.raises(NotPlain):
        quickly(other)


def test_a_large_sheet_goes_the_quick_way_and_a_small_one_does_not(tmp_path, monkeypatch):
    monkeypatch.undo()
    ways = []
    slow = excel._any  # noqa: SLF001 - the other way

    def noted(*told, **more):
        ways.append(told[1].name)
        return slow(*told, **more)

    monkeypatch.setattr(excel, "_any", noted)
    small, large = (made(tmp_path / f"{rows}.xlsx", partial(plain, rows=rows)) for rows in (400, 9_000))
    quick = whole(tmp_path / "spool", large), whole(tmp_path / "spool", small)
    assert ways == ["400.xlsx"]
    monkeypatch.setattr(excel, "_plain", lambda *_: None)
    assert quick == (whole(tmp_path / "spool", large), whole(tmp_path / "spool", small))


def whole(spool, path):
    """All that a reading gives, without the places of its files."""
    document = read(path, name=path.name, spool=spool, in_process=True)
    rows = [list(iter_rows(table)) for table in document.tables]
    return replace(document, tables=tuple(replace(table, spool="") for table in document.tables)), rows
