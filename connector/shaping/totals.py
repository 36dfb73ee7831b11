"""The total that a file gives under its own table, against what the rows add up to.

Only the total of the whole table counts: those of pages and groups are left alone. Where the rows say more than numbers
(cells in error, words that stand for a number) a difference proves nothing, and nothing is said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from connector.feeds import FieldKind
from connector.feeds.fields import PIECE, Convention, parse, take_apart

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connector.feeds.fields import Parsed
    from connector.feeds.fields.text import Whole
    from connector.model import TotalLine
    from connector.shaping.sheet import Cell, Sheet

_PARTIAL = re.compile(r"\b(?:sub|page|group|running|stock|carried|brought|total (?:of|for))", re.IGNORECASE)
_SHARE_OF_ROUNDING = 200
"""Parts of a piece that rounding may cost a row with a fraction: half a hundredth."""


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
        return (
            f'the total in line {self.line} ({_figure(self.said)}) is what column "{self.column}" adds up to'
        )

    @property
    def reason(self) -> str:
        """Why a person must look at the drop."""
        twice = (
            ": lines of groups are probably among the rows"
            if self.said and self.rows == 2 * self.said
            else ""
        )
        return (
            f'line {self.line} gives {_figure(self.said)} as the total of column "{self.column}", but its rows add up '
            f"to {_figure(self.rows)}{twice}. Rows may be missing or damaged: nothing is sent. Export the file again; "
            f'if it is right as it is, write totals = "ignore" under [policy] in its profile and retry the drop'
        )


@dataclass(slots=True)
class _Column:
    """One column of quantities: what the rows above each line of totals (and below the one before) add up to."""

    label: str
    sums: Whole
    rows: Whole
    cut: int = 0
    broken: bool = False


class TotalSums:
    """Adds up the columns of a field, part by part of the table, and compares them with the totals the file gives."""

    def __init__(self, field: str, totals: Sequence[TotalLine]) -> None:
        self.field = field
        self._totals = sorted(totals, key=lambda total: total.line)
        self._columns: dict[int, _Column] = {}
        self._words = False

    def add(self, sheet: Sheet, cell: Cell, parsed: Parsed) -> None:
        """Take in some rows: `cell` is the field's column over them, `parsed` its numbers."""
        lines = np.array([total.line for total in self._totals])
        above = np.searchsorted(lines, sheet.lines[: sheet.rows])
        self._words = self._words or "words" in parsed.notes
        for lane, at in enumerate(sheet.places(self.field) if self._totals else ()):
            index = parsed.column.index[lane * sheet.rows : (lane + 1) * sheet.rows]
            nothing = np.zeros(len(lines) + 1, dtype=np.int64)
            column = self._columns.setdefault(at, _Column(cell.labels[lane], nothing, nothing.copy()))
            np.add.at(column.sums, above, parsed.values[index])
            np.add.at(column.rows, above, 1)
            column.cut += int(parsed.cut[index].sum())
            column.broken = column.broken or bool(parsed.broken[index].any())

    def checks(self, convention: Convention, *, doubtful: bool) -> tuple[TotalCheck, ...]:
        """What the totals say, column by column; `doubtful` tells that a difference proves nothing."""
        found = (
            self._check(at, column, convention, doubtful=doubtful or self._words or column.broken)
            for at, column in self._columns.items()
        )
        return tuple(check for check in found if check)

    def _check(
        self, at: int, column: _Column, convention: Convention, *, doubtful: bool
    ) -> TotalCheck | None:
        whole = int(column.sums.sum())
        tolerance = (PIECE // 2 + column.cut * PIECE // _SHARE_OF_ROUNDING) if column.cut else 0
        said = [
            (number, total, values)
            for number, total in enumerate(self._totals)
            if not column.rows[number + 1 :].any() and (values := list(_values(at, total, convention)))
        ]
        for _, total, values in said:
            near = next((value for value in values if abs(value - whole) <= tolerance), None)
            if near is not None:
                return _compared(column, total, near, whole, agrees=True)
        if not said or doubtful:
            return None
        number, total, values = said[-1]
        is_partial = any(map(_PARTIAL.search, total.cells)) or (number > 0 and column.sums[number] in values)
        return None if is_partial else _compared(column, total, values[0], whole, agrees=False)


def _values(at: int, total: TotalLine, convention: Convention) -> Iterator[int]:
    """What the cell of a total can mean: one thing, or two where nothing in the column shows the decimal mark."""
    text = pa.array([total.cells[at] if at < len(total.cells) else ""], pa.large_string())
    for mark in [convention] if convention.mark else [Convention("."), Convention(",")]:
        parsed = parse(take_apart(text, FieldKind.QUANTITY), mark)
        place = int(parsed.column.index[0])
        if not parsed.blank[place] and not parsed.broken[place]:
            yield int(parsed.values[place])


def _compared(column: _Column, total: TotalLine, said: int, whole: int, *, agrees: bool) -> TotalCheck:
    return TotalCheck(total.line, column.label, Decimal(said) / PIECE, Decimal(whole) / PIECE, agrees)


def _figure(number: Decimal) -> str:
    return f"{number.normalize():f}"
