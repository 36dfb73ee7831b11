"""The list of products Konnect has: pulled page by page, kept in the ledger, fetched anew when it is old.

A pull that fails, or ends before all products were listed, leaves the old list standing and says so.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, Protocol

import structlog

from connector import api
from connector.errors import ConnectorError, CredentialsRefused, RefusedBatch, RetryLater
from connector.ledger import IllegalStep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from threading import Event

    from connector.ledger import Ledger

log = structlog.get_logger(__name__)

PAGE = 2_000
"""Products written to the ledger together."""

LEAST_SHARE = 0.98
"""Share of the products counted that must be listed: some may come and go while we read."""

TRIED_AGAIN = timedelta(hours=1)
"""Pause after a pull that failed."""


class Lister(Protocol):
    """The part of the API client a pull needs."""

    def all_listings(self) -> Iterator[Mapping[str, Any]]:
        """Every product once."""
        ...

    def listing_count(self) -> int:
        """How many there are."""
        ...


class Cataloguer:
    """Pulls the lists of all accounts. Thread-safe; one pull of an account at a time."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        lister: Callable[[str], Lister],
        accounts: Sequence[str],
        refresh: timedelta,
        stop: Event,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`refresh`: age at which `keep_fresh` pulls a list anew; none: never by itself. `stop` ends a pull."""
        self._ledger = ledger
        self._lister = lister
        self._accounts = accounts
        self._refresh = refresh
        self._now = now
        self._stop = stop
        self._pulling = Lock()
        self._thread: Thread | None = None

    def pull(self, account: str, seen: Callable[[Mapping[str, Any]], None] = lambda _product: None) -> int:
        """Pull the list of an account; answers how many products it has. `seen` is given each as it came.

        Raises what the client raises; RetryLater when the list is not whole. It is written down in the ledger.
        """
        with self._pulling:
            try:
                return self._pull(account, seen)
            except (ConnectorError, OSError) as error:
                if not self._stop.is_set():  # a pull that was stopped says nothing of the API
                    self._ledger.catalogue.failed(account, api.redact(str(error)))
                raise

    def _pull(self, account: str, seen: Callable[[Mapping[str, Any]], None]) -> int:
        client, book = self._lister(account), self._ledger.catalogue
        expected = _count(client)
        pull, listed = book.begin(account), 0
        products = client.all_listings()
        while page := list(islice(products, PAGE)):
            for product in page:
                seen(product)
            listed += book.add_page(account, pull, _rows(page))
        known = book.of(account)
        if listed < (expected or 0) * LEAST_SHARE or (known and known.products and not listed):
            told = "none" if expected is None else expected
            raise RetryLater(
                f"Konnect counts {told} products and listed {listed} with an SKU: the list is not whole, the old one "
                f"stands"
            )
        try:
            book.finish(account, pull, listed)
        except IllegalStep as error:
            raise RetryLater(str(error)) from None
        return listed

    def look(self) -> None:
        """Begin to pull what is due, beside everything else; to be called now and then."""
        if (self._thread is None or not self._thread.is_alive()) and any(map(self.is_due, self._accounts)):
            self._thread = Thread(target=self.keep_fresh, name="catalogue", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Wait for the end of a pull that `stop` ends."""
        if self._thread is not None:
            self._thread.join()

    def keep_fresh(self) -> None:
        """Pull every list that is due. What fails is said and tried again later; nothing is raised."""
        for account in self._accounts:
            if self.is_due(account):
                try:
                    log.info("list of products pulled", account=account, products=self.pull(account))
                except CredentialsRefused:
                    pass  # deliveries say so, too, and `connector status`
                except (ConnectorError, OSError) as error:
                    if self._stop.is_set():
                        return
                    log.warning("list of products not pulled", account=account, reason=api.redact(str(error)))

    def is_due(self, account: str) -> bool:
        """Whether the list of an account is to be pulled now."""
        known = self._ledger.catalogue.of(account)
        if not self._refresh or (known and known.failure and self._now() < known.tried_at + TRIED_AGAIN):
            return False
        return known is None or known.pulled_at is None or self._now() >= known.pulled_at + self._refresh


def _count(client: Lister) -> int | None:
    try:
        return client.listing_count()
    except RefusedBatch:
        return None  # a server without this call


def _rows(page: Iterable[Mapping[str, Any]]) -> list[tuple[str | None, ...]]:
    """The products that have an SKU."""
    listed = (api.read_product(product) for product in page)
    return [(one.sku, one.mrp, one.esp, one.currency) for one in listed if one.sku]
