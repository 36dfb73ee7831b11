"""Taking numbers apart as people write them: sign, brackets, currency mark, unit, and the numeral itself.

Nothing here knows which mark is the decimal one; that is found over the whole column (`convention`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connector.feeds.currency import mark_of
from connector.feeds.feed import FieldKind
from connector.feeds.fields.text import (
    Distinct,
    Flags,
    Index,
    Problem,
    Texts,
    bytes_of,
    distinct,
    flags,
    matching,
    tidy,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHAPE = (
    r"^(?P<sign>\(-\)|[+-])?\s*(?P<lead>[^\d\s.,'()+\-][^\d()+\-]*)?(?P<second>[+-])?\s*"
    r"(?P<body>\d[\d.,' ]*\d|\d|[.,]\d+)(?P<power>[eE][+-]?\d{1,3})?(?P<tail>\D*)$"
)
_PLAIN = r"^\d[\d.,]*\d$|^\d$"
_BRACKETS = r"^\(([^()]*\d[^()]*)\)$"
_ERROR_CELL = r"(?i)^#(?:REF!|N/A|N/D|DIV/0!|VALUE!|VALOR!|NAME\?|NUM!|NULL!|SPILL!|CALC!|WERT!|BEZUG!)?#*$"
_HASH, _ZERO, _NINE = b"#09"
_INEXACT = frozenset(
    {">", "<", ">=", "<=", "≥", "≤", "~", "≈", "±", "approx", "about", "over", "under", "ca", "circa"}
)
_BOUNDS = frozenset(
    "or more less plus upto to above below min max minimum maximum".split()  # noqa: SIM905  as above
)
_MULTIPLES = frozenset(
    """
    k hundred hundreds thousand thousands lakh lakhs lac lacs crore crores million millions mn mio tsd
    dozen dozens doz dz dzn gross score
    """.split()  # noqa: SIM905  a block of words reads better than a word a line
)
"""Words that say how many times the number: 2 dozen are not 2 pieces."""

_PRICE_WORDS = frozenset({"mrp", "m.r.p", "price", "rate", "sp", "only", "@", "/-", "/=", "-/-", "/"})
_PIECES = frozenset(
    """
    pc pcs piece pieces no nos no's nos' number unit units ea each u un und unds ud uds unid unidad unidades
    pz pza pzas pezzi pezzo nr stk stck stück st pce pièce pièces pça pças pç nag nags नग
    """.split()  # noqa: SIM905  a block of words reads better than a word a line
)
_UNIT = re.compile(r"[^\W\d_][^\W\d_'/]{0,14}")


@dataclass(frozen=True, slots=True)
class Affix:
    """What the text around a numeral says."""

    negatives: int = 0
    unit: str = ""
    mark: str = ""
    problem: str = ""
    plus: bool = False


@dataclass(frozen=True, slots=True)
class Numerals:
    """The distinct texts of a column of numbers, taken apart. All arrays have one entry per distinct text.

    `body` is the numeral with its separators, "" where there is none; `power` the exponent of a scientific
    form ("" or "E+12"). `affix` is the position in `affixes` of what stands around it. `problems` maps a
    position to what is wrong with its text. A text in `spoken` is a word whose number the profile gives.
    """

    column: Distinct
    kind: FieldKind
    blank: Flags
    body: Texts
    power: Texts
    affix: Index
    affixes: tuple[Affix, ...]
    problems: dict[int, Problem]
    spoken: dict[int, int]

    def only_digits(self) -> bool:
        """Whether no number is written with anything but digits, as stock levels are."""
        found = bytes_of(self.body)
        return not len(bytes_of(self.power)) and bool(((found >= _ZERO) & (found <= _NINE)).all())

    def negative(self) -> Flags:
        """Tell which numbers are marked as below zero (the number itself may still be zero)."""
        return np.array([affix.negatives == 1 for affix in self.affixes], dtype=bool)[self.affix]


def take_apart(texts: Texts | Distinct, kind: FieldKind, words: Mapping[str, int] | None = None) -> Numerals:
    """Take a column of quantities or prices apart.

    `texts` is an Arrow array of cells as read, null where absent, or what was gathered of one. `words` maps a
    word of a quantity column to the number it stands for, keys in any case.
    """
    column = texts if isinstance(texts, Distinct) else distinct(texts)
    plain = tidy(column.texts)
    blank = flags(pc.equal(plain, ""))
    error = matching(plain, _ERROR_CELL) & ~blank if (bytes_of(plain) == _HASH).any() else ~blank & False
    spoken = _spoken(plain, words or {})
    parts = _parts(plain, blank)
    numeral = flags(pc.is_valid(parts))
    affixes = distinct(_around(parts))
    read = tuple(_read_affix(said.split("\x00"), kind) for said in affixes.texts.to_pylist())
    problems: dict[int, Problem] = {}
    wrong = np.append(np.array([bool(affix.problem) for affix in read], dtype=bool), False)[affixes.index]
    for at in np.flatnonzero((wrong | ~numeral | error) & ~blank):
        if int(at) not in spoken:
            rule = read[affixes.index[at]].problem if wrong[at] else ""
            text = column.texts[int(at)].as_py().strip()
            problems[int(at)] = _problem("spreadsheet_error" if error[at] else rule, text, kind)
    return Numerals(
        column=column,
        kind=kind,
        blank=blank,
        body=pc.struct_field(parts, "body").fill_null(""),
        power=pc.struct_field(parts, "power").fill_null(""),
        affix=np.where(affixes.index < 0, len(read), affixes.index).astype(np.int32),
        affixes=(*read, Affix()),
        problems=problems,
        spoken=spoken,
    )


def _parts(plain: Texts, blank: Flags) -> Texts:
    """Split the texts by `_SHAPE`: a struct array, null where a text is no numeral."""
    if (blank | matching(plain, _PLAIN)).all():  # the common case: nothing but digits and marks
        nothing = pa.array([""], type=pa.large_string()).take(pa.array(np.zeros(len(plain), dtype=np.int32)))
        names = ("sign", "lead", "second", "body", "power", "tail")
        columns = [plain if name == "body" else nothing for name in names]
        return pa.StructArray.from_arrays(columns, names, mask=pa.array(blank))
    bracketed = matching(plain, _BRACKETS)
    if bracketed.any():
        plain = pc.replace_substring_regex(plain, _BRACKETS, r"(-)\1")
    return pc.extract_regex(plain, _SHAPE)


def _spoken(plain: Texts, words: Mapping[str, int]) -> dict[int, int]:
    """Find the texts that are words of the profile."""
    if not words:
        return {}
    known = {" ".join(word.split()).casefold(): number for word, number in words.items()}
    said = (" ".join(text.split()).casefold() for text in plain.to_pylist())
    return {at: known[text] for at, text in enumerate(said) if text in known}


def _around(parts: Texts) -> Texts:
    """Join what stands around each numeral: signs, beginning, end. Null where there is no numeral."""
    sides = [pc.struct_field(parts, name) for name in ("sign", "lead", "second", "tail")]
    return pc.binary_join_element_wise(*sides, pa.scalar("\x00", pa.large_string()))


def _read_affix(around: list[str], kind: FieldKind) -> Affix:
    """Read the text around a numeral; few distinct ones exist in a column, so plain Python does."""
    sign, lead, second, tail = around
    negatives = sum("-" in part for part in (sign, second))
    marks: list[str] = []
    units: list[str] = []
    if kind is FieldKind.MONEY and re.fullmatch(r"[.,]\s*-{1,2}", tail.strip()):
        tail = ""  # 5.- and 5,-- are how whole francs and euros are written
    before, after = _tokens(lead), _tokens(tail.removeprefix("."))
    for word in (*before, *after):
        mark = mark_of(word)
        if word in {"-", "cr", "cr."}:
            negatives += 1
        elif word in {"+", *_INEXACT}:
            return Affix(problem="not_exact")
        elif mark is not None:
            marks.append(mark)
        elif kind is FieldKind.MONEY and word.removesuffix(".") in _PRICE_WORDS:
            continue
        elif word not in {"dr", "dr."}:
            units.append(word.removesuffix("."))
    if any(mark_of(word) is None and word.removesuffix(".") not in _PRICE_WORDS for word in before):
        return Affix(problem="not_a_number")  # "A5" is no 5, and what stands in "₹ .50" is not sure to be 50
    return replace(_affix(negatives, units, marks, kind), plus="+" in (sign, second))


def _affix(negatives: int, units: list[str], marks: list[str], kind: FieldKind) -> Affix:
    """Judge what was found around a numeral."""
    unit = " ".join(units)
    if _BOUNDS.intersection(units):
        return Affix(problem="not_exact")
    if _MULTIPLES.intersection(units):
        return Affix(problem="multiple")
    if negatives > 1 or len(set(marks)) > 1 or not all(_UNIT.fullmatch(part) for part in units):
        return Affix(problem="not_a_number")
    if kind is FieldKind.MONEY and unit:
        return Affix(problem="not_a_number")
    if kind is FieldKind.QUANTITY and marks:
        return Affix(problem="money_not_quantity")
    return Affix(negatives, "pieces" if unit in _PIECES else unit, marks[0] if marks else "")


def _tokens(text: str) -> list[str]:
    """Split the text beside a numeral into words in lower case; marks that cling to others are set apart."""
    return re.sub(r"(₹|€|£|(?<!/)-(?=$)|/-|/=|:)", r" \1 ", text.casefold()).replace(":", " ").split()


def _problem(rule: str, text: str, kind: FieldKind) -> Problem:
    """Say what is wrong with a text that is no number."""
    what = "price" if kind is FieldKind.MONEY else "quantity"
    example = "799.00" if kind is FieldKind.MONEY else "12"
    if rule == "spreadsheet_error":
        return Problem(
            rule,
            f'"{text}" is an error of the spreadsheet, not a {what}: repair the formula and export again',
        )
    if rule == "not_exact":
        return Problem(
            rule,
            f'"{text}" is not an exact {what}: write the exact number, or say what "{text}" stands for under '
            f"words in the policy of the profile",
        )
    if rule == "multiple":
        return Problem(
            rule, f'"{text}" says how many times a number: write the {what} in full, for example {example}'
        )
    if rule == "money_not_quantity":
        return Problem(
            rule, f'"{text}" is an amount of money, not a quantity: write pieces, for example {example}'
        )
    advice = f"write it in digits, for example {example}"
    if kind is FieldKind.QUANTITY:
        advice += f', or say what "{text}" stands for under words in the policy of the profile'
    return Problem("not_a_number", f'"{text}" is not a {what}: {advice}')
