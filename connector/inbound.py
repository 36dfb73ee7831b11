"""The way in, start to end: a file lands, is understood, planned, delivered, finished.

Read this file first. Each step is a task `(name, key)` that may be run again without harm: what it needs to know is in
the ledger, and what it did is in the ledger before the next step may start. Nothing is sent before the whole file is
planned; the file itself moves twice, into the work folder when it is claimed and into the archive at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any

import structlog

from connector import landing
from connector.ahead import Behind
from connector.api import redact
from connector.errors import HoldDrop, RejectDrop, RetryLater, SourceUnavailable
from connector.ledger import Ledger, NotOurs
from connector.model import Drop, DropState, Found, LotDraft, RowVerdict, Task
from connector.planner import Origin, Planner, Understanding
from connector.plans import FEW_ROWS
from connector.profiles import EXACT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from connector.delivery import Delivery
    from connector.lookout import Lookout
    from connector.outcome import Outcome
    from connector.profiles import Match
    from connector.sources import Source

log = structlog.get_logger(__name__)

MANY_ROWS = 100_000
"""A drop of so many is let go of beside its end, not after it."""


class Inbound:
    """The steps of a drop. Assembly gives it its parts; the daemon and the tests call the steps."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        sources: Mapping[str, Source],
        origins: Mapping[str, tuple[str | None, str | None]],
        planner: Planner,
        delivery: Delivery,
        outcome: Outcome,
        lookout: Lookout,
        retry_later: float,
        read_back: Callable[[Drop], None] = lambda _drop: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.ledger = ledger
        self.sources = sources
        self.origins = origins
        self.planner = planner
        self.delivery = delivery
        self.outcome = outcome
        self.lookout = lookout
        self.retry_later = retry_later
        self.read_back = read_back
        self.lane_is_free: Callable[[int], object] = lambda _drop_id: None
        self._small = Lock()
        self.now = now

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
                self._put_off(drop_id, getattr(error, "wait", None) or self.retry_later, str(error))
                log.warning("drop waits", drop=drop_id, reason=str(error))

        return run

    def failed(self, task: Task, error: Exception, pause: float) -> None:
        """A defect of ours: the step rests for a while, and the ledger says why.

        Batches may have been sent: all feeds there are may be repeated, so they go back to be sent again.
        """
        reason = redact(
            f"a defect of the connector stopped {task.name}: {str(error) or type(error).__name__}"
        )
        if task.name != "deliver":
            self._put_off(task.key, pause, reason)
        else:
            self.ledger.give_back_all(task.key, self.now() + timedelta(seconds=pause), reason)

    def _put_off(self, drop_id: int, seconds: float, reason: str) -> None:
        """Nothing read before is kept: it may be what the step fell over."""
        self.planner.forget(drop_id)
        self.ledger.postpone_drop(drop_id, self.now() + timedelta(seconds=seconds), reason)

    def due(self, limit: int) -> list[Task]:
        """What may run now, at most `limit` tasks, told by the ledger alone."""
        return self.ledger.due(self.now(), limit)

    def next_step(self, drop_id: int) -> Task | None:
        """What may run now that a step of this drop has ended, as far as that can be told at once."""
        return self.ledger.next_step(drop_id, self.now())

    def next_in_lane(self, drop_id: int) -> Task | None:
        """What may run now that the lane of this drop is free."""
        return self.ledger.next_in_lane(drop_id, self.now())

    # 1. land ---------------------------------------------------------------------------------------------------------

    def land(self, found: Found, *, incomplete: str | None = None) -> Drop | None:
        """Claim a file; None when it changed or vanished meanwhile, and will be seen again.

        A zip of several files lands with them: each is a drop of its own.
        `incomplete` says what is missing of a file that stayed cut off: it is claimed and held, nothing of it is sent.
        """
        source = self.sources[found.source]
        origin = Origin(found.path.rpartition("/")[2], source.folder_of(found))
        try:
            fingerprint = source.fingerprint(found)
            if incomplete:
                hold = f"the file is not whole: {incomplete}; send it again"
                drop = landing.claim(self.ledger, source, found, fingerprint, hold=hold)
            else:
                file = source.local_path(found.path)
                with self.planner.opened(file, origin, source.scratch) as contents:
                    drop = landing.claim(self.ledger, source, found, fingerprint, contents=contents)
        except RetryLater as error:  # no room to open it, say: seen by whoever looks at the source
            raise SourceUnavailable(str(error)) from error
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
            self.ledger.held(drop.id, understood.question, understood.findings, report=report)
        else:
            self.ledger.unmatched(drop.id, understood.question, report)
        _asks(drop, understood.question)

    def _understand(self, drop: Drop, file: Path) -> Understanding:
        if ours := drop.report.get("ours"):
            origin = Origin(drop.name, account=ours["account"], profile=EXACT.name)
        else:
            account, location = self.origins[drop.source]
            origin = Origin(
                drop.name, drop.folder, account, location,
                lane=drop.lane, fingerprint=drop.fingerprint, landed_at=drop.landed_at.astimezone(),
            )  # fmt: skip
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
            with (
                self._alone(understood.rows),
                _Drafted(self.ledger, drop_id, here=understood.rows <= FEW_ROWS) as draft,
            ):
                release = self.ledger.decisions.release_of(drop_id)
                ours = drop.report.get("ours", {})
                told = {"force": ours.get("force", False), "as_of": ours.get("answers")}
                plan = self.planner.plan(understood, drop_id, draft, release=release, **told)
        except RejectDrop as error:
            self.ledger.quarantined(drop_id, str(error))
            return
        except HoldDrop as error:
            self.planner.forget(drop_id)
            self.ledger.held(drop_id, str(error))
            _asks(drop, str(error))
            return
        if plan.holds:
            self.planner.forget(drop_id)
            self.ledger.held(drop_id, plan.reason, plan.findings)
            _asks(drop, plan.reason)
            return
        records = {feed.name: feed.total for feed in plan.feeds}
        for older in self.ledger.planned(drop_id, records, {**understood.report(), **plan.report()}):
            log.info("superseded", drop=older, by=drop_id)

    def _alone(self, rows: int) -> AbstractContextManager[object]:
        """Of small drops one is planned or closed at a time.

        What they do below Python takes microseconds, and lets go of the interpreter: another thread that waits for it
        is woken each time, on another processor. To be woken takes longer than what is done meanwhile.
        """
        return self._small if rows <= FEW_ROWS else nullcontext()

    # 4. deliver ------------------------------------------------------------------------------------------------------

    def deliver(self, drop_id: int) -> None:
        """Send what may be sent of it, exactly the bytes the ledger keeps, and settle a verdict for every record.

        The books of a small drop are closed at once: its lane is free, and what it set on the shelves for all others.
        """
        self.delivery.deliver(drop_id)
        if self.next_step(drop_id) == Task("finish", drop_id):
            drop = self.ledger.drop(drop_id)
            if (drop.rows_read or 0) <= FEW_ROWS:
                self._close(drop)

    # 5. finish -------------------------------------------------------------------------------------------------------

    def finish(self, drop_id: int) -> None:
        """Close the books, write the result and correction files, archive the original, say one line."""
        drop = self.ledger.drop(drop_id)
        if drop.archived_at:
            return
        if (drop.rows_read or 0) < MANY_ROWS or self.outcome.asked(drop):
            self._finish(drop)
            self.planner.forget(drop_id)
            return
        # Nobody needs its rows, and to free the disk of them takes a while.
        with Behind(self.planner.forget) as beside:
            beside.add(drop_id)
            self._finish(drop)

    def _finish(self, drop: Drop) -> None:
        if drop.state in (DropState.PLANNED, DropState.DELIVERING):
            self._close(drop)
            drop = self.ledger.drop(drop.id)
        if drop.state is DropState.CLOSED:
            self.read_back(drop)
            drop = self.ledger.drop(drop.id)
        written = self.outcome.write(drop, lambda: self._understand(drop, self._original(drop)))
        kept = self._archive(drop)
        self.lookout.drop_ends(drop, self.ledger.totals(drop.id))
        self.ledger.archived(drop.id, str(kept))
        log.info("drop finished", **written, archive=str(kept))

    def _close(self, drop: Drop) -> None:
        with self._alone(drop.rows_read or 0):
            if self.ledger.drop(drop.id).state is DropState.CLOSED:
                return  # by the other step that may, while this one waited for it
            self.ledger.close(drop.id)
        self.lane_is_free(drop.id)  # the next drop need not wait for the files of this one

    def _original(self, drop: Drop) -> Path:
        """Where the file is: a crash may have come after the move into the archive, before the ledger knew of it."""
        held = self._work_file(drop)
        return held if held.exists() else self._archive(drop)

    def _archive(self, drop: Drop) -> Path:
        target = self.outcome.archive_path(drop)
        return self._source(drop).archive(str(drop.work_path), target, fingerprint=drop.fingerprint)


class _Drafted(Behind[Callable[[], object]]):
    """A plan on its way into the ledger, part by part, in a thread of its own so that planning does not wait for it.

    Nothing of it may be sent before the whole is planned.
    """

    def __init__(self, ledger: Ledger, drop_id: int, *, here: bool) -> None:
        super().__init__(lambda write: write(), here=here)
        self._ledger = ledger
        self._drop_id = drop_id
        self._older_waits = ledger.older_waiting(drop_id)
        self._held_before = {} if self._older_waits else ledger.held_before(drop_id)

    def add_verdicts(self, feed: str, verdicts: Sequence[RowVerdict]) -> None:
        del feed
        self.add(lambda: self._ledger.add_verdicts(self._drop_id, verdicts))

    def add_unchanged(self, feed: str, lines: Any) -> None:
        self.add(lambda: self._ledger.add_unchanged(self._drop_id, feed, lines))

    def add_lots(self, lots: Iterable[LotDraft]) -> None:
        for lot in lots:
            self.add(partial(self._ledger.add_lots, self._drop_id, [lot]))

    def must_confirm(self, feed: str) -> bool:
        return self._older_waits or bool(self._held_before.get(feed))

    def confirm(self, feed: str, confirmed: Callable[..., Mapping[str, Mapping[str, Any]]]) -> None:
        """What this drop says again must not be overwritten by an older one that a person lets go later.

        Nor by single rows of one: where only such rows wait, only their keys matter.
        """
        if self.must_confirm(feed):
            keys = None if self._older_waits else self._held_before[feed]
            for account, parts in confirmed(keys).items():
                self.add(partial(self._ledger.confirm, self._drop_id, account, feed, parts))


def _asks(drop: Drop, reason: str | None) -> None:
    """The line of a drop that goes no further by itself: who watches the log only must learn of it too."""
    log.warning(
        "drop waits for you", drop=drop.id, file=drop.path, reason=reason, see=f"connector show {drop.id}"
    )
