"""How the codes of a shop are shaped: letters, figures and marks in their order. New items are coded like the old ones.

Names are no codes: they have every shape, and say nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pyarrow.compute as pc

if TYPE_CHECKING:
    from connector.feeds.fields.text import Texts

MOST = 0.9
"""Share of the codes that the usual shapes must cover."""

FEW = 5
"""A shop's codes have at most so many shapes."""


def fits(new: Texts, known: Texts) -> bool:
    """Whether the new codes are shaped as the known ones, which have few shapes, all with figures."""
    if not len(new) or not len(known):
        return False
    usual = Counter(_shapes(known)).most_common(FEW)
    shapes = [shape for shape, _ in usual if "9" in shape]
    covered = sum(count for shape, count in usual if shape in shapes)
    alike = sum(1 for shape in _shapes(new) if shape in shapes)
    return covered >= MOST * len(known) and alike >= MOST * len(new)


def _shapes(codes: Texts) -> list[str]:
    """`KRT-101-M` is `A-9-A`; of a code that is one number the length counts too."""
    words = pc.replace_substring_regex(codes, pattern=r"\p{L}+", replacement="A")
    shapes: list[str] = pc.replace_substring_regex(words, pattern=r"\d+", replacement="9").to_pylist()
    lengths = pc.utf8_length(codes).to_pylist()
    return [
        f"9 of {length}" if shape == "9" else shape for shape, length in zip(shapes, lengths, strict=True)
    ]
