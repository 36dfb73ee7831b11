"""Records to batches: the exact bytes of every call, cut per account, the urgent ones first."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connector.feeds import FieldKind
from connector.feeds.fields import arrow
from connector.feeds.fields.text import matching, replace_at
from connector.model import BatchDraft

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from connector.feeds import Feed
    from connector.feeds.fields.text import Texts
    from connector.shaping.outcome import Changed

_NEEDS_ESCAPE = r'["\\\x00-\x1f]'
_CENTS = pa.array([f".{cents:02d}".rstrip("0").rstrip(".") for cents in range(100)], type=pa.large_string())
_UNKNOWN = pa.scalar(None, pa.large_string())
_NOTHING = pa.scalar("", pa.large_string())


def batches(changed: Changed, feed: Feed) -> Iterator[BatchDraft]:
    """Cut the records to send into batches of at most `feed.max_records`, account by account.

    Zeros go first, then quantities that fall, then the rest, each in the order of the file: a sale that
    cannot be served is worse than one that waits. The payload is a bare JSON array in UTF-8 (konnect-api.md
    5.1, 5.2), its members in the order of the feed's fields, without blanks. The same records always give
    the same bytes.
    """
    frame = changed.to_send
    accounts = frame["account"].to_numpy(dtype=object)
    for account in sorted(set(accounts)):
        chosen = np.flatnonzero(accounts == account)
        urgency = _urgency(frame.take(chosen), feed)
        yield from _cut(frame.take(chosen[np.argsort(urgency, kind="stable")]), feed, account)


def _urgency(frame: pd.DataFrame, feed: Feed) -> np.ndarray[Any, np.dtype[np.int8]]:
    """Rank records: 0 for stock that is gone, 1 for stock that falls, 2 for all else (and for prices)."""
    ranks = np.full(len(frame), 2, dtype=np.int8)
    for field in feed.of_kind(FieldKind.QUANTITY):
        quantity = frame[field].to_numpy(dtype=np.int64)
        previous = arrow(frame["previous"])
        # An empty text is a value in doubt: nothing is known of what stood there before.
        known = pc.replace_with_mask(previous, pc.fill_null(pc.equal(previous, ""), False), _UNKNOWN)
        before = pc.fill_null(known.cast(pa.int64()), -1).to_numpy()
        ranks[quantity < before] = 1
        ranks[quantity == 0] = 0
    return ranks


def _cut(frame: pd.DataFrame, feed: Feed, account: str) -> Iterator[BatchDraft]:
    """Cut the records of one account, already in order."""
    starts = np.append(np.arange(0, len(frame), feed.max_records), len(frame))
    bodies = pc.binary_join(
        pa.LargeListArray.from_arrays(pa.array(starts), _members(frame, feed)),
        pa.scalar(",", pa.large_string()),
    )
    lines = frame["line"].tolist()
    previous = arrow(frame["previous"]).to_pylist()
    previous_batch = [None if batch < 0 else batch for batch in frame["previous_batch"].tolist()]
    for number, (start, end) in enumerate(zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)):
        yield BatchDraft(
            feed=feed.name,
            account=account,
            records=end - start,
            payload=b"[" + bodies[number].as_buffer().to_pybytes() + b"]",
            lines=tuple(lines[start:end]),
            previous=tuple(previous[start:end]),
            previous_batch=tuple(previous_batch[start:end]),
        )


def _members(frame: pd.DataFrame, feed: Feed) -> Texts:
    """Write each record as a JSON object, by joining whole columns of text."""
    parts: list[Any] = []
    for number, field in enumerate(feed.fields):
        parts.append(pa.scalar(f'{"," if number else "{"}"{field.name}":', pa.large_string()))
        parts.append(_json(frame[field.name], field.kind))
    return pc.binary_join_element_wise(*parts, pa.scalar("}", pa.large_string()), _NOTHING)


def _json(column: pd.Series[Any], kind: FieldKind) -> Texts:
    """Write a column as JSON: numbers bare, money in rupees without needless zeros, all else as strings."""
    if kind is FieldKind.QUANTITY:
        return pa.array(column.to_numpy(dtype=np.int64)).cast(pa.large_string())
    if kind is FieldKind.MONEY:
        paise = column.to_numpy(dtype=np.int64)
        rupees = pa.array(paise // 100).cast(pa.large_string())
        return pc.binary_join_element_wise(rupees, _CENTS.take(pa.array(paise % 100)), _NOTHING)
    texts = arrow(column)
    special = matching(texts, _NEEDS_ESCAPE)
    if special.any():
        said = texts.filter(pa.array(special)).to_pylist()
        texts = replace_at(texts, special, [json.dumps(text, ensure_ascii=False)[1:-1] for text in said])
    quote = pa.scalar('"', pa.large_string())
    return pc.binary_join_element_wise(quote, texts, quote, _NOTHING)
