"""The keys of a table against those acknowledged at its places: which are known, which are missing, what had stock."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connector.feeds.fields.text import flags
from connector.shaping.flips import Flip, find_flip

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from connector.feeds.fields.text import Flags, Index, Texts, Whole
    from connector.shaping.shelf import Segment, Shelf

KNOWN_PLACE = 20
"""A place with fewer known SKUs than this is new: that nothing is known there says nothing against a file."""

Owned: TypeAlias = "Callable[[Whole], Flags]"
"""Which of some landing numbers are those of files a feed owns the values of."""


@dataclass(frozen=True, eq=False)
class Overlap:
    """What guards may know of it. Rows and SKUs of places where (nearly) nothing is known are left out.

    `rows` have a SKU, `rows_known` one that is known at their place. `known` are the SKUs known at the places of the
    table. Of all that the feed owns there and that had stock (`stocked`), `stocked_absent` are not in it: they are the
    `missing` rows of the shelves (by their number); `zeros` had none. `new` are the SKUs that are not known,
    `absent` the rows of the shelves that are not in the table.
    """

    rows: int = 0
    rows_known: int = 0
    known: int = 0
    stocked: int = 0
    stocked_absent: int = 0
    new: Texts = None
    absent: Sequence[tuple[Segment, Flags]] = ()
    missing: Sequence[tuple[int, Segment, Flags]] = ()
    zeros: int = 0

    @cached_property
    def gone(self) -> Texts:
        """The known SKUs that are absent, each once."""
        if not self.absent:
            return pa.array([], type=pa.large_string())
        return pc.unique(
            pa.concat_arrays([segment.sku.filter(pa.array(rows)) for segment, rows in self.absent])
        )

    @cached_property
    def flip(self) -> Flip | None:
        """The rule by which most new SKUs come from known ones that are absent; looked for when first asked."""
        return find_flip(self.new, self.gone) if self.absent else None


class Attendance:
    """Counts the rows of a table while its known SKUs are ticked off on the shelves, part by part."""

    def __init__(self, shelves: Sequence[Shelf], owned: Owned | None = None) -> None:
        """The shelves of the places of the table, rewound; `owned` tells which landings are of the feed's own files."""
        self._shelves = shelves
        self._owned = owned or _all
        self._lived = np.array([len(shelf) >= KNOWN_PLACE for shelf in shelves], dtype=bool)
        self._rows = self._known = 0

    def add(self, places: Index, named: Flags, known: Flags) -> None:
        """Take in the next rows: place, whether they have a SKU, whether it is known at the place."""
        counted = named & self._lived[places]
        self._rows += int(counted.sum())
        self._known += int((counted & known).sum())

    def mended(self, rows: int, codes: Texts) -> None:
        """Some rows become known by codes that were mended."""
        self._known = min(self._rows, self._known + rows)
        for shelf in self._shelves:
            shelf.holds(codes)

    def overlap(self, new: Texts, *, stock: bool, spared: Texts = None) -> Overlap:
        """What came out; `new` are the codes of the table that are not known. `stock`: the values are pieces.

        Known SKUs that are `spared` stand in the table nearly so: they are not missing.
        """
        known = stocked = stocked_absent = zeros = 0
        absent, missing = [], []
        none = pa.array(["", "0"], type=pa.large_string())
        for number, (shelf, lived) in enumerate(zip(self._shelves, self._lived, strict=True)):
            for segment, counts, seen in shelf.attended():
                if lived:
                    known += int(counts.sum())
                    absent.append((segment, counts & ~seen))
                if stock:
                    own = counts & self._owned(segment.landing)
                    full = own & ~flags(pc.is_in(segment.columns.column(1), value_set=none))
                    gone = full & ~seen
                    if spared is not None and len(spared):
                        gone &= ~flags(pc.is_in(segment.sku, value_set=spared))
                    stocked += int(full.sum())
                    stocked_absent += int(gone.sum())
                    zeros += int((own & flags(pc.equal(segment.columns.column(1), "0"))).sum())
                    missing.append((number, segment, gone))
        return Overlap(self._rows, self._known, known, stocked, stocked_absent, new, absent, missing, zeros)


def owned_by(lane: str | None, landing: int, lanes: Callable[[Collection[int]], Mapping[int, str]]) -> Owned:
    """Which values are of the files of a lane, and not newer than one; `lanes` gives the lane of drops.

    A dry run may know no lane: then all may be of it.
    """
    known: dict[int, bool] = {}

    def owned(landings: Whole) -> Flags:
        there = set(pc.unique(pa.array(landings)).to_pylist())
        new = there - known.keys()
        known.update(dict.fromkeys(new, lane is None))
        if lane is not None and new:
            known.update({one: its == lane for one, its in lanes(new).items()})
        mine = sorted(one for one in there if known[one] and one <= landing)
        if len(mine) == len(there):  # the usual case
            return _all(landings)
        found: Flags = np.isin(landings, np.array(mine, dtype=np.int64))
        return found

    return owned


def _all(landings: Whole) -> Flags:
    return np.ones(len(landings), dtype=bool)
