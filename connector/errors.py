"""Errors named for what to do next (design decision 7), not for where they happened.

Each carries a sentence a shop keeper understands. Nothing else may cross a floor on purpose: what is none of these is a
defect, ends with exit code 4 and leaves the ledger as it was.
"""

from __future__ import annotations

from dataclasses import dataclass


class ConnectorError(Exception):
    """Base of all errors raised on purpose."""


class Fatal(ConnectorError):
    """Nothing can go on until a person changes something: a wrong configuration, a ledger of another version."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One mistake in the configuration: the file, the key (dotted path) and what is wrong with what would be right."""

    file: str
    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.message}"


class ConfigurationError(Fatal):
    """Every mistake of the configuration at once; exit code 2."""

    def __init__(self, complaints: list[Complaint]) -> None:
        super().__init__("\n".join(str(complaint) for complaint in complaints))
        self.complaints = complaints


class LedgerUnavailable(Fatal):
    """The audit database cannot be opened or is in use by another daemon; exit code 3."""


class RetryLater(ConnectorError):
    """The other side cannot take it now. The work stays where it is and is tried again by itself after `wait` s."""

    def __init__(self, message: str, *, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class CredentialsRefused(RetryLater):
    """The API refuses the user name or token of an account: delivery of that account waits until they are right."""


class SourceUnavailable(RetryLater):
    """A place drops come from cannot be read or written to now (gone, read-only, full); it is tried again by itself."""


class NoRoom(SourceUnavailable):
    """The disk of a source is too full to take files from it without stopping half way."""


class RejectDrop(ConnectorError):
    """The whole file cannot be used (unreadable, a bomb, over a limit): it goes to quarantine with this reason."""


class HoldDrop(ConnectorError):
    """The file is readable but a person must decide or say something first; nothing of it is sent."""


class RefusedBatch(ConnectorError):
    """The API refuses the call as a whole, and trying the same bytes again cannot help (HTTP 400, 403, 404 …)."""

    def __init__(self, message: str, *, status: int | None = None, reply: bytes = b"") -> None:
        super().__init__(message)
        self.status = status
        self.reply = reply


class InDoubt(ConnectorError):
    """The request may or may not have been applied and must not be repeated blindly (order actions, later)."""
