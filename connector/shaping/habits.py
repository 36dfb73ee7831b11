"""What is usual for a feed: its earlier drops, and what was measured in them.

Only drops that went through count. They are alike when they have the same layout and places. What a person let go
although a guard stopped it teaches nothing: a bad drop that was approved must not make the next one pass.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any

from connector.shaping import moments
from connector.shaping.crowd import LetGo

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from connector.shaping.moments import Moment
    from connector.shaping.outcome import Tally
    from connector.shaping.overlap import Overlap

ITS_OWN = 0.5
"""Share of the rows of a list that have a known SKU; else it is of other items."""

PART = 0.5
"""A file lists a part of the shop when it has less than this of what has stock."""

PLACES_KEPT = 50
"""Location codes kept with the measures of a drop; a file of more is known again by these."""

ALIKE_PLACES = 0.5
"""Share of their places two drops must have in common."""

CLOCK = timedelta(minutes=5)
"""So far ahead of ours a sender's clock may be."""

PACE_OF, PACE_KNOWN = 10, 3
"""The last drops whose pace is the usual one, and how many there must be."""

MOST_STEPS = 10.0
"""A longer pause counts as so many usual ones."""

_HALF_HOUR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Past:
    """A drop of a lane that went through: how it is known again, and what the report says of each feed.

    `profile` is None where the headers alone said how it reads; `columns` are those each feed was read from.
    `approved`: a person let it go although a guard stopped it; `first_batch` is then the first batch of it.
    """

    drop: int
    name: str
    fingerprint: str = ""
    profile: str | None = None
    columns: Mapping[str, frozenset[str]] = field(default_factory=dict)
    snapshot: str | None = None
    feeds: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    approved: bool = False
    first_batch: int = 0
    landed_at: datetime | None = None

    @property
    def called(self) -> str:
        """How a person finds it."""
        return f"drop {self.drop} ({self.name})"

    def records(self, feed: str) -> int:
        """Records of a feed."""
        return int(self.feeds[feed].get("records", 0))

    def measure(self, feed: str, name: str) -> float:
        """What was measured; 0 where an older version did not."""
        return float(self.feeds[feed].get("measures", {}).get(name, 0))

    def places(self, feed: str) -> set[str]:
        """Its locations."""
        return set(self.feeds[feed].get("measures", {}).get("places", ()))

    def steps(self, feed: str) -> float:
        """How many usual pauses lay before it."""
        return max(1.0, self.measure(feed, "steps"))

    def is_like(self, other: Past, feed: str) -> bool:
        """Whether two drops are of one kind, for a feed."""
        if feed not in self.feeds or self.profile != other.profile:
            return False
        if self.profile is None and self.columns.get(feed) != other.columns.get(feed):
            return False
        ours, theirs = self.places(feed), other.places(feed)
        return len(ours & theirs) >= ALIKE_PLACES * max(len(ours), len(theirs))

    def times(self) -> tuple[datetime | None, ...]:
        """When it was made: by its content, by its name, and when it landed."""
        content, name = self.taken()
        return (content.likely if content else None), (name.likely if name else None), self.landed_at

    def taken(self) -> tuple[Moment | None, Moment | None]:
        """When the snapshot was taken, by its content and by its name."""
        content, name = moments.of_content(self.snapshot), moments.of_name(self.name)
        return (content.near(self.landed_at) if content else None), (
            name.near(self.landed_at) if name else None
        )


@dataclass(frozen=True)
class Habits:
    """Drops like the one at hand (`now`), the newest first."""

    feed: str = ""
    now: Past | None = None
    all: tuple[Past, ...] = ()

    @property
    def teaching(self) -> list[Past]:
        """Those that went through without a person's word."""
        return [one for one in self.all if not one.approved]

    @property
    def last(self) -> Past | None:
        """The one before."""
        return next(iter(self.all), None)

    def records(self, newest: int) -> list[int]:
        """Records of the newest of them, without those of other items altogether (a collection sent by itself)."""
        own = (one for one in self.teaching if one.measure(self.feed, "strange") <= ITS_OWN)
        return [one.records(self.feed) for one in islice(own, newest)]

    @property
    def last_list(self) -> Past | None:
        """The last that was a list of the shop, as far as its length tells: no new collection, no part of it."""
        own = [one for one in self.all if one.measure(self.feed, "strange") <= ITS_OWN]
        most = max((one.records(self.feed) for one in own[:PACE_OF]), default=0)
        return next((one for one in own if one.records(self.feed) >= PART * most), None)

    @property
    def lost_places(self) -> list[str]:
        """Locations of the drop before that are not in the one at hand."""
        if self.now is None or self.last is None:
            return []
        return sorted(self.last.places(self.feed) - self.now.places(self.feed))

    @property
    def landed_at(self) -> datetime | None:
        """When the drop at hand landed."""
        return self.now.landed_at if self.now else None

    @cached_property
    def steps(self) -> float:
        """How long ago the last drop that went through was, in times of what is usual between two: 1 or more.

        While files are held, or none come, the shop goes on selling.
        """
        drops = [one for one in (self.now, *self.all[:PACE_OF]) if one]
        for times in zip(*(one.times() for one in drops), strict=True):
            known = [time for time in times if time]
            if len(known) < len(drops):
                continue
            between = [(later - earlier).total_seconds() for later, earlier in pairwise(known)]
            usual = sorted(between[1:])[(len(between) - 1) // 2] if len(between) >= PACE_KNOWN else 0.0
            if usual > 0:
                return float(min(max(between[0] / usual, 1.0), MOST_STEPS))
        return 1.0

    def pace(self, name: str) -> float:
        """What is usually measured from one drop to the next; 0 while it is not known."""
        figures = [one.measure(self.feed, name) / one.steps(self.feed) for one in self.teaching]
        return sum(figures) / len(figures) if len(figures) >= PACE_KNOWN else 0.0

    def let_go(self) -> list[LetGo]:
        """The crowds a person let go: of prices after new taxes, say."""
        return [
            LetGo(name, ratio, one.first_batch)
            for one in self.all
            if one.approved
            for name, ratio in one.feeds[self.feed].get("measures", {}).get("crowds", {}).items()
        ]

    def clock_ahead(self) -> str:
        """In words, that the sender's clock is ahead of ours; empty when it is not.

        A whole number of half hours is another time zone, no wrong clock.
        """
        for moment, where in zip(
            self.now.taken() if self.now else (), ("in it", "in its name"), strict=False
        ):
            if moment and self.landed_at and self._is_ahead(moment):
                return (
                    f"the time {where} is {moment}, when our clock said {self.landed_at:%d %b %Y %H:%M}: a clock is "
                    f"wrong, or it is not the time the file was made. It is not compared with that of other files"
                )
        return ""

    def _is_ahead(self, moment: Moment) -> bool:
        here = self.landed_at
        if here is None:
            return False
        ahead = moment.earliest - here.replace(tzinfo=None)
        if not moment.timed:
            return moment.earliest.date() > (here + moments.FARTHEST_ZONE).date()
        off = ahead % _HALF_HOUR
        zone = ahead <= moments.FARTHEST_ZONE and min(off, _HALF_HOUR - off) <= CLOCK
        return ahead > CLOCK and not zone

    def newer(self) -> tuple[Past, Moment, Moment] | None:
        """A drop whose snapshot is newer than the one at hand, and both times; None when there is none.

        By content where both tell, else by name. What a wrong clock says is not believed.
        """
        if self.now is None:
            return None
        for own, which in zip(self.now.taken(), (0, 1), strict=True):
            if own is None or self._is_ahead(own):
                continue
            told = [(one, moment) for one in self.all if (moment := one.taken()[which])]
            told = [(one, moment) for one, moment in told if not self._is_ahead(moment)]
            if told:
                return next(((one, own, moment) for one, moment in told if own.is_before(moment)), None)
        return None

    def repeats(self) -> Past | None:
        """A drop before the last one that had the same bytes."""
        print_now = self.now.fingerprint if self.now else ""
        if not print_now or (self.last and self.last.fingerprint == print_now):
            return None
        return next((one for one in self.all if one.fingerprint == print_now), None)


def habits(feed: str, now: Past, past: Sequence[Past]) -> Habits:
    """Of the earlier drops of a lane (the newest first) those like the one at hand."""
    return Habits(feed, now, tuple(one for one in past if one.is_like(now, feed)))


def places_of(codes: Collection[str]) -> list[str]:
    """The locations by which a drop is known again."""
    return sorted(code for code in codes if code)[:PLACES_KEPT]


def sold_out(tally: Tally) -> tuple[int, int]:
    """SKUs that had stock and are 0 in the file; of how many.

    Of those in the file; but in a file that lists only a part, as one of changes does, what sold out is likelier to be
    listed, and it is of all that have stock. Where most of a part is 0, the part itself looks broken.
    """
    gone, there = tally.gone + tally.made, tally.stocked + tally.made
    everywhere = tally.overlap.stocked
    is_part = there < PART * everywhere and gone <= PART * there
    return gone, everywhere if is_part else there


def newly_absent(overlap: Overlap, usual: Habits) -> tuple[int, int]:
    """SKUs with stock that are not in the file, though they (or as many) were in the one before; of how many.

    What is no longer listed keeps its stock in a shop that does not take absence for zero: it is not missed each day.
    """
    before = usual.last_list
    long_absent = int(before.measure(usual.feed, "stocked_absent")) if before else 0
    return max(0, overlap.stocked_absent - long_absent), max(0, overlap.stocked - long_absent)


def measures(tally: Tally, usual: Habits, codes: Collection[str]) -> dict[str, Any]:
    """What is kept of a drop for the limits of later ones, as JSON-able values: shares of 1, and counts."""
    return {
        "gone": _share(*sold_out(tally)),
        "absent": _share(*newly_absent(tally.overlap, usual)),
        "stocked_absent": tally.overlap.stocked_absent - tally.made,  # what was made 0 is missed no more
        "rejects": _share(tally.rejects, tally.asking),
        "strange": _share(tally.overlap.rows - tally.overlap.rows_known, tally.overlap.rows),
        "steps": round(usual.steps, 1),
        "moved": max((crowd.moved for crowd in tally.crowds), default=0),
        "crowds": {crowd.name: crowd.fit.ratio for crowd in tally.crowds if crowd.fit and crowd.holds},
        "places": places_of(codes),
    }


def measures_again(past: Past, usual: Habits) -> dict[str, Any]:
    """The same of a drop that says what an earlier one said: nothing moved, and what is missing was missing then."""
    before = past.feeds[usual.feed].get("measures", {})
    nothing: dict[str, Any] = {"gone": 0.0, "strange": 0.0, "moved": 0, "crowds": {}}
    absent = 0.0 if usual.last_list is past else past.measure(usual.feed, "absent")
    return {**before, **nothing, "absent": absent, "steps": round(usual.steps, 1)}


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
