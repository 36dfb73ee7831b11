"""The parsers: a column of text at a time becomes codes, quantities and money, or says what is wrong with it.

Everything is text until a field parses it (docs/decisions/0005-text-until-parsed.md).
"""

from __future__ import annotations

from connector.feeds.currency import CODES, allows, likeliest, mark_of
from connector.feeds.fields.amounts import PIECE, Parsed, parse
from connector.feeds.fields.codes import Codes, CodeStyle, clean_codes, parse_codes
from connector.feeds.fields.convention import Convention, conventions, settle_by_history
from connector.feeds.fields.numerals import Numerals, take_apart
from connector.feeds.fields.text import Distinct, Gathered, Problem, arrow, distinct

__all__ = [
    "CODES",
    "PIECE",
    "CodeStyle",
    "Codes",
    "Convention",
    "Distinct",
    "Gathered",
    "Numerals",
    "Parsed",
    "Problem",
    "allows",
    "arrow",
    "clean_codes",
    "conventions",
    "distinct",
    "likeliest",
    "mark_of",
    "parse",
    "parse_codes",
    "settle_by_history",
    "take_apart",
]
