"""Printed reports of old systems: columns by their place in the line, pages, rulers, totals; and what is none of it."""

from __future__ import annotations

import pytest

from connector.readers import iter_rows, read
from tests import files

PAGE = 20
ITEMS = ("Shirt, oak blue", "Rope", "Jug clay extra wide", "Pipe 6 inch", "Nail")


@pytest.fixture
def table_of(tmp_path):
    def found(text, name="stock.prn", encoding="utf-8"):
        path = files.save(tmp_path, name, text, encoding)
        document = read(path, name=name, spool=tmp_path / "spool", in_process=True)
        (table,) = document.tables
        taken = sum(line.last - line.line + 1 for line in table.skipped)
        assert table.row_lines + taken == table.physical_lines
        assert not [note for note in document.notes if "the name ends in" in note]
        return table

    return found


def item(n):
    """One row as it is meant; every seventh has no shelf."""
    name = f"{ITEMS[n % len(ITEMS)]} {n}"
    return [f"SH{100 + n}", name, f"{n * 37 % 2500:,}", "" if n % 7 == 0 else f"R{n % 9}", f"{10 + n}.50"]


def line(cells):
    """Code and name to the left, quantity and rate to the right, the shelf between them."""
    code, name, quantity, shelf, rate = cells
    return f"{code:<8}{name:<25}{quantity:>10}  {shelf:<6}{rate:>12}".rstrip()


def report(count, *, rule="-" * 63, newline="\r\n"):
    """A stock statement in pages of `PAGE` rows, each with titles, header, rulers and its total."""
    lines = []
    for first in range(0, count, PAGE):
        page = first // PAGE + 1
        feed = "\f" if page > 1 else ""
        lines += [f"{feed}ACME TRADERS PVT LTD{'Page :':>36}{page:>4}", "STOCK STATEMENT AS ON 31/03/2025"]
        lines += [rule, line(["Code", "Item Name", "Cl.Stock", "Shelf", "Rate"]), rule]
        rows = range(first, min(first + PAGE, count))
        lines += [line(item(n)) for n in rows]
        lines += [rule, f"{'Page Total':<33}{sum(n * 37 % 2500 for n in rows):>10,}"]
    total = sum(n * 37 % 2500 for n in range(count))
    lines += ["=" * 63, f"{'Grand Total :':<33}{total:>10,}", "", "          *** End of Report ***"]
    return newline.join(lines) + newline


def padded(rows):
    """Rows with empty last cells as the reader gives them: cells that a line ends before are absent."""
    return [row[: max(at for at, cell in enumerate(row) if cell) + 1] for row in rows]


def test_a_report_in_pages_is_one_table(table_of):
    table = table_of(report(60))
    assert (table.delimiter, table.rows, table.faults) == ("fixed width", 60, ())
    assert table.header == ("Code", "Item Name", "Cl.Stock", "Shelf", "Rate")
    assert [list(row) for row in iter_rows(table)] == [item(n) for n in range(60)]
    assert table.snapshot_hint == "2025-03-31"
    assert {line.reason for line in table.skipped} == {
        "title above the header", "ruler line", "header", "total", "title repeated", "header repeated",
        "blank line", "note: one cell only",
    }  # fmt: skip
    assert [total.cells[2] for total in table.totals][-1] == f"{sum(n * 37 % 2500 for n in range(60)):,}"
    assert any("fixed positions" in note for note in table.notes)


@pytest.mark.parametrize("name", ["stock.prn", "stock.lst", "stock.txt", "stock.rpt"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp850"])
def test_names_and_encodings_of_reports(table_of, name, encoding):
    table = table_of(report(12).replace("Rope", "Café"), name, encoding)
    assert [row[1] for row in iter_rows(table)][1] == "Café 1"


def test_empty_cells_in_the_middle_stay_in_their_column(table_of):
    rows = [[f"A{n}", f"Mug {n}", "" if n % 2 else str(n * 9), "", "4.50"] for n in range(14)]
    rows[5][3] = "R1"
    table = table_of("\n".join(map(line, [["Code", "Item", "Qty", "Shelf", "Rate"], *rows])) + "\n")
    assert list(iter_rows(table)) == rows


def test_one_blank_is_no_gap_although_it_stands_in_every_row(table_of):
    rows = [[f"SKU {n:03d}", f"Mug no {n}", str(n)] for n in range(12)]
    text = "\n".join(f"{a:<12}{b:<20}{c:>6}" for a, b, c in [["Code", "Item", "Qty"], *rows])
    assert list(iter_rows(table_of(text + "\n"))) == rows


def test_a_ruler_shows_columns_with_one_blank_between_them(table_of):
    table = table_of(
        "\nSQL> select code, name, qty from stock;\n\n"
        "CODE     NAME                 QTY\n"
        "-------- ------------- ----------\n"
        "A1       Lamp                   1\n"
        "AB345678 Rope, thick 1  123456789\n"
        "AB345679 Rope, thick 22 123456789\n"
        "A4                              7\n"
        "\n4 rows selected.\n"
    )
    assert table.header == ("CODE", "NAME", "QTY")
    assert list(iter_rows(table)) == [
        ["A1", "Lamp", "1"],
        ["AB345678", "Rope, thick 1", "123456789"],
        ["AB345679", "Rope, thick 22", "123456789"],
        ["A4", "", "7"],
    ]
    assert table.skipped[-1].reason == "note: one cell only"


def test_group_lines_and_subtotals_between_the_rows(table_of):
    lines = [f"{'Item':<24}{'Qty':>8}{'Rate':>9}"]
    for group in ("Shirts", "Trousers"):
        lines += [f"Group: {group}", *(f"  {group[:-1]} {n:<14}{n * 10:>8}{n * 5:>9}" for n in range(1, 7))]
        lines += [f"{'  Sub Total':<24}{210:>8}"]
    table = table_of("\n".join([*lines, f"{'Grand Total':<24}{420:>8}"]) + "\n")
    assert (table.rows, [line.reason for line in table.skipped]) == (
        12, ["header", "note: one cell only", "total", "note: one cell only", "total"],
    )  # fmt: skip
    assert [total.cells for total in table.totals] == [("Sub Total", "210", ""), ("Sub Total", "210", ""),
                                                       ("Grand Total", "420", "")]  # fmt: skip


def test_a_text_that_runs_into_the_next_column_is_a_fault_and_never_cut(table_of):
    rows = [[f"A{n:03d}", f"Mug {n}", str(n)] for n in range(40)]
    lines = [f"{a:<7}{b:<12}{c:>7}" for a, b, c in [["Code", "Item", "Qty"], *rows]]
    lines[30] = "A029   Mug of a very long kind 29"
    lines[31] = "A030   Mug of clay, large        30"
    table = table_of("\n".join(lines) + "\n")
    assert [(fault.line, fault.code) for fault in table.faults] == [(31, "row_too_short")]
    assert "missing: Qty" in table.faults[0].reason
    assert list(iter_rows(table))[30] == ["A030", "Mug of clay, large", "30"]


def test_numbers_wider_than_any_seen_reach_into_the_gap(table_of):
    rows = [[f"A{n:03d}", f"Mug {n % 90}", str(n % 9)] for n in range(3000)]
    rows[2500][2] = "1234567"
    text = "\n".join(f"{a:<7}{b:<10}{c:>9}" for a, b, c in [["Code", "Item", "Qty"], *rows])
    assert list(iter_rows(table_of(text + "\n"))) == rows


@pytest.mark.parametrize(
    ("line", "delimiter"),
    [
        ("A{n:03d}  ,Mug blue {n:<8},{n:5d}", ","),
        ("A{n:03d},Mug   blue,{n}", ","),
        ("A{n:03d};Mug   blue  ;   {n}", ";"),
        (" A{n:03d}  | Mug  {n:<5}| {n:3d}", "|"),
        ("A{n:03d}   \tMug  blue\t   {n}", "\t"),
    ],
)
def test_a_delimiter_among_blanks_stays_the_delimiter(table_of, line, delimiter):
    head = delimiter.join(("sku", "name", "qty"))
    table = table_of("\n".join([head, *(line.format(n=n) for n in range(20))]) + "\n", "stock.csv")
    assert (table.delimiter, table.rows, len(table.header)) == (delimiter, 20, 3)


def test_commas_in_numbers_and_names_are_no_delimiters(table_of):
    rows = [[f"A{n}", f"Mug, blue {n}", f"{1000 + n * 7:,}.50"] for n in range(20)]
    text = "\n".join(f"{a:<8}{b:<20}{c:>12}" for a, b, c in [["Code", "Item", "Value"], *rows])
    table = table_of(text + "\n")
    assert (table.delimiter, list(iter_rows(table))) == ("fixed width", rows)


def test_running_text_with_double_blanks_is_no_report(table_of):
    table = table_of(
        "Dear Sir,  please find the stock.\nIt is  late, and we  are sorry.\nYours\nB\n", "note.txt"
    )
    assert table.delimiter != "fixed width"


def test_rulers_of_tables_drawn_in_text_are_no_rows(table_of):
    lines = ["| sku | qty |", "|-----|----:|", *(f"| A{n} | {n} |" for n in range(6))]
    table = table_of("\n".join(lines) + "\n", "table.txt")
    assert table.rows == 6
    assert (2, "ruler line") in [(line.line, line.reason) for line in table.skipped]
