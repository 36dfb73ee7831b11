"""The limits that hold for a feed of a drop: of its profile, of its own earlier drops, or the defaults."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from connector.feeds import Guards, Policy
    from connector.shaping.habits import Habits

ENOUGH = 20
"""Drops from which on the limits of a feed are its own."""

MARGIN = 2.0
"""A limit is so many times the highest figure seen."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a learned limit may go: a quiet feed gets no hair trigger, and a wild one is still looked at."""

    measure: str
    lowest: float
    highest: float


LEARNED: Mapping[str, Bounds] = {
    "stock_gone": Bounds("gone", 0.075, 0.25),
    "stock_absent": Bounds("absent", 0.1, 0.4),
    "crowd_rows": Bounds("moved", 20, 100),
    "max_rejects_share": Bounds("rejects", 0.2, 0.6),
}
"""By setting: what it is learned from, and its bounds. The highest of 1,414 real drops is below every lowest one."""


PACED = ("stock_gone", "stock_absent")
"""Limits of what adds up with time: the longer the pause before a drop, the more may have sold out."""

WORTH = 0.005
"""Less is not worth a word."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits that hold for a feed of a drop, and where each comes from when it is not the default."""

    guards: Guards
    policy: Policy
    sources: Mapping[str, str] = field(default_factory=dict)


def limits(guards: Guards, policy: Policy, said: Collection[str], usual: Habits) -> Limits:
    """What the profile sets (`said` names it) holds; else what the feed's own drops taught, once they are enough."""
    sources = dict.fromkeys(said, "the profile")
    taught, feed = usual.teaching, usual.feed
    learned: dict[str, Any] = {}
    for name, bounds in LEARNED.items() if len(taught) >= ENOUGH else ():
        if name not in said:
            seen = max(
                one.measure(feed, bounds.measure) / (one.steps(feed) if name in PACED else 1)
                for one in taught
            )
            learned[name] = type(bounds.lowest)(min(max(seen * MARGIN, bounds.lowest), bounds.highest))
            sources[name] = f"its last {len(taught)} drops"
    for name in PACED:
        more = (usual.steps - 1) * usual.pace(LEARNED[name].measure)
        if name not in said and more >= WORTH:
            limit = learned.get(name, getattr(guards, name))
            learned[name] = max(limit, min(limit + more, LEARNED[name].highest))
            sources[name] = f"its pace: the pause was {usual.steps:.1f} times as long as usual"
    rejects = learned.pop("max_rejects_share", policy.max_rejects_share)
    return Limits(replace(guards, **learned), replace(policy, max_rejects_share=rejects), sources)
