"""What a person is or was told, and what the ledger knows that is worth telling."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import sqlalchemy as sa

from connector.ledger import entries as e
from connector.ledger.tables import alerts, drops
from connector.model import OWN_SOURCE, WAITING_FOR_A_PERSON, Alert, Cause, Drop

if TYPE_CHECKING:
    from datetime import datetime

    from connector.ledger.database import Database


class AlertBook:
    """The alerts in the ledger. Thread-safe; only the connector at work writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Alert]:
        """Every alert that stands or ended not long ago, the oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(alerts).order_by(alerts.c.since)).mappings()
            return [Alert(**{**row, "cause": Cause(row["cause"])}) for row in rows]

    def write(self, alert: Alert) -> None:
        """Keep an alert as it is now; it takes the place of an earlier one of its cause and key."""
        same = sa.and_(alerts.c.cause == alert.cause, alerts.c.key == alert.key)
        with self._database.write() as connection:
            connection.execute(alerts.delete().where(same))
            connection.execute(alerts.insert().values(asdict(alert)))

    def forget(self, before: datetime) -> None:
        """Let go of alerts that ended before this time."""
        with self._database.write(durable=False) as connection:
            connection.execute(alerts.delete().where(alerts.c.ended_at < before))

    def waiting_for_a_person(self) -> list[Drop]:
        """Drops that go no further until someone decides."""
        query = e.DROP.where(drops.c.state.in_(WAITING_FOR_A_PERSON)).order_by(drops.c.id)
        with self._database.read() as connection:
            return [e.drop_of(row) for row in connection.execute(query).mappings()]

    def landings(self, since: datetime) -> dict[str, list[datetime]]:
        """When the files of each lane landed, in their order. A drop of our own making is no file that came."""
        query = (
            sa.select(drops.c.lane, drops.c.landed_at)
            .where(drops.c.landed_at >= since, drops.c.source != OWN_SOURCE)
            .order_by(drops.c.lane, drops.c.landed_at)
        )
        found: dict[str, list[datetime]] = {}
        with self._database.read() as connection:
            for lane, landed_at in connection.execute(query):
                found.setdefault(lane, []).append(landed_at)
        return found
