"""What the API has acknowledged for the places of a table: the SKUs known there, and the value of each record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connector.shaping.codes import Known
from connector.shaping.shelf import NOWHERE, Shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from connector.feeds import Feed
    from connector.feeds.fields.text import Flags, Index, Texts, Whole
    from connector.shaping.places import Places
    from connector.shaping.strangers import Listed

Floats = np.ndarray[Any, np.dtype[np.float64]]
_NOTHING = Shelf()


class History:
    """The shelves of one feed at the places of a table."""

    def __init__(
        self,
        feed: Feed,
        places: Places,
        lookup: Callable[[str, Collection[str]], Mapping[str, Shelf]],
        listed: Listed | None = None,
    ) -> None:
        """Ask `lookup` (account, locations) once for every account that serves a place of the table.

        What Konnect has `listed` is known too.
        """
        served: dict[str, list[str]] = {}
        for code, account in zip(places.codes, places.accounts, strict=True):
            if account:
                served.setdefault(account, []).append(code)
        found = {account: lookup(account, codes) for account, codes in served.items()}
        self._feed = feed
        self._listed = listed
        self.shelves = tuple(
            found[account].get(code, _NOTHING) if account else _NOTHING
            for code, account in zip(places.codes, places.accounts, strict=True)
        )
        self.known = Known(self._gather)

    def __bool__(self) -> bool:
        """Whether anything was acknowledged at any place."""
        return any(map(len, self.shelves))

    def rewind(self) -> None:
        """Be asked about a table from its first row on."""
        for shelf in self.shelves:
            shelf.rewind()

    def acknowledged(self, places: Index, skus: Texts) -> tuple[Texts, Whole, Whole]:
        """Value (null: never), landing number and batch (-1: never) last acknowledged for each record.

        `places` are positions in `Places.codes`.
        """
        return look_up(self.shelves, places, skus)

    def holds(self, places: Index, skus: Texts) -> Flags:
        """Whether anything was ever acknowledged for each record, as for `acknowledged`."""
        order, shelves = _by_place(self.shelves, places)
        found = np.empty(len(order), dtype=bool)
        there, start = skus.take(pa.array(order)), 0
        for shelf, count in shelves:
            found[order[start : start + count]] = shelf.holds(there.slice(start, count))
            start += count
        return found

    def before(self, field: str, places: Index, skus: Texts) -> Floats:
        """Give the value of a field last acknowledged for each record, roughly: NaN where there is none.

        Good for comparing sizes only, never for a value that is sent.
        """
        value, _, _ = self.acknowledged(places, skus)
        parts = pc.split_pattern(value, "|")
        place = self._feed.values.index(field)
        one = pc.list_element(
            pc.if_else(pc.less_equal(pc.list_value_length(parts), place), None, parts), place
        )
        rough = pc.if_else(pc.match_substring_regex(one, r"^-?\d+(?:\.\d+)?$"), one, None)
        found: Floats = rough.cast(pa.float64()).to_numpy(zero_copy_only=False)
        return found

    def _gather(self) -> Texts:
        skus = [segment.sku for shelf in self.shelves for segment in shelf.segments]
        skus += [self._listed.texts] if self._listed else []
        return pc.unique(pa.concat_arrays(skus)) if skus else pa.array([], type=pa.large_string())


def look_up(shelves: Sequence[Shelf], places: Index, skus: Texts) -> tuple[Texts, Whole, Whole]:
    """Ask each shelf for the SKUs of its place (a position in `shelves`), all at once."""
    if not any(map(len, shelves)):
        nowhere = np.full(len(skus), NOWHERE, dtype=np.int64)
        return pa.nulls(len(skus), pa.large_string()), nowhere, nowhere
    order, asked = _by_place(shelves, places)
    there = skus.take(pa.array(order))
    found, start = [], 0
    for shelf, count in asked:
        found.append(shelf.find(there.slice(start, count)))
        start += count
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    values, landings, batches = zip(*found, strict=True)
    return (
        pa.concat_arrays(values).take(pa.array(back)),
        np.concatenate(landings)[back],
        np.concatenate(batches)[back],
    )


def _by_place(shelves: Sequence[Shelf], places: Index) -> tuple[Whole, list[tuple[Shelf, int]]]:
    """The records in the order of their places, and the shelf of each place with the number of its records."""
    order = np.argsort(places.astype(np.uint16 if len(shelves) < 1 << 16 else np.int64), kind="stable")
    counts = np.bincount(places, minlength=len(shelves)).tolist()
    return order, [(shelves[place], count) for place, count in enumerate(counts) if count]
