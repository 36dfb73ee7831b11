"""The control totals: what was read must be what became of it, or the drop is not closed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

import sqlalchemy as sa

from connector.ledger.faults import IllegalStep
from connector.ledger.prepared import Prepared, adding, new, told
from connector.ledger.steps import state_of, step_drop
from connector.ledger.tables import batches, drop_feeds, totals, unchanged, verdicts
from connector.ledger.turns import DELIVERABLE
from connector.model import BatchState, DropState, Verdict

if TYPE_CHECKING:
    from datetime import datetime

_ITS_ID = told("its_id")
_ACCEPTED = Prepared(
    sa.select(batches.c.feed, sa.func.sum(batches.c.accepted))
    .where(batches.c.drop_id == _ITS_ID)
    .group_by(batches.c.feed)
)
_SAME = Prepared(
    sa.select(unchanged.c.feed, sa.func.sum(unchanged.c.count))
    .where(unchanged.c.drop_id == _ITS_ID)
    .group_by(unchanged.c.feed)
)
_OTHERS = Prepared(
    sa.select(verdicts.c.feed, verdicts.c.verdict, sa.func.count())
    .where(verdicts.c.drop_id == _ITS_ID)
    .group_by(verdicts.c.feed, verdicts.c.verdict)
)
_RECORDS = Prepared(sa.select(drop_feeds.c.feed, drop_feeds.c.records).where(drop_feeds.c.drop_id == _ITS_ID))
_UNSETTLED = Prepared(
    sa.select(batches.c.id)
    .where(batches.c.drop_id == _ITS_ID, batches.c.state.in_((BatchState.PLANNED, BatchState.SENT)))
    .limit(1)
)

_ADD_TOTAL = adding(totals, "drop_id", "feed", "verdict", "count")

Totals = Mapping[str, Mapping[Verdict, int]]
"""Feed → verdict → how many records; only what is not zero."""


def count(connection: sa.Connection, drop_id: int) -> Totals:
    """The totals from what is really there: batches, verdict rows, unchanged lines."""
    found: dict[str, dict[Verdict, int]] = defaultdict(lambda: defaultdict(int))
    for feed, number in _ACCEPTED.rows(connection, its_id=drop_id):
        found[feed][Verdict.ACCEPTED] += number
    for feed, number in _SAME.rows(connection, its_id=drop_id):
        found[feed][Verdict.UNCHANGED] += number
    for feed, verdict, number in _OTHERS.rows(connection, its_id=drop_id):
        found[feed][Verdict(verdict)] += number
    real = {feed: {kind: number for kind, number in kinds.items() if number} for feed, kinds in found.items()}
    return {feed: kinds for feed, kinds in real.items() if kinds}


def records(connection: sa.Connection, drop_id: int) -> dict[str, int]:
    """How many records planning saw, per feed."""
    return dict(_RECORDS.rows(connection, its_id=drop_id))


def unevenness(told: Mapping[str, int], found: Totals) -> str | None:
    """What does not add up, in words; None when everything does."""
    wrong = []
    for feed in sorted({*told, *found}):
        kinds = found.get(feed, {})
        seen, total = told.get(feed, 0), sum(kinds.values())
        if seen != total:
            parts = ", ".join(f"{number} {verdict}" for verdict, number in kinds.items()) or "none"
            wrong.append(f"{feed}: {seen} records were read, but {total} have a verdict ({parts})")
    return "; ".join(wrong) or None


def require_settled(connection: sa.Connection, drop_id: int) -> None:
    """Raises IllegalStep unless the drop is on its way and every batch of it has its answer."""
    state = state_of(connection, drop_id)
    open_batch = _UNSETTLED.scalar(connection, its_id=drop_id)
    if state not in DELIVERABLE or open_batch is not None:
        why = f"it is {state}" if state not in DELIVERABLE else f"batch {open_batch} is not settled"
        message = f"drop {drop_id} cannot be closed: {why}"
        raise IllegalStep(message)


def close(connection: sa.Connection, drop_id: int, found: Totals, now: datetime) -> None:
    """Store the totals and close."""
    step_drop(connection, drop_id, DELIVERABLE, DropState.CLOSED, closed_at=now, stuck=False, reason=None)
    rows = [
        new(drop_id=drop_id, feed=feed, verdict=verdict, count=number)
        for feed, kinds in found.items()
        for verdict, number in kinds.items()
    ]
    _ADD_TOTAL.change_each(connection, rows)
