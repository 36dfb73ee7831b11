"""The loop: when it looks, when it sleeps, what it says of itself, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import pairwise
from threading import Event
from typing import Any

from connector.daemon import ASK_AGAIN, HEARTBEAT_SECONDS, LISTEN_PAUSE, LOOK_PAUSE, Daemon
from connector.engine import InlineEngine
from connector.model import Found, Task
from connector.sources import Arrival, Observation, Ready, Scan


class Clock:
    """Time that only passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Sleeper(Event):
    """The flag that wakes the loop; sleeping on it is instant, and `stirs` may set it after so many seconds."""

    def __init__(self, clock: Clock, naps: int, stop: Event) -> None:
        super().__init__()
        self.clock, self.left, self.stop = clock, naps, stop
        self.slept: list[float] = []
        self.stirs: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        nap = 0.0 if self.is_set() else min([timeout, *self.stirs[:1]])
        del self.stirs[:1]
        self.slept.append(nap)
        self.clock.now += nap
        self.left -= 1
        if self.left <= 0:
            self.stop.set()
        return self.is_set()


class Inbox:
    """A source that only counts how often it is looked into."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.looks = clock, list[float]()

    def scan(self) -> Scan:
        self.looks.append(self.clock.now)
        return Scan(())

    def free_space(self) -> None: ...


class DeafWatch:
    """A watch of a folder nobody may listen to: it never comes alive, and each try wakes the loop."""

    def __init__(self, wake: Event) -> None:
        self.wake, self.tries = wake, 0

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def alive(self) -> bool:
        return False

    def restart(self) -> None:
        self.tries += 1
        self.wake.set()


class Books:
    """The part of ledger and story the loop asks."""

    def __init__(self, clock: Clock, tasks: Sequence[Task] = ()) -> None:
        self.clock, self.tasks, self.beats = clock, list(tasks), list[float]()
        self.ledger = self

    def due(self, _limit: int) -> list[Task]:
        return self.tasks

    def next_step(self, _drop_id: int) -> Task | None:
        return None

    def next_due_at(self) -> datetime | None:
        return None

    def heartbeat(self) -> None:
        self.beats.append(self.clock.now)

    def failed(self, task: Task, error: Exception, pause: float) -> None: ...

    def look(self) -> None: ...

    def source_works(self, _name: str) -> None: ...


def loop(
    naps: int, *, scan_seconds: float = 10.0, deaf: bool = False, tasks: Sequence[Task] = (),
    handlers: dict[str, Callable[[int], None]] | None = None,
) -> Any:  # fmt: skip
    clock, stop = Clock(), Event()
    wake = Sleeper(clock, naps, stop)
    inbox: Any = Inbox(clock)
    books: Any = Books(clock, tasks)
    watch: Any = DeafWatch(wake) if deaf else None
    return Daemon(
        inbound=books,
        lookout=books,
        sources={"in": inbox},
        arrivals={"in": Arrival(1.0, clock=clock)},
        engine=lambda done, failed: InlineEngine(handlers or {}, on_done=done, on_error=failed),
        watch=watch,
        wake=wake,
        stop=stop,
        scan_seconds=scan_seconds,
        clock=clock,
    )


def test_a_wake_up_right_after_a_look_is_not_forgotten() -> None:
    daemon = loop(3)
    daemon.wake.stirs = [LOOK_PAUSE / 5]  # a file event comes this soon after the first look
    daemon.run()
    first, second = daemon.sources["in"].looks[:2]
    assert second - first <= 2 * LOOK_PAUSE


def test_a_folder_nobody_may_listen_to_does_not_keep_the_loop_awake() -> None:
    daemon = loop(20, deaf=True)
    began = daemon.clock.now
    daemon.run()
    assert daemon.watch.tries <= 1 + (daemon.clock.now - began) / LISTEN_PAUSE
    assert daemon.clock.now - began > 100


def test_the_sign_of_life_does_not_wait_for_a_rare_scan() -> None:
    daemon = loop(10, scan_seconds=3600.0)
    daemon.run()
    beats = daemon.inbound.beats
    assert max(later - earlier for earlier, later in pairwise(beats)) <= HEARTBEAT_SECONDS


def test_a_stop_ends_the_round_of_submitting() -> None:
    ran: list[int] = []

    def step(key: int) -> None:
        ran.append(key)
        daemon.stop.set()

    daemon = loop(5, tasks=[Task("plan", key) for key in range(64)], handlers={"plan": step})
    daemon.run()
    assert ran == [0]


def test_a_task_that_ended_while_the_ledger_was_asked_is_not_begun_again() -> None:
    ran: list[int] = []
    daemon = loop(3, handlers={"identify": ran.append})
    answered = [[Task("identify", 1)], [], []]

    def due(_limit: int) -> list[Task]:
        answer = answered.pop(0) if answered else []
        for task in answer:  # it was running all the while, and ends before the answer is read
            daemon.engine.submit(task)
        return answer

    daemon.inbound.due = due
    daemon.run()
    assert ran == [1]


def test_what_follows_a_step_is_begun_without_asking_what_is_due() -> None:
    ran: list[tuple[str, int]] = []
    handlers: dict[str, Callable[[int], None]] = {
        "plan": lambda key: ran.append(("plan", key)),
        "deliver": lambda key: ran.append(("deliver", key)),
    }
    daemon = loop(1, handlers=handlers)
    daemon.inbound.next_step = lambda key: Task("deliver", key) if ran == [("plan", key)] else None
    daemon.inbound.due = lambda _limit: [Task("plan", 7)] if not ran else []
    daemon.run()
    assert ran == [("plan", 7), ("deliver", 7)]


def test_nothing_follows_a_step_that_broke() -> None:
    asked: list[int] = []

    def broken(_key: int) -> None:
        raise RuntimeError("broken")

    daemon = loop(1, tasks=[Task("plan", 7)], handlers={"plan": broken})
    daemon.inbound.next_step = asked.append
    daemon.run()
    assert asked == []


def test_while_threads_have_plenty_to_do_the_ledger_is_asked_now_and_then_only() -> None:
    daemon, asked = loop(40), list[float]()
    daemon.engine.has_plenty = lambda: True
    daemon.wake.stirs = [ASK_AGAIN / 10] * 40

    def due(_limit: int) -> list[Task]:
        asked.append(daemon.clock.now)
        return []

    daemon.inbound.due = due
    daemon.run()
    assert len(asked) > 2
    assert all(later - earlier >= ASK_AGAIN for earlier, later in pairwise(asked))


def test_a_step_that_ends_while_files_land_is_followed_by_the_next_at_once() -> None:
    daemon, said = loop(1), list[str]()
    files = tuple(Found("in", name, 1, 1, 1) for name in ("a.csv", "b.csv", "c.csv"))
    daemon.sources["in"].scan = lambda: Scan(files)
    daemon.arrivals["in"].observe = lambda found, _passed_over: Observation(
        tuple(map(Ready, found)), waiting=(), ignored=(), news=()
    )

    def land(found: Found, *, incomplete: str | None) -> None:
        del incomplete
        said.append(found.path)
        if found.path == "b.csv":  # meanwhile, in another thread
            daemon._done(Task("identify", 1))  # noqa: SLF001

    def due(_limit: int) -> list[Task]:
        said.append("due")
        return []

    daemon.inbound.land, daemon.inbound.due = land, due
    daemon.run()
    assert said[:6] == ["a.csv", "due", "b.csv", "due", "c.csv", "due"]
