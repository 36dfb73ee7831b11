"""What a shop wants done with values that cannot go out as they are. Pure arithmetic on columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from connector.feeds.fields import PIECE, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connector.feeds import Policy
    from connector.feeds.fields.text import Flags, Whole

NEGATIVE = Problem("negative", "the stock is below zero: correct it, or let the profile send 0 (negatives)")
FRACTION = Problem(
    "fraction", "the stock is not whole: correct it, or let the profile cut it down (fractions)"
)


@dataclass(frozen=True, slots=True)
class Settled:
    """Quantities after policy: whole pieces, what policy rejects, and which rows each rule touched."""

    pieces: Whole
    rejected: tuple[tuple[Problem, Flags], ...]
    touched: Mapping[str, Flags]


def may_raise(policy: Policy, *, list_price: bool | None) -> bool:
    """Tell whether a list price below the selling price goes out as the selling price; an MRP never does."""
    if list_price is False:
        return False
    return policy.low_list_price == "raise" or (policy.low_list_price is None and list_price is True)


def settle_quantities(millionths: Whole, below_zero: Flags, cut: Flags, policy: Policy) -> Settled:
    """Make publishable quantities of parsed ones.

    `millionths` are millionths of a piece; `below_zero` and `cut` tell which numbers as written were
    negative or had a fraction. In this order: negatives, fractions, buffer, minimum, maximum. Never rounds
    up, never below 0.
    """
    rejected: list[tuple[Problem, Flags]] = []
    fractional = cut & ~below_zero
    if policy.negatives == "reject":
        rejected.append((NEGATIVE, below_zero))
    if policy.fractions == "reject":
        rejected.append((FRACTION, fractional))
    whole = np.maximum(millionths, 0) // PIECE
    buffered = np.maximum(whole - policy.buffer, 0)
    enough = np.where(buffered < policy.minimum, 0, buffered)
    pieces = enough if policy.maximum is None else np.minimum(enough, policy.maximum)
    touched = {
        "negatives": below_zero,
        "fractions": fractional,
        "buffer": buffered != whole,
        "minimum": enough != buffered,
        "maximum": pieces != enough,
    }
    return Settled(pieces, tuple(rejected), touched)
