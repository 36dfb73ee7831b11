"""Checks of single rows. Each guard is one declaration in `ROW_GUARDS`; a row it stops is held, all others go on.

A guard looks at records that are about to be sent (`Rows`), beside what was last acknowledged for them. What is
wrong whatever a shop thinks of it (a selling price above its MRP, a code damaged by Excel) is rejected before that
(`checks`, `codes`): no person can let it go.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from connector.feeds import FieldKind
from connector.shaping.acknowledged import Acknowledged
from connector.shaping.checks import rupees
from connector.shaping.crowd import times

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from connector.feeds import Feed, Guards
    from connector.feeds.fields.text import Flags
    from connector.shaping.acknowledged import Floats
    from connector.shaping.frames import Frame

_PAISE = 100
_SLACK = 1e-9
"""A move of exactly the limit is within it, whatever binary fractions make of a share."""


class Rows:
    """What a row guard may look at: records of one feed, with the columns of `Changed.to_send`."""

    def __init__(self, frame: Frame, feed: Feed, guards: Guards) -> None:
        self.frame = frame
        self.feed = feed
        self.guards = guards

    def __len__(self) -> int:
        return len(self.frame)

    def said(self, field: str) -> Floats:
        """The value of a field in each record, in pieces or paise."""
        return np.asarray(self.frame[field], dtype=np.float64)

    def text(self, field: str, at: int) -> str:
        """The value of a field in one record, as a person reads it."""
        said = int(self.frame[field][at])
        return rupees(said) if self.feed.field(field).kind is FieldKind.MONEY else str(said)

    @cached_property
    def before(self) -> Acknowledged:
        """What was last acknowledged for them."""
        return Acknowledged(self.frame["previous"], self.feed)

    def in_one_currency(self, moved: Flags) -> Flags:
        """Those of some records whose price is in the currency it was in before: others cannot be compared."""
        for field in self.feed.of_kind(FieldKind.CURRENCY) if moved.any() else ():
            moved = self.before.same(field, moved, self.frame[field])
        return moved


@dataclass(frozen=True, slots=True, eq=False)
class Stop:
    """The records one guard stops for one field, and in words why.

    `ratio` is what each record asks for against what was acknowledged, where the guard is about such moves: many that
    moved alike are a crowd, and the whole drop is held.
    """

    field: str
    rows: Flags
    says: Callable[[int], str]
    ratio: Floats | None = None


@dataclass(frozen=True, slots=True)
class RowGuard:
    """A check of single rows: its name, what it protects from, the look it takes, and what a crowd of it usually is."""

    name: str
    label: str
    look: Callable[[Rows], Iterator[Stop]]
    usually: str = ""


def _price_floor(rows: Rows) -> Iterator[Stop]:
    lowest = rows.guards.min_price
    if lowest is not None:
        for field in rows.feed.of_kind(FieldKind.MONEY):
            below = rows.said(field) < float(lowest * _PAISE)
            yield Stop(
                field, below, _outside(rows, field, f"below {lowest}, the lowest price there is (min_price)")
            )


def _price_ceiling(rows: Rows) -> Iterator[Stop]:
    highest = rows.guards.max_price
    if highest is not None:
        for field in rows.feed.of_kind(FieldKind.MONEY):
            above = rows.said(field) > float(highest * _PAISE)
            yield Stop(
                field,
                above,
                _outside(rows, field, f"above {highest}, the highest price there is (max_price)"),
            )


def _quantity_ceiling(rows: Rows) -> Iterator[Stop]:
    most = rows.guards.max_quantity
    if most is not None:
        for field in rows.feed.of_kind(FieldKind.QUANTITY):
            above = rows.said(field) > most
            yield Stop(
                field, above, _outside(rows, field, f"above {most}, the most there can be (max_quantity)")
            )


def _mrp_move(rows: Rows) -> Iterator[Stop]:
    return _move(rows, "mrp", rows.guards.mrp_move)


def _esp_move(rows: Rows) -> Iterator[Stop]:
    return _move(rows, "esp", rows.guards.esp_move)


def _move(rows: Rows, field: str, share: float) -> Iterator[Stop]:
    """Prices that went up or down by more than a share of what they were."""
    before = rows.before.numbers(field)
    if before is not None:
        ratio = rows.said(field) / np.maximum(before, 1)
        moved = rows.in_one_currency(np.abs(ratio - 1) > share + _SLACK)
        yield Stop(
            field, moved, _moved(rows, field, ratio, f"more than {share:.0%} at once ({field}_move)"), ratio
        )


def _quantity_jump(rows: Rows) -> Iterator[Stop]:
    """More than a SKU ever had, as far as we know, by an order of magnitude."""
    factor, floor = rows.guards.quantity_factor, rows.guards.quantity_floor
    for field in rows.feed.of_kind(FieldKind.QUANTITY):
        before = rows.before.numbers(field)
        if before is not None:
            ratio = rows.said(field) / np.maximum(before, 1)
            jumped = rows.said(field) > (factor + _SLACK) * np.maximum(before, floor)
            wrong = f"more than {factor:g} times as many at once (quantity_factor)"
            yield Stop(field, jumped, _moved(rows, field, ratio, wrong), ratio)


def _outside(rows: Rows, field: str, wrong: str) -> Callable[[int], str]:
    label = rows.feed.field(field).label
    return lambda at: (
        f"the {label} {rows.text(field, at)} is {wrong}: the row is held, nothing is sent for it"
    )


def _moved(rows: Rows, field: str, ratio: Floats, wrong: str) -> Callable[[int], str]:
    label = rows.feed.field(field).label
    return lambda at: (
        f"the {label} goes from {rows.before.text(field, at)} to {rows.text(field, at)}, {times(ratio[at])}: {wrong}. "
        f"The row is held, Konnect keeps {rows.before.text(field, at)}"
    )


ROW_GUARDS: tuple[RowGuard, ...] = (
    RowGuard("price_floor", "a price below the lowest a shop has", _price_floor),
    RowGuard("price_ceiling", "a price above the highest a shop has", _price_ceiling),
    RowGuard("quantity_ceiling", "more pieces than a shop can have", _quantity_ceiling),
    RowGuard("mrp_move", "an MRP far from the last one", _mrp_move, "a day of new taxes"),
    RowGuard("esp_move", "a selling price far from the last one", _esp_move, "a day of new taxes or a sale"),
    RowGuard("quantity_jump", "many times the pieces a SKU ever had", _quantity_jump, "a change of unit"),
)
"""Every guard of rows there is, in the order they look. A new one is one more entry; nothing else changes."""


def stops(rows: Rows) -> list[tuple[RowGuard, Stop]]:
    """What all guards stop of these records."""
    return [(guard, stop) for guard in ROW_GUARDS for stop in guard.look(rows) if stop.rows.any()]
