"""What the ledger tells guards of the earlier drops of a lane: what went through, newest first, and by whose word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.ledger import Ledger, OwnFile
from connector.model import OWN_SOURCE, REASON_COLUMN, Drop, Fault, Found, RowVerdict, Verdict
from tests.contract.ledger_kit import ACCOUNT, BACKENDS, FEED, deliver, draft, finish, land

HEADER = ["Item Code", "Stock"]
COLUMNS = {FEED: {"sku": "Item Code", "quantity": "Stock"}}


@pytest.fixture(params=BACKENDS)
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    yield from request.param(tmp_path)


def gone_through(ledger: Ledger, *, lane: str = "in", profile: str = "p", **report: Any) -> int:
    drop = land(ledger, lane=lane)
    told = {"reader": {"header": HEADER, "snapshot_hint": "2026-11-23"}, "columns": COLUMNS, **report}
    ledger.identified(drop.id, profile, "delta", 1, told)
    assert ledger.begin_plan(drop.id)
    ledger.add_lots(drop.id, [draft([("L", f"A{drop.id}", 1)])])
    ledger.planned(drop.id, {FEED: 1}, {"feeds": {FEED: {"records": 1, "measures": {"gone": 0.25}}}})
    deliver(ledger, drop)
    finish(ledger, drop)
    return drop.id


def test_what_went_through_is_told_newest_first(ledger: Ledger) -> None:
    first, second = gone_through(ledger), gone_through(ledger, profile="automatic")
    gone_through(ledger, lane="elsewhere")
    land(ledger)  # on its way
    newest, oldest = ledger.past("in", 10)
    assert (newest.drop, oldest.drop) == (second, first)
    assert (newest.profile, oldest.profile) == (None, "p")
    assert (newest.name, newest.snapshot) == ("stock.csv", "2026-11-23")
    assert newest.columns == {FEED: frozenset({"item code", "stock"})}
    assert (newest.records(FEED), newest.measure(FEED, "gone")) == (1, 0.25)
    assert newest.fingerprint
    assert newest.landed_at == ledger.drop(second).landed_at
    assert [one.drop for one in ledger.past("in", 1)] == [second]


def test_what_a_person_let_go_is_marked_with_its_first_batch(ledger: Ledger) -> None:
    gone_through(ledger)
    approved = gone_through(ledger, guards=[{"name": "price_crowd", "verdict": "approved"}])
    newest, oldest = ledger.past("in", 10)
    assert (newest.approved, oldest.approved) == (True, False)
    assert newest.first_batch == ledger.batches(approved)[0].id


def test_correction_files_and_what_undoes_a_drop_are_no_files_of_the_sender(ledger: Ledger) -> None:
    gone_through(ledger, reader={"header": [*HEADER, REASON_COLUMN]})
    gone_through(ledger, ours={"answers": 1})
    assert ledger.past("in", 10) == []


def test_what_was_undone_is_as_if_it_had_never_come(ledger: Ledger) -> None:
    first, bad = gone_through(ledger), gone_through(ledger)
    file = OwnFile(Found(OWN_SOURCE, "own.csv", 10, 1, 2), "bytes", lambda landing: f"work/{landing}")
    ledger.decisions.undo(ledger.drop(bad), file, by="anna", why="wrong", account="main")
    assert [one.drop for one in ledger.past("in", 10)] == [first]


def taught(ledger: Ledger, **told: Any) -> int:
    drop = gone_through(ledger, **told)
    ledger.add_report(drop, {"feeds": {FEED: {"records": 1, "verdicts": {"accepted": 1}}}})
    return drop


def test_what_was_taught_is_told_newest_first_and_of_sender_s_files_only(ledger: Ledger) -> None:
    first = taught(ledger)
    assert [one.drop for one in ledger.learned("in", 10)] == [first]
    second = taught(ledger)
    taught(ledger, reader={"header": [*HEADER, REASON_COLUMN]})
    taught(ledger, lane="elsewhere")
    newest, oldest = ledger.learned("in", 10)
    assert (newest.drop, oldest.drop) == (second, first)
    assert newest.headers == frozenset({"item code", "stock"})
    assert newest.columns == COLUMNS
    assert [one.drop for one in ledger.learned("in", 2)] == [second]


def test_the_lane_of_a_drop_is_known_as_it_is_now(ledger: Ledger) -> None:
    landed, sent = land(ledger, lane="in"), gone_through(ledger, lane="out")
    assert ledger.lanes([landed.id, sent, 99]) == {landed.id: "in", sent: "out"}
    ledger.identified(landed.id, "p", "delta", 1, {}, lane="other")
    assert ledger.lanes([landed.id, sent]) == {landed.id: "other", sent: "out"}


def said(ledger: Ledger, *rows: tuple[str, str, int], lane: str = "in", unchanged: int = 0) -> Drop:
    """A drop that goes through and sends these rows (location, SKU, quantity)."""
    drop = land(ledger, lane=lane)
    ledger.identified(drop.id, "p", "delta", len(rows), {})
    assert ledger.begin_plan(drop.id)
    if rows:
        ledger.add_lots(drop.id, [draft(list(rows))])
    if unchanged:
        ledger.add_unchanged(drop.id, FEED, range(2, 2 + unchanged))
    ledger.planned(drop.id, {FEED: len(rows) + unchanged}, {"feeds": {}})
    if rows:
        deliver(ledger, drop)
    finish(ledger, drop)
    return drop


def test_what_a_drop_said_stands_while_nobody_says_anything_since(ledger: Ledger) -> None:
    said(ledger, ("L", "A", 1))
    drop = said(ledger, ("L", "A", 2), unchanged=3)
    assert ledger.still_stands(drop.id, FEED, [ACCOUNT])
    said(ledger, unchanged=4)  # nothing is sent
    assert ledger.still_stands(drop.id, FEED, [ACCOUNT])
    said(ledger, ("L", "B", 1))
    assert not ledger.still_stands(drop.id, FEED, [ACCOUNT])


def test_what_others_are_told_does_not_matter(ledger: Ledger) -> None:
    drop = said(ledger, ("L", "A", 1))
    said(ledger, ("L", "B", 1), lane="elsewhere")
    assert ledger.still_stands(drop.id, FEED, ["another account"])
    assert not ledger.still_stands(drop.id, "price", [ACCOUNT])  # it said nothing of prices
    assert not ledger.still_stands(drop.id, FEED, [ACCOUNT, "another account"])


def test_an_older_drop_that_was_slow_has_said_something_since(ledger: Ledger) -> None:
    slow = land(ledger, lane="elsewhere")
    ledger.identified(slow.id, "p", "delta", 1, {})
    drop = said(ledger, ("L", "A", 1))
    assert ledger.still_stands(drop.id, FEED, [ACCOUNT])
    assert ledger.begin_plan(slow.id)
    ledger.add_lots(slow.id, [draft([("L", "A", 9)])])
    ledger.planned(slow.id, {FEED: 1}, {"feeds": {}})
    assert not ledger.still_stands(drop.id, FEED, [ACCOUNT])  # it may be on its way
    deliver(ledger, slow)
    finish(ledger, slow)
    assert not ledger.still_stands(drop.id, FEED, [ACCOUNT])


def test_a_drop_with_a_row_that_went_nowhere_does_not_stand(ledger: Ledger) -> None:
    drop = land(ledger)
    ledger.identified(drop.id, "p", "delta", 1, {})
    assert ledger.begin_plan(drop.id)
    ledger.add_verdicts(
        drop.id, [RowVerdict(FEED, 2, "L", "A", Verdict.REJECTED, (Fault(2, "c", "v", "x", "y"),))]
    )
    ledger.planned(drop.id, {FEED: 1}, {"feeds": {}})
    finish(ledger, drop)
    assert not ledger.still_stands(drop.id, FEED, [ACCOUNT])
