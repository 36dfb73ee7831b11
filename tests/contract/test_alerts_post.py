"""Letters on their way to a real mail server and a real webhook: taken, late, refused, stuck, and never delaying us."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import BufferingHandler

import pytest

from connector.alerts import Box, Letter, Post, wrong_url
from connector.alerts import box as box_module
from tests.contract.receivers import Hook, Mailbox, mail_server, wait_until, webhook

LETTER = Letter("Konnect is down – प्रणाली", "main: no answer\nconnector status")


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as running:
        yield running


@pytest.fixture
def hook() -> Iterator[Hook]:
    with webhook() as running:
        yield running


class Books:
    """Remembers what the post said of its letters."""

    def __init__(self) -> None:
        self.said: list[Letter] = []
        self.unsaid: list[Letter] = []

    @contextmanager
    def post(self, *urls: str, first_pause: float = 0.05) -> Iterator[Post]:
        post = Post(
            [Box(url) for url in urls],
            delivered=self.said.append,
            failed=self.unsaid.append,
            first_pause=first_pause,
        )
        try:
            yield post
        finally:
            post.close()


def test_a_mail_and_a_webhook_get_the_whole_letter(mailbox: Mailbox, hook: Hook) -> None:
    books = Books()
    with books.post(mailbox.url, hook.url) as post:
        post.send(LETTER)
        wait_until(lambda: mailbox.messages and hook.received)
    (message,) = mailbox.messages
    assert message["Subject"] == LETTER.title
    assert message["To"] == "owner@example.com"
    assert [line.strip() for line in mailbox.text().splitlines() if line.strip()] == LETTER.body.splitlines()
    assert hook.received[0]["title"] == LETTER.title
    assert hook.received[0]["message"] == LETTER.body
    assert books.said == [LETTER], "said once, although two boxes took it"


def test_a_mail_server_that_refuses_for_a_while_gets_it_later(mailbox: Mailbox) -> None:
    books = Books()
    mailbox.refusals = 1
    with books.post(mailbox.url) as post:
        post.send(LETTER)
        wait_until(lambda: books.said)
    assert mailbox.subjects == [LETTER.title]
    assert books.unsaid == []


def test_a_stuck_webhook_delays_neither_the_sender_nor_the_mail(mailbox: Mailbox, hook: Hook) -> None:
    books = Books()
    hook.stuck.set()
    with books.post(hook.url, mailbox.url) as post:
        began = time.monotonic()
        post.send(LETTER)
        assert time.monotonic() - began < 1
        wait_until(lambda: books.said, 3)
        assert len(mailbox.messages) == 1
        assert hook.asked == 1
        assert hook.received == []
        hook.stuck.clear()
        wait_until(lambda: hook.received)
    assert len(books.said) == 1


def test_an_answer_that_never_comes_has_an_end_and_is_tried_again(hook: Hook) -> None:
    books = Books()
    hook.stuck.set()
    with books.post(f"{hook.url}?rto=0.3&cto=0.3") as post:
        post.send(LETTER)
        wait_until(lambda: hook.asked >= 2)
        assert books.said == []
        hook.stuck.clear()
        wait_until(lambda: books.said)


def test_the_end_of_the_connector_waits_for_what_can_be_sent_and_for_nothing_else(hook: Hook) -> None:
    books = Books()
    began = time.monotonic()
    with books.post(hook.url, "json://127.0.0.1:9/nobody", first_pause=60) as post:
        post.send(LETTER)
        post.send(LETTER)
    assert time.monotonic() - began < box_module.CLOSE_SECONDS
    assert len(hook.received) == 2
    assert len(books.said) == 2


def test_what_was_not_sent_at_the_end_is_neither_said_nor_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box_module, "CLOSE_SECONDS", 5.0)
    books = Books()
    with books.post("json://127.0.0.1:9/nobody", first_pause=60) as post:
        post.send(LETTER)
    assert (books.said, books.unsaid) == ([], [])


def test_old_news_is_given_up(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box_module, "GIVEN_UP_AFTER", 0.2)
    books = Books()
    hook.answer = 500
    with books.post(hook.url) as post:
        post.send(LETTER)
        wait_until(lambda: books.unsaid)
    assert hook.asked > 1
    assert books.said == []


def test_a_fault_of_ours_after_one_letter_does_not_stop_the_next(hook: Hook) -> None:
    seen: list[Letter] = []

    def delivered(letter: Letter) -> None:
        seen.append(letter)
        if len(seen) == 1:
            raise RuntimeError("the ledger is gone")

    post = Post([Box(hook.url)], delivered=delivered, failed=seen.append)
    post.send(LETTER)
    post.send(LETTER)
    wait_until(lambda: len(seen) == 2)
    post.close()


def test_a_box_says_why_and_nothing_else_is_logged(hook: Hook) -> None:
    handler = BufferingHandler(10_000)
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    hook.answer = 403
    try:
        assert "403" in str(Box(hook.url).send(LETTER))
        assert "127.0.0.1" in str(Box("json://127.0.0.1:9/nobody").send(LETTER))
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    assert [record for record in handler.buffer if record.name == "apprise"] == []


@pytest.mark.parametrize(
    "url", ["", "owner@example.com", "nonsense://x", "mailto://", "json://", "slack://a-secret-token"]
)
def test_a_url_that_is_none_is_told_without_sending_and_without_showing_it(url: str) -> None:
    said = wrong_url(url)
    assert said is not None
    assert "mailto://user:password@" in said
    assert "secret" not in said
    with pytest.raises(ValueError, match="write for example"):
        Box(url)


@pytest.mark.parametrize(
    ("url", "secret", "plain"),
    [
        ("mailto://shop:hunter2%40x@mail.example.com?to=owner@example.com", "hunter2@x", "mail.example.com"),
        ("jsons://shop:pw12@hooks.example.com/alerts", "pw12", "hooks.example.com"),
        (
            "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general",
            "TIiajkdnlazkcOXrIdevi7FQ",
            "general",
        ),
        ("tgram://123456789:alphanumericABCDEFGHIJ/12315544/", "alphanumericABCDEFGHIJ", "12315544"),
    ],
)
def test_what_is_secret_in_a_url_is_known_and_not_shown(url: str, secret: str, plain: str) -> None:
    assert wrong_url(url) is None
    assert any(secret in part for part in Box(url).secrets)
    assert not any(plain in part for part in Box(url).secrets)
    assert secret not in Box(url).name
