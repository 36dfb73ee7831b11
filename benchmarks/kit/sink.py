"""A Konnect server for benchmarks: it keeps every body it accepts and answers at once.

It does almost nothing while the clock runs: a body's records are counted (by their `"sku":`) and the body is kept.
What it was sent is handed out afterwards, at `/received`, and looked at in `verify.py`.

Faults of the real world, on request: `--delay` seconds before each answer; each `--fail-every`-th call is a 503.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import time

PUSH = b"/ims/v3/inventory"
LIMIT = 500  # records in one call
REASONS = {
    200: b"OK",
    400: b"Bad Request",
    401: b"Unauthorized",
    404: b"Not Found",
    503: b"Service Unavailable",
}
SNAKE = (
    b'{"data":{"payload_count":%d,"success_count":%d,"failed_count":0,"errors":[]},'
    b'"meta":{"ack_id":"%024x","status":"SUCCESS"}}'
)
TOKEN = b'{"accessToken":"0f8fad5b-d9cb-469f-a165-70867728950e","status":"SUCCESS"}'
REFUSED = b'{"status":"FAILED","message":"%b"}'


class Sink:
    """What all connections share."""

    def __init__(self, delay: float = 0.0, fail_every: int = 0) -> None:
        self.delay = delay
        self.fail_every = fail_every
        self.bodies: list[bytes] = []
        self.calls = self.failed = self.records = self.under_way = self.most_under_way = 0
        self.first = self.last = 0.0

    def answer(self, method: bytes, path: bytes, head: bytes, body: bytes) -> tuple[int, bytes]:
        """The answer to one request; `head` is in lower case."""
        if method == b"PUT" and path == PUSH:
            return self._push(head, body)
        if method == b"GET" and path.startswith(b"/aggregator/v1/token"):
            return 200, TOKEN
        if method == b"GET" and path == b"/counts":
            return 200, json.dumps(self.counts()).encode()
        if method == b"GET" and path == b"/received":
            return 200, b"".join(b"%d\n%b" % (len(body), body) for body in self.bodies)
        return 404, REFUSED % b"no such path"

    def _push(self, head: bytes, body: bytes) -> tuple[int, bytes]:
        self.calls += 1
        self.first = self.first or time.monotonic()
        self.last = time.monotonic() + self.delay
        if b"\r\nx-access-token:" not in head:
            return 401, REFUSED % b"no token"
        records = body.count(b'"sku":')
        if not 0 < records <= LIMIT:
            return 400, REFUSED % b"1 to 500 records, if you please"
        if self.fail_every and self.calls % self.fail_every == 0:
            self.failed += 1
            return 503, REFUSED % b"upstream"
        self.bodies.append(body)
        self.records += records
        return 200, SNAKE % (records, records, self.calls)

    def counts(self) -> dict[str, float]:
        """What can be told without looking into a body."""
        return {
            "calls": self.calls,
            "failed": self.failed,
            "records": self.records,
            "most_under_way": self.most_under_way,
            "first": self.first,
            "last": self.last,
        }


class Connection(asyncio.Protocol):
    """One keep-alive connection; requests with Content-Length or chunked bodies."""

    transport: asyncio.Transport

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.parts: list[bytes] = []
        self.held = 0
        self.needed = 1
        self.invited = False  # the client that asked before sending its body has been told to go on

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  a TCP server has no other
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Collect until a request is whole; bytes are joined once a request, not once a packet."""
        self.parts.append(data)
        self.held += len(data)
        while self.held >= self.needed:
            held = b"".join(self.parts)
            taken = self._take(held)
            self.parts, self.held = [held[taken:]], len(held) - taken
            if not taken:
                return

    def _take(self, held: bytes) -> int:
        """Answer the request at the front of `held`; how many bytes it was, 0 when it is not whole."""
        end = held.find(b"\r\n\r\n")
        head = held[:end].lower() if end >= 0 else b""
        body, whole = _body(held, head, end + 4) if head else (None, len(held) + 1)
        if body is None:
            if b"\r\nexpect: 100-continue" in head and not self.invited:
                self.invited = True
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.needed = whole
            return 0
        self.needed, self.invited = 1, False
        method, path, _ = held[: held.find(b"\r\n")].split(b" ", 2)
        status, answer = self.sink.answer(method, path, head, body)
        if method == b"PUT" and self.sink.delay:
            self.sink.under_way += 1
            self.sink.most_under_way = max(self.sink.most_under_way, self.sink.under_way)
            asyncio.get_running_loop().call_later(self.sink.delay, self._answer_late, status, answer)
        else:
            self._answer(status, answer)
        return whole

    def _answer_late(self, status: int, answer: bytes) -> None:
        self.sink.under_way -= 1
        self._answer(status, answer)

    def _answer(self, status: int, answer: bytes) -> None:
        self.transport.write(
            b"HTTP/1.1 %d %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (status, REASONS[status], len(answer), answer)
        )


def _body(held: bytes, head: bytes, start: int) -> tuple[bytes | None, int]:
    """The body that begins at `start`, and where the request ends; None, and how many bytes it takes, if not whole."""
    at = head.find(b"\r\ncontent-length:")
    if at >= 0:
        length = int(head[at + 17 :].split(b"\r\n", 1)[0])
        end = start + length
        return (held[start:end] if len(held) >= end else None), end
    if b"\r\ntransfer-encoding: chunked" in head:
        return _dechunked(held, start)
    return b"", start


def _dechunked(held: bytes, at: int) -> tuple[bytes | None, int]:
    parts: list[bytes] = []
    while (line := held.find(b"\r\n", at)) >= 0:
        size = int(held[at:line].split(b";")[0], 16)
        end = line + 4 + size
        if len(held) < end:
            return None, end
        if size == 0:
            return b"".join(parts), end
        parts.append(held[line + 2 : line + 2 + size])
        at = end
    return None, len(held) + 1


async def serve(port: int, delay: float, fail_every: int) -> None:
    """Serve until told to stop; the first line printed says where."""
    sink, loop, stop = Sink(delay, fail_every), asyncio.get_running_loop(), asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    server = await loop.create_server(lambda: Connection(sink), "127.0.0.1", port)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await stop.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--fail-every", type=int, default=0)
    told = parser.parse_args()
    asyncio.run(serve(told.port, told.delay, told.fail_every))
