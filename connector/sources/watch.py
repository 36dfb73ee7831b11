"""Events of the file system that wake the loop. They carry no truth: the scan alone finds what is there.

Network shares send no events, queues overflow, watching threads die in silence. Hence: an event only sets a
flag, the loop's timer sets it too, and `alive` notices when nobody listens any more.
"""

from __future__ import annotations

import errno
import logging
import os
import threading
import warnings
from typing import TYPE_CHECKING, Self

from watchdog import events
from watchdog.observers import Observer
from watchdog.observers.polling import PollingObserver

from connector.sources.local import WORK_FOLDER

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

    from watchdog.observers.api import BaseObserver

log = logging.getLogger(__name__)

PROBE = f"{WORK_FOLDER}-probe"
"""A hidden file, so that no scan takes it for a drop."""

_WAKING: list[type[events.FileSystemEvent]] = [
    events.FileCreatedEvent,
    events.FileModifiedEvent,
    events.FileMovedEvent,
    events.FileClosedEvent,
    events.DirCreatedEvent,
    events.DirMovedEvent,
]
"""Opening and reading are left out: our own reading would wake us for ever."""

_LIMITS = frozenset({errno.ENOSPC, errno.EMFILE, errno.ENFILE, errno.ENOSYS})
_STOP_SECONDS = 10.0


class _Waker(events.FileSystemEventHandler):
    def __init__(self, root: Path, wake: threading.Event) -> None:
        self._work = os.fspath(root / WORK_FOLDER)
        self._probe = os.fspath(root / PROBE)
        self._wake = wake
        self.heard = threading.Event()

    def on_any_event(self, event: events.FileSystemEvent) -> None:
        """Set the flag, unless it was ourselves at work."""
        path = os.fsdecode(event.dest_path or event.src_path)
        if path == self._probe:
            self.heard.set()
        elif path != self._work and not path.startswith(self._work + os.sep):
            self._wake.set()


class Watch:
    """Sets `wake` when something happens below `paths`; a missing folder is watched from `restart` on."""

    def __init__(
        self,
        paths: Sequence[Path],
        wake: threading.Event,
        *,
        polling: bool = False,
        poll_seconds: float = 5.0,
    ) -> None:
        self._paths = [path.absolute() for path in paths]
        self._wake = wake
        self._polling = polling
        self._poll_seconds = poll_seconds
        self._observer: BaseObserver | None = None
        self._watched: dict[Path, tuple[int, int]] = {}
        self._wakers: dict[Path, _Waker] = {}

    @property
    def kind(self) -> str:
        """`events`, `polling` (the system's limit of watches is reached, or asked for) or `off`."""
        if self._observer is None:
            return "off"
        return "polling" if isinstance(self._observer, PollingObserver) else "events"

    def start(self) -> None:
        """Begin to listen. Never raises for a folder's state or the system's limits: the timer is enough."""
        if self._observer is not None:
            return
        _hush()
        if not self._polling:
            try:
                self._listen(polling=False)
            except OSError as error:
                self.stop()
                log.warning(
                    "the system gives no more file events (%s); folders are polled every %g s instead. "
                    "On Linux raise fs.inotify.max_user_watches and fs.inotify.max_user_instances",
                    error.strerror or error,
                    self._poll_seconds,
                )
            else:
                return
        try:
            self._listen(polling=True)
        except OSError as error:
            self.stop()
            log.warning(
                "folders are not watched (%s); the timer alone looks for files", error.strerror or error
            )

    def _listen(self, *, polling: bool) -> None:
        self._observer = PollingObserver(timeout=self._poll_seconds) if polling else Observer()
        self._observer.start()
        for path in self._paths:
            try:
                seen = path.stat()
                waker = _Waker(path, self._wake)
                self._observer.schedule(waker, path, recursive=True, event_filter=_WAKING)
            except OSError as error:
                if error.errno in _LIMITS:
                    raise
                log.warning(
                    "%s is not watched (%s); it will be when it is back", path, error.strerror or error
                )
            else:
                self._watched[path] = (seen.st_dev, seen.st_ino)
                self._wakers[path] = waker

    def stop(self) -> None:
        """Stop listening and wait for the threads to end; may be called twice."""
        observer, self._observer = self._observer, None
        self._watched.clear()
        self._wakers.clear()
        if observer is not None:
            observer.stop()
            observer.join(_STOP_SECONDS)

    def restart(self) -> None:
        """Listen anew, and wake the loop: what happened meanwhile was not heard."""
        self.stop()
        self.start()
        self._wake.set()

    def alive(self) -> bool:
        """False when it is time to `restart`: a thread died, a folder was replaced or has come back."""
        observer = self._observer
        if observer is None or not observer.is_alive():
            return False
        if len(observer.emitters) != len(self._watched) or not all(
            one.is_alive() for one in observer.emitters
        ):
            return False
        return all(_identity(path) == self._watched.get(path) for path in self._paths)

    def hears(self, path: Path, seconds: float = 2.0) -> bool | None:
        """Self-check: whether a hidden probe file in `path` is heard of; None when none can be written.

        Shares mounted over a network often answer False: then only the timer finds files, which is worth a
        word.
        """
        waker = self._wakers.get(path.absolute())
        if waker is None:
            return False
        probe = path / PROBE
        waker.heard.clear()
        try:
            probe.write_bytes(b"")
        except OSError:
            return None
        try:
            return waker.heard.wait(seconds)
        finally:
            probe.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        seen = path.stat()
    except OSError:
        return None
    return (seen.st_dev, seen.st_ino)


def _hush() -> None:
    """Silence two remarks of watchdog on its own races, which mean nothing to a shop.

    A folder made while its parent is walked is registered twice (a warning), and an event that arrives during
    stop is dropped (an error in the log). Both are what we want.
    """
    warnings.filterwarnings("ignore", message="Callback with id", category=RuntimeWarning)
    logger = logging.getLogger("watchdog.observers.inotify")
    if _not_on_stop not in logger.filters:
        logger.addFilter(_not_on_stop)


def _not_on_stop(record: logging.LogRecord) -> bool:
    return "when the thread is inactive" not in record.getMessage()
