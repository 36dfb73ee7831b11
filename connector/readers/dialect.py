"""How one line of text is cut into cells by a given delimiter, quoting and escape; `sniff` finds which.

One damaged line is cut in the way that gives it the width of its table, and never changes how its neighbours are cut.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from connector.readers.fixed import cut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from connector.readers.fixed import Gaps

DELIMITERS = (",", ";", "\t", "|")
"""Delimiters tried; the content decides."""

RARE_DELIMITERS = ("~", "^", "¦", "::", "§")
"""Delimiters of old systems, tried where none of the usual ones splits anything."""

NO_DELIMITER = "\x1f"
"""Stands for "one column": a character that no text carries."""

QUOTE = '"'
_JOIN_AT_MOST = 2_000
_GIVE_UP_AFTER = 40
_MARKS_TRIED = 40


@dataclass(frozen=True, slots=True)
class Dialect:
    """How cells are told apart. `width` is the number of cells most records have.

    `quote` is the mark that encloses cells where `quoting`; `padded` says that one blank follows each delimiter and is
    no part of the cell. Where there are `gaps`, no delimiter but the place in the line tells the cells apart.
    """

    delimiter: str
    quoting: bool = True
    escape: str | None = None
    width: int | None = None
    quote: str = QUOTE
    padded: bool = False
    gaps: Gaps = ()

    def cell(self, text: str) -> str:
        """The text of an unquoted cell that is not the first of its line."""
        return text[1:] if self.padded and text[:1] == " " else text


class Record(NamedTuple):
    """The cells of one record and its physical lines (1-based, inclusive)."""

    cells: list[str]
    line: int
    last: int


class Splitter:
    """Cuts text into cells by one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.delimiter = dialect.delimiter
        self.quoting = dialect.quoting
        self.quote = dialect.quote
        # Blanks around a quoted cell are no text, unless a blank is what separates the cells.
        blank = "" if dialect.delimiter in (NO_DELIMITER, " ") else "[ ]*"
        self._opening = re.compile(blank + self.quote)
        self._run = re.compile(self.quote + "+")
        self._after = re.compile(blank + "(" + re.escape(dialect.delimiter) + r"|\Z)")
        plain, escaped = (r"\\", r"|\\(?s:.)") if dialect.escape else ("", "")
        inner = rf"[^{self.quote}{plain}]|{self.quote}{self.quote}{escaped}"
        enclosed = f"{blank}{self.quote}(?:{inner})*{self.quote}{blank}"
        mark = re.escape(dialect.delimiter)
        bare = f"[^{self.quote}{mark}]*" if len(dialect.delimiter) == 1 else f"(?:(?!{mark})[^{self.quote}])*"
        one = f"(?:{enclosed}|{bare})"
        self._tidy = re.compile(f"{one}(?:{re.escape(dialect.delimiter)}{one})*")
        self._begins = re.compile("(?:^|" + re.escape(dialect.delimiter) + ")" + blank + self.quote)

    def tidy(self, text: str) -> bool:
        """Whether every quote mark of a line encloses a cell or is doubled within one: nothing is stray in it."""
        return self.quote not in text or self._tidy.fullmatch(text) is not None

    def plain(self, text: str) -> list[str]:
        """Cells with every quote mark taken as text."""
        cells = text.split(self.delimiter)
        return [cells[0], *map(self.dialect.cell, cells[1:])] if self.dialect.padded else cells

    def split(self, text: str, *, lenient: bool = False, stray: int = -1) -> tuple[list[str], bool]:
        """Cells, and whether a quoted cell is still open at the end of `text`.

        A quote counts only where a cell begins; one that is followed by more text is text itself. `lenient` lets a
        doubled quote before a delimiter close the cell; the mark at `stray` is text although a cell begins there.
        """
        if not self.quoting or self.quote not in text:
            return self.plain(text), False
        cells: list[str] = []
        still_open = self.continue_from(text, 0, cells, lenient=lenient, stray=stray)
        return cells, still_open is not None

    def continue_from(
        self, text: str, place: int, cells: list[str], *, lenient: bool = False, stray: int = -1
    ) -> int | None:
        """Append the cells of `text` from `place` on; where a quoted cell stays open, the place its text begins."""
        cell = self.dialect.cell
        if not self.quoting or text.find(self.quote, place) < 0:
            rest = self.plain(text[place:])
            cells.extend([cell(rest[0]) if cells else rest[0], *rest[1:]])
            return None
        while True:
            opening = self._opening.match(text, place)
            if opening is None or opening.end() - 1 == stray:
                end = text.find(self.delimiter, place)
                found = text[place:] if end < 0 else text[place:end]
                cells.append(cell(found) if cells else found)
                if end < 0:
                    return None
                place = end + len(self.delimiter)
                continue
            closing = self.closing(text, opening.end(), lenient=lenient)
            if closing is None:
                return opening.end()
            end, after, last = closing
            cells.append(self.unquoted(text[opening.end() : end]))
            if last:
                return None
            place = after

    def closing(self, text: str, place: int, *, lenient: bool = False) -> tuple[int, int, bool] | None:
        """Where the quoted cell's text ends, where the next cell begins, and whether this was the last one."""
        for run in self._run.finditer(text, place):
            length = run.end() - run.start()
            if self.dialect.escape and _escaped(text, run.start(), place):
                length -= 1
            if length == 0 or (length % 2 == 0 and not lenient):
                continue
            after = self._after.match(text, run.end())
            if after:
                return run.end() - 1, after.end(), after.group(1) == ""
        return None

    def unquoted(self, text: str) -> str:
        """The text of a quoted cell with doubled and escaped quotes made single."""
        if self.dialect.escape:
            text = text.replace(self.dialect.escape + self.quote, self.quote)
        return text.replace(self.quote + self.quote, self.quote)

    def with_a_stray(self, text: str) -> list[str] | None:
        """Cells with one mark that begins a cell taken as text, where that gives the line its width."""
        for begins in islice(self._begins.finditer(text), _MARKS_TRIED):
            cells, still_open = self.split(text, stray=begins.end() - 1)
            if not still_open and len(cells) == self.dialect.width:
                return cells
        return None


class _Ahead:
    """Physical lines with a look ahead; a line is its text and its own line end."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._kept: list[str] = []

    def peek(self, index: int) -> str | None:
        """The line `index` places ahead, or None beyond the end."""
        while len(self._kept) <= index:
            line = next(self._lines, None)
            if line is None:
                return None
            self._kept.append(line)
        return self._kept[index]

    def take(self, count: int) -> None:
        """Go on by `count` lines."""
        del self._kept[:count]


def records(
    lines: Iterable[str],
    dialect: Dialect,
    first: int = 1,
    mend: Callable[[str, Record], Record] | None = None,
) -> Iterator[Record]:
    """Records of physical lines (each with its line end, as `open(newline="")` gives them), numbered from `first`.

    A quoted cell may run over lines; where it never closes well, its quote is text and the record is its one line, so
    that one damaged row never swallows its neighbours. `mend` gets each whole line and its record and gives the record.
    """
    if dialect.gaps:
        yield from (
            Record(cut(line, dialect.gaps), number, number) for number, line in enumerate(lines, first)
        )
        return
    splitter = Splitter(dialect)
    ahead = _Ahead(lines)
    number, patience = first, _JOIN_AT_MOST
    while (line := ahead.peek(0)) is not None:
        text = line.rstrip("\r\n")
        cells, still_open = splitter.split(text)
        taken = 1
        if still_open:
            joined = _joined(splitter, ahead, text, patience)
            if joined is None:
                patience = max(patience // 2, _GIVE_UP_AFTER // 10)
                cells = _best_of(splitter, text, None)
            else:
                cells, taken = joined
        elif len(cells) != (dialect.width or len(cells)) and dialect.quoting and dialect.quote in text:
            cells = cells if splitter.tidy(text) else _best_of(splitter, text, cells)
        elif dialect.width and len(cells) < dialect.width and _bare_return(line):
            cells, taken = _over_bare_return(splitter, ahead, text, cells)
        ahead.take(taken)
        record = Record(cells, number, number + taken - 1)
        # A last line without end may be cut off: what it lacks is not known.
        yield mend(text, record) if mend and taken == 1 and line != text else record
        number += taken


def _bare_return(line: str) -> bool:
    return line.endswith("\r")


def _over_bare_return(
    splitter: Splitter, ahead: _Ahead, text: str, cells: list[str]
) -> tuple[list[str], int]:
    """A carriage return inside an unquoted cell is text where the line it cut in two has the right width."""
    following = ahead.peek(1)
    if following is None:
        return cells, 1
    other = following.rstrip("\r\n")
    if _is_record(splitter, other):
        return cells, 1
    whole, still_open = splitter.split(text + "\r" + other)
    if not still_open and len(whole) == splitter.dialect.width:
        return whole, 2
    return cells, 1


def _joined(splitter: Splitter, ahead: _Ahead, text: str, patience: int) -> tuple[list[str], int] | None:
    """The record whose quoted cell runs on over the next lines, or None where the quote must have been text."""
    cells: list[str] = []
    begun = splitter.continue_from(text, 0, cells)
    parts = [(ahead.peek(0) or "")[begun:]]
    within = 0
    for index in range(1, patience):
        line = ahead.peek(index)
        if line is None:
            return None
        bare = line.rstrip("\r\n")
        closing = splitter.closing(bare, 0) if splitter.quote in bare else None
        within += _is_record(splitter, bare)
        if closing is None:
            parts.append(line)
            continue
        end, after, last = closing
        cells.append(splitter.unquoted("".join(parts) + bare[:end]))
        again = None if last else splitter.continue_from(bare, after, cells)
        if again is None:
            whole = "".join(ahead.peek(place) or "" for place in range(index + 1)).rstrip("\r\n")
            if within and not splitter.tidy(whole):
                return None
            return _settle(splitter, text, cells, index + 1, within)
        parts = [line[again:]]
    return None


def _settle(
    splitter: Splitter, text: str, cells: list[str], taken: int, within: int
) -> tuple[list[str], int] | None:
    width = splitter.dialect.width
    if width is None or len(cells) == width:
        return cells, taken
    if within or len(splitter.plain(text)) == width:
        return None
    return cells, taken


def _is_record(splitter: Splitter, text: str) -> bool:
    width = splitter.dialect.width
    if width is None or width < 2:  # noqa: PLR2004 - any line is a record of one cell, which proves nothing
        return False
    cells, still_open = splitter.split(text)
    return not still_open and len(cells) == width


def _best_of(splitter: Splitter, text: str, strict: list[str] | None) -> list[str]:
    """Of the ways to read a line with a stray quote, the one with the right width; the plainest where none has it."""
    lenient, still_open = splitter.split(text, lenient=True)
    plain = splitter.plain(text)
    tried = (strict, None if still_open else lenient, splitter.with_a_stray(text), plain)
    ways = [cells for cells in tried if cells is not None]
    return next((cells for cells in ways if len(cells) == splitter.dialect.width), ways[0])


def _escaped(text: str, place: int, start: int) -> bool:
    slashes = 0
    while place - slashes - 1 >= start and text[place - slashes - 1] == "\\":
        slashes += 1
    return slashes % 2 == 1


def is_separator_line(cells: list[str]) -> bool:
    """Whether a record is Excel's `sep=` line."""
    return cells[0].strip().lower().startswith("sep=") and not any(cells[1:]) and len(cells) <= 2  # noqa: PLR2004
