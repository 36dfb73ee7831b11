"""Records to batches: the exact bytes of every call, cut per account, the urgent ones first."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connector.feeds import FieldKind
from connector.feeds.fields import distinct
from connector.feeds.fields.text import bytes_of, matching, replace_at
from connector.model import LotDraft
from connector.shaping.frames import joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connector.feeds import Feed
    from connector.feeds.fields.text import Texts
    from connector.shaping.frames import Frame
    from connector.shaping.outcome import Changed

RANKS = (0, 1, 2)
"""Urgency of a record: stock that is gone, stock that falls, all else (and prices)."""

_LOT = 50_000
_NEEDS_ESCAPE = r'["\\\x00-\x1f]'
_SPECIAL = np.isin(np.arange(256), [*range(32), ord('"'), ord("\\")])


class Cutter:
    """Cuts the records of one feed into batches of at most `feed.max_records`, account by account, as they come.

    Zeros go first, then quantities that fall, then the rest, each in the order of the file: a sale that cannot be
    served is worse than one that waits. The payload is a bare JSON array in UTF-8 (konnect-api.md 5.1, 5.2), its
    members in the order of the feed's fields, without blanks. The same records always give the same bytes, in as few
    calls as there can be: what does not fill a batch waits for the next part of the table, and what is left in the
    end goes together.
    """

    def __init__(self, feed: Feed) -> None:
        """Start with nothing."""
        self._feed = feed
        self._waiting: dict[tuple[str, int], Frame] = {}

    def add(self, to_send: Frame) -> Iterator[LotDraft]:
        """Take in the next records; gives the batches they fill."""
        if not len(to_send):
            return
        accounts = distinct(to_send["account"])
        ranks = _urgency(to_send, self._feed)
        for number, account in enumerate(accounts.texts.to_pylist()):
            for rank in RANKS:
                chosen = np.flatnonzero((accounts.index == number) & (ranks == rank))
                if len(chosen):
                    rows = to_send if len(chosen) == len(to_send) else to_send.take(chosen)
                    yield from self._fill(account, rank, rows)

    def finish(self) -> Iterator[LotDraft]:
        """The batches of what is left."""
        for account in sorted({account for account, _ in self._waiting}):
            left = [
                (rank, rows)
                for rank in RANKS
                if (rows := self._waiting.pop((account, rank), None)) is not None and len(rows)
            ]
            if left:
                whole = joined(rows for _, rows in left) if len(left) > 1 else left[0][1]
                yield _lot(whole, self._feed, account, left[0][0])

    def _fill(self, account: str, rank: int, rows: Frame) -> Iterator[LotDraft]:
        before = self._waiting.pop((account, rank), None)
        if before is not None and len(before):
            rows = joined([before, rows])
        size = _LOT - _LOT % self._feed.max_records
        full = len(rows) - len(rows) % size
        self._waiting[account, rank] = rows.slice(full, len(rows))
        for start in range(0, full, size):
            yield _lot(rows.slice(start, start + size), self._feed, account, rank)


def batches(changed: Changed, feed: Feed) -> Iterator[LotDraft]:
    """Cut records that are all there."""
    cutter = Cutter(feed)
    yield from cutter.add(changed.to_send)
    yield from cutter.finish()


def _urgency(frame: Frame, feed: Feed) -> np.ndarray[Any, np.dtype[np.int8]]:
    """Rank records by `RANKS`."""
    ranks = np.full(len(frame), RANKS[-1], dtype=np.int8)
    for field in feed.of_kind(FieldKind.QUANTITY):
        quantity, previous = frame[field], frame["previous"]
        if previous.null_count < len(previous):
            ranks[quantity < _numbers(previous)] = 1
        ranks[quantity == 0] = 0
    return ranks


def _numbers(previous: Texts) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Quantities as they were acknowledged, -1 where nothing is known: never, or in doubt (an empty text)."""
    unknown = pa.scalar(None, pa.large_string())
    known = pc.replace_with_mask(previous, pc.fill_null(pc.equal(previous, ""), False), unknown)
    numbers: np.ndarray[Any, np.dtype[np.int64]] = pc.fill_null(known.cast(pa.int64()), -1).to_numpy()
    return numbers


def _lot(frame: Frame, feed: Feed, account: str, rank: int) -> LotDraft:
    """Make the batches of some records of one account, already in order."""
    starts = np.append(np.arange(0, len(frame), feed.max_records), len(frame))
    bodies = pc.binary_join(
        pa.LargeListArray.from_arrays(pa.array(starts), _members(frame, feed)),
        pa.scalar(",", pa.large_string()),
    )
    before = frame["previous_batch"]
    columns = {
        "line": pa.array(frame["line"]),
        "location": pc.dictionary_encode(frame["location_id"]),
        "sku": frame["sku"],
        "value": frame["value"],
        "previous": frame["previous"],
        "previous_batch": pa.array(before, mask=before < 0),
    }
    return LotDraft(
        feed=feed.name,
        account=account,
        columns=pa.record_batch(columns),
        payloads=[b"[%b]" % body.as_buffer() for body in bodies],
        sizes=np.diff(starts).tolist(),
        urgency=rank,
    )


def _members(frame: Frame, feed: Feed) -> Texts:
    """Write each record as a JSON object, by joining whole columns of text."""
    parts: list[Any] = []
    before = "{"
    for number, field in enumerate(feed.fields):
        quote = "" if field.kind in (FieldKind.QUANTITY, FieldKind.MONEY) else '"'
        opening = f'{before}{"," if number else ""}"{field.name}":{quote}'
        parts += [pa.scalar(opening, pa.large_string()), _json(frame[field.name], field.kind)]
        before = quote
    return pc.binary_join_element_wise(
        *parts, pa.scalar(f"{before}}}", pa.large_string()), pa.scalar("", pa.large_string())
    )


@cache
def _cents() -> Texts:
    """What follows the rupees, as JSON writes 0 to 99 paise. No constant: pyarrow would import pandas for it."""
    return pa.array([f".{cents:02d}".rstrip("0").rstrip(".") for cents in range(100)], type=pa.large_string())


def _json(column: Any, kind: FieldKind) -> Texts:
    """Write a column as JSON: numbers bare, money in rupees without needless zeros, all else inside a string."""
    if kind is FieldKind.QUANTITY:
        return pa.array(column).cast(pa.large_string())
    if kind is FieldKind.MONEY:
        rupees = pa.array(column // 100).cast(pa.large_string())
        return pc.binary_join_element_wise(
            rupees, _cents().take(pa.array(column % 100)), pa.scalar("", pa.large_string())
        )
    if not _SPECIAL[bytes_of(column)].any():
        return column
    special = matching(column, _NEEDS_ESCAPE)
    said = column.filter(pa.array(special)).to_pylist()
    return replace_at(column, special, [json.dumps(text, ensure_ascii=False)[1:-1] for text in said])
