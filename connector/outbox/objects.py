"""A correction file as JSON: an object for each row, with a member for each column."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, BinaryIO

from connector.outbox.formulas import formula_kept
from connector.outbox.text import text_in
from connector.outbox.typed import number_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

_FRACTION = re.compile(r"-?(?:0|[1-9]\d*)\.\d+")


def write_objects(
    file: BinaryIO,
    lines: Iterable[Sequence[str]],
    *,
    by_line: bool,
    codes: Collection[int],
    fractions: bool,
) -> None:
    """Write lines as one list of objects, or (`by_line`) as JSON lines; the first line names the members.

    Numbers keep their digits. `codes` are columns that stay text; `fractions` tells that numbers may have some.
    """
    rows = iter(lines)
    names = [_text(name) for name in next(rows)]

    def value(column: int, cell: str) -> str:
        if not cell:
            return "null"
        whole = number_of(cell, fractions=False) is not None
        if column not in codes and (whole or (fractions and _FRACTION.fullmatch(cell))):
            return cell
        return _text(cell)

    before, between, after = ("", "\n", "\n") if by_line else ("[\n", ",\n", "\n]\n")
    with text_in(file, "utf-8") as text:
        text.write(before)
        for number, cells in enumerate(rows):
            values = (value(column, cell) for column, cell in enumerate(cells))
            members = ", ".join(f"{name}: {said}" for name, said in zip(names, values, strict=True))
            text.write(f"{between if number else ''}{{{members}}}")
        text.write(after)


def _text(cell: str) -> str:
    return json.dumps(formula_kept(cell), ensure_ascii=False)
