"""The calls of a drop: each batch once, as few threads as will do, and no drop keeps another from its turn."""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from connector.model import Batch, BatchState, Reply
from connector.sending import AT_FIRST, Calls

LONG = 20
"""Seconds after which something is taken to hang."""


def batches(count: int, account: str = "main", first: int = 1) -> list[Batch]:
    numbers = range(first, first + count)
    return [Batch(n, 1, 1, n, "inventory", account, BatchState.SENT, 1, b"[]", 1) for n in numbers]


def accepted(batch: Batch) -> Reply:
    return Reply(200, b"{}", batch.records, batch.records, 0, None)


def hear_all(calls: Calls) -> list[tuple[Batch, Reply | BaseException]]:
    found = []
    deadline = time.monotonic() + LONG
    while calls.open:
        assert time.monotonic() < deadline, f"{calls.open} calls are never heard of"
        found += calls.heard(0.1)
    return found


@pytest.fixture
def pool():
    with ThreadPoolExecutor(32) as threads:
        yield threads


def test_every_batch_is_sent_once_and_heard_once(pool):
    sent: Counter[int] = Counter()

    def send(batch):
        sent[batch.id] += 1
        return accepted(batch)

    calls = Calls(send, pool, 32)
    heard = []
    for first in (1, 101, 201):
        calls.hand_out(batches(100, first=first))
        heard += calls.heard(LONG)
    heard += hear_all(calls)
    assert sorted(batch.id for batch, _ in heard) == list(range(1, 301))
    assert set(sent.values()) == {1}
    assert calls.heard(0) == []


def test_what_a_call_raises_is_heard_like_a_reply(pool):
    def send(batch):
        if batch.id % 2:
            raise ZeroDivisionError(str(batch.id))
        return accepted(batch)

    calls = Calls(send, pool, 32)
    calls.hand_out(batches(10))
    answers = {batch.id: answer for batch, answer in hear_all(calls)}
    assert {key for key, answer in answers.items() if isinstance(answer, ZeroDivisionError)} == {
        1,
        3,
        5,
        7,
        9,
    }
    assert {key for key, answer in answers.items() if isinstance(answer, Reply)} == {2, 4, 6, 8, 10}


def test_few_threads_send_while_answers_come_at_once_and_all_there_are_while_they_do_not(pool):
    lock, threads = threading.Lock(), set()
    every = threading.Barrier(32)

    def send(batch):
        with lock:
            threads.add(threading.get_ident())
        if batch.account == "slow":
            every.wait(LONG)  # only when thirty-two calls are under way
        return accepted(batch)

    quick = Calls(send, pool, 32)
    quick.hand_out(batches(200))
    while quick._answers.qsize() < 200:  # noqa: SLF001  who listens would ask for more threads on a busy machine
        time.sleep(0.001)
    assert len(hear_all(quick)) == 200
    assert len(threads) <= AT_FIRST
    slow = Calls(send, pool, 32)
    slow.hand_out(batches(64, "slow"))
    assert len(hear_all(slow)) == 64
    assert len(threads) == 32


def test_no_more_threads_than_told_make_calls(pool):
    lock, under_way, most = threading.Lock(), 0, 0

    def send(batch):
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.01)
        with lock:
            under_way -= 1
        return accepted(batch)

    calls = Calls(send, pool, 6)
    calls.hand_out(batches(60))
    hear_all(calls)
    assert most == 6


def test_calls_that_rest_do_not_hold_up_the_others(pool):
    """A quarter of all calls, as many as threads there are at first, wait for the last of the others."""
    rest = threading.Event()

    def send(batch):
        if batch.id <= AT_FIRST:
            assert rest.wait(LONG)
        return accepted(batch)

    calls = Calls(send, pool, 32)
    calls.hand_out(batches(4 * AT_FIRST))
    heard: list[int] = []
    deadline = time.monotonic() + LONG
    while len(heard) < 3 * AT_FIRST:
        assert time.monotonic() < deadline, f"only {heard} went through"
        heard += [batch.id for batch, _ in calls.heard(0.1)]
    assert min(heard) > AT_FIRST
    rest.set()
    hear_all(calls)


def test_what_no_thread_has_begun_is_taken_back_unsent():
    goes_on, begun = threading.Event(), threading.Event()
    sent = []

    def send(batch):
        sent.append(batch.id)
        begun.set()
        assert goes_on.wait(LONG)
        return accepted(batch)

    with ThreadPoolExecutor(1) as pool:
        calls = Calls(send, pool, 1)
        calls.hand_out([*batches(2, "one"), *batches(2, "two", first=3), *batches(1, "one", first=5)])
        assert begun.wait(LONG)
        assert [batch.id for batch in calls.take_back("one")] == [2, 5]
        assert calls.open == 3
        assert [batch.id for batch in calls.take_back()] == [3, 4]
        goes_on.set()
        assert [batch.id for batch, _ in hear_all(calls)] == [1]
        calls.hand_out(batches(1, first=6))
        hear_all(calls)
    assert sent == [1, 6]


def test_a_drop_does_not_wait_until_all_of_another_is_through():
    """Two threads for both; the first drop has calls for four seconds."""
    with ThreadPoolExecutor(2) as pool:

        def send(batch):
            time.sleep(0.02)
            return accepted(batch)

        first, second = Calls(send, pool, 2), Calls(send, pool, 2)
        first.hand_out(batches(400))
        time.sleep(0.05)
        second.hand_out(batches(3))
        assert len(hear_all(second)) == 3
        left = len(first.take_back())
        assert left > 200
        assert len(hear_all(first)) == 400 - left
