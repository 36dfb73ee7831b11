"""How likely a character stands where it stands, by the letters of some thirty languages: what tells encodings apart.

All figures are bits: the more, the less likely. A letter between two others says something in each language it may be
of; what is no letter says something by what it stands between.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_DATA = Path(__file__).with_name("letter_pairs.txt")
"""Written by `scripts/letter_pairs.py`. A line: the language, its letters, its pairs by bits; `_` is a word's edge."""
_EDGE = "_"
_RARE_PAIR, _FOREIGN_LETTER = 10, 14
_RARE_BEHIND, _FOREIGN_BEHIND = 8, 9
_CAPITAL_WITHIN = 6
_CAPITAL_IN_A_CODE, _ODD_IN_A_CODE = 15, 17
_A_LONE_LETTER = 16
_TWO_SCRIPTS = 6
_IMPOSSIBLE, _DRAWN = 26, 20
_SYMBOLS = frozenset("°®™€£©²³¹½¼¾×÷–—’‘“”…•´µºª«»¿¡§±·¥¢‰№")  # noqa: RUF001 - the very characters meant
_BETWEEN_LETTERS = frozenset("’´·")  # noqa: RUF001 - the very characters meant
_AT_FIGURES = frozenset("°×½¼¾²³®™±")
_LETTERLIKE = frozenset("ªºµ")
"""Letters by their category, but signs by their use."""


@dataclass(frozen=True, slots=True)
class Language:
    """The letters of a language beyond ASCII, and how many bits each pair with such a letter says."""

    letters: frozenset[str]
    pairs: dict[str, int]


@cache
def languages() -> dict[str, Language]:
    """All languages known, by their ISO code."""
    found = {}
    for line in _DATA.read_text(encoding="utf-8").splitlines():
        name, letters, *groups = line.split(" ")
        pairs = {}
        for bits, _, text in (group.partition(":") for group in groups):
            pairs.update({text[at : at + 2]: int(bits) for at in range(0, len(text), 2)})
        found[name] = Language(frozenset(letters), pairs)
    return found


def bits_of(before: str, char: str, after: str, language: Language) -> int:
    """What `char`, which is not ASCII, says where it stands between these two (a blank at the edge of the text)."""
    if not is_letter(char):
        return _bits_of_sign(before, char, after)
    if _is_within_code(before, after):
        if not _is_latin(char):
            return _ODD_IN_A_CODE + _two_scripts(before, after)
        spelled = _bits_of_letter(before, char, after, language)
        return min(spelled, _CAPITAL_IN_A_CODE) if char.isupper() else _ODD_IN_A_CODE
    if _is_latin(char) and not is_letter(before) and not is_letter(after):
        own = _small(char)
        as_word = (language.pairs.get(_EDGE + own), language.pairs.get(own + _EDGE))
        return _A_LONE_LETTER if None in as_word else min(sum(filter(None, as_word)), _A_LONE_LETTER)
    return _bits_of_letter(before, char, after, language)


def _bits_of_letter(before: str, char: str, after: str, language: Language) -> int:
    """What it says as a letter of a word."""
    own = _small(char)
    left = _small(before) if is_letter(before) else _EDGE
    known = own in language.letters
    fits = language.pairs.get(left + own)
    bits = fits or (_RARE_PAIR if known else _FOREIGN_LETTER)
    if after.isascii():  # else the next one looks back at this one
        right = _small(after) if is_letter(after) else _EDGE
        # What follows speaks for a letter only where it may stand here at all.
        rare = _RARE_BEHIND if known else _FOREIGN_BEHIND
        bits += language.pairs.get(own + right, rare) if fits else rare
    if char.isupper() and before.islower():
        bits += _CAPITAL_WITHIN
    if not _is_latin(char):
        bits += _two_scripts(before, after)
    return bits


def _two_scripts(before: str, after: str) -> int:
    """What Latin letters beside a letter of another script say."""
    return _TWO_SCRIPTS * sum(side.isascii() and side.isalpha() for side in (before, after))


def _is_within_code(before: str, after: str) -> bool:
    """What stands among capitals and digits may belong to a code, and a code is of no language."""
    sides = before + after
    return sides.isascii() and not any(side.islower() for side in sides) and any(map(str.isalnum, sides))


@cache
def is_letter(char: str) -> bool:
    """Whether it is part of a word: a letter, or a mark that stands with one."""
    return unicodedata.category(char)[0] in "LM" and char not in _LETTERLIKE


def is_usual(char: str) -> bool:
    """Whether it is a Latin letter or a sign that is met in lists of goods."""
    return char in _SYMBOLS or char == "\xa0" or _is_latin(char)


@cache
def _is_latin(char: str) -> bool:
    return unicodedata.name(char, "").startswith("LATIN")


@cache
def _small(char: str) -> str:
    small = char.lower()
    return small if len(small) == 1 else "i"  # the Turkish capital I with its dot


def _bits_of_sign(before: str, char: str, after: str) -> int:
    if unicodedata.category(char) in ("Cc", "Cn", "Co", "Cs"):
        return _IMPOSSIBLE
    if "─" <= char <= "▟":
        return _DRAWN
    sides = (is_letter(before), is_letter(after))
    if char == "\xa0":
        return 14 if all(sides) else 8
    if char not in _SYMBOLS:
        return 19 if any(sides) else 14
    if char not in _AT_FIGURES and _is_within_code(before, after):
        return _ODD_IN_A_CODE
    return _bits_of_usual_sign(before, char, sides)


def _bits_of_usual_sign(before: str, char: str, sides: tuple[bool, bool]) -> int:
    """What it says by its proper place: before a question, behind a metre, between two letters."""
    if char in _BETWEEN_LETTERS:
        return 7
    if char in "¿¡":
        return 8 if sides == (False, True) else 16
    if char in "²³":
        return 8 if before in "mMc" else 14
    return 18 if all(sides) or char == "¹" else 9
