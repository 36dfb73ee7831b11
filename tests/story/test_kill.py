"""kill -9 again and again, restarted until done, twenty times over: every record once, every value right.

Chance alone seldom hits the moments that matter, so most kills are aimed: an answer is read and not settled yet;
batches are settled and not on the shelves yet; all are settled and the drop is not closed yet.
"""

from __future__ import annotations

import hashlib
import random
import sqlite3
import subprocess
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connector.ledger import open_ledger
from connector.model import BatchState
from connector.sandbox import Sandbox
from tests.story.shop import Shop, every_record_has_one_verdict, stock_csv

RUNS = 20
RECORDS = 50_000
READ_AFTER = timedelta(milliseconds=30)
"""An answer the sandbox gave so long ago has been read by the daemon."""

ANSWERED = "an answer was read and not settled"
SETTLED = "a batch was settled and not shelved"
NOT_CLOSED = "all was settled and the drop not closed"
SETTLED_NOT_SHELVED = "select count(*) from batches where state = 'settled' and not shelved"
ALL_SETTLED = """select exists (select 1 from drops where state = 'delivering')
    and not exists (select 1 from batches where state in ('planned', 'sent'))"""


class Audit:
    """What the ledger says after each kill, held against what the sandbox saw."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.ledger = shop.folder / "state" / "ledger.db"
        self.in_flight: dict[int, set[int]] = defaultdict(set)
        """The tries of each batch that a kill cut short."""
        self.acknowledged: dict[int, str | None] = {}
        self.hit: set[str] = set()

    def ask(self, question: str) -> int:
        """One number from the ledger, read while the daemon works; 0 as long as there is no ledger."""
        try:
            with closing(sqlite3.connect(f"file:{self.ledger}?mode=ro", uri=True)) as database:
                return int(database.execute(question).fetchone()[0])
        except sqlite3.OperationalError:
            return 0

    def answered(self) -> int:
        """How many calls that wrote were answered."""
        return sum(call["status"] == 200 for call in self.shop.writes())

    def after_a_kill(self, killed_at: datetime) -> None:
        """Nothing was sent that was not written down first, and nothing acknowledged is lost."""
        if not self.ask("select count(*) from batches"):
            return
        calls = self._calls()
        ledger = open_ledger(f"sqlite:///{self.ledger}")
        for drop in ledger.drops():
            for batch in ledger.batches(drop.id):
                its_calls = calls.get(_sha256(ledger.batch(batch.id).payload), [])
                assert len(its_calls) <= batch.attempts, f"sent {len(its_calls)} times: {batch}"
                assert batch.id not in self.acknowledged or batch.state == BatchState.SETTLED, batch
                if batch.state == BatchState.SETTLED:
                    self.acknowledged.setdefault(batch.id, batch.ack_id)
                elif batch.state == BatchState.SENT:
                    self.in_flight[batch.id].add(batch.attempts)
                    if len(its_calls) == batch.attempts and _ended(its_calls[-1]) < killed_at - READ_AFTER:
                        self.hit.add(ANSWERED)
        ledger.close_connections()
        self.hit |= {SETTLED} if self.ask(SETTLED_NOT_SHELVED) else set()
        self.hit |= {NOT_CLOSED} if self.ask(ALL_SETTLED) else set()

    def at_the_end(self) -> None:
        """Every batch was tried once, and once more for each kill that found it in flight; the last try settled it."""
        calls = self._calls()
        ledger = open_ledger(f"sqlite:///{self.ledger}")
        (drop,) = ledger.drops()
        for batch in ledger.batches(drop.id):
            kills = len(self.in_flight[batch.id])
            attempts = ledger.attempts(batch.id)
            assert [attempt.outcome for attempt in attempts] == ["given back"] * kills + ["settled"]
            its_calls = calls[_sha256(ledger.batch(batch.id).payload)]
            assert 1 <= len(its_calls) <= 1 + kills
            last = attempts[-1]
            assert last.reply == self.shop.sandbox.control.reply(int(str(its_calls[-1]["number"])))
            assert (last.status, last.success_count, last.failed_count) == (200, batch.records, 0)
            assert self.acknowledged.get(batch.id, last.ack_id) == last.ack_id == batch.ack_id
            assert not ledger.batch(batch.id).parent_id
        assert sum(map(len, calls.values())) == len(self.shop.writes()), "only what the ledger keeps was sent"
        ledger.close_connections()
        assert self.ask("select count(*) from batches where not shelved") == 0

    def _calls(self) -> dict[str, list[dict[str, object]]]:
        """The calls that wrote, by what they sent, once the sandbox has answered all of them."""
        while any(call["outcome"] == "open" for call in self.shop.writes()):
            time.sleep(0.02)
        found: dict[str, list[dict[str, object]]] = {}
        for call in self.shop.writes():
            found.setdefault(call["request_sha256"], []).append(call)
        return found


@pytest.mark.timeout(1500)
def test_killed_again_and_again(tmp_path: Path, sandbox: Sandbox) -> None:
    chance = random.Random(20_261_123)
    hit: Counter[str] = Counter()
    for run in range(RUNS):
        sandbox.control.reset({"accept_unknown_skus": True})
        sandbox.control.faults("latency=20ms,jitter:20ms,on:writes")
        shop = Shop(tmp_path / f"shop{run}", sandbox)
        shop.quick()
        rows = [(f"SKU-{number:05}", (number * 7 + run) % 1000) for number in range(RECORDS)]
        shop.drop("stock.csv", stock_csv(rows))
        hit.update(_killed_until_done(shop, chance))
        assert shop.stock() == {("BLR-01", sku): quantity for sku, quantity in rows}, f"run {run}"
        assert len(shop.archived()) == 1
        assert shop.left_in_inbox() == []
        (drop,) = shop.json("drops")["drops"]
        assert drop["state"] == "archived"
        every_record_has_one_verdict(shop.folder / "state" / "ledger.db", drop["drop"], RECORDS)
        _the_same_again_sends_nothing(shop, rows)
    assert all(hit[moment] >= RUNS // 4 for moment in (ANSWERED, SETTLED, NOT_CLOSED)), hit


def _killed_until_done(shop: Shop, chance: random.Random) -> set[str]:
    """Kill four daemons, let others go to their end; the moments that were hit."""
    audit = Audit(shop)
    at_random = chance.uniform(0.3, 2.5)
    seen = 0

    def some_time_passed() -> bool:
        return time.monotonic() >= started + at_random

    def one_more_answered() -> bool:
        return audit.answered() > seen

    def one_more_settled() -> bool:
        return audit.ask(SETTLED_NOT_SHELVED) > seen

    aimed: list[tuple[Callable[[], bool], float, Callable[[], int]]] = [
        (some_time_passed, 0.0, int),
        (one_more_answered, 0.06, audit.answered),
        (one_more_settled, chance.uniform(0.0, 0.2), lambda: audit.ask(SETTLED_NOT_SHELVED)),
    ]
    chance.shuffle(aimed)
    aimed.append((lambda: bool(audit.ask(ALL_SETTLED)), chance.uniform(0.0, 0.04), int))
    for moment, later, count in aimed:
        seen, started = count(), time.monotonic()
        _kill_when(moment, later, shop, audit)
    for _ in range(5):
        if shop.archived():
            break
        shop.once()
    audit.at_the_end()
    return audit.hit


def _kill_when(moment: Callable[[], bool], later: float, shop: Shop, audit: Audit) -> None:
    daemon: subprocess.Popen[str] = shop.start("once")
    while daemon.poll() is None and not moment():
        time.sleep(0.003)
    time.sleep(later)
    killed_at = datetime.now(UTC)
    daemon.kill()
    daemon.communicate(timeout=60)
    audit.after_a_kill(killed_at)


def _the_same_again_sends_nothing(shop: Shop, rows: list[tuple[str, int]]) -> None:
    """All that was acknowledged, by whichever daemon, is known as published."""
    calls = len(shop.writes())
    shop.drop("again.csv", stock_csv(rows[::-1]))
    shop.once()
    assert len(shop.writes()) == calls
    newest = shop.json("drops")["drops"][0]
    assert newest["file"] == "again.csv", newest


def _ended(call: dict[str, object]) -> datetime:
    return datetime.fromisoformat(str(call["time"])) + timedelta(milliseconds=float(str(call["duration_ms"])))


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
