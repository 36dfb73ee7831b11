"""Nothing secret may reach a log, an error or a report: the token call carries the password in its URL (3.1).

Two nets: secrets that were registered are hidden wherever they stand (also URL-quoted), and values that
follow a telling name (`password=`, `"accessToken":`, `x-access-token:`, `//user:pass@`) are hidden whether
known or not.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import quote, quote_plus

HIDDEN = "[hidden]"
_SHORTEST = 4  # a shorter secret would blot out ordinary words; the telling names still hide it
_ANYWHERE = 8  # from this length a secret is hidden inside words too
_MOST_SECRETS = 100
_DEEPEST = 6  # deeper than any log event of ours; a loop in the data must not hang the log
_NAMES = r"(?:password|passwd|pwd|access_?token|x-access-token|token|secret|api_?key|apikey|authorization)"
_PATTERNS = (
    (re.compile(rf"(?i)\b({_NAMES}=)(?!\[hidden\])[^&\s\"'<>)\]}}]+"), rf"\1{HIDDEN}"),
    (re.compile(rf"(?i)([\"']{_NAMES}[\"']\s*:\s*[bu]?)([\"'])(?:(?!\2)[^\\]|\\.)*\2"), rf"\1\2{HIDDEN}\2"),
    (re.compile(r"(?i)\b((?:x-access-token|authorization)\s*:\s*)(?!\[hidden\])[^\s\"',;]+"), rf"\1{HIDDEN}"),
    (re.compile(r"(?<=://)([^/\s:@]+):[^/\s@]+(?=@)"), rf"\1:{HIDDEN}"),
)
_TELLING = re.compile(r"(?i)pass|pwd|token|secret|key|auth|://")


class Secret:
    """A text that never shows itself: `repr` and `str` are hidden, `reveal()` gives it out."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret itself; the only way to it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret([hidden])"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __bool__(self) -> bool:
        return bool(self._text)


class Redactor:
    """Hides registered secrets and telling patterns; thread-safe, forgets the oldest of very many."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._secrets: dict[str, None] = {}
        self._known: re.Pattern[str] | None = None
        self._known_bytes: re.Pattern[bytes] | None = None

    def register(self, *secrets: str) -> None:
        """Hide these from now on, in their plain, URL-quoted and backslash-escaped spellings."""
        with self._lock:
            for secret in secrets:
                self._secrets.pop(secret, None)
                self._secrets[secret] = None
            while len(self._secrets) > _MOST_SECRETS:
                del self._secrets[next(iter(self._secrets))]
            self._compile()

    def forget(self, secret: str) -> None:
        """No longer look for this one: a token that ended long ago only makes the search slower."""
        with self._lock:
            self._secrets.pop(secret, None)
            self._compile()

    def _compile(self) -> None:
        pattern = _pattern_of(list(self._secrets))
        self._known = re.compile(pattern) if pattern else None
        self._known_bytes = re.compile(pattern.encode()) if pattern else None

    def text(self, text: str) -> str:
        """The text without secrets."""
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        if _TELLING.search(text):
            for pattern, replacement in _PATTERNS:
                text = pattern.sub(replacement, text)
        return text

    def body(self, body: bytes) -> bytes:
        """A body without registered secrets; the same object when it holds none."""
        if self._known_bytes is None or self._known_bytes.search(body) is None:
            return body
        return self._known_bytes.sub(HIDDEN.encode(), body)


def _pattern_of(secrets: list[str]) -> str:
    spellings = {
        form
        for secret in secrets
        if len(secret) >= _SHORTEST
        for form in (secret, quote(secret, safe=""), quote_plus(secret), _escaped(secret))
    }
    parts = []
    for form in sorted(spellings, key=len, reverse=True):
        whole = re.escape(form)
        parts.append(whole if len(form) >= _ANYWHERE else rf"(?<![0-9A-Za-z]){whole}(?![0-9A-Za-z])")
    return "|".join(parts)


def _escaped(secret: str) -> str:
    return secret.replace("\\", "\\\\").replace('"', '\\"')


REDACTOR = Redactor()
"""Every client registers its secrets here, so that one filter at the log's end hides those of all."""


def redact(text: str) -> str:
    """The text without registered secrets and without values that follow a telling name."""
    return REDACTOR.text(text)


def _redact_value(value: Any, depth: int = 0) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, bytes):
        return REDACTOR.body(value)
    if depth < _DEEPEST:
        if isinstance(value, Mapping):
            return {key: _redact_value(inner, depth + 1) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [_redact_value(inner, depth + 1) for inner in value]
    return value


def redact_event(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: place it after the one that renders exceptions and before the last renderer."""
    for key, value in event.items():
        event[key] = _redact_value(value)
    return event


class RedactingFilter(logging.Filter):
    """A filter for loggers or handlers of the standard library: hides secrets in text and traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true: the record stays, its secrets do not."""
        try:
            record.msg, record.args = redact(record.getMessage()), ()
        except (TypeError, ValueError):  # a faulty log call of someone else is not ours to report
            record.msg, record.args = redact(f"{record.msg} {record.args}"), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        return True


_TALKATIVE = (
    "urllib3.connectionpool",
    "urllib3.connection",
    "urllib3.response",
    "urllib3.util.retry",
    "urllib3.poolmanager",
)


def hush_libraries() -> None:
    """Put the filter on urllib3's loggers, which print the path with the password at DEBUG."""
    for name in _TALKATIVE:
        logger = logging.getLogger(name)
        if not any(isinstance(known, RedactingFilter) for known in logger.filters):
            logger.addFilter(RedactingFilter())
