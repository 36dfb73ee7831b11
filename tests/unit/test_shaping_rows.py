"""Rows a guard stops are held with their reason; a crowd that moved alike holds the drop, its outliers stay behind."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector import shaping
from connector.feeds import Guards, Policy
from connector.model import Release, Verdict
from connector.shaping.crowd import LetGo, fit
from connector.shaping.sieve import AT_ONCE
from tests.unit.shaping_tables import INVENTORY, PRICE, prices, published, stock

NOW = datetime(2025, 3, 1, tzinfo=UTC)
ALL = Release("asha", "new taxes", NOW)
BUT_OUTLIERS = Release("asha", "new taxes", NOW, except_outliers=True)
COLUMNS = {"esp": "Price", "mrp": "MRP", "quantity": "Stock"}


class Sifted:
    """What becomes of some records, the guards of rows and of the drop asked as the planner asks them."""

    def __init__(self, feed, records, known, *, guards=None, release=None):
        sieve, tally = shaping.Sieve(feed, guards or Guards(), release, COLUMNS), shaping.Tally(feed.name)
        changed = shaping.changes(records, {"main": known}, 9)
        self.changed = sieve.sift(changed)
        tally.add(records, self.changed)
        late = list(sieve.rest())
        for decided in late:
            tally.add_decided(decided)
        tally.crowds = sieve.crowds
        findings = shaping.check_guards(shaping.Seen(tally, Policy()), release)
        self.holds = {one.name: one for one in findings if one.verdict == "hold"}
        self.approved = {one.name: one for one in findings if one.verdict == "approved"}
        self.counts = tally.counts(held=bool(self.holds))
        self.held = {row.sku: row for decided in late for row in decided.held}
        self.sent = [sku for one in (self.changed, *late) for sku in one.to_send["sku"].to_pylist()]
        assert sum(self.counts.values()) == records.total
        assert not set(self.held) & set(self.sent)

    def rules(self):
        return {sku: [fault.code for fault in row.faults] for sku, row in self.held.items()}


def priced(before, now, **more):
    """SKUs S0, S1 … whose MRP and selling price were the one and are the other, in rupees."""
    skus = [f"S{at}" for at in range(len(now))]
    known = [
        ("L1", sku, f"{mrp:.2f}|{esp:.2f}|INR", 3, 31) for sku, (mrp, esp) in zip(skus, before, strict=False)
    ]
    esp, mrp = [f"{esp:.2f}" for _, esp in now], [f"{mrp:.2f}" for mrp, _ in now]
    return Sifted(PRICE, prices(skus, esp, mrp), published(*known) if known else {}, **more)


def stocked(before, now, **more):
    skus = [f"S{at}" for at in range(len(now))]
    known = [("L1", sku, str(was), 3, 31) for sku, was in zip(skus, before, strict=False) if was is not None]
    return Sifted(INVENTORY, stock(skus, list(map(str, now))), published(*known) if known else {}, **more)


# single rows ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "now", "rules"),
    [
        ((100, 100), (130, 100), []),
        ((100, 100), (130.01, 100), ["mrp_move"]),
        ((100, 60), (69.99, 60), ["mrp_move"]),
        ((200, 100), (200, 150), []),
        ((200, 100), (200, 150.01), ["esp_move"]),
        ((200, 100), (200, 50), []),
        ((200, 100), (200, 49.99), ["esp_move"]),
        ((100, 90), (900, 810), ["mrp_move", "esp_move"]),
        ((9999, 9000), (9, 9), ["mrp_move", "esp_move"]),
    ],
)
def test_a_price_far_from_the_last_one_holds_its_row(before, now, rules):
    found = priced([before, (50, 40)], [now, (51, 41)])
    assert found.rules() == ({"S0": rules} if rules else {})
    assert "S1" in found.sent
    assert not found.holds


def test_a_held_row_says_what_it_was_and_what_it_would_be():
    row = priced([(100, 90), (50, 40)], [(900, 90), (51, 41)]).held["S0"]
    assert (row.feed, row.line, row.location, row.verdict, row.value) == (
        "price",
        2,
        "L1",
        Verdict.HELD,
        "900.00|90.00|INR",
    )
    (fault,) = row.faults
    assert (fault.line, fault.column, fault.value) == (2, "MRP", "900.00")
    assert "from 100.00 to 900.00, 9 times" in fault.reason
    assert "Konnect keeps 100.00" in fault.reason
    assert "more than 30% at once" in fault.reason


def test_nothing_is_compared_with_what_is_not_known():
    assert priced([], [(900, 90)]).sent == ["S0"]
    doubtful = Sifted(PRICE, prices(["A"], ["90"], ["900"]), published(("L1", "A", "", 3, 31)))
    assert doubtful.sent == ["A"]
    other_currency = published(("L1", "A", "9.00|9.00|USD", 3, 31), ("L1", "B", "9.00|9.00|INR", 3, 31))
    mixed = Sifted(PRICE, prices(["A", "B"], ["900", "900"], ["900", "900"]), other_currency)
    assert (mixed.sent, list(mixed.held)) == (["A"], ["B"])


def test_floor_and_ceiling_hold_even_what_was_never_sent():
    guards = Guards(min_price=Decimal("1.50"), max_price=Decimal(500))
    found = priced([], [(100, 1.49), (100, 1.50), (500.01, 100), (500, 100)], guards=guards)
    assert found.rules() == {"S0": ["price_floor"], "S2": ["price_ceiling"]}
    assert "1.49 is below 1.50" in found.held["S0"].faults[0].reason
    most = stocked([], [500, 501], guards=Guards(max_quantity=500))
    assert most.rules() == {"S1": ["quantity_ceiling"]}


@pytest.mark.parametrize(
    ("before", "now", "held"),
    [(1, 15, False), (0, 1000, False), (0, 1001, True), (99, 1001, True), (150, 1500, False), (150, 1501, True),
     (5000, 0, False), (None, 90_000, False)],
)  # fmt: skip
def test_a_quantity_is_held_by_an_order_of_magnitude_and_small_stocks_move_freely(before, now, held):
    found = stocked([before, 7], [now, 8])
    assert found.rules() == ({"S0": ["quantity_jump"]} if held else {})
    assert "S1" in found.sent


def test_a_row_with_several_reasons_has_them_all():
    found = priced([(100, 90)], [(5, 4)], guards=Guards(min_price=Decimal(10)))
    assert found.rules() == {"S0": ["price_floor", "price_floor", "mrp_move", "esp_move"]}


def test_the_profile_sets_the_limits():
    wide = Guards(esp_move=10, mrp_move=10, quantity_factor=1000)
    assert priced([(100, 90)], [(900, 810)], guards=wide).sent == ["S0"]
    assert stocked([200], [9000], guards=wide).sent == ["S0"]
    assert stocked([3], [31], guards=Guards(quantity_factor=2, quantity_floor=10)).rules() == {
        "S0": ["quantity_jump"]
    }


def test_unchanged_values_and_newer_ones_are_no_moves():
    known = published(("L1", "A", "5000", 3, 31), ("L1", "B", "1", 99, 31))
    found = Sifted(INVENTORY, stock(["A", "B"], ["5000", "9000"]), known)
    assert found.counts == {Verdict.UNCHANGED: 1, Verdict.SUPERSEDED: 1}


# a crowd -------------------------------------------------------------------------------------------------------------


def tax_day(size=200, ratio=1.4, *, at=5, outlier=9.0, **more):
    """Every MRP moved by nearly one ratio, one by another; the selling prices stay."""
    before = [(100.0 + place, 50.0) for place in range(size)]
    now = [(round(mrp * ratio), esp) for mrp, esp in before]
    now[at] = (before[at][0] * outlier, 50.0)
    return priced(before, now, **more)


def test_a_crowd_holds_the_drop_and_names_ratio_count_and_outlier():
    found = tax_day()
    assert list(found.holds) == ["price_crowd"]
    finding = found.holds["price_crowd"]
    assert (finding.figure, finding.limit) == (200, 20)
    assert "MRP of 199 rows" in finding.reason
    assert "1.4 times" in finding.reason
    assert "1 more do not fit in: line 7, S5: 105.00 to 945.00, 9 times" in finding.reason
    assert found.counts == {Verdict.HELD: 200}


def test_a_release_lets_the_crowd_go_and_its_outlier_only_when_told_to():
    assert set(tax_day(release=BUT_OUTLIERS).held) == {"S5"}
    released = tax_day(release=BUT_OUTLIERS)
    assert released.counts == {Verdict.ACCEPTED: 199, Verdict.HELD: 1}
    assert list(released.approved) == ["price_crowd"]
    assert tax_day(release=ALL).counts == {Verdict.ACCEPTED: 200}


def test_a_crowd_in_one_price_excuses_no_other():
    """The MRP of every row moved alike; of one the selling price went far down as well, and one is below the floor."""
    before = [(100.0 + place, 50.0) for place in range(100)]
    now = [(mrp * 1.4, esp) for mrp, esp in before]
    now[3], now[4] = (now[3][0], 5.0), (now[4][0], 49.0)
    found = priced(before, now, release=BUT_OUTLIERS, guards=Guards(min_price=Decimal("49.5")))
    assert found.rules() == {"S3": ["price_floor", "mrp_move", "esp_move"], "S4": ["price_floor", "mrp_move"]}


def test_few_moves_of_one_ratio_are_rows_and_no_crowd():
    found = tax_day(20)
    assert not found.holds
    assert found.counts == {Verdict.HELD: 20}
    assert tax_day(20, release=BUT_OUTLIERS).counts == {Verdict.HELD: 20}
    assert tax_day(20, release=ALL).counts == {Verdict.ACCEPTED: 20}


def test_many_moves_without_one_ratio_hold_the_drop_and_none_goes_with_the_others():
    before = [(100.0, 50.0)] * 60
    now = [(100.0 * 1.35**place, 50.0) for place in range(1, 31)] + [(101.0, 50.0)] * 30
    found = priced(before, now)
    assert list(found.holds) == ["price_crowd"]
    assert "share no ratio" in found.holds["price_crowd"].reason
    assert priced(before, now, release=BUT_OUTLIERS).counts == {Verdict.ACCEPTED: 30, Verdict.HELD: 30}


def test_many_quantities_that_jumped_hold_the_drop():
    found = stocked(range(200, 240), [1000 * (200 + at) for at in range(40)])
    assert list(found.holds) == ["quantity_crowd"]
    assert (
        "quantity of 40 rows moved by nearly one ratio, to 1000 times" in found.holds["quantity_crowd"].reason
    )


def test_a_crowd_is_counted_over_all_parts_of_a_table():
    sieve = shaping.Sieve(PRICE, Guards())
    for part in ("A", "B"):
        skus = [f"{part}{at}" for at in range(15)]
        known = published(*(("L1", sku, "100.00|50.00|INR", 3, 31) for sku in skus))
        records = prices([*skus, f"{part}-new"], ["50"] * 16, ["140"] * 15 + ["900"])
        left = sieve.sift(shaping.changes(records, {"main": known}, 9))
        assert left.to_send["sku"].tolist() == [f"{part}-new"]
    assert [len(decided) for decided in sieve.rest()] == [15, 15]
    (crowd,) = sieve.crowds
    assert crowd.holds
    assert crowd.outliers == 0
    assert "do not fit" not in crowd.reason


def test_no_release_lets_a_rejected_row_go():
    found = priced([(100, 90)] * 2, [(100, 101), (100, 91)], release=ALL)
    assert found.sent == ["S1"]
    assert found.counts == {Verdict.ACCEPTED: 1, Verdict.REJECTED: 1}


def test_more_rows_than_are_decided_at_once_add_up():
    size = AT_ONCE + 5
    found = tax_day(size, release=BUT_OUTLIERS)
    assert found.counts == {Verdict.ACCEPTED: size - 1, Verdict.HELD: 1}


RATIOS = st.floats(min_value=0.001, max_value=1000)


@given(
    ratio=RATIOS,
    noise=st.lists(st.floats(min_value=-0.02, max_value=0.02), min_size=30, max_size=120),
    far=st.lists(RATIOS, max_size=14),
)
def test_the_ratio_of_a_crowd_is_found_whatever_the_outliers_are(ratio, noise, far):
    crowd = [ratio * (1 + one) for one in noise]
    found = fit(np.array([*far, *crowd]), width=0.1, more_than=20)
    assert found is not None
    assert abs(found.ratio / ratio - 1) < 0.1
    outliers = [one for one in far if abs(np.log(one / found.ratio)) > np.log(1.1) + 1e-9]
    assert not found.holds(np.array(outliers)).any()
    assert found.members >= len(noise)


@given(st.lists(RATIOS, max_size=20))
def test_few_moves_are_never_a_crowd(ratios):
    assert fit(np.array(ratios), width=0.1, more_than=20) is None


@settings(max_examples=40)
@given(
    before=st.lists(st.integers(100, 50_000), min_size=1, max_size=60),
    ratios=st.lists(
        st.sampled_from([0.05, 0.4, 0.69, 0.9, 1.0, 1.2, 1.4, 1.41, 1.45, 3.0, 9.0, 100.0]), min_size=60
    ),
    release=st.sampled_from([None, ALL, BUT_OUTLIERS]),
)
def test_every_record_ends_somewhere_and_no_outlier_is_let_go(before, ratios, release):
    was = [(paise / 100, paise / 100) for paise in before]
    now = [(max(round(mrp * ratio, 2), 0.01),) * 2 for (mrp, _), ratio in zip(was, ratios, strict=False)]
    found = priced(was, now, release=release, guards=Guards(crowd_rows=5))
    moved = {f"S{at}": one[0] / old[0] for at, (one, old) in enumerate(zip(now, was, strict=True))}
    if found.holds:
        return
    if release is ALL:
        assert not found.held
    else:
        far = [moved[sku] for sku in found.sent if abs(moved[sku] - 1) > 0.3 + 1e-6]
        assert release is BUT_OUTLIERS or not far
        assert not far or max(far) / min(far) <= 1.1**2 + 1e-6


# -- late followers of a crowd that was let go ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("price", "set_by", "held"),
    [
        ("140", 31, 0),  # it was not in the file of the tax day
        ("135", 31, 0),  # nearly the ratio
        ("900", 31, 1),
        ("140", 40, 1),  # set by that file: it has moved already
    ],
)
def test_what_follows_a_crowd_late_goes_on_with_it(price, set_by, held):
    known = published(("L1", "A", "100.00|50.00|INR", 3, set_by))
    records = prices(["A"], ["50"], [price])
    sieve = shaping.Sieve(PRICE, Guards(), let_go=[LetGo("mrp_move", 1.4, 40)])
    now = sieve.sift(shaping.changes(records, {"main": known}, 9))
    late = list(sieve.rest())
    assert len(now) == 1 - held
    assert sum(len(decided.held) for decided in late) == held
