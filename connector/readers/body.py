"""The body of a table on its way to the spool: rows kept, other lines set aside with a reason, faults named.

Every physical line ends here as part of a row or as a skipped line; `finish` checks the count and refuses the file if
it is not even.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connector.errors import RejectDrop
from connector.model import Fault, SkippedLine, Table, TotalLine
from connector.readers.cells import trimmed
from connector.readers.dialect import Record
from connector.readers.flaws import LOST, lost_character, too_short, too_wide
from connector.readers.neighbours import BELOW, begins_another, has_figures, is_title
from connector.readers.spool import ROWS_PER_BATCH, Spool, whole_row
from connector.readers.sums import is_total, may_be_total
from connector.readers.sweep import HEADER_AGAIN, TOTAL, holds, says_note, suspects, why_no_row

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from connector.readers.limits import Limits
    from connector.readers.table import Layout

_BATCH_CHARS = 32 * 1024 * 1024
AGAIN = "the same table again"
_LOOK_BELOW = 3
REST = 100_000
"""Rows of further tables below that are kept to be read; a longer one is a matter for a file of its own."""

_FIRST_ROWS = 2
"""Rows at the top of a table by which a copy of it further down is known."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a table comes from: what its `Table` says of format, encoding (both), delimiter and sheet."""

    format: str
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    second_encoding: str | None = None


@dataclass(slots=True)
class _Batch:
    """Rows being gathered by the careful path."""

    cells: list[list[str | None]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    lasts: list[int] = field(default_factory=list)
    more: list[str | None] = field(default_factory=list)
    faults: dict[int, Fault] = field(default_factory=dict)
    kept: set[int] = field(default_factory=set)
    short: set[int] = field(default_factory=set)
    chars: int = 0


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows as columns, on their way to the spool."""

    lines: NDArray[np.int32]
    lasts: NDArray[np.int32]
    columns: list[pa.Array]
    more: pa.Array | None

    def cells(self, place: int) -> list[str]:
        """The cells of one row."""
        more = None if self.more is None else self.more[place].as_py()
        return whole_row([column[place].as_py() for column in self.columns], more)


class Body:
    """Takes the lines below the header and gives the table."""

    def __init__(self, layout: Layout, folder: Path, limits: Limits) -> None:
        self.layout = layout
        self.spool = Spool(folder, layout.width, limits)
        self._limits = limits
        self._skipped: list[SkippedLine] = list(layout.skipped)
        self._faults: list[Fault] = []
        self._row_lines = 0
        self._short_rows = 0
        self._batch = _Batch()
        self._first_rows: list[list[str]] = []
        self._over = ""
        self._totals: list[TotalLine] = []
        self._last_row: tuple[int, int, list[str | None]] = (0, 0, [])
        self.last_line = 0
        self.rest: list[Record] = []

    @contextmanager
    def discarded_on_failure(self) -> Iterator[None]:
        """Leave no half-written spool behind where reading ends in an error."""
        try:
            yield
        except BaseException:
            self.spool.discard()
            raise

    # -- the careful path: record by record

    def add(self, record: Record, *, cut_off: bool = False) -> None:
        """Take one record; `cut_off` says that the file ends within it (no line end)."""
        cells, width, batch = record.cells, self.layout.width, self._batch
        place = len(batch.lines)
        row: list[str | None] = [*cells[:width]]
        if len(cells) < width:
            row.extend([None] * (width - len(cells)))
            self._look_at_short(record, place, cut_off=cut_off)
            batch.kept.update([place] if cut_off and any(map(trimmed, cells)) else [])
        beyond = cells[width:]
        extra = any(trimmed(cell) for cell in beyond)
        if extra:
            batch.faults[place] = too_wide(record, self.layout, beyond)
            batch.kept.add(place)
        if any(LOST in cell for cell in cells):
            batch.faults.setdefault(place, lost_character(record, self.layout))
        batch.more.append(json.dumps(beyond, ensure_ascii=False) if any(beyond) else None)
        batch.cells.append(row)
        batch.lines.append(record.line)
        batch.lasts.append(record.last)
        self.last_line = record.last
        batch.chars += sum(map(len, cells))
        if place + 1 >= ROWS_PER_BATCH or batch.chars > _BATCH_CHARS:
            self._flush()

    def add_all(self, records: Iterable[Record], *, ends_open: bool = False) -> None:
        """Take all records; `ends_open` says that the last of them has no line end."""
        previous: Record | None = None
        for record in records:
            if previous is not None:
                self.add(previous)
            previous = record
        if previous is not None:
            self.add(previous, cut_off=ends_open)

    def _flush(self) -> None:
        batch, self._batch = self._batch, _Batch()
        if not batch.lines:
            return
        columns = [pa.array(column, pa.large_string()) for column in zip(*batch.cells, strict=True)]
        more = pa.array(batch.more, pa.string())
        lines, lasts = np.array(batch.lines, np.int32), np.array(batch.lasts, np.int32)
        kept = self._write(lines, lasts, columns, more, spared=batch.kept)
        self._short_rows += int(kept[sorted(batch.short)].sum())
        for place, fault in sorted(batch.faults.items()):
            if kept[place]:
                self._fault(fault)

    # -- the fast path: whole columns

    def add_columns(self, first_line: int, columns: list[pa.Array]) -> None:
        """Take rows of one line each, from `first_line` on, as one large_string array per column."""
        self._flush()
        lines = np.arange(first_line, first_line + len(columns[0]), dtype=np.int32)
        self.last_line = first_line + len(lines) - 1
        self._write(lines, lines, columns, None)

    def skip(self, line: int, last: int, reason: str, text: str = "") -> None:
        """Set lines aside that never came as records."""
        if self._skipped and self._skipped[-1].reason == reason and self._skipped[-1].last == line - 1:
            before = self._skipped[-1]
            self._skipped[-1] = SkippedLine(before.line, last, reason, before.text)
        else:
            self._skipped.append(SkippedLine(line, last, reason, text))

    def _write(
        self,
        lines: NDArray[np.int32],
        lasts: NDArray[np.int32],
        columns: list[pa.Array],
        more: pa.Array | None,
        *,
        spared: Collection[int] = (),
    ) -> NDArray[np.bool_]:
        keep = np.ones(len(lines), dtype=bool)
        rows = _Rows(lines, lasts, columns, more)
        if self._over:
            self._pass_by(rows, 0)
            return ~keep
        looked_at = self._look_at(columns)
        apart = self._set_apart(looked_at, spared)
        copy = self._same_table_again(columns, apart)
        end = len(lines) if copy is None else copy + 1
        other = self._another_table(rows, looked_at, apart)
        if other is not None and other < end:
            copy, end = None, other
        for place, (reason, text) in apart.items():
            if place < end:
                keep[place] = False
                self.skip(int(lines[place]), int(lasts[place]), reason, text)
                if reason == TOTAL:
                    self._totals.append(
                        TotalLine(int(lines[place]), tuple(cell or "" for cell in looked_at[place]))
                    )
        if end < len(lines):
            self._over = BELOW if copy is None else AGAIN
            keep[end:] = False
            self._pass_by(rows, end)
        if not keep.all():
            mask = pa.array(keep)
            columns = [column.filter(mask) for column in columns]
            more = None if more is None else more.filter(mask)
            lines, lasts = lines[keep], lasts[keep]
        self._row_lines += int((lasts.astype(np.int64) - lines + 1).sum())
        self.spool.write(pa.array(lines, pa.int32()), columns, more)
        if len(lines):
            self._last_row = int(lines[-1]), int(lasts[-1]), [column[-1].as_py() for column in columns]
        return keep

    def _look_at(self, columns: list[pa.Array]) -> dict[int, tuple[str | None, ...]]:
        """The cells of the rows that might be none, by place."""
        return _cells_at(columns, suspects(columns, self.layout).tolist())

    def _set_apart(
        self, looked_at: Mapping[int, tuple[str | None, ...]], spared: Collection[int]
    ) -> dict[int, tuple[str, str]]:
        """Rows that are none: their place, why, and the start of their text. Rows `spared` have a fault to be seen."""
        found: dict[int, tuple[str, str]] = {}
        for place, cells in looked_at.items():
            reason = why_no_row(cells, self.layout)
            if reason and (place not in spared or reason == HEADER_AGAIN or says_note(cells)):
                found[place] = (reason, " | ".join(cell for cell in cells if cell)[:120])
        return found

    def _another_table(
        self,
        rows: _Rows,
        looked_at: Mapping[int, tuple[str | None, ...]],
        apart: Mapping[int, tuple[str, str]],
    ) -> int | None:
        """The place of a line that heads another table: looked for below lines that are no rows, and among odd ones."""
        last = len(rows.lines) - 1
        if not self.layout.figures or last < 1:
            return None
        gaps = {place for place, (reason, _text) in apart.items() if reason != HEADER_AGAIN}
        gaps |= {place for place, cells in looked_at.items() if is_title(cells, self.layout)}
        below = {place + 1 for place in gaps if place < last}
        odd = {**looked_at, **_cells_at(rows.columns, sorted(below.difference(looked_at)))}
        for place in sorted(odd.keys() - apart.keys() - {last}):
            if has_figures(odd[place], self.layout):
                continue
            following = map(rows.cells, range(place + 1, min(place + 1 + _LOOK_BELOW, last + 1)))
            if begins_another(rows.cells(place), following, self.layout):
                above = place
                while is_title(looked_at.get(above - 1, ()), self.layout):
                    above -= 1
                return above
        return None

    def _pass_by(self, rows: _Rows, first: int) -> None:
        """Set the lines from a place on aside, and keep those of another table."""
        text = " | ".join(filter(None, rows.cells(first)))[:120]
        self.skip(
            int(rows.lines[first]), int(rows.lasts[-1]), self._over, text if self._over == BELOW else ""
        )
        if self._over == BELOW and len(self.rest) <= REST:
            self.rest.extend(
                Record(rows.cells(place), int(rows.lines[place]), int(rows.lasts[place]))
                for place in range(first, len(rows.lines))
            )

    def _same_table_again(self, columns: list[pa.Array], apart: dict[int, tuple[str, str]]) -> int | None:
        """The place of a header after which the first rows come again, so that all from there on is a copy.

        A header repeated at a page break goes on with other rows.
        """
        count = len(columns[0]) if columns else 0
        if len(self._first_rows) < _FIRST_ROWS:
            kept = (place for place in range(count) if place not in apart)
            self._first_rows = [_texts_at(columns, place) for place in islice(kept, _FIRST_ROWS)]
        for place, (reason, _text) in apart.items():
            following = range(place + 1, place + 1 + _FIRST_ROWS)
            if reason != HEADER_AGAIN or following.stop > count or place < _FIRST_ROWS:
                continue
            if [_texts_at(columns, index) for index in following] == self._first_rows:
                return place
        return None

    # -- faults

    def _fault(self, fault: Fault) -> None:
        self._faults.append(fault)
        if len(self._faults) > self._limits.faults:
            raise RejectDrop(
                f"more than {self._limits.faults:,} rows do not fit the table (setting reading.max_faults): the "
                f"delimiter or the header is probably another one; the first is line {self._faults[0].line}"
            )

    def _look_at_short(self, record: Record, place: int, *, cut_off: bool) -> None:
        if fault := too_short(record, self.layout, cut_off=cut_off):
            self._batch.faults[place] = fault
        elif any(map(trimmed, record.cells)):
            self._batch.short.add(place)

    # -- the end

    def _set_total_aside(self) -> None:
        """Take the last row for a total, though it does not say so, where it is what all others add up to."""
        line, last, cells = self._last_row
        if not may_be_total(cells, self.layout) or not is_total(self.spool.path, cells, self.layout):
            return
        self.spool.drop_last()
        self._row_lines -= last - line + 1
        self._faults = [fault for fault in self._faults if fault.line != line]
        self._totals.append(TotalLine(line, tuple(cell or "" for cell in cells)))
        self.skip(line, last, TOTAL, " | ".join(filter(None, cells)))
        self._skipped.sort(key=lambda one: one.line)

    def finish(self, origin: Origin, physical_lines: int, notes: Iterable[str] = ()) -> Table:
        """Close the spool and give the table.

        Raises:
            RejectDrop: a line was neither row nor skipped (our own defect, never passed on in silence).
        """
        self._flush()
        self.spool.close()
        self._set_total_aside()
        set_aside = sum(line.last - line.line + 1 for line in self._skipped)
        if self._row_lines + set_aside != physical_lines:
            raise RejectDrop(
                f"the reader lost count: {physical_lines} lines in the file, but {self._row_lines} in rows and "
                f"{set_aside} set aside; please report this file"
            )
        layout = self.layout
        short = f"{self._short_rows} rows are shorter than the table; the cells they lack are usually empty"
        said = [*layout.notes, *([short] if self._short_rows else []), *notes]
        return Table(
            format=origin.format,
            encoding=origin.encoding,
            delimiter=origin.delimiter,
            sheet=origin.sheet,
            second_encoding=origin.second_encoding,
            header=layout.header,
            header_text=layout.header_text,
            header_lines=layout.header_lines,
            skipped=tuple(self._skipped),
            rows=self.spool.rows,
            physical_lines=physical_lines,
            samples=self.spool.samples(),
            spool=str(self.spool.path),
            faults=tuple(self._faults),
            notes=tuple(said),
            snapshot_hint=layout.snapshot_hint,
            row_lines=self._row_lines,
            totals=tuple(self._totals),
        )


def says_more(columns: Iterable[pa.Array]) -> bool:
    """Whether cells beyond the table hold anything."""
    return any((pc.max(pc.binary_length(column)).as_py() or 0) > 0 for column in columns)


def has_lost(column: pa.Array) -> bool:
    """Whether a cell has lost a character."""
    return holds(column, LOST.encode()) and bool(pc.any(pc.match_substring(column, LOST)).as_py())


def _cells_at(columns: list[pa.Array], places: list[int]) -> dict[int, tuple[str | None, ...]]:
    """The cells of some rows, by place."""
    if not places:  # as nearly always
        return {}
    wanted = pa.array(places, pa.int64())
    texts = [column.take(wanted).to_pylist() for column in columns]
    return dict(zip(places, zip(*texts, strict=True), strict=True)) if columns else {}


def _texts_at(columns: list[pa.Array], place: int) -> list[str]:
    return [column[place].as_py() or "" for column in columns]
