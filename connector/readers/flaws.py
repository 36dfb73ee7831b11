"""Rows that do not fit their table, in words for a shop keeper: too short, too wide, a character lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.model import Fault
from connector.readers.cells import trimmed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connector.readers.dialect import Record
    from connector.readers.table import Layout

LOST = "\ufffd"
_RAW_KEPT = 500


def too_short(record: Record, layout: Layout, *, cut_off: bool) -> Fault | None:
    """What is wrong with a row of fewer cells than its table: others always have them, or the file ends within it."""
    have, width = len(record.cells), layout.width
    missing = [index for index in sorted(layout.always) if index >= have]
    if not any(map(trimmed, record.cells)) or not (missing or cut_off):
        return None
    names = ", ".join(_named(layout, index) for index in missing) or "the last cells"
    why = "the file ends in the middle of this line" if cut_off else f"missing: {names}"
    reason = f"the row has {have} cells where the table has {width}; {why}"
    return Fault(record.line, "", " | ".join(record.cells)[:_RAW_KEPT], "row_too_short", reason)


def too_wide(record: Record, layout: Layout, beyond: Sequence[str]) -> Fault:
    """What is wrong with a row that has cells `beyond` its table."""
    more = " | ".join(beyond)[:80]
    reason = (
        f"the row has {len(record.cells)} cells where the table has {layout.width}, so its cells may stand in the "
        f"wrong columns; put text that contains the delimiter in double quotes (beyond the table: {more})"
    )
    return Fault(record.line, "", " | ".join(record.cells)[:_RAW_KEPT], "row_too_wide", reason)


def lost_character(record: Record, layout: Layout) -> Fault:
    """What is wrong with a row that has lost a character."""
    index = next(index for index, cell in enumerate(record.cells) if LOST in cell)
    reason = "a character was lost before the file reached us (shown as \ufffd); export it again as UTF-8"
    return Fault(
        record.line, _named(layout, index), record.cells[index][:_RAW_KEPT], "character_lost", reason
    )


def _named(layout: Layout, index: int) -> str:
    name = layout.header[index] if index < len(layout.header) else ""
    return name or f"column {index + 1}"
