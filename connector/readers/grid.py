"""Rows that come as cells (sheets, web pages, objects) on their way to a table: what text files need a dialect for."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

import pyarrow as pa

from connector.model import SkippedLine
from connector.readers.body import REST, Body, has_lost, says_more
from connector.readers.dialect import Record
from connector.readers.neighbours import ABOVE, side_by_side, sliced
from connector.readers.table import HEAD_RECORDS, find_table
from connector.readers.top import FEW, Top, blank_at_top, head_of, moved_up, past_blank, says_something
from connector.readers.wrapped import NOTE, one_column, taken_apart

_SPANS_NAMED = 8

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from connector.model import Table
    from connector.readers.body import Origin
    from connector.readers.limits import Limits, ReaderOptions
    from connector.readers.names import Merge


def tables_of(
    rows: Iterable[list[str]],
    origin: Origin,
    spool: Path,
    options: ReaderOptions,
    limits: Limits,
    *,
    merges: Sequence[Merge] = (),
) -> list[Table]:
    """The tables in rows of cells, row n being line n; none where every cell is blank."""
    numbered: Iterator[Record] = (Record(cells, number, number) for number, cells in enumerate(rows, 1))
    top = head_of(numbered)
    head = top.head
    if not any(map(says_something, head)):
        return []
    parts = side_by_side(head, options)
    if parts:
        return tables_beside([*head, *numbered], parts, origin, spool, options=options, limits=limits)
    notes = []
    if text := one_column(head, options):
        head, numbered, notes = list(taken_apart(head, *text)), taken_apart(numbered, *text), [NOTE]
    layout = find_table(head, options, moved_up(merges, top.lines))
    body = Body(top.above(layout), spool, limits)
    with body.discarded_on_failure():
        body.add_all(head[layout.first :])
        body.add_all(numbered)
        table = body.finish(origin, body.last_line or head[-1].line, notes)
    return with_tables_below(table, body.rest, origin, spool, options=options, limits=limits)


def tables_in(
    blocks: Iterator[list[pa.Array]],
    origin: Origin,
    spool: Path,
    options: ReaderOptions,
    limits: Limits,
    *,
    merges: Sequence[Merge] = (),
) -> list[Table]:
    """The same for rows that come as columns of text, block by block; the first block is the head."""
    head_columns = next(blocks, [])
    head = list(_records_of(head_columns, 1))
    gap = 0
    if blank_at_top(head) >= FEW:
        gap, blocks = past_blank(chain([head_columns], blocks), _records_of)
        head_columns = next(blocks, [])
        head = list(_records_of(head_columns, gap + 1))
    if not any(map(says_something, head)):
        return []
    if one_column(head, options):
        rows = (record.cells for line, columns in _numbered_from(gap + 1, chain([head_columns], blocks))
                for record in _records_of(columns, line))  # fmt: skip
        return tables_of(chain(([] for _ in range(gap)), rows), origin, spool, options, limits)
    parts = side_by_side(head, options)
    if parts:
        below = (record for line, columns in _numbered_from(gap + len(head) + 1, blocks)
                 for record in _records_of(columns, line))  # fmt: skip
        return tables_beside([*head, *below], parts, origin, spool, options=options, limits=limits)
    layout = find_table(head, options, moved_up(merges, gap))
    body = Body(Top(gap, gap, head).above(layout), spool, limits)
    with body.discarded_on_failure():
        # The head goes with the block below it, so that no line is seen without its neighbours.
        following = next(blocks, [column.slice(0, 0) for column in head_columns])
        joined = [
            pa.concat_arrays([above.slice(layout.first), below])
            for above, below in zip(head_columns, following, strict=True)
        ]
        for line, columns in _numbered_from(gap + layout.first + 1, chain([joined], blocks)):
            _add(body, line, columns)
        table = body.finish(origin, body.last_line or head[-1].line)
    return with_tables_below(table, body.rest, origin, spool, options=options, limits=limits)


def _records_of(columns: Sequence[pa.Array], line: int) -> Iterator[Record]:
    rows = zip(*(column.to_pylist() for column in columns), strict=True)
    return (Record(list(cells), number, number) for number, cells in enumerate(rows, line))


def _numbered_from(line: int, blocks: Iterable[list[pa.Array]]) -> Iterator[tuple[int, list[pa.Array]]]:
    """Each block with the number of its first line."""
    for columns in blocks:
        yield line, columns
        line += len(columns[0])


def _add(body: Body, line: int, columns: list[pa.Array]) -> None:
    """Whole columns where every row fits the table, record by record where one has more or lost a character."""
    width = body.layout.width
    if says_more(columns[width:]) or any(map(has_lost, columns)):
        for record in _records_of(columns, line):
            body.add(record)
    else:
        body.add_columns(line, columns[:width])


def tables_beside(
    records: Sequence[Record],
    parts: Sequence[range],
    origin: Origin,
    spool: Path,
    *,
    options: ReaderOptions,
    limits: Limits,
    notes: Sequence[str] = (),
) -> list[Table]:
    """The tables that stand beside each other in the columns `parts`, each with those below it."""
    tables: list[Table] = []
    for number, part in enumerate(parts, 1):
        mine = list(sliced(records, part))
        top = head_of(iter(mine))
        above = top.head[0].line - 1 if top.blank else records[0].line - 1
        layout = Top(top.blank, above, top.head).above(find_table(top.head, options))
        body = Body(layout, spool, limits)
        said = (
            f"{len(parts)} tables stand beside each other, with a blank column between them; each is a table of its "
            f"own, this one in the columns {part.start + 1} to {part.stop}"
        )
        with body.discarded_on_failure():
            body.add_all(mine[layout.first :])
            table = body.finish(_numbered(origin, number), records[-1].last, [said, *notes])
        table = replace(table, first_column=part.start)
        tables += with_tables_below(
            table, body.rest, origin, spool, options=options, limits=limits, before=len(tables)
        )
    return tables


def with_tables_below(
    table: Table,
    rest: Sequence[Record],
    origin: Origin,
    spool: Path,
    *,
    options: ReaderOptions,
    limits: Limits,
    before: int = 0,
) -> list[Table]:
    """A table and those that stand below it, in `rest`: each is a table of its own, for the columns to choose."""
    tables = [table]
    own = replace(options, header_line=None, has_header=None)
    while rest and len(rest) <= REST:
        above = rest[0].line - 1
        note = f"another table begins in line {above + 1}; it is read as a table of its own"
        tables[-1] = replace(tables[-1], notes=(*tables[-1].notes, note))
        layout = find_table(rest[:HEAD_RECORDS], own)
        body = Body(replace(layout, skipped=(SkippedLine(1, above, ABOVE), *layout.skipped)), spool, limits)
        with body.discarded_on_failure():
            body.add_all(rest[layout.first :])
            if rest[-1].last < table.physical_lines:
                body.skip(rest[-1].last + 1, table.physical_lines, "blank line")
            other = _numbered(origin, before + len(tables) + 1)
            tables.append(body.finish(other, table.physical_lines))
        tables[-1] = replace(tables[-1], first_column=table.first_column)
        rest = body.rest
    return tables


def _numbered(origin: Origin, number: int) -> Origin:
    """Where table `number` of a text or sheet comes from; the first has the name of the whole."""
    if number == 1:
        return origin
    return replace(origin, sheet=f"{origin.sheet}: table {number}" if origin.sheet else f"table {number}")


def hidden_rows_note(sheet: str, rows: Sequence[int]) -> list[str]:
    """What a person must know of rows that are hidden or filtered away in the sheet, but read all the same."""
    if not rows:
        return []
    spans: list[list[int]] = []
    for row in rows:
        if spans and spans[-1][1] == row - 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    named = [f"{first}" if first == last else f"{first}-{last}" for first, last in spans[:_SPANS_NAMED]]
    more = f" and {len(spans) - _SPANS_NAMED} more places" if len(spans) > _SPANS_NAMED else ""
    return [f"hidden rows of sheet {sheet!r}, read like the others ({len(rows)}): {', '.join(named)}{more}"]
