"""What the rows of a table say, as one number: two tables that say the same at the same lines have the same."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from connector.ahead import Behind
from connector.later import later
from connector.readers.document import batches
from connector.readers.spool import ROWS_PER_BATCH

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
    from numpy.typing import NDArray

    from connector.model import Table
else:
    np = later("numpy")
    pa = later("pyarrow")
    pc = later("pyarrow.compute")

LINES_TOGETHER = 1_000_000
_ABSENT = -1


def digest(table: Table, columns: Sequence[int]) -> str:
    """The SHA-256 of what stands in these columns and at which lines, however the rows were cut into batches.

    Letters and lengths of each column go into hashes of their own, so that no cell can run into the next.
    """
    lines = hashlib.sha256()
    letters, lengths = ([hashlib.sha256() for _ in columns] for _ in range(2))

    def add_letters(batch: pa.RecordBatch) -> None:
        for place, texts in enumerate(batch.columns[1:]):
            letters[place].update(_letters(texts))

    # To hash lets go of the interpreter: half of it in another thread.
    with Behind(add_letters, here=table.rows <= ROWS_PER_BATCH) as beside:
        for batch in batches(table, columns):
            beside.add(batch)
            lines.update(batch.column(0).to_numpy())
            for place, texts in enumerate(batch.columns[1:]):
                lengths[place].update(pc.binary_length(texts).fill_null(_ABSENT).to_numpy())
    whole = hashlib.sha256()
    for one in (lines, *letters, *lengths):
        whole.update(one.digest())
    return whole.hexdigest()


def lines(table: Table, together: int = LINES_TOGETHER) -> Iterator[NDArray[np.int32]]:
    """The lines of the rows, some of them `together` (the last may be fewer)."""
    waiting, held = [], 0
    for batch in batches(table, ()):
        waiting.append(batch.column(0).to_numpy())
        held += batch.num_rows
        if held >= together:
            yield np.concatenate(waiting)
            waiting, held = [], 0
    if held:
        yield np.concatenate(waiting)


def _letters(texts: Any) -> memoryview:
    """The letters of a column of large strings, one text after the other."""
    _, offsets, letters = texts.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    return memoryview(letters)[ends[0] : ends[-1]] if letters is not None and len(ends) else memoryview(b"")
