"""Where letters go: one box for each URL, with a thread of its own, so that a slow mail server delays nobody.

apprise knows the services. It says of a failure only that there was one; why is in its log, which is read along.
"""

from __future__ import annotations

import functools
import logging
import queue
import threading
import time
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import structlog
import tenacity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from connector.alerts.sayings import Letter

log = structlog.get_logger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 30.0, 1800.0
"""Seconds between two tries of one letter: the first pause, doubled up to the longest."""

GIVEN_UP_AFTER = 86_400.0
"""Seconds of trying after which a letter is old news."""

CLOSE_SECONDS = 10.0
"""How long the end of the connector waits for letters under way."""

_LEAST_SECRET = 8  # a shorter part of a URL is a number or an ordinary word
_SEPARATORS = str.maketrans("/:@?&=#;,", " " * 9)


class Box:
    """One address to send to. Raises ValueError when apprise does not know what the URL means."""

    def __init__(self, url: str) -> None:
        self._service = _service(url)
        if self._service is None:
            raise ValueError(wrong_url(url))

    @property
    def name(self) -> str:
        """The URL as it may be shown: without what is secret in it, and without its options."""
        shown: str = self._service.url(privacy=True)
        return shown.partition("?")[0]

    @property
    def secrets(self) -> list[str]:
        """The parts of the URL that apprise itself would not show, so that no log of ours does."""
        shown = unquote(self._service.url(privacy=True))
        parts = {unquote(part) for part in self._service.url().translate(_SEPARATORS).split()}
        hidden = [part for part in parts if len(part) >= _LEAST_SECRET and part not in shown]
        return [*hidden, *filter(None, [getattr(self._service, "password", None)])]

    def send(self, letter: Letter) -> str | None:
        """Send it now, within apprise's time limits; why it could not be sent, None when it was."""
        apprise = _apprise()
        # apprise logs on one logger of its own; read by the thread that sends, at most another box's words mix in.
        with apprise.LogCapture(level=logging.WARNING, fmt="%(message)s") as said:
            try:
                sent = self._service.notify(title=letter.title, body=letter.body, body_format="text")
            except Exception as error:  # noqa: BLE001 - the code of a hundred services: none may end our thread
                return f"{type(error).__name__}: {error}"
            reason = " ".join(said.getvalue().split())
        return None if sent else reason or "the service did not take it and gave no reason"


@dataclass(slots=True)
class _Round:
    """A letter on its way to every box."""

    letter: Letter
    left: int
    taken: bool = False


class Post:
    """Carries letters to all boxes at once and tries again where one cannot be reached. Thread-safe.

    Args:
        boxes: where every letter goes.
        delivered: told of a letter when the first box took it, and never again of that letter.
        failed: told of a letter when no box took it for a day.
        first_pause: seconds before the second try.
    """

    def __init__(
        self,
        boxes: Sequence[Box],
        *,
        delivered: Callable[[Letter], None],
        failed: Callable[[Letter], None],
        first_pause: float = FIRST_PAUSE,
    ) -> None:
        self._boxes = [(box, queue.SimpleQueue[_Round | None]()) for box in boxes]
        self._delivered, self._failed = delivered, failed
        self._first_pause = first_pause
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=(box, letters), name="alerts", daemon=True)
            for box, letters in self._boxes
        ]
        for thread in self._threads:
            thread.start()

    def send(self, letter: Letter) -> None:
        """Hand it over; returns at once."""
        going = _Round(letter, len(self._boxes))
        for _, rounds in self._boxes:
            rounds.put(going)

    def close(self) -> None:
        """One more try for what is under way, then an end: what was not sent is sent after the next start."""
        self._ending.set()
        for _, rounds in self._boxes:
            rounds.put(None)
        deadline = time.monotonic() + CLOSE_SECONDS
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0.0))

    def _work(self, box: Box, rounds: queue.SimpleQueue[_Round | None]) -> None:
        while (going := rounds.get()) is not None:
            try:
                self._ended(going, taken=self._deliver(box, going.letter))
            except Exception:
                log.exception("alert not sent", to=box.name)  # the ledger is gone, say: the daemon ends of it

    def _deliver(self, box: Box, letter: Letter) -> bool:
        """Try until the box takes it, a day is over or the connector ends."""

        def said(state: tenacity.RetryCallState) -> None:
            outcome = state.outcome.result() if state.outcome else None
            log.warning(
                "alert not sent",
                to=box.name,
                title=letter.title,
                reason=outcome,
                again_in=state.upcoming_sleep,
            )

        tries = tenacity.Retrying(
            retry=tenacity.retry_if_result(bool),
            wait=tenacity.wait_exponential(self._first_pause, max=LONGEST_PAUSE),
            stop=tenacity.stop_after_delay(GIVEN_UP_AFTER) | tenacity.stop_when_event_set(self._ending),
            sleep=tenacity.sleep_using_event(self._ending),
            before_sleep=said,
            retry_error_callback=lambda state: state.outcome and state.outcome.result(),
        )
        reason = tries(box.send, letter)
        if reason:
            event = "alert waits for the next start" if self._ending.is_set() else "alert given up"
            log.error(event, to=box.name, title=letter.title, reason=reason)
        return not reason

    def _ended(self, going: _Round, *, taken: bool) -> None:
        """The first box that takes a letter makes it said; where none does, the last one makes it unsaid."""
        with self._lock:
            going.left -= 1
            first, nobody = taken and not going.taken, not taken and not going.taken and not going.left
            going.taken = going.taken or taken
        if first:
            self._delivered(going.letter)
        elif nobody and not self._ending.is_set():
            self._failed(going.letter)


def wrong_url(url: str) -> str | None:
    """What is wrong with a URL, without sending anything and without showing it; None when nothing is."""
    if _service(url) is not None:
        return None
    scheme = url.partition("://")[0] if "://" in url else ""
    kind = f"a {scheme}:// address that is whole" if scheme.isalnum() and scheme else "a URL"
    return (
        f"is not {kind}; write for example mailto://user:password@mail.example.com?to=you@example.com or "
        f"json://my-server/path; all kinds: https://appriseit.com/services/"
    )


@functools.cache
def _apprise() -> Any:
    """The library, imported by the first who asks: the main thread, which makes the boxes."""
    logging.getLogger("apprise").propagate = False  # what it says of a failure stands in our line
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one of its hundred services imports what Python 3.13 leaves out
        import apprise  # noqa: PLC0415  slow to import, see the package

        return apprise


def _service(url: str) -> Any:
    """What sends to this URL; None when apprise knows none."""
    apprise = _apprise()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the services themselves are imported with the first URL
        return apprise.Apprise.instantiate(url, asset=apprise.AppriseAsset(app_id="Konnect Connector"))
