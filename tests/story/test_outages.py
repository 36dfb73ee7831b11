"""What happens when the other end is down, wrong or odd: nothing is lost, one clear word, and it goes on by itself."""

from __future__ import annotations

import signal
import time

from connector.sandbox import Sandbox
from tests.story.shop import Shop, end, stock_csv, wait_until

ROWS = [(f"SKU-{number}", number) for number in range(1200)]
WANTED = {("BLR-01", sku): quantity for sku, quantity in ROWS}


def test_wrong_credentials_wait_and_resume_by_themselves(shop: Shop) -> None:
    shop.quick()
    shop.sandbox.control.credentials("demo-company", "another-secret")
    daemon = shop.start()
    try:
        shop.drop("stock.csv", stock_csv(ROWS))
        wait_until(lambda: (shop.folder / "state" / "ledger.db").exists() and _waits(shop))
        assert shop.stock() == {}
        shop.sandbox.control.credentials("demo-company", "demo-company-token")
        wait_until(lambda: shop.stock() == WANTED)
        wait_until(lambda: len(shop.archived()) == 1)
    finally:
        code, said = end(daemon)
    assert code == 0, said
    assert "demo-company-token" not in said
    assert "another-secret" not in said
    assert sum("user name or password" in line for line in said.splitlines()) == 1, said
    assert "delivery goes on" in said


def test_credentials_mended_in_the_configuration_are_taken_up_without_a_restart(shop: Shop) -> None:
    shop.quick()
    shop.configure(('password = "demo-company-token"', 'password = "not-the-token"'))
    daemon = shop.start()
    try:
        shop.drop("stock.csv", stock_csv(ROWS))
        wait_until(lambda: (shop.folder / "state" / "ledger.db").exists() and _waits(shop))
        shop.configure(('password = "not-the-token"', 'password = "demo-company-token"'))
        wait_until(lambda: shop.stock() == WANTED)
    finally:
        code, said = end(daemon)
    assert code == 0, said


def _waits(shop: Shop) -> bool:
    waiting = shop.json("status", code=(0, 1, 3))["waiting"]
    return bool(waiting) and "user name or password" in (waiting[0]["reason"] or "")


def test_once_with_wrong_credentials_loses_nothing(shop: Shop) -> None:
    shop.quick()
    shop.sandbox.control.credentials("demo-company", "another-secret")
    shop.drop("stock.csv", stock_csv(ROWS))
    shop.once(code=3)
    shop.sandbox.control.credentials("demo-company", "demo-company-token")
    time.sleep(0.6)
    shop.once()
    assert shop.stock() == WANTED


def test_the_api_goes_down_and_comes_up_again(shop: Shop, sandbox: Sandbox) -> None:
    shop.quick()
    sandbox.control.faults("latency=50ms")
    daemon = shop.start()
    try:
        shop.drop("stock.csv", stock_csv(ROWS))
        wait_until(lambda: len(shop.writes()) > 0)
        sandbox.kill()
        time.sleep(2)
        assert daemon.poll() is None
        sandbox.start()
        wait_until(lambda: shop.stock() == WANTED)
        wait_until(lambda: len(shop.archived()) == 1)
    finally:
        code, said = end(daemon)
    assert code == 0, said


def test_every_fault_at_once_ends_row_for_row(shop: Shop) -> None:
    shop.quick()
    shop.sandbox.control.faults(
        "503=share:0.1,seed:3; 429=every:9,retry_after:1; reset=every:11; "
        "502=every:13,body:html; lost_reply=every:7; latency=5ms"
    )
    for _ in range(10):
        shop.drop("stock.csv", stock_csv(ROWS)) if not shop.left_in_inbox() and not shop.archived() else None
        shop.once(code=(0, 3))
        if shop.archived():
            break
        time.sleep(0.6)
    assert shop.stock() == WANTED
    assert len(shop.archived()) == 1


def test_a_second_daemon_refuses_to_start(shop: Shop) -> None:
    daemon = shop.start()
    try:
        wait_until((shop.folder / "state" / "ledger.db").exists)
        time.sleep(1.5)
        refused = shop.connector("once", code=3)
        assert f"pid {daemon.pid}" in refused.stderr
        shop.connector("status")
    finally:
        end(daemon)


def test_sigterm_finishes_what_is_in_flight(shop: Shop) -> None:
    shop.quick()
    shop.sandbox.control.faults("latency=300ms")
    daemon = shop.start()
    shop.drop("stock.csv", stock_csv([(f"SKU-{number}", 1) for number in range(20_000)]))
    wait_until(lambda: len(shop.writes()) > 0)
    code, said = end(daemon, signal.SIGTERM)
    assert code == 0, said
    shop.sandbox.control.clear_faults()
    sent = shop.records_sent()
    shop.once()
    assert shop.records_sent() == 20_000, "a batch in flight at the signal was sent twice"
    assert 0 < sent < 20_000
