"""What only the whole table can tell of a row: gathered in passes over its columns, before the first row is judged.

Which locations there are, how numbers and codes are written, which keys come more than once, which codes the known SKUs
mend. What is kept does not grow with the rows but for eight bytes each: the hash of the key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connector.feeds import FieldKind
from connector.feeds.fields import CodeStyle, Gathered, clean_codes, parse_codes
from connector.feeds.fields.text import flags
from connector.model import GuardFinding
from connector.shaping.codes import Mends, find_mends
from connector.shaping.hashes import coming_again, key_hashes, text_hashes
from connector.shaping.history import History
from connector.shaping.places import find_places
from connector.shaping.values import Reading, said_currency, unknown_currency

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from connector.feeds import Binding, Feed, Policy
    from connector.feeds.fields.text import Flags, Texts
    from connector.shaping.hashes import Hashes
    from connector.shaping.places import Places
    from connector.shaping.sheet import Sheet
    from connector.shaping.shelf import Shelf

NO_LOCATION = (
    "nothing says which location the file is for: write a location in the profile, drop the file in the folder "
    "of the location, or set a default location in the configuration"
)


class Facts:
    """The whole table, as far as judging a row needs it. `findings` are questions that hold the drop."""

    def __init__(
        self,
        sheets: Callable[[], Iterator[Sheet]],
        binding: Binding,
        feed: Feed,
        policy: Policy,
        *,
        routes: Callable[[str], str | None],
        known_locations: Sequence[str],
        stored_numbers: bool,
        published: Callable[[str, Collection[str]], Mapping[str, Shelf]],
    ) -> None:
        """Go over the rows; `sheets` gives them part by part, as often as it is called."""
        self._sheets = sheets
        self.records = 0
        self.parts = 0
        self.findings: list[GuardFinding] = []
        self.style = CodeStyle()
        self.mends = Mends()
        self.repeated: Hashes = np.zeros(0, dtype=np.uint64)
        first = next(sheets())
        self.reading = Reading(first, feed, policy)
        if first.location() is None:
            self.records = sum(sheet.records for sheet in sheets())
            self.findings.append(hold("location", NO_LOCATION))
            return
        currencies = Gathered() if "currency" in binding.columns and feed.of_kind(FieldKind.MONEY) else None
        self._gather(binding, routes, known_locations, currencies)
        self.history = History(feed, self.places, published)
        self._read_numbers(first, stored=stored_numbers)
        if self.records and not self.places.served() and len(self.places.codes) > 1:
            self.findings.append(hold("location", self.places.problems[0].reason))
        if not self.findings and feed.of_kind(FieldKind.MONEY):
            cells = currencies.column() if currencies else None
            said = said_currency(binding, policy)
            self.findings += unknown_currency(cells, said, self.reading.parsed().values())
        if not self.findings:
            self._learn_keys()

    def _gather(
        self,
        binding: Binding,
        routes: Callable[[str], str | None],
        known_locations: Sequence[str],
        currencies: Gathered | None,
    ) -> None:
        """The first pass: locations, numbers, and how codes are written."""
        locations = Gathered()
        for sheet in self._sheets():
            self.records += sheet.records
            self.parts += 1
            cell = sheet.location()
            if cell is not None:
                locations.add(cell.texts)
            self.reading.gather(sheet)
            self.style.add(clean_codes(sheet.cell("sku").texts)[0])
            if currencies is not None:
                currencies.add(sheet.cell("currency").texts)
        self.places = find_places(locations.column(), binding.location.names, routes, known_locations)

    def _read_numbers(self, first: Sheet, *, stored: bool) -> None:
        self.reading.close(stored=stored)
        if self.reading.open and self.history:
            places, skus = self.places_of(first), parse_codes(first.cell("sku").texts, self.style).texts
            self.history.rewind()
            self.reading.settle(first, lambda field: self.history.before(field, places.index, skus))
        self.findings += self.reading.findings()

    def places_of(self, sheet: Sheet) -> Places:
        """The places of some rows."""
        cell = sheet.location()
        return self.places.over(cell.texts) if cell is not None else self.places

    def _learn_keys(self) -> None:
        """The second pass: keys that come again, and codes that are not known where they stand."""
        hashes: list[Hashes] = []
        new: list[Texts] = []
        self.history.rewind()
        for sheet in self._sheets():
            skus = parse_codes(sheet.cell("sku").texts, self.style).texts
            places = self.places_of(sheet).index
            if self.parts > 1:
                hashes.append(key_hashes(places, text_hashes(skus)))
            if self.history:
                _, _, batch = self.history.acknowledged(places, skus)
                new.append(pc.unique(skus.filter(pa.array(batch < 0))))
        if hashes:
            self.repeated = coming_again(np.concatenate(hashes))
        if new:
            self._mend(pc.unique(pa.concat_arrays(new)))

    def _mend(self, absent: Texts) -> None:
        """Ask the known SKUs about codes that are not known at their place."""
        known = self.history.known.texts
        unknown = absent.filter(pc.invert(pc.is_in(absent, value_set=known)))
        self.mends = find_mends(unknown, known, self._beside)

    def _beside(self, codes: Texts) -> Flags:
        """Which of these codes stand in the table."""
        there = np.zeros(len(codes), dtype=bool)
        for sheet in self._sheets():
            skus = parse_codes(sheet.cell("sku").texts, self.style).texts
            there |= flags(pc.is_in(codes, value_set=skus))
        return there


def hold(name: str, reason: str) -> GuardFinding:
    """Give a question that holds the drop."""
    return GuardFinding(name, 0, 1, "hold", reason)
