"""The correction file: the rows that did not go through, in the sender's own layout, with two columns of ours.

The columns are the sender's, then `connector_reason` and `connector_line`; the header is one row, in the first line.
Text stays text (encoding, delimiter, line ends), JSON stays JSON, and every kind of spreadsheet becomes an xlsx.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO

from connector.files import replacing, sync_folder
from connector.model import LINE_COLUMN, REASON_COLUMN
from connector.outbox.formulas import formula_kept, formula_safe
from connector.outbox.names import correction_name
from connector.outbox.objects import write_objects
from connector.outbox.text import codec_of, write_text
from connector.outbox.workbook import LONGEST_CELL, MOST_COLUMNS, MOST_ROWS, write_workbook

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from connector.model import Table

_OURS = (REASON_COLUMN, LINE_COLUMN)
_MORE_COLUMNS = 100
"""Room for our own columns, and for cells beyond the header."""


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """A row as the sender wrote it: line, cells in the order of the header (None: absent), every reason."""

    line: int
    cells: Sequence[str | None]
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True)
class Written:
    """A correction file that was written: how many `rows` are in it; `note` says what is not as in the original."""

    path: Path
    rows: int
    note: str | None = None


def write_correction(
    folder: Path,
    *,
    name: str,
    table: Table,
    rows: Iterable[CorrectionRow],
    codes: Collection[int] = (),
    as_it_is: Collection[int] = (),
) -> Written | None:
    """Write the correction file of the file called `name`, read as `table`; None, and no file, without any row.

    `codes` are the columns of codes: they stay text in formats that know numbers. `as_it_is` are columns of a text
    file in which a cell that looks like a formula gets no `'` in front. The rows are taken one by one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = iter(rows)
    first = next(rows, None)
    ending = _ending(table)
    target = folder / correction_name(name, ending)
    written = None
    if first is not None:
        sheet = _Sheet(table, chain([first], rows), codes, as_it_is)
        with replacing(target) as file:
            note = sheet.write(file, ending, folder)
        written = Written(target, sheet.count, note)
    for old in folder.glob("*.correction.*"):
        if written is None or old != target:
            old.unlink()
    sync_folder(folder.parent)
    return written


def _ending(table: Table) -> str:
    if table.format in ("json", "jsonl") and _names_members(table):
        return ".json"
    fits = table.rows < MOST_ROWS and len(table.header) + _MORE_COLUMNS <= MOST_COLUMNS
    return ".xlsx" if table.format != "csv" and fits else ".csv"


def _names_members(table: Table) -> bool:
    """Whether the header are the names of members: lists of lists have a row for a header, as sheets have."""
    return not table.header_lines and all(table.header) and len(set(table.header)) == len(table.header)


def _as_it_stands(table: Table) -> list[str]:
    """The header as the sender wrote it; several rows of it are joined, column by column."""
    width, text = len(table.header), list(table.header_text)
    return [*text, *[""] * width][:width] if len(table.header_lines) == 1 and text else list(table.header)


class _Sheet:
    """The lines of a correction file on their way into one of the formats."""

    def __init__(
        self, table: Table, rows: Iterable[CorrectionRow], codes: Collection[int], as_it_is: Collection[int]
    ) -> None:
        self.count = 0
        self._table = table
        self._rows = rows
        # A file without a header gets one of empty names: by our two columns it is known when it comes back.
        self._header = _as_it_stands(table) or [""] * len(table.samples)
        self._keep = [index for index, title in enumerate(self._header) if title.strip() not in _OURS]
        self._codes = {place for place, index in enumerate(self._keep) if index in codes}
        self._as_it_is = {place for place, index in enumerate(self._keep) if index in as_it_is}

    def write(self, file: BinaryIO, ending: str, scratch: Path) -> str | None:
        """Write all lines; answers what could not be as in the original."""
        table, codes = self._table, self._codes
        if ending == ".json":
            by_line = table.format == "jsonl"
            write_objects(file, self._lines(), by_line=by_line, codes=codes, fractions=table.stored_numbers)
            return None
        if ending == ".xlsx":
            cut = write_workbook(
                file, self._lines(), scratch, sheet=table.sheet, codes=codes, fractions=table.stored_numbers
            )
            return f"{cut} cells of more than {LONGEST_CELL:,} characters were cut" if cut else None
        used = write_text(file, self._safe_lines(), table, scratch)
        wanted = codec_of(table)
        return None if used == wanted else f"{wanted} cannot hold every character: written in UTF-8 instead"

    def _lines(self) -> Iterator[list[str]]:
        """The header, then the rows: the sender's cells, the reason, the line, and cells beyond the header."""
        yield [*(self._header[index] for index in self._keep), *_OURS]
        for row in self._rows:
            self.count += 1
            cells = [cell or "" for cell in row.cells]
            own = [cells[index] if index < len(cells) else "" for index in self._keep]
            yield [*own, "; ".join(row.reasons), str(row.line), *cells[len(self._header) :]]

    def _safe_lines(self) -> Iterator[list[str]]:
        """The same so that no spreadsheet runs any of it."""
        for cells in self._lines():
            yield [
                formula_kept(cell) if place in self._as_it_is else formula_safe(cell)
                for place, cell in enumerate(cells)
            ]
