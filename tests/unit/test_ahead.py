"""Work in a thread of its own: the same items in the same order, errors that reach the caller, and no thread left."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import pytest

from connector.ahead import Behind, ahead

LONG = 10
"""Seconds after which something is taken to hang."""


@contextmanager
def no_thread_is_left():
    """Whatever was started in the block has ended with it."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(LONG)
        assert not thread.is_alive(), thread.name


def test_one_item_that_is_known_to_be_the_only_one_needs_no_thread():
    before = threading.active_count()
    items = ahead(iter(["one"]))
    assert next(items) == "one"
    assert threading.active_count() == before
    assert list(items) == []
    assert list(ahead(iter([]))) == []


@pytest.mark.parametrize("depth", [1, 3, 1000])
def test_the_same_items_in_the_same_order(depth):
    with no_thread_is_left():
        assert list(ahead(iter(range(200)), depth)) == list(range(200))
        assert list(ahead([], depth)) == []
        assert list(ahead([None, None], depth)) == [None, None], "an item is an item, whatever it is"


def test_the_next_item_is_made_while_this_one_is_used():
    made = threading.Event()

    def items():
        yield 1
        made.set()
        yield 2

    with no_thread_is_left():
        for item in ahead(items()):
            assert item == 2 or made.wait(LONG)


def test_little_is_made_before_it_is_asked_for():
    made = []
    rests = threading.Event()

    def items():
        for item in range(100):
            made.append(item)
            if item == 4:
                rests.set()
            yield item

    with no_thread_is_left():
        running = ahead(items(), 2)
        assert [next(running), next(running)] == [0, 1]
        assert rests.wait(LONG), "two wait, and one is in the making"
        assert len(made) == 5
        running.close()
    assert len(made) <= 6


@pytest.mark.parametrize("error", [ValueError("line 3"), KeyboardInterrupt(), GeneratorExit()], ids=repr)
def test_what_the_making_raises_comes_after_the_items_before_it(error):
    def items():
        yield 1
        yield 2
        raise error

    seen: list[int] = []
    with no_thread_is_left(), pytest.raises(type(error)) as raised:
        seen.extend(ahead(items()))
    assert raised.value is error
    assert seen == [1, 2]


@pytest.mark.parametrize("depth", [1, 5])
@pytest.mark.parametrize("taken", [0, 1, 3])
def test_who_stops_asking_ends_the_making(depth, taken):
    closed = threading.Event()

    def items():
        try:
            yield from range(10**9)
        finally:
            closed.set()

    with no_thread_is_left():
        running = ahead(items(), depth)
        assert [next(running) for _ in range(taken)] == list(range(taken))
        running.close()
        del running
    assert closed.is_set() or not taken, "what was never begun has nothing to end"


def test_an_error_of_the_user_ends_all_threads_of_a_chain():
    def use():
        for item in ahead(number + 1 for number in ahead(iter(range(10**9)))):
            if item == 3:
                raise LookupError

    with no_thread_is_left(), pytest.raises(LookupError):
        use()


def test_an_error_at_the_beginning_of_a_chain_comes_out_at_its_end():
    def items():
        yield 1
        message = "cut off"
        raise OSError(message)

    with no_thread_is_left(), pytest.raises(OSError, match="cut off"):
        list(ahead(ahead(items()), 4))


def test_what_is_handed_over_is_done_in_order_and_before_the_end():
    done: list[int] = []
    with no_thread_is_left(), Behind(done.append) as behind:
        for item in range(100):
            behind.add(item)
    assert done == list(range(100))


def test_it_is_done_while_the_next_is_prepared():
    begun, prepared = threading.Event(), threading.Event()

    def work(_):
        begun.set()
        assert prepared.wait(LONG)

    with no_thread_is_left(), Behind(work) as behind:
        behind.add(1)
        assert begun.wait(LONG)
        prepared.set()


def test_an_error_behind_is_raised_at_the_end_and_nothing_more_is_done():
    done = []

    def work(item):
        if item == 1:
            message = "the disk is full"
            raise OSError(message)
        done.append(item)

    def hand_over():
        with Behind(work, 5) as behind:
            for item in range(3):
                behind.add(item)

    with no_thread_is_left(), pytest.raises(OSError, match="the disk is full"):
        hand_over()
    assert done == [0]


def test_an_error_behind_stops_who_goes_on_handing_over():
    added = []

    def work(item):
        raise ArithmeticError(item)

    def hand_over():
        with Behind(work, 1) as behind:
            for item in range(10**9):
                behind.add(item)
                added.append(item)

    with no_thread_is_left(), pytest.raises(ArithmeticError, match="0"):
        hand_over()
    assert len(added) < 10**6


def test_an_error_of_who_hands_over_is_the_one_that_counts():
    def work(item):
        raise ArithmeticError(item)

    def hand_over():
        with Behind(work) as behind:
            behind.add(1)
            raise LookupError

    with no_thread_is_left(), pytest.raises(LookupError):
        hand_over()
