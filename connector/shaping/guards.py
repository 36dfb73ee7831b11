"""Checks over a whole drop. Each guard is one declaration in `GUARDS`; one that does not pass holds the drop.

A guard looks at one feed of the drop (`Seen`) and says what it saw, its limit and its verdict. New guards,
and the history they need, are added to `Seen` and to `GUARDS`; nothing else changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from connector.model import GuardFinding

if TYPE_CHECKING:
    from collections.abc import Callable

    from connector.feeds import Policy
    from connector.shaping.outcome import Changed, Records

FEW_REJECTS = 10
"""Fewer rejects than this never hold a drop: in a short file two bad rows are a large share."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a guard may look at: one feed of one drop."""

    feed: str
    records: Records
    changed: Changed
    policy: Policy


@dataclass(frozen=True, slots=True)
class Guard:
    """A check over a whole drop: its name, what it protects from, and the look it takes."""

    name: str
    label: str
    look: Callable[[Seen], GuardFinding]


def _finding(name: str, figure: float, limit: float, reason: str) -> GuardFinding:
    """Make a finding: it holds when there is a reason."""
    return GuardFinding(name, figure, limit, "hold" if reason else "pass", reason)


def _empty(seen: Seen) -> GuardFinding:
    reason = ""
    if not seen.records.total:
        reason = (
            f"the file has no {seen.feed} rows: nothing is sent and nothing is set to zero. Export it again"
        )
    return _finding("empty", seen.records.total, 1, reason)


def _too_many_rejects(seen: Seen) -> GuardFinding:
    rejects = len(seen.records.rejects)
    asking = seen.records.total - len(seen.records.blank)
    share = rejects / asking if asking else 0.0
    reason = ""
    if rejects >= FEW_REJECTS and share > seen.policy.max_rejects_share:
        usual = _most_frequent(seen.records)
        reason = (
            f"{rejects} of {asking} {seen.feed} records are rejected ({share:.0%}, the limit is "
            f"{seen.policy.max_rejects_share:.0%}); mostly: {usual}. The file looks wrong as a whole: nothing of "
            f"it is sent. Mend it and drop it again; if it is right as it is, write a higher max_rejects_share under "
            f"[policy] in its profile and retry the drop"
        )
    return _finding("too_many_rejects", round(share, 4), seen.policy.max_rejects_share, reason)


def _most_frequent(records: Records) -> str:
    """Give the reason most rejects share, in the words of its first row."""
    counts: dict[str, int] = {}
    words: dict[str, str] = {}
    for verdict in records.rejects:
        for fault in verdict.faults:
            counts[fault.code] = counts.get(fault.code, 0) + 1
            words.setdefault(fault.code, f'{fault.reason} (column "{fault.column}")')
    return words[max(counts, key=lambda code: (counts[code], code))]


GUARDS: tuple[Guard, ...] = (
    Guard("empty", "a file without rows", _empty),
    Guard("too_many_rejects", "more rejected records than a good file has", _too_many_rejects),
)
"""Every guard there is, in the order they look."""


def check(feed: str, records: Records, changed: Changed, policy: Policy) -> tuple[GuardFinding, ...]:
    """Let every guard look at one feed of a drop; questions found while reading its columns come first.

    The drop is held when any finding's verdict is "hold".
    """
    seen = Seen(feed, records, changed, policy)
    return (*records.findings, *(guard.look(seen) for guard in GUARDS))
