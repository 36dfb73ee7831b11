"""The states drawn in the manual are those of the code. To draw anew: scripts/draw_states.py."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from connector.model import BATCH_ARROWS, DROP_ARROWS, BatchState, DropState

DOCS = Path(__file__).parents[2] / "docs"
SVG = "{http://www.w3.org/2000/svg}"
DRAWINGS = [("drop", DropState, DROP_ARROWS), ("batch", BatchState, BATCH_ARROWS)]


def arrows_of_text(name):
    page = (DOCS / "states.md").read_text(encoding="utf-8")
    drawing = re.search(rf"<!-- drawing: {name} -->\n```text\n(.*?)```", page, re.DOTALL)
    assert drawing, f"docs/states.md holds no drawing of a {name}"
    found, source = {}, ""
    for line in filter(None, drawing.group(1).splitlines()):
        arrow = re.fullmatch(r"([a-z ]*?)\s*─*[├└┬─]── (.+?) ─*──▶ ([a-z ]+)", line)
        assert arrow, f"not an arrow: {line!r}"
        source = arrow.group(1).strip() or source
        found[source, arrow.group(3)] = arrow.group(2)
    return found


def arrows_of_picture(name):
    found = {}
    for group in ET.parse(DOCS / "drawings" / f"{name}.svg").iter(f"{SVG}g"):
        if group.get("class") == "edge":
            source, target = group.findtext(f"{SVG}title", "").split("->")
            found[source, target] = group.findtext(f"{SVG}text", "").strip()
    return found


@pytest.mark.parametrize(("name", "states", "arrows"), DRAWINGS)
@pytest.mark.parametrize("drawn", [arrows_of_text, arrows_of_picture])
def test_drawing_has_the_arrows_of_the_code(name, states, arrows, drawn):
    assert drawn(name) == {(str(source), str(target)): word for (source, target), word in arrows.items()}
    assert {state for arrow in arrows for state in arrow} <= set(states)


@pytest.mark.parametrize(("name", "states"), [drawing[:2] for drawing in DRAWINGS])
def test_every_state_is_in_the_picture_and_explained(name, states):
    picture = (DOCS / "drawings" / f"{name}.svg").read_text(encoding="utf-8")
    page = (DOCS / "states.md").read_text(encoding="utf-8")
    section = page.split(f"## A {name}", 1)[1].split("\n## ", 1)[0]
    for state in states:
        assert f">{state}</text>" in picture
        assert f"\n| {state} |" in section
