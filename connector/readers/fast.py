"""The fast path: pyarrow reads whole columns of text from a file whose bytes were found safe (`survey`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import csv

from connector.readers.body import says_more
from connector.readers.dialect import QUOTE, Splitter

if TYPE_CHECKING:
    from connector.readers.body import Body
    from connector.readers.dialect import Dialect

_MOST_AT_ONCE = 8 * 1024 * 1024
_LEAST_AT_ONCE = 64 * 1024
_SHARED = 128 * 1024 * 1024


def read_columns(body: Body, data: pa.Buffer, dialect: Dialect) -> bool:
    """Feed the lines below the header to `body`; False where a line is not as wide as the others (start again)."""
    raw = memoryview(data)
    first = sum(line.last - line.line + 1 for line in body.layout.skipped)
    start = _offset_of(raw, first)
    end, blank = _without_blank_tail(raw, start)
    line = first + 1
    if start < end:
        width = len(Splitter(dialect).split(_first_line(raw, start))[0])
        if width < body.layout.width:
            return False
        try:
            for batch in _batches(data.slice(start, end - start), width, dialect):
                columns = batch.columns
                if says_more(columns[body.layout.width :]):
                    return False
                body.add_columns(line, columns[: body.layout.width])
                line += batch.num_rows
        except pa.ArrowInvalid:
            return False
    if blank:
        body.skip(line, line + blank - 1, "blank line")
    return True


def _batches(data: pa.Buffer, width: int, dialect: Dialect) -> csv.CSVStreamingReader:
    names = [str(index) for index in range(width)]
    # Arrow reserves room for a whole block in every column: the wider the table, the smaller the blocks.
    block = max(_LEAST_AT_ONCE, min(_MOST_AT_ONCE, _SHARED // width))
    return csv.open_csv(
        pa.BufferReader(data),
        read_options=csv.ReadOptions(column_names=names, block_size=block, use_threads=True),
        parse_options=csv.ParseOptions(
            delimiter=dialect.delimiter,
            quote_char=QUOTE if dialect.quoting else False,
            double_quote=dialect.quoting,
            escape_char=False,
            newlines_in_values=False,
            ignore_empty_lines=False,
        ),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.large_string()), check_utf8=False, strings_can_be_null=False
        ),
    )


def _offset_of(raw: memoryview, lines: int) -> int:
    """Where the line after the first `lines` begins (there are few: the header is near the top)."""
    offset, block = 0, 64 * 1024
    while lines:
        piece = raw[offset : offset + block].tobytes()
        if not piece:
            return len(raw)
        place = -1
        while lines and (found := piece.find(b"\n", place + 1)) >= 0:
            place, lines = found, lines - 1
        offset += place + 1 if not lines else len(piece)
    return offset


def _first_line(raw: memoryview, start: int) -> str:
    size = 64 * 1024
    while b"\n" not in (piece := raw[start : start + size].tobytes()) and start + size < len(raw):
        size *= 8
    return piece.split(b"\n", 1)[0].rstrip(b"\r").decode("utf-8", "ignore")


def _without_blank_tail(raw: memoryview, start: int) -> tuple[int, int]:
    """Where the last line that says anything ends, and how many empty lines follow it."""
    end, blank = len(raw), 0
    while True:
        cut = end - 2 if raw[max(end - 2, start) : end].tobytes() == b"\r\n" else end - 1
        if end <= start or raw[end - 1] != ord("\n"):
            return end, blank
        if cut > start and raw[cut - 1] != ord("\n"):
            return end, blank
        end, blank = max(cut, start), blank + 1
