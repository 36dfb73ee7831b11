"""The pages for people: the start page, the try-it console, the OpenAPI document.

All assets come from an installed package (``fastapi-offline`` carries a current Swagger UI), so the console
works without internet.
"""

from __future__ import annotations

import json
from html import escape
from importlib import resources
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from connector.sandbox.openapi import as_yaml, document
from connector.sandbox.seed import Credential

if TYPE_CHECKING:
    from connector.sandbox.ground import Ground

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
    '<rect width="16" height="16" rx="3" fill="#1f4e79"/>'
    '<path d="M4 3v10M4 8l7-5M4 8l7 5" stroke="#fff" stroke-width="2" fill="none"/></svg>'
)


def add_pages(app: FastAPI, ground: Ground) -> None:
    """Mount the pages and their assets on the application."""
    made = document(app)  # once: the routes never change
    texts = {"json": json.dumps(made), "yaml": as_yaml(made)}
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def start() -> HTMLResponse:
        return HTMLResponse(_start_page(ground))

    @router.get("/docs")
    async def console() -> HTMLResponse:
        return HTMLResponse(_page("console.html"))

    @router.get("/openapi.json")
    async def openapi_json() -> Response:
        return Response(texts["json"], media_type="application/json")

    @router.get("/openapi.yaml")
    async def openapi_yaml() -> Response:
        return Response(texts["yaml"], media_type="application/yaml")

    @router.get("/favicon.svg")
    async def favicon() -> Response:
        return Response(ICON, media_type="image/svg+xml")

    app.include_router(router)
    app.mount("/assets", StaticFiles(packages=[("fastapi_offline", "static")]))


def _page(name: str) -> str:
    return resources.files("connector.sandbox").joinpath("pages", name).read_text(encoding="utf-8")


def _sample(ground: Ground) -> tuple[str, str]:
    """Query of a token call and body of an inventory call that work with the seed at hand."""
    world = ground.world
    user = next(iter(world.credentials), Credential("USERNAME", "PASSWORD"))
    login = urlencode({"username": user.username, "password": user.password})
    location = user.location or next(iter(world.locations), "LOCATION")
    sku = next(iter(world.products), "SKU")
    return login, json.dumps([{"location_id": location, "sku": sku, "quantity": 5}])


def _start_page(ground: Ground) -> str:
    world = ground.world
    rows = "".join(
        f"<tr><td><code>{escape(each.username)}</code></td><td><code>{escape(each.password)}</code></td>"
        f"<td>{escape(each.location or 'company level, all locations')}</td></tr>"
        for each in world.credentials
    )
    places = ", ".join(escape(f"{code} ({name})" if name else code) for code, name in world.locations.items())
    login, records = _sample(ground)
    return Template(_page("start.html")).substitute(
        sample_login=escape(login),
        sample_records=escape(records, quote=False),
        credentials=rows,
        locations=places,
        products=f"{len(world.products):,}",
        any_sku=" and any other sku" if world.seed.accept_unknown_skus else "",
        currency=escape(world.currency),
        lifetime=f"{world.token_lifetime:g}",
        faults=escape(ground.faults.spec or "none"),
        stock=f"{len(world.inventory):,}",
        prices=f"{len(world.prices):,}",
    )
