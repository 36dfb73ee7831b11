"""A breaker per account: when the API is down nobody waits for timeouts in a row (design decision 7)."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import pybreaker

from connector.api.retry import Trouble
from connector.errors import ConnectorError, CredentialsRefused, RefusedBatch, RetryLater

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class BreakerSettings:
    """Opens after `failures` failed attempts in a row; after `cool_down` seconds one call scouts."""

    failures: int = 5
    cool_down: float = 30.0


class Breaker:
    """Lets calls through, refuses them while the API is down, and sends one scout after the cool-down.

    pybreaker counts and keeps the state. Its own `call` holds one lock for as long as the call lasts, which
    would send one request at a time; here it only hears how a call ended.
    """

    def __init__(self, settings: BreakerSettings, name: str, changed: Callable[[str], None]) -> None:
        """`changed` hears "open" and "closed"."""
        self._settings = settings
        self._name = name
        self._changed = changed
        self._gate = threading.Lock()
        self._open_until: float | None = None
        self._scouting = False
        self._circuit = pybreaker.CircuitBreaker(
            fail_max=settings.failures,
            reset_timeout=settings.cool_down,
            name=name,
            throw_new_error_on_trip=False,
        )

    @property
    def remaining(self) -> float:
        """Seconds until a call may go through again; 0 when it may now."""
        until = self._open_until
        return 0.0 if until is None else max(until - time.monotonic(), 0.0)

    def run(self, work: Callable[[], T]) -> T:
        """The result of `work`, or RetryLater at once with the remaining wait while the API is down.

        Trouble that is an outage counts; an answer, also one that refuses, shows that the API is up.
        """
        scout = self._admit()
        try:
            result = work()
        except Trouble as trouble:
            self._record(trouble if trouble.outage else None, scout=scout)
            raise
        except (RefusedBatch, CredentialsRefused):
            self._record(None, scout=scout)
            raise
        except BaseException:
            self._abandon(scout=scout)
            raise
        self._record(None, scout=scout)
        return result

    def _admit(self) -> bool:
        """Whether this call is the scout; RetryLater when it must wait."""
        if self._open_until is None:
            return False
        with self._gate:
            left = self.remaining
            if self._circuit.current_state == pybreaker.STATE_CLOSED:
                return False  # another thread's scout came back well meanwhile
            if left > 0 or self._scouting:
                wait = left or min(1.0, self._settings.cool_down)
                raise RetryLater(
                    f"The API is not answering ({self._name}); it is tried again by itself.", wait=wait
                )
            self._scouting = True
            self._circuit.half_open()
            return True

    def _record(self, failure: Trouble | None, *, scout: bool) -> None:
        if failure is None and self._open_until is None and not self._circuit.fail_counter:
            return  # the usual case, without a lock
        change = ""
        with self._gate:
            if self._open_until is not None and not scout:
                return  # began before the outage was known: says nothing new
            before = self._open_until
            self._scouting = False
            self._tell_circuit(failure)
            if self._circuit.current_state == pybreaker.STATE_OPEN:
                self._open_until = time.monotonic() + self._settings.cool_down
                change = "open" if before is None else ""
            elif before is not None:
                self._open_until = None
                change = "closed"
        if change:
            self._changed(change)

    def _tell_circuit(self, failure: Trouble | None) -> None:
        def outcome() -> None:
            if failure is not None:
                raise _Failed

        with suppress(_Failed):
            self._circuit.call(outcome)

    def _abandon(self, *, scout: bool) -> None:
        """A scout that never reached the API (shutdown, pace) leaves the question open for the next one."""
        if scout:
            with self._gate:
                self._scouting = False


class _Failed(ConnectorError):
    """Tells pybreaker that a call failed."""
