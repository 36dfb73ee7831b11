"""What calamine leaves blank in an xlsx: error cells and formulas whose result was never stored.

Both must reach a person as a fault of the row, never as an empty cell. The sheet's XML is only searched for them as
bytes (no entity is ever expanded), and only cells that have them are taken apart.
"""

from __future__ import annotations

import re
import zipfile
from html import unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BLOCK = 1024 * 1024
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*)>(.*?)</(?:\w+:)?c>", re.DOTALL)
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]*)</")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b[^>]*?(?:/>|>([^<]*)</)")
_SHEET = re.compile(r"<(?:\w+:)?sheet\b[^>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\b[^>]*>")
_MOST = 100_000


def flawed_cells(path: Path, sheet: str) -> dict[tuple[int, int], str]:
    """(row, column), 0-based, of error cells with their text, and of formulas without result with the formula."""
    found: dict[tuple[int, int], str] = {}
    try:
        with zipfile.ZipFile(path) as book:
            part = _part_of(book, sheet)
            if part is None:
                return found
            for marks, content in _suspects(book, part):
                _note(found, marks, content)
    except (zipfile.BadZipFile, KeyError, OSError, EOFError, NotImplementedError):
        return found
    return found


def _note(found: dict[tuple[int, int], str], marks: bytes, content: bytes) -> None:
    place = _REFERENCE.search(marks)
    if place is None or len(found) >= _MOST:
        return
    value, formula = _VALUE.search(content), _FORMULA.search(content)
    text = (value.group(1) if value else b"").decode("utf-8", "ignore")
    if b't="e"' not in marks:
        if text or formula is None or b"<is>" in content:
            return
        text = "=" + unescape((formula.group(1) or b"").decode("utf-8", "ignore"))
    column = 0
    for letter in place.group(1):
        column = column * 26 + letter - 64
    found[int(place.group(2)) - 1, column - 1] = unescape(text) or "#ERROR!"


def _suspects(book: zipfile.ZipFile, part: str) -> Iterator[tuple[bytes, bytes]]:
    rest = b""
    with book.open(part) as source:
        while block := source.read(_BLOCK):
            text = rest + block
            cut = text.rfind(b"</row>") + 1
            ready, rest = (text[:cut], text[cut:]) if cut else (b"", text[-_BLOCK * 4 :])
            if b't="e"' in ready or b"<f" in ready or b":f" in ready:
                yield from ((match.group(1), match.group(2)) for match in _CELL.finditer(ready))


def _part_of(book: zipfile.ZipFile, sheet: str) -> str | None:
    workbook = book.read("xl/workbook.xml").decode("utf-8", "ignore")
    relations = book.read("xl/_rels/workbook.xml.rels").decode("utf-8", "ignore")
    key = next((_attribute(tag, r"(?:\w+:)?id") for tag in _SHEET.findall(workbook)
                if _attribute(tag, "name") == sheet), None)  # fmt: skip
    target = next((_attribute(tag, "Target") for tag in _RELATION.findall(relations)
                   if _attribute(tag, "Id") == key), None)  # fmt: skip
    if not target:
        return None
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _attribute(tag: str, name: str) -> str | None:
    match = re.search(rf'\s{name}="([^"]*)"', tag)
    return unescape(match.group(1)) if match else None
