"""What the child process does with one file: find its format, read it, give the document.

To teach the readers a new format, write its function and add one line to `FORMATS`.
"""

from __future__ import annotations

import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

from connector.errors import RejectDrop
from connector.readers.archive import check_zip, files_in, unpack_gz, unpack_zip
from connector.readers.damage import ZIP_DAMAGE
from connector.readers.detect import NoTable, detect
from connector.readers.document import Document
from connector.readers.excel import read_old_workbook, read_workbook
from connector.readers.limits import MIB
from connector.readers.locked import unlock
from connector.readers.objects import read_json
from connector.readers.page import read_page
from connector.readers.text import read_text
from connector.readers.webarchive import pages_in, unpack_web_archive
from connector.readers.xmlsheet import read_xml_sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from connector.model import Table
    from connector.readers.archive import Member
    from connector.readers.limits import Limits, ReaderOptions

    Found = tuple[tuple[Table, ...], tuple[str, ...]]
    Job = tuple[Path, Path, ReaderOptions, Limits]


def _csv(job: Job) -> Found:
    return read_text(*job)


def _xlsx(job: Job) -> Found:
    check_zip(job[0], job[3])
    return read_workbook(*job, format_name="xlsx")


def _xlsb(job: Job) -> Found:
    check_zip(job[0], job[3])
    return read_workbook(*job, format_name="xlsb")


def _ods(job: Job) -> Found:
    check_zip(job[0], job[3])
    return read_workbook(*job, format_name="ods")


def _xls(job: Job) -> Found:
    return read_workbook(*job, format_name="xls")


def _xls_biff(job: Job) -> Found:
    return read_old_workbook(*job, format_name="xls-biff")


def _html(job: Job) -> Found:
    return read_page(*job)


def _xml(job: Job) -> Found:
    return read_xml_sheet(*job)


def _json(job: Job) -> Found:
    return read_json(*job)


def _empty(job: Job) -> Found:
    del job
    return (), ("the file is empty (zero bytes)",)


FORMATS: tuple[tuple[str, Callable[[Job], Found]], ...] = (
    ("csv", _csv),
    ("xlsx", _xlsx),
    ("xlsb", _xlsb),
    ("ods", _ods),
    ("xls", _xls),
    ("xls-biff", _xls_biff),
    ("html", _html),
    ("xml", _xml),
    ("json", _json),
    ("empty", _empty),
)
"""Every format read, by the name `detect` gives it. `gz` and `zip` are opened first (`PACKED`)."""

PACKED: tuple[tuple[str, Callable[[Path, Path, ReaderOptions, Limits], Iterator[Member]]], ...] = (
    ("gz", unpack_gz),
    ("zip", unpack_zip),
    ("locked", unlock),
    ("mhtml", unpack_web_archive),
)
"""Every way to pack a file: each gives the files within, one at a time."""


def read_here(path: Path, spool: Path, options: ReaderOptions, limits: Limits) -> Document:
    """Read a file in this very process; see `connector.readers.read`.

    Raises:
        RejectDrop: the file cannot be used.
    """
    size = path.stat().st_size
    if size > limits.file_bytes:
        raise RejectDrop(
            f"the file has {size / MIB:,.1f} MB; at most {limits.file_bytes / MIB:,g} are allowed (setting "
            "reading.max_megabytes)"
        )
    return _read(path, spool, options, limits, depth=0)


def _read(path: Path, spool: Path, options: ReaderOptions, limits: Limits, *, depth: int) -> Document:
    kind = detect(path)
    unpack = dict(PACKED).get(kind)
    if unpack is None:
        tables, notes = dict(FORMATS)[kind]((path, spool, options, limits))
        return Document(kind, tables, notes)
    if depth >= limits.depth:
        raise RejectDrop(
            f"packed more than {limits.depth} times over (setting reading.max_depth); drop the file itself"
        )
    many = _holds_many(kind, path)
    found: list[tuple[str, Document]] = []
    for inner, name in unpack(path, spool, options, limits):
        try:
            if many:
                found.append((name, _read_member(inner, name, spool, options, limits, depth=depth + 1)))
            else:
                found.append((name, _read(inner, spool, options, limits, depth=depth + 1)))
        finally:
            inner.unlink(missing_ok=True)
    if many:
        return _gathered(kind, found, options)
    name, document = found[0]
    if kind == "locked":
        return replace(document, notes=(*document.notes, "the workbook was protected by a password"))
    members = ((name,) if name else ()) + document.members
    return replace(document, format=f"{document.format}.{kind}", members=members)


def _holds_many(kind: str, path: Path) -> bool:
    if kind == "mhtml":
        return len(pages_in(path)) > 1
    if kind != "zip":
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return len(files_in(archive)) > 1
    except ZIP_DAMAGE:
        return False


def _read_member(
    path: Path, name: str, spool: Path, options: ReaderOptions, limits: Limits, *, depth: int
) -> Document:
    """One file of several. One that is no table (a letter, a picture) is left out by name; a damaged one is not.

    Raises:
        RejectDrop: damaged or over a limit; the reason names the file.
    """
    try:
        kind = detect(path)
    except NoTable as error:
        return Document("", notes=(f"file {name!r} was left out: {error}",))
    except RejectDrop:
        kind = ""  # damaged: reading it says how
    try:
        # Which sheet is asked for is asked of all files together.
        found = _read(path, spool, replace(options, sheet=None), limits, depth=depth)
    except RejectDrop as error:
        raise RejectDrop(f"{name!r}, one of several files in it: {error}") from error
    tables = tuple(
        replace(table, sheet=f"{name}: {table.sheet}" if table.sheet else name) for table in found.tables
    )
    notes = tuple(f"file {name!r}: {note}" for note in found.notes)
    return Document(found.format or kind, tables, notes, (name, *found.members))


def _gathered(kind: str, found: Sequence[tuple[str, Document]], options: ReaderOptions) -> Document:
    """The documents of one zip as one, each table under the name of its file."""
    tables = [table for _name, document in found for table in document.tables]
    if options.sheet is not None:
        wanted = [table for table in tables if _is_called(table, options.sheet)]
        if tables and not wanted:
            has = ", ".join(repr(table.sheet) for table in tables)
            raise RejectDrop(f"there is no file or sheet {options.sheet!r} in the {kind}; it has {has}")
        tables = wanted
    kinds = {document.format for _name, document in found if document.format}
    notes = tuple(note for _name, document in found for note in document.notes)
    if not kinds:
        raise RejectDrop(f"the zip holds {len(found)} files and none is a table: {'; '.join(notes[:3])}")
    members = tuple(name for _name, document in found for name in document.members)
    return Document(f"{kinds.pop() if len(kinds) == 1 else 'mixed'}.{kind}", tuple(tables), notes, members)


def _is_called(table: Table, name: str) -> bool:
    sheet = table.sheet or ""
    return sheet == name or sheet.endswith((f"/{name}", f": {name}"))
