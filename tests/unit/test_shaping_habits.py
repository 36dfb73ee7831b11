"""Guards that know the earlier drops of a feed: rows, older snapshots, and limits that its own drops teach."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pyarrow as pa
import pytest

from connector import shaping
from connector.feeds import Guards, Policy
from connector.shaping import moments
from connector.shaping.guards import layout_drift
from connector.shaping.habits import Habits, Past
from connector.shaping.limits import ENOUGH, LEARNED, limits
from connector.shaping.shapes import fits
from tests.unit.shaping_tables import published, stock_shaper

SKUS = [f"KRT-{number}-M" for number in range(1000, 1100)]
INDIA = timezone(timedelta(hours=5, minutes=30))
LANDED = datetime(2026, 11, 23, 10, 0, tzinfo=INDIA)


def past(number=1, rows=100, name="stock.csv", **more):
    """A drop of 100 rows that went through; its measures as in the report."""
    measures = {"places": ["L1"], **more.pop("measures", {})}
    return Past(number, name, feeds={"inventory": {"records": rows, "measures": measures}}, **more)


def usual(*drops, now=None):
    """The habits these drops make, the newest first."""
    return shaping.habits("inventory", replace(now or past(99), landed_at=LANDED), drops)


def look(rows, habits, *, mode="delta", guards=None, there=SKUS, beside=frozenset()):
    """What each guard says of a stock table of these SKUs, against 100 known ones with 5 pieces each."""
    shelves = published(*(("L1", sku, "5", 1, 1) for sku in there))
    shaper = stock_shaper(rows, ["5"] * len(rows), published=lambda *_: shelves)
    tally = shaping.Tally("inventory")
    for records in shaper.records():
        changed = shaping.changes(records, shaper.published, 9)
        tally.compare(records, changed)
        tally.add(records, changed)
    tally.overlap = shaper.overlap
    learned = limits(guards or Guards(), Policy(), (), habits)
    seen = shaping.Seen(
        tally, learned.policy, None, learned.guards, mode, habits, learned.sources, beside=beside
    )
    return {finding.name: finding for finding in shaping.check_guards(seen)}


def held(found):
    return [name for name, finding in found.items() if finding.verdict == "hold"]


# -- rows ------------------------------------------------------------------------------------------------------------


def test_a_short_file_of_a_feed_that_lists_all_is_held():
    found = look(SKUS[:70], usual(past()), mode="full", guards=Guards(stock_absent=1))
    assert held(found) == ["row_count"]
    assert (found["row_count"].figure, found["row_count"].limit) == (70, 80)
    assert found["row_count"].reason.startswith("this file has 70 inventory rows; its last 1 drops had 100")


@pytest.mark.parametrize(
    ("rows", "drops", "guards"),
    [
        (SKUS[:80], [past()], None),  # the limit itself is within it
        (SKUS[:70], [], None),  # nothing is known of it
        (SKUS[:70], [past(rows=85)], None),
        (SKUS[:70], [past(2), past(1, rows=80)], None),  # the shortest counts
        (SKUS[:70], [past()], Guards(fewer_rows=0.3)),
        (SKUS[:70], [past()], Guards(at_least=31)),
    ],
)
def test_a_file_that_is_nearly_as_long_passes(rows, drops, guards):
    guards = replace(guards or Guards(), stock_absent=1)
    assert held(look(rows, usual(*drops), mode="full", guards=guards)) == []


def test_files_that_hardly_differ_list_all_there_is_whatever_the_profile_says():
    steady = [past(number, rows=100 - number % 3) for number in range(3, 0, -1)]
    assert held(look(SKUS[:70], usual(*steady))) == ["row_count"]
    assert held(look(SKUS[:70], usual(*steady[:2]))) == []
    assert held(look(SKUS[:70], usual(past(6, rows=60), *steady))) == []  # a feed of changes
    assert held(look(SKUS[:70], usual(*steady), beside={"inventory"})) == []  # it has said so already


def test_a_few_rows_that_a_person_wrote_are_no_short_list_and_no_measure_of_the_next():
    steady = [past(number) for number in range(3, 0, -1)]
    assert held(look(SKUS[:19], usual(*steady))) == []
    assert held(look(SKUS[:20], usual(*steady))) == ["row_count"]
    assert held(look(SKUS[:70], usual(past(4, rows=2), *steady))) == ["row_count"]


def test_rows_that_were_0_and_are_left_out_are_no_loss():
    there = published(*(("L1", sku, "5" if at < 70 else "0", 1, 1) for at, sku in enumerate(SKUS)))
    shaper = stock_shaper(SKUS[:68], ["5"] * 68, published=lambda *_: there)
    tally = shaping.Tally("inventory")
    for records in shaper.records():
        tally.add(records, shaping.changes(records, shaper.published, 9))
    tally.overlap = shaper.overlap
    seen = shaping.Seen(tally, Policy(), None, Guards(), "full", usual(past()))
    assert held({finding.name: finding for finding in shaping.check_guards(seen)}) == []


def test_a_list_that_lacks_a_location_is_short_though_nothing_is_absent_where_it_is_of():
    before = past(rows=180, measures={"places": ["L1", "L2"]})
    found = look(SKUS, usual(before), mode="full")
    assert held(found) == ["row_count"]
    assert "a part of the shop (L2 is not in it)" in found["row_count"].reason


def test_a_collection_sent_by_itself_is_no_short_file():
    steady = [past(number) for number in range(3, 0, -1)]
    new = [f"KRT-{number}-S" for number in range(2000, 2030)]
    assert "row_count" not in held(look(new, usual(*steady)))
    assert "row_count" in held(look(new, usual(*steady), mode="full"))


def test_far_more_rows_than_ever_are_another_report():
    steady = [past(number) for number in range(3, 0, -1)]
    many = [*SKUS, *(f"KRT-{number}-S" for number in range(2000, 2205))]
    found = look(many, usual(*steady))
    assert held(found) == ["row_count"]
    assert "another report" in found["row_count"].reason
    assert held(look(many[:300], usual(*steady))) == []
    assert held(look(many, usual(*steady[:2]))) == []
    assert held(look(many, usual(*steady), guards=Guards(more_rows=4))) == []


# -- absent ----------------------------------------------------------------------------------------------------------


def test_what_is_long_not_listed_is_not_missed_each_day():
    gone = usual(past(rows=70, measures={"stocked_absent": 30}))
    assert held(look(SKUS[:70], gone, mode="full")) == []
    found = look(SKUS[:45], gone, mode="full", guards=Guards(fewer_rows=1))
    assert held(found) == ["stock_absent"]
    assert "25 of 70 SKUs that had stock are not in this file (36%, the limit is 20%)" in (
        found["stock_absent"].reason
    )


@pytest.mark.parametrize(
    "between",
    [
        past(8, rows=30, measures={"strange": 1, "stocked_absent": 100}),
        past(8, rows=40, measures={"stocked_absent": 60}),
    ],
)
def test_what_a_part_of_the_shop_did_not_list_is_missed_all_the_same(between):
    assert "stock_absent" in held(look(SKUS[:45], usual(between, past(7)), mode="full"))


# -- older snapshots -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "other"),
    [
        ({"snapshot": "2026-11-20"}, {"snapshot": "2026-11-21"}),
        ({"snapshot": "2026-11-21T09:00"}, {"snapshot": "2026-11-21T14:05"}),
        ({"snapshot": "2026-11-05/2026-05-11"}, {"snapshot": "2026-11-20"}),
        ({"name": "stock_2026-11-20.csv"}, {"name": "Stock 21-11-2026.csv"}),
        ({"name": "stock 20261121 0900.csv"}, {"name": "stock_202611211405.csv"}),
        ({"name": "stock 20 Nov 26 (1).csv"}, {"name": "stok 21.11.26.csv"}),
        ({"fingerprint": "a"}, {"fingerprint": "b"}),
    ],
)
def test_older_figures_after_newer_ones_are_held(own, other):
    newer, older = past(7, **other), past(3, fingerprint="a")
    found = look(SKUS, usual(newer, older, now=past(99, **own)))
    assert held(found) == ["older_snapshot"]
    assert newer.called in found["older_snapshot"].reason


@pytest.mark.parametrize(
    ("own", "other"),
    [
        ({"snapshot": "2026-11-21"}, {"snapshot": "2026-11-21"}),
        ({"snapshot": "2026-11-21"}, {"snapshot": "2026-11-21T14:05"}),  # of one day
        ({"snapshot": "2026-11-22", "name": "a_2026-11-01.csv"}, {"snapshot": "2026-11-21"}),  # content first
        ({"snapshot": "2026-11-20"}, {"name": "stock_2026-11-21.csv"}),  # nothing both of them say
        ({"name": "stock 05-11-2026.csv"}, {"name": "stock 10-06-2026.csv"}),  # 11 May or 5 November
        ({"snapshot": "2026-11-05/2026-05-11"}, {"snapshot": "2026-06-10"}),
        ({"name": "stock.csv"}, {"name": "stock_2026-11-21.csv"}),
        ({"snapshot": "2026-11-20"}, {"snapshot": "2027-11-21"}),  # a clock that is wrong
        ({"fingerprint": "b"}, {"fingerprint": "b"}),
        ({}, {}),
    ],
)
def test_what_is_not_surely_older_passes(own, other):
    assert held(look(SKUS, usual(past(7, **other), past(3, fingerprint="a"), now=past(99, **own)))) == []


def test_a_small_file_may_come_back_byte_by_byte():
    found = look(
        SKUS[:19], usual(past(7, rows=19), past(3, rows=19, fingerprint="a"), now=past(99, fingerprint="a"))
    )
    assert held(found) == []


@pytest.mark.parametrize(
    ("now", "ahead"),
    [
        (past(snapshot="2026-11-23T10:06"), True),
        (past(snapshot="2026-11-23T10:05"), False),
        (past(snapshot="2026-11-23T15:31"), False),  # UTC here, IST there
        (past(snapshot="2026-11-23T15:40"), True),
        (past(snapshot="2026-11-24"), False),  # the day has begun somewhere
        (past(name="stock 25-11-2026.csv"), True),
        (past(snapshot="2026-11-22"), False),
    ],
)
def test_a_clock_that_is_ahead_is_reported(now, ahead):
    said = usual(now=now).clock_ahead()
    assert bool(said) == ahead
    assert not ahead or "our clock said 23 Nov 2026 10:00" in said


@pytest.mark.parametrize(
    ("name", "landed", "said"),
    [
        ("stock 05-11-2026.csv", datetime(2026, 11, 6, tzinfo=UTC), "05 Nov 2026"),
        ("stock 11-05-2026.csv", datetime(2026, 11, 6, tzinfo=UTC), "05 Nov 2026"),  # month first
        (
            "stock 05-11-2026.csv",
            datetime(2026, 11, 4, 20, tzinfo=UTC),
            "05 Nov 2026",
        ),  # the day has begun somewhere
        ("stock 05-11-2026.csv", datetime(2026, 5, 12, tzinfo=UTC), "11 May 2026"),
        ("stock 05-11-2026.csv", datetime(2026, 4, 1, tzinfo=UTC), "11 May 2026"),  # a clock that is wrong
        ("stock 23-11-2026.csv", datetime(2026, 4, 1, tzinfo=UTC), "23 Nov 2026"),
    ],
)
def test_of_two_readings_the_one_near_its_landing_counts(name, landed, said):
    moment = moments.of_name(name)
    assert moment is not None
    assert str(moment.near(landed)) == said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Stock 23-11-2026.csv", "23 Nov 2026"),
        ("stock_2026-11-23T14-05.csv", "23 Nov 2026 14:05"),
        ("STOCK 23112026.xlsx", "23 Nov 2026"),
        ("from 01-11-2026 to 23-11-2026.csv", "23 Nov 2026"),
        ("23Nov26.csv", "23 Nov 2026"),
        ("20261123_140530.csv", "23 Nov 2026 14:05"),
    ],
)
def test_the_moment_in_a_name(name, said):
    assert str(moments.of_name(name)) == said


@pytest.mark.parametrize(
    "name", ["stock.csv", "stock 12.csv", "8901234567890.csv", "stock 40-13-2026.csv", "v1.2.3.csv"]
)
def test_figures_in_a_name_that_are_no_day(name):
    assert moments.of_name(name) is None


# -- which drops are alike -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        past(profile="other"),
        past(columns={"inventory": frozenset({"sku", "pieces"})}),
        past(measures={"places": ["L2"]}),
        Past(1, "stock.csv", feeds={"price": {"records": 100}}),
    ],
)
def test_drops_of_another_kind_teach_nothing(other):
    assert usual(other).all == ()


def test_a_profile_makes_drops_alike_whatever_their_columns():
    now = past(99, profile="shop", columns={"inventory": frozenset({"a"})})
    assert usual(past(profile="shop", columns={"inventory": frozenset({"b"})}), now=now).last is not None


# -- learned limits --------------------------------------------------------------------------------------------------


def taught(count=ENOUGH, said=(), **measures):
    return limits(Guards(), Policy(), said, usual(*(past(n, measures=measures) for n in range(count))))


def test_after_twenty_drops_the_limit_is_twice_the_highest_seen():
    found = taught(gone=0.06)
    assert found.guards.stock_gone == pytest.approx(0.12)
    assert found.sources["stock_gone"] == "its last 20 drops"
    assert taught(ENOUGH - 1, gone=0.06).guards == Guards()


def test_a_quiet_feed_gets_no_hair_trigger_and_a_wild_one_is_still_looked_at():
    quiet, wild = taught(), taught(gone=0.9, absent=0.9, moved=900, rejects=0.9)
    for found, which in ((quiet, "lowest"), (wild, "highest")):
        for name, bounds in LEARNED.items():
            limit = getattr(found.policy if name == "max_rejects_share" else found.guards, name)
            assert limit == getattr(bounds, which)


def test_a_limit_of_the_profile_always_holds():
    found = taught(said={"stock_gone"}, gone=0.06)
    assert (found.guards.stock_gone, found.sources["stock_gone"]) == (0.1, "the profile")


def test_what_a_person_let_go_teaches_nothing():
    wild = [past(n, measures={"gone": 0.2}, approved=True) for n in range(ENOUGH)]
    assert limits(Guards(), Policy(), (), usual(*wild)).guards == Guards()
    assert usual(past(2, rows=9, approved=True), past(1)).records(10) == [100]


def test_a_hold_says_where_its_limit_comes_from():
    habits = usual(*(past(n) for n in range(ENOUGH)))
    found = look([*SKUS[:70], *(f"{sku}X" for sku in SKUS[:30])], habits, mode="full")
    assert found["stock_absent"].source == "its last 20 drops"
    assert "the limit is 10%, learned from its last 20 drops" in found["stock_absent"].reason


def test_measures_are_what_later_drops_are_held_against():
    shaper = stock_shaper(SKUS, ["5"] * 90 + ["x"] * 10)
    tally = shaping.Tally("inventory")
    for records in shaper.records():
        tally.add(records, shaping.changes(records, {}, 9))
    tally.overlap = shaper.overlap
    kept = shaping.measures(tally, Habits(), shaper.codes)
    assert kept == {
        "gone": 0,
        "absent": 0,
        "stocked_absent": 0,
        "rejects": 0.1,
        "strange": 0,
        "steps": 1,
        "moved": 0,
        "crowds": {},
        "places": ["L1"],
    }


# -- pace ------------------------------------------------------------------------------------------------------------


def daily(pause, *, gone=0.02, count=5, **more):
    """A drop after so many days, of a feed that came each day."""
    drops = [past(count - n, snapshot=f"2026-11-{20 - n}", measures={"gone": gone}) for n in range(count)]
    return usual(*drops, now=past(99, snapshot=f"2026-11-{20 + pause}", **more))


def test_the_longer_the_pause_the_more_may_have_sold_out():
    assert daily(3).steps == 3
    found = limits(Guards(), Policy(), (), daily(3))
    assert found.guards.stock_gone == pytest.approx(0.1 + 2 * 0.02)
    assert found.sources["stock_gone"] == "its pace: the pause was 3.0 times as long as usual"
    assert limits(Guards(), Policy(), (), daily(9, gone=0.09)).guards.stock_gone == 0.25


@pytest.mark.parametrize(
    ("habits", "said"),
    [
        (daily(1), ()),
        (daily(3, gone=0), ()),
        (daily(3, count=2), ()),  # no pace is known of two
        (daily(3), ("stock_gone",)),  # what the profile says holds
        (usual(), ()),
    ],
)
def test_without_a_pause_or_a_pace_the_limit_is_what_it_was(habits, said):
    assert limits(Guards(), Policy(), said, habits).guards.stock_gone == 0.1


def test_the_pace_is_taken_from_what_all_of_them_say():
    landed = [past(3 - n, landed_at=LANDED - timedelta(hours=4 * (n + 3))) for n in range(3)]
    assert usual(*landed).steps == pytest.approx(3)
    assert usual(*landed, now=past(99, snapshot="2026-11-23")).steps == pytest.approx(3)


def test_a_figure_after_a_pause_teaches_as_a_figure_of_its_days():
    found = taught(gone=0.18, steps=3)
    assert found.guards.stock_gone == pytest.approx(0.12)


# -- layout, shapes --------------------------------------------------------------------------------------------------


def test_a_layout_that_drifted_is_a_question():
    finding = layout_drift(["quantity was read from 'Stock'", "sku was read from 'Code'"])
    assert (finding.figure, finding.verdict, finding.question) == (2, "hold", True)
    assert layout_drift(()).verdict == "pass"


@pytest.mark.parametrize(
    ("new", "alike"),
    [
        ([f"SRE-{number}-L" for number in range(50)], True),
        ([f"SRE{number}" for number in range(50)], False),
        ([f"GROUP {letter}" for letter in "ABCDEFGH"], False),
        ([*(f"SRE-{number}-L" for number in range(50)), *("X" * 9 for _ in range(9))], False),
        ([], False),
    ],
)
def test_new_codes_are_made_like_the_known_ones(new, alike):
    assert fits(pa.array(new, pa.large_string()), pa.array(SKUS, pa.large_string())) == alike


def test_names_are_no_codes_and_numbers_are_alike_in_length():
    names = pa.array([" ".join("ABCDEFGHIJ"[: number % 9 + 1]) for number in range(50)], pa.large_string())
    assert not fits(names, names)
    short, long = (
        pa.array([f"{number:0{width}}" for number in range(50)], pa.large_string()) for width in (5, 13)
    )
    assert fits(short, short)
    assert not fits(long, short)


def test_a_price_list_may_come_back_byte_by_byte():
    measures = {"measures": {"places": ["L1"]}, "records": 30}
    one, other = (
        Past(n, "prices.csv", print_, feeds={"price": measures}) for n, print_ in ((1, "a"), (2, "b"))
    )
    habits = shaping.habits("price", replace(one, drop=99), [other, one])
    tally = shaping.Tally("price")
    tally.total = 30
    for beside, verdict in ((frozenset(), "pass"), (frozenset({"inventory"}), "hold")):
        seen = shaping.Seen(tally, Policy(), usual=habits, beside=beside)
        found = {finding.name: finding for finding in shaping.check_guards(seen)}
        assert found["older_snapshot"].verdict == verdict
