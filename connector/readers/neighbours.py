"""A second table in the same text or sheet, below the first or beside it, told by evidence.

Below: a line of words where the table above has codes and figures, with rows of its own under it. Beside: a column that
is blank from top to bottom, with headers of their own on either side of it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from connector.readers.cells import has_digit, is_ruler, trimmed
from connector.readers.table import find_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from connector.readers.dialect import Record
    from connector.readers.limits import ReaderOptions
    from connector.readers.table import Layout

BELOW = "another table below"
ABOVE = "another table above"
_ROWS_SHORTER = 3
_COLUMNS = 2


def begins_another(cells: Sequence[str], following: Iterable[Sequence[str]], layout: Layout) -> bool:
    """Whether a line heads another table: no figures where the table above has them, and rows that fit its own names.

    Its rows must fill other columns than those above; where they fill the same, two columns of figures must hold words.
    """
    names = {index: text for index, cell in enumerate(cells) if (text := trimmed(cell))}
    figures = layout.figures & names.keys()
    if not figures or len(names) < _COLUMNS or has_figures(cells, layout):
        return False
    if len(set(names.values())) < len(names) or is_ruler(names.values()):
        return False
    rows = ([trimmed(cell) for cell in row] for row in following)
    first = next((row for row in rows if any(row) and not is_ruler(row)), [])
    filled = {index for index, text in enumerate(first) if text}
    if len(filled) < _COLUMNS or not filled <= names.keys() or not any(map(has_digit, first)):
        return False
    other = bool(layout.filled - filled) or any(index >= layout.width for index in names)
    return other or len(figures) >= _COLUMNS


def is_title(cells: Sequence[str | None], layout: Layout) -> bool:
    """Whether a line above another table is its title: words in one cell."""
    return sum(1 for cell in cells if cell and trimmed(cell)) == 1 and not has_figures(cells, layout)


def has_figures(cells: Sequence[str | None], layout: Layout) -> bool:
    """Whether a line has a digit in a column of codes or figures, as rows of the table have."""
    return any(has_digit(cells[index] or "") for index in layout.figures if index < len(cells))


def side_by_side(head: Sequence[Record], options: ReaderOptions) -> list[range]:
    """The columns of each table where several stand beside each other; none where all is one table.

    A blank column alone proves nothing. The tables must have names in common, begin in different rows, or end there.
    """
    width = max((len(record.cells) for record in head), default=0)
    blank = set(range(width))
    for record in head:
        blank -= {at for at in blank if at < len(record.cells) and trimmed(record.cells[at])}
        if not blank:
            break
    filled = [index not in blank for index in range(width)]
    parts = [part for part in _runs(filled) if part]
    if len(parts) < 2 or min(map(len, parts)) < _COLUMNS:  # noqa: PLR2004 - one part is one table
        return []
    layouts = [find_table(list(sliced(head, part)), options) for part in parts]
    if not all(layout.header for layout in layouts):
        return []
    bodies = [_Extent(layout, list(sliced(head, part))) for layout, part in zip(layouts, parts, strict=True)]
    apart = all(
        one.is_apart_from(other) for at, one in enumerate(bodies) for other in bodies[at + 1 : at + 2]
    )
    return parts if apart else []


def sliced(records: Iterable[Record], part: range) -> Iterator[Record]:
    """The records, with the cells of some columns only."""
    return (record._replace(cells=record.cells[part.start : part.stop]) for record in records)


class _Extent:
    """The names of a table and the rows it fills without a gap."""

    def __init__(self, layout: Layout, head: Sequence[Record]) -> None:
        said = [any(map(trimmed, record.cells)) for record in head]
        self.names = {name.casefold() for name in layout.header if name}
        self.top = layout.first
        self.rows = next(
            (at for at, filled in enumerate(said[self.top :]) if not filled), len(said) - self.top
        )
        self.ends = any(said[self.top + self.rows :]) is False
        self.above = sum(said[: self.top]) - len(layout.header_lines)

    def is_apart_from(self, other: _Extent) -> bool:
        """Whether two neighbours are two tables."""
        if not (self.rows and other.rows):
            return False
        if self.names & other.names:
            return True
        if not (self.ends and other.ends):
            return False
        begins = self.top != other.top and max(self, other, key=lambda one: one.top).above <= 1
        return begins or abs(self.top + self.rows - other.top - other.rows) >= _ROWS_SHORTER


def _runs(filled: Sequence[bool]) -> list[range]:
    """Runs of filled columns."""
    edges = [at for at, (left, right) in enumerate(pairwise([False, *filled, False])) if left != right]
    return [range(first, behind) for first, behind in zip(edges[::2], edges[1::2], strict=True)]
