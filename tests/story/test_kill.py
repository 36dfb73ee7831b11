"""kill -9 at random moments, restarted until done, twenty times over: every row once, every value right."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

import pytest

from connector.sandbox import Sandbox
from tests.story.shop import Shop, every_record_has_one_verdict, stock_csv

RUNS = 20
RECORDS = 50_000


@pytest.mark.timeout(1500)
def test_killed_at_random_moments(tmp_path: Path, sandbox: Sandbox) -> None:
    chance = random.Random(20_261_123)
    for run in range(RUNS):
        sandbox.control.reset({"accept_unknown_skus": True})
        shop = Shop(tmp_path / f"shop{run}", sandbox)
        shop.quick()
        rows = [(f"SKU-{number:05}", (number * 7 + run) % 1000) for number in range(RECORDS)]
        shop.drop("stock.csv", stock_csv(rows))
        kills = 0
        while not shop.archived():
            daemon = shop.start("once")
            if kills < 4:
                _kill_sometime(daemon, chance.uniform(0.3, 4.0))
                kills += 1
            else:
                daemon.communicate(timeout=90)
            assert kills < 50
        shop.once(code=(0, 1))
        assert shop.stock() == {("BLR-01", sku): quantity for sku, quantity in rows}, f"run {run}"
        assert len(shop.archived()) == 1
        assert shop.left_in_inbox() == []
        drops = shop.json("drops")["drops"]
        landed = [drop for drop in drops if drop["state"] == "archived"]
        assert len(landed) == 1
        every_record_has_one_verdict(shop.folder / "state" / "ledger.db", landed[0]["drop"], RECORDS)


def _kill_sometime(daemon: object, seconds: float) -> None:
    process = daemon
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:  # type: ignore[attr-defined]
        time.sleep(0.02)
    if process.poll() is None:  # type: ignore[attr-defined]
        process.send_signal(signal.SIGKILL)  # type: ignore[attr-defined]
    process.communicate(timeout=60)  # type: ignore[attr-defined]
