"""Columns as blobs: Arrow's own format, compressed. What is written once can be read by any Arrow, years later."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from connector.later import later

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa
else:
    pa = later("pyarrow")

S = TypeVar("S")
T = TypeVar("T")
_SIDE_BY_SIDE = 2
_MANY = 100_000
"""Records that are worth two threads."""


@cache
def lot_schema() -> pa.Schema:
    """A record of a lot: its line, key and canonical value, and what stood there before.

    That is the value acknowledged before (null: never, "": in doubt) and the batch that set it (null: none), so that
    history is a chain and undo is possible.
    """
    return pa.schema(
        [
            ("line", pa.int32()),
            ("location", pa.dictionary(pa.int32(), pa.large_string())),
            ("sku", pa.large_string()),
            ("value", pa.large_string()),
            ("previous", pa.large_string()),
            ("previous_batch", pa.int64()),
        ]
    )


def pack_columns(columns: pa.RecordBatch) -> bytes:
    """A record batch as bytes."""
    out = pa.BufferOutputStream()
    with pa.ipc.new_stream(
        out, columns.schema, options=pa.ipc.IpcWriteOptions(compression="zstd", use_threads=False)
    ) as writer:
        writer.write_batch(columns)
    packed: bytes = out.getvalue().to_pybytes()
    return packed


def pack_each(parts: Sequence[pa.RecordBatch]) -> list[bytes]:
    """Record batches as bytes."""
    return side_by_side(pack_columns, parts, sum(part.num_rows for part in parts))


def side_by_side(work: Callable[[S], T], items: Sequence[S], records: int) -> list[T]:
    """What the work makes of each item, two at a time if there are many records: Arrow lets go of the interpreter."""
    if records < _MANY:
        return list(map(work, items))
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as threads:
        return list(threads.map(work, items))


def unpack_columns(blob: bytes, only: Sequence[str] | None = None) -> pa.RecordBatch:
    """What `pack_columns` was given; `only` some columns of a lot, by name."""
    told = None if only is None else [lot_schema().get_field_index(name) for name in only]
    options = pa.ipc.IpcReadOptions(included_fields=told, use_threads=False)
    with pa.ipc.open_stream(blob, options=options) as reader:
        return reader.read_next_batch()


def lot_columns(**columns: Sequence[Any]) -> pa.RecordBatch:
    """Columns of a lot by name, from plain sequences."""
    return pa.record_batch([_as(field, columns[field.name]) for field in lot_schema()], schema=lot_schema())


def _as(field: pa.Field, values: Sequence[Any]) -> Any:
    if pa.types.is_dictionary(field.type):
        return pa.array(values, type=field.type.value_type).dictionary_encode()
    return pa.array(values, type=field.type)
