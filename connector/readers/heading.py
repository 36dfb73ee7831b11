"""A header line that is damaged while the rows below it are sound: every name would stand over the wrong column.

Mended only where the rows leave no doubt about the width, and only in the ways a header gets damaged: a delimiter too
many, one missing beside a quote mark or between two names, or another delimiter in this one line.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from connector.readers.cells import is_number, trimmed
from connector.readers.dates import is_period
from connector.readers.dialect import DELIMITERS, Dialect, Record, Splitter
from connector.readers.table import find_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from connector.readers.limits import ReaderOptions
    from connector.readers.table import Layout

_WITHIN = 10
_SOUND = 5
_TYPED_BY = 20
_SEAM = re.compile(r" +|(?<=[a-z])(?=[A-Z])")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_TIME = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?(?:\s*[AaPp][Mm])?")
_LEAST = 3
"""Columns a table must have: a title of two words is soon taken for a header of two names."""

_NOTE = "the header line had a delimiter missing, too many or another, and was mended"


def find_table_in(
    head: Sequence[Record], lines: Mapping[int, str], dialect: Dialect, options: ReaderOptions
) -> Layout:
    """Header and body among the first records, the header line mended where it is damaged.

    `lines` are the texts of the records that are one line, by number.
    """
    layout = find_table(head, options)
    place = None if dialect.gaps else _damaged(head, layout, dialect.width or 0)
    if place is None or options.has_header is False or options.header_line is not None:
        return layout
    record, below = head[place], [row.cells for row in head[place + 1 : place + 1 + _TYPED_BY]]
    ways = {tuple(cells) for cells in _ways(record.cells, lines.get(record.line, ""), dialect)}
    ways = ways or {tuple(cells) for cells in _apart(record.cells, below, dialect.width or 0)}
    if len(ways) != 1 or not all(map(_is_name, cells := ways.pop())):
        return layout
    mended = [*head[:place], head[place]._replace(cells=list(cells)), *head[place + 1 :]]
    better = find_table(mended, options)
    found = better.header_lines == (head[place].line,)
    return replace(better, notes=(*better.notes, _NOTE)) if found else layout


def _damaged(head: Sequence[Record], layout: Layout, width: int) -> int | None:
    """The place of a line of another width above rows that all have theirs, where it is the header or none is."""
    if width < _LEAST or len(layout.header_lines) > 1:
        return None
    for place, record in enumerate(head[:_WITHIN]):
        below = head[place + 1 : place + 1 + _SOUND]
        if len(below) < _LEAST or any(len(row.cells) != width for row in below):
            continue
        is_header = not layout.header_lines or layout.header_lines[0] == record.line
        return place if is_header and len(record.cells) != width else None
    return None


def _ways(cells: list[str], text: str, dialect: Dialect) -> Iterator[list[str]]:
    width = dialect.width or 0
    if len(cells) == width + 1:
        for place in range(width):
            if not trimmed(cells[place]):
                yield [*cells[:place], *cells[place + 1 :]]
    if len(cells) == width - 1 and dialect.quoting:
        for place, mark in enumerate(text):
            if mark == dialect.quote:
                yield from _as_wide(text[:place] + dialect.delimiter + text[place:], dialect)
                yield from _as_wide(text[: place + 1] + dialect.delimiter + text[place + 1 :], dialect)
    if len(cells) < max(2, width / 2):
        for delimiter in (*DELIMITERS, " "):
            yield from _as_wide(
                text, Dialect(delimiter, dialect.quoting, dialect.escape, width, dialect.quote)
            )


def _apart(cells: list[str], below: Sequence[list[str]], width: int) -> Iterator[list[str]]:
    """Two names that ran together, taken apart: only where the names as they stand contradict the columns below.

    A name that says what its column holds (`Qty`, `Date`) must stand over such a column. That the last name is missing
    is the other way to read a header that is a name short, so the last column must hold something, too.
    """
    full = [row for row in below if len(row) == width]
    if len(cells) != width - 1 or _tells_fit(cells, full) or not all(trimmed(row[-1]) for row in full):
        return
    for at, cell in enumerate(cells):
        for cut in _SEAM.finditer(cell):
            names = [*cells[:at], cell[: cut.start()], cell[cut.end() :], *cells[at + 1 :]]
            if _tells_fit(names, full):
                yield names


def _tells_fit(names: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether every name that says what its column holds stands over such cells."""
    for at, name in enumerate(names):
        words = {word.casefold() for word in _WORD.findall(name)}
        told = [holds for telling, holds in _TELLS if words & telling]
        filled = [trimmed(row[at]) for row in rows if trimmed(row[at])]
        if told and filled and not all(any(holds(cell) for holds in told) for cell in filled):
            return False
    return True


def _is_time(text: str) -> bool:
    return _TIME.fullmatch(text) is not None


_AMOUNTS = [
    "qty",
    "quantity",
    "pcs",
    "units",
    "price",
    "mrp",
    "rate",
    "stock",
    "amount",
    "value",
    "cost",
    "menge",
    "preis",
    "prezzo",
    "precio",
    "cantidad",
]
_TELLS = (
    (frozenset(_AMOUNTS), is_number),
    (frozenset(("date", "day", "datum", "fecha")), is_period),
    (frozenset(("time", "hour", "zeit", "uhrzeit", "hora")), _is_time),
)
"""Words of a header that say what stands below it, and how that is known."""


def _as_wide(text: str, dialect: Dialect) -> Iterator[list[str]]:
    cells, still_open = Splitter(dialect).split(text)
    if not still_open and len(cells) == dialect.width and not any(dialect.quote in cell for cell in cells):
        yield cells


def _is_name(cell: str) -> bool:
    return bool(trimmed(cell)) and not is_number(trimmed(cell))
