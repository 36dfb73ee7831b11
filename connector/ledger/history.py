"""From a cell back to the file: what is published, the batch that set it, the batch before, and so on.

Every batch keeps for each record the batch that had set the value before, so the accepted values of a key are
a chain from `published` to its first batch; nothing has to be searched. What was not accepted has verdict
rows, found by SKU.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from connector.ledger import entries as e
from connector.ledger.packing import key_of, records_of
from connector.ledger.tables import attempts, batches, drops, published, shelves, verdicts
from connector.model import Batch, Fault, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened to one key. `record` is the exact text sent, or None when nothing was sent."""

    verdict: Verdict
    feed: str
    account: str | None
    location: str | None
    sku: str
    value: str | None
    previous: str | None
    drop_id: int
    file: str
    sheet: str | None
    line: int
    landed_at: datetime
    batch_id: int | None
    sent_at: datetime | None
    settled_at: datetime | None
    ack_id: str | None
    record: bytes | None
    faults: tuple[Fault, ...] = ()


def history(
    connection: sa.Connection, sku: str, location: str | None, feed: str | None, limit: int
) -> list[Entry]:
    """Newest first: the chain of every key of this SKU, and the verdicts that have rows."""
    entries = [
        *_accepted(connection, sku, location, feed, limit),
        *_others(connection, sku, location, feed, limit),
    ]
    entries.sort(key=lambda entry: (entry.drop_id, entry.batch_id or 0), reverse=True)
    return entries[:limit]


def _accepted(
    connection: sa.Connection, sku: str, location: str | None, feed: str | None, limit: int
) -> Iterator[Entry]:
    wanted = sa.select(shelves.c.id)
    if location is not None:
        wanted = wanted.where(shelves.c.location == location)
    if feed is not None:
        wanted = wanted.where(shelves.c.feed == feed)
    query = (
        sa.select(shelves.c.location, published.c.value, published.c.batch_id)
        .join(shelves, shelves.c.id == published.c.shelf_id)
        .where(published.c.shelf_id.in_(wanted), published.c.sku == sku)
    )
    for place, value, batch_id in connection.execute(query).all():
        yield from _chain(connection, (place, sku), value, batch_id, limit)


def _chain(
    connection: sa.Connection, key: tuple[str, str], value: str | None, batch_id: int | None, limit: int
) -> Iterator[Entry]:
    location, sku = key
    while batch_id is not None and limit > 0:
        row = _sent(connection, batch_id)
        batch = e.batch_of(row)
        index, record = _find(batch, location, sku)
        before = batch.previous[index]
        yield _entry(
            row, Verdict.ACCEPTED, location=location, sku=sku, value=value or None, previous=before or None,
            line=batch.lines[index], sheet=None, record=record,
        )  # fmt: skip
        value, batch_id, limit = before, batch.previous_batch[index], limit - 1


def _others(
    connection: sa.Connection, sku: str, location: str | None, feed: str | None, limit: int
) -> Iterator[Entry]:
    query = (
        sa.select(verdicts, drops.c.name.label("file"), drops.c.landed_at)
        .join(drops, drops.c.id == verdicts.c.drop_id)
        .where(verdicts.c.sku == sku)
        .order_by(verdicts.c.drop_id.desc(), verdicts.c.id.desc())
        .limit(limit)
    )
    if location is not None:
        query = query.where(verdicts.c.location == location)
    if feed is not None:
        query = query.where(verdicts.c.feed == feed)
    for row in connection.execute(query).mappings().all():
        verdict = e.verdict_of(row)
        sent = None if verdict.batch is None else _sent(connection, verdict.batch)
        if sent is None or sent["drop_id"] != row["drop_id"]:  # planning's own verdict: nothing was sent
            sent = {
                "feed": verdict.feed,
                "drop_id": row["drop_id"],
                "file": row["file"],
                "landed_at": row["landed_at"],
            }
            index, record, before = 0, None, None
        else:
            batch = e.batch_of(sent)
            index, record = _find(batch, row["location"], sku)
            before = batch.previous[index]
        yield _entry(
            sent, verdict.verdict, location=row["location"], sku=sku, value=verdict.value,
            previous=before or None, line=verdict.line, sheet=verdict.sheet, record=record,
            faults=verdict.faults,
        )  # fmt: skip


def _sent(connection: sa.Connection, batch_id: int) -> Any:
    """A batch with its body, its drop's name and when it was last sent."""
    started = (
        sa.select(sa.func.max(attempts.c.started_at))
        .where(attempts.c.batch_id == batches.c.id)
        .scalar_subquery()
        .label("sent_at")
    )
    query = e.BATCH.add_columns(drops.c.name.label("file"), drops.c.landed_at, started)
    query = query.join(drops, drops.c.id == batches.c.drop_id).where(batches.c.id == batch_id)
    return connection.execute(query).mappings().one()


def _find(batch: Batch, location: str | None, sku: str) -> tuple[int, bytes]:
    """Place and exact bytes of a key's record in its batch."""
    for index, record in enumerate(records_of(batch.payload)):
        if key_of(record) == (location, sku):
            return index, record
    message = f"batch {batch.id} does not hold {sku} at {location}"
    raise LookupError(message)


def _entry(sent: Any, verdict: Verdict, **values: Any) -> Entry:
    return Entry(
        verdict=verdict,
        feed=sent["feed"],
        account=sent.get("account"),
        drop_id=sent["drop_id"],
        file=sent["file"],
        landed_at=sent["landed_at"],
        batch_id=sent.get("id"),
        sent_at=sent.get("sent_at"),
        settled_at=sent.get("settled_at"),
        ack_id=sent.get("ack_id"),
        **values,
    )
