"""When an alert is to be said: once as long as it stands, and not again within the calm-down time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from connector.alerts.sayings import saying
from connector.model import Alert, Cause

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

GATHERED = timedelta(minutes=10)
"""After a message, others of its cause wait this long and come in one: a hundred held files are not a hundred mails."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What is said of which cause.

    Args:
        causes: the ones a person wants to hear of.
        calm_down: what ended and begins again within this time is not said anew before it is over.
        patience: how long something must stand before it is worth a word, where that is not at once.
    """

    causes: Collection[Cause] = tuple(Cause)
    calm_down: timedelta = timedelta(hours=4)
    patience: Mapping[Cause, timedelta] = field(default_factory=dict)


Part = tuple[Cause, bool]
"""A cause, and whether it is its end that is said."""


def due(
    known: Iterable[Alert], now: datetime, rules: Rules, under_way: Collection[Part] = ()
) -> dict[Part, list[Alert]]:
    """What is to be said now, gathered into one message for each cause; nothing of what is `under_way`."""
    known = list(known)
    last_said = {
        alert.cause: max(other.said_at or _long_ago(now) for other in known if other.cause is alert.cause)
        for alert in known
    }
    found: dict[Part, list[Alert]] = defaultdict(list)
    for alert in known:
        part = (alert.cause, not alert.stands)
        if part in under_way or alert.cause not in rules.causes:
            continue
        if (alert.stands and _begins(alert, now, rules) and now - last_said[alert.cause] >= GATHERED) or (
            not alert.stands and _ends(alert)
        ):
            found[part].append(alert)
    return dict(found)


def _begins(alert: Alert, now: datetime, rules: Rules) -> bool:
    if alert.was_said or now - alert.since < rules.patience.get(alert.cause, timedelta()):
        return False
    return alert.said_at is None or now - alert.said_at >= rules.calm_down


def _ends(alert: Alert) -> bool:
    """An end is news only to someone who knows of the beginning."""
    return bool(saying(alert.cause).over) and alert.was_said and not alert.end_said


def _long_ago(now: datetime) -> datetime:
    return now - timedelta(days=365)
