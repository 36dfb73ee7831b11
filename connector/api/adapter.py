"""requests' adapter for one server, without what it does anew at every call and nobody needs twice.

The stock adapter looks for the certificate bundle on the disk, takes the URL apart five times, asks which proxy is
meant, sends head and body apart and copies the answer's headers twice: most of the time of a call to a quick server
(docs/performance.md). Here the way to the server is found once, by requests and urllib3 and with all their checks; a
connection that they opened and that lies idle is then used again in plain words of HTTP. Limits and errors stay as they
are.
"""

from __future__ import annotations

import queue
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.connection import is_connection_dropped

from connector.api.incoming import first_words

if TYPE_CHECKING:
    from requests import PreparedRequest

    from connector.api.incoming import Incoming


class LeanAdapter(HTTPAdapter):
    """Sends requests of one host, always with the same certificates and proxies. Answers are `Incoming`."""

    def __init__(self, *, pool: int) -> None:
        """`pool`: connections kept for later calls."""
        super().__init__(pool_connections=1, pool_maxsize=pool, max_retries=0, pool_block=False)
        self._way: Any = None  # urllib3's pool of connections
        self._addresses: dict[str, str] = {}

    def again(self, said: bytes, timeout: float, method: str) -> Incoming | None:
        """The answer to these bytes, on a connection that an earlier call has opened; None when none lies idle.

        `timeout`: seconds to the next bytes. Raises what `send` raises.
        """
        connection = self._idle()
        if connection is None:
            return None
        try:
            if connection.sock.gettimeout() != timeout:
                connection.sock.settimeout(timeout)
            connection.sock.sendall(said)
            return first_words(connection, self._way, method)
        except (OSError, HTTPException) as error:
            connection.close()
            kind = requests.ReadTimeout if isinstance(error, TimeoutError) else requests.ConnectionError
            raise kind(error) from error

    def _idle(self) -> Any:
        """A connection to the server itself that still stands; None when there is none."""
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
        return connection

    def head(self, request: PreparedRequest) -> bytes:
        """Request line and headers, each with its line end. Raises ValueError for a header that would be two."""
        url = str(request.url)
        lines = [f"{request.method} {self.request_url(request, {})} HTTP/1.1", f"Host: {_host(url)}"]
        lines += [f"{name}: {value}" for name, value in request.headers.items()]
        head = "\r\n".join(lines)
        if head.count("\n") != len(lines) - 1 or head.count("\r") != len(lines) - 1:
            raise ValueError("a header must not hold a line end")
        return (head + "\r\n").encode("latin-1")

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
