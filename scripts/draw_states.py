"""Draw the states of a drop and of a batch for the manual, from the arrows in `connector/model.py`.

Writes the text drawings in docs/states.md (between the fences named below) and, with Graphviz (`dot`, Debian
package graphviz), the pictures in docs/drawings/. tests/docs/test_states.py compares both with the code.
"""

from __future__ import annotations

import re
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

DOCS = Path(__file__).parent.parent / "docs"
sys.path.insert(0, str(DOCS.parent))

from connector.model import BATCH_ARROWS, DROP_ARROWS, ENDED, WAITING_FOR_A_PERSON, BatchState, DropState  # noqa: E402

PAGE = DOCS / "states.md"
ENDS = {str(state) for state in (*ENDED, BatchState.SETTLED, BatchState.IN_DOUBT)}
State = TypeVar("State", bound=StrEnum)
WAITING = {str(state) for state in WAITING_FOR_A_PERSON}


def as_text(states: type[State], arrows: Mapping[tuple[State, State], str]) -> str:
    """One block for each state with a way out: a line for each arrow, with its word on it."""
    name_width = max(len(state) for state in states)
    word_width = max(len(word) for word in arrows.values())
    blocks = []
    for state in states:
        ways = [(word, target) for (source, target), word in arrows.items() if source is state]
        lines = []
        for index, (word, target) in enumerate(ways):
            start = f"{state} ".ljust(name_width + 1, "─") if index == 0 else " " * (name_width + 1)
            only, last = len(ways) == 1, index == len(ways) - 1
            corner = "───" if only else "┬──" if index == 0 else "└──" if last else "├──"
            lines.append(f"{start}{corner} {f'{word} '.ljust(word_width + 1, '─')}──▶ {target}")
        if lines:
            blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def as_dot(states: type[State], arrows: Mapping[tuple[State, State], str]) -> str:
    """The same for Graphviz: ends have a double border, states that wait for a person are filled."""
    lines = [
        "digraph {",
        'graph [bgcolor=white, nodesep=0.45, ranksep=0.55, fontname="sans-serif"]',
        'node [shape=box, style="rounded", fontname="sans-serif", fontsize=12]',
        'edge [fontname="sans-serif", fontsize=10, color="#555555"]',
    ]
    for state in states:
        look = "peripheries=2" if state in ENDS else "peripheries=1"
        if state in WAITING:
            look += ', style="rounded,filled", fillcolor="#fff3cd"'
        lines.append(f'"{state}" [{look}]')
    lines += [f'"{source}" -> "{target}" [label=" {word} "]' for (source, target), word in arrows.items()]
    return "\n".join([*lines, "}"])


def draw(name: str, states: type[State], arrows: Mapping[tuple[State, State], str]) -> None:
    """Write docs/drawings/NAME.svg, and the text after the line `<!-- drawing: NAME -->` in the page."""
    picture = subprocess.run(
        ["dot", "-Tsvg"], input=as_dot(states, arrows), capture_output=True, text=True, check=True
    ).stdout
    # The comment with Graphviz's version would make a difference where nothing changed.
    picture = re.sub(r"<!--.*?-->\n?", "", picture, flags=re.DOTALL)
    (DOCS / "drawings" / f"{name}.svg").write_text(picture, encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    fenced = f"<!-- drawing: {name} -->\n```text\n{as_text(states, arrows)}\n```"
    place = re.compile(rf"<!-- drawing: {name} -->\n```text\n.*?```", re.DOTALL)
    PAGE.write_text(place.sub(lambda _: fenced, page), encoding="utf-8")


def main() -> None:
    """Draw both."""
    draw("drop", DropState, DROP_ARROWS)
    draw("batch", BatchState, BATCH_ARROWS)


if __name__ == "__main__":
    main()
