"""What planning comes to: what would be sent of each feed, what not, what the guards saw; and where it is written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from connector.model import GuardFinding, LotDraft, RowVerdict, Verdict
    from connector.profiles import Learned
    from connector.shaping import Netted, Orders, Past

FEW_ROWS = 20_000
"""A table of no more is held in memory while it is planned, by one thread; of a larger one each pass reads parts."""

NETTED_KEPT = 2_000
"""Records a report lists one by one from which orders were taken off."""


PublishedLookup = Callable[[str, str, Collection[str]], Mapping[str, Any]]
"""(account, feed, locations) → the shelf of each location: what was last acknowledged there."""


@dataclass(frozen=True, slots=True)
class World:
    """What a plan asks of all that is outside its file; by default nothing is known.

    `accounts` gives the account that serves a location, `locations` the codes by their names, `lanes` those of drops,
    `lists` the SKUs Konnect lists for an account, `orders` those of a shop, `past` the earlier drops of a lane and
    `learned` what they have taught, `known_codes` the codes of an account (None: of all) that are not ASCII. `stands`
    tells whether all that a drop said of a feed was accepted and nothing was said of it since, to an account (None: to
    any). `settings` gives, as JSON-able values, all that is set or listed and that a plan rests on.
    """

    published: PublishedLookup = lambda _account, _feed, _locations: {}
    accounts: Callable[[str], str | None] = lambda _location: None
    locations: Mapping[str, str] = field(default_factory=dict)
    lanes: Callable[[Collection[int]], Mapping[int, str]] = lambda _drops: {}
    lists: Callable[[str], Any] = lambda _account: None
    orders: Orders | None = None
    past: Callable[[str], Sequence[Past]] = lambda _lane: ()
    learned: Callable[[str], Sequence[Learned]] = lambda _lane: ()
    known_codes: Callable[[str | None], frozenset[str]] = lambda _account: frozenset()
    stands: Callable[[int, str, str | None], bool] = lambda _drop, _feed, _account: False
    settings: Callable[[], Any] = lambda: None


@dataclass(frozen=True, slots=True)
class FeedPlan:
    """What one feed of a drop comes to: `total` records = the sum of `counts`; `accepted` there means "to be sent".

    Of `total`, `made` are zeros for what a full file does not list; the others were read. `meaning` is by what a later
    drop that says the same is known, and what it needs not to be planned again; `repeats` the drop this one says again.
    """

    name: str
    total: int
    counts: Mapping[Verdict, int]
    notes: Mapping[str, int]
    messages: Sequence[str]
    measures: Mapping[str, Any] = field(default_factory=dict)
    made: int = 0
    netted: Sequence[Netted] = ()
    meaning: Mapping[str, Any] = field(default_factory=dict)
    repeats: int | None = None


class Draft(Protocol):
    """Where a plan is written while it is made, part by part: the ledger, or lists for a dry run."""

    def add_verdicts(self, feed: str, verdicts: Sequence[RowVerdict]) -> None:
        """Verdicts planning reached by itself."""
        ...

    def add_unchanged(self, feed: str, lines: Any) -> None:
        """Lines (a NumPy array) of records whose value is acknowledged already."""
        ...

    def add_lots(self, lots: Iterable[LotDraft]) -> None:
        """Batches to send."""
        ...

    def must_confirm(self, feed: str) -> bool:
        """Whether values this drop says again matter, some at least."""
        ...

    def confirm(self, feed: str, confirmed: Callable[..., Mapping[str, Mapping[str, Any]]]) -> None:
        """Values this drop says again, as columns by account and location; asked for only where they matter.

        `confirmed` takes the keys (location, SKU) that matter, or nothing for all.
        """
        ...


@dataclass(slots=True)
class DryRun:
    """A plan that is only looked at: the verdicts of its rows are kept, all else is not."""

    verdicts: list[RowVerdict] = field(default_factory=list)

    def add_verdicts(self, feed: str, verdicts: Sequence[RowVerdict]) -> None:
        """Keep them."""
        del feed
        self.verdicts.extend(verdicts)

    def add_unchanged(self, feed: str, lines: Any) -> None:
        """Counted elsewhere."""

    def add_lots(self, lots: Iterable[LotDraft]) -> None:
        """Never made."""

    def must_confirm(self, feed: str) -> bool:
        """Never: nothing is kept."""
        del feed
        return False

    def confirm(self, feed: str, confirmed: Callable[..., Mapping[str, Mapping[str, Any]]]) -> None:
        """Of no use."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All feeds of a drop and what the guards saw."""

    feeds: tuple[FeedPlan, ...]
    findings: tuple[GuardFinding, ...] = field(default=())

    @property
    def holds(self) -> bool:
        """Whether a guard stops the whole drop."""
        return any(finding.verdict == "hold" for finding in self.findings)

    @property
    def reason(self) -> str:
        """Why it is held, one sentence a guard."""
        said = (finding.reason for finding in self.findings if finding.verdict == "hold")
        return "; ".join(dict.fromkeys(said))  # what is said of both feeds of a file is said once

    def report(self) -> dict[str, Any]:
        """Counts and notes of each feed and the guards' figures, as JSON-able values."""
        return {
            "feeds": {
                feed.name: {
                    "records": feed.total - feed.made,
                    "made": feed.made,
                    **_netted(feed.netted),
                    "verdicts": {str(verdict): count for verdict, count in feed.counts.items()},
                    "notes": dict(feed.notes),
                    "messages": list(feed.messages),
                    "measures": dict(feed.measures),
                    **({"meaning": dict(feed.meaning)} if feed.meaning else {}),
                    **({"repeats": feed.repeats} if feed.repeats else {}),
                }
                for feed in self.feeds
            },
            "guards": [guard_report(finding) for finding in self.findings],
        }


def guard_report(finding: GuardFinding) -> dict[str, Any]:
    """What a guard saw, as JSON-able values."""
    return {
        name: getattr(finding, name) for name in ("name", "figure", "limit", "verdict", "reason", "source")
    }


def _netted(rows: Sequence[Netted]) -> dict[str, Any]:
    """From which records orders were taken off: the first of them, and how many they are."""
    if not rows:
        return {}
    said = [
        {
            "line": one.line, "location": one.location, "sku": one.sku,
            "in_file": one.before, "netted_by": one.ordered, "value": one.left,
        }
        for one in rows[:NETTED_KEPT]
    ]  # fmt: skip
    return {"netted": len(rows), "netted_rows": said}
