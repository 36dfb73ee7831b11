"""How bodies and line numbers become small blobs, and back: four bytes with the length, then a Zstandard frame.

Line numbers go as differences: those of a file rise, so a million of them are some kilobytes.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from connector.later import later

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy as np
    import pyarrow as pa
else:
    np = later("numpy")
    pa = later("pyarrow")

_LENGTH = 4
_FEW = 255
_ONE_BYTE_OF_SIZE = b"\x28\xb5\x2f\xfd\x20"
"""How a Zstandard frame begins of which the next byte tells the size."""


@cache
def _codec() -> pa.Codec:
    return pa.Codec("zstd", compression_level=3)


def pack(body: bytes) -> bytes:
    """Bytes, compressed; few of them as they are, for there is nothing to gain."""
    if len(body) <= _FEW:
        return len(body).to_bytes(_LENGTH, "little") + _frame_of(body)
    packed: bytes = _codec().compress(body, asbytes=True)
    return len(body).to_bytes(_LENGTH, "little") + packed


def _frame_of(few: bytes) -> bytes:
    """A frame of one raw block (RFC 8878, 3.1.1): a context for the compressor alone takes longer than the rest."""
    block = len(few) << 3 | 1  # the last one, raw
    return _ONE_BYTE_OF_SIZE + bytes((len(few),)) + block.to_bytes(3, "little") + few


def unpack(blob: bytes) -> bytes:
    """What `pack` was given."""
    size = int.from_bytes(blob[:_LENGTH], "little")
    body: bytes = _codec().decompress(memoryview(blob)[_LENGTH:], size, asbytes=True)
    return body


def pack_ints(numbers: Sequence[int] | Any) -> bytes:
    """Whole numbers (a sequence or a NumPy array) of at most 63 bits, as compressed differences."""
    plain = np.asarray(numbers, dtype="<i8")
    return pack(np.diff(plain, prepend=0).astype("<i8").tobytes())


def unpack_ints(blob: bytes) -> tuple[int, ...]:
    """What `pack_ints` was given."""
    return tuple(np.cumsum(np.frombuffer(unpack(blob), dtype="<i8")).tolist())


def records_of(payload: bytes) -> list[bytes]:
    """The exact bytes of each record in a payload: the elements of its first JSON array, untouched.

    The array may stand alone (stock, price) or inside an object (order actions). Raises ValueError without
    one.
    """
    text = payload.decode()
    return [text[start:end].encode() for start, end in _elements(text, text.index("[") + 1)]


def _elements(text: str, position: int) -> Iterator[tuple[int, int]]:
    decoder = json.JSONDecoder()
    while True:
        while text[position] in " \t\r\n,":
            position += 1
        if text[position] == "]":
            return
        _, end = decoder.raw_decode(text, position)
        yield position, end
        position = end


def in_groups(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Lists of at most `size` items; the items are asked for no earlier than needed."""
    group: list[Any] = []
    for item in items:
        group.append(item)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group
