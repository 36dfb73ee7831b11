"""The only way a drop or a batch changes its state: along an arrow, if it still stands at its start."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from connector.ledger.faults import IllegalStep, NoSuchEntry
from connector.ledger.prepared import ForEach, Prepared, told
from connector.ledger.tables import (
    attempts,
    batches,
    drop_feeds,
    drops,
    lots,
    payloads,
    totals,
    unchanged,
    verdicts,
)
from connector.model import BATCH_ARROWS, DROP_ARROWS, BatchState, DropState

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime


_ITS_ID = told("its_id")
_STATE = Prepared(sa.select(drops.c.state).where(drops.c.id == _ITS_ID))
_REPORT = Prepared(sa.select(drops.c.report).where(drops.c.id == _ITS_ID))
_DRAFTED = (batches, lots, verdicts, unchanged, drop_feeds, totals)
_ANY_DRAFT = Prepared(
    sa.select(
        sa.or_(*(sa.exists().where(table.c.drop_id == _ITS_ID) for table in _DRAFTED)),
        sa.select(batches.c.id)
        .where(batches.c.drop_id == _ITS_ID, batches.c.attempts > 0)
        .limit(1)
        .scalar_subquery(),
    )
)
"""Whether anything was planned for a drop, and a batch of it that was sent."""

NO_LONGER_PUT_OFF: Mapping[str, Any] = {"due_at": None, "put_off": None}
"""A step was made: what kept the drop from it is over."""


@cache
def _update(names: frozenset[str], came_from: tuple[DropState, ...] = ()) -> Prepared:
    """The statement that sets these columns of a drop, if it stands where it should."""
    where = [drops.c.id == _ITS_ID, *([drops.c.state.in_(came_from)] if came_from else [])]
    new = {name: told(f"new_{name}", drops.c[name].type) for name in names}
    return Prepared(drops.update().where(*where).values(new))


def _new(values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"new_{name}": value for name, value in values.items()}


def set_drop(connection: sa.Connection, drop_id: int, **values: Any) -> None:
    """Set columns of a drop that are no state."""
    _update(frozenset(values)).change(connection, its_id=drop_id, **_new(values))


def state_of(connection: sa.Connection, drop_id: int) -> DropState:
    """Where a drop stands. Raises NoSuchEntry."""
    state = _STATE.scalar(connection, its_id=drop_id)
    if state is None:
        raise no_such_drop(drop_id)
    return DropState(state)


def step_drop(
    connection: sa.Connection, drop_id: int, came_from: Collection[DropState], to: DropState, **values: Any
) -> None:
    """Move a drop along one of `DROP_ARROWS`, setting `values`. Raises IllegalStep if it stands elsewhere."""
    forbidden = [state for state in came_from if (state, to) not in DROP_ARROWS]
    if forbidden:
        message = f"no arrow leads from {forbidden} to {to}"
        raise IllegalStep(message)
    values = {"state": to, **NO_LONGER_PUT_OFF, **values}
    step = _update(frozenset(values), tuple(came_from))
    if step.change(connection, its_id=drop_id, **_new(values)) != 1:
        state = state_of(connection, drop_id)
        message = f"drop {drop_id} is {state}; only one that is {' or '.join(sorted(came_from))} becomes {to}"
        raise IllegalStep(message)


def step_batches(connection: sa.Connection, to: BatchState, rows: Sequence[Mapping[str, Any]]) -> None:
    """Move batches that are sent along one of `BATCH_ARROWS`; each row has the `id` and what else is set, all alike.

    Raises IllegalStep when one of them is not sent; the caller's transaction is then undone.
    """
    if (BatchState.SENT, to) not in BATCH_ARROWS:
        message = f"no arrow leads from sent to {to}"
        raise IllegalStep(message)
    if not rows:
        return
    named: dict[str, Any] = {name: sa.bindparam(f"its_{name}") for name in rows[0] if name != "id"}
    one = sa.and_(batches.c.id == sa.bindparam("its_id"), batches.c.state == BatchState.SENT)
    statement = batches.update().where(one).values(state=to, **named)
    moved = connection.execute(
        statement, [{f"its_{name}": value for name, value in row.items()} for row in rows]
    )
    if moved.rowcount != len(rows):
        raise _not_sent(connection, [row["id"] for row in rows], to)


_acknowledged = (
    sa.select(attempts.c.ack_id)
    .where(attempts.c.batch_id == batches.c.id, attempts.c.number == batches.c.attempts)
    .scalar_subquery()
)
_SETTLE_WHOLE = ForEach(
    lambda keys: (
        batches.update()
        .where(batches.c.id.in_(keys), batches.c.state == BatchState.SENT)
        .values(
            state=BatchState.SETTLED,
            accepted=batches.c.records,
            ack_id=_acknowledged,
            settled_at=told("now", batches.c.settled_at.type),
            reason=None,
        )
    )
)


def step_whole_batches(connection: sa.Connection, ids: Sequence[int], now: datetime) -> None:
    """Settle batches that are sent and were accepted whole, as the attempts under way say that are written already.

    One statement for all, for these are nearly all there are. Raises IllegalStep as `step_batches` does.
    """
    if not ids:
        return
    if _SETTLE_WHOLE.change(connection, ids, now=now) != len(ids):
        raise _not_sent(connection, ids, BatchState.SETTLED)


def _not_sent(connection: sa.Connection, ids: Sequence[int], to: BatchState) -> Exception:
    states = sa.select(batches.c.id, batches.c.state).where(batches.c.id.in_(ids))
    found = dict(connection.execute(states).all())
    missing = [key for key in ids if key not in found]
    if missing:
        return no_such_batch(missing[0])
    # Those of this call stand at `to` already; which of them stood there before is not known any more.
    other = next((key for key in ids if found[key] != to), ids[0])
    return IllegalStep(f"batch {other} is {found[other]}; only one that is sent becomes {to}")


def add_to_report(connection: sa.Connection, drop_id: int, more: Mapping[str, Any]) -> None:
    """Put `more` beside what the drop's report says already; an equal key is replaced."""
    if more:
        before = _REPORT.scalar(connection, its_id=drop_id)
        set_drop(connection, drop_id, report={**(before or {}), **more})


def clear_drafts(connection: sa.Connection, drop_id: int) -> bool:
    """Forget what was planned for a drop of which nothing was sent. Whether there was anything."""
    there, sent = _ANY_DRAFT.first(connection, its_id=drop_id)
    if not there:
        return False
    if sent is not None:
        message = f"drop {drop_id} has been sent in part (batch {sent}): its batches are its audit"
        raise IllegalStep(message)
    mine = sa.select(batches.c.id).where(batches.c.drop_id == drop_id)
    connection.execute(payloads.delete().where(payloads.c.batch_id.in_(mine)))
    for table in _DRAFTED:
        connection.execute(table.delete().where(table.c.drop_id == drop_id))
    return True


def no_such_drop(drop_id: int) -> NoSuchEntry:
    """The error for a drop number that does not exist."""
    return NoSuchEntry(f"there is no drop {drop_id} in this ledger")


def no_such_batch(batch_id: int) -> NoSuchEntry:
    """The error for a batch number that does not exist."""
    return NoSuchEntry(f"there is no batch {batch_id} in this ledger")
