"""Cells whose type is not that of their column: the trace of a program that took a code for a date or a truth value.

The cells are left as they are, for the field that parses them refuses them; the notes say where they stand.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connector.readers.cellbytes import ends_in
from connector.readers.numbers import EITHER_WAY, reads_two_ways
from connector.readers.sweep import holds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from connector.model import Table

_ODD_AT_MOST = 0.2
_TWO_WAYS = f"^{EITHER_WAY}$".replace(r"\d", r"\p{Nd}")
"""The same for Arrow, whose digits are else those of ASCII only."""

_TWO_WAYS_AT_MOST = 76
"""Bytes of the longest text worth a look: a figure of six digits with little around it, in any script."""

_NAMED = 8


class Oddities:
    """Counts the types of cells in each column while they pass by."""

    def __init__(self) -> None:
        self._texts: Counter[int] = Counter()
        self._dates: dict[int, list[int]] = {}
        self._truths: dict[int, list[int]] = {}
        self._padded: dict[int, list[int]] = {}
        self.two_ways = False

    def look(self, first: int, column: int, values: Sequence[object], text: pa.Array) -> None:
        """Take notice of the cells of a column from row `first` (0-based) on, typed and as text."""
        kinds = set(map(type, values))
        self._texts[column] += len(values) - values.count("")
        for row, value in enumerate(values, first + 1) if kinds - {str, float, int} else ():
            if isinstance(value, bool | date):
                places = self._truths if isinstance(value, bool) else self._dates
                places.setdefault(column, []).append(row)
                self._texts[column] -= 1
        # One text that reads two ways, and the table is no longer one of stored numbers only.
        if str in kinds and not self.two_ways:
            alone = kinds == {str}
            self.two_ways = _one_reads_two_ways(text) if alone else any(map(reads_two_ways, _texts(values)))

    def count(self, column: int, filled: int, *, two_ways: bool = False) -> None:
        """Take notice of cells that are numbers and texts only: how many are `filled`, and if a text reads two ways."""
        self._texts[column] += filled
        self.two_ways = self.two_ways or two_ways

    def padded(self, row: int, column: int) -> None:
        """Take notice of a number that is read with the zeros its number format shows."""
        self._padded.setdefault(column, []).append(row + 1)

    def notes(self, table: Table) -> list[str]:
        """What a person should know of, for the rows of the table only."""
        first = max(table.header_lines, default=0) + 1
        mine = range(table.first_column, table.first_column + max(len(table.samples), 1))
        found = []
        for places, what in (
            (self._dates, "dates among other values, perhaps codes such as 1-2 that became dates"),
            (self._truths, "TRUE or FALSE among other values"),
        ):
            for column, rows in sorted(places.items()):
                below = [row for row in rows if row >= first]
                if column in mine and below and len(below) <= self._texts[column] * _ODD_AT_MOST:
                    found.append(f"{_named(table, column)}: {what}: {_listed(below)}")
        for column, rows in sorted(self._padded.items()):
            if column not in mine:
                continue
            shown = "numbers read with the zeros that their number format shows in front"
            found.append(f"{_named(table, column)}: {shown}: {_listed(rows)}")
        return found


def _one_reads_two_ways(text: pa.Array) -> bool:
    """What `reads_two_ways` says of any cell of a column of text."""
    return (holds(text, b".") or holds(text, b",")) and bool(two_ways_in(text).any())


def two_ways_in(text: pa.Array) -> NDArray[np.bool_]:
    """What `reads_two_ways` says of each cell of a column of text."""
    found = np.zeros(len(text), np.bool_)
    short = np.flatnonzero(np.diff(ends_in(text)) <= _TWO_WAYS_AT_MOST)
    those = pc.match_substring_regex(text.take(pa.array(short)), _TWO_WAYS)
    found[short] = those.to_numpy(zero_copy_only=False)
    return found


def _texts(values: Sequence[object]) -> list[str]:
    return [value for value in values if isinstance(value, str)]


def _named(table: Table, column: int) -> str:
    own = column - table.first_column
    name = table.header[own] if 0 <= own < len(table.header) else ""
    return f"column {name!r}" if name else f"column {column + 1}"


def _listed(rows: Sequence[int]) -> str:
    more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
    return f"row{'s' if len(rows) > 1 else ''} {', '.join(map(str, rows[:_NAMED]))}{more}"
