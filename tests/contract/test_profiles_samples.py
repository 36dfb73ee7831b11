"""Real exports of nine systems, read by the real readers: which column is what, without being told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connector import readers
from connector.profiles import Match, load, match, suggest

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
OUTLETS = ["Basement", "Garage", "JFK", "Mt_Auburn", "Off-Site", "Quality_Graphics"]
CHANNELS = [
    "Delhi Warehouse", "Harsharan", "Jaypore", "Okhai", "Rs Online", "Projecteve", "Blessdbuy", "Gocoop", "Ogaan",
    "Ajio", "The loom", "Avishya",
]  # fmt: skip
TALLY = {"inventory": {"sku": "Particulars", "quantity": "Closing Balance Quantity"}}
LISTINO = {
    "inventory": {"sku": "IdProd", "quantity": "Disponibilita"},
    "price": {"sku": "IdProd", "mrp": "Listino", "esp": "Prezzo"},
}

EXPECTED: dict[str, dict[str, dict[str, str]]] = {
    "01_tally_stock_group_summary.xlsx": TALLY,
    "06_tally_rate_list.xlsx": {"price": {"sku": "ITEM NO.", "mrp": "Rate", "esp": "Rate"}},
    "seqB_01_tally_before_flip.xlsx": TALLY,
    "seqB_02_tally_key_flip.xlsx": TALLY,
    "13_pharma_stock.csv": {
        "inventory": {"sku": "Code", "quantity": "Current Stock"},
        "price": {"sku": "Code", "mrp": "M.R.P.", "esp": "Sales Price"},
    },
    "18_biff4_supplier_prices.xls": {"price": {"sku": "ID", "esp": "$ VENTA1", "mrp": "$ VENTA 2"}},
    "seqE_01_listino.csv.gz": LISTINO,
    "seqE_02_listino.csv.gz": LISTINO,
    "22_vend_product_export.csv": {
        "inventory": {"sku": "sku"},
        "price": {"sku": "sku", "mrp": "retail_price", "esp": "retail_price"},
    },
    "26_in_seller_stock.csv": {"inventory": {"sku": "SKU Code", "quantity": "Stock"}},
    "31_location_matrix.xlsx": {"inventory": {"sku": "SKU"}},
    "35_header_only.csv": {"inventory": {"sku": "REF", "quantity": "Cantidad"}},
    "36_zoho_items.csv": {
        "inventory": {"sku": "SKU", "quantity": "Stock On Hand"},
        "price": {"sku": "SKU", "mrp": "Selling Price", "esp": "Selling Price"},
    },
}
WIDE = {"22_vend_product_export.csv": OUTLETS, "31_location_matrix.xlsx": CHANNELS}


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the real exports are not part of the distribution")
@pytest.mark.parametrize("name", EXPECTED)
def test_a_real_export_and_the_profile_proposed_for_it(name: str, tmp_path: Path) -> None:
    document = readers.read(SAMPLES / name, name=name, spool=tmp_path)
    place: dict[str, Any] = {"name": name, "default_location": "BLR-01", "default_currency": "INR"}
    (tmp_path / "proposed.toml").write_text(suggest(document.tables, **place), encoding="utf-8")
    profiles, complaints = load(tmp_path)
    assert complaints == []
    for known in ([], profiles):
        outcome = match(document.tables, known, **place)
        assert isinstance(outcome, Match), outcome
        header = document.tables[outcome.table].header
        found = {
            b.feed: {field: header[i].strip() for field, i in b.columns.items()} for b in outcome.bindings
        }
        assert found == EXPECTED[name]
        assert list(outcome.bindings[0].location.wide.values()) == WIDE.get(name, [])
        assert outcome.bindings[0].location.constant == (None if name in WIDE else "BLR-01")
