"""When a snapshot was taken, as far as a file says so: in a line above its table, or in its name.

Times are those of the sender's clock: they are compared with each other, file by file, and only roughly with ours.
A day that can be read two ways (5-11-2026) stands for both, until it is known when the file landed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FARTHEST_ZONE = timedelta(hours=14)
"""So far ahead of ours a clock may be that is right, in another part of the world."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMES = "|".join(_MONTHS)
_CLOCK = r"(?:[T_\-. ]*(?P<hour>[01]\d|2[0-3])[:.\-_h]?(?P<minute>[0-5]\d)(?:[:.\-_]?[0-5]\d)?(?!\d))?"
_FORMS = tuple(
    re.compile(rf"(?<!\d){form}(?!\d){_CLOCK}", re.IGNORECASE)
    for form in (
        r"(?P<y>20\d\d)[-_. ]?(?P<m>\d\d)[-_. ]?(?P<d>\d\d)",
        r"(?P<one>\d{1,2})(?P<mark>[-_. ])(?P<two>\d{1,2})(?P=mark)(?P<y>20\d\d|\d\d)",
        r"(?P<one>\d\d)(?P<two>\d\d)(?P<y>20\d\d)",
        rf"(?P<d>\d{{1,2}})[-_. ]?(?P<name>{_NAMES})[a-z]*[-_. ]?(?P<y>20\d\d|\d\d)",
    )
)
# Of eight digits that run together the clock may follow without a mark: 20261123 1405, and 202611231405.
_RUN = re.compile(
    r"(?<!\d)(?P<y>20\d\d)(?P<m>\d\d)(?P<d>\d\d)(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)(?:[0-5]\d)?(?!\d)"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """When a snapshot was taken: between these two, by the sender's clock. `timed`: the hour is known too.

    `likely` is the reading with the day before the month, as most of the world writes it.
    """

    earliest: datetime
    latest: datetime
    timed: bool
    likely: datetime

    def is_before(self, other: Moment) -> bool:
        """Whether it surely is the older of two; of one whose hour is not known only the days are compared."""
        if self.timed and other.timed:
            return self.latest < other.earliest
        return self.latest.date() < other.earliest.date()

    def near(self, landed_at: datetime | None) -> Moment:
        """The reading that fits the time the file landed: the last that was not after it, for files are sent fresh."""
        if landed_at is None or self.earliest == self.latest:
            return self
        fits = self.latest <= landed_at.replace(tzinfo=None) + FARTHEST_ZONE
        at = self.latest if fits else self.earliest
        return Moment(at, at, self.timed, at)

    def __str__(self) -> str:
        return f"{self.latest:%d %b %Y %H:%M}" if self.timed else f"{self.latest:%d %b %Y}"


def of_content(hint: str | None) -> Moment | None:
    """The moment of a reader's hint, which is ISO: a day, or a day and an hour; or two readings of it, day first."""
    if not hint:
        return None
    readings = [datetime.fromisoformat(reading) for reading in hint.split("/")]
    return Moment(min(readings), max(readings), "T" in hint, readings[0])


def of_name(name: str) -> Moment | None:
    """The moment a file name says: the latest of those in it; None when it says none."""
    found = [moment for moment in _said(name.rpartition(".")[0] or name) if moment]
    return max(found, key=lambda one: one.latest, default=None)


def _said(name: str) -> Iterator[Moment | None]:
    for form in (_RUN, *_FORMS):
        for match in form.finditer(name):
            yield _moment(match.groupdict())


def _moment(said: dict[str, str | None]) -> Moment | None:
    year = int(said["y"] or 0)
    year += 2000 if year < 100 else 0  # noqa: PLR2004 - "26" is 2026
    if one := said.get("one"):
        two = str(said["two"])
        days = [_day(year, two, one), _day(year, one, two)]
    elif name := said.get("name"):
        days = [_day(year, str(_MONTHS.index(name.lower()) + 1), str(said["d"]))]
    else:
        days = [_day(year, str(said["m"]), str(said["d"]))]
    there = [day for day in days if day]
    if not there:
        return None
    hour, minute = said.get("hour"), said.get("minute")
    clock = time(int(hour), int(minute)) if hour and minute else time()
    likely, earliest, latest = (datetime.combine(day, clock) for day in (there[0], min(there), max(there)))
    return Moment(earliest, latest, bool(hour and minute), likely)


def _day(year: int, month: str, day: str) -> date | None:
    try:
        return date(year, int(month), int(day))
    except ValueError:
        return None
