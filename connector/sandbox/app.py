"""The application: the public API behind its gate, the control endpoint, and the pages for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from connector.sandbox import assumed
from connector.sandbox.console import add_pages
from connector.sandbox.control import control_router
from connector.sandbox.errors import ApiError
from connector.sandbox.gate import Gate
from connector.sandbox.orders import orders_router
from connector.sandbox.public import public_router

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from connector.sandbox.ground import Ground


def make_app(ground: Ground) -> ASGIApp:
    """The ASGI application of one sandbox. Its connection faults need the protocol of ``server.py``."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.include_router(public_router(ground))
    app.include_router(orders_router())
    app.include_router(control_router(ground))
    add_pages(app, ground)
    return Gate(app, ground)


async def _api_error(_request: Request, error: Exception) -> JSONResponse:
    said = cast("ApiError", error)
    return _error(said.status, said.message)


async def _http_error(_request: Request, error: Exception) -> JSONResponse:
    """404 and 405 of the framework, in the body of konnect-api.md 2.7."""
    said = cast("HTTPException", error)
    messages = {404: "unknown path", 405: "wrong method for this path"}
    return _error(said.status_code, messages.get(said.status_code, said.detail), said.headers)


def _error(status: int, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(assumed.http_error_body(message), status, headers)
