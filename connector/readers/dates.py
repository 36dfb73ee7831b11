"""Dates in title lines: recognising them, and the day a report says it was made."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED = r"(?P<d>\d{1,2})[-/ .](?P<m>[A-Za-z]{3,9})[-/ ,.]+(?P<y>\d{4}|\d{2})"
_ISO = r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})"
_DIGITS = r"(?P<d>\d{1,2})[-/.](?P<m>\d{1,2})[-/.](?P<y>\d{4}|\d{2})"
_MONTH_FIRST = r"(?P<m>[A-Za-z]{3,9})\.? (?P<d>\d{1,2}),? (?P<y>\d{4})"
_FORMS = tuple(re.compile(rf"(?<![\d]){form}(?!\d)") for form in (_ISO, _NAMED, _DIGITS, _MONTH_FIRST))
_ANY_DATE = "|".join(re.sub(r"\?P<\w>", "?:", form) for form in (_ISO, _NAMED, _DIGITS, _MONTH_FIRST))
_PERIOD = re.compile(
    rf"\W*(?:(?:as\s+(?:on|of|at)|from|for|date|period|al|vom|stand)\W+)*(?:{_ANY_DATE})"
    rf"(?:[T ]+\d{{1,2}}:\d{{2}}(?::\d{{2}})?)?"
    rf"(?:\s*(?:to|till|bis|-|–)\s*(?:{_ANY_DATE}))?\W*",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"[T,\s]*(?:at\s+)?(?P<h>\d{1,2}):(?P<m>[0-5]\d)(?::[0-5]\d)?(?:\s*(?P<half>[ap])\.?m\b)?", re.IGNORECASE
)
_NOON, _DAY = 12, 24
_MIDNIGHT = "T00:00"
"""What a spreadsheet says of a day that has no hour."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_SHORTEST, _LONGEST = 6, 120
"""Characters of a date or period as people write it."""


def is_year(text: str) -> bool:
    """Whether trimmed text is a year of our time and nothing else."""
    return _YEAR.fullmatch(text) is not None


@lru_cache(maxsize=16_384)
def is_period(text: str) -> bool:
    """Whether trimmed text is only a date or a period ("1-Jul-25 to 27-Apr-26", "as on 2025-03-31")."""
    if not _SHORTEST <= len(text) <= _LONGEST or not any(map(str.isdigit, text)):
        return False
    return _PERIOD.fullmatch(text) is not None


def snapshot_of(cells: Iterable[str]) -> str | None:
    """The latest date said in the lines above a table, as ISO; of a period its end. None if none is.

    With the hour when it is said right behind the date: 2025-03-31T14:05. Where only dates are said that can be read
    two ways (5/11/2026), both readings, day first: 2026-11-05/2026-05-11.
    """
    found = [days for cell in cells for days in _dates(cell)]
    sure = [days for days in found if len(days) == 1]
    return "/".join(max(sure or found, default=())) or None


def _dates(text: str) -> list[tuple[str, ...]]:
    """The readings of each date in a text."""
    found = []
    for form in _FORMS:
        for match in form.finditer(text):
            days = [_day(match["y"], match["m"], match["d"])]
            if form is _FORMS[2] and match["d"] != match["m"]:
                days.append(_day(match["y"], match["d"], match["m"]))
            clock = _clock(text[match.end() :])
            readings = tuple(f"{day.isoformat()}{clock}" for day in days if day)
            if readings:
                found.append(readings)
    return found


def _clock(behind: str) -> str:
    """What stands behind a date as `T14:05`, when it is a time of the day; else nothing, as for midnight."""
    found = _TIME.match(behind)
    if found is None:
        return ""
    hour, half = int(found["h"]), (found["half"] or "").lower()
    if half and not 1 <= hour <= _NOON:
        return ""
    hour = hour % _NOON + (_NOON if half == "p" else 0) if half else hour
    said = f"T{hour:02}:{found['m']}" if hour < _DAY else ""
    return "" if said == _MIDNIGHT else said


def _day(year: str, month: str, day: str) -> date | None:
    full_year = int(year) + (2000 if len(year) == 2 else 0)  # noqa: PLR2004 - "25" is 2025
    if month.isdigit():
        number = int(month)
    else:
        short = month[:3].lower()
        number = _MONTHS.index(short) + 1 if short in _MONTHS else 0
    try:
        return date(full_year, number, int(day))
    except ValueError:
        return None
