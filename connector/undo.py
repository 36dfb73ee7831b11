"""Undo: a drop of our own that says again what was published before another one, and goes the way of every drop.

So it is planned, sent, accounted for and archived as a file that landed, and its values have a history. Keys that newer
drops have set since stay as they are.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

from connector import feeds
from connector.feeds import FieldKind
from connector.files import replacing
from connector.model import Found

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from connector.ledger import Ledger, SetBy
    from connector.model import Drop
    from connector.sources import LocalSource

SOURCE = "connector:undo"
"""Where these files come from. No source of a configuration can be called so."""


@dataclass(frozen=True, slots=True)
class Undoing:
    """What undoing a drop comes to: values to be said again, and what is left alone, each with its reason.

    Of `again`, the `emptied` had no stock before, and get 0.
    """

    again: tuple[tuple[SetBy, str], ...]
    emptied: tuple[SetBy, ...]
    left: tuple[tuple[SetBy, str], ...]


def consider(values: Iterable[SetBy]) -> Undoing:
    """Sort the values a drop has set into what can be undone and what cannot."""
    again, emptied, left = [], [], []
    for one in values:
        reason = _why_not(one)
        if reason:
            left.append((one, reason))
            continue
        if one.previous is None:
            emptied.append(one)
        again.append((one, one.previous or "0"))
    return Undoing(tuple(again), tuple(emptied), tuple(left))


def _why_not(one: SetBy) -> str:
    if one.newer is not None:
        return f"the newer drop {one.newer} has set it since"
    if one.previous == "":
        return "what was published before is not known: it was in doubt"
    if one.previous is None and not feeds.by_name(one.feed).of_kind(FieldKind.QUANTITY):
        return "it had no price before, and a price cannot be taken away"
    return ""


def land(ledger: Ledger, source: LocalSource, drop: Drop, undoing: Undoing, *, by: str, why: str) -> int:
    """Write the file and land it; answers the number of the drop that undoes the other."""
    name = f"undo-of-drop-{drop.id}.csv"
    content = _file(undoing).encode()
    source.path.mkdir(parents=True, exist_ok=True)
    place: Path = source.path / name
    with replacing(place) as file:
        file.write(content)
    seen = place.stat()
    found = Found(SOURCE, name, seen.st_size, seen.st_mtime_ns, seen.st_ino)
    accounts = {one.account for one, _ in undoing.again}
    return ledger.decisions.undo(
        drop,
        found,
        hashlib.sha256(content).hexdigest(),
        lambda landing: source.claim(found, landing),
        by=by,
        why=why,
        account=accounts.pop() if len(accounts) == 1 else None,
    )


def _file(undoing: Undoing) -> str:
    """A line for each location and SKU, its columns called as the fields are; what a feed does not say is empty."""
    names = dict.fromkeys(name for one, _ in undoing.again for name in feeds.by_name(one.feed).values)
    lines: dict[tuple[str, str], dict[str, str]] = {}
    for one, value in undoing.again:
        lines.setdefault((one.location, one.sku), {}).update(_fields(one, value))
    text = StringIO()
    writer = csv.DictWriter(text, ["location_id", "sku", *names], restval="")
    writer.writeheader()
    for (location, sku), fields in lines.items():
        writer.writerow({"location_id": location, "sku": sku, **fields})
    return text.getvalue()


def _fields(one: SetBy, value: str) -> Mapping[str, str]:
    return dict(zip(feeds.by_name(one.feed).values, value.split("|"), strict=True))
