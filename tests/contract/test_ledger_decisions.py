"""What persons decide: kept with who, why and when, in the breath of the step it makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from connector.ledger import Choice, IllegalStep, Ledger, NoSuchEntry, NotOurs, OwnFile
from connector.model import OWN_SOURCE, DropState, Found, GuardFinding
from tests.contract.ledger_kit import (
    BACKENDS,
    deliver,
    draft,
    due,
    finish,
    identify,
    land,
    landed_and_planned,
    plan,
    refused,
    settle,
    take,
    through,
)

ONE = draft([("L", "A", 1)])
CROWD = GuardFinding("price_crowd", 30, 20, "hold", "30 prices moved")


@pytest.fixture(params=BACKENDS)
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    yield from request.param(tmp_path)


def own_file(take: Callable[[int], str] = lambda landing: f"work/{landing}") -> OwnFile:
    return OwnFile(Found(OWN_SOURCE, "own.csv", 10, 1, 2), "bytes", take)


def held(ledger: Ledger) -> int:
    drop = identify(ledger, land(ledger))
    assert ledger.begin_plan(drop.id)
    ledger.add_lots(drop.id, [ONE])
    ledger.held(drop.id, "30 prices moved", [CROWD], {"inventory": 1})
    return drop.id


def test_an_approved_drop_is_planned_anew_by_the_word_of_a_person(ledger: Ledger) -> None:
    drop_id = held(ledger)
    assert ledger.decisions.release_of(drop_id) is None
    ledger.decisions.approve(drop_id, by="anna", why="new taxes", except_outliers=True)
    drop = ledger.drop(drop_id)
    assert (drop.state, drop.reason) == (DropState.LANDED, None)
    assert ledger.batches(drop_id) == [], "what was planned before may be old by now"
    assert due(ledger) == [("plan", drop_id)]
    release = ledger.decisions.release_of(drop_id)
    assert release is not None
    assert (release.by, release.why, release.except_outliers) == ("anna", "new taxes", True)
    (decision,) = ledger.decisions.of(drop_id)
    assert (decision.what, decision.about) == (Choice.APPROVED_BUT_OUTLIERS, "30 prices moved")
    plan(ledger, drop, ONE)
    deliver(ledger, drop)
    finish(ledger, drop)
    assert ledger.drop(drop_id).state is DropState.ARCHIVED


def test_a_drop_that_is_to_be_read_anew_needs_a_new_approval(ledger: Ledger) -> None:
    drop_id = held(ledger)
    ledger.decisions.approve(drop_id, by="anna", why="")
    assert ledger.begin_plan(drop_id)
    ledger.held(drop_id, "which currency?")
    assert ledger.decisions.release_of(drop_id) is not None
    ledger.retry(drop_id)
    assert ledger.decisions.release_of(drop_id) is None
    assert [(one.by, one.stands) for one in ledger.decisions.of(drop_id)] == [("anna", False)]


def test_a_dismissed_drop_only_needs_to_be_archived(ledger: Ledger) -> None:
    drop_id = held(ledger)
    ledger.decisions.dismiss(drop_id, by="anna", why="an old export")
    drop = ledger.drop(drop_id)
    assert (drop.state, drop.reason) == (DropState.DISMISSED, "dismissed by anna: an old export")
    assert ledger.batches(drop_id) == []
    assert due(ledger) == [("finish", drop_id)]
    (decision,) = ledger.decisions.of(drop_id)
    assert (decision.what, decision.by, decision.about) == (Choice.DISMISSED, "anna", "30 prices moved")
    assert ledger.decisions.release_of(drop_id) is None


def test_a_decision_that_cannot_be_carried_out_is_not_kept(ledger: Ledger) -> None:
    drop = land(ledger)
    for decide in (ledger.decisions.approve, ledger.decisions.dismiss):
        with pytest.raises(IllegalStep, match="is landed"):
            decide(drop.id, by="anna", why="")
        with pytest.raises(NoSuchEntry):
            decide(99, by="anna", why="")
    assert ledger.decisions.of(drop.id) == []


def test_what_a_drop_has_set_is_told_with_what_was_before_and_what_came_since(ledger: Ledger) -> None:
    lot = draft(
        [("L", "A", 1), ("L", "B", 2), ("M", "C", 3), ("L", "D", 4)],
        previous=["7", None, "", "9"],
        previous_batch=[1, None, None, 1],
    )
    drop = landed_and_planned(ledger, lot)
    settle(ledger, take(ledger, drop), refused(5, "L", "D"))
    finish(ledger, drop)
    newer = through(ledger, ("L", "A", 8))
    found = {(one.location, one.sku): (one.previous, one.newer) for one in ledger.set_by(drop.id)}
    assert found == {("L", "A"): ("7", newer.id), ("L", "B"): (None, None), ("M", "C"): ("", None)}
    assert [one.sku for one in ledger.set_by(newer.id)] == ["A"]


def test_a_batch_sent_again_in_parts_is_told_once(ledger: Ledger) -> None:
    drop = landed_and_planned(ledger, draft([("L", "A", 1), ("L", "B", 2)]))
    settle(ledger, take(ledger, drop), parts=draft([("L", "A", 1), ("L", "B", 2)], size=1))
    deliver(ledger, drop)
    finish(ledger, drop)
    assert sorted(one.sku for one in ledger.set_by(drop.id)) == ["A", "B"]


def test_a_drop_that_undoes_another_is_let_go_by_the_same_word(ledger: Ledger) -> None:
    drop = through(ledger, ("L", "A", 1))
    word = {"by": "anna", "why": "wrong", "account": "main"}
    made = ledger.decisions.undo(drop, own_file(), **word)
    landed = ledger.drop(made)
    assert (landed.state, landed.lane, landed.parent_id) == (DropState.LANDED, drop.lane, None)
    assert landed.report["ours"] == {"answers": drop.id, "account": "main", "force": False}
    release = ledger.decisions.release_of(made)
    assert release is not None
    assert release.by == "anna"
    assert ledger.decisions.release_of(drop.id) is None
    assert [one.made for one in ledger.decisions.of(drop.id)] == [made]

    def gone(_landing: int) -> str:
        raise FileNotFoundError

    with pytest.raises(NotOurs):
        ledger.decisions.undo(drop, own_file(gone), **word)
    assert len(ledger.decisions.of(drop.id)) == 1


def test_bytes_that_were_undone_say_something_again(ledger: Ledger) -> None:
    drop = through(ledger, ("L", "A", 1), fingerprint="same")
    assert land(ledger, "same").state is DropState.DUPLICATE
    ledger.decisions.undo(drop, own_file(), by="anna", why="", account=None)
    assert land(ledger, "same").state is DropState.LANDED


def test_a_drop_of_our_own_is_no_landing_in_the_rhythm_of_its_lane(ledger: Ledger) -> None:
    drop = through(ledger, ("L", "A", 1))
    ledger.decisions.undo(drop, own_file(), by="anna", why="", account=None)
    (landings,) = ledger.alerts.landings(drop.landed_at - timedelta(days=1)).values()
    assert landings == [drop.landed_at]


def test_held_rows_are_answered_once(ledger: Ledger) -> None:
    drop = landed_and_planned(ledger, draft([("L", "A", 1)]))
    deliver(ledger, drop)
    finish(ledger, drop)
    assert ledger.held_rows(drop.id) == []
    with pytest.raises(IllegalStep, match="somebody has decided"):
        ledger.decisions.dismiss_rows(drop, [1], by="anna", why="")
    assert ledger.decisions.of(drop.id) == [], "a decision that cannot be carried out is not kept"
