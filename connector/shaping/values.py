"""The values of one feed's records: quantities, or prices with their currency; one class for each.

Both answer the same questions, in this order: which questions hold the drop (`findings`), what is wrong
with which record and which records say nothing (`read`), what repeated lines add up to (`add_up`), which
columns go into the frame (`columns`) and what the canonical texts are (`texts`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connector.feeds import FieldKind
from connector.feeds.fields import PIECE, conventions, parse, settle_by_history, take_apart
from connector.model import GuardFinding
from connector.shaping.checks import Amounts, check_prices
from connector.shaping.currencies import find_currencies
from connector.shaping.policy import settle_quantities
from connector.shaping.totals import TotalSums

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from connector.feeds import Binding, Feed, Policy
    from connector.feeds.fields import Convention, Parsed
    from connector.feeds.fields.text import Flags, Texts, Whole
    from connector.model import TotalLine
    from connector.shaping.faultbook import FaultBook
    from connector.shaping.sheet import Cell, Sheet
    from connector.shaping.totals import TotalCheck

Before: TypeAlias = "Callable[[str], np.ndarray[Any, np.dtype[np.float64]]]"
Positions = np.ndarray[Any, np.dtype[np.int64]]
_CENTS = pa.array([f".{cents:02d}" for cents in range(100)], type=pa.large_string())


class Reading:
    """The columns of numbers of one feed, each distinct source once, taken apart and given a convention."""

    def __init__(
        self,
        sheet: Sheet,
        fields: Sequence[str],
        kind: FieldKind,
        policy: Policy,
        *,
        stored: bool,
        before: Before,
    ) -> None:
        """Read the columns of `fields`.

        `stored` tells that the cells are stored numbers of a workbook; `before` gives what was last published of a
        field, for numbers that the file alone cannot settle.
        """
        sources = {sheet.source(field): field for field in reversed(fields)}
        self.cells: dict[str, Cell] = {
            field: sheet.cell(field) for field in fields if field in sources.values()
        }
        words = policy.words if kind is FieldKind.QUANTITY else None
        self._apart = {field: take_apart(cell.texts, kind, words) for field, cell in self.cells.items()}
        self._found: dict[str, Convention] = conventions(
            self._apart,
            labels={field: cell.labels[0] for field, cell in self.cells.items()},
            decimal_mark=policy.decimal_mark,
            stored_numbers=stored,
        )
        self._found = {
            field: settle_by_history(self._apart[field], found, before(field)) if found.open else found
            for field, found in self._found.items()
        }

    def findings(self) -> list[GuardFinding]:
        """Return the questions a person must answer before the numbers of these columns can be read."""
        reasons = [convention.hold for convention in self._found.values() if convention.hold]
        return [GuardFinding("number_format", 1, 0, "hold", reason) for reason in reasons]

    def messages(self) -> list[str]:
        """Say how the columns were read, where there was something to find out."""
        return [
            f'column "{self.cells[field].labels[0]}": decimal {"point" if found.mark == "." else "comma"}, '
            f"shown by {found.evidence}"
            for field, found in self._found.items()
            if found.mark
        ]

    def convention(self, field: str) -> Convention:
        """How the numbers of a column are written."""
        return self._found[field]

    def parsed(self) -> dict[str, Parsed]:
        """Read the numbers of every column."""
        return {field: parse(apart, self._found[field]) for field, apart in self._apart.items()}


class Quantities:
    """Stock levels of records."""

    def __init__(
        self, sheet: Sheet, binding: Binding, feed: Feed, policy: Policy, *, stored: bool, before: Before
    ) -> None:
        """Take the quantity column of the sheet apart."""
        del binding
        (self._field,) = feed.of_kind(FieldKind.QUANTITY)
        self._policy = policy
        self._reading = Reading(
            sheet, (self._field,), FieldKind.QUANTITY, policy, stored=stored, before=before
        )
        self._cell = self._reading.cells[self._field]
        self.findings = self._reading.findings()
        self.messages = self._reading.messages()
        self.notes: dict[str, int] = {}

    def read(self, book: FaultBook) -> Flags:
        """Parse the numbers, enter what is wrong with them, and tell which records are no instruction."""
        parsed = self._reading.parsed()[self._field]
        index = parsed.column.index
        enter_problems(book, self._cell, parsed)
        self._millionths: Whole = parsed.values[index]
        self._parsed = parsed
        self._below: Flags = parsed.below_zero[index]
        self._cut: Flags = parsed.cut[index]
        self.notes.update(parsed.notes)
        blank: Flags = parsed.blank[index]
        self._settled = settle_quantities(self._millionths, self._below, self._cut, self._policy)
        if self._policy.duplicates != "sum":
            self._enter_rejected(book, ~blank)
        if self._policy.blank == "zero":
            count(self.notes, "blank_zero", blank)
            return np.zeros(len(blank), dtype=bool)
        return blank

    def check_totals(
        self, sheet: Sheet, totals: Sequence[TotalLine], *, doubtful: bool
    ) -> tuple[TotalCheck, ...]:
        """Compare what the rows add up to with the totals of the file; `doubtful`: a difference proves nothing."""
        if self._policy.totals == "ignore":
            return ()
        sums = TotalSums(self._field, totals)
        sums.add(sheet, self._cell, self._parsed)
        return sums.checks(self._reading.convention(self._field), doubtful=doubtful)

    def add_up(self, sums: Mapping[int, Sequence[int]], kept: Flags, book: FaultBook) -> None:
        """Give each position of `sums` the sum of its positions; `kept` are the records that stay."""
        for at, parts in sums.items():
            total = int(self._millionths[list(parts)].sum())
            self._cut[at] = bool(self._cut[list(parts)].any()) and total % PIECE != 0
            self._millionths[at], self._below[at] = total, total < 0
        self._settled = settle_quantities(self._millionths, self._below, self._cut, self._policy)
        self._enter_rejected(book, kept)

    def close(self, live: Flags) -> None:
        """Count what the policy did to the records that go out."""
        for name, mask in self._settled.touched.items():
            count(self.notes, name, mask & live)

    def columns(self, positions: Positions) -> dict[str, Any]:
        """Return the columns of the frame for some records."""
        return {self._field: self._settled.pieces[positions]}

    def texts(self, positions: Positions) -> Texts:
        """Return the canonical texts of some records: "5"."""
        return pa.array(self._settled.pieces[positions]).cast(pa.large_string())

    def _enter_rejected(self, book: FaultBook, among: Flags) -> None:
        for problem, mask in self._settled.rejected:
            book.enter_all(np.flatnonzero(mask & among), self._cell, problem)


class Prices:
    """Selling prices and MRPs of records, with their currency."""

    def __init__(
        self, sheet: Sheet, binding: Binding, feed: Feed, policy: Policy, *, stored: bool, before: Before
    ) -> None:
        """Take the price columns of the sheet apart and find the currency of every record."""
        self._fields = feed.of_kind(FieldKind.MONEY)
        self._labels = {name: feed.field(name).label for name in self._fields}
        self._reading = Reading(sheet, self._fields, FieldKind.MONEY, policy, stored=stored, before=before)
        self.findings = self._reading.findings()
        self.messages = self._reading.messages()
        self.notes: dict[str, int] = {}
        if self.findings:
            return
        self._parsed = self._reading.parsed()
        column = sheet.cell("currency") if "currency" in binding.columns else None
        self._cells = {**self._reading.cells, "currency": column or next(iter(self._reading.cells.values()))}
        self._currencies = find_currencies(
            sheet.records,
            column.texts if column else None,
            binding.constants.get("currency") or policy.currency,
            policy.currency,
            self._parsed,
        )
        if not self._currencies.known:
            self.findings.append(GuardFinding("currency", 0, 1, "hold", _NO_CURRENCY))

    def read(self, book: FaultBook) -> Flags:
        """Enter what is wrong with the prices and currencies, and tell which records are no instruction."""
        amounts = []
        for field, parsed in self._parsed.items():
            index = parsed.column.index
            enter_problems(book, self._cells[field], parsed)
            amounts.append(
                Amounts(
                    field, self._label(field), parsed.values[index], parsed.blank[index], parsed.broken[index]
                )
            )
            count(self.notes, "rounded", parsed.cut[index])
        blank: Flags = np.logical_and.reduce([one.blank for one in amounts])
        for field, mask, problem in self._currencies.faults:
            book.enter_all(np.flatnonzero(mask & ~blank), self._cells[field], problem)
        for field, mask, wrong in check_prices(amounts):
            cell = self._cells[field]
            book.enter(np.flatnonzero(mask), cell.label, cell.raw, wrong)
        by_field = {one.field: one.paise for one in amounts}
        one_for_all = amounts[0].paise
        self._paise = {field: by_field.get(field, one_for_all) for field in self._fields}
        return blank

    def check_totals(self, sheet: Sheet, totals: Sequence[TotalLine], *, doubtful: bool) -> tuple[()]:
        """Prices are never added: what a line of totals says of them means nothing."""
        del sheet, totals, doubtful
        return ()

    def add_up(self, sums: Mapping[int, Sequence[int]], kept: Flags, book: FaultBook) -> None:
        """Prices are never added: repeated lines that differ are refused instead."""

    def close(self, live: Flags) -> None:
        """Nothing of the policy touches prices beyond the rounding counted when they were read."""

    def columns(self, positions: Positions) -> dict[str, Any]:
        """Return the columns of the frame for some records: paise, and the currency code."""
        return {
            **{field: paise[positions] for field, paise in self._paise.items()},
            "currency": self._codes(positions),
        }

    def texts(self, positions: Positions) -> Texts:
        """Return the canonical texts of some records: "999.00|799.00|INR" (MRP, selling price, currency)."""
        money = [two_decimals(self._paise[field][positions]) for field in reversed(self._fields)]
        return pc.binary_join_element_wise(*money, self._codes(positions), pa.scalar("|", pa.large_string()))

    def _label(self, field: str) -> str:
        return self._labels[field] if len(self._parsed) > 1 else "price"

    def _codes(self, positions: Positions) -> Texts:
        codes = pa.array([*self._currencies.codes, ""], type=pa.large_string())
        return codes.take(pa.array(self._currencies.index[positions] % len(codes)))


_NO_CURRENCY = (
    'nothing says which currency the prices are in: write currency = "INR" (or your code) under policy in the '
    "profile, and retry the drop"
)


def enter_problems(book: FaultBook, cell: Cell, parsed: Parsed) -> None:
    """Enter what is wrong with the cells of one column of numbers."""
    index = parsed.column.index
    book.enter(
        np.flatnonzero(parsed.broken[index]), cell.label, cell.raw, lambda at: parsed.problems[int(index[at])]
    )


def count(notes: dict[str, int], name: str, mask: Flags) -> None:
    """Add the records that `mask` tells to a note; nothing is noted for none."""
    touched = int(mask.sum())
    if touched:
        notes[name] = notes.get(name, 0) + touched


def two_decimals(paise: Whole) -> Texts:
    """Write amounts in paise with two decimals: "799.00"."""
    whole = pa.array(paise // 100).cast(pa.large_string())
    return pc.binary_join_element_wise(
        whole, _CENTS.take(pa.array(paise % 100)), pa.scalar("", pa.large_string())
    )
