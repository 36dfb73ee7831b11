"""Prices Konnect lists against those it acknowledged.

The list names no location (konnect-api.md 4.2): one price stands for all, so a SKU differs only when the listed price
is that of none of its locations. What the list leaves out is not compared. Stock cannot be read back at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from connector.feeds.fields.text import flags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connector.feeds.fields.text import Texts
    from connector.shaping.shelf import Shelf

VALUE = ("mrp", "esp", "currency")
"""The members of a listed product that make up a published price, in the order of its canonical text."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A SKU whose listed price is none of those acknowledged: by location the value and the drop that set it."""

    sku: str
    listed: str
    published: Mapping[str, str]
    newest: int


@dataclass(frozen=True, slots=True)
class Compared:
    """What comparing came to: SKUs with a published price that are listed, those that are not, and what differs."""

    skus: int
    not_listed: int
    differences: tuple[Difference, ...]


def compare(products: Any, shelves: Mapping[str, Shelf], only: Texts | None = None) -> Compared:
    """Compare a list of products (columns sku, mrp, esp, currency) with the published prices of each location.

    `only` are the SKUs to look at; default: all that are published.
    """
    known, listed = products.column("sku").combine_chunks(), _values(products)
    right: set[str] = set()
    wrong: dict[str, tuple[str, dict[str, str], int]] = {}
    missing: set[str] = set()
    for location, shelf in shelves.items():
        skus = only if only is not None else _skus(shelf)
        shelf.rewind()
        value, landing, _ = shelf.find(skus)
        there = flags(pc.greater(pc.binary_length(value), 0))
        skus, value, landing = skus.filter(pa.array(there)), value.filter(pa.array(there)), landing[there]
        at = pc.index_in(skus, value_set=known)
        now = listed.take(at)
        same = flags(pc.equal(now, value))
        right.update(skus.filter(pa.array(same)).to_pylist())
        missing.update(skus.filter(pc.is_null(at)).to_pylist())
        other = pa.array(~same & ~flags(pc.is_null(at)))
        rows = zip(
            *(column.filter(other).to_pylist() for column in (skus, value, now)),
            landing[other.to_numpy(zero_copy_only=False)].tolist(),
            strict=True,
        )
        for sku, published, said, drop in rows:
            if _agree(published, said):
                right.add(sku)
                continue
            _, places, newest = wrong.get(sku, ("", {}, 0))
            wrong[sku] = (said, {**places, location: published}, max(newest, drop))
    found = [Difference(sku, *said) for sku, said in sorted(wrong.items()) if sku not in right]
    return Compared(len(right | wrong.keys()), len(missing), tuple(found))


def _values(products: Any) -> Texts:
    """The listed prices as canonical texts, "" for a member that is not said."""
    members = [pc.fill_null(products.column(name).combine_chunks(), "") for name in VALUE]
    joined: Texts = pc.binary_join_element_wise(*members, pa.scalar("|", pa.large_string()))
    return joined


def _agree(published: str, listed: str) -> bool:
    """Whether all that the list says is what was published; it may leave out a member, or all."""
    pairs = zip(published.split("|"), listed.split("|"), strict=True)
    return all(said in ("", value) for value, said in pairs)


def _skus(shelf: Shelf) -> Texts:
    skus = [segment.sku for segment in shelf.segments]
    return pc.unique(pa.concat_arrays(skus)) if skus else pa.array([], type=pa.large_string())
