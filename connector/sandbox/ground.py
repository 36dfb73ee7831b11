"""What one running sandbox consists of, for the routes to share."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from connector.sandbox.calls import CallLog
from connector.sandbox.faults import FaultBook
from connector.sandbox.seed import Credential, Price, Seed, SeedSource, load_seed
from connector.sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from connector.sandbox.world import Key


@dataclass(slots=True)
class Ground:
    """World, faults and call log, and the file that lets stock, prices and users outlive a restart."""

    seed: Seed
    world: World
    state_file: Path | None = None
    faults: FaultBook = field(default_factory=FaultBook)
    calls: CallLog = field(default_factory=CallLog)

    @classmethod
    def laid(cls, seed: SeedSource = None, faults: str = "", state_file: Path | None = None) -> Ground:
        """A ground made from a seed, with what its state file remembers on top.

        Raises:
            SeedError: the seed cannot be used.
            FaultSpecError: the fault specification cannot be read.
        """
        first = load_seed(seed)
        ground = cls(first, World(first), state_file)
        ground.faults.set(faults)
        if state_file and state_file.exists():
            for line in _whole_lines(state_file):
                _apply(ground.world, json.loads(line))
        return ground

    def reset(self, seed: Mapping[str, object] | None = None) -> None:
        """Back to the first seed (or to another one): no tokens, no calls, no faults, nothing remembered.

        Raises:
            SeedError: the other seed cannot be used; nothing is changed.
        """
        self.world = World(self.seed if seed is None else load_seed(seed))
        self.faults.set("")
        self.calls = CallLog()
        if self.state_file:
            self.state_file.write_text("", encoding="utf-8")

    def set_inventory(self, levels: Mapping[Key, int]) -> None:
        """Apply stock levels."""
        if not levels:
            return
        self.world.set_inventory(levels)
        self._remember({"inventory": [[*key, quantity] for key, quantity in levels.items()]})

    def set_prices(self, prices: Mapping[Key, Price]) -> None:
        """Apply prices."""
        if not prices:
            return
        self.world.set_prices(prices)
        rows = [[*key, str(price.esp), str(price.mrp), price.currency] for key, price in prices.items()]
        self._remember({"prices": rows})

    def set_credential(self, credential: Credential) -> None:
        """Add a user or change its password."""
        self.world.set_credential(credential)
        self._remember({"credential": [credential.username, credential.password, credential.location]})

    def remove_credential(self, username: str) -> None:
        """Forget a user and end its tokens."""
        self.world.remove_credential(username)
        self._remember({"removed": username})

    def _remember(self, change: dict[str, object]) -> None:
        """One line for each change, written before the answer goes out: a killed sandbox forgets no ack."""
        if self.state_file:
            with self.state_file.open("a", encoding="utf-8") as file:
                file.write(json.dumps(change) + "\n")


def _whole_lines(path: Path) -> list[bytes]:
    """The lines of a state file. One torn by a kill was never acknowledged: it is cut off."""
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        path.write_bytes(content[:whole])
    return content[:whole].splitlines()


def _apply(world: World, change: dict[str, Any]) -> None:
    """Replay one line of the state file."""
    world.set_inventory({(place, sku): int(quantity) for place, sku, quantity in change.get("inventory", ())})
    world.set_prices(
        {
            (place, sku): Price(Decimal(esp), Decimal(mrp), currency)
            for place, sku, esp, mrp, currency in change.get("prices", ())
        }
    )
    if "credential" in change:
        username, password, location = change["credential"]
        world.set_credential(Credential(username, password, location))
    if "removed" in change:
        world.remove_credential(change["removed"])
