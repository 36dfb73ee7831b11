"""One pass over the bytes of a UTF-8 file: its lines, line ends and quotes, and whether the fast path is safe.

Quotes are judged by parity: a quote at an even place must open a cell, one at an odd place must close it or be half of
a doubled one. Where that holds and no line end lies within quotes, every line is one record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_BLOCK = 1024 * 1024
_LF, _CR, _QUOTE = 10, 13, 34


@dataclass(frozen=True, slots=True)
class Survey:
    """`lines` physical lines (CRLF, LF or CR), `longest` bytes of one, whether the file `ends_open` (no line end)."""

    lines: int
    longest: int
    ends_open: bool
    bare_returns: int
    marks: int
    tidy_quotes: bool
    lost: bool


def survey(data: memoryview, delimiter: str, *, quoting: bool) -> Survey:
    """Count and judge `data` (UTF-8 without mark)."""
    feeds = bare = quotes = longest = 0
    since = 0
    tidy, lost = True, False
    for begin, block, before, following in _blocks(data):
        raw = data[begin : begin + len(block) + 2].tobytes()
        ends = np.flatnonzero(block == _LF)
        feeds += len(ends)
        if b"\r" in raw:  # most files have none of these marks: looking for one is quicker than counting
            returns = np.flatnonzero(block == _CR)
            bare += int(np.count_nonzero(following[returns] != _LF))
            ends = np.sort(np.concatenate((ends, returns)), kind="stable")
        if len(ends):
            places = ends.astype(np.int64) + begin
            longest = max(longest, int(np.diff(places, prepend=since).max()))
            since = int(places[-1])
        if b'"' in raw or quotes % 2:
            marks = np.flatnonzero(block == _QUOTE)
            if quoting and tidy:
                around = _Around(before, following, ord(delimiter[0]))
                tidy = _tidy(block, marks, ends, quotes, around)
            quotes += len(marks)
        lost = lost or (not raw.isascii() and b"\xef\xbf\xbd" in raw)
    size = len(data)
    ends_open = size > 0 and data[size - 1] not in (_LF, _CR)
    return Survey(
        lines=feeds + bare + ends_open,
        longest=max(longest, size - since),
        ends_open=ends_open,
        bare_returns=bare,
        marks=quotes,
        tidy_quotes=not quoting or (tidy and quotes % 2 == 0),
        lost=lost,
    )


def _blocks(data: memoryview) -> Iterator[tuple[int, NDArray[np.uint8], int, NDArray[np.uint8]]]:
    """Offset and bytes of each block, the byte before it (first LF), each byte's follower (the last one's is CR)."""
    whole = np.frombuffer(data, dtype=np.uint8)
    for begin in range(0, len(whole), _BLOCK):
        end = min(begin + _BLOCK, len(whole))
        before = int(whole[begin - 1]) if begin else _LF
        following = whole[begin + 1 : end + 1]
        yield (
            begin,
            whole[begin:end],
            before,
            following if end < len(whole) else np.append(following, np.uint8(_CR)),
        )


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands around a block's bytes."""

    before: int
    following: NDArray[np.uint8]
    delimiter: int


def _tidy(
    block: NDArray[np.uint8],
    marks: NDArray[np.int64],
    ends: NDArray[np.int64],
    earlier: int,
    around: _Around,
) -> bool:
    """Whether the quotes of a block enclose cells, given how many came `earlier`, and no line ends within them."""
    if len(marks):
        opening, closing = marks[earlier % 2 :: 2], marks[1 - earlier % 2 :: 2]
        left = np.where(opening > 0, block[np.maximum(opening - 1, 0)], around.before)
        right = around.following[closing]
        if not np.isin(left, (around.delimiter, _LF, _QUOTE)).all():
            return False
        if not np.isin(right, (around.delimiter, _LF, _CR, _QUOTE)).all():
            return False
    inside = (np.searchsorted(marks, ends) + earlier) % 2
    return not inside.any()
