"""Sending what is planned: the connections are kept full, and nobody waits for the ledger.

One thread runs the delivery of a drop. It takes batches ahead of need, hands them to the sending threads, and writes
down what was answered in groups, so that one flush of the disk settles many batches. What was taken and not answered
when the connector dies stands in the ledger as sent, and is sent again at the next start.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import structlog

from connector import feeds, replies
from connector.errors import CredentialsRefused, InDoubt, RefusedBatch, RetryLater
from connector.model import Batch, Reply, Settlement
from connector.sending import Calls

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from connector.ledger import Ledger
    from connector.lookout import Lookout

log = structlog.get_logger(__name__)

TAKEN_TOGETHER = 128
"""Batches taken in one transaction at least, while there are any: one by one would cost more than sending them."""

SETTLED_TOGETHER = 128
"""Answers written in one transaction at most."""

SETTLED_AFTER = 0.25
"""Seconds an answer waits at most for others to be written with it."""


class Sender(Protocol):
    """The part of the API client that delivering needs."""

    def send(
        self, feed: str, payload: bytes, *, repeatable: bool = True, records: int | None = None
    ) -> Reply:
        """Send exactly these bytes to the feed's address and read the answer; `records` are in them."""
        ...


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds an account's deliveries rest after the API could not take them."""

    later: float
    credentials: float


class Delivery:
    """Delivers drops, each call in a thread of `sending`, of which there are `ahead` or fewer."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        sender: Callable[[str], Sender],
        renew: Callable[[str], None],
        lookout: Lookout,
        waits: Waits,
        sending: Executor,
        ahead: int,
        stop: threading.Event,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`sender` gives an account's client, `renew` makes it read its credentials again. `ahead`: calls under way."""
        self.ledger = ledger
        self.sender = sender
        self.renew = renew
        self.lookout = lookout
        self.waits = waits
        self.sending = sending
        self.ahead = ahead
        self.stop = stop
        self.now = now
        self._resting: dict[str, type[RetryLater]] = {}  # by account: why, so that each cause is said once
        self._saying = threading.Lock()

    def deliver(self, drop_id: int) -> None:
        """Send all of a drop that may be sent now, and settle a verdict for every record of it."""
        run = _Run(self, drop_id)
        try:
            run.go()
        finally:
            run.end()

    def send(self, batch: Batch) -> Reply:
        """One call. Raises what the client raises."""
        if self._resting.get(batch.account) is CredentialsRefused:
            self.renew(batch.account)
        repeatable = feeds.by_name(batch.feed).safe_to_repeat
        sender = self.sender(batch.account)
        reply = sender.send(batch.feed, batch.payload, repeatable=repeatable, records=batch.records)
        self._goes_on(batch.account)
        return reply

    def rest(self, batch: Batch, error: RetryLater) -> datetime:
        """The API cannot take it now: the account rests, so that nothing burns its attempts. Until when."""
        rest = self.waits.credentials if isinstance(error, CredentialsRefused) else self.waits.later
        until = self.now() + timedelta(seconds=error.wait if error.wait is not None else rest)
        self.ledger.postpone(batch.account, until, str(error))
        with self._saying:  # many threads learn of it at the same moment, and one is enough to say it
            is_news = self._resting.get(batch.account) is not type(error)
            self._resting[batch.account] = type(error)
        if is_news:
            log.warning("delivery waits", account=batch.account, reason=str(error))
            self.lookout.account_rests(batch.account, error)
        return until

    def _goes_on(self, account: str) -> None:
        if self._resting.pop(account, None):
            log.info("delivery goes on", account=account)
        self.lookout.account_goes_on(account)


class _Run:
    """The delivery of one drop, from the first batch taken to the last answer written."""

    def __init__(self, delivery: Delivery, drop_id: int) -> None:
        self._delivery = delivery
        self._ledger = delivery.ledger
        self._drop_id = drop_id
        self._calls = Calls(delivery.send, delivery.sending, delivery.ahead)
        self._settled: list[Settlement] = []
        self._given_back: dict[tuple[datetime, str], list[int]] = {}
        self._until: dict[str, datetime] = {}
        self._sheet: list[str | None] = []
        self._defect: BaseException | None = None
        self._all_taken = False  # the last time there were no more, and none has come back since
        self._written = time.monotonic()

    def go(self) -> None:
        """Until nothing of the drop may be sent now, the connector stops, or a defect of ours shows."""
        exhausted = False
        while not self._delivery.stop.is_set() and not self._defect:
            if not exhausted and self._calls.open <= 2 * self._delivery.ahead:
                exhausted = not self._send_more()
            if not self._calls.open:
                return
            self._hear()
            if self._all_taken and not self._calls.open:
                return

    def end(self) -> None:
        """What no thread has begun is given back unsent; what is under way is heard to its end.

        Raises the first defect that showed, once all else is written down.
        """
        unsent = self._calls.take_back()
        while self._calls.open:
            self._hear()
        self._write()
        self._give_back_unsent(unsent)
        if self._defect:
            raise self._defect

    def _send_more(self) -> bool:
        """Take batches and hand them out, more than can be under way: no connection waits for the ledger."""
        limit = max(TAKEN_TOGETHER, 2 * self._delivery.ahead)
        taken = self._ledger.take(self._drop_id, self._delivery.now(), limit, durable=False)
        self._calls.hand_out(taken)
        self._all_taken = len(taken) < limit
        return bool(taken)

    def _hear(self) -> None:
        """Wait for an answer, take in all there are, and write them down when it is time."""
        for batch, answer in self._calls.heard(SETTLED_AFTER):
            self._take_in_or_note(batch, answer)
            if len(self._settled) >= SETTLED_TOGETHER:
                self._write()
        if time.monotonic() - self._written >= SETTLED_AFTER:
            self._write()

    def _take_in_or_note(self, batch: Batch, answer: Reply | BaseException) -> None:
        """A defect over one batch must not lose the answers of the others: they would be sent again."""
        try:
            self._take_in(batch, answer)
        except Exception as error:  # noqa: BLE001  raised at the end
            self._defect = self._defect or error

    def _take_in(self, batch: Batch, answer: Reply | BaseException) -> None:
        match answer:
            case Reply():
                columns = lambda: self._ledger.columns(batch)  # noqa: E731  asked only where something was refused
                self._settled.append(replies.settlement(batch, answer, columns, self._sheet_name))
            case RetryLater():
                self._give_back(batch, answer)
            case RefusedBatch():
                reply = Reply(answer.status or 0, answer.reply, batch.records, 0, batch.records, None)
                columns = self._ledger.columns(batch)
                self._settled.append(
                    replies.refused_whole(batch, reply, str(answer), columns, self._sheet_name())
                )
            case InDoubt():
                self._ledger.in_doubt(batch.id, str(answer))
            case _:
                self._defect = self._defect or answer

    def _give_back(self, batch: Batch, error: RetryLater) -> None:
        self._all_taken = False
        until = self._until.get(batch.account)
        if until is None or until <= self._delivery.now():  # the rest is over and it was tried again, in vain
            until = self._until[batch.account] = self._delivery.rest(batch, error)
            self._give_back_unsent(self._calls.take_back(batch.account))
        self._given_back.setdefault((until, str(error)), []).append(batch.id)

    def _give_back_unsent(self, unsent: Sequence[Batch]) -> None:
        if unsent:
            self._ledger.never_sent([batch.id for batch in unsent])

    def _write(self) -> None:
        if self._settled:
            self._ledger.settle(self._settled)
            self._settled = []
        for (until, reason), batches in self._given_back.items():
            self._ledger.give_back(batches, until, reason)
        self._given_back = {}
        self._written = time.monotonic()

    def _sheet_name(self) -> str | None:
        if not self._sheet:
            self._sheet.append(self._ledger.drop(self._drop_id).report.get("reader", {}).get("sheet"))
        return self._sheet[0]
