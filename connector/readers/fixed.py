"""Printed reports: columns told by their place in the line, with runs of blanks between them and no delimiter.

Where the columns end is found by evidence: places that are blank in every row of a sample, or the gaps of a ruler line
(`-----  ------`). One blank is no gap, for names have blanks inside, unless it is wider in many of the rows.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from connector.later import later
from connector.readers.cells import is_number, is_ruler

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray
else:
    np = later("numpy")

Gaps = tuple[tuple[int, int], ...]
"""Places that are blank between one column and the next: first and behind the last, 0-based."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_CHUNK = re.compile(r"\S+(?: \S+)*")
_RUN = re.compile(r"\S+")
_BLANKS = re.compile(" +")
_LINES = 2_000
_LONGEST = 1_000
_FEWEST = 3
_SPARED_FROM = 8
"""From so many rows on, one that runs over its column does not hide where the column ends."""

_NEARLY_NONE = 0.05
_OFTEN = 0.25
_MOSTLY = 0.7


def printed(line: str) -> str:
    """A line as it shows on paper: tabs as blanks, without page breaks, printer controls and blanks at its end."""
    return _CONTROLS.sub("", line.rstrip("\r\n")).replace("\xa0", " ").expandtabs(8).rstrip()


def find_gaps(lines: Sequence[str]) -> Gaps:
    """The gaps between the columns of a printed report, from a sample of its lines; none where it is no report."""
    shown = [text for line in lines[:_LINES] if (text := printed(line))]
    if max(map(len, shown), default=0) > _LONGEST:
        return ()
    rows = [text for text in shown if not is_ruler(text.split())]
    ruled = _ruled([text for text in shown if is_ruler(text.split())], rows)
    if ruled:
        return ruled
    chunks = [len(_CHUNK.findall(text)) for text in rows]
    usual = sorted(chunks)[len(chunks) * 3 // 4] if chunks else 0
    tabular = [text for text, count in zip(rows, chunks, strict=True) if count >= max(2, usual / 2)]
    if len(tabular) < max(_FEWEST, len(rows) / 2):
        return ()
    return _blank_in_all(_without_straddlers(_filled(tabular)))


def cut(line: str, gaps: Gaps) -> list[str]:
    """The cells of a line; fewer than there are columns where it ends early, or where text runs over a gap.

    Such a line is read only if it has one piece of text for every column, or is a label before numbers, as totals are;
    otherwise all from that text on stands in one cell.
    """
    text = printed(line)
    cells: list[str] = []
    start = 0
    for first, behind in gaps:
        if start >= len(text):
            break
        place = _place_in(text, first, behind)
        if place is None:
            return _by_pieces(text, gaps) or _alone([*cells, text[start:].strip()])
        cells.append(text[start:place].strip())
        start = place
    return _alone([*cells, text[start:].strip()] if start < len(text) or not cells else cells)


def _alone(cells: list[str]) -> list[str]:
    """Words that are all a line says are a note and no cell, wherever they stand."""
    said = [cell for cell in cells if cell]
    return said if len(said) == 1 and " " in said[0] else cells


def _place_in(text: str, first: int, behind: int) -> int | None:
    """Where to cut within a gap: amid its longest run of blanks, as a text may reach into it from either side.

    One blank alone may be one between words, unless the next column begins behind it as usual, or a number.
    """
    if len(text) <= first:
        return behind
    within = text[first:behind].ljust(behind - first)
    longest = max(_BLANKS.finditer(within), key=lambda run: run.end() - run.start(), default=None)
    if longest is None:
        return None
    place = first + (longest.start() + longest.end()) // 2
    wide = longest.end() - longest.start() > 1 or longest.end() == len(within)
    return place if wide or text[first + longest.end()].isdigit() else None


def _by_pieces(text: str, gaps: Gaps) -> list[str]:
    """The pieces of a line, each in the column it stands in; none where a piece may belong to several columns."""
    pieces = list(_CHUNK.finditer(text))
    starts, ends = [0, *(behind for _, behind in gaps)], [*(first for first, _ in gaps), len(text)]
    columns = list(enumerate(zip(starts, ends, strict=True)))
    touched = [
        [index for index, (start, end) in columns if piece.start() < end and piece.end() > start]
        for piece in pieces
    ]
    if len(pieces) == len(starts) and all(index in touched[index] for index, _ in columns):
        return [piece.group() for piece in pieces]
    label, *others = pieces
    placed = [found[0] for found in touched[1:] if len(found) == 1]
    if not others or len(placed) < len(others) or len({*touched[0], *placed}) < len(touched[0]) + len(placed):
        return []
    if any(map(str.isdigit, label.group())) or not all(is_number(piece.group()) for piece in others):
        return []
    cells = [""] * (placed[-1] + 1)
    for index, piece in zip([touched[0][0], *placed], pieces, strict=True):
        cells[index] = piece.group()
    return cells


def _ruled(rulers: Sequence[str], rows: Sequence[str]) -> Gaps:
    """The gaps of a ruler line, where most lines are blank in them (a gap may be one blank)."""
    for ruler in rulers:
        runs = [run.span() for run in _RUN.finditer(ruler)]
        gaps = tuple((left[1], right[0]) for left, right in pairwise(runs))
        tabular = [text for text in rows if gaps and len(text) > gaps[0][1]]
        fitting = sum(1 for text in tabular if all(" " in text[a:b] or len(text) <= a for a, b in gaps))
        if len(tabular) >= _FEWEST - 1 and fitting >= len(tabular) * _MOSTLY:
            return gaps
    return ()


def _filled(lines: Sequence[str]) -> NDArray[np.bool_]:
    """Which places of each line carry text."""
    marks = np.array(lines).view("U1").reshape(len(lines), -1)
    filled: NDArray[np.bool_] = (marks != " ") & (marks != "")
    return filled


def _without_straddlers(filled: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The lines but those whose text runs over a wide gap of nearly all others."""
    few = max(len(filled) * _NEARLY_NONE, len(filled) >= _SPARED_FROM)
    straddling = np.zeros(len(filled), dtype=bool)
    for first, behind in _runs(filled.sum(axis=0) <= few):
        if behind - first > 1:
            around = filled[:, first - 1 : behind + 1]
            bridged = (around[:, 1:] | around[:, :-1]).all(axis=1)
            straddling |= bridged & filled[:, behind:].any(axis=1)
    return filled if straddling.mean() > _OFTEN else filled[~straddling]


def _blank_in_all(filled: NDArray[np.bool_]) -> Gaps:
    """Runs of places blank in all lines; one of a single place only if many lines with text behind it show a wider gap.

    Where names end, a blank within the longest of them stands alone as well, but those show no wider gap.
    """
    gaps = []
    runs = _runs(filled.sum(axis=0) == 0)
    ends = [*(first for first, _ in runs), filled.shape[1]][1:]
    for (first, behind), end in zip(runs, ends, strict=False):
        both = filled[filled[:, behind:end].any(axis=1) & filled[:, :first].any(axis=1)]
        wider = ~both[:, first - 1] | ~both[:, behind]
        if behind - first > 1 or (wider.size and wider.mean() >= _OFTEN):
            gaps.append((first, behind))
    return tuple(gaps)


def _runs(blank: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Runs of blank places between the first and the last that are not."""
    edges = np.flatnonzero(np.diff(np.concatenate(([True], blank, [True])).astype(np.int8)))
    return [(int(first), int(behind)) for first, behind in zip(edges[1::2], edges[2::2], strict=False)]
