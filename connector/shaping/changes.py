"""Records against what the API last acknowledged: only changes go out, never an older value over a newer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connector.feeds.fields import Problem, arrow
from connector.model import Fault, RowVerdict, Verdict
from connector.shaping.history import acknowledged
from connector.shaping.outcome import Changed

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from connector.model import Published
    from connector.shaping.outcome import Records


def changes(
    records: Records, published: Mapping[str, Published], landing: int, *, force: bool = False
) -> Changed:
    """Split the records of one feed into those to send, those unchanged and those superseded.

    `published` has, per account, what was acknowledged for the locations of the records (others do not hurt).
    `landing` is the landing number of this drop: a key last set by a later one is superseded, `force` or not.
    `force` sends values that are published already. Empty cells (`records.blank`) count among the unchanged.
    """
    frame = records.frame
    locations, skus, accounts = (arrow(frame[name]) for name in ("location_id", "sku", "account"))
    previous, landings, batches = acknowledged(locations, skus, accounts, published)
    newer = landings > landing
    same = pc.equal(previous, arrow(frame["value"])).fill_null(False).to_numpy(zero_copy_only=False)
    same = np.zeros(len(frame), dtype=bool) if force else same & ~newer
    sending = np.flatnonzero(~(newer | same))
    to_send = frame.take(sending).reset_index(drop=True)
    to_send["previous"] = pa.table({"previous": previous.take(pa.array(sending))}).to_pandas()["previous"]
    to_send["previous_batch"] = batches[sending]
    lines = frame["line"].to_numpy(dtype=np.int32)
    return Changed(
        feed=records.feed,
        to_send=to_send,
        unchanged=np.sort(np.concatenate([lines[same], records.blank])),
        superseded=_superseded(records.feed, frame.take(np.flatnonzero(newer)), landings[newer]),
        same=np.flatnonzero(same),
    )


def _superseded(feed: str, frame: pd.DataFrame, landings: np.ndarray[Any, Any]) -> tuple[RowVerdict, ...]:
    """Give the verdicts of records for which a newer drop has set a value."""
    columns = (frame[name].tolist() for name in ("line", "location_id", "sku", "value"))
    verdicts = []
    for line, location, sku, value, newer in zip(*columns, landings.tolist(), strict=True):
        problem = Problem("superseded", f"the newer drop {newer} has already set this SKU: its value stays")
        fault = Fault(line, "", sku, problem.code, problem.reason)
        verdicts.append(RowVerdict(feed, line, location, sku, Verdict.SUPERSEDED, (fault,), value))
    return tuple(verdicts)
