"""Every guard of rows, and what becomes of a crowd, has a page a shop keeper can act on."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.shaping import GUARDS, ROW_GUARDS

PAGES = Path(__file__).parents[2] / "docs" / "guards"
CROWDS = [guard.name for guard in GUARDS if guard.name.endswith("_crowd")]


@pytest.mark.parametrize(
    "name", [*(guard.name for guard in ROW_GUARDS), *CROWDS, "esp_over_mrp", "damaged_code", "unknown_sku"]
)
def test_a_guard_says_what_it_saw_why_it_stopped_and_what_to_do(name: str) -> None:
    text = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    places = [text.index(f"**{part}**") for part in ("What it saw.", "Why it stopped.", "What to do.")]
    assert places == sorted(places)


def test_the_crowds_are_among_the_guards_of_a_drop() -> None:
    assert CROWDS == ["price_crowd", "quantity_crowd"]
