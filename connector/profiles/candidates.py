"""Which columns could be a field, best first: by header, decoys respected, and not against what the values show."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from connector.feeds.feed import Field, FieldKind
from connector.profiles.evidence import LIKELY
from connector.profiles.headers import all_words, runs, words
from connector.profiles.vocabulary import (
    CODE_RANKS,
    ITEM_NAMES,
    LIST_PRICE,
    MAXIMUM,
    NEVER,
    ORDER_MARKS,
    OWN,
    PLAIN_CODE,
    RANKS,
    TAX_INSIDE,
    TAXES,
    TRANSACTION,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from connector.profiles.evidence import Column


LIKENESS = 0.86
"""How like a synonym a misspelt header must be: `Quantitiy` is, `Quality` is not."""

_CHANGE = re.compile(r"\+\s*/?\s*[-\u2212\u2013]|[-\u2212\u2013]\s*/\s*\+|[±∓Δ]")

COUNTERS = frozenset({("no",), ("nr",)})
"""Headers of item numbers in some programs, and of line numbers in most lists."""

SHORTEST_NUMBER = 4
"""An item number has so many digits; 1, 2, 4, 5 count lines of which some are left out."""

LIKENESS_LETTERS = 5
"""Shorter headers are too easily like another word."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A column that could be a field. Lower `rank` is better; equal ranks are a question."""

    column: Column
    rank: tuple[int, int]
    why: str

    @property
    def evidence(self) -> str:
        """The reason as it is shown: header, way it was recognised, what the values say."""
        return f"header {self.column.label} ({self.why}), {self.column.says()}"


def candidates(field: Field, columns: Sequence[Column], *, without: Collection[int] = ()) -> list[Candidate]:
    """Columns that could be `field`, best first, those in `without` left out (they are something else already)."""
    free = [column for column in columns if column.index not in without]
    found = [one for column in free if (one := _candidate(field, column, by_header(field, column)))]
    # Only when no header says the field is a misspelt one looked for: likeness must never outdo a right spelling.
    found = found or [
        one for column in free if (one := _candidate(field, column, by_likeness(field, column)))
    ]
    return sorted(found, key=lambda one: (one.rank, one.column.index))


def _candidate(field: Field, column: Column, how: str | None) -> Candidate | None:
    if how is None or not fits_values(field, column):
        return None
    # What stands in brackets says what a code is for (`Custom label (SKU)`); of an amount it says the unit.
    code = field.kind is FieldKind.CODE
    rank = header_rank(field.kind, column.all_words if code else column.words)
    if code and rank == 0 and OWN.intersection(column.words):
        rank = -1  # a marketplace lists its own SKU beside the seller's
    # A synonym inside a longer header counts less than the same synonym alone, but more than a lesser kind of synonym.
    return Candidate(column, (rank, 0 if how == "synonym" else 1), how)


def by_header(field: Field, column: Column) -> str | None:
    """How a header says the field: `synonym` (all of it), `contains …`; None when it does not, or is a decoy."""
    phrases = _phrases(field)
    if _says_a_change(field, column):
        return None
    if {column.words, column.all_words, unnumbered(column.words)} & phrases:
        return "synonym" if not _decoyed(field, column.all_words, beyond=column.words) else None
    inside = sorted(phrases.intersection(runs(column.words)))
    if not inside or _decoyed(field, column.all_words, beyond=()):
        return None
    _, longest = max((len(phrase), phrase) for phrase in inside)
    return f"contains '{' '.join(longest)}'"


def by_likeness(field: Field, column: Column) -> str | None:
    """How a misspelt header says the field: `like …`; None when it is like no synonym, or is a decoy."""
    said = " ".join(column.words)
    if (
        len(said) < LIKENESS_LETTERS
        or _says_a_change(field, column)
        or _decoyed(field, column.all_words, beyond=())
    ):
        return None
    alike = difflib.get_close_matches(said, map(" ".join, _phrases(field)), n=1, cutoff=LIKENESS)
    return f"like '{alike[0]}'" if alike else None


def _says_a_change(field: Field, column: Column) -> bool:
    """Whether a header is of pieces to add and take away (`Qty +/-`): never a level."""
    return field.kind is FieldKind.QUANTITY and _CHANGE.search(column.header) is not None


def unnumbered(said: tuple[str, ...]) -> tuple[str, ...]:
    """Without figures: `VENTA1` and `VENTA 2` are two of a kind, and neither is surer than the other."""
    return tuple(word for word in said if not word.isdigit()) or said


def _decoyed(field: Field, said: Sequence[str], *, beyond: Sequence[str]) -> bool:
    """Whether a header means something else. Words of an exact synonym (`beyond`) are beyond doubt, its remarks not."""
    doubtful = [word for word in said if word not in beyond]
    if field.kind is FieldKind.MONEY and TAX_INSIDE.intersection(said):
        doubtful = [word for word in doubtful if word not in TAXES]
        said = [word for word in said if word not in TAXES]
    if NEVER.get(field.kind, frozenset()).intersection(doubtful) - _own_words(field):
        return True
    return not _decoys(field).isdisjoint(runs(doubtful if beyond else said))


@cache
def _phrases(field: Field) -> frozenset[tuple[str, ...]]:
    """The synonyms as words, with and without figures."""
    return frozenset(form for one in field.synonyms for form in (words(one), unnumbered(words(one))))


@cache
def _decoys(field: Field) -> frozenset[tuple[str, ...]]:
    return frozenset(map(words, field.decoys))


@cache
def _own_words(field: Field) -> frozenset[str]:
    """`max` is no decoy in a field that is called maximum retail price."""
    return frozenset(
        word for synonym in field.synonyms for word in words(synonym) if len(words(synonym)) == 1
    )


def fits_values(field: Field, column: Column) -> bool:
    """Whether the sampled values allow the column to be the field; a column without samples is given the benefit."""
    if not column.filled:
        return not column.values
    if field.kind is FieldKind.QUANTITY and column.header.strip().endswith("?"):
        return False
    if field.kind in {FieldKind.QUANTITY, FieldKind.MONEY}:
        return column.numeric >= LIKELY
    if field.kind is FieldKind.CURRENCY:
        return all(len(value) <= len("INR") and not value.isdigit() for value in column.filled)
    return field.kind is not FieldKind.CODE or _tells_items(column)


def _tells_items(column: Column) -> bool:
    """Whether a column is more than the numbers of the lines."""
    if column.words in COUNTERS:
        return not column.counts_up and all(len(value) >= SHORTEST_NUMBER for value in column.filled)
    surest = CODE_RANKS[0].union(CODE_RANKS[1])
    return not column.counts_up or bool(surest.intersection(column.words))


def header_rank(kind: FieldKind, said: Sequence[str]) -> int:
    """How good a column of this name is for the kind of field, 0 the best."""
    ranks = RANKS.get(kind, ())
    found = next((rank for rank, telling in enumerate(ranks) if telling.intersection(said)), len(ranks))
    nameless = kind is FieldKind.CODE and found == len(ranks) and not ITEM_NAMES.intersection(said)
    return PLAIN_CODE if nameless else found


def names_a_list_price(header: str) -> bool | None:
    """Whether a header names a price that somebody recommends; False: one that may not be exceeded; None: neither."""
    said = all_words(header)
    if MAXIMUM.intersection(said):
        return False
    return True if LIST_PRICE.intersection(said) else None


def of_a_transaction(column: Column) -> bool:
    """Whether a column belongs to a list of sales or bookings."""
    said = set(column.words)
    return bool(TRANSACTION & said) or ("order" in said and bool(ORDER_MARKS & said))


def is_item_name(column: Column) -> bool:
    """Whether a code column is only a name, the last resort as a key."""
    return header_rank(FieldKind.CODE, column.words) == len(CODE_RANKS)
