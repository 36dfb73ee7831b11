"""What a file is, by its first bytes and, for containers, by what is inside. A name only breaks ties."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING

import olefile

from connector.errors import RejectDrop
from connector.readers.biff import STREAMS, needs_password
from connector.readers.damage import ZIP_DAMAGE

if TYPE_CHECKING:
    from pathlib import Path

_HEAD = 8192
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_REFUSED_MARKS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"II*\0", "a picture (TIFF)"),
    (b"MM\0*", "a picture (TIFF)"),
    (b"RIFF", "a sound, film or picture (RIFF)"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ\0", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "a database (SQLite)"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
)
_ZIP_INSIDES: tuple[tuple[str, str], ...] = (
    ("xl/workbook.xml", "xlsx"),
    ("xl/workbook.bin", "xlsb"),
    ("word/document.xml", "!a Word document"),
    ("ppt/presentation.xml", "!a presentation (PowerPoint)"),
)
_RIGHTS = frozenset({"\x09DRMContent", "DRMEncryptedDataSpace", "DRMEncryptedTransform", "DRMTransform"})
_ASK = "drop a CSV file or an Excel workbook instead"
_OLD_EXCEL = re.compile(
    rb"\x09[\x00\x02\x04\x08][\x04\x06\x08\x10]\x00.{2}[\x05\x06\x10\x20\x40\x00]", re.DOTALL
)
_JSON = re.compile(rb"\[\s*(?:[\[{]|\]\s*$)|\{\s*(?:\"|\}\s*$)")
_MIME = re.compile(rb"(?:mime-version|from|content-type|subject|date|x-[a-z-]+):")
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|table|tr|td|meta)[\s>/]")
_XML_SHEET = re.compile(rb"<(?:\w+:)?workbook[\s>]")


class NoTable(RejectDrop):
    """The file is something else, and whole: a letter, a picture, a program."""


def detect(path: Path) -> str:
    """The format of a file: csv, xlsx, xlsb, xls, xls-biff, ods, html, mhtml, xml, json, gz, zip, locked or empty.

    Raises:
        RejectDrop: something else, named, with what would be right.
    """
    with path.open("rb") as source:
        head = source.read(_HEAD)
    if not head:
        return "empty"
    if head.startswith(b"PK"):
        return _zip_kind(path)
    if head.startswith(b"\x1f\x8b"):
        return "gz"
    if head.startswith(_OLE):
        return _ole_kind(path)
    if is_old_excel(head):
        return "xls-biff"
    for mark, what in _REFUSED_MARKS:
        if head.startswith(mark):
            raise NoTable(f"this is {what}, whatever its name says; {_ASK}")
    if head[257:262] == b"ustar":
        raise NoTable(f"this is a tar archive, whatever its name says; pack it as zip, or {_ASK}")
    return _text_kind(head)


def is_old_excel(head: bytes) -> bool:
    """Whether a file begins as a workbook of Excel 2 to 4, a stream without a container."""
    return _OLD_EXCEL.match(head) is not None


def _zip_kind(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            kind = archive.read("mimetype")[:80].decode("ascii", "ignore") if "mimetype" in names else ""
    except ZIP_DAMAGE as error:
        raise RejectDrop("the workbook or zip file is cut off or damaged (its directory cannot be read); "
                         "send it again") from error  # fmt: skip
    for inside, found in _ZIP_INSIDES:
        if inside in names:
            if found.startswith("!"):
                raise NoTable(f"this is {found[1:]}, whatever its name says; {_ASK}")
            return found
    if "opendocument.spreadsheet" in kind:
        return "ods"
    if "opendocument" in kind:
        raise NoTable(f"this is an OpenDocument file, but no spreadsheet; {_ASK}")
    return "zip"


def _ole_kind(path: Path) -> str:
    """What an old container holds.

    Raises:
        RejectDrop: no workbook, or one under rights management.
    """
    try:
        with olefile.OleFileIO(str(path)) as container:
            parts = {name for entry in container.listdir(streams=True, storages=True) for name in entry}
    except Exception as error:  # olefile meets broken bytes with whatever its own code stumbles on
        raise RejectDrop("the old Office file is cut off or damaged, or no Excel workbook; save it again in the "
                         "program it comes from") from error  # fmt: skip
    if parts & _RIGHTS:
        raise RejectDrop("the workbook is under rights management (IRM), which only its owner can lift; save it "
                         "without restriction and drop it again")  # fmt: skip
    if "EncryptedPackage" in parts:
        return "locked"
    if parts & set(STREAMS):
        return "locked" if needs_password(path) else "xls"
    raise NoTable(f"this is an old Office file, but no Excel workbook; {_ASK}")


def _text_kind(head: bytes) -> str:
    """What text is: markup and objects by how they start, else delimited text.

    Raises:
        RejectDrop: XML or a web archive that holds no table we know, or binary data.
    """
    start = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0").replace(b"\0", b"").lower()
    if _JSON.match(start):
        return "json"
    if _MIME.match(start) and b"multipart/related" in start:
        return "mhtml"
    if start.startswith(b"<"):
        if b"urn:schemas-microsoft-com:office:spreadsheet" in start and _XML_SHEET.search(start):
            return "xml"
        if _HTML.search(start):
            return "html"
        if start.startswith((b"<?xml", b"<!doctype", b"<root")):
            raise NoTable(f"this is an XML file that is no spreadsheet, whatever its name says; {_ASK}")
    controls = sum(
        head.count(bytes([byte])) for byte in range(32) if byte not in (0, 9, 10, 12, 13, 26, 27, 31)
    )
    if controls > len(head) * 0.1:
        raise NoTable(f"this is no text and no table file that we know (binary data); {_ASK}")
    return "csv"
