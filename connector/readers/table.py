"""Where the table is: which lines are its header, which lines above are none of it, what every row of it carries.

Works on the first records of a text file or sheet, all cells text. Evidence only: how many cells are filled, which
columns hold numbers below, which cells are merged.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connector.model import SkippedLine, is_correction
from connector.readers import below
from connector.readers.cells import OUTSIDE, is_ruler, title_key, trimmed
from connector.readers.dates import snapshot_of
from connector.readers.dialect import Record, is_separator_line
from connector.readers.finder import Finder
from connector.readers.names import Names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connector.readers.limits import ReaderOptions
    from connector.readers.names import Merge

HEAD_RECORDS = 400
"""Records looked at to find the table."""

_HEADER_WITHIN = 60
_TEXT_KEPT = 120
RULER = "ruler line"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the table is in the records given.

    `header` is empty where none was found. `first` is the index of the first record of the body; `skipped` are all
    lines before it (header lines too, so that the count of lines is even). `always` are columns nearly every row fills,
    `counter` a column that only numbers the rows, `labels` the columns where a total would be named. `header_text` is
    a header of one row (or the same row again) as it stands in the file; `titles` say (see `title_key`) what stands
    above the header, for it comes again on every page. `figures` are columns of codes and numbers and `filled` those
    with nearly no empty cell, both in the rows down to the first gap; in `tight` columns no cell is of several words.
    """

    header: tuple[str, ...]
    header_lines: tuple[int, ...]
    header_rows: tuple[tuple[str, ...], ...]
    skipped: tuple[SkippedLine, ...]
    first: int
    width: int
    always: frozenset[int] = frozenset()
    counter: int | None = None
    labels: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    snapshot_hint: str | None = None
    header_text: tuple[str, ...] = ()
    titles: frozenset[str] = frozenset()
    figures: frozenset[int] = frozenset()
    filled: frozenset[int] = frozenset()
    tight: frozenset[int] = frozenset()


def skipped_line(record: Record, reason: str) -> SkippedLine:
    """The record as a skipped line with the start of its text."""
    text = " | ".join(cell for cell in map(trimmed, record.cells) if cell)
    return SkippedLine(record.line, record.last, reason, text[:_TEXT_KEPT])


def find_table(head: Sequence[Record], options: ReaderOptions, merges: Sequence[Merge] = ()) -> Layout:
    """Find header and body among the first records; see `Layout`."""
    rows = [_said(record) for record in head]
    finder = Finder(rows)
    naming = Names(finder, merges)
    correction = _header_of_correction(rows)
    main = correction if correction is not None else _told_header(head, options)
    if main is None and options.has_header is not False:
        main = finder.main_header()
    if main is None:
        return _without_header(head, rows, finder, told=options.has_header is False)
    told = correction is not None or options.header_line is not None
    top, used, bottom = naming.block(main, told=told)
    width = max((len(rows[index]) for index in used), default=1)
    while width > 1 and _nothing_beyond(rows, used, bottom, width - 1):
        width -= 1
    names = naming.joined(used, width)
    hint = snapshot_of([cell for row in rows[:bottom] for cell in row])
    skipped = [_why_above(head[index], index, used, top) for index in range(bottom + 1)]
    body = rows[bottom + 1 :]
    above = below.down_to_a_gap(body)
    always = below.always(below.sound(body), width)
    return Layout(
        header=names,
        header_lines=tuple(head[index].line for index in used),
        header_rows=tuple(tuple(rows[index]) for index in used),
        header_text=_as_it_stands([head[index].cells for index in used]),
        skipped=tuple(skipped),
        first=bottom + 1,
        width=width,
        always=always,
        counter=below.counter(body),
        labels=below.labels(body, width),
        snapshot_hint=hint,
        titles=frozenset(filter(None, map(title_key, rows[:top]))),
        figures=below.figures(above, width),
        filled=always if above == body else below.always(below.sound(above), width),
        tight=below.tight(body, width),
    )


def _said(record: Record) -> list[str]:
    """What a line says, cell by cell; a ruler says nothing."""
    cells = [cell.strip(OUTSIDE) for cell in record.cells]
    return [] if is_ruler(cells) else cells


def _nothing_beyond(rows: list[list[str]], used: Sequence[int], bottom: int, column: int) -> bool:
    """A last column without a name that no row of the sample has at all is the trace of a longer title line."""
    if any(column < len(rows[index]) and rows[index][column] for index in used):
        return False
    return bool(rows[bottom + 1 :]) and all(len(row) <= column for row in rows[bottom + 1 :])


def _as_it_stands(rows: list[list[str]]) -> tuple[str, ...]:
    """A header of one row, or of one row given several times, as the file has it; else nothing."""
    if any(row != rows[0] for row in rows):
        return ()
    return tuple(" ".join([cell] * len(rows)) for cell in rows[0])


def _told_header(head: Sequence[Record], options: ReaderOptions) -> int | None:
    if options.header_line is None:
        return None
    return next((index for index, record in enumerate(head) if record.last >= options.header_line), None)


def _header_of_correction(rows: list[list[str]]) -> int | None:
    """The header of a correction file of ours says itself that it is one, wherever that of its original stood."""
    return next((index for index, row in enumerate(rows[:_HEADER_WITHIN]) if is_correction(row)), None)


def _why_above(record: Record, index: int, used: Sequence[int], top: int) -> SkippedLine:
    if index in used:
        return skipped_line(record, "header")
    if not any(cells := [trimmed(cell) for cell in record.cells]):
        return skipped_line(record, "blank line")
    if is_ruler(cells):
        return skipped_line(record, RULER)
    if index == 0 and is_separator_line(record.cells):
        return skipped_line(record, "names the delimiter")
    return skipped_line(record, "title above the header" if index < top else "title within the header")


def _without_header(head: Sequence[Record], rows: list[list[str]], finder: Finder, *, told: bool) -> Layout:
    width = Counter(len(row) for row in rows if any(row)).most_common(1)[0][0] if any(map(any, rows)) else 0
    first = next((index for index, row in enumerate(rows) if finder.filled(index) >= min(2, width)), 0)
    if width == 0:
        first = len(rows)
    note = (
        "read without a header, as told"
        if told
        else "no header row found: the first line already looks like data"
    )
    return Layout(
        header=(),
        header_lines=(),
        header_rows=(),
        skipped=tuple(_why_above(head[index], index, (), first) for index in range(first)),
        first=first,
        width=width,
        always=below.always(rows[first:], width),
        counter=below.counter(rows[first:]),
        labels=below.labels(rows[first:], width),
        notes=(note,) if width else (),
    )
