"""Blank lines on top: however many there are, the table is looked for below them."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from connector.model import SkippedLine
from connector.readers.table import HEAD_RECORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from connector.readers.dialect import Record
    from connector.readers.names import Merge
    from connector.readers.table import Layout

FEW = 30
"""So many blank lines are nothing odd, and are looked at with the rest."""


class Top(NamedTuple):
    """The head of a file, and the blank lines above it: how many, and how many of the records given they were."""

    blank: int
    lines: int
    head: list[Record]

    def above(self, layout: Layout) -> Layout:
        """The layout of the head as one of the whole file; `first` counts from the first record of all."""
        if not self.lines:
            return layout
        gap = SkippedLine(1, self.lines, "blank line")
        return replace(layout, skipped=(gap, *layout.skipped), first=layout.first + self.blank)


def head_of(records: Iterator[Record], nothing: str | None = None) -> Top:
    """The first records, without a long gap above them; `nothing` are the characters that say nothing (None: blanks).

    The records go on behind the head.
    """
    head = list(islice(records, HEAD_RECORDS))
    blank = lines = 0
    while head:
        gap = next((at for at, one in enumerate(head) if says_something(one, nothing)), len(head))
        if gap < FEW and not blank:
            break
        blank, lines = blank + gap, head[gap - 1].last if gap else lines
        head = [*head[gap:], *islice(records, gap)]
        if gap < HEAD_RECORDS:
            break
    return Top(blank, lines, head)


def says_something(record: Record, nothing: str | None = None) -> bool:
    """Whether a record holds more than blanks."""
    return any(cell.strip(nothing) for cell in record.cells)


def blank_at_top(records: Iterable[Record]) -> int:
    """How many records come before the first that says something."""
    gap = 0
    for gap, record in enumerate(records):
        if says_something(record):
            return gap
    return gap + 1


def moved_up(merges: Sequence[Merge], rows: int) -> Sequence[Merge]:
    """Merged ranges, counted from below so many rows."""
    return [(top - rows, left, bottom - rows, right) for top, left, bottom, right in merges if top >= rows]


def past_blank(
    blocks: Iterator[list[pa.Array]], records_of: Callable[[list[pa.Array], int], Iterator[Record]]
) -> tuple[int, Iterator[list[pa.Array]]]:
    """The number of blank rows above the table, and the blocks below them, the first of which is a head again."""
    gap = 0
    for block in blocks:
        first = blank_at_top(records_of(block, 1))
        gap += first
        if first < len(block[0]):
            return gap, chain(_as_head(block, first, next(blocks, None)), blocks)
    return gap, iter(())


def _as_head(block: list[pa.Array], first: int, following: list[pa.Array] | None) -> Iterator[list[pa.Array]]:
    """A block from a row on, and the one below it, as a head and the rest."""
    columns = [column.slice(first) for column in block]
    if following is not None:
        columns = [pa.concat_arrays(pair) for pair in zip(columns, following, strict=True)]
    yield [column.slice(0, HEAD_RECORDS) for column in columns]
    if len(columns[0]) > HEAD_RECORDS:
        yield [column.slice(HEAD_RECORDS) for column in columns]
