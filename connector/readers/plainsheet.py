"""The quick way through a large sheet of an xlsx: its XML is split by Arrow as if it were delimited text.

Nearly all cells of a sheet say `<c r="A2" s="1" t="s"><v>12</v></c>`: a place, a style, a type and a value. Where every
row has the same cells, a row is a line of fields between `<`. Each field is compared with what it must be, so that
nothing is taken for something else. A few rows may have other cells; they are taken apart one by one. Anything more
(formulas, dates, errors, merged cells, hidden rows, text in cells) is for calamine: `NotPlain`.
"""

from __future__ import annotations

import zipfile
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyarrow import csv

from connector.ahead import ahead
from connector.readers.columns import BLOCK_ROWS
from connector.readers.damage import ZIP_DAMAGE
from connector.readers.plaincells import (
    CELL,
    ENCODING,
    ROW,
    ROW_END,
    ROW_NUMBER,
    Column,
    Known,
    NotPlain,
    Numbers,
    odd_row,
)
from connector.readers.spool import check_columns
from connector.readers.stored import BLOCK, column_number, part_of
from connector.readers.table import HEAD_RECORDS

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from connector.readers.limits import Limits
    from connector.readers.oddities import Oddities
    from connector.readers.plaincells import Odd

LARGE = 1024 * 1024
"""A sheet with less XML is read as fast by calamine, which reads everything."""

_WIDEST = 200
_LINES_SEEN = 100
_ODD_ROWS = 50, 0.2
"""Rows with other cells than the rest, in a piece of a sheet: so many, or this share of them."""

_GAPS = 1_000
"""Rows left out of a piece of a sheet; more are for calamine."""

_FILLERS = ["", ">", "/v>", "/c>", "/ro"]
_W, _SLASH, _LF = (np.uint8(ord(letter)) for letter in "w/\n")


def plain_blocks(path: Path, sheet: str, oddities: Oddities, limits: Limits) -> Iterator[list[pa.Array]]:
    """The cells of a sheet as columns of text, in the same blocks and with the same text as `columns.text_blocks`.

    Raises:
        NotPlain: at the start or at any block.
    """
    try:
        with zipfile.ZipFile(path) as book:
            part = part_of(book, "xl/workbook.xml", sheet)
            if part is None or book.getinfo(part).file_size < LARGE:
                raise NotPlain
            known = Known(book)
            with book.open(part) as source, closing(ahead(_pieces(_lines(source)))) as pieces:
                yield from _of_same_size(_columns(pieces, known, oddities, limits))
    except (*ZIP_DAMAGE, pa.ArrowInvalid, UnicodeDecodeError, KeyError) as error:
        raise NotPlain from error


# -- the XML as lines


def _lines(source: IO[bytes]) -> Iterator[pa.Buffer]:
    """What stands between `<sheetData>` and its end, one line for each row, block by block."""
    rest = source.read(BLOCK)
    head, begin, rest = rest.partition(b"<sheetData>")
    if not begin or ENCODING.search(head):
        raise NotPlain
    while True:
        cut = rest.rfind(b"</row>") + 5
        if cut > 4:  # noqa: PLR2004 - found
            ready, rest = rest[:cut], rest[cut:]
            if b"\n" in ready or b"\r" in ready:
                raise NotPlain
            yield _with_line_ends(ready)
        more = source.read(BLOCK)
        if not more:
            break
        rest += more
        if len(rest) > 4 * BLOCK:
            raise NotPlain
    end = rest.startswith(b"></sheetData>") and rest.rstrip().endswith(b"</worksheet>")
    if not end or b"<mergeCell" in rest:
        raise NotPlain


def _with_line_ends(rows: bytes) -> pa.Buffer:
    """Rows with a line end instead of the last letter of each `</row`: nothing has to move for it."""
    marked = np.frombuffer(rows, np.uint8).copy()
    places = np.flatnonzero(marked == _W)
    marked[places[marked[places - 3] == _SLASH]] = _LF
    return pa.py_buffer(marked)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some rows: the fields of those that have all cells, and the text of the others."""

    rows: pa.Table
    odd: list[str]
    width: int


def _pieces(blocks: Iterator[pa.Buffer]) -> Generator[_Piece]:
    """The fields of each row: the end of that before, its tag; for each cell `c …>`, `v>…`, `/v>`, `/c>`; its end."""
    width = 0
    for lines in blocks:
        if not width:
            first = lines.to_pybytes().split(b"\n", _LINES_SEEN)[:_LINES_SEEN]
            counts = Counter(line.count(b"<") for line in first if line)
            width, more = divmod(counts.most_common(1)[0][0] - 2, 4)
            if more or not 0 < width <= _WIDEST:
                raise NotPlain
            names, types = _fields(width)
        odd: list[str] = []
        rows = csv.read_csv(
            pa.BufferReader(lines),
            read_options=csv.ReadOptions(column_names=names, block_size=len(lines) + 1, use_threads=False),
            parse_options=csv.ParseOptions(
                delimiter="<",
                quote_char=False,
                double_quote=False,
                escape_char=False,
                newlines_in_values=False,
                ignore_empty_lines=False,
                invalid_row_handler=lambda row, odd=odd: odd.append(row.text) or "skip",
            ),
            convert_options=csv.ConvertOptions(
                column_types=types, check_utf8=False, strings_can_be_null=False, null_values=_FILLERS
            ),
        )
        if len(odd) > max(_ODD_ROWS[0], rows.num_rows * _ODD_ROWS[1]):
            raise NotPlain
        yield _Piece(rows, odd, width)


def _fields(width: int) -> tuple[list[str], dict[str, pa.DataType]]:
    """Names and types; a column of nulls takes only what counts as one."""
    names = ["", "row", *(f"{kind}{at}" for at in range(width) for kind in ("c", "v", "/v", "/c")), "/row"]
    return names, {name: pa.string() if name[:1] in tuple("rcv") else pa.null() for name in names}


# -- lines as columns


def _columns(
    pieces: Iterator[_Piece], known: Known, oddities: Oddities, limits: Limits
) -> Iterator[list[pa.Array]]:
    number = 1
    blank_end = False
    fields: dict[int, int] = {}
    for piece in pieces:
        odd = [odd_row(text, known) for text in piece.odd]
        fields = fields or _places(piece)
        if number == 1:  # the head has all columns that have a name
            width = max([*fields, *(at for _row, cells in odd for at in cells)]) + 1
            check_columns(width, limits)
        if any(at >= width for _row, cells in odd for at in cells):
            raise NotPlain
        tags = _one(piece.rows.column("row"))
        regular = _in_turn(number, tags, [row for row, _cells in odd])
        if regular is None:
            regular = np.array([_row_number(tag) for tag in tags.to_pylist()], np.int64)
            odd = _with_missing(number, regular, odd)
        written = Numbers(regular)
        if not all(ROW_END.fullmatch(end) for end, _those in written.ends(tags, ROW)):
            raise NotPlain
        order = None
        if odd:
            apart = np.array([row for row, _cells in odd], np.int64)
            order = pa.array(np.argsort(np.concatenate((regular, apart)), kind="stable"))
        columns = []
        for at in range(width):
            its = (
                [_one(piece.rows.column(f"{kind}{fields[at]}")) for kind in ("c", "v")]
                if at in fields
                else None
            )
            column = Column(known, its, written, at)
            columns.append(column.text([cells.get(at) for _row, cells in odd], order, oddities))
        yield columns
        number += len(regular) + len(odd)
        if number * width > limits.cells:
            raise NotPlain
        blank_end = bool(odd) and odd[-1][0] == number - 1 and not odd[-1][1]
    if blank_end:
        raise NotPlain


def _places(piece: _Piece) -> dict[int, int]:
    """Which of the cells of a row stands in which column: a sheet may have blank ones."""
    if not piece.rows.num_rows:
        raise NotPlain
    places = [CELL.match(piece.rows.column(f"c{cell}")[0].as_py()) for cell in range(piece.width)]
    found = {column_number(place.group(1)) - 1: cell for cell, place in enumerate(places) if place}
    if len(found) < piece.width:
        raise NotPlain
    return found


def _in_turn(number: int, tags: pa.Array, apart: list[int]) -> NDArray[np.int64] | None:
    """The numbers of rows from `number` on, without those `apart`; None where they are others."""
    numbers = np.arange(number, number + len(tags) + len(apart))
    if apart:
        numbers = np.setdiff1d(numbers, np.array(apart, np.int64))
    if len(numbers) != len(tags):
        return None
    ends = (0, len(tags) - 1) if len(tags) else ()
    return numbers if all(_row_number(tags[at].as_py()) == numbers[at] for at in ends) else None


def _row_number(tag: str) -> int:
    found = ROW_NUMBER.match(tag)
    if found is None:
        raise NotPlain
    return int(found.group(1))


def _with_missing(number: int, regular: NDArray[np.int64], odd: list[Odd]) -> list[Odd]:
    """The rows with other cells, and those that the sheet leaves out because nothing is in them."""
    apart = dict(odd)
    last = max([*regular[-1:].tolist(), *apart, number - 1])
    if (
        (np.diff(regular) <= 0).any()
        or len(apart) < len(odd)
        or last - number > len(regular) + len(odd) + _GAPS
    ):
        raise NotPlain
    missing = np.setdiff1d(np.arange(number, last + 1), regular).tolist()
    if not apart.keys() <= set(missing):
        raise NotPlain
    return [(row, apart.get(row, {})) for row in missing]


def _one(column: pa.ChunkedArray) -> pa.Array:
    return (
        column.chunk(0)
        if column.num_chunks == 1
        else pa.concat_arrays(column.chunks or [pa.array([], pa.string())])
    )


def _of_same_size(pieces: Iterator[list[pa.Array]]) -> Iterator[list[pa.Array]]:
    """The head, where the table is looked for, and then larger blocks."""
    wanted, held = HEAD_RECORDS, 0
    waiting: list[list[pa.Array]] = []
    for columns in pieces:
        waiting.append(columns)
        held += len(columns[0])
        while held >= wanted:
            whole = [pa.concat_arrays(parts) for parts in zip(*waiting, strict=True)]
            yield [column.slice(0, wanted) for column in whole]
            waiting, held = [[column.slice(wanted) for column in whole]], held - wanted
            wanted = BLOCK_ROWS
    if held:
        yield [pa.concat_arrays(parts) for parts in zip(*waiting, strict=True)]
