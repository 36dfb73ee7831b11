"""The earlier drops of a lane, as far as the guards want to know them: measures, no rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from connector.ledger.tables import drops
from connector.model import DropState, is_correction
from connector.profiles import headers_of
from connector.shaping import Past

if TYPE_CHECKING:
    from collections.abc import Mapping


def past(connection: sa.Connection, lane: str, limit: int) -> list[Past]:
    """The newest first. What we made ourselves (undo) and correction files are no files of the sender's own."""
    report = drops.c.report
    query = (
        sa.select(
            drops.c.id,
            drops.c.name,
            drops.c.fingerprint,
            drops.c.profile,
            report["reader"].label("reader"),
            report["feeds"].label("feeds"),
            report["guards"].label("guards"),
            report["undo"].label("undo"),
        )
        .where(drops.c.lane == lane, drops.c.state == DropState.ARCHIVED)
        .order_by(drops.c.id.desc())
        .limit(limit)
    )
    rows = [dict(row) for row in connection.execute(query).mappings()]
    return [_past(row) for row in rows if not row["undo"] and not is_correction(_header(row))]


def _past(row: Mapping[str, Any]) -> Past:
    guards = row["guards"] or ()
    return Past(
        row["id"],
        row["name"],
        row["fingerprint"],
        None if row["profile"] == "automatic" else row["profile"],
        headers_of(_header(row)),
        (row["reader"] or {}).get("snapshot_hint"),
        row["feeds"] or {},
        approved=any(guard.get("verdict") == "approved" for guard in guards),
    )


def _header(row: Mapping[str, Any]) -> list[str]:
    return [str(cell) for cell in (row["reader"] or {}).get("header", ())]
