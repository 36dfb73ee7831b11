"""Columns of text as the parsers see them: each distinct cell once, and which row holds which.

Exports repeat themselves (a million rows hold some thousand different quantities), so everything that costs
is done once per distinct text and spread over the rows by one gather.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

Texts: TypeAlias = Any
"""A pyarrow LargeStringArray (pyarrow has no types of its own that mypy could check)."""
Flags: TypeAlias = "np.ndarray[Any, np.dtype[np.bool_]]"
Whole: TypeAlias = "np.ndarray[Any, np.dtype[np.int64]]"
Index: TypeAlias = "np.ndarray[Any, np.dtype[np.int32]]"

OUTSIDE = "".join(chr(code) for code in range(33)) + "\x7f"
"""ASCII characters that mean nothing at the ends of a cell."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a text: the short name of the rule, and the words for a shop keeper."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Distinct:
    """A column: its different texts in order of first appearance, and per row the position of its text.

    An absent cell has position -1, which numpy reads as *the last*: arrays that are gathered with `index`
    carry one more entry at their end, for absent cells. A column gathered part by part has no `index`, but `counts`.
    """

    texts: Texts
    index: Index
    counts: Whole | None = None

    def weights(self) -> Whole:
        """How many rows hold each text."""
        if self.counts is not None:
            return self.counts
        return np.bincount(self.index[self.index >= 0], minlength=len(self.texts))

    def over(self, texts: Texts) -> Distinct:
        """The same texts with the index of some rows, all of whose texts are among them."""
        part = distinct(texts)
        places = pc.index_in(part.texts, value_set=self.texts).to_numpy(zero_copy_only=False)
        return Distinct(self.texts, np.append(places, -1).astype(np.int32)[part.index])


class Gathered:
    """The different texts of a column that comes in parts, with the number of rows that hold each."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._texts: Texts = pa.array([], type=pa.large_string())
        self._counts: Whole = np.zeros(0, dtype=np.int64)

    def add(self, texts: Texts) -> Index:
        """Take in the next rows; gives the position of the text of each among all, -1 where it is absent."""
        part = distinct(texts)
        at = pc.index_in(part.texts, value_set=self._texts)
        new = pc.is_null(at)
        fresh = part.texts.filter(new)
        places = at.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
        places[flags(new)] = np.arange(len(self._texts), len(self._texts) + len(fresh))
        self._texts = pa.concat_arrays([self._texts, fresh])
        self._counts = np.append(self._counts, np.zeros(len(fresh), dtype=np.int64))
        self._counts[places] += part.weights()
        return np.append(places, -1).astype(np.int32)[part.index]

    def column(self) -> Distinct:
        """The column so far, without an index."""
        return Distinct(self._texts, np.zeros(0, dtype=np.int32), self._counts)


def arrow(series: pd.Series[str]) -> Texts:
    """Give a pandas column of text as an Arrow array without copying it; absent cells are null."""
    array = pa.array(series, type=pa.large_string(), from_pandas=True)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def distinct(texts: Texts) -> Distinct:
    """Find the different texts of an Arrow array."""
    coded = pc.dictionary_encode(texts)
    index = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    return Distinct(coded.dictionary.cast(pa.large_string()), index)


def flags(mask: Texts) -> Flags:
    """Give an Arrow boolean array to numpy; null is False."""
    found: Flags = mask.fill_null(False).to_numpy(zero_copy_only=False)
    return found


def matching(texts: Texts, pattern: str) -> Flags:
    """Tell which texts hold the RE2 pattern."""
    return flags(pc.match_substring_regex(texts, pattern))


def bytes_of(texts: Texts) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """All bytes of an Arrow array of text, one text behind the other."""
    _, offsets, data = texts.buffers()
    places = np.frombuffer(offsets, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    return np.frombuffer(data or b"", dtype=np.uint8)[places[0] : places[-1]]


def replace_at(texts: Texts, mask: Flags, new: Sequence[str]) -> Texts:
    """Put `new` where `mask` is set, in order."""
    return pc.replace_with_mask(texts, pa.array(mask), pa.array(new, type=pa.large_string()))


class _Plain(dict[int, str]):
    """Translation of one character to what numbers are written with, found when first met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        if category == "Nd":
            plain = str(unicodedata.decimal(character))
        elif category in {"Zs", "Zl", "Zp"}:
            plain = " "
        elif category in {"Cf", "Cc"}:
            plain = "" if code > ord(" ") else " "
        elif category == "Pd" or character == "\N{MINUS SIGN}":
            plain = "-"
        else:
            plain = "'" if character in "\u2019\u2018\u02bc\u2032\u00b4`" else character
        self[code] = plain
        return plain


_PLAIN = _Plain()


def tidy(texts: Texts) -> Texts:
    """Write texts with plain digits, blanks, minus and apostrophe, nothing invisible at the ends."""
    odd = ~flags(pc.string_is_ascii(texts))
    if odd.any():
        said = texts.filter(pa.array(odd)).to_pylist()
        texts = replace_at(texts, odd, [text.translate(_PLAIN) for text in said])
    return pc.ascii_trim(texts, characters=OUTSIDE)
