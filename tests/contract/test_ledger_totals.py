"""Every record has exactly one verdict, whatever a drop is made of, and an uneven drop is never closed."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.ledger import ControlTotalsError
from connector.model import DropState, RowVerdict, Verdict
from tests.contract.ledger_kit import (
    BACKENDS,
    FEED,
    draft,
    due,
    finish,
    identify,
    land,
    landed_and_planned,
    now,
    refused,
    settle,
)

BY_PLANNING = (Verdict.REJECTED, Verdict.MERGED, Verdict.SUPERSEDED, Verdict.HELD)
BY_THE_API = (Verdict.ACCEPTED, Verdict.REFUSED, Verdict.FAILED, Verdict.IN_DOUBT)


@pytest.fixture(params=BACKENDS)
def ledger(request, tmp_path):
    yield from request.param(tmp_path)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    planned=st.lists(st.tuples(st.integers(1, 99), st.sampled_from(BY_PLANNING)), max_size=8),
    unchanged=st.lists(st.integers(1, 2**31), max_size=8),
    batches=st.lists(
        st.lists(st.tuples(st.integers(1, 9), st.sampled_from(BY_THE_API)), min_size=1, max_size=6),
        max_size=5,
    ),
)
def test_totals_and_lines_say_what_happened(ledger, planned, unchanged, batches):
    drop = identify(ledger, land(ledger))
    expected = Counter([*planned, *((line, Verdict.UNCHANGED) for line in unchanged)])
    ledger.begin_plan(drop.id)
    ledger.add_verdicts(drop.id, (RowVerdict(FEED, line, "L", "A", verdict, ()) for line, verdict in planned))
    ledger.add_unchanged(drop.id, FEED, unchanged)
    # One line may have several records, as in a file with a column for each location: the place tells them apart.
    ledger.add_lots(
        drop.id,
        (
            draft([(f"L{n}", "A", n) for n in range(len(each))], lines=[line for line, _ in each])
            for each in batches
        ),
    )
    ledger.planned(drop.id, {FEED: len(planned) + len(unchanged) + sum(map(len, batches))}, {})
    taken = ledger.take(drop.id, now(), 10)
    for batch, outcomes in zip(taken, batches, strict=True):
        others = [
            refused(line, f"L{n}", "A", what)
            for n, (line, what) in enumerate(outcomes)
            if what != Verdict.ACCEPTED
        ]
        settle(ledger, batch, *others)
        expected.update(outcomes)
    assert Counter(ledger.every_line(drop.id, FEED)) == expected
    rows = list(ledger.every_row(drop.id))
    assert Counter((row.line, row.verdict) for row in rows) == expected
    assert [row.line for row in rows] == sorted(row.line for row in rows)
    own = [row for row in rows if row.verdict not in (Verdict.ACCEPTED, Verdict.UNCHANGED)]
    assert Counter(ledger.rows_by_line(drop.id)) == Counter(own) == Counter(ledger.verdict_rows(drop.id))
    without = {Verdict.MERGED}
    left = list(ledger.rows_by_line(drop.id, without=without))
    assert all(row.verdict not in without for row in left)
    assert list(ledger.lines_of_rows(drop.id, without=without)) == sorted({row.line for row in left})
    totals = ledger.close(drop.id)
    by_verdict: Counter[Verdict] = Counter()
    for (_, verdict), number in expected.items():
        by_verdict[verdict] += number
    assert totals == ({FEED: dict(by_verdict)} if by_verdict else {})
    assert ledger.totals(drop.id) == totals
    ledger.archived(drop.id, "archive")


def test_a_drop_whose_totals_are_uneven_stays_and_says_so(ledger):
    drop = identify(ledger, land(ledger))
    ledger.begin_plan(drop.id)
    ledger.add_unchanged(drop.id, FEED, [2, 3])
    ledger.planned(drop.id, {FEED: 3}, {})
    with pytest.raises(ControlTotalsError, match=r"inventory: 3 records were read, but 2 have a verdict"):
        ledger.close(drop.id)
    found = ledger.drop(drop.id)
    assert found.state == DropState.PLANNED
    assert "3 records were read" in str(found.reason)
    assert [each.id for each in ledger.status().stuck] == [drop.id]
    assert due(ledger) == [], "it is not asked for over and over"
    ledger.recover(set())
    assert due(ledger) == [("finish", drop.id)], "but at the next start"


def test_a_feed_nobody_announced_is_uneven(ledger):
    drop = identify(ledger, land(ledger))
    ledger.begin_plan(drop.id)
    ledger.add_unchanged(drop.id, "price", [2])
    ledger.planned(drop.id, {}, {})
    with pytest.raises(ControlTotalsError, match="price: 0 records were read, but 1"):
        ledger.close(drop.id)


def test_an_empty_drop_is_even(ledger):
    finish(ledger, landed_and_planned(ledger))
