"""Orders newer than the stock in a file, which the file cannot know, taken off its quantities.

Konnect lowers a stock level with each order, and an older figure would raise it again: the pieces sold in between would
be offered once more.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connector.feeds import FieldKind
from connector.feeds.fields.text import flags, replace_at
from connector.shaping.moments import of_content

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from connector.feeds import Feed, Policy
    from connector.shaping.outcome import Records

NO_ORDERS = (
    'orders newer than the file are to be taken off (orders = "net"), but nothing says where orders come from: write '
    "`file` under [orders] in the configuration. All quantities go as they are"
)


@dataclass(frozen=True, slots=True)
class Order:
    """Pieces of a SKU ordered at a location; `at` has its time zone."""

    location: str
    sku: str
    pieces: int
    at: datetime


Orders: TypeAlias = "Callable[[datetime], Iterable[Order]]"
"""What gives the orders later than a moment."""


@dataclass(frozen=True, slots=True)
class Netted:
    """What was taken off one record: its line, its quantity as the file and the policy have it, and what is left."""

    line: int
    location: str
    sku: str
    before: int
    ordered: int

    @property
    def left(self) -> int:
        """What is sent; never below zero."""
        return max(0, self.before - self.ordered)


def snapshot_at(hint: str | None, landed_at: datetime) -> datetime:
    """When the stock of a file was counted: by what stands above its table (ISO, the shop's time), else at its landing.

    A day without an hour means its close, or the landing if that was earlier: a report of the day is made then. Of a
    day that reads two ways the reading counts that fits the landing.
    """
    moment = of_content(hint)
    if moment is None:
        return landed_at
    said = moment.near(landed_at).latest
    if not moment.timed:
        said += timedelta(days=1)
    told = said if said.tzinfo else said.astimezone()
    return min(told, landed_at)


class Netting:
    """Takes orders off the records of one feed, part by part. `rows` tell of each record it touched."""

    def __init__(self, feed: Feed, orders: Iterable[Order], since: datetime) -> None:
        """Only orders later than `since` count."""
        self._fields = feed.of_kind(FieldKind.QUANTITY)
        self._ordered: Counter[tuple[str, str]] = Counter()
        for order in orders if self._fields else ():
            if order.at > since and order.pieces > 0:
                self._ordered[order.location, order.sku] += order.pieces
        self._skus = pa.array(list({sku for _, sku in self._ordered}), type=pa.large_string())
        self.rows: list[Netted] = []

    def part(self, records: Records) -> Records:
        """The same records with lower quantities."""
        frame = records.frame
        if not self._ordered or not len(frame):
            return records
        likely = np.flatnonzero(flags(pc.is_in(frame["sku"], value_set=self._skus)))
        (field,) = self._fields
        some = frame.take(likely)
        touched = [
            (at, Netted(int(line), place, sku, int(before), self._ordered[place, sku]))
            for at, line, place, sku, before in zip(
                likely.tolist(),
                *(some[name].tolist() for name in ("line", "location_id", "sku", field)),
                strict=True,
            )
            if (place, sku) in self._ordered
        ]
        if not touched:
            return records
        self.rows += [netted for _, netted in touched]
        at = [position for position, _ in touched]
        left = [netted.left for _, netted in touched]
        quantity, lowered = frame[field].copy(), np.zeros(len(frame), dtype=bool)
        quantity[at], lowered[at] = left, True
        value = replace_at(frame["value"], lowered, [str(pieces) for pieces in left])
        return replace(records, frame=frame.assign(value=value, **{field: quantity}))


def netting(
    feed: Feed, policy: Policy, orders: Orders | None, hint: str | None, landed_at: datetime | None
) -> Netting:
    """What takes orders newer than the stock of a file off it; nothing where the profile does not ask for it."""
    since = snapshot_at(hint, landed_at or datetime.now(UTC))
    return Netting(feed, orders(since) if orders and policy.orders == "net" else (), since)
