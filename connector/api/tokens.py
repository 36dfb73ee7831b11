"""The token of an account: kept, renewed before it ends, one renewal at a time (konnect-api.md 3.1)."""

from __future__ import annotations

import copy
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from connector.api.retry import Trouble
from connector.errors import CredentialsRefused, RetryLater

if TYPE_CHECKING:
    from collections.abc import Callable

    from connector.api.redact import Secret


@dataclass(frozen=True, slots=True)
class TokenSettings:
    """Seconds. The lifetime is not told by the API: ASSUMED one hour, renewed at 50 minutes.

    After refused credentials the API is not asked again for `refused_pause`, lest it lock the account.
    """

    lifetime: float = 3600.0
    renew_after: float = 3000.0
    refused_pause: float = 60.0


class _Held(NamedTuple):
    token: Secret
    renew_at: float
    ends_at: float


class TokenKeeper:
    """Gives the token to all threads of a client."""

    def __init__(
        self,
        settings: TokenSettings,
        fetch: Callable[[], Secret],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`fetch` makes one token call; it raises CredentialsRefused or Trouble."""
        self._settings = settings
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._held: _Held | None = None
        self._round = 0
        self._failure: Exception | None = None
        self._refused_until = 0.0

    def get(self, *, stale: Secret | None = None) -> Secret:
        """The token, renewed when it is old or when it is the `stale` one the API just refused.

        While one thread renews ahead of time the others go on with the old token; when there is none that
        works they wait for that renewal and share its outcome. Raises CredentialsRefused, or Trouble when
        the call failed.
        """
        now = self._clock()
        held = self._held
        if held is not None and held.token != stale and now < held.renew_at:
            return held.token
        usable = held if held is not None and held.token != stale and now < held.ends_at else None
        seen = self._round
        if not self._lock.acquire(blocking=usable is None):
            return usable.token if usable else self.get(stale=stale)
        try:
            held = self._held
            if held is not None and held.token != stale and self._clock() < held.renew_at:
                return held.token
            if self._round != seen and self._failure is not None:
                raise copy.copy(self._failure)
            return self._renew(usable)
        finally:
            self._lock.release()

    def refuse(self, refused: CredentialsRefused) -> None:
        """The API refused a token fresh from its own hands: do not ask for another one for a while."""
        with self._lock:
            self._remember_refusal(refused)

    def _remember_refusal(self, refused: CredentialsRefused) -> None:
        self._failure, self._held = copy.copy(refused), None
        self._refused_until = self._clock() + self._settings.refused_pause

    def _renew(self, usable: _Held | None) -> Secret:
        left = self._refused_until - self._clock()
        if left > 0 and isinstance(self._failure, CredentialsRefused):
            raise CredentialsRefused(str(self._failure), wait=left)
        began = self._clock()
        try:
            token = self._fetch()
        except CredentialsRefused as refused:
            self._remember_refusal(refused)
            raise
        except (Trouble, RetryLater) as trouble:
            self._failure = copy.copy(trouble)
            if usable is None:
                raise
            # The old token still works: go on with it, and ask again in a while rather than with every call.
            again = min(began + self._settings.refused_pause, usable.ends_at)
            self._held = usable._replace(renew_at=again)
            return usable.token
        finally:
            self._round += 1  # those who waited for the lock meanwhile share this outcome
        self._failure = None
        self._held = _Held(token, began + self._settings.renew_after, began + self._settings.lifetime)
        return token
