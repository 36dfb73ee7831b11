"""A person is told: a real daemon, a real mail server, a real webhook. Each cause once, and when it is over."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from functools import partial

import pytest

from connector.sandbox import Sandbox
from tests.contract.receivers import Hook, Mailbox, mail_server, wait_until, webhook
from tests.story.shop import Shop, end, stock_csv

ROWS = [(f"SKU-{number}", number) for number in range(20)]
ODD = "Ref,Colour\nA,red\nB,blue\n"
SECRET = "hook-token-hunter22"


@pytest.fixture
def hook() -> Iterator[Hook]:
    with webhook() as running:
        yield running


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as running:
        yield running


@pytest.fixture
def told(shop: Shop, hook: Hook) -> Shop:
    """A shop that is told by webhook, with a secret in its URL, and looks often."""
    shop.quick()
    secret = shop.folder / "config" / "hook.url"
    secret.write_text(hook.url.replace("://", f"://shop:{SECRET}@"), encoding="utf-8")
    shop.configure(
        ("# urls = []  ", f'urls = ["file:{secret}"] #'), ("# outage_seconds = 120", "outage_seconds = 0")
    )
    return shop


def test_wrong_credentials_are_said_once_and_the_right_ones_once(told: Shop, hook: Hook) -> None:
    told.sandbox.control.credentials("demo-company", "another-secret")
    daemon = told.start()
    try:
        told.drop("stock.csv", stock_csv(ROWS))
        hook.wait_for(1)
        time.sleep(3)  # several rounds of being refused
        assert hook.titles == ["Konnect refuses the user name or token of main"]
        assert "connector token" in hook.received[0]["message"]
        told.sandbox.control.credentials("demo-company", "demo-company-token")
        hook.wait_for(2)
    finally:
        code, said = end(daemon)
    assert code == 0, said
    assert hook.titles[1] == "Konnect takes the credentials of main again"
    assert len(hook.titles) == 2
    for text in (said, str(hook.received)):
        assert SECRET not in text
        assert "demo-company-token" not in text
        assert "another-secret" not in text


def test_the_api_is_down_and_up_again_although_the_connector_stopped_meanwhile(
    told: Shop, hook: Hook, sandbox: Sandbox
) -> None:
    daemon = told.start()
    sandbox.kill()
    try:
        told.drop("stock.csv", stock_csv(ROWS))
        hook.wait_for(1)
    finally:
        end(daemon)
    assert hook.titles == ["Konnect cannot take the data of main"]
    sandbox.start()
    daemon = told.start()
    try:
        hook.wait_for(2)
    finally:
        end(daemon)
    assert hook.titles[1:] == ["Konnect is up again for main"]
    assert len(told.stock()) == len(ROWS)


def test_a_held_file_is_one_alert_however_often_the_loop_turns_and_starts(told: Shop, hook: Hook) -> None:
    for _ in range(2):
        daemon = told.start()
        try:
            if not hook.received:
                told.drop("odd.csv", ODD)
            hook.wait_for(1)
            wait_until(partial(told.works, daemon))
            time.sleep(3)
        finally:
            code, said = end(daemon)
        assert code == 0, said
    assert hook.titles == ["odd.csv waits for you"]
    assert "connector show 1" in hook.received[0]["message"]
    (listed,) = told.json("alerts", "list")
    assert (listed["cause"], listed["key"], listed["stands"]) == ("held", "1", True)
    assert "odd.csv" in told.connector("alerts", "list").stdout


def test_once_tells_of_a_quarantined_file_before_it_ends(told: Shop, hook: Hook) -> None:
    told.drop("stock.xlsx", b"\x89PNG\r\n\x1a\n" + b"\0" * 500)
    told.once(code=1)
    assert hook.titles == ["stock.xlsx cannot be read"]
    told.once()
    assert len(hook.titles) == 1


def test_an_alert_nobody_took_is_sent_after_the_next_start(told: Shop, hook: Hook) -> None:
    hook.answer = 500
    told.drop("odd.csv", ODD)
    said = told.connector("once", code=1).stderr
    assert "alert waits for the next start" in said
    assert "odd.csv waits for you" in said
    assert SECRET not in said
    hook.answer = 200
    told.once()
    assert hook.titles == ["odd.csv waits for you"]


def test_once_tells_of_refusals_above_the_share(told: Shop, hook: Hook) -> None:
    told.sandbox.control.reset({"accept_unknown_skus": False})
    told.drop("stock.csv", stock_csv(ROWS))
    told.once(code=1)
    assert hook.titles == ["Konnect refuses many rows of stock.csv"]
    assert "20 of 20 inventory records sent were refused" in hook.received[0]["message"]


def test_a_full_disk_is_said_and_its_room_again(told: Shop, hook: Hook) -> None:
    told.configure(("# min_free_megabytes = 200", "min_free_megabytes = 999999999999"))
    told.drop("stock.csv", stock_csv(ROWS))
    told.once(code=3)
    told.once(code=3)
    assert hook.titles == ["The disk of inbox is nearly full"]
    assert [path.name for path in told.left_in_inbox()] == ["stock.csv"]
    told.configure(("min_free_megabytes = 999999999999", "min_free_megabytes = 1"))
    told.once()
    assert hook.titles[1:] == ["The disk of inbox has room again"]
    assert len(told.stock()) == len(ROWS)


def test_a_mail_server_that_hangs_delays_no_delivery(told: Shop, hook: Hook) -> None:
    """The alert of a held file is stuck at the receiver; the next file goes its way meanwhile."""
    hook.stuck.set()
    daemon = told.start()
    try:
        told.drop("odd.csv", ODD)
        wait_until(lambda: hook.asked)
        told.drop("stock.csv", stock_csv(ROWS))
        wait_until(lambda: len(told.stock()) == len(ROWS))
        assert hook.received == []
        hook.stuck.clear()
        hook.wait_for(1, 60)
    finally:
        end(daemon)


def test_the_test_command_sends_to_every_url_and_says_which_one_fails(
    told: Shop, hook: Hook, mailbox: Mailbox
) -> None:
    told.configure(('urls = ["', f'urls = ["{mailbox.url}", "'))
    said = told.connector("alerts", "test").stdout
    assert SECRET not in said
    assert hook.titles == mailbox.subjects == ["A test of the connector's alerts"]
    hook.answer = 500
    (mail, web) = told.json("alerts", "test", code=3)
    assert (mail["ok"], web["ok"]) == (True, False)
    assert "500" in web["reason"]
    assert not (told.folder / "state" / "ledger.db").exists(), "a test is no alert"


def test_a_wrong_url_is_a_mistake_of_the_configuration(shop: Shop) -> None:
    shop.connector("alerts", "test", code=2)
    shop.configure(("# urls = []  ", 'urls = ["slack://only-one-secret-token", "env:NOT_THERE"] #'))
    said = shop.connector("config", "check", code=2).stderr
    assert "alerts.urls" in said
    assert "NOT_THERE is not set" in said
    shop.configure((', "env:NOT_THERE"', ""), ('server = "http', 'server = "nowhere'))
    said = shop.connector("config", "check", code=2).stderr
    assert "alerts.urls.0: is not a slack:// address that is whole" in said
    assert "account.0.server" in said, "every mistake at once"
    assert "only-one-secret-token" not in said
    shop.configure(('server = "nowhere', 'server = "http'))
    assert "alerts.urls.0" in shop.connector("run", code=2).stderr


def test_without_a_url_nothing_is_noted(shop: Shop) -> None:
    shop.drop("odd.csv", ODD)
    shop.once(code=1)
    with sqlite3.connect(f"file:{shop.folder / 'state' / 'ledger.db'}?mode=ro", uri=True) as ledger:
        assert ledger.execute("select count(*) from alerts").fetchone() == (0,)
    assert shop.json("alerts", "list") == []
