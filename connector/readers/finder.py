"""Which of the first rows is the header: the one that best names the columns below it.

Evidence only: how many cells are filled, which columns hold numbers below, what comes again.
"""

from __future__ import annotations

from collections import Counter
from itertools import zip_longest

from connector.readers.below import filled
from connector.readers.cells import is_no_figure, is_number
from connector.readers.dates import is_period, is_year

_HEADER_WITHIN, _HEADER_AT_MOST = 60, 300
"""The header is among the first lines; only where none is, a long account above the table is passed over."""
_BODY = 150
_WIDE = 300
_ROWS_OF_A_TABLE = 3
_COLUMNS_OF_A_TABLE = 3
_MOSTLY = 0.6
_SELDOM = 0.2
_TIMES = 2
"""So many years or days side by side are names of columns."""


class Finder:
    """Evidence over the trimmed cells of the first records: which row names the columns below it."""

    def __init__(self, rows: list[list[str]]) -> None:
        self.rows = rows
        self._filled = [*map(filled, rows)]
        self._numbers = [[*map(is_number, row[:_WIDE])] for row in rows]

    def filled(self, index: int) -> int:
        """How many cells of a row say something."""
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
        cells = zip_longest(*(self.rows[place][:_WIDE] for place in body), fillvalue="")
        many = [len(column) - column.count("") for column in cells]
        flags = zip_longest(*(self._numbers[place] for place in body), fillvalue=False)
        numbers = [sum(column) for column in flags]
        used = {column for column, count in enumerate(many) if count >= max(1, len(body) * 0.2)}
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


def _same_names(row: list[str], other: list[str]) -> bool:
    """Whether one of these rows says the other again, cell by cell, and perhaps names a column more."""
    both = 0
    for mine, theirs in zip(row, other, strict=False):
        if mine and theirs:
            if mine != theirs:
                return False
            both += 1
    fewer = min(sum(map(bool, row)), sum(map(bool, other)))
    most = max(sum(map(bool, row)), sum(map(bool, other)))
    return fewer * 2 > most and both == fewer
