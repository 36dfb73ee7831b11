"""Which currency each price is in, and whether what stands beside the number agrees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from connector.feeds.fields import CODES, Problem, allows, distinct, likeliest, mark_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from connector.feeds.fields import Parsed
    from connector.feeds.fields.text import Flags, Index, Texts


@dataclass(frozen=True, slots=True)
class Currencies:
    """The currency of each record: position in `codes`, -1 where none is known.

    `faults` are (field, records, problem). `known` is False when nothing in file or profile says any
    currency.
    """

    index: Index
    codes: tuple[str, ...]
    faults: tuple[tuple[str, Flags, Problem], ...]
    known: bool


def find_currencies(
    size: int, cells: Texts | None, fallback: str | None, wanted: str | None, prices: Mapping[str, Parsed]
) -> Currencies:
    """Find the currency of `size` records.

    It is said by the currency column (`cells`, an Arrow array or None), else by `fallback` (a constant or
    the policy), else by the mark beside the price. `wanted` is what the policy insists on. `prices` are the
    parsed money columns.
    """
    book = _Book(np.full(size, -1, dtype=np.int32))
    if cells is not None:
        book.read_column(cells)
    if fallback:
        book.fill(np.full(size, book.code(fallback.strip().upper()), dtype=np.int32))
    else:
        for price in prices.values():
            said = np.array([book.code(likeliest(mark)) for mark in price.marks], dtype=np.int32)
            book.fill(said[price.mark[price.column.index]])
    known = bool((book.index >= 0).any()) or bool(book.faults)
    priced = np.zeros(size, dtype=bool)
    for price in prices.values():
        priced |= ~price.blank[price.column.index]
    unsaid = (book.index < 0) & priced & ~book.faulty
    book.fault(
        "currency", unsaid, Problem("currency_missing", "nothing says the currency: enter a code such as INR")
    )
    if wanted:
        book.insist(wanted.strip().upper())
    for field, price in prices.items():
        book.compare(field, price)
    return Currencies(book.index, tuple(book.codes), tuple(book.faults), known or not priced.any())


class _Book:
    """The currencies found so far and what is wrong with them."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.codes: list[str] = []
        self.faults: list[tuple[str, Flags, Problem]] = []
        self.faulty: Flags = np.zeros(len(index), dtype=bool)

    def code(self, text: str) -> int:
        """Return the position of a code, -1 for no code."""
        if not text:
            return -1
        if text not in self.codes:
            self.codes.append(text)
        return self.codes.index(text)

    def fill(self, index: Index) -> None:
        """Set the currency where none is known yet."""
        self.index = np.where((self.index < 0) & ~self.faulty, index, self.index)

    def fault(self, field: str, mask: Flags, problem: Problem) -> None:
        """Note what is wrong with the currency of some records."""
        if mask.any():
            self.faults.append((field, mask, problem))

    def read_column(self, cells: Texts) -> None:
        """Read the currency column."""
        column = distinct(cells)
        said: Sequence[str] = [text.strip() for text in column.texts.to_pylist()]
        codes = [likeliest(mark_of(text) or "") for text in said]
        self.index = np.array([*(self.code(code) for code in codes), -1], dtype=np.int32)[column.index]
        for at, (text, code) in enumerate(zip(said, codes, strict=True)):
            if text and code not in CODES:
                mask = column.index == at
                self.faulty = self.faulty | mask
                reason = f'"{text}" is no currency code: write three letters, such as INR'
                self.fault("currency", mask, Problem("currency_unknown", reason))

    def insist(self, wanted: str) -> None:
        """Note the records whose currency is not the one of the profile."""
        for at, code in enumerate(self.codes):
            if code != wanted:
                reason = f"the price is in {code}, but the profile says {wanted}: correct one of them"
                self.fault("currency", self.index == at, Problem("currency_mismatch", reason))

    def compare(self, field: str, price: Parsed) -> None:
        """Note the prices whose mark contradicts their currency."""
        for number, mark in enumerate(price.marks):
            wrong = [at for at, code in enumerate(self.codes) if not allows(mark, code)]
            if wrong:
                beside = price.mark[price.column.index] == number
                self._contradict(field, mark, beside & np.isin(self.index, wrong))

    def _contradict(self, field: str, mark: str, mask: Flags) -> None:
        for at in np.unique(self.index[mask]):
            reason = (
                f"the cell says {mark.upper()}, but the price should be in {self.codes[at]}: correct the price, or "
                f"the currency in the profile"
            )
            self.fault(field, mask & (self.index == at), Problem("currency_mismatch", reason))
