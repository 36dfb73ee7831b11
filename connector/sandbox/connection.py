"""One call's connection: reading it, answering it, and every way of not answering it properly."""

from __future__ import annotations

import asyncio
import socket
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

MAX_BODY_BYTES = 32 * 1024 * 1024  # far above 500 records; only keeps a slip from filling the memory


@dataclass(slots=True)
class Reply:
    """An answer before it is sent."""

    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    def fill(self, status: int, content_type: bytes, body: bytes) -> None:
        """Make it an answer of its own."""
        self.status, self.body = status, body
        self.headers = [(b"content-type", content_type), (b"content-length", str(len(body)).encode())]


@dataclass(frozen=True, slots=True)
class Connection:
    """The three arguments of an ASGI application, and what can be done with them."""

    scope: Scope
    receive: Receive
    send: Send

    async def read(self) -> bytes | None:
        """The whole body, or None when the client went away. A longer one is cut, and fails as JSON."""
        parts: list[bytes] = []
        size = 0
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                return None
            size += len(message.get("body", b""))
            if size <= MAX_BODY_BYTES:
                parts.append(message.get("body", b""))
            if not message.get("more_body"):
                return b"".join(parts)

    async def answer(self, reply: Reply) -> None:
        """Send the answer."""
        await self._begin(reply)
        await self.send({"type": "http.response.body", "body": reply.body})

    async def answer_slowly(self, reply: Reply, seconds: float, pieces: int) -> None:
        """Send the answer in pieces, spread over so many seconds."""
        await self._begin(reply)
        step = -(-len(reply.body) // pieces) or 1
        for start in range(0, len(reply.body), step):
            await asyncio.sleep(seconds / pieces)
            piece = reply.body[start : start + step]
            await self.send({"type": "http.response.body", "body": piece, "more_body": True})
        await self.send({"type": "http.response.body", "body": b""})

    async def answer_partly(self, reply: Reply, kept: int) -> None:
        """Announce the whole length, send less, close: what a proxy does when its upstream dies."""
        reply.body = reply.body[: min(kept, max(len(reply.body) - 1, 0))]
        await self._begin(reply)
        await self.send({"type": "http.response.body", "body": reply.body, "more_body": True})
        self.scope["state"]["transport"].close()
        await self._until_gone()

    async def reset(self) -> None:
        """End the TCP connection with a reset (RST), not with an orderly close."""
        transport = self.scope["state"]["transport"]
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
        await self._until_gone()

    async def _begin(self, reply: Reply) -> None:
        await self.send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})

    async def _until_gone(self) -> None:
        """Wait until the server has seen the end of the connection, lest it complain of a missing answer."""
        while (await self.receive())["type"] != "http.disconnect":
            pass
