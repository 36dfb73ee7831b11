"""How the exports of programs are made: the goods, the number styles, the files. The exports stand beside it.

Headers and layout follow the programs' own exports; the goods are made up.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

import xlsxwriter


class Good(NamedTuple):
    """What the shop sells of one kind."""

    code: str
    name: str
    qty: int
    mrp: float
    esp: float

    @property
    def n(self) -> int:
        """Its place in the list."""
        return GOODS.index(self)


GOODS = tuple(Good(*each) for each in (
    # code, name, quantity, maximum price, selling price
    ("KRT-101-M", "Kurta Anarkali, indigo M", 14, 1299.0, 1099.0),
    ("KRT-101-L", "Kurta Anarkali, indigo L", 0, 1299.0, 1099.0),
    ("SRE-220-00", "Saree Chanderi gold", 3, 6499.0, 5199.5),
    ("DUP-014-00", "Dupatta Bandhani red", 27, 849.0, 749.0),
    ("JUT-330-38", "Juttis embroidered 38", 6, 1599.0, 1399.0),
    ("JUT-330-40", "Juttis embroidered 40", 9, 1599.0, 1399.0),
    ("SHW-508-00", "Shawl Pashmina grey", 2, 12999.0, 10999.0),
    ("STL-077-00", "Stole cotton block print", 41, 499.0, 449.0),
    ("BLS-119-36", "Blouse silk 36", 5, 1199.0, 999.0),
    ("LHG-901-M", "Lehenga velvet M", 1, 24999.0, 21999.0),
))  # fmt: skip
EANS = [str(8901234500000 + 17 * place) for place in range(len(GOODS))]
SPOTS = (0, 2)

Row = Sequence[object]
Quoting = Literal[0, 1, 2, 3]
Line = Callable[[Good], Row]


@dataclass(frozen=True, slots=True)
class Export:
    """One file. `rows` are those of the table; `columns` field by field; `spots` SKU -> (quantity, selling price).

    `asks` is what a person must be asked first, where two columns could be meant and nothing tells which.
    """

    name: str
    write: Callable[[Path], None]
    rows: int = len(GOODS)
    columns: dict[str, str] = field(default_factory=dict)
    spots: dict[str, tuple[int | None, float | None]] = field(default_factory=dict)
    asks: str = ""


def indian(value: float) -> str:
    """12,34,567.50 as India writes it."""
    whole, _, cents = f"{value:.2f}".partition(".")
    head, tail = whole[:-3], whole[-3:]
    parts = [tail]
    while head:
        parts.insert(0, head[-2:])
        head = head[:-2]
    return ",".join(parts) + "." + cents


def comma(value: float) -> str:
    """1.234,50 as most of Europe writes it."""
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


def text(rows: Iterable[Row], delimiter: str, *, quote: Quoting = csv.QUOTE_MINIMAL) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=quote, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def file(content: str, encoding: str = "utf-8") -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(content.encode(encoding))

    return write


def book(sheets: dict[str, Sequence[Row]]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        made = xlsxwriter.Workbook(str(path))
        for title, rows in sheets.items():
            sheet = made.add_worksheet(title)
            for number, row in enumerate(rows):
                for place, value in enumerate(row):
                    if value is not None:
                        sheet.write(number, place, value)
        made.close()

    return write


def lines(make: Line) -> list[Row]:
    return [make(good) for good in GOODS]


def spots(
    keys: Sequence[str] | None = None, *, quantity: bool = True, price: str = "esp"
) -> dict[str, tuple[int | None, float | None]]:
    """Two values to be found, by the keys of the file."""
    return {
        keys[spot] if keys else GOODS[spot].code: (
            GOODS[spot].qty if quantity else None,
            float(getattr(GOODS[spot], price)) if price else None,
        )
        for spot in SPOTS
    }


def as_csv(
    name: str, header: str, make: Line, columns: dict[str, str], *, delimiter: str = ",",
    encoding: str = "utf-8", above: str = "", below: str = "", quote: Quoting = csv.QUOTE_MINIMAL,
    keys: Sequence[str] | None = None, quantity: bool = True, price: str = "esp", asks: str = "",
) -> Export:  # fmt: skip
    content = above + text([header.split("|"), *lines(make)], delimiter, quote=quote) + below
    return Export(
        name,
        file(content, encoding),
        columns=columns,
        spots=spots(keys, quantity=quantity, price=price),
        asks=asks,
    )


def as_xlsx(
    name: str, header: str, make: Line, columns: dict[str, str], *, above: Sequence[Row] = (),
    below: Sequence[Row] = (), sheet: str = "Sheet1", keys: Sequence[str] | None = None, quantity: bool = True,
    price: str = "esp", asks: str = "",
) -> Export:  # fmt: skip
    rows = [*above, header.split("|"), *lines(make), *below]
    return Export(
        name,
        book({sheet: rows}),
        columns=columns,
        spots=spots(keys, quantity=quantity, price=price),
        asks=asks,
    )


NAMES = [good.name for good in GOODS]
TOTAL = sum(good.qty for good in GOODS)
