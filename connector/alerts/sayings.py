"""The words of each cause, in `SAYINGS`: what is the matter, and the command to type. For a shop keeper, not for us."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from connector.model import Alert, Cause

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST_LISTED = 20
"""Things named in one message; of the others it says how many they are."""

MOST_CHARACTERS = 500
"""Longest reason in a message; the whole of it is in the ledger."""


@dataclass(frozen=True, slots=True)
class Saying:
    """What is said of a cause: of one, of several (`{n}`), what to do (`{key}`, `{subject}`), and when it is over.

    `momentary`: it happened and is not undone; it never ends and is said once for its key.
    """

    cause: Cause
    one: str
    several: str
    do: str
    over: str = ""
    momentary: bool = False


SAYINGS: tuple[Saying, ...] = (
    Saying(
        Cause.HELD,
        "{subject} waits for you",
        "{n} files wait for you",
        "Nothing of it was sent. See what is wrong and what you may do: connector show {key}\n"
        "When it is mended: connector retry {key}",
    ),
    Saying(
        Cause.QUARANTINED,
        "{subject} cannot be read",
        "{n} files cannot be read",
        "Nothing of it was sent. Export it again and put it into the inbox. More: connector show {key}",
        momentary=True,
    ),
    Saying(
        Cause.REFUSED,
        "Konnect refuses many rows of {subject}",
        "Konnect refuses many rows of {n} kinds of files",
        "The rows and the reason of each are in the correction file in the outbox; mend it and drop it again.\n"
        "The list of drops: connector drops",
    ),
    Saying(
        Cause.CREDENTIALS,
        "Konnect refuses the user name or token of {subject}",
        "Konnect refuses the user name or token of {n} accounts",
        "Nothing is lost, files wait. Put the right ones into config/connector.toml: it goes on by itself.\n"
        "Try them: connector token",
        over="Konnect takes the credentials of {subject} again; what waited is being sent.",
    ),
    Saying(
        Cause.API_DOWN,
        "Konnect cannot take the data of {subject}",
        "Konnect cannot take the data of {n} accounts",
        "Nothing is lost, files wait, and it goes on by itself. How much waits: connector status",
        over="Konnect is up again for {subject}; what waited is being sent.",
    ),
    Saying(
        Cause.SILENT,
        "No file came from {subject}",
        "No file came from {n} places",
        "Look whether the export still runs and the folder can be reached. What came last: connector drops",
        over="Files come from {subject} again.",
    ),
    Saying(
        Cause.DISK_LOW,
        "The disk of {subject} is nearly full",
        "The disks of {n} inboxes are nearly full",
        "No file is taken until there is room: they stay in the inbox. Make room on the disk.",
        over="The disk of {subject} has room again; files are taken.",
    ),
    Saying(
        Cause.INBOX_GONE,
        "The inbox {subject} cannot be used",
        "{n} inboxes cannot be used",
        "Look whether the folder or share is there and may be written to. It goes on by itself.",
        over="The inbox {subject} can be used again.",
    ),
)
"""Every cause there is, one declaration each."""

_BY_CAUSE = {each.cause: each for each in SAYINGS}


@dataclass(frozen=True, slots=True)
class Letter:
    """One message, and the alerts that are said with it; `over` when it is their end that it says."""

    title: str
    body: str
    over: bool = False
    alerts: tuple[Alert, ...] = ()


def saying(cause: Cause) -> Saying:
    """The words of a cause."""
    return _BY_CAUSE[cause]


def letter(alerts: Sequence[Alert], *, over: bool, clean: Callable[[str], str] = str) -> Letter:
    """One message about alerts of one cause; `clean` takes out what must not be seen."""
    words = saying(alerts[0].cause)
    shown = alerts[:MOST_LISTED]
    parts = [_over(words, alert) if over else _begun(words, alert) for alert in shown]
    if len(alerts) > len(shown):
        parts.append(f"… and {len(alerts) - len(shown)} more: connector status")
    return Letter(
        clean(_title(words, alerts, over=over)), clean("\n\n".join(parts)), over=over, alerts=tuple(alerts)
    )


def trial_letter(workspace: str) -> Letter:
    """What `connector alerts test` sends."""
    return Letter(
        "A test of the connector's alerts",
        f"If you can read this, alerts of the connector in {plain(workspace)} reach you. There is nothing to do.",
    )


def _title(words: Saying, alerts: Sequence[Alert], *, over: bool) -> str:
    if len(alerts) > 1:
        several = words.several.format(n=len(alerts))
        return f"Over: {several[0].lower()}{several[1:]}" if over else several
    subject = plain(alerts[0].subject)
    return (words.over.partition(";")[0].rstrip(".") if over else words.one).format(subject=subject)


def _begun(words: Saying, alert: Alert) -> str:
    subject, key = plain(alert.subject), plain(alert.key)
    often = f"\nThis is the {_nth(alert.count)} time." if alert.count > 1 else ""
    return f"{subject}: {plain(alert.reason)}{often}\n{words.do.format(key=key, subject=subject)}"


def _over(words: Saying, alert: Alert) -> str:
    began = alert.since.astimezone()
    return f"{words.over.format(subject=plain(alert.subject))} It began on {began:%d.%m. at %H:%M}."


def plain(text: str) -> str:
    """On one line and without what would steer a terminal or a mail's head: a file's name is not ours to trust."""
    line = " ".join(text.split())
    line = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in line)
    return line if len(line) <= MOST_CHARACTERS else f"{line[: MOST_CHARACTERS - 1]}…"


def _nth(number: int) -> str:
    return f"{number}{'th' if number % 100 in (11, 12, 13) else _ENDINGS.get(number % 10, 'th')}"


_ENDINGS = {1: "st", 2: "nd", 3: "rd"}
