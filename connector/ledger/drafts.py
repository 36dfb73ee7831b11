"""What planning writes: batches, verdicts, unchanged lines, in groups, for a drop whose turn it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from connector.ledger.columns import pack_columns
from connector.ledger.entries import verdict_row
from connector.ledger.faults import IllegalStep
from connector.ledger.packing import pack
from connector.ledger.prepared import Prepared, adding, new, told
from connector.ledger.steps import clear_drafts, no_such_drop, set_drop, step_drop
from connector.ledger.tables import batches, drop_feeds, drops, lots, payloads, unchanged, verdicts
from connector.ledger.turns import FULL, turn_of
from connector.model import WAITING_FOR_A_PERSON, BatchState, DropState, LotDraft, RowVerdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
"""Due since ever: a batch nobody put off."""


_ITS_ID = told("its_id")
_PLACE = Prepared(sa.select(drops.c.lane, drops.c.state).where(drops.c.id == _ITS_ID))
_TURN_TAKEN = Prepared(
    sa.select(drops.c.id).where(drops.c.id == _ITS_ID, drops.c.state == DropState.LANDED, drops.c.planning)
)
_LAST_PLACE = Prepared(sa.select(sa.func.max(batches.c.seq)).where(batches.c.drop_id == _ITS_ID))
_KIND = Prepared(sa.select(drops.c.lane, drops.c.profile, drops.c.mode).where(drops.c.id == _ITS_ID))
_ADD_LOT = adding(lots, "drop_id", "records", "columns")
_ADD_BATCH = adding(
    batches, "drop_id", "lot_id", "start", "urgency", "seq", "feed", "account", "state", "records", "parent_id",
    "due_at",
)  # fmt: skip
# All in one statement, which gives no order: a batch is known by where it starts.
_ADD_BATCHES = batches.insert().returning(batches.c.start, batches.c.id)
_ADD_BODY = adding(payloads, "batch_id", "body")
_ADD_RECORDS = adding(drop_feeds, "drop_id", "feed", "records")


def begin(connection: sa.Connection, drop_id: int, now: datetime) -> bool:
    """Take the lane's turn and forget earlier drafts. False when it is not this drop's turn (any more)."""
    drop = _PLACE.first(connection, its_id=drop_id)
    if drop is None:
        raise no_such_drop(drop_id)
    if drop.state != DropState.LANDED or turn_of(connection, drop.lane, now) != drop_id:
        return False
    clear_drafts(connection, drop_id)
    set_drop(connection, drop_id, planning=True)
    return True


def require_turn(connection: sa.Connection, drop_id: int) -> None:
    """Nothing may be planned for a drop that did not take its turn."""
    if _TURN_TAKEN.first(connection, its_id=drop_id) is None:
        message = f"drop {drop_id} is not being planned: begin_plan said no, or was not asked"
        raise IllegalStep(message)


@dataclass(frozen=True, slots=True)
class PackedLot:
    """A lot as rows: its own, and of each batch that of `batches` and the body for `payloads`."""

    lot: dict[str, Any]
    batches: list[dict[str, Any]]
    bodies: list[bytes]

    @property
    def records(self) -> int:
        """How many records it holds."""
        return int(self.lot["records"])


def packed(draft: LotDraft) -> PackedLot:
    """A draft as rows, compressed: done outside the transaction, for it is most of the work."""
    records = draft.columns.num_rows
    if sum(draft.sizes) != records or len(draft.payloads) != len(draft.sizes):
        message = f"a lot of {records} records in {len(draft.payloads)} bodies of {list(draft.sizes)}"
        raise IllegalStep(message)
    starts = accumulate(draft.sizes, initial=0)
    rows = [
        {
            "feed": draft.feed,
            "account": draft.account,
            "state": BatchState.PLANNED,
            "start": start,
            "records": size,
            "urgency": draft.urgency,
            "due_at": AT_ONCE,
        }
        for start, size in zip(starts, draft.sizes, strict=False)
    ]
    return PackedLot(
        {"records": records, "columns": pack_columns(draft.columns)}, rows, list(map(pack, draft.payloads))
    )


def add_lot(
    connection: sa.Connection,
    drop_id: int,
    lot: PackedLot,
    *,
    seq: int | None = None,
    parent: int | None = None,
) -> list[int]:
    """Write the batches of a lot behind those there are, or all at place `seq`, being parts of one; gives their ids."""
    if not lot.batches:
        return []
    if seq is None:
        first = (_LAST_PLACE.scalar(connection, its_id=drop_id) or 0) + 1
        places = list(range(first, first + len(lot.batches)))
    else:
        places = [seq] * len(lot.batches)
    lot_id = _ADD_LOT.add(connection, **new(drop_id=drop_id, **lot.lot))
    common = {"drop_id": drop_id, "lot_id": lot_id, "parent_id": parent}
    rows = [{**row, **common, "seq": place} for row, place in zip(lot.batches, places, strict=True)]
    ids = _add_batches(connection, rows)
    bodies = zip(ids, lot.bodies, strict=True)
    _ADD_BODY.change_each(connection, [new(batch_id=key, body=body) for key, body in bodies])
    return ids


def _add_batches(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    if len(rows) == 1:  # a small drop has no more
        return [_ADD_BATCH.add(connection, **new(**rows[0]))]
    by_start: dict[int, int] = dict(connection.execute(_ADD_BATCHES, rows).all())
    return [by_start[row["start"]] for row in rows]


def add_verdicts(connection: sa.Connection, drop_id: int, group: Sequence[RowVerdict]) -> None:
    """Write verdicts planning reached by itself."""
    connection.execute(verdicts.insert(), [verdict_row(drop_id, verdict, verdict.batch) for verdict in group])


def add_unchanged(connection: sa.Connection, drop_id: int, feed: str, count: int, lines: bytes) -> None:
    """Write the packed line numbers of records whose value is acknowledged already."""
    connection.execute(unchanged.insert().values(drop_id=drop_id, feed=feed, count=count, lines=lines))


def write_records(connection: sa.Connection, drop_id: int, records: Mapping[str, int]) -> None:
    """Write how many records of each feed the verdicts must add up to."""
    rows = [new(drop_id=drop_id, feed=feed, records=count) for feed, count in records.items()]
    _ADD_RECORDS.change_each(connection, rows)


def supersede_older_snapshots(connection: sa.Connection, drop_id: int) -> list[int]:
    """A full snapshot is planned: older ones of its lane and profile, landed or held, never will be."""
    drop = _KIND.first(connection, its_id=drop_id)
    if drop.mode != FULL:
        return []
    states = (DropState.LANDED, *WAITING_FOR_A_PERSON)
    query = (
        sa.select(drops.c.id)
        .where(
            drops.c.lane == drop.lane,
            drops.c.state.in_(states),
            drops.c.identified,
            drops.c.id < drop_id,
            drops.c.mode == FULL,
            drops.c.profile.is_not_distinct_from(drop.profile),
        )
        .order_by(drops.c.id)
    )
    older = list(connection.execute(query).scalars())
    for each in older:
        supersede(
            connection, each, by=drop_id, reason=f"drop {drop_id} is a newer full snapshot of the same lane"
        )
    return older


def supersede(connection: sa.Connection, drop_id: int, *, by: int, reason: str) -> None:
    """End a drop of which nothing was sent, for another's sake."""
    came_from = (DropState.LANDED, DropState.PLANNED, *WAITING_FOR_A_PERSON)
    clear_drafts(connection, drop_id)
    step_drop(
        connection,
        drop_id,
        came_from,
        DropState.SUPERSEDED,
        superseded_by=by,
        reason=reason,
        planning=False,
    )
