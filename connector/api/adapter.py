"""requests' adapter for one server, without what it does anew at every call and nobody needs twice.

The stock adapter looks for the certificate bundle on the disk, takes the URL apart five times, asks which proxy is
meant and wraps the answer into an object with cookies and history: a third of the time of a call to a quick server
(docs/performance.md). Here the way to the server is found once. Connections, limits and errors stay as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter

if TYPE_CHECKING:
    from requests import PreparedRequest
    from urllib3 import BaseHTTPResponse
    from urllib3.connectionpool import ConnectionPool


class LeanAdapter(HTTPAdapter):
    """Sends requests of one host, always with the same certificates and proxies. Answers are urllib3's own."""

    def __init__(self, *, pool: int) -> None:
        """`pool`: connections kept for later calls."""
        super().__init__(pool_connections=1, pool_maxsize=pool, max_retries=0, pool_block=False)
        self._way: ConnectionPool | None = None
        self._addresses: dict[str, str] = {}

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

    def build_response(self, req: PreparedRequest, resp: BaseHTTPResponse) -> Any:
        """The answer as it came."""
        del req
        return resp
