"""From a cell back to the file: what is published, the batch that set it, the batch before, and so on.

Every lot keeps for each record the batch that had set the value before, so the accepted values of a key are
a chain from its shelf to its first batch; nothing has to be searched. What was not accepted has verdict
rows, found by SKU.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from connector.later import later
from connector.ledger import entries as e
from connector.ledger.columns import unpack_columns
from connector.ledger.packing import records_of, unpack
from connector.ledger.shelving import published
from connector.ledger.tables import attempts, batches, drops, lots, verdicts
from connector.model import Fault, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    import pyarrow as pa
    import pyarrow.compute as pc

    from connector.ledger.shelving import Shelves
else:
    pa = later("pyarrow")
    pc = later("pyarrow.compute")


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
    connection: sa.Connection,
    kept: Shelves,
    sku: str,
    *,
    location: str | None,
    feed: str | None,
    limit: int,
) -> list[Entry]:
    """Newest first: the chain of every key of this SKU, and the verdicts that have rows."""
    entries = [
        *_accepted(connection, kept, sku, location=location, feed=feed, limit=limit),
        *_others(connection, sku, location, feed, limit),
    ]
    entries.sort(key=lambda entry: (entry.drop_id, entry.batch_id or 0), reverse=True)
    return entries[:limit]


def _accepted(
    connection: sa.Connection,
    kept: Shelves,
    sku: str,
    *,
    location: str | None,
    feed: str | None,
    limit: int,
) -> Iterator[Entry]:
    wanted = sa.select(batches.c.account, batches.c.feed).distinct()
    if feed is not None:
        wanted = wanted.where(batches.c.feed == feed)
    asked = pa.array([sku], type=pa.large_string())
    for account, its_feed in connection.execute(wanted).all():
        places = None if location is None else [location]
        for place, shelf in published(connection, kept, account, its_feed, places).items():
            _, _, batch = shelf.find(asked)
            yield from _chain(connection, (place, sku), int(batch[0]), limit)


def _chain(
    connection: sa.Connection, key: tuple[str, str], batch_id: int | None, limit: int
) -> Iterator[Entry]:
    while batch_id is not None and batch_id > 0 and limit > 0:
        row = _sent(connection, batch_id)
        record = _record(connection, row, *key)
        yield _entry(
            row, Verdict.ACCEPTED, location=key[0], sku=key[1], value=record.value or None,
            previous=record.previous or None, line=record.line, sheet=None, record=record.sent,
        )  # fmt: skip
        batch_id, limit = record.previous_batch, limit - 1


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
            record, before = None, None
        else:
            found = _record(connection, sent, row["location"], sku)
            record, before = found.sent, found.previous
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
    query = e.BATCH.add_columns(batches.c.ack_id, batches.c.settled_at)
    query = query.add_columns(drops.c.name.label("file"), drops.c.landed_at, started)
    query = query.join(drops, drops.c.id == batches.c.drop_id).where(batches.c.id == batch_id)
    return connection.execute(query).mappings().one()


class _Record(NamedTuple):
    """One record of a batch: its line, its value, what stood there before, and its exact bytes."""

    line: int
    value: str
    previous: str | None
    previous_batch: int | None
    sent: bytes


def _record(connection: sa.Connection, sent: Any, location: str | None, sku: str) -> _Record:
    """The record of a key in its batch."""
    blob = connection.execute(sa.select(lots.c.columns).where(lots.c.id == sent["lot_id"])).scalar_one()
    rows = unpack_columns(blob).slice(sent["start"], sent["records"])
    here = pc.and_(pc.equal(rows.column(2), sku), pc.equal(rows.column(1).dictionary_decode(), location))
    index = pc.index(here, pa.scalar(value=True)).as_py()
    if index < 0:
        message = f"batch {sent['id']} does not hold {sku} at {location}"
        raise LookupError(message)
    found = rows.slice(index, 1).to_pylist()[0]
    body = records_of(unpack(sent["body"]))[index]
    return _Record(found["line"], found["value"], found["previous"], found["previous_batch"], body)


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
