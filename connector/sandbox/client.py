"""A small client of the control endpoint, for tests and the demo. Standard library only."""

from __future__ import annotations

import http.client
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import quote, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TIMEOUT_SECONDS = 30.0


class ControlError(RuntimeError):
    """The control endpoint refused; the message has its words."""


class PriceRow(NamedTuple):
    """A price as the sandbox holds it; money in major units."""

    esp: Decimal
    mrp: Decimal
    currency: str


class Control:
    """Looks into a running sandbox and changes it. Every request has a timeout."""

    def __init__(self, url: str, timeout: float = TIMEOUT_SECONDS) -> None:
        self._address = urlsplit(url).netloc
        self._timeout = timeout

    def health(self) -> bool:
        """Whether the sandbox answers."""
        try:
            return cast("bool", self._json("GET", "health")["status"] == "ok")
        except OSError:
            return False

    def state(self) -> dict[str, Any]:
        """Counts of products, stock rows and price rows; the locations; the faults in force."""
        return self._json("GET", "state")

    def inventory(self, location: str | None = None) -> dict[tuple[str, str], int]:
        """Stock by (location, sku), all of it or of one location."""
        rows = self._rows("inventory.ndjson", location)
        return {(row["location_id"], row["sku"]): row["quantity"] for row in rows}

    def prices(self, location: str | None = None) -> dict[tuple[str, str], PriceRow]:
        """Prices by (location, sku), all of them or of one location."""
        return {
            (row["location_id"], row["sku"]): PriceRow(
                Decimal(row["esp"]), Decimal(row["mrp"]), row["currency"]
            )
            for row in self._rows("prices.ndjson", location)
        }

    def calls(
        self, operation: str | None = None, since: int = 0, limit: int = 1_000_000
    ) -> list[dict[str, Any]]:
        """Calls of the public API, oldest first; ``since`` leaves out those up to that number.

        Each has: number, operation, method, path (password redacted), username, time, status (None when no
        answer was sent), outcome, records, failed, faults, duration_ms, request_bytes, request_sha256,
        reply_bytes.
        """
        query = {"since": str(since), "limit": str(limit)} | ({"operation": operation} if operation else {})
        return cast("list[dict[str, Any]]", self._json("GET", f"calls?{urlencode(query)}")["calls"])

    def body(self, number: int) -> bytes:
        """The exact bytes that a call sent."""
        return self._request("GET", f"calls/{number}/body")

    def reply(self, number: int) -> bytes:
        """The exact bytes that a call was answered with."""
        return self._request("GET", f"calls/{number}/reply")

    def stats(self) -> dict[str, Any]:
        """``operations`` (calls, status_NNN, records, failed_records), ``total``, ``most_concurrent``."""
        return self._json("GET", "stats")

    def faults(self, spec: str) -> None:
        """Replace the faults in force.

        Raises:
            ControlError: the specification cannot be read; the faults in force stay.
        """
        self._request("PUT", "faults", spec.encode())

    def clear_faults(self) -> None:
        """No faults from now on."""
        self._request("DELETE", "faults")

    def expire_tokens(self) -> int:
        """End every token; says how many there were."""
        return cast("int", self._json("POST", "expire-tokens")["expired"])

    def token_lifetime(self, seconds: float) -> None:
        """How long tokens issued from now on live."""
        self._json("PUT", "token-lifetime", {"seconds": seconds})

    def credentials(self, username: str, password: str, location: str | None = None) -> None:
        """Add a user or change its password; ``location`` None is the company level."""
        self._json("PUT", "credentials", {"username": username, "password": password, "location": location})

    def remove_credentials(self, username: str) -> None:
        """Forget a user and end its tokens."""
        self._request("DELETE", f"credentials/{quote(username, safe='')}")

    def reset(self, seed: Mapping[str, object] | None = None) -> None:
        """Back to the seed, or to another one: no stock, tokens, calls or faults from before."""
        self._json("POST", "reset", seed)

    def _rows(self, name: str, location: str | None) -> Iterator[dict[str, Any]]:
        query = f"?{urlencode({'location': location})}" if location is not None else ""
        for line in self._request("GET", name + query).splitlines():
            yield json.loads(line)

    def _json(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        content = json.dumps(body, default=str).encode() if body is not None else None
        return cast("dict[str, Any]", json.loads(self._request(method, path, content)))

    def _request(self, method: str, path: str, body: bytes | None = None) -> bytes:
        connection = http.client.HTTPConnection(self._address, timeout=self._timeout)
        try:
            connection.request(method, f"/_sandbox/{path}", body)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        if response.status != http.HTTPStatus.OK:
            raise ControlError(
                f"{method} /_sandbox/{path}: {response.status} {content.decode(errors='replace')}"
            )
        return content
