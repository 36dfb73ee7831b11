"""The lines of the duties that speak of bytes and text, each with a file of our own: what is read and what is sent.

Each case begins with the words of its line. The readers' own tests go deeper; what single values mean is in
`test_duties_values`.
"""

from __future__ import annotations

from typing import Any

import pytest

from connector.errors import RejectDrop
from connector.model import Verdict
from connector.planner import Origin, Plan, Understanding
from connector.profiles import Profile
from connector.readers import looks_whole
from tests import files, planned

ROWS = [["SKU", "Name", "Stock"], *([f"A{n}", f"Mug {n}", str(n)] for n in range(1, 9))]
TEXT = files.delimited(ROWS)


class Shop:
    """Understands and plans one file as the connector does."""

    def __init__(self, folder: Any) -> None:
        self.folder = folder
        self.planner = planned.planner(folder / "spool")

    def understand(self, content: str | bytes, name: str = "stock.csv") -> Understanding:
        path = files.save(self.folder, name, content)
        understood = self.planner.understand(path, Origin(name), self.folder / "spool")
        for table in understood.document.tables:
            taken = sum(line.last - line.line + 1 for line in table.skipped)
            assert table.row_lines + taken == table.physical_lines
        return understood

    def plan(self, content: str | bytes, name: str = "stock.csv") -> Plan:
        return self.kept(content, name)[0]

    def kept(self, content: str | bytes, name: str = "stock.csv") -> tuple[Plan, planned.Kept]:
        return planned.plan(self.planner, self.understand(content, name))

    def sent(self, content: str | bytes, name: str = "stock.csv") -> dict[str, str]:
        """SKUs and quantities that would go out."""
        plan, kept = self.kept(content, name)
        assert not plan.holds, plan.reason
        return {sku: str(one["quantity"]) for sku, one in kept.sent("inventory").items()}


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path)


ALL = {f"A{n}": str(n) for n in range(1, 9)}


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
    ],
    ids=["utf-8", "utf-8 BOM", "utf-16 BOM", "utf-16-le", "utf-16-be", "utf-16-be BOM"],
)
def test_utf_8_and_utf_16_with_and_without_bom(shop, content):
    assert shop.sent(content) == ALL
    assert looks_whole(shop.folder / "stock.csv") is None


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32"])
def test_wide_text_that_is_cut_off_is_seen_without_a_mark_too(tmp_path, codec):
    whole = TEXT.encode(codec)
    assert looks_whole(files.save(tmp_path, "whole.csv", whole)) is None
    assert looks_whole(files.save(tmp_path, "half.csv", whole[:-1])) == "the last character is cut in half"
    cut = files.save(tmp_path, "cut.csv", (TEXT + "A9,Mu").encode(codec))
    assert "no line end" in (looks_whole(cut) or "")


@pytest.mark.parametrize("codec", ["cp1252", "latin-1", "mac_roman", "cp437", "cp850"])
def test_one_byte_encodings(shop, codec):
    text = "SKU;designação;stock\nCAFÉ1;maçã e pêra;3\nTÉ2;limões não;4\nÑU3;açúcar é bom;5\n"
    if codec == "cp437":
        text = text.replace("ã", "á").replace("õ", "ó")
    assert shop.sent(text.encode(codec)) == {"CAFÉ1": "3", "TÉ2": "4", "ÑU3": "5"}


def test_item_codes_of_the_pharma_kind_hold_one_byte_fb(shop):
    assert shop.sent(b"Code,Stock\nINCA\xfbV01,1\nINCE\xfbD01,2\nABC01,3\n") == {
        "INCAûV01": "1", "INCEûD01": "2", "ABC01": "3",
    }  # fmt: skip


def test_mixed_encodings_are_reported_and_a_lost_character_reaches_no_sku(shop):
    mixed = "SKU,Stock\r\nCAFÉ,1\r\n".encode() + "CRÈME,2\r\n".encode("cp1252")
    assert shop.sent(mixed) == {"CAFÉ": "1", "CRÈME": "2"}
    assert any("mixed encodings" in note for note in shop.understand(mixed).document.notes)
    assert shop.sent("SKU,Stock\r\nCAF\ufffd,1\r\nTEA,2\r\n") == {"TEA": "2"}


@pytest.mark.parametrize("delimiter", [";", "\t", "|", ","])
@pytest.mark.parametrize("name", ["stock.csv", "stock.xls", "stock.txt"])
def test_the_content_decides_the_delimiter_and_the_format(shop, delimiter, name):
    assert shop.sent(files.delimited(ROWS, delimiter=delimiter), name) == ALL


@pytest.mark.parametrize("delimiter", ["~", "^", "¦", "::", "||", ", ", " | "])
def test_delimiters_of_old_systems(shop, delimiter):
    assert shop.sent(TEXT.replace(",", delimiter)) == ALL


def test_delimiter_inside_unquoted_text_is_a_row_error_or_mended_in_the_one_way_there_is(shop):
    only_one_way = TEXT.replace("Mug 4", "Mug, big")
    assert shop.sent(only_one_way)["A5"] == "5"
    _, kept = shop.kept(TEXT.replace("Mug 4", "7,8,9"))
    assert [(one.line, one.faults[0].code) for one in kept.verdicts] == [(5, "row_too_wide")]


def test_short_rows(shop):
    rows = [["SKU", "Stock", "Remark"], *([f"A{n}", str(n), "x" if n % 2 else ""] for n in range(1, 9))]
    lines = files.delimited(rows, newline="\n").splitlines()
    lines[2], lines[4] = "A2,2", "A4"
    sent = shop.sent("\n".join(lines) + "\n")
    assert (sent["A2"], "A4" in sent) == ("2", False)
    cut = files.save(shop.folder, "cut.csv", TEXT + "A9,Mu")
    assert "no line end" in (looks_whole(cut) or "")


def test_line_ends_of_every_kind_in_one_file_and_within_quotes(shop):
    text = 'SKU,Name,Stock\r\nA1,Mug,1\nA2,"a\r\nb",2\rA3,"c\rd",3\r\nA4,"e\nf",4\n'
    assert shop.sent(text) == {"A1": "1", "A2": "2", "A3": "3", "A4": "4"}


def test_stray_quotes_backslashes_and_doubled_quotes(shop):
    inch = TEXT.replace("Mug 3", 'Mug 3"').replace("Mug 5", '"Mug 5')
    assert shop.sent(inch) == ALL
    assert shop.sent(files.delimited(ROWS, quote=True).replace("Mug 3", 'Mug ""3""')) == ALL
    assert shop.sent(files.delimited(ROWS, quote=True).replace("Mug 3", r"Mug \"3\"")) == ALL


def test_nuls_control_characters_and_blanks_outside_codes(shop):
    text = TEXT.replace("A3,", "\u00a0A3\u200b ,").replace("A4,", "A\x004,").replace("A5,", "\tA5\x0b,")
    assert shop.sent(text) == ALL


@pytest.mark.parametrize("end", ["\x1a", "\x1a" * 90, "\f", "\f\x1a", "\r\n\r\n"])
def test_what_old_systems_put_at_the_end_is_no_row(shop, end):
    assert shop.sent(TEXT + end) == ALL
    assert looks_whole(shop.folder / "stock.csv") is None


def test_a_page_break_between_rows_is_a_blank_line(shop):
    lines = TEXT.splitlines(keepends=True)
    plan, kept = shop.kept("".join([*lines[:4], "\f\r\n", *lines[4:]]))
    assert sum(feed.counts[Verdict.ACCEPTED] for feed in plan.feeds) == 8
    assert not kept.verdicts


def test_titles_groups_totals_gaps_repeated_headers_and_notes(shop):
    head, *rows = [",".join(row) for row in ROWS]
    lines = ["ACME,,", "12 Market Road,,", "As on 31-Mar-2025,,", ",,", head, *rows[:3], "Group: Mugs,,", *rows[3:5],
             "Sub Total,,15", "", head, *rows[5:], "Grand Total,,36", "", "Printed by: Asha"]  # fmt: skip
    understood = shop.understand("\n".join(lines) + "\n")
    assert understood.settled()[1].snapshot_hint == "2025-03-31"
    assert shop.sent("\n".join(lines) + "\n") == ALL


@pytest.mark.parametrize("first", ["10+", "> 50", "~12", "In Stock", "-", "#N/A", "Nil"])
@pytest.mark.parametrize("rows", ["{},3,{},7", "{},3,4,5,6,7"], ids=["again", "once"])
def test_a_first_row_with_a_word_for_its_figure_is_a_row_error_and_no_header(shop, first, rows):
    cells = rows.format(first, first).split(",")
    text = "SKU,Stock\n" + "".join(f"{sku},{cell}\n" for sku, cell in zip("ABCDEF", cells, strict=False))
    understood = shop.understand(text)
    assert (understood.rows, understood.settled()[1].header) == (len(cells), ("SKU", "Stock"))
    _, kept = shop.kept(text)
    assert [one.line for one in kept.verdicts] == [
        line for line, cell in enumerate(cells, 2) if cell == first
    ]


def test_a_header_of_two_rows_stays_one(shop):
    text = "Item,,Stock,\nCode,Name,Delhi,Mumbai\n" + "".join(f"A{n},Mug,{n},{n}\n" for n in range(5))
    assert shop.understand(text).settled()[1].header == (
        "Item Code",
        "Item Name",
        "Stock Delhi",
        "Stock Mumbai",
    )


def test_a_row_that_tells_kinds_under_names_of_their_own_gives_no_names(shop):
    text = "SKU,Name,Stock\nSingle - Text,Single - Text,Single - Number\n" + "".join(
        TEXT.splitlines(keepends=True)[1:]
    )
    table = shop.understand(text).settled()[1]
    assert (table.header, table.header_lines) == (("SKU", "Name", "Stock"), (1,))
    assert [(line.line, line.reason) for line in table.skipped] == [
        (1, "header"),
        (2, "title within the header"),
    ]
    assert shop.sent(text) == ALL


def test_group_lines_behind_the_codes_are_skipped_and_an_item_without_the_rest_is_kept(shop):
    rows = ["A1,Mug,1", "A2,Cup,2", "A3,Pan,3"]
    lines = ["SKU,Name,Stock", ",Kitchen,", *rows, ",Garden,", "B1,Rake,4", "B2,,", "B3,Hose,6"]
    understood = shop.understand("\n".join(lines) + "\n")
    skipped = understood.settled()[1].skipped
    assert [(line.line, line.text) for line in skipped] == [
        (1, "SKU | Name | Stock"),
        (2, "Kitchen"),
        (6, "Garden"),
    ]
    assert understood.rows == 6


@pytest.mark.parametrize("note", ["Note: the next are reserved", "*** End of report ***", "Total items: 8"])
def test_a_line_of_words_where_rows_have_codes_is_a_note(shop, note):
    head, *rows = TEXT.splitlines()
    table = shop.understand("\r\n".join([head, *rows[:4], f"{note},,", *rows[4:]]) + "\r\n").settled()[1]
    assert [(line.line, line.text) for line in table.skipped[1:]] == [(6, note)]
    assert shop.sent("\r\n".join([head, *rows, f"{note},,"]) + "\r\n") == ALL


def test_a_title_with_a_figure_above_a_gap_is_no_row_of_data(shop):
    rows = "".join(f"A{n},{n}\n" for n in range(1, 9))
    assert shop.sent(f"Page,1\n\nSKU,Stock\n{rows}") == ALL
    assert "no header row" in shop.understand(f"B1,1\nB2,2\n\nSKU,Stock\n{rows}").question


def test_a_header_repeated_behind_a_form_feed_is_no_row(shop):
    head, *rows = TEXT.splitlines()
    assert shop.sent("\r\n".join([head, *rows[:4], f"\f{head}", *rows[4:]]) + "\r\n") == ALL


def test_which_of_two_tables_side_by_side_is_a_question_with_the_line_to_write(shop):
    lines = ["SKU,Stock,,SKU,Stock", *(f"A{n},{n},,B{n},{n}" for n in range(1, 6))]
    question = shop.understand("\n".join(lines) + "\n").question
    assert '[match] sheet = "table 1"' in question
    profile = Profile.model_validate(
        {"name": "left", "match": {"sheet": "table 1"}, "columns": {"sku": "SKU"}}
    )
    shop.planner = planned.planner(shop.folder / "spool", profiles=[profile])
    assert shop.sent("\n".join(lines) + "\n") == {f"A{n}": str(n) for n in range(1, 6)}


@pytest.mark.parametrize("damaged", [2, 3])
def test_a_damaged_line_of_json_lines_is_told_and_spoils_no_other(shop, damaged):
    lines = [f'{{"sku":"A{n}","stock":{n}}}' for n in range(1, 9)]
    lines[damaged - 1] = lines[damaged - 1][:9]
    sent = shop.sent("\n".join(lines) + "\n", "stock.jsonl")
    assert sent == {sku: stock for sku, stock in ALL.items() if sku != f"A{damaged}"}
    notes = shop.understand("\n".join(lines) + "\n", "stock.jsonl").document.notes
    assert f"lines that are no JSON objects (1): {damaged}" in notes


def test_a_total_row_is_a_check_sum_of_the_quantities(shop):
    plan = shop.plan(TEXT + "Total,,37\r\n")
    assert plan.holds
    assert 'line 10 gives 37 as the total of column "Stock", but its rows add up to 36' in plan.reason
    assert sum(feed.counts[Verdict.HELD] for feed in plan.feeds) == 8
    agreed = shop.plan(TEXT + "Total,,36\r\n")
    assert not agreed.holds
    assert any("adds up to" in message for feed in agreed.feeds for message in feed.messages)


def test_a_printed_report_is_sent_and_its_total_checked(shop):
    lines = ["ACME TRADERS          Page 1", "", f"{'Item Code':<12}{'Item':<14}{'Stock':>6}", "-" * 32,
             *(f"{sku:<12}{name:<14}{stock:>6}" for sku, name, stock in ROWS[1:]), "-" * 32]  # fmt: skip
    for total, held in ((36, False), (35, True)):
        report = "\r\n".join([*lines, f"{'Total :':<26}{total:>6}", "\f"])
        plan = shop.plan(report, "stock.prn")
        assert plan.holds is held
    assert shop.sent("\r\n".join([*lines, "\x1a"]), "stock.prn") == ALL


def test_a_second_table_is_neither_sent_nor_lost(shop):
    below = TEXT + "\r\nShop,Pin code\r\nNorth,560001\r\nSouth,560002\r\n"
    assert shop.sent(below) == ALL
    two = shop.understand(TEXT + "\r\nItem Code,Closing Stock,Bin,Shelf\r\nB1,5,1,2\r\nB2,6,1,2\r\n")
    assert len(two.document.tables) == 2
    assert "table" in two.question


def test_no_header_is_a_question(shop):
    assert "no header row" in shop.understand("\n".join(TEXT.splitlines()[1:]) + "\n").question


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\r\n\r\n", b"SKU,Name,Stock\r\n", b"\x1a"])
def test_zero_bytes_and_header_only_are_named_and_set_nothing_to_zero(shop, content):
    with pytest.raises(RejectDrop, match="nothing is set to zero"):
        shop.understand(content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.7\n1 0 obj", "PDF"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 30, "picture"),
        (b"\x01\x02\x03\x04abc" * 40, "binary"),
    ],
)
def test_the_wrong_thing_under_the_usual_name_is_refused_by_name(shop, content, words):
    with pytest.raises(RejectDrop, match=words):
        shop.understand(content)


def test_a_sheet_renamed_daily_is_known_by_its_columns(shop):
    for name in ("stock_81", "stock_51"):
        path = files.workbook(
            shop.folder, [[*row[:2], row[2]] for row in ROWS], sheet=name, hidden=[["a", "b"]]
        )
        understood = shop.planner.understand(path, Origin("stock.xlsx"), shop.folder / "spool")
        assert understood.settled()[1].sheet == name
