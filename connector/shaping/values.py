"""The values of one feed's records: quantities, or prices with their currency; one class for each.

`Reading` is what the whole table tells of its numbers. Quantities and prices of some rows then answer the same
questions, in this order: what is wrong with which record and which records say nothing (`read`), what repeated lines
add up to (`add_up`), which columns go into the frame (`columns`) and what the canonical texts are (`texts`).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connector.feeds import FieldKind
from connector.feeds.fields import (
    PIECE,
    Gathered,
    conventions,
    likeliest,
    parse,
    settle_by_history,
    take_apart,
)
from connector.model import GuardFinding
from connector.shaping.checks import Amounts, below_selling, check_prices
from connector.shaping.currencies import find_currencies
from connector.shaping.policy import may_raise, settle_quantities

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from connector.feeds import Binding, Feed, Policy
    from connector.feeds.fields import Convention, Distinct, Numerals, Parsed
    from connector.feeds.fields.text import Flags, Index, Texts, Whole
    from connector.shaping.faultbook import FaultBook
    from connector.shaping.sheet import Cell, Sheet
    from connector.shaping.totals import TotalSums

Floats = np.ndarray[Any, np.dtype[np.float64]]
Before: TypeAlias = "Callable[[str], Floats]"
Positions = np.ndarray[Any, np.dtype[np.int64]]


class Reading:
    """The columns of numbers of one feed over the whole table: each distinct text taken apart once, in its convention.

    First `gather` all rows, then `close`; from then on the numbers of any rows can be had.
    """

    def __init__(self, sheet: Sheet, feed: Feed, policy: Policy) -> None:
        """Take the fields of numbers; fields read from the same cells are read once."""
        self.kind = FieldKind.QUANTITY if feed.of_kind(FieldKind.QUANTITY) else FieldKind.MONEY
        fields = feed.of_kind(self.kind)
        sources = {sheet.source(field): field for field in reversed(fields)}
        self.fields = tuple(field for field in fields if field in sources.values())
        self._policy = policy
        self._gathered = {field: Gathered() for field in self.fields}
        self._labels: dict[str, str] = {}
        self._apart: dict[str, Numerals] = {}
        self._found: dict[str, Convention] = {}
        self._parsed: dict[str, Parsed] = {}

    def gather(self, sheet: Sheet) -> None:
        """Take in the next rows."""
        for field, gathered in self._gathered.items():
            cell = sheet.cell(field)
            self._labels.setdefault(field, cell.labels[0])
            gathered.add(cell.texts)

    def close(self, *, stored: bool) -> None:
        """All rows are gathered: find the conventions. `stored`: the cells are stored numbers of a workbook."""
        words = self._policy.words if self.kind is FieldKind.QUANTITY else None
        columns = {field: gathered.column() for field, gathered in self._gathered.items()}
        self._apart = {field: take_apart(column, self.kind, words) for field, column in columns.items()}
        self._found = conventions(
            self._apart, labels=self._labels, decimal_mark=self._policy.decimal_mark, stored_numbers=stored
        )

    @property
    def open(self) -> bool:
        """Whether only what was published before can tell how a column is written."""
        return any(found.open for found in self._found.values())

    def settle(self, sheets: Iterable[tuple[Sheet, Before]]) -> None:
        """Let all rows and what was published of them tell; `Before` gives the former values of a field."""
        rows: dict[str, list[tuple[Index, Floats]]] = {
            field: [] for field, found in self._found.items() if found.open
        }
        for sheet, before in sheets:
            for field, said in rows.items():
                at = self._apart[field].column.over(sheet.cell(field).texts).index
                said.append((at, before(field)))
        for field, said in rows.items():
            ats, befores = zip(*said, strict=True)
            self._found[field] = settle_by_history(
                self._apart[field], self._found[field], np.concatenate(ats), np.concatenate(befores)
            )

    def findings(self) -> list[GuardFinding]:
        """Return the questions a person must answer before the numbers of these columns can be read."""
        reasons = [convention.hold for convention in self._found.values() if convention.hold]
        return [GuardFinding("number_format", 1, 0, "hold", reason, question=True) for reason in reasons]

    def messages(self) -> list[str]:
        """Say how the columns were read, where there was something to find out."""
        return [
            f'column "{self._labels[field]}": decimal {"point" if found.mark == "." else "comma"}, '
            f"shown by {found.evidence}"
            for field, found in self._found.items()
            if found.mark
        ]

    def convention(self, field: str) -> Convention:
        """How the numbers of a column are written."""
        return self._found[field]

    def parsed(self) -> dict[str, Parsed]:
        """The numbers of every column."""
        if not self._parsed:
            self._parsed = {field: parse(apart, self._found[field]) for field, apart in self._apart.items()}
        return self._parsed

    def over(self, field: str, texts: Texts) -> Parsed:
        """The numbers of some rows of a column."""
        return self.parsed()[field].over(texts)


class Quantities:
    """Stock levels of records."""

    def __init__(self, sheet: Sheet, binding: Binding, feed: Feed, policy: Policy, reading: Reading) -> None:
        """Take the quantity column of some rows."""
        del binding
        (self._field,) = feed.of_kind(FieldKind.QUANTITY)
        self._policy = policy
        self._reading = reading
        self._cell = sheet.cell(self._field)
        self.notes: dict[str, int] = {}

    def read(self, book: FaultBook) -> Flags:
        """Parse the numbers, enter what is wrong with them, and tell which records are no instruction."""
        parsed = self._reading.over(self._field, self._cell.texts)
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

    def sum_up(self, sums: TotalSums, sheet: Sheet) -> None:
        """Add what the cells say, whatever becomes of their records."""
        sums.add(sheet, self._cell, self._parsed)

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

    def __init__(self, sheet: Sheet, binding: Binding, feed: Feed, policy: Policy, reading: Reading) -> None:
        """Take the price columns of some rows and find the currency of every record."""
        self._fields = feed.of_kind(FieldKind.MONEY)
        self._labels = {name: feed.field(name).label for name in self._fields}
        self._raises = may_raise(policy, list_price=binding.list_price)
        self._maximum = "list price" if binding.list_price else self._labels[self._fields[-1]]
        self.notes: dict[str, int] = {}
        cells = {field: sheet.cell(field) for field in reading.fields}
        self._parsed = {field: reading.over(field, cell.texts) for field, cell in cells.items()}
        column = sheet.cell("currency") if "currency" in binding.columns else None
        self._cells = {**cells, "currency": column or next(iter(cells.values()))}
        self._currencies = find_currencies(
            sheet.records,
            column.texts if column else None,
            said_currency(binding, policy),
            policy.currency,
            self._parsed,
        )

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
        for field, mask, wrong in check_prices(amounts, maximum=None if self._raises else self._maximum):
            cell = self._cells[field]
            book.enter(np.flatnonzero(mask), cell.label, cell.raw, wrong)
        by_field = {one.field: one.paise for one in amounts}
        one_for_all = amounts[0].paise
        self._raised: Flags = below_selling(amounts) if self._raises else np.zeros(len(blank), dtype=bool)
        # No price goes out above its MRP: that holds at Konnect whatever the sender calls it.
        by_field[amounts[-1].field] = np.where(self._raised, one_for_all, amounts[-1].paise)
        self._paise = {field: by_field.get(field, one_for_all) for field in self._fields}
        return blank

    def sum_up(self, sums: TotalSums, sheet: Sheet) -> None:
        """Prices are never added: what a line of totals says of them means nothing."""

    def add_up(self, sums: Mapping[int, Sequence[int]], kept: Flags, book: FaultBook) -> None:
        """Prices are never added: repeated lines that differ are refused instead."""

    def close(self, live: Flags) -> None:
        """Count the list prices that go out as the selling price."""
        count(self.notes, "list_raised", self._raised & live)

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


def said_currency(binding: Binding, policy: Policy) -> str | None:
    """The currency of prices whose cells name none."""
    return binding.constants.get("currency") or policy.currency


def unknown_currency(
    cells: Distinct | None, said: str | None, prices: Iterable[Parsed]
) -> list[GuardFinding]:
    """The question that holds a table of prices of which nothing says the currency; `cells` is the column of it."""
    known = bool(said) or (cells is not None and any(text.strip() for text in cells.texts.to_pylist()))
    prices = list(prices)
    known = known or any(likeliest(mark) for price in prices for mark in price.marks)
    if known or all(price.blank.all() for price in prices):
        return []
    return [GuardFinding("currency", 0, 1, "hold", _NO_CURRENCY, question=True)]


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


@cache
def _cents() -> Texts:
    return pa.array([f".{cents:02d}" for cents in range(100)], type=pa.large_string())


def two_decimals(paise: Whole) -> Texts:
    """Write amounts in paise with two decimals: "799.00"."""
    whole = pa.array(paise // 100).cast(pa.large_string())
    return pc.binary_join_element_wise(
        whole, _cents().take(pa.array(paise % 100)), pa.scalar("", pa.large_string())
    )
