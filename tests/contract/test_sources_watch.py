"""Events wake the loop, our own work does not, and a watch that went deaf is noticed."""

from __future__ import annotations

import errno
import threading
import time
from pathlib import Path

import pytest
from watchdog.observers.api import BaseObserver
from watchdog.observers.polling import PollingObserver

from connector.sources import LocalSource, Watch, watch

SOON = 3.0
NEVER = 0.3


@pytest.fixture
def inbox(tmp_path):
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def wake():
    return threading.Event()


@pytest.fixture(autouse=True)
def no_threads_left():
    before = set(threading.enumerate())
    yield
    end = time.monotonic() + 5
    while set(threading.enumerate()) - before and time.monotonic() < end:
        time.sleep(0.01)
    assert not set(threading.enumerate()) - before


@pytest.mark.parametrize("polling", [False, True])
def test_whatever_brings_a_file_wakes(inbox, wake, tmp_path, polling):
    with Watch([inbox], wake, polling=polling, poll_seconds=0.05) as listening:
        assert listening.kind == ("polling" if polling else "events")
        assert listening.alive()
        ways = [
            lambda: (inbox / "stock.csv").write_text("x"),
            lambda: (inbox / "stock.csv").write_text("changed"),
            lambda: (inbox / "stock.csv").rename(inbox / "renamed.csv"),
            (inbox / "BLR01").mkdir,
            lambda: (inbox / "BLR01" / "nested.csv").write_text("x"),
        ]
        for way in ways:
            time.sleep(0.1 if polling else 0.02)
            wake.clear()
            way()
            assert wake.wait(SOON)
        outside = tmp_path / "outside"
        outside.mkdir()
        (outside / "a.csv").write_text("x")
        time.sleep(0.1)
        wake.clear()
        outside.rename(inbox / "moved in")
        assert wake.wait(SOON)


def test_our_own_reading_and_claiming_does_not_wake(inbox, wake, tmp_path):
    (inbox / "stock.csv").write_text("x")
    source = LocalSource("shop", inbox)
    with Watch([inbox], wake):
        (found,) = source.scan().files
        source.fingerprint(found)
        source.archive(source.claim(found, 1), tmp_path / "archive" / "stock.csv")
        assert not wake.wait(NEVER)


def test_a_storm_is_one_flag(inbox, wake):
    with Watch([inbox], wake):
        for number in range(300):
            (inbox / f"{number}.csv").write_text("x")
        assert wake.wait(SOON)


def test_a_folder_replaced_is_noticed_and_heard_again_after_restart(inbox, wake):
    with Watch([inbox], wake) as listening:
        inbox.rename(inbox.with_name("old"))
        inbox.mkdir()
        assert not listening.alive()
        wake.clear()
        listening.restart()
        assert wake.is_set(), "what happened meanwhile was not heard"
        wake.clear()
        assert listening.alive()
        (inbox / "stock.csv").write_text("x")
        assert wake.wait(SOON)


def test_a_missing_folder_is_no_failure_and_is_watched_when_it_is_there(inbox, wake, tmp_path):
    late = tmp_path / "late"
    with Watch([inbox, late], wake) as listening:
        assert listening.alive()
        (inbox / "a.csv").write_text("x")
        assert wake.wait(SOON)
        late.mkdir()
        assert not listening.alive()
        listening.restart()
        assert listening.alive()
        assert listening.hears(late)


def test_a_dead_observer_is_noticed(inbox, wake):
    with Watch([inbox], wake) as listening:
        (observer,) = [thread for thread in threading.enumerate() if isinstance(thread, BaseObserver)]
        observer.stop()
        observer.join()
        assert not listening.alive()
        listening.restart()
        assert listening.alive()
        assert listening.hears(inbox)


@pytest.mark.parametrize("problem", [errno.ENOSPC, errno.EMFILE])
def test_the_limit_of_watches_falls_back_to_polling_with_a_warning(inbox, wake, monkeypatch, caplog, problem):
    class Limited(PollingObserver):
        def schedule(self, *_args, **_options):
            raise OSError(problem, "inotify limit reached")

    monkeypatch.setattr(watch, "Observer", Limited)
    with Watch([inbox], wake, poll_seconds=0.05) as listening:
        assert listening.kind == "polling"
        assert listening.alive()
        assert "max_user_watches" in caplog.text
        time.sleep(0.1)
        (inbox / "stock.csv").write_text("x")
        assert wake.wait(SOON)


def test_without_any_events_at_all_the_daemon_still_starts(inbox, wake, monkeypatch, caplog):
    def refuse(*_args, **_options):
        raise OSError(errno.EMFILE, "no more files")

    monkeypatch.setattr(watch, "Observer", refuse)
    monkeypatch.setattr(watch, "PollingObserver", type("Refused", (), {"__init__": refuse}))
    with Watch([inbox], wake) as listening:
        assert listening.kind == "off"
        assert not listening.alive()
        assert listening.hears(inbox) is False
    assert "the timer alone" in caplog.text


def test_the_self_check_hears_its_probe_and_leaves_no_trace(inbox, wake):
    with Watch([inbox], wake) as listening:
        assert listening.hears(inbox) is True
        assert not wake.is_set()
        assert list(inbox.iterdir()) == []
        inbox.rename(inbox.with_name("gone"))
        assert listening.hears(inbox) is None
        assert listening.hears(Path("/never/watched")) is False


def test_start_and_stop_may_be_repeated(inbox, wake):
    listening = Watch([inbox], wake)
    listening.stop()
    listening.start()
    listening.start()
    listening.stop()
    listening.stop()
    assert listening.kind == "off"
