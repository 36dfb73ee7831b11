"""The loop: look into the inboxes, land what is whole, run what the ledger says is due, sleep until something stirs.

The scan is the truth. Events only wake the loop earlier, and the ledger alone says what is to be done, so a restart at
any moment goes on where it was.
"""

from __future__ import annotations

import math
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from connector.errors import LedgerUnavailable, NoRoom, SourceUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from threading import Event

    from connector.engine import Engine, OnDone, OnError
    from connector.inbound import Inbound
    from connector.lookout import Lookout
    from connector.model import Task
    from connector.sources import Arrival, Ready, Source, Waiting, Watch

log = structlog.get_logger(__name__)

LOOK_PAUSE = 0.25
"""Least seconds between two looks into the inboxes, however many events arrive."""

SECOND_LOOK = 0.01
"""Seconds after which a file is looked at again that is taken at its second look."""

QUEUE = 12
"""Tasks asked of the ledger at a time: enough to keep the engine busy until the next round, and no more. The older a
drop the sooner its turn, but what the engine has in its queue goes first."""

SUBMIT_WHILE_LANDING = 0.25
"""Seconds after which what has landed sets off although more lies in the inbox."""

ASK_AGAIN = 0.05
"""Seconds for which the ledger is not asked what is due while the engine has plenty to do."""

HEARTBEAT_SECONDS = 10.0
"""How often the ledger is told that the daemon is alive."""

LISTEN_PAUSE = 60.0
"""Least seconds between two tries to listen for file events, where nobody does; the timer looks meanwhile."""

DEFECT_PAUSE = 60.0
"""Seconds after which a task that ended in a defect of ours is tried again."""


@dataclass(slots=True)
class Tally:
    """What one run of the loop saw, for the exit code and the closing words: files and sources by source."""

    drops: dict[int, None] = field(default_factory=dict)
    waiting: dict[str, tuple[Waiting, ...]] = field(default_factory=dict)
    unreachable: dict[str, str] = field(default_factory=dict)
    defects: dict[Task, str] = field(default_factory=dict)


class Daemon:
    """Joins arrival, the story's steps and the engine. `stop` ends it after what is in flight; `wake` stirs it.

    `chores` is called now and then, and must not take long.
    """

    def __init__(
        self,
        *,
        inbound: Inbound,
        lookout: Lookout,
        sources: Mapping[str, Source],
        arrivals: Mapping[str, Arrival],
        engine: Callable[[OnDone, OnError], Engine],
        watch: Watch | None,
        wake: Event,
        stop: Event,
        scan_seconds: float,
        least_free: int = 0,
        look_pause: float = LOOK_PAUSE,
        chores: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.inbound = inbound
        self.lookout = lookout
        self.sources = sources
        self.arrivals = arrivals
        self.engine = engine(self._done, self._failed)
        inbound.lane_is_free = self._lane_goes_on
        self.watch = watch
        self.wake = wake
        self.stop = stop
        self.scan_seconds = scan_seconds
        self.least_free = least_free
        self.look_pause = look_pause
        self.chores = chores
        self.clock = clock
        self.tally = Tally()
        self._resting: dict[Task, float] = {}
        self._ended: set[Task] = set()
        self._ledger_gone: LedgerUnavailable | None = None
        self._looked = self._beaten = self._listened = self._submitted = -math.inf
        self._look_again: float | None = None

    def run(self) -> Tally:
        """Until `stop` is set."""
        if self.watch:
            self.watch.start()
        try:
            while not self.stop.is_set():
                again = self._turn()
                self._sleep(again)
        finally:
            self._end()
        return self.tally

    def run_once(self) -> Tally:
        """Until all that lies in the inboxes now is through, or can only wait."""
        try:
            while not self.stop.is_set():
                again = self._turn()
                if again is None and self.engine.idle() and not self._submit():
                    break
                pause = self.look_pause if again is None else max(again, SECOND_LOOK)
                self.wake.wait(min(self.look_pause, pause))
                if self.engine.idle():
                    self._looked = -math.inf  # nobody is kept from anything by a look
            self.lookout.look(all_landed=True)
        finally:
            self._end()
        return self.tally

    def _end(self) -> None:
        self.stop.set()  # whatever ended the loop: tries that sleep wake, and give their batch back
        if self.watch:
            self.watch.stop()
        self.engine.close()

    def _turn(self) -> float | None:
        """One look, if the last was long enough ago, and one round of submitting; seconds until the next look."""
        self.wake.clear()
        if self._ledger_gone:
            raise self._ledger_gone
        too_soon = self.look_pause - (self.clock() - self._looked)
        if too_soon <= 0:
            self._look_again = self._look()
            self._looked = self.clock()
        self._say_alive()
        self._submit_more()
        # A look left out is made up for: what woke us may have been a file.
        return self._look_again if too_soon <= 0 else too_soon

    def _say_alive(self) -> None:
        if self.clock() - self._beaten >= HEARTBEAT_SECONDS:
            self.inbound.ledger.heartbeat()
            self.lookout.look()
            self.chores()
            self._beaten = self.clock()

    def _look(self) -> float | None:
        """Land what is whole; seconds after which a file that is not may be, None when there is none."""
        again = [self._look_into(name, source) for name, source in self.sources.items()]
        return min((seconds for seconds in again if seconds is not None), default=None)

    def _look_into(self, name: str, source: Source) -> float | None:
        try:
            scan = source.scan()
            self._require_room(source)
            look = self.arrivals[name].observe(scan.files, scan.passed_over)
            for ready in look.ready:
                self._land(ready)
                # The next step of what a step has ended for need not wait for a thousand files to land.
                if self._ended or self.clock() - self._submitted >= SUBMIT_WHILE_LANDING:
                    self._submit_more()
        except SourceUnavailable as error:
            self._say_once(name, error)
            return None
        self.lookout.source_works(name)
        if self.tally.unreachable.pop(name, None):
            log.info("source is back", source=name)
        for ignored in look.news:
            log.warning("not taken", source=name, file=ignored.path, reason=ignored.reason)
        self.tally.waiting[name] = look.waiting
        return look.look_again

    def _require_room(self, source: Source) -> None:
        """A full disk would stop a drop half way: nothing is claimed until there is room again."""
        free = source.free_space()
        if free is not None and free < self.least_free:
            said = f"less than {self.least_free // 2**20} MB are free where its files rest"
            raise NoRoom(f"{said}: files stay in the inbox until there is room")

    def _say_once(self, name: str, error: SourceUnavailable) -> None:
        if self.tally.unreachable.get(name) != str(error):
            log.error("source cannot be used", source=name, reason=str(error))
            self.tally.unreachable[name] = str(error)
            self.lookout.source_rests(name, error)

    def _land(self, ready: Ready) -> None:
        drop = self.inbound.land(ready.found, incomplete=ready.incomplete)
        if drop is not None:
            self.tally.drops[drop.id] = None

    def _submit_more(self) -> None:
        """Where threads have enough to do, the ledger is not asked after each step what else is due."""
        if self.clock() - self._submitted >= ASK_AGAIN or not self.engine.has_plenty():
            self._submit()

    def _submit(self) -> int:
        """Hand the engine what the ledger says is due and the engine is not at already."""
        now = self._submitted = self.clock()
        self._ended.clear()
        due = [task for task in self.inbound.due(QUEUE) if self._resting.get(task, 0.0) <= now]
        # A task that ended since the ledger was asked is not due any more, although it says so.
        return sum(
            self.engine.submit(task) for task in due if task not in self._ended and not self.stop.is_set()
        )

    def _done(self, task: Task) -> None:
        if task.name != "deliver":
            self.tally.drops[task.key] = None
        self._ended.add(task)
        followed = self._resting.get(task, 0.0) <= self.clock() and self._follow(
            self.inbound.next_step, task.key
        )
        if not (followed and task.name == "deliver"):  # which makes nothing due but what follows
            self.wake.set()

    def _lane_goes_on(self, drop_id: int) -> None:
        self._follow(self.inbound.next_in_lane, drop_id)

    def _follow(self, following: Callable[[int], Task | None], drop_id: int) -> bool:
        """What follows need not wait for the next round. Whether something does."""
        with suppress(LedgerUnavailable):  # the loop meets it, too, and knows what to do
            task = following(drop_id)
            if task is not None and self._resting.get(task, 0.0) <= self.clock() and not self.stop.is_set():
                return self.engine.submit(task)
        return False

    def _failed(self, task: Task, error: Exception) -> None:
        """A defect of ours: said with its trace and tried again later, never spun on.

        Without the ledger nothing may go on: the loop ends, and the next start puts right what is half done.
        """
        if isinstance(error, LedgerUnavailable):
            self._ledger_gone = error
            return
        self._resting[task] = self.clock() + DEFECT_PAUSE
        self.tally.defects[task] = str(error) or type(error).__name__
        log.error("step failed", step=task.name, key=task.key, exc_info=error)
        self.inbound.failed(task, error, DEFECT_PAUSE)

    def _sleep(self, again: float | None) -> None:
        """Until something stirs, a file may be whole, a postponed step is due, or a scan or sign of life is."""
        pause = min(self.scan_seconds, HEARTBEAT_SECONDS)
        if again is not None:
            pause = min(pause, max(again, self.look_pause))
        if not self.engine.idle():  # something stirs soon: what was put off need not be asked for
            pause = min(pause, self.look_pause)
        elif (due_at := self.inbound.ledger.next_due_at()) is not None:
            pause = min(pause, max((due_at - datetime.now(UTC)).total_seconds(), self.look_pause))
        self._listen_again()
        self.wake.wait(pause)

    def _listen_again(self) -> None:
        """Now and then: a folder nobody may listen to would else keep us at it without a rest."""
        if self.watch and not self.watch.alive() and self.clock() - self._listened >= LISTEN_PAUSE:
            self._listened = self.clock()
            log.warning(
                "nobody listens for file events any more; listening again, and looking on a timer meanwhile"
            )
            self.watch.restart()
