"""The seam between the story and whatever runs its tasks: this thread, a few threads, later a cluster."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Protocol

from connector.model import Task

log = logging.getLogger(__name__)

Handlers = Mapping[str, Callable[[int], None]]
"""What to do for each task name, given the key. A handler may run again for the same key without harm."""

OnDone = Callable[[Task], None]
"""Told after each task has left the engine, well or not: wakes the loop. Quick, and safe in any thread."""

OnError = Callable[[Task, Exception], None]
"""Told of the exception of a handler, before `OnDone`. The engine goes on in any case."""


class Engine(Protocol):
    """Runs tasks, each at least once. It remembers nothing: what is due is told by the ledger."""

    def submit(self, task: Task) -> bool:
        """Take the task on; False when it is queued or running already, or the engine is closed.

        Raises:
            ValueError: No handler has this name: a defect of assembly, not of a task.
        """
        ...

    def idle(self) -> bool:
        """Whether nothing is queued or running, and all listeners were told so."""
        ...

    def has_plenty(self) -> bool:
        """Whether so much waits for a thread that more would only wait behind it."""
        ...

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until idle, at most `timeout` seconds; answers `idle()`."""
        ...

    def close(self, *, wait: bool = True) -> None:
        """Take nothing more, drop what has not started, let what runs end; with `wait` return after that.

        Not to be called by a handler. May be called twice. Dropped tasks are still due in the ledger.
        """
        ...


def tell(listener: Callable[..., None], *what: object) -> None:
    """Call a listener; its own failure is logged and hurts nobody else."""
    try:
        listener(*what)
    except Exception:
        log.exception("a listener of the engine failed")
