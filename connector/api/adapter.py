"""requests' adapter for one server, without what it does anew at every call and nobody needs twice.

The stock adapter looks for the certificate bundle on the disk, takes the URL apart five times, asks which proxy is
meant, sends head and body apart and copies the answer's headers twice: most of the time of a call to a quick server
(docs/performance.md). Here the way to the server is found once, by requests and urllib3 and with all their checks; a
connection that they opened and that lies idle is then used again in plain words of HTTP. Limits and errors stay as they
are.
"""

from __future__ import annotations

import queue
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.util.connection import is_connection_dropped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from requests import PreparedRequest
    from urllib3.connection import HTTPConnection
    from urllib3.connectionpool import HTTPConnectionPool


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


class LeanAdapter(HTTPAdapter):
    """Sends requests of one host, always with the same certificates and proxies. Answers are `Incoming`."""

    def __init__(self, *, pool: int) -> None:
        """`pool`: connections kept for later calls."""
        super().__init__(pool_connections=1, pool_maxsize=pool, max_retries=0, pool_block=False)
        self._way: Any = None  # urllib3's pool of connections
        self._addresses: dict[str, str] = {}

    def send(self, request: PreparedRequest, *told: Any, **more: Any) -> Any:
        """The answer, its body not read yet. `timeout` is the pair that requests takes."""
        said = self._head(request) + cast("bytes", request.body or b"")
        connection = self._idle()
        if connection is None:
            return super().send(request, *told, **more)
        try:
            connection.sock.settimeout(more["timeout"][1])
            connection.sock.sendall(said)
            answer = HTTPResponse(connection.sock, method=request.method)
            answer.begin()
        except (OSError, HTTPException) as error:
            connection.close()
            kind = requests.ReadTimeout if isinstance(error, TimeoutError) else requests.ConnectionError
            raise kind(error, request=request) from error
        if "Content-Encoding" in answer.headers:  # we ask for none
            return urllib3.HTTPResponse(
                answer,
                dict(answer.headers),
                answer.status,
                preload_content=False,
                original_response=answer,
                pool=self._way,
                connection=connection,
            )
        return _Answer(answer, connection, self._way)

    def _idle(self) -> HTTPConnection | None:
        """A connection to the server itself that an earlier call has opened and that still stands."""
        way = self._way
        if way is None or way.pool is None or way.proxy is not None:
            return None
        try:
            connection: Any = way.pool.get_nowait()
        except queue.Empty:
            return None
        if connection is None or is_connection_dropped(connection):
            way.pool.put_nowait(connection)
            return None
        return connection  # type: ignore[no-any-return]

    def _head(self, request: PreparedRequest) -> bytes:
        """Request line and headers. Raises ValueError for a header that would be two."""
        url = str(request.url)
        lines = [f"{request.method} {self.request_url(request, {})} HTTP/1.1", f"Host: {_host(url)}"]
        lines += [f"{name}: {value}" for name, value in request.headers.items()]
        head = "\r\n".join(lines)
        if head.count("\n") != len(lines) - 1 or head.count("\r") != len(lines) - 1:
            raise ValueError("a header must not hold a line end")
        return (head + "\r\n\r\n").encode("latin-1")

    def get_connection_with_tls_context(self, request: PreparedRequest, *told: Any, **more: Any) -> Any:
        """The pool of connections, prepared for its certificates once."""
        if self._way is None:
            way = super().get_connection_with_tls_context(request, *told, **more)
            verify = more.get("verify", told[0] if told else True)
            super().cert_verify(way, request.url, verify, None)  # type: ignore[no-untyped-call]
            self._way = way
        return self._way

    def cert_verify(self, *_told: Any) -> None:
        """Done where the pool is made."""

    def request_url(self, request: PreparedRequest, proxies: Any) -> str:
        """What stands in the request line: a path, or for some proxies the whole address."""
        url = request.url or ""
        if "?" in url:  # may hold a password: not kept
            return super().request_url(request, proxies)
        if url not in self._addresses:
            self._addresses[url] = super().request_url(request, proxies)
        return self._addresses[url]

    def build_response(self, req: PreparedRequest, resp: Incoming) -> Any:
        """The answer as it came."""
        del req
        return resp


def _host(url: str) -> str:
    """The server as the Host header names it: without user, password and a port that is the usual one."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    usual = {"http": ":80", "https": ":443"}[parts.scheme]
    return host.removesuffix(usual)


class _Answer:
    """An answer on a connection that goes back to its pool when the body is read to its end."""

    def __init__(self, answer: HTTPResponse, connection: HTTPConnection, way: HTTPConnectionPool) -> None:
        self._answer = answer
        self._connection: Any = connection
        self._way = way
        self.status = answer.status
        self.headers = answer.headers

    def read1(self, amt: int, decode_content: bool | None = None) -> bytes:
        del decode_content  # nothing to decode
        try:
            part = self._answer.read1(amt)
        except HTTPException as error:
            raise requests.ConnectionError(error) from error
        if not part and self._connection is not None:
            self._end()
        return part

    def _end(self) -> None:
        """Raises ConnectionError when bytes of the body are missing."""
        if self._answer.length:
            raise requests.ConnectionError(IncompleteRead(b"", self._answer.length))
        keep, self._connection = self._connection, None
        self._answer.close()
        if self._answer.will_close or self._way.pool is None:
            keep.close()
            return
        try:
            self._way.pool.put_nowait(keep)
        except queue.Full:
            keep.close()

    def close(self) -> None:
        self._answer.close()
        if self._connection is not None:
            self._connection.close()
