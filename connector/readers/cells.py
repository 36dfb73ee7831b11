"""What one cell of text is: trimmed of what surrounds it, and whether it reads as an amount."""

from __future__ import annotations

import re
from functools import lru_cache

_NUMBER = re.compile(
    r"[-+(]?\s*(?:rs\.?|inr|mrp|usd|eur|ars|gbp|₹|\$|€|£)?\s*[-+]?[\d.,]*\d[\d.,'  \xa0]*(?:e[-+]?\d+)?"
    r"\s*\)?\s*[-%]?\s*(?:/-|cr|dr|₹|€|[a-z]{1,4}\.?)?",
    re.IGNORECASE,
)
_OUTSIDE = " \t\r\n\xa0\u200b\u200c\u200d\u2060\ufeff\0"


def trimmed(cell: str) -> str:
    """The cell without blanks, NBSP and zero-width characters around it."""
    return cell.strip(_OUTSIDE)


@lru_cache(maxsize=16_384)
def is_number(text: str) -> bool:
    """Whether trimmed text reads as an amount, with or without currency, unit or sign."""
    return text[:12].strip("-+( ")[:1] != "" and _NUMBER.fullmatch(text) is not None
