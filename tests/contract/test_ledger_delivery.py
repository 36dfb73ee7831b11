"""Taking, settling, splitting, doubting; what is published, and the way back from a value to its file."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from connector.ledger import IllegalStep, NoSuchEntry
from connector.model import BatchState, DropState, Fault, Reply, RowVerdict, Settlement, Verdict
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
    published,
    refused,
    reply,
    segment,
    settle,
    take,
    through,
    values,
)


@pytest.fixture(params=BACKENDS)
def ledger(request, tmp_path):
    yield from request.param(tmp_path)


def only_batch(ledger, drop):
    (batch,) = ledger.batches(drop.id)
    return batch


def test_a_batch_comes_back_as_it_was_drafted(ledger):
    wanted = draft(
        [("L", "Schuh rot", 1), ("L", "साड़ी", 2)],
        lines=[7, 5],
        previous=[None, "9"],
        previous_batch=[None, 3],
    )
    drop = landed_and_planned(ledger, wanted)
    batch = take(ledger, drop)
    assert [batch.payload] == wanted.payloads
    assert ledger.columns(batch).to_pylist() == wanted.columns.to_pylist()
    assert [row["previous"] for row in ledger.columns(batch).to_pylist()] == [None, "9"]
    assert (batch.state, batch.attempts) == (BatchState.SENT, 1)
    assert ledger.batch(batch.id) == batch
    assert ledger.drop(drop.id).state == DropState.DELIVERING


def test_the_batches_of_a_lot_have_its_records_in_turn(ledger):
    wanted = draft([("L", f"A{n}", n) for n in range(7)], lines=range(20, 27), size=3)
    drop = landed_and_planned(ledger, wanted)
    taken = ledger.take(drop.id, now(), 10)
    assert [batch.payload for batch in taken] == wanted.payloads
    assert [batch.records for batch in taken] == [3, 3, 1]
    rows = [row for batch in taken for row in ledger.columns(batch).to_pylist()]
    assert rows == wanted.columns.to_pylist()


def test_a_group_of_answers_is_settled_each_as_it_was(ledger):
    """Whole, in part, not at all and again by halves, in one transaction; the acknowledgement is each batch's own."""
    drop = landed_and_planned(ledger, draft([("L", f"A{n}", n) for n in range(10)], size=2))
    whole, part, none, split, other = ledger.take(drop.id, now(), 5)
    parts = draft([("L", "A6", 6), ("L", "A7", 7)], size=1)
    ledger.settle(
        [
            Settlement(whole, reply(2, ack="first")),
            Settlement(part, reply(1, 1, ack="second"), [refused(4, "L", "A2")]),
            Settlement(none, reply(0, 2, ack=None), [refused(6, "L", "A4"), refused(7, "L", "A5")]),
            Settlement(split, reply(0, 2, ack="fourth"), parts=parts),
            Settlement(other, reply(2, ack=None)),
        ]
    )
    settled = [one for one in ledger.batches(drop.id) if one.state == BatchState.SETTLED]
    assert {one.id: (one.accepted, one.ack_id, one.attempts, one.reason) for one in settled} == {
        whole.id: (2, "first", 1, None),
        part.id: (1, "second", 1, None),
        none.id: (0, None, 1, None),
        split.id: (0, "fourth", 1, None),
        other.id: (2, None, 1, None),
    }
    assert len({one.settled_at for one in settled}) == 1
    outcomes = {one.id: [attempt.outcome for attempt in ledger.attempts(one.id)] for one in settled}
    assert outcomes == {one.id: ["split" if one.id == split.id else "settled"] for one in settled}
    assert [attempt.ack_id for attempt in ledger.attempts(whole.id)] == ["first"]
    assert [one["ack_id"] for one in ledger.acknowledgements(drop.id)][:3] == ["first", "second", None]


def test_a_group_with_a_batch_that_was_not_sent_is_not_settled_at_all(ledger):
    drop = landed_and_planned(ledger, draft([("L", f"A{n}", n) for n in range(3)], size=1))
    first, second, third = ledger.take(drop.id, now(), 3)
    settle(ledger, second)
    with pytest.raises(IllegalStep, match="is settled; only one that is sent"):
        ledger.settle([Settlement(one, reply(1, ack="again")) for one in (first, second, third)])
    assert [one.state for one in ledger.batches(drop.id)] == ["sent", "settled", "sent"]
    assert ledger.attempts(first.id)[0].outcome is None


def test_the_second_attempt_has_a_row_and_an_acknowledgement_of_its_own(ledger):
    drop = landed_and_planned(ledger, draft([("L", "A", 1)]))
    batch = take(ledger, drop)
    ledger.give_back([batch.id], now() - timedelta(seconds=1), "it was down", status=503, reply=b"down")
    again = take(ledger, drop)
    settle(ledger, again, ack="at last")
    first, second = ledger.attempts(batch.id)
    assert (first.number, first.outcome, first.status, first.ack_id) == (1, "given back", 503, None)
    assert (second.number, second.outcome, second.status, second.ack_id) == (2, "settled", 200, "at last")
    assert second.started_at >= first.started_at
    assert only_batch(ledger, drop).ack_id == "at last"


def test_what_is_urgent_is_taken_first_and_else_in_the_order_planned(ledger):
    drop = landed_and_planned(
        ledger,
        draft([("L", "later", 1), ("L", "latest", 1)], size=1, urgency=2),
        draft([("L", "gone", 0)], urgency=0),
        draft([("L", "less", 2)], urgency=1),
    )
    skus = [ledger.columns(take(ledger, drop)).column("sku").to_pylist() for _ in range(4)]
    assert skus == [["gone"], ["less"], ["later"], ["latest"]]


def test_a_lot_whose_bodies_are_not_its_records_is_a_defect_and_writes_nothing(ledger):
    drop = identify(ledger, land(ledger))
    ledger.begin_plan(drop.id)
    whole = draft([("L", "A", 1), ("L", "B", 1)], size=1)
    for wrong in (replace(whole, sizes=[1, 2]), replace(whole, payloads=whole.payloads[:1])):
        with pytest.raises(IllegalStep, match="a lot of 2 records"):
            ledger.add_lots(drop.id, [wrong])
    assert ledger.batches(drop.id) == []


def test_of_many_threads_each_batch_is_taken_once(ledger):
    drop = landed_and_planned(ledger, *[draft([("L", f"A{n}", n)]) for n in range(40)])
    wanted = [batch.id for batch in ledger.batches(drop.id)]
    with ThreadPoolExecutor(8) as pool:
        taken = [
            batch for some in pool.map(lambda _: ledger.take(drop.id, now(), 3), range(40)) for batch in some
        ]
    assert sorted(batch.id for batch in taken) == sorted(wanted)


def test_settling_publishes_and_tells_what_was_refused(ledger):
    drop = landed_and_planned(ledger, draft([("L", "A", 1), ("L", "B", 2), ("M", "A", 3)]))
    batch = take(ledger, drop)
    settle(ledger, batch, refused(3, "L", "B"), ack="ack-1")
    assert values(ledger) == {("L", "A"): "1", ("M", "A"): "3"}
    assert values(ledger, locations=["M", "N"]) == {("M", "A"): "3"}
    assert ledger.published(ACCOUNT, "price") == {}
    settled = only_batch(ledger, drop)
    assert (settled.state, settled.accepted, settled.ack_id) == (BatchState.SETTLED, 2, "ack-1")
    (attempt,) = ledger.attempts(batch.id)
    assert (attempt.outcome, attempt.status, attempt.reply) == ("settled", 200, b'{"status":"ok"}')
    (row,) = ledger.verdict_rows(drop.id)
    assert (row.line, row.sku, row.verdict, row.batch) == (3, "B", Verdict.REFUSED, batch.id)
    assert row.faults[0].code == "INVALID_SKU"
    assert sorted(ledger.every_line(drop.id, FEED)) == [
        (2, Verdict.ACCEPTED),
        (3, Verdict.REFUSED),
        (4, Verdict.ACCEPTED),
    ]
    assert ledger.close(drop.id) == {FEED: {Verdict.ACCEPTED: 2, Verdict.REFUSED: 1}}


def test_a_settlement_with_verdicts_of_nobody_is_a_defect_and_writes_nothing(ledger):
    drop = landed_and_planned(ledger, draft([("L", "A", 1), ("L", "B", 2)], size=1))
    good, bad = ledger.take(drop.id, now(), 2)
    with pytest.raises(IllegalStep, match="0 records in parts and 2 verdicts are not the 1 of batch"):
        ledger.settle(
            [
                Settlement(good, reply(1)),
                Settlement(bad, reply(0, 2), [refused(3, "L", "B"), refused(4, "L", "C")]),
            ]
        )
    assert values(ledger) == {}, "of the good one neither: they stand in one transaction"
    assert {batch.state for batch in ledger.batches(drop.id)} == {BatchState.SENT}
    assert ledger.verdict_rows(drop.id) == []


def test_a_value_of_a_newer_landing_is_never_overwritten(ledger):
    older = identify(ledger, land(ledger, lane="one"))
    newer = identify(ledger, land(ledger, lane="two"))
    plan(ledger, older, draft([("L", "A", 1), ("L", "B", 1)]))
    plan(ledger, newer, draft([("L", "A", 2)]))
    deliver(ledger, newer)
    deliver(ledger, older)
    assert values(ledger) == {("L", "A"): "2", ("L", "B"): "1"}
    assert {sku: landing for (_, sku), (_, landing, _) in published(ledger).items()} == {
        "A": newer.id,
        "B": older.id,
    }


def test_a_confirmed_value_belongs_to_the_newer_landing(ledger):
    held = land(ledger)
    ledger.held(held.id, "question", [])
    newer = through(ledger, ("L", "A", 3), ("L", "B", 3))
    newest = identify(ledger, land(ledger))
    assert not ledger.older_waiting(held.id)
    assert ledger.older_waiting(newest.id)
    assert ledger.begin_plan(newest.id)
    value, _, batch = published(ledger)["L", "A"]
    ledger.confirm(newest.id, ACCOUNT, FEED, {"L": segment(("A", value, newest.id, batch))})
    assert published(ledger) == {
        ("L", "A"): ("3", newest.id, batch),
        ("L", "B"): ("3", newer.id, batch),
    }


def test_who_does_not_plan_confirms_nothing(ledger):
    through(ledger, ("L", "A", 3))
    other = identify(ledger, land(ledger))
    before = published(ledger)
    with pytest.raises(IllegalStep, match="is not being planned"):
        ledger.confirm(other.id, ACCOUNT, FEED, {"L": segment(("A", "3", other.id, 1))})
    assert published(ledger) == before


def test_a_batch_given_back_is_sent_again_later(ledger):
    drop = landed_and_planned(ledger, draft([("L", "A", 1)]))
    batch = take(ledger, drop)
    until = now() + timedelta(minutes=5)
    ledger.give_back([batch.id], until, "HTTP 503", status=503, reply=b"<html>down</html>")
    assert due(ledger) == []
    assert ledger.take(drop.id, now()) == []
    assert ledger.next_due_at() == until
    (waiting,) = ledger.status().waiting
    assert (waiting.reason, waiting.next_try, waiting.records) == ("HTTP 503", until, 1)
    (again,) = ledger.take(drop.id, until)
    assert again.attempts == 2
    settle(ledger, again)
    first, second = ledger.attempts(batch.id)
    assert (first.outcome, first.status, first.reply) == ("given back", 503, b"<html>down</html>")
    assert second.outcome == "settled"


def test_batches_never_sent_are_taken_again_at_once_and_no_attempt_is_counted(ledger):
    drop = landed_and_planned(ledger, draft([("L", f"A{n}", n) for n in range(3)], size=1))
    first, second, third = ledger.take(drop.id, now(), 3)
    until = now() + timedelta(minutes=5)
    ledger.give_back([first.id], until, "HTTP 503")
    again = ledger.take(drop.id, until)
    ledger.never_sent([*(batch.id for batch in again), second.id])
    assert [(batch.state, batch.attempts) for batch in ledger.batches(drop.id)] == [
        (BatchState.PLANNED, 1),
        (BatchState.PLANNED, 0),
        (BatchState.SENT, 1),
    ]
    assert [attempt.outcome for attempt in ledger.attempts(first.id)] == ["given back"]
    assert ledger.attempts(second.id) == []
    assert [batch.id for batch in ledger.take(drop.id, now(), 3)] == [second.id]
    assert ledger.batch(third.id).attempts == 1


def test_all_batches_of_a_drop_without_an_answer_are_given_back(ledger):
    drop = landed_and_planned(ledger, draft([("L", f"A{n}", n) for n in range(4)], size=1))
    other = landed_and_planned(ledger, draft([("M", "A", 1)]), lane="other")
    settle(ledger, take(ledger, drop))
    ledger.take(drop.id, now(), 2)
    elsewhere = take(ledger, other)
    ledger.give_back_all(drop.id, now() + timedelta(minutes=1), "a defect")
    states = [(batch.state, batch.reason) for batch in ledger.batches(drop.id)]
    assert states == [
        (BatchState.SETTLED, None),
        (BatchState.PLANNED, "a defect"),
        (BatchState.PLANNED, "a defect"),
        (BatchState.PLANNED, None),
    ]
    assert ledger.batch(elsewhere.id).state == BatchState.SENT


def test_a_split_batch_is_settled_by_its_parts(ledger):
    drop = landed_and_planned(
        ledger, draft([("L", "A", 1), ("L", "B", 2), ("L", "C", 3)]), draft([("L", "D", 4)])
    )
    parent, later = ledger.batches(drop.id)
    halves = draft([("L", "A", 1), ("L", "C", 3)], lines=[2, 4], size=1)
    settle(ledger, take(ledger, drop), refused(3, "L", "B"), parts=halves)
    assert values(ledger) == {}, "the whole came to nothing: its records go again"
    first, second, last = ledger.take(drop.id, now(), 5)
    assert last.id == later.id, "the parts keep their parent's place"
    assert first.parent_id == second.parent_id == parent.id
    settle(ledger, first)
    settle(ledger, second, refused(4, "L", "C"))
    settle(ledger, last)
    assert ledger.close(drop.id) == {FEED: {Verdict.ACCEPTED: 2, Verdict.REFUSED: 2}}
    assert sorted(ledger.every_line(drop.id, FEED)) == [
        (2, Verdict.ACCEPTED),
        (2, Verdict.ACCEPTED),
        (3, Verdict.REFUSED),
        (4, Verdict.REFUSED),
    ]
    assert values(ledger) == {("L", "A"): "1", ("L", "D"): "4"}


def test_a_split_that_loses_a_record_is_a_defect(ledger):
    drop = landed_and_planned(ledger, draft([("L", "A", 1), ("L", "B", 2)]))
    batch = take(ledger, drop)
    with pytest.raises(IllegalStep, match="1 records in parts and 0 verdicts are not the 2 of batch"):
        settle(ledger, batch, parts=draft([("L", "A", 1)]))
    assert only_batch(ledger, drop).state == BatchState.SENT


@pytest.mark.parametrize("verdict", [Verdict.FAILED, Verdict.IN_DOUBT])
def test_what_was_sent_without_an_answer_makes_the_published_value_doubtful(ledger, verdict):
    through(ledger, ("L", "A", 3), ("L", "B", 3))
    drop = landed_and_planned(ledger, draft([("L", "A", 5)]))
    settle(ledger, take(ledger, drop), refused(2, "L", "A", verdict))
    assert values(ledger) == {("L", "A"): "", ("L", "B"): "3"}, "before it is on the shelf"
    finish(ledger, drop)
    assert values(ledger) == {("L", "A"): "", ("L", "B"): "3"}
    through(ledger, ("L", "A", 3))
    assert values(ledger) == {("L", "A"): "3", ("L", "B"): "3"}


def test_a_batch_in_doubt_waits_for_a_person_record_by_record(ledger):
    drop = landed_and_planned(ledger, draft([("L", "A", 1), ("L", "B", 2)]))
    ledger.in_doubt(take(ledger, drop).id, "the connection broke")
    assert [(row.line, row.sku, row.verdict) for row in ledger.verdict_rows(drop.id)] == [
        (2, "A", Verdict.IN_DOUBT),
        (3, "B", Verdict.IN_DOUBT),
    ]
    assert ledger.close(drop.id) == {FEED: {Verdict.IN_DOUBT: 2}}
    assert ledger.status().batches == {BatchState.IN_DOUBT: 1}


def test_steps_no_arrow_allows_are_refused(ledger):
    drop = land(ledger)
    for step in (
        lambda: ledger.close(drop.id),
        lambda: ledger.archived(drop.id, "archive"),
        lambda: ledger.retry(drop.id),
        lambda: ledger.decisions.dismiss(drop.id, by="Anna", why="no"),
        lambda: ledger.decisions.approve(drop.id, by="Anna", why=""),
    ):
        with pytest.raises(IllegalStep, match=r"is landed"):
            step()
    identify(ledger, drop)
    plan(ledger, drop, draft([("L", "A", 1)]))
    for step in (
        lambda: ledger.identified(drop.id, "p", "full", 1, {}),
        lambda: ledger.unmatched(drop.id, "no", {}),
        lambda: ledger.held(drop.id, "no", []),
        lambda: ledger.quarantined(drop.id, "no"),
    ):
        with pytest.raises(IllegalStep, match="is planned"):
            step()
    batch = ledger.batch(only_batch(ledger, drop).id)
    with pytest.raises(IllegalStep, match="is planned"):
        settle(ledger, batch)
    with pytest.raises(IllegalStep, match="not settled"):
        ledger.close(drop.id)
    deliver(ledger, drop)
    for step in (
        lambda: settle(ledger, batch),
        lambda: ledger.give_back([batch.id], now(), "late"),
        lambda: ledger.in_doubt(batch.id, "late"),
    ):
        with pytest.raises(IllegalStep, match="is settled"):
            step()
    with pytest.raises(IllegalStep, match="sent in part"):
        ledger.superseded([drop.id], by=drop.id)
    assert only_batch(ledger, drop).attempts == 1


def test_a_planned_drop_of_which_nothing_was_sent_can_be_superseded(ledger):
    drop = landed_and_planned(ledger, draft([("L", "A", 1)]))
    other = land(ledger)
    ledger.superseded([drop.id], by=other.id)
    assert ledger.drop(drop.id).state == DropState.SUPERSEDED
    assert ledger.batches(drop.id) == []


def test_what_is_not_there_is_said(ledger):
    for ask in (ledger.drop, ledger.batch, ledger.begin_plan, ledger.close, ledger.retry):
        with pytest.raises(NoSuchEntry, match=r"there is no (drop|batch) 99"):
            ask(99)
    with pytest.raises(NoSuchEntry):
        ledger.archived(99, "x")
    with pytest.raises(NoSuchEntry):
        ledger.give_back([99], now(), "x")
    with pytest.raises(NoSuchEntry):
        ledger.in_doubt(99, "x")
    with pytest.raises(NoSuchEntry):
        ledger.identified(99, "p", "full", 1, {})
    assert ledger.take(99, now()) == []


def test_archiving_twice_is_no_harm(ledger):
    drop = through(ledger, ("L", "A", 1))
    before = ledger.drop(drop.id)
    ledger.archived(drop.id, "elsewhere")
    assert ledger.drop(drop.id) == before


def test_history_walks_from_the_value_back_to_file_line_and_bytes(ledger):
    first = landed_and_planned(ledger, draft([("L", "A", 1), ("L", "B", 9)], lines=[2, 3]))
    deliver(ledger, first, "ack-1")
    finish(ledger, first)
    _, _, set_by = published(ledger)["L", "A"]
    second = identify(ledger, land(ledger))
    ledger.begin_plan(second.id)
    ledger.add_verdicts(
        second.id,
        [RowVerdict(FEED, 8, None, "A", Verdict.REJECTED, (Fault(8, "Qty", "x", "not_a_number", "no"),))],
    )
    ledger.add_lots(second.id, [draft([("L", "A", 2)], lines=[4], previous=["1"], previous_batch=[set_by])])
    ledger.planned(second.id, {FEED: 2}, {})
    deliver(ledger, second, "ack-2")
    third = landed_and_planned(ledger, draft([("M", "A", 5)]), lane="m")
    settle(ledger, take(ledger, third), refused(2, "M", "A"), ack="ack-3")

    entries = ledger.history("A")
    told = [
        (entry.verdict, entry.drop_id, entry.line, entry.value, entry.previous, entry.ack_id)
        for entry in entries
    ]
    assert told == [
        (Verdict.REFUSED, third.id, 2, None, None, "ack-3"),
        (Verdict.ACCEPTED, second.id, 4, "2", "1", "ack-2"),
        (Verdict.REJECTED, second.id, 8, None, None, None),
        (Verdict.ACCEPTED, first.id, 2, "1", None, "ack-1"),
    ]
    assert entries[1].record == b'{"location_id":"L","sku":"A","quantity":2}'
    assert entries[0].record == b'{"location_id":"M","sku":"A","quantity":5}'
    assert entries[2].record is None
    assert entries[1].sent_at <= entries[1].settled_at
    assert entries[3].file == "stock.csv"
    assert [entry.location for entry in ledger.history("A", location="M")] == ["M"]
    assert ledger.history("A", feed="price") == []
    assert [entry.drop_id for entry in ledger.history("A", limit=1)] == [third.id]


def test_two_feeds_of_a_drop_are_kept_apart(ledger):
    drop = identify(ledger, land(ledger))
    ledger.begin_plan(drop.id)
    ledger.add_unchanged(drop.id, "price", [2, 3, 4])
    ledger.add_lots(drop.id, [draft([("L", "A", 1)])])
    ledger.planned(drop.id, {FEED: 1, "price": 3}, {"note": 1})
    deliver(ledger, drop)
    wanted = {FEED: {Verdict.ACCEPTED: 1}, "price": {Verdict.UNCHANGED: 3}}
    assert ledger.close(drop.id) == wanted
    assert ledger.totals(drop.id) == wanted
    assert ledger.records(drop.id) == {FEED: 1, "price": 3}
    assert [verdict for _, verdict in ledger.every_line(drop.id, "price")] == [Verdict.UNCHANGED] * 3
    assert ledger.drop(drop.id).report == {"note": 1}


def test_a_reply_may_have_no_ack_and_any_bytes(ledger):
    drop = landed_and_planned(ledger, draft([("L", "A", 1)]))
    (batch,) = ledger.take(drop.id, now(), durable=False)
    ledger.settle([Settlement(batch, Reply(200, b"\xff\x00", 1, 1, 0, None))])
    assert ledger.attempts(batch.id)[0].reply == b"\xff\x00"
    assert json.loads(ledger.batch(batch.id).payload)


def test_drops_are_listed_newest_first_by_state_and_lane(ledger):
    done, open_one = through(ledger, ("L", "A", 1)), land(ledger, lane="other")
    assert [drop.id for drop in ledger.drops()] == [open_one.id, done.id]
    assert [drop.id for drop in ledger.drops(state=DropState.ARCHIVED)] == [done.id]
    assert [drop.id for drop in ledger.drops(lane="other")] == [open_one.id]
    assert len(ledger.drops(1)) == 1
    assert set(ledger.status().last_success) == {"in"}
    assert ledger.status().drops == {DropState.ARCHIVED: 1, DropState.LANDED: 1}
