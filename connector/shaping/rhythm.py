"""How often the files of a lane come, told by when earlier ones landed: when is the next one overdue?

A shop that exports from Monday to Saturday is silent every Sunday. So a silence is measured against the pauses that
followed the same weekday before, not against the usual hours between two files.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

LEAST_LANDINGS = 5
"""Files after which a lane has a rhythm at all."""

LEAST_PAUSES = 2
"""Pauses after a weekday from which on they stand for it; with fewer the longest of all counts."""

KNOWN_AFTER = timedelta(days=14)
"""History from which on weekends are known."""

UNKNOWN_PATIENCE = timedelta(days=4)
"""Shortest silence worth a word before that: a long weekend."""

GENEROUS = 1.5
"""So many times the longest usual pause is too long."""

LEAST_SLACK = timedelta(hours=2)
"""A file every five minutes is not missed for a slow quarter of an hour."""

LOOKED_BACK = timedelta(days=200)
"""History that counts: enough for five files of a lane that gets one a month."""


def overdue_at(landed: Sequence[datetime]) -> datetime | None:
    """When the silence after the last file becomes longer than this lane's own; None while it has no rhythm.

    Args:
        landed: when the files landed, in their order, in the shop's own time zone: a weekday is one of there.
    """
    usual = longest_usual_pause(landed)
    if usual is None:
        return None
    patience = max(usual * GENEROUS, usual + LEAST_SLACK)
    if landed[-1] - landed[0] < KNOWN_AFTER:
        patience = max(patience, UNKNOWN_PATIENCE)
    return landed[-1] + patience


def longest_usual_pause(landed: Sequence[datetime]) -> timedelta | None:
    """The longest pause that followed a file of the last one's weekday; of all where there are too few of those."""
    if len(landed) < LEAST_LANDINGS:
        return None
    pauses = [(earlier.weekday(), later - earlier) for earlier, later in pairwise(landed)]
    same_day = [pause for weekday, pause in pauses if weekday == landed[-1].weekday()]
    return max(same_day if len(same_day) >= LEAST_PAUSES else [pause for _, pause in pauses])
