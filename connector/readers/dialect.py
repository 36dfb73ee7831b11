"""How one line of text is cut into cells: delimiter, quoting, escape, found by evidence and applied exactly."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from connector.readers.limits import ReaderOptions

DELIMITERS = (",", ";", "\t", "|")
"""Delimiters tried; the content decides."""

NO_DELIMITER = "\x1f"
"""Stands for "one column": a character that no text carries."""

QUOTE = '"'
_JOIN_AT_MOST = 2_000
_GIVE_UP_AFTER = 40
_CLEAN_NUMBER = re.compile(r"[-+(]?\d[\d.,' ]*\)?%?")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How cells are told apart. `width` is the number of cells most records have; `newline` the file's line end."""

    delimiter: str
    quoting: bool = True
    escape: str | None = None
    width: int | None = None


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
        self._opening = re.compile(r"[ ]*" + QUOTE if dialect.delimiter != NO_DELIMITER else QUOTE)
        self._run = re.compile(QUOTE + "+")
        blank = r"[ ]*" if dialect.delimiter != NO_DELIMITER else ""
        self._after = re.compile(blank + "(" + re.escape(dialect.delimiter) + r"|\Z)")

    def plain(self, text: str) -> list[str]:
        """Cells with every quote mark taken as text."""
        return text.split(self.delimiter)

    def split(self, text: str, *, lenient: bool = False) -> tuple[list[str], bool]:
        """Cells, and whether a quoted cell is still open at the end of `text`.

        A quote counts only where a cell begins; one that is followed by more text is text itself. `lenient` lets a
        doubled quote before a delimiter close the cell.
        """
        cells: list[str] = []
        still_open = self.continue_from(text, 0, cells, lenient=lenient)
        return cells, still_open is not None

    def continue_from(self, text: str, place: int, cells: list[str], *, lenient: bool = False) -> int | None:
        """Append the cells of `text` from `place` on; where a quoted cell stays open, the place its text begins."""
        if not self.quoting or text.find(QUOTE, place) < 0:
            cells.extend(text[place:].split(self.delimiter))
            return None
        while True:
            opening = self._opening.match(text, place)
            if opening is None:
                end = text.find(self.delimiter, place)
                if end < 0:
                    cells.append(text[place:])
                    return None
                cells.append(text[place:end])
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
            if length % 2 == 0 and not lenient:
                continue
            if self.dialect.escape and _escaped(text, run.start(), place):
                continue
            after = self._after.match(text, run.end())
            if after:
                return run.end() - 1, after.end(), after.group(1) == ""
        return None

    def unquoted(self, text: str) -> str:
        """The text of a quoted cell with doubled and escaped quotes made single."""
        if self.dialect.escape:
            text = text.replace(self.dialect.escape + QUOTE, QUOTE)
        return text.replace(QUOTE + QUOTE, QUOTE)


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


def records(lines: Iterable[str], dialect: Dialect, first: int = 1) -> Iterator[Record]:
    """Records of physical lines (each with its line end, as `open(newline="")` gives them), numbered from `first`.

    A quoted cell may run over lines; where it never closes well, its quote is text and the record is its one line, so
    that one damaged row never swallows its neighbours.
    """
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
        elif dialect.width is not None and len(cells) != dialect.width and dialect.quoting and QUOTE in text:
            cells = _best_of(splitter, text, cells)
        elif dialect.width and len(cells) < dialect.width and _bare_return(line):
            cells, taken = _over_bare_return(splitter, ahead, text, cells)
        ahead.take(taken)
        yield Record(cells, number, number + taken - 1)
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
        closing = splitter.closing(bare, 0) if QUOTE in bare else None
        within += _is_record(splitter, bare)
        if closing is None:
            parts.append(line)
            continue
        end, after, last = closing
        cells.append(splitter.unquoted("".join(parts) + bare[:end]))
        again = None if last else splitter.continue_from(bare, after, cells)
        if again is None:
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
    ways = [cells for cells in (strict, None if still_open else lenient, plain) if cells is not None]
    return next((cells for cells in ways if len(cells) == splitter.dialect.width), ways[0])


def _escaped(text: str, place: int, start: int) -> bool:
    slashes = 0
    while place - slashes - 1 >= start and text[place - slashes - 1] == "\\":
        slashes += 1
    return slashes % 2 == 1


def sniff(pieces: list[list[str]], options: ReaderOptions) -> Dialect:
    """The dialect of a file from samples of its physical lines (head, middle, tail), each piece whole lines."""
    told = options.delimiter or _told_by_first_line(pieces)
    candidates = (told,) if told else DELIMITERS
    quoting = (options.quoting,) if options.quoting is not None else (True, False)
    best, best_score = Dialect(told or NO_DELIMITER), 0.0
    for delimiter in candidates:
        for quoted in quoting:
            dialect = Dialect(delimiter, quoted)
            if options.quoting is None and quoted != _is_quoting(pieces, dialect):
                continue
            dialect = replace(dialect, escape=_escape(pieces) if quoted else None)
            width, score = _score(pieces, dialect)
            if score > best_score:
                best, best_score = replace(dialect, width=width), score
    if best_score == 0.0:
        quoted = options.quoting if options.quoting is not None else _is_quoting(pieces, best)
        best = replace(best, quoting=quoted, width=_score(pieces, best)[0] if told else 1)
    return best


def _told_by_first_line(pieces: list[list[str]]) -> str | None:
    """Excel's own mark: a first line `sep=;` names the delimiter."""
    first = pieces[0][0].strip() if pieces and pieces[0] else ""
    match = re.fullmatch(r'"?sep=(.)"?', first, re.IGNORECASE)
    return match.group(1) if match else ("\t" if first.lower() == "sep=" else None)


def is_separator_line(cells: list[str]) -> bool:
    """Whether a record is Excel's `sep=` line."""
    return cells[0].strip().lower().startswith("sep=") and not any(cells[1:]) and len(cells) <= 2  # noqa: PLR2004


def _is_quoting(pieces: list[list[str]], dialect: Dialect) -> bool:
    """Whether quote marks enclose cells here, or are just text (inch marks, HTML)."""
    mark = re.escape(dialect.delimiter)
    wrapped = needed = bare = 0
    inner = r'[^"\\]|""|\\.' if _escape(pieces) else r'[^"]|""'
    enclosed = re.compile(rf'(?:^|{mark})[ ]*"((?:{inner})*)"[ ]*(?={mark}|$)', re.MULTILINE)
    for piece in pieces:
        text = "".join(piece).replace("\r\n", "\n").replace("\r", "\n")
        marks = text.count(QUOTE)
        for match in enclosed.finditer(text):
            inside = match.group(1)
            wrapped += 1
            needed += dialect.delimiter in inside or QUOTE in inside
            marks -= 2 + inside.count(QUOTE)
        bare += max(marks, 0)
    return bare == 0 or needed > 0 or wrapped > bare


def _escape(pieces: list[list[str]]) -> str | None:
    # A backslash before a closing quote ("C:\") escapes nothing.
    backslashed = sum(len(re.findall(r'\\"(?!\s*(?:[,;\t|]|$))', line)) for piece in pieces for line in piece)
    if backslashed == 0:
        return None
    doubled = sum(len(re.findall(r'[^",;\t|]""[^",;\t|\r\n]', line)) for piece in pieces for line in piece)
    return "\\" if doubled == 0 else None


def _score(pieces: list[list[str]], dialect: Dialect) -> tuple[int, float]:
    """The commonest width and how well the dialect explains the sample: 0 for a dialect that splits nothing."""
    widths: Counter[int] = Counter()
    total = clean = cells_seen = 0
    others = "".join(mark for mark in DELIMITERS if mark != dialect.delimiter)
    for piece in pieces:
        for record in records(piece, dialect):
            if not any(cell.strip() for cell in record.cells):
                continue
            total += 1
            if len(record.cells) > 1:
                widths[len(record.cells)] += 1
            for cell in record.cells[:60]:
                cells_seen += 1
                clean += _is_clean(cell, others)
    if not widths:
        return 1, 0.0
    # Of the widths met about equally often the larger is the table's: titles and notes are narrower.
    width, many = max(widths.items(), key=lambda item: (item[1], item[0]))
    split = sum(widths.values())
    consistency, coverage = many / split, split / total
    if consistency < 0.3 or coverage < 0.2:  # noqa: PLR2004 - less is chance: commas in running text
        return 1, 0.0
    score = consistency**2 * math.sqrt(coverage) * (clean / cells_seen) * (1 + math.log2(width))
    return width, score


def _is_clean(cell: str, others: str) -> bool:
    """A cell that looks like one value: no foreign delimiter inside, or a number."""
    if not any(mark in cell for mark in others):
        return True
    text = cell.strip()
    if _CLEAN_NUMBER.fullmatch(text):
        return True
    return ", " in text and not any(mark in text for mark in ";\t|" if mark in others)
