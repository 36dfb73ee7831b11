"""What delivering writes: a batch taken, given back, settled, split or in doubt; and what is published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from connector.ledger.drafts import Packed, add_batches
from connector.ledger.entries import BATCH, verdict_row
from connector.ledger.faults import IllegalStep
from connector.ledger.packing import key_of, pack, records_of, unpack, unpack_ints
from connector.ledger.steps import no_such_batch, step_batch
from connector.ledger.tables import attempts, batches, drops, payloads, published, shelves, verdicts, waits
from connector.ledger.turns import DELIVERABLE
from connector.model import BatchState, DropState, Fault, Reply, RowVerdict, Verdict

if TYPE_CHECKING:
    from datetime import datetime

    from connector.ledger.database import Database

UNKNOWN_AT_THE_API = frozenset({Verdict.FAILED, Verdict.IN_DOUBT})
"""Sent, perhaps applied, never acknowledged: what the API holds now is not what is published."""

Accepted = Sequence[tuple[str, str, str]]
"""Location, SKU and canonical value of each record the API acknowledged."""


def take(connection: sa.Connection, batch_id: int, now: datetime) -> sa.RowMapping | None:
    """Mark a planned batch as sent before it is; None when somebody else did or it may not be sent now."""
    active = sa.exists().where(drops.c.id == batches.c.drop_id, drops.c.state.in_(DELIVERABLE))
    resting = sa.select(waits.c.account).where(waits.c.until > now)
    taken = connection.execute(
        batches.update()
        .where(
            batches.c.id == batch_id,
            batches.c.state == BatchState.PLANNED,
            batches.c.due_at <= now,
            active,
            batches.c.account.not_in(resting),
        )
        .values(state=BatchState.SENT, attempts=batches.c.attempts + 1, reason=None)
    )
    if taken.rowcount != 1:
        return None
    row = connection.execute(BATCH.where(batches.c.id == batch_id)).mappings().one()
    # Along the arrow planned -> delivering; with the second batch the drop stands there already.
    connection.execute(
        drops.update()
        .where(drops.c.id == row["drop_id"], drops.c.state == DropState.PLANNED)
        .values(state=DropState.DELIVERING)
    )
    connection.execute(attempts.insert().values(batch_id=batch_id, number=row["attempts"], started_at=now))
    return row


def end_attempt(connection: sa.Connection, batch_id: int, now: datetime, outcome: str, **values: Any) -> None:
    """Write down how the attempt under way ended."""
    number = sa.select(batches.c.attempts).where(batches.c.id == batch_id).scalar_subquery()
    connection.execute(
        attempts.update()
        .where(attempts.c.batch_id == batch_id, attempts.c.number == number)
        .values(ended_at=now, outcome=outcome, **values)
    )


def _answer(reply: Reply) -> dict[str, Any]:
    return {
        "status": reply.status,
        "success_count": reply.success_count,
        "failed_count": reply.failed_count,
        "ack_id": reply.ack_id,
        "reply": pack(reply.body),
    }


def settle(
    database: Database,
    connection: sa.Connection,
    batch_id: int,
    *,
    reply: Reply,
    accepted: Accepted,
    refused: Sequence[RowVerdict],
    now: datetime,
) -> None:
    """End a batch: every record of it is accepted or has a verdict, and what was accepted is published."""
    batch = _facts(connection, batch_id)
    if len(accepted) + len(refused) != batch.records:
        counts = f"{len(accepted)} accepted and {len(refused)} with a verdict"
        message = f"batch {batch_id} has {batch.records} records, not {counts}"
        raise IllegalStep(message)
    step_batch(
        connection,
        batch_id,
        BatchState.SETTLED,
        accepted=len(accepted),
        ack_id=reply.ack_id,
        settled_at=now,
        reason=None,
    )
    end_attempt(connection, batch_id, now, "settled", **_answer(reply))
    _write_verdicts(connection, batch, refused)
    _publish(database, connection, batch, accepted)


def split(
    connection: sa.Connection,
    batch_id: int,
    *,
    reply: Reply,
    parts: Sequence[Packed],
    refused: Sequence[RowVerdict],
    now: datetime,
) -> list[int]:
    """End a batch whose records are sent again in parts; those already explained get their verdict."""
    batch = _facts(connection, batch_id)
    if sum(part["records"] for part, _ in parts) + len(refused) != batch.records:
        message = f"parts and {len(refused)} verdicts of batch {batch_id} are not its {batch.records} records"
        raise IllegalStep(message)
    step_batch(
        connection, batch_id, BatchState.SETTLED, accepted=0, ack_id=reply.ack_id, settled_at=now, reason=None
    )
    end_attempt(connection, batch_id, now, "split", **_answer(reply))
    _write_verdicts(connection, batch, refused)
    return add_batches(connection, batch.drop_id, parts, seq=batch.seq, parent=batch_id)


def give_back(
    connection: sa.Connection, batch_id: int, due_at: datetime, reason: str, now: datetime, **answer: Any
) -> None:
    """To be tried again, not before `due_at`."""
    step_batch(connection, batch_id, BatchState.PLANNED, due_at=due_at, reason=reason)
    end_attempt(connection, batch_id, now, "given back", reason=reason, **answer)


def in_doubt(connection: sa.Connection, batch_id: int, reason: str, now: datetime) -> None:
    """Sent, the answer unknown, and not to be repeated blindly: every record of it waits for a person."""
    batch = _facts(connection, batch_id)
    step_batch(connection, batch_id, BatchState.IN_DOUBT, settled_at=now, reason=reason)
    end_attempt(connection, batch_id, now, "in doubt", reason=reason)
    stored = sa.select(payloads.c.body, payloads.c.lines).where(payloads.c.batch_id == batch_id)
    body, lines = connection.execute(stored).one()
    rows = []
    for record, line in zip(records_of(unpack(body)), unpack_ints(lines), strict=True):
        location, sku = key_of(record)
        fault = Fault(line, "", "", "in_doubt", reason)
        rows.append(RowVerdict(batch.feed, line, location, sku, Verdict.IN_DOUBT, (fault,)))
    _write_verdicts(connection, batch, rows)


def _facts(connection: sa.Connection, batch_id: int) -> Any:
    query = sa.select(
        batches.c.id, batches.c.drop_id, batches.c.seq, batches.c.feed, batches.c.account, batches.c.records
    ).where(batches.c.id == batch_id)
    row = connection.execute(query).first()
    if row is None:
        raise no_such_batch(batch_id)
    return row


def _write_verdicts(connection: sa.Connection, batch: Any, rows: Sequence[RowVerdict]) -> None:
    if not rows:
        return
    connection.execute(verdicts.insert(), [verdict_row(batch.drop_id, row, batch.id) for row in rows])
    unknown = [(row.location, row.sku) for row in rows if row.verdict in UNKNOWN_AT_THE_API and row.location]
    if not unknown:
        return
    known = _shelves(connection, batch.account, batch.feed, {place for place, _ in unknown})
    keys = [{"shelf": known[place], "key": sku} for place, sku in unknown if place in known]
    if keys:
        connection.execute(
            published.update()
            .where(
                published.c.shelf_id == sa.bindparam("shelf"),
                published.c.sku == sa.bindparam("key"),
                published.c.landing <= batch.drop_id,
            )
            .values(doubtful=True),
            keys,
        )


def _publish(database: Database, connection: sa.Connection, batch: Any, accepted: Accepted) -> None:
    if not accepted:
        return
    known = _shelves(
        connection, batch.account, batch.feed, {location for location, _, _ in accepted}, create=True
    )
    landing, batch_id = batch.drop_id, batch.id
    rows = [(known[location], sku, value, landing, batch_id, False) for location, sku, value in accepted]
    database.put(connection, published, rows, newer="landing")


def _shelves(
    connection: sa.Connection, account: str, feed: str, locations: set[str], *, create: bool = False
) -> Mapping[str, int]:
    """The shelf of each location, made where there is none yet if asked."""
    query = sa.select(shelves.c.location, shelves.c.id).where(
        shelves.c.account == account, shelves.c.feed == feed, shelves.c.location.in_(locations)
    )
    known = dict(connection.execute(query).all())
    missing = sorted(locations - known.keys()) if create else []
    if missing:
        connection.execute(
            shelves.insert(),
            [{"account": account, "feed": feed, "location": location} for location in missing],
        )
        known = dict(connection.execute(query).all())
    return known


def confirm(
    connection: sa.Connection, drop_id: int, account: str, feed: str, keys: Sequence[tuple[str, str]]
) -> None:
    """A newer drop said the same value again: from now on an older drop may not change it."""
    if not keys:
        return
    known = _shelves(connection, account, feed, {location for location, _ in keys})
    connection.execute(
        published.update()
        .where(
            published.c.shelf_id == sa.bindparam("shelf"),
            published.c.sku == sa.bindparam("key"),
            published.c.landing < drop_id,
        )
        .values(landing=drop_id),
        [{"shelf": known[location], "key": sku} for location, sku in keys if location in known],
    )
