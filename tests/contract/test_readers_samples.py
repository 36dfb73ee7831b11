"""Real exports of shops, where they are at hand: the rows found are those a person counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.readers import Document, frame, looks_whole, read

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "samples"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")

# Of 26, 9,188 rows have a SKU; 47 more have everything but a SKU (they are for shaping to reject), 36 only a number.
# The index counts such rows in 22 (5) and 36 (103), but not in 26: what the shop can mend is a row here, always.
EXPECTED = (
    ("01_tally_stock_group_summary.xlsx", "xlsx", 744, (7, 9, 10)),
    ("06_tally_rate_list.xlsx", "xlsx", 644, (3,)),
    ("13_pharma_stock.csv", "csv", 5044, (1,)),
    ("18_biff4_supplier_prices.xls", "xls-biff", 705, (1,)),
    ("22_vend_product_export.csv", "csv", 1217, (1,)),
    ("26_in_seller_stock.csv", "csv", 9235, (1,)),
    ("31_location_matrix.xlsx", "xlsx", 1779, (1,)),
    ("35_header_only.csv", "csv", 0, (1,)),
    ("36_zoho_items.csv", "csv", 1115, (1,)),
    ("seqB_01_tally_before_flip.xlsx", "xlsx", 637, (7, 9, 10)),
    ("seqB_02_tally_key_flip.xlsx", "xlsx", 637, (7, 9, 10)),
    ("seqE_01_listino.csv.gz", "csv.gz", 1441, (1,)),
    ("seqE_02_listino.csv.gz", "csv.gz", 1442, (1,)),
)


def opened(name: str, spool: Path) -> Document:
    return read(SAMPLES / name, name=name, spool=spool)


@pytest.mark.parametrize(("name", "kind", "rows", "header_lines"), EXPECTED)
def test_every_sample_is_read_and_accounted_for(name, kind, rows, header_lines, tmp_path):
    document = opened(name, tmp_path)
    (table,) = document.tables
    assert (document.format, table.rows, table.header_lines) == (kind, rows, header_lines)
    assert table.faults == ()
    assert table.row_lines + sum(line.last - line.line + 1 for line in table.skipped) == table.physical_lines
    assert len(frame(table)) == rows
    assert looks_whole(SAMPLES / name) is None


def test_the_byte_fb_in_item_codes_of_the_pharma_file_is_a_letter(tmp_path):
    (table,) = opened("13_pharma_stock.csv", tmp_path).tables
    assert table.encoding == "cp1252"
    codes = set(frame(table)["c0"])
    assert {"INCAûV01", "INCEûD01"} <= codes
    assert len(table.header) == 17


def test_the_vend_file_keeps_carriage_returns_inside_its_cells(tmp_path):
    (table,) = opened("22_vend_product_export.csv", tmp_path).tables
    assert table.encoding == "mac_roman"
    cells = frame(table)
    assert cells["c7"].str.contains("\r", regex=False).sum() == 991
    assert not cells["c0"].str.contains(r"[\r\n<]").any()


def test_the_italian_list_is_read_with_quoting_off(tmp_path):
    (table,) = opened("seqE_01_listino.csv.gz", tmp_path).tables
    assert (table.delimiter, table.encoding, len(table.header)) == ("\t", "cp1252", 20)
    assert frame(table)["c5"].str.contains('"', regex=False).sum() == 206


def test_the_tally_header_is_joined_column_by_column(tmp_path):
    (table,) = opened("01_tally_stock_group_summary.xlsx", tmp_path).tables
    assert table.header == (
        "Particulars",
        "Total Sales",
        "Closing Balance Quantity",
        "Closing Balance Rate",
        "Closing Balance Value",
    )
    assert table.snapshot_hint == "2026-04-27"
    assert table.skipped[-1].reason == "total"


def test_row_numbers_and_end_marks_are_no_rows(tmp_path):
    (numbers,) = opened("26_in_seller_stock.csv", tmp_path).tables
    assert [(s.line, s.last, s.reason) for s in numbers.skipped[1:]] == [(9237, 9272, "only a row number")]
    assert frame(numbers)["c1"].ne("").sum() == 9188
    (prices,) = opened("18_biff4_supplier_prices.xls", tmp_path).tables
    assert prices.skipped[-1].reason == "end mark: 0 and nothing else"
    assert list(frame(prices)["c3"].head(2)) == ["30043.332000000002", "3051.9880000000003"]
