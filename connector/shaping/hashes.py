"""Texts as 64-bit numbers, a column at a time, for finding out cheaply what may be equal.

Equal texts give equal numbers; different ones nearly always different ones, so whoever finds two alike looks at the
texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from connector.feeds.fields.text import Index, Texts, Whole

Hashes = np.ndarray[Any, np.dtype[np.uint64]]

_BYTES = 1 << 18
_ODD = 0x9E3779B97F4A7C15
_MIX = np.uint64(0xBF58476D1CE4E5B9)


def _powers(base: int, count: int) -> Hashes:
    powers = np.full(count, base, dtype=np.uint64)
    powers[0] = 1
    return np.multiply.accumulate(powers)


_UP = _powers(_ODD, _BYTES + 1)
_DOWN = _powers(pow(_ODD, -1, 1 << 64), _BYTES + 1)


def text_hashes(texts: Texts) -> Hashes:
    """A number for each text of an Arrow array of large strings without nulls.

    The bytes of a text are the digits of a number to an odd base, modulo 2^64. Running sums over the whole column and
    one multiplication a text (powers of an odd number have inverses there) spare a loop over the texts.
    """
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    data = np.frombuffer(texts.buffers()[2] or b"", dtype=np.uint8)
    found = np.empty(len(texts), dtype=np.uint64)
    start = 0
    while start < len(texts):
        end = int(np.searchsorted(offsets, offsets[start] + _BYTES, side="right")) - 1
        end = min(max(end, start + 1), len(texts))
        found[start:end] = _of_slice(
            data[offsets[start] : offsets[end]], offsets[start : end + 1] - offsets[start]
        )
        start = end
    return (found ^ (found >> np.uint64(31))) * _MIX


def _of_slice(data: np.ndarray[Any, np.dtype[np.uint8]], offsets: Whole) -> Hashes:
    up, down = (_UP, _DOWN) if len(data) <= _BYTES else (_powers(_ODD, len(data) + 1), None)
    sums: Hashes = np.zeros(len(data) + 1, dtype=np.uint64)
    np.cumsum((data.astype(np.uint64) + np.uint64(1)) * up[: len(data)], out=sums[1:])
    if down is None:  # one very long text: it begins at 0
        return sums[offsets[1:]]
    return (sums[offsets[1:]] - sums[offsets[:-1]]) * down[offsets[:-1]]


def key_hashes(places: Index, skus: Hashes) -> Hashes:
    """A number for each key: the number of its place and the hash of its SKU."""
    mixed: Hashes = (places.astype(np.uint64) + np.uint64(1)) * _MIX
    return (skus ^ mixed ^ (mixed >> np.uint64(29))) * np.uint64(_ODD)


def coming_again(hashes: Hashes) -> Hashes:
    """The numbers that come more than once, each once, sorted. Sorts `hashes` in place."""
    hashes.sort()
    again = hashes[1:][hashes[1:] == hashes[:-1]]
    return np.unique(again)
