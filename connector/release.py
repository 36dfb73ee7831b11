"""Single held rows of a drop that is through: a person lets them go, or sets them aside for good.

Rows let go become a drop of our own (see `connector.ours`) that speaks as of the drop they stood in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from connector import ours
from connector.errors import ConnectorError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from connector.ledger import HeldRow, Ledger
    from connector.model import Drop
    from connector.sources import LocalSource


class NoSuchRow(ConnectorError):
    """A row was named that is not held."""


@dataclass(frozen=True, slots=True)
class Choosing:
    """Held rows that were named: those that may go, and those left alone, each with its reason."""

    go: tuple[HeldRow, ...]
    left: tuple[tuple[HeldRow, str], ...]


def chosen(rows: Sequence[HeldRow], lines: Collection[int] | None, skus: Collection[str]) -> list[HeldRow]:
    """The rows of these lines (None: of all) or SKUs. Raises NoSuchRow with every line and SKU that names none."""
    if not rows:
        raise NoSuchRow("it has no held row that waits for a word")
    if lines is None:
        return list(rows)
    there = {row.line for row in rows}, {row.sku for row in rows}
    strange = [f"line {line}" for line in sorted(set(lines) - there[0])]
    strange += [f"SKU {sku}" for sku in sorted(set(skus) - there[1])]
    if strange:
        raise NoSuchRow(f"no row that is held and waits for a word has {', '.join(strange)}")
    return [row for row in rows if row.line in lines or row.sku in skus]


def consider(rows: Iterable[HeldRow]) -> Choosing:
    """Sort held rows into what may go and what must not, because something newer has been said."""
    go, left = [], []
    for row in rows:
        reason = _why_not(row)
        if reason:
            left.append((row, reason))
        else:
            go.append(row)
    return Choosing(tuple(go), tuple(left))


def _why_not(row: HeldRow) -> str:
    if row.newer is not None:
        return f"the newer drop {row.newer} has set it, or said it again, since"
    if row.held_again is not None:
        return f"the newer drop {row.held_again} says it too, and it is held there: decide about that one"
    return ""


def land(
    ledger: Ledger, source: LocalSource, drop: Drop, rows: Sequence[HeldRow], *, by: str, why: str
) -> int:
    """Write the file with these rows and land it; answers the number of the drop that sends them."""
    values = [ours.Said(row.feed, row.location, row.sku, row.value) for row in rows]
    file = ours.written(source, f"rows-of-drop-{drop.id}.csv", values)
    keys = [row.id for row in rows]
    account = drop.report.get("account")
    return ledger.decisions.approve_rows(drop, keys, file, by=by, why=why, account=account)
