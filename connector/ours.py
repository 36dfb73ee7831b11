"""Drops of our own making: values a person wants said, as a file that lands and goes the way of every drop.

So they are planned, sent, accounted for and archived, and have a history. Keys that newer drops have set since stay as
they are: such a drop speaks as of the one it answers.
"""

from __future__ import annotations

import csv
import hashlib
from io import StringIO
from typing import TYPE_CHECKING, NamedTuple

from connector import feeds
from connector.files import replacing
from connector.ledger import OwnFile
from connector.model import OWN_SOURCE, Found

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from connector.sources import LocalSource


class Said(NamedTuple):
    """One value to be said: canonical text, as it is published."""

    feed: str
    location: str
    sku: str
    value: str


def written(source: LocalSource, name: str, values: Iterable[Said]) -> OwnFile:
    """Write the file in the place our own drops land from; the ledger takes it from there."""
    content = _lines(values).encode()
    source.path.mkdir(parents=True, exist_ok=True)
    place: Path = source.path / name
    with replacing(place) as file:
        file.write(content)
    seen = place.stat()
    found = Found(OWN_SOURCE, name, seen.st_size, seen.st_mtime_ns, seen.st_ino)
    return OwnFile(found, hashlib.sha256(content).hexdigest(), lambda landing: source.claim(found, landing))


def _lines(values: Iterable[Said]) -> str:
    """A line for each location and SKU, its columns called as the fields are; what a feed does not say is empty."""
    lines: dict[tuple[str, str], dict[str, str]] = {}
    for one in values:
        lines.setdefault((one.location, one.sku), {}).update(_fields(one))
    names = dict.fromkeys(name for fields in lines.values() for name in fields)
    text = StringIO()
    writer = csv.DictWriter(text, ["location_id", "sku", *names], restval="")
    writer.writeheader()
    for (location, sku), fields in lines.items():
        writer.writerow({"location_id": location, "sku": sku, **fields})
    return text.getvalue()


def _fields(one: Said) -> Mapping[str, str]:
    return dict(zip(feeds.by_name(one.feed).values, one.value.split("|"), strict=True))
