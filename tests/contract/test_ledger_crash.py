"""kill -9 at any moment, a second connector, and what recovery puts right."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from connector.errors import LedgerUnavailable
from connector.ledger import open_ledger
from connector.model import BatchState, DropState, Verdict
from tests.contract.ledger_kit import (
    BACKENDS,
    FEED,
    deliver,
    draft,
    due,
    finish,
    identify,
    land,
    landed_and_planned,
    now,
    published,
    take,
    values,
)
from tests.contract.ledger_victim import LOTS

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=BACKENDS)
def ledger(request, tmp_path):
    yield from request.param(tmp_path)


def victim(url: str, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.contract.ledger_victim", url, *options]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def work_and_be_killed(url: str, seconds: float, *, from_the_first_settled: bool) -> set[int]:
    """Let a victim work for a while, kill it, and return the batches it was told are settled."""
    with victim(url) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline()] if from_the_first_settled else []
        threading.Event().wait(seconds)
        process.kill()
        lines += [line for line in process.stdout if line.endswith("\n")]
    return {int(line.split()[1]) for line in lines}


def test_after_kill_9_the_ledger_is_whole_and_nothing_settled_is_lost(tmp_path):
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    chance = random.Random(4)
    told: set[int] = set()
    for number in range(5):
        # On a busy machine a victim may be killed before it settles anything; the last one is given the time.
        told |= work_and_be_killed(url, chance.uniform(0.02, 0.4), from_the_first_settled=number == 4)
        ledger = open_ledger(url)
        with ledger.exclusive():
            ledger.recover({FEED})
            run_to_the_end(ledger)
        settled = set()
        for drop in ledger.drops(1000):
            assert drop.state == DropState.ARCHIVED
            lines = Counter(ledger.every_line(drop.id, FEED))
            assert lines == Counter((n + 2, Verdict.ACCEPTED) for n in range(70))
            settled |= {batch.id for batch in ledger.batches(drop.id) if batch.state == BatchState.SETTLED}
        assert told <= settled
        assert len(published(ledger)) == 70 * len(ledger.drops(1000))
        ledger.close_connections()
    assert told, "the victim did work"


def test_after_kill_9_between_settling_and_shelving_the_same_is_published(tmp_path):
    """Killed before anything is on a shelf, after each part of it, and when all is; some kills come a little late."""
    path = tmp_path / "ledger.db"
    left: list[int] = []
    for shelved_before in (0, 1, LOTS // 4 + 1, LOTS // 2 + 1, 3 * LOTS // 4, LOTS):
        ledger = open_ledger(f"sqlite:///{path}")
        doubtful = [(f"L{lot % 3}", f"doubtful {lot}", 1000 + lot) for lot in range(LOTS)]
        older = landed_and_planned(ledger, draft(doubtful), lane=f"older {shelved_before}")
        deliver(
            ledger, older
        )  # and it is not on the shelves yet, when a later drop leaves its values in doubt
        with victim(f"sqlite:///{path}", "close") as process:
            drop_id, before = kill_while_it_closes(process, path, ledger, shelved_before)
        assert len(before) == 2 * LOTS
        assert published(ledger) == before, "the same for who has read before the kill"
        ledger.close_connections()

        ledger = open_ledger(f"sqlite:///{path}")
        assert published(ledger) == before, "and for who is started after it"
        with ledger.exclusive():
            ledger.recover({FEED})
            assert published(ledger) == before
            left.append(unshelved(path, drop_id))
            if ledger.drop(drop_id).state != DropState.CLOSED:
                ledger.close(drop_id)
        assert unshelved(path, drop_id) == 0
        assert published(ledger) == before
        said = {sku: value for (_, sku), value in values(ledger).items()}
        assert said == {f"good {lot}": str(lot) for lot in range(LOTS)} | {sku: "" for _, sku, _ in doubtful}
        assert ledger.totals(drop_id)[FEED] == {
            Verdict.ACCEPTED: LOTS, Verdict.REFUSED: LOTS, Verdict.FAILED: LOTS,
        }  # fmt: skip
        ledger.close(older.id)
        assert published(ledger) == before, (
            "what it set is shelved after what put it in doubt, and changes nothing"
        )
        ledger.close_connections()
    assert LOTS in left, "killed before the first was shelved"
    assert any(0 < number < LOTS for number in left), f"killed half way: {left}"


def kill_while_it_closes(process, path, ledger, shelved_before):
    """Kill a victim once so many of its batches are shelved; its drop, and what was published before it closed."""
    drop_id = int(process.stdout.readline().split()[1])
    before = published(ledger)
    process.stdin.write("close\n")
    process.stdin.flush()
    deadline = time.monotonic() + 30
    while LOTS - unshelved(path, drop_id) < shelved_before:
        assert time.monotonic() < deadline, "the victim does not close"
    process.kill()
    process.wait()
    return drop_id, before


def unshelved(path, drop_id):
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        query = "select count(*) from batches where drop_id = ? and not shelved"
        return database.execute(query, (drop_id,)).fetchone()[0]


def run_to_the_end(ledger) -> None:
    while tasks := due(ledger):
        for name, key in tasks:
            if name == "identify":
                identify(ledger, ledger.drop(key))
            elif name == "plan":
                assert ledger.begin_plan(key)
                assert ledger.batches(key) == []
                ledger.add_lots(key, [draft([("L", f"{key}-{n}", n) for n in range(70)], size=1)])
                ledger.planned(key, {FEED: 70}, {})
            elif name == "deliver":
                deliver(ledger, ledger.drop(key))
            else:
                if ledger.drop(key).state != DropState.CLOSED:
                    ledger.close(key)
                ledger.archived(key, "archive")


def test_a_second_connector_is_refused_by_name_and_readers_are_not(tmp_path):
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with victim(url) as process:
        second = open_ledger(url)
        try:
            with pytest.raises(LedgerUnavailable, match=rf"another connector \(pid {process.pid} on .*since"):
                second.exclusive().__enter__()
            owner = second.status().owner
            assert owner is not None
            assert owner.pid == process.pid
            assert second.drops() is not None
        finally:
            process.kill()
        process.wait()
        with second.exclusive():
            assert second.status().owner != owner
        second.close_connections()


def test_who_lets_go_is_no_longer_the_owner(ledger):
    with ledger.exclusive():
        before = ledger.status().owner.heartbeat_at
        ledger.heartbeat()
        assert ledger.status().owner.heartbeat_at > before
    assert ledger.status().owner is None
    with ledger.exclusive():
        pass


def test_recovery_sends_again_what_is_safe_and_doubts_the_rest(ledger):
    drop = landed_and_planned(ledger, draft([("L", "A", 1)]), draft([("L", "B", 2)]))
    first, second = ledger.batches(drop.id)
    assert take(ledger, drop).id == first.id
    assert ledger.recover({FEED}) == (1, 0)
    assert due(ledger) == [("deliver", drop.id)]
    assert take(ledger, drop).id == first.id
    assert ledger.recover({"something else"}) == (0, 1)
    assert take(ledger, drop).id == second.id
    ledger.never_sent([second.id])
    assert [row.verdict for row in ledger.verdict_rows(drop.id)] == [Verdict.IN_DOUBT]
    assert [attempt.outcome for attempt in ledger.attempts(first.id)] == ["given back", "in doubt"]
    assert ledger.recover({FEED}) == (0, 0)


def test_recovery_forgets_a_plan_half_made(ledger):
    drop = identify(ledger, land(ledger))
    ledger.begin_plan(drop.id)
    ledger.add_lots(drop.id, [draft([("L", "A", 1)])])
    other = identify(ledger, land(ledger, lane="other"))
    ledger.recover(set())
    assert ledger.batches(drop.id) == []
    assert due(ledger) == [("identify", drop.id), ("identify", other.id)], (
        "what was read is gone with the memory"
    )


def test_readers_and_writers_do_not_wait_for_one_another(ledger):
    """Many threads land, plan and deliver in lanes of their own while others read."""
    stop = threading.Event()

    def look() -> int:
        seen = 0
        while not stop.is_set():
            seen += len(ledger.drops()) + len(ledger.due(now(), 10)) + len(ledger.status().drops)
        return seen

    def work(lane: int) -> int:
        for n in range(4):
            drop = landed_and_planned(ledger, draft([("L", f"{lane}-{n}", n)]), lane=str(lane))
            deliver(ledger, drop)
            finish(ledger, drop)
        return lane

    with ThreadPoolExecutor(10) as pool:
        readers = [pool.submit(look) for _ in range(2)]
        assert sum(pool.map(work, range(8))) == sum(range(8))
        stop.set()
        assert all(reader.result() for reader in readers)
    assert ledger.status().drops == {DropState.ARCHIVED: 32}
