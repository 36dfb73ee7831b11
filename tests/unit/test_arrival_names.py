"""Safe names are safe wherever they are put, and near to the original; files replace each other whole."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.files import copy_new, move_new, replacing, safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("stock.csv", "stock.csv"),
        ("किताब ₹ 📦.xlsx", "किताब ₹ 📦.xlsx"),
        ("../../etc/passwd", "_._etc_passwd"),
        ("a\\b:c*?.csv", "a_b_c__.csv"),
        ("new\nline\t.csv", "new_line_.csv"),
        ("evil\u202evsc.exe", "evilvsc.exe"),
        ("e\u0301.csv", "\u00e9.csv"),
        (" two  blanks .csv ", "two blanks.csv"),
        (".hidden", "hidden"),
        ("dots...", "dots"),
        ("CON.csv", "_CON.csv"),
        ("\udcfb\x00.csv", "__.csv"),
        ("", "file"),
        ("///", "file"),
        ("\u200b", "file"),
        ("n" * 300 + ".csv", "n" * 116 + ".csv"),
        ("a." + "x" * 300, ("a." + "x" * 300)[:120]),
    ],
)
def test_safe_name(name, safe):
    assert safe_name(name) == safe


@given(st.text(st.characters(), max_size=300), st.integers(20, 200))
def test_any_name_becomes_one_plain_part_of_a_path(name, limit):
    safe = safe_name(name, limit)
    assert 0 < len(safe.encode()) <= limit
    assert not set(safe) & set('/\\:*?"<>|')
    assert safe.strip(" ") == safe
    assert not safe.startswith(".")
    assert not safe.endswith(".")
    assert not any(unicodedata.category(char)[0] == "C" for char in safe)
    assert safe_name(safe, limit) == safe


def test_replacing_leaves_the_old_file_when_the_block_breaks(tmp_path):
    target = tmp_path / ("n" * 251 + ".csv")
    with replacing(target) as file:
        file.write(b"old")

    def break_off():
        with replacing(target) as file:
            file.write(b"half of the new")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [(target.name, b"old")]


@pytest.mark.parametrize("move", [move_new, copy_new])
def test_moving_never_overwrites_and_may_be_repeated_after_a_crash(tmp_path, move):
    origin, target = tmp_path / "a", tmp_path / "b"
    origin.write_text("new")
    target.write_text("other")
    with pytest.raises(FileExistsError):
        move(origin, target)
    assert (origin.read_text(), target.read_text()) == ("new", "other")
    target.unlink()
    move(origin, target)
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_a_second_name_left_by_a_crash_is_cleared(tmp_path):
    origin, target = tmp_path / "a", tmp_path / "b"
    origin.write_text("x")
    target.hardlink_to(origin)
    move_new(origin, target)
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
