"""A profile with five mistakes names all five, with file and key."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from connector.profiles import Profile, load


def write(folder: Path, text: str, name: str = "shop.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def complaints_of(folder: Path, text: str) -> dict[str, str]:
    path = write(folder, text)
    profiles, complaints = load(folder)
    assert profiles == []
    assert {complaint.file for complaint in complaints} == {str(path)}
    return {complaint.key: complaint.message for complaint in complaints}


def test_no_folder_holds_no_profiles(tmp_path: Path) -> None:
    assert load(tmp_path / "none") == ([], [])


def test_a_whole_profile(tmp_path: Path) -> None:
    write(
        tmp_path,
        """
        feeds = ["inventory", "price"]
        mode = "full"
        account = "main"
        lane = "pharma"
        [match]
        headers = ["Code", "Current Stock"]
        names = ["pharma*.csv"]
        [reader]
        encoding = "cp1252"
        delimiter = ","
        header_line = 1
        has_header = true
        [columns]
        sku = "Code"
        quantity = "Current Stock"
        [columns.price]
        esp = "Sales Price"
        mrp = 11
        [constants]
        currency = "INR"
        [location]
        column = "Store"
        names = { "Main Street" = "BLR-01" }
        [policy]
        blank = "zero"
        buffer = 2
        words = { "in stock" = 5 }
        """,
    )
    (profile,), complaints = load(tmp_path)
    assert complaints == []
    assert profile.name == "shop"
    assert profile.columns_for("price", ("sku", "esp", "mrp")) == {
        "sku": "Code",
        "esp": "Sales Price",
        "mrp": 11,
    }
    assert profile.columns_for("inventory", ("sku", "quantity")) == {
        "sku": "Code",
        "quantity": "Current Stock",
    }
    assert profile.layout() == ("Code", "Current Stock")
    assert profile.policy.buffer == 2
    assert profile.policy.words == {"in stock": 5}
    assert profile.location.names == {"Main Street": "BLR-01"}


def test_layout_is_every_header_read_from_when_none_is_listed() -> None:
    profile = Profile.model_validate(
        {
            "columns": {"sku": "A", "quantity": "B", "price": {"sku": "A", "mrp": 3}},
            "location": {"column": "C"},
        }
    )
    assert profile.layout() == ("A", "B", "C")


def test_every_mistake_at_once(tmp_path: Path) -> None:
    found = complaints_of(
        tmp_path,
        """
        mod = "full"
        feeds = ["inventry"]
        [match]
        header = ["Code"]
        names = "stock.csv"
        [reader]
        delimeter = ";"
        header_line = 0
        [columns]
        skuu = "Code"
        quantity = true
        [columns.prices]
        esp = "X"
        [columns.price]
        espp = "X"
        [constants]
        curency = "INR"
        [location]
        colum = "Store"
        folder = "yes"
        [policy]
        negatives = "zro"
        bufer = 3
        """,
    )
    assert "'mode'" in found["mod"]
    assert "'inventory'" in found["feeds.0"]
    assert "'headers'" in found["match.header"]
    assert "list" in found["match.names"]
    assert "'delimiter'" in found["reader.delimeter"]
    assert "1 or more" in found["reader.header_line"]
    assert "'sku'" in found["columns.skuu"]
    assert "header in quotes" in found["columns.quantity"]
    assert "'price'" in found["columns.prices"]
    assert "'esp'" in found["columns.price.espp"]
    assert "'currency'" in found["constants.curency"]
    assert "'column'" in found["location.colum"]
    assert "true or false" in found["location.folder"]
    assert "'zero'" in found["policy.negatives"]
    assert "'buffer'" in found["policy.bufer"]
    assert len(found) == 15


def test_wrong_values_say_what_is_allowed(tmp_path: Path) -> None:
    found = complaints_of(
        tmp_path,
        """
        name = 5
        mode = "everything"
        account = ""
        match = "x"
        columns = { location_id = "Store", sku = 0, quantity = "Q" }
        constants = { location_id = "B", quantity = "5", currency = "rupees" }
        [location]
        column = "Store"
        constant = "BLR"
        file_name = "(["
        [policy]
        buffer = -1
        minimum = 2.5
        max_rejects_share = 7
        maximum = "many"
        currency = "inr"
        fractions = 3
        """,
    )
    assert "text in quotes" in found["name"]
    assert "'full'" in found["mode"]
    assert "'delta'" in found["mode"]
    assert found["account"].startswith("is empty")
    assert "table" in found["match"]
    assert "[location] column" in found["columns.location_id"]
    assert "column number from 1" in found["columns.sku"]
    assert "[location] constant" in found["constants.location_id"]
    assert "the one or the other" in found["constants.quantity"]
    assert "INR" in found["constants.currency"]
    assert "column and constant and file_name" in found["location"]
    assert "regular expression" in found["location.file_name"]
    assert "0 or more" in found["policy.buffer"]
    assert "whole number" in found["policy.minimum"]
    assert "between 0 and 1" in found["policy.max_rejects_share"]
    assert "whole number" in found["policy.maximum"]
    assert "capital letters" in found["policy.currency"]
    assert "'floor'" in found["policy.fractions"]


def test_wrong_limits_of_guards_say_what_is_allowed(tmp_path: Path) -> None:
    found = complaints_of(
        tmp_path,
        """
        [match]
        names = ["*"]
        [guards]
        min_price = 9
        max_price = 5.50
        max_quantity = 1.5
        esp_move = -0.5
        mrp_moves = 1
        quantity_factor = 0.1
        quantity_floor = 0
        crowd_rows = 0
        crowd_width = "wide"
        """,
    )
    assert "above max_price" in found["guards.min_price"]
    assert "whole number" in found["guards.max_quantity"]
    assert "0 or more" in found["guards.esp_move"]
    assert "'mrp_move'" in found["guards.mrp_moves"]
    assert "1 or more" in found["guards.quantity_factor"]
    assert "1 or more" in found["guards.quantity_floor"]
    assert "1 or more" in found["guards.crowd_rows"]
    assert "must be a number" in found["guards.crowd_width"]
    assert len(found) == 8


def test_limits_of_guards_are_exact(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text('[match]\nnames = ["*"]\n[guards]\nmin_price = 1.10\nmrp_move = 1\n')
    (profile,), _ = load(tmp_path)
    assert (profile.guards.min_price, profile.guards.mrp_move) == (Decimal("1.1"), 1.0)


def test_more_wrong_values(tmp_path: Path) -> None:
    found = complaints_of(
        tmp_path,
        """
        feeds = "price"
        columns = "none"
        [match]
        headers = ["A", "a ", "", 5]
        any_headers = "B"
        [location]
        file_name = "stock"
        columns = { A = " " }
        [policy]
        words = { "in stock" = "five" }
        """,
    )
    assert "list" in found["feeds"]
    assert "columns" in found
    assert "twice" in found["match.headers.1"]
    assert "empty" in found["match.headers.2"]
    assert "text in quotes" in found["match.headers.3"]
    assert "list" in found["match.any_headers"]
    assert "group in round brackets" in found["location.file_name"]
    assert "empty" in found["location.columns.A"]
    assert "whole number" in found["policy.words.in stock"]


def test_a_feed_unlike_any_is_answered_with_the_list(tmp_path: Path) -> None:
    found = complaints_of(
        tmp_path, 'feeds = ["xyz"]\nfoo = 1\n[match]\nnames = ["*"]\n[columns.zzz]\nsku = "A"\n'
    )
    assert found["feeds.0"] == "'xyz' is not a feed. Feeds: inventory, price"
    assert "known here: name, match" in found["foo"]
    assert "must be one of: inventory, price" in found["columns.zzz"]


def test_a_profile_that_can_never_fit(tmp_path: Path) -> None:
    assert "no file would ever fit" in complaints_of(tmp_path, 'mode = "full"')["match"]


def test_toml_mistakes_name_the_line(tmp_path: Path) -> None:
    assert "line 2" in complaints_of(tmp_path, '\nname = "x\n')["(file)"]


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "shop.toml").write_bytes(b"name = '\xff'")
    profiles, (complaint,) = load(tmp_path)
    assert profiles == []
    assert "UTF-8" in complaint.message


def test_names_must_differ_across_files(tmp_path: Path) -> None:
    write(tmp_path, 'name = "Shop"\n[match]\nnames = ["a*"]', "a.toml")
    write(tmp_path, 'name = "shop"\n[match]\nnames = ["b*"]', "b.toml")
    write(tmp_path, "mode = 3", "c.toml")
    profiles, complaints = load(tmp_path)
    assert [profile.name for profile in profiles] == ["Shop"]
    assert [Path(complaint.file).name for complaint in complaints] == ["b.toml", "c.toml", "c.toml"]
    assert "a.toml" in complaints[0].message


@pytest.mark.parametrize("key", ["columns", "policy", "match", "location", "reader"])
def test_the_schema_for_editors_knows_every_table(key: str) -> None:
    assert key in Profile.model_json_schema()["properties"]
