"""The door every call of the public API comes through: it logs the call and lets the faults strike.

The order is fixed: expire tokens, wait, reset, answer with a fault's own status; then the real handler; then
lose the reply, truncate it or drip it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from email.utils import formatdate
from http.client import responses
from math import ceil
from typing import TYPE_CHECKING, cast

from connector.sandbox import assumed
from connector.sandbox.calls import Call, redacted
from connector.sandbox.connection import Connection, Reply
from connector.sandbox.fault_spec import VALUE, Fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from connector.sandbox.faults import Plan
    from connector.sandbox.ground import Ground

PATHS = {
    "/aggregator/v1/token": "token",
    "/ims/v3/listings/count": "count",
    "/ims/v3/listings": "listings",
    "/ims/v3/price": "price",
    "/ims/v3/inventory": "inventory",
}
OWN_PATHS = ("/_sandbox/", "/assets/", "/openapi.", "/favicon")

log = logging.getLogger("connector.sandbox")


def operation_of(path: str) -> str:
    """The operation a path stands for; ``unknown`` is a call too and is logged."""
    if path.startswith("/oms/"):
        return "orders"
    return PATHS.get(path, "unknown")


def is_own(path: str) -> bool:
    """Whether a path belongs to the sandbox itself and not to the API it plays."""
    return path in {"/", "/docs"} or path.startswith(OWN_PATHS)


class Gate:
    """ASGI middleware around the public API."""

    def __init__(self, app: ASGIApp, ground: Ground) -> None:
        self.app = app
        self.ground = ground

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the sandbox's own pages through; take every other call by the hand."""
        if scope["type"] != "http" or is_own(scope["path"]):
            await self.app(scope, receive, send)
            return
        connection = Connection(scope, receive, send)
        body = await connection.read()
        if body is None:
            return
        operation = operation_of(scope["path"])
        plan = self.ground.faults.plan(operation)
        shown = redacted(scope["path"], scope["query_string"].decode("latin-1"))
        calls = self.ground.calls
        call = calls.begin(operation, scope["method"], shown, body)
        call.faults = plan.names
        scope["sandbox.plan"], scope["sandbox.call"] = plan, call
        reply, outcome = Reply(), "aborted"
        try:
            outcome = await self._answer(connection, plan, call, reply)
        finally:
            sent = outcome in {"answered", "truncated"}
            calls.end(call, outcome, reply.status if sent else None, reply.body)

    async def _answer(self, connection: Connection, plan: Plan, call: Call, reply: Reply) -> str:
        """Handle one call, faults and all; fills ``reply`` and says how the call ended."""
        if plan.find("expire"):
            self.ground.world.expire_tokens()
        if delay := plan.delay():
            await asyncio.sleep(delay)
        if plan.find("reset"):
            await connection.reset()
            return "reset"
        if fault := plan.status():
            _fault_reply(fault, reply)
        else:
            await self._handle(connection.scope, cast("bytes", call.body), reply)
        if plan.find("lost_reply"):
            await connection.reset()
            return "lost_reply"
        if fault := plan.find("truncate"):
            await connection.answer_partly(reply, _kept(fault, len(reply.body)))
            return "truncated"
        if fault := plan.find("drip"):
            await connection.answer_slowly(reply, fault.number(VALUE, 1.0), int(fault.number("pieces", 10)))
        else:
            await connection.answer(reply)
        return "answered"

    async def _handle(self, scope: Scope, body: bytes, reply: Reply) -> None:
        """Let the application answer into ``reply``."""

        async def replay() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def catch(message: Message) -> None:
            if message["type"] == "http.response.start":
                reply.status, reply.headers = message["status"], list(message.get("headers", ()))
            else:
                reply.body += message.get("body", b"")

        try:
            await self.app(scope, replay, catch)
        except Exception:
            log.exception("the sandbox itself failed on %s %s", scope["method"], scope["path"])
            _json_reply(reply, 500, "the sandbox itself failed; see its log")


def _kept(fault: Fault, length: int) -> int:
    size = fault.word(VALUE, "50%")
    return length * int(size[:-1]) // 100 if size.endswith("%") else int(size)


_PAGE = """<!DOCTYPE html>
<html><head><title>{status} {phrase}</title></head>
<body><center><h1>{status} {phrase}</h1></center><hr><center>nginx</center></body></html>
"""


def _fault_reply(fault: Fault, reply: Reply) -> None:
    """An error (or a captive portal's 200) as a gateway in front of the API would give it."""
    status = int(fault.name)
    phrase = responses.get(status, "Error")
    kind = fault.word("body", "html" if status in {200, 502} else "json")
    if kind == "json":
        _json_reply(reply, status, f"{phrase} (a fault asked for)")
    else:
        page = _PAGE.format(status=status, phrase=phrase) if kind == "html" else ""
        reply.fill(status, b"text/html; charset=utf-8", page.encode())
    if "retry_after" in fault.options:
        reply.headers.append((b"retry-after", str(ceil(fault.number("retry_after"))).encode()))
    if "retry_date" in fault.options:
        # Both forms have whole seconds only; rounded up, so that nobody is told to come too early.
        moment = formatdate(ceil(time.time() + fault.number("retry_date")), usegmt=True)
        reply.headers.append((b"retry-after", moment.encode()))


def _json_reply(reply: Reply, status: int, message: str) -> None:
    reply.fill(status, b"application/json", json.dumps(assumed.http_error_body(message)).encode())
