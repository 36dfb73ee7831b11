"""Plans as tests look at them: all that would go out kept, beside the verdicts."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from connector.planner import DryRun

if TYPE_CHECKING:
    from collections.abc import Iterable

    from connector.model import LotDraft


@dataclass(slots=True)
class Written(DryRun):
    """A plan written down: its verdicts, and every lot."""

    lots: list[LotDraft] = field(default_factory=list)

    def add_lots(self, lots: Iterable[LotDraft]) -> None:
        """Keep them."""
        self.lots.extend(lots)

    def records(self, feed: str) -> list[dict[str, Any]]:
        """What the payloads of a feed say."""
        bodies = [body for lot in self.lots if lot.feed == feed for body in lot.payloads]
        return [record for body in bodies for record in json.loads(body)]
