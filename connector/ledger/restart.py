"""What the ledger puts right at a start, before anything runs: what a crash left half done, or a stop put off."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from connector.ledger import delivery
from connector.ledger.drafts import AT_ONCE
from connector.ledger.packing import in_groups
from connector.ledger.steps import NO_LONGER_PUT_OFF, clear_drafts
from connector.ledger.tables import batches, drops, waits
from connector.model import BatchState, DropState

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from connector.ledger.database import Database

_AT_ONCE = 500
_STOPPED = "the connector stopped before it read the answer"


class Recovered(NamedTuple):
    """Batches found sent without an answer: to be sent again, and left in doubt."""

    resent: int
    in_doubt: int


def recover(database: Database, safe: Collection[str], now: datetime) -> Recovered:
    """Forget half-made plans; send again what is safe, leave the rest in doubt; try all that waits anew.

    Small transactions: any of it done twice does no harm.
    """
    with database.read() as connection:
        half_made = sa.select(drops.c.id).where(drops.c.state == DropState.LANDED, drops.c.planning)
        plans = list(connection.execute(half_made).scalars())
        sent = sa.select(batches.c.id, batches.c.feed).where(batches.c.state == BatchState.SENT)
        open_batches = connection.execute(sent).all()
    for drop_id in plans:
        with database.write() as connection:
            clear_drafts(connection, drop_id)
            connection.execute(drops.update().where(drops.c.id == drop_id).values(planning=False))
    with database.write() as connection:
        _try_anew(connection)
    again = [batch_id for batch_id, feed in open_batches if feed in safe]
    doubtful = [batch_id for batch_id, feed in open_batches if feed not in safe]
    for some in in_groups(again, _AT_ONCE):
        with database.write(durable=False) as connection:
            delivery.give_back(connection, some, AT_ONCE, _STOPPED, now)
    for batch_id in doubtful:
        with database.write() as connection:
            delivery.in_doubt(connection, batch_id, _STOPPED, now)
    return Recovered(len(again), len(doubtful))


def _try_anew(connection: sa.Connection) -> None:
    """Who starts us may have mended what things waited for, a profile or the credentials: nothing waits on."""
    connection.execute(drops.update().where(drops.c.stuck).values(stuck=False))
    # What was found out about a file is gone with the memory it was in, and perhaps the profile with it.
    landed = drops.c.state == DropState.LANDED
    connection.execute(drops.update().where(landed).values(identified=False))
    put_off = drops.c.due_at.is_not(None)
    connection.execute(drops.update().where(put_off).values(**NO_LONGER_PUT_OFF))
    connection.execute(waits.delete())
    late = sa.and_(batches.c.state == BatchState.PLANNED, batches.c.due_at > AT_ONCE)
    connection.execute(batches.update().where(late).values(due_at=AT_ONCE, reason=None))
