"""The loop: look into the inboxes, land what is whole, run what the ledger says is due, sleep until something stirs.

The scan is the truth. Events only wake the loop earlier, and the ledger alone says what is to be done, so a restart at
any moment goes on where it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event

import structlog

from connector.engine import Engine
from connector.errors import ConnectorError
from connector.inbound import Inbound
from connector.model import Found, Task
from connector.sources import Arrival, Source, Watch

log = structlog.get_logger(__name__)

LOOK_PAUSE = 0.25
"""Least seconds between two looks into the inboxes, however many events arrive."""

DEFECT_PAUSE = 60.0
"""Seconds after which a task that ended in a defect of ours is tried again."""


@dataclass(slots=True)
class Tally:
    """What one run of the loop saw, for the exit code and the closing words."""

    landed: list[int] = field(default_factory=list)
    defects: dict[Task, str] = field(default_factory=dict)


class Daemon:
    """Joins arrival, the story's steps and the engine. `stop` ends it after what is in flight; `wake` stirs it."""

    def __init__(
        self,
        *,
        inbound: Inbound,
        sources: Mapping[str, Source],
        arrivals: Mapping[str, Arrival],
        engine: Callable[[Callable[[Task, BaseException | None], None]], Engine],
        watch: Watch | None,
        wake: Event,
        stop: Event,
        scan_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.inbound = inbound
        self.sources = sources
        self.arrivals = arrivals
        self.engine = engine(self._done)
        self.watch = watch
        self.wake = wake
        self.stop = stop
        self.scan_seconds = scan_seconds
        self.clock = clock
        self.tally = Tally()
        self._resting: dict[Task, float] = {}
        self._unreachable: set[str] = set()

    def run(self) -> Tally:
        """Until `stop` is set."""
        if self.watch:
            self.watch.start()
        try:
            while not self.stop.is_set():
                waiting = self._turn()
                self._sleep(waiting)
        finally:
            self._end()
        return self.tally

    def run_once(self) -> Tally:
        """Until all that lies in the inboxes now is through, or can only wait."""
        try:
            while not self.stop.is_set():
                waiting = self._turn()
                if not waiting and self.engine.idle() and not self._submit():
                    break
                self.wake.wait(LOOK_PAUSE)
        finally:
            self._end()
        return self.tally

    def _end(self) -> None:
        if self.watch:
            self.watch.stop()
        self.engine.close()

    def _turn(self) -> bool:
        """One look and one round of submitting; whether files are there that are not whole yet."""
        self.wake.clear()
        waiting = self._look()
        self._submit()
        return waiting

    def _look(self) -> bool:
        waiting = False
        for name, source in self.sources.items():
            found = self._scan(name, source)
            if found is None:
                continue
            look = self.arrivals[name].observe(found)
            waiting = waiting or bool(look.waiting)
            for ready in look.ready:
                self._land(ready.found, ready.incomplete)
        return waiting

    def _scan(self, name: str, source: Source) -> list[Found] | None:
        """What is there; None, said once, while a source cannot be reached."""
        try:
            found = source.scan()
        except OSError as error:
            if name not in self._unreachable:
                log.error("source cannot be reached", source=name, reason=str(error))
                self._unreachable.add(name)
            return None
        if name in self._unreachable:
            log.info("source is back", source=name)
            self._unreachable.discard(name)
        return found

    def _land(self, found: Found, incomplete: str | None) -> None:
        drop = self.inbound.land(found, incomplete=incomplete)
        if drop is not None:
            self.tally.landed.append(drop.id)

    def _submit(self) -> int:
        """Hand the engine what the ledger says is due and the engine is not at already."""
        now = self.clock()
        due = self.inbound.due(self.engine.room)
        return sum(self.engine.submit(task) for task in due if self._resting.get(task, 0.0) <= now)

    def _done(self, task: Task, error: BaseException | None) -> None:
        """The engine's word that a task ended. A defect is said with its trace and tried again later, never spun on."""
        if error is not None:
            self._resting[task] = self.clock() + DEFECT_PAUSE
            self.tally.defects[task] = str(error) or type(error).__name__
            log.error("task failed", task=task.name, key=task.key, exc_info=not isinstance(error, ConnectorError) and error)
        self.wake.set()

    def _sleep(self, waiting: bool) -> None:
        """Until something stirs, a waiting file may be whole, a postponed delivery is due, or the next scan."""
        pause = min(self.scan_seconds, 1.0) if waiting else self.scan_seconds
        due_at = self.inbound.ledger.next_due_at()
        if due_at is not None:
            pause = min(pause, max((due_at - datetime.now(UTC)).total_seconds(), LOOK_PAUSE))
        if self.watch:
            self.watch.ensure_alive()
        self.wake.wait(pause)
        time.sleep(LOOK_PAUSE if waiting else 0.0)
