"""What workbooks hold beside plain cells, in every kind of workbook: errors, hidden rows, number formats, old kinds."""

from __future__ import annotations

import re
import shutil
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table as OdfTable
from odf.table import TableCell, TableRow
from odf.text import P

from connector.readers import frame, iter_rows, looks_whole, read
from tests import files, office

MADE = Path(__file__).resolve().parents[1] / "office_files"
HIDDEN = ("hidden rows of sheet 'Stock', read like the others (1): 5", "hidden sheet 'Lookup' was left out")


def opened(folder, path, **told):
    return read(path, name=path.name, spool=folder / "spool", in_process=True, **told)


def rebuilt(path, target, change):
    """A copy of a zip with every XML part changed."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for info in source.infolist():
            data = source.read(info)
            text = change(info.filename, data.decode()) if info.filename.endswith((".xml", ".rels")) else None
            copy.writestr(info.filename, data if text is None else text)
    return target


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("bare.xls", office.biff5(hidden_row=5), "xls-biff"),
        ("five.xls", office.container(office.biff5(hidden_row=5)), "xls"),
        ("b.xlsb", office.xlsb(hidden_row=5), "xlsb"),
        ("b.xls", office.xlsb(hidden_row=5), "xlsb"),
    ],
)
def test_binary_workbooks_show_errors_and_hidden_rows(tmp_path, name, content, kind):
    document = opened(tmp_path, files.save(tmp_path, name, content))
    (table,) = document.tables
    assert (document.format, table.header, table.sheet) == (kind, office.HEADER, "Stock")
    assert list(iter_rows(table)) == [
        ["A-001", "Größe S", "5", "99.5"],
        ["A-002", "bad", "#DIV/0!", "100"],
        ["A-003", "logical", "TRUE", "0.1"],
        ["A-004", "out of sight", "7", "30043.332"],
    ]
    # xlrd, which reads the files without a container, keeps no record of hidden rows.
    assert document.notes[: 2 - (kind == "xls-biff")] == HIDDEN[kind == "xls-biff" :]


@pytest.mark.parametrize(("name", "zeros"), [("excel97.xls", "0006"), ("calc.ods", "0006")])
def test_workbooks_of_another_program_keep_what_they_show(tmp_path, name, zeros):
    document = opened(tmp_path, MADE / name)
    (table,) = document.tables
    data = frame(table)
    assert data["c0"].tolist()[5:] == [zeros, "2025-02-01"]
    assert data["c2"].tolist()[1::3] == ["#DIV/0!", "#N/A"]
    assert data["c4"].tolist()[0] == "8901234567890"
    assert data["c4"].tolist()[1].startswith("1.52677")
    assert data["c5"].tolist()[2] == "2025-04-01 10:30:00"
    assert document.notes == HIDDEN
    damaged = "column 'SKU': dates among other values, perhaps codes such as 1-2 that became dates: row 8"
    assert damaged in table.notes


def test_an_error_beside_an_empty_styled_cell_is_seen(tmp_path):
    """An empty cell that closes itself must not swallow the one after it."""
    path = files.workbook(tmp_path, [files.HEADER, *files.stock_rows(3)])

    def change(name, text):
        if not name.endswith("sheet1.xml"):
            return text
        return re.sub(r'<c r="D2".*?</c>', '<c r="C2" s="0"/><c r="D2" t="e"><v>#REF!</v></c>', text)

    (table,) = opened(tmp_path, rebuilt(path, tmp_path / "e.xlsx", change)).tables
    assert frame(table)["c3"].tolist() == ["#REF!", "2", "3"]


def test_hidden_rows_and_number_formats_of_an_xlsx_are_told(tmp_path):
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = "Stock"
    for row in (
        ("SKU", "Qty", "Seen"),
        (12, 5, "x"),
        ("A2", True, date(2025, 1, 2)),
        *[(f"A{n}", n, "y") for n in range(9)],
    ):
        page.append(list(row))
    page["A2"].number_format = "000000"
    page.row_dimensions[2].hidden = page.row_dimensions[3].hidden = page.row_dimensions[9].hidden = True
    path = tmp_path / "a.xlsx"
    book.save(path)
    document = opened(tmp_path, path)
    (table,) = document.tables
    assert frame(table)["c0"].tolist()[:2] == ["000012", "A2"]
    assert document.notes == ("hidden rows of sheet 'Stock', read like the others (3): 2-3, 9",)
    assert table.notes == (
        "column 'Seen': dates among other values, perhaps codes such as 1-2 that became dates: row 3",
        "column 'Qty': TRUE or FALSE among other values: row 3",
        "column 'SKU': numbers read with the zeros that their number format shows in front: row 2",
    )


@pytest.mark.parametrize("version", [2, 3, 4])
def test_the_oldest_workbooks_are_read(tmp_path, version):
    document = opened(tmp_path, files.save(tmp_path, "old.xls", office.old_excel(version)))
    (table,) = document.tables
    assert (document.format, table.header, table.encoding) == ("xls-biff", office.HEADER, "cp1252")
    assert looks_whole(tmp_path / "old.xls") is None
    assert list(iter_rows(table)) == [
        ["A-001", "Größe S", "5", "99.5"],
        ["A-002", "bad", "#DIV/0!", "100"],
        ["A-003", "logical", "TRUE", "0.1"],
        ["A-004", "out of sight", "7", "30043.332"],
    ]


def test_dates_of_an_xlsb_may_be_counted_from_1904(tmp_path):
    rows: list[tuple[office.Value, ...]] = [
        ("Code", "Seen", "Qty"),
        ("A-1", 45747 - 1462, 5),
        ("A-2", 45748 - 1462, 6),
    ]
    content = office.xlsb(rows, formats=["@", "dd-mmm-yy"], from_1904=True)
    (table,) = opened(tmp_path, files.save(tmp_path, "a.xlsb", content)).tables
    assert frame(table)["c1"].tolist() == ["2025-03-31", "2025-04-01"]


@pytest.mark.parametrize("code", ['0.00 "pcs"', '#,##0 "days"', "[$₹-4009] #,##0.00", '0.0" hours"'])
def test_a_unit_in_a_number_format_is_no_part_of_the_value(tmp_path, code):
    rows: list[tuple[office.Value, ...]] = [("Code", "Qty", "MRP"), ("A-1", 45747, 5), ("A-2", 2.5, 6)]
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(list(row))
    for cell in ("B2", "B3"):
        book.worksheets[0][cell].number_format = code
    book.save(tmp_path / "a.xlsx")
    xlsb = files.save(tmp_path, "a.xlsb", office.xlsb(rows, formats=["@", code]))
    for path in (tmp_path / "a.xlsx", xlsb):
        assert frame(opened(tmp_path, path).tables[0])["c1"].tolist() == ["45747", "2.5"]


def test_filtered_rows_of_an_ods_are_read_and_told(tmp_path):
    book = OpenDocumentSpreadsheet()
    page = OdfTable(name="Stock")
    for number, cells in enumerate((("SKU", "Qty"), ("A1", "5"), ("A2", "7"), ("A3", "8"))):
        page.addElement(row := TableRow(visibility="filter" if number == 2 else "visible"))
        for text in cells:
            row.addElement(cell := TableCell(valuetype="string"))
            cell.addElement(P(text=text))
    book.spreadsheet.addElement(page)
    path = tmp_path / "a.ods"
    book.save(str(path))
    document = opened(tmp_path, path)
    assert frame(document.tables[0])["c0"].tolist() == ["A1", "A2", "A3"]
    assert document.notes == ("hidden rows of sheet 'Stock', read like the others (1): 3",)


ZEROS = "numbers read with the zeros that their number format shows in front"


def test_number_formats_of_an_xlsb_are_told(tmp_path):
    rows: list[tuple[office.Value, ...]] = [
        ("Code", "Seen", "Qty"),
        (12, 45747, 5),
        ("A-2", 45748, 6),
        (1234567, 45749, 7),
        (0, 45750, 8),
    ]
    document = opened(
        tmp_path, files.save(tmp_path, "a.xlsb", office.xlsb(rows, formats=["000000", "dd-mmm-yy"]))
    )
    (table,) = document.tables
    assert list(iter_rows(table)) == [
        ["000012", "2025-03-31", "5"],
        ["A-2", "2025-04-01", "6"],
        ["1234567", "2025-04-02", "7"],
        ["000000", "2025-04-03", "8"],
    ]
    assert table.notes == (f"column 'Code': {ZEROS}: rows 2, 5",)


def test_numbers_of_an_ods_are_read_with_the_zeros_they_show(tmp_path):
    book = OpenDocumentSpreadsheet()
    page = OdfTable(name="Stock")
    head = TableRow()
    for name in ("Code", "Rate", "Qty", "Bin"):
        head.addElement(cell := TableCell(valuetype="string"))
        cell.addElement(P(text=name))
    page.addElement(head)
    for code, shown, times in ((12, "0012", 2), (7, "7", 1), (5, "0.5", 1), (8, "0008", 1)):
        page.addElement(row := TableRow(numberrowsrepeated=times))
        row.addElement(cell := TableCell(valuetype="float", value=code))
        cell.addElement(P(text=shown))
        row.addElement(cell := TableCell(valuetype="float", value="0.5"))
        cell.addElement(P(text="0.50 pcs"))
        row.addElement(cell := TableCell(valuetype="float", value="3", numbercolumnsrepeated=2))
        cell.addElement(P(text="03"))
    book.spreadsheet.addElement(page)
    path = tmp_path / "a.ods"
    book.save(str(path))
    (table,) = opened(tmp_path, path).tables
    assert list(iter_rows(table)) == [
        ["0012", "0.5", "03", "03"],
        ["0012", "0.5", "03", "03"],
        ["7", "0.5", "03", "03"],
        ["5", "0.5", "03", "03"],
        ["0008", "0.5", "03", "03"],
    ]
    assert f"column 'Code': {ZEROS}: rows 2, 3, 6" in table.notes


def test_a_column_of_dates_is_no_oddity(tmp_path):
    rows = [("SKU", "Seen"), *((f"A{n}", date(2025, 1, n)) for n in range(1, 20))]
    assert opened(tmp_path, files.workbook(tmp_path, rows)).tables[0].notes == ()


def test_strict_ooxml_is_read(tmp_path):
    path = files.error_workbook(tmp_path)

    def change(name, text):
        del name
        return text.replace(
            "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            "http://purl.oclc.org/ooxml/spreadsheetml/main",
        ).replace(
            "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            "http://purl.oclc.org/ooxml/officeDocument/relationships",
        )

    (table,) = opened(tmp_path, rebuilt(path, tmp_path / "strict.xlsx", change)).tables
    assert frame(table)["c3"].tolist() == ["#REF!", "=1+1", "3", "4", "5", "5"]
    assert frame(table)["c5"].tolist()[5] == "2025-01-02"


def test_elements_with_a_prefix_are_read(tmp_path):
    path = files.error_workbook(tmp_path)

    def change(name, text):
        if "/worksheets/sheet" not in name:
            return text
        text = re.sub(r"<(/?)(\w)", r"<\1x:\2", text)
        return text.replace(" xmlns=", " xmlns:x=")

    (table,) = opened(tmp_path, rebuilt(path, tmp_path / "p.xlsx", change)).tables
    assert frame(table)["c3"].tolist() == ["#REF!", "=1+1", "3", "4", "5", "5"]


def test_a_workbook_named_as_text_or_old_excel_is_what_it_is(tmp_path):
    for name in ("a.csv", "a.xls", "a.xlsm"):
        target = tmp_path / name
        shutil.copy(files.tally_workbook(tmp_path), target)
        document = opened(tmp_path, target)
        assert (document.format, document.tables[0].rows) == ("xlsx", 13)
        assert bool(document.notes) is not name.endswith("xlsm")


def test_a_sheet_of_a_chart_and_a_pivot_is_no_table(tmp_path):
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    for row in [files.HEADER, *files.stock_rows(4)]:
        page.append(list(row))
    book.create_chartsheet("Chart")
    book.create_sheet("Nothing")
    path = tmp_path / "a.xlsx"
    book.save(path)
    document = opened(tmp_path, path)
    assert [table.sheet for table in document.tables] == ["Sheet"]
    assert document.notes == ("sheet 'Nothing' is empty",)


def test_a_point_is_certain_only_where_numbers_are_stored_as_numbers(tmp_path):
    """1.234 as text may be a thousand and more, even in a workbook; as a stored number it may not."""
    numbers, texts = (
        [("SKU", "Qty"), ("A1", 1.234), ("A2", 5.5)],
        [("SKU", "Qty"), ("A1", "1.234"), ("A2", "₹ 2,345")],
    )
    lists = ('[{"sku":"A1","qty":1.234}]', '[{"sku":"A1","qty":"1.234"}]')
    for rows, text, certain in ((numbers, lists[0], True), (texts, lists[1], False)):
        assert opened(tmp_path, files.workbook(tmp_path, rows)).tables[0].stored_numbers is certain
        assert opened(tmp_path, files.save(tmp_path, "a.json", text)).tables[0].stored_numbers is certain
    for text, certain in (
        (files.xml_sheet(), True),
        (files.xml_sheet().replace("Shirt &amp; Co", "1,234"), False),
    ):
        assert opened(tmp_path, files.save(tmp_path, "x.xls", text)).tables[0].stored_numbers is certain
    assert not opened(tmp_path, files.save(tmp_path, "a.csv", files.stock_csv(3))).tables[0].stored_numbers
