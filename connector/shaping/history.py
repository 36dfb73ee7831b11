"""What the API has acknowledged for the places of a drop, asked for once: the SKUs known there and their values."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connector.feeds.fields import distinct
from connector.shaping.keys import key_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from connector.feeds import Feed
    from connector.feeds.fields.text import Index, Texts
    from connector.model import Published
    from connector.shaping.places import Places

Floats = np.ndarray[Any, np.dtype[np.float64]]
_NEVER = -1


class History:
    """The published values of one feed at the places of a table."""

    def __init__(
        self, feed: Feed, places: Places, lookup: Callable[[str, Collection[str]], Published]
    ) -> None:
        """Ask `lookup` (account, locations) once for every account that serves a place of the table."""
        served: dict[str, list[str]] = {}
        for code, account in zip(places.codes, places.accounts, strict=True):
            if account:
                served.setdefault(account, []).append(code)
        self._feed = feed
        self._places = places
        self._published = {account: lookup(account, codes) for account, codes in served.items()}

    @cached_property
    def skus(self) -> Texts:
        """Every SKU acknowledged at one of the places, once."""
        known = [as_texts(one.sku) for one in self._published.values() if len(one.sku)]
        return pc.unique(pa.concat_arrays(known)) if known else pa.array([], type=pa.large_string())

    def before(self, field: str, skus: Texts) -> Floats:
        """Give the value of a field last acknowledged for each record, roughly: NaN where there is none.

        Good for comparing sizes only, never for a value that is sent.
        """
        codes = pa.array(self._places.codes, type=pa.large_string()).take(pa.array(self._places.index))
        served = pa.array(self._places.accounts, type=pa.large_string()).take(pa.array(self._places.index))
        value, _, _ = acknowledged(codes, skus, served, self._published)
        parts = pc.split_pattern(value, "|")
        place = self._feed.values.index(field)
        one = pc.list_element(
            pc.if_else(pc.less_equal(pc.list_value_length(parts), place), None, parts), place
        )
        rough = pc.if_else(pc.match_substring_regex(one, r"^-?\d+(?:\.\d+)?$"), one, None)
        found: Floats = rough.cast(pa.float64()).to_numpy(zero_copy_only=False)
        return found


def acknowledged(
    locations: Texts, skus: Texts, served: Texts, published: Mapping[str, Published]
) -> tuple[Texts, Any, Any]:
    """Find the value, landing number and batch last acknowledged for each record: null, -1 where never."""
    places = distinct(locations)
    accounts = distinct(served)
    keys = key_texts(places.index, skus)
    value = pa.nulls(len(keys), pa.large_string())
    landing = np.full(len(keys), _NEVER, dtype=np.int64)
    batch = np.full(len(keys), _NEVER, dtype=np.int64)
    for number, account in enumerate(accounts.texts.to_pylist()):
        known = published.get(account)
        if known is None or not len(known.sku):
            continue
        where, stored = _known_keys(known, places.texts)
        at = pc.index_in(keys, value_set=stored).fill_null(_NEVER).to_numpy(zero_copy_only=False)
        at = np.where(accounts.index == number, at, _NEVER)
        found = at != _NEVER
        source = where[at[found]]
        texts = as_texts(known.value).take(pa.array(source))
        value = pc.replace_with_mask(value, pa.array(found), texts)
        landing[found] = _numbers(known.landing)[source]
        batch[found] = _numbers(known.batch)[source]
    return value, landing, batch


def _known_keys(known: Published, places: Texts) -> tuple[Index, Texts]:
    """Write the keys of what is published at `places`; first: their positions in `known`."""
    place = pc.index_in(as_texts(known.location), value_set=places)
    here = np.flatnonzero(pc.is_valid(place).to_numpy(zero_copy_only=False))
    chosen = pa.array(here)
    numbers = place.take(chosen).to_numpy(zero_copy_only=False).astype(np.int32)
    return here.astype(np.int32), key_texts(numbers, as_texts(known.sku).take(chosen))


def as_texts(column: Sequence[str]) -> Texts:
    """Give a column of text as one Arrow array, whatever it comes as."""
    array = (
        column if isinstance(column, pa.Array | pa.ChunkedArray) else pa.array(column, type=pa.large_string())
    )
    array = array.cast(pa.large_string())
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _numbers(column: Sequence[int]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Give a column of numbers to numpy; a missing one is -1."""
    array = column if isinstance(column, pa.Array | pa.ChunkedArray) else pa.array(column, type=pa.int64())
    found: np.ndarray[Any, np.dtype[np.int64]] = array.fill_null(_NEVER).to_numpy().astype(np.int64)
    return found
