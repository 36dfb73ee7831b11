"""Values of typed cells as text: exact, shortest, ISO."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time, timedelta

EXACT = 2**53
"""Whole numbers below it are exact in a float."""

EITHER_WAY = r"[^\d.,]{0,6}\d{1,3}[.,]\d{3}[^\d.,]{0,6}"
"""A figure such as 1.234, in Python's words and in RE2's."""


def reads_two_ways(text: str) -> bool:
    """Whether text, not a number, says a figure such as 1.234: one unit and a bit, or more than a thousand."""
    return ("." in text or "," in text) and re.fullmatch(EITHER_WAY, text) is not None


def cell_text(value: object) -> str:
    """A cell's value as text: exact, shortest, ISO."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, date | time):
        return _moment_text(value)
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return str(value)


def _moment_text(value: date | time) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    return value.isoformat()


def number_text(value: float) -> str:
    """A stored number as exact text; beyond 2**53, where digits are lost, in E form: nobody may take it for a code."""
    if not math.isfinite(value):
        return "#NUM!"
    if value.is_integer():
        return str(int(value)) if abs(value) < EXACT else repr(value).upper()
    return repr(value).upper() if "e" in repr(value) else repr(value)
