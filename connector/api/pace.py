"""How fast all threads of an account may call together (konnect-api.md 2.3: limits unpublished)."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from connector.api.retry import pause
from connector.api.width import Width
from connector.errors import RetryLater
from connector.later import later

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyrate_limiter
else:
    pyrate_limiter = later("pyrate_limiter")  # nobody needs it but who limits the calls in a second

_FIRST_GAP = 0.05
_LONGEST_GAP = 5.0
_EASING = 0.9
_SMALLEST_GAP = 0.005


@dataclass(frozen=True, slots=True)
class PaceSettings:
    """`per_second` calls at most (None: as fast as answered), never more than `in_flight` at once (see `Width`).

    A call that would have to wait longer than `longest_wait` seconds for its time, or than `longest_queue` for others
    to end (each ends by its own limits), is handed back instead.
    """

    per_second: float | None = None
    in_flight: int = 4
    longest_wait: float = 30.0
    longest_queue: float = 600.0


class Pace:
    """Slots for calls, shared by threads: as many at once as the API answers quickly.

    A 429 makes all pause and then go slower until calls succeed.
    """

    def __init__(self, settings: PaceSettings, stop: threading.Event) -> None:
        self._settings = settings
        self._stop = stop
        self._width = Width(settings.in_flight)
        self._under_way = 0
        self._room = threading.Lock()
        self._queue: deque[threading.Event] = deque()
        self._lock = threading.Lock()
        self._not_before = 0.0
        self._gap = 0.0
        self._last = 0.0
        self._bucket = _bucket(settings.per_second)

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold a turn during the call; RetryLater when it would take too long to come, or at a shutdown."""
        self._enter()
        began = math.inf
        try:
            if self._bucket is not None or self._gap or self._not_before:
                self._await_turn()
            began = time.monotonic()
            yield
        finally:
            self._leave(began)

    def slow_down(self, wait: float) -> None:
        """The API said 429: nobody calls for `wait` seconds, and from then on with growing gaps."""
        with self._lock:
            self._not_before = max(self._not_before, time.monotonic() + wait)
            self._gap = min(max(self._gap * 2, _FIRST_GAP), _LONGEST_GAP)
        with self._room:
            self._width.cut(time.monotonic())

    def ease(self) -> None:
        """A call succeeded: the gap shrinks until it is gone."""
        if self._gap:
            with self._lock:
                self._gap = self._gap * _EASING if self._gap > _SMALLEST_GAP else 0.0

    def _enter(self) -> None:
        """Take a slot; whoever came first has the next that is free."""
        with self._room:
            if not self._queue and self._under_way < self._width.limit:
                self._under_way += 1
                return
            turn = threading.Event()
            self._queue.append(turn)
            self._admit()
        deadline = time.monotonic() + self._settings.longest_queue
        while not turn.wait(0.1):  # short, so that a shutdown is noticed
            if self._stop.is_set() or time.monotonic() > deadline:
                with self._room:
                    if turn.is_set():
                        return
                    self._queue.remove(turn)
                raise RetryLater("Too many calls are under way; this one waits.", wait=1.0)

    def _leave(self, began: float) -> None:
        with self._room:
            self._under_way -= 1
            if began < math.inf:
                self._width.heard(began, time.monotonic())
            self._admit()

    def _admit(self) -> None:
        """Give the free slots away; the lock is held."""
        while self._queue and self._under_way < self._width.limit:
            self._under_way += 1
            self._queue.popleft().set()

    def _await_turn(self) -> None:
        deadline = time.monotonic() + self._settings.longest_wait
        while (wait := self._wait()) > 0:
            if time.monotonic() + wait > deadline:
                raise RetryLater("The API asked for fewer calls; this one waits.", wait=wait)
            pause(wait, self._stop)

    def _wait(self) -> float:
        """Seconds until the next turn; 0 takes the turn."""
        with self._lock:
            now = time.monotonic()
            due = max(self._not_before, self._last + self._gap)
            if now < due:
                return due - now
            self._not_before = 0.0
            if self._bucket is not None:
                item = pyrate_limiter.RateItem("call", int(now * 1000))
                if not self._bucket.put(item):
                    waiting = self._bucket.waiting(item)
                    return max(waiting if isinstance(waiting, int) else 0, 1) / 1000
                self._bucket.leak(item.timestamp)
            self._last = now
            return 0.0


def _bucket(per_second: float | None) -> pyrate_limiter.InMemoryBucket | None:
    """A sliding window with whole numbers: 2.5 a second is 5 in any 2 seconds."""
    if per_second is None:
        return None
    ratio = Fraction(per_second).limit_denominator(100)
    if ratio <= 0:
        raise ValueError("calls per second must be above 0.01")
    return pyrate_limiter.InMemoryBucket([pyrate_limiter.Rate(ratio.numerator, ratio.denominator * 1000)])
