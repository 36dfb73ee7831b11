"""What may run now, derived from the ledger alone: a restart, a pool or another machine sees the same.

Lanes: one drop of a lane is planned, delivered and closed before the next is planned. Full snapshots that
wait in a row need not all be sent: the newest of them is planned, and once it is, the older ones are
superseded.
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from connector.ledger.prepared import Prepared, told
from connector.ledger.tables import batches, drops, waits
from connector.model import BatchState, DropState, Task

if TYPE_CHECKING:
    from datetime import datetime

DELIVERABLE = (DropState.PLANNED, DropState.DELIVERING)
UNFINISHED = (DropState.LANDED, *DELIVERABLE)
TO_FILE = (
    DropState.CLOSED,
    DropState.DUPLICATE,
    DropState.QUARANTINED,
    DropState.SUPERSEDED,
    DropState.DISMISSED,
)
FULL = "full"
READ_AHEAD = 4
"""So many drops of a lane are read before their turn, and no more: what was read must be kept until then.

Full snapshots are all read: which is the newest of them, and whether the next is one, must be known.
"""

# The statements of `due`, which is asked after every step: to put one together takes longer than to run it.
_NOW = told("now")
_MOST = told("most")
_RESTED = sa.or_(drops.c.due_at.is_(None), drops.c.due_at <= _NOW)
_IS_LANDED = drops.c.state == DropState.LANDED

_far_ahead = (
    sa.select(drops.c.lane, sa.func.min(drops.c.id).label("oldest"))
    .where(_IS_LANDED, drops.c.identified, drops.c.mode != FULL)
    # Not by the plain column: its index would lead over all that landed, while few of it are identified.
    .group_by(drops.c.lane.concat(""))
    .having(sa.func.count() >= READ_AHEAD)
    .subquery()
)
_TO_IDENTIFY = Prepared(
    sa.select(drops.c.id)
    .outerjoin(_far_ahead, drops.c.lane == _far_ahead.c.lane)
    .where(
        _IS_LANDED,
        drops.c.identified.is_(False),
        _RESTED,
        sa.or_(_far_ahead.c.oldest.is_(None), drops.c.id < _far_ahead.c.oldest),
    )
    .order_by(drops.c.id)
    .limit(_MOST)
)

_other = drops.alias()
_on_its_way = sa.exists().where(_other.c.lane == drops.c.lane, _other.c.state.in_(DELIVERABLE))
_has_precedence = sa.exists().where(
    _other.c.lane == drops.c.lane,
    _other.c.state == DropState.LANDED,
    sa.or_(_other.c.id < drops.c.id, _other.c.planning),
)
_HEADS = Prepared(
    sa.select(drops.c.id, drops.c.lane, drops.c.mode, drops.c.planning).where(
        _IS_LANDED, drops.c.identified, _RESTED, ~_on_its_way, sa.or_(drops.c.planning, ~_has_precedence)
    )
)
"""The drop of each lane that is being planned, else its oldest; none of a lane from which one is on its way."""

_TO_DELIVER = Prepared(
    sa.select(batches.c.drop_id)
    .where(
        batches.c.state == BatchState.PLANNED,
        batches.c.drop_id.in_(sa.select(drops.c.id).where(drops.c.state.in_(DELIVERABLE))),
        batches.c.due_at <= _NOW,
        batches.c.account.not_in(sa.select(waits.c.account).where(waits.c.until > _NOW)),
    )
    .distinct()
    .order_by(batches.c.drop_id)
    .limit(_MOST)
)

_open_batch = sa.exists().where(
    batches.c.drop_id == drops.c.id, batches.c.state.in_((BatchState.PLANNED, BatchState.SENT))
)
_settled = sa.and_(drops.c.state.in_(DELIVERABLE), ~_open_batch)
_TO_FINISH = Prepared(
    sa.select(drops.c.id)
    .where(
        drops.c.filed.is_(False),
        drops.c.state.in_((*DELIVERABLE, *TO_FILE)),
        drops.c.stuck.is_(False),
        sa.or_(_settled, drops.c.state.in_(TO_FILE)),
        _RESTED,
    )
    .order_by(drops.c.id)
    .limit(_MOST)
)


_FIRST_IN = Prepared(
    sa.select(drops.c.id, drops.c.state, drops.c.planning, drops.c.identified, drops.c.mode)
    .where(drops.c.lane == told("lane"), drops.c.state.in_(UNFINISHED))
    .order_by(_IS_LANDED, drops.c.planning.desc(), drops.c.id)
    .limit(1)
)
"""Of a lane the drop that is on its way; if none is, the one being planned; else its oldest."""

_LANDED_IN = Prepared(
    sa.select(drops.c.id, drops.c.identified, drops.c.mode, drops.c.profile, drops.c.due_at)
    .where(drops.c.lane == told("lane"), _IS_LANDED)
    .order_by(drops.c.id)
)

_may_be_sent = sa.and_(
    batches.c.state == BatchState.PLANNED,
    batches.c.drop_id.in_(sa.select(drops.c.id).where(drops.c.state.in_(DELIVERABLE))),
)
_PUT_OFF = (
    Prepared(sa.select(sa.func.min(batches.c.due_at)).where(_may_be_sent, batches.c.due_at > _NOW)),
    Prepared(
        sa.select(sa.func.min(waits.c.until)).where(
            waits.c.until > _NOW, sa.exists().where(_may_be_sent, batches.c.account == waits.c.account)
        )
    ),
    Prepared(sa.select(sa.func.min(drops.c.due_at)).where(drops.c.filed.is_(False), drops.c.due_at > _NOW)),
)


_open_batches = sa.select(batches.c.id).where(batches.c.drop_id == drops.c.id)
_STANDS = Prepared(
    sa.select(
        drops.c.state,
        _open_batches.where(
            batches.c.state == BatchState.PLANNED,
            batches.c.due_at <= _NOW,
            batches.c.account.not_in(sa.select(waits.c.account).where(waits.c.until > _NOW)),
        )
        .exists()
        .label("may_be_sent"),
        sa.and_(~_open_batch, drops.c.stuck.is_(False), drops.c.filed.is_(False), _RESTED).label(
            "may_be_finished"
        ),
    ).where(drops.c.id == told("its_id"))
)
_LANE = Prepared(sa.select(drops.c.lane).where(drops.c.id == told("its_id")))
_RESTS = Prepared(sa.select(drops.c.id).where(drops.c.id == told("its_id"), drops.c.due_at > _NOW))


def next_step(connection: sa.Connection, drop_id: int, now: datetime) -> Task | None:
    """What may run now for a drop: to plan it, if it is its turn, and all that comes after.

    None where nothing may, or only `due` can tell.
    """
    drop = _STANDS.first(connection, its_id=drop_id, now=now)
    if drop is None:
        return None
    if drop.state in DELIVERABLE and drop.may_be_sent:
        return Task("deliver", drop_id)
    if drop.state in (*DELIVERABLE, *TO_FILE):
        return Task("finish", drop_id) if drop.may_be_finished else None
    following = next_in_lane(connection, drop_id, now) if drop.state == DropState.LANDED else None
    return following if following == Task("plan", drop_id) else None


def next_in_lane(connection: sa.Connection, drop_id: int, now: datetime) -> Task | None:
    """To plan the drop whose turn it is in the lane of this one, if it may be planned now."""
    lane = _LANE.scalar(connection, its_id=drop_id)
    turn = None if lane is None else turn_of(connection, lane, now)
    if turn is None or _RESTS.first(connection, its_id=turn, now=now) is not None:
        return None
    return Task("plan", turn)


def due(connection: sa.Connection, now: datetime, limit: int) -> list[Task]:
    """At most `limit` tasks, those of older drops first.

    Reading, planning and finishing may take half the places even while an older drop has many batches to
    deliver, so that other lanes go on meanwhile.
    """
    steps = sorted(
        [*_identify(connection, now, limit), *_plan(connection, now), *_finish(connection, now, limit)]
    )
    deliver = _deliver(connection, now, limit)
    steps = steps[: max((limit + 1) // 2, limit - len(deliver))]
    chosen = sorted([*steps, *deliver[: limit - len(steps)]])
    return [Task(name, key) for _, _, name, key in chosen]


def _identify(connection: sa.Connection, now: datetime, limit: int) -> list[tuple[int, int, str, int]]:
    found = _TO_IDENTIFY.scalars(connection, now=now, most=limit)
    return [(drop_id, 0, "identify", drop_id) for drop_id in found]


def _plan(connection: sa.Connection, now: datetime) -> list[tuple[int, int, str, int]]:
    """The drop whose turn it is in each lane where nothing is on its way to the API."""
    ready = _HEADS.rows(connection, now=now)
    turns = (
        row.id if row.planning or row.mode != FULL else _newest_snapshot(connection, row.lane, now)
        for row in ready
    )
    return [(drop_id, 0, "plan", drop_id) for drop_id in turns if drop_id is not None]


def turn_of(connection: sa.Connection, lane: str, now: datetime) -> int | None:
    """The drop of this lane that may be planned now; None while one is on its way or there is none."""
    first = _FIRST_IN.first(connection, lane=lane)
    if first is None or first.state != DropState.LANDED:
        return None
    if first.planning or not first.identified:
        return first.id if first.planning else None
    return _newest_snapshot(connection, lane, now) if first.mode == FULL else first.id


def _newest_snapshot(connection: sa.Connection, lane: str, now: datetime) -> int | None:
    """The newest full snapshot of those at the head of a lane; None while the next is not identified."""
    waiting = _LANDED_IN.rows(connection, lane=lane)
    snapshots = list(takewhile(lambda row: _alike(row, waiting[0]), waiting))
    behind = waiting[len(snapshots) : len(snapshots) + 1]
    if not snapshots or any(not row.identified and _may_go(row, now) for row in behind):
        return None
    newest = snapshots[-1]
    return int(newest.id) if _may_go(newest, now) else None


def _may_go(row: Any, now: datetime) -> bool:
    return row.due_at is None or row.due_at <= now


def _alike(row: Any, head: Any) -> bool:
    return bool(row.identified) and row.mode == FULL and row.profile == head.profile


def _deliver(connection: sa.Connection, now: datetime, limit: int) -> list[tuple[int, int, str, int]]:
    """Drops of which something may be sent now: one task sends all of it."""
    found = _TO_DELIVER.scalars(connection, now=now, most=limit)
    return [(drop_id, 0, "deliver", drop_id) for drop_id in found]


def _finish(connection: sa.Connection, now: datetime, limit: int) -> list[tuple[int, int, str, int]]:
    found = _TO_FINISH.scalars(connection, now=now, most=limit)
    return [(drop_id, 0, "finish", drop_id) for drop_id in found]


def next_due_at(connection: sa.Connection, now: datetime) -> datetime | None:
    """When the next thing that was put off may run; None when nothing is put off."""
    times = [query.scalar(connection, now=now) for query in _PUT_OFF]
    return min((time for time in times if time is not None), default=None)
