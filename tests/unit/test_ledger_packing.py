"""What goes into the ledger comes out as it was."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.ledger import columns, packing

TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
JSON = st.recursive(st.none() | st.integers() | TEXT, lambda inner: st.lists(inner, max_size=2), max_leaves=3)


@given(st.binary())
def test_bytes(body):
    assert packing.unpack(packing.pack(body)) == body


@pytest.mark.parametrize("size", [0, 1, 40, 254, 255, 256, 257, 3000])
def test_few_bytes_and_many(size):
    body = bytes(n % 251 for n in range(size))
    blob = packing.pack(body)
    assert packing.unpack(blob) == body
    assert int.from_bytes(blob[:4], "little") == size
    assert pa.input_stream(pa.py_buffer(blob[4:]), compression="zstd").read() == body, (
        "any Zstandard reads it"
    )


@given(st.lists(st.integers(0, 2**62)))
def test_whole_numbers(numbers):
    assert packing.unpack_ints(packing.pack_ints(numbers)) == tuple(numbers)


def test_a_numpy_column_of_a_million_lines_is_some_kilobytes():
    lines = np.arange(2, 1_000_002, dtype=np.int32)
    blob = packing.pack_ints(lines)
    assert len(blob) < 100_000
    assert packing.unpack_ints(blob)[-1] == 1_000_001


TEXTS = st.text(st.characters(codec="utf-8"))
ROWS = st.lists(
    st.tuples(
        st.integers(0, 2**31 - 1),
        TEXTS,
        TEXTS,
        TEXTS,
        st.none() | TEXTS,
        st.none() | st.integers(1, 2**40),
    )
)


@given(ROWS, st.data())
def test_columns_of_a_lot_come_back_and_so_do_slices_of_them(rows, data):
    said = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in columns.lot_schema()]
    lot = columns.lot_columns(**dict(zip(columns.lot_schema().names, said, strict=True)))
    back = columns.unpack_columns(columns.pack_columns(lot))
    assert back.schema == columns.lot_schema()
    assert [tuple(row.values()) for row in back.to_pylist()] == rows
    start = data.draw(st.integers(0, len(rows)))
    part = columns.unpack_columns(columns.pack_columns(lot.slice(start, 3)))
    assert [tuple(row.values()) for row in part.to_pylist()] == rows[start : start + 3]


def test_columns_of_a_hundred_thousand_records_are_small():
    count = 100_000
    lot = columns.lot_columns(
        line=range(2, count + 2),
        location=["BLR-01"] * count,
        sku=[f"SKU-{number:08}" for number in range(count)],
        value=[str(number % 20) for number in range(count)],
        previous=[None] * count,
        previous_batch=[None] * count,
    )
    assert len(columns.pack_columns(lot)) < 20 * count


@given(st.lists(st.dictionaries(TEXT, JSON, max_size=2), max_size=4), st.sampled_from([None, 1]))
def test_the_records_of_a_payload_are_its_exact_bytes(records, indent):
    written = [json.dumps(record, ensure_ascii=False, indent=indent) for record in records]
    payload = ("[ " + " ,\n".join(written) + " ]").encode()
    assert packing.records_of(payload) == [text.encode() for text in written]
    assert packing.records_of(b'{"a": 1, "shipments": ' + payload + b', "more": [1]}') == [
        text.encode() for text in written
    ]


def test_exact_text_of_numbers_survives():
    assert packing.records_of(b'[{"mrp":799.00,"esp":1e3}]') == [b'{"mrp":799.00,"esp":1e3}']


def test_a_payload_without_an_array_is_no_payload():
    with pytest.raises(ValueError, match="substring not found"):
        packing.records_of(b"{}")


@given(st.lists(st.integers()), st.integers(1, 5))
def test_groups(items, size):
    groups = list(packing.in_groups(items, size))
    assert [item for group in groups for item in group] == items
    assert all(len(group) <= size for group in groups)
