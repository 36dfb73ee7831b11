"""Where orders come from that a stock file cannot know: for now a file; Konnect's own come with the orders feed."""

from __future__ import annotations

import csv
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from connector.errors import HoldDrop
from connector.later import later

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from connector import shaping
    from connector.shaping import Order
else:
    shaping = later("connector.shaping")

COLUMNS = ("location_id", "sku", "quantity", "ordered_at")


class OrderSource(Protocol):
    """Anything that knows orders."""

    def since(self, moment: datetime) -> Iterator[Order]:
        """Orders later than a moment (with its time zone), in any order. Raises HoldDrop when they cannot be told."""
        ...


class OrderFile:
    """Orders of a CSV file with the columns of `COLUMNS`; a time without zone is of the shop's own."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def since(self, moment: datetime) -> Iterator[Order]:
        """Read the file anew: it grows while orders come in."""
        try:
            with self._path.open(encoding="utf-8-sig", newline="") as file:
                for number, row in enumerate(csv.DictReader(file), 2):
                    order = self._order(number, row)
                    if order.at > moment:
                        yield order
        except (OSError, UnicodeDecodeError) as error:
            raise HoldDrop(f"the orders to take off cannot be read: {self._path}: {error}") from None

    def _order(self, line: int, row: dict[str, str]) -> Order:
        """Raises HoldDrop: an order that is not understood would be sold once more."""
        try:
            place, sku, pieces, at = (row[name].strip() for name in COLUMNS)
            return shaping.Order(place, sku, int(pieces), datetime.fromisoformat(at).astimezone())
        except (KeyError, ValueError, AttributeError) as error:
            raise HoldDrop(
                f"the orders to take off cannot be read: {self._path}, line {line}: {error}. Its columns are "
                f"{', '.join(COLUMNS)}; a time such as 2026-11-28T14:05; mend it and retry the drop"
            ) from None
