"""The earlier drops of a lane, as far as the guards want to know them: measures, no rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from connector.ledger.decisions import Choice
from connector.ledger.tables import batches, decisions, drops
from connector.model import DropState, is_correction
from connector.profiles import headers_of
from connector.shaping import Past

if TYPE_CHECKING:
    from collections.abc import Mapping


KEPT = 4_000
"""Drops kept in memory: what was read of one that is in the archive does not change."""


_WENT_THROUGH = (
    sa.select(drops.c.id)
    .where(
        drops.c.lane == sa.bindparam("lane"),
        drops.c.state == DropState.ARCHIVED,
        drops.c.id.not_in(sa.select(decisions.c.drop_id).where(decisions.c.what == Choice.UNDONE)),
    )
    .order_by(drops.c.id.desc())
    .limit(sa.bindparam("most"))
)


class Memory:
    """Tells of the earlier drops of a lane, and keeps those it was asked for last."""

    def __init__(self) -> None:
        self._kept: dict[int, Past | None] = {}

    def of(self, connection: sa.Connection, lane: str, limit: int) -> list[Past]:
        """The newest first. Drops of our own making and correction files are no files of the sender.

        What was undone is as if it had never come.
        """
        wanted = list(connection.execute(_WENT_THROUGH, {"lane": lane, "most": limit}).scalars())
        known = {key: self._kept[key] for key in wanted if key in self._kept}
        known |= _read(connection, [key for key in wanted if key not in known])
        others = {key: one for key, one in self._kept.items() if key not in known}
        self._kept = dict(list({**others, **known}.items())[-KEPT:])
        return [one for key in wanted if (one := known[key]) is not None]


def _read(connection: sa.Connection, drop_ids: list[int]) -> dict[int, Past | None]:
    """None for what is no file of the sender."""
    if not drop_ids:
        return {}
    report = drops.c.report
    query = sa.select(
        drops.c.id,
        drops.c.name,
        drops.c.fingerprint,
        drops.c.landed_at,
        drops.c.profile,
        report["reader"].label("reader"),
        report["columns"].label("columns"),
        report["feeds"].label("feeds"),
        report["guards"].label("guards"),
        report["ours"].label("ours"),
    ).where(drops.c.id.in_(drop_ids))
    rows = [dict(row) for row in connection.execute(query).mappings()]
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
    return Past(
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
