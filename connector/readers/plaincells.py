"""The cells of a plain sheet (see `plainsheet`): their tags compared with what they must be, their values as text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connector.readers.cellbytes import bytes_of, ends_in
from connector.readers.columns import number_texts
from connector.readers.oddities import two_ways_in
from connector.readers.stored import column_letters, column_number, timeless_styles

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from connector.readers.oddities import Oddities

    Odd = tuple[int, Mapping[int, tuple[bool, str]]]
    """A row by itself: its number, and by column what its cells hold: whether a text, and the value as it is stored."""

_MOST_STRINGS = 64 * 1024 * 1024
_ENDS = 20
"""Ways in which the tags of one column end: a style for each is much."""

_TEXT = pa.large_string()
CELL = re.compile('c r="([A-Z]{1,3})[0-9]')
ROW = 'row r="'
ROW_NUMBER = re.compile(f'{ROW}([0-9]{{1,7}})"')
ROW_END = re.compile(r'"(?: (?!hidden=)[\w:.]+="[^"<>&]*")*>')
ENCODING = re.compile(rb"""encoding=["'](?!utf-8["'])""", re.IGNORECASE)
_CELL_END = re.compile(r'"(?: s="([0-9]{1,5})")?(?: t="([sn])")?>')
_FORMULA = r"(?:<f(?: [^<>]*)?(?:/>|>[^<>]*</f>))?"
_ODD_ROW = re.compile(
    rf'>?<row r="([0-9]{{1,7}})("[^<>]*>)((?:<c [^<>]*/>|<c [^<>]*>{_FORMULA}<v>[^<>&]*</v></c>)*)</ro'
)
_ODD_CELL = re.compile(
    rf'<c r="([A-Z]{{1,3}})([0-9]{{1,7}})("[^<>]*?)(?:/>|(>){_FORMULA}<v>([^<>&]*)</v></c>)'
)
_STRINGS = re.compile(rb"<si><t(?: xml:space=\"preserve\")?>")
_ENTITY = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);)")
_ESCAPED = re.compile(rb"_x[0-9A-Fa-f]{4}_")
_OUTER_BLANK = re.compile(rb"<t>(?:\s|[^<]*\s</t>)")
"""Blanks that are not to be kept: calamine takes them off."""

_OF_NUMBERS = np.isin(np.arange(256), list(b"0123456789.eE+-"))
_DIGITS = 15
"""A whole number of no more digits is written in XML as we write it."""

_ZERO, _NINE = np.uint8(ord("0")), np.uint8(ord("9"))


class NotPlain(Exception):
    """The sheet has something in it that only calamine can read."""


class Known:
    """What the cells refer to: texts that they share, and the styles that show no date, by number."""

    def __init__(self, book: zipfile.ZipFile) -> None:
        self.strings = strings = _shared_strings(book)
        self._styles = timeless_styles(book)
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

    def two_ways(self, places: NDArray[np.int32]) -> bool:
        """Whether one of these texts reads two ways."""
        return bool(self._two_ways.take(places).any())


class Numbers:
    """The numbers of some rows, as they stand in every tag."""

    def __init__(self, numbers: NDArray[np.int64]) -> None:
        self._text = pa.array(numbers).cast(pa.string())
        self._texts = self._text.to_pylist()
        self._lengths = np.diff(ends_in(self._text))

    def __len__(self) -> int:
        return len(self._texts)

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
        lengths = self._lengths + len(f"{begin}{end}".encode())
        if bytes_of(tags)[places[0] : places[-1]].tobytes() == alike and (np.diff(places) == lengths).all():
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
class Column:
    """The cells of one column in the rows that have all: their tags and values as they stand there."""

    known: Known
    fields: Sequence[pa.Array] | None
    numbers: Numbers
    at: int

    def text(
        self, odd: list[tuple[bool, str] | None], order: pa.Array | None, oddities: Oddities
    ) -> pa.Array:
        """The text of all rows, those with other cells (`odd`) in their places by `order`."""
        if self.fields is None:
            values = pa.array([""] * len(self.numbers), pa.string())
            is_text = np.zeros(len(values), np.bool_)
        else:
            tags, values = self.fields
            is_text, values = self._are_text(tags), _values(values)
        if order is not None:
            is_text = np.concatenate((is_text, [cell is not None and cell[0] for cell in odd]))
            values = pa.concat_arrays(
                [values, pa.array([cell[1] if cell else "" for cell in odd], pa.string())]
            )
            is_text, values = is_text[order.to_numpy()], values.take(order)
        blank = ends_in(values)[1:] == ends_in(values)[:-1]
        if not blank.any():
            return self._text_of(is_text, values, oddities)
        text = self._text_of(is_text[~blank], values.filter(pa.array(~blank)), oddities)
        places = np.cumsum(~blank) - 1
        places[blank] = len(text)
        return pa.concat_arrays([text, pa.array([""], _TEXT)]).take(pa.array(places))

    def _text_of(self, is_text: NDArray[np.bool_], values: pa.Array, oddities: Oddities) -> pa.Array:
        """The text of cells that are filled."""
        if not is_text.any():
            oddities.count(self.at, len(values))
            return _as_numbers(values)
        every = bool(is_text.all())
        places = self.known.places(values if every else values.filter(pa.array(is_text)))
        at = places.to_numpy(zero_copy_only=False)
        two_ways = not oddities.two_ways and self.known.two_ways(at)
        oddities.count(self.at, len(values) - self.known.blanks(at), two_ways=two_ways)
        texts = self.known.strings.take(places)
        if every:
            return texts
        parts = pa.concat_arrays([texts, _as_numbers(values.filter(pa.array(~is_text)))])
        order = np.concatenate((np.flatnonzero(is_text), np.flatnonzero(~is_text)))
        return parts.take(pa.array(np.argsort(order, kind="stable")))

    def _are_text(self, tags: pa.Array) -> NDArray[np.bool_]:
        """Of each cell whether it refers to a text; else it is a number."""
        found = np.zeros(len(tags), np.bool_)
        for end, those in self.numbers.ends(tags, f'c r="{column_letters(self.at + 1)}'):
            if self.known.is_text(end):
                found |= True if those is None else those
        return found


def _values(fields: pa.Array) -> pa.Array:
    """What stands behind `v>` in each cell: never nothing."""
    data, places = bytes_of(fields), ends_in(fields)
    starts = places[:-1]
    if len(starts):
        if (places[1:] - starts).min() <= 2:  # noqa: PLR2004 - the two letters
            raise NotPlain
        if (data.take(starts) != ord("v")).any() or (data.take(starts + 1) != ord(">")).any():
            raise NotPlain
        if not _OF_NUMBERS[data.take(starts + 2)].all():
            raise NotPlain
    return pc.ascii_ltrim(fields, "v>")


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


def odd_row(text: str, known: Known) -> Odd:
    """A row that has other cells than the rest.

    Raises:
        NotPlain: more than that is unusual.
    """
    row = _ODD_ROW.fullmatch(text.rstrip("\n"))
    if row is None or not ROW_END.fullmatch(row.group(2)):
        raise NotPlain
    number, taken = row.group(1), 0
    cells: dict[int, tuple[bool, str]] = {}
    for cell in _ODD_CELL.finditer(row.group(3)):
        letters, own_number, end, filled, value = cell.groups()
        taken += len(cell.group())
        if own_number != number:
            raise NotPlain
        if filled is None:
            continue  # a blank that has a style
        at = column_number(letters) - 1
        if not value or at in cells:
            raise NotPlain
        cells[at] = (known.is_text(f"{end}>"), value)
    if taken != len(row.group(3)):
        raise NotPlain
    return int(number), cells


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
    if begin < 0 or ENCODING.search(head) or b"\r" in body or any(one.search(body) for one in unusual):
        raise NotPlain
    body = body.replace(b"<t/>", b"<t></t>")
    texts = _STRINGS.sub(b"<si><t>", body)[7:-9].split(b"</t></si><si><t>")
    if body.count(b"<") != 4 * len(texts) or not body.endswith(b"</t></si>"):
        raise NotPlain
    return pa.array([unescape(text.decode()) if b"&" in text else text.decode() for text in texts], _TEXT)
