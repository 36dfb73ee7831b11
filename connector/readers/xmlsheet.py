"""XML spreadsheets of Excel 2002 and 2003 (SpreadsheetML), mostly met under a name that ends in .xls.

Parsed without entities: a file that declares one is refused, so that none can grow or fetch anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from connector.errors import RejectDrop
from connector.readers.body import Origin
from connector.readers.grid import hidden_rows_note, tables_of
from connector.readers.numbers import number_text, reads_two_ways
from connector.readers.spool import check_columns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from xml.etree.ElementTree import Element

    from connector.model import Table
    from connector.readers.limits import Limits, ReaderOptions
    from connector.readers.names import Merge

_SPACE = "{urn:schemas-microsoft-com:office:spreadsheet}"
_MOST_DIGITS = 24


@dataclass(slots=True)
class _Sheet:
    name: str
    rows: list[list[str]] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden: bool = False
    cells: int = 0
    two_ways: bool = False


def read_xml_sheet(
    path: Path, spool: Path, options: ReaderOptions, limits: Limits
) -> tuple[tuple[Table, ...], tuple[str, ...]]:
    """A table for every visible sheet that has one, and notes on those left out.

    Raises:
        RejectDrop: not well-formed, with entities, over a limit, or the sheet asked for is not there.
    """
    try:
        sheets = list(_sheets(path, limits))
    except DefusedXmlException as error:
        raise RejectDrop("the XML file declares entities, which an honest spreadsheet does not need; "
                         "save it again as an Excel workbook") from error  # fmt: skip
    except (ParseError, ValueError, LookupError) as error:
        raise RejectDrop(f"the XML spreadsheet is cut off or damaged ({error}); save it again in the program it "
                         "comes from") from error  # fmt: skip
    names = [sheet.name for sheet in sheets]
    if options.sheet is not None and options.sheet not in names:
        raise RejectDrop(
            f"there is no sheet {options.sheet!r}; the file has {', '.join(map(repr, names)) or 'none'}"
        )
    tables: list[Table] = []
    notes: list[str] = []
    for sheet in sheets:
        if options.sheet is None and sheet.hidden:
            notes.append(f"hidden sheet {sheet.name!r} was left out")
        elif options.sheet in (None, sheet.name):
            origin = Origin("xml", sheet=sheet.name)
            found = tables_of(sheet.rows, origin, spool, options, limits, merges=sheet.merges)
            tables += [replace(table, stored_numbers=not sheet.two_ways) for table in found]
            if found:
                notes += hidden_rows_note(sheet.name, sheet.hidden_rows)
            else:
                notes.append(f"sheet {sheet.name!r} is empty")
    return tuple(tables), tuple(notes)


def _sheets(path: Path, limits: Limits) -> Iterator[_Sheet]:
    sheet: _Sheet | None = None
    rows: Element | None = None
    with path.open("rb") as source:
        for event, element in iterparse(source, events=("start", "end")):
            name = _local(element.tag)
            if event == "start":
                if name == "Worksheet":
                    sheet = _Sheet(_marked(element, "Name") or "Sheet")
                rows = element if name == "Table" else rows
            elif sheet is None:
                continue
            elif name == "Row":
                _take_row(sheet, element, limits)
                if rows is not None:
                    # What has been taken is let go, or a large file would stand in memory twice.
                    rows.clear()
            elif name == "Visible":
                sheet.hidden = (element.text or "").strip() in ("SheetHidden", "SheetVeryHidden")
            elif name == "Worksheet":
                yield sheet
                element.clear()
                sheet = None


def _take_row(sheet: _Sheet, row: Element, limits: Limits) -> None:
    place = _number(row, "Index")
    _room(sheet, (place or 1) - 1, limits)
    while place is not None and len(sheet.rows) < place - 1:
        sheet.rows.append([])
    cells: list[str] = []
    for cell in (one for one in row if _local(one.tag) == "Cell"):
        column = _number(cell, "Index")
        across, down = _number(cell, "MergeAcross") or 0, _number(cell, "MergeDown") or 0
        check_columns(max(column or 0, len(cells)) + across, limits)
        while column is not None and len(cells) < column - 1:
            cells.append("")
        top, left = len(sheet.rows), len(cells)
        text, typed = _text(cell)
        cells += [text, *[""] * across]
        sheet.two_ways = sheet.two_ways or (not typed and reads_two_ways(text))
        if across or down:
            sheet.merges.append((top, left, top + down, left + across))
    if _marked(row, "Hidden") == "1":
        sheet.hidden_rows.append(len(sheet.rows) + 1)
    sheet.cells += len(cells)
    sheet.rows.append(cells)
    for _ in range(min(_number(row, "Span") or 0, limits.rows)):
        sheet.rows.append([])
    _room(sheet, len(sheet.rows), limits)


def _room(sheet: _Sheet, rows: int, limits: Limits) -> None:
    if rows > limits.rows:
        raise RejectDrop(
            f"sheet {sheet.name!r} has more than {limits.rows:,} rows, the most allowed (setting reading.max_rows)"
        )
    if sheet.cells > limits.cells:
        raise RejectDrop(
            f"sheet {sheet.name!r} has more than {limits.cells:,} cells, the most allowed (setting reading.max_cells)"
        )


def _text(cell: Element) -> tuple[str, bool]:
    """The text of a cell, and whether it was stored as anything but text."""
    data = next((one for one in cell if _local(one.tag) == "Data"), None)
    text = "" if data is None else "".join(data.itertext())
    if not text.strip():
        return _marked(cell, "Formula") or text, False
    kind = "" if data is None else _marked(data, "Type")
    if kind == "Number":
        return _exact(text.strip()), True
    if kind == "Boolean":
        return "TRUE" if text.strip() in ("1", "true") else "FALSE", True
    if kind == "DateTime":
        day, _, moment = text.strip().partition("T")
        moment = moment.removesuffix(".000")
        return day if moment in ("", "00:00:00") else f"{day} {moment}", True
    return text, False


def _exact(text: str) -> str:
    """The number as stored; only forms of a program (5.0, 1E3) become the plain number they are."""
    if text.lstrip("-").isdigit() or len(text) > _MOST_DIGITS:
        return text
    try:
        return number_text(float(text))
    except (ValueError, OverflowError):
        return text


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _marked(element: Element, name: str) -> str:
    return element.get(f"{_SPACE}{name}") or element.get(name) or ""


def _number(element: Element, name: str) -> int | None:
    said = _marked(element, name).strip()
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None  # noqa: PLR2004 - no sheet has more
