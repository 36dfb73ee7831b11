"""What is due, and in which order: lanes, snapshots, postponed things."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connector.ledger import IllegalStep
from connector.ledger.turns import READ_AHEAD
from connector.model import DropState
from tests.contract.ledger_kit import (
    ACCOUNT,
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
    plan,
    take,
)

ONE = draft([("L", "A", 1)])


@pytest.fixture(params=BACKENDS)
def ledger(request, tmp_path):
    yield from request.param(tmp_path)


def test_a_drop_walks_through_its_tasks(ledger):
    drop = land(ledger)
    assert due(ledger) == [("identify", drop.id)]
    identify(ledger, drop)
    assert due(ledger) == [("plan", drop.id)]
    plan(ledger, drop, ONE)
    assert due(ledger) == [("deliver", drop.id)]
    deliver(ledger, drop)
    assert due(ledger) == [("finish", drop.id)]
    ledger.close(drop.id)
    assert due(ledger) == [("finish", drop.id)]
    ledger.archived(drop.id, "archive/1")
    assert due(ledger) == []
    assert ledger.drop(drop.id).state == DropState.ARCHIVED


def follows(ledger, drop, *, later=timedelta()):
    """What may run now for the drop, and what in its lane, as name and key."""
    found = (ledger.next_step(drop.id, now() + later), ledger.next_in_lane(drop.id, now() + later))
    return [task and (task.name, task.key) for task in found]


def test_what_follows_for_a_drop_is_what_is_due(ledger):
    drop, after = land(ledger), land(ledger)
    assert follows(ledger, drop) == [None, None], "it is not read yet"
    identify(ledger, drop)
    identify(ledger, after)
    assert follows(ledger, drop) == [("plan", drop.id), ("plan", drop.id)]
    assert follows(ledger, after) == [None, ("plan", drop.id)]
    plan(ledger, drop, ONE)
    assert follows(ledger, drop) == [("deliver", drop.id), None]
    deliver(ledger, drop)
    assert follows(ledger, drop) == [("finish", drop.id), None]
    ledger.close(drop.id)
    assert follows(ledger, drop) == [("finish", drop.id), ("plan", after.id)]
    ledger.archived(drop.id, "archive/1")
    assert follows(ledger, drop) == [None, ("plan", after.id)]
    assert ledger.next_step(after.id + 1, now()) is ledger.next_in_lane(after.id + 1, now()) is None


def test_nothing_that_rests_follows(ledger):
    drop, after = (identify(ledger, land(ledger)) for _ in range(2))
    ledger.postpone_drop(drop.id, now() + timedelta(minutes=1), "the disk is full")
    assert follows(ledger, drop) == [None, None]
    assert follows(ledger, drop, later=timedelta(minutes=2)) == [("plan", drop.id)] * 2
    plan(ledger, drop, ONE)
    ledger.postpone(ACCOUNT, now() + timedelta(minutes=1), "down")
    assert follows(ledger, drop) == [None, None]
    ledger.resume(ACCOUNT)
    deliver(ledger, drop)
    ledger.postpone_drop(drop.id, now() + timedelta(minutes=1), "the disk is full")
    assert follows(ledger, drop) == [None, None]
    ledger.close(drop.id)
    assert follows(ledger, drop) == [("finish", drop.id), ("plan", after.id)], "to be closed was a step, too"


def test_while_a_batch_is_under_way_nothing_follows(ledger):
    drop = landed_and_planned(ledger, ONE)
    batch = take(ledger, drop)
    assert follows(ledger, drop) == [None, None]
    ledger.give_back([batch.id], now() + timedelta(minutes=1), "busy")
    assert follows(ledger, drop) == [None, None]
    assert follows(ledger, drop, later=timedelta(minutes=2)) == [("deliver", drop.id), None]


def test_a_drop_with_nothing_to_send_is_finished_at_once(ledger):
    drop = landed_and_planned(ledger)
    assert due(ledger) == [("finish", drop.id)]
    finish(ledger, drop)


def test_in_a_lane_the_next_is_planned_when_the_first_is_closed(ledger):
    first, second = identify(ledger, land(ledger)), identify(ledger, land(ledger))
    assert due(ledger) == [("plan", first.id)]
    assert not ledger.begin_plan(second.id)
    plan(ledger, first, ONE)
    assert ("plan", second.id) not in due(ledger)
    deliver(ledger, first)
    assert ("plan", second.id) not in due(ledger)
    ledger.close(first.id)
    assert due(ledger) == [("finish", first.id), ("plan", second.id)]


def test_an_earlier_drop_not_identified_yet_blocks_its_lane_only(ledger):
    first, second = land(ledger), identify(ledger, land(ledger))
    other = identify(ledger, land(ledger, lane="other"))
    assert due(ledger) == [("identify", first.id), ("plan", other.id)]
    assert not ledger.begin_plan(second.id)


@pytest.mark.parametrize("end", ["held", "unmatched", "quarantined"])
def test_a_drop_that_waits_or_ended_blocks_nobody(ledger, end):
    first, second = land(ledger), identify(ledger, land(ledger))
    getattr(ledger, end)(first.id, "reason", *([{}] if end == "unmatched" else []))
    assert ("plan", second.id) in due(ledger)


def test_a_retried_older_drop_waits_for_the_one_on_its_way(ledger):
    older = land(ledger)
    ledger.held(older.id, "question", [])
    newer = landed_and_planned(ledger, ONE)
    ledger.retry(older.id)
    identify(ledger, older)
    assert not ledger.begin_plan(older.id)
    deliver(ledger, newer)
    ledger.close(newer.id)
    assert ("plan", older.id) in due(ledger)


def test_while_one_is_being_planned_no_other_of_the_lane_is(ledger):
    first, second = identify(ledger, land(ledger), "full"), identify(ledger, land(ledger), "full")
    assert ledger.begin_plan(second.id)
    third = identify(ledger, land(ledger), "full")
    assert due(ledger) == [("plan", second.id)]
    assert not ledger.begin_plan(third.id)
    assert not ledger.begin_plan(first.id)
    assert ledger.begin_plan(second.id), "the same task again is no harm"


def test_of_full_snapshots_in_a_row_the_newest_is_planned_and_ends_the_older(ledger):
    drops = [identify(ledger, land(ledger), "full") for _ in range(3)]
    assert due(ledger) == [("plan", drops[2].id)]
    assert plan(ledger, drops[2], ONE) == [drops[0].id, drops[1].id]
    for older in drops[:2]:
        found = ledger.drop(older.id)
        assert (found.state, found.superseded_by) == (DropState.SUPERSEDED, drops[2].id)
    assert {("finish", drops[0].id), ("finish", drops[1].id)} <= set(due(ledger))


def test_if_the_newest_snapshot_is_held_the_next_newest_has_its_turn(ledger):
    drops = [identify(ledger, land(ledger), "full") for _ in range(3)]
    ledger.begin_plan(drops[2].id)
    ledger.held(drops[2].id, "half the rows are gone", [])
    assert due(ledger) == [("plan", drops[1].id)]
    assert plan(ledger, drops[1], ONE) == [drops[0].id]
    assert ledger.drop(drops[2].id).state == DropState.HELD


def test_a_held_snapshot_is_superseded_by_a_newer_one(ledger):
    held = identify(ledger, land(ledger), "full")
    ledger.begin_plan(held.id)
    ledger.add_lots(held.id, [ONE])
    ledger.held(held.id, "half the rows are gone", [])
    newer = identify(ledger, land(ledger), "full")
    assert plan(ledger, newer, ONE) == [held.id]


def test_snapshots_of_another_profile_or_deltas_between_are_not_superseded(ledger):
    first = identify(ledger, land(ledger), "full", "p")
    second = identify(ledger, land(ledger), "full", "p")
    delta = identify(ledger, land(ledger), "delta", "p")
    identify(ledger, land(ledger), "full", "p")
    assert due(ledger) == [("plan", second.id)], "a delta ends the row"
    assert plan(ledger, second, ONE) == [first.id]
    deliver(ledger, second)
    finish(ledger, second)
    assert ("plan", delta.id) in due(ledger)


def test_a_snapshot_waits_until_the_drop_behind_it_is_identified(ledger):
    first, second = identify(ledger, land(ledger), "full"), land(ledger)
    assert due(ledger) == [("identify", second.id)]
    ledger.postpone_drop(second.id, now() + timedelta(hours=1), "the share is away")
    assert due(ledger) == [("plan", first.id)]
    ledger.postpone_drop(second.id, now() - timedelta(hours=1), "the share is back")
    assert not ledger.begin_plan(first.id) or due(ledger) == [("identify", second.id), ("plan", first.id)]


def test_a_postponed_newest_snapshot_is_waited_for(ledger):
    drops = [identify(ledger, land(ledger), "full") for _ in range(2)]
    ledger.postpone_drop(drops[1].id, now() + timedelta(hours=1), "the disk is full")
    assert due(ledger) == []


def test_a_postponed_drop_is_due_when_its_time_has_come(ledger):
    drop = land(ledger)
    until = now() + timedelta(hours=1)
    ledger.postpone_drop(drop.id, until, "the share is away")
    assert due(ledger) == []
    assert ledger.next_due_at() == until
    assert [task.key for task in ledger.due(until, 5)] == [drop.id]
    assert ledger.drop(drop.id).put_off == "the share is away"
    assert [each.id for each in ledger.status().put_off] == [drop.id]
    identify(ledger, drop)
    assert ledger.status().put_off == ()


def test_batches_come_in_order_and_never_too_many(ledger):
    first = landed_and_planned(ledger, draft([("L", f"A{n}", n) for n in range(300)], size=1), lane="one")
    second = landed_and_planned(ledger, draft([("L", f"B{n}", n) for n in range(3)], size=1), lane="two")
    third = landed_and_planned(ledger, ONE, lane="three")
    wanted = [batch.id for batch in ledger.batches(first.id)]
    assert due(ledger, 2) == [("deliver", first.id), ("deliver", second.id)], "one task sends all of a drop"
    assert [batch.id for batch in ledger.take(first.id, now(), 7)] == wanted[:7]
    assert [batch.id for batch in ledger.take(first.id, now(), 292)] == wanted[7:299]
    assert due(ledger, 2) == [("deliver", first.id), ("deliver", second.id)]
    assert [batch.id for batch in ledger.take(first.id, now(), 7)] == wanted[299:]
    assert due(ledger) == [("deliver", second.id), ("deliver", third.id)], "what is sent waits for its answer"


def test_a_big_delivery_leaves_room_for_other_lanes(ledger):
    for lane in range(50):
        landed_and_planned(ledger, draft([("L", f"A{n}", n) for n in range(50)], size=1), lane=f"big {lane}")
    small = [land(ledger, lane=f"small {n}") for n in range(9)]
    tasks = due(ledger, 8)
    assert len(tasks) == 8
    assert [key for name, key in tasks if name == "identify"] == [drop.id for drop in small[:4]]
    assert due(ledger, 1) == [("identify", small[0].id)]


def test_a_postponed_account_rests_and_resumes(ledger):
    drop = landed_and_planned(ledger, ONE, draft([("M", "A", 1)], account="m"), lane="one")
    mine, other = (batch.id for batch in ledger.batches(drop.id))
    until = now() + timedelta(hours=1)
    assert ledger.postpone(ACCOUNT, until, "token refused")
    assert not ledger.postpone(ACCOUNT, until, "token refused"), "no news"
    assert due(ledger) == [("deliver", drop.id)]
    assert [batch.id for batch in ledger.take(drop.id, now(), 5)] == [other]
    assert due(ledger) == []
    assert ledger.next_due_at() == until
    assert ("deliver", drop.id) in [(task.name, task.key) for task in ledger.due(until, 5)]
    ledger.never_sent([other])
    waiting = {each.account: each for each in ledger.status().waiting}
    assert (waiting[ACCOUNT].batches, waiting[ACCOUNT].reason) == (1, "token refused")
    assert waiting[ACCOUNT].next_try == until
    assert waiting["m"].next_try is None
    ledger.resume(ACCOUNT)
    assert [batch.id for batch in ledger.take(drop.id, now(), 5)] == [mine, other]
    assert ledger.next_due_at() is None


def test_drafts_of_a_drop_without_the_turn_are_refused(ledger):
    first, second = identify(ledger, land(ledger)), identify(ledger, land(ledger))
    for write in (
        lambda: ledger.add_lots(second.id, [ONE]),
        lambda: ledger.add_unchanged(second.id, FEED, [1]),
        lambda: ledger.planned(first.id, {}, {}),
    ):
        with pytest.raises(IllegalStep, match="is not being planned"):
            write()


def test_planning_again_forgets_the_first_plan(ledger):
    drop = identify(ledger, land(ledger))
    ledger.begin_plan(drop.id)
    ledger.add_lots(drop.id, [ONE, ONE])
    ledger.add_unchanged(drop.id, FEED, [7, 8])
    plan(ledger, drop, ONE)
    assert len(ledger.batches(drop.id)) == 1
    assert ledger.totals(drop.id) == {}


def to_identify(ledger) -> list[int]:
    return [key for name, key in due(ledger) if name == "identify"]


def test_few_drops_of_a_lane_are_read_before_their_turn(ledger):
    heap = [land(ledger) for _ in range(READ_AHEAD + 3)]
    other = land(ledger, lane="other")
    assert to_identify(ledger) == [drop.id for drop in [*heap, other]]
    for drop in heap[:READ_AHEAD]:
        identify(ledger, drop)
    assert to_identify(ledger) == [other.id]
    plan(ledger, heap[0], ONE)
    assert to_identify(ledger) == [*[drop.id for drop in heap[READ_AHEAD:]], other.id]


def test_a_drop_left_behind_is_read_although_its_lane_is_far_ahead(ledger):
    left, *heap = [land(ledger) for _ in range(READ_AHEAD + 2)]
    for drop in heap[:READ_AHEAD]:
        identify(ledger, drop)
    assert to_identify(ledger) == [left.id]
    assert ("plan", heap[0].id) not in due(ledger)


def test_full_snapshots_are_all_read_for_the_newest_counts(ledger):
    heap = [land(ledger) for _ in range(READ_AHEAD + 3)]
    for drop in heap[:-1]:
        identify(ledger, drop, "full")
    assert to_identify(ledger) == [heap[-1].id]
