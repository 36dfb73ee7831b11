"""The sandbox keeps konnect-api.md 2 to 5: token, catalogue, price, inventory, HTTP errors."""

from __future__ import annotations

import re
import time
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from connector.sandbox import Sandbox
from tests.contract.sandbox_helpers import Caller, call, cost, new_token, stock, token_path

if TYPE_CHECKING:
    pass


# --- 3.1 token ---


def test_a_token_is_a_uuid_and_older_ones_live_on(sandbox: Sandbox) -> None:
    first, second = new_token(sandbox.url), new_token(sandbox.url)
    assert UUID(first).version == 4
    assert first != second
    assert call(sandbox.url, "GET", "/ims/v3/listings/count", token=first).status == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (token_path(password="wrong"), 401),
        (token_path(username="nobody"), 401),
        ("/aggregator/v1/token?username=demo-company", 400),
        ("/aggregator/v1/token?password=demo-company-token", 400),
    ],
)
def test_no_token_for_bad_credentials(sandbox: Sandbox, path: str, status: int) -> None:
    answer = call(sandbox.url, "GET", path)
    assert answer.status == status
    assert answer.json["status"] == "FAILED"
    assert "accessToken" not in answer.json


@pytest.mark.parametrize("token", [None, "made-up"])
def test_every_operation_wants_a_good_token(sandbox: Sandbox, token: str | None) -> None:
    for method, path in [
        ("GET", "/ims/v3/listings/count"),
        ("GET", "/ims/v3/listings"),
        ("PUT", "/ims/v3/price"),
        ("PUT", "/ims/v3/inventory"),
    ]:
        answer = call(sandbox.url, method, path, [stock()] if method == "PUT" else None, token)
        assert (answer.status, answer.json["status"]) == (401, "FAILED")
    assert sandbox.control.inventory() == {}


def test_a_token_expires_after_its_lifetime(sandbox: Sandbox) -> None:
    sandbox.control.token_lifetime(0.3)
    api = Caller(sandbox.url)
    assert api.inventory(stock()).status == 200
    time.sleep(0.35)
    assert api.inventory(stock()).status == 401


def test_wrong_credentials_can_be_made_right_at_run_time(sandbox: Sandbox) -> None:
    assert call(sandbox.url, "GET", token_path("shop", "secret")).status == 401
    sandbox.control.credentials("shop", "secret", "DEL-02")
    token = new_token(sandbox.url, "shop", "secret")
    sandbox.control.remove_credentials("shop")
    assert call(sandbox.url, "GET", "/ims/v3/listings/count", token=token).status == 401


def test_a_location_token_writes_its_own_location_only(sandbox: Sandbox) -> None:
    api = Caller(sandbox.url)
    api.token = new_token(sandbox.url, "demo-blr-01", "demo-blr-01-token")
    answer = api.inventory(stock(location="BLR-01"), stock(location="DEL-02")).json
    assert [entry["code"] for entry in answer["data"]["errors"]] == ["INVALID_LOCATION"]
    assert sandbox.control.inventory() == {("BLR-01", "TS-RED-M"): 5}


# --- 2.4 envelope A, 2.6 partial failure ---


def test_the_envelope_of_a_good_call(api: Caller) -> None:
    answer = api.inventory(stock("TS-RED-M", 5), stock("TS-RED-L", 0))
    assert answer.status == 200
    assert answer.json["data"] == {"payload_count": 2, "success_count": 2, "failed_count": 0, "errors": []}
    meta = answer.json["meta"]
    assert meta["status"] == "SUCCESS"
    assert re.fullmatch(r"[0-9a-f]{24}", meta["ack_id"])
    assert re.fullmatch(r"[0-9a-f]{24}", meta["integrationId"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", meta["time"])
    assert datetime.fromisoformat(meta["time"]).tzinfo


def test_a_bad_record_fails_alone(api: Caller, sandbox: Sandbox) -> None:
    answer = api.inventory(stock("TS-RED-M", 5), stock("NOPE", 1), stock("TS-RED-L", 7))
    assert answer.status == 200
    assert answer.json["meta"]["status"] == "PARTIAL_SUCCESS"
    assert answer.json["data"] == {
        "payload_count": 3,
        "success_count": 2,
        "failed_count": 1,
        "errors": [{"location_id": "BLR-01", "sku": "NOPE", "code": "INVALID_SKU", "message": "unknown sku"}],
    }
    assert sandbox.control.inventory() == {("BLR-01", "TS-RED-M"): 5, ("BLR-01", "TS-RED-L"): 7}


def test_all_failed_is_still_an_answer(api: Caller, sandbox: Sandbox) -> None:
    answer = api.inventory(stock("NOPE"))
    assert (answer.status, answer.json["meta"]["status"]) == (200, "FAILED")
    assert sandbox.control.inventory() == {}


def test_an_empty_array_is_a_success_of_nothing(api: Caller) -> None:
    assert api.inventory().json["data"]["payload_count"] == 0


def test_duplicates_in_one_call_the_last_wins(api: Caller, sandbox: Sandbox) -> None:
    assert api.inventory(stock(quantity=5), stock(quantity=9)).json["data"]["success_count"] == 2
    assert sandbox.control.inventory() == {("BLR-01", "TS-RED-M"): 9}


# --- 5.2 inventory, 5.1 price: the rules of a record ---


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (stock(quantity=-1), "INVALID_QUANTITY"),
        (stock(quantity="5"), "INVALID_QUANTITY"),
        (stock(quantity=5.0), "INVALID_QUANTITY"),
        (stock(quantity=1.5), "INVALID_QUANTITY"),
        (stock(quantity=True), "INVALID_QUANTITY"),
        (stock(quantity=None), "INVALID_QUANTITY"),
        ({"location_id": "BLR-01", "sku": "TS-RED-M"}, "INVALID_QUANTITY"),
        (stock(sku=12345), "INVALID_SKU"),
        (stock(sku=None), "INVALID_SKU"),
        (stock(sku=""), "INVALID_SKU"),
        (stock(sku=" TS-RED-M"), "INVALID_SKU"),
        (stock(sku={"a": [1]}), "INVALID_SKU"),
        (stock(location="ZZZ-99"), "INVALID_LOCATION"),
        (stock(location=7), "INVALID_LOCATION"),
        ({"sku": "TS-RED-M", "quantity": 1}, "INVALID_LOCATION"),
        ("TS-RED-M", "INVALID_RECORD"),
        (None, "INVALID_RECORD"),
        ([], "INVALID_RECORD"),
    ],
)
def test_bad_inventory_records(api: Caller, sandbox: Sandbox, record: object, code: str) -> None:
    answer = api.inventory(record)
    assert answer.status == 200
    assert [entry["code"] for entry in answer.json["data"]["errors"]] == [code]
    assert sandbox.control.inventory() == {}


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (cost(esp=1000, mrp=999), "INVALID_PRICE"),
        (cost(esp=0), "INVALID_PRICE"),
        (cost(esp=-1), "INVALID_PRICE"),
        (cost(esp="799"), "INVALID_PRICE"),
        (cost(mrp=None), "INVALID_PRICE"),
        (cost(mrp=True), "INVALID_PRICE"),
        (cost(esp=0.004), "INVALID_PRICE"),
        (cost(mrp=1e300), "INVALID_PRICE"),
        (cost(currency="USD"), "INVALID_CURRENCY"),
        (cost(currency=None), "INVALID_CURRENCY"),
        (cost(sku="NOPE"), "INVALID_SKU"),
        (cost(location_id="ZZZ-99"), "INVALID_LOCATION"),
    ],
)
def test_bad_price_records(api: Caller, sandbox: Sandbox, record: object, code: str) -> None:
    assert [entry["code"] for entry in api.price(record).json["data"]["errors"]] == [code]
    assert sandbox.control.prices() == {}


def test_money_is_decimal_and_never_a_float(api: Caller, sandbox: Sandbox) -> None:
    body = (
        b'[{"location_id":"BLR-01","sku":"TS-RED-M","esp":0.145,"mrp":9007199254740993.07,"currency":"INR"}]'
    )
    assert api.raw(body, "/ims/v3/price").json["data"]["success_count"] == 1
    price = sandbox.control.prices()["BLR-01", "TS-RED-M"]
    assert price == (Decimal("0.15"), Decimal("9007199254740993.07"), "INR")


# --- 2.3 limits ---


def test_five_hundred_records_and_not_one_more(api: Caller, sandbox: Sandbox) -> None:
    assert api.inventory(*[stock(quantity=n) for n in range(500)]).json["data"]["success_count"] == 500
    assert sandbox.control.inventory() == {("BLR-01", "TS-RED-M"): 499}
    for answer in (api.inventory(*[stock()] * 501), api.price(*[cost()] * 501)):
        assert (answer.status, answer.json["status"]) == (400, "FAILED")
    assert sandbox.control.inventory() == {("BLR-01", "TS-RED-M"): 499}
    assert sandbox.control.prices() == {}


# --- 2.7 HTTP errors ---


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[",
        b"null",
        b"{}",
        b'{"data": []}',
        b'"text"',
        b'[{"location_id":"BLR-01","sku":"TS-RED-M","quantity":NaN}]',
        b'[{"location_id":"BLR-01","sku":"TS-RED-M","quantity":Infinity}]',
        b'[{"location_id":"BLR-01","sku":"\xe9","quantity":1}]',
        b"\xef\xbb\xbf[]",
        b"[" * 100_000,
        b"[" + b"9" * 5000 + b"]",
        b"[1e99999999999999999999]",
    ],
)
def test_a_body_that_is_no_array_fails_whole(api: Caller, body: bytes) -> None:
    answer = api.raw(body)
    assert answer.status == 400
    assert answer.json["status"] == "FAILED"
    assert answer.json["message"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/ims/v3/inventory/", 404),
        ("GET", "/v3/catalog/product", 404),
        ("GET", "/_sandbox/nowhere", 404),
        ("POST", "/ims/v3/inventory", 405),
        ("GET", "/ims/v3/price", 405),
        ("POST", "/aggregator/v1/token", 405),
        ("GET", "/oms/v3/shipment?orderStatus=CREATED", 501),
        ("POST", "/oms/v3/shipment/confirm", 501),
    ],
)
def test_errors_have_one_body(sandbox: Sandbox, method: str, path: str, status: int) -> None:
    answer = call(sandbox.url, method, path)
    assert answer.status == status
    assert set(answer.json) == {"status", "message"}
    assert answer.json["status"] == "FAILED"
    assert ("allow" in answer.headers) == (status == 405)


# --- 4 catalogue ---


def test_count_and_pages_agree(api: Caller) -> None:
    count = api.get("/ims/v3/listings/count").json
    assert set(count) == {"count"}
    seen: list[str] = []
    for page in range(1, 10):
        answer = api.get(f"/ims/v3/listings?page_no={page}&page_size=10").json
        seen += [item["sku"] for item in answer["items"]]
        assert answer["page"]["current"] == page
        assert answer["page"]["item_total"] == count["count"]
        if not answer["page"]["has_next"]:
            break
    assert len(seen) == len(set(seen)) == count["count"]
    assert api.get("/ims/v3/listings?page_no=99").json["items"] == []


def test_listings_by_sku_leave_unknown_ones_out(api: Caller) -> None:
    items = api.get("/ims/v3/listings?skus=KU-COT-M,NOPE,TS-RED-M").json["items"]
    assert [item["sku"] for item in items] == ["KU-COT-M", "TS-RED-M"]
    assert items[0] == {
        "sku": "KU-COT-M",
        "name": "Cotton kurta",
        "brand": "Malabar",
        "size": "M",
        "item_code": "KU-COT",
        "identifiers": [{"gtin_type": "sku_code", "gtin_value": "KU-COT-M", "primary": True}],
        "mrp": 1499,
        "esp": 1249.75,
        "currency": "INR",
        "is_active": True,
    }


def test_listings_show_the_newest_price(api: Caller) -> None:
    api.price(cost(esp=649.5, mrp=899))
    item = api.get("/ims/v3/listings?skus=TS-RED-M").json["items"][0]
    assert (item["esp"], item["mrp"]) == (649.5, 899)


@pytest.mark.parametrize(
    "query",
    [
        "page_no=0",
        "page_no=x",
        "page_no=",
        "page_size=501",
        "page_size=-1",
        "page_size=1e2",
        "skus=1,2,3,4,5,6,7,8,9,10,11",
    ],
)
def test_listings_refuse_bad_paging(api: Caller, query: str) -> None:
    assert api.get(f"/ims/v3/listings?{query}").status == 400
