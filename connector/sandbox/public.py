"""The public API: Authorization, Catalog, Pricing and Inventory (konnect-api.md 3 to 5).

Handlers read and answer by hand: no model object is made for a record, and no framework error body leaks.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from connector.sandbox import assumed, records, schemas
from connector.sandbox.assumed import RecordError, Tally
from connector.sandbox.errors import ApiError
from connector.sandbox.records import RecordRefusedError

if TYPE_CHECKING:
    from connector.sandbox.assumed import Spelling
    from connector.sandbox.calls import Call
    from connector.sandbox.faults import Plan
    from connector.sandbox.ground import Ground
    from connector.sandbox.seed import Credential
    from connector.sandbox.world import World

MAX_PAGE_SIZE = 500  # 2.3
MAX_LISTING_SKUS = 10  # 2.3

Check = Callable[[object, "World", "str | None"], tuple[tuple[str, str], object]]


def public_router(ground: Ground) -> APIRouter:
    """The five operations."""
    router = APIRouter()

    @router.get("/aggregator/v1/token", **schemas.TOKEN)
    async def token(request: Request) -> Response:
        username, password = (_required(request, name) for name in ("username", "password"))
        token = ground.world.issue_token(username, password)
        if token is None:
            raise ApiError(401, "wrong username or password")
        _call(request).username = username
        return _json(assumed.token_answer(token, _plan(request).spelling()))

    @router.get("/ims/v3/listings/count", **schemas.COUNT)
    async def count(request: Request) -> Response:
        _holder(request, ground)
        return _json(assumed.count_answer(len(ground.world.products), _plan(request).spelling()))

    @router.get("/ims/v3/listings", **schemas.LISTINGS)
    async def listings(request: Request) -> Response:
        _holder(request, ground)
        return _json(_listings(request, ground.world))

    @router.put("/ims/v3/price", **schemas.PRICE)
    async def price(request: Request) -> Response:
        good, answer = await _write(request, ground, records.price)
        ground.set_prices(good)  # type: ignore[arg-type]
        return answer

    @router.put("/ims/v3/inventory", **schemas.INVENTORY)
    async def inventory(request: Request) -> Response:
        good, answer = await _write(request, ground, records.stock_level)
        ground.set_inventory(good)  # type: ignore[arg-type]
        return answer

    return router


def _plan(request: Request) -> Plan:
    plan: Plan = request.scope["sandbox.plan"]
    return plan


def _call(request: Request) -> Call:
    call: Call = request.scope["sandbox.call"]
    return call


def _json(body: object, status: int = 200) -> Response:
    return Response(json.dumps(body, default=_number), status, media_type="application/json")


def _number(money: object) -> int | float:
    """Money as a JSON number: the shortest float of two places prints exactly up to 13 digits before them."""
    if not isinstance(money, Decimal):
        raise TypeError(type(money).__name__)
    return int(money) if money == int(money) else float(money)


def _required(request: Request, name: str) -> str:
    value = request.query_params.get(name, "")
    if not value:
        raise ApiError(400, f"query parameter {name} is required")
    return value


def _holder(request: Request, ground: Ground) -> Credential:
    """Whose token the call carries; 401 without a good one (2.7)."""
    token = request.headers.get("x-access-token")
    if not token:
        raise ApiError(401, "header x-access-token is missing")
    credential = ground.world.holder(token)
    if credential is None:
        raise ApiError(401, "the token is unknown or expired")
    _call(request).username = credential.username
    return credential


async def _write(
    request: Request, ground: Ground, check: Check
) -> tuple[dict[tuple[str, str], object], Response]:
    """What a price or inventory call may apply, and its answer (2.4, 2.6)."""
    scope = _holder(request, ground).location
    elements = records.parse_records(await request.body())
    plan, call = _plan(request), _call(request)
    skus = [element.get("sku") if isinstance(element, dict) else None for element in elements]
    asked_to_fail, forgotten = plan.refused_records(skus), plan.forgotten_records(skus)
    good: dict[tuple[str, str], object] = {}
    tally = Tally(len(elements))
    for position, element in enumerate(elements):
        try:
            _fail_if_asked(asked_to_fail.get(position))
            checked = check(element, ground.world, scope)
            if position not in forgotten:
                assumed.keep(good, *checked)
        except RecordRefusedError as refusal:
            tally.errors.append(RecordError(records.subject_of(element), refusal.code, refusal.message))
    tally.failed_count = len(tally.errors)
    if plan.find("unexplained"):
        tally.errors.clear()
    call.records, call.failed = tally.payload_count, tally.failed_count
    return good, _write_answer(tally, plan.spelling())


def _fail_if_asked(code: str | None) -> None:
    if code:
        raise RecordRefusedError(code, "a failure that was asked for")


def _write_answer(tally: Tally, spelling: Spelling) -> Response:
    status = spelling.partial_http if tally.failed_count else 200
    return _json(assumed.envelope_a(tally, spelling), status)


def _listings(request: Request, world: World) -> object:
    """Products by page, or by up to ten skus (4.2). Unknown skus are simply absent."""
    page_no = _whole(request, "page_no", assumed.FIRST_PAGE)
    page_size = _whole(request, "page_size", assumed.DEFAULT_PAGE_SIZE)
    if page_size > MAX_PAGE_SIZE:
        raise ApiError(400, f"page_size {page_size} is over the limit of {MAX_PAGE_SIZE}")
    wanted = [sku.strip() for sku in request.query_params.get("skus", "").split(",") if sku.strip()]
    if len(wanted) > MAX_LISTING_SKUS:
        raise ApiError(400, f"{len(wanted)} skus, at most {MAX_LISTING_SKUS} are allowed")
    if wanted:
        skus = [sku for sku in dict.fromkeys(wanted) if sku in world.products]
        page_no, page_size, total = 1, len(skus), len(skus)
    else:
        skus, total = world.skus((page_no - 1) * page_size, page_size), len(world.products)
    items = [assumed.listing_item(sku, world.product_facts(sku), world.currency) for sku in skus]
    return assumed.listing_answer(items, page_no, page_size, total, _plan(request).spelling())


def _whole(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text) >= 1):  # noqa: PLR2004
        raise ApiError(400, f"query parameter {name} must be a whole number from 1")
    return int(text)
