"""Many values that moved by nearly one ratio: a crowd, as on a day of new taxes, and what stands out of it.

The ratio is fitted so that what is wrong cannot pull at it: the narrow band that holds most of the moves is found, and
its median is the ratio. One row that moved nine times while four thousand moved by 1.4 changes nothing of that.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from connector.feeds.fields.text import Flags
    from connector.shaping.acknowledged import Floats

NAMED = 5
"""Rows named in a sentence: those that stand out most."""

_MAJORITY = 0.5
_LARGE = 100


@dataclass(frozen=True, slots=True)
class Fit:
    """The ratio most of a crowd moved by, how far from it one of the crowd may lie, and how many do not lie farther."""

    ratio: float
    width: float
    members: int

    def holds(self, ratios: Floats) -> Flags:
        """Which moves are of the crowd."""
        near: Flags = np.abs(np.log(ratios / self.ratio)) <= np.log1p(self.width)
        return near


def fit(ratios: Floats, *, width: float, more_than: int) -> Fit | None:
    """The common ratio of these moves; None when they are few, or most of them have none in common."""
    if len(ratios) <= more_than:
        return None
    logs = np.sort(np.log(ratios))
    band = 2 * np.log1p(width)
    reached = np.searchsorted(logs, logs + band, side="right")
    first = int(np.argmax(reached - np.arange(len(logs))))
    found = Fit(float(np.exp(np.median(logs[first : reached[first]]))), width, 0)
    members = int(found.holds(ratios).sum())
    if members <= max(more_than, _MAJORITY * len(ratios)):
        return None
    return Fit(found.ratio, width, members)


@dataclass(frozen=True, slots=True)
class LetGo:
    """A crowd of an earlier drop that a person let go: the guard that stopped it, and its ratio.

    A row that was not in that drop may come later, and make the same move. `batch` is the first that drop set: what an
    earlier one had set has not moved with the crowd yet.
    """

    guard: str
    ratio: float
    batch: int


@dataclass(slots=True)
class Crowd:
    """All values of one field that moved farther than a row may, over a whole drop.

    `usually` says what such a crowd is in most cases. `fit` is None when they are few, or have no ratio in common.
    `outliers` counts the rows that are not let go with the crowd; those that stand out most are named.
    """

    name: str
    label: str
    usually: str
    moved: int
    limit: int
    fit: Fit | None
    outliers: int = 0
    _named: list[tuple[float, str]] = field(default_factory=list, init=False)

    @property
    def holds(self) -> bool:
        """Whether they are too many to be mistakes of single rows."""
        return self.moved > self.limit

    def of_it(self, ratios: Floats) -> Flags:
        """Which of some moves are of the crowd: none without one."""
        return self.fit.holds(ratios) if self.fit else np.zeros(len(ratios), dtype=bool)

    def distance(self, ratios: Floats) -> Floats:
        """How far moves stand out, as logarithms of a ratio."""
        away: Floats = np.abs(np.log(ratios / (self.fit.ratio if self.fit else 1.0)))
        return away

    def name_outliers(self, count: int, farthest: Iterable[tuple[float, str]]) -> None:
        """Take in outliers: how many, and the distance and words of those that stand out most."""
        self.outliers += count
        self._named = heapq.nlargest(NAMED, [*self._named, *farthest])

    @property
    def reason(self) -> str:
        """What happened and what a person can do, for a shop keeper; empty while nothing holds the drop."""
        if not self.holds:
            return ""
        decide = "nothing of the file is sent until you decide"
        if self.fit is None:
            return (
                f"the {self.label} of {self.moved} rows moved farther than a row may, and most of them share no ratio: "
                f"another column, or another unit? {decide.capitalize()}. {self._names('Such as')}"
            )
        crowd = (
            f"the {self.label} of {self.fit.members} rows moved by nearly one ratio, to {times(self.fit.ratio)}, "
            f"as after {self.usually}: {decide}"
        )
        return f"{crowd}. {self._names(f'{self.outliers} more do not fit in')}" if self.outliers else crowd

    def _names(self, before: str) -> str:
        more = "; …" if self.outliers > len(self._named) else ""
        return f"{before}: {'; '.join(words for _, words in self._named)}{more}"


def times(ratio: float) -> str:
    """How many times what it was a value is now, in words."""
    return f"{ratio:.3g} times what it was" if ratio < _LARGE else f"{ratio:.0f} times what it was"
