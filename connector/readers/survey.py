"""One pass over the bytes of a text: whether they are UTF-8, its lines and quotes, and whether the fast path is safe.

Quotes are judged by parity: a quote at an even place must open a cell, one at an odd place must close it or be half of
a doubled one. Where that holds and no line end lies within quotes, every line is one record.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_BLOCK = 512 * 1024
_LF, _CR, _QUOTE = 10, 13, 34


@dataclass(frozen=True, slots=True)
class Survey:
    """`lines` physical lines (CRLF, LF or CR), `longest` bytes of one, whether the file `ends_open` (no line end).

    `utf8` tells whether all is UTF-8 without a NUL; where it is not, nothing else may be relied on.
    """

    lines: int
    longest: int
    ends_open: bool
    bare_returns: int
    marks: int
    tidy_quotes: bool
    lost: bool
    ascii: bool
    utf8: bool


def survey(data: memoryview, delimiter: str, *, quoting: bool, longest_from: int = 0) -> Survey:
    """Count and judge `data` (without mark); no line of fewer than `longest_from` bytes need be measured."""
    feeds = bare = quotes = longest = 0
    since = 0
    tidy, lost, nuls = True, False, False
    script = _Script()
    for begin, block, before, following in _blocks(data):
        raw = data[begin : begin + len(block) + 2].tobytes()
        feeds += int(np.count_nonzero(block == _LF))
        # Most files have none of these: looking for one is quicker than counting.
        returns, quoted = b"\r" in raw, b'"' in raw or quotes % 2
        nuls = nuls or 0 in raw
        if returns or quoted or begin + len(block) - since > longest_from:
            ends = np.flatnonzero(block == _LF)
            if returns:
                places = np.flatnonzero(block == _CR)
                bare += int(np.count_nonzero(following[places] != _LF))
                ends = np.sort(np.concatenate((ends, places)), kind="stable")
            if len(ends):
                places = ends.astype(np.int64) + begin
                longest = max(longest, int(np.diff(places, prepend=since).max()))
                since = int(places[-1])
            if quoted:
                marks = np.flatnonzero(block == _QUOTE)
                if quoting and tidy:
                    around = _Around(before, following, ord(delimiter[0]))
                    tidy = _tidy(block, marks, ends, quotes, around)
                quotes += len(marks)
        elif (last := raw.rfind(b"\n", 0, len(block))) >= 0:
            since = begin + last
        if not script.is_ascii(raw, len(block)):
            lost = lost or b"\xef\xbf\xbd" in raw
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
        ascii=script.ascii,
        utf8=script.ends_well() and not nuls,
    )


class _Script:
    """Whether the blocks of a text are ASCII, and UTF-8 together: a character may lie across two of them."""

    def __init__(self) -> None:
        self.ascii = True
        self._valid = True
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")

    def is_ascii(self, raw: bytes, size: int) -> bool:
        """Look at the next block, the first `size` bytes of `raw`; tells whether it and what follows it are ASCII."""
        if raw.isascii() and not self._decoder.getstate()[0]:
            return True
        block = raw[:size]
        self.ascii = self.ascii and block.isascii()
        if self._valid:
            try:
                self._decoder.decode(block)
            except UnicodeDecodeError:
                self._valid = False
        return False

    def ends_well(self) -> bool:
        """Whether all was UTF-8, to the last character."""
        return self._valid and not self._decoder.getstate()[0]


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
