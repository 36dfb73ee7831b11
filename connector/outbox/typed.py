"""What a cell was before it was read as text: a number or a day; only where the same text is read back from it."""

from __future__ import annotations

import re
from datetime import date

_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,10})(?P<fraction>\.\d+)?")
"""Of more than eleven digits a spreadsheet shows an 8.90123E+12: such a figure is rather a code."""

_DIGITS_EXACT = 15
_DAY = re.compile(r"(?:19[1-9]\d|2\d{3})-\d\d-\d\d")


def number_of(cell: str, *, fractions: bool) -> float | int | None:
    """The number whose text this is. Without `fractions` only whole ones: 1.234 may then be a thousand and more."""
    found = _NUMBER.fullmatch(cell)
    if not found or (found["fraction"] and not fractions) or sum(map(str.isdigit, cell)) > _DIGITS_EXACT:
        return None
    number = float(cell) if found["fraction"] else int(cell)
    return number if str(number) == cell else None


def day_of(cell: str) -> date | None:
    """The day whose ISO text this is."""
    if not _DAY.fullmatch(cell):
        return None
    try:
        return date.fromisoformat(cell)
    except ValueError:
        return None
