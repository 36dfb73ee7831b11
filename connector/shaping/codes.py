"""Codes against the SKUs already known at these places: what they vouch for, mend on proof, or only point at.

Nothing is repaired in silence: what is mended is counted and shown, all else is a fault or a remark with the known
spelling in it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connector.feeds.fields import Codes, Problem, distinct
from connector.feeds.fields.text import flags, matching, replace_at
from connector.shaping.lookalikes import Lookalikes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connector.feeds.fields.text import Texts

_INSIDE = r"[\x00-\x1f\x7f\p{Cf}\p{Zl}\p{Zp}]"
_BLANKS = r"[\s\p{Zs}]+"
_SHOWN = 5
_LOOKED_AT = 500


@dataclass(frozen=True, slots=True)
class Vouched:
    """Codes after known SKUs were asked, and what a person should know of it."""

    codes: Codes
    messages: tuple[str, ...] = ()


def ask_known(codes: Codes, known: Texts) -> Vouched:
    """Hold a column of codes against the SKUs known at its places (each once); without any nothing changes.

    A code that is known is right, however damaged it looks. A damaged one is a fault with the known codes it may have
    been. Leading zeros, and the plain form of what is invisible inside, are restored only where the known SKUs have
    that form and not the one written. A spelling that differs by case or blanks goes as it is written, and is shown.
    """
    if not len(known):
        return Vouched(codes)
    problems = _with_candidates(codes, known)
    asked = np.ones(len(codes.texts), dtype=bool)
    asked[list(problems)] = False
    unknown = asked & ~codes.blank & ~flags(pc.is_in(codes.texts, value_set=known))
    if not unknown.any():
        return Vouched(replace(codes, problems=problems))
    new = distinct(codes.texts.filter(pa.array(unknown))).texts
    zeros = _absent(_padded(new, known), codes.texts)
    plain = _absent(
        {text: code for text, code in _plain(new, known).items() if text not in zeros}, codes.texts
    )
    near = {text: code for text, code in _near(new, known).items() if text not in {**zeros, **plain}}
    problems = {**problems, **_shortened(codes.texts, new, known)}
    notes, messages = dict(codes.notes), []
    texts = codes.texts
    for name, found, said in (
        ("zeros_restored", zeros, "leading zeros restored, as the known SKUs are written"),
        ("cleaned_inside", plain, "invisible characters inside taken away, as the known SKUs are written"),
        ("near_known", near, "differ from a known SKU by capitals or blanks only, sent as they are written"),
    ):
        rows = flags(pc.is_in(codes.texts, value_set=pa.array(list(found), type=pa.large_string())))
        if rows.any():
            notes[name] = int(rows.sum())
            messages.append(f"{notes[name]} codes: {said}: {_pairs(found)}")
    if zeros or plain:
        texts = _mended(texts, {**zeros, **plain})
    return Vouched(replace(codes, texts=texts, problems=problems, notes=notes), tuple(messages))


def _pairs(found: Mapping[str, str]) -> str:
    shown = ", ".join(f'"{text}" → "{code}"' for text, code in list(found.items())[:_SHOWN])
    return shown + (" …" if len(found) > _SHOWN else "")


def _mended(texts: Texts, found: Mapping[str, str]) -> Texts:
    mask = flags(pc.is_in(texts, value_set=pa.array(list(found), type=pa.large_string())))
    return replace_at(texts, mask, [found[text] for text in texts.filter(pa.array(mask)).to_pylist()])


def _absent(found: Mapping[str, str], texts: Texts) -> dict[str, str]:
    """Leave out what stands in the file beside its mended form: then they are two items."""
    there = flags(pc.is_in(pa.array(list(found.values()), type=pa.large_string()), value_set=texts))
    return {text: code for (text, code), both in zip(found.items(), there, strict=True) if not both}


def _with_candidates(codes: Codes, known: Texts) -> dict[int, Problem]:
    """The faults of damaged codes, without those the known SKUs vouch for, with what the others may have been."""
    if not codes.problems:
        return {}
    at = sorted(codes.problems)
    texts = codes.texts.take(pa.array(at))
    vouched = flags(pc.is_in(texts, value_set=known))
    said = dict(zip(at, texts.to_pylist(), strict=True))
    lookalikes = Lookalikes(known)
    hints: dict[str, str] = {}
    for position, text in said.items():
        if text not in hints:
            code = codes.problems[position].code
            found = lookalikes.of(code, text) if len(hints) < _LOOKED_AT else ()
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


def _shortened(texts: Texts, new: Texts, known: Texts) -> dict[int, Problem]:
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
    mask = flags(pc.is_in(texts, value_set=pa.array(list(wrong), type=pa.large_string())))
    return {int(at): wrong[texts[int(at)].as_py()] for at in np.flatnonzero(mask)}
