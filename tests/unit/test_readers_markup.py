"""Tables in web pages, XML spreadsheets and JSON, whatever the file is called."""

from __future__ import annotations

import json

import pytest

from connector.errors import RejectDrop
from connector.readers import Limits, ReaderOptions, iter_rows, looks_whole, read
from tests import files


def opened(folder, path, **told):
    return read(path, name=path.name, spool=folder / "spool", in_process=True, **told)


def rows_of(table):
    return list(iter_rows(table))


def even(table):
    return table.row_lines + sum(s.last - s.line + 1 for s in table.skipped) == table.physical_lines


# -- pages


def test_a_page_called_xls_is_read_with_its_merged_header(tmp_path):
    page = files.page(
        "<tr><th colspan=3>Stock list 12/03/2025<tr><th rowspan=2>SKU<th colspan=2>Stock</tr>"
        "<tr><th>Qty<th>Price</tr>"
        '<tr><td>A-1<td x:num="890123456789012">8.9E+14<td>12&nbsp;345,50 &euro;</tr>'
        "<tr><td>A&amp;B<td>4<td>3<br>4</td></tr><tr><td>C<td>4<td>3",
        before="<table><tr><td><img src='http://tracker.invalid/x.png'></td></tr></table>",
    )
    path = files.save(tmp_path, "stock.xls", page)
    assert looks_whole(path) is None
    document = opened(tmp_path, path)
    (table,) = document.tables
    assert (document.format, table.header, table.sheet) == ("html", ("SKU", "Stock Qty", "Stock Price"), None)
    assert rows_of(table) == [
        ["A-1", "890123456789012", "12\xa0345,50 €"],
        ["A&B", "4", "3 4"],
        ["C", "4", "3"],
    ]
    assert even(table)
    assert document.notes[0] == "tables of the page without rows of data, left out: 1"


def test_spans_in_the_body_keep_cells_in_their_columns(tmp_path):
    page = files.page(
        "<tr><td>SKU<td>Size<td>Qty</tr><tr><td rowspan=2>A<td>S<td>1</tr><tr><td>M<td>2</tr>"
        "<tr><td>B<td colspan=2>9</tr><tr><td>C<td>L<td>4</tr>"
    )
    (table,) = opened(tmp_path, files.save(tmp_path, "a.htm", page)).tables
    assert rows_of(table) == [["A", "S", "1"], ["", "M", "2"], ["B", "9", ""], ["C", "L", "4"]]


def test_several_tables_of_a_page_are_tables_by_their_captions(tmp_path):
    one = "<caption>Stock</caption><tr><td>SKU<td>Qty</tr><tr><td>A<td>1</tr>"
    two = "<tr><td>Menu<td>Home</tr><tr><td>Help<td>About</tr>"
    path = files.save(tmp_path, "a.xls", files.page(one, before=f"<table>{two}</table>"))
    assert [table.sheet for table in opened(tmp_path, path).tables] == ["table 1", "Stock"]


@pytest.mark.parametrize(
    ("encoding", "said"), [("cp1252", "windows-1252"), ("utf-8", "windows-1252"), ("utf-16", "utf-16")]
)
def test_a_page_is_decoded_as_it_says_where_that_is_true(tmp_path, encoding, said):
    page = files.page("<tr><td>SKU<td>Größe</tr><tr><td>Ä1<td>5 €</tr>", charset=said)
    (table,) = opened(tmp_path, files.save(tmp_path, "a.xls", page, encoding)).tables
    if encoding != "utf-8":  # a false claim whose bytes are valid in it cannot be told from a true one
        assert rows_of(table) == [["Ä1", "5 €"]]
    assert even(table)


def test_scripts_and_styles_are_no_text(tmp_path):
    page = files.page("<tr><td>SKU<td>Qty</tr><tr><td>A<script>alert('<td>')</script><td>5</tr>")
    (table,) = opened(tmp_path, files.save(tmp_path, "a.xls", page)).tables
    assert rows_of(table) == [["A", "5"]]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<html><body>Session expired, <a href=x>log in</a></body></html>", "without a table of data"),
        ("<html><table><tr><td>SKU<td>Qty</tr><tr><td>A<td>1</tr><tr><td>B", "cut off"),
        (f"<html><table><tr>{'<td colspan=900>1' * 9}</tr></table>", "setting reading.max_columns"),
    ],
)
def test_pages_without_a_whole_table_are_refused(tmp_path, body, words):
    with pytest.raises(RejectDrop, match=words):
        opened(tmp_path, files.save(tmp_path, "a.xls", body))


def test_cells_of_a_page_are_counted_while_they_grow(tmp_path):
    page = files.page("<tr><td>1<td>2</tr>" * 60)
    with pytest.raises(RejectDrop, match=r"setting reading\.max_cells"):
        opened(tmp_path, files.save(tmp_path, "a.xls", page), limits=Limits(cells=100))


# -- XML spreadsheets


def test_an_xml_spreadsheet_keeps_its_stored_values(tmp_path):
    path = files.save(tmp_path, "stock.xls", files.xml_sheet(hidden_row=3))
    assert looks_whole(path) is None
    document = opened(tmp_path, path)
    (table,) = document.tables
    assert (document.format, table.header, table.sheet) == ("xml", ("SKU", "Name", "Qty", "Seen"), "Stock")
    assert rows_of(table) == [
        ["001", "Shirt & Co", "5", "2025-03-31"],
        ["002", "", "#REF!", "2025-03-31 10:30:00"],
        ["8901234567890123456", "", "=RC[-1]"],
        ["890123456789012", "x", "2.5"],
    ]
    assert [(line.line, line.last, line.reason) for line in table.skipped] == [
        (1, 1, "header"),
        (4, 5, "blank line"),
    ]
    assert document.notes[:2] == (
        "hidden rows of sheet 'Stock', read like the others (1): 3",
        "hidden sheet 'Lookup' was left out",
    )
    hidden = opened(tmp_path, path, options=ReaderOptions(sheet="Lookup"))
    assert [table.sheet for table in hidden.tables] == ["Lookup"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda text: text.replace("<Workbook", files.LAUGHS + "<Workbook").replace("Shirt", "&lol9;"),
            "entities",
        ),
        (
            lambda text: text.replace("<Workbook", files.OUTSIDE + "<Workbook").replace("Shirt", "&x;"),
            "entities",
        ),
        (lambda text: text[: len(text) // 2], "cut off or damaged"),
        (lambda text: text.replace('ss:Index="6"', 'ss:Index="99999999"'), "setting reading.max_rows"),
        (lambda text: text.replace('ss:Index="3"', 'ss:Index="99999"'), "setting reading.max_columns"),
    ],
)
def test_hostile_xml_is_refused_in_words(tmp_path, change, words):
    with pytest.raises(RejectDrop, match=words):
        opened(tmp_path, files.save(tmp_path, "a.xls", change(files.xml_sheet())))


def test_xml_that_is_no_spreadsheet_is_named(tmp_path):
    with pytest.raises(RejectDrop, match="XML file that is no spreadsheet"):
        opened(tmp_path, files.save(tmp_path, "a.xls", "<?xml version='1.0'?><note><to>x</to></note>"))


# -- JSON


def test_an_array_of_objects_somewhere_in_the_file_is_the_table(tmp_path):
    items = '[{"sku":"001","qty":5.0,"stock":{"wh":1}},{"sku":"002","qty":12345678901234567890,"on":true,"t":["a"]}]'
    for text in (items, f'{{"meta": {{"n": 2}}, "data": {{"items": {items}}}}}'):
        path = files.save(tmp_path, "stock.json", text)
        assert looks_whole(path) is None
        (table,) = opened(tmp_path, path).tables
        assert table.header == ("sku", "qty", "stock.wh", "on", "t")
        assert rows_of(table) == [
            ["001", "5.0", "1", "", ""],
            ["002", "12345678901234567890", "", "TRUE", '["a"]'],
        ]
        assert (table.sheet, even(table)) == (None, True)


def test_several_lists_are_several_tables(tmp_path):
    text = json.dumps({"stock": [{"sku": "a", "qty": 1}], "prices": [{"sku": "a", "mrp": 2}]})
    assert [t.sheet for t in opened(tmp_path, files.save(tmp_path, "a.json", text)).tables] == [
        "stock",
        "prices",
    ]


def test_an_array_of_arrays_has_its_header_found(tmp_path):
    (table,) = opened(tmp_path, files.save(tmp_path, "a.txt", '[["sku","qty"],["a",1],["b",null]]')).tables
    assert (table.header, rows_of(table)) == (("sku", "qty"), [["a", "1"], ["b", ""]])


def test_json_lines_keep_their_line_numbers(tmp_path):
    text = '{"sku":"a","qty":1}\n\n{"sku":"b","qty":2}\nxx\n{"sku":"c\u2028","z":false}\r\n'
    document = opened(tmp_path, files.save(tmp_path, "a.jsonl", text))
    (table,) = document.tables
    assert rows_of(table) == [["a", "1", ""], ["b", "2", ""], ["c\u2028", "", "FALSE"]]
    assert [(line.line, line.reason) for line in table.skipped] == [(2, "blank line"), (4, "no object")]
    assert (document.notes, even(table)) == (("lines that are no JSON objects (1): 4",), True)
    assert opened(tmp_path, files.save(tmp_path, "b.json", "[]")).tables == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[{"a":1},{"b"', "cut off or damaged"),
        ('{"a":1}\n{"a":2}\n{"a":', "cut off or damaged"),
        ('{"a":[1,2]}', "no list of items"),
        ("[" * 5000 + "]" * 5000, "nested too deep|no list"),
        ('[{"a":' + '{"b":' * 850 + "1" + "}" * 850 + "}]", "nested too deep"),
        (json.dumps([{f"c{n}": 1 for n in range(2500)}]), "setting reading.max_columns"),
        (json.dumps([{f"c{n}": 1} for n in range(1500)]), "setting reading.max_cells"),
    ],
)
def test_json_without_a_table_is_refused(tmp_path, text, words):
    with pytest.raises(RejectDrop, match=words):
        opened(tmp_path, files.save(tmp_path, "a.json", text), limits=Limits(cells=1_000_000))


@pytest.mark.parametrize(
    "text", ['[{"a":1},{"b"', "<html><table><tr><td>1", "<?xml version='1.0'?><Workbook><"]
)
def test_markup_and_json_without_their_end_are_not_whole(tmp_path, text):
    assert looks_whole(files.save(tmp_path, "a.xls", text)) is not None


# -- web archives


def test_a_web_archive_is_read_page_by_page(tmp_path):
    stock = files.page("<tr><td>SKU<td>Qty</tr><tr><td>Ä-1<td>5</tr><tr><td>B=2<td>6</tr>")
    tabs = files.page("<tr><td>Stock<td>Prices</tr>")
    path = files.save(
        tmp_path, "sap.xls", files.web_archive([("tabstrip.htm", tabs), ("sheet001.htm", stock)])
    )
    assert looks_whole(path) is None
    assert looks_whole(files.save(tmp_path, "cut.mht", path.read_bytes()[:-90])) is not None
    document = opened(tmp_path, path)
    (table,) = document.tables
    assert (document.format, document.members, table.sheet) == ("html.mhtml", ("sheet001.htm",), None)
    assert rows_of(table) == [["Ä-1", "5"], ["B=2", "6"]]
    two = files.save(tmp_path, "two.mht", files.web_archive([("s1.htm", stock), ("s2.htm", stock)]))
    assert [table.sheet for table in opened(tmp_path, two).tables] == ["s1.htm", "s2.htm"]
    with pytest.raises(RejectDrop, match=r"web archive .* without a table"):
        opened(tmp_path, files.save(tmp_path, "none.mht", files.web_archive([("t.htm", tabs)])))
    assert {path.suffix for path in (tmp_path / "spool").iterdir()} == {".arrow"}
