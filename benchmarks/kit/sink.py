"""A Konnect server for benchmarks: it keeps every body, answers at once, and checks afterwards what it got.

Fast because it does almost nothing while the clock runs: a body is counted (`"sku":`) and kept. What it was sent is
looked at when `/check` is asked: every record, the last value of each key, and how often each came.

Faults of the real world, on request: `--delay` seconds before each answer, `--fail-every N` answers the N-th call 503.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
from collections import Counter

SNAKE = b'{"data":{"payload_count":%d,"success_count":%d,"failed_count":0,"errors":[]},"meta":{"ack_id":"%024x","status":"SUCCESS"}}'
TOKEN = b'{"accessToken":"0f8fad5b-d9cb-469f-a165-70867728950e","status":"SUCCESS"}'


class Sink:
    """What all connections share."""

    def __init__(self, delay: float = 0.0, fail_every: int = 0) -> None:
        self.delay = delay
        self.fail_every = fail_every
        self.bodies: list[bytes] = []
        self.calls = self.failed = self.under_way = self.most_under_way = 0

    def answer(self, method: bytes, path: bytes, body: bytes) -> tuple[int, bytes]:
        """The answer to one request."""
        if path.startswith(b"/aggregator/v1/token"):
            return 200, TOKEN
        if path == b"/check":
            return 200, json.dumps(self.check()).encode()
        if path == b"/reset":
            self.bodies, self.calls, self.failed, self.most_under_way = [], 0, 0, 0
            return 200, b"{}"
        if method not in {b"PUT", b"POST"}:
            return 404, b'{"status":"FAILED","message":"no such path"}'
        self.calls += 1
        if self.fail_every and self.calls % self.fail_every == 0:
            self.failed += 1
            return 503, b'{"status":"FAILED","message":"upstream"}'
        self.bodies.append(body)
        records = body.count(b'"sku":')
        return 200, SNAKE % (records, records, self.calls)

    def check(self) -> dict[str, object]:
        """Everything received, parsed now: records, distinct keys, the sum of what stands last, largest body."""
        last: dict[tuple[str, str], int] = {}
        records = largest = 0
        times: Counter[tuple[str, str]] = Counter()
        for body in self.bodies:
            batch = json.loads(body)
            largest = max(largest, len(batch))
            records += len(batch)
            for record in batch:
                key = record["location_id"], record["sku"]
                last[key] = int(record["quantity"])
                times[key] += 1
        return {
            "calls": self.calls, "failed": self.failed, "records": records, "keys": len(last),
            "sum": sum(last.values()), "largest": largest, "most_under_way": self.most_under_way,
            "sent_twice": sum(1 for count in times.values() if count > 1),
        }  # fmt: skip


class Connection(asyncio.Protocol):
    """One keep-alive connection; requests with Content-Length or chunked bodies."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.parts: list[bytes] = []
        self.held = 0
        self.needed = 1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
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
        end = held.find(b"\r\n\r\n")
        if end < 0:
            self.needed = len(held) + 1
            return 0
        head = held[:end].lower()
        at = head.find(b"content-length:")
        if at < 0 and b"transfer-encoding: chunked" in head:
            body, whole = _dechunk(held, end + 4)
            if body is None:
                self.needed = len(held) + 1
                return 0
        else:
            length = int(head[at + 15 : (head.find(b"\r\n", at) + 1 or len(head) + 1) - 1]) if at >= 0 else 0
            whole = end + 4 + length
            if len(held) < whole:
                if b"expect: 100-continue" in head and self.needed == 1:
                    self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                self.needed = whole
                return 0
            body = held[end + 4 : whole]
        self.needed = 1
        method, path, _ = held[: held.find(b"\r\n")].split(b" ", 2)
        status, answer = self.sink.answer(method, path, body)
        if self.sink.delay and method == b"PUT":
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
        said = b"OK" if status < 300 else b"Trouble"
        self.transport.write(
            b"HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (status, said, len(answer), answer)
        )


def _dechunk(held: bytes, at: int) -> tuple[bytes | None, int]:
    parts: list[bytes] = []
    while True:
        line = held.find(b"\r\n", at)
        if line < 0:
            return None, 0
        size = int(held[at:line].split(b";")[0], 16)
        if len(held) < line + 4 + size:
            return None, 0
        if size == 0:
            return b"".join(parts), line + 4
        parts.append(held[line + 2 : line + 2 + size])
        at = line + 4 + size


async def serve(port: int, delay: float, fail_every: int) -> None:
    """Serve until told to stop; the first line says where."""
    sink, loop, stop = Sink(delay, fail_every), asyncio.get_running_loop(), asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    server = await loop.create_server(lambda: Connection(sink), "127.0.0.1", port)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)  # noqa: T201
    await stop.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--fail-every", type=int, default=0)
    told = parser.parse_args()
    asyncio.run(serve(told.port, told.delay, told.fail_every))
