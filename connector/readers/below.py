"""What the rows below a header tell of its columns: which are nearly always filled, hold figures, number the rows."""

from __future__ import annotations

from itertools import islice, zip_longest

from connector.readers.cells import has_digit, is_number, says_total

_MANY_ROWS = 3
"""Rows that make a table; fewer tell nothing."""

_USUALLY = 0.95
_NEARLY = 0.8
_MOSTLY = 0.6


def always(body: list[list[str]], width: int) -> frozenset[int]:
    """The columns nearly every row fills; lines with one cell only are left out, for they may be no rows."""
    rows = [row for row in body if filled(row) > 1]
    columns = _columns(rows, width) if rows else []
    return frozenset(at for at, cells in enumerate(columns) if len(cells) >= len(rows) * _USUALLY)


def filled(row: list[str]) -> int:
    """How many cells of a row say something."""
    return len(row) - row.count("")


def _columns(body: list[list[str]], width: int) -> list[list[str]]:
    """What stands in each of the first columns, without empty cells."""
    turned = islice(zip_longest(*body, fillvalue=""), width)
    columns = [[*filter(None, column)] for column in turned]
    return [*columns, *([] for _ in range(width - len(columns)))]


def sound(body: list[list[str]]) -> list[list[str]]:
    """The rows without those that look like none: totals, and lines without a figure that fill half as much as others.

    A row that merely lacks what is optional has its figures.
    """
    counts = sorted(many for row in body if (many := filled(row)) > 1)
    usual = counts[len(counts) // 2] if counts else 0
    least = usual // 2 + (usual > _MANY_ROWS)
    numbers = _of_numbers(body)

    def has_figure(row: list[str]) -> bool:
        return any(is_number(row[column]) for column in numbers if column < len(row))

    return [
        row for row in body if not any(map(says_total, row)) and (filled(row) >= least or has_figure(row))
    ]


def _of_numbers(body: list[list[str]]) -> list[int]:
    """The columns most cells of which are numbers."""
    columns = _columns(body, max(map(len, body), default=0))
    return [
        at for at, cells in enumerate(columns) if cells and sum(map(is_number, cells)) > len(cells) * _MOSTLY
    ]


def down_to_a_gap(body: list[list[str]]) -> list[list[str]]:
    """The rows above the first line that is blank or says one thing only: what comes below may be another table."""
    gaps = (at for at, row in enumerate(body) if at >= _MANY_ROWS and filled(row) <= 1)
    above = body[: next(gaps, len(body))]
    return [row for row in above if filled(row) > 1 or len(row) == 1]


def figures(body: list[list[str]], width: int) -> frozenset[int]:
    """The columns that hold codes or numbers: nearly all their cells have a digit."""
    return frozenset(
        at
        for at, cells in enumerate(_columns(body, width))
        if len(cells) >= _MANY_ROWS and sum(map(has_digit, cells)) >= len(cells) * _NEARLY
    )


def tight(body: list[list[str]], width: int) -> frozenset[int]:
    """The columns in which no cell is of several words, as codes are not; lines with one cell only are left out."""
    columns = _columns([row for row in body if filled(row) > 1], width)
    return frozenset(
        at for at, cells in enumerate(columns) if len(cells) >= _MANY_ROWS and " " not in "".join(cells)
    )


def counter(body: list[list[str]]) -> int | None:
    """The column that numbers the rows 0, 1, 2 … or 1, 2, 3 …, if there is one."""
    rows = [row for row in body if any(row)]
    if len(rows) < 5:  # noqa: PLR2004 - too few to tell a numbering from chance
        return None
    for column in range(min(2, max(map(len, rows)))):
        values = [row[column] if column < len(row) else "" for row in rows]
        if values[0] not in ("0", "1"):
            continue
        steps = sum(1 for index, value in enumerate(values) if value == str(int(values[0]) + index))
        if steps >= len(values) * _USUALLY:
            return column
    return None


def labels(body: list[list[str]], width: int) -> tuple[int, ...]:
    """The first three columns of words, and the first column even if it holds digits only: a total is named there."""
    words = [
        at
        for at, cells in enumerate(_columns(body, width))
        if not cells or sum(map(is_number, cells)) < len(cells) * _MOSTLY
    ]
    return tuple(sorted({0, *words[:3]}))
