"""Reading children that are kept: a small plain file waits neither for a process of its own nor for its end.

A worker reads one file after another, each under the limits of its own. Only what it reads well counts. A file that it
refuses, breaks over or dies of is read again by a child that is new, and the worker is ended: so no file can suffer
from those before it, and what is said of a file is the same as if it had come alone.
"""

from __future__ import annotations

import multiprocessing
from contextlib import suppress
from multiprocessing import util
from threading import Lock
from typing import TYPE_CHECKING, cast

from connector.errors import ConnectorError
from connector.later import later
from connector.readers.child import Child, answer, data_now, settle_in, start, too_slow

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from pathlib import Path

    from connector.readers import work
    from connector.readers.child import Told
    from connector.readers.document import Document
    from connector.readers.limits import Limits
else:
    work = later("connector.readers.work")

SMALL_BYTES = 1024 * 1024
"""The largest file that is given to a worker: with larger ones a process of its own costs next to nothing."""

KEPT = 3
"""Workers that wait for the next file, at most: as many as threads that read."""

IDLE_SECONDS = 10.0
"""A worker that was given nothing for so long ends."""

GROWN_BYTES = 64 * 1024 * 1024
"""A worker that holds so much more than at its start ends: the next file is to find what a new child would find."""

LEAST_MEMORY = 512 * 1024 * 1024
"""More than any small file takes to be read, and a worker holds."""

_NOT_PLAIN = (b"PK", b"\x1f\x8b", b"\xd0\xcf")
"""How a zip (a workbook is one), a gz and an old workbook begin: these may be bombs."""


def is_for_workers(path: Path, limits: Limits) -> bool:
    """Whether a file is small and plain, and may have the memory such files take.

    One that cannot be looked at is for others to complain of.
    """
    if limits.memory_bytes < LEAST_MEMORY:
        return False  # it might not even suffice for what a worker holds
    try:
        with path.open("rb") as source:
            return not source.read(2).startswith(_NOT_PLAIN) and path.stat().st_size <= SMALL_BYTES
    except OSError:
        return False


class Workers:
    """The workers that wait for a file. Thread-safe; they end with us."""

    def __init__(self, idle_seconds: float = IDLE_SECONDS) -> None:
        self._idle_seconds = idle_seconds
        self._waiting: list[_Worker] = []
        self._lock = Lock()
        # Before multiprocessing waits for its children, which they are.
        util.Finalize(None, self.end_all, exitpriority=10)

    def read(self, told: Told, meanwhile: Callable[[], object] = lambda: None) -> Document | None:
        """Have a file read; None when the worker could not read it well. `meanwhile` is done while it reads.

        Raises:
            RejectDrop: it takes longer than it may.
            RetryLater: the machine gives no process at the moment.
        """
        worker = self._one_that_waits() or _Worker(self._idle_seconds)
        document = None
        try:
            document = worker.read(told, meanwhile)
        finally:
            if document is None or not self._keep(worker):
                worker.end()
        return document

    def _one_that_waits(self) -> _Worker | None:
        while True:
            with self._lock:
                worker = self._waiting.pop() if self._waiting else None
            if worker is None or worker.waits():
                return worker
            worker.end()

    def _keep(self, worker: _Worker) -> bool:
        with self._lock:
            keep = len(self._waiting) < KEPT
            if keep:
                self._waiting.append(worker)
        return keep

    def end_all(self) -> None:
        """End those that wait."""
        with self._lock:
            ended, self._waiting = self._waiting, []
        for worker in ended:
            worker.end()


class _Worker:
    """One of them, as we see it: used by one thread at a time."""

    def __init__(self, idle_seconds: float) -> None:
        self._pipe, theirs = multiprocessing.Pipe()
        self._child = Child(target=_serve, args=(theirs, idle_seconds), daemon=True)
        try:
            start(self._child)
        except BaseException:
            self._pipe.close()
            raise
        finally:
            theirs.close()

    def waits(self) -> bool:
        """Whether it still waits for a file: the only thing it says unasked is that it has ended."""
        return not self._pipe.poll()

    def read(self, told: Told, meanwhile: Callable[[], object]) -> Document | None:
        """Have a file read; see `Workers.read`."""
        limits = told[-1]
        with suppress(EOFError, OSError):  # it has died of the file, or of having waited too long
            self._pipe.send(told)
            meanwhile()
            if not self._pipe.poll(limits.seconds):
                raise too_slow(limits)
            return cast("Document | None", self._pipe.recv())
        return None

    def end(self) -> None:
        """Whatever it is at."""
        self._pipe.close()
        if self._child.is_alive():  # else its number may be that of another process by now
            self._child.kill()
        self._child.join()
        self._child.close()


def _serve(asked: Connection, idle_seconds: float) -> None:
    """Everything that happens in a worker: it ends when it is not asked any more, above all when we are gone."""
    settle_in()
    at_start = data_now()
    with suppress(EOFError, OSError):  # nobody is there any more to be answered
        while asked.poll(idle_seconds):
            found = answer(work.read_here, asked.recv(), at_start)
            good = not isinstance(found, ConnectorError)
            asked.send(found if good else None)
            if not good or data_now() > at_start + GROWN_BYTES:
                return


WORKERS = Workers()
