"""What is held back and what is handed over, judged by our own sights over our own clock."""

from __future__ import annotations

import errno
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.model import Found
from connector.sources import Arrival, Because, Ignored


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def file(path="stock.csv", size=10, mtime=5, inode=1):
    return Found("shop", path, size, mtime, inode)


@pytest.fixture
def clock():
    return Clock()


def look(arrival, clock, *files, after=0.0, passed_over=()):
    clock.now += after
    return arrival.observe(files, passed_over)


def names(observation):
    return [ready.found.path for ready in observation.ready]


def test_ready_only_after_standing_still_for_the_settle_time(clock):
    arrival = Arrival(5, clock=clock)
    first = look(arrival, clock, file())
    assert names(first) == []
    assert (first.settling, first.look_again) == (True, 5.0)
    assert look(arrival, clock, file(), after=4.9).look_again == pytest.approx(0.1)
    assert names(look(arrival, clock, file(), after=0.2)) == ["stock.csv"]
    assert names(look(arrival, clock, file(), after=9)) == ["stock.csv"], "again until it is taken"


@pytest.mark.parametrize("mtime", [0, 1, -(10**18), 4 * 10**18])
def test_old_and_future_times_are_judged_the_same(clock, mtime):
    arrival = Arrival(5, clock=clock)
    assert names(look(arrival, clock, file(mtime=mtime))) == []
    assert names(look(arrival, clock, file(mtime=mtime), after=5)) == ["stock.csv"]


@pytest.mark.parametrize("change", [{"size": 11}, {"mtime_ns": 6}, {"inode": 2}, {"size": 0}])
def test_any_change_we_see_starts_the_settle_time_anew(clock, change):
    arrival = Arrival(5, clock=clock)
    look(arrival, clock, file())
    changed = replace(file(), **change)
    assert names(look(arrival, clock, changed, after=6)) == []
    assert names(look(arrival, clock, changed, after=4)) == []
    assert names(look(arrival, clock, changed, after=1)) == ["stock.csv"]


def test_nothing_is_taken_at_first_sight_even_without_settle_time(clock):
    arrival = Arrival(0, clock=clock, patience_seconds=0)
    assert names(look(arrival, clock, file())) == []
    assert names(look(arrival, clock, file())) == ["stock.csv"]


def test_a_file_that_went_and_came_back_starts_anew(clock):
    arrival = Arrival(5, clock=clock)
    look(arrival, clock, file())
    look(arrival, clock, after=3)
    assert names(look(arrival, clock, file(), after=3)) == []


def test_inodes_made_up_at_every_look_do_not_hold_a_file_for_ever(clock):
    arrival = Arrival(5, clock=clock, patience_seconds=60)
    for number in range(12):
        assert names(look(arrival, clock, file(inode=number), after=5)) == []
    assert names(look(arrival, clock, file(inode=99), after=5)) == ["stock.csv"]


LITTER = ["~$stock.xlsx", "stock.csv.tmp", "a.PART", "a.filepart", "a.crdownload", "Thumbs.db", ".DS_Store"]
LITTER += [
    "desktop.ini",
    "Desktop.INI",
    ".stock.csv.swp",
    ".hidden",
    "._stock.csv",
    "a.csv~",
    ".~lock.a.ods#",
]


@pytest.mark.parametrize("name", LITTER)
def test_temporary_and_system_names_are_ignored_in_silence_but_counted(clock, name):
    arrival = Arrival(0, clock=clock)
    look(arrival, clock, file(f"BLR01/{name}"))
    seen = look(arrival, clock, file(f"BLR01/{name}"))
    assert (names(seen), seen.waiting, seen.news) == ([], (), ())
    assert [ignored.path for ignored in seen.ignored] == [f"BLR01/{name}"]


ORDINARY = ["partial.csv", "tmp.csv", "part", "stock.tmp.csv", "~stock.csv", "[x].csv"]


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_names_are_taken(clock, name):
    arrival = Arrival(0, clock=clock)
    look(arrival, clock, file(name))
    assert names(look(arrival, clock, file(name))) == [name]


def test_a_temporary_name_renamed_to_its_real_one_settles_as_a_new_file(clock):
    arrival = Arrival(5, clock=clock)
    look(arrival, clock, file("stock.csv.part"))
    assert names(look(arrival, clock, file(), after=60)) == []
    assert names(look(arrival, clock, file(), after=5)) == ["stock.csv"]


def test_own_patterns_and_none(clock):
    arrival = Arrival(0, clock=clock, ignore=("*.log",))
    both = (file("a.LOG"), file("b.tmp"))
    look(arrival, clock, *both)
    assert names(look(arrival, clock, *both)) == ["b.tmp"]
    arrival = Arrival(0, clock=clock, ignore=())
    look(arrival, clock, *both)
    assert names(look(arrival, clock, *both)) == ["a.LOG", "b.tmp"]


def test_a_done_marker_is_waited_for_and_is_no_drop_itself(clock):
    arrival = Arrival(1, clock=clock, marker=".done")
    look(arrival, clock, file())
    held = look(arrival, clock, file(), after=10_000)
    assert [(one.because, one.seconds) for one in held.waiting] == [(Because.MARKER, None)]
    assert "stock.csv.done" in held.waiting[0].reason
    assert not held.settling
    marker = file("stock.csv.done", size=0)
    seen = look(arrival, clock, file(), marker, after=1)
    assert names(seen) == ["stock.csv"]
    assert [one.reason for one in seen.ignored] == ["a done marker"]


def test_a_marker_does_not_shorten_the_settle_time_and_counts_in_its_own_folder_only(clock):
    arrival = Arrival(5, clock=clock, marker=".done")
    assert names(look(arrival, clock, file(), file("stock.csv.done"))) == []
    elsewhere = (file("a/stock.csv"), file("stock.csv.done"))
    look(arrival, clock, *elsewhere)
    assert names(look(arrival, clock, *elsewhere, after=10)) == []


def test_what_is_not_whole_waits_for_patience_and_is_then_handed_over_marked(clock):
    arrival = Arrival(
        5, clock=clock, patience_seconds=60, whole=lambda _: "the end of the workbook is missing"
    )
    look(arrival, clock, file())
    held = look(arrival, clock, file(), after=5)
    assert held.waiting[0].because is Because.INCOMPLETE
    assert held.waiting[0].reason == "the end of the workbook is missing"
    assert held.look_again == 55
    given = look(arrival, clock, file(), after=55)
    assert [ready.incomplete for ready in given.ready] == ["the end of the workbook is missing"]


def test_patience_counts_from_the_last_change_and_the_bytes_are_asked_once_for_each_version(clock):
    asked: list[int] = []

    def whole(found):
        asked.append(found.size)
        return None if found.size == 20 else "cut off"

    arrival = Arrival(5, clock=clock, patience_seconds=60, whole=whole)
    look(arrival, clock, file(size=10))
    for _ in range(5):
        assert names(look(arrival, clock, file(size=10), after=10)) == []
    look(arrival, clock, file(size=15), after=1)
    assert names(look(arrival, clock, file(size=15), after=50)) == []
    look(arrival, clock, file(size=20), after=1)
    given = look(arrival, clock, file(size=20), after=5)
    assert [ready.incomplete for ready in given.ready] == [None]
    assert asked == [10, 15, 20]


def test_a_file_that_cannot_be_opened_waits_and_is_asked_again(clock):
    problems = [PermissionError(errno.EACCES, "Permission denied"), None]

    def whole(_):
        problem = problems.pop(0)
        if problem:
            raise problem

    arrival = Arrival(0, clock=clock, whole=whole)
    look(arrival, clock, file())
    held = look(arrival, clock, file())
    assert held.waiting[0].because is Because.UNREADABLE
    assert "Permission denied" in held.waiting[0].reason
    assert names(look(arrival, clock, file())) == ["stock.csv"]


def test_oldest_first(clock):
    arrival = Arrival(0, clock=clock)
    files = (file("b.csv", mtime=3), file("c.csv", mtime=1), file("a.csv", mtime=3))
    look(arrival, clock, *files)
    assert names(look(arrival, clock, *files)) == ["c.csv", "a.csv", "b.csv"]


def test_links_and_devices_are_told_once_and_again_when_they_come_back(clock):
    arrival = Arrival(0, clock=clock)
    link = Ignored("shop", "link.csv", "a link", report=True)
    assert look(arrival, clock, passed_over=[link]).news == (link,)
    assert look(arrival, clock, passed_over=[link]).news == ()
    assert look(arrival, clock, passed_over=[link]).ignored == (link,)
    assert look(arrival, clock).news == ()
    assert look(arrival, clock, passed_over=[link]).news == (link,)


# ---- any history of writes ------------------------------------------------------------

STEPS = st.lists(
    st.tuples(st.floats(0.01, 20), st.sampled_from(["write", "same size", "replace", "delete", "rest"])),
    max_size=30,
)


def step(found, kind, number):
    if kind == "delete":
        return None
    if kind == "rest":
        return found
    base = found or file(size=0)
    if kind == "write":
        return replace(base, size=base.size + 1, mtime_ns=number)
    if kind == "same size":
        return replace(base, mtime_ns=-number)
    return replace(base, inode=base.inode + 1)


@settings(max_examples=300)
@given(STEPS, st.floats(0, 10), st.lists(st.floats(0.01, 15), min_size=1, max_size=60))
def test_never_ready_while_written_within_the_settle_time_and_always_ready_in_the_end(history, settle, gaps):
    clock = Clock()
    arrival = Arrival(settle, clock=clock, patience_seconds=10_000)
    changes: list[tuple[float, Found | None]] = []
    now, found = clock.now, None
    for number, (gap, kind) in enumerate(history, 1):
        now += gap
        following = step(found, kind, number)
        if following != found:
            changes.append((now, following))
        found = following
    last_seen, written = None, clock.now
    for gap in gaps:
        clock.now += gap
        past = [change for change in changes if change[0] <= clock.now]
        there = past[-1][1] if past else None
        if there != last_seen:  # what was away and is back between two looks, to the byte, nobody can tell
            last_seen, written = there, past[-1][0]
        seen = arrival.observe([there] if there else [])
        if seen.ready:
            assert clock.now - written >= settle, "a write is younger than the settle time"
            assert seen.ready[0].found == there
    if found is not None:
        clock.now = max(clock.now, now) + 1
        arrival.observe([found])
        clock.now += settle + 1e-6
        assert [ready.found for ready in arrival.observe([found]).ready] == [found]


@given(st.lists(st.tuples(st.floats(0.5, 30), st.booleans(), st.booleans()), min_size=1, max_size=40))
def test_a_broken_file_is_never_handed_over_unmarked(sights):
    clock, whole, size = Clock(), [False], 0
    arrival = Arrival(5, clock=clock, patience_seconds=60, whole=lambda _: None if whole[0] else "cut off")
    for gap, grows, becomes_whole in sights:
        clock.now += gap
        if grows:
            size += 1
            whole[0] = becomes_whole
        for ready in arrival.observe([file(size=size)]).ready:
            assert (ready.incomplete is None) == whole[0]
    clock.now += 61
    arrival.observe([file(size=size)])
    clock.now += 61
    assert arrival.observe([file(size=size)]).ready
