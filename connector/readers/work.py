"""What the child process does with one file: find its format, read it, give the document.

To teach the readers a new format, write its function and add one line to `FORMATS`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from connector.errors import RejectDrop
from connector.readers.archive import check_zip, unpack_gz, unpack_zip
from connector.readers.detect import detect
from connector.readers.document import Document
from connector.readers.excel import read_old_workbook, read_workbook
from connector.readers.objects import read_json
from connector.readers.page import read_page
from connector.readers.text import read_text
from connector.readers.xmlsheet import read_xml_sheet

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from connector.model import Table
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

PACKED: tuple[tuple[str, Callable[[Path, Path, Limits], tuple[Path, str]]], ...] = (
    ("gz", unpack_gz),
    ("zip", unpack_zip),
)
"""Every way to pack a file; several files in one zip have their place here later."""


_NAMED = {
    "csv": ("csv", "txt", "tsv", "tab", "dat", "asc", "prn"),
    "xlsx": ("xlsx", "xlsm", "xltx", "xltm"),
    "xls": ("xls", "xlt"),
    "xls-biff": ("xls", "xlt"),
    "html": ("html", "htm", "xhtml"),
    "json": ("json", "jsonl", "ndjson"),
}


def about_name(document: Document, name: str) -> Document:
    """The document with a note where the ending of its original name says something else than its content."""
    _stem, dot, ending = name.rpartition(".")
    kind, _, packed = document.format.partition(".")
    usual = (packed,) if packed else _NAMED.get(kind, (kind,))
    if not dot or ending.lower() in usual or kind == "empty":
        return document
    note = f"the name ends in .{ending[:20]}, but by its content the file is {document.format}"
    return replace(document, notes=(*document.notes, note))


def read_here(path: Path, spool: Path, options: ReaderOptions, limits: Limits) -> Document:
    """Read a file in this very process; see `connector.readers.read`.

    Raises:
        RejectDrop: the file cannot be used.
    """
    size = path.stat().st_size
    if size > limits.file_bytes:
        raise RejectDrop(
            f"the file has {size:,} bytes; at most {limits.file_bytes:,} are allowed (limit file_bytes)"
        )
    return _read(path, spool, options, limits, depth=0)


def _read(path: Path, spool: Path, options: ReaderOptions, limits: Limits, *, depth: int) -> Document:
    kind = detect(path)
    unpack = dict(PACKED).get(kind)
    if unpack is None:
        tables, notes = dict(FORMATS)[kind]((path, spool, options, limits))
        return Document(kind, tables, notes)
    if depth >= limits.depth:
        raise RejectDrop(f"packed more than {limits.depth} times over (limit depth); drop the file itself")
    inner, name = unpack(path, spool, limits)
    try:
        found = _read(inner, spool, options, limits, depth=depth + 1)
    finally:
        inner.unlink(missing_ok=True)
    members = ((name,) if name else ()) + found.members
    return Document(f"{found.format}.{kind}", found.tables, found.notes, members)
