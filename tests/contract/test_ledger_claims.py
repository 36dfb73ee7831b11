"""The same bytes again: when they are a duplicate, and when they say something new."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from connector.ledger import Member, NotOurs, Opened
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
    ledger.decisions.dismiss(second.id, by="Anna", why="")
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


# a packed file and what is in it


def land_zip(ledger, fingerprint, *members, folder=None):
    """A zip with files of these bytes; a `!` before them says that the file is damaged."""
    packed = Opened(
        [
            Member(f"in/{n}.csv", text.lstrip("!"), 5, "broken" if text.startswith("!") else "")
            for n, text in enumerate(members, 1)
        ],
        lambda home: [f"{home}.{n}" for n, _ in enumerate(members, 1)],
    )
    found = Found("shop", "all.zip", 10, 1, 2)
    return ledger.claim(
        found, fingerprint, lane="in", folder=folder, take=lambda number: f"work/{number}", opened=packed
    )


def states(ledger, drop):
    return [str(ledger.drop(child).state) for child in ledger.opened_from(drop.id)]


def all_through(ledger, packed):
    for child in map(ledger.drop, ledger.opened_from(packed.id)):
        if child.state == DropState.LANDED:
            identify(ledger, child)
            plan(ledger, child, draft([("L", child.fingerprint, 1)]))
            deliver(ledger, child)
            finish(ledger, child)
    if ledger.drop(packed.id).state == DropState.CLOSED:
        ledger.archived(packed.id, "archive/all.zip")


def test_a_packed_file_lands_with_what_is_in_it_and_is_closed(ledger):
    packed = land_zip(ledger, "zip", "one", "!two", "three", folder="north")
    children = [ledger.drop(child) for child in ledger.opened_from(packed.id)]
    assert (packed.state, packed.parent_id) == (DropState.CLOSED, None)
    assert packed.reason == f"opened as drops {', '.join(str(child.id) for child in children)}"
    assert [(c.name, c.path, c.fingerprint, c.size) for c in children] == [
        ("1.csv", "all.zip/in/1.csv", "one", 5),
        ("2.csv", "all.zip/in/2.csv", "two", 5),
        ("3.csv", "all.zip/in/3.csv", "three", 5),
    ]
    assert {(c.lane, c.folder, c.source, c.parent_id) for c in children} == {
        ("in", "north", "shop", packed.id)
    }
    assert [c.work_path for c in children] == [f"work/{packed.id}.{n}" for n in (1, 2, 3)]
    assert states(ledger, packed) == ["landed", "quarantined", "landed"]
    assert children[1].reason == "broken"
    assert due(ledger) == [
        ("finish", packed.id),
        ("identify", children[0].id),
        ("finish", children[1].id),
        ("identify", children[2].id),
    ]
    ledger.archived(packed.id, "archive/all.zip")
    assert ledger.drop(packed.id).state == DropState.ARCHIVED
    assert ledger.work_paths("shop") == {c.work_path for c in children}


def test_a_packed_file_of_which_one_cannot_be_put_leaves_no_trace(ledger):
    def full(_home):
        raise OSError(28, "no room")

    packed = Opened([Member("a.csv", "a", 1), Member("b.csv", "b", 1)], full)
    with pytest.raises(NotOurs, match="no room"):
        ledger.claim(
            Found("shop", "all.zip", 1, 1, 1), "zip", lane="in", folder=None, take=str, opened=packed
        )
    assert ledger.drops() == []


def test_a_packed_file_again_is_a_duplicate_while_nothing_else_came(ledger):
    first = land_zip(ledger, "zip", "one", "two")
    assert land_zip(ledger, "zip", "one", "two").same_as == first.id, "still in work"
    all_through(ledger, first)
    again = land_zip(ledger, "zip", "one", "two")
    assert (again.state, again.same_as) == (DropState.DUPLICATE, first.id)
    assert ledger.opened_from(again.id) == []
    through(ledger, ("L", "A", 2))
    news = land_zip(ledger, "zip", "one", "two")
    assert (news.state, states(ledger, news)) == (DropState.CLOSED, ["landed", "landed"])


def test_a_file_finished_before_is_a_duplicate_in_a_zip_too(ledger):
    first = through(ledger, ("L", "A", 1), fingerprint="one")
    packed = land_zip(ledger, "zip", "one", "two", "two")
    assert states(ledger, packed) == ["duplicate", "landed", "duplicate"]
    assert ledger.drop(ledger.opened_from(packed.id)[0]).same_as == first.id


@pytest.mark.parametrize("stop", ["held", "quarantined"])
def test_a_packed_file_again_is_opened_again_when_something_in_it_came_to_nothing(ledger, stop):
    first = land_zip(ledger, "zip", "one", "two")
    waiting = ledger.opened_from(first.id)[1]
    if stop == "held":
        ledger.held(waiting, "question")
    else:
        ledger.quarantined(waiting, "broken")
    all_through(ledger, first)
    again = land_zip(ledger, "zip", "one", "two")
    # The held one lies between the two sayings of "one", as any other drop of the lane would.
    assert states(ledger, again) == ["landed" if stop == "held" else "duplicate", "landed"]
    assert ledger.drop(waiting).state == (DropState.SUPERSEDED if stop == "held" else DropState.QUARANTINED)
