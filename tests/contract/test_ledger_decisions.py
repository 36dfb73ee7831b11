"""What persons decide: kept with who, why and when, in the breath of the step it makes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.ledger import Choice, IllegalStep, Ledger, NoSuchEntry
from connector.model import DropState, GuardFinding
from tests.contract.ledger_kit import BACKENDS, deliver, draft, due, finish, identify, land, plan

ONE = draft([("L", "A", 1)])
CROWD = GuardFinding("price_crowd", 30, 20, "hold", "30 prices moved")


@pytest.fixture(params=BACKENDS)
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    yield from request.param(tmp_path)


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
