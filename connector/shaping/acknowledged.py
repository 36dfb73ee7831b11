"""Values last acknowledged for some records, taken apart: canonical texts such as "999.00|799.00|INR" as columns."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connector.feeds import FieldKind
from connector.feeds.fields.text import flags

if TYPE_CHECKING:
    from connector.feeds import Feed
    from connector.feeds.fields.text import Flags, Texts

Floats = np.ndarray[Any, np.dtype[np.float64]]
_NUMBERS = (FieldKind.MONEY, FieldKind.QUANTITY)
_PAISE = 100


class Acknowledged:
    """One value for each record, in its order: null where never any was, "" where it is in doubt."""

    def __init__(self, values: Texts, feed: Feed) -> None:
        self._values = values
        self._feed = feed

    def numbers(self, field: str) -> Floats | None:
        """A field of every value, in pieces or paise: NaN where nothing is known. None: nothing is known of any.

        Good for comparing sizes only, never for a value that is sent.
        """
        if field not in self._feed.values or self._numbers is None:
            return None
        return self._numbers[:, self._place(field)] * (_PAISE if self._is_money(field) else 1)

    def same(self, field: str, rows: Flags, texts: Texts) -> Flags:
        """Those of some records whose text of a field is what it was."""
        there = np.flatnonzero(rows)
        at = pa.array(there)
        before = pc.list_element(pc.split_pattern(self._values.take(at), "|"), self._place(field))
        kept = np.zeros(len(rows), dtype=bool)
        kept[there] = flags(pc.equal(before, texts.take(at)))
        return kept

    def text(self, field: str, at: int) -> str:
        """A field of one value, as a person reads it; the value must be known."""
        return str(self._values[at].as_py()).split("|")[self._place(field)]

    def _place(self, field: str) -> int:
        return self._feed.values.index(field)

    def _is_money(self, field: str) -> bool:
        return self._feed.field(field).kind is FieldKind.MONEY

    @cached_property
    def _numbers(self) -> Floats | None:
        """A row for each value, a column for each of its fields."""
        known = flags(pc.greater(pc.binary_length(self._values), 0))
        if not known.any():
            return None
        found = self._taken_apart(self._values if known.all() else self._values.filter(pa.array(known)))
        if known.all():
            return found
        spread = np.full((len(known), found.shape[1]), np.nan)
        spread[known] = found
        return spread

    def _taken_apart(self, values: Texts) -> Floats:
        kinds = [self._feed.field(name).kind in _NUMBERS for name in self._feed.values]
        parts = pc.split_pattern(values, "|").flatten() if len(kinds) > 1 else values
        kept = parts if all(kinds) else _only(parts, np.tile(kinds, len(values)))
        numbers: Floats = kept.cast(pa.float64()).to_numpy(zero_copy_only=False)
        return numbers.reshape(len(values), len(kinds))


def _only(texts: Texts, kept: Flags) -> Texts:
    """The same texts, null where they are not kept, without copying one."""
    bits = np.packbits(np.append(np.zeros(texts.offset, dtype=bool), kept), bitorder="little")
    buffers = [pa.py_buffer(bits.tobytes()), *texts.buffers()[1:]]
    return pa.Array.from_buffers(texts.type, len(texts), buffers, offset=texts.offset)
