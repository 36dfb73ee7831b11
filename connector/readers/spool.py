"""Rows go to disk as they are found: one Arrow IPC file per table, batch by batch, counted against the limits.

Columns of the file: `line` (int32), `c0` … `cn` (large_string), `more` (string: JSON list of the cells a row has beyond
the header, else null).
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from connector.errors import RejectDrop
from connector.files import new_path
from connector.later import later

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from connector.readers import cellbytes
    from connector.readers.limits import Limits
else:
    pa = later("pyarrow")
    cellbytes = later("connector.readers.cellbytes")

ROWS_PER_BATCH = 65_536
MORE = "more"
_SAMPLES = 200
_AT_ONCE = 1_024
"""Pieces of memory that the system writes in one call, at most (IOV_MAX)."""


def column_name(index: int) -> str:
    """Name in the spool file of the table's column `index` (0-based)."""
    return f"c{index}"


def schema_of(width: int) -> pa.Schema:
    """Schema of the spool file of a table of `width` columns."""
    cells = [pa.field(column_name(index), pa.large_string()) for index in range(width)]
    return pa.schema([pa.field("line", pa.int32()), *cells, pa.field(MORE, pa.string())])


def whole_row(cells: list[str | None], more: str | None) -> list[str]:
    """A row's cells as text: absent cells are left off at the end and empty in the middle."""
    if more is not None:
        return [cell or "" for cell in cells] + list(json.loads(more))
    while cells and cells[-1] is None:
        cells.pop()
    return [cell or "" for cell in cells]


class _Gathered:
    """What Arrow writes to: it holds what it is given, and sends it to the file as one.

    Arrow writes each column of a batch by itself. The system takes a few megabytes at once in large pages, for two
    thirds of the time.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=0)
        self._parts: list[memoryview] = []

    @property
    def closed(self) -> bool:
        """Whether the file is closed."""
        return self._file.closed

    def write(self, data: bytes | pa.Buffer) -> int:
        """Hold some bytes; nothing changes them until they are sent."""
        part = memoryview(data).cast("B")
        if part.nbytes:
            self._parts.append(part)
        return part.nbytes

    def flush(self) -> None:
        """Arrow asks for it at the end; what is held is sent when we say."""

    def send(self) -> None:
        """Write what is held.

        Raises:
            OSError: the disk is in trouble.
        """
        parts, self._parts = self._parts, []
        first = 0
        while first < len(parts):
            written = os.writev(self._file.fileno(), parts[first : first + _AT_ONCE])
            while first < len(parts) and written >= parts[first].nbytes:
                written -= parts[first].nbytes
                first += 1
            if written:
                parts[first] = parts[first][written:]

    def close(self) -> None:
        """Close the file; what was not sent is forgotten."""
        self._parts.clear()
        self._file.close()


class Spool:
    """Writes one table's rows; a context manager that removes the file when reading fails."""

    def __init__(self, folder: Path, width: int, limits: Limits) -> None:
        check_columns(width, limits)
        self.path = new_path(folder, "table", ".arrow")
        self.rows = 0
        self._batches: list[int] = []  # rows of each
        self._width = width
        self._limits = limits
        self._schema = schema_of(width)
        self._sink = _Gathered(self.path)
        self._writer = pa.ipc.new_file(self._sink, self._schema)

    def write(self, lines: pa.Array, columns: list[pa.Array], more: pa.Array | None) -> None:
        """Append rows: `lines` int32, one large_string array per column, `more` or None."""
        count = len(lines)
        if count == 0:
            return
        self.rows += count
        self._batches.append(count)
        self._check(lines, columns)
        extra = pa.nulls(count, pa.string()) if more is None else more
        self._writer.write_batch(pa.record_batch([lines, *columns, extra], schema=self._schema))
        self._sink.send()

    def close(self) -> None:
        """Finish the file; it can be mapped from now on."""
        self._writer.close()
        self._sink.send()
        self._sink.close()

    def drop_last(self) -> None:
        """Take the last row out of the finished file again."""
        shorter = self.path.with_suffix(".shorter")
        with pa.memory_map(str(self.path)) as source, pa.ipc.new_file(str(shorter), self._schema) as writer:
            reader = pa.ipc.open_file(source)
            last = reader.num_record_batches - 1
            for number in range(last + 1):
                batch = reader.get_batch(number)
                writer.write_batch(batch.slice(0, batch.num_rows - (number == last)))
        shorter.replace(self.path)
        self.rows -= 1

    def discard(self) -> None:
        """Forget the rows written."""
        self._writer.close()
        self._sink.close()
        self.path.unlink(missing_ok=True)

    def samples(self) -> tuple[tuple[str, ...], ...]:
        """Up to 200 values of each column from head, middle and tail; the same for the same rows, however read."""
        picks = _picks(self.rows)
        with pa.OSFile(str(self.path)) as source:
            reader = pa.ipc.open_file(source)
            tables, start = [], 0
            for number, rows in enumerate(self._batches):
                wanted = [pick - start for pick in picks if start <= pick < start + rows]
                if wanted:  # the others are not even read
                    tables.append(reader.get_batch(number).take(pa.array(wanted, pa.int64())))
                start += rows
            taken = pa.Table.from_batches(tables, self._schema)
            names = [column_name(index) for index in range(self._width)]
            return tuple(tuple(cell or "" for cell in taken.column(name).to_pylist()) for name in names)

    def _check(self, lines: pa.Array, columns: list[pa.Array]) -> None:
        limits = self._limits
        if self.rows > limits.rows:
            raise RejectDrop(
                f"the file has more than {limits.rows:,} rows, the most allowed (setting reading.max_rows)"
            )
        if self.rows * self._width > limits.cells:
            raise RejectDrop(
                f"the file has more than {limits.cells:,} cells, the most allowed (setting reading.max_cells)"
            )
        for index, column in enumerate(columns):
            places = cellbytes.ends_in(column)
            if places[-1] - places[0] <= limits.cell_length:
                continue  # all its cells together are no longer
            lengths = places[1:] - places[:-1]
            if (longest := int(lengths.max())) > limits.cell_length:
                line = lines[int(lengths.argmax())].as_py()
                raise RejectDrop(
                    f"line {line}, column {index + 1}: a cell of {longest:,} bytes; at most "
                    f"{limits.cell_length:,} are allowed (setting reading.max_cell_bytes)"
                )


def check_columns(width: int, limits: Limits) -> None:
    """Refuse a table wider than allowed.

    Raises:
        RejectDrop: more columns than `limits.columns`.
    """
    if width > limits.columns:
        raise RejectDrop(
            f"the table has {width:,} columns; at most {limits.columns:,} are allowed (setting reading.max_columns)"
        )


def _picks(rows: int) -> list[int]:
    if rows <= _SAMPLES:
        return list(range(rows))
    middle = rows // 2
    return sorted({*range(80), *range(middle - 30, middle + 30), *range(rows - 60, rows)})
