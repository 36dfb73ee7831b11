"""The ledger: what the other parts may do to it, each method one short transaction that waits for no network.

What was acknowledged, refused or begun is on the disk before a method returns (see `database.py` for what a
power cut may lose of the rest). States move only along the arrows of `connector.model`.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from connector.ledger import claims, closing, decisions, delivery, drafts, restart, shelving, turns
from connector.ledger.alerts import AlertBook
from connector.ledger.catalogue import CatalogueBook
from connector.ledger.database import Database, owner_in_words, this_host
from connector.ledger.entries import batch_of
from connector.ledger.faults import ControlTotalsError, IllegalStep
from connector.ledger.packing import in_groups, pack, pack_ints
from connector.ledger.prepared import Prepared, told
from connector.ledger.queries import Queries
from connector.ledger.steps import (
    NO_LONGER_PUT_OFF,
    add_to_report,
    clear_drafts,
    set_drop,
    state_of,
    step_drop,
)
from connector.ledger.tables import batches, drops, owners, waits
from connector.model import (
    WAITING_FOR_A_PERSON,
    Batch,
    BatchState,
    Drop,
    DropState,
    Found,
    GuardFinding,
    LotDraft,
    RowVerdict,
    Settlement,
    Task,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

_VERDICTS_AT_ONCE = 2000
_LINES_AT_ONCE = 250_000

_ITS_ID = told("its_id")
_OLDER_WAITING = Prepared(
    sa.select(drops.c.id)
    .where(
        drops.c.lane == sa.select(drops.c.lane).where(drops.c.id == _ITS_ID).scalar_subquery(),
        drops.c.id < _ITS_ID,
        drops.c.state.in_(WAITING_FOR_A_PERSON),
    )
    .limit(1)
)


class Ledger(Queries):
    """The audit database. Thread-safe."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        super().__init__(database)
        self._now = now
        self.alerts = AlertBook(database)
        self.decisions = decisions.Decisions(database, now)
        self.catalogue = CatalogueBook(database, now)

    def close_connections(self) -> None:
        """Let go of the database; the ledger is not to be used afterwards."""
        self._database.close()

    # landing ------------------------------------------------------------------------------------------------
    # ---------

    def claim(
        self,
        found: Found,
        fingerprint: str,
        *,
        lane: str,
        folder: str | None,
        take: Callable[[int], str],
        repeat: bool = False,
        hold: str | None = None,
        opened: claims.Opened | None = None,
    ) -> Drop:
        """Write a file that landed into the books and take it into the work folder, in one breath.

        Args:
            found: the file as the scan saw it.
            fingerprint: SHA-256 of its bytes.
            lane: drops of one lane are delivered one after the other.
            folder: the inbox folder, where it has a meaning.
            take: given the landing number, renames the file into the work folder and returns the new path.
            repeat: bytes that were the lane's last word are to be sent once more.
            hold: why nothing of it may be sent; said in the same breath, so that no crash can forget it.
            opened: the files of a packed one, which land as drops of their own in the same breath.

        Returns:
            The drop: landed, duplicate, held, or closed when it was opened.

        Raises:
            NotOurs: `take` failed (OSError); nothing was written. The number may be given to the next file.
        """
        wanted = claims.Claim(found, fingerprint, lane, folder, repeat, self._now())
        with self._database.write() as connection:
            drop_id = claims.claim(connection, wanted, take)
            duplicate = claims.is_duplicate(connection, drop_id)
            if hold is not None and not duplicate:
                step_drop(connection, drop_id, [DropState.LANDED], DropState.HELD, reason=hold)
            elif opened is not None and not duplicate:
                claims.open_up(connection, wanted, drop_id, opened)
        return self.drop(drop_id)

    def identified(
        self,
        drop_id: int,
        profile: str,
        mode: str,
        rows_read: int,
        report: Mapping[str, Any],
        *,
        lane: str | None = None,
    ) -> None:
        """The file was read and a profile fits; `lane` when the profile names one.

        An older drop that comes to the lane later is planned later, and sets no key this one has set (decision 4).
        """
        values = {
            "identified": True,
            "profile": profile,
            "mode": mode,
            "rows_read": rows_read,
            **NO_LONGER_PUT_OFF,
            **({"lane": lane} if lane else {}),
        }
        with self._database.write(durable=False) as connection:
            self._still_landed(connection, drop_id)
            set_drop(connection, drop_id, **values)
            add_to_report(connection, drop_id, report)

    def unmatched(self, drop_id: int, reason: str, report: Mapping[str, Any]) -> None:
        """No profile fits: a person must say what the columns mean."""
        self._stop(drop_id, DropState.UNMATCHED, reason, report)

    def quarantined(self, drop_id: int, reason: str) -> None:
        """The file cannot be read at all."""
        self._stop(drop_id, DropState.QUARANTINED, reason, {})

    def held(
        self,
        drop_id: int,
        reason: str,
        findings: Sequence[GuardFinding] = (),
        records: Mapping[str, int] | None = None,
        report: Mapping[str, Any] | None = None,
    ) -> None:
        """A guard or a question stops the drop; its drafts stay, to be looked at and perhaps approved."""
        guards = {"guards": [asdict(finding) for finding in findings]}
        with self._database.write() as connection:
            drafts.write_records(connection, drop_id, records or {})
            step_drop(connection, drop_id, [DropState.LANDED], DropState.HELD, reason=reason, planning=False)
            add_to_report(connection, drop_id, {**(report or {}), **guards})

    def retry(self, drop_id: int, report: Mapping[str, Any] | None = None) -> None:
        """A person changed something: the drop is read and planned anew. `report` may hold a word of hers."""
        values = {"identified": False, "planning": False, "reason": None}
        with self._database.write() as connection:
            clear_drafts(connection, drop_id)
            decisions.void(connection, drop_id)
            step_drop(connection, drop_id, WAITING_FOR_A_PERSON, DropState.LANDED, **values)
            add_to_report(connection, drop_id, report or {})

    def superseded(self, drop_ids: Iterable[int], by: int) -> None:
        """End drops of which nothing was sent, because drop `by` says it newer."""
        with self._database.write() as connection:
            for drop_id in drop_ids:
                drafts.supersede(connection, drop_id, by=by, reason=f"superseded by drop {by}")

    def postpone_drop(self, drop_id: int, until: datetime, reason: str) -> None:
        """Reading, planning or finishing cannot be done now (disk, share): ask again at `until`."""
        with self._database.write(durable=False) as connection:
            set_drop(connection, drop_id, due_at=until, put_off=reason, planning=False)

    # planning
    # --------------------------------------------------------------------------------------------------------

    def begin_plan(self, drop_id: int) -> bool:
        """Take the lane's turn for this drop and forget its earlier drafts; False: not its turn, leave it."""
        with self._database.write(durable=False) as connection:
            return drafts.begin(connection, drop_id, self._now())

    def add_lots(self, drop_id: int, lots: Iterable[LotDraft]) -> int:
        """Write batches, lot by lot, so that any number takes little memory. Returns how many."""
        written = 0
        for lot in map(drafts.packed, lots):
            with self._database.write(durable=False) as connection:
                drafts.require_turn(connection, drop_id)
                written += len(drafts.add_lot(connection, drop_id, lot))
        return written

    def add_verdicts(self, drop_id: int, verdicts: Iterable[RowVerdict]) -> None:
        """Write the verdicts planning reached by itself: rejected, merged, superseded, held."""
        for group in in_groups(verdicts, _VERDICTS_AT_ONCE):
            with self._database.write(durable=False) as connection:
                drafts.require_turn(connection, drop_id)
                drafts.add_verdicts(connection, drop_id, group)

    def add_unchanged(self, drop_id: int, feed: str, lines: Sequence[int]) -> None:
        """Write the lines (a sequence or a NumPy array) of records whose value is acknowledged already."""
        for start in range(0, len(lines), _LINES_AT_ONCE):
            some = lines[start : start + _LINES_AT_ONCE]
            packed = pack_ints(some)
            with self._database.write(durable=False) as connection:
                drafts.require_turn(connection, drop_id)
                drafts.add_unchanged(connection, drop_id, feed, len(some), packed)

    def older_waiting(self, drop_id: int) -> bool:
        """Whether an older drop of the lane waits for a person: then `confirm` what this one says again."""
        with self._database.read() as connection:
            return _OLDER_WAITING.first(connection, its_id=drop_id) is not None

    def confirm(self, drop_id: int, account: str, feed: str, parts: Mapping[str, Any]) -> None:
        """Unchanged values of this drop (columns of a segment, by location): an older drop must not change them."""
        with self._database.write(durable=False) as connection:
            drafts.require_turn(connection, drop_id)
            shelving.add(connection, account, feed, parts)

    def planned(self, drop_id: int, records: Mapping[str, int], report: Mapping[str, Any]) -> list[int]:
        """The whole file is planned and may be sent. Returns the older full snapshots this one supersedes."""
        with self._database.write() as connection:
            drafts.require_turn(connection, drop_id)
            drafts.write_records(connection, drop_id, records)
            step_drop(
                connection,
                drop_id,
                [DropState.LANDED],
                DropState.PLANNED,
                planning=False,
                planned_at=self._now(),
            )
            add_to_report(connection, drop_id, report)
            return drafts.supersede_older_snapshots(connection, drop_id)

    # what is due
    # -----------------------------------------------------------------------------------------------------

    def due(self, now: datetime, limit: int) -> list[Task]:
        """What may run now, at most `limit`; tasks under way elsewhere in this process may be among them."""
        with self._database.read() as connection:
            return turns.due(connection, now, limit)

    def next_step(self, drop_id: int, now: datetime) -> Task | None:
        """What may run now for this drop; None where nothing may, or only `due` can tell."""
        with self._database.read() as connection:
            return turns.next_step(connection, drop_id, now)

    def next_in_lane(self, drop_id: int, now: datetime) -> Task | None:
        """To plan the drop whose turn it is in the lane of this one, if it may be planned now."""
        with self._database.read() as connection:
            return turns.next_in_lane(connection, drop_id, now)

    def next_due_at(self) -> datetime | None:
        """When the next thing that was put off may run."""
        with self._database.read() as connection:
            return turns.next_due_at(connection, self._now())

    # delivering
    # ------------------------------------------------------------------------------------------------------

    def take(self, drop_id: int, now: datetime, limit: int = 1, *, durable: bool = True) -> list[Batch]:
        """Mark the next batches of a drop as sent, before they are; none when nothing of it may be sent now.

        `durable=False` saves a disk flush, for feeds that are safe to repeat: after a power cut they are sent again.
        """
        with self._database.write(durable=durable) as connection:
            rows = delivery.take(connection, drop_id, now, limit)
        return [batch_of(row) for row in rows]

    def never_sent(self, batch_ids: Collection[int]) -> None:
        """Batches taken and not sent after all: to be taken again at once, and no attempt is counted."""
        with self._database.write(durable=False) as connection:
            delivery.never_sent(connection, batch_ids)

    def give_back(
        self,
        batch_ids: Collection[int],
        due_at: datetime,
        reason: str,
        *,
        status: int | None = None,
        reply: bytes | None = None,
    ) -> None:
        """The API could not take them: to be tried again, not before `due_at`."""
        answer = {"status": status, "reply": None if reply is None else pack(reply)}
        with self._database.write(durable=False) as connection:
            delivery.give_back(connection, batch_ids, due_at, reason, self._now(), **answer)

    def give_back_all(self, drop_id: int, due_at: datetime, reason: str) -> None:
        """The same for every batch of a drop that was sent and has no answer."""
        mine = sa.select(batches.c.id).where(batches.c.drop_id == drop_id, batches.c.state == BatchState.SENT)
        with self._database.write(durable=False) as connection:
            sent = list(connection.execute(mine).scalars())
            delivery.give_back(connection, sent, due_at, reason, self._now())

    def postpone(self, account: str, until: datetime, reason: str) -> bool:
        """Let all deliveries of an account rest. Whether that is news: False when they rest already."""
        with self._database.write(durable=False) as connection:
            rests = sa.select(waits.c.until).where(waits.c.account == account)
            before = connection.execute(rests).scalar()
            connection.execute(waits.delete().where(waits.c.account == account))
            connection.execute(waits.insert().values(account=account, until=until, reason=reason))
        return before is None or before <= self._now()

    def resume(self, account: str) -> None:
        """Let the deliveries of an account go on at once."""
        mine = sa.and_(batches.c.account == account, batches.c.state == BatchState.PLANNED)
        with self._database.write(durable=False) as connection:
            connection.execute(waits.delete().where(waits.c.account == account))
            connection.execute(batches.update().where(mine).values(due_at=drafts.AT_ONCE, reason=None))

    def settle(self, settled: Sequence[Settlement]) -> None:
        """End batches that were taken, each with a verdict for every record, in one transaction.

        What was accepted counts as published from now on; it is put on the shelves later (`shelving.py`). Records
        `failed` or `in doubt` make what is published for them doubtful, so that the next drop sends them whatever it
        says. What an answer leaves open goes again in parts.

        Raises:
            IllegalStep: more verdicts than records, or one of the batches is not sent. Nothing was written.
        """
        packed = [(one, drafts.packed(one.parts) if one.parts else None) for one in settled]
        with self._database.write() as connection:
            delivery.settle(connection, packed, self._now())

    def in_doubt(self, batch_id: int, reason: str) -> None:
        """Sent, answer unknown, not to be repeated: every record is `in doubt` and a person decides."""
        with self._database.write() as connection:
            delivery.in_doubt(connection, batch_id, reason, self._now())

    # finishing
    # -------------------------------------------------------------------------------------------------------

    def close(self, drop_id: int) -> closing.Totals:
        """Check the control totals and close the drop.

        Raises:
            ControlTotalsError: they are not even; the drop stays as it is, with the reason in its row.
            IllegalStep: the drop is not on its way, or a batch has no answer yet.
        """
        with self._database.read() as connection:
            older = shelving.older_waiting(connection, drop_id)
        for each in (*older, drop_id):
            self._shelve(each)
        with self._database.write() as connection:
            closing.require_settled(connection, drop_id)
            found = closing.count(connection, drop_id)
            wrong = closing.unevenness(closing.records(connection, drop_id), found)
            if wrong is None:
                closing.close(connection, drop_id, found, self._now())
            else:
                set_drop(connection, drop_id, reason=wrong, stuck=True)
        if wrong is not None:
            message = f"the totals of drop {drop_id} are not even, so it is not closed: {wrong}"
            raise ControlTotalsError(message)
        return found

    def add_report(self, drop_id: int, more: Mapping[str, Any]) -> None:
        """Put more beside what the report of a drop says."""
        with self._database.write(durable=False) as connection:
            add_to_report(connection, drop_id, more)

    def archived(self, drop_id: int, archive_path: str) -> None:
        """The result files are written and the file lies in the archive."""
        filed = {"filed": True, "archive_path": archive_path, "archived_at": self._now()}
        with self._database.write() as connection:
            state = state_of(connection, drop_id)
            if state in turns.TO_FILE and state != DropState.CLOSED:
                set_drop(connection, drop_id, **filed, **NO_LONGER_PUT_OFF)
            elif state != DropState.ARCHIVED:
                step_drop(connection, drop_id, [DropState.CLOSED], DropState.ARCHIVED, **filed)

    def shelve(self, account: str, feed: str) -> None:
        """Put on the shelves what was acknowledged for a feed of an account, before planning asks for `published`."""
        wanted = (batches.c.account == account, batches.c.feed == feed)
        with self._database.read() as connection:
            waiting = shelving.waiting(connection, *wanted)
        for drop_id in waiting:
            self._shelve(drop_id)

    def _shelve(self, drop_id: int) -> None:
        more = True
        while more:
            with self._database.write(durable=False) as connection:
                more = shelving.shelve(connection, drop_id)

    # starting and running
    # --------------------------------------------------------------------------------------------

    def recover(self, safe: Collection[str]) -> restart.Recovered:
        """Before anything runs: forget half-made plans, and send again or leave in doubt what has no answer.

        Only for who holds `exclusive`. `safe` are the names of the feeds that may be repeated.
        """
        return restart.recover(self._database, safe, self._now())

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Be the only connector at work. Raises LedgerUnavailable, naming the other one."""
        with self._database.exclusive(self._owner_in_words):
            since = self._now()
            row = {"id": 1, "pid": os.getpid(), "host": this_host(), "since": since, "heartbeat_at": since}
            with self._database.write() as connection:
                connection.execute(owners.delete())
                connection.execute(owners.insert().values(row))
            try:
                yield
            finally:
                with self._database.write() as connection:
                    connection.execute(owners.delete())

    def heartbeat(self) -> None:
        """Say that the connector is alive, for `status` and the health check.

        Raises LedgerUnavailable when the ledger was removed or replaced under us: nobody would find what we write.
        """
        self._database.require_in_place()
        with self._database.write(durable=False) as connection:
            connection.execute(owners.update().values(heartbeat_at=self._now()))

    def _owner_in_words(self) -> str:
        owner = self.status().owner
        return (
            "just starting or stopping"
            if owner is None
            else owner_in_words(owner.pid, owner.host, owner.since)
        )

    def _stop(self, drop_id: int, to: DropState, reason: str, report: Mapping[str, Any]) -> None:
        with self._database.write() as connection:
            clear_drafts(connection, drop_id)
            step_drop(connection, drop_id, [DropState.LANDED], to, reason=reason, planning=False)
            add_to_report(connection, drop_id, report)

    @staticmethod
    def _still_landed(connection: sa.Connection, drop_id: int) -> None:
        state = state_of(connection, drop_id)
        if state != DropState.LANDED:
            message = f"drop {drop_id} is {state}; only one that is landed is identified"
            raise IllegalStep(message)
