"""How a simulated shop writes its exports: a CSV, a workbook, or a CSV with title lines above."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.exports.kit import book

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from tests.simulation.goods import Item, Kind

HEADER = ("Item Code", "Item Name", "Closing Stock", "MRP", "Selling Price")
Line = tuple[object, ...]


def line(item: Item) -> Line:
    """An item as a row of the export."""
    return (item.sku, item.name, item.pieces, f"{item.mrp / 100:.2f}", f"{item.esp / 100:.2f}")


def rows_of(kind: Kind, items: Sequence[Item]) -> list[Line]:
    """The rows of an export; some programs leave out what is 0."""
    return [line(item) for item in items if kind.sends_zeros or item.pieces]


def write(kind: Kind, day: date, rows: Sequence[Line], header: Sequence[object] = HEADER) -> bytes:
    """The bytes of an export of that day."""
    if kind.form == "xlsx":
        with TemporaryDirectory() as folder:
            path = Path(folder) / "made.xlsx"
            numbers = [[*row[:2], *map(_number, row[2:])] for row in rows]
            book({f"stock_{day.toordinal() % 97}": [header, *numbers]})(path)
            return path.read_bytes()
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    if kind.form == "titled":
        writer.writerows([["Aranya Crafts"], [f"Stock Summary as on {day:%d-%b-%Y}"], []])
    writer.writerows([header, *rows])
    return out.getvalue().encode("utf-8" if kind.name != "pharma" else "cp1252")


def _number(cell: object) -> object:
    try:
        return float(str(cell))
    except ValueError:
        return cell


NAMES: tuple[Callable[[date], str], ...] = (
    lambda day: f"Stock {day:%d-%m-%Y}",
    lambda day: f"stock_{day:%Y-%m-%d}",
    lambda day: f"STOCK {day:%d%m%Y}",
    lambda day: f"Stok {day:%d-%b-%Y}",
    lambda day: f"stock {day:%d.%m.%y} (1)",
)
"""Five spellings of one name."""


def name(kind: Kind, day: date, spelling: int) -> str:
    """The name of an export of that day."""
    return NAMES[spelling % len(NAMES)](day) + (".xlsx" if kind.form == "xlsx" else ".csv")
