"""The records of a price or inventory call: their JSON, and what makes one good (konnect-api.md 5.1, 5.2).

Types are strict: a sku is a JSON string, a quantity a JSON integer, money a JSON number read as Decimal. A
record that breaks a rule fails alone; a body that is no array of at most 500 elements fails whole.
"""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from connector.sandbox import assumed
from connector.sandbox.errors import ApiError
from connector.sandbox.seed import Price

if TYPE_CHECKING:
    from connector.sandbox.world import Key, World

MAX_RECORDS = 500  # 2.3


class RecordRefusedError(Exception):
    """One record fails; the others of its call are not touched."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def parse_records(body: bytes) -> list[object]:
    """The elements of the bare JSON array that a write takes.

    Raises:
        ApiError: 400, the body is no UTF-8 JSON array or has more than 500 elements.
    """
    try:
        records = json.loads(body.decode("utf-8"), parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, InvalidOperation, RecursionError) as error:
        raise ApiError(400, f"the body is not valid JSON: {_plain(error)}") from error
    if not isinstance(records, list):
        raise ApiError(400, "the body must be a JSON array of records")
    if len(records) > MAX_RECORDS:
        raise ApiError(400, f"{len(records)} records, at most {MAX_RECORDS} are allowed; none was applied")
    return records


def _refuse_constant(name: str) -> None:
    """NaN and Infinity, which Python reads but JSON does not have."""
    raise ValueError(f"{name} is not JSON")


def _plain(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start} is not UTF-8"
    return str(error) or "a number is out of range"


def subject_of(record: object) -> dict[str, object]:
    """The keys of a record as an error entry repeats them; what is no plain value is left out as null."""
    fields = record if isinstance(record, dict) else {}
    return {name: _echo(fields.get(name)) for name in ("location_id", "sku")}


def _echo(value: object) -> object:
    return value if isinstance(value, str | int) else str(value) if isinstance(value, Decimal) else None


def stock_level(record: object, world: World, scope: str | None) -> tuple[Key, int]:
    """A good inventory record (5.2). ``scope`` is the location of a location-level token.

    Raises:
        RecordRefusedError: with the first rule that the record breaks.
    """
    key, fields = _keyed(record, world, scope)
    quantity = fields.get("quantity")
    # type() and not isinstance(): true and false are ints to Python, but no JSON integers.
    if type(quantity) is not int:
        raise RecordRefusedError(assumed.INVALID_QUANTITY, "quantity must be an integer")
    if quantity < 0:
        raise RecordRefusedError(assumed.INVALID_QUANTITY, "quantity must not be negative")
    return key, quantity


def price(record: object, world: World, scope: str | None) -> tuple[Key, Price]:
    """A good price record (5.1); see ``stock_level``."""
    key, fields = _keyed(record, world, scope)
    esp, mrp = _money(fields, "esp"), _money(fields, "mrp")
    if esp > mrp:
        raise RecordRefusedError(assumed.INVALID_PRICE, f"esp {esp} is above mrp {mrp}")
    if fields.get("currency") != world.currency:
        raise RecordRefusedError(assumed.INVALID_CURRENCY, f"currency must be {world.currency}")
    return key, Price(esp, mrp, world.currency)


def _keyed(record: object, world: World, scope: str | None) -> tuple[Key, dict[str, object]]:
    if not isinstance(record, dict):
        raise RecordRefusedError(assumed.INVALID_RECORD, "a record must be a JSON object")
    location, sku = record.get("location_id"), record.get("sku")
    if not isinstance(location, str):
        raise RecordRefusedError(assumed.INVALID_LOCATION, "location_id must be a string")
    if not world.knows_location(location):
        raise RecordRefusedError(assumed.INVALID_LOCATION, "unknown location")
    if scope not in (None, location):
        raise RecordRefusedError(assumed.INVALID_LOCATION, "this token is for another location")
    if not isinstance(sku, str):
        raise RecordRefusedError(assumed.INVALID_SKU, "sku must be a string")
    if not world.knows_sku(sku):
        raise RecordRefusedError(assumed.INVALID_SKU, "unknown sku")
    return (location, sku), record


def _money(fields: dict[str, object], name: str) -> Decimal:
    amount = fields.get(name)
    if isinstance(amount, bool) or not isinstance(amount, int | Decimal):
        raise RecordRefusedError(assumed.INVALID_PRICE, f"{name} must be a number")
    try:
        rounded = assumed.rounded_money(Decimal(amount))
    except InvalidOperation:
        raise RecordRefusedError(assumed.INVALID_PRICE, f"{name} is out of range") from None
    if rounded <= 0:
        raise RecordRefusedError(assumed.INVALID_PRICE, f"{name} must be above zero")
    return rounded
