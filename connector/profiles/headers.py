"""Headers as people write them, brought to a form that can be compared.

`words` is for guessing (units and remarks in parentheses dropped), `key` is for recognising a header a profile names
(nothing dropped but case, accents, punctuation and the way words are joined). `fingerprint` names a whole layout.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import unicodedata
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

UNIT_WORDS = frozenset(
    {
        "pcs",
        "pc",
        "nos",
        "no's",
        "units",
        "unit",
        "rs",
        "inr",
        "usd",
        "eur",
        "gbp",
        "aed",
        "ars",
        "kg",
        "mtr",
        "mtrs",
        "kgs",
        "ltr",
        "rupees",
        "pieces",
        "nag",
        "each",
        "ea",
    }
)
"""Words that say in what a column counts; dropped from the end of a header when something else is left."""

_JOINING = frozenset({"in", "per"})
"""What joins a unit to the name of its column: `MRP in Rs.`, `Rate per pc`."""

_CAMEL = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_ABBREVIATION = re.compile(r"\b(?:[^\W\d_]\.\s?){2,}[^\W\d_]?(?=\W|$)")
_LETTER_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
_PARENTHESES = re.compile(r"[(\[{][^()\[\]{}]*[)\]}]")
_LATIN_ACCENTS = re.compile(r"[\u0300-\u036f]")


def _fold(text: str) -> str:
    """Case, width and Latin accents gone; the vowel signs of Indian scripts stay, they are letters there."""
    decomposed = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFKC", _LATIN_ACCENTS.sub("", decomposed)).casefold()


def _tokens(text: str) -> tuple[str, ...]:
    text = unicodedata.normalize("NFKC", text)
    text = _ABBREVIATION.sub(lambda found: re.sub(r"[.\s]", "", found.group()) + " ", text)
    text = _LETTER_DIGIT.sub(" ", _CAMEL.sub(" ", text))
    kept = "".join(mark if unicodedata.category(mark)[0] in "LMN" else " " for mark in text)
    return _join_single_letters(_fold(kept).split())


def _join_single_letters(tokens: Sequence[str]) -> tuple[str, ...]:
    """`m r p` (from M_R_P) is one word; a single letter alone stays what it is."""
    joined: list[str] = []
    run: list[str] = []
    for token in [*tokens, ""]:
        if len(token) == 1 and token.isalpha():
            run.append(token)
            continue
        if run:
            joined.append("".join(run))
            run = []
        if token:
            joined.append(token)
    return tuple(joined)


@lru_cache(maxsize=8192)
def all_words(header: str) -> tuple[str, ...]:
    """Every word of a header, remarks in parentheses included: `Price (excl. GST)` -> price, excl, gst."""
    return _tokens(header)


@lru_cache(maxsize=8192)
def words(header: str) -> tuple[str, ...]:
    """The words that name the column: without remarks in parentheses and without units at the end."""
    tokens = _tokens(_PARENTHESES.sub(" ", header)) or _tokens(header)
    named = tokens
    while len(named) > 1 and named[-1] in UNIT_WORDS:
        named = named[:-1]
    joined = named != tokens and len(named) > 1 and named[-1] in _JOINING
    return named[:-1] if joined else named


def key(header: str) -> str:
    """The form in which two spellings of one header are equal; a header of signs only (`%`) stands for itself."""
    return " ".join(all_words(header)) or header.strip().casefold()


def fingerprint(header: Sequence[str]) -> str:
    """A layout's name: SHA-256 of its headers' keys in order; the same for `Item Code` and `ITEM_CODE`."""
    return hashlib.sha256("\x1f".join(key(cell) for cell in header).encode()).hexdigest()


def positions(header: Sequence[str], wanted: str) -> list[int]:
    """Columns whose header is `wanted`: those written just so, else those equal after `key`."""
    exact = [index for index, cell in enumerate(header) if cell.strip() == wanted.strip()]
    return exact or [index for index, cell in enumerate(header) if key(cell) == key(wanted)]


def runs(said: Sequence[str], longest: int = 5) -> Iterator[tuple[str, ...]]:
    """Every run of neighbouring words, to be looked up among phrases; no phrase we know has more than five words."""
    for width in range(1, min(longest, len(said)) + 1):
        yield from (tuple(said[at : at + width]) for at in range(len(said) - width + 1))


def nearest(wanted: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The known spelling nearest to a wrong one, or None when nothing is near."""
    by_key = {key(name): name for name in known if name.strip()}
    found = difflib.get_close_matches(key(wanted), list(by_key), n=1, cutoff=cutoff)
    return by_key[found[0]] if found else None


_COPY_MARKS = re.compile(
    r"(?:\s*\(\d+\)|\s*[-_ ]+(?:final|copy(?: \(?\d+\)?)?|copia)|\s+copy)+$", re.IGNORECASE
)


def name_fits(name: str, patterns: Iterable[str]) -> bool:
    """Whether a name is one of the globs or fits it, whatever the case; `stock (1).csv` and `stock - copy.csv` too."""
    folded = name.casefold()
    stem, dot, extension = folded.rpartition(".")
    plain = _COPY_MARKS.sub("", stem if dot else folded) + (dot + extension if dot else "")
    return any(
        folded == glob or fnmatchcase(folded, glob) or fnmatchcase(plain, glob)
        for glob in map(str.casefold, patterns)
    )
