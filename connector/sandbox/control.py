"""The control endpoint under ``/_sandbox/``: for tests and people, no part of the Konnect API, no token.

Answers are JSON. A request that cannot be read answers 400 with the error body of the public API.
"""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from starlette.responses import StreamingResponse

from connector.sandbox.errors import ApiError
from connector.sandbox.fault_spec import FaultSpecError
from connector.sandbox.seed import Credential, SeedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from connector.sandbox.calls import Call
    from connector.sandbox.ground import Ground

ROWS_PER_PIECE = 2000
DEFAULT_LIMIT = 1000


def control_router(ground: Ground) -> APIRouter:
    """All control routes."""
    router = APIRouter(prefix="/_sandbox", include_in_schema=False)
    _add_reads(router, ground)
    _add_call_log(router, ground)
    _add_faults(router, ground)
    _add_changes(router, ground)
    return router


def _add_reads(router: APIRouter, ground: Ground) -> None:
    @router.get("/health")
    async def health() -> Response:
        return _json({"status": "ok"})

    @router.get("/state")
    async def state() -> Response:
        return _json(_state(ground))

    @router.get("/inventory")
    async def inventory(request: Request) -> Response:
        return _page(request, ground.world.inventory_rows(*_filters(request)))

    @router.get("/prices")
    async def prices(request: Request) -> Response:
        return _page(request, ground.world.price_rows(*_filters(request)))

    @router.get("/inventory.ndjson")
    async def all_inventory(request: Request) -> Response:
        return _ndjson(ground.world.inventory_rows(*_filters(request)))

    @router.get("/prices.ndjson")
    async def all_prices(request: Request) -> Response:
        return _ndjson(ground.world.price_rows(*_filters(request)))

    @router.get("/stats")
    async def stats() -> Response:
        return _json(ground.calls.stats())


def _add_call_log(router: APIRouter, ground: Ground) -> None:
    @router.get("/calls")
    async def calls(request: Request) -> Response:
        since, limit = _whole(request, "since", 0), _whole(request, "limit", DEFAULT_LIMIT)
        operation = request.query_params.get("operation")
        wanted = (c for c in ground.calls.calls if c.number > since and operation in (None, c.operation))
        return _json({"calls": [call.facts() for call in islice(wanted, limit)]})

    @router.get("/calls/{number}/body")
    async def body(number: str) -> Response:
        return _bytes(_call(ground, number).body)

    @router.get("/calls/{number}/reply")
    async def reply(number: str) -> Response:
        return _bytes(_call(ground, number).reply)


def _add_faults(router: APIRouter, ground: Ground) -> None:
    @router.get("/faults")
    async def faults() -> Response:
        return _json({"spec": ground.faults.spec})

    @router.put("/faults")
    async def set_faults(request: Request) -> Response:
        try:
            ground.faults.set((await request.body()).decode())
        except (FaultSpecError, UnicodeDecodeError) as error:
            raise ApiError(400, str(error)) from error
        return _json({"spec": ground.faults.spec})

    @router.delete("/faults")
    async def clear_faults() -> Response:
        ground.faults.set("")
        return _json({"spec": ""})


def _add_changes(router: APIRouter, ground: Ground) -> None:
    @router.post("/expire-tokens")
    async def expire_tokens() -> Response:
        return _json({"expired": ground.world.expire_tokens()})

    @router.put("/token-lifetime")
    async def token_lifetime(request: Request) -> Response:
        seconds = (await _object(request)).get("seconds")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise ApiError(400, "seconds must be a number")
        ground.world.token_lifetime = seconds
        return _json({"seconds": seconds})

    @router.put("/credentials")
    async def set_credential(request: Request) -> Response:
        credential = _credential(await _object(request))
        ground.set_credential(credential)
        return _json({"username": credential.username, "location": credential.location})

    @router.delete("/credentials/{username}")
    async def remove_credential(username: str) -> Response:
        ground.remove_credential(username)
        return _json({"removed": username})

    @router.post("/reset")
    async def reset(request: Request) -> Response:
        try:
            ground.reset(await _object(request) if await request.body() else None)
        except SeedError as error:
            raise ApiError(400, str(error)) from error
        return _json({"status": "reset"})


def _state(ground: Ground) -> dict[str, object]:
    world = ground.world
    return {
        "locations": world.locations,
        "currency": world.currency,
        "products": len(world.products),
        "accept_unknown_skus": world.seed.accept_unknown_skus,
        "inventory_rows": len(world.inventory),
        "price_rows": len(world.prices),
        "inventory_rows_by_location": _by_location(world.inventory),
        "price_rows_by_location": _by_location(world.prices),
        "usernames": [each.username for each in world.credentials],
        "token_lifetime_seconds": world.token_lifetime,
        "faults": ground.faults.spec,
    }


def _by_location(rows: Iterable[tuple[str, str]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for location, _ in rows:
        counts[location] = counts.get(location, 0) + 1
    return counts


def _filters(request: Request) -> tuple[str | None, str | None]:
    return request.query_params.get("location"), request.query_params.get("sku")


def _page(request: Request, rows: Iterator[dict[str, object]]) -> Response:
    """A page of rows with their count in all: ``page`` from 1, ``page_size`` rows."""
    page, size = _whole(request, "page", 1), _whole(request, "page_size", DEFAULT_LIMIT)
    found = list(rows)
    start = max(page - 1, 0) * size
    return _json({"count": len(found), "rows": found[start : start + size]})


def _ndjson(rows: Iterator[dict[str, object]]) -> Response:
    """Every row on a line of its own, sent in pieces so that other calls are served meanwhile."""

    async def pieces() -> AsyncIterator[str]:
        while piece := list(islice(rows, ROWS_PER_PIECE)):
            yield "".join(json.dumps(row) + "\n" for row in piece)

    return StreamingResponse(pieces(), media_type="application/x-ndjson")


def _json(body: object) -> Response:
    return Response(json.dumps(body), media_type="application/json")


def _bytes(content: bytes | None) -> Response:
    if content is None:
        raise ApiError(404, "these bytes are not kept any more; the log still has their SHA-256")
    return Response(content, media_type="application/octet-stream")


def _call(ground: Ground, number: str) -> Call:
    call = ground.calls.find(int(number)) if number.isdecimal() else None
    if call is None:
        raise ApiError(404, f"no call {number} in the log")
    return call


async def _object(request: Request) -> dict[str, object]:
    try:
        content = json.loads(await request.body())
    except ValueError as error:
        raise ApiError(400, f"the body is not valid JSON: {error}") from error
    if not isinstance(content, dict):
        raise ApiError(400, "the body must be a JSON object")
    return content


def _credential(fields: dict[str, object]) -> Credential:
    username, password, location = (fields.get(name) for name in ("username", "password", "location"))
    if not isinstance(username, str) or not isinstance(password, str):
        raise ApiError(400, "username and password must be strings")
    if location is not None and not isinstance(location, str):
        raise ApiError(400, "location must be a string or null")
    return Credential(username, password, location)


def _whole(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdecimal()):
        raise ApiError(400, f"{name} must be a whole number")
    return int(text)
