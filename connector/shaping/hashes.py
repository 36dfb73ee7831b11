"""Texts as 64-bit numbers, a column at a time, for finding out cheaply what may be equal.

Equal texts give equal numbers; different ones nearly always different ones, so whoever finds two alike looks at the
texts.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc

from connector.feeds.fields.text import bytes_of, replace_at

if TYPE_CHECKING:
    from connector.feeds.fields.text import Index, Texts

Hashes = np.ndarray[Any, np.dtype[np.uint64]]

_WORD, _LONGEST = 8, 64
_ODD = 0x9E3779B97F4A7C15
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_FACTORS = [np.uint64(pow(_ODD, place + 1, 1 << 64)) for place in range(_LONGEST // _WORD)]
"""By which each eight bytes of a text are multiplied."""


def text_hashes(texts: Texts) -> Hashes:
    """A number for each text of an Arrow array of large strings without nulls.

    Texts are filled up with zero bytes to whole words, which are multiplied and added a column at a time: zeros add
    nothing, so it does not matter how far they go, and a text that ends in zero bytes is told by its length.
    The few that are longer than codes ever are go one by one.
    """
    lengths = pc.binary_length(texts)
    width = min(pc.max(lengths).as_py() or 0, _LONGEST)
    count = -(-width // _WORD)
    found: Hashes = lengths.to_numpy().astype(np.uint64)
    if count:
        long = np.flatnonzero(lengths.to_numpy() > _LONGEST)
        short = texts if not len(long) else replace_at(texts, lengths.to_numpy() > _LONGEST, [""] * len(long))
        words = np.frombuffer(bytes_of(pc.ascii_rpad(short, count * _WORD, padding="\0")), dtype=np.uint64)
        for place, column in enumerate(words.reshape(-1, count).T):
            found += (column ^ (column >> np.uint64(32))) * _FACTORS[place]
        found[long] = [_long(texts[int(at)].as_py()) for at in long]
    return (found ^ (found >> np.uint64(31))) * _MIX


def _long(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=_WORD).digest(), "little")


def key_hashes(places: Index, skus: Hashes) -> Hashes:
    """A number for each key: the number of its place and the hash of its SKU."""
    mixed: Hashes = (places.astype(np.uint64) + np.uint64(1)) * _MIX
    return (skus ^ mixed ^ (mixed >> np.uint64(29))) * np.uint64(_ODD)


def coming_again(hashes: Hashes) -> Hashes:
    """The numbers that come more than once, each once, sorted. Sorts `hashes` in place."""
    hashes.sort()
    again = hashes[1:][hashes[1:] == hashes[:-1]]
    return np.unique(again)
