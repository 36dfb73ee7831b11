"""What was acknowledged goes on the shelves some time later: no crash in between loses it, no order mixes it up."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import permutations

import pytest

from connector.ledger import Ledger
from connector.ledger.database import Database
from connector.model import Verdict
from tests.contract.ledger_kit import (
    ACCOUNT,
    BACKENDS,
    FEED,
    deliver,
    draft,
    finish,
    identify,
    land,
    landed_and_planned,
    plan,
    published,
    refused,
    segment,
    settle,
    take,
    through,
    values,
)


@pytest.fixture(params=BACKENDS)
def ledger(request, tmp_path):
    yield from request.param(tmp_path)


class Killed(BaseException):
    """Stands for kill -9: no handler of ours catches it."""


@contextmanager
def killed_at_write(number: int):
    """Dies at the end of write `number` of the ledger, which is undone, as all writes after it."""
    real, seen = Database.write, 0

    @contextmanager
    def write(database: Database, **options: bool):
        nonlocal seen
        seen += 1
        with real(database, **options) as connection:
            yield connection
            if seen >= number:
                raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "write", write)
        yield


def on_the_shelves(ledger: Ledger) -> dict[tuple[str, str], str]:
    """What stands there without what is only settled: read past the overlay."""
    with ledger._database.read() as connection:  # noqa: SLF001  the one question nobody else may ask
        shelves = ledger._shelves.read(connection, ACCOUNT, FEED, None)  # noqa: SLF001
    found: dict[tuple[str, str], str] = {}
    for place, shelf in shelves.items():
        for one in shelf.segments:
            found |= {
                (place, sku): value
                for sku, value in zip(one.sku.to_pylist(), one.columns.column(1).to_pylist(), strict=True)
            }
    return found


def test_what_is_settled_is_published_for_readers_before_it_is_on_a_shelf(ledger):
    drop = landed_and_planned(ledger, draft([("L", "A", 1), ("M", "B", 2)]))
    deliver(ledger, drop)
    assert on_the_shelves(ledger) == {}
    before = published(ledger)
    assert {key: value for key, (value, *_) in before.items()} == {("L", "A"): "1", ("M", "B"): "2"}
    ledger.shelve(ACCOUNT, FEED)
    assert on_the_shelves(ledger) == {("L", "A"): "1", ("M", "B"): "2"}
    assert published(ledger) == before, "it moved, and nobody can tell"


def test_shelving_twice_and_of_nothing_is_no_harm(ledger):
    ledger.shelve(ACCOUNT, FEED)
    drop = landed_and_planned(ledger, draft([("L", "A", 1)]))
    deliver(ledger, drop)
    ledger.shelve(ACCOUNT, FEED)
    before = published(ledger)
    ledger.shelve(ACCOUNT, FEED)
    ledger.shelve(ACCOUNT, "price")
    ledger.close(drop.id)
    assert published(ledger) == before


def test_a_drop_in_many_lots_is_shelved_whole(ledger):
    lots = [draft([(f"L{n % 3}", f"A{lot}-{n}", n) for n in range(7)], size=2) for lot in range(20)]
    drop = landed_and_planned(ledger, *lots)
    deliver(ledger, drop)
    wanted = values(ledger)
    assert len(wanted) == 140
    ledger.close(drop.id)
    assert on_the_shelves(ledger) == wanted == values(ledger)


@pytest.mark.parametrize("write", [1, 2, 3])
def test_a_crash_between_settling_and_shelving_loses_nothing(ledger, write):
    drop = landed_and_planned(
        ledger, *[draft([("L", f"A{n}", n)]) for n in range(60)]
    )  # sixty lots: three writes
    deliver(ledger, drop)
    wanted = published(ledger)
    with killed_at_write(write), pytest.raises(Killed):
        ledger.close(drop.id)
    assert published(ledger) == wanted
    ledger.recover({FEED})
    assert ledger.close(drop.id) == {FEED: {Verdict.ACCEPTED: 60}}
    assert published(ledger) == wanted
    assert len(on_the_shelves(ledger)) == 60


def test_a_drop_half_delivered_is_shelved_as_far_as_it_is_answered(ledger):
    drop = landed_and_planned(ledger, draft([("L", f"A{n}", n) for n in range(6)], size=1))
    first, second, _ = ledger.take(drop.id, drop.landed_at.max.replace(tzinfo=drop.landed_at.tzinfo), 3)
    settle(ledger, first)
    settle(ledger, second)
    ledger.shelve(ACCOUNT, FEED)
    assert on_the_shelves(ledger) == {("L", "A0"): "0", ("L", "A1"): "1"}
    ledger.recover({FEED})
    deliver(ledger, drop)
    ledger.close(drop.id)
    assert values(ledger) == {("L", f"A{n}"): str(n) for n in range(6)}


@pytest.mark.parametrize("shelved", [True, False])
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_whatever_the_order_of_the_answers_the_latest_landing_wins(ledger, order, shelved):
    drops = [identify(ledger, land(ledger, lane=f"lane {n}")) for n in range(3)]
    for number, drop in enumerate(drops):
        plan(ledger, drop, draft([("L", "A", number), ("L", f"own {number}", number)]))
    for number in order:
        deliver(ledger, drops[number])
        if shelved:
            ledger.close(drops[number].id)
    wanted = {("L", "A"): "2", **{("L", f"own {n}"): str(n) for n in range(3)}}
    assert values(ledger) == wanted
    for drop in drops if not shelved else ():
        ledger.close(drop.id)
    assert values(ledger) == wanted


def test_segments_are_made_one_again_and_never_read_stale(ledger):
    """A number of a segment is never given twice: what is kept in memory by it stays true."""
    expected: dict[tuple[str, str], str] = {}
    for number in range(12):
        news = {("L", f"A{n}"): str(number) for n in range(0, 12, number % 3 + 1)}
        through(ledger, *((place, sku, int(value)) for (place, sku), value in news.items()))
        expected |= news
        assert values(ledger) == expected
    (shelf,) = ledger.published(ACCOUNT, FEED).values()
    assert len(shelf.segments) < 5


def test_lots_of_a_plan_made_anew_are_not_those_of_the_first(ledger):
    drop = identify(ledger, land(ledger))
    for sku in ("A", "B"):
        assert ledger.begin_plan(drop.id)
        ledger.add_lots(drop.id, [draft([("L", sku, 1)])])
        (summary,) = ledger.batches(drop.id)
        assert ledger.columns(ledger.batch(summary.id)).column("sku").to_pylist() == [sku]


@pytest.mark.parametrize("verdict", [Verdict.FAILED, Verdict.IN_DOUBT])
@pytest.mark.parametrize("shelved", [True, False])
def test_a_doubt_does_not_touch_what_a_later_drop_set(ledger, verdict, shelved):
    through(ledger, ("L", "A", 1), ("L", "B", 1))
    older, newer = (identify(ledger, land(ledger, lane=lane)) for lane in ("one", "two"))
    plan(ledger, older, draft([("L", "A", 2), ("L", "B", 2)]))
    plan(ledger, newer, draft([("L", "A", 3)]))
    deliver(ledger, newer)
    if shelved:
        ledger.close(newer.id)
    settle(ledger, take(ledger, older), refused(2, "L", "A", verdict), refused(3, "L", "B", verdict))
    if shelved:
        ledger.close(older.id)
    assert values(ledger) == {("L", "A"): "3", ("L", "B"): ""}


def test_a_doubt_counts_although_an_older_drop_with_the_value_before_it_is_shelved_later(ledger):
    """Two lanes, one item: the older drop was acknowledged first, then the newer one was left without an answer."""
    older, newer = (identify(ledger, land(ledger, lane=lane)) for lane in ("one", "two"))
    plan(ledger, older, draft([("L", "A", 1), ("L", "B", 1)], size=1))
    plan(ledger, newer, draft([("L", "A", 2)]))
    settle(ledger, take(ledger, older))
    settle(ledger, take(ledger, newer), refused(2, "L", "A", Verdict.FAILED))
    assert values(ledger) == {("L", "A"): ""}
    ledger.close(newer.id)
    assert values(ledger) == {("L", "A"): ""}
    deliver(ledger, older)
    ledger.close(older.id)
    assert values(ledger) == {("L", "A"): "", ("L", "B"): "1"}


def test_what_is_confirmed_stands_against_an_older_drop_that_goes_on_later(ledger):
    first = through(ledger, ("L", "A", 3), ("L", "B", 3))
    older = land(ledger)
    ledger.held(older.id, "question", [])
    newer = identify(ledger, land(ledger))
    assert ledger.begin_plan(newer.id)
    _, _, batch = published(ledger)["L", "A"]
    ledger.confirm(newer.id, ACCOUNT, FEED, {"L": segment(("A", "3", newer.id, batch))})
    ledger.add_unchanged(newer.id, FEED, [2])
    ledger.planned(newer.id, {FEED: 1}, {})
    finish(ledger, newer)
    assert published(ledger)["L", "A"] == ("3", newer.id, batch)
    assert published(ledger)["L", "B"] == ("3", first.id, batch)
    ledger.retry(older.id)
    identify(ledger, older)
    plan(
        ledger, older, draft([("L", "A", 9), ("L", "B", 9)])
    )  # planning would have left out A: the ledger does so too
    deliver(ledger, older)
    ledger.close(older.id)
    assert values(ledger) == {("L", "A"): "3", ("L", "B"): "9"}


def test_accounts_and_feeds_have_shelves_of_their_own(ledger):
    drop = landed_and_planned(ledger, draft([("L", "A", 1)]), draft([("L", "A", 2)], account="other"))
    deliver(ledger, drop)
    for _ in range(2):
        assert {key: value for key, (value, *_) in published(ledger).items()} == {("L", "A"): "1"}
        assert {key: value for key, (value, *_) in published(ledger, account="other").items()} == {
            ("L", "A"): "2"
        }
        assert published(ledger, feed="price") == {}
        ledger.shelve("other", FEED)


def test_codes_beyond_ascii_are_told_wherever_they_were_acknowledged(ledger):
    through(ledger, ("WH-1", "PLAIN", 1), ("WH-1", "INCAûV01", 2), ("WH-2", "TŐL", 3))
    assert ledger.codes_beyond_ascii(ACCOUNT) == {"INCAûV01", "TŐL"}
    assert ledger.codes_beyond_ascii() == {"INCAûV01", "TŐL"}
    assert ledger.codes_beyond_ascii("another") == set()


def test_segments_packed_a_few_at_a_time_are_all_there(ledger, monkeypatch):
    monkeypatch.setattr("connector.ledger.shelving.PACKED_TOGETHER", 3)
    for round_ in range(3):
        drop = landed_and_planned(ledger, draft([(f"L{n}", f"A{n}-{round_}", n) for n in range(11)]))
        deliver(ledger, drop)
        ledger.close(drop.id)
    assert on_the_shelves(ledger) == values(ledger)
    assert len(values(ledger)) == 33


def test_few_places_and_many_are_asked_for_in_different_ways_and_found_alike(ledger):
    places = [f"L{number}" for number in range(12)]
    through(ledger, *((place, "S", number) for number, place in enumerate(places)))
    through(ledger, ("L0", "T", 5))
    everything = {**{(place, "S"): str(number) for number, place in enumerate(places)}, ("L0", "T"): "5"}
    assert values(ledger, places) == values(ledger) == everything
    assert values(ledger, ["L0", "nowhere", "L3"]) == {
        ("L0", "S"): "0", ("L0", "T"): "5", ("L3", "S"): "3"
    }  # fmt: skip
