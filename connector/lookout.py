"""Who keeps watch: what happens to drops, accounts and inboxes becomes alerts, each said once.

The steps and the loop report what they meet as they go; what a crash could swallow (files that wait, a lane that is
silent) is asked of the ledger at each look. What is to be said stands in the ledger first, so a restart neither repeats
nor forgets it; saying it is the affair of others, in their own time.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import TYPE_CHECKING

from connector import alerts
from connector.errors import CredentialsRefused, NoRoom
from connector.later import later
from connector.model import Alert, Cause, DropState, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from connector.alerts import Letter, Rules
    from connector.errors import RetryLater, SourceUnavailable
    from connector.ledger import Ledger
    from connector.model import Drop
    from connector.shaping import rhythm
else:
    rhythm = later("connector.shaping.rhythm")

SILENCE_LOOKED_FOR = timedelta(minutes=10)
"""How often, and how long after the start, for then what came meanwhile has landed."""

KEPT = timedelta(days=30)
"""How long an alert that ended is remembered."""

_OF_AN_ACCOUNT = (Cause.CREDENTIALS, Cause.API_DOWN)
_OF_A_SOURCE = (Cause.DISK_LOW, Cause.INBOX_GONE)


class Lookout:
    """Knows what stands and what was said of it. Thread-safe.

    Args:
        ledger: where alerts are kept.
        rules: what is said of which cause.
        refused_share: share of the records sent of one file which, refused, is worth an alert.
        clean: takes secrets out of a text.
        now: the clock.
    """

    def __init__(
        self,
        ledger: Ledger,
        rules: Rules,
        *,
        refused_share: float = 0.1,
        clean: Callable[[str], str] = str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._ledger = ledger
        self._rules = rules
        self._refused_share = refused_share
        self._clean = clean
        self._now = now
        self._hand_over: Callable[[Letter], None] | None = None
        self._lock = RLock()
        self._known: dict[tuple[Cause, str], Alert] = {}
        self._under_way: set[alerts.Part] = set()
        self._next_silence = now() + SILENCE_LOOKED_FOR

    def tell(self, hand_over: Callable[[Letter], None]) -> None:
        """From now on there is somebody to tell; until then nothing is noted, for nobody would hear of it."""
        self._ledger.alerts.forget(self._now() - KEPT)
        self._known = {(alert.cause, alert.key): alert for alert in self._ledger.alerts.all()}
        self._hand_over = hand_over

    # what the steps and the loop report ------------------------------------------------------------------------------

    def account_rests(self, account: str, error: RetryLater) -> None:
        """Deliveries of an account wait."""
        cause = Cause.CREDENTIALS if isinstance(error, CredentialsRefused) else Cause.API_DOWN
        self._begins(cause, account, account, str(error))

    def account_goes_on(self, account: str) -> None:
        """A delivery of the account went through."""
        self._ends(_OF_AN_ACCOUNT, account)

    def source_rests(self, source: str, error: SourceUnavailable) -> None:
        """Nothing can be taken from a source."""
        cause = Cause.DISK_LOW if isinstance(error, NoRoom) else Cause.INBOX_GONE
        self._begins(cause, source, source, str(error))

    def source_works(self, source: str) -> None:
        """A source was looked into and can be used."""
        self._ends(_OF_A_SOURCE, source)

    def drop_ends(self, drop: Drop, totals: Mapping[str, Mapping[Verdict, int]]) -> None:
        """Nothing more will be sent of a drop. May be told twice."""
        if drop.state is DropState.QUARANTINED:
            self._begins(Cause.QUARANTINED, str(drop.id), drop.path, drop.reason or "")
        elif drop.state is DropState.CLOSED:
            self._look_at_refusals(drop, totals)

    def _look_at_refusals(self, drop: Drop, totals: Mapping[str, Mapping[Verdict, int]]) -> None:
        """By lane: a SKU that Konnect does not know is in every file, and said once until a file is without it."""
        said = []
        for feed, counts in totals.items():
            refused = counts.get(Verdict.REFUSED, 0)
            sent = refused + counts.get(Verdict.ACCEPTED, 0)
            if refused and refused / sent > self._refused_share:
                said.append(f"{refused} of {sent} {feed} records sent were refused ({refused / sent:.0%})")
        if said:
            self._begins(Cause.REFUSED, drop.lane, drop.path, f"drop {drop.id}: {', '.join(said)}")
        elif totals:
            self._ends((Cause.REFUSED,), drop.lane)

    # what is asked of the ledger -------------------------------------------------------------------------------------

    def look(self, *, all_landed: bool = False) -> None:
        """Find what stands, and hand over what is to be said.

        `all_landed`: what lies in the inboxes has landed, so that a silence is one.
        """
        if self._hand_over is None:
            return
        self._look_at_held()
        if all_landed or self._now() >= self._next_silence:
            self._next_silence = self._now() + SILENCE_LOOKED_FOR
            self._look_at_silence()
        with self._lock:
            for part, found in alerts.due(
                self._known.values(), self._now(), self._rules, self._under_way
            ).items():
                self._under_way.add(part)
                self._hand_over(alerts.letter(found, over=part[1], clean=self._clean))

    def _look_at_held(self) -> None:
        waiting = {str(drop.id): drop for drop in self._ledger.alerts.waiting_for_a_person()}
        for key, drop in waiting.items():
            self._begins(Cause.HELD, key, drop.path, drop.reason or "")
        for cause, key in list(self._known):
            if cause is Cause.HELD and key not in waiting:
                self._ends((cause,), key)

    def _look_at_silence(self) -> None:
        now = self._now()
        for lane, landed in self._ledger.alerts.landings(now - rhythm.LOOKED_BACK).items():
            local = [moment.astimezone() for moment in landed]
            overdue = rhythm.overdue_at(local)
            if overdue is not None and overdue <= now:
                reason = (
                    f"the last file landed on {local[-1]:%d.%m. at %H:%M}; it never took that long before"
                )
                self._begins(Cause.SILENT, lane, lane.rstrip("/"), reason)
            else:
                self._ends((Cause.SILENT,), lane)

    # what was said ---------------------------------------------------------------------------------------------------

    def said(self, letter: Letter) -> None:
        """Somebody has it: it is not said again."""
        with self._lock:
            for told in letter.alerts:
                known = self._known[told.cause, told.key]
                if letter.over:
                    self._write(replace(known, end_said=True))
                else:
                    momentary = alerts.saying(known.cause).momentary
                    ended = self._now() if momentary else known.ended_at
                    self._write(replace(known, said_at=self._now(), ended_at=ended))
            self._under_way.discard((letter.alerts[0].cause, letter.over))

    def unsaid(self, letter: Letter) -> None:
        """Nobody took it: it is said again if it is still so."""
        with self._lock:
            self._under_way.discard((letter.alerts[0].cause, letter.over))

    # what stands -----------------------------------------------------------------------------------------------------

    def _begins(self, cause: Cause, key: str, subject: str, reason: str) -> None:
        if self._hand_over is None or cause not in self._rules.causes:
            return
        with self._lock:
            known = self._known.get((cause, key))
            if known is None:
                self._write(Alert(cause, key, subject, self._clean(reason), self._now()))
            elif not known.stands and not alerts.saying(cause).momentary:
                begun = Alert(
                    cause,
                    key,
                    subject,
                    self._clean(reason),
                    self._now(),
                    known.said_at,
                    count=known.count + 1,
                )
                self._write(begun)

    def _ends(self, causes: Collection[Cause], key: str) -> None:
        for cause in causes:
            if (cause, key) not in self._known:  # asked at every batch: no lock for what never was
                continue
            with self._lock:
                known = self._known[cause, key]
                if known.stands:
                    self._write(replace(known, ended_at=self._now(), end_said=False))

    def _write(self, alert: Alert) -> None:
        self._ledger.alerts.write(alert)
        self._known[alert.cause, alert.key] = alert
