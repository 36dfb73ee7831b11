"""Cells that a spreadsheet would take for a formula: a `'` in front of them, and the cell back from it."""

from __future__ import annotations

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_PLAIN_NUMBER = re.compile(r"[+-]?(?:\d[\d.,]*|[.,]\d+)(?:[eE][+-]?\d+)?%?")


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet would run the cell, or take its `'` for a sign of its own; a plain number is none."""
    return _FORMULA.match(cell) is not None and _PLAIN_NUMBER.fullmatch(cell) is None


def formula_safe(cell: str) -> str:
    """The cell so that no spreadsheet takes it for a formula: `'` in front unless it is a plain number.

    A cell that already has such a `'` gets another one, so that `formula_plain` gives back every cell
    exactly.
    """
    return f"'{cell}" if is_formula(cell) else cell


def formula_plain(cell: str) -> str:
    """The cell `formula_safe` or `formula_kept` was given: for reading a correction file that was dropped again."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def formula_kept(cell: str) -> str:
    """The cell as it is, where nothing can run it; only one that `formula_plain` would shorten gets a `'` more."""
    return cell if formula_plain(cell) == cell else f"'{cell}"
