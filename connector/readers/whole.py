"""Whether a file has arrived to its end, from its bytes alone: quick enough for every look at the inbox."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections import deque
from typing import TYPE_CHECKING

from connector.readers.damage import ZIP_DAMAGE
from connector.readers.detect import is_old_excel
from connector.readers.dialect import records
from connector.readers.encoding import wide_encoding
from connector.readers.limits import ReaderOptions
from connector.readers.sniff import sniff

if TYPE_CHECKING:
    from pathlib import Path

_HEAD = 128 * 1024
_TAIL = 128 * 1024
_PACKED_BLOCK = 64 * 1024
_ENOUGH = 1024 * 1024 * 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UNIT = {"utf-16-le": 2, "utf-16-be": 2, "utf-32-le": 4, "utf-32-be": 4}
"""Bytes of a character in the wide encodings."""
_START = 4096
_MARKUP = re.compile(rb"<(?:\?xml|!doctype|html|head|body|table|tr|td|meta|(?:\w+:)?workbook)[\s>/]")
_MARKUP_END = re.compile(rb"</[\w:]+\s*>\s*(?:<!--.*-->\s*)?$", re.DOTALL)
_JSON_ENDS = {b"[": b"]", b"{": b"}"}
_OLE_HEADER = 512
_OLE_LISTED = 109
_OLE_FREE = 0xFFFFFFF0


def looks_whole(path: Path) -> str | None:
    """None where the file is structurally complete, else why it is not, in a few words.

    The content decides: a zip or workbook needs its directory, a gz its trailer, an xls the sectors its header counts,
    text a line end or a last line as wide as the others, a page or JSON its closing mark. An empty file is complete: it
    is a file with nothing in it.
    """
    with path.open("rb") as source:
        head = source.read(_HEAD)
        size = source.seek(0, io.SEEK_END)
        source.seek(max(size - _TAIL, 0))
        tail = source.read(_TAIL)
    if head.startswith(b"PK\x03\x04"):
        return _zip(path)
    if head.startswith(b"\x1f\x8b"):
        return _gz(path)
    if head.startswith(_OLE):
        return _ole(head, size)
    if head.startswith(b"%PDF"):
        return None if b"%%EOF" in tail[-2048:] else "the PDF has no end mark"
    marked = _markup(head, tail)
    # Of a bare workbook of old only reading shows whether its end is there: it has no directory.
    return (marked or None) if marked is not None or is_old_excel(head) else _text(head, tail, size)


def _markup(head: bytes, tail: bytes) -> str | None:
    """For a page, an XML sheet or JSON: "" where its end is there, else why not; None for any other text."""
    start, end = head[:_START].replace(b"\0", b""), tail[-_START:].replace(b"\0", b"").lower()
    opened = start.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if opened.startswith(b"<") and _MARKUP.search(opened):
        return "" if _MARKUP_END.search(end) else "the page or XML file has no end mark"
    if opened.startswith(b"mime-version:") and b"multipart/" in opened:
        return "" if end.rstrip().endswith(b"--") else "the web archive has no end mark"
    closing = _JSON_ENDS.get(opened[:1])
    if closing and opened[1:].lstrip()[:1] in (b'"', b"{", b"[", b"]", b"}"):
        return "" if end.rstrip().endswith(closing) else "the JSON file has no closing bracket"
    return None


def _zip(path: Path) -> str | None:
    try:
        with zipfile.ZipFile(path) as archive:
            archive.infolist()
    except ZIP_DAMAGE:
        return "the zip directory at its end is missing"
    return None


def _gz(path: Path) -> str | None:
    """Runs through the packed bytes and keeps nothing; a file may be several gz members one after the other."""
    unpacked = 0
    member = zlib.decompressobj(31)
    with path.open("rb") as source:
        while data := source.read(_PACKED_BLOCK):
            while data:
                try:
                    unpacked += len(member.decompress(data))
                except zlib.error:
                    return "the gz data is damaged"
                data = member.unused_data
                if data.strip(b"\0"):
                    member = zlib.decompressobj(31)
                elif data:
                    return None
            if unpacked > _ENOUGH:
                return None
    return None if member.eof else "the gz file is cut off"


def _ole(head: bytes, size: int) -> str | None:
    if len(head) < _OLE_HEADER:
        return "the xls file is cut off"
    sector = 1 << min(struct.unpack_from("<H", head, 30)[0], 12)
    tables = struct.unpack_from("<I", head, 44)[0]
    listed = struct.unpack_from(f"<{_OLE_LISTED}I", head, 76)[: min(tables, _OLE_LISTED)]
    places = [place for place in (*listed, struct.unpack_from("<I", head, 48)[0]) if place < _OLE_FREE]
    if any((place + 2) * sector > size for place in places):
        return "the xls file is cut off: sectors its header names are missing"
    return None


def _text(head: bytes, tail: bytes, size: int) -> str | None:
    wide = wide_encoding(head)
    unit = _UNIT[wide] if wide else 1
    if size % unit:
        return "the last character is cut in half"
    coding = wide or "latin-1"
    ended = tail.decode(coding, "ignore")[-1:]
    if ended in ("\n", "\r", "\f", "\x1a", ""):
        return None
    first = _lines(head.decode(coding, "ignore"))
    last = first if size <= _HEAD else _lines(tail[len(tail) % unit :].decode(coding, "ignore"))[1:]
    if len(first) < 2:  # noqa: PLR2004 - a lone line is as wide as all others
        return None
    dialect = sniff([first if size <= _HEAD else first[:-1]], ReaderOptions())
    if dialect.width is None or dialect.width < 2:  # noqa: PLR2004 - one column: nothing to compare
        return None
    final = deque(records(last, dialect), maxlen=1)
    have = len(final[0].cells) if final else 0
    if have >= dialect.width:
        return None
    return f"the last line has no line end and {have} cells where the others have {dialect.width}"


def _lines(text: str) -> list[str]:
    return list(io.StringIO(text, newline=""))
