"""The goods of a simulated shop: what it has, and what a day does to it. Everything comes from one seed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the export; prices in paise."""

    sku: str
    name: str
    pieces: int
    mrp: int
    esp: int


@dataclass(frozen=True, slots=True)
class Kind:
    """What sort of shop it is.

    `sold` and `bought` are the shares of items that change on a day, `repriced` of those whose price does. Every so
    many days (`collection_days`) new items come, as many as `collection` of what there is, and as many old ones go.
    `empty` is the share of items without stock. `mode` is what its profile says; None: it has no profile.
    """

    name: str
    items: int
    sku: Callable[[int], str]
    form: Literal["csv", "xlsx", "titled"]
    sold: float = 0.05
    bought: float = 0.02
    repriced: float = 0.002
    collection_days: int = 0
    collection: float = 0.0
    empty: float = 0.2
    negative: float = 0.0
    mode: Literal["full", "delta"] | None = None
    sends_zeros: bool = True


WORDS = ("KURTA", "SAREE", "DUPATTA", "SHAWL", "STOLE", "BLOUSE", "LEHENGA", "JUTTI")
COLOURS = ("RED", "BLUE", "GREEN", "BLACK")


def ean(number: int) -> str:
    """A barcode with its check digit."""
    body = f"890{1_000_000 + number * 37 % 8_999_999:07}{number % 100:02}"
    odd, even = sum(map(int, body[::2])), sum(map(int, body[1::2]))
    return f"{body}{-(odd + 3 * even) % 10}"


KINDS = (
    Kind("pharma", 900, lambda n: f"IN{WORDS[n % 8][:2]}{n:04}", "csv", sold=0.15, bought=0.06,
         repriced=0.004, empty=0.3, negative=0.08, mode="full"),
    Kind("fashion", 600, lambda n: f"{WORDS[n % 8][:3]}-{1000 + n // 4}-{'SMLX'[n % 4]}", "xlsx", sold=0.08,
         bought=0.02, collection_days=15, collection=0.1, empty=0.15),
    Kind("small", 60, lambda n: f"AR-{100 + n}", "titled", sold=0.06, bought=0.04, empty=0.1),
    Kind("large", 5000, ean, "csv", sold=0.04, bought=0.03, repriced=0.001, empty=0.25, mode="full", sends_zeros=False),
    Kind("quiet", 300, lambda n: f"{n + 1:05}", "csv", sold=0.005, bought=0.002, repriced=0.0),
    Kind("names", 400, lambda n: f"{n + 1000} {WORDS[n % 8]} {COLOURS[n // 8 % 4]}", "titled",
         sold=0.1, bought=0.05, empty=0.25, sends_zeros=False),
)  # fmt: skip


class Goods:
    """What the shop has today.

    `published` (MRP and selling price by SKU), `accepted` (the day of the last drop that went through) and `sent` (the
    files that did) are told by who drops.
    """

    def __init__(self, kind: Kind, seed: int, last_day: date, days: int) -> None:
        self.kind = kind
        self.dice = Random(f"{kind.name}-{seed}")
        self.day = last_day - timedelta(days=days)
        self.made = 0
        self.accepted = self.day
        self.published: dict[str, tuple[int, int]] = {}
        self.sent: list[bytes] = []
        self.items = [self._new() for _ in range(kind.items)]

    def _new(self) -> Item:
        number, self.made = self.made, self.made + 1
        mrp = self.dice.randrange(99, 9000) * 100
        esp = int(mrp * self.dice.choice((0.7, 0.8, 0.9, 1.0)))
        stocked = self.dice.random() >= self.kind.empty
        pieces = self.dice.choice((1, 2, 3, 5, 8, 14, 40, 90)) if stocked else 0
        return Item(self.kind.sku(number), f"{WORDS[number % 8]} no. {number}", pieces, mrp, esp)

    def pass_a_day(self) -> None:
        """Sell, buy, reprice; now and then a collection comes and an old one goes."""
        self.day += timedelta(days=1)
        self.items = [self._next(item) for item in self.items]
        if self.kind.collection_days and self.day.toordinal() % self.kind.collection_days == 0:
            self.collection(self.kind.collection)

    def _next(self, item: Item) -> Item:
        kind, dice, pieces, mrp = self.kind, self.dice, item.pieces, item.mrp
        if dice.random() < kind.sold and pieces > 0:
            pieces = max(pieces - dice.choice((1, 1, 1, 2, 3)), 0)
        if dice.random() < kind.bought:
            pieces = max(pieces, 0) + dice.choice((1, 3, 6, 12))
        if kind.negative and not pieces and dice.random() < kind.negative:
            pieces = -dice.randrange(1, 5)
        # What is not listed keeps its price here: else two moves come as one when it is listed again.
        if dice.random() < kind.repriced and (kind.sends_zeros or item.pieces > 0):
            mrp = int(mrp * dice.choice((0.95, 1.05, 1.1)) / 100) * 100
        return replace(item, pieces=pieces, mrp=mrp, esp=int(mrp * item.esp / item.mrp))

    def collection(self, share: float) -> list[Item]:
        """New items come and as many of the oldest go; the new ones."""
        count = int(len(self.items) * share)
        new = [self._new() for _ in range(count)]
        self.items = [*self.items[count:], *new]
        return new

    def sample(self, count: int, among: Callable[[Item], bool] = lambda _: True) -> list[Item]:
        """Some items."""
        fitting = [item for item in self.items if among(item)]
        return self.dice.sample(fitting, min(count, len(fitting)))

    def changed(self, change: Callable[[Item], Item], items: list[Item]) -> list[Item]:
        """All items, some of them changed; what the shop has stays as it is."""
        which = {item.sku for item in items}
        return [change(item) if item.sku in which else item for item in self.items]
