"""A last line that names nothing and gives what the columns add up to is their total, though no word says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from connector.readers.cells import is_number, trimmed
from connector.readers.spool import column_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from connector.readers.table import Layout

_ROWS = 3
"""Fewer rows add up to something by chance."""
_EXACT = pa.decimal128(38, 6)
_ROUNDED = 0.01


def may_be_total(cells: Sequence[str | None], layout: Layout) -> bool:
    """Whether a row has numbers only, and nothing where names and codes stand."""
    filled = {index: trimmed(cell) for index, cell in enumerate(cells) if cell and trimmed(cell)}
    return bool(filled) and not filled.keys() & set(layout.labels) and all(map(is_number, filled.values()))


def is_total(spool: Path, cells: Sequence[str | None], layout: Layout) -> bool:
    """Whether the last row of a finished spool file, with these cells, is what all rows before it add up to.

    A row among others that have no name either is no total, whatever it adds up to.
    """
    filled = [index for index, cell in enumerate(cells) if cell and trimmed(cell)]
    with pa.memory_map(str(spool)) as source:
        rows = pa.ipc.open_file(source).read_all()
        if rows.num_rows <= _ROWS:
            return False
        above = rows.slice(0, rows.num_rows - 1)
        if not any(_is_full(above.column(column_name(index))) for index in layout.labels):
            return False
        columns = [rows.column(column_name(index)) for index in filled]
        return any(all(_adds_up(column, mark) for column in columns) for mark in ".,")


def _is_full(column: pa.ChunkedArray) -> bool:
    return not column.null_count and not pc.any(pc.equal(column, "")).as_py()


def _adds_up(column: pa.ChunkedArray, mark: str) -> bool:
    """Whether the last number of a column is the sum of the others, with this decimal mark."""
    try:
        numbers = _numbers(column, mark)
        said, rest = numbers[-1].as_py(), pc.sum(numbers.slice(0, len(numbers) - 1)).as_py()
    except pa.ArrowInvalid:
        return False
    return said is not None and rest is not None and float(abs(said - rest)) <= _ROUNDED


def _numbers(column: pa.ChunkedArray, mark: str) -> pa.ChunkedArray:
    """The cells as exact numbers, null where empty. Raises ArrowInvalid where one is none."""
    other = "," if mark == "." else "."
    digits = pc.replace_substring_regex(column, r"[^0-9.,\-]", "")
    digits = pc.replace_substring(pc.replace_substring(digits, other, ""), mark, ".")
    digits = pc.replace_substring_regex(digits, r"^(.+)-$", r"-\1")
    return pc.cast(pc.if_else(pc.equal(digits, ""), None, digits), _EXACT)
