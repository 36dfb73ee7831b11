"""Questions to the ledger. Nothing here writes, and nothing here waits for who writes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from connector.ledger import closing, heldrows, rows
from connector.ledger import entries as e
from connector.ledger.columns import unpack_columns
from connector.ledger.history import Entry, history
from connector.ledger.past import learned, past, still_stands
from connector.ledger.prepared import Prepared, told
from connector.ledger.reversal import SetBy, set_by
from connector.ledger.shelving import Shelves, codes_beyond_ascii, published
from connector.ledger.steps import no_such_batch, no_such_drop
from connector.ledger.tables import (
    attempts,
    batches,
    drops,
    lots,
    owners,
    totals,
    verdicts,
    waits,
)
from connector.ledger.turns import DELIVERABLE
from connector.model import (
    WAITING_FOR_A_PERSON,
    Batch,
    BatchState,
    Drop,
    DropState,
    RowVerdict,
    Verdict,
)

if TYPE_CHECKING:
    from array import array
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from connector.ledger.database import Database
    from connector.profiles import Learned
    from connector.shaping import Past
    from connector.shaping.shelf import Shelf

_ITS_ID = told("its_id")
_DROP = Prepared(e.DROP.where(drops.c.id == _ITS_ID))
_OPENED = Prepared(sa.select(drops.c.id).where(drops.c.parent_id == _ITS_ID).order_by(drops.c.id))
_BATCHES = Prepared(
    e.SUMMARY.where(batches.c.drop_id == _ITS_ID).order_by(batches.c.urgency, batches.c.seq, batches.c.id)
)
_ANSWERS = Prepared(
    sa.select(batches.c.id.label("batch"), batches.c.feed, batches.c.records, batches.c.ack_id)
    .where(batches.c.drop_id == _ITS_ID)
    .order_by(batches.c.urgency, batches.c.seq, batches.c.id)
)
_TOTALS = Prepared(
    sa.select(totals.c.feed, totals.c.verdict, totals.c.count).where(totals.c.drop_id == _ITS_ID)
)

_LOTS_KEPT = 4
_LANES_KEPT = 100_000
_LANE = Prepared(sa.select(drops.c.lane, drops.c.state).where(drops.c.id == _ITS_ID))
_MAY_CHANGE_LANE = frozenset((DropState.LANDED, *WAITING_FOR_A_PERSON))


@dataclass(frozen=True, slots=True)
class Waiting:
    """Batches of one account that are still to be sent; `reason` and `next_try` when they were put off."""

    account: str
    batches: int
    records: int
    reason: str | None
    next_try: datetime | None


@dataclass(frozen=True, slots=True)
class Owner:
    """The connector at work on this ledger, or the last one that was killed (see `heartbeat_at`)."""

    pid: int
    host: str
    since: datetime
    heartbeat_at: datetime


@dataclass(frozen=True, slots=True)
class Status:
    """How things stand. `batches` counts only what is not settled; `last_success` is by lane.

    `put_off` are drops whose next step failed for a reason of ours, the disk or the share, and is tried again.
    `held_rows` are the last drops of each lane of which rows are held, and how many.
    """

    drops: Mapping[DropState, int]
    batches: Mapping[BatchState, int]
    waiting: tuple[Waiting, ...]
    held: tuple[Drop, ...]
    stuck: tuple[Drop, ...]
    put_off: tuple[Drop, ...]
    last_success: Mapping[str, datetime]
    owner: Owner | None
    held_rows: tuple[tuple[Drop, int], ...] = ()


class Queries:
    """The reading half of the ledger. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._shelves = Shelves()
        self._past, self._learned = past(), learned()
        self._lanes: dict[int, str] = {}
        self._lot = lru_cache(_LOTS_KEPT)(self._read_lot)

    def _read_lot(self, lot_id: int) -> Any:
        with self._database.read() as connection:
            return unpack_columns(
                connection.execute(sa.select(lots.c.columns).where(lots.c.id == lot_id)).scalar_one()
            )

    def drop(self, drop_id: int) -> Drop:
        """One drop. Raises NoSuchEntry."""
        with self._database.read() as connection:
            row = _DROP.first(connection, its_id=drop_id)
        if row is None:
            raise no_such_drop(drop_id)
        return e.drop_of(row._asdict())

    def drops(
        self, limit: int = 50, *, state: DropState | None = None, lane: str | None = None
    ) -> list[Drop]:
        """The newest drops first."""
        query = e.DROP.order_by(drops.c.id.desc()).limit(limit)
        if state is not None:
            query = query.where(drops.c.state == state)
        if lane is not None:
            query = query.where(drops.c.lane == lane)
        with self._database.read() as connection:
            return [e.drop_of(row) for row in connection.execute(query).mappings()]

    def lanes(self, drop_ids: Collection[int]) -> dict[int, str]:
        """The lane of each of these drops. One that was planned stays in its lane: those are kept in memory."""
        if len(self._lanes) > _LANES_KEPT:
            self._lanes.clear()
        found = {key: lane for key in drop_ids if (lane := self._lanes.get(key)) is not None}
        with self._database.read() as connection:
            for drop_id in sorted(set(drop_ids) - found.keys()):
                row = _LANE.first(connection, its_id=drop_id)
                if row is not None:
                    found[drop_id] = row.lane
                    if row.state not in _MAY_CHANGE_LANE:
                        self._lanes[drop_id] = row.lane
        return found

    def past(self, lane: str, limit: int) -> list[Past]:
        """The newest drops of a lane that went through, with what was measured in them."""
        with self._database.read() as connection:
            return self._past.of(connection, lane, limit)

    def still_stands(self, drop_id: int, feed: str, accounts: Collection[str]) -> bool:
        """Whether what a closed drop said of a feed is what these accounts hold: all accepted, nothing said since."""
        with self._database.read() as connection:
            return still_stands(connection, drop_id, feed, accounts)

    def learned(self, lane: str, limit: int) -> list[Learned]:
        """What the newest drops of a lane that went through have taught, the newest first."""
        with self._database.read() as connection:
            return self._learned.of(connection, lane, limit)

    def opened_from(self, drop_id: int) -> list[int]:
        """The drops that were opened from a packed one, in its own order."""
        with self._database.read() as connection:
            return _OPENED.scalars(connection, its_id=drop_id)

    def work_paths(self, source: str) -> set[str]:
        """Where the files of this source's drops rest in the work folder; any other there is an orphan."""
        query = sa.select(drops.c.work_path).where(drops.c.filed.is_(False), drops.c.source == source)
        with self._database.read() as connection:
            return {path for path in connection.execute(query).scalars() if path is not None}

    def batch(self, batch_id: int) -> Batch:
        """One batch with its payload. Raises NoSuchEntry."""
        with self._database.read() as connection:
            row = connection.execute(e.BATCH.where(batches.c.id == batch_id)).mappings().first()
        if row is None:
            raise no_such_batch(batch_id)
        return e.batch_of(row)

    def batches(self, drop_id: int) -> list[e.BatchSummary]:
        """The batches of a drop without their bodies, in the order they are sent."""
        with self._database.read() as connection:
            return [e.summary_of(row._asdict()) for row in _BATCHES.rows(connection, its_id=drop_id)]

    def acknowledgements(self, drop_id: int) -> list[dict[str, Any]]:
        """Number, feed, records and the id of the answer of each batch of a drop, in the order they are sent."""
        with self._database.read() as connection:
            return [row._asdict() for row in _ANSWERS.rows(connection, its_id=drop_id)]

    def attempts(self, batch_id: int) -> list[e.Attempt]:
        """Every try to deliver a batch, with the exact reply."""
        query = e.ATTEMPT.where(attempts.c.batch_id == batch_id).order_by(attempts.c.number)
        with self._database.read() as connection:
            return [e.attempt_of(row) for row in connection.execute(query).mappings()]

    def verdict_rows(self, drop_id: int, feed: str | None = None) -> list[RowVerdict]:
        """The verdicts that have a row of their own, by feed and line."""
        query = e.VERDICT.where(verdicts.c.drop_id == drop_id)
        query = query.order_by(verdicts.c.feed, verdicts.c.line, verdicts.c.id)
        if feed is not None:
            query = query.where(verdicts.c.feed == feed)
        with self._database.read() as connection:
            if not rows.any_row(connection, drop_id):
                return []
            return [e.verdict_of(row) for row in connection.execute(query).mappings()]

    def rows_by_line(self, drop_id: int, *, without: Collection[Verdict] = ()) -> Iterator[RowVerdict]:
        """The verdicts that have a row of their own, line by line over all feeds, never all of them in memory."""
        with self._database.read() as connection:
            yield from rows.rows_by_line(connection, drop_id, without)

    def lines_of_rows(self, drop_id: int, *, without: Collection[Verdict] = ()) -> array[int]:
        """The lines that `rows_by_line` is about, each once, rising."""
        with self._database.read() as connection:
            return rows.lines_of_rows(connection, drop_id, without)

    def every_row(self, drop_id: int) -> Iterator[RowVerdict]:
        """A verdict for every record of a drop, line by line, never all of them in memory.

        Records not yet settled have no verdict and do not appear; accepted and unchanged ones have their line only.
        """
        feeds = list(self.totals(drop_id))
        with self._database.read() as connection:
            yield from rows.every_row(connection, drop_id, feeds, self._lot)

    def made_rows(self, drop_id: int) -> Iterator[RowVerdict]:
        """The accepted records of a drop that no line of its file says."""
        with self._database.read() as connection:
            yield from rows.made_rows(connection, drop_id, self._lot)

    def open_made(self, drop_id: int, *, without: Collection[Verdict]) -> int:
        """How many such records have a verdict of their own, but for these."""
        with self._database.read() as connection:
            return rows.open_made(connection, drop_id, without)

    def sample(self, drop_id: int, feed: str, count: int) -> dict[str, list[str]]:
        """Some SKUs a drop has set in a feed, at most `count` for each account, from batches all over it."""
        with self._database.read() as connection:
            return rows.sample(connection, drop_id, feed, count, self._lot)

    def set_by(self, drop_id: int) -> list[SetBy]:
        """Every value a drop has set, what was there before, and whether it was set anew since."""
        with self._database.read() as connection:
            return list(set_by(connection, self._shelves, drop_id))

    def held_rows(self, drop_id: int) -> list[heldrows.HeldRow]:
        """The held rows of a drop that wait for a word, and whether something newer was said of them since."""
        with self._database.read() as connection:
            return heldrows.held_rows(connection, self._shelves, drop_id)

    def held_before(self, drop_id: int) -> Mapping[str, frozenset[tuple[str, str]]]:
        """By feed, the keys (location, SKU) of which older drops of the lane have held rows that wait for a word."""
        with self._database.read() as connection:
            return heldrows.held_before(connection, drop_id)

    def totals(self, drop_id: int) -> closing.Totals:
        """The control totals: as stored once closed, as they stand until then."""
        found: dict[str, dict[Verdict, int]] = {}
        with self._database.read() as connection:
            for feed, verdict, number in _TOTALS.rows(connection, its_id=drop_id):
                found.setdefault(feed, {})[Verdict(verdict)] = number
            return found or closing.count(connection, drop_id)

    def records(self, drop_id: int) -> dict[str, int]:
        """How many records planning saw, per feed."""
        with self._database.read() as connection:
            return closing.records(connection, drop_id)

    def columns(self, batch: Batch) -> Any:
        """The records of a batch as columns (see `model.LotDraft`)."""
        # What was never sent may be planned anew, under the same number: only the lots of others are kept.
        lot = self._lot(batch.lot_id) if batch.attempts else self._read_lot(batch.lot_id)
        return lot.slice(batch.start, batch.records)

    def published(
        self, account: str, feed: str, locations: Collection[str] | None = None
    ) -> dict[str, Shelf]:
        """What the API last acknowledged there, by location. A value of "" is in doubt: it equals nothing."""
        with self._database.read() as connection:
            return published(connection, self._shelves, account, feed, locations)

    def codes_beyond_ascii(self, account: str | None = None) -> frozenset[str]:
        """SKUs with a letter beyond ASCII that were acknowledged for an account (None: any), some thousands at most."""
        with self._database.read() as connection:
            return codes_beyond_ascii(connection, self._shelves, account)

    def history(
        self, sku: str, *, location: str | None = None, feed: str | None = None, limit: int = 100
    ) -> list[Entry]:
        """What was sent for a SKU and what became of it, newest first, down to the bytes of the record."""
        with self._database.read() as connection:
            return history(connection, self._shelves, sku, location=location, feed=feed, limit=limit)

    def every_line(self, drop_id: int, feed: str) -> Iterator[tuple[int, Verdict]]:
        """Line and verdict of every record of a feed, in no order. A line with several records comes often.

        Records not yet settled have no verdict and do not appear.
        """
        with self._database.read() as connection:
            mine = sa.select(verdicts.c.line, verdicts.c.verdict).where(
                verdicts.c.drop_id == drop_id, verdicts.c.feed == feed
            )
            for line, verdict in connection.execute(mine):
                yield line, Verdict(verdict)
            yield from rows.lines_without_row(connection, drop_id, feed, self._lot)

    def status(self) -> Status:
        """How things stand, in one consistent view."""
        held = e.DROP.where(drops.c.state.in_(WAITING_FOR_A_PERSON)).order_by(drops.c.id)
        stuck = e.DROP.where(drops.c.filed.is_(False), drops.c.stuck).order_by(drops.c.id)
        put_off = e.DROP.where(drops.c.filed.is_(False), drops.c.put_off.is_not(None))
        put_off = put_off.where(drops.c.stuck.is_(False)).order_by(drops.c.id)
        last = (
            sa.select(drops.c.lane, sa.func.max(drops.c.archived_at))
            .where(drops.c.state == DropState.ARCHIVED)
            .group_by(drops.c.lane)
        )
        open_batches = (BatchState.PLANNED, BatchState.SENT, BatchState.IN_DOUBT)
        with self._database.read() as connection:
            by_state = connection.execute(sa.select(drops.c.state, sa.func.count()).group_by(drops.c.state))
            by_batch_state = connection.execute(
                sa.select(batches.c.state, sa.func.count())
                .where(batches.c.state.in_(open_batches))
                .group_by(batches.c.state)
            )
            owner = connection.execute(sa.select(owners)).mappings().first()
            return Status(
                drops={DropState(state): number for state, number in by_state},
                batches={BatchState(state): number for state, number in by_batch_state},
                waiting=_waiting(connection),
                held=tuple(e.drop_of(row) for row in connection.execute(held).mappings()),
                stuck=tuple(e.drop_of(row) for row in connection.execute(stuck).mappings()),
                put_off=tuple(e.drop_of(row) for row in connection.execute(put_off).mappings()),
                last_success={lane: time for lane, time in connection.execute(last) if time is not None},
                owner=None
                if owner is None
                else Owner(**{key: owner[key] for key in Owner.__dataclass_fields__}),
                held_rows=heldrows.waiting(connection),
            )


def _waiting(connection: sa.Connection) -> tuple[Waiting, ...]:
    """By account; a wait of the account weighs more than that of a single batch."""
    active = sa.select(drops.c.id).where(drops.c.state.in_(DELIVERABLE))
    query = (
        sa.select(
            batches.c.account,
            sa.func.count(),
            sa.func.sum(batches.c.records),
            sa.func.max(sa.func.coalesce(waits.c.reason, batches.c.reason)),
            sa.func.max(waits.c.until),
            sa.func.min(sa.case((batches.c.reason.is_not(None), batches.c.due_at))),
        )
        .join(waits, waits.c.account == batches.c.account, isouter=True)
        .where(batches.c.state == BatchState.PLANNED, batches.c.drop_id.in_(active))
        .group_by(batches.c.account)
    )
    return tuple(
        Waiting(account, number, records, reason, until or due_at)
        for account, number, records, reason, until, due_at in connection.execute(query)
    )
