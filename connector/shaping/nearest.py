"""Known SKUs that are written nearly as one nobody knows: shown to a person, never put in its place."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from connector.feeds.fields.text import Texts

SHOWN = 3
_LIKE = 0.75
_SHORTEST = 3
_LOOKED_AT = 5_000


class Nearest:
    """The known SKUs, ready to be asked for those like another one."""

    def __init__(self, known: Texts) -> None:
        """Take the known SKUs, each once."""
        self._known = known

    def of(self, code: str) -> list[str]:
        """Return at most three known SKUs like this one, the nearest first.

        With one slip the first or the second half is right: only those that share one of them are compared.
        """
        wanted = _plain(code)
        if len(wanted) < _SHORTEST:
            return []
        half = len(wanted) // 2
        like = pc.or_(pc.starts_with(self._folded, wanted[:half]), pc.ends_with(self._folded, wanted[half:]))
        near = pc.binary_length(self._folded)
        size = len(wanted.encode())
        like = pc.and_(like, pc.and_(pc.greater_equal(near, size - 2), pc.less_equal(near, size + 2)))
        there = self._known.filter(like)[:_LOOKED_AT].to_pylist()
        by_plain = {_plain(one): one for one in reversed(there)}
        return [by_plain[one] for one in get_close_matches(wanted, by_plain, SHOWN, _LIKE)]

    @cached_property
    def _folded(self) -> Texts:
        folded: Texts = pc.utf8_lower(pc.replace_substring_regex(self._known, r"[\s\-_./]+", ""))
        return folded if isinstance(folded, pa.Array) else folded.combine_chunks()


def _plain(code: str) -> str:
    """Without blanks, hyphens and the like, which people leave out, and capitals."""
    return "".join(char for char in code.lower() if not char.isspace() and char not in "-_./")
