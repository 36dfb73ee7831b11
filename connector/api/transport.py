"""One HTTP exchange: pooled connections, every wait limited, every failure told without secrets.

Built on `requests`' adapter rather than its session: a session reads netrc and the environment on every
call, follows redirects (and would carry our token along) and keeps cookies; none of that is wanted here.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, urlencode

import requests
import urllib3
from requests.structures import CaseInsensitiveDict
from requests.utils import get_environ_proxies
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NameResolutionError, NewConnectionError

from connector.api.adapter import LeanAdapter
from connector.api.redact import Secret, hush_libraries, redact
from connector.api.retry import Trouble
from connector.api.servers import is_loopback, join
from connector.errors import Fatal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connector.api.incoming import Incoming

_CHUNK = 65536


@dataclass(frozen=True, slots=True)
class Limits:
    """What one exchange may take. Seconds and bytes; requests' own default would be to wait for ever.

    `connect` for a connection, `read` for the next bytes, `whole` for the answer from start to end however
    slowly it drips, `body` for its size after unpacking.
    """

    connect: float = 10.0
    read: float = 60.0
    whole: float = 120.0
    body: int = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers (by any case) and the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)  # may hold a token; tracebacks that show variables show this object


class Transport:
    """Sends requests to one server. Thread-safe: urllib3 pools the connections, nothing else is shared."""

    def __init__(
        self,
        base_url: str,
        *,
        limits: Limits,
        pool: int,
        user_agent: str,
        verify: bool | str | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> None:
        """`verify`: False, or a CA bundle; None takes REQUESTS_CA_BUNDLE, else the usual authorities.

        `proxies`: by scheme; None takes HTTPS_PROXY and NO_PROXY, {} uses none. This machine itself needs
        no proxy.
        """
        hush_libraries()
        self._base_url = base_url
        self._limits = limits
        self._verify = _authorities(verify)
        if proxies is None:
            proxies = {} if is_loopback(base_url) else get_environ_proxies(base_url, no_proxy=None)
        self._proxies = dict(proxies)
        self._headers = {
            "User-Agent": user_agent,
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Content-Type": "application/json",
        }
        self._adapter = LeanAdapter(pool=pool)
        self._urls: dict[str, str] = {}
        self._heads: dict[tuple[str, str], tuple[Secret | None, bytes]] = {}

    def exchange(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | Secret] | None = None,
        body: bytes | None = None,
        token: Secret | None = None,
    ) -> Answer:
        """The answer, whatever its status; Trouble when there is none, it breaks off or passes a limit."""
        began = time.monotonic()
        response: Incoming | None = None
        try:
            response = self._said_again(method, path, query, body, token)
            if response is None:
                request = self._request(method, path, query, body, token)
                limits = (self._limits.connect, self._limits.read)
                told: Any = {"timeout": limits, "verify": self._verify, "proxies": self._proxies}
                sent = self._adapter.send(request, stream=True, **told)
                response = cast("Incoming", sent)  # see LeanAdapter
            return Answer(response.status, response.headers, self._read(response, began))
        except Trouble as known:
            trouble = known
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            trouble = _trouble_of(error, self._limits)
        # Raised outside the handler: requests' exception, with the URL in it, does not hang on ours.
        if response is not None:
            response.close()
        raise trouble

    def close(self) -> None:
        """Close all idle connections; later calls open new ones."""
        self._adapter.close()

    def _said_again(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | Secret] | None,
        body: bytes | None,
        token: Secret | None,
    ) -> Incoming | None:
        """The answer over a connection that is open already; None when there is none."""
        kept = None if query else self._heads.get((method, path))  # a query may hold a password
        if kept is None or kept[0] != token:
            kept = token, self._adapter.head(self._request(method, path, query, None, token))
            if not query:
                self._heads[method, path] = kept
        end = b"\r\n" if body is None else b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
        return self._adapter.again(kept[1] + end, self._limits.read, method)

    def _request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | Secret] | None,
        body: bytes | None,
        token: Secret | None,
    ) -> requests.PreparedRequest:
        request = requests.PreparedRequest()
        request.method = method
        request.url = self._url(path)
        if query:
            plain = {
                key: value.reveal() if isinstance(value, Secret) else value for key, value in query.items()
            }
            request.url += "?" + urlencode(plain, quote_via=quote, safe="")
        request.headers = CaseInsensitiveDict(self._headers)
        if token is not None:
            request.headers["x-access-token"] = token.reveal()
        if body is not None:
            request.headers["Content-Length"] = str(len(body))
        request.body = body
        return request

    def _url(self, path: str) -> str:
        url = self._urls.get(path)
        if url is None:
            prepared = requests.PreparedRequest()
            prepared.prepare_url(join(self._base_url, path), None)
            url = self._urls[path] = str(prepared.url)
        return url

    def _read(self, response: Incoming, began: float) -> bytes:
        """The body, in the pieces in which it arrives, so that a drip meets the limit of the whole."""
        parts: list[bytes] = []
        size = 0
        while part := response.read1(_CHUNK, decode_content=True):
            parts.append(part)
            size += len(part)
            if size > self._limits.body:
                raise Trouble(f"its answer is longer than {self._limits.body} bytes", unknown=True)
            if time.monotonic() - began > self._limits.whole:
                raise Trouble(
                    f"its answer was not complete within {self._limits.whole:g} seconds", unknown=True
                )
        return parts[0] if len(parts) == 1 else b"".join(parts)


def _authorities(verify: bool | str | None) -> bool | str:
    """What certificates are checked against; Fatal when the named bundle is not there."""
    if verify is None:
        verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
    if isinstance(verify, str) and not os.path.exists(verify):  # noqa: PTH110 - a file or a folder, as requests takes it
        raise Fatal(f"The CA bundle {verify} does not exist.")
    return verify


def _trouble_of(error: Exception, limits: Limits) -> Trouble:
    """The failure in words, and whether the request may have reached the server."""
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    never_sent = (
        (error, requests.exceptions.ProxyError, "the proxy did not let the call through"),
        (reason, NameResolutionError, "its host name was not found"),
        (reason, NewConnectionError, "the connection was refused or there is no way to it"),
        (error, requests.exceptions.ConnectTimeout, f"no connection within {limits.connect:g} seconds"),
        (reason, ConnectTimeoutError, f"no connection within {limits.connect:g} seconds"),
        (error, requests.exceptions.InvalidURL, "its address cannot be used"),
    )
    for subject, kind, text in never_sent:
        if isinstance(subject, kind):
            return Trouble(text)
    if isinstance(error, requests.exceptions.SSLError):
        refused = "CERTIFICATE_VERIFY_FAILED" in str(reason)  # any other may come after the request went out
        return Trouble(f"there is no safe connection ({redact(str(reason))})", unknown=not refused)
    if isinstance(error, requests.exceptions.ReadTimeout | urllib3.exceptions.ReadTimeoutError):
        return Trouble(f"no answer within {limits.read:g} seconds", unknown=True)
    return Trouble(f"the connection broke off ({type(error).__name__})", unknown=True)
