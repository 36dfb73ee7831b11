"""The door every call of the public API comes through: it logs the call and lets the faults strike.

The order is fixed: expire tokens, wait, reset, answer with a fault's own status; then the real handler; then
lose the reply, truncate it or drip it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import struct
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from connector.sandbox import assumed
from connector.sandbox.calls import Call, redacted
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
OWN_PATHS = ("/_sandbox", "/assets/", "/docs", "/openapi.", "/favicon")
MAX_BODY_BYTES = 32 * 1024 * 1024  # far above 500 records; only keeps a slip from filling the memory

log = logging.getLogger("connector.sandbox")


def operation_of(path: str) -> str:
    """The operation a path stands for; ``unknown`` is a call too and is logged."""
    if path.startswith("/oms/"):
        return "orders"
    return PATHS.get(path, "unknown")


def is_own(path: str) -> bool:
    """Whether a path belongs to the sandbox itself and not to the API it plays."""
    return path == "/" or path.startswith(OWN_PATHS)


@dataclass(slots=True)
class Reply:
    """An answer before it is sent."""

    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""


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
        body = await _read(receive)
        if body is None:
            return
        operation = operation_of(scope["path"])
        plan = self.ground.faults.plan(operation)
        shown = redacted(scope["path"], scope["query_string"].decode("latin-1"))
        call = self.ground.calls.begin(operation, scope["method"], shown, body)
        call.faults = plan.names
        scope["sandbox.plan"], scope["sandbox.call"] = plan, call
        reply = Reply()
        outcome = "aborted"
        try:
            outcome = await self._answer(scope, receive, send, plan, call, reply)
        finally:
            sent = outcome in {"answered", "truncated"}
            self.ground.calls.end(call, outcome, reply.status if sent else None, reply.body)

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send, plan: Plan, call: Call, reply: Reply
    ) -> str:
        """Handle one call, faults and all; fills ``reply`` and says how the call ended."""
        if plan.find("expire"):
            self.ground.world.expire_tokens()
        if delay := plan.delay():
            await asyncio.sleep(delay)
        if plan.find("reset"):
            await _reset_connection(scope, receive)
            return "reset"
        if fault := plan.status():
            _fault_reply(fault, reply)
        else:
            await self._handle(scope, cast("bytes", call.body), reply)
        if plan.find("lost_reply"):
            await _reset_connection(scope, receive)
            return "lost_reply"
        if fault := plan.find("truncate"):
            await _send_truncated(fault, scope, receive, send, reply)
            return "truncated"
        await _send(send, reply, plan.find("drip"))
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


async def _read(receive: Receive) -> bytes | None:
    """The whole body, or None when the client went away. A body beyond the bound is cut: it fails as JSON."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        size += len(message.get("body", b""))
        if size <= MAX_BODY_BYTES:
            parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _send(send: Send, reply: Reply, drip: Fault | None) -> None:
    await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
    if drip:
        pieces = int(drip.number("pieces", 10))
        step = -(-len(reply.body) // pieces) or 1
        for start in range(0, len(reply.body), step):
            piece = reply.body[start : start + step]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await asyncio.sleep(drip.number(VALUE, 1.0) / pieces)
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.body", "body": reply.body})


async def _send_truncated(fault: Fault, scope: Scope, receive: Receive, send: Send, reply: Reply) -> None:
    """Announce the whole length, send less, close: what a proxy does when its upstream dies."""
    size = fault.word(VALUE, "50%")
    keep = len(reply.body) * int(size[:-1]) // 100 if size.endswith("%") else int(size)
    reply.body = reply.body[: min(keep, max(len(reply.body) - 1, 0))]
    await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
    await send({"type": "http.response.body", "body": reply.body, "more_body": True})
    _transport(scope).close()
    await _until_gone(receive)


async def _reset_connection(scope: Scope, receive: Receive) -> None:
    """End the TCP connection with a reset (RST), not with an orderly close."""
    transport = _transport(scope)
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await _until_gone(receive)


def _transport(scope: Scope) -> Any:  # noqa: ANN401 (the transport of whichever event loop runs)
    return scope["state"]["transport"]


async def _until_gone(receive: Receive) -> None:
    """Wait until the server has seen the end of the connection, lest it complain of a missing answer."""
    while (await receive())["type"] != "http.disconnect":
        pass


_PAGE = """<!DOCTYPE html>
<html><head><title>{status} {phrase}</title></head>
<body><center><h1>{status} {phrase}</h1></center><hr><center>nginx</center></body></html>
"""


def _fault_reply(fault: Fault, reply: Reply) -> None:
    """An error (or a captive portal's 200) as a gateway in front of the API would give it."""
    status = int(fault.name)
    phrase = HTTPStatus(status).phrase if status in HTTPStatus else "Error"
    kind = fault.word("body", "html" if status in {200, 502} else "json")
    if kind == "json":
        _json_reply(reply, status, f"{phrase} (a fault asked for)")
    else:
        page = _PAGE.format(status=status, phrase=phrase) if kind == "html" else ""
        _fill(reply, status, b"text/html; charset=utf-8", page.encode())
    if "retry_after" in fault.options:
        reply.headers.append((b"retry-after", f"{fault.number('retry_after'):g}".encode()))
    if "retry_date" in fault.options:
        # The date form has whole seconds only; rounded up, so that nobody is told to come too early.
        moment = formatdate(int(time.time() + fault.number("retry_date") + 1), usegmt=True)
        reply.headers.append((b"retry-after", moment.encode()))


def _json_reply(reply: Reply, status: int, message: str) -> None:
    _fill(reply, status, b"application/json", json.dumps(assumed.http_error_body(message)).encode())


def _fill(reply: Reply, status: int, content_type: bytes, body: bytes) -> None:
    reply.status, reply.body = status, body
    reply.headers = [(b"content-type", content_type), (b"content-length", str(len(body)).encode())]
