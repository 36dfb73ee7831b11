"""The fast path: pyarrow reads whole columns of text from a file whose bytes were found safe (`survey`).

A file that is not safe as a whole is read part by part: only the parts with damage in them are read record by record.
"""

from __future__ import annotations

import io
from contextlib import closing
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import csv

from connector.ahead import ahead
from connector.readers.body import says_more
from connector.readers.dialect import QUOTE, Splitter, records
from connector.readers.survey import survey

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from connector.readers.body import Body
    from connector.readers.dialect import Dialect, Record

    Mend = Callable[[str, Record], Record]

_MOST_AT_ONCE = 1024 * 1024
_LEAST_AT_ONCE = 64 * 1024
_SHARED = 128 * 1024 * 1024
PART_BYTES = 2 * 1024 * 1024
"""About as much is read record by record because of one damaged row."""


def read_columns(
    body: Body, data: pa.Buffer, dialect: Dialect, goes_on: Callable[[], bool] = lambda: True
) -> bool:
    """Feed the lines below the header to `body`; False where a line is not as wide as the others (start again).

    Or as soon as it no longer `goes_on`.
    """
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
            with closing(_ahead(data.slice(start, end - start), width, dialect)) as batches:
                for batch in batches:
                    columns = batch.columns
                    if says_more(columns[body.layout.width :]) or not goes_on():
                        return False
                    body.add_columns(line, columns[: body.layout.width])
                    line += batch.num_rows
        except pa.ArrowInvalid:
            return False
    if blank:
        body.skip(line, line + blank - 1, "blank line")
    return True


def read_by_parts(
    body: Body, data: pa.Buffer, dialect: Dialect, mend: Mend | None, lines: int, *, ends_open: bool
) -> bool:
    """Feed the `lines` of a file below the header to `body`, whole columns wherever a part of it is in order.

    False where the lines of the header cannot be told from the bytes alone: nothing was fed.
    """
    raw = memoryview(data)
    line = sum(skipped.last - skipped.line + 1 for skipped in body.layout.skipped) + 1
    start = _offset_of(raw, line - 1)
    if survey(raw[:start], dialect.delimiter, quoting=False).bare_returns:
        return False
    careful = _Careful(body, data, dialect, mend, lines if ends_open else 0)
    while start < len(raw):
        end = _end_of_line(raw, start + PART_BYTES)
        columns = _columns_of(body, data.slice(start, end - start), dialect)
        if columns is None:
            start, line = careful.read(start, end, line)
        else:
            body.add_columns(line, columns)
            start, line = end, line + len(columns[0])
    return True


class _Careful:
    """Reads single parts record by record; `cut_off` is the number of a last line without end, else 0."""

    def __init__(
        self, body: Body, data: pa.Buffer, dialect: Dialect, mend: Mend | None, cut_off: int
    ) -> None:
        self._body = body
        self._data = data
        self._dialect = dialect
        self._mend = mend
        self._cut_off = cut_off

    def read(self, start: int, end: int, line: int) -> tuple[int, int]:
        """Read the records from `start` on that begin before `end`; gives where the next one begins, and its line."""
        raw, ends = memoryview(self._data), [start]
        last = line - 1 + survey(raw[start:end], self._dialect.delimiter, quoting=False).lines
        taken = line - 1
        for record in records(self._lines(start, ends), self._dialect, line, self._mend):
            self._body.add(record, cut_off=record.last == self._cut_off)
            taken = record.last
            if taken >= last:
                break
        return ends[taken - line + 1], taken + 1

    def _lines(self, start: int, ends: list[int]) -> Iterator[str]:
        """The lines from `start` on; where each of them ends is noted in `ends`."""
        for text in io.TextIOWrapper(pa.BufferReader(self._data.slice(start)), encoding="utf-8", newline=""):
            ends.append(ends[-1] + (len(text) if text.isascii() else len(text.encode())))
            yield text


def _columns_of(body: Body, part: pa.Buffer, dialect: Dialect) -> list[pa.Array] | None:
    """A part as columns; None where it must be read record by record."""
    facts = survey(memoryview(part), dialect.delimiter, quoting=dialect.quoting)
    width = len(Splitter(dialect).split(_first_line(memoryview(part), 0))[0])
    if facts.bare_returns or facts.lost or not facts.tidy_quotes or width < body.layout.width:
        return None
    try:
        table = _batches(part, width, dialect).read_all().combine_chunks()
    except pa.ArrowInvalid:
        return None
    columns = [column.chunk(0) for column in table.columns]
    if table.num_rows != facts.lines or says_more(columns[body.layout.width :]):
        return None
    return columns[: body.layout.width]


def _end_of_line(raw: memoryview, place: int) -> int:
    """Where the line that holds `place` ends."""
    block = 64 * 1024
    while place < len(raw):
        found = raw[place : place + block].tobytes().find(b"\n")
        if found >= 0:
            return place + found + 1
        place += block
    return len(raw)


def _ahead(data: pa.Buffer, width: int, dialect: Dialect) -> Generator[pa.RecordBatch]:
    """The batches, parsed while others are used, unless there is one only."""
    batches = _batches(data, width, dialect)
    return ahead(batches) if len(data) > _LEAST_AT_ONCE else (batch for batch in batches)


def _batches(data: pa.Buffer, width: int, dialect: Dialect) -> csv.CSVStreamingReader:
    names = [str(index) for index in range(width)]
    # Arrow reserves room for a whole block in every column: the wider the table, the smaller the blocks.
    block = max(_LEAST_AT_ONCE, min(_MOST_AT_ONCE, _SHARED // width))
    return csv.open_csv(
        pa.BufferReader(data),
        read_options=csv.ReadOptions(column_names=names, block_size=block, use_threads=False),
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
