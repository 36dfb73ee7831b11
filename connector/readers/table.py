"""Where the table is: which lines are its header, which lines above are none of it, what every row of it carries.

Works on the first records of a text file or sheet, all cells text. Evidence only: how many cells are filled, which
columns hold numbers below, which cells are merged.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connector.model import SkippedLine, is_correction
from connector.readers import below
from connector.readers.cells import has_digit, is_no_figure, is_number, is_ruler, title_key, trimmed
from connector.readers.dates import is_period, is_year, snapshot_of
from connector.readers.dialect import Record, is_separator_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connector.readers.limits import ReaderOptions

HEAD_RECORDS = 400
"""Records looked at to find the table."""

_HEADER_WITHIN, _HEADER_AT_MOST = 60, 300
"""The header is among the first lines; only where none is, a long account above the table is passed over."""
_HEADER_ROWS_ABOVE = 6
_BODY = 150
_WIDE = 300
_ROWS_OF_A_TABLE = 3
_COLUMNS_OF_A_TABLE = 3
_NEARLY = 0.8
_MOSTLY = 0.6
_SELDOM = 0.2
_TIMES = 2
"""So many years or days side by side are names of columns."""
_TEXT_KEPT = 120
RULER = "ruler line"
Merge = tuple[int, int, int, int]
"""A merged range of a sheet: first row, first column, last row, last column, 0-based inclusive."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the table is in the records given.

    `header` is empty where none was found. `first` is the index of the first record of the body; `skipped` are all
    lines before it (header lines too, so that the count of lines is even). `always` are columns nearly every row fills,
    `counter` a column that only numbers the rows, `labels` the columns where a total would be named. `header_text` is
    a header of one row (or the same row again) as it stands in the file; `titles` say (see `title_key`) what stands
    above the header, for it comes again on every page. `figures` are columns of codes and numbers and `filled` those
    with nearly no empty cell, both in the rows down to the first gap; in `tight` columns no cell is of several words.
    """

    header: tuple[str, ...]
    header_lines: tuple[int, ...]
    header_rows: tuple[tuple[str, ...], ...]
    skipped: tuple[SkippedLine, ...]
    first: int
    width: int
    always: frozenset[int] = frozenset()
    counter: int | None = None
    labels: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    snapshot_hint: str | None = None
    header_text: tuple[str, ...] = ()
    titles: frozenset[str] = frozenset()
    figures: frozenset[int] = frozenset()
    filled: frozenset[int] = frozenset()
    tight: frozenset[int] = frozenset()


def skipped_line(record: Record, reason: str) -> SkippedLine:
    """The record as a skipped line with the start of its text."""
    text = " | ".join(cell for cell in map(trimmed, record.cells) if cell)
    return SkippedLine(record.line, record.last, reason, text[:_TEXT_KEPT])


def find_table(head: Sequence[Record], options: ReaderOptions, merges: Sequence[Merge] = ()) -> Layout:
    """Find header and body among the first records; see `Layout`."""
    rows = [_said(record) for record in head]
    finder = _Finder(rows, merges)
    correction = _header_of_correction(rows)
    main = correction if correction is not None else _told_header(head, options)
    if main is None and options.has_header is not False:
        main = finder.main_header()
    if main is None:
        return _without_header(head, rows, finder, told=options.has_header is False)
    told = correction is not None or options.header_line is not None
    top, used, bottom = finder.header_block(main, told=told)
    width = max((len(rows[index]) for index in used), default=1)
    while width > 1 and _nothing_beyond(rows, used, bottom, width - 1):
        width -= 1
    names = finder.joined(used, width)
    hint = snapshot_of([cell for row in rows[:bottom] for cell in row])
    skipped = [_why_above(head[index], index, used, top) for index in range(bottom + 1)]
    body = rows[bottom + 1 :]
    return Layout(
        header=names,
        header_lines=tuple(head[index].line for index in used),
        header_rows=tuple(tuple(rows[index]) for index in used),
        header_text=_as_it_stands([head[index].cells for index in used]),
        skipped=tuple(skipped),
        first=bottom + 1,
        width=width,
        always=below.always(below.sound(body), width),
        counter=below.counter(body),
        labels=below.labels(body, width),
        snapshot_hint=hint,
        titles=frozenset(filter(None, map(title_key, rows[:top]))),
        figures=below.figures(below.down_to_a_gap(body), width),
        filled=below.always(below.sound(below.down_to_a_gap(body)), width),
        tight=below.tight(body, width),
    )


def _said(record: Record) -> list[str]:
    """What a line says, cell by cell; a ruler says nothing."""
    cells = [trimmed(cell) for cell in record.cells]
    return [] if is_ruler(cells) else cells


def _nothing_beyond(rows: list[list[str]], used: Sequence[int], bottom: int, column: int) -> bool:
    """A last column without a name that no row of the sample has at all is the trace of a longer title line."""
    if any(column < len(rows[index]) and rows[index][column] for index in used):
        return False
    return bool(rows[bottom + 1 :]) and all(len(row) <= column for row in rows[bottom + 1 :])


def _as_it_stands(rows: list[list[str]]) -> tuple[str, ...]:
    """A header of one row, or of one row given several times, as the file has it; else nothing."""
    if any(row != rows[0] for row in rows):
        return ()
    return tuple(" ".join([cell] * len(rows)) for cell in rows[0])


def _told_header(head: Sequence[Record], options: ReaderOptions) -> int | None:
    if options.header_line is None:
        return None
    return next((index for index, record in enumerate(head) if record.last >= options.header_line), None)


def _header_of_correction(rows: list[list[str]]) -> int | None:
    """The header of a correction file of ours says itself that it is one, wherever that of its original stood."""
    return next((index for index, row in enumerate(rows[:_HEADER_WITHIN]) if is_correction(row)), None)


def _why_above(record: Record, index: int, used: Sequence[int], top: int) -> SkippedLine:
    if index in used:
        return skipped_line(record, "header")
    if not any(cells := [trimmed(cell) for cell in record.cells]):
        return skipped_line(record, "blank line")
    if is_ruler(cells):
        return skipped_line(record, RULER)
    if index == 0 and is_separator_line(record.cells):
        return skipped_line(record, "names the delimiter")
    return skipped_line(record, "title above the header" if index < top else "title within the header")


def _without_header(head: Sequence[Record], rows: list[list[str]], finder: _Finder, *, told: bool) -> Layout:
    width = Counter(len(row) for row in rows if any(row)).most_common(1)[0][0] if any(map(any, rows)) else 0
    first = next((index for index, row in enumerate(rows) if finder.filled(index) >= min(2, width)), 0)
    if width == 0:
        first = len(rows)
    note = (
        "read without a header, as told"
        if told
        else "no header row found: the first line already looks like data"
    )
    return Layout(
        header=(),
        header_lines=(),
        header_rows=(),
        skipped=tuple(_why_above(head[index], index, (), first) for index in range(first)),
        first=first,
        width=width,
        always=below.always(rows[first:], width),
        counter=below.counter(rows[first:]),
        labels=below.labels(rows[first:], width),
        notes=(note,) if width else (),
    )


class _Finder:
    """Evidence over the trimmed cells of the first records."""

    def __init__(self, rows: list[list[str]], merges: Sequence[Merge]) -> None:
        self.rows = rows
        self.merges = merges
        self._filled = [sum(1 for cell in row if cell) for row in rows]
        self._numbers = [[bool(cell) and is_number(cell) for cell in row[:_WIDE]] for row in rows]

    def filled(self, index: int) -> int:
        return self._filled[index]

    def main_header(self) -> int | None:
        """The row that best names the columns below it: the earliest of the best, or None where rows are data."""
        found = self._header_among(range(min(len(self.rows), _HEADER_WITHIN)))
        if len(self.rows) <= _HEADER_WITHIN or (found is not None and self._filled[found] > 1):
            return found
        further = self._header_among(range(min(len(self.rows), _HEADER_AT_MOST)))
        if found is None or (further is not None and self._filled[further] >= _COLUMNS_OF_A_TABLE):
            return further
        return found

    def _header_among(self, places: range) -> int | None:
        need = min(2, max(self._filled, default=0))
        scores = {index: self._header_score(index) for index in places if self._filled[index] >= max(need, 1)}
        best = max(scores, key=lambda index: (round(scores[index], 9), -index), default=None)
        if best is None or not scores[best]:
            return None
        best = next((index for index in scores if self._heads_its_own(index, best, scores)), best)
        if not self._data_before(best):
            return best
        return next((index for index in scores if scores[index] and self._names_figures(index)), None)

    def _names_figures(self, index: int) -> bool:
        """Whether a row names columns of figures, with no data above it: then no row below it is the header."""
        row = self.rows[index]
        _used, numeric = self.columns_below(index)
        named = [column for column in numeric if column < len(row) and row[column]]
        return (
            bool(named)
            and not any(is_number(row[column]) for column in named)
            and not self._data_before(index)
        )

    def _heads_its_own(self, index: int, best: int, scores: dict[int, float]) -> bool:
        """Whether a row names a table that ends above the best header, which then heads a second table.

        Of two tables the first is read: its rows are no titles of the other. Titles seldom have three cells.
        """
        named = {column: cell for column, cell in enumerate(self.rows[index]) if cell}
        if (
            index >= best
            or not scores[index]
            or len(named) < _COLUMNS_OF_A_TABLE
            or not self._begins_anew(best)
        ):
            return False
        seen = sum(any(row[at : at + 1] == [cell] for row in self.rows[:index]) for at, cell in named.items())
        own = self.rows[index + 1 : best]
        filled = Counter(column for row in own for column, cell in enumerate(row) if cell)
        used = {column for column, count in filled.items() if count >= len(own) * 0.2}
        like = sum(1 for row in own if sum(map(bool, row)) * 2 > len(named))
        return seen <= len(named) / 3 and like >= _ROWS_OF_A_TABLE and used <= named.keys()

    def _header_score(self, index: int) -> float:
        row = self.rows[index][:_WIDE]
        named = [column for column, cell in enumerate(row) if cell]
        times = self._times_over_figures(index)
        others = [column for column in named if column not in times]
        odd = sum(1 for column in others if is_number(row[column]) or is_period(row[column]))
        figures = {column for column in others if is_number(row[column]) or is_no_figure(row[column])}
        if odd > len(named) * 0.2:
            return 0.0
        used, numeric = self.columns_below(index)
        if not used:
            return self._alone_score(index)
        covers = len(used.intersection(named)) / len(used)
        like_rows = any(is_number(row[column]) for column in numeric.intersection(others))
        if covers < 0.5 or self._recurs(index, named, like_rows=like_rows):  # noqa: PLR2004 - half, at least
            return 0.0
        contrast = len(numeric.intersection(named).difference(figures)) / len(used)
        distinct = len({row[column] for column in named}) / len(named)
        long = sum(1 for column in named if len(row[column]) > 60) / len(named)  # noqa: PLR2004
        return 2 * covers + contrast + 0.5 * distinct - long

    def _times_over_figures(self, index: int) -> set[int]:
        """The columns that a row names by years or days: several, each another, and none of them in the rows below."""
        row = self.rows[index][:_WIDE]
        times = {column: cell for column, cell in enumerate(row) if is_year(cell) or is_period(cell)}
        if len(times) < _TIMES or len(set(times.values())) < len(times):
            return set()
        below = [other for other in self.rows[index + 1 : index + 1 + _BODY] if any(other)]
        cells = [
            other[column] for other in below for column in times if column < len(other) and other[column]
        ]
        again = sum(1 for cell in cells if is_year(cell) or is_period(cell))
        return set(times) if cells and again <= len(cells) * _SELDOM else set()

    def _alone_score(self, index: int) -> float:
        """A last line with nothing below: a header only where the whole file is one."""
        above = max(self._filled[:index], default=0)
        return 1.0 if self._filled[index] > above and not any(self._filled[index + 1 :]) else 0.0

    def columns_below(self, index: int) -> tuple[set[int], set[int]]:
        """Columns that rows below fill (one row in five or more), and those of them that hold mostly numbers."""
        body = [place for place in range(index + 1, len(self.rows)) if self._filled[place]][:_BODY]
        many: Counter[int] = Counter()
        numbers: Counter[int] = Counter()
        for place in body:
            filled = [column for column, cell in enumerate(self.rows[place][:_WIDE]) if cell]
            many.update(filled)
            numbers.update(column for column in filled if self._numbers[place][column])
        used = {column for column, count in many.items() if count >= max(1, len(body) * 0.2)}
        return used, {column for column in used if numbers[column] >= many[column] * _MOSTLY}

    def _recurs(self, index: int, named: list[int], *, like_rows: bool) -> bool:
        """A row whose cells come again in their columns is one of many, no header (unless all of it comes again).

        `like_rows` says that it has a figure where the rows have one: then a quarter of its cells is enough.
        """
        row = self.rows[index]
        again = 0
        below = range(index + 1, min(index + 1 + _BODY, len(self.rows)))
        others = [
            self.rows[place]
            for place in below
            if not _same_names(row, self.rows[place]) and not self._begins_anew(place)
        ]
        for column in named:
            again += any(column < len(other) and other[column] == row[column] for other in others)
        return again > len(named) / 3 or (like_rows and again >= max(2, len(named) / 4))

    def _begins_anew(self, index: int) -> bool:
        """Whether a row stands below a gap, or below one title below a gap: it may head another table."""
        above = self._filled[max(index - 2, 0) : index]
        return above[-1:] == [0] or above == [0, 1]

    def _data_before(self, index: int) -> bool:
        """Whether rows of data stand above a header; a single one above a gap is a title with a figure: `Page | 1`."""
        used, numeric = self.columns_below(index)
        if not numeric:
            return False
        found = []
        for above in range(index):
            row = self.rows[above]
            hits = sum(1 for column in numeric if column < len(row) and is_number(row[column]))
            if self._filled[above] >= len(used) * 0.8 and hits >= max(1, len(numeric) / 2):
                found.append(above)
        return len(found) > 1 or (len(found) == 1 and all(self._filled[found[0] : index]))

    def header_block(self, main: int, *, told: bool = False) -> tuple[int, list[int], int]:
        """First row of the header, its rows in order, and its last row."""
        used, numeric = self.columns_below(main)
        bottom = main if told else self._further_down(main, used, numeric)
        rows = [row for row in range(main, bottom + 1) if not self._tells_kinds(row, main)]
        names = {column for row in rows for column, cell in enumerate(self.rows[row]) if cell}
        for index in range(main - 1, max(main - _HEADER_ROWS_ABOVE, 0) - 1, -1):
            if not self._filled[index]:
                break
            if self._is_remark(index) and not self._is_remark(main):
                break
            labels = self._labels_of(index)
            adds = {column for column in labels if column in used} - names
            if adds or (index == rows[0] - 1 and self._groups(index, labels, main, told=told)):
                rows.insert(0, index)
                names |= adds
        return rows[0], rows, bottom

    def _is_remark(self, index: int) -> bool:
        """Whether a line is a remark of a program: `# license, CC0`."""
        return next(filter(None, self.rows[index]), "").startswith("#")

    def _further_down(self, main: int, used: set[int], numeric: set[int]) -> int:
        """Rows right below that name number columns with words belong to the header."""
        bottom = main
        while numeric and bottom + 1 < len(self.rows):
            row = self.rows[bottom + 1]
            words = [
                column
                for column in numeric
                if column < len(row) and row[column] and not is_number(row[column])
            ]
            odd = any(cell and (is_number(cell) or is_period(cell)) for cell in row)
            if row == self.rows[main] and not odd:
                bottom += 1
                continue
            if self._names_the_rest(bottom + 1, main, used):
                bottom += 1
                continue
            if odd or len(words) < max(1, len(numeric) / 2) or self._filled[bottom + 1] < len(used) / 2:
                break
            if self._is_a_row(bottom + 1, words, used - numeric):
                break
            bottom += 1
        return bottom

    def _names_the_rest(self, index: int, main: int, used: set[int]) -> bool:
        """Whether a row right below the header names all columns that have no name yet, and stands in no row's place.

        It has nothing where every row has something, and no figure.
        """
        row, names = dict(enumerate(self.rows[index])), dict(enumerate(self.rows[main]))
        nameless = {column for column in used if not names.get(column)}
        below = [other for other in self.rows[index + 1 : index + 1 + _BODY] if any(other)]
        firsts = [other[0] for other in below]
        return (
            bool(nameless)
            and not row.get(0)
            and all(row.get(column) for column in nameless)
            and not any(cell and (is_number(cell) or is_period(cell)) for cell in row.values())
            and sum(map(bool, firsts)) >= max(1, len(firsts) * _NEARLY)
        )

    def _tells_kinds(self, index: int, main: int) -> bool:
        """Whether a row below the header gives no names: all columns have their own, and here some have the same words.

        Templates say there what may be entered: `Single - Text`, `Optional`.
        """
        if self.rows[index] == self.rows[main]:
            return False
        names, told = (
            {column: cell for column, cell in enumerate(self.rows[row]) if cell} for row in (main, index)
        )
        apart = len(set(names.values())) == len(names) and told.keys() <= names.keys()
        return apart and len(set(told.values())) < len(told)

    def _is_a_row(self, index: int, words: list[int], others: set[int]) -> bool:
        """Whether a line with words for numbers is the first row of the body: `10+`, `in stock`, `-`, a code beside."""
        row, below = self.rows[index], self.rows[index + 1 : index + 1 + _BODY]
        if any(is_no_figure(row[column]) for column in words):
            return True
        for column in {*words, *others}:
            cells = [other[column] for other in below if column < len(other) and other[column]]
            mine = row[column] if column < len(row) else ""
            coded = sum(1 for cell in cells if has_digit(cell)) >= max(1, len(cells) * _NEARLY)
            again = column in words and mine in cells and row not in below
            if again or (column in others and coded and has_digit(mine)):
                return True
        return False

    def _labels_of(self, index: int) -> dict[int, str]:
        """What a row above the header says over each column, periods and remarks left out, groups spread."""
        labels: dict[int, str] = {}
        current = ""
        width = max(len(self.rows[index]), len(self.rows[index + 1]) if index + 1 < len(self.rows) else 0)
        for column in range(width):
            cell = self.rows[index][column] if column < len(self.rows[index]) else ""
            if cell:
                current = "" if is_period(cell) or ":" in cell else cell
                if current:
                    labels[column] = current
            elif current and self._spreads(index, column):
                labels[column] = current
            else:
                current = "" if self.merges else current
        return labels

    def _spreads(self, index: int, column: int) -> bool:
        """Whether a group label reaches this blank cell: merged, or (no merges known) something is named below."""
        if self.merges:
            return any(top <= index <= bottom and left < column <= right
                       for top, left, bottom, right in self.merges)  # fmt: skip
        below = self.rows[index + 1] if index + 1 < len(self.rows) else []
        return column < len(below) and bool(below[column])

    def _groups(self, index: int, labels: dict[int, str], main: int, *, told: bool) -> bool:
        """Whether a row right above the header groups its columns (and is no title)."""
        own = [column for column, cell in enumerate(self.rows[index]) if cell and column in labels]
        if not own or (len(own) == 1 and (own == [0] or index != main - 1)):
            return False
        if self.merges:
            return len(own) < len(labels)
        if self._spreads_over_names(index, own):
            return True
        if len(self.rows[index]) < len(self.rows[main]) and own == list(range(len(own))):
            return False  # a title with a delimiter in it
        used, _numeric = self.columns_below(main)
        if not told and used <= labels.keys() and len(own) >= max(2, len(used) / 2):
            return True
        below = [cell for cell in self.rows[main] if cell]
        return len(set(below)) < len(below) and len(own) < len(labels)

    def _spreads_over_names(self, index: int, own: Sequence[int]) -> bool:
        """Whether each of several words stands over several names, or is said again over each, and none over the first.

        Titles begin in the first column.
        """
        row, below = self.rows[index], self.rows[index + 1]
        ends = [*own[1:], len(below)]
        reach = [sum(map(bool, below[start:end])) for start, end in zip(own, ends, strict=True)]
        again = len({row[column] for column in own}) == 1
        plain = not any(has_digit(row[column]) for column in own)
        return len(own) > 1 and min(own) > 0 and plain and (again or min(reach) > 1)

    def joined(self, used: Sequence[int], width: int) -> tuple[str, ...]:
        """The header: for each column the words of its header rows, joined by a space, no word twice in a row."""
        parts: list[list[str]] = [[] for _ in range(width)]
        for place, index in enumerate(used):
            upper = place < len(used) - 1
            labels = self._labels_of(index) if upper else dict(enumerate(self.rows[index]))
            for column, label in labels.items():
                text = " ".join(label.split())
                if column < width and text and text not in parts[column][-1:]:
                    parts[column].append(text)
        return tuple(" ".join(words) for words in parts)


def _same_names(row: list[str], other: list[str]) -> bool:
    """Whether one of these rows says the other again, cell by cell, and perhaps names a column more."""
    both = [(mine, theirs) for mine, theirs in zip(row, other, strict=False) if mine and theirs]
    fewer = min(sum(map(bool, row)), sum(map(bool, other)))
    most = max(sum(map(bool, row)), sum(map(bool, other)))
    return fewer * 2 > most and len(both) == fewer and all(mine == theirs for mine, theirs in both)
