"""When the next file of a lane is overdue: never on a usual Sunday, and always in the end."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from connector.shaping.rhythm import LEAST_LANDINGS, UNKNOWN_PATIENCE, overdue_at

MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
moments = st.lists(
    st.integers(0, 180 * 24 * 60).map(lambda minutes: MONDAY + timedelta(minutes=minutes)),
    min_size=LEAST_LANDINGS,
    max_size=60,
).map(sorted)


def nights(weeks: int, *, days: Sequence[int] = range(6), late: Sequence[int] = (0,)) -> list[datetime]:
    """A file in the night of each of these weekdays, so many minutes late in turn."""
    whole = [MONDAY + DAY * (7 * week + day) for week in range(weeks) for day in days]
    return [night + timedelta(minutes=late[number % len(late)]) for number, night in enumerate(whole)]


def overdue(landed: Sequence[datetime]) -> datetime:
    moment = overdue_at(landed)
    assert moment is not None
    return moment


def test_a_few_files_have_no_rhythm():
    assert overdue_at([]) is None
    assert overdue_at(nights(1)[: LEAST_LANDINGS - 1]) is None


def test_a_shop_that_is_closed_on_sundays_is_not_missed_on_a_sunday():
    landed = nights(4)
    assert landed[-1].strftime("%A") == "Saturday"
    assert overdue(landed) > landed[-1] + 2 * DAY


def test_a_missing_night_in_the_week_is_missed_before_the_next():
    landed = nights(4)[:-3]
    assert landed[-1].strftime("%A") == "Wednesday"
    assert landed[-1] + DAY < overdue(landed) < landed[-1] + 2 * DAY


def test_the_first_weekend_is_no_alarm_although_nobody_saw_one_before():
    landed = nights(1, days=range(5))
    assert overdue(landed) == landed[-1] + UNKNOWN_PATIENCE


def test_files_that_come_all_day_are_missed_the_next_morning():
    landed = [MONDAY + DAY * day + HOUR * hour for day in range(20) for hour in range(7, 16)]
    assert landed[-1] + 16 * HOUR < overdue(landed) <= landed[-1] + DAY


def test_a_monthly_file_is_missed_after_a_month_and_a_half():
    landed = [MONDAY + 30 * DAY * month for month in range(6)]
    assert overdue(landed) == landed[-1] + 45 * DAY


def test_a_file_every_minute_is_not_missed_for_an_hour():
    landed = [MONDAY + timedelta(minutes=number) for number in range(15 * 24 * 60)]
    assert overdue(landed) > landed[-1] + HOUR


@given(st.lists(st.integers(-60, 60), min_size=1, max_size=20), st.integers(3, 9), st.integers(0, 5))
def test_no_usual_week_is_an_alarm(late: list[int], weeks: int, missing: int) -> None:
    """Whatever the minutes: at no file of a regular shop was the one before it overdue, from the second week on."""
    landed = nights(weeks, days=[day for day in range(6) if day != missing], late=late)
    for number in range(LEAST_LANDINGS, len(landed)):
        assert overdue(landed[:number]) > landed[number]


@given(moments)
def test_overdue_comes_after_every_pause_that_followed_this_weekday_before(landed: list[datetime]) -> None:
    silence = overdue(landed) - landed[-1]
    for earlier, later in itertools.pairwise(landed):
        assert silence > later - earlier or earlier.weekday() != landed[-1].weekday() or _few(landed)


def _few(landed: list[datetime]) -> bool:
    return sum(moment.weekday() == landed[-1].weekday() for moment in landed[:-1]) < 2


@given(moments)
def test_every_silence_ends_in_an_alarm(landed: list[datetime]) -> None:
    longest = max(later - earlier for earlier, later in itertools.pairwise(landed))
    assert overdue(landed) - landed[-1] <= max(2 * longest, longest + 2 * HOUR, UNKNOWN_PATIENCE)


@given(moments, st.integers(-5000, 5000))
def test_only_the_pauses_count_not_the_year(landed: list[datetime], weeks: int) -> None:
    moved = [moment + 7 * DAY * weeks for moment in landed]
    assert overdue(moved) - moved[-1] == overdue(landed) - landed[-1]
