"""Tables of web pages (HTML), which many programs save under a name that ends in .xls.

The page is only taken apart as text: nothing is fetched, no script runs, no entity but the signs of HTML is known.
Spans become merged cells as in a workbook. A number that Excel stored beside its shown form (`x:num`) is taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from connector.errors import RejectDrop
from connector.readers.body import Origin
from connector.readers.encoding import to_utf8
from connector.readers.grid import tables_of
from connector.readers.spool import check_columns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from connector.model import Table
    from connector.readers.encoding import Text
    from connector.readers.limits import Limits, ReaderOptions
    from connector.readers.names import Merge

_BLOCK = 64 * 1024
_HEAD = 4096
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_SPAN_MOST = 70_000
_UNSEEN = frozenset({"script", "style", "template", "noscript"})
_CELLS = frozenset({"td", "th"})
_WORDS_END_AT = frozenset({"br", "p", "div", "li", "hr"})


@dataclass(slots=True)
class _Cell:
    words: list[str] = field(default_factory=list)
    stored: str | None = None
    across: int = 1
    down: int = 1


@dataclass(slots=True)
class Grid:
    """One table of a page: its rows, the ranges its spans cover, and the columns still taken by cells above."""

    rows: list[list[str]] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    title: str = ""
    closed: bool = False
    _row: list[str] | None = None
    _cell: _Cell | None = None
    _taken: dict[int, int] = field(default_factory=dict)
    _next: dict[int, int] = field(default_factory=dict)
    _cells: int = 0

    def open_row(self) -> None:
        """Begin a row; the one before ends with it."""
        self.close_row()
        self._row, self._next = [], {}

    def open_cell(self, attributes: dict[str, str | None]) -> None:
        """Begin a cell with its spans."""
        self.close_cell()
        if self._row is None:
            self.open_row()
        across, down = _span(attributes.get("colspan")), _span(attributes.get("rowspan"))
        self._cell = _Cell(stored=attributes.get("x:num") or None, across=across, down=down)

    def say(self, text: str) -> None:
        """Add text to the cell under way."""
        if self._cell is not None:
            self._cell.words.append(text)

    def close_cell(self) -> None:
        """Put the cell into its columns."""
        cell, self._cell, row = self._cell, None, self._row
        if cell is None or row is None:
            return
        while self._taken.get(len(row), 0):
            row.append("")
        left, top = len(row), len(self.rows)
        shown = _BLANKS.sub(" ", "".join(cell.words)).strip(" ")
        row.append(cell.stored.strip() if cell.stored else shown)
        row.extend([""] * (cell.across - 1))
        if cell.across > 1 or cell.down > 1:
            self.merges.append((top, left, top + cell.down - 1, left + cell.across - 1))
        for column in range(left, left + cell.across) if cell.down > 1 else ():
            self._next[column] = cell.down - 1

    def close_row(self) -> None:
        """Put the row under those before."""
        self.close_cell()
        row, self._row = self._row, None
        if row is None:
            return
        self._taken = {column: rows - 1 for column, rows in self._taken.items() if rows > 1} | self._next
        self.rows.append(row)
        self._cells += len(row)

    def close(self) -> None:
        """End the table."""
        self.close_row()
        self.closed = True

    def check(self, limits: Limits) -> None:
        """Refuse what grows over a limit while it grows."""
        check_columns(len(self._row or ()), limits)
        if self._cells > limits.cells:
            raise RejectDrop(
                f"a table of the page has more than {limits.cells:,} cells, the most allowed (setting "
                "reading.max_cells)"
            )

    @property
    def worth(self) -> int:
        """Rows with two cells or more: what a table has and a frame for a picture has not."""
        return sum(1 for row in self.rows if sum(1 for cell in row if cell) > 1)


class _Page(HTMLParser):
    """Gathers the tables of a page; cells, rows and tables need not be closed properly."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[Grid] = []
        self._open: list[Grid] = []
        self._limits = limits
        self._unseen = 0
        self._caption = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        table = self._open[-1] if self._open else None
        if tag == "table":
            self._open.append(Grid())
            self.tables.append(self._open[-1])
        elif tag in _UNSEEN:
            self._unseen += 1
        elif table is None:
            return
        elif tag == "tr":
            table.open_row()
            table.check(self._limits)
        elif tag in _CELLS:
            table.open_cell(dict(attrs))
            table.check(self._limits)
        elif tag == "caption":
            self._caption = True
        elif tag in _WORDS_END_AT:
            table.say(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif not self._open:
            return
        elif tag == "table":
            self._open.pop().close()
        elif tag == "tr":
            self._open[-1].close_row()
        elif tag in _CELLS:
            self._open[-1].close_cell()
        elif tag == "caption":
            self._caption = False
        elif tag in _WORDS_END_AT:
            self._open[-1].say(" ")

    def handle_data(self, data: str) -> None:
        if not self._open or self._unseen:
            return
        if self._caption:
            self._open[-1].title += data
        else:
            self._open[-1].say(data)


def read_page(
    path: Path, spool: Path, options: ReaderOptions, limits: Limits
) -> tuple[tuple[Table, ...], tuple[str, ...]]:
    """Every table of a page that holds data, and notes on those left out.

    Raises:
        RejectDrop: no table in it, cut off, or over a limit.
    """
    text = _decoded(path, spool, options)
    try:
        grids = _grids(text, limits)
    finally:
        if text.copied:
            text.path.unlink(missing_ok=True)
    chosen = _with_data(grids)
    if not chosen:
        raise RejectDrop("this is a web page (HTML) without a table of data, whatever its name says; "
                         "export the file again, best as CSV or as an Excel workbook")  # fmt: skip
    if not chosen[-1].closed:
        raise RejectDrop("the web page is cut off: its table has no end; export or send it again")
    notes = list(text.notes)
    if len(chosen) < len(grids):
        notes.append(f"tables of the page without rows of data, left out: {len(grids) - len(chosen)}")
    tables = []
    for number, grid in enumerate(chosen, 1):
        name = " ".join(grid.title.split())[:80] or f"table {number}"
        sheet = name if len(chosen) > 1 else None
        origin = Origin("html", text.encoding, sheet=sheet, second_encoding=text.second)
        tables += tables_of(grid.rows, origin, spool, options, limits, merges=grid.merges)
    return tuple(tables), tuple(notes)


def _decoded(path: Path, spool: Path, options: ReaderOptions) -> Text:
    """The page as UTF-8: as told, else as the page itself says where that is true, else by evidence."""
    with path.open("rb") as source:
        head = source.read(_HEAD)
    said = _CHARSET.search(head)
    if options.encoding is None and said and not head.startswith(_BOMS):
        try:
            return to_utf8(path, spool, replace(options, encoding=said.group(1).decode("ascii")))
        except RejectDrop:
            # Pages are copied from one another with their claims: the bytes decide.
            return to_utf8(path, spool, options)
    return to_utf8(path, spool, options)


def _grids(text: Text, limits: Limits) -> Sequence[Grid]:
    page = _Page(limits)
    with text.path.open("rb") as raw:
        raw.seek(text.start)
        data = raw.read()
    whole = data.decode("utf-8", "surrogateescape").encode("utf-8", "ignore").decode("utf-8")
    for start in range(0, len(whole), _BLOCK):
        page.feed(whole[start : start + _BLOCK])
    page.close()
    for grid in page.tables:
        if not grid.closed:
            grid.close_row()
    return page.tables


def _with_data(grids: Sequence[Grid]) -> list[Grid]:
    """Tables with two rows of two cells; where there is none, those with any such row."""
    for least in (2, 1):
        chosen = [grid for grid in grids if grid.worth >= least]
        if chosen:
            return chosen
    longest = max(grids, key=lambda grid: len(grid.rows), default=None)
    return [longest] if longest is not None and any(any(row) for row in longest.rows) else []


def _span(said: str | None) -> int:
    digits = (said or "").strip()
    return min(max(int(digits), 1), _SPAN_MOST) if digits.isascii() and digits.isdigit() else 1
