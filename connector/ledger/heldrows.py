"""Held rows of drops that are through, for which nobody has decided yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from connector.later import later
from connector.ledger import entries as e
from connector.ledger.prepared import Prepared, told
from connector.ledger.shelving import published
from connector.ledger.tables import batches, drops, totals, verdicts
from connector.model import OWN_SOURCE, Drop, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from connector.ledger.shelving import Shelves
else:
    pa = later("pyarrow")

_OPEN = sa.and_(verdicts.c.verdict == Verdict.HELD, verdicts.c.decision.is_(None))


_ITS_ID = told("its_id")
_drops_before = (
    sa.select(totals.c.drop_id)
    .join(drops, drops.c.id == totals.c.drop_id)
    .where(
        totals.c.verdict == Verdict.HELD,
        totals.c.drop_id < _ITS_ID,
        drops.c.lane == sa.select(drops.c.lane).where(drops.c.id == _ITS_ID).scalar_subquery(),
    )
)
_HELD_BEFORE = Prepared(
    sa.select(verdicts.c.feed, verdicts.c.location, verdicts.c.sku)
    .where(verdicts.c.drop_id.in_(_drops_before), _OPEN)
    .distinct()
)


class HeldRow(NamedTuple):
    """A held row that waits for a word, with the value it would set.

    `newer` is the drop that has set its key, or said it again, since; `held_again` a newer one in which it is held too.
    """

    id: int
    feed: str
    line: int
    location: str
    sku: str
    value: str
    reasons: tuple[str, ...]
    newer: int | None
    held_again: int | None


def held_rows(connection: sa.Connection, kept: Shelves, drop_id: int) -> list[HeldRow]:
    """The open held rows of a drop, by line."""
    query = e.VERDICT.where(verdicts.c.drop_id == drop_id, _OPEN, verdicts.c.value.is_not(None))
    rows = connection.execute(query.order_by(verdicts.c.line, verdicts.c.feed, verdicts.c.id)).mappings()
    found = [(row["id"], e.verdict_of(row)) for row in rows]
    newer: dict[tuple[str, str, str], int] = {}
    for feed in dict.fromkeys(row.feed for _, row in found):
        keys = [(str(row.location), str(row.sku)) for _, row in found if row.feed == feed]
        newer |= {
            (feed, *key): drop for key, drop in _set_since(connection, kept, feed, keys, drop_id).items()
        }
    again = _held_since(connection, drop_id, [str(row.sku) for _, row in found])
    return [
        HeldRow(
            key, row.feed, row.line, place, sku, str(row.value),
            tuple(fault.reason for fault in row.faults),
            newer.get((row.feed, place, sku)), again.get((row.feed, place, sku)),
        )
        for key, row in found
        for place, sku in [(str(row.location), str(row.sku))]
    ]  # fmt: skip


def _set_since(
    connection: sa.Connection, kept: Shelves, feed: str, keys: Sequence[tuple[str, str]], drop_id: int
) -> dict[tuple[str, str], int]:
    """Which of these keys (location, SKU) a later drop has set, and which drop."""
    accounts = sa.select(batches.c.account).where(batches.c.feed == feed).distinct()
    places = list(dict.fromkeys(place for place, _ in keys))
    found = {}
    for account in list(connection.execute(accounts).scalars()):
        for place, shelf in published(connection, kept, account, feed, places).items():
            skus = list(dict.fromkeys(sku for where, sku in keys if where == place))
            _, landings, _ = shelf.find(pa.array(skus, type=pa.large_string()))
            pairs = zip(skus, landings.tolist(), strict=True)
            found.update({(place, sku): landing for sku, landing in pairs if landing > drop_id})
    return found


def _held_since(
    connection: sa.Connection, drop_id: int, skus: Sequence[str]
) -> dict[tuple[str, str, str], int]:
    """The newest later drop in which a key is held and nobody has decided; by feed, location and SKU."""
    query = sa.select(verdicts.c.feed, verdicts.c.location, verdicts.c.sku, sa.func.max(verdicts.c.drop_id))
    query = query.where(verdicts.c.drop_id > drop_id, _OPEN).group_by(
        verdicts.c.feed, verdicts.c.location, verdicts.c.sku
    )
    found = {}
    for start in range(0, len(skus), 500):
        some = connection.execute(query.where(verdicts.c.sku.in_(skus[start : start + 500])))
        found.update({(feed, place, sku): drop for feed, place, sku, drop in some})
    return found


def held_before(connection: sa.Connection, drop_id: int) -> Mapping[str, frozenset[tuple[str, str]]]:
    """By feed, the keys (location, SKU) held in older drops of the lane that are through: open rows only.

    What this drop says again of them must not be overwritten when a person lets one of those rows go later.
    """
    found: dict[str, set[tuple[str, str]]] = {}
    for feed, place, sku in _HELD_BEFORE.rows(connection, its_id=drop_id):
        found.setdefault(feed, set()).add((place, sku))
    return {feed: frozenset(keys) for feed, keys in found.items()}


def waiting(connection: sa.Connection) -> tuple[tuple[Drop, int], ...]:
    """Of the last drop of each lane, how many rows wait: one held before that was said again since, or is no news.

    A drop of our own making says nothing of the rows that are held in the one before it.
    """
    last = (
        sa.select(sa.func.max(totals.c.drop_id))
        .join(drops, drops.c.id == totals.c.drop_id)
        .where(drops.c.source != OWN_SOURCE)
        .group_by(drops.c.lane)
    )
    held = (
        sa.select(verdicts.c.drop_id, sa.func.count())
        .where(_OPEN, verdicts.c.drop_id.in_(last))
        .group_by(verdicts.c.drop_id)
    )
    counts = {drop_id: int(count) for drop_id, count in connection.execute(held)}
    found = connection.execute(e.DROP.where(drops.c.id.in_(counts)).order_by(drops.c.id)).mappings()
    return tuple((e.drop_of(row), counts[row["id"]]) for row in found)
