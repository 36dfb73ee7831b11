"""Answers whose body is still to be read, on a connection that goes back to its pool at the body's end.

The usual one, a 200 of known length without anything special in its head, is taken apart here in a few steps.
`http.client` does it with a parser for mail, which takes longer than the server. Every other answer is left to it.
"""

from __future__ import annotations

import io
import queue
import re
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import TYPE_CHECKING, Any, Protocol

import requests
import urllib3

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping

_AT_FIRST = 16384
"""Bytes asked for at first: the whole answer to a write, as a rule."""

_USUAL_HEAD = re.compile(r"HTTP/1\.1 200 [^\r\n]*(?:\r\n[!#-'*+.0-9A-Z^-z|~-]+:[^\r\n]*)+")
_HEADER = re.compile(r"\r\n([^:]+):[ \t]*([^\r\n]*)")
_LENGTH = re.compile(r"[0-9]{1,18}[ \t]*")
_SPECIAL = frozenset({"transfer-encoding", "content-encoding", "upgrade"})


class Incoming(Protocol):
    """An answer whose body is still to be read: urllib3's, or ours on a connection used again."""

    status: int

    @property
    def headers(self) -> Mapping[str, str]:
        """By any case."""
        ...

    def read1(self, amt: int, decode_content: bool | None = None) -> bytes:
        """The next bytes of the body, at most `amt`; none at its end."""
        ...

    def close(self) -> None:
        """Give up: the connection is closed."""
        ...


class Way(Protocol):
    """urllib3's pool of connections to a server, as far as an answer needs it."""

    pool: queue.Queue[Any] | None
    """None once it is closed."""


def first_words(connection: Any, way: Any, method: str) -> Incoming:
    """The answer that begins on this connection. Raises OSError and HTTPException."""
    said = connection.sock.recv(_AT_FIRST)
    if usual := _usual(said):
        return _Usual(*usual, connection, way)
    answer = HTTPResponse(_Begun(connection.sock, said), method=method)  # type: ignore[arg-type] # all it asks for
    answer.begin()
    if "Content-Encoding" not in answer.headers:
        return _Any(answer, connection, way)
    return urllib3.HTTPResponse(  # we ask for none
        answer,
        dict(answer.headers),
        answer.status,
        preload_content=False,
        original_response=answer,
        pool=way,
        connection=connection,
    )


def _usual(said: bytes) -> tuple[Mapping[str, str], int, bytes] | None:
    """Headers, length of the body and what is there of it; None if it is no usual answer, or its head not whole."""
    raw, end, body = said.partition(b"\r\n\r\n")
    head = raw.decode("latin-1")
    if not end or not _USUAL_HEAD.fullmatch(head):
        return None
    pairs = _HEADER.findall(head)
    headers = ByAnyCase((name.lower(), value) for name, value in pairs)
    length = headers.get("content-length", "")
    kept = headers.get("connection", "keep-alive").lower() == "keep-alive"
    plain = kept and len(headers) == len(pairs) and _SPECIAL.isdisjoint(headers)
    if not plain or not _LENGTH.fullmatch(length) or int(length) < len(body):
        return None
    return headers, int(length), body


class ByAnyCase(dict[str, str]):
    """Headers with their names in small letters, asked for in any."""

    def get(self, name: str, default: Any = None) -> Any:
        """The value, or `default`."""
        return super().get(name.lower(), default)

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())


class _OnConnection:
    """What both kinds of answers do with their connection."""

    def __init__(self, connection: Any, way: Way) -> None:
        self._connection: Any = connection
        self._way = way

    def _let_go(self, *, keep: bool = True) -> None:
        connection, self._connection = self._connection, None
        try:
            if keep and self._way.pool is not None:
                self._way.pool.put_nowait(connection)
                return
        except queue.Full:
            pass
        connection.close()

    def close(self) -> None:
        """Give up: the connection is closed."""
        if self._connection is not None:
            self._connection.close()


class _Usual(_OnConnection):
    """A 200 of known length, of which the head and some of the body are read."""

    status = 200

    def __init__(
        self, headers: Mapping[str, str], length: int, begun: bytes, connection: Any, way: Way
    ) -> None:
        super().__init__(connection, way)
        self.headers = headers
        self._begun = begun
        self._left = length - len(begun)

    def read1(self, amt: int, decode_content: bool | None = None) -> bytes:
        """The next bytes; raises ConnectionError when bytes of the body are missing."""
        del decode_content  # nothing to decode
        part, self._begun = self._begun, b""
        if not part and self._left:
            part = self._connection.sock.recv(min(amt, self._left))
            if not part:
                raise requests.ConnectionError(IncompleteRead(b"", self._left))
            self._left -= len(part)
        if not self._left and self._connection is not None:
            self._let_go()
        return part


class _Any(_OnConnection):
    """Any other answer."""

    def __init__(self, answer: HTTPResponse, connection: Any, way: Way) -> None:
        super().__init__(connection, way)
        self._answer = answer
        self.status = answer.status
        self.headers: Any = answer.headers

    def read1(self, amt: int, decode_content: bool | None = None) -> bytes:
        """The next bytes; raises ConnectionError when bytes of the body are missing."""
        del decode_content  # nothing to decode
        try:
            part = self._answer.read1(amt)
        except HTTPException as error:
            raise requests.ConnectionError(error) from error
        if not part and self._connection is not None:
            if self._answer.length:
                raise requests.ConnectionError(IncompleteRead(b"", self._answer.length))
            self._answer.close()
            self._let_go(keep=not self._answer.will_close)
        return part

    def close(self) -> None:
        """Give up: the connection is closed."""
        self._answer.close()
        super().close()


class _Begun:
    """A socket of which the first bytes have been read: `http.client` reads them once more."""

    def __init__(self, sock: socket.socket, said: bytes) -> None:
        self._sock = sock
        self._said = said

    def makefile(self, mode: str) -> io.BufferedReader:
        """The file it reads."""
        del mode  # always "rb"
        return io.BufferedReader(_Joined(self._said, self._sock.makefile("rb", buffering=0)))


class _Joined(io.RawIOBase):
    """Some bytes, then those of a raw file."""

    def __init__(self, first: bytes, rest: Any) -> None:
        self._first = first
        self._rest = rest

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """The next bytes."""
        if not self._first:
            found: int | None = self._rest.readinto(buffer)
            return found
        some = self._first[: len(buffer)]
        buffer[: len(some)] = some
        self._first = self._first[len(some) :]
        return len(some)

    def close(self) -> None:
        """Close the raw file, too."""
        self._rest.close()
        super().close()
