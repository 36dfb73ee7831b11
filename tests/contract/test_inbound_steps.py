"""The steps of a drop with the real ledger, folders and sandbox, stopped between any two lines and asked for again."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import pytest
import xlsxwriter

from connector import inbound
from connector.assembly import Assembly
from connector.cli import reports
from connector.cli.running import exit_code
from connector.errors import CredentialsRefused, LedgerUnavailable, RetryLater, SourceUnavailable
from connector.ledger.database import Database
from connector.model import Batch, BatchState, DropState, Reply, Task, Verdict
from connector.sandbox import Sandbox
from tests.contract.bench import Bench
from tests.files import gz, zipped

GOOD = "location_id,sku,quantity\r\nBLR-01,A-1,5\r\nBLR-01,A-2,6\r\n"
ONE_BAD = "location_id,sku,quantity\r\nBLR-01,A-1,5\r\nBLR-01,A-2,many\r\n"
ODD = "Ref,Colour\nA,red\nB,blue\n"
ODD_PROFILE = """
feeds = ["inventory"]
[match]
headers = ["Ref", "Colour"]
[columns]
sku = "Ref"
quantity = "Colour"
"""


class Killed(BaseException):
    """Stands for kill -9: no handler of ours catches it."""


@pytest.fixture(scope="module")
def one_sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed={"accept_unknown_skus": True}) as sandbox:
        yield sandbox


@pytest.fixture
def bench(tmp_path: Path, one_sandbox: Sandbox) -> Iterator[Bench]:
    one_sandbox.control.reset({"accept_unknown_skus": True})
    bench = Bench(tmp_path / "shop", one_sandbox)
    yield bench
    bench.assembly.close()


def killed() -> Callable[..., object]:
    def kill(*_: object, **__: object) -> object:
        raise Killed

    return kill


def test_killed_between_archive_and_ledger_with_rows_to_correct(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop = bench.land(ONE_BAD)
    bench.until("finish")
    monkeypatch.setattr(bench.ledger, "archived", killed())
    with pytest.raises(Killed):
        bench.assembly.inbound.finish(drop.id)
    shutil.rmtree(bench.folder / "outbox")  # not even the result files reached the disk
    bench.restart()
    bench.until()
    assert bench.state(drop) is DropState.ARCHIVED
    assert len(bench.files("archive")) == 1
    assert bench.files("outbox") == ["result.csv", "result.json", "stock.correction.csv"]


def test_killed_between_claim_and_hold_of_a_file_that_is_cut_off(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = bench.found(GOOD)
    monkeypatch.setattr(bench.ledger, "held", killed())
    try:
        bench.assembly.inbound.land(found, incomplete="the last line is cut off")
    except Killed:
        bench.restart()
    bench.until()
    assert bench.ledger.drops()[0].state is DropState.HELD
    assert bench.sandbox.control.inventory() == {}


def test_retry_sees_the_profile_saved_meanwhile_without_a_restart(bench: Bench) -> None:
    drop = bench.land(ODD.replace("red", "1").replace("blue", "2"))
    bench.until()
    assert bench.state(drop) is DropState.UNMATCHED
    (bench.folder / "config/profiles/odd.toml").write_text(ODD_PROFILE)
    bench.ledger.retry(drop.id)
    bench.until()
    assert bench.state(drop) is DropState.ARCHIVED
    assert bench.sandbox.control.inventory() == {("BLR-01", "A"): 1, ("BLR-01", "B"): 2}


def test_nothing_of_a_drop_that_waits_for_a_person_stays_in_the_spool(bench: Bench) -> None:
    bench.land(ODD)
    bench.until()
    assert bench.files("state/spool") == []


def test_batches_of_an_account_that_is_gone_wait_and_go_on_when_it_is_back(bench: Bench) -> None:
    drop = bench.land(GOOD)
    bench.until("deliver")
    bench.configure(('name = "main"', 'name = "other"'))
    bench.restart()
    bench.until()
    (batch,) = bench.ledger.batches(drop.id)
    assert batch.state is BatchState.PLANNED
    (waiting,) = bench.ledger.status().waiting
    assert "'main'" in (waiting.reason or "")
    bench.configure(('name = "other"', 'name = "main"'))
    bench.until(later=3600)  # without a restart
    assert bench.state(drop) is DropState.ARCHIVED


def test_a_defect_while_delivering_gives_the_batch_back_and_status_says_so(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop = bench.land(GOOD)
    bench.until("deliver")
    with monkeypatch.context() as broken:
        broken.setattr(bench.ledger, "settle", lambda *_: 1 / 0)
        tally = bench.once()
    assert list(tally.defects.values()) == ["division by zero"]
    (batch,) = bench.ledger.batches(drop.id)
    assert batch.state is BatchState.PLANNED
    assert "division by zero" in (bench.ledger.status().waiting[0].reason or "")
    bench.assembly.stop.clear()  # the run above has ended
    bench.until(later=3600)
    assert bench.state(drop) is DropState.ARCHIVED


def test_defects_while_delivering_lose_no_answer_of_the_other_batches(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some batches fall over something of ours while others are under way: those are heard, and not sent again."""
    drop = bench.land("location_id,sku,quantity\r\n" + "".join(f"BLR-01,A-{n},{n}\r\n" for n in range(2500)))
    bench.until("deliver")
    bench.sandbox.control.faults("latency=200ms,on:writes")
    broken = {batch.id for batch in bench.ledger.batches(drop.id)[:3]}
    delivery, all_under_way = bench.assembly.delivery, Barrier(5)
    send = delivery.send

    def send_some(batch: Batch) -> Reply:
        all_under_way.wait(30)
        if batch.id in broken:
            raise ZeroDivisionError("division by zero")
        return send(batch)

    with monkeypatch.context() as defect:
        defect.setattr(delivery, "send", send_some)
        assert list(bench.once().defects.values()) == ["division by zero"]
    states = {batch.id: batch.state for batch in bench.ledger.batches(drop.id)}
    assert {key for key, state in states.items() if state is BatchState.PLANNED} == broken
    assert list(states.values()).count(BatchState.SETTLED) == 2
    bench.assembly.stop.clear()  # the run above has ended
    bench.until(later=3600)
    assert bench.state(drop) is DropState.ARCHIVED
    assert len(bench.sandbox.control.calls("inventory")) == 5, "each batch once"


def test_a_defect_in_a_step_is_in_the_status_and_does_not_stop_other_lanes(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop = bench.land(GOOD)
    other = bench.land(GOOD.replace("A-", "B-"), "DEL-02/stock.csv")
    planned = bench.assembly.planner.plan
    monkeypatch.setattr(
        bench.assembly.planner,
        "plan",
        lambda understood, key, *rest, **more: (
            1 / 0 if key == drop.id else planned(understood, key, *rest, **more)
        ),
    )
    bench.once()
    assert bench.state(other) is DropState.ARCHIVED
    (put_off,) = bench.ledger.status().put_off
    assert (put_off.id, put_off.state) == (drop.id, DropState.LANDED)
    assert "division by zero" in (put_off.put_off or "")


def test_a_ledger_that_fails_in_a_step_ends_the_loop_and_the_next_start_goes_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop = bench.land(GOOD)
    bench.until("deliver")

    def full(*_: object) -> None:
        raise LedgerUnavailable("the disk is full")

    with monkeypatch.context() as disk:
        disk.setattr(bench.ledger, "settle", full)
        with pytest.raises(LedgerUnavailable):
            bench.once()
    bench.restart()
    bench.once()
    assert bench.state(drop) is DropState.ARCHIVED
    assert bench.sandbox.control.inventory() == {("BLR-01", "A-1"): 5, ("BLR-01", "A-2"): 6}


@pytest.mark.parametrize("text", [GOOD, ONE_BAD])
def test_a_drop_of_many_rows_is_let_go_of_beside_its_end_unless_its_rows_are_needed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(inbound, "MANY_ROWS", 1)
    forgotten, planner = [], bench.assembly.planner
    forget = planner.forget

    def seen(drop_id: int) -> None:
        forgotten.append(
            (threading.current_thread().name, bench.ledger.drop(drop_id).archived_at is not None)
        )
        forget(drop_id)

    monkeypatch.setattr(planner, "forget", seen)
    drop = bench.land(text)
    bench.until()
    assert bench.state(drop) is DropState.ARCHIVED
    assert bench.files("state/spool") == []
    (last,) = forgotten
    if text == GOOD:
        assert last[0] == "behind"
    else:
        assert last == (threading.current_thread().name, True)
    corrections = [name for name in bench.files("outbox") if name.startswith("stock")]
    assert len(corrections) == (text == ONE_BAD)


def test_the_next_drop_of_a_lane_may_be_planned_before_the_files_of_the_one_before_are_written(
    bench: Bench,
) -> None:
    drops = [bench.land(GOOD), bench.land(GOOD.replace(",5", ",7"), "later.csv")]
    due: list[tuple[str, int]] = []
    inbound = bench.assembly.inbound
    for drop in drops:
        inbound.identify(drop.id)

    def free(_drop_id: int) -> None:
        assert due or bench.files("outbox") == []
        due.extend((task.name, task.key) for task in inbound.due(10))

    inbound.lane_is_free = free
    bench.until()
    assert ("plan", drops[1].id) in due
    assert [bench.state(drop) for drop in drops] == [DropState.ARCHIVED] * 2


def test_a_small_drop_is_closed_as_soon_as_it_is_delivered(bench: Bench) -> None:
    drops = [bench.land(GOOD), bench.land(GOOD.replace(",5", ",7"), "later.csv")]
    inbound, freed = bench.assembly.inbound, list[int]()
    inbound.lane_is_free = freed.append
    for drop in drops:
        inbound.identify(drop.id)
    inbound.plan(drops[0].id)
    inbound.deliver(drops[0].id)
    assert bench.state(drops[0]) is DropState.CLOSED
    assert freed == [drops[0].id]
    assert bench.files("outbox") == []
    assert inbound.next_step(drops[0].id) == Task("finish", drops[0].id)
    assert inbound.next_in_lane(drops[0].id) == Task("plan", drops[1].id)
    inbound.finish(drops[0].id)
    assert freed == [drops[0].id], "the lane was free before"
    assert bench.state(drops[0]) is DropState.ARCHIVED


def test_two_steps_that_may_close_a_drop_close_it_once(bench: Bench) -> None:
    drop = bench.land(GOOD)
    bench.until("deliver")
    inbound = bench.assembly.inbound
    close, closed = inbound.ledger.close, list[int]()

    def slowly(drop_id: int) -> object:
        closed.append(drop_id)
        time.sleep(0.1)
        return close(drop_id)

    inbound.ledger.close = slowly  # type: ignore[method-assign, assignment]
    inbound.delivery.deliver(drop.id)
    with ThreadPoolExecutor(2) as threads:
        for step in [threads.submit(inbound.deliver, drop.id), threads.submit(inbound.finish, drop.id)]:
            step.result()
    assert closed == [drop.id]
    assert bench.state(drop) is DropState.ARCHIVED


def test_a_spool_that_vanished_is_read_anew(bench: Bench) -> None:
    drop = bench.land(GOOD)
    bench.until("plan")
    shutil.rmtree(bench.assembly.spool)
    bench.until(later=0)
    bench.until(later=3600)
    assert bench.state(drop) is DropState.ARCHIVED


def test_a_full_disk_at_the_end_does_not_hide_why_a_drop_is_in_quarantine(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop = bench.land("location_id,sku,quantity\r\n")
    bench.until("finish")
    why = bench.ledger.drop(drop.id).reason
    with monkeypatch.context() as full:

        def no_room(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        full.setattr(bench.assembly.outcome, "write", no_room)
        bench.until()
    bench.until(later=3600)
    assert bench.ledger.drop(drop.id).archived_at
    assert bench.ledger.drop(drop.id).reason == why


@pytest.mark.parametrize("restarted", [True, False])
def test_a_profile_changed_between_identify_and_plan_counts_whole(bench: Bench, *, restarted: bool) -> None:
    """What identify found out under another profile is not mixed with a plan under this one."""
    profile = bench.folder / "config/profiles/stock.toml"
    profile.write_text('mode = "full"\n[match]\nheaders = ["sku", "quantity"]\n')
    drop = bench.land(GOOD)
    bench.until("plan")
    assert bench.ledger.drop(drop.id).mode == "full"
    profile.write_text('mode = "delta"\n[match]\nheaders = ["sku", "quantity"]\n')
    if restarted:
        bench.restart()
    else:
        bench.assembly.planner.forget(drop.id)  # as after many other drops
    bench.until()
    assert bench.ledger.drop(drop.id).mode == "delta"


def test_a_restart_tries_at_once_what_was_put_off(bench: Bench) -> None:
    bench.sandbox.control.credentials("demo-company", "another-secret")
    drop = bench.land(GOOD)
    bench.until()
    bench.sandbox.control.credentials("demo-company", "demo-company-token")
    bench.restart()
    bench.until()
    assert bench.state(drop) is DropState.ARCHIVED


def test_a_file_that_reads_no_more_at_the_end_is_archived_all_the_same(bench: Bench) -> None:
    drop = bench.land(ONE_BAD)
    bench.until("finish")
    bench.configure(("# max_rows = 20000000", "max_rows = 1"))
    bench.restart()
    bench.until()
    assert bench.state(drop) is DropState.ARCHIVED
    assert bench.files("outbox") == ["result.csv", "result.json"]


def test_drops_of_a_source_that_is_gone_wait_and_say_so(bench: Bench) -> None:
    drop = bench.land(GOOD)
    here, there = ('name = "inbox"\npath = "inbox"', 'name = "other"\npath = "elsewhere"')
    bench.configure((here, there))
    bench.restart()
    bench.until()
    assert bench.state(drop) is DropState.LANDED
    bench.configure((there, here))
    bench.restart()
    bench.until(later=3600)
    assert bench.state(drop) is DropState.ARCHIVED


def test_once_says_what_it_could_not_reach_and_what_it_put_off(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop = bench.land(GOOD)

    def no_room(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(bench.assembly.outcome, "write", no_room)
        tally = bench.once()
    outcome = reports.of_run(bench.assembly, tally)
    assert [(each["drop"], "No space left" in each["reason"]) for each in outcome["put_off"]] == [
        (drop.id, True)
    ]
    assert exit_code(tally, outcome) == 3
    bench.restart()
    (bench.folder / "inbox").rename(bench.folder / "away")
    (bench.folder / "inbox").write_text("a mount gone wrong")
    tally = bench.once()
    assert exit_code(tally, reports.of_run(bench.assembly, tally)) == 3
    assert "cannot be read" in tally.unreachable["inbox"]


def test_a_ledger_that_cannot_be_used_is_not_taken_for_none(bench: Bench) -> None:
    bench.assembly.close()
    (bench.folder / "state" / "ledger.db").write_bytes(b"no database at all, but a text of some length" * 100)
    with pytest.raises(LedgerUnavailable):
        assert Assembly.read(bench.config).known_ledger


@pytest.mark.parametrize("moment", ["before", "within", "after"])
def test_killed_around_every_transaction_every_file_and_row_is_accounted_for_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """A good file, one with a row to mend, and the first once more; killed at each write of the ledger in turn."""
    transactions = Transactions(moment)
    monkeypatch.setattr(Database, "write", transactions.write(Database.write))
    kills = 0
    for number, text in enumerate((GOOD, ONE_BAD.replace("A-", "B-"), GOOD)):
        (bench.folder / "inbox" / f"stock{number}.csv").write_bytes(text.encode())
        transactions.until = 0
        while bench.files("inbox"):
            transactions.until += 1
            transactions.seen = 0
            try:
                bench.land_all()
                bench.until()
            except Killed:
                kills += 1
                transactions.seen = -1000
                bench.restart()
    bench.until()
    assert kills > 10
    ended = [(drop.state, bench.ledger.totals(drop.id)) for drop in reversed(bench.ledger.drops())]
    accepted, rejected = Verdict.ACCEPTED, Verdict.REJECTED
    assert ended == [
        (DropState.ARCHIVED, {"inventory": {accepted: 2}}),
        (DropState.ARCHIVED, {"inventory": {accepted: 1, rejected: 1}}),
        (DropState.ARCHIVED, {"inventory": {Verdict.UNCHANGED: 2}}),
    ]
    assert len(bench.files("archive")) == 3
    assert bench.sandbox.control.inventory() == {
        ("BLR-01", "A-1"): 5,
        ("BLR-01", "A-2"): 6,
        ("BLR-01", "B-1"): 5,
    }
    assert bench.files("state/spool") == []


@pytest.mark.parametrize("moment", ["before", "within", "after"])
def test_killed_around_every_transaction_nothing_of_a_zip_is_lost_or_doubled(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """A zip of three files, one with a row to mend, one cut off; killed at each write of the ledger in turn."""
    transactions = Transactions(moment)
    monkeypatch.setattr(Database, "write", transactions.write(Database.write))
    inside = [
        ("a.csv", GOOD.encode()),
        ("b/b.csv", ONE_BAD.replace("A-", "B-").encode()),
        ("c.gz", gz(b"cut")[:-4]),
    ]
    bench.found("", "south/all.zip")
    (bench.folder / "inbox" / "south" / "all.zip").write_bytes(zipped(inside))
    kills = 0
    while bench.files("inbox"):
        transactions.until += 1
        transactions.seen = 0
        try:
            bench.land_all()
            bench.until()
        except Killed:
            kills += 1
            transactions.seen = -1000
            bench.restart()
    assert kills > 5
    packed, *members = sorted(bench.ledger.drops(), key=lambda drop: drop.id)
    assert (packed.path, packed.state, packed.parent_id) == ("south/all.zip", DropState.ARCHIVED, None)
    assert [(drop.path, str(drop.state), drop.parent_id) for drop in members] == [
        ("south/all.zip/a.csv", "archived", packed.id),
        ("south/all.zip/b/b.csv", "archived", packed.id),
        ("south/all.zip/c.gz", "quarantined", packed.id),
    ]
    assert [file.split(".")[0] for file in bench.files("archive")] == ["a", "all", "b", "c"]
    assert bench.sandbox.control.inventory() == {
        ("BLR-01", "A-1"): 5,
        ("BLR-01", "A-2"): 6,
        ("BLR-01", "B-1"): 5,
    }
    assert bench.files("state/spool") == []


def test_a_zip_whose_file_cannot_be_put_into_place_is_back_in_the_inbox(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bench.folder / "inbox" / "all.zip").write_bytes(
        zipped([("a.csv", GOOD.encode()), ("b.csv", ONE_BAD.encode())])
    )

    def no_room(*_: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as full:
        full.setattr("connector.sources.local.sync_folder", no_room)
        with pytest.raises(SourceUnavailable, match="cannot be written to"):
            bench.land_all()
    assert bench.files("inbox") == ["all.zip"]
    assert bench.ledger.drops() == []
    bench.land_all()
    bench.until()
    assert [drop.name for drop in bench.ledger.drops()] == ["b.csv", "a.csv", "all.zip"]


def test_a_zip_for_which_there_is_no_room_stays_and_is_said(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bench.folder / "inbox" / "all.zip").write_bytes(
        zipped([("a.csv", GOOD.encode()), ("b.csv", ONE_BAD.encode())])
    )

    def full(*_: object, **__: object) -> None:
        raise RetryLater("No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr("connector.readers.unpack", full)
        tally = bench.once()
    assert "No space left" in tally.unreachable["inbox"]
    assert exit_code(tally, reports.of_run(bench.assembly, tally)) == 3
    bench.restart()
    bench.once()
    assert [str(drop.state) for drop in bench.ledger.drops()] == ["archived"] * 3
    assert bench.files("inbox") == []


def test_what_lands_after_a_zip_is_newer_than_all_that_is_in_it(bench: Bench) -> None:
    found = bench.found(GOOD, "newer.csv")
    older = bench.folder / "inbox" / "all.zip"
    older.write_bytes(
        zipped([("a.csv", GOOD.replace("5", "1").encode()), ("b.csv", GOOD.replace("6", "2").encode())])
    )
    packed = next(one for one in bench.assembly.sources["inbox"].scan().files if one.path == "all.zip")
    bench.assembly.inbound.land(packed)
    bench.assembly.inbound.land(found)
    bench.until()
    assert bench.sandbox.control.inventory() == {("BLR-01", "A-1"): 5, ("BLR-01", "A-2"): 6}


class Transactions:
    """Lets the ledger's writes through, until the one at which the process is killed."""

    def __init__(self, moment: str) -> None:
        self.moment, self.until, self.seen = moment, 0, 0

    def write(self, real: Callable[..., Any]) -> Callable[..., Any]:
        @contextmanager
        def watched(database: Database, **options: bool) -> Iterator[Any]:
            self.seen += 1
            dies = self.seen == self.until
            if dies and self.moment == "before":
                raise Killed
            with real(database, **options) as connection:
                yield connection
                if dies and self.moment == "within":
                    raise Killed
            if dies:
                raise Killed

        return watched


def test_few_readings_are_kept_while_many_drops_wait_for_their_turn(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench.assembly.planner, "_readings_kept", 2)
    drops = [bench.land(GOOD.replace("A-", f"{letter}-"), f"{letter}.csv") for letter in "abcd"]
    for drop in drops:
        bench.assembly.inbound.identify(drop.id)
    assert sorted(path.name for path in bench.assembly.spool.iterdir()) == ["3", "4"]
    bench.until()
    assert {bench.state(drop) for drop in drops} == {DropState.ARCHIVED}


def test_a_refused_row_of_a_workbook_names_its_sheet(bench: Bench) -> None:
    bench.sandbox.control.reset({"accept_unknown_skus": False})
    with xlsxwriter.Workbook(bench.folder / "inbox" / "stock.xlsx") as book:
        sheet = book.add_worksheet("Delhi")
        for number, row in enumerate([["location_id", "sku", "quantity"], ["BLR-01", "NOBODY-KNOWS", 5]]):
            sheet.write_row(number, 0, row)
    bench.land_all()
    bench.until()
    (row,) = bench.ledger.verdict_rows(1)
    assert (row.verdict, row.sheet, row.line) == (Verdict.REFUSED, "Delhi", 2)


def test_many_threads_that_learn_it_at_once_say_it_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def slowly(event: str, **_: object) -> None:
        time.sleep(0.02)
        said.append(event)

    drop = bench.land(GOOD)
    bench.until("deliver")
    (batch,) = bench.ledger.take(drop.id, datetime.now(UTC), 1)
    delivery, refused = bench.assembly.delivery, CredentialsRefused("wrong")
    monkeypatch.setattr("connector.delivery.log", SimpleNamespace(warning=slowly))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: delivery.rest(batch, refused), range(8)))
    assert said == ["delivery waits"]


def test_a_profile_may_join_folders_in_one_lane(bench: Bench) -> None:
    profile = bench.folder / "config" / "profiles" / "shops.toml"
    profile.write_text(
        'lane = "shops"\n[match]\nheaders = ["location_id", "sku", "quantity"]\n', encoding="utf-8"
    )
    bench.restart()
    first = bench.assembly.inbound.land(bench.found(GOOD, "south/stock.csv"))
    assert first is not None
    second = bench.assembly.inbound.land(bench.found(GOOD.replace("5", "7"), "north/stock.csv"))
    assert second is not None
    assert first.lane != second.lane
    for drop in (first, second):
        bench.assembly.inbound.identify(drop.id)
    assert {bench.ledger.drop(drop.id).lane for drop in (first, second)} == {"shops"}
    plans = [task for task in bench.assembly.inbound.due(10) if task.name == "plan"]
    assert [task.key for task in plans] == [first.id]


DELHI = """
[[account]]
name = "delhi"
server = "{url}"
username = "demo-del-02"
password = "not-the-right-one"
level = "location"
location = "DEL-02"
"""


def test_an_account_that_rested_in_vain_rests_again_while_another_is_delivered(bench: Bench) -> None:
    with bench.config.open("a", encoding="utf-8") as file:
        file.write(DELHI.format(url=bench.sandbox.url))
    bench.configure(("# credentials_wait = 60", "credentials_wait = 1.0"))
    bench.restart()
    bench.sandbox.control.faults("latency=100ms,on:writes")
    rows = ["DEL-02,A-1,0\r\n", *(f"BLR-01,A-{n},{n}\r\n" for n in range(100_000))]
    drop = bench.land("location_id,sku,quantity\r\n" + "".join(rows))
    bench.until("deliver")
    bench.assembly.delivery.deliver(drop.id)  # what is sold out goes first
    (refused,) = (batch for batch in bench.ledger.batches(drop.id) if batch.account == "delhi")
    tries = [attempt.started_at for attempt in bench.ledger.attempts(refused.id)]
    assert len(tries) > 1, "the other account was delivered for longer than the rest"
    assert all(later - earlier >= timedelta(seconds=1) for earlier, later in pairwise(tries)), tries
