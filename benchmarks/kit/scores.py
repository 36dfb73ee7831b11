"""How right a table was read: the ten measures of the Pollock benchmark, each from 0 to 1.

Read at all; and header, records and cells, each by precision, recall and their harmonic mean. Header and records are
compared by meaning (1.0 is 1, 01/02/2018 is a date however written), cells by their characters. The cells of a record
are compared together: where one ends and the next begins is what the measure of the cells is for.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Rows = Sequence[Sequence[str]]

MOST = 10.0
_NUMBER = re.compile(r"(\$?)([-+]?\d+(?:\.\d*)?)")
_MOMENTS = ("%d/%m/%Y", "%H:%M", "%Y-%m-%d", "%d/%m/%Y %H:%M")


def score(expected: Rows, got: Rows | None) -> float:
    """The sum of the ten measures; `got` is None where nothing could be read."""
    if got is None:
        return 0.0
    if not expected:
        return MOST
    return (
        1.0
        + _measures(_meanings(expected[0]), _meanings(got[0]) if got else [])
        + _measures(_records(expected), _records(got))
        + _measures([cell for row in expected for cell in row], [cell for row in got for cell in row])
    )


def _measures(expected: Sequence[str], got: Sequence[str]) -> float:
    """Precision, recall and their harmonic mean, added up."""
    if not expected:
        return 3.0
    both = (Counter(expected) & Counter(got)).total()
    if not both:
        return 0.0
    found, right = both / len(expected), both / len(got)
    return found + right + 2 * found * right / (found + right)


def _records(rows: Rows) -> list[str]:
    return ["".join(_meanings(row)) for row in rows[1:]]


def _meanings(cells: Iterable[str]) -> list[str]:
    return [_meaning(cell) for cell in cells]


def _meaning(cell: str) -> str:
    number = _NUMBER.fullmatch(cell)
    if number:
        return f"{number[1]}{float(number[2])}"
    if cell[:1].isdigit() and len(cell) <= len("31/12/2018 23:59"):
        for moment in _MOMENTS:
            try:
                return str(datetime.strptime(cell, moment))  # noqa: DTZ007 - a moment in a file has no zone
            except ValueError:
                continue
    return cell.lower()
