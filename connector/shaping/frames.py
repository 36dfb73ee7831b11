"""Tables are data frames of pandas; records made of them are columns by name, texts of Arrow and numbers of NumPy.

A data frame does all that and more, but on the way from a table to its batches each of its steps takes as long for a
hundred rows as a plan of them should take (docs/decisions/0016-columns-not-rows.md). It is imported here and not at the
top: it comes in while the first file is being read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from connector.feeds.fields.text import Flags, Whole


def ready() -> None:
    """Import pandas, while there is nothing else to do."""
    import pandas as pd  # noqa: F401, PLC0415


def table_of(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """One table of several, numbered anew."""
    import pandas as pd  # noqa: PLC0415  a quarter of a second

    return pd.concat(parts, ignore_index=True)


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
