"""Delimited text: encodings, dialects, ragged rows, where the table is, and the fast path against the careful one."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.errors import RejectDrop
from connector.readers import Limits, ReaderOptions, frame, iter_rows, read
from connector.readers.dates import snapshot_of
from connector.readers.text import read_text
from tests import files


@pytest.fixture
def table_of(tmp_path):
    def found(content, encoding="utf-8", **told):
        path = files.save(tmp_path, "file.csv", content, encoding)
        document = read(path, name="file.csv", spool=tmp_path / "spool", in_process=True, **told)
        (table,) = document.tables
        taken = sum(line.last - line.line + 1 for line in table.skipped)
        assert table.row_lines + taken == table.physical_lines
        return table

    return found


def reasons(table):
    return [(line.line, line.last, line.reason) for line in table.skipped]


@pytest.mark.parametrize(
    ("codec", "named"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16-le"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32-le"),
        ("utf-32-be", "utf-32-be"),
        ("cp1252", "cp1252"),
        ("mac_roman", "mac_roman"),
        ("cp850", "cp850"),
    ],
)
def test_encodings_are_found_and_no_mark_stays_in_the_header(table_of, codec, named):
    rows = [
        ["SKU", "Bezeichnung", "Menge"],
        *([f"Größe{n}", "Caffè perché più señor", str(n)] for n in range(30)),
    ]
    table = table_of(files.delimited(rows), codec)
    assert table.encoding == named
    assert table.header == ("SKU", "Bezeichnung", "Menge")
    assert list(frame(table)["c1"])[:1] == ["Caffè perché più señor"]
    assert list(frame(table)["c0"])[:1] == ["Größe0"]


@pytest.mark.parametrize(
    ("codec", "header", "cell"),
    [
        ("cp1254", ("Stok Kodu", "Stok Adı", "Satış Fiyatı"), "Güneş gözlüğü kırmızı"),
        ("cp1251", ("Артикул", "Номенклатура", "Остаток"), "Лампа дубовая шт"),
    ],
)
def test_one_byte_letters_of_other_alphabets(table_of, codec, header, cell):
    rows = [list(header), *([f"SKU-{n:03d}", cell, str(n)] for n in range(20))]
    table = table_of(files.delimited(rows), codec)
    assert table.encoding == codec
    assert table.header == header
    assert list(frame(table)["c1"])[:1] == [cell]


def test_one_high_byte_inside_latin_letters_is_no_cyrillic(table_of):
    table = table_of("code,name,qty\nDEX\xfb1,Dexa\xfbn drops,5\nA2,Plain,6\nA3,Other,7\n", "cp1252")
    assert frame(table)["c1"].tolist()[0] == "Dexaûn drops"


def test_a_euro_sign_by_itself_is_no_letter(table_of):
    rows = [["Codice", "Descrizione", "Prezzo"], *([f"A-{n}", "Maglia", f"€ {n},50"] for n in range(20))]
    table = table_of(files.delimited(rows, delimiter=";"), "cp1252")
    assert table.encoding == "cp1252"
    assert list(frame(table)["c2"])[:1] == ["€ 0,50"]


def test_dos_text_without_a_mark_is_told_from_windows_text(table_of):
    table = table_of("art;preço;qtd\nmaçã;1,50;3\npêra;2,00;4\nlimão;2,50;1\n", "cp850")
    assert [table.encoding, frame(table)["c0"].tolist()] == ["cp850", ["maçã", "pêra", "limão"]]


def test_mixed_encodings_are_read_line_by_line_and_said(tmp_path):
    content = b"sku,name\r\n" + "a1,café\r\n".encode() + "a2,crème\r\n".encode("cp1252") + b"a3,tea\r\n"
    path = files.save(tmp_path, "mixed.csv", content)
    document = read(path, name="mixed.csv", spool=tmp_path / "s", in_process=True)
    assert frame(document.tables[0])["c1"].tolist() == ["café", "crème", "tea"]
    assert document.tables[0].encoding == "cp1252+utf-8"
    assert "mixed encodings: 1 lines read as cp1252, 1 as utf-8 (lines 2)" in document.notes


def test_nuls_go_and_a_lost_character_is_a_fault(tmp_path):
    path = files.save(tmp_path, "x.csv", "sku,qty\nA\0B,1\nC\ufffdD,2\n")
    document = read(path, name="x", spool=tmp_path / "s", in_process=True)
    (table,) = document.tables
    assert frame(table)["c0"].tolist() == ["AB", "C\ufffdD"]
    assert [(fault.line, fault.column, fault.code) for fault in table.faults] == [
        (3, "sku", "character_lost")
    ]
    assert document.notes == ("1 NUL characters left out",)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("quote", [True, False])
def test_delimiters_and_line_ends_are_found(table_of, delimiter, newline, quote):
    table = table_of(files.stock_csv(12, delimiter=delimiter, newline=newline, quote=quote))
    assert (table.delimiter, table.header, table.rows) == (delimiter, files.HEADER, 12)
    assert [list(row) for row in iter_rows(table)] == files.stock_rows(12)


def test_a_decimal_comma_is_no_delimiter(table_of):
    rows = [["SKU", "Prezzo", "Listino"], *([f"A{n}", f"{n},90", f"{n + 1},50"] for n in range(9))]
    table = table_of(files.delimited(rows, delimiter=";"))
    assert (table.delimiter, len(table.header)) == (";", 3)


def test_a_first_line_may_name_the_delimiter(table_of):
    table = table_of("sep=;\r\nsku;qty\r\nA;1\r\nB;2\r\n")
    assert (table.delimiter, table.header) == (";", ("sku", "qty"))
    assert reasons(table) == [(1, 1, "names the delimiter"), (2, 2, "header")]


def test_one_column_is_a_table_too(table_of):
    table = table_of("SKU\nA-1\nA-2\n")
    assert (table.delimiter, table.header, frame(table)["c0"].tolist()) == (None, ("SKU",), ["A-1", "A-2"])


def test_quoted_line_breaks_are_one_record(table_of):
    table = table_of('sku,name,qty\nA,"two\nlines, ""so""\nthree",1\nB,x,2\n')
    assert frame(table)["c1"].tolist() == ['two\nlines, "so"\nthree', "x"]
    assert frame(table)["line"].tolist() == [2, 5]
    assert (table.physical_lines, table.row_lines, table.faults) == (5, 4, ())


def test_a_stray_quote_is_text_and_spares_its_neighbours(table_of):
    lines = ["sku,name,qty", *(f'"A{n}","Pipe, {n}",{n}' for n in range(8))]
    lines[3] = 'A3,"6 inch pipe,3'
    lines[5] = 'A5,6" pipe,5'
    table = table_of("\n".join(lines) + "\n")
    assert table.rows == 8
    assert frame(table)["c1"].tolist()[2] == '"6 inch pipe'
    assert frame(table)["c1"].tolist()[4] == '6" pipe'
    assert table.faults == ()


def test_backslash_escapes_are_seen(table_of):
    rows = "".join(f'"A{n}","say \\"hi\\", {n}",{n}\n' for n in range(5))
    table = table_of("sku,name,qty\n" + rows)
    assert frame(table)["c1"].tolist()[0] == 'say "hi", 0'


def test_html_with_bare_quotes_is_read_with_quoting_off(table_of):
    rows = [["sku", "text", "qty"], *([f"A{n}", f'"<p class="x">{n}"', str(n)] for n in range(6))]
    rows += [[f"B{n}", f'<b id="{n}">6"</b>', str(n)] for n in range(6)]
    table = table_of(files.delimited(rows, delimiter="\t"))
    assert frame(table)["c1"].tolist()[0] == '"<p class="x">0"'
    assert "quote marks" in table.notes[0]


def test_trailing_delimiters_are_no_fault(table_of):
    text = "sku,qty\r\n" + "".join(f"A{n},{n},\r\n" for n in range(8))
    table = table_of(text)
    assert (table.header, table.rows, table.faults) == (("sku", "qty"), 8, ())


def test_rows_too_wide_are_kept_and_said(table_of):
    lines = files.stock_csv(10).splitlines()
    lines[4] = lines[4].replace("Shirt 4", "Shirt, blue")
    table = table_of("\n".join(lines) + "\n")
    (fault,) = table.faults
    assert (fault.line, fault.code, table.rows) == (5, "row_too_wide", 10)
    assert "7 cells where the table has 6" in fault.reason
    assert list(iter_rows(table))[3][-1] == "404.00"


def test_short_rows_are_padded_and_only_needed_cells_make_a_fault(table_of):
    rows = [
        ["sku", "qty", "price", "note"],
        *([f"A{n}", str(n), "5", "x" if n % 3 else ""] for n in range(30)),
    ]
    lines = files.delimited(rows, newline="\n").splitlines()
    lines[10] = "A9,9,5"
    lines[20] = "A19"
    table = table_of("\n".join(lines) + "\n")
    assert [(fault.line, fault.code) for fault in table.faults] == [(21, "row_too_short")]
    assert "missing: qty, price" in table.faults[0].reason
    assert frame(table)["c3"].isna().tolist().count(True) == 2
    assert any(note.startswith("1 rows are shorter") for note in table.notes)


def test_a_last_line_cut_off_is_a_fault(table_of):
    table = table_of(files.stock_csv(10) + "SKU-9,Shi")
    assert [(fault.line, fault.code) for fault in table.faults] == [(12, "row_too_short")]
    assert "ends in the middle of this line" in table.faults[0].reason


def test_titles_dates_gaps_repeated_headers_totals_and_notes(table_of):
    header = ",".join(files.HEADER)
    body = [",".join(row) for row in files.stock_rows(20)]
    lines = [
        "Acme Traders",
        "12 Market Road",
        "Stock as on 31-Mar-2025",
        "",
        header,
        "",
        *body[:10],
        "",
        header,
    ]
    lines += [*body[10:], "Total,,,500,,", "Grand Total,,,1000,,", "", "Printed by admin"]
    table = table_of("\n".join(lines) + "\n")
    assert (table.header, table.header_lines, table.rows, table.faults) == (files.HEADER, (5,), 20, ())
    assert table.snapshot_hint == "2025-03-31"
    assert reasons(table) == [
        (1, 1, "title above the header"),
        (2, 2, "title above the header"),
        (3, 3, "title above the header"),
        (4, 4, "blank line"),
        (5, 5, "header"),
        (6, 6, "blank line"),
        (17, 17, "blank line"),
        (18, 18, "header repeated"),
        (29, 30, "total"),
        (31, 31, "blank line"),
        (32, 32, "note: one cell only"),
    ]


def test_a_total_is_seen_below_codes_of_digits(table_of):
    table = table_of("Item Code;Godown;Stock\n8901;BLR;3\n8902;DEL;4\n8903;BLR;5\nTotal;;12\n")
    assert list(frame(table)["c0"]) == ["8901", "8902", "8903"]
    assert reasons(table)[-1] == (5, 5, "total")


def test_a_name_of_an_old_code_page_is_read(tmp_path):
    path = tmp_path / os.fsdecode(b"st\xf6ck.csv")
    path.write_text("SKU,Qty\nA1,3\nA2,4\n")
    (table,) = read(path, name=path.name, spool=tmp_path / "spool", in_process=True).tables
    assert table.rows == 2


def test_an_item_named_total_is_a_row(table_of):
    rows = [list(files.HEADER), *files.stock_rows(9)]
    rows[5][1] = "Total Care Shampoo"
    rows[6][1] = "Total"
    table = table_of(files.delimited(rows))
    assert table.rows == 9


def test_a_header_of_two_rows_is_joined_by_a_space(table_of):
    rows = [["Item", "Closing", "", "Rate"], ["Code", "Qty", "Value", "INR"]]
    rows += [[f"A{n}", str(n), str(n * 2), "5.00"] for n in range(9)]
    table = table_of(files.delimited(rows))
    assert table.header_lines == (1, 2)
    assert table.header == ("Item Code", "Closing Qty", "Closing Value", "Rate INR")


def test_a_file_without_header_says_so(table_of):
    table = table_of(files.delimited(files.stock_rows(12)))
    assert (table.header, table.header_lines, table.rows) == ((), (), 12)
    assert "no header row found" in table.notes[0]
    assert len(table.samples) == 6
    assert table_of(files.stock_csv(5), options=ReaderOptions(has_header=False)).rows == 6


def test_the_header_line_may_be_told(table_of):
    table = table_of("x,y\na,b\nc,d\n", options=ReaderOptions(header_line=2))
    assert (table.header, table.rows) == (("a", "b"), 1)


@pytest.mark.parametrize("content", ["", "\ufeff"])
def test_nothing_in_a_file_is_no_table(tmp_path, content):
    path = files.save(tmp_path, "e.csv", content)
    document = read(path, name="e.csv", spool=tmp_path / "s", in_process=True)
    assert document.tables == ()
    assert "empty" in document.notes[-1]


def test_blank_lines_only_is_no_table(tmp_path):
    path = files.save(tmp_path, "e.csv", "\r\n\r\n ,\r\n")
    assert read(path, name="e.csv", spool=tmp_path / "s", in_process=True).tables == ()


def test_header_only_is_a_table_without_rows(table_of):
    table = table_of("REF,Nombre,Cantidad")
    assert (table.header, table.rows, len(frame(table))) == (("REF", "Nombre", "Cantidad"), 0, 0)
    assert table.samples == ((), (), ())


def test_samples_come_from_head_middle_and_tail(table_of):
    table = table_of(files.stock_csv(1000))
    first = table.samples[0]
    assert len(first) == 200
    assert {first[0], first[-1], "SKU-00500"} <= set(first)


# -- the fast path gives what the careful path gives, and the count of lines is always even

CELLS = st.text(st.sampled_from('ab1 ,;"\t\r\né0.-'), max_size=6)
PLAIN = st.text(st.sampled_from("ab1 é0.-"), max_size=5)


def outcome(path, spool, *, fast):
    try:
        tables, notes = read_text(path, spool, ReaderOptions(), Limits(), fast=fast)
    except RejectDrop as error:
        return str(error)
    return [(t.header, t.rows, t.skipped, t.faults, t.samples, t.notes, t.physical_lines, list(iter_rows(t)),
             frame(t)["line"].tolist()) for t in tables], notes  # fmt: skip


QUICK = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@QUICK
@given(
    rows=st.integers(1, 4).flatmap(
        lambda width: st.lists(st.lists(PLAIN, min_size=width, max_size=width), max_size=12)
    ),
    quote=st.booleans(),
    final=st.booleans(),
    newline=st.sampled_from(["\n", "\r\n"]),
    tail=st.sampled_from(["", "\n", "\r\n\r\n", "Total,,,\n", "x\n"]),
)
def test_the_fast_path_equals_the_careful_one(*, tmp_path, rows, quote, final, newline, tail):
    header = ["sku", "name", "qty", "mrp"][: len(rows[0]) if rows else 2]
    text = files.delimited([header, *rows], newline=newline, quote=quote, final=final)
    path = files.save(tmp_path, "f.csv", text + (tail if final else ""))
    assert outcome(path, tmp_path, fast=True) == outcome(path, tmp_path, fast=False)


@QUICK
@given(rows=st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=10), quote=st.booleans())
def test_any_text_is_read_and_every_line_accounted_for(tmp_path, rows, quote):
    path = files.save(tmp_path, "f.csv", files.delimited(rows, quote=quote, newline="\n"))
    tables, _notes = read_text(path, tmp_path, ReaderOptions(), Limits())
    assert outcome(path, tmp_path, fast=True) == outcome(path, tmp_path, fast=False)
    for table in tables:
        lines = path.read_bytes().decode()
        ends = lines.replace("\r\n", "\n").replace("\r", "\n")
        assert table.physical_lines == ends.count("\n") + (not ends.endswith("\n"))
        assert table.row_lines + sum(s.last - s.line + 1 for s in table.skipped) == table.physical_lines


@QUICK
@given(content=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_in_words(tmp_path, content):
    path = files.save(tmp_path, "f.bin", content)
    try:
        document = read(path, name="f.bin", spool=tmp_path / "s", in_process=True)
    except RejectDrop as error:
        assert str(error)  # noqa: PT017 - either outcome is right, an error without words is not
        return
    for table in document.tables:
        assert table.row_lines + sum(s.last - s.line + 1 for s in table.skipped) == table.physical_lines


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("Stock as on 23-Nov-2026 14:05", "2026-11-23T14:05"),
        ("Printed 23-Nov-2026 at 2:05 PM", "2026-11-23T14:05"),
        ("2026-11-23T09:30:11", "2026-11-23T09:30"),
        ("2026-11-23 00:00:00", "2026-11-23"),  # a day in a spreadsheet
        ("23-Nov-2026 25:00", "2026-11-23"),
        ("1-Jul-25 to 27-Apr-26", "2026-04-27"),
        ("as on 05/11/2026", "2026-11-05/2026-05-11"),
        ("as on 05/11/2026 09:30", "2026-11-05T09:30/2026-05-11T09:30"),
        ("as on 05/05/2026", "2026-05-05"),
        ("as on 23/11/2026", "2026-11-23"),
        ("05/11/2026 of 1-Apr-26", "2026-04-01"),  # what can be read one way only is surer
        ("stock of 99/99/2026", None),
    ],
)
def test_the_hour_of_a_snapshot_is_taken_where_it_is_said(said, hint):
    assert snapshot_of([said]) == hint
