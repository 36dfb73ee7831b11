"""Codes (SKU, location): kept to the letter, cleaned only outside, refused when damaged."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connector.feeds.fields.text import OUTSIDE, Flags, Problem, Texts, flags, matching, replace_at

_MONTHS = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_ISO_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]+)?$"
_RULES: tuple[tuple[str, str, str], ...] = (
    (
        "replacement_character",
        r"\x{FFFD}",
        "holds a character that was lost when the file was written: export it again, best as UTF-8",
    ),
    (
        "spreadsheet_error",
        r"(?i)^#(?:REF!|N/A|N/D|DIV/0!|VALUE!|VALOR!|NAME\?|NUM!|NULL!|SPILL!|CALC!|WERT!|BEZUG!)$|^##+$",
        "is an error of the spreadsheet, not a code: repair the formula and export again",
    ),
    (
        "damaged_by_excel",
        r"^[+-]?[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]{1,3}$",
        "is a code that Excel made a number of, its digits are gone: enter the full code as text and export again",
    ),
    (
        "code_became_date",
        rf"(?i)^[0-9]{{1,2}}-{_MONTHS}(?:-[0-9]{{2,4}})?$|^{_MONTHS}-[0-9]{{2,4}}$|{_ISO_DATE}",
        "is a date, which Excel makes of codes such as 1-2: enter the code as text and export again",
    ),
    (
        "code_became_logical",
        r"(?i)^(?:true|false|wahr|falsch|vero|falso|verdadero|vrai|faux)$",
        "is a logical value of the spreadsheet, not a code: enter the code as text and export again",
    ),
    (
        "no_code",
        r"(?i)^0+$|^[-_.*?/]+$|^(?:nan|null|none|n/a)$",
        "stands where a code is missing: enter the code of the item",
    ),
)
_SUSPECT = "|".join(f"(?:{pattern})" for _, pattern, _ in _RULES)
_INVISIBLE_OUTSIDE = r"^[\s\p{Z}\p{Cc}\p{Cf}]+|[\s\p{Z}\p{Cc}\p{Cf}]+$"
_FORMULA = r'^="[^"]*"$'
_LONG = "^[0-9]{16,}$"
_SHORTENED = "^[0-9]{15}0+$"
_CROWD = 5
"""So many different codes do not end in zeros by chance."""

_FLOAT = r"^[0-9]{1,15}\.0$"


@dataclass(frozen=True, slots=True)
class Codes:
    """A column of codes, row by row.

    `texts` has the cleaned code of every row ("" where the cell is empty or absent, null never). `problems`
    maps the position of a row to what is wrong with its code. `notes` counts the rows that were cleaned:
    `trimmed` (something invisible outside), `unwrapped` (="00123"), `floats` (a whole column of 1001.0).
    """

    texts: Texts
    blank: Flags
    problems: dict[int, Problem]
    notes: dict[str, int]


def parse_codes(texts: Texts) -> Codes:
    """Read a column of codes; `texts` is an Arrow array of cells as read, null where absent."""
    given = texts.fill_null("")
    clean = _trim(given)
    notes = {"trimmed": _changed(given, clean)}
    formulas = matching(clean, _FORMULA)
    if formulas.any():
        clean, notes["unwrapped"] = _undress(clean, formulas), int(formulas.sum())
    floats = matching(clean, _FLOAT)
    if floats.any() and _all_codes(clean, floats):
        clean, notes["floats"] = _undress(clean, floats), int(floats.sum())
    blank = flags(pc.equal(clean, ""))
    return Codes(clean, blank, _problems(clean), {name: rows for name, rows in notes.items() if rows})


def _trim(texts: Texts) -> Texts:
    """Take what is invisible off both ends: blanks of all kinds, control and zero-width characters, BOM."""
    trimmed = pc.ascii_trim(texts, characters=OUTSIDE)
    odd = ~flags(pc.string_is_ascii(trimmed))
    if odd.any():
        said = pc.replace_substring_regex(trimmed.filter(pa.array(odd)), _INVISIBLE_OUTSIDE, "")
        trimmed = pc.replace_with_mask(trimmed, pa.array(odd), said)
    return trimmed


def _changed(before: Texts, after: Texts) -> int:
    """Count the rows where something other than an empty cell was cleaned."""
    return int((flags(pc.not_equal(before, after)) & ~flags(pc.equal(after, ""))).sum())


def _all_codes(texts: Texts, mask: Flags) -> bool:
    """Tell whether every code is written 1001.0: then the ending is a spreadsheet's, not the code's."""
    return bool((mask | flags(pc.equal(texts, ""))).all())


def _undress(texts: Texts, mask: Flags) -> Texts:
    dressed = texts.filter(pa.array(mask)).to_pylist()
    return replace_at(texts, mask, [re.sub(r'^="|"$|\.0$', "", text) for text in dressed])


def _problems(texts: Texts) -> dict[int, Problem]:
    """Say what is wrong with each damaged code: one pass finds suspects, only they are looked at."""
    suspects = np.flatnonzero(matching(texts, _SUSPECT))
    if not len(suspects):
        return _all_shortened(texts)
    said = texts.take(pa.array(suspects))
    found: dict[int, Problem] = {}
    for code, pattern, reason in _RULES:
        for at in suspects[matching(said, pattern)]:
            text = texts[int(at)].as_py()
            found.setdefault(int(at), Problem(code, f'"{text}" {reason}'))
    return {**found, **_all_shortened(texts)}


def _all_shortened(texts: Texts) -> dict[int, Problem]:
    """Long numbers of which every one is zeros from the 16th digit on: a spreadsheet keeps fifteen digits."""
    longs = matching(texts, _LONG)
    if not longs.any():
        return {}
    said = texts.filter(pa.array(longs))
    if len(pc.unique(said)) < _CROWD or not matching(said, _SHORTENED).all():
        return {}
    _, _, reason = next(rule for rule in _RULES if rule[0] == "damaged_by_excel")
    at = np.flatnonzero(longs).tolist()
    return {
        place: Problem("damaged_by_excel", f'"{text}" {reason}')
        for place, text in zip(at, said.to_pylist(), strict=True)
    }
