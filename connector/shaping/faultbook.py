"""Collecting every fault of every row before one of them is rejected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from connector.model import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from connector.feeds.fields import Problem
    from connector.feeds.fields.text import Flags
    from connector.shaping.sheet import Cell


class FaultBook:
    """The faults found so far, by the position of the record. A row with three faults has three entries."""

    def __init__(self, lines: np.ndarray[Any, np.dtype[np.int32]]) -> None:
        """Open a book for records that stand on these lines."""
        self._lines = lines
        self._faults: dict[int, list[Fault]] = {}

    def add(self, at: int, fault: Fault) -> None:
        """Enter a fault that is already in words."""
        self._faults.setdefault(at, []).append(fault)

    def enter(
        self,
        positions: Iterable[int],
        column: Callable[[int], str],
        raw: Callable[[int], str],
        problem: Callable[[int], Problem],
    ) -> None:
        """Enter one fault for each position; column, raw text and problem are asked for each."""
        for position in positions:
            at = int(position)
            found = problem(at)
            self.add(at, Fault(int(self._lines[at]), column(at), raw(at), found.code, found.reason))

    def enter_all(self, positions: Iterable[int], cell: Cell, problem: Problem) -> None:
        """Enter the same problem for each position."""
        self.enter(positions, cell.label, cell.raw, lambda _: problem)

    def mask(self) -> Flags:
        """Tell which records have a fault."""
        found = np.zeros(len(self._lines), dtype=bool)
        found[list(self._faults)] = True
        return found

    def of(self, at: int) -> tuple[Fault, ...]:
        """Return the faults of one record, in the order they were found."""
        return tuple(self._faults.get(at, ()))
