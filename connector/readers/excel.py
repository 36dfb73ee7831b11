"""Workbooks: every visible sheet through calamine, and the old BIFF2-4 files without a container through xlrd.

Cells keep their exact value as text: whole numbers without ".0", other numbers as the shortest text that gives the same
number, dates as ISO, TRUE and FALSE, errors as "#REF!".
"""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import python_calamine as calamine
import xlrd

from connector.errors import RejectDrop
from connector.readers.biff import error_text, peek_xls, peek_xlsb
from connector.readers.body import Origin
from connector.readers.columns import text_blocks
from connector.readers.grid import hidden_rows_note, tables_in, tables_of
from connector.readers.locked import PROTECTED
from connector.readers.numbers import cell_text, number_text, reads_two_ways
from connector.readers.oddities import Oddities
from connector.readers.plaincells import NotPlain
from connector.readers.plainsheet import plain_blocks
from connector.readers.spool import check_columns
from connector.readers.stored import Peek, peek_ods, peek_xlsx

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from connector.model import Table
    from connector.readers.limits import Limits, ReaderOptions

Found = tuple[tuple["Table", ...], tuple[str, ...]]


def read_workbook(
    path: Path, spool: Path, options: ReaderOptions, limits: Limits, *, format_name: str
) -> Found:
    """A table for every visible sheet that has one, and notes on those left out.

    Raises:
        RejectDrop: protected by a password, damaged, over a limit, or the sheet asked for is not there.
    """
    # calamine goes by the extension: it is given a name that says what the content is.
    named = spool / f"{uuid4().hex}.{format_name}"
    named.symlink_to(path.resolve())
    try:
        with _in_words(f"the {format_name} workbook is damaged and cannot be opened"):
            book = calamine.CalamineWorkbook.from_path(str(named))
    finally:
        named.unlink()
    tables: list[Table] = []
    notes: list[str] = []
    for name in _chosen(book, options, notes):
        origin = Origin(format_name, sheet=name)
        sheet = _plain(path, origin, spool, options, limits) if format_name == "xlsx" else None
        found, said = sheet or _any(book, path, origin, spool, options, limits=limits)
        tables += found
        notes += said if found else [f"sheet {name!r} is empty"]
    return tuple(tables), tuple(notes)


def _plain(
    path: Path, origin: Origin, spool: Path, options: ReaderOptions, limits: Limits
) -> tuple[list[Table], list[str]] | None:
    """The tables of a large sheet with nothing unusual in it; None where calamine must read it, and have its say."""
    oddities = Oddities()
    try:
        blocks = plain_blocks(path, str(origin.sheet), oddities, limits)
        found = tables_in(blocks, origin, spool, options, limits)
    except (NotPlain, RejectDrop):
        return None
    return (_with_notes(found, oddities), []) if found else None


def _any(
    book: calamine.CalamineWorkbook,
    path: Path,
    origin: Origin,
    spool: Path,
    options: ReaderOptions,
    *,
    limits: Limits,
) -> tuple[list[Table], list[str]]:
    """The tables of a sheet, and notes on what is hidden in it.

    Raises:
        RejectDrop: damaged or over a limit.
    """
    name, format_name = str(origin.sheet), origin.format
    # Calamine leaves the interpreter free while it reads: the look beside it costs no time of its own.
    with ThreadPoolExecutor(1) as beside:
        looking = beside.submit(_peek, path, book.sheet_names.index(name), name, format_name)
        with _in_words(f"sheet {name!r} of the {format_name} workbook is damaged"):
            sheet = book.get_sheet_by_name(name)
        peek = looking.result()
    check_columns(sheet.total_width, limits)
    if sheet.total_height * sheet.total_width > limits.cells:
        raise RejectDrop(
            f"sheet {name!r} spans {sheet.total_height:,} rows and {sheet.total_width:,} columns; at most "
            f"{limits.cells:,} cells are allowed (setting reading.max_cells)"
        )
    merges = tuple((a, b, c, d) for (a, b), (c, d) in sheet.merged_cell_ranges or ())
    oddities = Oddities()
    with _in_words(f"sheet {name!r} is damaged"):
        blocks = text_blocks(sheet.to_python(skip_empty_area=False), peek, oddities)
    found = tables_in(blocks, origin, spool, options, limits, merges=merges)
    return _with_notes(found, oddities), hidden_rows_note(name, peek.hidden)


def _with_notes(found: list[Table], oddities: Oddities) -> list[Table]:
    return [
        replace(table, notes=(*table.notes, *oddities.notes(table)), stored_numbers=not oddities.two_ways)
        for table in found
    ]


def read_old_workbook(
    path: Path, spool: Path, options: ReaderOptions, limits: Limits, *, format_name: str
) -> Found:
    """The sheets of a BIFF2-5 file without a container, which only xlrd reads.

    Raises:
        RejectDrop: damaged or over a limit.
    """
    silent = io.StringIO()
    try:
        book = xlrd.open_workbook(str(path), logfile=silent)
    except xlrd.XLRDError as error:
        said = "protected" if "ncrypt" in str(error) else "damaged and cannot be opened"
        raise RejectDrop(f"the old Excel workbook is {said} ({error}); save it again as xlsx") from error
    except Exception as error:  # xlrd meets broken bytes with whatever its own code stumbles on
        raise RejectDrop(
            "the old Excel workbook is damaged and cannot be opened; save it again as xlsx"
        ) from error
    tables: list[Table] = []
    notes: list[str] = []
    encoding = book.encoding or None
    if not book.codepage:
        notes.append(f"the workbook names no code page; its text was read as {encoding}")
    for sheet in book.sheets():
        if sheet.visibility:
            notes.append(f"hidden sheet {sheet.name!r} was left out")
            continue
        check_columns(sheet.ncols, limits)
        rows = _old_texts(sheet, book.datemode)
        if options.sheet not in (None, sheet.name):
            continue
        found = tables_of(rows, Origin(format_name, encoding, sheet=sheet.name), spool, options, limits)
        texts = (cell.value for row in sheet.get_rows() for cell in row if isinstance(cell.value, str))
        stored = not any(map(reads_two_ways, texts))
        tables += [replace(table, stored_numbers=stored) for table in found]
    return tuple(tables), tuple(notes)


def _chosen(book: calamine.CalamineWorkbook, options: ReaderOptions, notes: list[str]) -> Iterator[str]:
    sheets = [meta for meta in book.sheets_metadata if meta.typ == calamine.SheetTypeEnum.WorkSheet]
    names = [meta.name for meta in sheets]
    if options.sheet is not None:
        if options.sheet not in names:
            raise RejectDrop(
                f"there is no sheet {options.sheet!r}; the workbook has {', '.join(map(repr, names))}"
            )
        yield options.sheet
        return
    for meta in sheets:
        if meta.visible == calamine.SheetVisibleEnum.Visible:
            yield meta.name
        else:
            notes.append(f"hidden sheet {meta.name!r} was left out")


@contextmanager
def _in_words(what: str) -> Iterator[None]:
    """Whatever calamine stumbles on, said for a shop keeper; a panic of its Rust code is no Exception."""
    try:
        yield
    except calamine.PasswordError as error:
        raise RejectDrop(PROTECTED) from error
    except BaseException as error:
        broken = isinstance(error, calamine.CalamineError | OSError | ValueError)
        if not broken and type(error).__name__ != "PanicException":
            raise
        raise RejectDrop(f"{what} ({error}); save it again in the program it comes from") from error


def _peek(path: Path, place: int, name: str, format_name: str) -> Peek:
    """What calamine does not tell of a sheet."""
    if format_name == "xlsx":
        return peek_xlsx(path, name)
    if format_name == "xlsb":
        return peek_xlsb(path, name)
    if format_name == "ods":
        return peek_ods(path, name)
    return peek_xls(path, place)


def _old_texts(sheet: xlrd.sheet.Sheet, datemode: int) -> Iterator[list[str]]:
    for row in range(sheet.nrows):
        yield [_old_text(sheet.cell(row, column), datemode) for column in range(sheet.ncols)]


def _old_text(cell: xlrd.sheet.Cell, datemode: int) -> str:
    # BIFF2-4 cells may carry a number under the type of text: the value itself decides.
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return error_text(cell.value)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if cell.value else "FALSE"
    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            return cell_text(xlrd.xldate_as_datetime(cell.value, datemode))
        except (ValueError, OverflowError, xlrd.xldate.XLDateError):
            return number_text(float(cell.value))
    return cell_text(cell.value)
