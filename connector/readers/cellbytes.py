"""Looks into the bytes of a column of text: what is done for each cell of a file must not make an object of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from numpy.typing import NDArray


def ends_in(column: pa.Array) -> NDArray[np.signedinteger]:
    """Where each cell of a column of text begins in its bytes, and where the last one ends: one more than cells."""
    kind: type[np.signedinteger] = np.int64 if pa.types.is_large_string(column.type) else np.int32
    places = column.buffers()[1]
    if places is None:
        return np.zeros(1, kind)
    return np.frombuffer(places, dtype=kind)[column.offset : column.offset + len(column) + 1]


def bytes_of(column: pa.Array) -> NDArray[np.uint8]:
    """The bytes of all cells of a column of text, and perhaps of others."""
    return np.frombuffer(column.buffers()[2] or b"", dtype=np.uint8)
