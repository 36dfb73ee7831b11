"""What the sampled values of a column say about it, whatever its header claims."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from connector.model import LINE_COLUMN, REASON_COLUMN
from connector.profiles.headers import all_words, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connector.model import Table

MOSTLY = 0.9
"""Share from which a column counts as being of one kind: some dirt is usual, and is the business of row checks."""

LIKELY = 0.5
"""Share from which a column may be of a kind, though much in it is not."""

OURS = frozenset({REASON_COLUMN, LINE_COLUMN})

LONGEST_NUMBER = 40
"""No figure of a shop has more characters, signs and unit included."""

_CURRENCY_SIGNS = {"₹": "INR", "€": "EUR", "£": "GBP", "¥": "JPY", "rs": "INR", "rs.": "INR"}
_MONEY = r"(?:[A-Za-z]{3}|[₹€£¥$]|[Rr]s\.?|US\$|R\$)"
_NUMBER = re.compile(
    rf"^\(?[+\-−<>]?\s*(?:{_MONEY}\s*)?[+\-−]?(?:\d[\d.,'’\s\u00a0\u202f]*|[.,]\d+)(?:[eE][+-]?\d+)?\)?"
    rf"\s*(?:{_MONEY}|[+\-−]|/-|[Dd]r\.?|[Cc]r\.?|%|[^\W\d_]{{1,6}}\.?)?$"
)
_CURRENCY_CELL = re.compile(r"^\s*[(\-−]?\s*([A-Z]{3}|[₹€£¥]|[Rr]s\.?)\s*[-−]?\d|\d\s*([A-Z]{3}|[₹€£¥])\s*$")
_BLANKS = frozenset({"", "-", "--", "n/a", "na", "null", "nil", "none"})


def is_blank(value: str) -> bool:
    """Whether a cell says nothing."""
    return value.strip().casefold() in _BLANKS


def is_number(value: str) -> bool:
    """Whether a cell reads as a number with at most a sign, a currency and a unit around it."""
    return len(value) <= LONGEST_NUMBER and _NUMBER.match(value.strip()) is not None


def currency_of(value: str) -> str | None:
    """The currency a money cell names (`ARS 2625.00` -> ARS, `₹ 99` -> INR); None when it names none."""
    found = _CURRENCY_CELL.search(value.strip())
    if found is None:
        return None
    sign = found.group(1) or found.group(2)
    return _CURRENCY_SIGNS.get(sign.casefold(), sign if sign.isalpha() else None)


def plain_number(value: str) -> float | None:
    """A cell as a rough figure, for comparing columns only: never for a value that is sent. None when it is none."""
    digits = re.sub(r"[^\d.,\-−]", "", value).replace("−", "-")
    if "," in digits and re.search(r",\d{1,2}$", digits):
        digits = digits.replace(".", "").replace(",", ".")
    try:
        return float(digits.replace(",", ""))
    except ValueError:
        return None


@dataclass(frozen=True)
class Column:
    """One column of a table: its place, header and sampled values."""

    index: int
    header: str
    values: tuple[str, ...] = field(repr=False)

    @property
    def words(self) -> tuple[str, ...]:
        """The words that name it."""
        return words(self.header)

    @property
    def all_words(self) -> tuple[str, ...]:
        """Its words with those in parentheses, where a warning such as `(cost)` may stand."""
        return all_words(self.header)

    @property
    def label(self) -> str:
        """How the sender finds the column: its header, else its number."""
        return f"'{self.header.strip()}'" if self.header.strip() else f"column {self.index + 1} (no header)"

    @cached_property
    def filled(self) -> tuple[str, ...]:
        """The values that say something."""
        return tuple(value.strip() for value in self.values if not is_blank(value))

    @cached_property
    def filled_share(self) -> float:
        """Share of cells that say something; 1.0 without any sample, since nothing speaks against the column."""
        return len(self.filled) / len(self.values) if self.values else 1.0

    @cached_property
    def numeric(self) -> float:
        """Share of the filled cells that are numbers; 1.0 when nothing is filled."""
        return sum(map(is_number, self.filled)) / len(self.filled) if self.filled else 1.0

    @cached_property
    def distinct(self) -> float:
        """Share of the filled cells that differ; 1.0 when nothing is filled."""
        return len(set(self.filled)) / len(self.filled) if self.filled else 1.0

    @cached_property
    def mixed(self) -> float:
        """Share of the filled cells with letters and digits together, as people make item codes."""
        codes = [
            v
            for v in self.filled
            if any(c.isdigit() for c in v) and any(c.isalpha() for c in v) and " " not in v
        ]
        return len(codes) / len(self.filled) if self.filled else 0.0

    @cached_property
    def counts_up(self) -> bool:
        """Whether this is a running number: whole numbers going up by one for most of the way."""
        numbers = [int(v) if re.fullmatch(r"\d{1,9}", v) else None for v in self.filled]
        steps = [b - a for a, b in itertools.pairwise(numbers) if a is not None and b is not None]
        return len(steps) > 1 and steps.count(1) / (len(numbers) - 1) >= MOSTLY and numbers[0] in {0, 1}

    @cached_property
    def currencies(self) -> frozenset[str]:
        """Currencies its cells name."""
        return frozenset(code for code in map(currency_of, self.filled) if code)

    def says(self) -> str:
        """What the values show, in a few words for the evidence."""
        if not self.values:
            return "no rows to look at"
        if not self.filled:
            return "every sampled cell empty"
        parts = [f"{self.numeric:.0%} numeric" if self.numeric >= LIKELY else f"{self.distinct:.0%} distinct"]
        if self.filled_share < MOSTLY:
            parts.append(f"{1 - self.filled_share:.0%} empty")
        return ", ".join(parts).replace("%", " %")


def columns_of(table: Table) -> tuple[Column, ...]:
    """The columns of a table; those our own correction files add say nothing, whatever stands in them."""
    width = max(len(table.header), len(table.samples))
    header = [*table.header, *[""] * (width - len(table.header))]
    samples = [*table.samples, *[()] * (width - len(table.samples))]
    return tuple(
        Column(index, "", ())
        if header[index].strip() in OURS
        else Column(index, header[index], tuple(samples[index]))
        for index in range(width)
    )


def side_by_side(*columns: Column) -> list[tuple[float, ...]]:
    """Rows in which all columns hold a number, from the samples; empty when the samples are not of the same rows."""
    if len({len(column.values) for column in columns}) != 1:
        return []
    rows = zip(*(map(plain_number, column.values) for column in columns), strict=True)
    return [tuple(v for v in row if v is not None) for row in rows if None not in row]


def same_values(columns: Sequence[Column]) -> bool:
    """Whether columns hold the very same sampled values, so that it does not matter which is taken."""
    return len({column.values for column in columns}) == 1 and bool(columns[0].filled)
