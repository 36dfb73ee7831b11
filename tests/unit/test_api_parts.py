"""Addresses, Retry-After, waits, the breaker, the pace and the keeper of the token, each by itself."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.api import retry as retry_module
from connector.api.breaker import Breaker, BreakerSettings
from connector.api.pace import Pace, PaceSettings
from connector.api.redact import Secret
from connector.api.retry import Retry, RetrySettings, Trouble, parse_retry_after
from connector.api.servers import SERVERS, join, resolve, warnings_about
from connector.api.tokens import TokenKeeper, TokenSettings
from connector.errors import CredentialsRefused, Fatal, InDoubt, RefusedBatch, RetryLater

# -- servers


def test_servers_by_name_and_by_address():
    assert set(SERVERS) == {"fyndkonnect", "ginesys", "unicommerce"}
    assert resolve("FyndKonnect") == SERVERS["fyndkonnect"]
    assert resolve("https://api.konnect.uat.fyndx1.de/") == "https://api.konnect.uat.fyndx1.de"
    assert resolve(" http://127.0.0.1:8001/base/ ") == "http://127.0.0.1:8001/base"


@pytest.mark.parametrize(
    "server", ["fynd", "", "ftp://x.example", "https://", "http://[::1", "https://h.example:x/", "https://u:p@h.example",
               "https://h.example/?a=1", "https://h.example/#x"]
)  # fmt: skip
def test_what_is_no_server_says_so_without_showing_a_password(server):
    with pytest.raises(Fatal) as caught:
        resolve(server)
    assert "u:p" not in str(caught.value)


def test_paths_join_with_one_slash():
    for base in ("https://h.example/k", "https://h.example/k/"):
        for path in ("ims/v3/price", "/ims/v3/price"):
            assert join(base, path) == "https://h.example/k/ims/v3/price"


def test_plain_http_is_worth_a_warning_beyond_this_machine():
    assert warnings_about("http://shop.example")
    for fine in ("https://shop.example", "http://localhost:1", "http://127.0.0.9", "http://[::1]:80"):
        assert not warnings_about(fine)


# -- Retry-After


def test_retry_after_in_seconds_and_as_a_date():
    assert parse_retry_after("7") == 7
    assert parse_retry_after(" 0.5 ") == 0.5
    now = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    date = format_datetime(now + timedelta(seconds=90), usegmt=True)
    assert parse_retry_after(date, server_date=format_datetime(now, usegmt=True)) == 90
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    assert 95 <= (parse_retry_after(soon) or 0) <= 101
    assert parse_retry_after("Fri, 31 Dec 1999 23:59:59 GMT") == 0


@given(st.one_of(st.none(), st.text(max_size=30)))
def test_retry_after_never_breaks(value):
    wait = parse_retry_after(value)
    assert wait is None or wait >= 0


# -- trying again


def failing(*troubles: Exception | str):
    left = list(troubles)

    def attempt() -> str:
        step = left.pop(0)
        if isinstance(step, Exception):
            raise step
        return step

    return attempt


def give_up(trouble: Trouble, tried: int) -> Exception:
    return (InDoubt if trouble.unknown else RetryLater)(f"{trouble} after {tried}")


QUICK = RetrySettings(attempts=3, first_wait=0.001, longest_wait=0.05, total=5)


def test_tries_again_until_it_works_and_tells():
    told = []
    retry = Retry(QUICK, threading.Event(), lambda trouble, number: told.append((str(trouble), number)))
    work = failing(Trouble("a"), Trouble("b"), "done")
    assert retry.run(work, repeatable=True, give_up=give_up) == "done"
    assert told == [("a", 1), ("b", 2)]


def test_the_second_try_comes_soon_and_the_waits_grow_from_there(monkeypatch):
    waits = []
    monkeypatch.setattr(retry_module, "pause", lambda seconds, _stop: waits.append(seconds))
    retry = Retry(
        RetrySettings(attempts=6, first_wait=10, longest_wait=30), threading.Event(), lambda *_: None
    )
    work = failing(*(Trouble("no") for _ in range(5)), "done")
    assert retry.run(work, repeatable=True, give_up=give_up) == "done"
    ceilings = [2, 10, 20, 30, 30]
    assert all(most / 2 <= wait <= most for wait, most in zip(waits, ceilings, strict=True)), waits


def test_gives_up_after_the_attempts_with_the_last_trouble():
    retry = Retry(QUICK, threading.Event(), lambda *_: None)
    with pytest.raises(RetryLater, match="c after 3"):
        retry.run(failing(Trouble("a"), Trouble("b"), Trouble("c")), repeatable=True, give_up=give_up)


def test_what_may_have_been_applied_is_not_repeated_unless_it_may():
    retry = Retry(QUICK, threading.Event(), lambda *_: None)
    unknown = Trouble("lost", unknown=True)
    with pytest.raises(InDoubt, match="lost after 1"):
        retry.run(failing(unknown, "done"), repeatable=False, give_up=give_up)
    assert retry.run(failing(Trouble("refused"), "done"), repeatable=False, give_up=give_up) == "done"


def test_a_longer_wait_than_may_be_sat_out_is_handed_back_at_once():
    retry = Retry(QUICK, threading.Event(), lambda *_: None)
    with pytest.raises(RetryLater, match="slow after 1"):
        retry.run(failing(Trouble("slow", wait=60)), repeatable=True, give_up=give_up)


def test_other_errors_pass_through_at_once():
    retry = Retry(QUICK, threading.Event(), lambda *_: None)
    with pytest.raises(RefusedBatch):
        retry.run(failing(Trouble("a"), RefusedBatch("no")), repeatable=True, give_up=give_up)


def test_a_shutdown_wakes_the_wait():
    stop = threading.Event()
    retry = Retry(RetrySettings(first_wait=30, longest_wait=60), stop, lambda *_: None)
    threading.Timer(0.05, stop.set).start()
    began = time.monotonic()
    with pytest.raises(RetryLater, match="stopping"):
        retry.run(failing(Trouble("a")), repeatable=True, give_up=give_up)
    assert time.monotonic() - began < 5


# -- the breaker itself


def ok() -> str:
    return "ok"


def down() -> str:
    raise Trouble("down")


def test_the_breaker_opens_scouts_and_closes():
    changes: list[str] = []
    breaker = Breaker(BreakerSettings(failures=2, cool_down=0.1), "main", changes.append)
    for _ in range(2):
        with pytest.raises(Trouble):
            breaker.run(down)
    assert changes == ["open"]
    called = []
    with pytest.raises(RetryLater) as caught:
        breaker.run(lambda: called.append(1))
    assert not called
    assert 0 < (caught.value.wait or 0) <= 0.1
    time.sleep(0.11)
    with pytest.raises(Trouble):
        breaker.run(down)
    with pytest.raises(RetryLater):
        breaker.run(ok)
    time.sleep(0.11)
    assert breaker.run(ok) == "ok"
    assert changes == ["open", "closed"]
    assert breaker.run(ok) == "ok"


def test_refusals_and_throttling_do_not_count_and_success_starts_anew():
    breaker = Breaker(BreakerSettings(failures=2, cool_down=10), "main", lambda _: None)
    for step in (Trouble("d"), RefusedBatch("no"), Trouble("d"), Trouble("429", outage=False), Trouble("d")):
        with pytest.raises(type(step)):
            breaker.run(failing(step))
    assert breaker.run(ok) == "ok"
    assert breaker.remaining == 0


def test_only_one_call_scouts_and_calls_run_side_by_side():
    breaker = Breaker(BreakerSettings(failures=1, cool_down=0.02), "main", lambda _: None)
    with pytest.raises(Trouble):
        breaker.run(down)
    time.sleep(0.03)
    entered, leave = threading.Event(), threading.Event()

    def scout() -> str:
        entered.set()
        leave.wait(5)
        return "ok"

    thread = threading.Thread(target=breaker.run, args=(scout,))
    thread.start()
    assert entered.wait(5)
    with pytest.raises(RetryLater):
        breaker.run(ok)
    leave.set()
    thread.join()
    both = threading.Barrier(2, timeout=5)
    results = []
    threads = [threading.Thread(target=lambda: results.append(breaker.run(both.wait))) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(results) == [0, 1]


def test_a_scout_that_never_got_out_leaves_the_question_open():
    breaker = Breaker(BreakerSettings(failures=1, cool_down=0.01), "main", lambda _: None)
    with pytest.raises(Trouble):
        breaker.run(down)
    time.sleep(0.02)
    with pytest.raises(RetryLater):
        breaker.run(failing(RetryLater("stopping")))
    assert breaker.run(ok) == "ok"


# -- pace


def test_calls_per_second_are_kept_over_all_threads():
    pace = Pace(PaceSettings(per_second=20, in_flight=4), threading.Event())
    times: list[float] = []

    def work() -> None:
        for _ in range(8):
            with pace.slot():
                times.append(time.monotonic())

    threads = [threading.Thread(target=work) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    times.sort()
    assert all(later - earlier > 0.95 for earlier, later in zip(times, times[20:], strict=False))


def test_never_more_in_flight_than_allowed():
    pace = Pace(PaceSettings(in_flight=2, longest_queue=0.2), threading.Event())
    with pace.slot(), pace.slot(), pytest.raises(RetryLater), pace.slot():
        pass
    with pace.slot(), pace.slot():
        pass


def test_who_waits_longest_for_a_slot_has_the_next():
    pace, stop = Pace(PaceSettings(in_flight=1), threading.Event()), time.monotonic() + 0.6
    calls = dict.fromkeys(range(6), 0)
    together = threading.Barrier(len(calls))

    def call(who: int) -> None:
        together.wait()
        while time.monotonic() < stop:
            with pace.slot():
                calls[who] += 1
                time.sleep(0.002)

    threads = [threading.Thread(target=call, args=(who,)) for who in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(calls.values()) - min(calls.values()) <= 1


def test_429_pauses_everybody_and_eases_again():
    pace = Pace(PaceSettings(longest_wait=1), threading.Event())
    pace.slow_down(0.1)
    began = time.monotonic()
    with pace.slot():
        assert time.monotonic() - began >= 0.09
    with pace.slot():
        assert time.monotonic() - began >= 0.14
    for _ in range(40):
        pace.ease()
    began = time.monotonic()
    for _ in range(20):
        with pace.slot():
            pass
    assert time.monotonic() - began < 0.5
    pace.slow_down(60)
    with pytest.raises(RetryLater) as caught, pace.slot():
        pass
    assert 50 < (caught.value.wait or 0) <= 60


def test_a_pace_of_nothing_is_no_pace():
    with pytest.raises(ValueError, match="above"):
        Pace(PaceSettings(per_second=0), threading.Event())
    Pace(PaceSettings(per_second=0.5), threading.Event())


# -- tokens


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def keeper_of(*answers: Exception | str):
    clock, calls, left = Clock(), [], list(answers)

    def fetch() -> Secret:
        calls.append(clock.now)
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Secret(answer)

    return TokenKeeper(TokenSettings(), fetch, clock), clock, calls


def test_the_token_is_kept_and_renewed_before_its_end():
    keeper, clock, calls = keeper_of("a", "b")
    assert [keeper.get().reveal(), keeper.get().reveal()] == ["a", "a"]
    clock.now += 2999
    assert keeper.get().reveal() == "a"
    clock.now += 2
    assert keeper.get().reveal() == "b"
    assert len(calls) == 2


def test_a_refused_token_is_renewed_once_for_all_who_hold_it():
    keeper, _, calls = keeper_of("a", "b")
    assert keeper.get().reveal() == "a"
    assert [keeper.get(stale=Secret("a")).reveal(), keeper.get(stale=Secret("a")).reveal()] == ["b", "b"]
    assert len(calls) == 2


def test_a_failed_renewal_ahead_of_time_goes_on_with_the_old_token():
    keeper, clock, calls = keeper_of("a", Trouble("down"), Trouble("down"), "b")
    keeper.get()
    clock.now += 3001
    assert [keeper.get().reveal(), keeper.get().reveal()] == ["a", "a"]
    assert len(calls) == 2
    clock.now += 600
    with pytest.raises(Trouble):
        keeper.get()
    assert keeper.get().reveal() == "b"


def test_refused_credentials_are_not_asked_again_for_a_while():
    keeper, clock, calls = keeper_of(CredentialsRefused("no"), "a", "b")
    for _ in range(3):
        with pytest.raises(CredentialsRefused, match="no"):
            keeper.get()
    assert len(calls) == 1
    clock.now += 61
    assert keeper.get().reveal() == "a"
    keeper.refuse(CredentialsRefused("token refused"))
    with pytest.raises(CredentialsRefused, match="token refused") as caught:
        keeper.get()
    assert caught.value.wait == 60
    clock.now += 61
    assert keeper.get().reveal() == "b"


@pytest.mark.parametrize(
    "outcome", ["token", Trouble("down", unknown=False, wait=3), CredentialsRefused("no")]
)
def test_many_threads_share_one_renewal_and_its_outcome(outcome):
    calls = []
    waiting = threading.Barrier(8, timeout=5)

    def fetch() -> Secret:
        calls.append(1)
        time.sleep(0.1)
        if isinstance(outcome, Exception):
            raise outcome
        return Secret(str(outcome))

    keeper = TokenKeeper(TokenSettings(), fetch)
    results = []

    def work() -> None:
        waiting.wait()
        try:
            results.append(keeper.get().reveal())
        except (Trouble, CredentialsRefused) as error:
            results.append(f"{type(error).__name__} {error}")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(calls) == 1
    assert len(results) == 8
    assert len(set(results)) == 1
