"""What was asked of the sandbox: the log of calls and their statistics."""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter
from urllib.parse import parse_qsl, urlencode

MAX_CALLS = 200_000
MAX_BODY_BYTES = 256 * 1024 * 1024  # bodies of the newest calls, requests and replies together


def redacted(path: str, query: str) -> str:
    """Path and query with every password replaced; it travels in the URL (konnect-api.md 3.1)."""
    if not query:
        return path
    # Decoded first, so that no spelling of the name (pass%77ord) slips through.
    pairs = parse_qsl(query, keep_blank_values=True)
    shown = [(name, "***" if name.lower() == "password" else value) for name, value in pairs]
    return f"{path}?{urlencode(shown, safe='*,/:')}"


@dataclass(slots=True)
class Call:
    """One call of the public API. ``status`` is None when no answer was sent; counts are records."""

    number: int
    operation: str
    method: str
    path: str
    body: bytes | None
    username: str | None = None
    time: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds"))
    status: int | None = None
    outcome: str = "open"
    records: int = 0
    failed: int = 0
    faults: list[str] = field(default_factory=list)
    duration_ms: float = 0.0
    reply: bytes | None = None
    request_bytes: int = 0
    request_sha256: str = ""
    reply_bytes: int = 0
    started: float = field(default_factory=perf_counter)

    def facts(self) -> dict[str, object]:
        """The call as the control endpoint shows it; the bodies are asked for by themselves."""
        return {name: getattr(self, name) for name in self.__slots__ if name not in _NOT_SHOWN}


_NOT_SHOWN = {"body", "reply", "started"}


class CallLog:
    """Calls in the order they came in, numbered from 1, and totals that outlive the log's own limit."""

    def __init__(self) -> None:
        self.calls: deque[Call] = deque(maxlen=MAX_CALLS)
        self._with_bodies: deque[Call] = deque()
        self._body_bytes = 0
        self._last = 0
        self._open = 0
        self._most_open = 0
        self._totals: dict[str, Counter[str]] = {}

    def begin(self, operation: str, method: str, path: str, body: bytes) -> Call:
        """Note a call that has been read in whole."""
        self._last += 1
        call = Call(self._last, operation, method, path, body)
        call.request_bytes = len(body)
        call.request_sha256 = hashlib.sha256(body).hexdigest()
        self.calls.append(call)
        self._open += 1
        self._most_open = max(self._most_open, self._open)
        return call

    def end(self, call: Call, outcome: str, status: int | None, reply: bytes) -> None:
        """Note how a call ended: ``answered``, ``reset``, ``lost_reply`` or ``truncated``."""
        call.outcome, call.status, call.reply = outcome, status, reply
        call.reply_bytes = len(reply)
        call.duration_ms = round((perf_counter() - call.started) * 1000, 3)
        self._open -= 1
        self._bound_bodies(call)
        totals = self._totals.setdefault(call.operation, Counter())
        totals["calls"] += 1
        totals[f"status_{status}" if outcome == "answered" else outcome] += 1
        totals["records"] += call.records
        totals["failed_records"] += call.failed

    def _bound_bodies(self, newest: Call) -> None:
        self._with_bodies.append(newest)
        self._body_bytes += newest.request_bytes + newest.reply_bytes
        while self._body_bytes > MAX_BODY_BYTES:
            oldest = self._with_bodies.popleft()
            self._body_bytes -= oldest.request_bytes + oldest.reply_bytes
            oldest.body = oldest.reply = None

    def find(self, number: int) -> Call | None:
        """A call by its number, or None."""
        if not self.calls:
            return None
        position = number - self.calls[0].number
        return self.calls[position] if 0 <= position < len(self.calls) else None

    def stats(self) -> dict[str, object]:
        """Totals for each operation and in all, and how many calls were open at one time at most."""
        total: Counter[str] = Counter()
        for counts in self._totals.values():
            total.update(counts)
        return {
            "operations": {name: dict(counts) for name, counts in sorted(self._totals.items())},
            "total": dict(total),
            "most_concurrent": self._most_open,
        }
