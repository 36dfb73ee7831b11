"""What the manual and the examples say about profiles is true: they load, and name every key there is."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from connector.feeds import Guards, Policy
from connector.profiles import Profile, load
from connector.profiles.profile import LocationSource, MatchRule, ReaderHints

ROOT = Path(__file__).parents[2]
MANUAL = (ROOT / "docs" / "profiles.md").read_text(encoding="utf-8")
EXAMPLES = sorted((ROOT / "config" / "profiles").glob("*.toml.example"))
TABLES: dict[str, type[BaseModel]] = {"match": MatchRule, "reader": ReaderHints, "location": LocationSource}
KEYS = [
    *(
        name
        for name in Profile.model_fields
        if name not in {*TABLES, "policy", "guards", "columns", "constants"}
    ),
    *(f"{table}.{name}" for table, model in TABLES.items() for name in model.model_fields),
    *(f"policy.{field.name}" for field in dataclasses.fields(Policy)),
    *(f"guards.{field.name}" for field in dataclasses.fields(Guards)),
    "columns.FIELD",
    "columns.FEED.FIELD",
    "constants.FIELD",
]


@pytest.mark.parametrize("key", KEYS)
def test_the_manual_explains_every_key(key: str) -> None:
    assert f"\n| `{key}` |" in MANUAL


def test_the_manual_explains_no_key_that_is_not_there() -> None:
    table = MANUAL.partition("## Every key")[2]
    assert re.findall(r"^\| `([\w.]+)` \|", table, re.MULTILINE) == [
        key for key in re.findall(r"^\| `([\w.]+)` \|", table, re.MULTILINE) if key in KEYS
    ]


@pytest.mark.parametrize("text", re.findall(r"```toml\n(.*?)```", MANUAL, re.DOTALL))
def test_the_examples_of_the_manual_load(text: str, tmp_path: Path) -> None:
    (tmp_path / "example.toml").write_text(text, encoding="utf-8")
    profiles, complaints = load(tmp_path)
    assert complaints == []
    assert len(profiles) == 1


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_example_files_load(path: Path, tmp_path: Path) -> None:
    (tmp_path / "example.toml").write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    profiles, complaints = load(tmp_path)
    assert complaints == []
    assert len(profiles) == 1


def test_the_examples_are_not_active() -> None:
    assert EXAMPLES
    assert load(ROOT / "config" / "profiles") == ([], [])


@pytest.mark.parametrize("key", [key for key in KEYS if "FIELD" not in key])
def test_the_commented_example_shows_every_key(key: str) -> None:
    text = (ROOT / "config" / "profiles" / "stock_report.toml.example").read_text(encoding="utf-8")
    name = key.rpartition(".")[2]
    if key == "location.columns":
        text = (ROOT / "config" / "profiles" / "wide_stock.toml.example").read_text(encoding="utf-8")
    assert re.search(rf"^(# )?({name} = |\[\w+\.{name}\])", text, re.MULTILINE)
