"""The earlier drops of a lane, as far as others want to know them: what they have taught, and measures; no rows."""

from __future__ import annotations

from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import sqlalchemy as sa

from connector.later import later
from connector.ledger import entries as e
from connector.ledger.decisions import Choice
from connector.ledger.prepared import Prepared, told
from connector.ledger.tables import batches, decisions, drops, totals
from connector.model import DropState, Verdict, is_correction
from connector.profiles import headers_of, learn

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from connector import shaping
    from connector.profiles import Learned
    from connector.shaping import Past
else:
    shaping = later("connector.shaping")

Told = TypeVar("Told")

KEPT = 4_000
"""Drops kept in memory: what was read of one that is in the archive does not change."""


CLOCK = timedelta(minutes=5)
"""Of other lanes nothing but the clock tells what came first: so far it may have been put back."""

_IN_THE_ARCHIVE = (
    sa.select(drops.c.id)
    .where(drops.c.lane == told("lane"), drops.c.state == DropState.ARCHIVED)
    .order_by(drops.c.id.desc())
    .limit(told("most"))
)
_NOT_UNDONE = _IN_THE_ARCHIVE.where(
    drops.c.id.not_in(sa.select(decisions.c.drop_id).where(decisions.c.what == Choice.UNDONE))
)


_DROP = Prepared(e.DROP.where(drops.c.id == told("its_id")))
_MEASURED = Prepared(
    sa.select(
        drops.c.id,
        drops.c.name,
        drops.c.fingerprint,
        drops.c.landed_at,
        drops.c.profile,
        drops.c.report["reader"].label("reader"),
        drops.c.report["columns"].label("columns"),
        drops.c.report["feeds"].label("feeds"),
        drops.c.report["guards"].label("guards"),
        drops.c.report["ours"].label("ours"),
    ).where(drops.c.id == told("its_id"))
)


class Memory(Generic[Told]):
    """Tells of the earlier drops of a lane, and keeps those it was asked for last."""

    def __init__(
        self, which: sa.Select[Any], read: Callable[[sa.Connection, list[int]], Mapping[int, Told | None]]
    ) -> None:
        """`which` drops of a `lane`, at most so many (`most`); `read` tells of each, or None of one to be left out."""
        self._which = Prepared(which)
        self._read = read
        self._kept: dict[int, Told | None] = {}
        self._lock = Lock()

    def of(self, connection: sa.Connection, lane: str, limit: int) -> list[Told]:
        """The newest first."""
        wanted = self._which.scalars(connection, lane=lane, most=limit)
        known = {key: self._kept[key] for key in wanted if key in self._kept}
        if new := [key for key in wanted if key not in known]:
            known |= self._read(connection, new)
        with self._lock:
            for key, one in known.items():
                self._kept.pop(key, None)
                self._kept[key] = one
            while len(self._kept) > KEPT:
                del self._kept[next(iter(self._kept))]
        return [one for key in wanted if (one := known[key]) is not None]


def learned() -> Memory[Learned]:
    """A memory of what drops have taught, each that has taught anything."""
    return Memory(_IN_THE_ARCHIVE, _read_learned)


def past() -> Memory[Past]:
    """A memory of what was measured in drops. What was undone is as if it had never come.

    Drops of our own making and correction files are no files of the sender.
    """
    return Memory(_NOT_UNDONE, _read_past)


def still_stands(connection: sa.Connection, drop_id: int, feed: str, accounts: Collection[str]) -> bool:
    """Whether all that a drop said of a feed was accepted, or was so already, and no other has said anything since.

    Anything of the feed, to one of these accounts. Asked for a drop that is closed; when in doubt the answer is no.
    """
    said = sa.select(totals.c.verdict).where(totals.c.drop_id == drop_id, totals.c.feed == feed)
    verdicts = set(connection.execute(said).scalars())
    if not verdicts or verdicts - {Verdict.ACCEPTED, Verdict.UNCHANGED}:
        return False
    drop = connection.execute(sa.select(drops.c.lane, drops.c.landed_at).where(drops.c.id == drop_id)).one()
    # A drop of its own lane was through before it was planned, or has been let go since.
    late = sa.case((drops.c.lane == drop.lane, drop.landed_at), else_=drop.landed_at - CLOCK)
    others = sa.select(batches.c.id).join(drops, drops.c.id == batches.c.drop_id).where(
        batches.c.feed == feed,
        batches.c.account.in_(accounts),
        sa.or_(
            drops.c.id > drop_id,
            sa.and_(
                drops.c.id < drop_id,
                sa.or_(drops.c.archived_at.is_(None), drops.c.archived_at >= late),
                sa.or_(batches.c.settled_at.is_(None), batches.c.settled_at >= late),
            ),
        ),
    )  # fmt: skip
    return connection.execute(others.limit(1)).first() is None


def _read_learned(connection: sa.Connection, drop_ids: list[int]) -> dict[int, Learned | None]:
    rows = (_DROP.first(connection, its_id=key)._asdict() for key in drop_ids)
    return {row["id"]: learn(e.drop_of(row)) for row in rows}


def _read_past(connection: sa.Connection, drop_ids: list[int]) -> dict[int, Past | None]:
    """None for what is no file of the sender."""
    rows = [_MEASURED.first(connection, its_id=key)._asdict() for key in drop_ids]
    firsts = _first_batches(connection, [row["id"] for row in rows if _is_approved(row)])
    return {
        row["id"]: None if row["ours"] or is_correction(_header(row)) else _past(row, firsts) for row in rows
    }


def _first_batches(connection: sa.Connection, drop_ids: list[int]) -> dict[int, int]:
    if not drop_ids:
        return {}
    query = sa.select(batches.c.drop_id, sa.func.min(batches.c.id)).where(batches.c.drop_id.in_(drop_ids))
    return dict(connection.execute(query.group_by(batches.c.drop_id)).all())


def _is_approved(row: Mapping[str, Any]) -> bool:
    return any(guard.get("verdict") == "approved" for guard in row["guards"] or ())


def _past(row: Mapping[str, Any], firsts: Mapping[int, int]) -> Past:
    return shaping.Past(
        row["id"],
        row["name"],
        row["fingerprint"],
        None if row["profile"] == "automatic" else row["profile"],
        {feed: headers_of(list(named.values())) for feed, named in (row["columns"] or {}).items()},
        (row["reader"] or {}).get("snapshot_hint"),
        row["feeds"] or {},
        approved=_is_approved(row),
        landed_at=row["landed_at"],
        first_batch=firsts.get(row["id"], 0),
    )


def _header(row: Mapping[str, Any]) -> list[str]:
    return [str(cell) for cell in (row["reader"] or {}).get("header", ())]
