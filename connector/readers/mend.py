"""Mends a row that does not fit its table, where the columns allow exactly one way to read it.

What a column holds is learned from the rows that fit: the outlines of its cells (`SKU-00012` has `AAA-99999`), and the
letters free text begins with. A delimiter that is missing, one too many, one within text or another one in its place:
each way to undo it is tried, and a row is changed only if all ways that fit every column give the same cells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from connector.readers.dialect import DELIMITERS, Record, Splitter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connector.readers.dialect import Dialect

_ROWS_NEEDED = 5
_OUTLINES = 8
_LONGEST_TYPED = 60
_TYPED_NEEDED = 2
_LONGEST = 4_000
_CHARS_TRIED = 200_000
_GIVE_UP_AFTER = 40
_PIECES = 60
_WAYS = 20_000
_ENCLOSED = "\x1e"
"""Put before a cell that stood in quotes; a control character that no text carries."""

_DIGIT, _UPPER, _LOWER = re.compile(r"\d"), re.compile(r"[^\W\d_a-z]"), re.compile(r"[^\W\d_A-Z]")


class Mender:
    """Tries to mend lines of one table from `first_line` on; `lines` are those it mended.

    What the columns hold is learned from `sample`, lines and their records, when the first line does not fit.
    """

    def __init__(
        self, sample: Sequence[tuple[str, Record]], dialect: Dialect, width: int, first_line: int
    ) -> None:
        self.lines: list[int] = []
        self._sample = sample
        self._first_line = first_line
        self._dialect = dialect
        self._width = width
        self._marked = _Marked(dialect)
        self._others = [
            _Marked(replace(dialect, delimiter=mark, padded=False))
            for mark in (*DELIMITERS, " ")
            if mark != dialect.delimiter
        ]
        self._chars_left = _CHARS_TRIED
        self._in_vain = 0

    def __call__(self, text: str, record: Record) -> Record:
        """The record, mended where that can be done in one way only."""
        if len(record.cells) == self._width and self._marked.tidy(text):
            return record
        if not self._worth_it(text, record) or self._fits_as_it_is(text, record.cells):
            return record
        self._chars_left -= len(text)
        ways = {tuple(cells) for cells in self._ways(text, record.cells) if self._fit(cells)}
        if len(ways) != 1:
            self._in_vain += 1
            return record
        self._in_vain = 0
        self.lines.append(record.line)
        return record._replace(cells=[cell.removeprefix(_ENCLOSED) for cell in ways.pop()])

    def _worth_it(self, text: str, record: Record) -> bool:
        if record.line < self._first_line or not text or self._in_vain >= _GIVE_UP_AFTER:
            return False
        return len(text) <= min(_LONGEST, self._chars_left) and bool(self._columns)

    @cached_property
    def _columns(self) -> list[Column]:
        """What the columns hold, from the rows that fit; empty where that is too little to mend anything."""
        fitting = []
        for text, record in self._sample:
            if record.line >= self._first_line and len(record.cells) == self._width:
                cells, still_open = self._marked.split(text)
                if len(cells) == self._width and not still_open and not self._has_bare_quotes(cells):
                    fitting.append(cells)
        if len(fitting) < _ROWS_NEEDED:
            return []
        columns = [_column([row[place] for row in fitting]) for place in range(self._width)]
        return columns if sum(column.typed for column in columns) >= _TYPED_NEEDED else []

    def _fits_as_it_is(self, text: str, cells: list[str]) -> bool:
        """Whether the line needs no mending. A short row whose cells fit lacks its last cells, and no delimiter."""
        width = self._width
        if any(cell.strip() for cell in cells[width:]):
            return False
        if len(cells) == width and self._has_bare_quotes(self._marked.split(text)[0]):
            return False
        return all(
            column.fits(cell, strict=False)
            for column, cell in zip(self._columns, cells[:width], strict=False)
        )

    def _fit(self, cells: Sequence[str]) -> bool:
        return len(cells) == self._width and all(
            column.fits_marked(cell, self._dialect.quote)
            for column, cell in zip(self._columns, cells, strict=True)
        )

    def _ways(self, text: str, cells: list[str]) -> Iterator[list[str]]:
        """Every way to read the line that undoes one kind of damage."""
        width = self._width
        marked, still_open = self._marked.split(text)
        if not still_open and len(marked) == width + 1:
            yield from (
                [*marked[:place], *marked[place + 1 :]] for place in range(width + 1) if not marked[place]
            )
        if not still_open and width < len(marked) <= width + _PIECES:
            yield from self._gathered(marked, self._dialect.delimiter)
        too_few = min(len(cells), len(marked)) < width
        if too_few:
            yield from self._with_another_delimiter(text)
        tidy = self._marked.tidy(text)
        if too_few or not tidy:
            yield from self._with_one_more(text, beside_quotes=not tidy)

    def _has_bare_quotes(self, marked: list[str]) -> bool:
        return any(self._dialect.quote in cell for cell in marked if not _stands_alone(cell))

    def _with_one_more(self, text: str, *, beside_quotes: bool) -> Iterator[list[str]]:
        """Every way to put one more delimiter outside of quotes, or only beside them where some are stray."""
        quote = re.escape(self._dialect.quote)
        if beside_quotes:
            places = {place for mark in re.finditer(quote, text) for place in mark.span()}
        else:
            inside = [mark.span() for mark in re.finditer(f"{quote}[^{quote}]*{quote}", text)]
            places = set(range(len(text) + 1)).difference(*(range(start + 1, end) for start, end in inside))
        for place in sorted(places):
            cells, still_open = self._marked.split(text[:place] + self._dialect.delimiter + text[place:])
            if not still_open and self._may_cut(text, place):
                yield cells

    def _may_cut(self, text: str, place: int) -> bool:
        """Whether a delimiter may be missing here: a run of digits is cut only beside a date, a time or a code.

        55 could be 5 and 5, or 55 and a last cell that is missing.
        """
        if not (text[place - 1 : place].isdigit() and text[place : place + 1].isdigit()):
            return True
        left = len(self._marked.split(text[:place])[0]) - 1
        return any(column.rigid for column in self._columns[left : left + 2])

    def _with_another_delimiter(self, text: str) -> Iterator[list[str]]:
        width = self._width
        for splitter in self._others:
            pieces, still_open = splitter.split(text)
            if not still_open and width <= len(pieces) <= width + _PIECES:
                yield from self._gathered(pieces, splitter.delimiter)

    def _gathered(self, pieces: list[str], delimiter: str) -> list[list[str]]:
        """Ways to join neighbouring pieces so that the line has its width and every cell fits its column.

        None where there are too many to look at: what is not known to be the only way is no way.
        """
        found: list[list[str]] = []
        steps = 0
        stack: list[tuple[int, list[str]]] = [(0, [])]
        while stack:
            place, cells = stack.pop()
            if len(cells) == self._width:
                found.extend([cells] if place == len(pieces) else [])
                continue
            most = len(pieces) - place - (self._width - len(cells)) + 1
            for cell, count in _groups(pieces[place : place + most], delimiter):
                steps += 1
                if self._columns[len(cells)].fits_marked(cell, self._dialect.quote):
                    stack.append((place + count, [*cells, cell]))
            if steps > _WAYS:
                return []
        return found


def _groups(pieces: list[str], delimiter: str) -> Iterator[tuple[str, int]]:
    """The first piece, the first two joined, and so on: quoted pieces stand alone, blank ones end no cell."""
    for count, last in enumerate(pieces, start=1):
        if count > 1 and (not pieces[0] or _stands_alone(pieces[0]) or _stands_alone(last)):
            return
        if count == 1 or last:
            yield delimiter.join(pieces[:count]), count


def _stands_alone(piece: str) -> bool:
    return piece.startswith(_ENCLOSED)


class _Marked(Splitter):
    """Splits as usual, and marks the cells that stood in quotes."""

    def unquoted(self, text: str) -> str:
        return _ENCLOSED + super().unquoted(text)


@dataclass(frozen=True, slots=True)
class Column:
    """What a column holds: the `outlines` of its cells where they are few, else what its text `begins` with."""

    outlines: frozenset[str]
    begins: frozenset[str]
    empty: bool
    filled: bool
    enclosed: bool

    @property
    def typed(self) -> bool:
        """Whether its cells are told by their outlines."""
        return bool(self.outlines)

    @property
    def rigid(self) -> bool:
        """Whether all its cells have one outline, and not only digits: they can end in one place only."""
        return len(self.outlines) == 1 and any(mark != "9" for outlined in self.outlines for mark in outlined)

    def fits(self, cell: str, *, strict: bool = True) -> bool:
        """Whether a cell may stand in this column; not `strict`: free text may begin with anything."""
        if not cell:
            return self.empty
        if not self.filled:
            return False
        if self.outlines:
            return outline(cell) in self.outlines
        return not strict or outline(cell[0]) in self.begins

    def fits_marked(self, cell: str, quote: str) -> bool:
        """Whether a cell fits that carries a mark where it stood in quotes."""
        if cell.startswith(_ENCLOSED):
            return self.fits(cell[1:]) and (not self.outlines or self.enclosed)
        return quote not in cell and not (self.enclosed and cell) and self.fits(cell)


def _column(cells: list[str]) -> Column:
    texts = [cell.removeprefix(_ENCLOSED) for cell in cells]
    filled = [text for text in texts if text]
    enclosed = sum(1 for cell in cells if cell.startswith(_ENCLOSED))
    outlines: set[str] = set()
    if len(filled) >= _ROWS_NEEDED and max(map(len, filled)) <= _LONGEST_TYPED:
        outlines.update(map(outline, filled))
    typed = len(outlines) <= min(_OUTLINES, len(filled) // 2)
    return Column(
        outlines=frozenset(outlines) if typed else frozenset(),
        begins=frozenset(map(outline, {text[0] for text in filled})),
        empty=len(filled) < len(texts),
        filled=bool(filled),
        enclosed=enclosed == len(cells),
    )


def outline(text: str) -> str:
    """The text with every digit shown as 9 and every letter as A or a."""
    return _LOWER.sub("a", _UPPER.sub("A", _DIGIT.sub("9", text)))
