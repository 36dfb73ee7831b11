"""The client against the sandbox over real sockets: tokens, faults, spellings, an API that goes down and comes back."""

from __future__ import annotations

import json
import logging
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from connector.api import (
    Account,
    BreakerSettings,
    PaceSettings,
    RetrySettings,
    Secret,
    TokenSettings,
    join_payload,
    split_payload,
)
from connector.api.client import Client
from connector.api.redact import redact
from connector.errors import CredentialsRefused, InDoubt, RefusedBatch, RetryLater
from connector.sandbox import Sandbox

PASSWORD = "p@ss/word +1&x=y"
QUICK = RetrySettings(attempts=4, first_wait=0.01, longest_wait=3.0, total=20, come_back=7)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as running:
        yield running


@pytest.fixture
def server(sandbox):
    sandbox.start()
    sandbox.control.reset()
    sandbox.control.credentials("joe", PASSWORD)
    return sandbox


@pytest.fixture
def events():
    return []


@pytest.fixture
def connect(server, events):
    clients = []

    def make(*, password=PASSWORD, **options) -> Client:
        account = Account("main", server.url + "/", "joe", Secret(password))
        options = {"retry": QUICK, "timeouts": (2, 5), **options}
        clients.append(Client(account, on_event=lambda name, facts: events.append((name, facts)), **options))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def stock(*rows, location="BLR-01") -> bytes:
    records = [{"location_id": location, "sku": sku, "quantity": quantity} for sku, quantity in rows]
    return json.dumps(records, separators=(",", ":")).encode()


ONE = stock(("TS-RED-M", 5))
THREE = stock(("TS-RED-S", 1), ("TS-RED-M", 2), ("TS-RED-L", 3))


def statuses(server, operation: str) -> list[int | None]:
    return [call["status"] for call in server.control.calls(operation)]


# -- sending


def test_exactly_these_bytes_arrive_and_the_counts_come_back(server, connect):
    payload = b'[{"location_id":"BLR-01","sku":"TS-RED-M","esp":799.50,"mrp":999.00,"currency":"INR"}]'
    reply = connect().send("price", payload)
    assert (reply.status, reply.success_count, reply.failed_count, reply.unexplained) == (200, 1, 0, 0)
    (call,) = server.control.calls("price")
    assert server.control.body(call["number"]) == payload
    assert server.control.reply(call["number"]) == reply.body
    assert json.loads(reply.body)["meta"]["ack_id"] == reply.ack_id


def test_refused_records_are_tied_and_the_others_stand(server, connect):
    reply = connect().send("inventory", stock(("TS-RED-S", 1), ("NOPE", 2), ("TS-RED-M", -1)))
    assert [(each.index, each.code) for each in reply.refusals] == [
        (1, "INVALID_SKU"),
        (2, "INVALID_QUANTITY"),
    ]
    assert (reply.success_count, reply.failed_count, reply.unexplained) == (1, 2, 0)
    assert server.control.inventory() == {("BLR-01", "TS-RED-S"): 1}


@pytest.mark.parametrize("errors", ["default", "camel", "snake", "described", "strings"])
@pytest.mark.parametrize("envelope", ["default", "flat", "camel"])
def test_other_spellings_say_the_same(server, connect, errors, envelope):
    server.control.faults(f"errors={errors}; envelope={envelope}; partial_http=422")
    reply = connect().send("inventory", stock(("TS-RED-S", 1), ("NOPE", 2)))
    assert [each.index for each in reply.refusals] == [1]
    assert (reply.unexplained, reply.failed_count) == (0, 1)


def test_entries_without_names_are_unexplained_and_halves_find_them(server, connect):
    server.control.faults("errors=keyless")
    client = connect()
    payload = stock(("TS-RED-S", 1), ("NOPE", 2), ("TS-RED-M", 3), ("TS-RED-L", 4))
    reply = client.send("inventory", payload)
    assert (reply.refusals, reply.unexplained) == ((), 1)
    guilty, work = [], [split_payload(payload)]
    while work:
        part = work.pop()
        reply = client.send("inventory", join_payload(part))
        if reply.unexplained:
            work += [part[: len(part) // 2], part[len(part) // 2 :]]
        guilty += [json.loads(part[each.index])["sku"] for each in reply.refusals]
    assert guilty == ["NOPE"]


def test_failures_nobody_names_at_all_are_unexplained(server, connect):
    server.control.faults("unexplained=skus:TS-RED-M")
    assert connect().send("inventory", THREE).unexplained == 1


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413])
def test_a_refused_call_is_a_refused_batch_and_no_outage(server, connect, status):
    server.control.faults(f"{status}=on:inventory")
    client = connect(breaker=BreakerSettings(failures=1))
    for _ in range(3):
        with pytest.raises(RefusedBatch, match=f"HTTP {status}") as caught:
            client.send("inventory", ONE)
        assert caught.value.status == status
    assert statuses(server, "inventory") == [status] * 3


def test_over_the_limit_is_refused_with_the_reason(server, connect):
    with pytest.raises(RefusedBatch, match="500") as caught:
        connect().send("inventory", stock(*[("TS-RED-M", 1)] * 501))
    assert caught.value.reply == server.control.reply(server.control.calls("inventory")[-1]["number"])


def test_a_feed_without_a_path_is_a_defect(connect):
    with pytest.raises(KeyError):
        connect().send("orders", b"[]")


# -- tokens


def test_one_token_serves_many_threads(server, connect):
    client = connect(pace=PaceSettings(in_flight=3))
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: client.send("inventory", ONE), range(24)))
    assert all(reply.success_count == 1 for reply in replies)
    assert statuses(server, "token") == [200]
    assert server.control.stats()["most_concurrent"] <= 3


@pytest.mark.parametrize("member", ["accessToken", "access_token", "token", "data.accessToken", "data.token"])
def test_the_token_is_found_under_every_name(server, connect, member):
    server.control.faults(f"token={member}")
    assert connect().send("inventory", ONE).success_count == 1


def test_the_token_is_renewed_before_it_ends(server, connect):
    client = connect(token=TokenSettings(lifetime=10, renew_after=0.2))
    first = client.token()
    assert client.token() == first
    time.sleep(0.25)
    assert client.token() != first
    assert statuses(server, "token") == [200, 200]


def test_an_expired_token_is_renewed_once_and_the_call_repeated(server, connect):
    client = connect()
    client.send("inventory", ONE)
    server.control.expire_tokens()
    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda _: client.send("inventory", ONE), range(6)))
    assert all(reply.success_count == 1 for reply in replies)
    assert statuses(server, "token") == [200, 200]


def test_a_fresh_token_that_is_refused_too_stops_the_account(server, connect, events):
    server.control.faults("401=on:inventory")
    client = connect()
    with pytest.raises(CredentialsRefused, match="token it has just given") as caught:
        client.send("inventory", ONE)
    assert statuses(server, "inventory") == [401, 401]
    assert caught.value.wait == 60
    with pytest.raises(CredentialsRefused):
        client.send("inventory", ONE)
    assert statuses(server, "inventory") == [401, 401]
    assert "credentials_refused" in [name for name, _ in events]


def test_wrong_credentials_wait_and_go_on_when_they_are_right(server, connect):
    client = connect(password="not-the-password", token=TokenSettings(refused_pause=0.2))
    for _ in range(3):
        with pytest.raises(
            CredentialsRefused, match=r"account 'main' at http://127.*correct user name"
        ) as caught:
            client.send("inventory", ONE)
        assert "not-the-password" not in str(caught.value)
    assert statuses(server, "token") == [401]  # asked once, not with every batch
    server.control.credentials("joe", "not-the-password")
    time.sleep(0.25)
    assert client.send("inventory", ONE).success_count == 1


def test_trouble_with_the_token_call_is_tried_again(server, connect):
    server.control.faults("503=on:token,first:1; reset=on:token,at:2")
    assert connect().send("inventory", ONE, repeatable=False).success_count == 1


# -- trouble that passes


@pytest.mark.parametrize(
    "fault", ["500", "502=body:html", "503=body:empty", "504=body:html", "408", "200=body:html", "200=body:empty",
              "reset", "lost_reply", "truncate=50%"]
)  # fmt: skip
def test_passing_trouble_is_tried_again_until_it_works(server, connect, events, fault):
    server.control.faults(fault + ("," if "=" in fault else "=") + "on:inventory,first:2")
    assert connect().send("inventory", ONE).success_count == 1
    assert [name for name, _ in events] == ["token", "retry", "retry"]
    assert server.control.inventory() == {("BLR-01", "TS-RED-M"): 5}


def test_lasting_trouble_is_handed_back_with_a_wait(server, connect):
    server.control.faults("502=on:inventory,body:html")
    with pytest.raises(RetryLater, match=r"HTTP 502.*Tried 4 times") as caught:
        connect().send("inventory", ONE)
    assert not isinstance(caught.value, CredentialsRefused)
    assert 5 < (caught.value.wait or 0) < 9
    assert statuses(server, "inventory") == [502] * 4


@pytest.mark.parametrize(
    "fault", ["lost_reply=on:inventory", "500=on:inventory", "200=on:inventory,body:html"]
)
def test_an_unknown_outcome_of_what_may_not_be_repeated_is_in_doubt(server, connect, fault):
    server.control.faults(fault)
    with pytest.raises(InDoubt, match="may have been carried out"):
        connect().send("inventory", ONE, repeatable=False)
    assert len(statuses(server, "inventory")) == 1


@pytest.mark.parametrize(
    "fault", ["429=on:inventory,first:1,retry_after:1", "429=on:inventory,first:1,retry_date:1"]
)
def test_429_waits_as_asked_and_is_no_outage(server, connect, events, fault):
    server.control.faults(fault)
    client = connect(breaker=BreakerSettings(failures=1))
    began = time.monotonic()
    assert client.send("inventory", ONE, repeatable=False).success_count == 1
    assert 0.8 < time.monotonic() - began < 5
    assert [name for name, _ in events] == ["token", "throttled", "retry"]


def test_a_long_retry_after_is_handed_back_with_its_wait(server, connect):
    server.control.faults("429=on:inventory,retry_after:120")
    client = connect(pace=PaceSettings(longest_wait=1))
    with pytest.raises(RetryLater, match="429") as caught:
        client.send("inventory", ONE)
    assert caught.value.wait == 120
    began = time.monotonic()
    with pytest.raises(RetryLater) as caught:
        client.send("inventory", ONE)
    assert time.monotonic() - began < 0.5
    assert 110 < (caught.value.wait or 0) <= 120
    assert statuses(server, "inventory") == [429]


def test_an_absurd_retry_after_is_bounded(server, connect):
    server.control.faults("503=on:inventory,retry_after:99999999")
    with pytest.raises(RetryLater) as caught:
        connect().send("inventory", ONE)
    assert caught.value.wait == 3600


def test_a_slow_answer_runs_into_the_read_timeout(server, connect):
    server.control.faults("latency=1s,on:inventory,first:1")
    client = connect(timeouts=(2, 0.3))
    began = time.monotonic()
    assert client.send("inventory", ONE).success_count == 1
    assert time.monotonic() - began < 2


def test_a_dripping_answer_runs_into_the_limit_of_the_whole(server, connect):
    server.control.faults("drip=6s,pieces:60,on:inventory,first:1")
    client = connect(longest_answer=0.5, timeouts=(2, 0.4))
    began = time.monotonic()
    assert client.send("inventory", ONE).success_count == 1
    assert 0.3 < time.monotonic() - began < 3


def test_a_shutdown_ends_the_wait_between_tries(server, connect):
    server.control.faults("503=on:inventory")
    stop = threading.Event()
    client = connect(stop=stop, retry=replace(QUICK, first_wait=30, longest_wait=60, total=100))
    threading.Timer(0.3, stop.set).start()
    began = time.monotonic()
    with pytest.raises(RetryLater, match="stopping"):
        client.send("inventory", ONE)
    assert time.monotonic() - began < 3


# -- down and up


def test_the_breaker_spares_a_dead_api_and_delivery_resumes(server, connect, events):
    client = connect(breaker=BreakerSettings(failures=3, cool_down=0.4))
    client.send("inventory", ONE)
    server.kill()
    with pytest.raises(RetryLater, match="connection"):
        client.send("inventory", ONE)
    began = time.monotonic()
    for _ in range(20):
        with pytest.raises(RetryLater, match="not answering") as caught:
            client.send("inventory", ONE)
        assert 0 < (caught.value.wait or 0) <= 0.4
    assert time.monotonic() - began < 0.3
    server.start()
    time.sleep(0.45)
    assert client.send("inventory", ONE).success_count == 1  # its old token is gone: renewed on the way
    assert [facts["state"] for name, facts in events if name == "breaker"] == ["open", "closed"]


def test_a_server_that_was_never_there(server, connect):
    server.stop()
    with pytest.raises(RetryLater, match="connection was refused"):
        connect().check()


# -- listings


def test_counts_and_listings(connect):
    client = connect()
    count = client.listing_count()
    assert count == 33
    for page_size in (500, 33, 10, 11, 1):
        skus = [each["sku"] for each in client.all_listings(page_size=page_size)]
        assert len(skus) == len(set(skus)) == count
    assert [each["sku"] for each in client.listings(skus=["TS-RED-M", "NOPE"])] == ["TS-RED-M"]
    assert len(client.listings(2, 10)) == 10
    with pytest.raises(ValueError, match="10"):
        client.listings(skus=[str(number) for number in range(11)])


@pytest.mark.parametrize("faults", ["count=data.total", "404=on:count"])
def test_listings_end_by_themselves_however_the_count_is_told(server, connect, faults):
    server.control.faults(faults)
    assert len(list(connect().all_listings(page_size=11))) == 33


def test_check_proves_the_whole_way(server, connect):
    health = connect().check()
    assert (health.account, health.server, health.listings, health.warnings) == ("main", server.url, 33, ())


# -- secrets


def with_variables(error: BaseException):
    """The traceback as a talkative log would show it, with the variables of every frame but those of this test."""
    trace = error.__traceback__.tb_next if error.__traceback__ else None
    return traceback.TracebackException(type(error), error, trace, capture_locals=True).format()


def test_no_log_line_event_exception_or_reply_holds_a_secret(server, connect, events, caplog):
    caplog.set_level(logging.DEBUG)
    texts = []
    client = connect()
    reply = client.send("inventory", ONE)
    token = client.token()
    steps = [
        ("500=on:token", RetryLater),
        ("reset=on:token", RetryLater),
        ("lost_reply=on:token", RetryLater),
        ("truncate=50%,on:token", RetryLater),
        ("404=on:token", RetryLater),
        ("401=on:token", CredentialsRefused),
        ("reset=on:inventory", RetryLater),
    ]
    for fault, expected in steps:
        server.control.faults(fault)
        fresh = connect() if "token" in fault else client
        with pytest.raises(expected) as caught:
            fresh.send("inventory", ONE)
        texts += [*with_variables(caught.value), repr(caught.value)]
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None
    server.stop()
    with pytest.raises(RetryLater) as caught:
        connect().token()
    texts += [*with_variables(caught.value), caplog.text, repr(events), repr(reply)]
    everything = "\n".join(texts + [record.getMessage() for record in caplog.records])
    assert "urllib3.connectionpool" in everything, "the library's own debug log was on"
    assert "/aggregator/v1/token" in everything
    for secret in (PASSWORD, "p%40ss", "p@ss", token):
        assert secret not in everything
    assert redact(f"x {token} y") == "x [hidden] y"
