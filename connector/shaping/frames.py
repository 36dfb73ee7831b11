"""Records as columns by name: texts as Arrow arrays, numbers as NumPy arrays.

A data frame of pandas does all this and more, and each of its steps takes as long for a hundred rows as a plan of them
should take (docs/decisions/0016-columns-not-rows.md).
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from connector.feeds.fields.text import Flags, Whole


class _NotHere(MetaPathFinder):
    def find_spec(self, fullname: str, *_: object) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname)


def ready() -> None:
    """Have Arrow look for pandas now, and not find it: it does when it is first handed a list, and never again.

    Nothing of ours needs it while files go through: 0.2 s, and 40 MB. Who imports it later has it.
    """
    if "pandas" not in sys.modules:
        finder = _NotHere()
        sys.meta_path.insert(0, finder)
        try:
            pa.array([""])
        finally:
            sys.meta_path.remove(finder)


class Frame:
    """Columns of one length; they are shared, and never changed."""

    __slots__ = ("_columns",)

    def __init__(self, columns: Mapping[str, Any]) -> None:
        """Arrow arrays of text and NumPy arrays of numbers, by name; at least one."""
        self._columns = dict(columns)

    def __len__(self) -> int:
        return len(next(iter(self._columns.values())))

    def __contains__(self, name: str) -> bool:
        return name in self._columns

    def __getitem__(self, name: str) -> Any:
        """The column of that name."""
        return self._columns[name]

    def cells(self, at: int, *names: str) -> list[Any]:
        """What stands in these columns of one record, as plain values."""
        found = (self._columns[name][at] for name in names)
        return [one.as_py() if isinstance(one, pa.Scalar) else one.item() for one in found]

    def take(self, at: Whole) -> Frame:
        """The records at these positions, in that order."""
        places = pa.array(at)
        return Frame({
            name: one[at] if isinstance(one, np.ndarray) else one.take(places)
            for name, one in self._columns.items()
        })  # fmt: skip

    def where(self, kept: Flags) -> Frame:
        """The records that are told."""
        return self if kept.all() else self.take(np.flatnonzero(kept))

    def slice(self, start: int, stop: int) -> Frame:
        """The records from one position up to another."""
        return Frame({
            name: one[start:stop] if isinstance(one, np.ndarray) else one.slice(start, max(stop - start, 0))
            for name, one in self._columns.items()
        })  # fmt: skip

    def assign(self, **columns: Any) -> Frame:
        """The same with other columns, or more of them."""
        return Frame({**self._columns, **columns})

    def to_pandas(self) -> pd.DataFrame:
        """A data frame of it, for who wants to look at it."""
        frame: pd.DataFrame = pa.table(self._columns).to_pandas()
        return frame


def joined(frames: Iterable[Frame]) -> Frame:
    """One of several with the same columns."""
    several = list(frames)
    first = several[0]
    return Frame({name: _joined([one[name] for one in several]) for name in first._columns})  # noqa: SLF001  its own


def _joined(columns: Sequence[Any]) -> Any:
    return np.concatenate(columns) if isinstance(columns[0], np.ndarray) else pa.concat_arrays(columns)
