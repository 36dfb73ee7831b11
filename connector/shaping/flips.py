"""How codes that are new come from codes that are gone: one rule that connects most of them is a flip of the key.

An export that suddenly writes its codes another way looks like thousands of new items and as many that have vanished.
Looked for on a sample, in the order of `FORMS`, then as something put before or behind the code, or taken away.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from connector.feeds.fields.text import Texts

Pair = tuple[str, str]
"""A code as it was and as it is now."""

SAMPLE = 500
"""Codes looked at, from all over the table."""

CONNECTED = 0.5
"""Share of the sample that must come from a code of its own by one rule."""

_ALIKE = 0.6
"""Share of the longer code that both must have in common where what was added begins within a word."""


@dataclass(frozen=True, slots=True)
class Flip:
    """The rule that connects the codes, in words, and one of them as it was and as it is now."""

    rule: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Form:
    """A form in which codes are the same whichever way they are written; `more` and `less` say what happened.

    `more` is for the longer code being the new one, `less` for the shorter; for codes of equal length it is `less`.
    """

    of: Callable[[Texts], Texts]
    more: str
    less: str


def _without(pattern: str) -> Callable[[Texts], Texts]:
    return lambda texts: pc.replace_substring_regex(texts, pattern=pattern, replacement="")


FORMS: tuple[Form, ...] = (
    Form(_without(r"\.0+$"), 'have ".0" behind them', 'have lost the ".0" behind them'),
    Form(_without("^0+"), "have zeros before them", "have lost the zeros before them"),
    Form(pc.utf8_lower, "have other capitals", "have other capitals"),
    Form(
        _without(r"[\s\-_./\\|,:;#*]+"),
        "have blanks, dashes or points between their parts",
        "have lost or changed the blanks, dashes or points between their parts",
    ),
)


def find_flip(new: Texts, gone: Texts) -> Flip | None:
    """The one rule by which most of the new codes come from codes that are gone; both are unique. None: there is none.

    A code that is gone counts once: many codes that begin like one are no flip.
    """
    if not len(new) or not len(gone):
        return None
    wanted = CONNECTED * min(len(new), SAMPLE)
    for form in FORMS:
        pairs = _same_in(form, _sample(new), gone)
        if len(pairs) > wanted:
            was, now = pairs[0]
            return Flip(form.more if len(now) > len(was) else form.less, was, now)
    added = _affixed(_sample(new), gone)
    if len(added) > wanted:
        return _told([(short, long) for short, long in added], "have {affix} {side} them")
    lost = _affixed(_sample(gone), new)
    if len(lost) > CONNECTED * min(len(gone), SAMPLE):
        return _told([(long, short) for short, long in lost], "have lost {affix} {side} them")
    return None


def _sample(texts: Texts) -> Texts:
    if len(texts) <= SAMPLE:
        return texts
    return texts.take(pa.array(np.linspace(0, len(texts) - 1, SAMPLE).astype(np.int64)))


def _same_in(form: Form, new: Texts, gone: Texts) -> list[Pair]:
    at = pc.index_in(form.of(new), value_set=form.of(gone))
    was = gone.take(at).to_pylist()
    return _each_once((old, now) for old, now in zip(was, new.to_pylist(), strict=True) if old is not None)


def _affixed(longer: Texts, shorter: Texts) -> list[Pair]:
    """(shorter, longer) code where the longer has something before or behind it: the side with more pairs."""
    codes = longer.to_pylist()
    # Most lists have codes of one length or few: only what is as long as one of them need be looked up.
    lengths = sorted(pc.unique(pc.utf8_length(shorter)).drop_null().to_pylist(), reverse=True)
    return max((_connected(codes, shorter, lengths, cut) for cut in (_head, _tail)), key=len)


def _connected(
    codes: list[str], shorter: Texts, lengths: Sequence[int], cut_to: Callable[[str, int], str]
) -> list[Pair]:
    asked = [(cut_to(code, length), code) for code in codes for length in lengths if 0 < length < len(code)]
    if not asked:
        return []
    there = pc.is_in(pa.array([cut for cut, _ in asked], type=pa.large_string()), value_set=shorter)
    found: dict[str, str] = {}
    for (cut, code), known in zip(asked, there.to_pylist(), strict=True):
        if known:
            found.setdefault(code, cut)  # the longest comes first
    pairs = _each_once((cut, code) for code, cut in found.items())
    affixes = Counter(_affix(short, long) for short, long in pairs)
    affix, often = affixes.most_common(1)[0] if affixes else ("", 0)
    if often > CONNECTED * len(codes):
        return [pair for pair in pairs if _affix(*pair) == affix]
    return [pair for pair in pairs if _is_apart(*pair)]


def _head(code: str, length: int) -> str:
    return code[:length]


def _tail(code: str, length: int) -> str:
    return code[-length:]


def _each_once(pairs: Iterable[Pair]) -> list[Pair]:
    return list(dict(pairs).items())


def _affix(short: str, long: str) -> str:
    return long[len(short) :] if long.startswith(short) else long[: len(long) - len(short)]


def _is_apart(short: str, long: str) -> bool:
    """Whether what is more begins at a blank or a mark, or is little beside what both have."""
    border = long[len(short)] if long.startswith(short) else long[-len(short) - 1]
    return not border.isalnum() or len(short) >= _ALIKE * len(long)


def _told(pairs: list[Pair], words: str) -> Flip:
    was, now = pairs[0]
    short, long = sorted((was, now), key=len)
    affixes = Counter(_affix(*sorted(pair, key=len)) for pair in pairs)
    affix, often = affixes.most_common(1)[0]
    what = f'"{affix.strip()}"' if often > CONNECTED * len(pairs) else "something"
    side = "behind" if long.startswith(short) else "before"
    return Flip(words.format(affix=what, side=side), was, now)
