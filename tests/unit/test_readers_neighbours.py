"""A second table below or beside the first: never joined to its rows, never lost, and chosen by its columns."""

from __future__ import annotations

from datetime import date

import pytest

from connector.profiles import Match, match
from connector.readers import iter_rows, read
from tests import files


@pytest.fixture
def tables_of(tmp_path):
    def found(content, name="file.csv"):
        path = content if hasattr(content, "open") else files.save(tmp_path, name, content)
        tables = read(path, name=path.name, spool=tmp_path / "spool", in_process=True).tables
        for table in tables:
            taken = sum(line.last - line.line + 1 for line in table.skipped)
            assert table.row_lines + taken == table.physical_lines
        return tables

    return found


def stock(count=12):
    return [
        ["SKU", "Name", "Qty", "Price"],
        *([f"A{n}", f"Mug {n}", str(n), f"{n}.50"] for n in range(count)),
    ]


LOSSES = [["SKU", "Reason", "Lost"], ["A1", "broken", "2"], ["A2", "stolen", "1"]]
SHOPS = [["Shop", "Pin"], ["North", "560001"], ["South", "560002"]]
WIDER = [["Location", "Code", "Qty", "Price", "Value", "Remark"],
         *([f"L{n}", f"C{n}", str(n), "1.50", str(n), "x"] for n in range(5))]  # fmt: skip


GAP: list[list[str]] = [[]]
TITLE = [["List"]]
GAP_AND_TITLE = GAP + TITLE


def text(rows, width=0):
    return "\n".join(",".join([*row, *[""] * (width - len(row))]) for row in rows) + "\n"


@pytest.mark.parametrize(
    ("second", "between"),
    [
        *((second, between) for second in (LOSSES, SHOPS) for between in (GAP, GAP_AND_TITLE, TITLE)),
        *((WIDER, between) for between in (GAP, GAP_AND_TITLE)),
    ],
    ids=str,
)
@pytest.mark.parametrize("width", [0, 6], ids=["as it is", "all of one width"])
def test_a_second_table_below_is_a_table_of_its_own(tables_of, second, between, width):
    first, other = tables_of(text([*stock(), *between, *second], width))
    assert [row[:4] for row in iter_rows(first)] == stock()[1:]
    assert first.faults == other.faults == ()
    assert [row[: len(second[0])] for row in iter_rows(other)] == second[1:]
    assert (other.sheet, other.header[: len(second[0])]) == ("table 2", tuple(second[0]))
    assert "another table below" in [line.reason for line in first.skipped]
    assert "another table above" in [line.reason for line in other.skipped]
    assert any("it is read as a table of its own" in note for note in first.notes)


def test_a_second_table_below_in_a_clean_file_is_found_on_the_fast_path(tables_of):
    rows = [*stock(5000), [""] * 4, *([*row, ""] for row in LOSSES)]
    first, other = tables_of(text(rows, 4))
    assert (first.rows, other.rows, other.header_lines) == (5000, 2, (5003,))


def test_three_tables_one_below_the_other(tables_of):
    first, second, third = tables_of(text([*stock(), [], *LOSSES, *LOSSES[1:], [], *WIDER]))
    assert [table.rows for table in (first, second, third)] == [12, 4, 5]
    assert third.sheet == "table 3"


def test_a_second_table_in_a_sheet_is_known_by_the_name_of_the_sheet(tables_of, tmp_path):
    book = files.workbook(tmp_path, [*stock(), [], ["Losses"], *LOSSES], sheet="Stock")
    assert [(table.sheet, table.rows) for table in tables_of(book)] == [("Stock", 12), ("Stock: table 2", 2)]


def test_of_two_tables_the_one_with_the_columns_of_a_feed_is_taken(tables_of):
    counts = [
        ["Shop", "Day", "Counted by", "No"],
        *([f"S{n}", f"Day {n}", "Asha", str(n)] for n in range(5)),
    ]
    tables = tables_of(text([*counts, [], *stock()]))
    assert len(tables) == 2
    found = match(
        tables, (), name="f.csv", folder=None, default_location="L1", default_currency="INR", locations={}
    )
    assert isinstance(found, Match)
    assert tables[found.table].header == ("SKU", "Name", "Qty", "Price")


@pytest.mark.parametrize(
    "lines",
    [
        [["N/A", "Gift", "NIL", "NIL"], ["B1", "Mug", "5", "2.50"]],
        [["B0", "Gift", "NIL", ""], ["B1", "Mug", "5", "2.50"]],
        [["Total", "", "66", ""], ["Prepared by", "Asha"]],
        [["Shirts"], ["B1", "Mug", "5", "2.50"]],
        [["SKU", "Name", "Qty", "Price"], ["B1", "Mug", "5", "2.50"]],
    ],
    ids=["words twice", "a code", "notes", "a group", "a page"],
)
def test_rows_below_a_gap_that_head_no_table_stay_where_they_are(tables_of, lines):
    (table,) = tables_of(text([*stock(), [], *lines], 4))
    assert table.rows >= 12


def beside(left, right, gap=1):
    """Two tables next to each other with blank columns between them."""
    count = max(len(left), len(right))
    left = [*left, *[[""] * len(left[0])] * (count - len(left))]
    right = [*right, *[[""] * len(right[0])] * (count - len(right))]
    return [[*one, *[""] * gap, *other] for one, other in zip(left, right, strict=True)]


@pytest.mark.parametrize("right", [SHOPS, LOSSES, [["SKU", "Qty"], *([f"B{n}", "7"] for n in range(12))]],
                         ids=["shorter", "shorter, a name in common", "a name in common"])  # fmt: skip
@pytest.mark.parametrize("gap", [1, 2])
@pytest.mark.parametrize("swap", [False, True])
def test_tables_beside_each_other_are_never_joined(tables_of, tmp_path, right, gap, swap):
    sides = (right, stock()) if swap else (stock(), right)
    rows = beside(*sides, gap=gap)
    for source in (text(rows), files.workbook(tmp_path, rows, sheet="S")):
        tables = tables_of(source)
        assert [[table.header, *map(tuple, map(filled, iter_rows(table)))] for table in tables] == [
            list(map(tuple, side)) for side in sides
        ]
        assert all("2 tables stand beside each other" in table.notes[0] for table in tables)


def filled(row):
    return [cell for cell in row if cell]


def test_a_table_beside_that_begins_further_down(tables_of):
    right = [["", ""], ["", ""], ["Code", "Meaning"], *([f"{n}", f"word {n}"] for n in range(10))]
    tables = tables_of(text(beside(stock(), right)))
    assert [table.header for table in tables] == [("SKU", "Name", "Qty", "Price"), ("Code", "Meaning")]


def test_a_blank_column_within_one_table_parts_nothing(tables_of):
    rows = [[*row[:2], "", *row[2:]] for row in stock()]
    (table,) = tables_of(text(rows))
    assert table.header == ("SKU", "Name", "", "Qty", "Price")
    rows[5][3:] = rows[9][3:] = ["", ""]
    assert len(tables_of(text(rows))) == 1


def test_what_a_workbook_says_of_odd_cells_is_said_of_the_right_table(tables_of, tmp_path):
    left = [[*row[:3]] for row in stock()]
    right = [["Bin", "SKU"], *([f"Bin {n}", f"{n}-2"] for n in range(12))]
    rows = beside(left, right)
    rows[4][5] = date(2025, 2, 1)
    first, second = tables_of(files.workbook(tmp_path, rows, sheet="S"))
    assert not any("dates among" in note for note in first.notes)
    assert any(note.startswith("column 'SKU': dates among") for note in second.notes)
