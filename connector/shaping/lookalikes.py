"""Known SKUs a damaged code may have been: shown to a person, never put in its place."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa

from connector.feeds.fields.text import matching

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from connector.feeds.fields.text import Texts

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_POWER = re.compile(r"^([+-]?\d(?:[.,]\d+)?)[eE]\+?(\d{1,3})$")
_DATE_LIKE = (
    r"(?i)^[0-9]{1,4}[-/. ]?(?:[0-9]{1,2}|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[-/. ]?[0-9]{0,4}$"
)
_DATE_LIKE_TOO = r"(?i)^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[-/. ]?[0-9]{1,4}$"
_LONGEST_POWER = 40
"""No code has more digits."""


class Lookalikes:
    """The known SKUs, sorted for each kind of damage when it is first met."""

    def __init__(self, known: Texts) -> None:
        """Take the known SKUs, each once."""
        self._known = known
        self._ways: Mapping[str, Callable[[str], Sequence[str]]] = {
            "damaged_by_excel": self._of_a_power,
            "code_became_date": self._of_a_date,
            "code_became_logical": self._of_a_word,
            "replacement_character": self._of_a_gap,
        }

    def of(self, problem: str, text: str) -> Sequence[str]:
        """Return the known SKUs that this damage would have turned into `text`, in order."""
        way = self._ways.get(problem)
        return sorted(way(text)) if way else ()

    def _some(self, pattern: str) -> list[str]:
        found: list[str] = self._known.filter(pa.array(matching(self._known, pattern))).to_pylist()
        return found

    @cached_property
    def _digits(self) -> dict[int, list[str]]:
        """Codes of digits by their length without leading zeros."""
        lengths: dict[int, list[str]] = {}
        for code in self._some("^[0-9]+$"):
            lengths.setdefault(len(code.lstrip("0")), []).append(code)
        return lengths

    @cached_property
    def _powers(self) -> list[tuple[Decimal, str]]:
        return [(_value(code), code) for code in self._some("^[0-9]+[eE][0-9]{1,3}$")]

    @cached_property
    def _dates(self) -> list[tuple[frozenset[int], str]]:
        found = self._some(_DATE_LIKE) + self._some(_DATE_LIKE_TOO)
        return [(_parts(code), code) for code in dict.fromkeys(found)]

    def _of_a_power(self, text: str) -> Sequence[str]:
        """Long numbers that begin with the digits left, rounded or cut; and codes such as 12E4 that are this number."""
        found = _POWER.match(text)
        if found is None or int(found[2]) > _LONGEST_POWER:
            return ()
        digits = re.sub(r"\D", "", found[1])
        length = int(found[2]) + 1
        said, unit = int(digits), 10 ** max(length - len(digits), 0)
        value = _value(text.replace(",", "."))
        longs = [
            code
            for code in self._digits.get(length, ())
            if said in ((2 * int(code) + unit) // (2 * unit), int(code) // unit)
            or float(code) == float(value)
        ]
        return [*longs, *(code for number, code in self._powers if number == value)]

    def _of_a_date(self, text: str) -> Sequence[str]:
        """Codes of the same numbers in another order or with other signs between them."""
        wanted = _parts(text.partition(" ")[0].partition("T")[0])
        day_and_month = _without_year(text)
        return [code for parts, code in self._dates if parts in (wanted, day_and_month)]

    def _of_a_word(self, text: str) -> Sequence[str]:
        return self._some(f"(?i)^{re.escape(text)}$")

    def _of_a_gap(self, text: str) -> Sequence[str]:
        """Codes with one character where the lost one stood."""
        return self._some("^" + ".".join(map(re.escape, text.split("\ufffd"))) + "$")


def _value(text: str) -> Decimal:
    return Decimal(text)


def _parts(text: str) -> frozenset[int]:
    """The numbers of a date or of a code like one, months by their number, years by two digits."""
    words = re.findall(r"\d+|[a-z]+", text.casefold())
    numbers = [_MONTHS.index(word[:3]) + 1 if word[:3] in _MONTHS else word for word in words]
    return frozenset(
        number % 100 if isinstance(number, int) else int(number) % 100
        for number in numbers
        if _is_number(number)
    )


def _is_number(word: int | str) -> bool:
    return isinstance(word, int) or word.isdigit()


def _without_year(text: str) -> frozenset[int] | None:
    """Day and month of a whole date: the year may be the one in which the spreadsheet was saved."""
    found = re.match(r"^\d{4}-(\d{2})-(\d{2})", text) or re.match(r"(?i)^(\d{1,2})-([a-z]{3})-\d{2,4}$", text)
    return _parts(f"{found[1]}-{found[2]}") if found else None
