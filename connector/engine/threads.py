"""Tasks in a few threads. Deliveries have threads of their own: they wait for the network, the rest not."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from connector.engine.engine import tell

if TYPE_CHECKING:
    from connector.engine.engine import Handlers, OnDone, OnError
    from connector.model import Task


class ThreadsEngine:
    """Two small pools: `workers` threads for the tasks in `waiting_tasks`, `others` for the rest.

    A delivery may hold its thread for minutes (timeouts, Retry-After) and there may be a hundred of them in a
    row; in a shared pool a new drop would not even be looked at meanwhile. Planning reads in a child process
    of its own and one of them uses a processor whole, so two threads for the rest are enough: one plans while
    the other identifies or finishes. Within a pool the order is that of submission; which task may run at all
    is for the ledger to say.
    """

    def __init__(
        self,
        handlers: Handlers,
        *,
        workers: int,
        on_done: OnDone,
        on_error: OnError,
        others: int = 3,
        waiting_tasks: frozenset[str] = frozenset({"deliver"}),
    ) -> None:
        self._handlers = handlers
        self._on_done = on_done
        self._on_error = on_error
        self._waiting_tasks = waiting_tasks
        self._others = others
        self._delivery = ThreadPoolExecutor(workers, thread_name_prefix="deliver")
        self._rest = ThreadPoolExecutor(others, thread_name_prefix="work")
        self._in_flight: set[Task] = set()
        self._telling = 0
        self._changed = threading.Condition()
        self._closed = False

    def submit(self, task: Task) -> bool:
        """Queue the task in its pool; False when it is in flight already or the engine is closed."""
        if task.name not in self._handlers:
            raise ValueError(f"no handler for the task {task.name!r}")
        pool = self._delivery if task.name in self._waiting_tasks else self._rest
        with self._changed:
            if self._closed or task in self._in_flight:
                return False
            self._in_flight.add(task)
            future = pool.submit(self._run, task)
        # Outside the lock: a callback may run at once, in this thread.
        future.add_done_callback(partial(self._forget_dropped, task))
        return True

    def _run(self, task: Task) -> None:
        try:
            self._handlers[task.name](task.key)
        except Exception as error:  # noqa: BLE001 - a task's failure is told to the story; the engine goes on
            tell(self._on_error, task, error)
        finally:
            with self._changed:
                self._in_flight.discard(task)
                self._telling += 1
            tell(self._on_done, task)
            with self._changed:
                self._telling -= 1
                self._changed.notify_all()

    def _forget(self, task: Task) -> None:
        with self._changed:
            self._in_flight.discard(task)
            self._changed.notify_all()

    def _is_idle(self) -> bool:
        """Whoever is told of an end may submit what follows: until then there is more to come."""
        return not self._in_flight and not self._telling

    def _forget_dropped(self, task: Task, future: Future[None]) -> None:
        if future.cancelled():
            self._forget(task)

    def idle(self) -> bool:
        """Whether nothing is queued or running."""
        with self._changed:
            return self._is_idle()

    def has_plenty(self) -> bool:
        """Whether for each thread that computes a task waits beside the one it runs."""
        with self._changed:
            computing = sum(task.name not in self._waiting_tasks for task in self._in_flight)
        return computing >= 2 * self._others

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until idle, at most `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(self._is_idle, timeout)

    def close(self, *, wait: bool = True) -> None:
        """Take nothing more, drop what has not started, let what runs end."""
        with self._changed:
            self._closed = True
        for pool in (self._delivery, self._rest):
            pool.shutdown(wait=False, cancel_futures=True)
        if wait:
            for pool in (self._delivery, self._rest):
                pool.shutdown(wait=True)
