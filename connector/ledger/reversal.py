"""What a drop has set, and what was there before: undoing it is saying the former values again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from connector.later import later
from connector.ledger.columns import unpack_columns
from connector.ledger.shelving import ENDED, published
from connector.ledger.tables import batches, lots

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from connector.ledger.shelving import Shelves
else:
    pa = later("pyarrow")


class SetBy(NamedTuple):
    """One value a drop has set. `previous`: None when there was none, "" when it was in doubt.

    `newer` is the drop that has set it, or said it again, since; None when it stands as this drop left it.
    """

    feed: str
    account: str
    location: str
    sku: str
    previous: str | None
    newer: int | None


def set_by(connection: sa.Connection, kept: Shelves, drop_id: int) -> Iterator[SetBy]:
    """Every value a drop has set, in the order it was sent. What was refused was never set."""
    query = (
        sa.select(batches.c.feed, batches.c.account, batches.c.lot_id, batches.c.start, batches.c.records)
        .where(batches.c.drop_id == drop_id, batches.c.state.in_(ENDED))
        .order_by(batches.c.seq, batches.c.id)
    )
    seen: set[tuple[str, str, str, str]] = set()  # a batch sent again in parts has its records there, too
    for feed, account, lot_id, start, records in connection.execute(query).all():
        blob = connection.execute(sa.select(lots.c.columns).where(lots.c.id == lot_id)).scalar_one()
        rows = unpack_columns(blob).slice(start, records).to_pylist()
        places = {row["location"] for row in rows}
        shelves = published(connection, kept, account, feed, places)
        for place in sorted(places & set(shelves)):
            here = [row for row in rows if row["location"] == place]
            skus = pa.array([row["sku"] for row in here], type=pa.large_string())
            _, landings, _ = shelves[place].find(skus)
            for row, landing in zip(here, landings.tolist(), strict=True):
                key = (feed, account, place, row["sku"])
                if landing >= drop_id and key not in seen:
                    seen.add(key)
                    newer = landing if landing > drop_id else None
                    yield SetBy(*key, row["previous"], newer)
