"""One column for each field: the clearly best candidate, or a question when two are as good as each other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from connector.feeds import currency
from connector.profiles.candidates import (
    Candidate,
    candidates,
    is_item_name,
    unnumbered,
)
from connector.profiles.evidence import LIKELY, Column, same_values, side_by_side
from connector.profiles.headers import nearest
from connector.profiles.vocabulary import BARE_PRICE, NO_WORTH, VALUE_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from connector.feeds.feed import Field

_YEAR = re.compile(r"(?:19|20)\d\d")
_CURRENCY_IN_HEADER = re.compile(r"[(\[]\s*(?P<within>[A-Z]{3})\s*[)\]]|\b(?:USD|EUR|GBP|AED|SGD)\b|[€£]")
"""In brackets any code; without them only those that are no word of a language: `PRICE ALL` names no lek."""

ENOUGH_ROWS = 20
"""Rows in which a relation between two columns must hold before it is taken for more than chance."""

TELLING_APART = 0.5
"""Share of distinct values below which a code column hardly tells items apart."""


@dataclass(frozen=True, slots=True)
class Pick:
    """The column taken for a field and why; `guess` is set when a person should look at it once."""

    column: Column
    evidence: str
    guess: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """Several columns could be the field and nothing tells which: a person must say."""

    field: str
    columns: tuple[Column, ...]

    def __str__(self) -> str:
        """The question with the line of a profile that answers it."""
        named = ", ".join(
            f"{c.label} (column {c.index + 1}: {', '.join(c.filled[:3]) or 'empty'})" for c in self.columns
        )
        headers = [column.header.strip() for column in self.columns]
        first = self.columns[0]
        answer = f'"{headers[0]}"' if headers.count(headers[0]) == 1 and headers[0] else str(first.index + 1)
        line = (
            f"[location] column = {answer}" if self.about_location else f"[columns] {self.field} = {answer}"
        )
        return f"which column is {self.field}? {named} fit equally; write in a profile, for example: {line}"

    @property
    def about_location(self) -> bool:
        """Whether the answer belongs under [location]."""
        return self.field.startswith("location")


@dataclass(frozen=True, slots=True)
class Lost:
    """A column a profile names is not in the table; `successor` is the header that looks most like it."""

    field: str
    header: str
    successor: str | None

    def __str__(self) -> str:
        """The loss, and what to look at."""
        hint = (
            f"the nearest header now is '{self.successor}'"
            if self.successor
            else "no header there looks like it"
        )
        return f"the column '{self.header}' ({self.field}) is not in the table any more; {hint}"


Choice: TypeAlias = Pick | Question | None


def code_column(
    field: Field, columns: Sequence[Column], *, without: Collection[int], repeats: bool
) -> Choice:
    """The item's key: the best kind of code that tells items apart.

    `repeats` says that a key may stand on several lines because there is one line per location.
    """
    found = candidates(field, columns, without=without)
    usable = [
        one for one in found if one.column.filled_share >= TELLING_APART or not one.column.values
    ] or found
    if not usable:
        return None
    # A column called SKU is the key, repeated or not; any other code must tell most rows apart.
    trusted = repeats or usable[0].rank[0] <= 0
    telling = usable if trusted else [one for one in usable if one.column.distinct >= TELLING_APART] or usable
    tied = [one for one in telling if one.rank == telling[0].rank]
    best = tied[0] if len(tied) == 1 else _best_code(tied)
    if best is None:
        return Question(field.name, tuple(one.column for one in tied))
    guess = ""
    if is_item_name(best.column):
        guess = f"the item name {best.column.label} is taken as the key ({field.name}), nothing better is in the file"
    elif len(tied) > 1:
        others = " and ".join(one.column.label for one in tied if one is not best)
        guess = (
            f"{best.column.label} is the key ({field.name}) and not {others}: it looks more like item codes"
        )
    return Pick(best.column, best.evidence, guess)


def _best_code(tied: Sequence[Candidate]) -> Candidate | None:
    """The one code column that is plainly better filled, or written as people make codes; None: a question."""
    if same_values([one.column for one in tied]):
        return tied[0]
    for figure in _SIGNS_OF_A_CODE:
        best = max(figure(one.column) for one in tied)
        top = [one for one in tied if figure(one.column) == best]
        if len(top) == 1:
            return top[0]
    return None


_SIGNS_OF_A_CODE: tuple[Callable[[Column], int], ...] = (
    lambda column: round(column.filled_share * 3),
    lambda column: round(column.mixed * 2),
    lambda column: round(column.distinct * 5),
)
"""Figures by which one code column is better than another; coarse, so that chance decides nothing."""


def single_column(field: Field, columns: Sequence[Column], *, without: Collection[int]) -> Choice:
    """A quantity or a currency: the best candidate, or the question which of the equals."""
    found = candidates(field, columns, without=without)
    if not found:
        return None
    tied = [one for one in found if one.rank == found[0].rank]
    tied = [one for one in tied if not _is_switch(one.column)] or tied
    if len(tied) > 1 and not same_values([one.column for one in tied]):
        return Question(field.name, tuple(one.column for one in tied))
    guess = (
        f"{tied[0].column.label} is read as {field.name} ({tied[0].why})"
        if tied[0].why.startswith("like")
        else ""
    )
    if len(tied) > 1:
        others = " and ".join(one.column.label for one in tied[1:])
        guess = f"{tied[0].column.label} is taken as {field.name}; {others} holds the same values"
    return Pick(tied[0].column, tied[0].evidence, guess)


def _is_switch(column: Column) -> bool:
    """Whether a column only says yes or no, in figures; beside a real quantity it is not one."""
    return bool(column.filled) and set(column.filled) <= {"0", "1"}


def price_columns(
    low: Field, high: Field, columns: Sequence[Column], *, without: Collection[int], quantity: Column | None
) -> Mapping[str, Pick] | Question | str:
    """The selling price (`low`) and the list price (`high`): two columns, one for both, or a question.

    Returns a mapping field -> Pick; empty when the table has no price; a sentence when it has one that is only a cost.
    """
    lows, highs = candidates(low, columns, without=without), candidates(high, columns, without=without)
    found = {one.column.index: one for one in [*lows, *highs]}
    valued = [
        one.column for one in found.values() if quantity and is_valuation(one.column, quantity, columns)
    ]
    lows = [one for one in lows if one.column not in valued]
    highs = [one for one in highs if one.column not in valued]
    if not lows and not highs:
        named = " and ".join(column.label for column in valued)
        return f"{named} stands beside quantity and value: a cost, no selling price" if valued else {}
    if not lows or not highs:
        return _one_price(low, high, lows or highs, asked=low if lows else high)
    return _two_prices(low, high, lows, highs)


def _one_price(
    low: Field, high: Field, found: Sequence[Candidate], *, asked: Field
) -> Mapping[str, Pick] | Question:
    """Candidates for only one of the two fields: a single price counts for both, two lists are told apart by size."""
    tied = [one for one in found if one.rank == found[0].rank]
    if len(tied) == 1 or same_values([one.column for one in tied]):
        return _both(low, high, tied[0])
    return _price_lists(low, high, tied) or Question(asked.name, tuple(one.column for one in tied))


def _both(low: Field, high: Field, one: Candidate) -> Mapping[str, Pick]:
    note = f"{one.column.label} is the only price: taken for both {low.name} and {high.name}"
    return {low.name: Pick(one.column, one.evidence, note), high.name: Pick(one.column, one.evidence)}


def _two_prices(
    low: Field, high: Field, lows: Sequence[Candidate], highs: Sequence[Candidate]
) -> Mapping[str, Pick] | Question:
    """Candidates for both fields. A column that could be either is the one for which there is no other."""
    only_low = [one for one in lows if one.column.index not in {other.column.index for other in highs}]
    only_high = [one for one in highs if one.column.index not in {other.column.index for other in lows}]
    if not only_low and not only_high:
        return _one_price(low, high, lows, asked=low)
    chosen: dict[str, Pick] = {}
    for field, own, every, other in ((low, only_low, lows, only_high), (high, only_high, highs, only_low)):
        pool = own or [one for one in every if one not in other]
        tied = [one for one in pool if one.rank == pool[0].rank]
        if len(tied) > 1 and not same_values([one.column for one in tied]):
            return Question(field.name, tuple(one.column for one in tied))
        chosen[field.name] = Pick(tied[0].column, tied[0].evidence)
    return chosen


def _price_lists(low: Field, high: Field, tied: Sequence[Candidate]) -> Mapping[str, Pick] | None:
    """Two price lists that differ by their number only (`VENTA 1`, `VENTA 2`), one never above the other.

    Then the lower is what is asked and the higher what it is compared with: the only order in which every row can pass
    the check selling price <= list price. Anything less plain is a question.
    """
    one, *others = tied
    if len(others) != 1 or not _numbered_alike(one.column, others[0].column):
        return None
    if any(_YEAR.fullmatch(word) for word in one.column.words):
        return None  # prices of two years: which one holds is for a person to say
    rows = side_by_side(tied[0].column, tied[1].column)
    if len(rows) < ENOUGH_ROWS or not any(a != b for a, b in rows):
        return None
    if all(a <= b for a, b in rows):
        less, more = tied
    elif all(a >= b for a, b in rows):
        more, less = tied
    else:
        return None
    note = (
        f"{more.column.label} is never below {less.column.label} in {len(rows)} sampled rows: {less.column.label} is "
        f"taken as {low.name}, {more.column.label} as {high.name}; if that is wrong write "
        f'[columns] {low.name} = "…", {high.name} = "…"'
    )
    return {low.name: Pick(less.column, less.evidence, note), high.name: Pick(more.column, more.evidence)}


def _numbered_alike(one: Column, other: Column) -> bool:
    return one.words != other.words and unnumbered(one.words) == unnumbered(other.words)


def is_valuation(price: Column, quantity: Column, columns: Sequence[Column]) -> bool:
    """Whether a bare price stands with a quantity and its value in a stock report (Tally's Rate): then it is a cost.

    Shown by the figures (quantity x rate = value) where there are enough of them, else by the headers alone.
    """
    shared = frozenset(price.words) & frozenset(quantity.words)
    if not (set(price.words) - shared) <= BARE_PRICE:
        return False
    values = [column for column in columns if _is_worth(column)]
    if shared and any(shared.intersection(column.words) for column in values):
        return True  # one group of columns under one title, as in Closing Balance: Quantity, Rate, Value
    for value in values:
        rows = [row for row in side_by_side(quantity, price, value) if all(row)]
        if len(rows) < ENOUGH_ROWS:
            return True
        close = sum(abs(count * rate - worth) <= 0.02 * abs(worth) + 0.05 for count, rate, worth in rows)
        if close >= len(rows) / 2:
            return True
    return False


def _is_worth(column: Column) -> bool:
    """Whether a column holds the worth of a stock; `Option1 Value` is a size or a colour, `Discount Value` a rebate."""
    if not VALUE_WORDS.intersection(column.words) or NO_WORTH.intersection(unnumbered(column.words)):
        return False
    return not column.filled or column.numeric >= LIKELY


def default_currency(
    field: str, prices: Sequence[Column], configured: str | None
) -> tuple[str | None, str, str]:
    """The currency of prices that have no column for it: (code, why, what to tell).

    The shop's own, never the cells': a price in another currency is then refused row by row, not sent as ours.
    """
    seen = sorted({code for column in prices for code in column.currencies})
    if configured is None:
        if len(seen) != 1:
            return None, "", ""
        told = f"the currency {seen[0]} is taken from the cells, none is configured"
        return seen[0], f"the cells say {seen[0]}", told
    foreign = [code for code in seen if code != configured]
    if not foreign:
        return configured, "the configured currency", ""
    told = (
        f"the prices say {' and '.join(foreign)}, the configured currency is {configured}: such rows are rejected "
        f'unless a profile says [constants] {field} = "{foreign[0]}"'
    )
    return configured, "the configured currency", told


def foreign_currency(prices: Sequence[Column], configured: str) -> tuple[Column, str] | None:
    """The first price column whose header says another currency than the configured one, and which: `Price (USD)`."""
    for column in prices:
        said = _CURRENCY_IN_HEADER.search(column.header)
        mark = currency.mark_of(said.group("within") or said.group()) if said else None
        if mark and not currency.allows(mark, configured):
            return column, currency.likeliest(mark)
    return None


def successor(
    lost: str, columns: Sequence[Column], *, field: Field | None, without: Collection[int]
) -> str | None:
    """The header that most likely took the place of a lost one: alike in spelling, else the best for the same field."""
    free = [column for column in columns if column.index not in without and column.header.strip()]
    alike = nearest(lost, [column.header.strip() for column in free])
    if alike or field is None:
        return alike
    found = candidates(field, free)
    return found[0].column.header.strip() if found else None
