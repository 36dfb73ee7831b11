"""Bodies cut into the exact bytes of their records, so that halves carry money as first sent.

Nothing is decoded and encoded again: a record's bytes in a half are the record's bytes in the whole.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_SCAN = json.JSONDecoder().raw_decode
_BLANKS = re.compile(r"[ \t\n\r]*")


def split_payload(payload: bytes) -> list[bytes]:
    """The records of a JSON array body, each as its exact UTF-8 bytes, in order.

    `join_payload(split_payload(p))` is `p` for compact bodies (only white space between records is lost).
    Raises ValueError when the body is not one JSON array.
    """
    text = payload.decode("utf-8")
    at = _skip_blanks(text, 0)
    if text[at : at + 1] != "[":
        raise ValueError("a payload must be a JSON array")
    at = _skip_blanks(text, at + 1)
    records: list[bytes] = []
    if text[at : at + 1] == "]":
        at += 1
    else:
        at = _cut_records(text, at, records)
    if _skip_blanks(text, at) != len(text):
        raise ValueError("a payload must end with its array")
    return records


def _skip_blanks(text: str, at: int) -> int:
    blanks = _BLANKS.match(text, at)
    return blanks.end() if blanks else at


def _cut_records(text: str, at: int, records: list[bytes]) -> int:
    """Cut from the first record on; gives the place behind the closing bracket."""
    while True:
        _, end = _SCAN(text, at)
        records.append(text[at:end].encode("utf-8"))
        at = _skip_blanks(text, end)
        mark = text[at : at + 1]
        if mark == "]":
            return at + 1
        if mark != ",":
            raise ValueError(f"a payload's records must be separated by commas (character {at})")
        at = _skip_blanks(text, at + 1)


def join_payload(records: Sequence[bytes]) -> bytes:
    """One JSON array body from the exact bytes of its records."""
    return b"[" + b",".join(records) + b"]"


def count_records(payload: bytes) -> int:
    """How many records a JSON array body holds; ValueError when it is no array."""
    document = json.loads(payload)
    if not isinstance(document, list):
        raise ValueError("a payload must be a JSON array")  # noqa: TRY004 - one error for every wrong payload
    return len(document)
