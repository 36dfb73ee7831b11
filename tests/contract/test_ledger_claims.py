"""The same bytes again: when they are a duplicate, and when they say something new."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from connector.ledger import NotOurs
from connector.model import DropState, Found
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
    through,
)


@pytest.fixture(params=BACKENDS)
def ledger(request, tmp_path):
    yield from request.param(tmp_path)


def test_a_new_file_lands_with_a_number_and_its_place_in_the_work_folder(ledger):
    found = Found("shop", "north/stock.csv", 12, 3, 4)
    drop = ledger.claim(found, "f", lane="shop/north", folder="north", take=lambda landing: f"work/{landing}")
    assert (drop.state, drop.name, drop.path) == (DropState.LANDED, "stock.csv", "north/stock.csv")
    assert (drop.work_path, drop.lane, drop.folder, drop.size) == (
        f"work/{drop.id}",
        "shop/north",
        "north",
        12,
    )
    assert drop.landed_at.utcoffset().total_seconds() == 0
    assert ledger.work_paths("shop") == {drop.work_path}
    assert ledger.work_paths("other") == set()


def test_a_file_that_cannot_be_taken_leaves_no_trace(ledger):
    held = land(ledger, "same")
    ledger.unmatched(held.id, "no profile", {})

    def take(_landing):
        raise FileNotFoundError(2, "gone")

    with pytest.raises(NotOurs, match=r"stock\.csv could not be taken"):
        ledger.claim(Found("shop", "stock.csv", 1, 1, 1), "same", lane="in", folder=None, take=take)
    assert [drop.id for drop in ledger.drops()] == [held.id]
    assert ledger.drop(held.id).state == DropState.UNMATCHED


def test_the_same_bytes_while_the_first_is_in_work_are_a_duplicate(ledger):
    first = land(ledger, "same")
    second = land(ledger, "same")
    assert (second.state, second.same_as) == (DropState.DUPLICATE, first.id)
    assert due(ledger) == [("identify", first.id), ("finish", second.id)]
    third = land(ledger, "same")
    assert third.same_as == first.id, "a duplicate is a duplicate of the drop that is worked on"


def test_the_same_bytes_after_the_first_is_finished_are_a_duplicate(ledger):
    first = through(ledger, ("L", "A", 1), fingerprint="same")
    second = land(ledger, "same")
    assert (second.state, second.same_as) == (DropState.DUPLICATE, first.id)
    ledger.archived(second.id, "archive/dup")
    assert ledger.drop(second.id).state == DropState.DUPLICATE
    assert due(ledger) == []
    assert ledger.work_paths("shop") == set()


def test_the_same_bytes_after_another_drop_of_the_lane_mean_back_to_these_values(ledger):
    first = through(ledger, ("L", "A", 1), fingerprint="same")
    through(ledger, ("L", "A", 2))
    again = land(ledger, "same")
    assert (again.state, again.same_as) == (DropState.LANDED, None)
    assert again.report["same_as"] == first.id


def test_another_lane_does_not_matter(ledger):
    through(ledger, ("L", "A", 1), fingerprint="same")
    through(ledger, ("L", "A", 2), lane="other")
    assert land(ledger, "same").state == DropState.DUPLICATE


@pytest.mark.parametrize("first_finished", [True, False])
def test_a_drop_in_work_that_came_between_counts_as_well(ledger, first_finished):
    first = identify(ledger, land(ledger, "same"))
    if first_finished:
        plan(ledger, first, draft([("L", "A", 1)]))
        deliver(ledger, first)
        finish(ledger, first)
    land(ledger, "between")
    assert land(ledger, "same").state == DropState.LANDED


def test_bytes_wanted_again_land_again(ledger):
    through(ledger, ("L", "A", 1), fingerprint="same")
    assert land(ledger, "same", repeat=True).state == DropState.LANDED


@pytest.mark.parametrize("stop", ["held", "unmatched"])
def test_dropping_again_what_waits_for_a_person_supersedes_it(ledger, stop):
    first = land(ledger, "same")
    if stop == "held":
        ledger.held(first.id, "too many rejects", [])
    else:
        ledger.unmatched(first.id, "no profile", {})
    second = land(ledger, "same")
    assert second.state == DropState.LANDED
    older = ledger.drop(first.id)
    assert (older.state, older.superseded_by) == (DropState.SUPERSEDED, second.id)
    assert older.reason == f"dropped again as drop {second.id}"
    assert ("finish", first.id) in due(ledger), "its file still has to be archived"


def test_bytes_that_came_to_nothing_land_anew(ledger):
    first = land(ledger, "same")
    ledger.quarantined(first.id, "broken workbook")
    second = land(ledger, "same")
    assert second.state == DropState.LANDED
    ledger.held(second.id, "question", [])
    ledger.dismissed(second.id, "by Anna")
    assert land(ledger, "same").state == DropState.LANDED


def test_the_same_bytes_for_another_folder_are_another_matter(ledger):
    land(ledger, "same", folder="north")
    assert land(ledger, "same", folder="south").state == DropState.LANDED
    assert land(ledger, "same").state == DropState.LANDED


def test_of_many_who_claim_the_same_bytes_at_once_one_lands(ledger):
    with ThreadPoolExecutor(8) as pool:
        drops = list(pool.map(lambda _: land(ledger, "same"), range(24)))
    landed = [drop for drop in drops if drop.state == DropState.LANDED]
    assert len(landed) == 1
    assert {drop.same_as for drop in drops if drop.state == DropState.DUPLICATE} == {landed[0].id}
    assert len({drop.id for drop in drops}) == 24


def test_a_retried_older_drop_that_is_archived_later_counts_as_after(ledger):
    older = land(ledger)
    ledger.held(older.id, "question", [])
    through(ledger, ("L", "A", 1), fingerprint="same")
    ledger.retry(older.id)
    assert land(ledger, "same").state == DropState.LANDED, "the older one is being worked on"


def test_an_older_drop_archived_later_counts_as_after(ledger):
    older = land(ledger)
    ledger.held(older.id, "question", [])
    through(ledger, ("L", "A", 1), fingerprint="same")
    ledger.retry(older.id)
    identify(ledger, older)
    plan(ledger, older, draft([("L", "A", 2)]))
    deliver(ledger, older)
    finish(ledger, older)
    assert land(ledger, "same").state == DropState.LANDED


def test_a_planned_drop_counts_as_in_work(ledger):
    drop = landed_and_planned(ledger, draft([("L", "A", 1)]))
    assert land(ledger, drop.fingerprint).state == DropState.DUPLICATE
