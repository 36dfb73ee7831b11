"""Small files of our own making, good and hostile, as shops drop them. Other tests may use these makers."""

from __future__ import annotations

import gzip
import io
import quopri
import struct
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
from msoffcrypto.format.ooxml import OOXMLFile

HEADER = ("SKU", "Item Name", "Location", "Qty", "MRP", "ESP")


def stock_rows(count: int, *, start: int = 1) -> list[list[str]]:
    """`count` ordinary rows under `HEADER`."""
    return [
        [f"SKU-{n:05d}", f"Shirt {n}", f"WH-{n % 3}", str(n % 50), f"{500 + n}.00", f"{400 + n}.00"]
        for n in range(start, start + count)
    ]


def delimited(
    rows: Iterable[Sequence[str]],
    *,
    delimiter: str = ",",
    newline: str = "\r\n",
    quote: bool = False,
    final: bool = True,
) -> str:
    """Rows as delimited text; `quote` puts every cell in quotes, `final` ends the last line."""
    lines = []
    for row in rows:
        cells = ['"' + cell.replace('"', '""') + '"' if quote else cell for cell in row]
        lines.append(delimiter.join(cells))
    return newline.join(lines) + (newline if final else "")


def stock_csv(count: int = 20, *, delimiter: str = ",", newline: str = "\r\n", quote: bool = False) -> str:
    """A clean stock file as text."""
    return delimited([HEADER, *stock_rows(count)], delimiter=delimiter, newline=newline, quote=quote)


def save(folder: Path, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
    """Write a file and give its path."""
    path = folder / name
    path.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
    return path


def workbook(
    folder: Path,
    rows: Iterable[Sequence[Any]],
    *,
    name: str = "stock.xlsx",
    sheet: str = "Stock",
    merges: Sequence[str] = (),
    hidden: Iterable[Sequence[Any]] = (),
) -> Path:
    """An xlsx with one sheet (and a hidden one where `hidden` has rows)."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    for row in rows:
        page.append(list(row))
    for cells in merges:
        page.merge_cells(cells)
    extra = list(hidden)
    if extra:
        other = book.create_sheet("Lookup")
        other.sheet_state = "hidden"
        for row in extra:
            other.append(list(row))
    path = folder / name
    book.save(path)
    return path


def tally_workbook(folder: Path) -> Path:
    """A stock summary as TallyPrime writes it: titles, a merged header of several rows, Grand Total last."""
    rows: list[list[Any]] = [
        ["A Company"],
        ["Stock Group Summary"],
        ["1-Jul-25 to 27-Apr-26"],
        ["Particulars", "1-Jul-25 to 27-Apr-26", None, None, None],
        [None, "Total", "Closing Balance", None, None],
        [None, "Sales", "Quantity", "Rate", "Value"],
        *([f"{1000 + n} PATRIKA", n, n + 0.5, 1.8, 98.1] for n in range(12)),
        ["1900 CARD", 3, None, None, None],
        ["Grand Total", None, 78, None, 1177.2],
    ]
    merges = ["A1:C1", "A2:C2", "A3:C3", "B4:E4", "C5:E5"]
    return workbook(folder, rows, name="tally.xlsx", sheet="PATRIKA 25-26", merges=merges)


def gz(content: bytes) -> bytes:
    """The content packed with gzip."""
    return gzip.compress(content)


def zipped(members: Sequence[tuple[str, bytes]]) -> bytes:
    """A zip of (name, content)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def locked_zip(name: str, content: bytes, password: str) -> bytes:
    """A zip with one file under the old protection of zip programs."""
    keys = [0x12345678, 0x23456789, 0x34567890]

    def step(byte: int) -> None:
        keys[0] = _crc(byte, keys[0])
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = _crc(keys[1] >> 24, keys[2])

    def hidden(byte: int) -> int:
        word = keys[2] | 2
        out = byte ^ (((word * (word ^ 1)) >> 8) & 0xFF)
        step(byte)
        return out

    for byte in password.encode():
        step(byte)
    check = zlib.crc32(content)
    body = bytes(hidden(byte) for byte in bytes(11) + bytes([check >> 24]) + content)
    facts = struct.pack("<HHHHHIII", 20, 1, 0, 0, 0x21, check, len(body), len(content))
    title = name.encode()
    first = b"PK\3\4" + facts + struct.pack("<HH", len(title), 0) + title + body
    entry = b"PK\1\2\x14\0" + facts + struct.pack("<HHHHHII", len(title), 0, 0, 0, 0, 0, 0) + title
    return first + entry + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(entry), len(first), 0)


def _crc(byte: int, start: int) -> int:
    return zlib.crc32(bytes([byte & 0xFF]), start ^ 0xFFFFFFFF) ^ 0xFFFFFFFF


def locked_workbook(folder: Path, password: str) -> Path:
    """An xlsx that opens with a password only."""
    plain = workbook(folder, [HEADER, *stock_rows(5)], name="plain.xlsx")
    path = folder / "locked.xlsx"
    with plain.open("rb") as source, path.open("wb") as out:
        OOXMLFile(source).encrypt(password, out)
    return path


def error_workbook(folder: Path) -> Path:
    """Cells that calamine alone would give as blank: an error and a formula never calculated; and typed cells."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(list(HEADER))
    for row in stock_rows(5):
        page.append(row)
    page.append(["SKU-X", "typed", "WH", 5.0, 8901234567890, date(2025, 1, 2)])
    page["D2"] = "#REF!"
    page["D2"].data_type = "e"
    page["D3"] = "=1+1"
    page["E3"] = True
    page["E4"] = 1.5267700000147955e18
    page["F4"] = 30043.332000000002
    path = folder / "errors.xlsx"
    book.save(path)
    return path


LAUGHS = (
    '<!DOCTYPE lolz [<!ENTITY lol "lol">'
    + "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1 or str()};" * 10}">' for n in range(1, 10))
    + "]>"
)
"""Ten lines of XML that grow to a billion words where entities are expanded."""

OUTSIDE = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
"""An entity that fetches a file of the machine that reads it."""


def page(rows: str, *, before: str = "", charset: str = "utf-8") -> str:
    """A web page as programs save it under .xls: tags left open, a table with these rows."""
    return (
        '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head>'
        f'<meta http-equiv="Content-Type" content="text/html; charset={charset}"><style>td {{mso-x:"\\@"}}</style>'
        f"</head><body>{before}<table border=1>{rows}</table></body></html>\n"
    )


def web_archive(pages: Sequence[tuple[str, str]]) -> bytes:
    """A page with its parts in one file, as SAP exports it."""
    edge = "----=_NextPart_01"
    parts = [
        f"--{edge}\r\nContent-Location: file:///C:/x/{name}\r\nContent-Transfer-Encoding: quoted-printable\r\n"
        f'Content-Type: text/html; charset="utf-8"\r\n\r\n{quopri.encodestring(text.encode()).decode()}\r\n'
        for name, text in pages
    ]
    picture = f"--{edge}\r\nContent-Type: image/png\r\n\r\nx\r\n"
    head = f'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="{edge}"\r\n\r\n'
    return (head + "".join(parts) + picture + f"--{edge}--\r\n").encode()


def xml_sheet(*, hidden_row: int = 0) -> str:
    """An XML spreadsheet of Excel 2003 with typed cells, gaps, an error, a formula without result, a hidden sheet."""

    def cell(kind: str, text: str, marks: str = "") -> str:
        return f'<Cell {marks}><Data ss:Type="{kind}">{text}</Data></Cell>'

    rows = (
        ("", "".join(cell("String", name) for name in ("SKU", "Name", "Qty", "Seen"))),
        ("", cell("String", "001") + cell("String", "Shirt &amp; Co") + cell("Number", "5.0")
         + cell("DateTime", "2025-03-31T00:00:00.000")),
        ("", cell("String", "002") + cell("Error", "#REF!", 'ss:Index="3" ss:Formula="=RC[-1]"')
         + cell("DateTime", "2025-03-31T10:30:00.000")),
        ('ss:Index="6"', cell("Number", "8901234567890123456") + '<Cell ss:Index="3" ss:Formula="=RC[-1]"/>'),
        ("", cell("Number", "8.90123456789012E+14") + cell("String", "x") + cell("Number", "2.5")),
    )  # fmt: skip
    hidden = 'ss:Hidden="1"'
    body = "".join(
        f"<Row {marks} {hidden if number == hidden_row else ''}>{cells}</Row>"
        for number, (marks, cells) in enumerate(rows, 1)
    )
    lookup = f"<Row>{cell('String', 'a')}{cell('String', 'b')}</Row>"
    return (
        '<?xml version="1.0"?>\r\n<?mso-application progid="Excel.Sheet"?>\r\n'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        f'<Worksheet ss:Name="Stock"><Table>{body}</Table></Worksheet>'
        f'<Worksheet ss:Name="Lookup"><Table>{lookup}</Table><WorksheetOptions '
        'xmlns="urn:schemas-microsoft-com:office:excel"><Visible>SheetHidden</Visible></WorksheetOptions>'
        "</Worksheet></Workbook>"
    )
