"""The seam of the readers: a child process with limits, whatever the file."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from time import sleep

import pytest

from connector import forks
from connector.errors import RejectDrop, RetryLater
from connector.readers import Limits, ReaderOptions, export_csv, frame, read, summary
from tests import files

ROOT = Path(__file__).resolve().parents[2]


def read_in(folder, path, **told):
    return read(path, name=path.name, spool=folder / "spool", **told)


def test_a_document_is_plain_data_and_its_rows_are_a_frame(tmp_path):
    path = files.save(tmp_path, "stock.csv", files.stock_csv(30))
    document = read_in(tmp_path, path)
    (table,) = document.tables
    data = frame(table)
    assert list(data.columns) == ["line", "c0", "c1", "c2", "c3", "c4", "c5"]
    assert str(data["line"].dtype) == "int32"
    assert list(data["line"]) == list(range(2, 32))
    assert list(frame(table, [3])["c3"])[:2] == ["1", "2"]
    assert json.loads(json.dumps(asdict(document)))["tables"][0]["rows"] == 30
    assert json.loads(json.dumps(summary(table)))["delimiter"] == ","
    target = tmp_path / "out.csv"
    export_csv(table, target)
    assert target.read_bytes() == path.read_bytes()


def test_nothing_but_the_tables_stays_in_the_spool(tmp_path):
    path = files.save(tmp_path, "stock.csv.gz", files.gz(files.stock_csv(5).encode("utf-16")))
    (table,) = read_in(tmp_path, path).tables
    assert [str(left) for left in (tmp_path / "spool").iterdir()] == [table.spool]


def test_many_threads_read_at_once(tmp_path):
    paths = [files.save(tmp_path, f"{n}.csv", files.stock_csv(n + 1)) for n in range(8)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda path: read_in(tmp_path, path).tables[0].rows, paths))
    assert found == list(range(1, 9))


def test_time_and_memory_have_an_end(tmp_path):
    path = files.save(tmp_path, "big.csv", files.stock_csv(60_000))
    with pytest.raises(RejectDrop, match=r"setting reading\.seconds"):
        read_in(tmp_path, path, limits=Limits(seconds=0.001))
    with pytest.raises(RejectDrop, match=r"setting reading\.memory_megabytes"):
        read_in(tmp_path, path, limits=Limits(memory_bytes=1024 * 1024))
    assert read_in(tmp_path, path).tables[0].rows == 60_000


def test_a_workbook_that_needs_too_much_memory_ends_the_child_only(tmp_path):
    rows = [[f"word {n} {m}" * 3 for m in range(20)] for n in range(8000)]
    path = files.workbook(tmp_path, rows)
    with pytest.raises(RejectDrop, match=r"setting reading\.memory_megabytes"):
        read_in(tmp_path, path, limits=Limits(memory_bytes=8 * 1024 * 1024))


def test_a_wide_table_needs_no_more_memory_than_a_long_one(tmp_path):
    rows = [[f"c{n}" for n in range(1500)], *([["1"] * 1500] * 500)]
    path = files.save(tmp_path, "wide.csv", files.delimited(rows))
    (table,) = read_in(tmp_path, path, limits=Limits(memory_bytes=512 * 1024 * 1024)).tables
    assert (table.rows, len(table.header), table.faults) == (500, 1500, ())


@pytest.mark.parametrize(
    ("limits", "named"),
    [
        (Limits(file_bytes=100), "max_megabytes"),
        (Limits(rows=10), "max_rows"),
        (Limits(cells=50), "max_cells"),
        (Limits(columns=3), "max_columns"),
        (Limits(cell_length=6), "max_cell_bytes"),
    ],
)
def test_each_limit_is_named_with_its_figure(tmp_path, limits, named):
    for path in (
        files.save(tmp_path, "stock.csv", files.stock_csv(30)),
        files.workbook(tmp_path, [files.HEADER, *files.stock_rows(30)]),
    ):
        with pytest.raises(RejectDrop, match=rf"\(.*setting reading.{named}\)"):
            read_in(tmp_path, path, limits=limits)


def test_bombs_and_nested_packing_are_refused(tmp_path):
    bomb = files.save(tmp_path, "bomb.csv.gz", files.gz(b"a,b\n" + b"1,2\n" * 20_000_000))
    with pytest.raises(RejectDrop, match=r"setting reading\.max_ratio"):
        read_in(tmp_path, bomb)
    zip_bomb = files.save(tmp_path, "bomb.zip", files.zipped([("a.csv", bytes(60_000_000))]))
    with pytest.raises(RejectDrop, match=r"setting reading\.max_ratio"):
        read_in(tmp_path, zip_bomb)
    with pytest.raises(RejectDrop, match=r"setting reading\.max_unpacked_megabytes"):
        read_in(tmp_path, zip_bomb, limits=Limits(unpacked_bytes=1000))
    nested = files.stock_csv().encode()
    for _ in range(4):
        nested = files.gz(nested)
    with pytest.raises(RejectDrop, match=r"setting reading\.max_depth"):
        read_in(tmp_path, files.save(tmp_path, "nested.gz", nested))


def test_trouble_with_the_disk_is_no_fault_of_the_file(tmp_path):
    with pytest.raises(RetryLater, match="tried again"):
        read_in(tmp_path, tmp_path / "gone.csv")


def test_stopping_the_daemon_does_not_break_a_file_being_read(tmp_path):
    """systemd sends its stop to every process of the service, the reading ones too."""
    path = files.save(tmp_path, "big.csv", files.stock_csv(80_000, quote=True) + '"odd"x\n')
    with ThreadPoolExecutor(1) as pool:
        read_in(tmp_path, files.save(tmp_path, "first.csv", files.stock_csv(2)))
        reading = pool.submit(read_in, tmp_path, path)
        while not reading.done():
            server = forks.server._forkserver_pid  # type: ignore[attr-defined]  # noqa: SLF001 - what systemd hits
            for pid in children_of(server):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
            os.kill(server, signal.SIGTERM)
            sleep(0.01)
        assert reading.result().tables[0].rows == 80_001


def children_of(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_options_may_be_told_and_wrong_ones_are_refused(tmp_path):
    path = files.save(tmp_path, "x.csv", "Straße;Größe\n1;2\n", "cp850")
    (table,) = read_in(tmp_path, path, options=ReaderOptions(encoding="cp850", delimiter=";")).tables
    assert table.header == ("Straße", "Größe")
    with pytest.raises(RejectDrop, match="no encoding called"):
        read_in(tmp_path, path, options=ReaderOptions(encoding="klingon"))
    with pytest.raises(RejectDrop, match="line 1 is not"):
        read_in(tmp_path, path, options=ReaderOptions(encoding="utf-8"))


def test_reading_works_from_a_script_without_running_it_again_and_leaves_no_process(tmp_path):
    path = files.save(tmp_path, "stock.csv", files.stock_csv(3))
    script = tmp_path / "script"
    script.write_text(
        textwrap.dedent(
            f"""
            import sys
            from pathlib import Path
            sys.path.insert(0, {str(ROOT)!r})
            from connector.readers import read
            print("once")
            for _ in range(3):
                print(read(Path({str(path)!r}), name="s", spool=Path({str(tmp_path)!r}) / "sp").tables[0].rows)
            from connector import forks
            print("server", forks.server._forkserver_pid)
            """
        )
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60, check=True)
    lines = done.stdout.split()
    assert lines[:4] == ["once", "3", "3", "3"]
    assert done.stderr == ""
    assert _gone(int(lines[-1]))


def _gone(pid: int) -> bool:
    for _ in range(100):
        status, threads = Path(f"/proc/{pid}/status"), Path(f"/proc/{pid}/task")
        with suppress(OSError):  # gone between two looks
            # While other threads of it end, its files are open.
            if not status.exists() or (
                "State:\tZ" in status.read_text() and len(list(threads.iterdir())) <= 1
            ):
                return True
        sleep(0.05)
    return False
