"""What goes into the ledger comes out as it was."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.ledger import packing

TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
JSON = st.recursive(st.none() | st.integers() | TEXT, lambda inner: st.lists(inner, max_size=2), max_leaves=3)


@given(st.binary())
def test_bytes(body):
    assert packing.unpack(packing.pack(body)) == body


@given(st.lists(st.integers(0, 2**62)))
def test_whole_numbers(numbers):
    assert packing.unpack_ints(packing.pack_ints(numbers)) == tuple(numbers)


def test_a_numpy_column_of_a_million_lines_is_some_kilobytes():
    lines = np.arange(2, 1_000_002, dtype=np.int32)
    blob = packing.pack_ints(lines)
    assert len(blob) < 100_000
    assert packing.unpack_ints(blob)[-1] == 1_000_001


@given(st.lists(st.none() | st.integers(1, 2**40)))
def test_numbers_or_nothing(numbers):
    assert packing.unpack_optional_ints(packing.pack_optional_ints(numbers)) == tuple(numbers)


@given(st.lists(st.none() | st.text(st.characters(codec="utf-8"))))
def test_texts_or_nothing(texts):
    assert packing.unpack_texts(packing.pack_texts(texts)) == tuple(texts)


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


def test_the_key_of_a_record_where_it_has_one():
    assert packing.key_of(b'{"location_id":"L","sku":"A"}') == ("L", "A")
    assert packing.key_of(b'{"shipmentId":"1"}') == (None, None)
    assert packing.key_of(b"[1]") == (None, None)


@given(st.lists(st.integers()), st.integers(1, 5))
def test_groups(items, size):
    groups = list(packing.in_groups(items, size))
    assert [item for group in groups for item in group] == items
    assert all(len(group) <= size for group in groups)
