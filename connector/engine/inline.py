"""Tasks one after the other in the thread that submits them: for `once`, and for finding defects."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from connector.engine.engine import tell

if TYPE_CHECKING:
    from connector.engine.engine import Handlers, OnDone, OnError
    from connector.model import Task


class InlineEngine:
    """Runs a task inside `submit`. One thread only.

    What a handler submits runs after it, not inside it: the order is that of submission and the stack stays
    flat.
    """

    def __init__(self, handlers: Handlers, *, on_done: OnDone, on_error: OnError) -> None:
        self._handlers = handlers
        self._on_done = on_done
        self._on_error = on_error
        self._queue: deque[Task] = deque()
        self._in_flight: set[Task] = set()
        self._running = False
        self._closed = False

    def submit(self, task: Task) -> bool:
        """Run the task and all that it submits; queue it when a task is running already."""
        if task.name not in self._handlers:
            raise ValueError(f"no handler for the task {task.name!r}")
        if self._closed or task in self._in_flight:
            return False
        self._in_flight.add(task)
        self._queue.append(task)
        if not self._running:
            self._drain()
        return True

    def _drain(self) -> None:
        self._running = True
        try:
            while self._queue:
                self._run(self._queue.popleft())
        finally:
            # Ctrl-C in a handler ends here: what had not started is dropped, and still due in the ledger.
            self._running = False
            self._drop_queued()

    def _run(self, task: Task) -> None:
        try:
            self._handlers[task.name](task.key)
        except Exception as error:  # noqa: BLE001 - a task's failure is told to the story; the engine goes on
            tell(self._on_error, task, error)
        finally:
            self._in_flight.discard(task)
        tell(self._on_done, task)

    def _drop_queued(self) -> None:
        self._in_flight.difference_update(self._queue)
        self._queue.clear()

    def idle(self) -> bool:
        """Whether nothing is queued or running."""
        return not self._in_flight

    def has_plenty(self) -> bool:
        """Nothing ever waits, outside a handler."""
        return False

    def wait(self, timeout: float | None = None) -> bool:  # noqa: ARG002 - the seam: there is nothing to wait for
        """Answer at once: outside a handler nothing is ever running."""
        return self.idle()

    def close(self, *, wait: bool = True) -> None:  # noqa: ARG002 - the seam: the caller is the only thread
        """Take nothing more; what is queued behind a running task is dropped."""
        self._closed = True
        self._drop_queued()
