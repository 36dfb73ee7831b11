"""A file that says what an earlier one said costs a read: what comes of it is what planning it would have given."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connector.model import Drop, DropState, Verdict
from connector.planner import Origin
from connector.plans import DryRun, Plan
from connector.sandbox import Sandbox
from tests.contract.bench import Bench

OPEN = {"accept_unknown_skus": True, "accept_unknown_locations": True}
STOCK = "location_id,sku,quantity,remark\r\n"
PROFILE = """
feeds = ["inventory", "price"]
mode = "full"
[match]
headers = ["Code", "Shop", "Left", "MRP", "Rate"]
[columns]
sku = "Code"
quantity = "Left"
mrp = "MRP"
esp = "Rate"
[location]
column = "Shop"
[policy]
buffer = 1
maximum = 50
"""


@pytest.fixture(scope="module")
def one_sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed=OPEN) as sandbox:
        yield sandbox


@pytest.fixture
def bench(tmp_path: Path, one_sandbox: Sandbox) -> Iterator[Bench]:
    one_sandbox.control.reset(OPEN)
    bench = Bench(tmp_path / "shop", one_sandbox)
    yield bench
    bench.assembly.close()


def stock(rows: int, remark: str = "x", change: Callable[[int], int] = lambda at: at % 60) -> str:
    lines = [f"BLR-0{1 + at % 2},SKU {at},{change(at)},{remark}\r\n" for at in range(rows)]
    return STOCK + "".join(lines)


def through(bench: Bench, text: str, name: str) -> Drop:
    drop = bench.land(text, name)
    bench.until()
    assert bench.state(drop) is DropState.ARCHIVED, bench.ledger.drop(drop.id).reason
    return bench.ledger.drop(drop.id)


def repeats(drop: Drop, feed: str = "inventory") -> int | None:
    told: int | None = drop.report["feeds"][feed].get("repeats")
    return told


class Seen(DryRun):
    """A dry run that keeps the lines that ask for nothing, too."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, list[int]] = {}

    def add_unchanged(self, feed: str, lines: Any) -> None:
        self.lines.setdefault(feed, []).extend(lines.tolist())


def planned(bench: Bench, text: str, *, anew: bool) -> tuple[Plan, Seen]:
    """What a file comes to, as it is planned; `anew`: as if nothing were known of earlier ones that say the same."""
    planner = bench.assembly.planner
    world = planner._world  # noqa: SLF001  the one door to a plan without the short way
    file = bench.folder / "looked at.csv"
    file.write_bytes(text.encode())
    understood = planner.understand(file, Origin(file.name, "", lane="inbox/"), bench.folder / "spool")
    seen = Seen()
    try:
        if anew:
            planner._world = replace(world, stands=lambda _drop, _feed, _account: False)  # noqa: SLF001
        return planner.plan(understood, 1_000, seen), seen
    finally:
        planner._world = world  # noqa: SLF001


def comes_to_the_same(bench: Bench, text: str) -> None:
    (short, said), (long, told) = (planned(bench, text, anew=anew) for anew in (False, True))
    assert [feed.repeats is not None for feed in short.feeds] == [True] * len(short.feeds)
    assert said.lines == told.lines
    assert (said.verdicts, told.verdicts) == ([], [])
    for one, other in zip(short.feeds, long.feeds, strict=True):
        assert replace(one, messages=one.messages[1:], repeats=None) == replace(other, netted=())
    assert not short.holds
    assert not long.holds


SHEETS = {
    "plain": stock(40),
    "several parts": stock(150_000).replace("BLR-0", "HYD-0"),
    "blanks and repaired codes": STOCK + ' HYD-01 , A-1 ,5,\r\nHYD-01,"=""0012""",,\r\nHYD-01,A-3,-4,\r\n',
    "numbers as people write them": STOCK
    + 'HYD-01,A-1,"1,20,000",\r\nHYD-01,A-2,7 pcs,\r\nHYD-01,A-3,2.70,\r\n',
    "of one": STOCK + "HYD-01,A-1,0,\r\n",
    "stock and prices": "Code,Shop,Left,MRP,Rate\r\n"
    + "".join(f"C{at},HYD-01,{at},{100 + at},{90 + at}\r\n" for at in range(70)),
}


@pytest.mark.parametrize("kind", SHEETS)
def test_it_comes_to_what_planning_would_have_given(bench: Bench, kind: str) -> None:
    (bench.folder / "config/profiles/both.toml").write_text(PROFILE)
    text = SHEETS[kind]
    through(bench, stock(45, change=lambda _: 3), "before.csv")  # what is absent later is known
    through(bench, text, "first.csv")
    comes_to_the_same(bench, text)
    through(bench, text.replace("\r\n", " \r\n"), "second.csv")
    comes_to_the_same(bench, text)


def test_other_columns_may_say_what_they_like(bench: Bench) -> None:
    first = through(bench, stock(30), "first.csv")
    second = through(bench, stock(30, "something else"), "second.csv")
    third = through(bench, stock(30, "again"), "third.csv")
    assert (repeats(first), repeats(second), repeats(third)) == (None, first.id, second.id)
    assert bench.ledger.totals(third.id) == {"inventory": {Verdict.UNCHANGED: 30}}
    assert [*bench.ledger.every_line(third.id, "inventory")] == [
        (at, Verdict.UNCHANGED) for at in range(2, 32)
    ]
    (said,) = third.report["feeds"]["inventory"]["messages"]
    assert said.startswith(f"every row says what drop {second.id} (second.csv) said")
    assert (
        sum(call["records"] or 0 for call in bench.sandbox.control.calls() if call["method"] == "PUT") == 30
    )


@pytest.mark.parametrize(
    ("old", "new"), [("SKU 7,7", "SKU 7,8"), ("SKU 7,", "SKU 77,"), ("BLR-02,SKU 7", "BLR-01,SKU 7")]
)
def test_one_cell_makes_another_file_of_it(bench: Bench, old: str, new: str) -> None:
    through(bench, stock(30), "first.csv")
    changed = stock(30).replace(old, new)
    assert changed != stock(30)
    assert repeats(through(bench, changed, "second.csv")) is None
    assert bench.ledger.totals(2)["inventory"][Verdict.ACCEPTED] == 1


def test_what_another_drop_has_changed_is_sent_again(bench: Bench) -> None:
    through(bench, stock(30), "first.csv")
    through(bench, STOCK + "BLR-01,SKU 2,9,\r\n", "one.csv")
    back = through(bench, stock(30, "y"), "third.csv")
    assert repeats(back) is None
    assert bench.ledger.totals(back.id) == {"inventory": {Verdict.UNCHANGED: 29, Verdict.ACCEPTED: 1}}


def test_what_konnect_refused_is_sent_again(bench: Bench) -> None:
    bench.sandbox.control.reset({"accept_unknown_locations": True, "products": [{"sku": "A-1"}]})
    text = STOCK + "BLR-01,A-1,1,\r\nBLR-01,A-2,2,\r\n"
    first = through(bench, text, "first.csv")
    assert Verdict.REFUSED in bench.ledger.totals(first.id)["inventory"]
    second = through(bench, text.replace(",\r\n", ",x\r\n"), "second.csv")
    assert repeats(second) is None
    assert Verdict.REFUSED in bench.ledger.totals(second.id)["inventory"]


def test_a_file_with_a_row_to_mend_is_planned_each_time(bench: Bench) -> None:
    text = stock(30) + "BLR-01,A-1,many,\r\n"
    assert "meaning" not in through(bench, text, "first.csv").report["feeds"]["inventory"]
    second = through(bench, text.replace(",x", ",y"), "second.csv")
    assert repeats(second) is None
    assert bench.ledger.totals(second.id) == {"inventory": {Verdict.UNCHANGED: 30, Verdict.REJECTED: 1}}


def test_settings_that_changed_are_minded(bench: Bench) -> None:
    (bench.folder / "config/profiles/both.toml").write_text(PROFILE)
    text = SHEETS["stock and prices"]
    through(bench, text, "first.csv")
    (bench.folder / "config/profiles/both.toml").write_text(PROFILE.replace("buffer = 1", "buffer = 2"))
    second = through(bench, text.replace("\r\n", " \r\n"), "second.csv")
    assert (repeats(second), repeats(second, "price")) == (None, None)
    assert bench.ledger.totals(second.id)["inventory"][Verdict.ACCEPTED] > 40


def test_an_older_file_that_says_the_same_is_still_said_to_be_older(bench: Bench) -> None:
    through(bench, stock(30), "stock_2026-11-20.csv")
    drop = bench.land(stock(30, "y"), "stock_2026-11-19.csv")
    bench.until()
    assert bench.state(drop) is DropState.HELD
    assert "stock_2026-11-20.csv" in str(bench.ledger.drop(drop.id).reason)


def test_what_it_says_again_stands_against_an_older_drop_that_waits(bench: Bench) -> None:
    first = through(bench, stock(30), "stock_2026-11-20.csv")
    older = bench.land(stock(30, change=lambda _: 1), "stock_2026-11-19.csv")
    bench.until()
    assert bench.state(older) is DropState.HELD
    again = through(bench, stock(30, "y"), "stock_2026-11-21.csv")
    assert repeats(again) is None  # for its values must be said to be the newer ones
    assert first.id < older.id < again.id


def test_the_report_of_a_drop_is_plain_json(bench: Bench) -> None:
    text = stock(random.Random(1).randint(5, 9))
    through(bench, text, "first.csv")
    second = through(bench, text.replace(",x", ",z"), "second.csv")
    assert json.loads(json.dumps(second.report)) == second.report
