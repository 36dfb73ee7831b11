"""Undo: a drop of our own that says again what was published before another one (see `connector.ours`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from connector import feeds, ours
from connector.feeds import FieldKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from connector.ledger import Ledger, SetBy
    from connector.model import Drop
    from connector.sources import LocalSource


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
    values = [ours.Said(one.feed, one.location, one.sku, value) for one, value in undoing.again]
    file = ours.written(source, f"undo-of-drop-{drop.id}.csv", values)
    accounts = {one.account for one, _ in undoing.again}
    account = accounts.pop() if len(accounts) == 1 else None
    return ledger.decisions.undo(drop, file, by=by, why=why, account=account)
