"""Delimited text: encoding, dialect, table, then the fast path where the bytes allow it and the careful one else."""

from __future__ import annotations

import codecs
import io
import mmap
import re
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import islice, zip_longest
from typing import TYPE_CHECKING

import pyarrow as pa

from connector.errors import RejectDrop
from connector.readers.body import Body, Origin
from connector.readers.dialect import NO_DELIMITER, QUOTE, Dialect, Record, records
from connector.readers.encoding import UNSEEN, looks_like_utf8, to_utf8
from connector.readers.fast import read_by_parts, read_columns
from connector.readers.grid import tables_beside, with_tables_below
from connector.readers.heading import find_table_in
from connector.readers.mend import Mender
from connector.readers.neighbours import side_by_side
from connector.readers.sniff import sniff
from connector.readers.survey import survey
from connector.readers.table import HEAD_RECORDS
from connector.readers.top import head_of, says_something
from connector.readers.wrapped import NOTE as WRAPPED
from connector.readers.wrapped import is_wrapped, unwrap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from connector.model import Table
    from connector.readers.encoding import Text
    from connector.readers.limits import Limits, ReaderOptions
    from connector.readers.survey import Survey
    from connector.readers.table import Layout
    from connector.readers.top import Top

_HEAD_BYTES = 256 * 1024
_PIECE_BYTES = 64 * 1024
_SEEN_BEFORE = 8 * 1024 * 1024
"""A text no larger is looked at before it is read, one that is larger meanwhile, but for a quick look at so much."""
_LISTED = 12
_LINE_END = re.compile(rb"\r\n|\n|\r")
_END_MARK = 0x1A
_NOTHING = ' \t\r\n,;|"\xa0'


def read_text(
    path: Path,
    spool: Path,
    options: ReaderOptions,
    limits: Limits,
    *,
    format_name: str = "csv",
    fast: bool = True,
) -> tuple[tuple[Table, ...], tuple[str, ...]]:
    """The table of a delimited text file, and notes on the file. `fast=False` forces the careful path (tests).

    Raises:
        RejectDrop: not text, or over a limit.
    """
    read = partial(_read, spool=spool, options=options, limits=limits, format_name=format_name, fast=fast)
    with suppress(_NotUtf8):
        # Most files are UTF-8. That this one is, is found out while it is read: a look beforehand would take longer.
        if text := looks_like_utf8(path, options):
            return read(text)
    text = to_utf8(path, spool, options)
    try:
        return read(text)
    finally:
        if text.copied:
            text.path.unlink(missing_ok=True)


class _NotUtf8(Exception):
    """What was taken for UTF-8 is not, or has NULs in it: all that was read of it is to be forgotten."""


def _read(
    text: Text, *, spool: Path, options: ReaderOptions, limits: Limits, format_name: str, fast: bool
) -> tuple[tuple[Table, ...], tuple[str, ...]]:
    if text.path.stat().st_size <= text.start:
        return (), (*text.notes, "the file is empty")
    with text.path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    data = _without_end_mark(pa.py_buffer(mapped).slice(text.start))
    let_go = partial(mapped.madvise, mmap.MADV_DONTNEED)
    if any(map(is_wrapped, _pieces(memoryview(data)[:_HEAD_BYTES]))):
        if text.encoding == UNSEEN:
            raise _NotUtf8  # it is rare, and will be changed before it is looked at as a whole
        data, text = pa.py_buffer(unwrap(data.to_pybytes())), replace(text, notes=(*text.notes, WRAPPED))
    tables = _tables_of(text, data, spool, options, limits, let_go=let_go, format_name=format_name, fast=fast)
    if not tables:
        return (), (*text.notes, "the file holds blank lines only")
    return tuple(_as_written(table, text, data) for table in tables), text.notes


def _as_written(table: Table, text: Text, data: pa.Buffer) -> Table:
    """The table with what a correction file needs to know of the file."""
    found = _LINE_END.search(memoryview(data)[:_HEAD_BYTES].tobytes())
    line_end = found.group().decode() if found else table.line_end
    return replace(table, line_end=line_end, bom=text.marked)


def _without_end_mark(data: pa.Buffer) -> pa.Buffer:
    """The text before the mark that old systems put at the end of a file (Ctrl-Z, often many)."""
    end = len(data)
    while end and data[end - 1] == _END_MARK:
        end -= 1
    return data.slice(0, end)


def _tables_of(
    text: Text,
    data: pa.Buffer,
    spool: Path,
    options: ReaderOptions,
    limits: Limits,
    *,
    let_go: Callable[[], object],
    format_name: str,
    fast: bool,
) -> list[Table]:
    dialect = sniff(_pieces(memoryview(data)), options)
    source = _Source(data, dialect, limits, let_go)
    origin = Origin(format_name, text.encoding, _shown(dialect), second_encoding=text.second)
    try:
        tables = _tables_in(source, origin, spool, options, limits, fast=fast)
    finally:
        encoding = source.encoding()  # where it is none, whatever went wrong before is no matter
    return tables if text.encoding != UNSEEN else [replace(table, encoding=encoding) for table in tables]


def _tables_in(
    source: _Source, origin: Origin, spool: Path, options: ReaderOptions, limits: Limits, *, fast: bool
) -> list[Table]:
    data, dialect = source.data, source.dialect
    top, seen = _head_of(source)
    head = top.head
    if len(head) < HEAD_RECORDS and not any(says_something(record, _NOTHING) for record in head):
        return []
    if parts := side_by_side(head, options):
        return tables_beside(
            list(source.records()),
            parts,
            origin,
            spool,
            options=options,
            limits=limits,
            notes=_notes(dialect, source.facts()),
        )
    found = find_table_in(head, {record.line: line for line, record in seen}, dialect, options)
    layout = top.above(found)
    body = Body(layout, spool, limits)
    if fast and source.dialect_is_plain():
        with body.discarded_on_failure():
            go_on = source.may_be_fast
            if go_on() and read_columns(body, data, dialect, go_on) and source.fast_is_safe():
                facts = source.facts()
                table = body.finish(origin, facts.lines, _notes(dialect, facts))
                table = replace(table, quoting=dialect.quoting)
                return with_tables_below(table, body.rest, origin, spool, options=options, limits=limits)
        body.spool.discard()
        body = Body(layout, spool, limits)
    mender = _mender(seen, head, found, dialect)
    with body.discarded_on_failure():
        facts = source.facts()
        by_parts = fast and source.dialect_is_plain() and facts.lines > len(head)
        if not by_parts or not read_by_parts(
            body, data, dialect, mender, facts.lines, ends_open=facts.ends_open
        ):
            body.add_all(islice(source.records(mender), layout.first, None), ends_open=facts.ends_open)
        table = body.finish(origin, facts.lines, [*_notes(dialect, facts), *_mended(mender)])
    table = replace(table, quoting=dialect.quoting)
    return with_tables_below(table, body.rest, origin, spool, options=options, limits=limits)


def _head_of(source: _Source) -> tuple[Top, list[tuple[str, Record]]]:
    """The first records, and those of one whole line again with that line."""
    seen: list[tuple[str, Record]] = []

    def keep(line: str, record: Record) -> Record:
        seen.append((line, record))
        return record

    return head_of(source.records(keep), _NOTHING), seen


def _mender(
    seen: list[tuple[str, Record]], head: list[Record], layout: Layout, dialect: Dialect
) -> Mender | None:
    if layout.first >= len(head) or dialect.gaps:
        return None
    return Mender(seen, dialect, layout.width, head[layout.first].line)


def _mended(mender: Mender | None) -> list[str]:
    if mender is None or not mender.lines:
        return []
    listed = ", ".join(map(str, mender.lines[:_LISTED])) + (" …" if len(mender.lines) > _LISTED else "")
    return [
        f"{len(mender.lines)} rows with a delimiter missing, too many or another were mended (lines {listed})"
    ]


def _shown(dialect: Dialect) -> str | None:
    if dialect.gaps:
        return "fixed width"
    if dialect.delimiter == NO_DELIMITER:
        return None
    return dialect.delimiter + (" " if dialect.padded else "")


class _Source:
    """The records of one text file, as often as they are wanted, and what its bytes say, looked at meanwhile."""

    def __init__(
        self, data: pa.Buffer, dialect: Dialect, limits: Limits, let_go: Callable[[], object]
    ) -> None:
        """`let_go` of the pages of `data` that were looked at: they come back when they are looked at again."""
        self.data = data
        self._let_go = let_go
        self.dialect = dialect
        self._longest = limits.cell_length * 10
        look = partial(
            survey, delimiter=dialect.delimiter, quoting=dialect.quoting, longest_from=self._longest
        )
        view = memoryview(data)
        if len(data) <= _SEEN_BEFORE:
            self._surveyed: Future[Survey] = Future()
            self._surveyed.set_result(look(view))
        else:
            self._surveyed = _beside(look, view)
            if not _looks_sound(view[:_SEEN_BEFORE], self._longest):
                self.facts()  # before a record of such lines is read

    def encoding(self) -> str:
        """ASCII or UTF-8, when the look at the bytes has come to its end: a file changed before then would break it.

        Raises:
            _NotUtf8: neither.
        """
        facts = self._surveyed.result()
        if not facts.utf8:
            raise _NotUtf8
        return "ascii" if facts.ascii else "utf-8"

    def facts(self) -> Survey:
        """What a pass over all bytes found.

        Raises:
            RejectDrop: a line is longer than allowed.
            _NotUtf8: it cannot be read as UTF-8.
        """
        facts = self._surveyed.result()
        if not facts.utf8:
            raise _NotUtf8
        if facts.longest > self._longest:
            raise RejectDrop(
                f"a line of {facts.longest:,} bytes; at most {self._longest:,} are allowed "
                "(ten times the setting reading.max_cell_bytes)"
            )
        return facts

    def records(self, mend: Callable[[str, Record], Record] | None = None) -> Iterator[Record]:
        return records(self._lines(), self.dialect, mend=mend)

    def _lines(self) -> Iterator[str]:
        # Over the mapped bytes, so that a source left half read leaves no open file behind.
        yield from io.TextIOWrapper(pa.BufferReader(self.data), encoding="utf-8", newline="")

    def may_be_fast(self) -> bool:
        """Whether nothing speaks against reading whole columns, as far as is known by now; asked block by block."""
        self._let_go()  # a larger file takes no more memory
        return self.dialect_is_plain() and (not self._surveyed.done() or self.fast_is_safe())

    def fast_is_safe(self) -> bool:
        """Whether every line is one record, whose cells stand where the delimiters say."""
        facts = self.facts()
        return facts.bare_returns == 0 and facts.tidy_quotes and not facts.lost and self.dialect_is_plain()

    def dialect_is_plain(self) -> bool:
        """Whether the dialect is one that columns can be read in at all."""
        return (
            not self.dialect.gaps
            and self.dialect.escape is None
            and self.dialect.quote == QUOTE
            and not self.dialect.padded
            and self.dialect.delimiter.isascii()
            and len(self.dialect.delimiter) == 1
        )


def _looks_sound(view: memoryview, longest: int) -> bool:
    """Whether the top of a file seems to be UTF-8 and has a line end at least every `longest` bytes."""
    end = 0
    while end + longest < len(view):
        piece = view[end : end + longest].tobytes()
        last = max(piece.rfind(b"\n"), piece.rfind(b"\r"))
        if last < 0:
            return False
        end += last + 1
    top = view[:_HEAD_BYTES].tobytes()
    with suppress(UnicodeDecodeError):
        return (
            0 not in top and len(codecs.utf_8_decode(top, "strict", False)[0]) > 0
        )  # may end within a character
    return False


def _beside(look: Callable[[memoryview], Survey], data: memoryview) -> Future[Survey]:
    thread = ThreadPoolExecutor(1)
    try:
        return thread.submit(look, data)
    finally:
        thread.shutdown(wait=False)


def _pieces(view: memoryview) -> list[list[str]]:
    """Whole physical lines from the head of a file, and from its middle and tail where it is large."""
    size = len(view)
    pieces = [_lines_of(view[:_HEAD_BYTES].tobytes(), from_start=True, to_end=size <= _HEAD_BYTES)]
    if size > _HEAD_BYTES + 2 * _PIECE_BYTES:
        middle = size // 2
        pieces.append(
            _lines_of(view[middle : middle + _PIECE_BYTES].tobytes(), from_start=False, to_end=False)
        )
        pieces.append(_lines_of(view[size - _PIECE_BYTES :].tobytes(), from_start=False, to_end=True))
    return [piece for piece in pieces if piece]


def _lines_of(data: bytes, *, from_start: bool, to_end: bool) -> list[str]:
    text = io.StringIO(data.decode("utf-8", "ignore"), newline="")
    lines = list(text)
    return lines[0 if from_start else 1 : len(lines) if to_end or len(lines) == 1 else -1]


def _notes(dialect: Dialect, facts: Survey) -> list[str]:
    notes = []
    if dialect.gaps:
        starts, ends = [1, *(behind + 1 for _, behind in dialect.gaps)], [first for first, _ in dialect.gaps]
        places = ", ".join(f"{start}-{end}" for start, end in zip_longest(starts, ends, fillvalue=""))
        notes.append(f"the columns stand at fixed positions, with blanks between them: {places}")
    elif not dialect.quoting and facts.marks:
        notes.append(f"{facts.marks} quote marks ({QUOTE}) enclose nothing and were read as text")
    if dialect.quoting and dialect.quote != QUOTE:
        notes.append(f"the mark {dialect.quote} encloses cells")
    if dialect.escape:
        notes.append("a backslash before a quote mark was read as an escape")
    return notes
