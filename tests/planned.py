"""A plan that is kept: what `planner.plan` writes, part by part, for tests that look at what would be sent."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from connector.planner import DryRun

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from connector.model import LotDraft


@dataclass
class Kept(DryRun):
    """Keeps the lots as well."""

    lots: list[LotDraft] = field(default_factory=list)

    def add_lots(self, lots: Iterable[LotDraft]) -> None:
        """Keep them."""
        self.lots.extend(lots)

    def records(self, feed: str) -> Iterator[dict[str, Any]]:
        """The records of a feed as they would be sent."""
        for lot in self.lots:
            if lot.feed == feed:
                for payload in lot.payloads:
                    yield from json.loads(payload)
