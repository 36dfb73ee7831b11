"""Rows that come as cells (sheets, web pages, objects) on their way to a table: what text files need a dialect for."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from connector.readers.body import Body
from connector.readers.dialect import Record
from connector.readers.table import HEAD_RECORDS, find_table

_SPANS_NAMED = 8

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from connector.model import Table
    from connector.readers.body import Origin
    from connector.readers.limits import Limits, ReaderOptions
    from connector.readers.table import Merge


def table_of(
    rows: Iterable[list[str]],
    origin: Origin,
    spool: Path,
    options: ReaderOptions,
    limits: Limits,
    *,
    merges: Sequence[Merge] = (),
) -> Table | None:
    """The table in rows of cells, row n being line n; None where every cell is blank."""
    numbered = (Record(cells, number, number) for number, cells in enumerate(rows, 1))
    head = list(islice(numbered, HEAD_RECORDS))
    if not any(cell.strip() for record in head for cell in record.cells):
        return None
    layout = find_table(head, options, merges)
    body = Body(layout, spool, limits)
    try:
        body.add_all(head[layout.first :])
        body.add_all(numbered)
        last = body.last_line or head[-1].line
        return body.finish(origin, last)
    except BaseException:
        body.spool.discard()
        raise


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
