"""What persons decide about drops: who, why, when and what. A decision is written with the step it makes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import sqlalchemy as sa

from connector.ledger import claims
from connector.ledger.faults import IllegalStep
from connector.ledger.packing import in_groups
from connector.ledger.prepared import Prepared, told
from connector.ledger.steps import add_to_report, clear_drafts, step_drop
from connector.ledger.tables import decisions, drops, verdicts
from connector.model import WAITING_FOR_A_PERSON, Drop, DropState, Found, Release, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from connector.ledger.database import Database


class Choice(StrEnum):
    """What can be decided."""

    APPROVED = "approved"
    APPROVED_BUT_OUTLIERS = "approved except outliers"
    DISMISSED = "dismissed"
    UNDONE = "undone"
    ROWS_APPROVED = "rows approved"
    ROWS_DISMISSED = "rows dismissed"
    PUSHED_AGAIN = "pushed again"


_ROWS_AT_ONCE = 500

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


_ITS_ID = told("its_id")
_ABOUT = Prepared(
    sa.select(*(decisions.c[name] for name in Decision.__dataclass_fields__))
    .where(sa.or_(decisions.c.drop_id == _ITS_ID, decisions.c.made == _ITS_ID))
    .order_by(decisions.c.id)
)


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A file of our own making that is about to land; `take` moves it into the work folder (see `Ledger.claim`)."""

    found: Found
    fingerprint: str
    take: Callable[[int], str]


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

    def undo(self, undone: Drop, file: OwnFile, *, by: str, why: str, account: str | None) -> int:
        """Land the file with the values of before as a drop of the same lane, which only what comes later can overrule.

        `account` is the one all of it goes to; None: that of each location. Raises NotOurs, when it is not there.
        """
        word = Decision(undone.id, Choice.UNDONE, by, why, self._now())
        with self._database.write() as connection:
            made, _ = self._land(connection, undone, file, word, account)
        return made

    def approve_rows(
        self, drop: Drop, rows: Sequence[int], file: OwnFile, *, by: str, why: str, account: str | None
    ) -> int:
        """Let single held rows of a drop that is through go: the file with them lands, as `undo` lands its own.

        `rows` are the ids of `HeldRow`. Raises IllegalStep when somebody has decided about one of them; NotOurs.
        """
        word = Decision(drop.id, Choice.ROWS_APPROVED, by, why, self._now(), _named(len(rows)))
        with self._database.write() as connection:
            made, decision = self._land(connection, drop, file, word, account)
            _answer_rows(connection, drop.id, rows, decision)
        return made

    def dismiss_rows(self, drop: Drop, rows: Sequence[int], *, by: str, why: str) -> None:
        """Set single held rows of a drop that is through aside for good. Raises IllegalStep as `approve_rows`."""
        word = Decision(drop.id, Choice.ROWS_DISMISSED, by, why, self._now(), _named(len(rows)))
        with self._database.write() as connection:
            _answer_rows(connection, drop.id, rows, write(connection, word))

    def push_again(self, newest: Drop, file: OwnFile, *, by: str, why: str, account: str, about: str) -> int:
        """Send published values once more, though they are no news; `newest` is the last drop that set one of them."""
        word = Decision(newest.id, Choice.PUSHED_AGAIN, by, why, self._now(), about)
        with self._database.write() as connection:
            made, _ = self._land(connection, newest, file, word, account, force=True)
        return made

    def _land(
        self,
        connection: sa.Connection,
        answered: Drop,
        file: OwnFile,
        word: Decision,
        account: str | None,
        *,
        force: bool = False,
    ) -> tuple[int, int]:
        """A drop of our own that answers another: its landing number, and the number of the decision.

        `force`: what is published already is sent all the same.
        """
        wanted = claims.Claim(file.found, file.fingerprint, answered.lane, None, True, self._now())
        made = claims.claim(connection, wanted, file.take)
        add_to_report(
            connection, made, {"ours": {"answers": answered.id, "account": account, "force": force}}
        )
        return made, write(connection, replace(word, made=made))

    def of(self, drop_id: int) -> list[Decision]:
        """All decisions about a drop, and the one it came of, in their order."""
        with self._database.read() as connection:
            rows = _ABOUT.rows(connection, its_id=drop_id)
            return [Decision(**{**row._asdict(), "what": Choice(row.what)}) for row in rows]

    def release_of(self, drop_id: int) -> Release | None:
        """By which word of a person the guards hold this drop no more; None when they may."""
        said = [one for one in self.of(drop_id) if one.stands and one.lets_go(drop_id)]
        if not said:
            return None
        last = said[-1]
        return Release(last.by, last.why, last.at, except_outliers=last.what is Choice.APPROVED_BUT_OUTLIERS)


def write(connection: sa.Connection, decision: Decision) -> int:
    """Keep a decision, in the transaction that carries it out; answers its number."""
    stored = connection.execute(decisions.insert().values(asdict(decision)).returning(decisions.c.id))
    return int(stored.scalar_one())


def _named(rows: int) -> str:
    return f"{rows} held row{'' if rows == 1 else 's'}"


def _answer_rows(connection: sa.Connection, drop_id: int, rows: Sequence[int], decision: int) -> None:
    """Write beside held rows what was decided. Raises IllegalStep unless all of them waited for a word."""
    answered = 0
    for group in in_groups(rows, _ROWS_AT_ONCE):
        mine = sa.and_(verdicts.c.drop_id == drop_id, verdicts.c.id.in_(group))
        waits = sa.and_(mine, verdicts.c.verdict == Verdict.HELD, verdicts.c.decision.is_(None))
        answered += connection.execute(verdicts.update().where(waits).values(decision=decision)).rowcount
    if answered != len(rows):
        message = f"somebody has decided about rows of drop {drop_id} meanwhile: look again"
        raise IllegalStep(message)


def _held_for(connection: sa.Connection, drop_id: int) -> str | None:
    reason: str | None = connection.execute(sa.select(drops.c.reason).where(drops.c.id == drop_id)).scalar()
    return reason


def void(connection: sa.Connection, drop_id: int) -> None:
    """A drop is to be read anew: what was approved before lets nothing go any more."""
    connection.execute(decisions.update().where(decisions.c.drop_id == drop_id).values(stands=False))
