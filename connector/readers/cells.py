"""What one cell of text is: trimmed of what surrounds it, and whether it reads as an amount."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_NUMBER = re.compile(
    r"[-+(]?\s*(?:rs\.?|inr|mrp|usd|eur|ars|gbp|₹|\$|€|£)?\s*[-+]?[\d.,]*\d[\d.,'  \xa0]*(?:e[-+]?\d+)?"
    r"\s*\)?\s*[-%]?\s*(?:/-|cr|dr|₹|€|[a-z]{1,4}\.?)?",
    re.IGNORECASE,
)
_RULE = re.compile(r"[-=_*~─═━+|: ]*[-=_*~─═━]{3}[-=_*~─═━+|: ]*")
_RULED = re.compile(r"[-=_*~─═━+|: ]*")
_INEXACT = re.compile(r"[<>≤≥~≈±]\s*[\d.,]+|[\d.,]+\s*(?:\+|plus)", re.IGNORECASE)
_TOTAL = re.compile(
    r"[*=\s-]*(?:(?:grand|sub|net|gross|page|report|overall|group|stock|running|closing)[\s-]*)*total[s]?(?:\s+(?:général|general))?"
    r"\s*[:.=>*-]*|total (?:of|for)\b.{0,80}|(?:sub)?totale?[sin]*(?:\s+gener\w+)?\s*[:.-]*|(?:gesamt)?summe\s*[:.-]*"
    r"|gesamt\s*[:.-]*"
    r"|somme\s*[:.-]*|suma(?:\s+total)?\s*[:.-]*|कुल(?:\s*योग)?\s*[:.-]*|योग\s*[:.-]*|jumla\s*[:.-]*"
    r"|(?:carried|brought)\s+(?:forward|over)\s*[:.>-]*",
    re.IGNORECASE,
)
_FOR_A_FIGURE = frozenset({
    "-", "--", "–", "—", ".", "?", "n/a", "n.a.", "nil", "nill", "null", "in stock", "instock", "out of stock",
    "outofstock", "oos", "not available", "on request", "#n/a", "#ref!", "#value!", "#div/0!", "#name?", "#num!",
})  # fmt: skip
"""What people and programs write where a figure should stand, and never as the name of a column."""
_DIGITS = re.compile(r"\d+")
_DIGIT = re.compile(
    "[\\d²³¹፩-፱᧚⁰⁴-⁹₀-₉①-⑨⑴-⑼⒈-⒐⓪⓵-⓽⓿❶-❾➀-➈➊-➒\U00010a40-\U00010a43\U00010e60-\U00010e68"
    "\U00011052-\U0001105a\U0001f100-\U0001f10a]"
)
"""What `str.isdigit` takes for one: a search is several times quicker than asking each character."""

OUTSIDE = " \t\r\n\f\xa0\u200b\u200c\u200d\u2060\ufeff\0"


def trimmed(cell: str) -> str:
    """The cell without blanks, NBSP and zero-width characters around it."""
    return cell.strip(OUTSIDE)


@lru_cache(maxsize=16_384)
def is_number(text: str) -> bool:
    """Whether trimmed text reads as an amount, with or without currency, unit or sign."""
    return text[:12].strip("-+( ")[:1] != "" and _NUMBER.fullmatch(text) is not None


def has_digit(text: str) -> bool:
    """Whether a digit stands in a text, as in codes and figures."""
    return _DIGIT.search(text) is not None


def is_no_figure(text: str) -> bool:
    """Whether trimmed text stands where a figure should: `10+`, `>50`, `-`, `nil`, `in stock`."""
    return _INEXACT.fullmatch(text) is not None or text.casefold() in _FOR_A_FIGURE


@lru_cache(maxsize=16_384)
def says_total(text: str) -> bool:
    """Whether trimmed text names a total, a subtotal or what is carried over to the next page."""
    return _TOTAL.fullmatch(text) is not None


def title_key(cells: Iterable[str | None]) -> str:
    """A line above the table as it can be known again on the next page, whatever its number; "" without letters."""
    text = " ".join(trimmed(cell) for cell in cells if cell and trimmed(cell))
    return _DIGITS.sub("9", text) if any(map(str.isalpha, text)) else ""


def is_ruler(cells: Iterable[str]) -> bool:
    """Whether trimmed cells only draw a line, as under a header or over a total: `-----`, `=====`, `+---+---+`."""
    said = [cell for cell in cells if cell]
    return all(map(_RULED.fullmatch, said)) and any(map(_RULE.fullmatch, said))
