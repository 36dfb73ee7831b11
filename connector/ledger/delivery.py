"""What delivering writes: batches taken, given back, settled, split or in doubt. Always many at a time."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from connector.ledger.columns import unpack_columns
from connector.ledger.drafts import PackedLot, add_lot
from connector.ledger.entries import BATCH, verdict_row
from connector.ledger.faults import IllegalStep
from connector.ledger.packing import pack
from connector.ledger.prepared import ForEach, Prepared, told
from connector.ledger.steps import no_such_batch, step_batches, step_whole_batches
from connector.ledger.tables import Time, attempts, batches, drops, lots, verdicts, waits
from connector.ledger.turns import DELIVERABLE
from connector.model import BatchState, DropState, Fault, Reply, RowVerdict, Settlement, Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime


_ITS_ID = told("its_id")
_NOW = told("now", Time())
_IN_ORDER = (batches.c.urgency, batches.c.seq, batches.c.id)
_NEXT = Prepared(
    sa.select(batches.c.id)
    .where(
        batches.c.drop_id == _ITS_ID,
        batches.c.state == BatchState.PLANNED,
        batches.c.due_at <= _NOW,
        sa.exists().where(drops.c.id == batches.c.drop_id, drops.c.state.in_(DELIVERABLE)),
        batches.c.account.not_in(sa.select(waits.c.account).where(waits.c.until > _NOW)),
    )
    .order_by(*_IN_ORDER)
    .limit(told("most"))
)
_SENT = ForEach(
    lambda keys: (
        batches.update()
        .where(batches.c.id.in_(keys))
        .values(state=BatchState.SENT, attempts=batches.c.attempts + 1, reason=None)
    )
)
# Along the arrow planned -> delivering; with the second batch the drop stands there already.
_DELIVERING = Prepared(
    drops.update()
    .where(drops.c.id == _ITS_ID, drops.c.state == DropState.PLANNED)
    .values(state=DropState.DELIVERING)
)
_BEGUN = ForEach(
    lambda keys: attempts.insert().from_select(
        ["batch_id", "number", "started_at"],
        sa.select(batches.c.id, batches.c.attempts, _NOW).where(batches.c.id.in_(keys)),
    )
)
_BODIES = ForEach(lambda keys: BATCH.where(batches.c.id.in_(keys)).order_by(*_IN_ORDER))


def take(connection: sa.Connection, drop_id: int, now: datetime, limit: int) -> list[Mapping[str, Any]]:
    """Mark the next planned batches of a drop as sent before they are; none when nothing of it may be sent now."""
    chosen = _NEXT.scalars(connection, its_id=drop_id, now=now, most=limit)
    if not chosen:
        return []
    _SENT.change(connection, chosen)
    _DELIVERING.change(connection, its_id=drop_id)
    _BEGUN.change(connection, chosen, now=now)
    return [row._asdict() for row in _BODIES.rows(connection, chosen)]


def never_sent(connection: sa.Connection, ids: Collection[int]) -> None:
    """Batches taken and not sent after all: no attempt was made, so none is counted."""
    mine = sa.and_(batches.c.id.in_(ids), batches.c.state == BatchState.SENT)
    number = sa.select(batches.c.attempts).where(batches.c.id == attempts.c.batch_id).scalar_subquery()
    connection.execute(attempts.delete().where(attempts.c.batch_id.in_(ids), attempts.c.number == number))
    back = {"state": BatchState.PLANNED, "attempts": batches.c.attempts - 1}
    connection.execute(batches.update().where(mine).values(back))


def settle(
    connection: sa.Connection, settled: Sequence[tuple[Settlement, PackedLot | None]], now: datetime
) -> None:
    """End batches: every record of one is accepted or has a verdict, or goes again in parts."""
    whole, others, answers, said = [], [], [], []
    for one, parts in settled:
        _require_whole(one, parts)
        batch, reply = one.batch, one.reply
        answers.append(
            _ended(batch.id, batch.attempts, now, "split" if parts else "settled", **_answer(reply))
        )
        if parts or one.verdicts:
            accepted = 0 if parts else batch.records - len(one.verdicts)
            ended = {"accepted": accepted, "ack_id": reply.ack_id, "settled_at": now, "reason": None}
            others.append({"id": batch.id, **ended})
            said += [verdict_row(batch.drop_id, verdict, batch.id) for verdict in one.verdicts]
        else:
            whole.append(batch.id)
    _end_attempts(connection, answers)
    step_whole_batches(connection, whole, now)
    step_batches(connection, BatchState.SETTLED, others)
    if said:
        connection.execute(verdicts.insert(), said)
    for one, parts in settled:
        if parts:
            seq = sa.select(batches.c.seq).where(batches.c.id == one.batch.id)
            place = connection.execute(seq).scalar_one()
            add_lot(connection, one.batch.drop_id, parts, seq=place, parent=one.batch.id)


def _require_whole(one: Settlement, parts: PackedLot | None) -> None:
    batch, said = one.batch, len(one.verdicts)
    again = parts.records if parts else 0
    if said + again > batch.records or (parts and said + again != batch.records):
        message = (
            f"{again} records in parts and {said} verdicts are not the {batch.records} of batch {batch.id}"
        )
        raise IllegalStep(message)


def give_back(
    connection: sa.Connection,
    ids: Collection[int],
    due_at: datetime,
    reason: str,
    now: datetime,
    **answer: Any,
) -> None:
    """To be tried again, not before `due_at`."""
    step_batches(
        connection, BatchState.PLANNED, [{"id": key, "due_at": due_at, "reason": reason} for key in ids]
    )
    _end_attempts(
        connection,
        [
            _ended(key, number, now, "given back", reason=reason, **answer)
            for key, number in _numbers(connection, ids)
        ],
    )


def in_doubt(connection: sa.Connection, batch_id: int, reason: str, now: datetime) -> None:
    """Sent, the answer unknown, and not to be repeated blindly: every record of it waits for a person."""
    query = sa.select(batches.c.drop_id, batches.c.feed, batches.c.lot_id, batches.c.start, batches.c.records)
    batch = connection.execute(query.where(batches.c.id == batch_id)).first()
    if batch is None:
        raise no_such_batch(batch_id)
    step_batches(connection, BatchState.IN_DOUBT, [{"id": batch_id, "settled_at": now, "reason": reason}])
    numbers = _numbers(connection, [batch_id])
    _end_attempts(
        connection, [_ended(key, number, now, "in doubt", reason=reason) for key, number in numbers]
    )
    blob = connection.execute(sa.select(lots.c.columns).where(lots.c.id == batch.lot_id)).scalar_one()
    rows = []
    for record in unpack_columns(blob).slice(batch.start, batch.records).to_pylist():
        fault = Fault(record["line"], "", "", "in_doubt", reason)
        verdict = RowVerdict(
            batch.feed, record["line"], record["location"], record["sku"], Verdict.IN_DOUBT, (fault,)
        )
        rows.append(verdict_row(batch.drop_id, verdict, batch_id))
    connection.execute(verdicts.insert(), rows)


def _answer(reply: Reply) -> dict[str, Any]:
    return {
        "status": reply.status,
        "success_count": reply.success_count,
        "failed_count": reply.failed_count,
        "ack_id": reply.ack_id,
        "reply": pack(reply.body),
    }


def _numbers(connection: sa.Connection, ids: Collection[int]) -> Sequence[tuple[int, int]]:
    """Batch and number of the attempt under way."""
    query = sa.select(batches.c.id, batches.c.attempts).where(batches.c.id.in_(ids))
    return [(key, number) for key, number in connection.execute(query)]


def _ended(batch_id: int, number: int, now: datetime, outcome: str, **values: Any) -> dict[str, Any]:
    return {"batch_id": batch_id, "number": number, "ended_at": now, "outcome": outcome, **values}


def _end_attempts(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write down how attempts ended; each row has the same names."""
    if not rows:
        return
    statement = _ending(frozenset(rows[0]) - {"batch_id", "number"})
    statement.change_each(connection, [{f"its_{name}": value for name, value in row.items()} for row in rows])


@cache
def _ending(names: frozenset[str]) -> Prepared:
    """The statement that sets these columns of an attempt."""
    named: dict[str, Any] = {name: told(f"its_{name}", attempts.c[name].type) for name in names}
    its_own = (attempts.c.batch_id == told("its_batch_id"), attempts.c.number == told("its_number"))
    return Prepared(attempts.update().where(*its_own).values(named))
