"""Texts as numbers: equal ones equal wherever they stand, different ones told apart, and unlucky ones still right."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from connector.shaping.hashes import coming_again, key_hashes, text_hashes

LONG = 1 << 18
"""So many bytes are hashed in one go."""


def texts(said):
    return pa.array(list(said), type=pa.large_string())


@given(st.lists(st.text(max_size=6)), st.integers(0, 5), st.integers(0, 5))
def test_a_text_has_one_number_wherever_it_stands(said, start, less):
    column = texts(said).slice(start, max(0, len(said) - start - less))
    alone = [int(text_hashes(texts([text]))[0]) for text in column.to_pylist()]
    assert text_hashes(column).tolist() == alone


@given(st.sets(st.text(max_size=6)))
def test_different_texts_have_different_numbers(said):
    assert len(set(text_hashes(texts(said)).tolist())) == len(said)


def test_a_hundred_thousand_codes_have_as_many_numbers():
    said = [f"{kind}{number}" for kind in ("", "0", "A-", "\0") for number in range(25_000)]
    assert len(np.unique(text_hashes(texts(said)))) == len(set(said))


def test_texts_longer_than_what_is_hashed_in_one_go():
    long = "x" * LONG
    said = ["a", long, "b", long + "y", long, "", "y" + long, "a", long[:-1], "b"]
    numbers = text_hashes(texts(said)).tolist()
    assert [said.index(text) for text in said] == [numbers.index(number) for number in numbers]
    assert numbers[1] == text_hashes(texts([long]))[0]


def test_no_texts_have_no_numbers():
    assert text_hashes(texts([])).tolist() == text_hashes(texts(["a"]).slice(1)).tolist() == []
    assert len(text_hashes(texts(["", ""]))) == 2


@given(st.lists(st.tuples(st.integers(0, 70_000), st.text(max_size=4))))
def test_keys_are_told_apart_by_place_and_code(keys):
    places = np.array([place for place, _ in keys], dtype=np.int32)
    numbers = key_hashes(places, text_hashes(texts(code for _, code in keys))).tolist()
    assert len(set(zip(keys, numbers, strict=True))) == len(set(numbers)) == len(set(keys))


@given(st.lists(st.integers(0, 20)))
def test_the_numbers_that_come_again(numbers):
    again = sorted(number for number, times in Counter(numbers).items() if times > 1)
    assert coming_again(np.array(numbers, dtype=np.uint64)).tolist() == again
