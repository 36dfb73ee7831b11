"""Everything konnect-api.md marks ASSUMED or leaves unknown, each in one place.

When the real API turns out to differ, this is the file to correct. Nothing else in the sandbox spells an
answer member, a status word, a record error code or a default that the contract does not establish. What the
contract does establish (paths, limits, field names) stands where it is used.
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Key = TypeVar("Key")
Value = TypeVar("Value")

# --- Tokens (3.1) ---

TOKEN_LIFETIME_SECONDS = 3600.0
"""Seconds a token lives; a new token does not end the older ones."""


def new_token() -> str:
    """A fresh token: a UUID of version 4."""
    return str(uuid.uuid4())


# --- Words and codes of records (2.6, 5.1, 5.2) ---

INVALID_RECORD = "INVALID_RECORD"  # the array element is no JSON object
INVALID_LOCATION = "INVALID_LOCATION"  # unknown, of a wrong type, or not the location of this token
INVALID_SKU = "INVALID_SKU"  # unknown or of a wrong type
INVALID_QUANTITY = "INVALID_QUANTITY"  # negative, no JSON integer, or missing
INVALID_PRICE = "INVALID_PRICE"  # no number, not above zero, or esp above mrp
INVALID_CURRENCY = "INVALID_CURRENCY"  # not the currency of the company
INTERNAL_ERROR = "INTERNAL_ERROR"  # the code of a failure that was asked for as a fault


def status_word(payload_count: int, failed_count: int) -> str:
    """The status of a whole call (2.6). An empty array counts as a success."""
    if failed_count == 0:
        return "SUCCESS"
    return "FAILED" if failed_count == payload_count else "PARTIAL_SUCCESS"


HTTP_STATUS_OF_FAILED_RECORDS = 200
"""The records decide, the HTTP status does not: 200 even when all of them failed (2.6)."""


def keep(kept: dict[Key, Value], key: Key, value: Value) -> None:
    """Two records of one (location, sku) in one call both count as successes; the last one stands (5.2)."""
    kept[key] = value


MONEY_PLACES = Decimal("0.01")


def rounded_money(amount: Decimal) -> Decimal:
    """Money in major units (rupees) with two places, half up (2.1).

    Raises:
        decimal.InvalidOperation: the number is too large to have two places.
    """
    return amount.quantize(MONEY_PLACES, rounding=ROUND_HALF_UP)


# --- HTTP errors (2.7) ---


def http_error_body(message: str) -> dict[str, object]:
    """The body of every HTTP error."""
    return {"status": "FAILED", "message": message}


# --- Listings (4.1, 4.2) ---

FIRST_PAGE = 1
DEFAULT_PAGE_SIZE = 100

# --- How answers are spelled ---


@dataclass(frozen=True, slots=True)
class RecordError:
    """One failed record. ``subject`` holds the keys of the record in the contract's spelling."""

    subject: Mapping[str, object]
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Spelling:
    """Which spelling each answer uses. The defaults are our assumption; a fault asks for another one."""

    errors: str = "default"
    envelope: str = "default"
    token: str = "accessToken"  # noqa: S105 (the name of a member, not a secret)
    count: str = "count"
    listing: str = "default"
    partial_http: int = HTTP_STATUS_OF_FAILED_RECORDS


_CAMEL = {"location_id": "locationId", "order_id": "orderId"}
_SNAKE = {"orderId": "order_id", "orderItemId": "order_item_id"}


def _renamed(subject: Mapping[str, object], names: Mapping[str, str]) -> dict[str, object]:
    return {names.get(key, key): value for key, value in subject.items()}


def _text(error: RecordError) -> str:
    return f"{error.code}: {'/'.join(str(value) for value in error.subject.values())}: {error.message}"


ERROR_SPELLINGS: Mapping[str, Callable[[RecordError], object]] = {
    "default": lambda e: {**e.subject, "code": e.code, "message": e.message},
    "camel": lambda e: {**_renamed(e.subject, _CAMEL), "errorCode": e.code, "error": e.message},
    "snake": lambda e: {**_renamed(e.subject, _SNAKE), "error_code": e.code, "reason": e.message},
    "described": lambda e: {**e.subject, "code": e.code, "description": e.message},
    "keyless": lambda e: {"code": e.code, "message": e.message},
    "strings": _text,
}
"""Entry of ``errors[]`` by spelling (2.6)."""


@dataclass(slots=True)
class Tally:
    """What became of the records of one call, before it is put in an envelope."""

    payload_count: int
    failed_count: int = 0
    errors: list[RecordError] = field(default_factory=list)

    @property
    def success_count(self) -> int:
        """Records that were applied."""
        return self.payload_count - self.failed_count


INTEGRATION_ID = "65d1e2f3a4b5c6d7e8f90a1b"


def envelope_a(tally: Tally, spelling: Spelling) -> dict[str, object]:
    """The snake envelope of price and inventory (2.4): ``data`` and ``meta``.

    The spellings ``flat`` (no ``data`` around the counts) and ``camel`` (envelope B) are faults.
    """
    if spelling.envelope == "camel":
        return envelope_b(tally, spelling)
    data: dict[str, object] = {
        "payload_count": tally.payload_count,
        "success_count": tally.success_count,
        "failed_count": tally.failed_count,
        "errors": _entries(tally, spelling),
    }
    meta = {
        "ack_id": secrets.token_hex(12),
        "integrationId": INTEGRATION_ID,
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "status": status_word(tally.payload_count, tally.failed_count),
    }
    if spelling.envelope == "flat":
        return {**data, "meta": meta}
    return {"data": data, "meta": meta}


def envelope_b(tally: Tally, spelling: Spelling) -> dict[str, object]:
    """The camel envelope of confirm, cancel, invoiceUpdate, pack, dispatch and return (2.5)."""
    return {
        "payloadCount": tally.payload_count,
        "successCount": tally.success_count,
        "failedCount": tally.failed_count,
        "status": status_word(tally.payload_count, tally.failed_count),
        "errors": _entries(tally, spelling),
    }


ENVELOPE_SPELLINGS = ("default", "flat", "camel")


def _entries(tally: Tally, spelling: Spelling) -> list[object]:
    spell = ERROR_SPELLINGS[spelling.errors]
    return [spell(error) for error in tally.errors]


TOKEN_SPELLINGS = (
    "accessToken", "access_token", "token", "data.accessToken", "data.access_token", "data.token",
)  # fmt: skip
COUNT_SPELLINGS = ("count", "total", "total_count", "data.count", "data.total")


def _nested(path: str, value: object) -> dict[str, object]:
    """``data.total`` and 3 give ``{"data": {"total": 3}}``."""
    outer, dot, inner = path.partition(".")
    return {outer: {inner: value}} if dot else {outer: value}


def token_answer(token: str, spelling: Spelling) -> dict[str, object]:
    """Answer of the token call (3.1)."""
    return {**_nested(spelling.token, token), "status": "SUCCESS"}


def count_answer(count: int, spelling: Spelling) -> dict[str, object]:
    """Answer of the product count (4.1); the count is seller-wide whatever the token."""
    return _nested(spelling.count, count)


def listing_item(sku: str, facts: Mapping[str, object], currency: str) -> dict[str, object]:
    """One product of the listings (4.2). ``facts``: name, brand, size, item_code, mrp, esp, is_active."""
    return {
        "sku": sku,
        "name": facts["name"],
        "brand": facts["brand"],
        "size": facts["size"],
        "item_code": facts["item_code"],
        "identifiers": [{"gtin_type": "sku_code", "gtin_value": sku, "primary": True}],
        "mrp": facts["mrp"],
        "esp": facts["esp"],
        "currency": currency,
        "is_active": facts["is_active"],
    }


def listing_answer(
    items: list[dict[str, object]], page_no: int, page_size: int, total: int, spelling: Spelling
) -> object:
    """Answer of the listings (4.2): ``items`` with a ``page``, or by fault a bare array or ``data``."""
    if spelling.listing == "bare":
        return items
    if spelling.listing == "data":
        return {"data": items}
    has_next = page_no * page_size < total
    return {
        "items": items,
        "page": {"current": page_no, "size": page_size, "item_total": total, "has_next": has_next},
    }


LISTING_SPELLINGS = ("default", "bare", "data")
