"""What only the whole table can tell of a row: gathered in passes over its columns, before the first row is judged.

Which locations there are, how numbers and codes are written, which keys come more than once, which codes the known SKUs
mend. What is kept does not grow with the rows but for some ten bytes each: the key as numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connector.ahead import Behind, ahead, is_one
from connector.feeds import FieldKind
from connector.feeds.fields import CodeStyle, Gathered, parse_codes
from connector.feeds.fields.text import flags
from connector.model import GuardFinding
from connector.shaping.codes import Mends, find_mends
from connector.shaping.hashes import coming_again, key_hashes, text_hashes
from connector.shaping.history import History
from connector.shaping.overlap import Attendance, Overlap
from connector.shaping.places import find_places
from connector.shaping.strangers import Listed
from connector.shaping.values import Reading, said_currency, unknown_currency

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from connector.feeds import Binding, Feed, Policy
    from connector.feeds.fields import Codes
    from connector.feeds.fields.text import Flags, Index, Texts
    from connector.shaping.hashes import Hashes
    from connector.shaping.overlap import Owned
    from connector.shaping.places import Places
    from connector.shaping.sheet import Sheet
    from connector.shaping.shelf import Shelf
    from connector.shaping.strangers import Lists
    from connector.shaping.values import Before

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
        owned: Owned | None = None,
        lists: Lists | None = None,
    ) -> None:
        """Go over the rows; `sheets` gives them part by part, as often as it is called."""
        self._sheets = sheets
        self._placed: tuple[Sheet, Places] | None = None
        self._owned = owned
        self.records = 0
        self.parts = 0
        self.findings: list[GuardFinding] = []
        self.style = CodeStyle()
        self.mends = Mends()
        self.overlap = Overlap()
        self.listed = Listed()
        self.repeated: Hashes = np.zeros(0, dtype=np.uint64)
        first = next(sheets())
        self.reading = Reading(first, feed, policy)
        if first.location() is None:
            self.records = sum(sheet.records for sheet in sheets())
            self.findings.append(hold("location", NO_LOCATION))
            return
        currencies = Gathered() if "currency" in binding.columns and feed.of_kind(FieldKind.MONEY) else None
        keys = self._gather(binding, routes, known_locations, currencies)
        self.listed = Listed(lists, self.places.accounts)
        self.history = History(feed, self.places, published, self.listed)
        self._read_numbers(stored=stored_numbers)
        if self.records and not self.places.served() and len(self.places.codes) > 1:
            self.findings.append(hold("location", self.places.problems[0].reason))
        if not self.findings and feed.of_kind(FieldKind.MONEY):
            cells = currencies.column() if currencies else None
            said = said_currency(binding, policy)
            self.findings += unknown_currency(cells, said, self.reading.parsed().values())
        if not self.findings:
            self.repeated = coming_again(keys.hashes(self.places.moved)) if self.parts > 1 else self.repeated
            self._ask_known(stock=bool(feed.of_kind(FieldKind.QUANTITY)))

    def _gather(
        self,
        binding: Binding,
        routes: Callable[[str], str | None],
        known_locations: Sequence[str],
        currencies: Gathered | None,
    ) -> _Keys:
        """The first pass: locations, numbers, how codes are written, and the key of every record.

        Codes, which are most of the work, are looked at in this thread and all else in another.
        """
        locations, keys = Gathered(), _Keys()

        def all_else(sheet: Sheet) -> None:
            if (cell := sheet.location()) is not None:
                keys.add_cells(locations.add(cell.texts))
            self.reading.gather(sheet)
            if currencies is not None:
                currencies.add(sheet.cell("currency").texts)

        sheets = self._sheets()
        with Behind(all_else, depth=1, here=is_one(sheets)) as beside:
            for sheet in ahead(sheets):
                self.records += sheet.records
                self.parts += 1
                beside.add(sheet)
                keys.add_codes(self.style.add(sheet.cell("sku").texts))
        self.places = find_places(locations.column(), binding.location.names, routes, known_locations)
        return keys

    def _read_numbers(self, *, stored: bool) -> None:
        self.reading.close(stored=stored)
        if self.reading.open and self.history:
            self.history.rewind()
            self.reading.settle((sheet, self._before(sheet)) for sheet in self._sheets())
        self.findings += self.reading.findings()

    def _before(self, sheet: Sheet) -> Before:
        """What was published of a field for these rows."""
        places, skus = self.places_of(sheet).index, parse_codes(sheet.cell("sku").texts, self.style).texts
        return lambda field: self.history.before(field, places, skus)

    def places_of(self, sheet: Sheet) -> Places:
        """The places of some rows."""
        if self._placed is not None and self._placed[0] is sheet:  # what is held in memory comes again
            return self._placed[1]
        cell = sheet.location()
        found = self.places.over(cell.texts) if cell is not None else self.places
        if self.parts == 1:
            self._placed = sheet, found
        return found

    def _ask_known(self, *, stock: bool) -> None:
        """A second pass where anything is known: codes that are not known at their place may be mended ones."""
        if not self.history and not self.listed:
            return
        new: list[Texts] = [pa.array([], type=pa.large_string())]
        self.history.rewind()
        attendance = Attendance(self.history.shelves, self._owned)
        sheets = self._sheets()
        for codes, places in ahead(map(self._keys_of, sheets), here=is_one(sheets)):
            known = self.history.holds(places, codes.texts)
            attendance.add(places, ~codes.blank, known)
            if not known.all():
                new.append(pc.unique(codes.texts.filter(pa.array(~known))))
        unknown = pc.unique(pa.concat_arrays(new))
        self._mend(unknown)
        restored = self.mends.restored
        attendance.mended(len(restored), pa.array(list(restored.values()), type=pa.large_string()))
        # What is written nearly so is there: it must not be taken for sold out.
        near = pa.array(list(self.mends.near.values()), type=pa.large_string())
        written = pa.array([*restored, ""], type=pa.large_string())
        self.overlap = attendance.overlap(
            unknown.filter(pc.invert(pc.is_in(unknown, value_set=written))), stock=stock, spared=near
        )

    def _keys_of(self, sheet: Sheet) -> tuple[Codes, Index]:
        """The codes and places of some rows."""
        return parse_codes(sheet.cell("sku").texts, self.style), self.places_of(sheet).index

    def _mend(self, absent: Texts) -> None:
        """Ask the known SKUs about codes that are not known at their place."""
        known = self.history.known.texts if len(absent) else absent
        unknown = absent.filter(pc.invert(pc.is_in(absent, value_set=known)))
        self.mends = find_mends(unknown, known, self._beside)

    def _beside(self, codes: Texts) -> Flags:
        """Which of these codes stand in the table."""
        there = np.zeros(len(codes), dtype=bool)
        for sheet in self._sheets():
            skus = parse_codes(sheet.cell("sku").texts, self.style).texts
            there |= flags(pc.is_in(codes, value_set=skus))
        return there


class _Keys:
    """The keys of all records as numbers: gathered by location cell, for which place a cell is comes out last."""

    def __init__(self) -> None:
        self._cells: list[Index] = []
        self._skus: Hashes = np.empty(0, dtype=np.uint64)

    def add_cells(self, cells: Index) -> None:
        """Take in the position of the location cell of the next records among all cells."""
        most = int(cells.max(initial=0))
        self._cells.append(cells.astype(np.int16 if most < 1 << 15 else np.int32))

    def add_codes(self, skus: Texts) -> None:
        """Take in the cleaned codes of the next records."""
        hashes, known = text_hashes(skus), len(self._skus)
        # It grows where it is: parts put together in the end would take as much again.
        self._skus.resize(known + len(hashes), refcheck=False)
        self._skus[known:] = hashes

    def hashes(self, moved: Index) -> Hashes:
        """A number for each key; `moved` gives the place of a cell. Can be asked once: what was gathered is let go."""
        found, self._skus = self._skus, np.empty(0, dtype=np.uint64)
        start = 0
        for cells in self._cells:
            part = slice(start, start + len(cells))
            found[part] = key_hashes(moved[cells], found[part])
            start += len(cells)
        return found


def hold(name: str, reason: str) -> GuardFinding:
    """Give a question that holds the drop."""
    return GuardFinding(name, 0, 1, "hold", reason, question=True)
