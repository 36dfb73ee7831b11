"""Work that runs ahead of who waits for it: the kernels under our columns let go of the interpreter, so two steps of a
stream can use two processors."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Generic, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")


def ahead(items: Iterable[T], depth: int = 1) -> Iterator[T]:
    """The same items, made in a thread of their own, at most `depth` of them before they are asked for.

    What the making raises is raised here. Whoever stops asking (closes this generator) ends the thread.
    """
    made: queue.Queue[tuple[bool, T | BaseException | None]] = queue.Queue(depth)
    stop = threading.Event()

    def put(what: tuple[bool, T | BaseException | None]) -> None:
        while not stop.is_set():
            try:
                made.put(what, timeout=0.1)
            except queue.Full:
                continue
            return

    def make() -> None:
        try:
            for item in items:
                put((True, item))
                if stop.is_set():
                    return
        except BaseException as error:  # noqa: BLE001  raised again where it is waited for
            put((False, error))
        else:
            put((False, None))

    thread = threading.Thread(target=make, name="ahead", daemon=True)
    thread.start()
    try:
        while True:
            goes_on, what = made.get()
            if goes_on:
                yield what  # type: ignore[misc]  # an item
            elif what is None:
                return
            else:
                raise what  # type: ignore[misc]  # the error
    finally:
        stop.set()
        thread.join()


class Behind(Generic[T]):
    """Hands items to a function in a thread of its own, in order, at most `depth` of them waiting. A context manager.

    What the function raises is raised at the next `add`, or at the end.
    """

    def __init__(self, work: Callable[[T], object], depth: int = 2) -> None:
        self._work = work
        self._waiting: queue.Queue[T | None] = queue.Queue(depth)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="behind", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def add(self, item: T) -> None:
        """Hand over an item; waits while too many are waiting."""
        if self._error:
            raise self._error
        self._waiting.put(item)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._waiting.put(None)
        self._thread.join()
        if self._error and kind is None:
            raise self._error

    def _run(self) -> None:
        while (item := self._waiting.get()) is not None:
            if self._error:
                continue  # what was handed over before the error was seen
            try:
                self._work(item)
            except BaseException as error:  # noqa: BLE001  raised again where items are handed over
                self._error = error
