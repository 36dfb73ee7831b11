"""Read-back: what Konnect lists is compared with what it acknowledged, and what differs can be pushed again.

Only prices can be read back (konnect-api.md 4.2); of stock the API tells nothing.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import structlog

from connector import api, ours
from connector.errors import ConnectorError
from connector.later import later
from connector.ledger import as_products, as_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from connector.ledger import Ledger
    from connector.model import Drop
    from connector.shaping import readback
    from connector.sources import LocalSource
else:
    readback = later("connector.shaping.readback")

log = structlog.get_logger(__name__)

FEED = "price"
"""The feed whose values the list of products tells."""


class ReadBack:
    """Compares a few of the prices a drop has set with what Konnect lists, when the drop is through."""

    def __init__(
        self,
        ledger: Ledger,
        listings: Callable[[str, Sequence[str]], Sequence[Mapping[str, Any]]],
        *,
        sample: int,
    ) -> None:
        """`listings` gives the products of at most ten SKUs, for an account; `sample`: how many, 0 none."""
        self._ledger = ledger
        self._listings = listings
        self._sample = sample

    def look(self, drop: Drop) -> None:
        """Compare, and write into the drop's report what came out. Never fails: a drop is through without it."""
        if not self._sample or "read_back" in drop.report:
            return
        found = [self._compare(*one) for one in self._ledger.sample(drop.id, FEED, self._sample).items()]
        if not found:
            return
        said: dict[str, Any] = {
            "compared": sum(one["compared"] for one in found),
            "not_listed": sum(one["not_listed"] for one in found),
            "differences": [each for one in found for each in one["differences"]],
            "failed": next((one["failed"] for one in found if "failed" in one), None),
        }
        if said["differences"]:
            log.warning(
                "prices differ at Konnect", drop=drop.id, file=drop.path, of=said["compared"],
                differ=len(said["differences"]), see="connector verify",
            )  # fmt: skip
        self._ledger.add_report(drop.id, {"read_back": said})

    def _compare(self, account: str, skus: Sequence[str]) -> dict[str, Any]:
        try:
            listed = self._listings(account, skus)
        except (ConnectorError, OSError) as error:
            reason = api.redact(str(error))
            return {"compared": 0, "not_listed": 0, "differences": [], "failed": reason}
        shelves = self._ledger.published(account, FEED)
        return report(readback.compare(products_of(listed), shelves, as_texts(skus)))


def products_of(listed: Sequence[Mapping[str, Any]]) -> Any:
    """Products as the API gives them, as columns to compare with."""
    return as_products(tuple(api.read_product(product)) for product in listed)


def report(found: readback.Compared) -> dict[str, Any]:
    """What comparing came to, as JSON-able values."""
    return {
        "compared": found.skus,
        "not_listed": found.not_listed,
        "differences": [asdict(one) for one in found.differences],
    }


def everything(ledger: Ledger, account: str) -> readback.Compared:
    """Compare all published prices of an account with its list of products, which must have been pulled."""
    return readback.compare(ledger.catalogue.products(account), ledger.published(account, FEED))


def push(
    ledger: Ledger, source: LocalSource, account: str, found: readback.Compared, *, by: str, why: str
) -> int:
    """Send what differs once more, as a drop of our own; answers its number. What is newer by then stays."""
    values = [
        ours.Said(FEED, location, one.sku, value)
        for one in found.differences
        for location, value in one.published.items()
    ]
    newest = ledger.drop(max(one.newest for one in found.differences))
    file = ours.written(source, f"verified-{account}-as-of-drop-{newest.id}.csv", values)
    return ledger.decisions.push_again(
        newest, file, by=by, why=why, account=account, about=f"{len(values)} prices"
    )
