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
_DRESSED = r"""^="[^"]*"$|^'[0-9]+$"""
"""A text as a formula, and digits behind the mark by which a spreadsheet knows them for text."""
_LONG = "^[0-9]{16,}$"
_SHORTENED = "^[0-9]{15}0+$"
_CROWD = 5
"""So many different codes do not end in zeros by chance."""

_FLOAT = r"^[0-9]{1,15}\.0$"
_MARKED = r"^'.+$"
"""A text behind the mark by which a spreadsheet knows one: the mark is no part of it where all codes have one."""
_ODD = f"{_SUSPECT}|{_FLOAT}|{_LONG}|{_MARKED}"


@dataclass(frozen=True, slots=True)
class Codes:
    """A column of codes, row by row.

    `texts` has the cleaned code of every row ("" where the cell is empty or absent, null never). `problems`
    maps the position of a row to what is wrong with its code. `notes` counts the rows that were cleaned:
    `trimmed` (something invisible outside), `unwrapped` (="00123", '00123), `floats` (a whole column of 1001.0).
    """

    texts: Texts
    blank: Flags
    problems: dict[int, Problem]
    notes: dict[str, int]


class CodeStyle:
    """How a whole column writes its codes, found out part by part: what is true of all is a spreadsheet's doing."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self.plain = True
        """Every cell is its code: nothing around it, nothing that looks damaged. The usual case, told by one look."""
        self._float_rows = self._marked_rows = self._other_rows = 0
        self._longs: set[str] = set()
        self._all_shortened = True

    def add(self, texts: Texts) -> Texts:
        """Look at the next cells as read (null where absent); gives them cleaned."""
        clean, _ = clean_codes(texts)
        odd = matching(clean, _ODD)
        as_written = clean.equals(texts)
        self.plain = self.plain and as_written and not odd.any()
        blank = int(flags(pc.equal(clean, "")).sum())
        marked = 0 if as_written and not odd.any() else _behind_a_mark(texts)
        self._marked_rows += marked
        if not odd.any():
            self._other_rows += len(clean) - blank - marked
            return clean
        floats = int(matching(clean, _FLOAT).sum())
        self._float_rows += floats
        self._other_rows += len(clean) - floats - blank - marked
        longs = matching(clean, _LONG)
        if longs.any():
            said = clean.filter(pa.array(longs))
            self._all_shortened = self._all_shortened and bool(matching(said, _SHORTENED).all())
            if len(self._longs) < _CROWD:
                self._longs.update(pc.unique(said).slice(0, _CROWD).to_pylist())
        return clean

    @property
    def floats(self) -> bool:
        """Every code is written 1001.0: then the ending is a spreadsheet's, not the code's."""
        return self._float_rows > 0 and not self._other_rows and not self._marked_rows

    @property
    def marked(self) -> bool:
        """Every code stands behind an apostrophe: then it is the mark of a spreadsheet."""
        return self._marked_rows >= _CROWD and not self._other_rows and not self._float_rows

    @property
    def shortened(self) -> bool:
        """Of many long numbers every one is zeros from the 16th digit on: a spreadsheet keeps fifteen digits."""
        return self._all_shortened and len(self._longs) >= _CROWD


def clean_codes(texts: Texts) -> tuple[Texts, dict[str, int]]:
    """Cells as read (null where absent) without what is around their codes, and how many rows were cleaned."""
    given = texts.fill_null("") if texts.null_count else texts
    clean = _trim(given)
    notes = {"trimmed": _changed(given, clean)}
    dressed = flags(pc.or_(pc.starts_with(clean, "="), pc.starts_with(clean, "'")))
    dressed = dressed & matching(clean, _DRESSED) if dressed.any() else dressed
    if dressed.any():
        clean, notes["unwrapped"] = _undress(clean, dressed), int(dressed.sum())
    return clean, {name: rows for name, rows in notes.items() if rows}


def parse_codes(texts: Texts, style: CodeStyle | None = None) -> Codes:
    """Read a column of codes, or some rows of one whose `style` is known.

    `texts` is an Arrow array of cells as read, null where absent.
    """
    if style is None:
        style = CodeStyle()
        style.add(texts)
    if style.plain:
        return Codes(texts, flags(pc.equal(texts, "")), {}, {})
    clean, notes = clean_codes(texts)
    if style.floats:
        floats = matching(clean, _FLOAT)
        clean, notes["floats"] = _undress(clean, floats), int(floats.sum())
    if style.marked:
        marked = matching(clean, _MARKED)
        clean = pc.if_else(pa.array(marked), pc.utf8_slice_codeunits(clean, 1), clean)
        notes["unwrapped"] = notes.get("unwrapped", 0) + int(marked.sum())
    blank = flags(pc.equal(clean, ""))
    problems = {**_problems(clean), **(_shortened(clean) if style.shortened else {})}
    return Codes(clean, blank, problems, {name: rows for name, rows in notes.items() if rows})


def _trim(texts: Texts) -> Texts:
    """Take what is invisible off both ends: blanks of all kinds, control and zero-width characters, BOM."""
    trimmed = pc.ascii_trim(texts, characters=OUTSIDE)
    odd = ~flags(pc.string_is_ascii(trimmed))
    if odd.any():
        said = pc.replace_substring_regex(trimmed.filter(pa.array(odd)), _INVISIBLE_OUTSIDE, "")
        trimmed = pc.replace_with_mask(trimmed, pa.array(odd), said)
    return trimmed


def _behind_a_mark(texts: Texts) -> int:
    """Count the cells that begin with an apostrophe and go on."""
    said = texts.fill_null("") if texts.null_count else texts
    return int(matching(_trim(said), _MARKED).sum())


def _changed(before: Texts, after: Texts) -> int:
    """Count the rows where something other than an empty cell was cleaned."""
    return int((flags(pc.not_equal(before, after)) & ~flags(pc.equal(after, ""))).sum())


def _undress(texts: Texts, mask: Flags) -> Texts:
    dressed = texts.filter(pa.array(mask)).to_pylist()
    return replace_at(texts, mask, [re.sub(r"""^="|^'|"$|\.0$""", "", text) for text in dressed])


def _problems(texts: Texts) -> dict[int, Problem]:
    """Say what is wrong with each damaged code: one pass finds suspects, only they are looked at."""
    suspects = np.flatnonzero(matching(texts, _SUSPECT))
    if not len(suspects):
        return {}
    said = texts.take(pa.array(suspects))
    found: dict[int, Problem] = {}
    for code, pattern, reason in _RULES:
        for at in suspects[matching(said, pattern)]:
            text = texts[int(at)].as_py()
            found.setdefault(int(at), Problem(code, f'"{text}" {reason}'))
    return found


def _shortened(texts: Texts) -> dict[int, Problem]:
    """Every long number of a column whose long numbers lost their digits."""
    longs = matching(texts, _LONG)
    _, _, reason = next(rule for rule in _RULES if rule[0] == "damaged_by_excel")
    said = texts.filter(pa.array(longs)).to_pylist()
    return {
        place: Problem("damaged_by_excel", f'"{text}" {reason}')
        for place, text in zip(np.flatnonzero(longs).tolist(), said, strict=True)
    }
