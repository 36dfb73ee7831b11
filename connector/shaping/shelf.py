"""What the API last acknowledged at one place, as columns: found by position if the file keeps its order, else by SKU.

A shelf is a few *segments*, oldest first, each with every SKU at most once. Of several rows of a SKU the one of the
latest landing counts, of equal ones the later. So what a drop changed is written beside what was there, and the cost
follows the change; `settled` says when it is time to make one segment of several.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connector.shaping.hashes import text_hashes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from connector.feeds.fields.text import Flags, Texts, Whole

SCHEMA = pa.schema(
    [("sku", pa.large_string()), ("value", pa.large_string()), ("landing", pa.int64()), ("batch", pa.int64())]
)
"""`value` is the canonical text, "" where an attempt without a known answer made it doubtful."""

NOWHERE = -1
_FEW = 16
"""A question for so many times fewer SKUs than the segment has is answered by its index, not by hashing it all."""


class Segment:
    """Published values of one place. `columns` is a record batch of `SCHEMA`; it never changes."""

    def __init__(self, columns: pa.RecordBatch) -> None:
        self.columns = columns
        self.sku: Texts = columns.column(0)
        self.landing: Whole = columns.column(2).to_numpy()

    def __len__(self) -> int:
        return int(self.columns.num_rows)

    def rows(self, at: Whole) -> pa.RecordBatch:
        """The rows at these positions, nothing where one is -1."""
        if len(at) and at[0] != NOWHERE and at[-1] - at[0] == len(at) - 1 and (np.diff(at) == 1).all():
            return self.columns.slice(int(at[0]), len(at))
        return self.columns.take(pa.array(at, mask=at == NOWHERE))

    def find(self, skus: Texts, start: int = NOWHERE) -> Whole:
        """The position of each SKU, -1 where it is not here; `start` is where they may stand in this very order."""
        if 0 <= start <= len(self) - len(skus) and self.sku.slice(start, len(skus)).equals(skus):
            return np.arange(start, start + len(skus))
        if len(skus) * _FEW < len(self):
            return self._looked_up(skus)
        found: Whole = pc.index_in(skus, value_set=self.sku).fill_null(NOWHERE).to_numpy().astype(np.int64)
        return found

    def _looked_up(self, skus: Texts) -> Whole:
        hashes, order = self._index
        wanted = text_hashes(skus)
        at = np.searchsorted(hashes, wanted)
        at = np.minimum(at, len(hashes) - 1)
        found = np.where(hashes[at] == wanted, order[at], NOWHERE)
        same = pc.equal(self.sku.take(pa.array(np.maximum(found, 0))), skus).to_numpy(zero_copy_only=False)
        unlucky = (found != NOWHERE) & ~same  # two texts of one hash: rare, so looked for the long way
        if unlucky.any():
            some = skus.filter(pa.array(unlucky))
            found[unlucky] = pc.index_in(some, value_set=self.sku).fill_null(NOWHERE).to_numpy()
        return found

    @cached_property
    def _index(self) -> tuple[np.ndarray[Any, np.dtype[np.uint64]], Whole]:
        hashes = text_hashes(self.sku)
        order = np.argsort(hashes)
        return hashes[order], order


class Shelf:
    """All segments of one place, oldest first."""

    def __init__(self, segments: Iterable[Segment] = ()) -> None:
        self.segments = tuple(segments)
        self.rewind()

    def __len__(self) -> int:
        return sum(map(len, self.segments))

    def rewind(self) -> None:
        """Be asked about a table from its start. Files keep their order: the next rows stand where the last ended."""
        self._cursor = 0
        self._asked: list[Flags] | None = None

    def holds(self, skus: Texts) -> Flags:
        """Whether each SKU is here; it is ticked off for `attended`."""
        found = np.zeros(len(skus), dtype=bool)
        asked = self._ticks()
        for number, segment in enumerate(self.segments):
            at = segment.find(skus, NOWHERE if number else self._cursor)
            if not number and len(at) and at[-1] != NOWHERE:
                self._cursor = int(at[-1]) + 1
            here = at != NOWHERE
            asked[number][at if here.all() else at[here]] = True
            found |= here
            if found.all():
                break
        return found

    def attended(self) -> list[tuple[Segment, Flags, Flags]]:
        """Of each segment which rows count, and for which of them `holds` was asked since `rewind`."""
        counts = [np.ones(len(segment), dtype=bool) for segment in self.segments]
        asked = self._ticks()
        for number, later in enumerate(self.segments):
            for before, earlier in enumerate(self.segments[:number]):
                at = earlier.find(later.sku)
                here = np.flatnonzero(at != NOWHERE)
                there = at[here]
                newer = later.landing[here] >= earlier.landing[there]
                counts[before][there[newer]] = False
                counts[number][here[~newer]] = False
                asked[before][there] = asked[number][here] = asked[before][there] | asked[number][here]
        return list(zip(self.segments, counts, asked, strict=True))

    def _ticks(self) -> list[Flags]:
        if self._asked is None:
            self._asked = [np.zeros(len(segment), dtype=bool) for segment in self.segments]
        return self._asked

    def find(self, skus: Texts) -> tuple[Texts, Whole, Whole]:
        """Value (null: never), landing and batch (-1: never) of each SKU; no SKU may come twice."""
        if not self.segments:
            nowhere = np.full(len(skus), NOWHERE, dtype=np.int64)
            return pa.nulls(len(skus), pa.large_string()), nowhere, nowhere
        first, *later = self.segments
        at = first.find(skus, self._cursor)
        if len(at) and at[-1] != NOWHERE:
            self._cursor = int(at[-1]) + 1
        found = first.rows(at)
        value, landing, batch = found.column(1), *map(_numbers, found.columns[2:])
        for segment in later:
            at = segment.find(skus)
            here = at != NOWHERE
            here[here] = segment.landing[at[here]] >= landing[here]
            if here.any():
                newer = segment.columns.take(pa.array(at[here]))
                value = pc.replace_with_mask(value, pa.array(here), newer.column(1))
                landing[here], batch[here] = map(_numbers, newer.columns[2:])
        return value, landing, batch


def settled(sizes: Sequence[int]) -> int:
    """How many of the last segments, by their sizes, should be made one: none (0) or at least two.

    A segment is taken in by the next as soon as that one is half its size, so that there are never many and a row is
    rewritten a handful of times at most, however long the shelf lives.
    """
    together, count = 0, 0
    for size in reversed(sizes):
        if count and size > 2 * together:
            break
        together, count = together + size, count + 1
    return count if count > 1 else 0


def merge(segments: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    """One segment of several, oldest first: each SKU at the place where it first stood, with what counts of it."""
    whole = pa.Table.from_batches(segments, schema=SCHEMA).combine_chunks()
    codes = pc.dictionary_encode(whole.column(0).combine_chunks()).indices.to_numpy()
    order = np.argsort(_numbers(whole.column(2).combine_chunks()), kind="stable")
    last = np.zeros(int(codes.max(initial=-1)) + 1, dtype=np.int64)
    last[codes[order]] = order  # of several assignments to one place the last one stays
    return whole.take(pa.array(last)).combine_chunks().to_batches()[0] if len(last) else segments[-1]


def _numbers(column: Any) -> Whole:
    filled = column.fill_null(NOWHERE) if column.null_count else column
    numbers: Whole = filled.to_numpy(zero_copy_only=False)
    return numbers if numbers.flags.writeable else numbers.copy()
