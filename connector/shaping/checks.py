"""What must hold between the values of a row, and between rows of the same key."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from connector.feeds.fields import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from connector.feeds.fields.text import Flags, Index, Whole

Lines = np.ndarray[Any, np.dtype[np.int32]]
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Amounts:
    """One price column over all records: paise, and which cells are empty or could not be read."""

    field: str
    label: str
    paise: Whole
    blank: Flags
    broken: Flags

    @property
    def known(self) -> Flags:
        """Tell which cells hold a number."""
        return ~self.blank & ~self.broken


def below_selling(prices: Sequence[Amounts]) -> Flags:
    """Tell the records whose MRP or list price is below their selling price; `prices` as for `check_prices`."""
    esp, mrp = prices[0], prices[-1]
    return esp.known & mrp.known & (mrp.paise > 0) & (esp.paise > mrp.paise)


def check_prices(
    prices: Sequence[Amounts], *, maximum: str | None = "MRP"
) -> Iterator[tuple[str, Flags, Callable[[int], Problem]]]:
    """Find prices that must not go out: (field, records, what is wrong with one of them).

    `prices` are the selling price and the MRP, or one column that stands for both. A row whose prices are
    all empty is no instruction and no fault. `maximum` is what the selling price must not exceed, in words; None when
    it may.
    """
    silent = np.logical_and.reduce([price.blank for price in prices])
    for price in prices:
        missing = Problem(
            "price_missing", f"the {price.label} is empty while the other price is given: enter both"
        )
        yield price.field, price.blank & ~silent, _always(missing)
        zero = Problem(
            "price_zero", f"the {price.label} is 0: enter a price above 0, or leave the row's prices empty"
        )
        yield price.field, price.known & (price.paise == 0), _always(zero)
        negative = Problem("price_negative", f"the {price.label} is below 0: enter a price above 0")
        yield price.field, price.known & (price.paise < 0), _always(negative)
    if maximum is not None:
        esp, mrp = prices[0], prices[-1]
        over = below_selling(prices)
        yield esp.field, over, lambda at: _over(int(esp.paise[at]), int(mrp.paise[at]), maximum)


def _always(problem: Problem) -> Callable[[int], Problem]:
    return lambda _: problem


def _over(esp: int, mrp: int, maximum: str) -> Problem:
    return Problem(
        "esp_over_mrp",
        f"the selling price {rupees(esp)} is above the {maximum} {rupees(mrp)}: lower the one or correct the other",
    )


def rupees(paise: int) -> str:
    """Write paise as an amount with two decimals."""
    return f"{paise // 100}.{paise % 100:02d}"


@dataclass(frozen=True, slots=True)
class Repeats:
    """What becomes of records that share a key.

    `merged` maps a position to (the position it is merged into, why); `refused` maps a position to what is
    wrong; `sums` maps the position that stays to the positions whose quantities it takes in, itself
    included.
    """

    merged: dict[int, tuple[int, Problem]]
    refused: dict[int, Problem]
    sums: dict[int, list[int]]


def settle_repeats(
    keys: Index,
    values: Callable[[np.ndarray[Any, Any]], Sequence[str]],
    lines: Lines,
    live: Flags,
    *,
    spoiled: Flags,
    mode: Literal["refuse", "sum", "last"],
) -> Repeats:
    """Find records of the same key and settle them as the policy says.

    `keys` numbers the key of each record; `values` gives canonical values for positions; `live` records may
    go out; `spoiled` ones are rejected for their value although their key can be read: what they meant for
    the key is not known, so the other lines of that key are refused too.
    """
    repeats = Repeats({}, {}, {})
    counts = np.bincount(keys[live | spoiled], minlength=int(keys.max(initial=0)) + 1)
    repeated = np.flatnonzero((live | spoiled) & (counts[keys] > 1))
    if not len(repeated):
        return repeats
    repeated = repeated[np.lexsort((repeated, lines[repeated], keys[repeated]))]
    said, positions = list(values(repeated)), repeated.tolist()
    starts = [0, *(np.flatnonzero(np.diff(keys[repeated])) + 1).tolist(), len(positions)]
    for start, end in pairwise(starts):
        _settle(repeats, positions[start:end], said[start:end], lines, spoiled=spoiled, mode=mode)
    return repeats


def _settle(
    repeats: Repeats, positions: list[int], values: list[str], lines: Lines, *, spoiled: Flags, mode: str
) -> None:
    """Settle the records of one key, in the order of their lines."""
    bad = [at for at in positions if spoiled[at]]
    if bad:
        reason = f"line {lines[bad[0]]} names the same SKU and cannot be used: mend that line, or delete it"
        repeats.refused.update(
            {at: Problem("repeat_unreadable", reason) for at in positions if not spoiled[at]}
        )
    elif mode == "sum":
        first, *rest = positions
        repeats.sums[first] = positions
        _merge(
            repeats, rest, first, f"added to the quantity of line {lines[first]}, which names the same SKU"
        )
    elif len(set(values)) == 1:
        first, *rest = positions
        _merge(repeats, rest, first, f"says the same as line {lines[first]}")
    elif mode == "last":
        *rest, last = positions
        _merge(repeats, rest, last, f"line {lines[last]}, further down, says otherwise and is taken")
    else:
        reason = _refusal([int(lines[at]) for at in positions], values)
        repeats.refused.update({at: Problem("repeat_differs", reason) for at in positions})


def _merge(repeats: Repeats, positions: list[int], into: int, reason: str) -> None:
    repeats.merged.update({at: (into, Problem("repeat", reason)) for at in positions})


def _refusal(lines: list[int], values: list[str]) -> str:
    shown = ", ".join(str(line) for line in lines[:_SHOWN]) + (" …" if len(lines) > _SHOWN else "")
    different = list(dict.fromkeys(values))
    said = ", ".join(different[:_SHOWN]) + (" …" if len(different) > _SHOWN else "")
    return (
        f"lines {shown} name the same SKU at the same location with different values ({said}): none is sent. "
        f'Leave one line, or let the profile settle it with duplicates = "sum" or "last"'
    )
