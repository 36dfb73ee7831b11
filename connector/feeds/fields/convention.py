"""How a column writes its numbers, by the evidence of the whole column.

"1.234,56", "1'234.50", "1 234,50", "1,23,456.00": one row alone often cannot tell the decimal mark from the
grouping ("1,234"), so the rows that can settle it for those that cannot. Contradiction is a question for a
person.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connector.feeds.currency import POINT_DECIMAL
from connector.feeds.fields.text import Flags, Index, bytes_of, matching

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connector.feeds.fields.numerals import Numerals

Mark = Literal[".", ","]
Floats = np.ndarray[Any, np.dtype[np.float64]]

_PROVES = r"^\d{{1,3}}(?:{other}\d{{2,3}})+{mark}\d+$|^\d{{1,3}}(?:[' ]\d{{3}})+{mark}\d+$"
_GROUPS = r"^\d{{1,3}}(?:{other}\d{{2,3}})*{other}\d{{2,3}}{other}\d{{3}}$"
_DECIMALS = r"^\d*{mark}\d+$"
_EITHER = r"^[1-9]\d{{0,2}}{mark}\d{{3}}$"
_LONG = r"^\d{4,}$"
_MARKS = np.frombuffer(b".,", dtype=np.uint8)
_THOUSAND = 3
_AGREED = 0.9
_ESCAPED = {".": r"\.", ",": ","}
_OTHER: dict[str, Mark] = {".": ",", ",": "."}
_MEASURES = frozenset(
    """
    kg kgs kilo g gm gms gram grams l lt ltr ltrs litre litres liter m mt mtr mtrs meter metre meters metres
    """.split()  # noqa: SIM905  a block of words reads better than a word a line
)


@dataclass(frozen=True, slots=True)
class Convention:
    """How the numbers of one column are written.

    `mark` is the decimal mark; None when no number of the column needs one. `evidence` is a text that
    proves it. `hold` is set when a person must say it: the reason, with the profile line to write. `open`
    tells that only ambiguous numbers were found (another column of the same file may still settle it).
    """

    mark: Mark | None = None
    evidence: str = ""
    hold: str | None = None
    open: bool = False


def conventions(
    columns: Mapping[str, Numerals],
    *,
    labels: Mapping[str, str] | None = None,
    decimal_mark: Mark | None = None,
    stored_numbers: bool = False,
) -> dict[str, Convention]:
    """Find the convention of each column (field to numbers), letting the columns of one file help each other.

    `labels` gives the sender's header of a field, for the words of a reason.
    `decimal_mark` is what the profile says; it wins. `stored_numbers` tells that the cells come from a
    workbook that stores numbers as numbers, so that a single point is a decimal point.
    """
    if decimal_mark is not None:
        return dict.fromkeys(columns, Convention(decimal_mark, "the profile"))
    named = labels or {}
    found = {
        field: _of_column(named.get(field, field), one, stored_numbers) if _has_marks(one) else Convention()
        for field, one in columns.items()
    }
    settled = {one.mark for one in found.values() if one.mark and not one.hold}
    if len(settled) == 1:
        mark = settled.pop()
        proof = next(field for field, one in found.items() if one.mark == mark and not one.hold)
        shown = f'the column "{named.get(proof, proof)}"'
        for field, one in found.items():
            if one.open:
                found[field] = replace(one, mark=mark, evidence=shown, hold=None, open=False)
    return found


def _has_marks(numerals: Numerals) -> bool:
    """Whether any number has a mark at all: without one there is nothing to find out."""
    return bool(np.isin(bytes_of(numerals.body), _MARKS).any())


def settle_by_history(numerals: Numerals, found: Convention, at: Index, before: Floats) -> Convention:
    """Settle what the file alone cannot tell by what was published before, row by row.

    `at` is the position of the text of each row, `before` the former value of it (NaN where there is none). "1,234"
    can mean 1234 or 1.234, a thousand times apart: whichever is of the size of the former values is meant, when
    nearly all rows that can tell agree.
    """
    unclear = {mark: _unclear(numerals, mark) for mark in (".", ",")}
    asked = (at >= 0) & (before > 0) & np.append(unclear["."] | unclear[","], False)[at]
    if not asked.any():
        return found
    texts = numerals.body.take(pa.array(at[asked]))
    grouped = pc.replace_substring_regex(texts, "[.,]", "").cast(pa.float64()).to_numpy()
    away = np.log10(grouped / before[asked])
    votes = {True: int((abs(away) < 1).sum()), False: int((abs(away - _THOUSAND) < 1).sum())}
    grouping = votes[True] > votes[False]
    if votes[grouping] < _AGREED * len(away):
        return found
    written: Mark = "." if unclear["."].any() else ","
    mark = _OTHER[written] if grouping else written
    row = int(np.flatnonzero(asked)[0])
    text = str(numerals.column.texts[int(at[row])].as_py()).strip()
    return Convention(mark, f"what was published before ({text}, then {before[row]:g})")


def _of_column(label: str, numerals: Numerals, stored_numbers: bool) -> Convention:
    """Find the convention of one column by itself."""
    wanted = np.ones(len(numerals.blank), dtype=bool)
    wanted[list(numerals.problems)] = False
    wanted[list(numerals.spoken)] = False
    proofs = {mark: _proofs(numerals, mark) & wanted for mark in (".", ",")}
    unclear = {mark: _unclear(numerals, mark) & wanted for mark in (".", ",")}
    marks = [mark for mark, seen in proofs.items() if seen.any()]
    if len(marks) > 1:
        return Convention(
            hold=_contradiction(label, _first(numerals, proofs["."]), _first(numerals, proofs[","]))
        )
    if marks:
        mark: Mark = "." if marks == ["."] else ","
        return Convention(mark, _first(numerals, proofs[mark]))
    if not (unclear["."] | unclear[","]).any():
        return Convention()
    if unclear["."].any() and unclear[","].any():
        return Convention(
            hold=_contradiction(label, _first(numerals, unclear["."]), _first(numerals, unclear[","]))
        )
    if _point_is_certain(numerals, unclear["."] | unclear[","], unclear["."], wanted, stored_numbers):
        return Convention(".", _first(numerals, unclear["."] | unclear[","]))
    return Convention(hold=_doubt(label, _first(numerals, unclear["."] | unclear[","])), open=True)


def _proofs(numerals: Numerals, mark: Mark) -> Flags:
    """Tell which numbers prove that `mark` stands before the decimals."""
    own, other = _ESCAPED[mark], _ESCAPED[_OTHER[mark]]
    grouped = matching(numerals.body, _PROVES.format(mark=own, other=other))
    repeated = matching(numerals.body, _GROUPS.format(other=other))
    single = matching(numerals.body, _DECIMALS.format(mark=own))
    either = matching(numerals.body, _EITHER.format(mark=own)) & ~matching(numerals.power, ".")
    return grouped | repeated | (single & ~either)


def _unclear(numerals: Numerals, mark: Mark) -> Flags:
    """Tell which numbers could be read both ways."""
    return matching(numerals.body, _EITHER.format(mark=_ESCAPED[mark])) & ~matching(numerals.power, ".")


def _point_is_certain(
    numerals: Numerals, unclear: Flags, points: Flags, wanted: Flags, stored_numbers: bool
) -> bool:
    """Tell whether something beside the digits says that the point stands before the decimals."""
    affixes = [numerals.affixes[at] for at in np.unique(numerals.affix[unclear])]
    if any(affix.mark in POINT_DECIMAL for affix in affixes):
        return True
    if not points.any():
        return False
    # A column with 12345 does not group its thousands; one in kilograms has three decimals as a rule.
    ungrouped = (matching(numerals.body, _LONG) & wanted).any()
    return stored_numbers or bool(ungrouped) or all(affix.unit.strip(".") in _MEASURES for affix in affixes)


def _first(numerals: Numerals, mask: Flags) -> str:
    """Give the first text of the column that `mask` tells."""
    return str(numerals.column.texts[int(np.flatnonzero(mask)[0])].as_py()).strip()


def _contradiction(label: str, point: str, comma: str) -> str:
    return (
        f'the numbers of the column "{label}" are written in two ways: "{point}" has a decimal point, '
        f'"{comma}" a decimal comma. Write them all in one way and drop the file again, or say which is meant with '
        f'decimal_mark = "." (or ",") in the policy of the profile; rows written otherwise are then rejected'
    )


def _doubt(label: str, text: str) -> str:
    mark = "," if "," in text else "."
    grouped, decimal = text.replace(mark, ""), text.replace(mark, ".")
    return (
        f'"{text}" in the column "{label}" can mean {grouped} or {decimal}, and no other row tells which. '
        f'Write decimal_mark = "{_OTHER[mark]}" in the policy of the profile if it is {grouped}, or '
        f'decimal_mark = "{mark}" if it is {decimal}, and retry the drop'
    )
