"""Files as a shop's ERP writes them: any number of rows, 12 columns, one location or two hundred."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

HEADER = (
    "Item Code", "Item Name", "Brand", "Category", "Size", "Colour", "HSN", "Store", "Quantity", "MRP",
    "Selling Price", "Updated On",
)  # fmt: skip
QUANTITY = HEADER.index("Quantity")
CHUNK = 250_000


def write_csv(
    path: Path, rows: int, *, locations: int = 200, changed: float = 0.0, brand: str = "Acme", seed: int = 1
) -> None:
    """Write `rows` rows of plain CSV, chunk by chunk.

    The same `seed` gives the same rows; `changed` is the share of rows whose quantity then differs, spread over the
    file. Another `brand` gives other bytes that mean the same.
    """
    schema = pa.schema([(name, pa.string()) for name in HEADER])
    options = csv.WriteOptions(quoting_style="none")
    with csv.CSVWriter(path, schema, write_options=options) as out:
        for start in range(0, rows, CHUNK):
            numbers = np.arange(start, min(start + CHUNK, rows))
            out.write_table(_rows(numbers, np.random.default_rng([seed, start]), locations, changed, brand))


def _rows(
    numbers: np.ndarray, chance: np.random.Generator, locations: int, changed: float, brand: str
) -> pa.Table:
    count = len(numbers)
    item, store = numbers // locations, numbers % locations
    quantity = chance.integers(0, 200, count)
    if changed:  # one of every so many, another one each time, so that all locations have their share
        every = round(1 / changed)
        quantity += numbers % every == numbers // every * 37 % every
    mrp = chance.integers(200, 5000, count)
    price = mrp - chance.integers(0, 100, count)
    columns = (
        _join("SKU-", _digits(item, 7)),
        _join("Cotton shirt no. ", _digits(item, 7)),
        _repeat(brand, count),
        _pick(("Shirts", "Trousers", "Shoes", "Bags"), item),
        _pick(("S", "M", "L", "XL", "XXL"), item),
        _pick(("Red", "Blue", "Green", "Black", "White"), item // 5),
        _digits(61_000_000 + item % 1000, 8),
        _join("BLR-", _digits(store, 3)),
        _digits(quantity, 0),
        _join(_digits(mrp, 0), ".00"),
        _join(_digits(price, 0), ".00"),
        _repeat("2026-11-20", count),
    )
    return pa.table(dict(zip(HEADER, columns, strict=True)))


def _digits(numbers: np.ndarray, width: int) -> pa.Array:
    return (
        pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
        if width
        else pa.array(numbers).cast(pa.string())
    )


def _join(left: pa.Array | str, right: pa.Array | str) -> pa.Array:
    return pc.binary_join_element_wise(
        *(pa.scalar(one) if isinstance(one, str) else one for one in (left, right)), ""
    )


def _pick(words: tuple[str, ...], numbers: np.ndarray) -> pa.Array:
    return pa.array(words).take(pa.array(numbers % len(words)))


def _repeat(word: str, count: int) -> pa.Array:
    return pa.array([word]).take(pa.array(np.zeros(count, dtype=np.int64)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("rows", type=int)
    parser.add_argument("--locations", type=int, default=200)
    parser.add_argument("--changed", type=float, default=0.0)
    parser.add_argument("--brand", default="Acme")
    options = parser.parse_args()
    write_csv(
        options.path, options.rows, locations=options.locations, changed=options.changed, brand=options.brand
    )
