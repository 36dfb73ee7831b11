"""Tables within one column: each line was made one cell by a program that took its delimiter for text.

So saves Excel a file that was opened with another delimiter: in a text every line (or every line with a quote mark in
it) stands in quotes, in a workbook every row has one cell.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from typing import TYPE_CHECKING

from connector.readers.dialect import DELIMITERS, NO_DELIMITER, Splitter
from connector.readers.sniff import sniff

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from connector.readers.dialect import Dialect, Record
    from connector.readers.limits import ReaderOptions

_WRAPPED = re.compile(r'"(?:[^"]|"")*"')
_LINE = re.compile(rb'(?m)^"((?:[^"\r\n]|"")*)"(?=\r?$|\r)')
_SAMPLE = 200
_LEAST_LINES, _LEAST_WIDTH = 3, 3
_NEARLY_ALL = 0.9
NOTE = "each line was one cell, its delimiters text within it; it was taken apart"


def is_wrapped(lines: Sequence[str]) -> bool:
    """Whether these lines stand in quotes as a whole, and hold a table when they are taken out of them."""
    said = [text for line in lines[:_SAMPLE] if (text := line.strip())]
    wrapped = [text for text in said if _WRAPPED.fullmatch(text)]
    if len(wrapped) < max(_LEAST_LINES, len(said) / 2) or any(
        '"' in text and not _WRAPPED.fullmatch(text) for text in said
    ):
        return False
    return any(_holds_table([unwrapped(text) for text in said], mark) for mark in DELIMITERS)


def _holds_table(lines: list[str], mark: str) -> bool:
    widths = [len(row) for row in csv.reader(lines, delimiter=mark)]
    width, many = Counter(widths).most_common(1)[0]
    # The first line names the columns: else commas stand in what is one cell.
    return width >= _LEAST_WIDTH and widths[0] == width and many >= len(lines) * _NEARLY_ALL


def unwrapped(text: str) -> str:
    """A line without the quotes around it, if there are any."""
    return text[1:-1].replace('""', '"') if _WRAPPED.fullmatch(text) else text


def unwrap(data: bytes) -> bytes:
    """The same lines, each without the quotes around it."""
    return _LINE.sub(lambda found: found.group(1).replace(b'""', b'"'), data)


def one_column(head: Sequence[Record], options: ReaderOptions) -> tuple[int, Dialect] | None:
    """The only column of a sheet that says anything, and how its cells are tables' lines; None where they are not."""
    used = {index for record in head for index, cell in enumerate(record.cells) if cell.strip()}
    if len(used) != 1:
        return None
    column = used.pop()
    texts = [record.cells[column] for record in head if len(record.cells) > column]
    lines = [text for text in texts if text.strip() and "\n" not in text]
    if len(lines) < _LEAST_LINES:
        return None
    dialect = sniff([lines], options)
    if dialect.delimiter == NO_DELIMITER or dialect.gaps or (dialect.width or 0) < _LEAST_WIDTH:
        return None
    splitter = Splitter(dialect)
    fitting = [len(splitter.split(line)[0]) == dialect.width for line in lines]
    return (column, dialect) if fitting[0] and sum(fitting) >= len(lines) * _NEARLY_ALL else None


def taken_apart(records: Iterable[Record], column: int, dialect: Dialect) -> Iterator[Record]:
    """The records with their one cell as the line it is."""
    splitter = Splitter(dialect)
    for record in records:
        text = record.cells[column] if len(record.cells) > column else ""
        yield record._replace(cells=splitter.split(text)[0] if text.strip() else [])
