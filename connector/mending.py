"""What of a row is still to be mended, and why: from the verdicts of the ledger to the rows of a correction file.

A row may be the records of several feeds, and in a wide table of many locations. Cells of records that went through
are left empty, which says nothing when the file is dropped again: by then a newer file may have set another value.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from connector import feeds
from connector.feeds import FieldKind
from connector.outbox import CorrectionRow
from connector.profiles.headers import key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from connector.feeds import Binding
    from connector.model import RowVerdict, Table
    from connector.profiles import Match


@dataclass(frozen=True, slots=True)
class _Cells:
    """The columns that hold the value of a feed's records; of those of one location in a wide table."""

    feed: str
    location: str | None
    columns: frozenset[int]


class Mending:
    """Puts together the rows of one table that did not go through, counting the `verdicts` they answer for.

    `codes` are the columns of codes, `as_it_is` those the profile wants without a `'` before formulas.
    """

    def __init__(self, table: Table, match: Match | None) -> None:
        self.verdicts = 0
        self.lost = 0
        bindings = match.bindings if match else ()
        self._values = [cells for binding in bindings for cells in _value_cells(binding)]
        self._locations = {one.location for one in self._values if one.location is not None}
        self.codes = frozenset(index for binding in bindings for index in _code_columns(binding))
        kept = {key(header) for header in match.policy.keep_formulas} if match else set()
        self.as_it_is = frozenset(index for index, header in enumerate(table.header) if key(header) in kept)

    def rows(
        self, verdicts: Iterable[RowVerdict], cells: Iterable[tuple[int, list[str]]]
    ) -> Iterator[CorrectionRow]:
        """The rows, one by one; both come in the order of the lines, the cells of the lines that have verdicts."""
        there = iter(cells)
        line, found = next(there, (0, []))
        for wanted, group in groupby(verdicts, lambda verdict: verdict.line):
            said = list(group)
            self.verdicts += len(said)
            if line != wanted:
                self.lost += 1
                yield CorrectionRow(wanted, [], self._reasons(said))
                continue
            empty = self._went_through(said)
            row = ["" if index in empty else cell for index, cell in enumerate(found)]
            yield CorrectionRow(wanted, row, self._reasons(said))
            line, found = next(there, (0, []))

    def _went_through(self, verdicts: Sequence[RowVerdict]) -> frozenset[int]:
        """The columns of a row whose values need not be said again."""
        left = [one for one in self._values if any(self._concerns(verdict, one) for verdict in verdicts)]
        kept = self.codes.union(*(one.columns for one in left))
        return frozenset[int]().union(*(one.columns for one in self._values)) - kept

    def _concerns(self, verdict: RowVerdict, cells: _Cells) -> bool:
        """A verdict whose location is not known concerns the cells of all."""
        if verdict.feed != cells.feed:
            return False
        return (
            cells.location is None
            or verdict.location == cells.location
            or verdict.location not in self._locations
        )

    def _reasons(self, verdicts: Sequence[RowVerdict]) -> list[str]:
        """Every reason once; in a wide table with the locations it is about, unless it is about all."""
        about: dict[str, dict[str, None]] = {}
        for verdict in verdicts:
            for fault in verdict.faults:
                text = f"{fault.column}: {fault.reason}" if fault.column else fault.reason
                about.setdefault(text, {})[verdict.location or ""] = None
            if not verdict.faults:
                about.setdefault(str(verdict.verdict), {})[verdict.location or ""] = None
        return [self._placed(text, list(locations)) for text, locations in about.items()]

    def _placed(self, text: str, locations: Sequence[str]) -> str:
        if not self._locations or self._locations <= set(locations) or not any(locations):
            return text
        return f"{', '.join(filter(None, locations))}: {text}"


def _value_cells(binding: Binding) -> Iterator[_Cells]:
    feed = feeds.by_name(binding.feed)
    said = {*binding.columns, *binding.constants}
    if binding.location.wide and not said.issuperset(feed.of_kind(FieldKind.QUANTITY)):
        names = {" ".join(name.split()).casefold(): code for name, code in binding.location.names.items()}
        for index, code in binding.location.wide.items():
            yield _Cells(feed.name, names.get(" ".join(code.split()).casefold(), code), frozenset({index}))
        return
    codes = set(_code_columns(binding))
    yield _Cells(feed.name, None, frozenset(binding.columns.values()) - codes)


def _code_columns(binding: Binding) -> Iterator[int]:
    feed = feeds.by_name(binding.feed)
    yield from (index for name, index in binding.columns.items() if feed.field(name).kind is FieldKind.CODE)
    if binding.location.column is not None:
        yield binding.location.column
