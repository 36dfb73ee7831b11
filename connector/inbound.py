"""The way in, start to end: a file lands, is understood, planned, delivered, finished.

Read this file first. Each step is a task `(name, key)` that may be run again without harm: what it needs to know is in
the ledger, and what it did is in the ledger before the next step may start. Nothing is sent before the whole file is
planned; the file itself moves twice, into the work folder when it is claimed and into the archive at the end.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

import structlog

from connector import feeds
from connector.api import join_payload, split_payload
from connector.errors import CredentialsRefused, HoldDrop, RefusedBatch, RejectDrop, RetryLater
from connector.ledger import Ledger, NotOurs
from connector.model import Batch, BatchDraft, Drop, DropState, Fault, Found, Reply, RowVerdict, Task, Verdict
from connector.planner import Origin, Plan, Planner, Understanding

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from connector.outcome import Outcome
    from connector.sources import Source

log = structlog.get_logger(__name__)

SPLITTABLE = frozenset({400, 413, 422})
"""Statuses by which the API refuses a whole call although one record of it may be the cause."""


class Sender(Protocol):
    """The part of the API client the way in needs."""

    def send(self, feed: str, payload: bytes) -> Reply:
        """Send exactly these bytes to the feed's address and read the answer."""
        ...


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds an account's deliveries rest after the API could not take them."""

    later: float
    credentials: float


class Inbound:
    """The steps of a drop. Assembly gives it its parts; the daemon and the tests call the steps."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        sources: Mapping[str, Source],
        origins: Mapping[str, tuple[str | None, str | None]],
        planner: Planner,
        sender: Callable[[str], Sender],
        renew: Callable[[str], None],
        outcome: Outcome,
        waits: Waits,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.ledger = ledger
        self.sources = sources
        self.origins = origins
        self.planner = planner
        self.sender = sender
        self.renew = renew
        self.outcome = outcome
        self.waits = waits
        self.now = now
        self._resting: dict[str, type[RetryLater]] = {}  # by account: why, so that each cause is said once

    def handlers(self) -> dict[str, Callable[[int], None]]:
        """The steps by the name of their task."""
        return {
            "identify": self._or_later(self.identify),
            "plan": self._or_later(self.plan),
            "deliver": self.deliver,
            "finish": self._or_later(self.finish),
        }

    def _or_later(self, step: Callable[[int], None]) -> Callable[[int], None]:
        """A full disk or a share that is gone is no fault of the drop: the step is asked for again after a while."""

        def run(drop_id: int) -> None:
            try:
                step(drop_id)
            except RetryLater as error:
                pause = error.wait if error.wait is not None else self.waits.later
                self.ledger.postpone_drop(drop_id, self.now() + timedelta(seconds=pause), str(error))
                log.warning("drop waits", drop=drop_id, reason=str(error))

        return run

    def due(self, limit: int) -> list[Task]:
        """What may run now, at most `limit` tasks, told by the ledger alone."""
        return self.ledger.due(self.now(), limit)

    # 1. land ---------------------------------------------------------------------------------------------------------

    def land(self, found: Found, *, incomplete: str | None = None) -> Drop | None:
        """Claim a file; None when it changed or vanished meanwhile, and will be seen again.

        `incomplete` says what is missing of a file that stayed cut off: it is claimed and held, nothing of it is sent.
        """
        source = self.sources[found.source]
        try:
            fingerprint = source.fingerprint(found)
            folder = source.folder_of(found)
            drop = self.ledger.claim(
                found,
                fingerprint,
                lane=f"{found.source}/{folder or ''}",
                folder=folder,
                take=lambda landing: source.claim(found, landing),
            )
        except (OSError, NotOurs) as error:
            log.info("not taken yet", file=found.path, reason=str(error))
            return None
        if incomplete and drop.state is DropState.LANDED:
            self.ledger.held(drop.id, f"the file is not whole: {incomplete}; send it again", [])
        return drop

    # 2. identify -----------------------------------------------------------------------------------------------------

    def identify(self, drop_id: int) -> None:
        """Read the file and find out what it says: which profile, which feeds, which columns."""
        drop = self.ledger.drop(drop_id)
        if drop.state is not DropState.LANDED:
            return
        try:
            understood = self._understand(drop)
        except RejectDrop as error:
            self.ledger.quarantined(drop_id, str(error))
            return
        except HoldDrop as error:
            self.ledger.unmatched(drop_id, str(error), {})
            return
        if understood.match is None:
            self._ask(drop, understood)
            return
        match = understood.match
        self.ledger.identified(
            drop_id, match.profile or "automatic", match.mode, understood.rows, understood.report()
        )

    def _ask(self, drop: Drop, understood: Understanding) -> None:
        """No profile fits (unmatched), or one thing must be said first (held): propose a profile to start from."""
        report = {**understood.report(), "proposal": understood.proposal}
        if understood.unmatched and understood.unmatched.question:
            self.ledger.held(drop.id, understood.question, report=report)
        else:
            self.ledger.unmatched(drop.id, understood.question, report)
        self.outcome.write_proposal(drop, understood)

    def _understand(self, drop: Drop) -> Understanding:
        account, location = self.origins[drop.source]
        origin = Origin(drop.name, drop.folder, account, location, lane=drop.lane)
        return self.planner.understand_drop(drop.id, self._work_file(drop), origin)

    def _work_file(self, drop: Drop) -> Path:
        return self.sources[drop.source].local_path(str(drop.work_path))

    # 3. plan ---------------------------------------------------------------------------------------------------------

    def plan(self, drop_id: int) -> None:
        """Turn rows into records, set aside what must not go, compare with what is published, cut batches."""
        if not self.ledger.begin_plan(drop_id):
            return
        drop = self.ledger.drop(drop_id)
        try:
            understood = self._understand(drop)
            plan = self.planner.plan(understood, drop_id)
        except RejectDrop as error:
            self.ledger.quarantined(drop_id, str(error))
            return
        except HoldDrop as error:
            self.ledger.held(drop_id, str(error), [])
            return
        self._record(drop_id, plan)
        if plan.holds:
            self.ledger.held(drop_id, plan.reason, plan.findings)
            return
        self._confirm(drop_id, plan)
        records = {feed.name: feed.total for feed in plan.feeds}
        for older in self.ledger.planned(drop_id, records, {**understood.report(), **plan.report()}):
            log.info("superseded", drop=older, by=drop_id)

    def _record(self, drop_id: int, plan: Plan) -> None:
        for feed in plan.feeds:
            self.ledger.add_verdicts(drop_id, feed.verdicts)
            self.ledger.add_unchanged(drop_id, feed.name, feed.unchanged)
            if not plan.holds:
                self.ledger.add_batches(drop_id, feed.batches())

    def _confirm(self, drop_id: int, plan: Plan) -> None:
        """What this drop says again must not be overwritten by an older one that a person lets go later."""
        if not self.ledger.older_waiting(drop_id):
            return
        for feed in plan.feeds:
            for account, keys in feed.confirmed().items():
                self.ledger.confirm(drop_id, account, feed.name, keys)

    # 4. deliver ------------------------------------------------------------------------------------------------------

    def deliver(self, batch_id: int) -> None:
        """Send one batch, exactly the bytes the ledger keeps, and settle a verdict for every record in it."""
        batch = self.ledger.take(batch_id, self.now(), durable=False)
        if batch is None:
            return
        try:
            reply = self._send(batch)
        except RetryLater as error:
            self._wait(batch, error)
            return
        except RefusedBatch as error:
            self._refused_whole(batch, error)
        else:
            self._settle(batch, reply)
        if self._resting.pop(batch.account, None):
            log.info("delivery goes on", account=batch.account)

    def _send(self, batch: Batch) -> Reply:
        if self._resting.get(batch.account) is CredentialsRefused:
            self.renew(batch.account)
        return self.sender(batch.account).send(batch.feed, batch.payload)

    def _wait(self, batch: Batch, error: RetryLater) -> None:
        """The API cannot take it now: the batch goes back, and the account rests so that nothing burns its attempts."""
        rest = self.waits.credentials if isinstance(error, CredentialsRefused) else self.waits.later
        until = self.now() + timedelta(seconds=error.wait if error.wait is not None else rest)
        self.ledger.give_back(batch.id, until, str(error))
        self.ledger.postpone(batch.account, until, str(error))
        if self._resting.get(batch.account) is not type(error):
            log.warning("delivery waits", account=batch.account, reason=str(error))
        self._resting[batch.account] = type(error)

    def _refused_whole(self, batch: Batch, error: RefusedBatch) -> None:
        """The API refused the call: by halves if one record may be the cause, else every record with its words."""
        reply = Reply(error.status or 0, error.reply, batch.records, 0, batch.records, None)
        if batch.records > 1 and error.status in SPLITTABLE:
            self.ledger.split(batch.id, reply, self._halves(batch, range(batch.records)))
        else:
            refused = {index: (f"HTTP {error.status}", str(error)) for index in range(batch.records)}
            self.ledger.settle(batch.id, reply, [], self._refusals(batch, refused))

    def _settle(self, batch: Batch, reply: Reply) -> None:
        refused = {refusal.index: (refusal.code, refusal.message) for refusal in reply.refusals}
        open_ones = [index for index in range(batch.records) if index not in refused]
        if reply.unexplained and len(open_ones) > 1:
            halves = self._halves(batch, open_ones)
            self.ledger.split(batch.id, reply, halves, self._refusals(batch, refused))
            return
        if reply.unexplained:
            silent = ("", "the API refused it and gave no reason")
            refused |= dict.fromkeys(open_ones, silent)
        feed, records = feeds.by_name(batch.feed), _records(batch)
        accepted = [
            (record["location_id"], record["sku"], feed.value_of(record))
            for index, record in enumerate(records)
            if index not in refused
        ]
        self.ledger.settle(batch.id, reply, accepted, self._refusals(batch, refused))

    def _refusals(self, batch: Batch, refused: Mapping[int, tuple[str, str]]) -> list[RowVerdict]:
        feed, records = feeds.by_name(batch.feed), _records(batch)
        verdicts = []
        for index, (code, message) in sorted(refused.items()):
            record, line = records[index], batch.lines[index]
            value = feed.value_of(record)
            fault = Fault(line, "", value, code or "refused", f"Konnect refused it: {message or code}")
            verdicts.append(
                RowVerdict(
                    batch.feed,
                    line,
                    record["location_id"],
                    record["sku"],
                    Verdict.REFUSED,
                    (fault,),
                    value,
                    batch.id,
                )
            )
        return verdicts

    @staticmethod
    def _halves(batch: Batch, indexes: range | list[int]) -> list[BatchDraft]:
        """The records at `indexes` as two batches, byte for byte as they were."""
        records, middle = split_payload(batch.payload), (len(indexes) + 1) // 2
        return [
            BatchDraft(
                feed=batch.feed,
                account=batch.account,
                records=len(half),
                payload=join_payload([records[index] for index in half]),
                lines=tuple(batch.lines[index] for index in half),
                previous=tuple(batch.previous[index] for index in half),
                previous_batch=tuple(batch.previous_batch[index] for index in half),
            )
            for half in (indexes[:middle], indexes[middle:])
            if half
        ]

    # 5. finish -------------------------------------------------------------------------------------------------------

    def finish(self, drop_id: int) -> None:
        """Close the books, write the result and correction files, archive the original, say one line."""
        drop = self.ledger.drop(drop_id)
        if drop.archived_at:
            return
        if drop.state in (DropState.PLANNED, DropState.DELIVERING):
            self.ledger.close(drop_id)
            drop = self.ledger.drop(drop_id)
        written = self.outcome.write(drop, lambda: self._understand(drop))
        target = self.outcome.archive_path(drop)
        kept = self.sources[drop.source].archive(str(drop.work_path), target, fingerprint=drop.fingerprint)
        self.ledger.archived(drop_id, str(kept))
        self.planner.forget(drop_id)
        log.info("drop finished", **written, archive=str(kept))


def _records(batch: Batch) -> list[dict[str, Any]]:
    """The records of a batch; money stays decimal."""
    records: list[dict[str, Any]] = json.loads(batch.payload, parse_float=Decimal)
    return records
