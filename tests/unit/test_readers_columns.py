"""Whole columns of typed cells become the same text as cell by cell, whatever stands in them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.readers.columns import number_texts, text_blocks
from connector.readers.numbers import EITHER_WAY, cell_text, number_text, reads_two_ways
from connector.readers.oddities import Oddities, two_ways_in
from connector.readers.stored import Peek

CELLS = st.one_of(
    st.text(max_size=8),
    st.just(""),
    st.floats(),
    st.integers(-(10**16), 10**16).map(float),
    st.decimals(-10_000, 10_000, places=2).map(float),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(dt.timedelta(0), dt.timedelta(days=3)),
    st.integers(-9, 9),
)


@given(st.lists(st.floats(), max_size=20))
def test_numbers_read_the_same_one_by_one_and_together(numbers):
    assert number_texts(np.array(numbers, np.float64)).to_pylist() == [number_text(one) for one in numbers]


@pytest.mark.parametrize("exponent", range(-7, 19))
@pytest.mark.parametrize("digits", [1.0, -1.5, 1.2345678901234567, 9.999999999999999, 30043.332000000002])
def test_numbers_of_every_size_read_the_same(exponent, digits):
    number = digits * 10.0**exponent
    assert number_texts(np.array([number, 0.5])).to_pylist() == [number_text(number), "0.5"]


@given(st.lists(st.tuples(CELLS, st.one_of(st.floats(), st.just(""))), max_size=9), st.integers(1, 700))
def test_blocks_hold_every_cell_once_in_order(rows, times):
    rows = rows * times
    blocks = list(text_blocks(rows, Peek(), Oddities()))
    assert [len(blocks[0][0]) if blocks[0] else 0] == [min(len(rows), 400)]
    for column in (0, 1):
        told = [cell for block in blocks if block for cell in block[column].to_pylist()]
        assert told == [
            row[column] if isinstance(row[column], str) else cell_text(row[column]) for row in rows
        ]


def test_errors_and_zeros_in_front_are_put_in_where_they_stand():
    rows: list[list[object]] = [["SKU", "Stock"], *([float(number), ""] for number in range(3_000))]
    peek = Peek(
        flaws={(2_999, 1): "#REF!", (5, 0): "not seen: calamine gave a value"},
        zeros={(7, 0): 4, (2_900, 0): 6},
    )
    oddities = Oddities()
    blocks = list(text_blocks(rows, peek, oddities))
    first, second = ([cell for block in blocks for cell in block[column].to_pylist()] for column in (0, 1))
    assert (second[2_999], second[2_998], first[5]) == ("#REF!", "", "4")
    assert (first[7], first[2_900], first[2_899]) == ("0006", "002899", "2898")


@given(st.lists(st.one_of(st.from_regex(rf"{EITHER_WAY}\Z"), st.text(".,1٣ kg", max_size=9)), max_size=9))
def test_texts_read_two_ways_the_same_one_by_one_and_together(texts):
    assert two_ways_in(pa.array(texts, pa.large_string())).tolist() == list(map(reads_two_ways, texts))
