"""How much of the memory that is free again the process keeps: a daemon little, a process that lives for one file much.

It is glibc's allocator that is told here (mallopt(3)); elsewhere its usual ways stay. Arrow and NumPy both ask it.
"""

from __future__ import annotations

import ctypes
import gc
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENAS = -1, -3, -8
_MB = 1024 * 1024


@contextmanager
def all_stays() -> Iterator[None]:
    """While much is imported: Python would look through it for garbage again and again, and find none."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def keep_little() -> None:
    """Threads share two heaps instead of having up to eight for each core, and what is free at their ends goes back.

    A column of a part of a table is one to four megabytes, and what a compressor works in some hundred kilobytes: what
    was let go is the room for the next. The system would give each anew, page by page and filled with zeros, which took
    a tenth of all time.
    """
    _tell({_ARENAS: 2, _MMAP_THRESHOLD: 4 * _MB, _TRIM_THRESHOLD: 8 * _MB})


def keep_much() -> None:
    """What one block of a file has used, the next uses again: the system would else give each page anew, and empty."""
    _tell({_MMAP_THRESHOLD: 256 * _MB, _TRIM_THRESHOLD: 512 * _MB})


def _tell(wishes: dict[int, int]) -> None:
    with suppress(AttributeError, OSError):  # no glibc
        mallopt = ctypes.CDLL(None).mallopt
        for what, value in wishes.items():
            mallopt(what, value)
