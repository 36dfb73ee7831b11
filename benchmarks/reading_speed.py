"""What our reader costs against a bare library on the same file (issues 3 and 4); medians of runs that take turns.

    a clean CSV of 1,000,000 rows and 12 columns     pandas.read_csv(dtype=str)      at most 1.3 times
    an .xlsx of 200,000 rows and 12 columns          python-calamine, to lists       at most 1.25 times
    a CSV of 500 rows, read by a warm child          milliseconds for each file

Our reader is the whole of it: a child process of its own, encoding and dialect found, the table found, every line
counted, the rows in an Arrow file on disk. `--rows` and `--runs` make it shorter.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import os
import shutil
import statistics
import tempfile
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import pandas as pd
import xlsxwriter
from python_calamine import CalamineWorkbook

from connector import forks, readers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEADER = ("Item Code", "Barcode", "Item Name", "Brand", "Size", "Warehouse", "Qty", "MRP", "Selling Price",
          "GST %", "HSN", "Last Sold")  # fmt: skip
_BRANDS = ("Aranya", "Bluebell", "Castor & Co", "Delta")
_SIZES = ("S", "M", "L", "XL", "28/34", "Free")
_FIRST_DAY = dt.date(2025, 1, 1)
SMALL = 500
SMALL_FILES = 60


def row(number: int) -> tuple[str, int, str, str, str, str, int, float, float, int, str, str]:
    """One row of an ERP's stock export."""
    day = _FIRST_DAY + dt.timedelta(days=number % 300)
    mrp = 199 + number * 37 % 9_800
    return (
        f"SKU-{number:07d}",
        8_901_000_000_000 + number * 13,
        f"Cotton kurta, printed no. {number % 4_321}" if number % 3 else f"Steel bottle {number % 977} ml",
        _BRANDS[number % len(_BRANDS)],
        _SIZES[number % len(_SIZES)],
        f"WH-{number % 7:02d}",
        number * 7 % 400,
        float(mrp),
        round(mrp * 0.83, 2),
        (5, 12, 18)[number % 3],
        f"{6_100 + number % 90}",
        day.strftime("%d/%m/%Y"),
    )


def write_csv(path: Path, rows: int) -> None:
    """A CSV as an ERP's server writes it."""
    with path.open("w", encoding="utf-8", newline="") as out:
        lines = csv.writer(out)
        lines.writerow(HEADER)
        lines.writerows(row(number) for number in range(rows))


def write_xlsx(path: Path, rows: int) -> None:
    """The same as a workbook."""
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("Stock")
    sheet.write_row(0, 0, HEADER)
    for number in range(rows):
        sheet.write_row(number + 1, 0, row(number))
    book.close()


def by_pandas(path: Path) -> None:
    """The bare library on a CSV."""
    pd.read_csv(path, dtype=str)


def by_calamine(path: Path) -> None:
    """The bare library on a workbook."""
    CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()


def by_us(path: Path, folder: Path) -> None:
    """Our reader, child process and all."""
    spool = Path(tempfile.mkdtemp(dir=folder))
    document = readers.read(path, name=path.name, spool=spool)
    assert document.tables  # noqa: S101 - a reading that failed must not count as a fast one
    shutil.rmtree(spool)


def seconds(work: Callable[[], None]) -> float:
    """How long some work takes."""
    began = perf_counter()
    work()
    return perf_counter() - began


def compare(path: Path, folder: Path, bare: Callable[[Path], None], runs: int) -> tuple[float, float]:
    """Medians in seconds: our reader's and the bare library's, which take turns."""
    by_us(path, folder)
    bare(path)
    pairs = [(seconds(lambda: by_us(path, folder)), seconds(lambda: bare(path))) for _ in range(runs)]
    return statistics.median(ours for ours, _ in pairs), statistics.median(theirs for _, theirs in pairs)


def small_files(folder: Path) -> Iterator[float]:
    """Milliseconds for each of many small files."""
    for number in range(SMALL_FILES):
        path = folder / f"small-{number}.csv"
        write_csv(path, SMALL)
        yield 1_000 * seconds(partial(by_us, path, folder))


def main() -> None:
    """Write the files, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--xlsx-rows", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    forks.warm_up()
    print(f"load of the machine before: {os.getloadavg()[0]:.2f} on {os.cpu_count()} processors")
    with tempfile.TemporaryDirectory(prefix="reading-speed-") as scratch:
        folder = Path(scratch)
        times = sorted(small_files(folder))
        print(
            f"CSV, {SMALL} rows, one after the other: median {statistics.median(times):.1f} ms a file, "
            f"slowest {times[-1]:.1f} ms"
        )
        for name, write, bare, rows, most in (
            ("stock.csv", write_csv, by_pandas, options.rows, 1.3),
            ("stock.xlsx", write_xlsx, by_calamine, options.xlsx_rows, 1.25),
        ):
            path = folder / name
            write(path, rows)
            ours, theirs = compare(path, folder, bare, options.runs)
            print(
                f"{name}, {rows:,} rows, {path.stat().st_size / 1e6:.0f} MB: ours {ours:.2f} s, "
                f"{bare.__name__.removeprefix('by_')} {theirs:.2f} s, ratio {ours / theirs:.2f} (at most {most})"
            )
            path.unlink()


if __name__ == "__main__":
    main()
