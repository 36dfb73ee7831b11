"""One suite for every engine: the story must not be able to tell them apart."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from connector.engine import Engine, Handlers, InlineEngine, ThreadsEngine
from connector.model import Task


@dataclass
class Ears:
    """What the engine told."""

    done: list[Task] = field(default_factory=list)
    errors: list[tuple[Task, Exception]] = field(default_factory=list)

    def on_error(self, task: Task, error: Exception) -> None:
        self.errors.append((task, error))


Make = Callable[[Handlers], Engine]


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture(params=["inline", "threads"])
def make(request: pytest.FixtureRequest, ears: Ears) -> Iterator[Make]:
    made: list[Engine] = []

    def build(handlers: Handlers) -> Engine:
        engine: Engine
        if request.param == "inline":
            engine = InlineEngine(handlers, on_done=ears.done.append, on_error=ears.on_error)
        else:
            engine = ThreadsEngine(handlers, workers=2, on_done=ears.done.append, on_error=ears.on_error)
        made.append(engine)
        return engine

    yield build
    for engine in made:
        engine.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith(("deliver", "work"))]


def test_runs_each_task_with_its_key_and_tells_when_done(make, ears):
    ran: list[tuple[str, int]] = []
    engine = make(
        {"plan": lambda key: ran.append(("plan", key)), "deliver": lambda key: ran.append(("d", key))}
    )
    assert engine.submit(Task("plan", 1))
    assert engine.submit(Task("deliver", 2))
    assert engine.wait(5)
    engine.close()
    assert sorted(ran) == [("d", 2), ("plan", 1)]
    assert set(ears.done) == {Task("plan", 1), Task("deliver", 2)}
    assert engine.idle()


def test_a_task_in_flight_is_not_taken_twice_but_may_come_again_when_done(make):
    answers: list[bool] = []
    engine: Engine = make({"plan": lambda key: answers.append(engine.submit(Task("plan", key)))})
    assert engine.submit(Task("plan", 7))
    assert engine.wait(5)
    assert answers == [False]
    assert engine.submit(Task("plan", 7))
    assert engine.wait(5)
    assert answers == [False, False]


def test_what_a_handler_submits_runs_too(make):
    ran: list[int] = []

    def plan(key: int) -> None:
        ran.append(key)
        if key < 500:
            assert engine.submit(Task("plan", key + 1))

    engine = make({"plan": plan})
    engine.submit(Task("plan", 0))
    assert engine.wait(10)
    assert ran == list(range(501))


def test_it_is_not_idle_until_a_listener_has_submitted_what_follows(make, monkeypatch):
    ran: list[int] = []
    engine = make({"plan": ran.append})

    def follow(task: Task) -> None:
        time.sleep(0.01)
        if task.key < 20:
            assert engine.submit(Task("plan", task.key + 1))

    monkeypatch.setattr(engine, "_on_done", follow)
    engine.submit(Task("plan", 0))
    assert engine.wait(10)
    assert ran == list(range(21))


def test_deliveries_that_wait_are_not_plenty_to_do(make):
    go_on = threading.Event()
    engine = make({"deliver": lambda _: go_on.wait(10), "plan": lambda _: go_on.wait(10)})
    assert not engine.has_plenty()
    if isinstance(engine, InlineEngine):
        return
    for key in range(20):
        engine.submit(Task("deliver", key))
    assert not engine.has_plenty()
    for key in range(6):
        assert not engine.has_plenty()
        engine.submit(Task("plan", key))
    assert engine.has_plenty()
    go_on.set()
    assert engine.wait(10)
    assert not engine.has_plenty()


def test_an_exception_is_told_and_kills_nothing(make, ears):
    ran: list[int] = []

    def handler(key: int) -> None:
        if key == 1:
            raise RuntimeError("broken")
        ran.append(key)

    engine = make({"plan": handler})
    for key in range(4):
        assert engine.submit(Task("plan", key))
        assert engine.wait(5)
    engine.close()
    assert ran == [0, 2, 3]
    assert [(task, str(error)) for task, error in ears.errors] == [(Task("plan", 1), "broken")]
    assert len(ears.done) == 4


def test_a_listener_that_fails_kills_nothing(make, monkeypatch, caplog):
    engine = make({"plan": lambda _: 1 / 0})
    monkeypatch.setattr(engine, "_on_done", lambda _: 1 / 0)
    monkeypatch.setattr(engine, "_on_error", lambda *_: 1 / 0)
    assert engine.submit(Task("plan", 1))
    assert engine.wait(5)
    assert engine.submit(Task("plan", 2))
    assert engine.wait(5)
    engine.close()
    assert "a listener of the engine failed" in caplog.text


def test_an_unknown_task_is_a_defect_and_leaves_no_trace(make):
    engine = make({"plan": lambda _: None})
    with pytest.raises(ValueError, match="unknown"):
        engine.submit(Task("unknown", 1))
    assert engine.idle()


def test_close_ends_what_runs_drops_what_is_queued_and_takes_nothing_more(make):
    ran: list[int] = []
    started, closing = threading.Event(), threading.Event()

    def handler(key: int) -> None:
        started.set()
        if key == 0:
            for other in range(1, 20):
                engine.submit(Task("deliver", other))
            closer.start()
            closing.wait(5)
            time.sleep(0.05)
        else:
            closing.wait(5)
        ran.append(key)

    def close() -> None:
        closing.set()
        engine.close()

    engine = make({"deliver": handler})
    closer = threading.Thread(target=close)
    engine.submit(Task("deliver", 0))
    assert started.wait(5)
    assert closing.wait(5)
    closer.join(5)
    engine.close()
    assert 0 in ran
    assert len(ran) <= 3, "what had not started is dropped"
    assert engine.idle()
    assert not engine.submit(Task("deliver", 99))


def test_close_twice_and_close_without_waiting(make):
    engine = make({"plan": lambda _: None})
    engine.close(wait=False)
    engine.close()
    engine.close()
    assert not engine.submit(Task("plan", 1))


def test_no_task_is_lost_or_doubled_under_load(make):
    counts: dict[int, int] = {}
    lock = threading.Lock()

    def handler(key: int) -> None:
        with lock:
            counts[key] = counts.get(key, 0) + 1

    engine = make({"plan": handler, "deliver": handler})
    for key in range(2000):
        assert engine.submit(Task("deliver" if key % 2 else "plan", key))
    assert engine.wait(20)
    assert counts == dict.fromkeys(range(2000), 1)


def test_deliveries_that_wait_do_not_starve_a_new_drop():
    release, planned = threading.Event(), threading.Event()

    def deliver(_: int) -> None:
        release.wait(10)

    engine = ThreadsEngine(
        {"deliver": deliver, "plan": lambda _: planned.set()},
        workers=2,
        on_done=lambda _: None,
        on_error=lambda *_: None,
    )
    try:
        for key in range(50):
            engine.submit(Task("deliver", key))
        engine.submit(Task("plan", 1))
        assert planned.wait(5)
        assert not engine.wait(0.01)
    finally:
        release.set()
        engine.close()
    assert engine.idle()


def test_deliveries_run_side_by_side():
    together = threading.Barrier(3)

    def deliver(_: int) -> None:
        together.wait(5)

    engine = ThreadsEngine(
        {"deliver": deliver},
        workers=3,
        on_done=lambda _: None,
        on_error=lambda *_: None,
    )
    for key in range(3):
        engine.submit(Task("deliver", key))
    assert engine.wait(5)
    engine.close()
    assert not together.broken


def test_interrupt_in_the_calling_thread_passes_and_drops_the_queue():
    def handler(key: int) -> None:
        engine.submit(Task("plan", key + 1))
        raise KeyboardInterrupt

    engine = InlineEngine({"plan": handler}, on_done=lambda _: None, on_error=lambda *_: None)
    with pytest.raises(KeyboardInterrupt):
        engine.submit(Task("plan", 1))
    assert engine.idle()
