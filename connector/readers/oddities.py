"""Cells whose type is not that of their column: the trace of a program that took a code for a date or a truth value.

The cells are left as they are, for the field that parses them refuses them; the notes say where they stand.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

from connector.readers.numbers import reads_two_ways

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connector.model import Table

_ODD_AT_MOST = 0.2
_NAMED = 8


class Oddities:
    """Counts the types of cells in each column while they pass by."""

    def __init__(self) -> None:
        self._texts: Counter[int] = Counter()
        self._dates: dict[int, list[int]] = {}
        self._truths: dict[int, list[int]] = {}
        self._padded: dict[int, list[int]] = {}
        self.two_ways = False

    def look(self, row: int, values: Sequence[object]) -> None:
        """Take notice of one row (0-based) as typed values."""
        for column, value in enumerate(values):
            if isinstance(value, bool):
                self._truths.setdefault(column, []).append(row + 1)
            elif isinstance(value, date):
                self._dates.setdefault(column, []).append(row + 1)
            elif value != "":
                self._texts[column] += 1
                # One such text, and the table is no longer one of stored numbers only.
                self.two_ways = self.two_ways or (isinstance(value, str) and reads_two_ways(value))

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


def _named(table: Table, column: int) -> str:
    own = column - table.first_column
    name = table.header[own] if 0 <= own < len(table.header) else ""
    return f"column {name!r}" if name else f"column {column + 1}"


def _listed(rows: Sequence[int]) -> str:
    more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
    return f"row{'s' if len(rows) > 1 else ''} {', '.join(map(str, rows[:_NAMED]))}{more}"
