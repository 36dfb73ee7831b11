"""What persons decide about drops: who, why, when and what. A decision is written with the step it makes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import sqlalchemy as sa

from connector.ledger import claims
from connector.ledger.steps import add_to_report, clear_drafts, step_drop
from connector.ledger.tables import decisions, drops
from connector.model import WAITING_FOR_A_PERSON, Drop, DropState, Found, Release

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from connector.ledger.database import Database


class Choice(StrEnum):
    """What can be decided."""

    APPROVED = "approved"
    APPROVED_BUT_OUTLIERS = "approved except outliers"
    DISMISSED = "dismissed"
    UNDONE = "undone"


RELEASES = (Choice.APPROVED, Choice.APPROVED_BUT_OUTLIERS)


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision about a drop. `about` is what the drop was held for; `stands` until it is read anew."""

    drop_id: int
    what: Choice
    by: str
    why: str
    at: datetime
    about: str | None = None
    stands: bool = True
    made: int | None = None

    def lets_go(self, drop_id: int) -> bool:
        """Whether by it the guards hold this drop no more: it was approved, or was made because a person said so."""
        return self.made == drop_id or (self.drop_id == drop_id and self.what in RELEASES)


class Decisions:
    """The decisions in the ledger. Thread-safe; a command writes beside the connector at work."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def approve(self, drop_id: int, *, by: str, why: str, except_outliers: bool = False) -> None:
        """Let a held drop go: it is planned anew, so that what newer drops have set since stays.

        Raises IllegalStep when it is not held.
        """
        what = Choice.APPROVED_BUT_OUTLIERS if except_outliers else Choice.APPROVED
        with self._database.write() as connection:
            about = _held_for(connection, drop_id)
            clear_drafts(connection, drop_id)
            step_drop(connection, drop_id, [DropState.HELD], DropState.LANDED, planning=False, reason=None)
            write(connection, Decision(drop_id, what, by, why, self._now(), about))

    def dismiss(self, drop_id: int, *, by: str, why: str) -> None:
        """Let nothing of a drop go that waits for a person; its file is archived. Raises IllegalStep."""
        reason = f"dismissed by {by}: {why}" if why else f"dismissed by {by}"
        with self._database.write() as connection:
            about = _held_for(connection, drop_id)
            clear_drafts(connection, drop_id)
            step_drop(connection, drop_id, WAITING_FOR_A_PERSON, DropState.DISMISSED, reason=reason)
            write(connection, Decision(drop_id, Choice.DISMISSED, by, why, self._now(), about))

    def undo(
        self,
        undone: Drop,
        found: Found,
        fingerprint: str,
        take: Callable[[int], str],
        *,
        by: str,
        why: str,
        account: str | None,
    ) -> int:
        """Land the file with the values of before as a drop of the same lane, which only what comes later can overrule.

        `account` is the one all of it goes to; None: that of each location. Raises NotOurs, when it is not there.
        """
        wanted = claims.Claim(found, fingerprint, undone.lane, None, True, self._now())
        with self._database.write() as connection:
            made = claims.claim(connection, wanted, take)
            add_to_report(connection, made, {"undo": {"drop": undone.id, "account": account}})
            write(connection, Decision(undone.id, Choice.UNDONE, by, why, self._now(), made=made))
        return made

    def of(self, drop_id: int) -> list[Decision]:
        """All decisions about a drop, and the one it came of, in their order."""
        columns = [decisions.c[name] for name in Decision.__dataclass_fields__]
        mine = sa.or_(decisions.c.drop_id == drop_id, decisions.c.made == drop_id)
        with self._database.read() as connection:
            rows = connection.execute(sa.select(*columns).where(mine).order_by(decisions.c.id)).mappings()
            return [Decision(**{**row, "what": Choice(row["what"])}) for row in rows]

    def release_of(self, drop_id: int) -> Release | None:
        """By which word of a person the guards hold this drop no more; None when they may."""
        said = [one for one in self.of(drop_id) if one.stands and one.lets_go(drop_id)]
        if not said:
            return None
        last = said[-1]
        return Release(last.by, last.why, last.at, except_outliers=last.what is Choice.APPROVED_BUT_OUTLIERS)


def write(connection: sa.Connection, decision: Decision) -> None:
    """Keep a decision, in the transaction that carries it out."""
    connection.execute(decisions.insert().values(asdict(decision)))


def _held_for(connection: sa.Connection, drop_id: int) -> str | None:
    reason: str | None = connection.execute(sa.select(drops.c.reason).where(drops.c.id == drop_id)).scalar()
    return reason


def void(connection: sa.Connection, drop_id: int) -> None:
    """A drop is to be read anew: what was approved before lets nothing go any more."""
    connection.execute(decisions.update().where(decisions.c.drop_id == drop_id).values(stands=False))
