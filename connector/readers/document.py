"""What reading a file gives: the document, its tables, and how to look into them."""

from __future__ import annotations

import csv
from bisect import bisect_left, bisect_right
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from connector.later import later
from connector.readers.spool import MORE, column_name, whole_row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy as np
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    from connector.model import Table
else:
    np = later("numpy")
    pa = later("pyarrow")
    pc = later("pyarrow.compute")

_ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Document:
    """A file as read: its format by content, the tables found, notes for a person, and names of packed members.

    Plain data: `dataclasses.asdict` of it is JSON. `format` of a packed file names both ("csv.gz").
    """

    format: str
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    members: tuple[str, ...] = ()


_NAMED = {
    "csv": ("csv", "txt", "tsv", "tab", "dat", "asc", "prn", "lst", "rpt"),
    "xlsx": ("xlsx", "xlsm", "xltx", "xltm"),
    "xls": ("xls", "xlt"),
    "xls-biff": ("xls", "xlt"),
    "html": ("html", "htm", "xhtml"),
    "mhtml": ("mht", "mhtml"),
    "json": ("json", "jsonl", "ndjson"),
}


def about_name(document: Document, name: str) -> Document:
    """The document with a note where the ending of its original name says something else than its content."""
    _stem, dot, ending = name.rpartition(".")
    kind, _, packed = document.format.partition(".")
    usual = (packed,) if packed else _NAMED.get(kind, (kind,))
    if not dot or ending.lower() in usual or kind == "empty":
        return document
    note = f"the name ends in .{ending[:20]}, but by its content the file is {document.format}"
    return replace(document, notes=(*document.notes, note))


def frame(table: Table, columns: Sequence[int] | None = None) -> pd.DataFrame:
    """Rows of a table as a frame over the memory-mapped spool file: "line" (int32) and "c<i>" (text, absent is NaN).

    `columns` picks column numbers; None takes all of the header's (all of the table's where it has no header).
    """
    with pa.memory_map(table.spool) as source:
        reader = pa.ipc.open_file(source)
        wanted = range(_width(reader.schema)) if columns is None else columns
        return _as_frame(reader.read_all().select(["line", *(column_name(index) for index in wanted)]))


ROWS_PER_PART = 131_072


def parts(table: Table, columns: Sequence[int], rows: int = ROWS_PER_PART) -> Iterator[pd.DataFrame]:
    """The rows of a table as frames of about `rows` rows (the last may be of fewer; there is always one): see `frame`.

    Only the columns asked for are read, and the file is not mapped: what was read before takes no memory.
    """
    waiting, held = [], 0
    for batch in batches(table, columns):
        waiting.append(batch)
        held += batch.num_rows
        if held >= rows:
            yield _as_frame(pa.Table.from_batches(waiting))
            waiting, held = [], 0
    if waiting:
        yield _as_frame(pa.Table.from_batches(waiting))


def batches(table: Table, columns: Sequence[int]) -> Iterator[pa.RecordBatch]:
    """The rows of a table as Arrow batches, as they were written (there is always one): `line` and some columns."""
    with pa.OSFile(table.spool) as source:
        # By their places (`spool.schema_of`): to ask for the schema first would be to open the file twice.
        options = pa.ipc.IpcReadOptions(included_fields=[0, *(index + 1 for index in sorted(set(columns)))])
        reader = pa.ipc.open_file(source, options=options)
        for number in range(reader.num_record_batches):
            yield reader.get_batch(number)
        if not reader.num_record_batches:
            yield pa.RecordBatch.from_pylist([], schema=reader.schema)


def _as_frame(rows: pa.Table) -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415  slow to import: the processes that read have no need of it

    text = pd.StringDtype(storage="pyarrow", na_value=np.nan)
    data: pd.DataFrame = rows.combine_chunks().to_pandas(
        types_mapper=lambda kind: text if pa.types.is_large_string(kind) else None
    )
    return data


def export_csv(table: Table, target: Path) -> None:
    """Write a table as UTF-8 comma CSV with CRLF, header first; without a header only the rows are written.

    A header of one row and cells beyond it are written as they stand, so that nothing of the file is lost.
    """
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\r\n")
        if table.header:
            writer.writerow(table.header_text or table.header)
        for cells in iter_rows(table):
            writer.writerow(cells)


def iter_rows(table: Table) -> Iterator[list[str]]:
    """Each row's cells as text: absent cells are left off at the end and empty in the middle."""
    with pa.memory_map(table.spool) as source:
        reader = pa.ipc.open_file(source)
        width = _width(reader.schema)
        for number in range(reader.num_record_batches):
            batch = reader.get_batch(number)
            columns = [batch.column(index + 1).to_pylist() for index in range(width)]
            for cells, more in zip(zip(*columns, strict=True), batch.column(MORE).to_pylist(), strict=True):
                yield whole_row(list(cells), more)


def rows_at(table: Table, lines: Sequence[int]) -> Iterator[tuple[int, list[str]]]:
    """Line and cells of the rows that start at these lines (rising), one by one: what a correction file wants."""
    with pa.memory_map(table.spool) as source:
        reader = pa.ipc.open_file(source)
        width = _width(reader.schema)
        for number in range(reader.num_record_batches):
            batch = reader.get_batch(number)
            starts = batch.column("line")
            first, last = pc.min_max(starts).as_py().values()
            near = lines[bisect_left(lines, first) : bisect_right(lines, last)]
            chosen = batch.filter(pc.is_in(starts, pa.array(near, pa.int32())))
            for begin in range(0, chosen.num_rows, _ROWS_AT_ONCE):
                for row in chosen.slice(begin, _ROWS_AT_ONCE).to_pylist():
                    cells = [row[column_name(index)] for index in range(width)]
                    yield row["line"], whole_row(cells, row[MORE])


def summary(table: Table) -> dict[str, Any]:
    """How a table was read, as JSON-able data for `check` and `read`."""
    return {
        "format": table.format,
        "encoding": table.encoding,
        "delimiter": table.delimiter,
        "sheet": table.sheet,
        "header": list(table.header),
        "header_lines": list(table.header_lines),
        "skipped_lines": [asdict(line) for line in table.skipped],
        "rows": table.rows,
        "row_lines": table.row_lines,
        "physical_lines": table.physical_lines,
        "faults": len(table.faults),
        "snapshot_hint": table.snapshot_hint,
        "notes": list(table.notes),
    }


def _width(schema: pa.Schema) -> int:
    return len(schema.names) - 2
