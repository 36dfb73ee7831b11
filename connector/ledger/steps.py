"""The only way a drop or a batch changes its state: along an arrow, if it still stands at its start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from connector.ledger.faults import IllegalStep, NoSuchEntry
from connector.ledger.tables import batches, drop_feeds, drops, payloads, totals, unchanged, verdicts
from connector.model import BATCH_ARROWS, DROP_ARROWS, BatchState, DropState

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


NO_LONGER_PUT_OFF: Mapping[str, Any] = {"due_at": None, "put_off": None}
"""A step was made: what kept the drop from it is over."""


def step_drop(
    connection: sa.Connection, drop_id: int, came_from: Collection[DropState], to: DropState, **values: Any
) -> None:
    """Move a drop along one of `DROP_ARROWS`, setting `values`. Raises IllegalStep if it stands elsewhere."""
    forbidden = [state for state in came_from if (state, to) not in DROP_ARROWS]
    if forbidden:
        message = f"no arrow leads from {forbidden} to {to}"
        raise IllegalStep(message)
    moved = connection.execute(
        drops.update()
        .where(drops.c.id == drop_id, drops.c.state.in_(came_from))
        .values(state=to, **NO_LONGER_PUT_OFF, **values)
    )
    if moved.rowcount != 1:
        state = connection.execute(sa.select(drops.c.state).where(drops.c.id == drop_id)).scalar()
        if state is None:
            raise no_such_drop(drop_id)
        message = f"drop {drop_id} is {state}; only one that is {' or '.join(sorted(came_from))} becomes {to}"
        raise IllegalStep(message)


def step_batch(connection: sa.Connection, batch_id: int, to: BatchState, **values: Any) -> None:
    """Move a batch that is sent along one of `BATCH_ARROWS`. Raises IllegalStep when it is not sent."""
    if (BatchState.SENT, to) not in BATCH_ARROWS:
        message = f"no arrow leads from sent to {to}"
        raise IllegalStep(message)
    moved = connection.execute(
        batches.update()
        .where(batches.c.id == batch_id, batches.c.state == BatchState.SENT)
        .values(state=to, **values)
    )
    if moved.rowcount != 1:
        state = connection.execute(sa.select(batches.c.state).where(batches.c.id == batch_id)).scalar()
        if state is None:
            raise no_such_batch(batch_id)
        message = f"batch {batch_id} is {state}; only one that is sent becomes {to}"
        raise IllegalStep(message)


def add_to_report(connection: sa.Connection, drop_id: int, more: Mapping[str, Any]) -> None:
    """Put `more` beside what the drop's report says already; an equal key is replaced."""
    if more:
        before = connection.execute(sa.select(drops.c.report).where(drops.c.id == drop_id)).scalar()
        connection.execute(
            drops.update().where(drops.c.id == drop_id).values(report={**(before or {}), **more})
        )


def clear_drafts(connection: sa.Connection, drop_id: int) -> bool:
    """Forget what was planned for a drop of which nothing was sent. Whether there was anything."""
    sent = connection.execute(
        sa.select(batches.c.id).where(batches.c.drop_id == drop_id, batches.c.attempts > 0).limit(1)
    ).scalar()
    if sent is not None:
        message = f"drop {drop_id} has been sent in part (batch {sent}): its batches are its audit"
        raise IllegalStep(message)
    mine = sa.select(batches.c.id).where(batches.c.drop_id == drop_id)
    connection.execute(payloads.delete().where(payloads.c.batch_id.in_(mine)))
    tables = (batches, verdicts, unchanged, drop_feeds, totals)
    gone = sum(
        connection.execute(table.delete().where(table.c.drop_id == drop_id)).rowcount for table in tables
    )
    return gone > 0


def no_such_drop(drop_id: int) -> NoSuchEntry:
    """The error for a drop number that does not exist."""
    return NoSuchEntry(f"there is no drop {drop_id} in this ledger")


def no_such_batch(batch_id: int) -> NoSuchEntry:
    """The error for a batch number that does not exist."""
    return NoSuchEntry(f"there is no batch {batch_id} in this ledger")
