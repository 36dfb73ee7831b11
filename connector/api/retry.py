"""When a call is tried again, after which wait, and when it is handed back (design decision 7)."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeVar

import tenacity

from connector.errors import RetryLater

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

T = TypeVar("T")

SOON = 0.2
"""Share of the usual first wait after which a call is tried a second time."""


class Trouble(Exception):
    """Inside the client only: one attempt failed in a way that may pass by itself.

    `unknown`: the request may have been applied. `outage`: counts against the breaker. `wait`: what the
    server asked for, in seconds. It never leaves the client and never holds a secret.
    """

    def __init__(
        self, message: str, *, unknown: bool = False, outage: bool = True, wait: float | None = None
    ) -> None:
        super().__init__(message)
        self.unknown = unknown
        self.outage = outage
        self.wait = wait


@dataclass(frozen=True, slots=True)
class RetrySettings:
    """Tries inside one call, in seconds; after `attempts` or `total` the work goes back to the ledger.

    The first wait is `SOON` of `first_wait`: most often it is this one call that met with trouble, and the next goes
    through. `longest_wait` bounds one wait, also a Retry-After: a longer one is handed back at once with its wait.
    `come_back` is the wait handed back when nobody named one; `longest_come_back` bounds what a server may
    name.
    """

    attempts: int = 5
    first_wait: float = 0.5
    longest_wait: float = 20.0
    total: float = 90.0
    come_back: float = 30.0
    longest_come_back: float = 3600.0


def parse_retry_after(value: str | None, *, server_date: str | None = None) -> float | None:
    """Seconds asked for by a Retry-After header, as seconds or as HTTP date; None when absent or unreadable.

    A date is compared with the server's own Date header, so that a wrong clock on either side does no harm.
    """
    text = (value or "").strip()
    if re.fullmatch(r"[0-9]{1,12}(?:\.[0-9]+)?", text):
        return float(text)
    when = _http_date(text)
    if when is None:
        return None
    now = _http_date((server_date or "").strip()) or datetime.now(UTC)
    return max((when - now).total_seconds(), 0.0)


def _http_date(text: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def pause(seconds: float, stop: threading.Event) -> None:
    """Sleep, unless a shutdown comes or came: then RetryLater at once, and the work stays in the ledger."""
    if stop.wait(seconds):
        raise RetryLater("The connector is stopping; this is sent after the next start.", wait=seconds)


class Retry:
    """Runs a call until it is answered. One for all threads of a client."""

    def __init__(
        self,
        settings: RetrySettings,
        stop: threading.Event,
        told: Callable[[Trouble, int], None],
        is_down: Callable[[], bool] = lambda: False,
    ) -> None:
        """`told` hears of every failed attempt that is tried again, with its number.

        `is_down` says that more attempts are in vain for now.
        """
        self._settings = settings
        self._stop_event = stop
        self._told = told
        self._is_down = is_down

    def run(
        self, attempt: Callable[[], T], *, repeatable: bool, give_up: Callable[[Trouble, int], Exception]
    ) -> T:
        """The result of the first attempt without Trouble; else raises what `give_up` makes of the last.

        A call that is not repeatable is tried again only when it surely was not applied.
        """
        try:  # the usual call ends here and needs no machinery
            return attempt()
        except Trouble as trouble:
            first: Trouble = trouble
        first.__traceback__ = None
        return self._again(first, attempt, repeatable=repeatable, give_up=give_up)

    def _again(
        self,
        first: Trouble,
        attempt: Callable[[], T],
        *,
        repeatable: bool,
        give_up: Callable[[Trouble, int], Exception],
    ) -> T:
        failed = iter((first,))

        def next_attempt() -> T:
            for trouble in failed:
                raise trouble
            return attempt()

        def may_try(error: BaseException) -> bool:
            return isinstance(error, Trouble) and (repeatable or not error.unknown)

        retrying = tenacity.Retrying(
            stop=tenacity.stop_any(
                tenacity.stop_after_attempt(self._settings.attempts),
                tenacity.stop_before_delay(self._settings.total),
                _StopWhenHopeless(self._settings.longest_wait, self._is_down),
            ),
            wait=self._wait,
            retry=tenacity.retry_if_exception(may_try),
            sleep=lambda seconds: pause(seconds, self._stop_event),
            before_sleep=lambda state: self._told(_trouble(state), state.attempt_number),
            reraise=True,
        )
        tried = 0
        try:
            result: T = retrying(next_attempt)
        except Trouble as trouble:
            tried = retrying.statistics.get("attempt_number", 1)
            last = trouble
        else:
            return result
        raise give_up(last, tried)

    def _wait(self, state: tenacity.RetryCallState) -> float:
        """What the server asked for, else growing and random: many workers must not come back at once."""
        asked = _trouble(state).wait
        if asked is not None:
            return asked + random.uniform(0, min(self._settings.first_wait, 1.0))  # noqa: S311 - jitter, no secret
        tried = state.attempt_number
        times = SOON if tried == 1 else 2 ** (tried - 2)
        ceiling = min(self._settings.first_wait * times, self._settings.longest_wait)
        return random.uniform(ceiling / 2, ceiling)  # noqa: S311 - jitter, no secret


class _StopWhenHopeless(tenacity.stop.stop_base):
    """The server named a wait too long to sit out inside a call, or it is known to be down."""

    def __init__(self, longest: float, is_down: Callable[[], bool]) -> None:
        self._longest = longest
        self._is_down = is_down

    def __call__(self, retry_state: tenacity.RetryCallState) -> bool:
        return (_trouble(retry_state).wait or 0.0) > self._longest or self._is_down()


def _trouble(state: tenacity.RetryCallState) -> Trouble:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, Trouble):
        raise TypeError("only Trouble is tried again")  # a defect of ours
    return error
