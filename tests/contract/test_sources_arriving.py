"""Files written by a real other process, seen through a real scan: taken only when they are whole."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from connector.sources import Arrival, Because, LocalSource

if TYPE_CHECKING:
    from pathlib import Path

WRITER = """
import os, sys, time
path, how, parts = sys.argv[1], sys.argv[2], int(sys.argv[3])
side = path + ".part" if how == "rename" else path
with open(side, "wb", buffering=0) as file:
    for number in range(parts):
        file.write(b"SKU-%d,1\\n" % number)
        if how == "old times":
            os.utime(side, (1, 1))
        time.sleep(0.1)
if how == "rename":
    os.rename(side, path)
if how == "old times":
    os.utime(path, (86400, 86400))
"""
SETTLE = 0.4
PARTS = 10
WHOLE = b"".join(b"SKU-%d,1\n" % number for number in range(PARTS))


@pytest.fixture
def inbox(tmp_path):
    return tmp_path


def look(source, arrival):
    scan = source.scan()
    return arrival.observe(scan.files, scan.passed_over)


def until_ready(source, arrival, seconds=20.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        seen = look(source, arrival)
        if seen.ready:
            return seen.ready
        time.sleep(0.03)
    raise AssertionError("never ready")


def start_writer(path: Path, how: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(path), how, str(PARTS)])


@pytest.mark.parametrize("how", ["plain", "rename", "old times"])
def test_a_file_written_slowly_is_taken_only_when_whole(inbox, how):
    source, arrival = LocalSource("shop", inbox), Arrival(SETTLE)
    writer = start_writer(inbox / "stock.csv", how)
    try:
        (ready,) = until_ready(source, arrival)
        assert source.local_path(source.claim(ready.found, 1)).read_bytes() == WHOLE
    finally:
        assert writer.wait(10) == 0


def test_a_file_already_there_is_taken_whatever_its_time_says(inbox):
    source, arrival = LocalSource("shop", inbox), Arrival(0.05)
    for name, when in (("old.csv", 1), ("future.csv", 2**32), ("now.csv", time.time())):
        (inbox / name).write_bytes(WHOLE)
        os.utime(inbox / name, (when, when))
    assert look(source, arrival).ready == ()
    time.sleep(0.06)
    assert [ready.found.path for ready in look(source, arrival).ready] == ["old.csv", "now.csv", "future.csv"]


def test_a_copy_that_keeps_the_old_time_and_size_is_judged_by_what_changes(inbox):
    source, arrival = LocalSource("shop", inbox), Arrival(30)
    path = inbox / "stock.csv"
    path.write_bytes(WHOLE)
    os.utime(path, (5, 5))
    look(source, arrival)
    other = inbox / "other.part"
    other.write_bytes(WHOLE.upper())
    os.utime(other, (5, 5))
    other.rename(path)
    assert [one.because for one in look(source, arrival).waiting] == [Because.SETTLING]


def test_replaced_deleted_and_renamed_while_waiting(inbox):
    source, arrival = LocalSource("shop", inbox), Arrival(SETTLE)
    path = inbox / "stock.csv"
    path.write_bytes(b"half")
    look(source, arrival)
    path.rename(inbox / "renamed.csv")
    assert [one.found.path for one in look(source, arrival).waiting] == ["renamed.csv"]
    (inbox / "renamed.csv").unlink()
    assert look(source, arrival).waiting == ()
    path.write_bytes(WHOLE)
    (ready,) = until_ready(source, arrival)
    path.unlink()
    with pytest.raises(FileNotFoundError):
        source.fingerprint(ready.found)
    with pytest.raises(FileNotFoundError):
        source.claim(ready.found, 1)
    assert source.orphans([]) == []


def test_a_writer_that_stops_for_longer_than_the_settle_time_is_told_by_the_bytes(inbox):
    def whole(found):
        return None if source.local_path(found.path).read_bytes().endswith(b"end\n") else "no last line"

    source = LocalSource("shop", inbox)
    arrival = Arrival(0.05, patience_seconds=20, whole=whole)
    path = inbox / "stock.csv"
    path.write_bytes(b"half")
    look(source, arrival)
    time.sleep(0.1)
    held = look(source, arrival)
    assert [(one.because, one.reason) for one in held.waiting] == [(Because.INCOMPLETE, "no last line")]
    with path.open("ab") as file:
        file.write(b" the end\n")
    (ready,) = until_ready(source, arrival)
    assert ready.incomplete is None


def test_hundreds_of_files_at_once(inbox):
    source, arrival = LocalSource("shop", inbox), Arrival(0.01)
    for number in range(500):
        (inbox / f"{number}.csv").write_bytes(b"%d" % number)
    look(source, arrival)
    time.sleep(0.02)
    ready = look(source, arrival).ready
    assert len(ready) == 500
    claimed = [source.claim(one.found, number) for number, one in enumerate(ready)]
    assert len(set(claimed)) == 500
    assert source.scan().files == ()
    assert source.orphans(claimed) == []
