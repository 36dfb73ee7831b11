"""Which records of a batch the entries of an answer speak of (konnect-api.md 2.6: shape of an entry unknown).

A wrong tie would call an innocent record refused and a guilty one accepted, so in every doubt nothing is
tied: an untied failure only costs sending halves.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from connector.model import Refusal

_LOCATION = ("locationid", "locationcode", "location", "storecode", "storeid")
_SKU = ("sku", "skucode", "skuid", "sellersku", "selleridentifier")
_ORDER = ("orderid", "shipmentid", "id")
_CODE = ("code", "errorcode", "errcode")
_MESSAGE = ("message", "error", "reason", "description", "errormessage", "detail", "msg")
_SHORTEST_BARE_SKU = 4  # a shorter code in free text may be a status or a line number


@lru_cache(1024)
def plain(name: str) -> str:
    """A member's name without the habits of spelling: `location_id`, `locationId`, `LocationID` are one."""
    return name.replace("_", "").replace("-", "").lower()


def members(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Members of an entry under plain names, and those of objects in it where it has none of that name."""
    found = {plain(key): value for key, value in entry.items()}
    for value in entry.values():
        if isinstance(value, Mapping):
            for key, inner in value.items():
                found.setdefault(plain(key), inner)
    for name in ("error", "message"):  # an object there is the entry's inside, not its text
        if isinstance(found.get(name), Mapping):
            inside = found.pop(name)
            found[name] = next((inside[key] for key in inside if plain(key) in _MESSAGE), None)
    return found


class Who(NamedTuple):
    """What names a record: location and SKU for stock and price, the shipment's id for orders."""

    location: str | None
    sku: str | None
    order: str | None


def tie(entries: Sequence[object], payload: bytes) -> dict[int, Refusal]:
    """Refusals by index of the record in `payload`, one per record however many entries speak of it.

    An entry names its record by location and SKU, by a SKU that only one record has, by a shipment id, or,
    when it has none of these, by a text in which exactly one SKU of the batch stands. ValueError when
    `payload` is no JSON array.
    """
    records = _Records(json.loads(payload))
    spoken: dict[int, list[object]] = defaultdict(list)
    for entry in entries:
        for index in records.meant_by(entry):
            spoken[index].append(entry)
    return {index: refusal(index, said) for index, said in sorted(spoken.items())}


def refusal(index: int, entries: Sequence[object]) -> Refusal:
    """All that was said about one record, as one refusal; the raw entries are kept as JSON text."""
    codes, messages = [], []
    for entry in entries:
        code, message = _said(entry)
        codes.append(code)
        messages.append(message)
    raw = _dump(entries[0] if len(entries) == 1 else list(entries)) if entries else ""
    message = _join(messages) or "The API refused this record and gave no reason."
    return Refusal(index=index, code=_join(codes), message=message, raw=raw)


def _join(parts: Sequence[str]) -> str:
    return "; ".join(dict.fromkeys(part for part in parts if part))


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _said(entry: object) -> tuple[str, str]:
    """The code and the message of an entry; a message that cannot be found is the entry itself as text."""
    if not isinstance(entry, Mapping):
        return "", entry if isinstance(entry, str) else _dump(entry)
    named = members(entry)
    message = _first(named, _MESSAGE)
    return _first(named, _CODE) or "", message or _dump(entry)


def _first(named: Mapping[str, Any], names: Sequence[str]) -> str | None:
    for name in names:
        text = _text(named.get(name))
        if text:
            return text
    return None


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list):
        return "; ".join(filter(None, map(_text, value))) or None
    return None


def _who(entry: Mapping[str, Any]) -> Who:
    named = members(entry)
    return Who(_first(named, _LOCATION), _first(named, _SKU), _first(named, _ORDER))


class _Records:
    """The records of one payload, found by what may name them."""

    def __init__(self, records: object) -> None:
        if not isinstance(records, list):
            raise ValueError("a payload must be a JSON array")  # noqa: TRY004 - one error for every wrong payload
        self.pairs: dict[tuple[str, str], list[int]] = defaultdict(list)
        self.skus: dict[str, list[int]] = defaultdict(list)
        self.orders: dict[str, list[int]] = defaultdict(list)
        self.locations: list[str | None] = []
        for index, record in enumerate(records):
            who = _who(record) if isinstance(record, Mapping) else Who(None, None, None)
            self.locations.append(who.location)
            if who.sku is not None:
                self.skus[who.sku].append(index)
                if who.location is not None:
                    self.pairs[who.location, who.sku].append(index)
            if who.order is not None:
                self.orders[who.order].append(index)

    def meant_by(self, entry: object) -> Sequence[int]:
        """Indexes an entry speaks of: none when in doubt, several only when one key was sent twice."""
        if not isinstance(entry, Mapping):
            return self._mentioned(entry) if isinstance(entry, str) else ()
        who = _who(entry)
        if who.sku is not None:
            return self._named(who.location, who.sku)
        if who.order is not None and who.order in self.orders:
            return self.orders[who.order]
        return self._mentioned(_first(members(entry), _MESSAGE) or "")

    def _named(self, location: str | None, sku: str) -> Sequence[int]:
        """By both, else by a SKU that one record alone has: its location may go by another name."""
        if location is not None and (location, sku) in self.pairs:
            return self.pairs[location, sku]
        same = self.skus.get(sku)
        if same is None:
            folded = [indexes for known, indexes in self.skus.items() if known.casefold() == sku.casefold()]
            same = folded[0] if len(folded) == 1 else []
        return same if len(same) == 1 else ()

    def _mentioned(self, text: str) -> Sequence[int]:
        """The one record whose SKU stands in a text as a word of its own, with its location where needed."""
        spans = [
            (*span, sku) for sku in self.skus if sku in text for span in _words(sku, text, self.locations)
        ]
        longest = {
            sku
            for start, end, sku in spans
            if not any(s <= start and end <= e and (s, e) != (start, end) for s, e, _ in spans)
        }
        if len(longest) != 1:
            return ()
        same = self.skus[longest.pop()]
        if len(same) == 1:
            return same
        there = [i for i in same if (place := self.locations[i]) and _stands(place, text)]
        return there if len(there) == 1 else ()


def _stands(place: str, text: str) -> bool:
    """Whether a location code stands in a text as a whole; its SKU may follow behind a slash."""
    return re.search(rf"(?<![\w-]){re.escape(place)}(?![\w-])", text) is not None


def _words(code: str, text: str, locations: Container[str | None]) -> Iterator[tuple[int, int]]:
    """Where a code stands as a whole: no letter, digit, dash, or inner dot or slash goes on at either end.

    A slash before it may only follow a known location (`BLR-01/TS-RED`); a short code needs the word SKU.
    """
    ahead = r"(?i:\b(?:sku|item)\W{1,3})" if len(code) < _SHORTEST_BARE_SKU else r"(?<![\w-])(?<!\w\.)"
    for match in re.finditer(rf"{ahead}({re.escape(code)})(?![\w-])(?![./]\w)", text):
        start, end = match.span(1)
        before = re.search(r"(\S+)/$", text[:start])
        if before is None or before[1].lstrip("([{'\"") in locations:
            yield start, end
