"""A shelf against a plain dictionary: the latest landing of a SKU counts, of equal ones what was written later."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.shaping.hashes import text_hashes
from connector.shaping.shelf import NOWHERE, SCHEMA, Segment, Shelf, merge, settled

SKUS = st.sampled_from(["A", "B", "C", "a", "", "é", "AA", "A\0"])
VALUES = st.sampled_from(["0", "5", "", "799.00|799.00|INR"])
PARTS = st.lists(st.dictionaries(SKUS, st.tuples(VALUES, st.integers(1, 4), st.integers(1, 99))), max_size=5)


def texts(said):
    return pa.array(list(said), type=pa.large_string())


def batch(part):
    """Columns of a segment from {SKU: (value, landing, batch)}."""
    rows = [[sku, *said] for sku, said in part.items()]
    return pa.record_batch(
        [list(column) for column in zip(*rows, strict=True)] or [[], [], [], []], schema=SCHEMA
    )


def counting(parts):
    """What counts of each SKU."""
    found: dict[str, Any] = {}
    for part in parts:
        for sku, said in part.items():
            if sku not in found or said[1] >= found[sku][1]:
                found[sku] = said
    return found


def answers(shelf, skus):
    value, landing, number = shelf.find(texts(skus))
    return list(zip(value.to_pylist(), landing.tolist(), number.tolist(), strict=True))


def thousand(start=0, *, landing=1):
    """A thousand SKUs in a file's order, which is not the alphabet's."""
    return {f"S{n * 7919 % 1000}": (str(n), landing, n + 1) for n in range(start, start + 1000)}


@given(PARTS, st.lists(SKUS, unique=True), st.lists(SKUS, unique=True))
def test_a_shelf_answers_like_a_dictionary(parts, first, then):
    shelf = Shelf(Segment(batch(part)) for part in parts)
    known = counting(parts)
    for skus in (first, then, list(known)):
        assert answers(shelf, skus) == [known.get(sku, (None, NOWHERE, NOWHERE)) for sku in skus]
    shelf.rewind()
    for skus in (list(known), first, then):
        assert shelf.holds(texts(skus)).tolist() == [sku in known for sku in skus]
    assert len(shelf) == sum(map(len, parts))


@given(PARTS.filter(bool))
def test_merging_changes_no_answer_and_keeps_the_order_of_first_appearance(parts):
    merged = merge([batch(part) for part in parts])
    known = counting(parts)
    assert merged.schema.equals(SCHEMA)
    assert merged.column(0).to_pylist() == list(dict.fromkeys(sku for part in parts for sku in part))
    assert answers(Shelf([Segment(merged)]), list(known)) == list(known.values())


@given(PARTS.filter(bool), st.integers(1, 4))
def test_merging_the_last_segments_is_merging_them_all(parts, last):
    batches = [batch(part) for part in parts]
    some = [*batches[:-last], merge(batches[-last:])]
    assert merge(some).to_pylist() == merge(batches).to_pylist()


def test_files_that_keep_their_order_are_found_by_position():
    known = thousand()
    shelf, skus = Shelf([Segment(batch(known))]), list(known)
    for _ in range(2):
        for start in range(0, 1000, 250):
            part = skus[start : start + 250]
            assert answers(shelf, part) == [known[sku] for sku in part]
        shelf.rewind()
    assert "_index" not in vars(shelf.segments[0]), "nothing was hashed"


def test_a_file_that_lost_and_gained_lines_is_answered_right():
    known = thousand()
    skus = list(known)
    asked = [*skus[:300], "new", *skus[301:600], *skus[700:], "last"]
    shelf = Shelf([Segment(batch(known))])
    for start in range(0, len(asked), 100):
        part = asked[start : start + 100]
        assert answers(shelf, part) == [known.get(sku, (None, NOWHERE, NOWHERE)) for sku in part]
    shelf.rewind()
    assert shelf.holds(texts(asked)).tolist() == [sku in known for sku in asked]


def test_few_skus_of_many_are_looked_up_by_an_index():
    known = thousand()
    segment = Segment(batch(known))
    assert segment.find(texts(["S5", "none", "S999"])).tolist() == [
        list(known).index("S5"),
        -1,
        list(known).index("S999"),
    ]
    assert "_index" in vars(segment)


def test_an_answer_may_be_written_to_and_leaves_the_shelf_as_it_is():
    known = thousand()
    shelf = Shelf([Segment(batch(known))])
    for skus in (list(known)[:10], ["S7", "S3"], list(known)):
        _, landing, number = shelf.find(texts(skus))
        landing[:], number[:] = 99, 99
    shelf.rewind()
    assert answers(shelf, list(known)) == list(known.values())


def opposite():
    """Two different texts of one hash: what the first word of one has more, its second has less."""
    odd, space = 0x9E3779B97F4A7C15, 1 << 64
    folded = [
        word ^ word >> 32 for word in (int.from_bytes(part, "little") for part in (b"SKU-0000", b"0000-001"))
    ]
    for number in range(100_000):
        first = int.from_bytes(b"%08d" % number, "little")
        less = (first ^ first >> 32) - folded[0]
        second = (folded[1] - less * pow(odd, -1, space)) % space
        text = b"%08d" % number + (second ^ second >> 32).to_bytes(8, "little")
        if text.isascii():
            return "SKU-00000000-001", text.decode()
    raise AssertionError


def test_two_texts_of_one_hash_are_told_apart():
    one, other = opposite()
    assert one != other
    assert np.unique(text_hashes(texts([one, other]))).size == 1
    for known in ({**thousand(), one: ("1", 1, 7), other: ("2", 1, 8)}, {**thousand(), other: ("2", 1, 8)}):
        segment = Segment(batch(known))
        asked = [one, other, "S5"]
        wanted = [list(known).index(sku) if sku in known else NOWHERE for sku in asked]
        assert segment.find(texts(asked)).tolist() == wanted


@pytest.mark.parametrize(
    ("sizes", "together"),
    [
        ([], 0),
        ([5], 0),
        ([1000, 100], 0),
        ([1000, 500], 2),
        ([1000, 499], 0),
        ([1000, 300, 150], 2),
        ([1000, 400, 150], 0),
        ([800, 250, 150], 3),
        ([0, 0], 2),
    ],
)
def test_a_segment_is_taken_in_by_one_of_half_its_size(sizes, together):
    assert settled(sizes) == together


@given(st.lists(st.integers(1, 10_000), max_size=300))
def test_there_are_never_many_segments_and_no_row_is_rewritten_often(drops):
    sizes, written = [], 0
    for size in drops:
        sizes.append(size)
        together = settled(sizes)
        assert together == 0 or together >= 2
        if together:
            sizes[-together:] = [sum(sizes[-together:])]
        written += sizes[-1]
        assert all(older > 2 * newer for older, newer in pairwise(sizes))
    assert len(sizes) <= max(1, sum(drops)).bit_length()
    assert written <= sum(drops) * (2 + max(1, sum(drops)).bit_length())
