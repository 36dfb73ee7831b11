"""What a file that lists all there is does not list: made a zero where the profile says so, told of where it does not.

A zero that no line of the file says is never made in silence: it is counted apart, it counts for the guards, and it is
only made when the key of every line could be read, for what is missing may be what could not be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from connector.feeds import FieldKind
from connector.model import NO_LINE
from connector.shaping.frames import Frame
from connector.shaping.overlap import KNOWN_PLACE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connector.feeds import Feed, Policy
    from connector.shaping.outcome import Tally
    from connector.shaping.overlap import Overlap
    from connector.shaping.places import Places

SEEMS_FROM = 2
"""One SKU that is missing says nothing of the report."""

NEARLY_ALL = 0.8
"""Share of the SKUs with stock from which on a file that need not list all seems to."""


def zeros_to_make(tally: Tally, policy: Policy, mode: str) -> int:
    """How many SKUs are to be sent as 0 because the file does not list them."""
    asked = policy.absent == "zero" and mode == "full"
    return tally.overlap.stocked_absent if asked and not tally.unkeyed else 0


def zeros(overlap: Overlap, places: Places, feed: Feed) -> Iterator[Frame]:
    """The records of those SKUs, as `Changed.to_send` has them, for one shelf segment at a time."""
    (quantity,) = feed.of_kind(FieldKind.QUANTITY)
    for place, segment, missing in overlap.missing:
        there = segment.columns.filter(pa.array(missing))
        count = there.num_rows
        if count:
            yield Frame({
                "line": np.full(count, NO_LINE, dtype=np.int32),
                "location_id": _same(places.codes[place], count),
                "sku": there.column(0),
                quantity: np.zeros(count, dtype=np.int64),
                "value": _same("0", count),
                "account": _same(places.accounts[place], count),
                "previous": there.column(1),
                "previous_batch": there.column(3).to_numpy(),
            })  # fmt: skip


def _same(text: str, count: int) -> pa.Array:
    return pa.array([text], type=pa.large_string()).take(pa.array(np.zeros(count, dtype=np.int64)))


def remarks(tally: Tally, policy: Policy, mode: str) -> list[str]:
    """What a person should know of SKUs with stock that the file does not list."""
    blocked = policy.absent == "zero" and mode == "full" and tally.unkeyed and tally.overlap.stocked_absent
    if blocked:
        said = (
            f"the SKU or the location of {tally.unkeyed} rows cannot be read: the {tally.overlap.stocked_absent} SKUs "
            f"that had stock and are missing could be those, so nothing that is missing is set to 0"
        )
        return [said]
    hidden = hidden_zeros(tally, policy, mode)
    return [hidden] if hidden else []


def hidden_zeros(tally: Tally, policy: Policy, mode: str) -> str:
    """Whether the report seems to have left out what is sold out, in words, with the line that says so; else "".

    A file without one 0 that lacks what had stock. Where it need not list all, it must at least seem to.
    """
    overlap = tally.overlap
    missing = overlap.stocked_absent
    if policy.absent == "zero" or tally.zeros or missing < SEEMS_FROM or overlap.rows < KNOWN_PLACE:
        return ""
    if mode != "full" and overlap.stocked - missing < NEARLY_ALL * overlap.stocked:
        return ""
    before = f", though {overlap.zeros} known SKUs are 0" if overlap.zeros else ""
    lines = (
        'absent = "zero" under [policy]'
        if mode == "full"
        else 'mode = "full" and, under [policy], absent = "zero"'
    )
    return (
        f"no row of this file is 0{before}, and {missing} SKUs that had stock are not in it: the report seems to leave "
        f"out what is sold out. What is missing stays as it is; to send 0 for it write {lines} in the profile"
    )
