"""Children that are kept for small files: what one file does to them never shows in the next."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep

import pytest

from connector import forks
from connector.errors import RejectDrop
from connector.readers import Limits, read, workers
from connector.readers.limits import ReaderOptions
from connector.readers.workers import SMALL_BYTES, Workers, is_for_workers
from tests import files
from tests.contract.test_readers_child import ROOT, _gone, children_of

USUAL = Limits()


@pytest.fixture(autouse=True)
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    """Workers of this test alone."""
    ours = Workers()
    monkeypatch.setattr("connector.readers.reader.WORKERS", ours)
    yield ours
    ours.end_all()


def rows_of(folder: Path, path: Path, limits: Limits = USUAL) -> int:
    return read(path, name=path.name, spool=folder / "spool", limits=limits).tables[0].rows


def waiting(pool: Workers) -> list[int]:
    return [worker._child.pid or 0 for worker in pool._waiting]  # noqa: SLF001 - which process it is, is the question


def test_one_worker_reads_file_after_file(tmp_path: Path, pool: Workers) -> None:
    seen = set()
    for number in range(1, 6):
        assert rows_of(tmp_path, files.save(tmp_path, f"{number}.csv", files.stock_csv(number))) == number
        seen.update(waiting(pool))
    assert len(seen) == 1
    assert seen <= set(children_of(forks.server._forkserver_pid))  # type: ignore[attr-defined]  # noqa: SLF001


def test_large_and_packed_files_have_a_process_of_their_own(tmp_path: Path, pool: Workers) -> None:
    small = files.save(tmp_path, "small.csv", files.stock_csv(3))
    large = files.save(tmp_path, "large.csv", b"x" * (SMALL_BYTES + 1))
    packed = files.save(tmp_path, "small.csv.gz", files.gz(files.stock_csv(3).encode()))
    book = files.workbook(tmp_path, [files.HEADER, *files.stock_rows(3)])
    told = [is_for_workers(path, USUAL) for path in (small, large, packed, book, tmp_path / "gone.csv")]
    assert told == [True, False, False, False, False]
    assert rows_of(tmp_path, packed) == 3
    assert waiting(pool) == []


def test_a_file_that_takes_too_long_ends_the_worker_and_the_next_is_read(
    tmp_path: Path, pool: Workers
) -> None:
    good = files.save(tmp_path, "good.csv", files.stock_csv(7))
    assert rows_of(tmp_path, good) == 7
    (before,) = waiting(pool)
    long = files.save(tmp_path, "long.csv", files.stock_csv(15_000))
    with pytest.raises(RejectDrop, match=r"setting reading\.seconds"):
        rows_of(tmp_path, long, Limits(seconds=0.001))
    assert waiting(pool) == []
    assert _gone(before)
    assert rows_of(tmp_path, good) == 7
    assert list((tmp_path / "spool").iterdir()) != []


def test_a_file_that_takes_too_much_memory_ends_the_worker_and_the_next_is_read(
    tmp_path: Path, pool: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "LEAST_MEMORY", 0)
    good = files.save(tmp_path, "good.csv", files.stock_csv(7))
    assert rows_of(tmp_path, good) == 7
    (before,) = waiting(pool)
    many = files.save(tmp_path, "many.json", "[" + '{"a":1},' * 130_000 + '{"a":1}]')
    with pytest.raises(RejectDrop, match=r"at most 64 MiB .*setting reading\.memory_megabytes"):
        rows_of(tmp_path, many, Limits(memory_bytes=64 * 1024 * 1024))
    assert _gone(before)
    assert rows_of(tmp_path, good) == 7


def test_with_little_memory_allowed_each_file_has_a_process_of_its_own(tmp_path: Path, pool: Workers) -> None:
    """A worker holds some from the files before: what is allowed must not depend on them."""
    good = files.save(tmp_path, "good.csv", files.stock_csv(15_000))
    assert rows_of(tmp_path, good) == 15_000
    (before,) = waiting(pool)
    with pytest.raises(RejectDrop, match=r"at most 1 MiB .*setting reading\.memory_megabytes"):
        rows_of(tmp_path, good, Limits(memory_bytes=1024 * 1024))
    assert waiting(pool) == [before]
    assert rows_of(tmp_path, good) == 15_000


def test_a_refusal_is_the_word_of_a_new_child_and_the_next_is_read(tmp_path: Path, pool: Workers) -> None:
    good = files.save(tmp_path, "good.csv", files.stock_csv(7))
    assert rows_of(tmp_path, good) == 7
    (before,) = waiting(pool)
    with pytest.raises(RejectDrop, match="a PDF document"):
        rows_of(tmp_path, files.save(tmp_path, "letter.csv", b"%PDF-1.7 letter"))
    assert _gone(before)
    assert rows_of(tmp_path, good) == 7
    assert waiting(pool) != [before]


def test_a_worker_that_is_killed_costs_no_file(tmp_path: Path, pool: Workers) -> None:
    good = files.save(tmp_path, "good.csv", files.stock_csv(10_000))
    for _ in range(4):
        assert rows_of(tmp_path, good) == 10_000
        (worker,) = waiting(pool)
        with ThreadPoolExecutor(1) as thread:
            reading = thread.submit(rows_of, tmp_path, good)
            sleep(0.01)  # it has begun, or not: the file is read in either case
            os.kill(worker, signal.SIGKILL)
            assert reading.result() == 10_000


def test_a_worker_that_has_nothing_to_do_ends(tmp_path: Path) -> None:
    pool = Workers(idle_seconds=0.7)
    told = (files.save(tmp_path, "a.csv", files.stock_csv(2)), tmp_path, ReaderOptions(), USUAL)
    assert pool.read(told) is not None
    (worker,) = waiting(pool)
    assert _gone(worker)
    again = pool.read(told)
    assert again is not None
    assert again.tables[0].rows == 2
    assert waiting(pool) != [worker]
    pool.end_all()


def test_no_more_wait_than_threads_read(tmp_path: Path, pool: Workers) -> None:
    path = files.save(tmp_path, "a.csv", files.stock_csv(2_000))
    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(lambda _: rows_of(tmp_path, path), range(24))) == [2_000] * 24
    assert 1 <= len(waiting(pool)) <= workers.KEPT


def test_workers_end_with_whoever_started_them_even_if_it_is_killed(tmp_path: Path) -> None:
    path = files.save(tmp_path, "stock.csv", files.stock_csv(3))
    script = textwrap.dedent(
        f"""
        import os, signal, sys
        from pathlib import Path
        sys.path.insert(0, {str(ROOT)!r})
        from connector.readers import read
        from connector.readers.workers import WORKERS
        read(Path({str(path)!r}), name="s", spool=Path({str(tmp_path)!r}) / "sp")
        print(WORKERS._waiting[0]._child.pid, flush=True)
        if sys.argv[1] == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    for end in ("by itself", "killed"):
        done = subprocess.run(
            [sys.executable, "-c", script, end], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == (0 if end == "by itself" else -signal.SIGKILL)
        assert done.stderr == ""
        assert _gone(int(done.stdout))
