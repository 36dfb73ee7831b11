"""Quantities and prices as exact whole numbers: millionths of a piece, and paise. No binary float, ever."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connector.feeds.feed import FieldKind
from connector.feeds.fields.text import (
    Distinct,
    Flags,
    Index,
    Problem,
    Texts,
    Whole,
    flags,
    matching,
    replace_at,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from connector.feeds.fields.convention import Convention, Mark
    from connector.feeds.fields.numerals import Numerals

PIECE = 1_000_000
"""One piece, in the unit quantities are kept in until policy makes them whole."""

_DECIMALS = {FieldKind.QUANTITY: 6, FieldKind.MONEY: 2}
_DIGITS = {FieldKind.QUANTITY: 9, FieldKind.MONEY: 11}
_VALID = (
    r"^\d+{mark}?\d*$|^{mark}\d+$|^\d{{1,3}}(?:{other}\d{{3}})+(?:{mark}\d*)?$"
    r"|^\d{{1,3}}(?:'\d{{3}})+(?:{mark}\d*)?$|^\d{{1,3}}(?: \d{{3}})+(?:{mark}\d*)?$"
    r"|^\d{{1,2}}(?:{other}\d{{2}})*{other}\d{{3}}(?:{mark}\d*)?$"
)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A column of numbers, one entry per distinct text of `column` and one more, last, for absent cells.

    `values` are millionths of a piece (quantity) or paise (money), 0 where there is no number; `below_zero`
    and `cut` (digits beyond the last kept one, or for a quantity any fraction of a piece) speak of the
    number as written. `blank` cells are empty; `broken` ones have an entry in `problems`. `marks` are the
    currency marks met, `mark` the position in it of the one beside each number. `noted` tells what was read past in
    which text (unit, word).
    """

    column: Distinct
    values: Whole
    blank: Flags
    broken: Flags
    below_zero: Flags
    cut: Flags
    marks: tuple[str, ...]
    mark: Index
    problems: dict[int, Problem]
    noted: dict[str, Flags] = field(default_factory=dict)

    @property
    def notes(self) -> dict[str, int]:
        """How many rows hold what was read past."""
        weights = self.column.weights()
        rows = {name: int(weights[mask].sum()) for name, mask in self.noted.items()}
        return {name: count for name, count in rows.items() if count}

    def over(self, texts: Texts) -> Parsed:
        """The same for some of the rows of the column."""
        return replace(self, column=self.column.over(texts))


def parse(numerals: Numerals, convention: Convention) -> Parsed:
    """Read the numbers of a column in its convention (which must not be one that holds)."""
    kind = numerals.kind
    mark: Mark = convention.mark or "."
    has_body = ~flags(pc.equal(numerals.body, ""))
    if numerals.only_digits():
        misplaced = np.zeros(len(has_body), dtype=bool)
        whole, fraction = pc.ascii_ltrim(numerals.body, characters="0"), _nothing(len(has_body))
    else:
        misplaced = has_body & ~matching(numerals.body, _VALID.format(**_escaped(mark)))
        whole, fraction = _split(numerals, mark, has_body & ~misplaced)
    large = flags(pc.greater(pc.binary_length(whole), _DIGITS[kind]))
    odd_unit, unit = _odd_units(numerals)
    problems = dict(numerals.problems)
    _refuse(problems, numerals, misplaced, "not_a_number", _grouping_reason(kind, mark))
    _refuse(problems, numerals, large, "too_large", _large_reason(kind))
    _refuse(
        problems,
        numerals,
        odd_unit,
        "other_unit",
        f"is not in {unit} like the rest of the column: convert it",
    )
    broken = _at(problems, len(has_body))
    usable = has_body & ~broken
    values, cut = _scaled(whole, fraction, usable, kind)
    negative = numerals.negative() & usable
    below_zero = negative & ((values > 0) | matching(fraction, "[1-9]"))
    values = np.where(negative, -values, values)
    marks = tuple(dict.fromkeys(affix.mark for affix in numerals.affixes))
    said = np.array([marks.index(affix.mark) for affix in numerals.affixes], dtype=np.int32)
    for at, number in numerals.spoken.items():
        values[at], cut[at], below_zero[at] = number * PIECE, False, number < 0
    return Parsed(
        column=numerals.column,
        values=np.append(values, 0),
        blank=np.append(numerals.blank & ~broken & ~_at(numerals.spoken, len(broken)), True),
        broken=np.append(broken, False),
        below_zero=np.append(below_zero, False),
        cut=np.append(cut, False),
        marks=marks,
        mark=np.append(said[numerals.affix], marks.index("")).astype(np.int32),
        problems=problems,
        noted=_noted(numerals, usable, unit),
    )


def _escaped(mark: Mark) -> dict[str, str]:
    return {"mark": r"\.", "other": ","} if mark == "." else {"mark": ",", "other": r"\."}


def _split(numerals: Numerals, mark: Mark, valid: Flags) -> tuple[Texts, Texts]:
    """Give the digits before and after the decimal mark; "" where there is no valid number."""
    digits = pc.replace_substring_regex(numerals.body, "[,' ]" if mark == "." else r"[.' ]", "")
    if mark == ",":
        digits = pc.replace_substring(digits, ",", ".")
    digits = pc.if_else(pa.array(valid), digits, pa.scalar("", pa.large_string()))
    powered = valid & matching(numerals.power, ".")
    if powered.any():
        parts = (one.filter(pa.array(powered)).to_pylist() for one in (digits, numerals.power))
        plain = [format(Decimal(body + power), "f") for body, power in zip(*parts, strict=True)]
        digits = replace_at(digits, powered, plain)
    parts = pc.extract_regex(digits, r"^0*(?P<whole>\d*)\.?(?P<fraction>\d*)$")
    return pc.struct_field(parts, "whole"), pc.struct_field(parts, "fraction")


def _nothing(count: int) -> Texts:
    return pa.array([""], type=pa.large_string()).take(pa.array(np.zeros(count, dtype=np.int32)))


def _scaled(whole: Texts, fraction: Texts, usable: Flags, kind: FieldKind) -> tuple[Whole, Flags]:
    """Make whole numbers of the digits, money rounded half up, quantities cut; second: where."""
    places = _DECIMALS[kind]
    kept = pc.ascii_rpad(pc.utf8_slice_codeunits(fraction, 0, places), places, padding="0")
    digits = pc.binary_join_element_wise(whole, kept, pa.scalar("", pa.large_string()))
    digits = pc.if_else(pa.array(usable), digits, pa.scalar("0", pa.large_string()))
    values: Whole = digits.cast(pa.int64()).to_numpy(zero_copy_only=False).copy()
    if kind is FieldKind.MONEY:
        values += matching(fraction, r"^\d\d[5-9]") & usable
        return values, matching(fraction, r"^\d\d\d*[1-9]") & usable
    return values, matching(fraction, "[1-9]") & usable


def _refuse(problems: dict[int, Problem], numerals: Numerals, mask: Flags, code: str, reason: str) -> None:
    """Note a problem for each text that `mask` tells and that has none yet."""
    for at in np.flatnonzero(mask):
        text = numerals.column.texts[int(at)].as_py().strip()
        problems.setdefault(int(at), Problem(code, f'"{text}" {reason}'))


def _grouping_reason(kind: FieldKind, mark: Mark) -> str:
    what = "price" if kind is FieldKind.MONEY else "quantity"
    name = "point" if mark == "." else "comma"
    return f"is not a {what} in a column whose decimal mark is the {name}: write it like the others"


def _large_reason(kind: FieldKind) -> str:
    return f"has more than {_DIGITS[kind]} digits: check the cell, and whether the column is the right one"


def _odd_units(numerals: Numerals) -> tuple[Flags, str]:
    """Find the numbers whose unit is not the one of most rows; second: that unit ("" when none)."""
    weights = numerals.column.weights()
    said = np.array([affix.unit for affix in numerals.affixes], dtype=object)[numerals.affix]
    rows: dict[str, int] = {}
    for unit in dict.fromkeys(affix.unit for affix in numerals.affixes if affix.unit):
        rows[unit] = int(weights[said == unit].sum())
    if not rows:
        return np.zeros(len(said), dtype=bool), ""
    usual = max(rows, key=lambda unit: (rows[unit], unit))
    return (said != usual) & (said != ""), usual


def _at(positions: Iterable[int], size: int) -> Flags:
    mask = np.zeros(size, dtype=bool)
    mask[list(positions)] = True
    return mask


def _noted(numerals: Numerals, usable: Flags, unit: str) -> dict[str, Flags]:
    plus = np.array([affix.plus for affix in numerals.affixes], dtype=bool)[numerals.affix]
    noted = {"words": _at(numerals.spoken, len(usable)), "plus_signs": plus & usable}
    if unit:
        said = np.array([bool(affix.unit) for affix in numerals.affixes], dtype=bool)[numerals.affix]
        noted["units"] = said & usable
    return {name: mask for name, mask in noted.items() if mask.any()}
