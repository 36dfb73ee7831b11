"""What the columns are called: the rows of the header, those above that group its columns, those below, joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.readers.cells import has_digit, is_no_figure, is_number
from connector.readers.dates import is_period

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connector.readers.finder import Finder

_HEADER_ROWS_ABOVE = 6
_BODY = 150
_NEARLY = 0.8
Merge = tuple[int, int, int, int]
"""A merged range of a sheet: first row, first column, last row, last column, 0-based inclusive."""


class Names:
    """The header around the row that `Finder` found; `merges` are the merged ranges of a sheet, if it is one."""

    def __init__(self, finder: Finder, merges: Sequence[Merge]) -> None:
        self._finder = finder
        self._rows = finder.rows
        self._merges = merges

    def block(self, main: int, *, told: bool = False) -> tuple[int, list[int], int]:
        """First row of the header, its rows in order, and its last row."""
        used, numeric = self._finder.columns_below(main)
        bottom = main if told else self._further_down(main, used, numeric)
        rows = [row for row in range(main, bottom + 1) if not self._tells_kinds(row, main)]
        names = {column for row in rows for column, cell in enumerate(self._rows[row]) if cell}
        for index in range(main - 1, max(main - _HEADER_ROWS_ABOVE, 0) - 1, -1):
            if not self._finder.filled(index):
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
        return next(filter(None, self._rows[index]), "").startswith("#")

    def _further_down(self, main: int, used: set[int], numeric: set[int]) -> int:
        """Rows right below that name number columns with words belong to the header."""
        bottom = main
        while numeric and bottom + 1 < len(self._rows):
            row = self._rows[bottom + 1]
            words = [
                column
                for column in numeric
                if column < len(row) and row[column] and not is_number(row[column])
            ]
            odd = any(cell and (is_number(cell) or is_period(cell)) for cell in row)
            if row == self._rows[main] and not odd:
                bottom += 1
                continue
            if self._names_the_rest(bottom + 1, main, used):
                bottom += 1
                continue
            if (
                odd
                or len(words) < max(1, len(numeric) / 2)
                or self._finder.filled(bottom + 1) < len(used) / 2
            ):
                break
            if self._is_a_row(bottom + 1, words, used - numeric):
                break
            bottom += 1
        return bottom

    def _names_the_rest(self, index: int, main: int, used: set[int]) -> bool:
        """Whether a row right below the header names all columns that have no name yet, and stands in no row's place.

        It has nothing where every row has something, and no figure.
        """
        row, names = dict(enumerate(self._rows[index])), dict(enumerate(self._rows[main]))
        nameless = {column for column in used if not names.get(column)}
        below = [other for other in self._rows[index + 1 : index + 1 + _BODY] if any(other)]
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
        if self._rows[index] == self._rows[main]:
            return False
        names, told = (
            {column: cell for column, cell in enumerate(self._rows[row]) if cell} for row in (main, index)
        )
        apart = len(set(names.values())) == len(names) and told.keys() <= names.keys()
        return apart and len(set(told.values())) < len(told)

    def _is_a_row(self, index: int, words: list[int], others: set[int]) -> bool:
        """Whether a line with words for numbers is the first row of the body: `10+`, `in stock`, `-`, a code beside."""
        row, below = self._rows[index], self._rows[index + 1 : index + 1 + _BODY]
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
        lone_first = not self._merges and [*filter(None, self._rows[index])] == self._rows[index][:1]
        width = max(len(self._rows[index]), len(self._rows[index + 1]) if index + 1 < len(self._rows) else 0)
        for column in range(width):
            cell = self._rows[index][column] if column < len(self._rows[index]) else ""
            if cell:
                current = "" if is_period(cell) or ":" in cell else cell
                if current:
                    labels[column] = current
            elif current and not lone_first and self._spreads(index, column):
                labels[column] = current
            else:
                current = "" if self._merges else current
        return labels

    def _spreads(self, index: int, column: int) -> bool:
        """Whether a group label reaches this blank cell: merged, or (no merges known) something is named below."""
        if self._merges:
            return any(top <= index <= bottom and left < column <= right
                       for top, left, bottom, right in self._merges)  # fmt: skip
        below = self._rows[index + 1] if index + 1 < len(self._rows) else []
        return column < len(below) and bool(below[column])

    def _groups(self, index: int, labels: dict[int, str], main: int, *, told: bool) -> bool:
        """Whether a row right above the header groups its columns (and is no title)."""
        own = [column for column, cell in enumerate(self._rows[index]) if cell and column in labels]
        if not own or (len(own) == 1 and (own == [0] or index != main - 1)):
            return False
        if self._merges:
            return len(own) < len(labels)
        if self._spreads_over_names(index, own):
            return True
        if len(self._rows[index]) < len(self._rows[main]) and own == list(range(len(own))):
            return False  # a title with a delimiter in it
        used, _numeric = self._finder.columns_below(main)
        if not told and used <= labels.keys() and len(own) >= max(2, len(used) / 2):
            return True
        below = [cell for cell in self._rows[main] if cell]
        return len(set(below)) < len(below) and len(own) < len(labels)

    def _spreads_over_names(self, index: int, own: Sequence[int]) -> bool:
        """Whether each of several words stands over several names, or is said again over each, and none over the first.

        Titles begin in the first column.
        """
        row, below = self._rows[index], self._rows[index + 1]
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
            labels = self._labels_of(index) if upper else dict(enumerate(self._rows[index]))
            for column, label in labels.items():
                text = " ".join(label.split())
                if column < width and text and text not in parts[column][-1:]:
                    parts[column].append(text)
        return tuple(" ".join(words) for words in parts)
