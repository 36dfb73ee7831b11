"""Work that runs ahead of who waits for it.

The kernels under our columns let go of the interpreter, so two steps of a stream can use two processors.
"""

from __future__ import annotations

import queue
import threading
from contextlib import suppress
from dataclasses import dataclass
from operator import length_hint
from typing import TYPE_CHECKING, Generic, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

T = TypeVar("T")
_SEVERAL = 2


def is_one(items: Iterable[object]) -> bool:
    """Whether there is one item at most, as far as it is known beforehand (`__length_hint__`)."""
    return length_hint(items, _SEVERAL) < _SEVERAL


def ahead(items: Iterable[T], depth: int = 1, *, here: bool = False) -> Generator[T]:
    """The same items, made in a thread of their own: while one is used, at most `depth` wait and one is made.

    What the making raises is raised here. Whoever stops asking (closes this generator) ends the thread.
    One item that is known to be the only one (`__length_hint__`) is made by who asks; `here`: all are.
    """
    if here or is_one(items):
        yield from items
        return
    handover: _Handover[T] = _Handover(depth)
    thread = threading.Thread(target=handover.fill, args=(items,), name="ahead", daemon=True)
    thread.start()
    try:
        yield from handover.items()
    finally:
        handover.close()
        thread.join()


@dataclass(frozen=True, slots=True)
class _End:
    """No item comes after it; `error` says why there are no more, if that was no choice."""

    error: BaseException | None = None


class _Handover(Generic[T]):
    """What passes from the thread that makes items to the one that asks for them."""

    def __init__(self, depth: int) -> None:
        self._made: queue.Queue[T | _End] = queue.Queue(depth)
        self._closed = threading.Event()

    def fill(self, items: Iterable[T]) -> None:
        """Hand over all items, until nobody asks any more."""
        try:
            for item in items:
                self._made.put(item)
                if self._closed.is_set():
                    return
        except BaseException as error:  # noqa: BLE001  raised again where it is waited for
            self._made.put(_End(error))
        else:
            self._made.put(_End())

    def items(self) -> Iterator[T]:
        """Take them over."""
        while not isinstance(made := self._made.get(), _End):
            yield made
        if made.error is not None:
            raise made.error

    def close(self) -> None:
        """Nobody asks any more. Whoever waits for room finds it here, and then sees that it is closed."""
        self._closed.set()
        with suppress(queue.Empty):
            while True:
                self._made.get_nowait()


class Behind(Generic[T]):
    """Hands items to a function in a thread of its own, in order, at most `depth` of them waiting. A context manager.

    What the function raises is raised at the next `add`, or at the end. `here`: everything is done at once by who adds,
    where there is so little to do that a thread would cost more than it brings.
    """

    def __init__(self, work: Callable[[T], object], depth: int = 2, *, here: bool = False) -> None:
        self._work = work
        self._here = here
        self._waiting: queue.Queue[T | None] = queue.Queue(depth)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="behind", daemon=True)

    def __enter__(self) -> Self:
        if not self._here:
            self._thread.start()
        return self

    def add(self, item: T) -> None:
        """Hand over an item; waits while too many are waiting."""
        if self._here:
            self._work(item)
            return
        if self._error:
            raise self._error
        self._waiting.put(item)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._here:
            return
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
