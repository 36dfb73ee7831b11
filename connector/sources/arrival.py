"""Which files are whole: by what we saw change ourselves, never by a file's time against the clock.

Pure but for the clock and the structure check it is given: no file is touched here. One `Arrival` per source.
"""

from __future__ import annotations

import fnmatch
import re
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from connector.sources.source import Ignored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from connector.model import Found

IGNORED_NAMES: tuple[str, ...] = (
    ".*",
    "~$*",
    "*~",
    "*.tmp",
    "*.temp",
    "*.part",
    "*.partial",
    "*.filepart",
    "*.crdownload",
    "*.download",
    "*.opdownload",
    "*.uploading",
    "*.swp",
    "*.swx",
    "*.swo",
    "*.lnk",
    "*.url",
    "thumbs.db",
    "ehthumbs.db",
    "desktop.ini",
)
"""Names of programs at work and of system litter, without regard to case. Ignored in silence, but counted."""


class Because(StrEnum):
    """Why a file waits."""

    SETTLING = "settling"
    MARKER = "marker"
    INCOMPLETE = "incomplete"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Ready:
    """A file to take now. `incomplete` says what is missing when it stayed broken beyond our patience."""

    found: Found
    incomplete: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file not taken yet, why, and in how many seconds it may be (None: only a change can tell)."""

    found: Found
    because: Because
    reason: str
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Observation:
    """What one look at a source comes to. `news` are the ignored things worth a word, each told once."""

    ready: tuple[Ready, ...]
    waiting: tuple[Waiting, ...]
    ignored: tuple[Ignored, ...]
    news: tuple[Ignored, ...]

    @property
    def settling(self) -> bool:
        """Whether looking again soon can make something ready; `once` goes on looking until this is False."""
        return any(waiting.because is Because.SETTLING for waiting in self.waiting)

    @property
    def look_again(self) -> float | None:
        """Seconds until the next file may be ready by standing still; None when there is none."""
        return min((waiting.seconds for waiting in self.waiting if waiting.seconds is not None), default=None)


@dataclass(slots=True)
class _Seen:
    """What we know of one path: how it looks, since when, how often seen so, and what its bytes said."""

    size: int
    mtime_ns: int
    inode: int
    since: float
    bytes_since: float
    looks: int = 1
    checked: bool = False
    missing: str | None = None


class Arrival:
    """Holds back what is not whole.

    settle_seconds     how long size, mtime and inode must stand still, from our first unchanged sight on.
    With 0 two
                       equal sights are still needed: nothing is ever taken at first sight.
    patience_seconds   how long a file whose structure says it is cut off may stand still before it is handed
    over
                       as it is, marked incomplete, for the story to hold.
    marker             suffix of done markers (".done"); None where senders write none.
    whole              asks the bytes: None when the file is whole, else what is missing; OSError: unreadable
    now.
    """

    def __init__(
        self,
        settle_seconds: float,
        *,
        patience_seconds: float = 600.0,
        marker: str | None = None,
        whole: Callable[[Found], str | None] | None = None,
        ignore: Sequence[str] = IGNORED_NAMES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settle = settle_seconds
        self._patience = max(patience_seconds, settle_seconds)
        self._marker = marker or None
        self._whole = whole
        self._ignore = re.compile("|".join(fnmatch.translate(name.lower()) for name in ignore) or r"(?!)")
        self._clock = clock
        self._seen: dict[str, _Seen] = {}
        self._told: set[tuple[str, str]] = set()

    def observe(self, files: Iterable[Found], passed_over: Iterable[Ignored] = ()) -> Observation:
        """Judge one whole scan. Ready files come oldest first (by mtime), and again until they are taken."""
        now = self._clock()
        ordered = sorted(files, key=lambda found: (found.mtime_ns, found.path))
        paths = {found.path for found in ordered}
        ignored = list(passed_over)
        ready: list[Ready] = []
        waiting: list[Waiting] = []
        seen: dict[str, _Seen] = {}
        for found in ordered:
            if reason := self._ignored(found.path):
                ignored.append(Ignored(found.source, found.path, reason, report=False))
                continue
            known = seen[found.path] = self._look(found, now)
            verdict = self._judge(found, known, now, paths)
            if isinstance(verdict, Ready):
                ready.append(verdict)
            else:
                waiting.append(verdict)
        self._seen = seen
        return Observation(tuple(ready), tuple(waiting), tuple(ignored), self._news(ignored))

    def _ignored(self, path: str) -> str | None:
        name = path.rpartition("/")[2]
        if self._ignore.match(name.lower()):
            return "a temporary or system file"
        if self._marker and name.endswith(self._marker):
            return "a done marker"
        return None

    def _look(self, found: Found, now: float) -> _Seen:
        known = self._seen.get(found.path)
        if known is None or (known.size, known.mtime_ns) != (found.size, found.mtime_ns):
            return _Seen(found.size, found.mtime_ns, found.inode, since=now, bytes_since=now)
        if known.inode != found.inode:
            return _Seen(found.size, found.mtime_ns, found.inode, since=now, bytes_since=known.bytes_since)
        known.looks += 1
        return known

    def _judge(self, found: Found, known: _Seen, now: float, paths: set[str]) -> Ready | Waiting:
        still = now - known.since
        # Some mounted file systems make up a new inode number at every look: bytes that stand still for the
        # whole of our patience are then enough.
        settled = known.looks > 1 and still >= self._settle
        enough = max(self._patience, self._settle, 1e-9)
        if not settled and now - known.bytes_since < enough:
            moved = known.since > known.bytes_since
            left = enough - (now - known.bytes_since) if moved else max(self._settle - still, 0.0)
            return Waiting(found, Because.SETTLING, "may still be written: it changed a moment ago", left)
        if self._marker and found.path + self._marker not in paths:
            name = (found.path + self._marker).rpartition("/")[2]
            return Waiting(found, Because.MARKER, f"waits for its done marker {name}", None)
        return self._ask_the_bytes(found, known, still)

    def _ask_the_bytes(self, found: Found, known: _Seen, still: float) -> Ready | Waiting:
        if self._whole is not None and not known.checked:
            try:
                known.missing = self._whole(found)
            except OSError as error:
                reason = f"cannot be opened: {error.strerror or error}"
                return Waiting(found, Because.UNREADABLE, reason, None)
            known.checked = True
        if known.missing is None or still >= self._patience:
            return Ready(found, known.missing)
        return Waiting(found, Because.INCOMPLETE, known.missing, self._patience - still)

    def _news(self, ignored: list[Ignored]) -> tuple[Ignored, ...]:
        """What is to be reported and was not at the look before; what went and came back is told again."""
        reported = {(one.path, one.reason): one for one in ignored if one.report}
        news = tuple(one for key, one in reported.items() if key not in self._told)
        self._told = set(reported)
        return news
