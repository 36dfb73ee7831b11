"""Make the workbooks of `tests/office_files` anew: a workbook of ours, saved as other kinds by LibreOffice.

Run by hand where LibreOffice is installed (`soffice`); the tests read the files as they lie there.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from datetime import date, datetime
from pathlib import Path

import openpyxl

TARGET = Path(__file__).resolve().parents[1] / "tests" / "office_files"
KINDS = (("xls:MS Excel 97", "src.xls", "excel97.xls"), ("ods", "src.ods", "calc.ods"))
ROWS = (
    ("SKU", "Name", "Qty", "MRP", "EAN", "Seen"),
    ("A-001", "Größe S", 5, 99.5, 8901234567890, date(2025, 3, 31)),
    ("A-002", "कमीज़", "=1/0", 100, 1.5267700000147955e18, date(2025, 4, 1)),
    ("A-003", "x", True, 0.1, 8901234567891, datetime(2025, 4, 1, 10, 30)),  # noqa: DTZ001 - a sheet knows no time zone
    ("A-004", "hidden row", 7, 30043.332, 8901234567892, None),
    ("A-005", "na", "=NA()", 1, 8901234567893, None),
    (6, "zero code", 8, 2, 8901234567894, None),
    (date(2025, 2, 1), "became a date", 9, 3, 8901234567895, None),
)


def source(path: Path) -> None:
    """The workbook that is converted."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = "Stock"
    for row in ROWS:
        page.append(row)
    page["A7"].number_format, page["A8"].number_format = "0000", "d-mmm"
    page.row_dimensions[5].hidden = True
    lookup = book.create_sheet("Lookup")
    lookup.append(["a", "b"])
    lookup.append([1, 2])
    lookup.sheet_state = "hidden"
    book.save(path)


def main() -> None:
    """Convert and put in place."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "src.xlsx"
        source(path)
        for kind, made, name in KINDS:
            command = ["soffice", "--headless", "--convert-to", kind, "--outdir", folder, str(path)]
            subprocess.run(command, check=True)
            shutil.copy(Path(folder) / made, TARGET / name)
            print(TARGET / name)


if __name__ == "__main__":
    main()
