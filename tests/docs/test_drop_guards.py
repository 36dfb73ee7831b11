"""Every guard over a whole drop has a page a shop keeper can act on, and the manual says how far limits are learned."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.shaping import GUARDS
from connector.shaping.limits import ENOUGH, LEARNED

DOCS = Path(__file__).parents[2] / "docs"
PARTS = ("What it saw", "Why it stopped", "What to do")


@pytest.mark.parametrize("name", [guard.name for guard in GUARDS])
def test_a_guard_says_what_it_saw_why_it_stopped_and_what_to_do(name: str) -> None:
    text = (DOCS / "guards" / f"{name}.md").read_text(encoding="utf-8")
    places = [text.index(part) for part in PARTS]
    assert places == sorted(places)
    assert name in text


@pytest.mark.parametrize("name", LEARNED)
def test_the_bounds_of_a_learned_limit_are_in_the_manual(name: str) -> None:
    text = (DOCS / "guards.md").read_text(encoding="utf-8")
    bounds = LEARNED[name]
    (line,) = [line for line in text.splitlines() if f".{name}`](" in line]
    assert f"{bounds.lowest:g} to {bounds.highest:g}" in line
    assert f"After {ENOUGH} files" in text
