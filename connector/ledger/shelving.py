"""What was acknowledged goes on the shelves: a settled batch is the proof, a shelf the state to compare with.

Settling a batch is one small write, and the batch keeps all there is to know. Putting its values on the shelves can
wait until somebody asks what is published there, or the drop is closed; a crash in between loses nothing, for the batch
is still there, not yet marked as shelved.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from connector.later import later
from connector.ledger.columns import pack_each, side_by_side, unpack_columns
from connector.ledger.prepared import ForEach, Prepared, adding, new, told
from connector.ledger.tables import batches, lots, segments, shelves, verdicts
from connector.model import BatchState, Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    from connector.shaping import shelf
    from connector.shaping.shelf import Segment, Shelf
else:
    np = later("numpy")
    pa = later("pyarrow")
    pc = later("pyarrow.compute")
    shelf = later("connector.shaping.shelf")

UNKNOWN_AT_THE_API = (Verdict.FAILED, Verdict.IN_DOUBT)
"""Sent, perhaps applied, never acknowledged: what the API holds now is not what is published."""

ENDED = (BatchState.SETTLED, BatchState.IN_DOUBT)
PACKED_TOGETHER = 250_000
"""Records that are held before they are packed: two threads have enough to do with them."""

LOTS_AT_ONCE = 24
"""Some million records: so much is put on the shelves in one transaction."""

_ALL = 1 << 30
_FEW_PLACES = 8
"""So many are asked for one by one; of more, all there are are read."""

_SAID = ("line", "location", "sku", "value")
_AT_A_TIME = 500
_CODES_TOLD = 5_000


class Shelves:
    """The shelves of a ledger, with the segments read last kept in memory, for they never change."""

    def __init__(self, rows_kept: int = 1_500_000) -> None:
        self._kept: dict[int, Segment] = {}
        self._rows_kept = rows_kept

    def read(
        self, connection: sa.Connection, account: str, feed: str, locations: Collection[str] | None
    ) -> dict[str, Shelf]:
        """The shelf of each location that has one (None: of all)."""
        wanted = _shelf_ids(connection, account, feed, locations)
        found: dict[int, list[int]] = {shelf_id: [] for shelf_id in wanted.values()}
        for some in _groups(sorted(found)):
            for shelf_id, segment_id, _ in _SEGMENTS_OF.rows(connection, some):
                found[shelf_id].append(segment_id)
        known = self._segments(connection, [key for keys in found.values() for key in keys])
        return {
            location: shelf.Shelf(known[key] for key in found[shelf_id])
            for location, shelf_id in wanted.items()
            if found[shelf_id]
        }

    def _segments(self, connection: sa.Connection, keys: Sequence[int]) -> dict[int, Segment]:
        known = {key: self._kept[key] for key in keys if key in self._kept}
        for some in _groups([key for key in keys if key not in known]):
            rows = _COLUMNS.rows(connection, some)
            unpacked = side_by_side(lambda row: unpack_columns(row.columns), rows, _records(rows))
            known.update((row.id, shelf.Segment(one)) for row, one in zip(rows, unpacked, strict=True))
        self._keep(known)
        return known

    def _keep(self, used: Mapping[int, Segment]) -> None:
        """Those used last stay, up to so many rows."""
        kept = {**{key: one for key, one in self._kept.items() if key not in used}, **used}
        rows = sum(map(len, kept.values()))
        for key in list(kept):
            if rows <= self._rows_kept:
                break
            rows -= len(kept.pop(key))
        self._kept = kept


def published(
    connection: sa.Connection, kept: Shelves, account: str, feed: str, locations: Collection[str] | None
) -> dict[str, Shelf]:
    """The shelves of a feed, with what was acknowledged and is not on them yet."""
    known = kept.read(connection, account, feed, locations)
    for drop_id in _WAITING.scalars(connection, account=account, feed=feed):
        overlay(connection, drop_id, account, feed, known)
    return known if locations is None else {one: known[one] for one in locations if one in known}


def codes_beyond_ascii(connection: sa.Connection, kept: Shelves, account: str | None) -> frozenset[str]:
    """What is published anywhere for an account (None: any) under a code that is not ASCII, `_CODES_TOLD` at most."""
    mine: tuple[sa.ColumnElement[bool], ...] = () if account is None else (shelves.c.account == account,)
    on_shelves = sa.select(shelves.c.account, shelves.c.feed).where(*mine).distinct()
    found: set[str] = set()
    for owner, feed in connection.execute(on_shelves.order_by(shelves.c.account, shelves.c.feed)).all():
        for known in published(connection, kept, owner, feed, None).values():
            for segment in known.segments:
                beyond = segment.sku.filter(pc.invert(pc.string_is_ascii(segment.sku)))
                found.update(beyond.slice(0, _CODES_TOLD - len(found)).to_pylist())
    return frozenset(found)


def waiting(connection: sa.Connection, *wanted: Any) -> list[int]:
    """The drops with batches that ended and are not on the shelves, oldest first."""
    return list(connection.execute(_ended_drops(*wanted)).scalars())


def _ended_drops(*wanted: Any) -> sa.Select[Any]:
    query = sa.select(batches.c.drop_id).where(
        batches.c.shelved.is_(False), batches.c.state.in_(ENDED), *wanted
    )
    return query.distinct().order_by(batches.c.drop_id)


_SHELVES = Prepared(
    sa.select(shelves.c.location, shelves.c.id).where(
        shelves.c.account == told("account"), shelves.c.feed == told("feed")
    )
)
_ADD_SHELF = adding(shelves, "account", "feed", "location")
_SEGMENTS_OF = ForEach(
    lambda keys: (
        sa.select(segments.c.shelf_id, segments.c.id, segments.c.records)
        .where(segments.c.shelf_id.in_(keys))
        .order_by(segments.c.shelf_id, segments.c.id)
    )
)
_COLUMNS = ForEach(
    lambda keys: (
        sa.select(segments.c.id, segments.c.columns, segments.c.records)
        .where(segments.c.id.in_(keys))
        .order_by(segments.c.id)
    )
)
_ADD_SEGMENT = adding(segments, "shelf_id", "records", "columns")
_ITS_ID = told("its_id")
_to_shelve = sa.and_(batches.c.drop_id == _ITS_ID, batches.c.shelved.is_(False), batches.c.state.in_(ENDED))
_LOTS_TO_SHELVE = Prepared(
    sa.select(batches.c.lot_id).where(_to_shelve).distinct().order_by(batches.c.lot_id).limit(told("most"))
)
_BATCHES_TO_SHELVE = ForEach(
    lambda keys: (
        sa.select(
            batches.c.id, batches.c.lot_id, batches.c.start, batches.c.records, batches.c.accepted,
            batches.c.account, batches.c.feed,
        )
        .where(_to_shelve, batches.c.lot_id.in_(keys))
        .order_by(batches.c.lot_id, batches.c.start)
    )
)  # fmt: skip
_LOTS = ForEach(lambda keys: sa.select(lots.c.id, lots.c.columns).where(lots.c.id.in_(keys)))
_SHELVED = ForEach(lambda keys: batches.update().where(batches.c.id.in_(keys)).values(shelved=True))
_SHELF_AT = Prepared(
    sa.select(shelves.c.location, shelves.c.id).where(
        shelves.c.account == told("account"),
        shelves.c.feed == told("feed"),
        shelves.c.location == told("location"),
    )
)
_WAITING = Prepared(_ended_drops(batches.c.account == told("account"), batches.c.feed == told("feed")))
_DOUBTFUL = Prepared(
    sa.select(verdicts.c.id)
    .where(verdicts.c.drop_id == told("its_id"), verdicts.c.verdict.in_(UNKNOWN_AT_THE_API))
    .limit(1)
)


def older_waiting(connection: sa.Connection, drop_id: int) -> list[int]:
    """The older drops to be put on the shelves before this one, as `waiting` gives them.

    They are there only if this drop leaves values in doubt: what an older one set before must be found by the doubt.
    """
    if _DOUBTFUL.first(connection, its_id=drop_id) is None:
        return []
    return waiting(connection, batches.c.drop_id < drop_id)


def shelve(connection: sa.Connection, drop_id: int) -> bool:
    """Put the values of some ended batches of a drop on the shelves. Whether there may be more."""
    pa.default_memory_pool().release_unused()  # to the system, before as much is needed in other sizes
    found, more = _news(connection, drop_id, LOTS_AT_ONCE)
    for news in found:
        add(connection, news.account, news.feed, news.parts)
        if news.doubted:
            known = Shelves().read(connection, news.account, news.feed, list(news.doubted))
            add(connection, news.account, news.feed, _doubts(known, news))
        _SHELVED.change(connection, news.batches)
    return more


def overlay(
    connection: sa.Connection, drop_id: int, account: str, feed: str, known: dict[str, Shelf]
) -> None:
    """Put the same on shelves in memory only, for who may not write."""
    found, _ = _news(connection, drop_id, None)
    for news in found:
        if (news.account, news.feed) == (account, feed):
            for parts in (news.parts, _doubts(known, news)):
                for location, part in parts.items():
                    known[location] = shelf.Shelf(
                        [*known.get(location, shelf.Shelf()).segments, shelf.Segment(part)]
                    )


class _News(NamedTuple):
    """What ended batches of a drop say of one account and feed; `parts` and `doubted` are by location."""

    account: str
    feed: str
    drop_id: int
    batches: list[int]
    parts: Mapping[str, pa.RecordBatch]
    doubted: Mapping[str, list[str]]


def _news(connection: sa.Connection, drop_id: int, most_lots: int | None) -> tuple[list[_News], bool]:
    some = _LOTS_TO_SHELVE.scalars(connection, its_id=drop_id, most=most_lots or _ALL)
    ended = _BATCHES_TO_SHELVE.rows(connection, some, its_id=drop_id)
    stored = _LOTS.rows(connection, some)
    unpacked = side_by_side(lambda lot: unpack_columns(lot.columns, _SAID), stored, _records(ended))
    columns = {lot.id: one for lot, one in zip(stored, unpacked, strict=True)}
    found = []
    for account, feed in dict.fromkeys((row.account, row.feed) for row in ended):
        rows = [row for row in ended if (row.account, row.feed) == (account, feed)]
        said = [
            part
            for lot_id, some in groupby(rows, lambda row: row.lot_id)
            for part in _accepted(connection, [row for row in some if row.accepted], columns[lot_id])
        ]
        doubted = _doubted(connection, [row.id for row in rows if row.accepted < row.records])
        parts = _parts(pa.Table.from_batches(said), drop_id) if said else {}
        found.append(_News(account, feed, drop_id, [row.id for row in rows], parts, doubted))
    return found, len(some) == most_lots


def _records(some: Sequence[Any]) -> int:
    return sum(batch.records for batch in some)


def _accepted(
    connection: sa.Connection, some: Sequence[Any], lot: pa.RecordBatch
) -> Iterator[pa.RecordBatch]:
    """Line, location, SKU, value and batch of every record of a lot that the API acknowledged in some batches."""
    sizes = [batch.records for batch in some]
    unharmed = all(batch.accepted == batch.records for batch in some)
    if unharmed and sum(sizes) == lot.num_rows:  # the usual case
        yield _numbered(lot, np.repeat([batch.id for batch in some], sizes))
        return
    for batch in some:
        rows = _numbered(lot.slice(batch.start, batch.records), np.full(batch.records, batch.id))
        if batch.accepted < batch.records:
            query = sa.select(verdicts.c.location, verdicts.c.sku).where(verdicts.c.batch_id == batch.id)
            others = {tuple(key) for key in connection.execute(query)}
            keys = zip(rows.column(1).to_pylist(), rows.column(2).to_pylist(), strict=True)
            rows = rows.filter(pa.array([key not in others for key in keys], type=pa.bool_()))
        yield rows


def _numbered(rows: pa.RecordBatch, batch_ids: Any) -> pa.RecordBatch:
    numbers = pa.array(np.asarray(batch_ids, dtype=np.int64))
    return pa.record_batch([*rows.columns, numbers], names=[*_SAID, "batch"])


def _parts(said: pa.Table, drop_id: int) -> dict[str, pa.RecordBatch]:
    """What a drop had acknowledged as one segment for each location, in the order of the file."""
    said = said.unify_dictionaries()
    place = said.column("location").combine_chunks()
    numbers = place.indices.to_numpy()
    order = pa.array(_by_place(numbers, said.column("line").to_numpy()))
    columns = [said.column(name).combine_chunks() for name in ("sku", "value", "batch")]
    sku, value, batch = side_by_side(lambda column: column.take(order), columns, len(said))
    counts = np.bincount(numbers, minlength=len(place.dictionary))
    landing = pa.array(np.full(counts.max(initial=0), drop_id, dtype=np.int64))
    parts, start = {}, 0
    for location, count in zip(place.dictionary.to_pylist(), counts.tolist(), strict=True):
        if count:
            its = [column.slice(start, count) for column in (sku, value, batch)]
            parts[location] = pa.record_batch(
                [*its[:2], landing.slice(0, count), its[2]], schema=shelf.SCHEMA
            )
        start += count
    return parts


def _by_place(numbers: Any, lines: Any) -> Any:
    """The order by place, and within one by line. What was planned in one go has its lines in order already."""
    if len(lines) and (lines[1:] < lines[:-1]).any():
        return np.lexsort((lines, numbers))
    few = numbers.max(initial=0) <= np.iinfo(np.int16).max
    # Of 16 bits they are sorted by counting.
    return np.argsort(numbers.astype(np.int16) if few else numbers, kind="stable")


def add(connection: sa.Connection, account: str, feed: str, parts: Mapping[str, pa.RecordBatch]) -> None:
    """Write a segment for each location, and make one of several where it is time (`settled`)."""
    known = _shelf_ids(connection, account, feed, list(parts), create=True)
    before: dict[int, list[tuple[int, int]]] = {}
    for some in _groups(sorted(known.values())):
        for shelf_id, segment_id, records in _SEGMENTS_OF.rows(connection, some):
            before.setdefault(shelf_id, []).append((segment_id, records))
    rows: list[dict[str, Any]] = []
    grown: list[pa.RecordBatch] = []
    gone: list[int] = []
    for location, part in parts.items():
        shelf_id = known[location]
        older = before.get(shelf_id, [])
        taken = shelf.settled([*(records for _, records in older), part.num_rows])
        if taken:
            keys = [key for key, _ in older[len(older) - taken + 1 :]]
            part, gone = shelf.merge([*_columns(connection, keys), part]), [*gone, *keys]  # noqa: PLW2901  it grew
        rows.append({"shelf_id": shelf_id, "records": part.num_rows})
        grown.append(part)
        if sum(map(len, grown)) >= PACKED_TOGETHER:  # what has grown may be all there is at many places
            _pack(rows, grown)
    if rows:
        _pack(rows, grown)
        _ADD_SEGMENT.change_each(connection, [new(**row) for row in rows])
    # Only now, so that the newest segment always stands there and its number, by which it is kept, is not given again.
    for some in _groups(gone):
        connection.execute(segments.delete().where(segments.c.id.in_(some)))


def _pack(rows: Sequence[dict[str, Any]], grown: list[pa.RecordBatch]) -> None:
    """Give the last rows their segments, as bytes, and let go of these."""
    for row, blob in zip(rows[len(rows) - len(grown) :], pack_each(grown), strict=True):
        row["columns"] = blob
    grown.clear()


def _columns(connection: sa.Connection, keys: Sequence[int]) -> list[pa.RecordBatch]:
    return [unpack_columns(row.columns) for row in _COLUMNS.rows(connection, keys)]


def _doubted(connection: sa.Connection, keys: Sequence[int]) -> dict[str, list[str]]:
    """By location, the SKUs of these batches of which nobody knows what the API holds now."""
    found: dict[str, list[str]] = {}
    for some in _groups(keys):
        query = sa.select(verdicts.c.location, verdicts.c.sku).where(
            verdicts.c.batch_id.in_(some),
            verdicts.c.verdict.in_(UNKNOWN_AT_THE_API),
            verdicts.c.location.is_not(None),
        )
        for location, sku in connection.execute(query):
            found.setdefault(location, []).append(sku)
    return found


def _doubts(known: Mapping[str, Shelf], news: _News) -> dict[str, pa.RecordBatch]:
    """Empty values for what is published, unless a later drop set it: the next drop then sends whatever it says."""
    parts = {}
    for location, said in news.doubted.items():
        skus = pa.array(list(dict.fromkeys(said)), type=pa.large_string())
        _, landing, batch = known.get(location, shelf.Shelf()).find(skus)
        stale = (batch > 0) & (landing <= news.drop_id)
        if stale.any():
            nothing = pa.array([""] * int(stale.sum()), type=pa.large_string())
            numbers = (pa.array(one[stale]) for one in (landing, batch))
            parts[location] = pa.record_batch(
                [skus.filter(pa.array(stale)), nothing, *numbers], schema=shelf.SCHEMA
            )
    return parts


def _shelf_ids(
    connection: sa.Connection,
    account: str,
    feed: str,
    locations: Collection[str] | None,
    *,
    create: bool = False,
) -> dict[str, int]:
    """The shelf of each location, made where there is none yet if asked."""
    found = _shelves_of(connection, account, feed, locations)
    missing = sorted(set(locations or ()) - found.keys()) if create else []
    if missing:
        rows = [new(account=account, feed=feed, location=location) for location in missing]
        _ADD_SHELF.change_each(connection, rows)
        found = _shelves_of(connection, account, feed, locations)
    return found if locations is None else {one: found[one] for one in locations if one in found}


def _shelves_of(
    connection: sa.Connection, account: str, feed: str, locations: Collection[str] | None
) -> dict[str, int]:
    """The shelves there are, at least those of some locations."""
    if locations is None or len(locations) > _FEW_PLACES:
        return dict(_SHELVES.rows(connection, account=account, feed=feed))
    some = (_SHELF_AT.rows(connection, account=account, feed=feed, location=one) for one in locations)
    return dict(row for rows in some for row in rows)


def _groups(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(keys), _AT_A_TIME):
        yield keys[start : start + _AT_A_TIME]
