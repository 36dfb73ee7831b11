"""Every fault of the sandbox strikes as its manual says, where and when it was asked to."""

from __future__ import annotations

import http.client
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import pytest

from connector.sandbox import ControlError, Sandbox
from tests.contract.sandbox_helpers import Caller, call, new_token, stock, token_path

if TYPE_CHECKING:
    pass


def statuses(api: Caller, times: int) -> list[int]:
    return [api.inventory(stock()).status for _ in range(times)]


def test_every(api: Caller, sandbox: Sandbox) -> None:
    sandbox.control.faults("503=every:3")
    assert statuses(api, 7) == [200, 200, 503, 200, 200, 503, 200]


def test_at_and_first(api: Caller, sandbox: Sandbox) -> None:
    sandbox.control.faults("503=at:2,4; 500=first:1")
    assert statuses(api, 5) == [500, 503, 200, 503, 200]


def test_a_share_is_repeatable_by_its_seed(api: Caller, sandbox: Sandbox) -> None:
    runs = []
    for seed in (7, 7, 8):
        sandbox.control.faults(f"503=share:0.3,seed:{seed}")
        runs.append(statuses(api, 40))
    assert runs[0] == runs[1] != runs[2]
    assert 3 <= runs[0].count(503) <= 22


def test_on_limits_to_operations(api: Caller, sandbox: Sandbox) -> None:
    sandbox.control.faults("503=on:price")
    assert statuses(api, 1) == [200]
    assert api.price().status == 503
    sandbox.control.faults("503=on:writes,every:2")
    assert [api.inventory().status, new_token(sandbox.url) != "", api.price().status] == [200, True, 503]


def test_clearing_ends_them(api: Caller, sandbox: Sandbox) -> None:
    sandbox.control.faults("503")
    assert statuses(api, 1) == [503]
    sandbox.control.clear_faults()
    assert statuses(api, 1) == [200]


def test_latency_and_jitter(api: Caller, sandbox: Sandbox) -> None:
    sandbox.control.faults("latency=200ms,jitter:50ms")
    begin = time.perf_counter()
    assert statuses(api, 1) == [200]
    assert 0.2 <= time.perf_counter() - begin < 1.5


def test_retry_after_in_seconds_and_as_a_date(api: Caller, sandbox: Sandbox) -> None:
    sandbox.control.faults("429=retry_after:2")
    answer = api.inventory(stock())
    assert (answer.status, answer.headers["retry-after"]) == (429, "2")
    assert answer.json["status"] == "FAILED"
    sandbox.control.faults("429=retry_date:3s")
    moment = parsedate_to_datetime(api.inventory(stock()).headers["retry-after"]).timestamp()
    assert 2 <= moment - time.time() <= 4


@pytest.mark.parametrize(
    ("spec", "status", "body"),
    [
        ("502", 502, b"<!DOCTYPE html>"),
        ("503", 503, b'{"status"'),
        ("503=body:html", 503, b"<!DOCTYPE html>"),
        ("504=body:empty", 504, b""),
        ("200=body:html", 200, b"<!DOCTYPE html>"),
    ],
)
def test_error_pages(api: Caller, sandbox: Sandbox, spec: str, status: int, body: bytes) -> None:
    sandbox.control.faults(spec)
    answer = api.inventory(stock())
    assert answer.status == status
    assert answer.body.startswith(body)
    assert sandbox.control.inventory() == {}


def test_reset_comes_before_the_write(api: Caller, sandbox: Sandbox) -> None:
    sandbox.control.faults("reset=at:1")
    with pytest.raises(ConnectionResetError):
        api.inventory(stock())
    assert sandbox.control.inventory() == {}
    assert sandbox.control.calls("inventory")[0]["outcome"] == "reset"
    assert statuses(api, 1) == [200]


def test_lost_reply_comes_after_the_write(api: Caller, sandbox: Sandbox) -> None:
    sandbox.control.faults("lost_reply=at:1")
    with pytest.raises(ConnectionResetError):
        api.inventory(stock())
    assert sandbox.control.inventory() == {("BLR-01", "TS-RED-M"): 5}
    logged = sandbox.control.calls("inventory")[0]
    assert (logged["outcome"], logged["status"], logged["faults"]) == ("lost_reply", None, ["lost_reply"])


def test_truncated_body(api: Caller, sandbox: Sandbox) -> None:
    sandbox.control.faults("truncate=10")
    with pytest.raises(http.client.IncompleteRead) as error:
        api.inventory(stock())
    assert error.value.partial == b'{"data": {'
    sandbox.control.faults("truncate")
    with pytest.raises(http.client.IncompleteRead):
        api.inventory(stock())
    sandbox.control.faults("truncate=100%")
    with pytest.raises(http.client.IncompleteRead):
        api.inventory(stock())


def test_drip(api: Caller, sandbox: Sandbox) -> None:
    sandbox.control.faults("drip=300ms,pieces:5")
    begin = time.perf_counter()
    assert api.inventory(stock()).json["data"]["success_count"] == 1
    assert 0.25 <= time.perf_counter() - begin < 1.5


def test_tokens_expire_on_request_and_by_count(api: Caller, sandbox: Sandbox) -> None:
    assert sandbox.control.expire_tokens() == 1
    assert statuses(api, 1) == [401]
    api.token = new_token(sandbox.url)
    sandbox.control.faults("expire=every:2,on:inventory")
    assert statuses(api, 2) == [200, 401]


def test_partial_by_sku(api: Caller, sandbox: Sandbox) -> None:
    sandbox.control.faults("partial=skus:TS-RED-M,TS-RED-S,code:INVALID_SKU")
    data = api.inventory(stock("TS-RED-M"), stock("TS-RED-L"), stock("TS-RED-S")).json["data"]
    assert (data["success_count"], data["failed_count"]) == (1, 2)
    assert [(e["sku"], e["code"]) for e in data["errors"]] == [
        ("TS-RED-M", "INVALID_SKU"),
        ("TS-RED-S", "INVALID_SKU"),
    ]
    assert list(sandbox.control.inventory()) == [("BLR-01", "TS-RED-L")]


def test_partial_by_share_of_records(sandbox: Sandbox) -> None:
    sandbox.control.reset({"accept_unknown_skus": True})
    api = Caller(sandbox.url)
    sandbox.control.faults("partial=records:0.2,seed:3,at:1")
    data = api.inventory(*[stock(f"X{n}") for n in range(200)]).json["data"]
    assert 15 <= data["failed_count"] <= 70
    assert data["failed_count"] == len(data["errors"])
    assert len(sandbox.control.inventory()) == data["success_count"]
    assert api.inventory(stock("X0")).json["data"]["failed_count"] == 0


def test_unexplained(api: Caller, sandbox: Sandbox) -> None:
    sandbox.control.faults("unexplained")
    data = api.inventory(stock("TS-RED-M"), stock("TS-RED-L")).json["data"]
    assert (data["failed_count"], data["errors"]) == (1, [])
    assert list(sandbox.control.inventory()) == [("BLR-01", "TS-RED-L")]
    sandbox.control.faults("unexplained=skus:TS-RED-L")
    data = api.inventory(stock("NOPE"), stock("TS-RED-L"), stock("TS-RED-S")).json["data"]
    assert (data["failed_count"], data["errors"]) == (2, [])


@pytest.mark.parametrize(
    ("spelling", "entry"),
    [
        ("camel", {"locationId": "BLR-01", "sku": "NO", "errorCode": "INVALID_SKU", "error": "unknown sku"}),
        (
            "snake",
            {"location_id": "BLR-01", "sku": "NO", "error_code": "INVALID_SKU", "reason": "unknown sku"},
        ),
        (
            "described",
            {"location_id": "BLR-01", "sku": "NO", "code": "INVALID_SKU", "description": "unknown sku"},
        ),
        ("keyless", {"code": "INVALID_SKU", "message": "unknown sku"}),
        ("strings", "INVALID_SKU: BLR-01/NO: unknown sku"),
    ],
)
def test_other_spellings_of_an_error(api: Caller, sandbox: Sandbox, spelling: str, entry: object) -> None:
    sandbox.control.faults(f"errors={spelling}")
    assert api.inventory(stock("NO")).json["data"]["errors"] == [entry]


def test_other_envelopes(api: Caller, sandbox: Sandbox) -> None:
    sandbox.control.faults("envelope=flat")
    assert api.inventory(stock()).json["success_count"] == 1
    sandbox.control.faults("envelope=camel")
    assert api.inventory(stock()).json == {
        "payloadCount": 1,
        "successCount": 1,
        "failedCount": 0,
        "status": "SUCCESS",
        "errors": [],
    }


def test_http_status_of_a_partial_failure(api: Caller, sandbox: Sandbox) -> None:
    sandbox.control.faults("partial_http=422")
    assert api.inventory(stock()).status == 200
    answer = api.inventory(stock("NO"), stock())
    assert (answer.status, answer.json["data"]["success_count"]) == (422, 1)


def test_other_token_answers(sandbox: Sandbox) -> None:
    sandbox.control.faults("token=access_token")
    assert set(call(sandbox.url, "GET", token_path()).json) == {"access_token", "status"}
    sandbox.control.faults("token=data.token")
    assert set(call(sandbox.url, "GET", token_path()).json["data"]) == {"token"}


def test_other_catalogue_answers(api: Caller, sandbox: Sandbox) -> None:
    sandbox.control.faults("count=data.total; listing=bare")
    assert api.get("/ims/v3/listings/count").json == {"data": {"total": 33}}
    assert isinstance(api.get("/ims/v3/listings").json, list)
    sandbox.control.faults("listing=data")
    assert len(api.get("/ims/v3/listings").json["data"]) == 33


@pytest.mark.parametrize(
    ("spec", "named"),
    [
        ("latency", "latency"),
        ("latency=fast", "'fast'"),
        ("429=evry:3", "'evry'"),
        ("429=every:0", "'0'"),
        ("503=share:2", "'2'"),
        ("503;slow=1s", "'slow'"),
        ("503=on:stock", "'stock'"),
        ("errors=yaml", "'yaml'"),
        ("reset=5", "'5'"),
        ("reset=at:1,at:2", "'at'"),
        ("truncate=half", "'half'"),
        ("999", "'999'"),
    ],
)
def test_a_bad_specification_names_its_part(sandbox: Sandbox, spec: str, named: str) -> None:
    sandbox.control.faults("503")
    with pytest.raises(ControlError, match="400") as error:
        sandbox.control.faults(spec)
    assert named in str(error.value)
    assert sandbox.control.state()["faults"] == "503"


def test_control_and_pages_are_spared(sandbox: Sandbox) -> None:
    sandbox.control.faults("503")
    assert sandbox.control.health()
    assert call(sandbox.url, "GET", "/").status == 200
