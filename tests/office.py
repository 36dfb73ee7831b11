"""Makers of binary workbooks that no library writes: BIFF5 (bare and in its container) and xlsb.

Only as much of each format as the tests need; values are None, text, numbers, booleans and `Error`s.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HEADER = ("SKU", "Name", "Qty", "MRP")


@dataclass(frozen=True)
class Error:
    """An error cell, by the code both formats know: 7 is #DIV/0!, 23 #REF!, 42 #N/A."""

    code: int


Value = None | str | float | bool | Error
Rows = Sequence[Sequence[Value]]
ROWS: tuple[tuple[Value, ...], ...] = (
    HEADER,
    ("A-001", "Größe S", 5, 99.5),
    ("A-002", "bad", Error(7), 100),
    ("A-003", "logical", True, 0.1),
    ("A-004", "out of sight", 7, 30043.332),
)


# -- BIFF5


def biff5(
    rows: Sequence[Sequence[Value]] = ROWS,
    *,
    hidden_row: int = 0,
    hidden_sheet: bool = True,
    coding: str = "cp1252",
) -> bytes:
    """The records of an Excel 5/95 workbook with one sheet, and a hidden one."""
    sheets = [("Stock", 0, _biff5_sheet(rows, hidden_row, coding))]
    if hidden_sheet:
        sheets.append(("Lookup", 1, _biff5_sheet([("a", "b"), (1, 2)], 0, coding)))
    head = _record(0x0809, struct.pack("<HHHH", 0x0500, 5, 0, 0)) + _record(0x0042, struct.pack("<H", 1252))
    size = len(head) + sum(4 + 7 + len(name) for name, _, _ in sheets) + 4
    directory = b""
    for name, state, content in sheets:
        directory += _record(0x0085, struct.pack("<IBBB", size, state, 0, len(name)) + name.encode(coding))
        size += len(content)
    return head + directory + _record(0x000A) + b"".join(content for _, _, content in sheets)


def _biff5_sheet(rows: Sequence[Sequence[Value]], hidden_row: int, coding: str) -> bytes:
    width = max(map(len, rows))
    out = _record(0x0809, struct.pack("<HHHH", 0x0500, 0x10, 0, 0))
    out += _record(0x0200, struct.pack("<HHHHH", 0, len(rows), 0, width, 0))
    for number, row in enumerate(rows):
        options = 0x0020 if number + 1 == hidden_row else 0
        out += _record(0x0208, struct.pack("<HHHHHHHH", number, 0, len(row), 0xFF, 0, 0, options, 0x0F))
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            out += _biff_cell(number, column, value, coding)
    return out + _record(0x000A)


def _biff_cell(row: int, column: int, value: Value, coding: str) -> bytes:
    place = struct.pack("<HHH", row, column, 0)
    if value is None:
        return b""
    if isinstance(value, str):
        text = value.encode(coding)
        return _record(0x0204, place + struct.pack("<H", len(text)) + text)
    if isinstance(value, bool):
        return _record(0x0205, place + bytes([value, 0]))
    if isinstance(value, Error):
        return _record(0x0205, place + bytes([value.code, 1]))
    return _record(0x0203, place + struct.pack("<d", value))


def old_excel(version: int, rows: Sequence[Sequence[Value]] = ROWS, *, coding: str = "cp1252") -> bytes:
    """The one sheet of an Excel 2, 3 or 4 file, which is all there is in it: no container, no directory of sheets."""
    start = {2: (0x0009, ""), 3: (0x0209, "H"), 4: (0x0409, "H")}[version]
    out = _record(start[0], struct.pack(f"<HH{start[1]}", version, 0x10, *([0] * len(start[1]))))
    out += _record(0x0042, struct.pack("<H", 1252))
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if version > 2:
                out += _biff_cell(number, column, value, coding)
            elif value is not None:
                out += _excel2_cell(struct.pack("<HH3x", number, column), value, coding)
    return out + _record(0x000A)


def _excel2_cell(place: bytes, value: Value, coding: str) -> bytes:
    if isinstance(value, str):
        return _record(0x0004, place + bytes([len(value)]) + value.encode(coding))
    if isinstance(value, bool | Error):
        found = [value.code, 1] if isinstance(value, Error) else [value, 0]
        return _record(0x0005, place + bytes(found))
    return _record(0x0003, place + struct.pack("<d", value or 0))


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def container(content: bytes, name: str = "Book") -> bytes:
    """A compound file (OLE) with one stream, large enough to stand in sectors of its own."""
    content = content.ljust(max(4096, -(-len(content) // 512) * 512), b"\0")
    sectors = len(content) // 512
    chain = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 2 + sectors), 0xFFFFFFFE]
    table = struct.pack(f"<{len(chain)}I", *chain).ljust(512, b"\xff")
    assert len(table) == 512, "a test file needs no second table of sectors"
    entries = _entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1) + _entry(name, 2, 2, len(content))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    head += bytes(6) + struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    return (head + struct.pack("<I", 0)).ljust(512, b"\xff") + table + entries.ljust(512, b"\0") + content


def _entry(name: str, kind: int, start: int, size: int, child: int = 0xFFFFFFFF) -> bytes:
    text = name.encode("utf-16-le")
    return (
        text.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(text) + 2, kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )


# -- xlsb


def xlsb(
    rows: Sequence[Sequence[Value]] = ROWS,
    *,
    hidden_row: int = 0,
    formats: Sequence[str] = (),
    from_1904: bool = False,
) -> bytes:
    """An xlsb with one sheet, and a hidden one; `formats` are the number formats of the first columns."""
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        f'worksheet" Target="worksheets/sheet{n}.bin"/>'
        for n in (1, 2)
    )
    book = _part(131) + _part(153, struct.pack("<III", from_1904, 0, 0)) + _part(143)
    for number, (name, state) in enumerate((("Stock", 0), ("Lookup", 1)), 1):
        book += _part(156, struct.pack("<II", state, number) + _wide(f"rId{number}") + _wide(name))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.bin", book + _part(144) + _part(132))
        archive.writestr("xl/_rels/workbook.bin.rels", f"<Relationships>{relations}</Relationships>")
        archive.writestr("xl/worksheets/sheet1.bin", _xlsb_sheet(rows, hidden_row, len(formats)))
        if formats:
            archive.writestr("xl/styles.bin", _xlsb_styles(formats))
        archive.writestr("xl/worksheets/sheet2.bin", _xlsb_sheet([("a", "b"), (1, 2)], 0))
    return out.getvalue()


def _xlsb_styles(formats: Sequence[str]) -> bytes:
    """Styles of cells: 0 is general, n has the n-th format. A list of other styles before them must not count."""
    out = _part(278) + _part(615, struct.pack("<I", len(formats)))
    out += b"".join(_part(44, struct.pack("<H", 163 + n) + _wide(code)) for n, code in enumerate(formats, 1))
    out += (
        _part(616)
        + _part(626, struct.pack("<I", 2))
        + 2 * _part(47, struct.pack("<HH", 0xFFFF, 164) + bytes(12))
    )
    out += _part(627) + _part(617, struct.pack("<I", len(formats) + 1))
    for number in (0, *range(164, 164 + len(formats))):
        out += _part(47, struct.pack("<HH", 0, number) + bytes(12))
    return out + _part(618) + _part(279)


def _xlsb_sheet(rows: Sequence[Sequence[Value]], hidden_row: int, styled: int = 0) -> bytes:
    width = max(map(len, rows))
    out = _part(129) + _part(148, struct.pack("<IIII", 0, len(rows) - 1, 0, width - 1)) + _part(145)
    for number, row in enumerate(rows):
        flags = 0x10 if number + 1 == hidden_row else 0
        out += _part(0, struct.pack("<IIHBBBI", number, 0, 300, 0, flags, 0, 0))
        out += b"".join(_xlsb_cells(row, styled))
    return out + _part(146) + _part(130)


def _xlsb_cells(row: Iterable[Value], styled: int) -> Iterable[bytes]:
    for column, value in enumerate(row):
        place = struct.pack("<II", column, column + 1 if column < styled else 0)
        if isinstance(value, str):
            yield _part(6, place + _wide(value))
        elif isinstance(value, bool):
            yield _part(4, place + bytes([value]))
        elif isinstance(value, Error):
            yield _part(3, place + bytes([value.code]))
        elif value is not None:
            yield _part(5, place + struct.pack("<d", value))


def _part(kind: int, data: bytes = b"") -> bytes:
    head = bytes([kind & 0x7F | 0x80, kind >> 7]) if kind > 127 else bytes([kind])
    size, length = len(data), b""
    while True:
        length += bytes([size & 0x7F | (0x80 if size > 127 else 0)])
        size >>= 7
        if not size:
            return head + length + data


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")
