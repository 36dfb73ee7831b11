"""An answer we take apart ourselves is read as `http.client` reads it, or is left to it."""

from __future__ import annotations

import io
from http.client import HTTPResponse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.api import incoming

NAMES = st.sampled_from(
    ["Content-Length", "content-length", "X-One", "x-one", "Connection", "Server", "Date", "A"]
)
VALUES = st.sampled_from(
    ["5", " 5", "0", "12", "5, 5", "-1", "", "keep-alive", "Keep-Alive", "close", "a: b", "\t5 "]
)
ODD_LINES = st.sampled_from(
    [" folded", "no colon", ": nameless", "Transfer-Encoding: chunked", "Upgrade: h2c"]
)
LINES = st.one_of(st.tuples(NAMES, VALUES).map(": ".join), ODD_LINES, st.just("Content-Length: 5"))
HEADERS = st.lists(LINES, max_size=4)
FIRST = st.sampled_from(
    ["HTTP/1.1 200 OK", "HTTP/1.1 200 ", "HTTP/1.1 204 No Content", "HTTP/1.0 200 OK", "SSH-2"]
)


class Said:
    """A socket that has said all it will."""

    def __init__(self, said: bytes) -> None:
        self.said = said

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self.said)


@given(FIRST, HEADERS, st.binary(max_size=14))
def test_what_is_taken_for_usual_is_what_http_client_reads(first, headers, body):
    said = "\r\n".join([first, *headers, "", ""]).encode() + body
    usual = incoming._usual(said)  # noqa: SLF001
    if usual is None:
        return
    told, length, begun = usual
    answer = HTTPResponse(Said(said), method="PUT")  # type: ignore[arg-type]
    answer.begin()
    assert (answer.status, answer.length, answer.will_close) == (200, length, False)
    assert answer.read(len(body)) == begun == body[:length]
    assert {name.lower(): value.strip() for name, value in answer.headers.items()} == {
        name: value.strip() for name, value in told.items()
    }


@pytest.mark.parametrize(
    "head",
    [
        "HTTP/1.1 200 OK\r\nContent-Length: 2",
        'HTTP/1.1 200 \r\nServer: nginx\r\nDate: Sat, 28 Nov 2026 09:00:00 GMT\r\ncontent-length:2\r\nETag: W/"a:b"',
        "HTTP/1.1 200 Well done\r\nConnection: Keep-Alive\r\nKeep-Alive: timeout=5\r\nContent-Length: 2 ",
    ],
)
def test_the_usual_answers_are_taken_for_usual(head):
    usual = incoming._usual(f"{head}\r\n\r\n[]".encode())  # noqa: SLF001
    assert usual is not None
    headers, length, body = usual
    assert (length, body) == (2, b"[]")
    assert headers.get("CONTENT-length", "").strip() == headers["Content-Length"].strip() == "2"
    assert headers.get("Retry-After") is None
