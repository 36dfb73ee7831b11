"""Secrets stay hidden in texts, log records, structlog events and bodies."""

from __future__ import annotations

import logging
import sys
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.api.account import Account, Level
from connector.api.redact import HIDDEN, RedactingFilter, Redactor, Secret, redact, redact_event
from connector.errors import Fatal


@given(
    st.text(min_size=8, max_size=40).filter(lambda s: "hidden" not in s),
    st.text(max_size=20),
    st.text(max_size=20),
)
def test_a_registered_secret_is_nowhere(secret, before, after):
    redactor = Redactor()
    redactor.register(secret)
    for form in (secret, quote(secret, safe=""), quote_plus(secret)):
        assert form not in redactor.text(f"{before}{form}{after}").replace(HIDDEN, "")
        clean = redactor.body(f"{before}{form}{after}".encode()).decode()
        assert form not in clean.replace(HIDDEN, "")


def test_short_secrets_are_hidden_as_words_only_and_tiny_ones_not():
    redactor = Redactor()
    redactor.register("2024", "ab")
    assert redactor.text("pw 2024, sku 120245, ab cab") == f"pw {HIDDEN}, sku 120245, ab cab"


def test_a_forgotten_secret_is_text_again_and_very_many_push_out_the_oldest():
    redactor = Redactor()
    redactor.register("first-secret")
    redactor.forget("first-secret")
    assert redactor.text("first-secret") == "first-secret"
    redactor.register("first-secret", *(f"another-{number:04}" for number in range(100)))
    assert redactor.text("first-secret another-0099") == f"first-secret {HIDDEN}"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("GET /aggregator/v1/token?username=joe&password=a%20b HTTP/1.1",
         f"GET /aggregator/v1/token?username=joe&password={HIDDEN} HTTP/1.1"),
        ('{"accessToken": "abc\\"d", "status": "SUCCESS"}', f'{{"accessToken": "{HIDDEN}", "status": "SUCCESS"}}'),
        ("{'x-access-token': 'abc'}", f"{{'x-access-token': '{HIDDEN}'}}"),
        ("x-access-token: abc", f"x-access-token: {HIDDEN}"),
        ("http://joe:pw@host/", f"http://joe:{HIDDEN}@host/"),
        ("the token is old; password wrong", "the token is old; password wrong"),
        ("nothing to hide: 42", "nothing to hide: 42"),
    ],
)  # fmt: skip
def test_values_after_telling_names_are_hidden_unregistered(text, clean):
    assert redact(text) == clean
    assert redact(clean) == clean


def test_the_filter_cleans_message_arguments_and_traceback():
    try:
        int("password=hunter2")
    except ValueError:
        info = sys.exc_info()
    record = logging.LogRecord("x", logging.DEBUG, "f", 1, 'GET "%s" %d', ("/t?password=hunter2", 200), info)
    assert RedactingFilter().filter(record)
    text = logging.Formatter().format(record)
    assert "hunter2" not in text
    assert f'GET "/t?password={HIDDEN}" 200' in text
    assert "ValueError" in text
    broken = logging.LogRecord("x", logging.DEBUG, "f", 1, "%d", ("password=hunter2",), None)
    assert RedactingFilter().filter(broken)
    assert "hunter2" not in broken.getMessage()


def test_the_structlog_processor_cleans_nested_values():
    event = {"event": "x", "url": "?password=p1", "deep": {"a": ["token=t1", 3]}, "raw": b"1", "n": 5}
    assert redact_event(None, "info", event) == {
        "event": "x",
        "url": f"?password={HIDDEN}",
        "deep": {"a": [f"token={HIDDEN}", 3]},
        "raw": b"1",
        "n": 5,
    }


def test_a_secret_does_not_show_itself():
    secret = Secret("hunter2")
    assert "hunter2" not in f"{secret} {secret!r}"
    assert secret == Secret("hunter2") != Secret("other")
    assert secret.reveal() == "hunter2"
    assert len({secret, Secret("hunter2")}) == 1


def test_an_account_hides_its_password_and_resolves_its_server():
    account = Account("main", "ginesys", "joe", Secret("hunter2"), level=Level.LOCATION, location="BLR-01")
    assert account.base_url == "https://ginesys.konnect.uat.fyndx1.de"
    assert account.level is Level.LOCATION
    assert "hunter2" not in repr(account)
    assert account.label == "account 'main' at https://ginesys.konnect.uat.fyndx1.de"
    with pytest.raises(Fatal, match="needs a user name and a password"):
        Account("main", "ginesys", "joe", Secret(""))
