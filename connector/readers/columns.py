"""The typed cells of a sheet as columns of text, block by block: the same text as `cell_text` gives cell by cell."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connector.readers.numbers import EXACT, cell_text, number_text
from connector.readers.table import HEAD_RECORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from connector.readers.oddities import Oddities
    from connector.readers.stored import Peek

_PIECE, _PIECES = 2_048, 32
BLOCK_ROWS = _PIECE * _PIECES
"""Rows of each block below the head."""

_TEXT = pa.large_string()
_PLAIN_FROM, _PLAIN_BELOW = 1e-4, 1e10
"""Between these Arrow writes a fraction as Python does: shortest, without an exponent."""


def text_blocks(rows: Sequence[Sequence[object]], peek: Peek, oddities: Oddities) -> Iterator[list[pa.Array]]:
    """Rows, all of one width, as columns of text: first the head where the table is looked for, then larger blocks.

    What calamine does not tell (`peek`) is put in, and every cell passes before `oddities`.
    """
    pieces = _pieces(rows, peek, oddities)
    yield next(pieces, [])
    while together := list(islice(pieces, _PIECES)):
        yield [pa.concat_arrays(column) for column in zip(*together, strict=True)]


def _pieces(rows: Sequence[Sequence[object]], peek: Peek, oddities: Oddities) -> Iterator[list[pa.Array]]:
    """Columns of text of a few rows at a time, so that cells are still at hand when their column comes to its turn."""
    flaws, zeros = _by_column(peek.flaws), _by_column(peek.zeros)
    first, behind = 0, HEAD_RECORDS
    while block := rows[first:behind]:
        columns = []
        for column, values in enumerate(zip(*block, strict=True)):
            text = _text_of(values)
            oddities.look(first, column, values, text)
            text = _with_flaws(text, first, flaws.get(column, {}))
            columns.append(_with_zeros(text, first, column, zeros.get(column, {}), oddities))
        yield columns
        first, behind = behind, behind + _PIECE


def _text_of(values: Sequence[object]) -> pa.Array:
    """The text of each cell of a column."""
    kinds = set(map(type, values))
    if kinds == {str}:
        return pa.array(values, _TEXT)
    if kinds == {float}:
        return number_texts(np.array(values, np.float64))
    if kinds == {float, str}:
        is_number = np.fromiter((kind is float for kind in map(type, values)), np.bool_, len(values))
        numbers = np.array([value for value in values if type(value) is float], np.float64)
        texts = pa.array([value for value in values if type(value) is str], _TEXT)
        order = np.empty(len(values), np.int64)
        order[~is_number] = np.arange(len(texts))
        order[is_number] = np.arange(len(texts), len(values))
        return pa.concat_arrays([texts, number_texts(numbers)]).take(pa.array(order))
    return pa.array([value if isinstance(value, str) else cell_text(value) for value in values], _TEXT)


def number_texts(numbers: NDArray[np.float64]) -> pa.Array:
    """What `number_text` says of each number."""
    size = np.abs(numbers)
    whole = (size < EXACT) & (numbers == np.trunc(numbers))
    texts = pa.array(np.where(whole, numbers, 0).astype(np.int64)).cast(_TEXT)
    if whole.all():
        return texts
    texts = pc.if_else(pa.array(whole), texts, pa.array(numbers).cast(_TEXT))
    odd = ~whole & ~((size >= _PLAIN_FROM) & (size < _PLAIN_BELOW))
    said = [number_text(number) for number in numbers[odd].tolist()]
    return pc.replace_with_mask(texts, pa.array(odd), pa.array(said, _TEXT)) if said else texts


def _by_column(places: dict[tuple[int, int], Any]) -> dict[int, dict[int, Any]]:
    found: dict[int, dict[int, Any]] = {}
    for (row, column), what in places.items():
        found.setdefault(column, {})[row] = what
    return found


def _with_flaws(text: pa.Array, first: int, flaws: dict[int, str]) -> pa.Array:
    """A column with the errors and formulas that stand where calamine gives a blank."""
    mine = [row for row in flaws if first <= row < first + len(text)] if flaws else []
    if not mine:
        return text
    cells = text.to_pylist()
    for row in mine:
        cells[row - first] = cells[row - first] or flaws[row]
    return pa.array(cells, _TEXT)


def _with_zeros(
    text: pa.Array, first: int, column: int, zeros: dict[int, int], oddities: Oddities
) -> pa.Array:
    """A column with the zeros that its number formats show in front."""
    mine = sorted(row for row in zeros if first <= row < first + len(text)) if zeros else []
    if not mine:
        return text
    cells = text.to_pylist()
    for row in mine:
        cell, digits = cells[row - first], zeros[row]
        if cell.isdigit() and len(cell) < digits:
            cells[row - first] = cell.zfill(digits)
            oddities.padded(row, column)
    return pa.array(cells, _TEXT)
