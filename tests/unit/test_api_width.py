"""The number of calls under way: it grows while answers are quick and is halved by slowness."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connector.api.width import FIRST, Width


def rounds(width: Width, number: int, seconds: float, start: float = 0.0) -> float:
    """So many rounds of calls, as many at once as may be; gives the time after them."""
    for _ in range(number):
        for _ in range(width.limit):
            width.heard(start, start + seconds)
        start += seconds
    return start


def test_quick_answers_double_it_with_every_round_up_to_the_most():
    width = Width(64)
    seen = []
    for _ in range(6):
        seen.append(width.limit)
        rounds(width, 1, 0.2)
    assert seen == [4, 8, 16, 32, 64, 64]


def test_a_steady_wait_is_no_slowness_however_long_it_is():
    width = Width(16)
    rounds(width, 10, 8.0)
    assert width.limit == 16


def test_one_round_of_slow_answers_halves_it_once():
    width = Width(16)
    now = rounds(width, 5, 0.3)
    for number in range(16):
        width.heard(now, now + 5 + number / 100)
    assert width.limit == 8
    width.heard(now + 6, now + 12)  # sent after the cut, and slow all the same
    assert width.limit == 4


def test_after_a_cut_it_grows_by_one_a_round():
    width = Width(16)
    now = rounds(width, 5, 0.3)
    width.cut(now)
    assert width.limit == 8
    now = rounds(width, 1, 0.3, now)
    assert width.limit in (8, 9)
    now = rounds(width, 3, 0.3, now)
    assert width.limit in (11, 12)


def test_an_api_that_became_slower_for_good_gets_its_width_back():
    width = Width(16)
    now = rounds(width, 5, 0.1)
    for _ in range(3000):
        width.heard(now, now + 2.0)
        now += 2.0
    assert width.limit == 16


@given(st.lists(st.one_of(st.floats(0, 100), st.none()), max_size=60), st.integers(1, 64))
def test_it_stays_within_one_and_the_most(answers, most):
    width, now = Width(most), 0.0
    assert width.limit == min(FIRST, most)
    for seconds in answers:
        if seconds is None:
            width.cut(now)
        else:
            width.heard(now, now + seconds)
            now += seconds
        assert 1 <= width.limit <= most
