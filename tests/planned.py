"""What would be sent of a file, for tests: a planner that knows nothing beforehand, and a plan kept whole."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from connector.planner import DryRun, Plan, Planner, Understanding
from connector.plans import World
from connector.readers import Limits

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from connector.model import LotDraft
    from connector.profiles import Profile


def planner(
    spool: Path,
    limits: Limits | None = None,
    profiles: Sequence[Profile] = (),
    known_codes: Collection[str] = (),
) -> Planner:
    """A planner to which everything is sent for the first time, at one location; usually without profiles.

    `known_codes` are codes beyond ASCII that the shop has.
    """
    return Planner(
        spool=spool,
        limits=limits or Limits(),
        profile_folder=lambda: profiles,
        world=World(accounts=lambda _location: "main", known_codes=lambda _account: frozenset(known_codes)),
        default_location="BLR-01",
        currency="INR",
    )


@dataclass(slots=True)
class Kept(DryRun):
    """A draft that keeps the lots as well."""

    lots: list[LotDraft] = field(default_factory=list)

    def add_lots(self, lots: Iterable[LotDraft]) -> None:
        """Keep them."""
        self.lots.extend(lots)

    def sent(self, feed: str) -> dict[str, dict[str, Any]]:
        """What would go out in a feed, as it is written in the batches, by SKU."""
        bodies = [body for lot in self.lots if lot.feed == feed for body in lot.payloads]
        return {record["sku"]: record for body in bodies for record in json.loads(body)}


def plan(planner: Planner, understood: Understanding) -> tuple[Plan, Kept]:
    """The plan of a drop that landed first of all, and all that would have been written of it."""
    kept = Kept()
    return planner.plan(understood, 1, kept), kept
