"""Codes against the SKUs already known at these places: what they vouch for, mend on proof, or only point at.

Nothing is repaired in silence: what is mended is counted and shown, all else is a fault or a remark with the known
spelling in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connector.feeds.fields import Codes, Problem, distinct
from connector.feeds.fields.text import flags, matching, replace_at
from connector.shaping.lookalikes import Lookalikes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from connector.feeds.fields.text import Flags, Texts

_INSIDE = r"[\x00-\x1f\x7f\p{Cf}\p{Zl}\p{Zp}]"
_BLANKS = r"[\s\p{Zs}]+"
_SHOWN = 5
_LOOKED_AT = 500


class Known:
    """The SKUs acknowledged at the places of a table, each once; gathered when first asked for."""

    def __init__(self, gather: Callable[[], Texts] = lambda: pa.array([], type=pa.large_string())) -> None:
        """Take the function that gathers them."""
        self._gather = gather

    @cached_property
    def texts(self) -> Texts:
        """All of them."""
        return self._gather()

    @cached_property
    def lookalikes(self) -> Lookalikes:
        """Them, ready to be asked what a damaged code may have been."""
        return Lookalikes(self.texts)


@dataclass(frozen=True, slots=True)
class Mends:
    """What known SKUs say of the codes of a table that are not among them: written code to known code.

    `zeros` and `plain` are restored, on proof; `near` go as they are written and are shown; `shortened` are refused.
    """

    zeros: Mapping[str, str] = field(default_factory=dict)
    plain: Mapping[str, str] = field(default_factory=dict)
    near: Mapping[str, str] = field(default_factory=dict)
    shortened: Mapping[str, Problem] = field(default_factory=dict)

    @property
    def restored(self) -> dict[str, str]:
        """The codes that become others."""
        return {**self.zeros, **self.plain}

    def messages(self, notes: Mapping[str, int]) -> list[str]:
        """What a person should know of them; `notes` counts the rows."""
        said = (
            ("zeros_restored", self.zeros, "leading zeros restored, as the known SKUs are written"),
            (
                "cleaned_inside",
                self.plain,
                "invisible characters inside taken away, as the known SKUs are written",
            ),
            (
                "near_known",
                self.near,
                "differ from a known SKU by capitals or blanks only, sent as they are written",
            ),
        )
        return [
            f"{notes[name]} codes: {text}: {_pairs(found)}" for name, found, text in said if notes.get(name)
        ]


def find_mends(new: Texts, known: Texts, beside: Callable[[Texts], Flags]) -> Mends:
    """Hold codes that are not known (each once) against the known SKUs.

    Leading zeros, and the plain form of what is invisible inside, are restored only where the known SKUs have that form
    and not the one written, and where it does not stand in the table too (`beside`): then they are two items. A
    spelling that differs by case or blanks goes as it is written, and is shown.
    """
    if not len(new) or not len(known):
        return Mends()
    zeros = _absent(_padded(new, known), beside)
    plain = _absent({text: code for text, code in _plain(new, known).items() if text not in zeros}, beside)
    near = {text: code for text, code in _near(new, known).items() if text not in {**zeros, **plain}}
    return Mends(zeros, plain, near, _shortened(new, known))


def vouch(codes: Codes, known: Known, mends: Mends) -> Codes:
    """Some rows of a column of codes after known SKUs were asked; without any known nothing changes.

    A code that is known is right, however damaged it looks. A damaged one is a fault with the known codes it may have
    been. Nothing is repaired in silence.
    """
    problems = _with_candidates(codes, known) if codes.problems and len(known.texts) else codes.problems
    notes, texts = dict(codes.notes), codes.texts
    found = (("zeros_restored", mends.zeros), ("cleaned_inside", mends.plain), ("near_known", mends.near))
    for name, said in found:
        rows = int(_among(codes.texts, said).sum()) if said else 0
        if rows:
            notes[name] = rows
    if mends.shortened:
        wrong = np.flatnonzero(_among(texts, mends.shortened))
        problems = {**problems, **{int(at): mends.shortened[texts[int(at)].as_py()] for at in wrong}}
    if mends.restored:
        texts = _mended(texts, mends.restored)
    return replace(codes, texts=texts, problems=problems, notes=notes)


def _among(texts: Texts, said: Collection[str]) -> Flags:
    return flags(pc.is_in(texts, value_set=pa.array(list(said), type=pa.large_string())))


def _pairs(found: Mapping[str, str]) -> str:
    shown = ", ".join(f'"{text}" → "{code}"' for text, code in list(found.items())[:_SHOWN])
    return shown + (" …" if len(found) > _SHOWN else "")


def _mended(texts: Texts, found: Mapping[str, str]) -> Texts:
    mask = _among(texts, found)
    return replace_at(texts, mask, [found[text] for text in texts.filter(pa.array(mask)).to_pylist()])


def _absent(found: Mapping[str, str], beside: Callable[[Texts], Flags]) -> dict[str, str]:
    """Leave out what stands in the file beside its mended form: then they are two items."""
    if not found:
        return {}
    there = beside(pa.array(list(found.values()), type=pa.large_string()))
    return {text: code for (text, code), both in zip(found.items(), there.tolist(), strict=True) if not both}


def _with_candidates(codes: Codes, known: Known) -> dict[int, Problem]:
    """The faults of damaged codes, without those the known SKUs vouch for, with what the others may have been."""
    at = sorted(codes.problems)
    texts = codes.texts.take(pa.array(at))
    vouched = flags(pc.is_in(texts, value_set=known.texts))
    said = dict(zip(at, texts.to_pylist(), strict=True))
    hints: dict[str, str] = {}
    for position, text in said.items():
        if text not in hints:
            code = codes.problems[position].code
            found = known.lookalikes.of(code, text) if len(hints) < _LOOKED_AT else ()
            shown = ", ".join(found[:_SHOWN]) + (" …" if len(found) > _SHOWN else "")
            hints[text] = f"; known SKUs it may have been: {shown}" if found else ""
    return {
        position: replace(
            codes.problems[position], reason=codes.problems[position].reason + hints[said[position]]
        )
        for position, right in zip(at, vouched.tolist(), strict=True)
        if not right
    }


def _padded(new: Texts, known: Texts) -> dict[str, str]:
    """Codes of digits that are known with more zeros in front, and in no other way."""
    digits = new.filter(pa.array(matching(new, "^[0-9]+$")))
    if not len(digits):
        return {}
    padded = known.filter(pa.array(matching(known, "^0[0-9]+$")))
    all_known = known.filter(pa.array(matching(known, "^[0-9]+$")))
    bare = distinct(pc.ascii_ltrim(all_known, characters="0"))
    once = pa.array(bare.weights() == 1)
    single = bare.texts.filter(once)
    stripped = pc.ascii_ltrim(digits, characters="0")
    longest = pc.ascii_ltrim(padded, characters="0")
    at = pc.index_in(stripped, value_set=longest)
    sure = flags(pc.and_(pc.is_valid(at), pc.is_in(stripped, value_set=single)))
    there = pa.array(sure)
    found = dict(
        zip(digits.filter(there).to_pylist(), padded.take(at.filter(there)).to_pylist(), strict=True)
    )
    return {text: code for text, code in found.items() if len(code) > len(text)}


def _plain(new: Texts, known: Texts) -> dict[str, str]:
    """Codes with something invisible or a strange blank inside whose plain form is known."""
    odd = new.filter(pa.array(~flags(pc.string_is_ascii(new)) | matching(new, _INSIDE)))
    if not len(odd):
        return {}
    clean = pc.replace_substring_regex(pc.replace_substring_regex(odd, _INSIDE, ""), r"\p{Zs}", " ")
    good = flags(pc.is_in(clean, value_set=known)) & flags(pc.not_equal(clean, odd))
    pairs = zip(odd.to_pylist(), clean.to_pylist(), good.tolist(), strict=True)
    return {text: code for text, code, right in pairs if right}


def _near(new: Texts, known: Texts) -> dict[str, str]:
    """Codes that are known in other capitals or with other blanks, with that spelling."""
    at = pc.index_in(_folded(new), value_set=_folded(known))
    there = pc.is_valid(at)
    return dict(zip(new.filter(there).to_pylist(), known.take(at.filter(there)).to_pylist(), strict=True))


def _folded(texts: Texts) -> Texts:
    return pc.utf8_lower(
        pc.replace_substring_regex(pc.replace_substring_regex(texts, _INSIDE, ""), _BLANKS, "")
    )


def _shortened(new: Texts, known: Texts) -> dict[str, Problem]:
    """Long numbers whose digits from the 16th on are zeros, while a known code goes on otherwise."""
    suspects = new.filter(pa.array(matching(new, "^[0-9]{15}0+$"))).to_pylist()
    if not suspects:
        return {}
    longs = known.filter(pa.array(matching(known, "^[0-9]{16,}$"))).to_pylist()
    wrong: dict[str, Problem] = {}
    for text in suspects[:_LOOKED_AT]:
        found = [code for code in longs if len(code) == len(text) and code[:14] == text[:14]]
        if found:
            wrong[text] = Problem(
                "damaged_by_excel",
                f'"{text}" is a code that Excel made a number of, its last digits are gone: enter the full code as '
                f"text and export again; known SKUs it may have been: {', '.join(found[:_SHOWN])}",
            )
    return wrong
