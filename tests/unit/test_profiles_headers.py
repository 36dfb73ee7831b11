"""Headers are compared as people mean them, not as they type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.feeds import FEEDS
from connector.profiles.headers import all_words, fingerprint, key, name_fits, nearest, positions, runs, words


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("IdProd", ("id", "prod")),
        ("DisponibilitaFutura", ("disponibilita", "futura")),
        ("Disponibilità", ("disponibilita",)),
        ("M.R.P.", ("mrp",)),
        ("M_R_P", ("mrp",)),
        ("S. P.", ("sp",)),
        ("ITEM NO. ", ("item", "no")),
        ("Purc.Scheme", ("purc", "scheme")),
        ("$ VENTA1", ("venta", "1")),
        ("$ VENTA 2", ("venta", "2")),
        ("EAN13", ("ean", "13")),
        ("SKUCode", ("sku", "code")),
        ("retail_price", ("retail", "price")),
        ("Stock (Nos)", ("stock",)),
        ("Qty pcs", ("qty",)),
        ("Nos", ("nos",)),
        ("(SKU)", ("sku",)),
        ("MRP ₹", ("mrp",)),
        ("ｓｋｕ\u00a0ｃｏｄｅ", ("sku", "code")),
        ("अंतिम स्टॉक", ("अंतिम", "स्टॉक")),
        ("inventory_Off-Site", ("inventory", "off", "site")),
        ("", ()),
    ],
)
def test_words_of_a_header(header: str, expected: tuple[str, ...]) -> None:
    assert words(header) == expected


def test_remarks_in_parentheses_are_kept_where_they_may_warn() -> None:
    assert all_words("Price (cost)") == ("price", "cost")
    assert key("Price (incl. GST)") != key("Price (excl. GST)")


def test_a_header_of_signs_only_stands_for_itself() -> None:
    assert key(" % ") == "%"
    assert key("$") != key("%")


def test_fingerprint_is_of_order_and_meaning() -> None:
    assert fingerprint(["Item Code", "Stock"]) == fingerprint(["ITEM_CODE", " stock "])
    assert fingerprint(["Item Code", "Stock"]) != fingerprint(["Stock", "Item Code"])
    assert len(fingerprint([])) == 64


def test_positions_prefer_the_exact_spelling() -> None:
    header = ["sku", "SKU", "Qty"]
    assert positions(header, "SKU") == [1]
    assert positions(header, "Sku") == [0, 1]
    assert positions(header, "qty ") == [2]
    assert positions(header, "Price") == []


def test_nearest_right_spelling() -> None:
    assert nearest("colums", ["columns", "constants"]) == "columns"
    assert nearest("Closing Stok", ["Closing Stock", "Opening Stock"]) == "Closing Stock"
    assert nearest("xyz", ["columns", ""]) is None


@pytest.mark.parametrize(
    ("name", "glob", "fits"),
    [
        ("Stock_0412.CSV", "stock_*.csv", True),
        ("stock (1).csv", "stock.csv", True),
        ("stock - copy.csv", "stock.csv", True),
        ("stock - final (2).csv", "stock.csv", True),
        ("Stock Copy", "stock", True),
        ("prices.csv", "stock*.csv", False),
    ],
)
def test_file_name_patterns(name: str, glob: str, *, fits: bool) -> None:
    assert name_fits(name, [glob]) is fits


@given(st.text(max_size=40))
def test_any_header_has_a_key_that_is_stable(header: str) -> None:
    assert key(header) == key(f"  {header} ") or not header.strip()
    assert words(header) == words(header)
    assert all(word.strip() == word and word for word in all_words(header))


def test_runs_of_words_are_as_long_as_any_phrase_of_a_feed() -> None:
    assert set(runs(("a", "b", "c"))) == {("a",), ("b",), ("c",), ("a", "b"), ("b", "c"), ("a", "b", "c")}
    longest = max(
        len(words(said))
        for feed in FEEDS
        for field in feed.fields
        for said in (*field.synonyms, *field.decoys)
    )
    assert longest in {len(run) for run in runs(tuple("abcdefgh"))}
