"""Records against what the API last acknowledged: only changes go out, never an older value over a newer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc

from connector.feeds.fields import Problem, distinct
from connector.feeds.fields.text import flags
from connector.model import Fault, RowVerdict, Verdict
from connector.shaping.history import look_up
from connector.shaping.outcome import Changed
from connector.shaping.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connector.feeds.fields.text import Index
    from connector.shaping.frames import Frame
    from connector.shaping.outcome import Records


def changes(
    records: Records,
    published: Mapping[str, Mapping[str, Shelf]],
    landing: int,
    *,
    force: bool = False,
) -> Changed:
    """Split the records of one feed into those to send, those unchanged and those superseded.

    `published` has, per account and location, what was acknowledged there. `landing` is the landing number of this
    drop: a key last set by a later one is superseded, `force` or not. `force` sends values that are published
    already. Empty cells (`records.blank`) count among the unchanged.
    """
    frame = records.frame
    places, shelves = _shelves(frame, published)
    previous, landings, batches = look_up(shelves, places, frame["sku"])
    newer = landings > landing
    same = flags(pc.equal(previous, frame["value"]))
    same = np.zeros(len(frame), dtype=bool) if force else same & ~newer
    sending = np.flatnonzero(~(newer | same))
    to_send = frame.assign(previous=previous, previous_batch=batches)
    if len(sending) < len(frame):
        to_send = to_send.take(sending)
    lines = frame["line"]
    kept = np.flatnonzero(same)
    return Changed(
        feed=records.feed,
        to_send=to_send,
        unchanged=np.sort(np.concatenate([lines[same], records.blank])),
        superseded=_superseded(records.feed, frame.take(np.flatnonzero(newer)), landings[newer]),
        same=kept,
        same_batch=batches[kept],
    )


def _shelves(frame: Frame, published: Mapping[str, Mapping[str, Shelf]]) -> tuple[Index, list[Shelf]]:
    """The shelf of each record: position in the list. One account serves a location."""
    locations, accounts = distinct(frame["location_id"]), distinct(frame["account"])
    served = np.zeros(len(locations.texts), dtype=np.int32)
    served[locations.index] = accounts.index
    by, codes = accounts.texts.to_pylist(), locations.texts.to_pylist()
    found = [
        published.get(by[at], {}).get(code, Shelf()) for at, code in zip(served.tolist(), codes, strict=True)
    ]
    return locations.index, found


def _superseded(feed: str, frame: Frame, landings: np.ndarray[Any, Any]) -> tuple[RowVerdict, ...]:
    """Give the verdicts of records for which a newer drop has set a value."""
    columns = (frame[name].tolist() for name in ("line", "location_id", "sku", "value"))
    verdicts = []
    for line, location, sku, value, newer in zip(*columns, landings.tolist(), strict=True):
        problem = Problem("superseded", f"the newer drop {newer} has already set this SKU: its value stays")
        fault = Fault(line, "", sku, problem.code, problem.reason)
        verdicts.append(RowVerdict(feed, line, location, sku, Verdict.SUPERSEDED, (fault,), value))
    return tuple(verdicts)
