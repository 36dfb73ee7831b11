"""The total that a file gives under its own table, against what the rows add up to.

Only the total of the whole table counts: those of pages and groups are left alone. Where the rows say more than numbers
(cells in error, words that stand for a number) a difference proves nothing, and nothing is said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa

from connector.feeds import FieldKind
from connector.feeds.fields import PIECE, Convention, parse, take_apart

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connector.feeds.fields.text import Flags, Whole
    from connector.model import TotalLine

_PARTIAL = re.compile(r"\b(?:sub|page|group|running|stock|carried|brought|total (?:of|for))", re.IGNORECASE)
_SHARE_OF_ROUNDING = 200


@dataclass(frozen=True, slots=True)
class TotalCheck:
    """What a line of totals says of a column, and what the rows add up to, in pieces."""

    line: int
    column: str
    said: Decimal
    rows: Decimal
    agrees: bool

    @property
    def message(self) -> str:
        """The total as evidence that all rows were read."""
        return f'the total in line {self.line} ({_figure(self.said)}) is what column "{self.column}" adds up to'

    @property
    def reason(self) -> str:
        """Why a person must look at the drop."""
        twice = ": lines of groups are probably among the rows" if self.said and self.rows == 2 * self.said else ""
        return (
            f'line {self.line} gives {_figure(self.said)} as the total of column "{self.column}", but its rows add up to '
            f"{_figure(self.rows)}{twice}. Rows may be missing or damaged: nothing is sent. Export the file again; if it is "
            f"right as it is, approve the drop"
        )


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """The quantities of one column of the table, in the order of its rows, and how its numbers are written."""

    at: int
    label: str
    lines: Whole
    millionths: Whole
    cut: Flags
    convention: Convention
    doubtful: bool


def check_total(column: Column, totals: Sequence[TotalLine]) -> TotalCheck | None:
    """Compare a column with the total of the whole table, where the file gives one."""
    rows = int(column.millionths.sum())
    tolerance = PIECE // 2 if column.cut.any() else 0
    tolerance += int(column.cut.sum()) * PIECE // _SHARE_OF_ROUNDING
    last_row = int(column.lines.max(initial=0))
    said = [
        (total, values) for total in totals if total.line > last_row and (values := list(_values(column, total)))
    ]
    for total, values in said:
        near = next((value for value in values if abs(value - rows) <= tolerance), None)
        if near is not None:
            return _check(column, total, near, rows, agrees=True)
    if not said or column.doubtful:
        return None
    total, values = said[-1]
    if _is_partial(column, total, values, totals):
        return None
    return _check(column, total, values[0], rows, agrees=False)


def _is_partial(column: Column, total: TotalLine, values: Sequence[int], totals: Sequence[TotalLine]) -> bool:
    """Whether a total is one of a group or page: by its name, or as what the rows since the one before add up to."""
    if any(_PARTIAL.search(cell) for cell in total.cells):
        return True
    before = max((other.line for other in totals if other.line < total.line), default=0)
    return before > 0 and int(column.millionths[column.lines > before].sum()) in values


def _values(column: Column, total: TotalLine) -> Iterator[int]:
    """What the cell of a total can mean: one thing, or two where nothing in the column shows the decimal mark."""
    text = total.cells[column.at] if column.at < len(total.cells) else ""
    marks = [column.convention] if column.convention.mark else [Convention("."), Convention(",")]
    for convention in marks:
        parsed = parse(take_apart(pa.array([text], pa.large_string()), FieldKind.QUANTITY), convention)
        at = int(parsed.column.index[0])
        if not parsed.blank[at] and not parsed.broken[at]:
            yield int(parsed.values[at])


def _check(column: Column, total: TotalLine, said: int, rows: int, *, agrees: bool) -> TotalCheck:
    return TotalCheck(total.line, column.label, Decimal(said) / PIECE, Decimal(rows) / PIECE, agrees)


def _figure(number: Decimal) -> str:
    return f"{number.normalize():f}"
