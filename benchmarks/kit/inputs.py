"""The files that are dropped, made once and kept: the same call gives the same file."""

from __future__ import annotations

from csv import reader
from pathlib import Path

import xlsxwriter
from pyarrow import csv

from kit.rows import write_csv


class Inputs:
    """A folder of generated files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def csv(self, rows: int, *, locations: int = 200, changed: float = 0.0, brand: str = "Acme") -> Path:
        """`rows` rows; `changed` is the share whose quantity differs, another `brand` gives other bytes only."""
        path = self._folder / f"stock-{rows}-{locations}-{changed}-{brand}.csv"
        if not path.exists():
            unfinished = path.with_suffix(".part")
            write_csv(unfinished, rows, locations=locations, changed=changed, brand=brand)
            unfinished.replace(path)
        return path

    def xlsx(self, rows: int) -> Path:
        """The same rows as a workbook, strings shared and quantities and prices as numbers, as Excel saves it."""
        path = self._folder / f"stock-{rows}.xlsx"
        if not path.exists():
            table = csv.read_csv(
                self.csv(rows), convert_options=csv.ConvertOptions(strings_can_be_null=False)
            )
            unfinished = path.with_suffix(".part")
            with xlsxwriter.Workbook(unfinished, {"strings_to_numbers": False}) as book:
                sheet = book.add_worksheet("Stock")
                sheet.write_row(0, 0, table.column_names)
                for column, values in enumerate(table.columns):
                    sheet.write_column(
                        1, column, [str(v) if column == _DATE else v for v in values.to_pylist()]
                    )
            unfinished.replace(path)
        return path

    def pieces(self, count: int, rows: int, *, folders: int = 1) -> list[Path]:
        """`count` files of `rows` rows, as single stores send them, no key twice, in `folders` folders side by side."""
        place = self._folder / f"stores-{count}-{rows}-{folders}"
        if not place.exists():
            header, *lines = self.csv(count * rows).read_text().splitlines(keepends=True)
            lines.sort(key=lambda line: next(reader([line]))[_STORE])
            unfinished = place.with_suffix(".part")
            for number in range(count):
                folder = unfinished / f"till-{number % folders:02}" if folders > 1 else unfinished
                folder.mkdir(parents=True, exist_ok=True)
                piece = lines[number * rows : (number + 1) * rows]
                (folder / f"stock-{number:04}.csv").write_text(header + "".join(piece))
            unfinished.replace(place)
        return sorted(place.rglob("*.csv"))


_STORE = 7  # the column "Store"
_DATE = 11  # the column "Updated On"
