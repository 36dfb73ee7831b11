"""Records against what the API last acknowledged: only changes go out, never an older value over a newer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connector.feeds.fields import Problem, arrow, distinct
from connector.model import Fault, RowVerdict, Verdict
from connector.shaping.keys import key_texts
from connector.shaping.outcome import Changed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from connector.feeds.fields.text import Index, Texts
    from connector.model import Published
    from connector.shaping.outcome import Records

_NEVER = -1


def changes(
    records: Records, published: Mapping[str, Published], landing: int, *, force: bool = False
) -> Changed:
    """Split the records of one feed into those to send, those unchanged and those superseded.

    `published` has, per account, what was acknowledged for the locations of the records (others do not hurt).
    `landing` is the landing number of this drop: a key last set by a later one is superseded, `force` or not.
    `force` sends values that are published already. Empty cells (`records.blank`) count among the unchanged.
    """
    frame = records.frame
    previous, landings, batches = _acknowledged(frame, published)
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


def _acknowledged(frame: pd.DataFrame, published: Mapping[str, Published]) -> tuple[Texts, Any, Any]:
    """Find the value, landing number and batch last acknowledged for each record: null, -1 where never."""
    places = distinct(arrow(frame["location_id"]))
    accounts = distinct(arrow(frame["account"]))
    keys = key_texts(places.index, arrow(frame["sku"]))
    value = pa.nulls(len(frame), pa.large_string())
    landing = np.full(len(frame), _NEVER, dtype=np.int64)
    batch = np.full(len(frame), _NEVER, dtype=np.int64)
    for number, account in enumerate(accounts.texts.to_pylist()):
        known = published.get(account)
        if known is None or not len(known.sku):
            continue
        where, stored = _known_keys(known, places.texts)
        at = pc.index_in(keys, value_set=stored).fill_null(_NEVER).to_numpy(zero_copy_only=False)
        at = np.where(accounts.index == number, at, _NEVER)
        found = at != _NEVER
        source = where[at[found]]
        texts = _texts(known.value).take(pa.array(source))
        value = pc.replace_with_mask(value, pa.array(found), texts)
        landing[found] = _numbers(known.landing)[source]
        batch[found] = _numbers(known.batch)[source]
    return value, landing, batch


def _known_keys(known: Published, places: Texts) -> tuple[Index, Texts]:
    """Write the keys of what is published at `places`; first: their positions in `known`."""
    place = pc.index_in(_texts(known.location), value_set=places)
    here = np.flatnonzero(pc.is_valid(place).to_numpy(zero_copy_only=False))
    chosen = pa.array(here)
    numbers = place.take(chosen).to_numpy(zero_copy_only=False).astype(np.int32)
    return here.astype(np.int32), key_texts(numbers, _texts(known.sku).take(chosen))


def _texts(column: Sequence[str]) -> Texts:
    array = (
        column if isinstance(column, pa.Array | pa.ChunkedArray) else pa.array(column, type=pa.large_string())
    )
    array = array.cast(pa.large_string())
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _numbers(column: Sequence[int]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Give a column of numbers to numpy; a missing one is -1."""
    array = column if isinstance(column, pa.Array | pa.ChunkedArray) else pa.array(column, type=pa.int64())
    found: np.ndarray[Any, np.dtype[np.int64]] = array.fill_null(_NEVER).to_numpy().astype(np.int64)
    return found


def _superseded(feed: str, frame: pd.DataFrame, landings: np.ndarray[Any, Any]) -> tuple[RowVerdict, ...]:
    """Give the verdicts of records for which a newer drop has set a value."""
    columns = (frame[name].tolist() for name in ("line", "location_id", "sku", "value"))
    verdicts = []
    for line, location, sku, value, newer in zip(*columns, landings.tolist(), strict=True):
        problem = Problem("superseded", f"the newer drop {newer} has already set this SKU: its value stays")
        fault = Fault(line, "", sku, problem.code, problem.reason)
        verdicts.append(RowVerdict(feed, line, location, sku, Verdict.SUPERSEDED, (fault,), value))
    return tuple(verdicts)
