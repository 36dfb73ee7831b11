"""Not a benchmark: wide limits that catch a missing index or a row-by-row write."""

from __future__ import annotations

import time

import pytest

from connector.model import Settlement
from tests.contract.ledger_kit import ACCOUNT, BACKENDS, FEED, draft, due, identify, land, now, plan, reply


@pytest.fixture(params=BACKENDS)
def ledger(request, tmp_path):
    yield from request.param(tmp_path)


def test_a_hundred_thousand_values_are_published_read_and_asked_for(ledger):
    drop = identify(ledger, land(ledger))
    keys = [
        [(f"L{n % 20}", f"sku-{n:06}", n % 9) for n in range(start, start + 500)]
        for start in range(0, 100_000, 500)
    ]
    started = time.perf_counter()
    plan(ledger, drop, *map(draft, keys))
    planned = time.perf_counter() - started
    asked = 0.0
    while taken := ledger.take(drop.id, now(), 16):
        ledger.settle([Settlement(batch, reply(batch.records)) for batch in taken])
        before = time.perf_counter()
        due(ledger, 16)
        asked += time.perf_counter() - before
    delivered = time.perf_counter() - started - planned
    before = time.perf_counter()
    assert sum(map(len, ledger.published(ACCOUNT, FEED).values())) == 100_000
    read = time.perf_counter() - before
    assert (planned < 5, asked < 5, delivered < 15, read < 2) == (True,) * 4, (
        planned,
        asked,
        delivered,
        read,
    )


def test_what_is_due_is_cheap_with_thousands_of_drops_and_batches(ledger):
    for number in range(300):
        land(ledger, lane=f"lane {number % 3}")
    for number in range(0, 300, 2):
        ledger.identified(number + 1, "p", "full" if number % 3 else "delta", 1, {})
    big = identify(ledger, land(ledger, lane="big"))
    plan(ledger, big, *[draft([("L", f"A{n}", n)]) for n in range(3000)])
    started = time.perf_counter()
    for _ in range(100):
        due(ledger, 16)
        ledger.next_due_at()
    once = (time.perf_counter() - started) / 100
    assert once < 0.05
