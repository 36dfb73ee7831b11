"""A correction file as a workbook (xlsx), row by row, whatever kind of spreadsheet the original was."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO

from connector.outbox.formulas import formula_kept, is_formula
from connector.outbox.typed import day_of, number_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
LONGEST_CELL = 32_767
"""Most that a sheet and a cell of a workbook hold."""

_NAME_LENGTH = 31
_NOT_IN_A_NAME = str.maketrans(dict.fromkeys("[]:*?/\\", "_"))
_CUT = -2
_MADE = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""The same for all: with the time of writing in it the same rows would not make the same file."""


def write_workbook(
    file: BinaryIO,
    lines: Iterable[Sequence[str]],
    scratch: Path,
    *,
    sheet: str | None,
    codes: Collection[int],
    fractions: bool,
) -> int:
    """Write lines into one sheet, the first as header; answers how many cells were too long and had to be cut.

    `codes` are columns that stay text; `fractions` tells that numbers may have some. No cell is ever a formula: what
    looks like one is text, marked as Excel does it when somebody types a `'` in front.
    """
    import xlsxwriter  # noqa: PLC0415  most drops need no workbook

    with xlsxwriter.Workbook(file, {"constant_memory": True, "tmpdir": str(scratch)}) as book:
        book.set_properties({"created": _MADE})
        writer = _Sheet(book, _sheet_name(sheet), codes, fractions=fractions)
        for number, cells in enumerate(lines):
            writer.write(number, cells)
    return writer.cut


class _Sheet:
    """One sheet being written."""

    def __init__(self, book: Any, name: str, codes: Collection[int], *, fractions: bool) -> None:
        self.cut = 0
        self._sheet = book.add_worksheet(name)
        self._codes = codes
        self._fractions = fractions
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})
        self._plain = book.add_format()
        # By: is it a code (a mended one stays text, too), does it look like a formula.
        self._formats = {
            (code, formula): book.add_format(
                {"num_format": "@" if code else "General", "quote_prefix": formula}
            )
            for code in (False, True)
            for formula in (False, True)
        }

    def write(self, row: int, cells: Sequence[str]) -> None:
        for column, cell in enumerate(cells):
            if row == 0 or column in self._codes:
                self._write_text(row, column, cell)
            elif (number := number_of(cell, fractions=self._fractions)) is not None:
                self._sheet.write_number(row, column, number)
            elif (day := day_of(cell)) is not None:
                self._sheet.write_datetime(row, column, day, self._day)
            else:
                self._write_text(row, column, cell)

    def _write_text(self, row: int, column: int, cell: str) -> None:
        if not cell:
            return
        text = formula_kept(cell)
        style = self._formats[column in self._codes, is_formula(text)]
        if text.startswith("<r>") and text.endswith("</r>"):
            # The library would take it for marked-up text of its own; in two pieces it is none.
            done = self._sheet.write_rich_string(
                row, column, self._plain, text[:2], self._plain, text[2:], style
            )
        else:
            done = self._sheet.write_string(row, column, text, style)
        self.cut += done == _CUT


def _sheet_name(sheet: str | None) -> str:
    """The sender's name of the sheet (within a zip the name of its file stands before it), if it may be one."""
    name = (sheet or "").rpartition(": ")[2].translate(_NOT_IN_A_NAME)[:_NAME_LENGTH].strip("'")
    return name if name.strip() and name.lower() != "history" else "Sheet1"
