"""Every ASSUMED line of the API's contract that we lean on, each behind one function (design decision 8).

Section numbers are those of konnect-api.md. When the real API turns out to differ, the correction is one
edit here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from connector.api.payload import count_records, join_payload, split_payload
from connector.api.tying import plain, refusal, tie
from connector.errors import RetryLater
from connector.model import Refusal, Reply

__all__ = [
    "NotUnderstood",
    "Product",
    "credentials_refused",
    "decode_reply",
    "join_payload",
    "read_count",
    "read_listings",
    "read_message",
    "read_product",
    "read_token",
    "split_payload",
]

_TOKEN_NAMES = ("accessToken", "access_token", "token")
_COUNT_NAMES = ("count", "total", "total_count")
_LIST_NAMES = ("items", "data", "listings", "products", "results")
_ERROR_NAMES = ("errors", "error", "failedrecords", "failures")
_REFUSED_WORDS = frozenset({"FAILED", "FAILURE", "ERROR", "UNAUTHORIZED", "DENIED"})
_LONGEST_MESSAGE = 300


class NotUnderstood(RetryLater):
    """An answer that is not what the contract says: not JSON, or without the members that decide."""


def _parse(body: bytes) -> Any:
    """JSON of a body; NotUnderstood otherwise. The text never quotes the body, which may hold a token."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        pass
    kind = "empty" if not body.strip() else "HTML" if body.lstrip()[:1] == b"<" else "not JSON"
    raise NotUnderstood(f"The API's answer was not understood: it is {kind} ({len(body)} bytes).")


def read_token(body: bytes) -> str:
    """The token of a token answer (3.1, names unknown): `accessToken`, `access_token` or `token`.

    Also accepted under `data`. Raises NotUnderstood when there is none that can stand in a header.
    """
    document = _parse(body)
    for place in _objects(document):
        for name in _TOKEN_NAMES:
            value = place.get(name)
            if isinstance(value, str) and re.fullmatch(r"[!-~]+", value.strip()):
                return value.strip()
    raise NotUnderstood(
        "The API's token answer was not understood: no accessToken, access_token or token in it."
    )


def credentials_refused(status: int, body: bytes) -> bool:
    """Whether the answer to a token call means wrong credentials (3.1, ASSUMED 401).

    400 and 403 are taken so too, and a 200 that carries no token but a status word of failure.
    """
    if status in {400, 401, 403}:
        return True
    try:
        document = _parse(body)
    except NotUnderstood:
        return False
    words = {str(place.get("status")).upper() for place in _objects(document)}
    tokens = [name for place in _objects(document) for name in _TOKEN_NAMES if place.get(name)]
    return not tokens and bool(words & _REFUSED_WORDS)


def read_count(body: bytes) -> int:
    """Number of listings (4.1, body unknown): a count, total or total_count, also under `data`."""
    document = _parse(body)
    for place in _objects(document):
        for name in _COUNT_NAMES:
            value = _integer(place.get(name))
            if value is not None:
                return value
    raise NotUnderstood("The API's count answer was not understood: no count or total in it.")


def read_listings(body: bytes) -> list[Mapping[str, Any]]:
    """Products of one page (4.2, body unknown): an array, bare or under `items`, `data` and the like.

    Each product is left as it came. Raises NotUnderstood when there is no array of objects.
    """
    document = _parse(body)
    inner = document.get("data") if isinstance(document, Mapping) else None
    places: list[object] = [document] if isinstance(document, list) else []
    holders = [place for place in (document, inner) if isinstance(place, Mapping)]
    places += [holder[name] for holder in holders for name in _LIST_NAMES if name in holder]
    for place in places:
        if isinstance(place, list) and all(isinstance(item, Mapping) for item in place):
            return place
    raise NotUnderstood("The API's listings answer was not understood: no list of products in it.")


class Product(NamedTuple):
    """What we go by of a listed product: its SKU, its prices as canonical text ("999.00"); None where not said."""

    sku: str | None
    mrp: str | None
    esp: str | None
    currency: str | None


def read_product(item: Mapping[str, Any]) -> Product:
    """A product of the listings (4.2, names ASSUMED to be those of the write side; one price for all locations)."""
    sku, currency = item.get("sku"), item.get("currency")
    return Product(
        sku if isinstance(sku, str) and sku else None,
        _money(item.get("mrp")),
        _money(item.get("esp")),
        currency if isinstance(currency, str) and currency else None,
    )


def _money(value: object) -> str | None:
    """An amount in major units, as a number or as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return str(Decimal(str(value)).quantize(Decimal("0.01")))
    except InvalidOperation:
        return None


def read_message(body: bytes) -> str:
    """What an error body says (2.7, all ASSUMED), short: its message, or an HTML page's title."""
    try:
        document = _parse(body)
    except NotUnderstood:
        text = body[:4000].decode("utf-8", "replace")
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        text = re.sub(r"<[^>]*>", " ", title[1] if title else text)
    else:
        words = ("message", "error", "reason", "description", "detail")
        found = [
            place[word] for place in _objects(document) for word in words if isinstance(place.get(word), str)
        ]
        text = found[0] if found else ""
    return " ".join(text.split())[:_LONGEST_MESSAGE]


def _objects(document: object) -> Iterator[Mapping[str, Any]]:
    """The answer's object and the one under its `data`: names are looked for in both."""
    if isinstance(document, Mapping):
        yield document
        inner = document.get("data")
        if isinstance(inner, Mapping):
            yield inner


def _integer(value: object) -> int | None:
    """A count: a whole number not below zero, also written as text or 3.0."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value.strip()):
        return int(value)
    if isinstance(value, int | float) and value >= 0 and value == value // 1:
        return int(value)
    return None


class _Envelope(NamedTuple):
    sent: int | None
    success: int | None
    failed: int | None
    errors: list[object]
    ack_id: str | None


def _read_envelope(body: bytes) -> _Envelope:
    """Counts and entries of either envelope (2.4 under `data`, 2.5 on top); NotUnderstood without counts."""
    document = _parse(body)
    if isinstance(document, list) and len(document) == 1:
        document = document[0]
    places = [{plain(key): value for key, value in place.items()} for place in _objects(document)]
    for place in reversed(places):
        success, failed = _integer(place.get("successcount")), _integer(place.get("failedcount"))
        if success is None and failed is None:
            continue
        return _Envelope(
            _integer(place.get("payloadcount")), success, failed, _entries(places), _ack(document)
        )
    raise NotUnderstood(
        "The API's answer was not understood: it has neither a success count nor a failed count."
    )


def _entries(places: list[dict[str, Any]]) -> list[object]:
    """Entries of an answer (2.6): an array; else one object, an object from SKU to fault, or one text."""
    for place in reversed(places):
        for name in _ERROR_NAMES:
            found = place.get(name)
            if not found:
                continue
            if isinstance(found, list):
                return list(found)
            if isinstance(found, str) and found.strip():
                return [found]
            if isinstance(found, Mapping):
                return _entries_of_object(found)
    return []


def _entries_of_object(found: Mapping[str, Any]) -> list[object]:
    if {plain(key) for key in found} & {
        "message",
        "code",
        "errorcode",
        "reason",
        "description",
        "sku",
        "orderid",
    }:
        return [found]
    return [
        {"sku": key, **(value if isinstance(value, Mapping) else {"message": value})}
        for key, value in found.items()
    ]


def _ack(document: object) -> str | None:
    """The acknowledgement id (2.4 `meta.ack_id`); absent in envelope B."""
    for place in (
        (document, *(document.get(name) for name in ("meta", "data")))
        if isinstance(document, Mapping)
        else ()
    ):
        if isinstance(place, Mapping):
            for key, value in place.items():
                if plain(key) == "ackid" and isinstance(value, str | int) and str(value):
                    return str(value)
    return None


def decode_reply(status: int, body: bytes, payload: bytes, records: int | None = None) -> Reply:
    """The answer to a write, decoded loosely (2.4, 2.5, 2.6): the counts decide, no status does.

    `payload` is the body that was sent; refusals carry the index of a record in it. `records`: how many are in it,
    where the caller knows; else they are counted. Doubt is counted, not guessed:

    - `unexplained` is what failed and could not be tied to a record, plus every record the counts leave
      open (counts missing, or not adding up to the number sent); never negative, never more than the untied
      records.
    - More records named than `failed_count` admits, or records named while it is 0: the named ones all
      count as refused. Their value is then not taken as published and is sent again, harmless for absolute
      values.
    - Of a batch of one record with a failure, that record is meant, whatever the entry looks like.
    - A batch of many where all failed without names is *not* taken as all refused: one bad record may have
      sunk the rest, and halves will show which.

    Raises NotUnderstood (a RetryLater) when the body is no JSON or has no counts; ValueError when `payload`
    is no array.
    """
    envelope = _read_envelope(body)
    sent = count_records(payload) if records is None else records
    if _all_went_well(envelope, sent):
        return Reply(status, body, sent, sent, 0, envelope.ack_id)
    success, failed = envelope.success or 0, envelope.failed or 0
    refused = tie(envelope.errors, payload)
    if sent == 1 and failed and not refused:
        refused = {0: refusal(0, envelope.errors)}
    open_records = abs(sent - success - failed)
    if envelope.sent is not None:
        open_records = max(open_records, abs(sent - envelope.sent))
    untied = max(failed - len(refused), 0) + open_records
    refusals: tuple[Refusal, ...] = tuple(refused.values())
    return Reply(
        status=status,
        body=body,
        payload_count=sent if envelope.sent is None else envelope.sent,
        success_count=success,
        failed_count=failed,
        ack_id=envelope.ack_id,
        refusals=refusals,
        unexplained=min(untied, sent - len(refusals)),
    )


def _all_went_well(envelope: _Envelope, sent: int) -> bool:
    """The usual case: no failure, no entry, and as many as were sent."""
    if envelope.failed != 0 or envelope.errors or not envelope.success:
        return False
    return envelope.success == sent == (sent if envelope.sent is None else envelope.sent)
