"""How many calls may be under way at once: more while the API is quick, half of it as soon as it is slow or says so."""

from __future__ import annotations

import math

FIRST = 4
"""Calls under way at the start: an API we know nothing of is not met with all we have."""

SLOW_SECONDS, SLOW_TIMES = 1.0, 4.0
"""A call is slow that takes longer than both: so many seconds, and so many times the quickest of late."""

_FORGETTING = 1.002
"""By how much the quickest call counts less with every call: an API that was quick once may be another one by now."""


class Width:
    """The limit, as TCP finds its own: twice as wide with each round of quick calls, after a cut wider by one a round.

    Not thread-safe: whoever counts the calls under way holds a lock already.
    """

    def __init__(self, most: int) -> None:
        """`most`: calls under way that are never exceeded."""
        self._most = most
        self._limit = float(min(FIRST, most))
        self._quickest = math.inf
        self._cut_at = -math.inf

    @property
    def limit(self) -> int:
        """Calls that may be under way now."""
        return int(self._limit)

    def heard(self, began: float, ended: float) -> None:
        """A call was answered or failed; both times by one clock, in seconds."""
        seconds = ended - began
        self._quickest = min(self._quickest * _FORGETTING, seconds)
        if seconds > max(SLOW_SECONDS, SLOW_TIMES * self._quickest):
            if began >= self._cut_at:  # calls of before the last cut tell nothing of it
                self.cut(ended)
            return
        step = 1.0 if self._cut_at == -math.inf else 1.0 / self._limit
        self._limit = min(self._limit + step, float(self._most))

    def cut(self, now: float) -> None:
        """The API is slow, or asks for fewer calls."""
        self._limit = max(self._limit / 2, 1.0)
        self._cut_at = now
