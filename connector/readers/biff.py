"""What calamine does not tell of a binary workbook (xls, xlsb): a walk over its records, cell values left aside.

Records are a number, a length and so many bytes; all but a few kinds are stepped over.
"""

from __future__ import annotations

import struct
import zipfile
from typing import TYPE_CHECKING

import olefile
from xlrd.biffh import error_text_from_code

from connector.readers.damage import ZIP_DAMAGE
from connector.readers.stored import MOST, ZEROS, Peek, related

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BOF, _EOF, _BOUNDSHEET, _FORMAT, _XF = 0x0809, 0x000A, 0x0085, 0x041E, 0x00E0
_FILEPASS, _ROW, _FORMULA, _NUMBER, _RK, _MULRK, _BOOLERR = (
    0x002F,
    0x0208,
    0x0006,
    0x0203,
    0x027E,
    0x00BD,
    0x0205,
)
_BIFF8 = 0x0600
STREAMS = ("Workbook", "Book", "WORKBOOK", "BOOK")
_UNREADABLE = (
    OSError,
    struct.error,
    IndexError,
    ValueError,
    KeyError,
    StopIteration,
    TypeError,
    AttributeError,
)


def stream_of(path: Path) -> bytes:
    """The records of an xls, out of its container.

    Raises:
        OSError: no container, or no workbook in it.
    """
    with olefile.OleFileIO(str(path)) as container:
        name = next((name for name in STREAMS if container.exists(name)), None)
        if name is None:
            raise OSError("no workbook in the container")
        return bytes(container.openstream(name).read())


def needs_password(path: Path) -> bool:
    """Whether an xls says at its start that the rest is encrypted."""
    try:
        for kind, _at, _length in _records(stream_of(path), 0):
            if kind in (_FILEPASS, _BOUNDSHEET, _EOF):
                return kind == _FILEPASS
    except _UNREADABLE:
        return False
    return False


def peek_xls(path: Path, number: int) -> Peek:
    """Look into the sheet that stands at this place of an xls (0 is the first)."""
    found = Peek()
    try:
        data = stream_of(path)
        starts, styles = _directory(data)
        if number < len(starts):
            _search(data, starts[number], styles, found)
    except _UNREADABLE:
        return found
    return found


def _records(data: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    """Kind, first byte and length of each record."""
    unpack = struct.Struct("<HH").unpack_from
    while start + 4 <= len(data):
        kind, length = unpack(data, start)
        yield kind, start + 4, length
        start += 4 + length


def _directory(data: bytes) -> tuple[list[int], dict[int, int]]:
    """Where each sheet begins, and the cell styles that show zeros in front, by how many digits."""
    starts: list[int] = []
    codes: dict[int, int] = {}
    formats: list[int] = []
    version = _BIFF8
    for kind, at, length in _records(data, 0):
        if kind == _BOF:
            version = struct.unpack_from("<H", data, at)[0]
        elif kind == _BOUNDSHEET:
            starts.append(struct.unpack_from("<I", data, at)[0])
        elif kind == _FORMAT:
            code = data[at + 5 : at + length] if version >= _BIFF8 else data[at + 3 : at + length]
            text = code.decode("latin-1")
            if ZEROS.fullmatch(text):
                codes[struct.unpack_from("<H", data, at)[0]] = len(text)
        elif kind == _XF:
            formats.append(struct.unpack_from("<H", data, at + 2)[0])
        elif kind == _EOF:
            break
    return starts, {style: codes[key] for style, key in enumerate(formats) if key in codes}


def _search(data: bytes, start: int, styles: dict[int, int], found: Peek) -> None:
    depth = 0
    for kind, at, length in _records(data, start):
        if kind == _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                return
        elif depth > 1:
            continue  # a chart within the sheet has cells of its own
        elif kind in (_FORMULA, _BOOLERR):
            _note_error(data, kind, at, found)
        elif kind == _ROW and data[at + 12] & 0x20:
            found.hidden.append(struct.unpack_from("<H", data, at)[0] + 1)
        if styles and kind in (_FORMULA, _NUMBER, _RK, _MULRK):
            _note_zeros(data, kind, at, length, styles, found)


def _note_error(data: bytes, kind: int, at: int, found: Peek) -> None:
    row, column = struct.unpack_from("<HH", data, at)
    if kind == _BOOLERR:
        if data[at + 7]:
            found.flaw(row, column, error_text(data[at + 6]))
    elif data[at + 12 : at + 14] == b"\xff\xff" and data[at + 6] == 2:  # noqa: PLR2004 - the mark of an error
        found.flaw(row, column, error_text(data[at + 8]))


def _note_zeros(data: bytes, kind: int, at: int, length: int, styles: dict[int, int], found: Peek) -> None:  # noqa: PLR0917
    row, column, style = struct.unpack_from("<HHH", data, at)
    if len(found.zeros) > MOST * 10:
        return
    if kind != _MULRK:
        if style in styles:
            found.zeros[row, column] = styles[style]
        return
    for place in range((length - 6) // 6):
        style = struct.unpack_from("<H", data, at + 4 + place * 6)[0]
        if style in styles:
            found.zeros[row, column + place] = styles[style]


def error_text(code: int) -> str:
    """An error as the program shows it."""
    return str(error_text_from_code.get(code, "#ERROR!"))


# -- xlsb: the same idea with other numbers

_SHEET_ENTRY, _ROW_HEADER, _CELL_ERROR, _FORMULA_ERROR = 156, 0, 3, 11
_NUMBERS = frozenset({2, 5, 9})
_FORMAT_CODE, _CELL_FORMAT, _CELL_FORMATS, _CELL_FORMATS_END = 44, 47, 617, 618
_STYLES_PART = "xl/styles.bin"


def peek_xlsb(path: Path, sheet: str) -> Peek:
    """Look into one sheet of an xlsb."""
    found = Peek()
    try:
        with zipfile.ZipFile(path) as book:
            part = related(book, dict(_entries(book.read("xl/workbook.bin"))).get(sheet))
            if part is not None:
                styles = _zero_styles(book.read(_STYLES_PART)) if _STYLES_PART in book.namelist() else {}
                _search_parts(book.read(part), styles, found)
    except (*_UNREADABLE, *ZIP_DAMAGE):
        return found
    return found


def _parts(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Kind, first byte and length of each record; both numbers are of variable length, seven bits to the byte."""
    at = 0
    while at < len(data):
        kind, at = _varied(data, at, 2)
        length, at = _varied(data, at, 4)
        yield kind, at, length
        at += length


def _varied(data: bytes, at: int, most: int) -> tuple[int, int]:
    number = 0
    for place in range(most):
        byte = data[at]
        at += 1
        # The kind keeps all its bits, as the documentation counts them; a length gives up the eighth.
        number |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            break
    return number, at


def _entries(data: bytes) -> Iterator[tuple[str, str]]:
    for kind, at, _length in _parts(data):
        if kind == _SHEET_ENTRY:
            relation, after = _wide_text(data, at + 8)
            name, _end = _wide_text(data, after)
            yield name, relation


def _wide_text(data: bytes, at: int) -> tuple[str, int]:
    end = at + 4 + 2 * int(struct.unpack_from("<I", data, at)[0])
    return data[at + 4 : end].decode("utf-16-le"), end


def _zero_styles(data: bytes) -> dict[int, int]:
    """Cell styles that show a number with zeros in front, by how many digits."""
    codes: dict[int, int] = {}
    formats: list[int] = []
    of_cells = False
    for kind, at, _length in _parts(data):
        if kind == _FORMAT_CODE:
            code, _end = _wide_text(data, at + 2)
            if ZEROS.fullmatch(code):
                codes[struct.unpack_from("<H", data, at)[0]] = len(code)
        elif kind in (_CELL_FORMATS, _CELL_FORMATS_END):
            of_cells = kind == _CELL_FORMATS
        elif kind == _CELL_FORMAT and of_cells:
            formats.append(struct.unpack_from("<H", data, at + 2)[0])
    return {style: codes[key] for style, key in enumerate(formats) if key in codes}


def _search_parts(data: bytes, styles: dict[int, int], found: Peek) -> None:
    row = 0
    for kind, at, _length in _parts(data):
        if kind == _ROW_HEADER:
            row = struct.unpack_from("<I", data, at)[0]
            if data[at + 11] & 0x10:
                found.hidden.append(row + 1)
        elif kind in (_CELL_ERROR, _FORMULA_ERROR):
            found.flaw(row, struct.unpack_from("<I", data, at)[0], error_text(data[at + 8]))
        elif styles and kind in _NUMBERS and len(found.zeros) < MOST * 10:
            column, style = struct.unpack_from("<II", data, at)
            digits = styles.get(style & 0xFFFFFF)
            if digits:
                found.zeros[row, column] = digits
