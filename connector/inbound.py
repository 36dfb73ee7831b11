"""The way in, start to end: a file lands, is understood, planned, delivered, finished.

Read this file first. Each step is a task `(name, key)` that may be run again without harm: what it needs to know is in
the ledger, and what it did is in the ledger before the next step may start. Nothing is sent before the whole file is
planned; the file itself moves twice, into the work folder when it is claimed and into the archive at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Protocol

import structlog

from connector import replies
from connector.api import redact
from connector.errors import (
    CredentialsRefused,
    HoldDrop,
    RefusedBatch,
    RejectDrop,
    RetryLater,
    SourceUnavailable,
)
from connector.ledger import Ledger, NotOurs
from connector.model import (
    Batch,
    BatchState,
    Drop,
    DropState,
    Found,
    Reply,
    RowVerdict,
    Task,
)
from connector.planner import Origin, Plan, Planner, Understanding

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from connector.lookout import Lookout
    from connector.outcome import Outcome
    from connector.profiles import Match
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
        lookout: Lookout,
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
        self.lookout = lookout
        self.waits = waits
        self.now = now
        self._resting: dict[str, type[RetryLater]] = {}  # by account: why, so that each cause is said once
        self._saying = Lock()

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
            except (RetryLater, OSError) as error:
                self._put_off(drop_id, getattr(error, "wait", None) or self.waits.later, str(error))
                log.warning("drop waits", drop=drop_id, reason=str(error))

        return run

    def failed(self, task: Task, error: Exception, pause: float) -> None:
        """A defect of ours: the step rests for a while, and the ledger says why.

        A batch may have been sent: all feeds there are may be repeated, so it goes back to be sent again.
        """
        reason = redact(
            f"a defect of the connector stopped {task.name}: {str(error) or type(error).__name__}"
        )
        if task.name != "deliver":
            self._put_off(task.key, pause, reason)
        elif self.ledger.batch(task.key).state is BatchState.SENT:
            self.ledger.give_back(task.key, self.now() + timedelta(seconds=pause), reason)

    def _put_off(self, drop_id: int, seconds: float, reason: str) -> None:
        """Nothing read before is kept: it may be what the step fell over."""
        self.planner.forget(drop_id)
        self.ledger.postpone_drop(drop_id, self.now() + timedelta(seconds=seconds), reason)

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
                hold=f"the file is not whole: {incomplete}; send it again" if incomplete else None,
            )
        except (OSError, NotOurs) as error:
            log.info("not taken yet", file=found.path, reason=str(error))
            return None
        if drop.state is DropState.HELD:
            _asks(drop, drop.reason)
        return drop

    # 2. identify -----------------------------------------------------------------------------------------------------

    def identify(self, drop_id: int) -> None:
        """Read the file and find out what it says: which profile, which feeds, which columns."""
        drop = self.ledger.drop(drop_id)
        if drop.state is not DropState.LANDED:
            return
        try:
            understood = self._understand(drop, self._work_file(drop))
        except RejectDrop as error:
            self.ledger.quarantined(drop_id, str(error))
            return
        if understood.match is None:
            self._ask(drop, understood)
            return
        self._identified(drop, understood.match, understood)

    def _identified(self, drop: Drop, match: Match, understood: Understanding) -> None:
        profile = match.profile or "automatic"
        self.ledger.identified(
            drop.id, profile, match.mode, understood.rows, understood.report(), lane=match.lane
        )

    def _ask(self, drop: Drop, understood: Understanding) -> None:
        """No profile fits (unmatched), or one thing must be said first (held): propose a profile to start from.

        The proposal is written first: nothing asks for it again once the ledger has the state.
        """
        self.outcome.write_proposal(drop, understood)
        self.planner.forget(drop.id)
        report = {**understood.report(), "proposal": understood.proposal}
        if understood.unmatched and understood.unmatched.question:
            self.ledger.held(drop.id, understood.question, report=report)
        else:
            self.ledger.unmatched(drop.id, understood.question, report)
        _asks(drop, understood.question)

    def _understand(self, drop: Drop, file: Path) -> Understanding:
        account, location = self.origins[drop.source]
        origin = Origin(drop.name, drop.folder, account, location, lane=drop.lane)
        return self.planner.understand_drop(drop.id, file, origin)

    def _work_file(self, drop: Drop) -> Path:
        return self._source(drop).local_path(str(drop.work_path))

    def _source(self, drop: Drop) -> Source:
        if drop.source not in self.sources:
            message = f"the configuration has no source {drop.source!r} any more; put it back, and this file goes on"
            raise SourceUnavailable(message)
        return self.sources[drop.source]

    # 3. plan ---------------------------------------------------------------------------------------------------------

    def plan(self, drop_id: int) -> None:
        """Turn rows into records, set aside what must not go, compare with what is published, cut batches."""
        if not self.ledger.begin_plan(drop_id):
            return
        drop = self.ledger.drop(drop_id)
        try:
            understood = self._understand(drop, self._work_file(drop))
            match, _ = understood.settled()
            if (match.profile or "automatic", match.mode) != (drop.profile, drop.mode):
                self._identified(drop, match, understood)  # read anew, and a profile was changed meanwhile
            plan = self.planner.plan(understood, drop_id)
        except RejectDrop as error:
            self.ledger.quarantined(drop_id, str(error))
            return
        except HoldDrop as error:
            self.planner.forget(drop_id)
            self.ledger.held(drop_id, str(error))
            _asks(drop, str(error))
            return
        self._record(drop_id, plan)
        if plan.holds:
            self.planner.forget(drop_id)
            self.ledger.held(drop_id, plan.reason, plan.findings)
            _asks(drop, plan.reason)
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
        self.lookout.account_goes_on(batch.account)

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
        with self._saying:  # many threads learn of it at the same moment, and one is enough to say it
            is_news = self._resting.get(batch.account) is not type(error)
            self._resting[batch.account] = type(error)
        if is_news:
            log.warning("delivery waits", account=batch.account, reason=str(error))
            self.lookout.account_rests(batch.account, error)

    def _refused_whole(self, batch: Batch, error: RefusedBatch) -> None:
        """The API refused the call: by halves if one record may be the cause, else every record with its words."""
        reply = Reply(error.status or 0, error.reply, batch.records, 0, batch.records, None)
        if batch.records > 1 and error.status in SPLITTABLE:
            self.ledger.split(batch.id, reply, replies.halves(batch, range(batch.records)))
        else:
            refused = {index: (f"HTTP {error.status}", str(error)) for index in range(batch.records)}
            self.ledger.settle(batch.id, reply, [], self._refusals(batch, refused))

    def _settle(self, batch: Batch, reply: Reply) -> None:
        """A verdict for every record; what the reply leaves open goes again by halves, until it is one record."""
        refused = {refusal.index: (refusal.code, refusal.message) for refusal in reply.refusals}
        left_open = (
            [index for index in range(batch.records) if index not in refused] if reply.unexplained else []
        )
        if len(left_open) > 1:
            self.ledger.split(
                batch.id, reply, replies.halves(batch, left_open), self._refusals(batch, refused)
            )
            return
        refused |= dict.fromkeys(left_open, ("", "the API refused it and gave no reason"))
        self.ledger.settle(batch.id, reply, replies.accepted(batch, refused), self._refusals(batch, refused))

    def _refusals(self, batch: Batch, refused: Mapping[int, tuple[str, str]]) -> list[RowVerdict]:
        if not refused:
            return []
        sheet = self.ledger.drop(batch.drop_id).report.get("reader", {}).get("sheet")
        return replies.refusals(batch, refused, sheet)

    # 5. finish -------------------------------------------------------------------------------------------------------

    def finish(self, drop_id: int) -> None:
        """Close the books, write the result and correction files, archive the original, say one line."""
        drop = self.ledger.drop(drop_id)
        if drop.archived_at:
            return
        if drop.state in (DropState.PLANNED, DropState.DELIVERING):
            self.ledger.close(drop_id)
            drop = self.ledger.drop(drop_id)
        written = self.outcome.write(drop, lambda: self._understand(drop, self._original(drop)))
        kept = self._archive(drop)
        self.lookout.drop_ends(drop, self.ledger.totals(drop_id))
        self.ledger.archived(drop_id, str(kept))
        self.planner.forget(drop_id)
        log.info("drop finished", **written, archive=str(kept))

    def _original(self, drop: Drop) -> Path:
        """Where the file is: a crash may have come after the move into the archive, before the ledger knew of it."""
        held = self._work_file(drop)
        return held if held.exists() else self._archive(drop)

    def _archive(self, drop: Drop) -> Path:
        target = self.outcome.archive_path(drop)
        return self._source(drop).archive(str(drop.work_path), target, fingerprint=drop.fingerprint)


def _asks(drop: Drop, reason: str | None) -> None:
    """The line of a drop that goes no further by itself: who watches the log only must learn of it too."""
    log.warning(
        "drop waits for you", drop=drop.id, file=drop.path, reason=reason, see=f"connector show {drop.id}"
    )
