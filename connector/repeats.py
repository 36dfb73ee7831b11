"""A file that says what an earlier one of its lane said, row by row: it costs a read, and nothing is planned again.

A shop that exports every quarter of an hour often says the same twice. Comparing with a *file* says nothing of what was
accepted, so it is not enough that rows, profile and settings are the same: all the earlier drop said must have been
accepted, and nothing may have been said since. Then every record is published as it stands here, and would be found so.
A drop that was anything but plain is never taken as the earlier one: its like is planned from the start.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from connector import __version__, readers, shaping
from connector.model import Verdict, is_correction
from connector.plans import FeedPlan

if TYPE_CHECKING:
    from connector.feeds import Binding
    from connector.model import GuardFinding
    from connector.planner import Understanding
    from connector.plans import Draft, World
    from connector.shaping import Habits, Past, Tally

HANG_ON_THE_KNOWN = frozenset({"zeros_restored", "cleaned_inside", "near_known"})
"""Notes of codes that were read as they were because of what is published, which the drop itself may have changed."""


def meaning(binding: Binding, understood: Understanding, world: World) -> str:
    """A number for what a table says of a feed and all that its plan rests on; empty where it is not asked for."""
    match, table = understood.settled()
    codes = {index for name, index in binding.columns.items() if name == "sku"}
    if (
        lane_of(understood) is None
        or is_correction(table.header)
        or binding.location.wide
        or match.policy.orders == "net"
        or table.faults
        or table.totals
        or readers.doubtful_codes(table, codes)
    ):
        return ""
    used = binding.used_columns()
    rests_on = {
        "connector": __version__,
        "binding": replace(binding, evidence={}),
        "header": [table.header[index] for index in used],
        "stored_numbers": table.stored_numbers,
        "policy": match.policy,
        "guards": match.guards,
        "said": match.limits_said,
        "mode": match.mode,
        "profile": match.profile,
        "account": understood.account,
        "settings": world.settings(),
    }
    text = json.dumps(rests_on, sort_keys=True, default=_plain)
    return hashlib.sha256(f"{text}\n{readers.digest(table, used)}".encode()).hexdigest()


def _plain(value: Any) -> Any:
    """What JSON does not know, as what it knows."""
    if hasattr(value, "__dataclass_fields__"):
        return asdict(value)
    if isinstance(value, Mapping):
        return dict(value)
    return sorted(value) if isinstance(value, frozenset | set) else str(value)


def lane_of(understood: Understanding) -> str | None:
    """The lane of a drop; None for what has none, such as files of our own making."""
    return (understood.match.lane if understood.match else None) or understood.origin.lane


def earlier(meaning: str, feed: str, understood: Understanding, world: World) -> Past | None:
    """The drop that said the same, if what it said still stands."""
    lane = lane_of(understood)
    if not meaning or lane is None:
        return None
    for past in world.past(lane):
        if past.feeds.get(feed, {}).get("meaning", {}).get("is") == meaning:
            return past if world.stands(past.drop, feed, understood.account) else None
    return None


def remembered(
    meaning: str, tally: Tally, findings: tuple[GuardFinding, ...], messages: list[str]
) -> dict[str, Any]:
    """What is kept of a plan for a later drop that says the same; nothing of one that was not plain."""
    plain = (
        set(tally.counts()) <= {Verdict.ACCEPTED, Verdict.UNCHANGED}
        and all(finding.verdict == "pass" for finding in findings)
        and not tally.made
        and not HANG_ON_THE_KNOWN & tally.notes.keys()
    )
    return {"is": meaning, "messages": messages} if meaning and plain else {}


class Repeat:
    """A feed of such a file: every record is unchanged. `usual` are the earlier drops of the feed."""

    def __init__(self, past: Past, feed: str, understood: Understanding, usual: Habits) -> None:
        self._match, self._table = understood.settled()
        self._past = past
        self._said: Mapping[str, Any] = past.feeds[feed]
        self._feed = feed
        self._usual = usual
        self.findings: tuple[GuardFinding, ...] = self._look()

    def _look(self) -> tuple[GuardFinding, ...]:
        """Only what looks at where a file comes from may still object."""
        tally = shaping.Tally(self._feed)
        tally.total = self._total
        beside = frozenset(one.feed for one in self._match.bindings) - {self._feed}
        seen = shaping.Seen(
            tally, self._match.policy, None, self._match.guards, self._match.mode, self._usual, beside=beside
        )
        return shaping.check_guards(seen, again=True)

    @property
    def _total(self) -> int:
        return self._past.records(self._feed)

    def write(self, draft: Draft) -> None:
        """Every line is accounted for, as of any other drop."""
        for lines in readers.lines(self._table):
            draft.add_unchanged(self._feed, lines)

    def plan(self, *, held: bool) -> FeedPlan:
        """What it comes to: nothing is sent, so there is nothing to hold."""
        del held
        kept = self._said["meaning"]
        says = (
            f"every row says what {self._past.called} said, all of which Konnect has accepted: there is nothing to "
            "compare and nothing to send"
        )
        return FeedPlan(
            self._feed,
            self._total,
            {Verdict.UNCHANGED: self._total},
            self._said["notes"],
            [says, *kept["messages"], *filter(None, [self._usual.clock_ahead()])],
            shaping.measures_again(self._past, self._usual),
            meaning=kept,
            repeats=self._past.drop,
        )
