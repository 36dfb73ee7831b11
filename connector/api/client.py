"""The client of the Konnect API: one per account, shared by threads. What bodies mean is `codec`'s alone."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self

from connector import __version__
from connector.api import codec
from connector.api.breaker import BreakerSettings
from connector.api.caller import Caller, Event
from connector.api.pace import PaceSettings
from connector.api.redact import REDACTOR, redact
from connector.api.retry import RetrySettings
from connector.api.servers import warnings_about
from connector.api.tokens import TokenSettings
from connector.api.transport import Answer, Limits, Transport
from connector.errors import RefusedBatch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from connector.api.account import Account
    from connector.model import Reply

COUNT_PATH = "/ims/v3/listings/count"
LISTINGS_PATH = "/ims/v3/listings"
FEED_CALLS: Mapping[str, tuple[str, str]] = {
    "inventory": ("PUT", "/ims/v3/inventory"),
    "price": ("PUT", "/ims/v3/price"),
}
"""How each feed is written: method and path (5.1, 5.2). Order and return feeds add their line here (6, 7)."""

MOST_PER_PAGE = 500
MOST_SKUS = 10


@dataclass(frozen=True, slots=True)
class Health:
    """What `check` found: listings counted (None: the API does not say), seconds it took, warnings."""

    account: str
    server: str
    listings: int | None
    seconds: float
    warnings: tuple[str, ...]


class Client:
    """Calls the API for one account. Every method may be called from many threads at the same time.

    All methods raise RetryLater when the API cannot be reached or understood now, CredentialsRefused (a
    RetryLater) when user name, password or token are refused, RefusedBatch when the call as such is
    refused. No exception text, log line or reply holds the password or a token.
    """

    def __init__(
        self,
        account: Account,
        *,
        timeouts: tuple[float, float] = (10.0, 60.0),
        longest_answer: float = 120.0,
        largest_answer: int = 16 * 1024 * 1024,
        pool: int = 8,
        pace: PaceSettings | None = None,
        breaker: BreakerSettings | None = None,
        retry: RetrySettings | None = None,
        token: TokenSettings | None = None,
        stop: threading.Event | None = None,
        on_event: Event | None = None,
        verify: bool | str | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> None:
        """`timeouts`: seconds to connect and to the next bytes. `stop`, once set, ends every wait.

        `on_event` hears (name, facts) of retry, throttled, token, credentials_refused, breaker and warning,
        in the calling thread; it must be quick. `verify` and `proxies` as in `Transport`.
        """
        self.account = account
        self.warnings = (*warnings_about(account.base_url), *_about_certificates(verify=verify))
        REDACTOR.register(account.password.reveal())
        self._own_stop = None if stop else threading.Event()
        self._transport = Transport(
            account.base_url,
            limits=Limits(*timeouts, whole=longest_answer, body=largest_answer),
            pool=pool,
            user_agent=f"konnect-connector/{__version__}",
            verify=verify,
            proxies=proxies,
        )
        self._caller = Caller(
            account,
            self._transport,
            stop=stop or self._own_stop or threading.Event(),
            tell=on_event or _silence,
            retry=retry or RetrySettings(),
            breaker=breaker or BreakerSettings(),
            pace=pace or PaceSettings(),
            token=token or TokenSettings(),
        )
        for warning in self.warnings:
            self._caller.event("warning", text=warning)

    def token(self) -> str:
        """The token in use; fetched when there is none, renewed when it is about to end (3.1)."""
        return self._caller.token()

    def send(
        self, feed: str, payload: bytes, *, repeatable: bool = True, records: int | None = None
    ) -> Reply:
        """Write exactly these bytes to a feed's path and decode the answer; the counts in it decide (2.6).

        `records`: how many are in it, where that is known.

        `repeatable`: whether the same bytes may be sent again without harm, as absolute stock and price
        may. If not, an unknown outcome raises InDoubt and nothing is repeated. KeyError for a feed without
        a path.
        """
        method, path = FEED_CALLS[feed]
        return self._caller.call(
            method,
            path,
            lambda answer: self._reply(answer, payload, records),
            body=payload,
            repeatable=repeatable,
        )

    def listing_count(self) -> int:
        """How many products the API lists (4.1)."""
        return self._caller.call("GET", COUNT_PATH, lambda answer: codec.read_count(self._good(answer)))

    def listings(
        self, page_no: int = 1, page_size: int = MOST_PER_PAGE, skus: Sequence[str] = ()
    ) -> list[Mapping[str, Any]]:
        """One page of products as the API gives them, from 1, or those of at most 10 SKUs (4.2)."""
        if len(skus) > MOST_SKUS or any("," in sku for sku in skus):
            raise ValueError(f"at most {MOST_SKUS} SKUs per call, none with a comma in it")
        query = {"skus": ",".join(skus)} if skus else {"page_no": str(page_no), "page_size": str(page_size)}
        return self._caller.call(
            "GET", LISTINGS_PATH, lambda answer: codec.read_listings(self._good(answer)), query=query
        )

    def all_listings(self, page_size: int = MOST_PER_PAGE) -> Iterator[Mapping[str, Any]]:
        """Every product once, page by page (4.2).

        Ends with a page without anything new, once the count is reached, or with a short page, unless the
        count says that more must come: then the server cuts pages smaller than we asked. A SKU that moves
        between pages while we read is given once.
        """
        expected = self._count_if_told()
        seen: set[object] = set()
        page_no = 1
        while True:
            page = self.listings(page_no, page_size)
            before = len(seen)
            for place, product in enumerate(page):
                key = product.get("sku") or (page_no, place)
                if key not in seen:
                    seen.add(key)
                    yield product
            complete = len(page) < page_size if expected is None else len(seen) >= expected
            if complete or len(seen) == before:
                return
            page_no += 1

    def check(self) -> Health:
        """Prove address, credentials and a real call; raises what any call would raise."""
        began = time.monotonic()
        self.token()
        listings = self._count_if_told()
        return Health(
            self.account.name, self.account.base_url, listings, time.monotonic() - began, self.warnings
        )

    def close(self) -> None:
        """End waits (unless the stop event belongs to the caller) and close the connections."""
        if self._own_stop is not None:
            self._own_stop.set()
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _count_if_told(self) -> int | None:
        try:
            return self.listing_count()
        except RefusedBatch:
            return None  # a server without this call: pages end by themselves

    def _good(self, answer: Answer) -> bytes:
        """The body of a 2xx answer; RefusedBatch for any other."""
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise self._caller.refused_batch(answer)
        return answer.body

    def _reply(self, answer: Answer, payload: bytes, records: int | None) -> Reply:
        """The decoded reply. A 4xx that carries counts is an answer too (the status then is unknown, 2.6)."""
        try:
            reply = codec.decode_reply(answer.status, answer.body, payload, records)
        except codec.NotUnderstood:
            self._good(answer)
            raise
        return _without_secrets(reply)


def _without_secrets(reply: Reply) -> Reply:
    body = REDACTOR.body(reply.body)
    if body is reply.body and not reply.refusals:
        return reply
    refusals = tuple(
        replace(said, code=redact(said.code), message=redact(said.message), raw=redact(said.raw))
        for said in reply.refusals
    )
    return replace(reply, body=body, refusals=refusals)


def _about_certificates(*, verify: bool | str | None) -> tuple[str, ...]:
    if verify is False:
        return (
            "The server's certificate is not checked (verify = false): anybody in between could read along.",
        )
    return ()


def _silence(_name: str, _facts: Mapping[str, Any]) -> None:
    """No observer."""
