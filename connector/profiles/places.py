"""Where the rows of a table belong: a location column, one column per location, the folder, or the default."""

from __future__ import annotations

import calendar
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from connector.feeds import FEEDS
from connector.feeds.feed import Field, FieldKind
from connector.profiles.choose import Choice, Pick, Question
from connector.profiles.evidence import LIKELY, MOSTLY, Column, same_values
from connector.profiles.headers import runs, words
from connector.profiles.vocabulary import (
    ATTRIBUTES,
    CODE_RANKS,
    NEVER,
    PLACE_CODE,
    PLACE_COMPANIONS,
    QUANTITY_RANKS,
)

if TYPE_CHECKING:
    from connector.profiles.profile import LocationSource

FEW_PLACES = 20
"""So many different values may stand in a location column whatever the number of rows."""

_PLACE_CODE = re.compile(r"(?P<town>[^\W\d_]{2,6})[-_ /]?\d{1,4}")
_MONTHS = frozenset(name.lower() for name in (*calendar.month_abbr, *calendar.month_name) if name)

FAMILY = 2
"""From so many columns of one pattern (`stock_<place>`) on, the table counts as wide."""


NO_LOCATION = (
    "no location: the file does not say which store or warehouse it is for; name it with [location] in a profile, "
    "drop the file in a folder called after the location, or set default_location in the configuration"
)


@dataclass(frozen=True)
class Places:
    """What is known about locations before the file is opened.

    `known` are the locations the shop has: codes, or names as they stand in files -> codes. `folder` is the folder of
    the file under the inbox, with forward slashes.
    """

    file_name: str = ""
    folder: str | None = None
    default: str | None = None
    known: Mapping[str, str] | Collection[str] = field(default_factory=dict)

    @property
    def names(self) -> dict[str, str]:
        """Names as they stand in files -> codes; empty when only codes are known."""
        return dict(self.known) if isinstance(self.known, Mapping) else {}

    def code_of(self, text: str) -> str | None:
        """The known location's code for a name or code, however it is capitalised or spaced; None when unknown."""
        codes = self.known.values() if isinstance(self.known, Mapping) else self.known
        table = {_squeezed(code): code for code in codes} | {
            _squeezed(name): code for name, code in self.names.items()
        }
        return table.get(_squeezed(text))

    def folder_code(self) -> str | None:
        """The location the folder names: its deepest part that is a known location, else its deepest part."""
        parts = [part for part in (self.folder or "").split("/") if part.strip(". ")]
        known = [code for code in map(self.code_of, reversed(parts)) if code]
        return known[0] if known else (parts[-1] if parts else None)


def _squeezed(text: str) -> str:
    return " ".join(re.sub(r"[\s_]+", " ", text).split()).casefold()


@cache
def _location_field() -> Field:
    return next(one for feed in FEEDS for one in feed.fields if one.kind is FieldKind.LOCATION)


@cache
def _quantity_phrases() -> frozenset[tuple[str, ...]]:
    """What a stock column may be called in front of or behind the name of a place."""
    fields = [one for feed in FEEDS for one in feed.fields if one.kind is FieldKind.QUANTITY]
    return frozenset(words(synonym) for one in fields for synonym in one.synonyms)


@cache
def _no_place() -> frozenset[str]:
    """Words no location is called by: decoys, kinds of codes, quantities and prices, and words of other figures."""
    fields = [one for feed in FEEDS for one in feed.fields if one.kind is not FieldKind.LOCATION]
    taken = {
        said[0] for one in fields for text in (*one.synonyms, *one.decoys) if len(said := words(text)) == 1
    }
    taken |= NEVER[FieldKind.QUANTITY] | NEVER[FieldKind.MONEY] | ATTRIBUTES
    taken |= {word for telling in (*CODE_RANKS, *QUANTITY_RANKS) for word in telling}
    return frozenset(taken) - _place_words()


@cache
def _no_place_phrases() -> frozenset[tuple[str, ...]]:
    fields = [one for feed in FEEDS for one in feed.fields if one.kind is not FieldKind.LOCATION]
    return frozenset(said for one in fields for text in one.synonyms if len(said := words(text)) > 1)


@cache
def _place_words() -> frozenset[str]:
    """What a place may be called in one word: store, warehouse, godown."""
    return frozenset(said[0] for synonym in _location_field().synonyms if len(said := words(synonym)) == 1)


def location_column(
    columns: Sequence[Column], places: Places, *, has_quantity: bool
) -> tuple[Choice, list[str]]:
    """The column that names each row's location, with notes about columns that look like it and are not."""
    notes: list[str] = []
    found: list[Column] = []
    for column in columns:
        if not _named_like_a_location(column):
            continue
        against = _against(column, places, has_quantity=has_quantity)
        if against:
            notes.append(f"{column.label} is not taken as the location: {against}")
        else:
            found.append(column)
    if not found:
        return None, notes
    best = max(_rank(column, places) for column in found)
    tied = [column for column in found if _rank(column, places) == best]
    if len(tied) > 1 and not same_values(tied):
        return Question("location_id", tuple(tied)), notes
    chosen = tied[0]
    return Pick(chosen, f"header {chosen.label} (synonym), {len(set(chosen.filled))} different values"), notes


def _named_like_a_location(column: Column) -> bool:
    one = _location_field()
    if any(set(words(decoy)) <= set(column.all_words) for decoy in one.decoys):
        return False
    phrases = {words(synonym) for synonym in one.synonyms}
    return column.words in phrases or (
        bool(_place_words().intersection(column.words))
        and set(column.words) <= _place_words() | PLACE_COMPANIONS
    )


def _against(column: Column, places: Places, *, has_quantity: bool) -> str:
    """What the values say against a location column; empty when nothing does."""
    if not column.values:
        return ""
    if column.filled_share < LIKELY:
        return f"it is empty in {1 - column.filled_share:.0%} of the rows".replace("%", " %")
    different = set(column.filled)
    if any(places.code_of(value) for value in different):
        return ""
    if len(different) > max(FEW_PLACES, len(column.filled) / 2):
        return f"it holds {len(different)} different values in {len(column.filled)} rows"
    if column.numeric >= MOSTLY and not has_quantity and not PLACE_CODE.intersection(column.words):
        return "it holds figures, as a column of quantities does"
    return ""


def _rank(column: Column, places: Places) -> tuple[bool, bool]:
    known = bool(column.filled) and all(places.code_of(value) for value in set(column.filled))
    return known, bool(PLACE_CODE.intersection(column.words))


@dataclass(frozen=True, slots=True)
class OneCode:
    """The location of a whole file: its code and where that comes from, or what is missing."""

    code: str | None
    origin: str = ""
    trouble: str = ""
    note: str = ""


def one_code(source: LocationSource, places: Places) -> OneCode:
    """What the profile says, else the folder, else the default of the configuration."""
    if source.constant:
        return OneCode(source.constant, "a constant of the profile")
    if source.file_name:
        found = re.search(source.file_name, places.file_name)
        code = next((group for group in found.groups() if group), None) if found else None
        fits = f"the file name {places.file_name!r} does not fit location.file_name {source.file_name!r}"
        return OneCode(code, "the file name", f"no location: {fits}")
    folder = places.folder_code()
    if folder:
        code = source.names.get(folder) or places.code_of(folder)
        strange = f"the location {folder!r} comes from the folder; it is none of the known locations"
        return OneCode(
            code or folder, f"the folder {places.folder!r}", note=strange if places.known and not code else ""
        )
    if source.folder:
        lies = "the profile takes it from the folder, but the file lies in none; move it into one"
        return OneCode(None, trouble=f"no location: {lies}")
    return OneCode(places.default, "the configuration's default", NO_LOCATION)


@dataclass(frozen=True, slots=True)
class Wide:
    """One column per location: column index -> location code, and why it was seen so.

    One that is not `sure` is a question: nothing in its headers says that they are places.
    """

    codes: Mapping[int, str]
    why: str
    sure: bool = True

    def question(self) -> str:
        """Ask whether these columns are stock by location, with the lines of a profile that answer it."""
        headers = list(self.codes.values())
        shown = ", ".join(f"'{header}'" for header in headers[:5]) + (" …" if len(headers) > 5 else "")  # noqa: PLR2004
        return (
            f"{shown} hold figures and no header says of what; if there is one column per location write in a "
            f'profile: [location.columns] "{headers[0]}" = "…", "{headers[1]}" = "…"'
        )


def wide_by_name(columns: Sequence[Column], places: Places) -> Wide | None:
    """Columns called after known locations or in one pattern such as `inventory_<place>`; None: not wide."""
    figures = [column for column in columns if column.header.strip() and column.numeric >= MOSTLY]
    known = {column.index: code for column in columns if (code := places.code_of(column.header))}
    if not known.keys().isdisjoint(column.index for column in figures):
        # All of them, whatever else they hold: a cell that is no figure is an error of its row, not of the location.
        return Wide(known, "columns called after known locations")
    families: dict[tuple[tuple[str, ...], bool], dict[int, str]] = {}
    for column in figures:
        for phrase, leading, rest in _around(column):
            families.setdefault((phrase, leading), {})[column.index] = places.code_of(rest) or rest
    best = max(families.items(), key=lambda item: (len(item[1]), len(item[0][0])), default=None)
    if best is None or not _is_family(best[1].values(), places):
        return None
    pattern = " ".join(best[0][0])
    return Wide(
        best[1],
        f"columns in one pattern: {pattern} <location>" if best[0][1] else f"columns <location> {pattern}",
    )


def _is_family(codes: Collection[str], places: Places) -> bool:
    if len(set(codes)) != len(codes):
        return False
    return len(codes) >= FAMILY or any(places.code_of(code) for code in codes)


def _around(column: Column) -> Iterable[tuple[tuple[str, ...], bool, str]]:
    """Ways to read a header as a stock phrase with a place before or behind it."""
    said = column.all_words
    for cut in range(1, len(said)):
        for leading, part, others in ((True, said[:cut], said[cut:]), (False, said[cut:], said[:cut])):
            if part in _quantity_phrases() and _may_be_place(others):
                rest = _without(column.header, part, leading=leading)
                if rest:
                    yield part, leading, rest


def _may_be_place(said: Sequence[str]) -> bool:
    if _no_place().intersection(said) or all(word.isdigit() for word in said):
        return False
    return _no_place_phrases().isdisjoint(runs(said))


def _without(header: str, phrase: Sequence[str], *, leading: bool) -> str:
    """The header without the stock phrase: `inventory_Mt_Auburn` -> Mt_Auburn, as the sender writes the place."""
    pattern = r"[\W_]*".join(map(re.escape, phrase))
    pattern = rf"^[\W_]*{pattern}[\W_]*" if leading else rf"[\W_]*{pattern}[\W_]*$"
    return re.sub(pattern, "", header.strip(), count=1, flags=re.IGNORECASE).strip(" \t[](){}:-–_")


def wide_by_elimination(columns: Sequence[Column], key: Column) -> Wide | None:
    """Columns of figures that nothing else explains, beside a key: one per location. None: fewer than two of them."""
    others = [column for column in columns if column.index != key.index and column.header.strip()]
    plain = [column for column in others if _unexplained(column)]
    filled = [column.index for column in plain if column.filled]
    figures = [column for column in others if column.filled and column.numeric >= MOSTLY]
    if len(filled) < FAMILY or len(filled) * 2 <= len(figures):
        return None
    # An empty column among them is a place without stock; one outside them may be anything.
    inside = [column for column in plain if min(filled) <= column.index <= max(filled)]
    codes = {column.index: column.header.strip() for column in inside}
    if len(set(codes.values())) != len(codes):
        return None
    sure = any(_names_a_place(code) for code in codes.values()) or _are_place_codes(codes.values())
    return Wide(codes, "columns of figures beside the key that are nothing else", sure=sure)


def _names_a_place(header: str) -> bool:
    """Whether a header says of itself that it is a place; figures under words nobody knows are not stock."""
    return not _place_words().isdisjoint(words(header))


def _are_place_codes(headers: Collection[str]) -> bool:
    """Whether headers look like codes of stores: BLR-01, DEL-02. One prefix for all (UK6, UK7) is a size or a week."""
    shapes = [_PLACE_CODE.fullmatch(header) for header in headers]
    prefixes = {shape["town"].lower() for shape in shapes if shape}
    return all(shapes) and len(prefixes) > 1 and prefixes.isdisjoint(_MONTHS)


def _unexplained(column: Column) -> bool:
    return column.numeric >= MOSTLY and bool(column.words) and _may_be_place(column.words)
