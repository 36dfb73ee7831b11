"""What the sandbox holds while it runs: users, tokens, catalogue, stock and prices.

No locks: every reader and writer runs on the one event loop and none of them awaits between reading and
writing, so a call is applied as a whole or not at all.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from connector.sandbox import assumed
from connector.sandbox.seed import GENERATED_ESP, GENERATED_MRP, Credential, Price, Product, Seed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Key = tuple[str, str]
"""(location, sku)."""


@dataclass(frozen=True, slots=True)
class _Grant:
    """What a token allows and until when (``time.monotonic`` seconds)."""

    credential: Credential
    expires: float


class World:
    """The state of one sandbox; made from a seed, and made again on reset."""

    def __init__(self, seed: Seed) -> None:
        self.seed = seed
        self.currency = seed.currency
        self.locations = dict(seed.locations)
        self.products = dict(seed.products)
        self.inventory: dict[Key, int] = dict(seed.inventory)
        self.prices: dict[Key, Price] = dict(seed.prices)
        self.token_lifetime = seed.token_lifetime_seconds
        self._credentials = {each.username: each for each in seed.credentials}
        self._tokens: dict[str, _Grant] = {}
        self._newest_price: dict[str, Price] = {sku: price for (_, sku), price in seed.prices.items()}

    # --- users and tokens (3.1) ---

    @property
    def credentials(self) -> list[Credential]:
        """All users, with their passwords."""
        return list(self._credentials.values())

    def set_credential(self, credential: Credential) -> None:
        """Add a user or change its password. Tokens it was given before live on until they expire."""
        self._credentials[credential.username] = credential

    def remove_credential(self, username: str) -> None:
        """Forget a user and end its tokens; unknown names are let pass."""
        self._credentials.pop(username, None)
        gone = [token for token, grant in self._tokens.items() if grant.credential.username == username]
        for token in gone:
            del self._tokens[token]

    def issue_token(self, username: str, password: str) -> str | None:
        """A new token, or None for a wrong username or password."""
        credential = self._credentials.get(username)
        if credential is None or credential.password != password:
            return None
        token = assumed.new_token()
        self._tokens[token] = _Grant(credential, time.monotonic() + self.token_lifetime)
        return token

    def holder(self, token: str) -> Credential | None:
        """Whose token it is, or None when it is unknown or expired."""
        grant = self._tokens.get(token)
        if grant is None:
            return None
        if grant.expires <= time.monotonic():
            del self._tokens[token]
            return None
        return grant.credential

    def expire_tokens(self) -> int:
        """End every token now; says how many there were."""
        count = len(self._tokens)
        self._tokens.clear()
        return count

    # --- catalogue (4) ---

    def knows_sku(self, sku: str) -> bool:
        """Whether stock and prices of this sku are taken."""
        return sku in self.products or (self.seed.accept_unknown_skus and bool(sku))

    def knows_location(self, code: str) -> bool:
        """Whether stock and prices for this location are taken."""
        return code in self.locations or (self.seed.accept_unknown_locations and bool(code))

    def product_facts(self, sku: str) -> dict[str, object]:
        """Facts of a known product for the listings.

        Its price is the newest written at any location, else the seed's: the listings name no location, so
        this is ASSUMED too.
        """
        product = self.products.get(sku) or Product(sku, "Generated", "", sku, GENERATED_MRP, GENERATED_ESP)
        price = self._newest_price.get(sku)
        return {
            "name": product.name,
            "brand": product.brand,
            "size": product.size,
            "item_code": product.item_code,
            "mrp": price.mrp if price else product.mrp,
            "esp": price.esp if price else product.esp,
            "is_active": product.is_active,
        }

    def skus(self, start: int, count: int) -> list[str]:
        """A page of the catalogue in the order of the seed; ``start`` counts from 0."""
        return list(islice(self.products, start, start + count))

    # --- stock and prices (5) ---

    def set_inventory(self, levels: Mapping[Key, int]) -> None:
        """Absolute stock levels, in pieces."""
        self.inventory.update(levels)

    def set_prices(self, prices: Mapping[Key, Price]) -> None:
        """Prices by location and sku."""
        self.prices.update(prices)
        self._newest_price.update((sku, price) for (_, sku), price in prices.items())

    def inventory_rows(
        self, location: str | None = None, sku: str | None = None
    ) -> Iterator[dict[str, object]]:
        """Stock as rows of location_id, sku, quantity. Walks a copy, so writes meanwhile do no harm."""
        for (place, code), quantity in list(self.inventory.items()):
            if location in (None, place) and sku in (None, code):
                yield {"location_id": place, "sku": code, "quantity": quantity}

    def price_rows(self, location: str | None = None, sku: str | None = None) -> Iterator[dict[str, object]]:
        """Prices as rows; money as text with two places, so that no reader needs floats."""
        for (place, code), price in list(self.prices.items()):
            if location in (None, place) and sku in (None, code):
                yield {
                    "location_id": place,
                    "sku": code,
                    "esp": str(price.esp),
                    "mrp": str(price.mrp),
                    "currency": price.currency,
                }
