"""What calamine does not tell of a workbook: errors, formulas without result, hidden rows, zeros shown in front.

Errors and formulas whose result was never stored must reach a person as a fault of the row, never as an empty cell.
An xlsx or ods is only searched for them as bytes (no entity is ever expanded), and only cells that have them are taken
apart. For the binary kinds see `biff`.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from html import unescape
from typing import TYPE_CHECKING

from connector.readers.damage import ZIP_DAMAGE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCK = 1024 * 1024
MOST = 100_000
ZEROS = re.compile(r"0{2,20}")
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*)(?<!/)>(.*?)</(?:\w+:)?c>", re.DOTALL)
_ROW = re.compile(rb"""<(?:\w+:)?row\b([^>]*\bhidden=["'](?:1|true)["'][^>]*)>""")
_ROW_NUMBER = re.compile(rb"""\br=["']([0-9]{1,7})["']""")
_REFERENCE = re.compile(rb"""\br=["']([A-Z]{1,3})([0-9]{1,7})["']""")
_STYLE = re.compile(rb"""\bs=["']([0-9]{1,6})["']""")
_ERROR = re.compile(rb"""\bt=["']e["']""")
_TYPED = re.compile(rb"""\bt=["'](?!n["'])""")
# A formula or value with nothing after it or in it: only then a formula may have no result.
_HOLLOW = re.compile(rb"f>\s*</|v>\s*</(?:\w+:)?v>|<(?:\w+:)?v\s*/>|/>\s*</(?:\w+:)?c>")
_MARKS = ((b"e", b't="e"'), (b"'", b"t='e'"), (b"f", b"f>"), (b":", b":c>"), (b"<", b"<v></"))
_SHORT_TAGS = (b"v/>", b"v />", b"/></c>", b"/>\n", b"/>\r")
"""Without any of these a piece of a sheet has nothing to look for: quicker to see than with an expression.

A mark is looked for only where the letter before it is there at all: that is seen ten times as fast.
"""
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]*)</")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b[^>]*?(?:/>|>([^<]*)</)")
_SHEET = re.compile(r"<(?:\w+:)?sheet\b[^>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\b[^>]*>")
_FORMAT = re.compile(r"<(?:\w+:)?numFmt\b[^>]*>")
_STYLES = re.compile(r"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)
_TELLING = re.compile(r"[A-Za-z\[\\]")
"""In a number format: a date, a time, a condition or a mark that hides what it means."""

_COLOUR = re.compile(r"\[(?:black|blue|cyan|green|magenta|red|white|yellow)\]", re.IGNORECASE)
_PLAIN_FORMATS = frozenset(
    {"0", "1", "2", "3", "4", "9", "10", "11", "12", "13", "37", "38", "39", "40", "48", "49"}
)
"""Formats that every program knows and that show a number as one."""

_XF = re.compile(r"<(?:\w+:)?xf\b[^>]*>")


@dataclass(slots=True)
class Peek:
    """What a look beside calamine found in one sheet; places are (row, column), 0-based.

    `flaws` has the text to show where calamine gives a blank, `zeros` how many digits a number is shown with (a number
    format such as 0000), `hidden` the numbers of hidden rows, 1-based.
    """

    flaws: dict[tuple[int, int], str] = field(default_factory=dict)
    zeros: dict[tuple[int, int], int] = field(default_factory=dict)
    hidden: list[int] = field(default_factory=list)

    def flaw(self, row: int, column: int, text: str) -> None:
        """Note a cell that calamine leaves blank."""
        if len(self.flaws) < MOST:
            self.flaws[row, column] = text


def peek_xlsx(path: Path, sheet: str) -> Peek:
    """Look into one sheet of an xlsx; what cannot be read is what calamine complains of, not we."""
    found = Peek()
    try:
        with zipfile.ZipFile(path) as book:
            part = part_of(book, "xl/workbook.xml", sheet)
            if part is not None:
                _search(book, part, _zero_styles(book), found)
    except ZIP_DAMAGE:
        return found
    return found


def _search(book: zipfile.ZipFile, part: str, styles: dict[bytes, int], found: Peek) -> None:
    rest = b""
    with book.open(part) as source:
        while block := source.read(BLOCK):
            text = rest + block
            cut = text.rfind(b"row>") + 4
            ready, rest = (text[:cut], text[cut:]) if cut > 3 else (b"", text[-BLOCK * 4 :])  # noqa: PLR2004 - found
            if b"hidden=" in ready:
                found.hidden += [int(number.group(1)) for marks in _ROW.finditer(ready)
                                 if (number := _ROW_NUMBER.search(marks.group(1)))]  # fmt: skip
            if styles or (_has_a_mark(ready) and (_HOLLOW.search(ready) or _ERROR.search(ready))):
                for match in _CELL.finditer(ready):
                    _note(found, match.group(1), match.group(2), styles)


def _has_a_mark(ready: bytes) -> bool:
    if any(letter in ready and mark in ready for letter, mark in _MARKS):
        return True
    return b"/>" in ready and any(tag in ready for tag in _SHORT_TAGS)


def _note(found: Peek, marks: bytes, content: bytes, styles: dict[bytes, int]) -> None:
    place = _REFERENCE.search(marks)
    if place is None:
        return
    value, formula = _VALUE.search(content), _FORMULA.search(content)
    text = (value.group(1) if value else b"").decode("utf-8", "ignore")
    row, column = int(place.group(2)) - 1, column_number(place.group(1).decode()) - 1
    if styles and not _TYPED.search(marks):
        style = _STYLE.search(marks)
        digits = styles.get(style.group(1)) if style else None
        if digits and len(found.zeros) < MOST * 10:
            found.zeros[row, column] = digits
    if not _ERROR.search(marks):
        if text or formula is None or b"<is>" in content:
            return
        text = "=" + unescape((formula.group(1) or b"").decode("utf-8", "ignore"))
    found.flaw(row, column, unescape(text) or "#ERROR!")


def column_number(letters: str) -> int:
    """The number of a column: A is 1."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """The letters of a column: 1 is A."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _zero_styles(book: zipfile.ZipFile) -> dict[bytes, int]:
    """Cell styles that show a number with zeros in front, by how many digits."""
    codes, formats = _styles(book)
    digits = {key: len(code) for key, code in codes.items() if ZEROS.fullmatch(code)}
    return {str(style).encode(): digits[key] for style, key in enumerate(formats) if key in digits}


def timeless_styles(book: zipfile.ZipFile) -> frozenset[int]:
    """Cell styles that certainly show a number as it is: no date or time, and no zeros in front."""
    codes, formats = _styles(book)
    plain = {
        key
        for key, code in codes.items()
        if not _TELLING.search(_COLOUR.sub("", code)) and not ZEROS.fullmatch(code)
    }
    return frozenset(
        style
        for style, key in enumerate(formats)
        if key in plain or (key in _PLAIN_FORMATS and key not in codes)
    )


def _styles(book: zipfile.ZipFile) -> tuple[dict[str | None, str], list[str | None]]:
    """The number formats a workbook brings, by their ids, and the id of each cell style's."""
    if "xl/styles.xml" not in book.namelist():
        return {}, []
    text = book.read("xl/styles.xml").decode("utf-8", "ignore")
    codes = {
        _attribute(tag, "numFmtId"): _attribute(tag, "formatCode") or "" for tag in _FORMAT.findall(text)
    }
    used = _STYLES.search(text)
    return codes, [_attribute(tag, "numFmtId") for tag in _XF.findall(used.group())] if used else []


def part_of(book: zipfile.ZipFile, workbook: str, sheet: str) -> str | None:
    """The part of an xlsx that holds a sheet."""
    names = book.read(workbook).decode("utf-8", "ignore")
    key = next((_attribute(tag, r"(?:\w+:)?id") for tag in _SHEET.findall(names)
                if _attribute(tag, "name") == sheet), None)  # fmt: skip
    return related(book, key)


def related(book: zipfile.ZipFile, key: str | None) -> str | None:
    """The part a workbook names by a relation."""
    relations = book.read(
        next(name for name in book.namelist() if name.startswith("xl/_rels/workbook."))
    ).decode("utf-8", "ignore")
    target = next((_attribute(tag, "Target") for tag in _RELATION.findall(relations)
                   if _attribute(tag, "Id") == key), None)  # fmt: skip
    if not key or not target:
        return None
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _attribute(tag: str, name: str) -> str | None:
    match = re.search(rf"""\s{name}=(?:"([^"]*)"|'([^']*)')""", tag)
    return unescape(match.group(1) if match.group(1) is not None else match.group(2)) if match else None


# -- OpenDocument

_TOKEN = re.compile(rb"<(/?)table:(table-row|table-cell|covered-table-cell|table)(?=[\s/>])([^>]*)>")
_REPEATED = re.compile(rb'table:number-(?:rows|columns)-repeated="([0-9]{1,7})"')
_NAME = re.compile(rb'\btable:name="([^"]*)"')
_SHOWN = re.compile(rb"<text:p\b[^>]*>([^<]*)</text:p>")
_OUT_OF_SIGHT = (b'table:visibility="collapse"', b'table:visibility="filter"')
_ZERO_SHOWN = re.compile(rb"<text:p\b[^>]*>0[0-9]")
_ODS_MARKS = (*_OUT_OF_SIGHT, b'calcext:value-type="error"', b'office:string-value=""')


def peek_ods(path: Path, sheet: str) -> Peek:
    """Look into one sheet of an OpenDocument workbook that has errors, hidden rows or zeros in front at all.

    A number stands there with the text it is shown as, so that its format need not be known.
    """
    found = Peek()
    try:
        with zipfile.ZipFile(path) as book:
            content = book.read("content.xml")
    except ZIP_DAMAGE:
        return found
    if not any(mark in content for mark in _ODS_MARKS) and not _ZERO_SHOWN.search(content):
        return found
    for places, marks, end in _ods_cells(content, sheet, found):
        is_number = b'office:value-type="float"' in marks
        if not is_number and b"table:formula=" not in marks:
            continue
        shown = _SHOWN.match(content, end)
        text = unescape(shown.group(1).decode("utf-8", "ignore")) if shown else ""
        if any(mark in marks for mark in _ODS_MARKS) or b"office:value-type=" not in marks:
            for row, column in places:
                found.flaw(row, column, text or "#ERROR!")
        elif is_number and text.startswith("0") and text.isdigit() and len(text) > 1:
            found.zeros.update(dict.fromkeys(places, len(text)))
    return found


def _ods_cells(content: bytes, sheet: str, found: Peek) -> Iterator[tuple[list[tuple[int, int]], bytes, int]]:
    """Rows and columns, attributes and end of each cell's tag: equal neighbours are written once.

    Hidden rows are noted by the way.
    """
    inside, row, column, rows = 0, 0, 0, 1
    for token in _TOKEN.finditer(content):
        closing, kind, marks = token.group(1) == b"/", token.group(2), token.group(3)
        if kind == b"table":
            name = _NAME.search(marks)
            if inside or (
                not closing and name and unescape(name.group(1).decode("utf-8", "ignore")) == sheet
            ):
                inside += -1 if closing else 1
                if not inside:
                    return
        elif inside != 1:
            continue
        elif kind == b"table-row":
            if closing or marks.endswith(b"/"):
                row, column = row + (rows if closing else _times(marks)), 0
            else:
                rows, column = _times(marks), 0
                if any(mark in marks for mark in _OUT_OF_SIGHT) and rows < MOST:
                    found.hidden += range(row + 1, row + rows + 1)
        elif not closing:
            columns = _times(marks)
            # A blank may stand for a million cells; it has nothing to tell.
            repeated = (rows, columns) if rows * columns <= MOST else (1, 1)
            yield (
                [
                    (row + down, column + across)
                    for down in range(repeated[0])
                    for across in range(repeated[1])
                ],
                marks,
                token.end(),
            )
            column += columns


def _times(marks: bytes) -> int:
    said = _REPEATED.search(marks)
    return int(said.group(1)) if said else 1
