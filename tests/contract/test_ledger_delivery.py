"""Taking, settling, splitting, doubting; what is published, and the way back from a value to its file."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from connector.ledger import IllegalStep, NoSuchEntry
from connector.model import BatchState, DropState, Fault, Published, Reply, RowVerdict, Verdict
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
    refused,
    reply,
    through,
)


@pytest.fixture(params=BACKENDS)
def ledger(request, tmp_path):
    yield from request.param(tmp_path)


def values(ledger, feed=FEED, locations=None):
    found = ledger.published(ACCOUNT, feed, locations)
    return dict(zip(zip(found.location, found.sku, strict=True), found.value, strict=True))


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
    batch = ledger.take(only_batch(ledger, drop).id, now())
    assert (batch.payload, batch.lines) == (wanted.payload, (7, 5))
    assert (batch.previous, batch.previous_batch) == ((None, "9"), (None, 3))
    assert (batch.state, batch.attempts) == (BatchState.SENT, 1)
    assert ledger.batch(batch.id) == batch
    assert ledger.drop(drop.id).state == DropState.DELIVERING


def test_of_many_threads_each_batch_is_taken_once(ledger):
    drop = landed_and_planned(ledger, *[draft([("L", f"A{n}", n)]) for n in range(40)])
    wanted = [batch.id for batch in ledger.batches(drop.id)] * 4
    with ThreadPoolExecutor(8) as pool:
        taken = [batch for batch in pool.map(lambda key: ledger.take(key, now()), wanted) if batch]
    assert sorted(batch.id for batch in taken) == sorted(set(wanted))


def test_settling_publishes_and_tells_what_was_refused(ledger):
    drop = landed_and_planned(ledger, draft([("L", "A", 1), ("L", "B", 2), ("M", "A", 3)]))
    batch = only_batch(ledger, drop)
    ledger.take(batch.id, now())
    ledger.settle(batch.id, reply(2, 1, "ack-1"), [("L", "A", "1"), ("M", "A", "3")], [refused(3, "L", "B")])
    assert values(ledger) == {("L", "A"): "1", ("M", "A"): "3"}
    assert values(ledger, locations=["M", "N"]) == {("M", "A"): "3"}
    assert ledger.published(ACCOUNT, "price") == Published()
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


def test_a_settlement_that_forgets_a_record_is_a_defect_and_writes_nothing(ledger):
    drop = landed_and_planned(ledger, draft([("L", "A", 1), ("L", "B", 2)]))
    batch = only_batch(ledger, drop)
    ledger.take(batch.id, now())
    with pytest.raises(IllegalStep, match="has 2 records"):
        ledger.settle(batch.id, reply(1), [("L", "A", "1")])
    assert values(ledger) == {}
    assert only_batch(ledger, drop).state == BatchState.SENT


def test_a_value_of_a_newer_landing_is_never_overwritten(ledger):
    older = identify(ledger, land(ledger, lane="one"))
    newer = identify(ledger, land(ledger, lane="two"))
    plan(ledger, older, draft([("L", "A", 1), ("L", "B", 1)]))
    plan(ledger, newer, draft([("L", "A", 2)]))
    deliver(ledger, newer)
    deliver(ledger, older)
    assert values(ledger) == {("L", "A"): "2", ("L", "B"): "1"}
    found = ledger.published(ACCOUNT, FEED)
    assert dict(zip(found.sku, found.landing, strict=True)) == {"A": newer.id, "B": older.id}


def test_a_confirmed_value_belongs_to_the_newer_landing(ledger):
    held = land(ledger)
    ledger.held(held.id, "question", [])
    newer = through(ledger, ("L", "A", 3), ("L", "B", 3))
    newest = identify(ledger, land(ledger))
    assert not ledger.older_waiting(held.id)
    assert ledger.older_waiting(newest.id)
    ledger.confirm(newest.id, ACCOUNT, FEED, [("L", "A"), ("elsewhere", "A"), ("L", "unheard of")])
    found = ledger.published(ACCOUNT, FEED)
    assert dict(zip(found.sku, found.landing, strict=True)) == {"A": newest.id, "B": newer.id}


def test_a_batch_given_back_is_sent_again_later(ledger):
    drop = landed_and_planned(ledger, draft([("L", "A", 1)]))
    batch = only_batch(ledger, drop)
    ledger.take(batch.id, now())
    until = now() + timedelta(minutes=5)
    ledger.give_back(batch.id, until, "HTTP 503", status=503, reply=b"<html>down</html>")
    assert due(ledger) == []
    assert ledger.take(batch.id, now()) is None
    assert ledger.next_due_at() == until
    (waiting,) = ledger.status().waiting
    assert (waiting.reason, waiting.next_try, waiting.records) == ("HTTP 503", until, 1)
    again = ledger.take(batch.id, until)
    assert again.attempts == 2
    ledger.settle(batch.id, reply(1), [("L", "A", "1")])
    first, second = ledger.attempts(batch.id)
    assert (first.outcome, first.status, first.reply) == ("given back", 503, b"<html>down</html>")
    assert second.outcome == "settled"


def test_a_split_batch_is_settled_by_its_parts(ledger):
    drop = landed_and_planned(
        ledger, draft([("L", "A", 1), ("L", "B", 2), ("L", "C", 3)]), draft([("L", "D", 4)])
    )
    parent, later = ledger.batches(drop.id)
    ledger.take(parent.id, now())
    halves = [draft([("L", "A", 1)], lines=[2]), draft([("L", "C", 3)], lines=[4])]
    parts = ledger.split(parent.id, reply(1, 2), halves, [refused(3, "L", "B")])
    assert [task[1] for task in due(ledger)] == [*parts, later.id], "the parts keep their parent's place"
    assert all(ledger.batch(part).parent_id == parent.id for part in parts)
    ledger.take(parts[0], now())
    ledger.settle(parts[0], reply(1), [("L", "A", "1")])
    ledger.take(parts[1], now())
    ledger.settle(parts[1], reply(0, 1), [], [refused(4, "L", "C")])
    ledger.take(later.id, now())
    ledger.settle(later.id, reply(1), [("L", "D", "4")])
    assert ledger.close(drop.id) == {FEED: {Verdict.ACCEPTED: 2, Verdict.REFUSED: 2}}
    assert sorted(ledger.every_line(drop.id, FEED)) == [
        (2, Verdict.ACCEPTED),
        (2, Verdict.ACCEPTED),
        (3, Verdict.REFUSED),
        (4, Verdict.REFUSED),
    ]


def test_a_split_that_loses_a_record_is_a_defect(ledger):
    drop = landed_and_planned(ledger, draft([("L", "A", 1), ("L", "B", 2)]))
    batch = only_batch(ledger, drop)
    ledger.take(batch.id, now())
    with pytest.raises(IllegalStep, match="are not its 2 records"):
        ledger.split(batch.id, reply(1, 1), [draft([("L", "A", 1)])])


@pytest.mark.parametrize("verdict", [Verdict.FAILED, Verdict.IN_DOUBT])
def test_what_was_sent_without_an_answer_makes_the_published_value_doubtful(ledger, verdict):
    through(ledger, ("L", "A", 3), ("L", "B", 3))
    drop = landed_and_planned(ledger, draft([("L", "A", 5)]))
    batch = only_batch(ledger, drop)
    ledger.take(batch.id, now())
    ledger.settle(batch.id, reply(0, 1), [], [refused(2, "L", "A", verdict)])
    assert values(ledger) == {("L", "A"): "", ("L", "B"): "3"}
    finish(ledger, drop)
    through(ledger, ("L", "A", 3))
    assert values(ledger) == {("L", "A"): "3", ("L", "B"): "3"}


def test_a_batch_in_doubt_waits_for_a_person_record_by_record(ledger):
    drop = landed_and_planned(ledger, draft([("L", "A", 1), ("L", "B", 2)]))
    batch = only_batch(ledger, drop)
    ledger.take(batch.id, now())
    ledger.in_doubt(batch.id, "the connection broke")
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
        lambda: ledger.dismissed(drop.id, "no"),
        lambda: ledger.approved(drop.id),
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
    batch = only_batch(ledger, drop)
    with pytest.raises(IllegalStep, match="is planned"):
        ledger.settle(batch.id, reply(1), [("L", "A", "1")])
    with pytest.raises(IllegalStep, match="not settled"):
        ledger.close(drop.id)
    deliver(ledger, drop)
    for step in (
        lambda: ledger.settle(batch.id, reply(1), [("L", "A", "1")]),
        lambda: ledger.give_back(batch.id, now(), "late"),
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
        ledger.settle(99, reply(0), [])
    with pytest.raises(NoSuchEntry):
        ledger.give_back(99, now(), "x")
    with pytest.raises(NoSuchEntry):
        ledger.identified(99, "p", "full", 1, {})
    assert ledger.take(99, now()) is None


def test_archiving_twice_is_no_harm(ledger):
    drop = through(ledger, ("L", "A", 1))
    before = ledger.drop(drop.id)
    ledger.archived(drop.id, "elsewhere")
    assert ledger.drop(drop.id) == before


def test_history_walks_from_the_value_back_to_file_line_and_bytes(ledger):
    first = landed_and_planned(ledger, draft([("L", "A", 1), ("L", "B", 9)], lines=[2, 3]))
    deliver(ledger, first, "ack-1")
    finish(ledger, first)
    before = ledger.published(ACCOUNT, FEED)
    set_by = dict(zip(before.sku, before.batch, strict=True))["A"]
    second = identify(ledger, land(ledger))
    ledger.begin_plan(second.id)
    ledger.add_verdicts(
        second.id,
        [RowVerdict(FEED, 8, None, "A", Verdict.REJECTED, (Fault(8, "Qty", "x", "not_a_number", "no"),))],
    )
    ledger.add_batches(
        second.id, [draft([("L", "A", 2)], lines=[4], previous=["1"], previous_batch=[set_by])]
    )
    ledger.planned(second.id, {FEED: 2}, {})
    deliver(ledger, second, "ack-2")
    third = landed_and_planned(ledger, draft([("M", "A", 5)]), lane="m")
    batch = only_batch(ledger, third)
    ledger.take(batch.id, now())
    ledger.settle(batch.id, reply(0, 1, "ack-3"), [], [refused(2, "M", "A")])

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
    ledger.add_batches(drop.id, [draft([("L", "A", 1)])])
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
    batch = only_batch(ledger, drop)
    ledger.take(batch.id, now(), durable=False)
    ledger.settle(batch.id, Reply(200, b"\xff\x00", 1, 1, 0, None), [("L", "A", "1")])
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
