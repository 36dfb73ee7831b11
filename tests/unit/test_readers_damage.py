"""Damaged rows and headers: mended where there is one reading only, and left alone wherever there could be another."""

from __future__ import annotations

import re

import pytest

from connector.readers import ReaderOptions, export_csv, frame, iter_rows, read
from tests import files


@pytest.fixture
def tables_of(tmp_path):
    def found(content, **told):
        path = files.save(tmp_path, "file.csv", content)
        document = read(path, name="file.csv", spool=tmp_path / "spool", in_process=True, **told)
        for table in document.tables:
            taken = sum(line.last - line.line + 1 for line in table.skipped)
            assert table.row_lines + taken == table.physical_lines
        return document.tables

    return found


@pytest.fixture
def table_of(tables_of):
    def found(content, **told):
        (table,) = tables_of(content, **told)
        return table

    return found


def stock(change=None, *, line=5, count=12):
    """A stock file whose line `line` is changed by a function from its text to its text."""
    lines = files.stock_csv(count, newline="\n").splitlines()
    if change:
        lines[line - 1] = change(lines[line - 1])
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace(",WH", "WH"), "missing"),
        (lambda text: text.replace(",WH", ",,WH"), "too many"),
        (lambda text: text.replace(",", ";"), "another"),
        (lambda text: text.replace(",", "\t"), "another"),
    ],
)
def test_a_damaged_row_is_mended_and_said(table_of, change, said):
    table = table_of(stock(change))
    row = list(iter_rows(table))[3]
    assert (row[0], row[2:]) == ("SKU-00004", ["WH-1", "4", "504.00", "404.00"]), said
    assert re.sub("[, ]+", " ", row[1]) == "Shirt 4"
    assert table.faults == ()
    assert table.notes == ("1 rows with a delimiter missing, too many or another were mended (lines 5)",)


def test_a_delimiter_within_text_is_mended_where_only_one_column_holds_such_text(table_of):
    names = ["Rope", "Wool vest", "Tea light", "Jug", "Broom", "Big lamp", "Pan", "Soap dish", "Nail", "Cup"]
    rows = [f"K-{10 + n},{name},{n + 1},{20 + n}.50" for n, name in enumerate(names)]
    rows[4] = "K-14,Broom, wide,5,24.50"
    table = table_of("sku,name,qty,price\n" + "\n".join(rows) + "\n")
    assert list(iter_rows(table))[4] == ["K-14", "Broom, wide", "5", "24.50"]
    assert table.faults == ()


def test_a_price_is_never_cut_in_two_to_fill_a_short_row(table_of):
    rows = "".join(f"A{n},Mug {n},{n % 10},{n % 7}\n" for n in range(20))
    table = table_of("sku,name,qty,shelf\n" + rows + "A20,Mug 20,55\nA21,Mug 21,3,1\n")
    assert list(iter_rows(table))[20] == ["A20", "Mug 20", "55"]
    assert [(fault.line, fault.code) for fault in table.faults] == [(22, "row_too_short")]


def test_a_last_line_without_end_is_not_mended(table_of):
    table = table_of(stock().rstrip("\n").removesuffix(",412.00"))
    assert [fault.code for fault in table.faults] == ["row_too_short"]


def test_two_readings_are_no_reading(table_of):
    rows = "".join(f"{n}1,{n}2,note {n},{n}\n" for n in range(1, 9))
    table = table_of("first,second,note,third\n" + rows + "112,note 9,9\n31,32,note 3,3\n")
    assert list(iter_rows(table))[8] == ["112", "note 9", "9"]


def test_a_row_too_wide_whose_text_could_be_cut_anywhere_stays_a_fault(table_of):
    rows = "".join(f"A{n},red,large,{n}\n" for n in range(8))
    table = table_of("sku,colour,size,qty\n" + rows + "A8,red,blue,large,5\n")
    assert list(iter_rows(table))[8] == ["A8", "red", "blue", "large", "5"]
    assert [fault.code for fault in table.faults] == ["row_too_wide"]


def test_only_the_quote_that_is_too_many_is_text(table_of):
    rows = [f'A{n},"Pipe, {n}","dry, cool",{n}' for n in range(6)]
    rows[2] = '"A2,"Pipe, 2","dry, cool",2'
    table = table_of("sku,name,note,qty\n" + "\n".join(rows) + "\n")
    assert list(iter_rows(table))[2] == ['"A2', "Pipe, 2", "dry, cool", "2"]


def test_a_delimiter_missing_after_a_quoted_cell_does_not_swallow_the_next_row(table_of):
    rows = [f'A{n},"dry, cool",{n}' for n in range(6)]
    rows[2] = 'A2,"dry, cool"2'
    table = table_of("sku,note,qty\n" + "\n".join(rows) + "\n")
    assert table.rows == 6
    assert list(iter_rows(table))[3] == ["A3", "dry, cool", "3"]


def test_a_sound_row_of_another_width_is_read_as_it_stands(table_of):
    rows = "".join(f'A{n},"Pipe, {n}",{n},x\n' for n in range(6))
    table = table_of("sku,name,qty,mark\n" + rows + 'A6,"Pipe, 6",6\n')
    assert list(iter_rows(table))[6] == ["A6", "Pipe, 6", "6"]


def test_apostrophes_in_words_are_letters_and_around_cells_quotes(table_of):
    words = table_of("sku,name\n" + "".join(f"A{n},Men's 'best' boots\n" for n in range(5)))
    assert frame(words)["c1"][0] == "Men's 'best' boots"
    quoted = table_of(
        "'sku','name','qty'\n" + "".join(f"'A{n}','Men's boots, red','{n}'\n" for n in range(5))
    )
    assert list(iter_rows(quoted))[1] == ["A1", "Men's boots, red", "1"]
    assert quoted.notes == ("the mark ' encloses cells",)


def test_a_blank_after_each_delimiter_belongs_to_it(table_of):
    table = table_of("sku, name, qty\n" + "".join(f'A{n}, "Pipe, {n}", {n}\n' for n in range(5)))
    assert (table.delimiter, table.header) == (", ", ("sku", "name", "qty"))
    assert next(iter_rows(table)) == ["A0", "Pipe, 0", "0"]
    mixed = table_of("sku,name,qty\n" + "".join(f"A{n}, Pipe,{n}\n" for n in range(5)))
    assert (mixed.delimiter, next(iter_rows(mixed))) == (",", ["A0", " Pipe", "0"])


def test_running_text_is_not_cut_at_blanks(table_of):
    table = table_of('the "old" mill\nthe "new" mill\n')
    assert table.delimiter is None


def test_the_same_table_again_is_set_aside_and_a_page_break_is_not(table_of):
    header, *rows = files.stock_csv(12, newline="\n").splitlines()
    twice = table_of("\n".join([header, *rows, header, *rows]) + "\n")
    assert twice.rows == 12
    assert [(line.line, line.last, line.reason) for line in twice.skipped] == [
        (1, 1, "header"),
        (14, 14, "header repeated"),
        (15, 26, "the same table again"),
    ]
    pages = table_of("\n".join([header, *rows[:6], header, *rows[6:]]) + "\n")
    assert (pages.rows, pages.skipped[-1].reason) == (12, "header repeated")


def test_a_header_given_twice_keeps_its_names(table_of):
    header, *rows = files.stock_csv(6, newline="\n").splitlines()
    table = table_of("\n".join([header, header, *rows]) + "\n")
    assert (table.header, table.header_lines, table.rows) == (files.HEADER, (1, 2), 6)
    assert table.header_text[0] == "SKU SKU"


@pytest.mark.parametrize(
    "header",
    [
        "SKU,,Item Name,Location,Qty,MRP,ESP",
        "SKU;Item Name;Location;Qty;MRP;ESP",
        'SKU,"Item Name""Location",Qty,MRP,ESP',
    ],
)
def test_a_damaged_header_is_mended_and_said(table_of, header):
    rows = files.stock_csv(8, newline="\n", quote=header.count('"') > 0).split("\n", 1)[1]
    table = table_of(f"{header}\n{rows}")
    assert table.header == files.HEADER
    assert "the header line had a delimiter missing, too many or another, and was mended" in table.notes


TIMED = "".join(f"0{n}/03/2025,1{n}:30,{n},P{n},{n}.50,Mug {n}\n" for n in range(1, 9))


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("DATE TIME,QTY,CODE,PRICE,NAME", ("DATE", "TIME", "QTY", "CODE", "PRICE", "NAME")),
        ("DateTime,Qty,Code,Price,Name", ("Date", "Time", "Qty", "Code", "Price", "Name")),
        ("Date,Time,QtyCode,Price,Item Name", ("Date", "Time", "Qty", "Code", "Price", "Item Name")),
    ],
)
def test_two_names_that_ran_together_are_taken_apart_where_the_columns_below_say_so(table_of, header, names):
    table = table_of(f"{header}\n{TIMED}")
    assert table.header == names
    assert "the header line had a delimiter missing, too many or another, and was mended" in table.notes
    assert table.faults == ()


@pytest.mark.parametrize(
    "header",
    [
        "DATETIME,QTY,CODE,PRICE,NAME",  # nothing shows where one name ends
        "DATE,TIME,QTY,CODE,PRICE",  # the last name is missing
        "Entry Date,Booking Time,Qty,Code,Price",  # two ways, and the last name may be missing, too
        "DATE,TIME,QTY,CODE,PRICE NAME",  # no name contradicts its column
    ],
)
def test_names_are_never_taken_apart_by_guess(table_of, header):
    table = table_of(f"{header}\n{TIMED}")
    assert "the header line had a delimiter missing, too many or another, and was mended" not in table.notes


def test_a_header_without_the_trailing_delimiters_of_its_rows_is_sound(table_of):
    rows = "".join(f"A{n},Mug {n},{n},\n" for n in range(9))
    assert table_of(f"Item Code,Name,Qty\n{rows}").header == ("Item Code", "Name", "Qty")


def test_a_title_is_not_taken_for_a_header(table_of):
    rows = files.stock_csv(8, newline="\n").split("\n", 1)[1]
    told = ReaderOptions(has_header=False)
    assert table_of("one two three four five six\n" + rows, options=told).header == ()
    assert table_of("Acme Traders\n" + rows).header == ()


def test_a_header_and_blank_cells_beyond_it_are_written_as_they_stand(table_of, tmp_path):
    table = table_of('sku ,qty\n"A1","1","\n"\n"A2","2","\n"\n')
    assert table.header == ("sku", "qty")
    export_csv(table, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes() == b'sku ,qty\r\nA1,1,"\n"\r\nA2,2,"\n"\r\n'


def test_of_two_tables_the_first_comes_first_although_the_second_has_more_columns(tables_of):
    first = [
        "Shop,Day,Counted by,Remark,,,",
        *(f"Shop {n % 2},Day {n},Person {n},Remark {n},,," for n in range(12)),
    ]
    second = [
        "Shop,Day,Item,Reason,Qty,Price,Value",
        *(f"Shop {n},Day {n},Item {n},Lost,{n},2.50,{n}.00" for n in range(4)),
    ]
    gap = [",,,,,,", "Losses,,,,,,"]
    table, other = tables_of("\n".join(["Counting,,,,,,", *first, *gap, *second]) + "\n")
    assert table.header[:4] == ("Shop", "Day", "Counted by", "Remark")
    assert next(iter_rows(table))[:4] == ["Shop 0", "Day 0", "Person 0", "Remark 0"]
    assert (other.sheet, other.header[-1], other.rows) == ("table 2", "Value", 4)


def test_titles_of_two_cells_are_no_table_of_their_own(table_of):
    titles = ["Report,Stock,", "Company,Acme,", "User,Admin,", "Branch,North,", "Printed,Yes,", ",,"]
    table = table_of("\n".join([*titles, "SKU,Name,Qty", *(f"A{n},Mug {n},{n}" for n in range(9))]) + "\n")
    assert (table.header, table.rows) == (("SKU", "Name", "Qty"), 9)


def with_sums(rows, *, blank=("", "", "")):
    """A stock table, and below it a line with sums only."""
    header = ["SKU", "Name", "Batch", "Qty", "Value"]
    body = [[f"A{n}", f"Mug {n}", f"B{n}", str(n), f"{n * 1.25:.2f}"] for n in range(1, rows + 1)]
    qty, value = sum(range(1, rows + 1)), sum(n * 1.25 for n in range(1, rows + 1))
    return [header, *body, [*blank, str(qty), f"{value:,.2f}"]]


@pytest.mark.parametrize("rows", [4, 30, 700])
@pytest.mark.parametrize("end", ["", "\n\nPrinted by me\n"])
def test_sums_without_a_word_are_a_total(table_of, rows, end):
    table = table_of(files.delimited(with_sums(rows), quote=True) + end)
    assert table.rows == rows
    assert [line.line for line in table.skipped if line.reason == "total"] == [rows + 2]
    assert [total.line for total in table.totals] == [rows + 2]
    assert table.faults == ()
    assert [line.line for line in table.skipped] == sorted(line.line for line in table.skipped)


def test_sums_in_a_short_last_line_and_with_decimal_commas(table_of):
    rows = [["SKU", "Menge", "Wert"], *([f"A{n}", str(n), f"{n},50"] for n in range(1, 9))]
    table = table_of(files.delimited([*rows, ["", "36", "40,00"]], delimiter=";"))
    assert (table.rows, table.totals[0].cells) == (8, ("", "36", "40,00"))


@pytest.mark.parametrize(
    "last", [["", "", "", "36", "44.00"], ["", "", "", "36", ""], ["", "x", "", "36", "45.00"]]
)
def test_numbers_that_add_up_to_nothing_or_stand_beside_a_name_are_a_row(table_of, last):
    rows = with_sums(8)
    right = last[3] == "36" and last[4] == "" and not last[1]
    assert table_of(files.delimited([*rows[:-1], last])).rows == (8 if right else 9)


@pytest.mark.parametrize("blank", [5, 40, 399, 400, 401, 1500])
@pytest.mark.parametrize("kind", ["csv", "commas", "xlsx"])
def test_a_table_under_many_blank_lines_is_found(tmp_path, blank, kind):
    rows = [["SKU", "Name", "Qty"], *([f"A{n}", f"Mug {n}", str(n)] for n in range(500))]
    if kind == "xlsx":
        path = files.workbook(tmp_path, [*([None] for _ in range(blank)), *rows])
    else:
        gap = ",,\n" if kind == "commas" else "\n"
        path = files.save(tmp_path, "f.csv", gap * blank + files.delimited(rows, newline="\n"))
    (table,) = read(path, name=path.name, spool=tmp_path / "spool", in_process=True).tables
    assert table.header == ("SKU", "Name", "Qty")
    assert table.header_lines == (blank + 1,)
    assert list(iter_rows(table)) == rows[1:]
    assert table.row_lines + sum(line.last - line.line + 1 for line in table.skipped) == table.physical_lines


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_tables_beside_each_other_under_many_blank_lines(tmp_path, kind):
    left = [["SKU", "Qty", "Price"], *([f"A{n}", str(n), f"{n}.5"] for n in range(20))]
    right = [["SKU", "Qty", "Price"], *([f"B{n}", str(n), f"{n}.5"] for n in range(12))]
    right += [["", "", ""]] * 8
    rows = [[*one, "", *two] for one, two in zip(left, right, strict=True)]
    blank = 450
    if kind == "xlsx":
        path = files.workbook(tmp_path, [*([None] for _ in range(blank)), *rows])
    else:
        path = files.save(tmp_path, "f.csv", "\n" * blank + files.delimited(rows, newline="\n"))
    tables = read(path, name=path.name, spool=tmp_path / "spool", in_process=True).tables
    assert [table.rows for table in tables] == [20, 12]
    assert all(table.header_lines == (blank + 1,) for table in tables)


YEARS = "\n".join(f"Land {n},L{n:02d},{n}00,{n}01,,{n}03" for n in range(1, 15))


@pytest.mark.parametrize(
    ("text", "header", "first", "rows"),
    [
        (f"Source,World data,\n\nUpdated,2026-07-01,\n\nCountry,Code,2001,2002,2003,2004\n{YEARS}\n",
         ("Country", "Code", "2001", "2002", "2003", "2004"), 5, 14),
        (f"#title: foo\n#license,CC0\nCountry,Code,a,b,c,d\n{YEARS}\n",
         ("Country", "Code", "a", "b", "c", "d"), 3, 14),
        (f",,Residence,,Wealth,\nCountry,Code,Urban,Rural,Q1,Q5\n{YEARS}\n",
         ("Country", "Code", "Residence Urban", "Residence Rural", "Wealth Q1", "Wealth Q5"), 1, 14),
        (f",,Expectancy,Expectancy,Expectancy,Rank\nCountry,Code,Both,Male,Female,\n{YEARS}\n",
         ("Country", "Code", "Expectancy Both", "Expectancy Male", "Expectancy Female", "Rank"), 1, 14),
        (f"Country,Code,What is yours?,,,Age\n,,Urban,Rural,Other,Response\n{YEARS}\n",
         ("Country", "Code", "What is yours? Urban", "What is yours? Rural", "What is yours? Other", "Age Response"),
         1, 14),
        (f"Offences\nby country, 2015\nCountry,Code,a,b,c,d\n{YEARS}\n",
         ("Country", "Code", "a", "b", "c", "d"), 3, 14),
        ("".join(f"Parameter {n}: {n}\n" for n in range(65)) + "\nCountry,Code,a\n"
         + "".join(f"Land {n},L{n:02d},{n}00\n" for n in range(40)), ("Country", "Code", "a"), 67, 40),
        ("id,name,tags\n" + "".join(f"{n},Name {n},{','.join('xyz'[: n % 4])}\n" for n in range(1, 20)),
         ("id", "name", "tags"), 1, 19),
    ],
    ids=["years", "remarks", "groups", "spelled out", "the rest below", "comma in a title", "long account", "ragged"],
)  # fmt: skip
def test_headers_of_open_data_are_found(table_of, text, header, first, rows):
    table = table_of(text)
    assert (table.header, table.header_lines[0], table.rows) == (header, first, rows)


def test_rows_that_lack_what_is_optional_are_no_damage(table_of):
    lines = [f"A{n},{n},{n}.50,red,new" if n % 6 else f"A{n},{n}" for n in range(1, 40)]
    table = table_of("SKU,Qty,MRP,Colour,Remark\n" + "\n".join(lines) + "\n")
    assert (table.rows, table.faults) == (39, ())


@pytest.mark.parametrize(
    "note",
    [
        "Note: figures are provisional.,,,,,",
        "Sources (all):\nMinistry of x",
        ",The indicator refers to women who had a live birth in a recent time period,,,,",
        "1 The figures include the offenses of one kind only, and others.,,,,",
        "© Statistical office",
        "Footnotes:",
        "*** End of report ***",
    ],
)
def test_notes_below_open_data_are_no_rows(table_of, note):
    table = table_of(f"Country,Code,a,b,c,d\n{YEARS}\n\n{note}" + "\n" * (note[0] != "*"))
    assert table.rows == 14
    assert all(line.reason.startswith(("note", "group line or note", "blank")) for line in table.skipped[1:])


def test_quoted_text_of_one_column_stays_one_column(table_of):
    names = [f'"Street {n}, Town {n}, Land"' for n in range(20)]
    table = table_of("Address\n" + "\n".join(names) + "\n")
    assert (table.header, table.rows) == (("Address",), 20)
    assert next(iter_rows(table)) == ["Street 0, Town 0, Land"]
