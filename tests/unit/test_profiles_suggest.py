"""A proposed profile loads, and fits the very file it was proposed for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.model import Table
from connector.profiles import Match, Unmatched, load, match, suggest
from connector.profiles.suggest import key_text, text
from tests.unit.profile_tables import codes, columns, table

N = 40
PLAIN = columns(
    **{"Item Code": codes(N), "Current Stock": range(N), "MRP": range(1, N + 1), "Sale Price": range(N)}
)
PER_STORE = columns(Store=["A", "B"] * (N // 2), SKU=codes(N), Qty=range(N))
WIDE = columns(**{"SKU": codes(N), 'Stock "Pune"': range(N), "Stock Delhi": range(N), "Price": range(N)})
NAMES = columns(**{"Particulars": codes(N, "Shirt "), "Closing Balance Quantity": range(N)})


def round_trip(saved_in: Path, tables: list[Table], **known: Any) -> tuple[Match, Match]:
    """What is found without the proposal, and with it saved as a profile."""
    place: dict[str, Any] = {
        "name": "Stock 2026-04-12 (1).csv",
        "default_location": "BLR-01",
        "default_currency": "INR",
    } | known
    (saved_in / "proposed.toml").write_text(suggest(tables, **place), encoding="utf-8")
    profiles, complaints = load(saved_in)
    assert complaints == []
    before, after = match(tables, [], **place), match(tables, profiles, **place)
    assert isinstance(before, Match), before
    assert isinstance(after, Match), after
    assert after.profile == profiles[0].name
    return before, after


@pytest.mark.parametrize("one", [PLAIN, PER_STORE, WIDE, NAMES], ids=["plain", "per store", "wide", "names"])
def test_the_proposal_reads_the_file_as_it_was_read(tmp_path: Path, one: Table) -> None:
    before, after = round_trip(tmp_path, [one])
    assert [(b.feed, b.columns, b.constants) for b in after.bindings] == [
        (b.feed, b.columns, b.constants) for b in before.bindings
    ]
    assert after.bindings[0].location.wide == before.bindings[0].location.wide
    assert after.bindings[0].location.column == before.bindings[0].location.column


def test_the_proposal_keeps_the_folder_as_the_place(tmp_path: Path) -> None:
    _, after = round_trip(tmp_path, [PLAIN], folder="DEL-02")
    assert after.bindings[0].location.constant == "DEL-02"
    assert "folder = true" in (tmp_path / "proposed.toml").read_text(encoding="utf-8")


def test_the_proposal_names_the_sheet_of_several(tmp_path: Path) -> None:
    notes = table(["Colour", "Hex"], [["red", "f00"]], sheet="Notes")
    stock = table(["SKU", "Qty"], [[code, "1"] for code in codes(N)], sheet="Stock [1]")
    _, after = round_trip(tmp_path, [notes, stock], name="book.xlsx")
    assert after.table == 1


def test_evidence_stands_beside_each_column() -> None:
    proposal = suggest([PLAIN], name="stock.csv")
    assert "quantity = \"Current Stock\"  # header 'Current Stock' (synonym), 100 % numeric" in proposal
    assert "# Open: no location" in proposal
    assert '# constant = "…"' in proposal


def test_nothing_found_is_a_form_to_fill_in() -> None:
    odd = columns(Artikel=["Hose", "Rock"], Farbe=["rot", "blau"], Zahl=["5", "6"])
    said = suggest([odd], name="odd.csv")
    assert '# The file has: "Artikel", "Farbe", "Zahl"' in said
    for line in ('# sku = "Artikel"', '# quantity = "…"', '# mrp = "…"', '# esp = "…"'):
        assert line in said
    assert tomllib.loads(said)["columns"] == {}


def test_equal_headers_go_by_number() -> None:
    rows = [[code, str(n), str(n)] for n, code in enumerate(codes(N))]
    assert "quantity = 2" in suggest(
        [table(["SKU", "Stock", "Stock"], rows)], name="s.csv", default_location="B"
    )


def test_a_field_read_differently_in_one_feed_gets_its_own_table(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(
        '[columns]\nquantity = "Stock"\nesp = "Price"\n'
        '[columns.price]\nsku = "Barcode"\n[columns.inventory]\nsku = "Code"\n',
        encoding="utf-8",
    )
    profiles, complaints = load(tmp_path)
    assert complaints == []
    one = columns(Code=codes(N), Barcode=codes(N, "9"), Stock=range(N), Price=range(N))
    outcome = match([one], profiles, name="x.csv")
    assert isinstance(outcome, Unmatched)
    assert '[columns.price]\nsku = "Barcode"' in outcome.proposal


def test_nothing_to_propose() -> None:
    assert suggest([], name="x.csv").startswith("# There is no table")
    bare = suggest([table(["", ""], [["A", "1"]])], name="2026[1].csv")
    assert "has_header = false" in bare
    assert tomllib.loads(bare)["match"]["names"] == ["*?*].csv"]
    assert tomllib.loads(suggest([PLAIN], name="***"))["name"] == "profile"


def test_a_question_is_answered_in_a_comment() -> None:
    proposal = suggest([columns(SKU=codes(N), Qty=range(N), Quantity=range(N, 2 * N))], name="x.csv")
    assert '# quantity = "Qty"   or   "Quantity"' in proposal
    stores = columns(Store=["A"] * N, Warehouse=["B"] * N, SKU=codes(N), Qty=range(N))
    assert "location_id =" not in re.sub(r"(?m)^#.*$", "", suggest([stores], name="x.csv"))


@given(st.text())
def test_any_text_may_stand_in_a_profile(value: str) -> None:
    clean = value.encode("utf-8", "ignore").decode()
    assert tomllib.loads(f"{key_text(clean)} = {text(clean)}") == {clean: clean}


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8), min_size=2, max_size=4
    ),
    st.text(max_size=12),
)
def test_a_proposal_is_always_toml(header: list[str], name: str) -> None:
    clean = name.encode("utf-8", "ignore").decode()
    tomllib.loads(suggest([table([*header, "SKU", "Qty"], [["a"] * len(header) + ["b", "1"]])], name=clean))
