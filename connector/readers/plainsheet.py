"""The quick way through a large sheet of an xlsx: its XML is split by Arrow as if it were delimited text.

Nearly all cells of a sheet say `<c r="A2" s="1" t="s"><v>12</v></c>`: a place, a style, a type and a value. Where every
row has the same cells, a row is a line of fields between `<`. Each field is compared with what it must be, so that
nothing is taken for something else. A few rows may have other cells; they are taken apart one by one. Anything more
(formulas, dates, errors, merged cells, hidden rows, text in cells) is for calamine: `NotPlain`.
"""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from html import unescape
from typing import IO, TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from connector.ahead import ahead
from connector.readers.cellbytes import bytes_of, ends_in
from connector.readers.columns import BLOCK_ROWS, number_texts
from connector.readers.damage import ZIP_DAMAGE
from connector.readers.numbers import reads_two_ways
from connector.readers.oddities import two_ways_in
from connector.readers.spool import check_columns
from connector.readers.stored import BLOCK, column_letters, column_number, part_of, timeless_styles
from connector.readers.table import HEAD_RECORDS

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from connector.readers.limits import Limits
    from connector.readers.oddities import Oddities

LARGE = 1024 * 1024
"""A sheet with less XML is read as fast by calamine, which reads everything."""

_MOST_STRINGS = 64 * 1024 * 1024
_LINES_SEEN = 100
_ODD_ROWS = 50, 0.2
"""Rows with other cells than the rest, in a piece of a sheet: so many, or this share of them."""

_GAPS = 1_000
"""Rows left out of a piece of a sheet; more are for calamine."""

_ENDS = 20
"""Ways in which the tags of one column end: a style for each is much."""

_FILLERS = ["", ">", "/v>", "/c>", "/ro"]
_TEXT = pa.large_string()
_ENCODING = re.compile(rb"""encoding=["'](?!utf-8["'])""", re.IGNORECASE)
_ROW = 'row r="'
_ROW_NUMBER = re.compile(f'{_ROW}([0-9]{{1,7}})"')
_ROW_END = re.compile(r'"(?: (?!hidden=)[\w:.]+="[^"<>&]*")*>')
_CELL_END = re.compile(r'"(?: s="([0-9]{1,5})")?(?: t="([sn])")?>')
_ODD_ROW = re.compile(r'>?<row r="([0-9]{1,7})("[^<>]*>)((?:<c [^<>]*/>|<c [^<>]*><v>[^<>&]*</v></c>)*)</ro')
_ODD_CELL = re.compile(r'<c r="([A-Z]{1,3})([0-9]{1,7})("[^<>]*?)(?:/>|(>)<v>([^<>&]*)</v></c>)')
_STRINGS = re.compile(rb"<si><t(?: xml:space=\"preserve\")?>")
_ENTITY = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);)")
_ESCAPED = re.compile(rb"_x[0-9A-Fa-f]{4}_")
_OUTER_BLANK = re.compile(rb"<t>(?:\s|[^<]*\s</t>)")
"""Blanks that are not to be kept: calamine takes them off."""
_OF_NUMBERS = np.isin(np.arange(256), list(b"0123456789.eE+-"))
_DIGITS = 15
"""A whole number of no more digits is written in XML as we write it."""

_ZERO, _NINE, _W, _SLASH, _LF = (np.uint8(ord(letter)) for letter in "09w/\n")


class NotPlain(Exception):
    """The sheet has something in it that only calamine can read."""


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
            known = _Known(_shared_strings(book), timeless_styles(book))
            with book.open(part) as source, closing(ahead(_pieces(_lines(source)))) as pieces:
                yield from _of_same_size(_columns(pieces, known, oddities, limits))
    except (*ZIP_DAMAGE, pa.ArrowInvalid, UnicodeDecodeError, KeyError) as error:
        raise NotPlain from error


# -- the XML as lines


def _lines(source: IO[bytes]) -> Iterator[pa.Buffer]:
    """What stands between `<sheetData>` and its end, one line for each row, block by block."""
    rest = source.read(BLOCK)
    head, begin, rest = rest.partition(b"<sheetData>")
    if not begin or _ENCODING.search(head):
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
    """The fields of each row: the end of the one before, its tag, for each cell `c …>`, `v>…`, `/v>` and `/c>`, its end."""
    width = 0
    for lines in blocks:
        if not width:
            first = lines.to_pybytes().split(b"\n", _LINES_SEEN)[:_LINES_SEEN]
            counts = Counter(line.count(b"<") for line in first if line)
            width, more = divmod(counts.most_common(1)[0][0] - 2, 4)
            if more or width < 1:
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


class _Known:
    """What the cells refer to: texts that they share, and the styles that show no date, by number."""

    def __init__(self, strings: pa.Array, styles: frozenset[int]) -> None:
        self.strings = strings
        self._styles = styles
        self._ends: dict[str, bool] = {}
        self._blank = np.diff(ends_in(strings)) == 0
        self._two_ways = two_ways_in(strings)

    def is_text(self, end: str) -> bool:
        """Whether a cell whose tag ends so refers to a text; else it holds a number."""
        if end not in self._ends:
            said = _CELL_END.fullmatch(end)
            if said is None or (said.group(1) and int(said.group(1)) not in self._styles):
                raise NotPlain
            self._ends[end] = said.group(2) == "s"
        return self._ends[end]

    def places(self, values: pa.Array) -> pa.Array:
        """The places of texts in `strings`, from numbers written as text."""
        places = values.cast(pa.int32())
        at = places.to_numpy(zero_copy_only=False)
        if len(at) and (at.min() < 0 or at.max() >= len(self.strings)):
            raise NotPlain
        return places

    def blanks(self, places: NDArray[np.int32]) -> int:
        """How many of these texts are empty."""
        return int(np.count_nonzero(self._blank.take(places)))

    def two_ways(self, places: NDArray[np.int32], *, alone: bool) -> bool:
        """Whether one of these texts reads two ways; `alone`: no other cells stand beside them."""
        if alone:
            return bool(self._two_ways.take(places).any())
        return any(map(reads_two_ways, self.strings.take(pa.array(places)).unique().to_pylist()))


def _columns(
    pieces: Iterator[_Piece], known: _Known, oddities: Oddities, limits: Limits
) -> Iterator[list[pa.Array]]:
    number = 1
    blank_end = False
    for piece in pieces:
        check_columns(piece.width, limits)
        odd = [_odd_row(text, piece.width, known) for text in piece.odd]
        tags = _one(piece.rows.column("row"))
        regular = _in_turn(number, tags, [row for row, _cells in odd])
        if regular is None:
            regular = np.array([_row_number(tag) for tag in tags.to_pylist()], np.int64)
            odd = _with_missing(number, regular, odd)
        written = _Numbers(regular)
        if not all(_ROW_END.fullmatch(end) for end, _those in written.ends(tags, _ROW)):
            raise NotPlain
        order = None
        if odd:
            apart = np.array([row for row, _cells in odd], np.int64)
            order = pa.array(np.argsort(np.concatenate((regular, apart)), kind="stable"))
        columns = []
        for at in range(piece.width):
            tags, values = (piece.rows.column(f"{kind}{at}") for kind in ("c", "v"))
            column = _Column(known, _one(tags), _one(values), written, at)
            columns.append(column.text([cells.get(at) for _row, cells in odd], order, oddities))
        yield columns
        number += len(regular) + len(odd)
        if number * piece.width > limits.cells:
            raise NotPlain
        blank_end = bool(odd) and odd[-1][0] == number - 1 and not odd[-1][1]
    if blank_end:
        raise NotPlain


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
    found = _ROW_NUMBER.match(tag)
    if found is None:
        raise NotPlain
    return int(found.group(1))


def _with_missing(
    number: int, regular: NDArray[np.int64], odd: list[tuple[int, dict[int, tuple[bool, str]]]]
) -> list[tuple[int, dict[int, tuple[bool, str]]]]:
    """The rows with other cells, and those that the sheet leaves out because nothing is in them."""
    apart = dict(odd)
    last = max([*regular[-1:].tolist(), *apart, number - 1])
    if (np.diff(regular) <= 0).any() or len(apart) < len(odd) or last - number > len(regular) + len(odd) + _GAPS:
        raise NotPlain
    missing = np.setdiff1d(np.arange(number, last + 1), regular).tolist()
    if not apart.keys() <= set(missing):
        raise NotPlain
    return [(row, apart.get(row, {})) for row in missing]


def _one(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks or [pa.array([], pa.string())])


def _odd_row(text: str, width: int, known: _Known) -> tuple[int, dict[int, tuple[bool, str]]]:
    """Number of a row with other cells than the rest, and by column what they hold: whether a text, and the value."""
    row = _ODD_ROW.fullmatch(text.rstrip("\n"))
    if row is None or not _ROW_END.fullmatch(row.group(2)):
        raise NotPlain
    number, cells, taken = row.group(1), {}, 0
    for cell in _ODD_CELL.finditer(row.group(3)):
        letters, own_number, end, filled, value = cell.groups()
        taken += len(cell.group())
        if own_number != number:
            raise NotPlain
        if filled is None:
            continue  # a blank that has a style
        at = column_number(letters) - 1
        if not value or at >= width or at in cells:
            raise NotPlain
        cells[at] = (known.is_text(f"{end}>"), value)
    if taken != len(row.group(3)):
        raise NotPlain
    return int(number), cells


class _Numbers:
    """The numbers of some rows, as they stand in every tag."""

    def __init__(self, numbers: NDArray[np.int64]) -> None:
        self._text = pa.array(numbers).cast(pa.string())
        self._texts = self._text.to_pylist()
        self._lengths = np.diff(ends_in(self._text))

    def ends(self, tags: pa.Array, begin: str) -> Iterator[tuple[str, NDArray[np.bool_] | None]]:
        """What tags say behind `begin` and the number of their row: each once, with those that say it (None: all).

        Raises:
            NotPlain: a tag begins otherwise.
        """
        if not len(tags):
            return
        end = self._end(tags, begin, 0)
        places = ends_in(tags)
        alike = f"{begin}{f'{end}{begin}'.join(self._texts)}{end}".encode()
        if bytes_of(tags)[places[0] : places[-1]].tobytes() == alike:
            if (np.diff(places) == self._lengths + len(f"{begin}{end}".encode())).all():
                yield end, None
                return
        left = np.ones(len(tags), np.bool_)
        for _ in range(_ENDS):
            end = self._end(tags, begin, int(left.argmax()))
            same = pc.equal(tags, pc.binary_join_element_wise(begin, self._text, end, ""))
            yield end, same.to_numpy(zero_copy_only=False)
            left &= ~same.to_numpy(zero_copy_only=False)
            if not left.any():
                return
        raise NotPlain

    def _end(self, tags: pa.Array, begin: str, at: int) -> str:
        tag, start = tags[at].as_py(), begin + self._texts[at]
        if not tag.startswith(start):
            raise NotPlain
        return str(tag[len(start) :])


@dataclass(frozen=True, slots=True)
class _Column:
    """The cells of one column in the rows that have all: their tags and values as they stand there."""

    known: _Known
    tags: pa.Array
    values: pa.Array
    numbers: _Numbers
    at: int

    def text(
        self, odd: list[tuple[bool, str] | None], order: pa.Array | None, oddities: Oddities
    ) -> pa.Array:
        """The text of all rows, those with other cells (`odd`) in their places by `order`."""
        is_text, values = self._are_text(), self._values()
        if order is not None:
            is_text = np.concatenate((is_text, [cell is not None and cell[0] for cell in odd]))
            values = pa.concat_arrays([values, pa.array([cell[1] if cell else "" for cell in odd], pa.string())])
            is_text, values = is_text[order.to_numpy()], values.take(order)
        blank = None if order is None else ends_in(values)[1:] == ends_in(values)[:-1]
        if blank is not None and blank.any():
            return self._text_with_blanks(is_text, values, blank, oddities)
        return self._text_of(is_text, values, 0, oddities)

    def _text_with_blanks(
        self, is_text: NDArray[np.bool_], values: pa.Array, blank: NDArray[np.bool_], oddities: Oddities
    ) -> pa.Array:
        filled = pa.array(~blank)
        text = self._text_of(is_text[~blank], values.filter(filled), int(np.count_nonzero(blank)), oddities)
        places = np.cumsum(~blank) - 1
        places[blank] = len(text)
        return pa.concat_arrays([text, pa.array([""], _TEXT)]).take(pa.array(places))

    def _text_of(
        self, is_text: NDArray[np.bool_], values: pa.Array, blanks: int, oddities: Oddities
    ) -> pa.Array:
        """The text of cells that are filled; `blanks` stand beside them."""
        if not is_text.any():
            oddities.count(self.at, len(values))
            return _as_numbers(values)
        every = bool(is_text.all())
        places = self.known.places(values if every else values.filter(pa.array(is_text)))
        at = places.to_numpy(zero_copy_only=False)
        two_ways = not oddities.two_ways and self.known.two_ways(at, alone=every)
        oddities.count(self.at, len(values) - self.known.blanks(at), two_ways=two_ways)
        texts = self.known.strings.take(places)
        if every:
            return texts
        parts = pa.concat_arrays([texts, _as_numbers(values.filter(pa.array(~is_text)))])
        order = np.concatenate((np.flatnonzero(is_text), np.flatnonzero(~is_text)))
        return parts.take(pa.array(np.argsort(order, kind="stable")))

    def _are_text(self) -> NDArray[np.bool_]:
        """Of each cell whether it refers to a text; else it is a number."""
        found = np.zeros(len(self.tags), np.bool_)
        for end, those in self.numbers.ends(self.tags, f'c r="{column_letters(self.at + 1)}'):
            if self.known.is_text(end):
                found |= True if those is None else those
        return found

    def _values(self) -> pa.Array:
        """What stands behind `v>` in each cell: never nothing."""
        data, places = bytes_of(self.values), ends_in(self.values)
        starts = places[:-1]
        if len(starts):
            if (places[1:] - starts).min() <= 2:  # noqa: PLR2004 - the two letters
                raise NotPlain
            if (data.take(starts) != ord("v")).any() or (data.take(starts + 1) != ord(">")).any():
                raise NotPlain
            if not _OF_NUMBERS[data.take(starts + 2)].all():
                raise NotPlain
        return pc.ascii_ltrim(self.values, "v>")


def _as_numbers(values: pa.Array) -> pa.Array:
    """The text of stored numbers, as `number_text` gives it."""
    if not len(values):
        return pa.array([], _TEXT)
    data, places = bytes_of(values), ends_in(values)
    own = data[places[0] : places[-1]]
    lengths = places[1:] - places[:-1]
    first = data.take(places[:-1])
    if own.min() >= _ZERO and own.max() <= _NINE and lengths.max() <= _DIGITS:
        if ((first != _ZERO) | (lengths == 1)).all():
            return values.cast(_TEXT)
    elif not _OF_NUMBERS[own].all():
        raise NotPlain
    return number_texts(values.cast(pa.float64()).to_numpy())


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


# -- what the cells refer to


def _shared_strings(book: zipfile.ZipFile) -> pa.Array:
    """The texts that cells share, where none of them has parts of different looks."""
    name = "xl/sharedStrings.xml"
    if name not in book.namelist():
        return pa.array([], _TEXT)
    if book.getinfo(name).file_size > _MOST_STRINGS:
        raise NotPlain
    data = book.read(name)
    begin, end = data.find(b"<si>"), data.rfind(b"</si>")
    head, body = data[: max(begin, 0)], data[begin : end + 5]
    unusual = (_ENTITY, _ESCAPED, _OUTER_BLANK)
    if begin < 0 or _ENCODING.search(head) or b"\r" in body or any(one.search(body) for one in unusual):
        raise NotPlain
    body = body.replace(b"<t/>", b"<t></t>")
    texts = _STRINGS.sub(b"<si><t>", body)[7:-9].split(b"</t></si><si><t>")
    if body.count(b"<") != 4 * len(texts) or not body.endswith(b"</t></si>"):
        raise NotPlain
    return pa.array([unescape(text.decode()) if b"&" in text else text.decode() for text in texts], _TEXT)
