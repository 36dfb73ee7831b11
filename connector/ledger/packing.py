"""How columns and bodies become small blobs, and back. Everything is zlib at its fastest level.

Line numbers go as differences: those of a file rise, so a million of them are some kilobytes.
"""

from __future__ import annotations

import json
import zlib
from array import array
from itertools import accumulate, chain
from operator import sub
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_LEVEL = 1
_NOTHING = 0  # stands for None among batch numbers, which start at 1


def pack(body: bytes) -> bytes:
    """Bytes, compressed."""
    return zlib.compress(body, _LEVEL)


def unpack(blob: bytes) -> bytes:
    """What `pack` was given."""
    return zlib.decompress(blob)


def pack_ints(numbers: Sequence[int] | Any) -> bytes:
    """Whole numbers (a sequence or a NumPy array) of at most 63 bits, as compressed differences."""
    plain: list[int] = numbers.tolist() if hasattr(numbers, "tolist") else list(numbers)
    return zlib.compress(array("q", map(sub, plain, chain((0,), plain))).tobytes(), _LEVEL)


def unpack_ints(blob: bytes) -> tuple[int, ...]:
    """What `pack_ints` was given."""
    steps = array("q")
    steps.frombytes(zlib.decompress(blob))
    return tuple(accumulate(steps))


def pack_optional_ints(numbers: Sequence[int | None]) -> bytes:
    """Numbers from 1 up, or None."""
    return pack_ints([_NOTHING if number is None else number for number in numbers])


def unpack_optional_ints(blob: bytes) -> tuple[int | None, ...]:
    """What `pack_optional_ints` was given."""
    return tuple(None if number == _NOTHING else number for number in unpack_ints(blob))


def pack_texts(texts: Sequence[str | None]) -> bytes:
    """Texts, or None."""
    return zlib.compress(json.dumps(list(texts), ensure_ascii=False, separators=(",", ":")).encode(), _LEVEL)


def unpack_texts(blob: bytes) -> tuple[str | None, ...]:
    """What `pack_texts` was given."""
    return tuple(json.loads(zlib.decompress(blob)))


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


def key_of(record: bytes) -> tuple[str | None, str | None]:
    """Location and SKU of a record, where it has them."""
    fields = json.loads(record)
    if not isinstance(fields, dict):
        return None, None
    return fields.get("location_id"), fields.get("sku")


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
