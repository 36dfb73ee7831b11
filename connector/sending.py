"""The calls of one drop: batches that wait for a thread, those under way, and what was answered.

As few threads send as keep calls under way: those of one interpreter take turns, and where an API is quick, one more
only makes the others wait. Where it is slow, or calls rest before they are tried again, threads are added.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Executor

    from connector.model import Batch, Reply

AT_FIRST = 4
"""Threads that send at first."""

QUICK = 2000.0
"""Answers a second that are not many more with another thread: it would take its time from the others."""

HEARD_TOGETHER = 0.004
"""Seconds an answer waits for others to be heard with it: to wake for each would take from those that send."""

TURN = 0.05
"""Seconds after which a thread sends for another drop, if one waits."""


class Calls:
    """Sends batches in threads of a pool that other drops use, too, and gathers what is answered.

    One thread hands out and listens.
    """

    def __init__(self, send: Callable[[Batch], Reply], pool: Executor, most: int) -> None:
        """`send` makes one call; at most `most` threads of the pool make some."""
        self._send = send
        self._pool = pool
        self._most = most
        self._wanted = min(AT_FIRST, most)
        self._threads = 0
        self._listened = time.monotonic()
        self._waiting: deque[Batch] = deque()
        self._lock = threading.Lock()
        self._answers: queue.SimpleQueue[tuple[Batch, Reply | BaseException]] = queue.SimpleQueue()
        self.open = 0
        """Batches handed out of which nothing was heard yet."""

    def hand_out(self, batches: Iterable[Batch]) -> None:
        """Send these, too, as soon as a thread is free."""
        with self._lock:
            before = len(self._waiting)
            self._waiting.extend(batches)
            self.open += len(self._waiting) - before
        self._listened = time.monotonic()
        self._start()

    def take_back(self, account: str | None = None) -> list[Batch]:
        """Batches no thread has begun, of one account or of all: they are not sent."""
        with self._lock:
            taken = [batch for batch in self._waiting if account in (None, batch.account)]
            kept = [batch for batch in self._waiting if account not in (None, batch.account)]
            self._waiting = deque(kept)
            self.open -= len(taken)
        return taken

    def heard(self, patience: float) -> list[tuple[Batch, Reply | BaseException]]:
        """What was answered meanwhile: a reply, or what the call raised. Nothing after `patience` seconds at most."""
        found = []
        with suppress(queue.Empty):
            found.append(self._answers.get(timeout=HEARD_TOGETHER if self._may_grow() else patience))
            if self._waiting:
                time.sleep(HEARD_TOGETHER)
            while True:
                found.append(self._answers.get_nowait())
        self.open -= len(found)
        before, self._listened = self._listened, time.monotonic()
        if self._may_grow() and len(found) < (self._listened - before) * QUICK:
            self._wanted += 1
            self._start()
        return found

    def _may_grow(self) -> bool:
        return bool(self._waiting) and self._wanted < self._most

    def _start(self) -> None:
        """Threads as many as are wanted, while there is something to do for them."""
        with self._lock:
            more = min(self._wanted - self._threads, len(self._waiting))
            self._threads += max(more, 0)
        for _ in range(more):
            self._pool.submit(self._work)

    def _work(self) -> None:
        """What one thread does: send what waits, until it is another drop's turn."""
        until = time.monotonic() + TURN
        while time.monotonic() < until:
            with self._lock:
                if not self._waiting:
                    self._threads -= 1
                    return
                batch = self._waiting.popleft()
            try:
                answer: Reply | BaseException = self._send(batch)
            except BaseException as error:  # noqa: BLE001  whoever listens sees to it
                answer = error
            self._answers.put((batch, answer))
        self._pool.submit(self._work)
