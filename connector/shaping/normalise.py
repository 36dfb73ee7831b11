"""Rows to records: columns parsed, every fault of every row collected, policy applied, repeats settled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connector.ahead import ahead
from connector.errors import HoldDrop
from connector.feeds import FieldKind
from connector.feeds.fields import Problem, clean_codes, distinct, parse_codes
from connector.feeds.fields.text import flags
from connector.model import Fault, RowVerdict, Verdict
from connector.shaping.absent import zeros
from connector.shaping.checks import Repeats, settle_repeats
from connector.shaping.codes import Known, vouch
from connector.shaping.facts import NO_LOCATION, Facts
from connector.shaping.faultbook import FaultBook
from connector.shaping.frames import Frame, table_of
from connector.shaping.hashes import key_hashes, text_hashes
from connector.shaping.keys import key_texts
from connector.shaping.outcome import Records, no_lines
from connector.shaping.sheet import Sheet
from connector.shaping.strangers import Strangers
from connector.shaping.totals import TotalSums
from connector.shaping.values import Prices, Quantities, count

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    import pandas as pd

    from connector.feeds import Binding, Feed, Policy
    from connector.feeds.fields.text import Flags, Index
    from connector.model import Release, TotalLine
    from connector.shaping.overlap import Overlap, Owned
    from connector.shaping.shelf import Shelf
    from connector.shaping.strangers import Lists
    from connector.shaping.totals import TotalCheck

_NUMBERS = (FieldKind.QUANTITY, FieldKind.MONEY)
MISSING_SKU = Problem("sku_missing", "the row names no SKU: enter the code of the item, or delete the row")


class Shaper:
    """One feed of one table, on its way from rows to records, part by part.

    The facts of the whole table are gathered first. Rows whose key comes more than once are set aside and judged
    together, last; so every other part can be judged by itself, and memory does not grow with the table.
    """

    def __init__(
        self,
        parts: Callable[[], Iterable[pd.DataFrame]],
        binding: Binding,
        feed: Feed,
        policy: Policy,
        *,
        header: Sequence[str],
        routes: Callable[[str], str | None],
        faults: Sequence[Fault] = (),
        known_locations: Sequence[str] = (),
        stored_numbers: bool = False,
        published: Callable[[str, Collection[str]], Mapping[str, Shelf]] | None = None,
        escaped: bool = False,
        totals: Sequence[TotalLine] = (),
        owned: Owned | None = None,
        lists: Lists | None = None,
    ) -> None:
        """Look at the whole table.

        `parts` gives its rows, in order and as often as it is called, as `readers.parts` does: `line` (int32) and one
        text column `c0`, `c1` … per header cell that is needed, missing where absent. `routes` gives the account that
        serves a location code, or None. `faults` are rows the reader could not read cleanly. `known_locations` are
        shown to a person whose location is not served. `stored_numbers` tells that the cells come from a workbook
        that stores numbers as numbers. `published` gives what was last acknowledged for an account and locations: its
        SKUs vouch for codes, its values show the scale of numbers that can be read two ways. `escaped` tells that the
        table is a correction file of ours, in which cells that look like formulas stand behind a `'`. `totals` are
        the lines of totals among the rows. `owned` tells which landings are of files whose values this one may speak
        for (default: all). `lists` gives the SKUs Konnect lists for an account. Raises HoldDrop when the binding names
        no column for a field.
        """
        self._parts = parts
        self._binding = binding
        self._feed = feed
        self._policy = policy
        self._header = header
        self._escaped = escaped
        self._sums = _sums(feed, policy, totals)
        self._held: list[Sheet] = []
        self._faults: dict[int, list[Fault]] = {}
        for fault in faults:
            self._faults.setdefault(fault.line, []).append(fault)
        self.facts = Facts(
            self._sheets, binding, feed, policy,
            routes=routes,
            known_locations=known_locations,
            stored_numbers=stored_numbers,
            published=published or _nothing,
            owned=owned,
            lists=lists,
        )  # fmt: skip

    @property
    def published(self) -> Mapping[str, Mapping[str, Shelf]]:
        """What was last acknowledged for the places of the table: account, then location."""
        if self.facts.findings:
            return {}
        history, places = self.facts.history, self.facts.places
        found: dict[str, dict[str, Shelf]] = {}
        for account, code, shelf in zip(places.accounts, places.codes, history.shelves, strict=True):
            found.setdefault(account, {})[code] = shelf
        history.rewind()
        return found

    def messages(self, notes: Mapping[str, int]) -> list[str]:
        """What a person should know of how the table was read; `notes` are those of all its records."""
        agreeing = [one.message for one in self.totals() if one.agrees]
        return [*self.facts.reading.messages(), *self.facts.mends.messages(notes), *agreeing]

    def totals(self) -> tuple[TotalCheck, ...]:
        """The totals the file gives, compared with what its rows add up to; asked for after the last of the records."""
        if self._sums is None or self.facts.findings:
            return ()
        return self._sums.checks(self.facts.reading.convention(self._sums.field), doubtful=bool(self._faults))

    @property
    def codes(self) -> tuple[str, ...]:
        """The location codes of the table."""
        return () if self.facts.findings else tuple(code for code in self.facts.places.codes if code)

    @property
    def overlap(self) -> Overlap:
        """How far the SKUs of the table are known at their places."""
        return self.facts.overlap

    def strangers(self, release: Release | None = None) -> Strangers:
        """What looks for SKUs that nobody knows (see `connector.shaping.strangers`)."""
        column = self._header[self._binding.columns["sku"]] if "sku" in self._binding.columns else ""
        known = Known() if self.facts.findings else self.facts.history.known
        return Strangers(self.facts.listed, known, self._policy, release, column)

    def zeros(self) -> Iterator[Frame]:
        """Records that say 0 for what had stock and is not in the table (see `connector.shaping.absent`)."""
        return zeros(self.facts.overlap, self.facts.places, self._feed)

    def records(self) -> Iterator[Records]:
        """The records of the table, part by part; every record ends in exactly one place of one part."""
        facts = self.facts
        if facts.findings:
            yield _held(facts, self._feed)
            return
        if facts.parts == 1:
            yield self._judge(next(self._sheets()), alone=False)
            return
        yield from ahead(self._judged())

    def _judged(self) -> Iterator[Records]:
        together: list[pd.DataFrame] = []
        for rows in ahead(self._parts()):
            repeated = self._repeated(rows)
            if repeated.any():
                together.append(rows[repeated])
            yield self._judge(self._sheet(rows[~repeated] if repeated.any() else rows), alone=True)
        if together:
            yield self._judge(self._sheet(table_of(together)), alone=False)

    def _sheets(self) -> Iterator[Sheet]:
        parts = self._parts()
        if not isinstance(parts, list):
            return map(self._sheet, parts)
        # Rows that are held in memory anyway: what was made of them is kept, and `ahead` needs no thread for one part.
        self._held = self._held or [*map(self._sheet, parts)]
        return iter(self._held)

    def _sheet(self, rows: pd.DataFrame) -> Sheet:
        return Sheet(rows, self._binding, self._feed, self._header, escaped=self._escaped)

    def _judge(self, sheet: Sheet, *, alone: bool) -> Records:
        shaping = Shaping(sheet, self._binding, self._feed, self._policy, self.facts)
        return shaping.shape(self._faults, self._sums, alone=alone)

    def _repeated(self, rows: pd.DataFrame) -> Flags:
        """Which rows have a key (of a wide table: any of their keys) that comes again, or may once codes are mended."""
        wanted, restored = self.facts.repeated, self.facts.mends.restored
        if not len(wanted) and not restored:
            return np.zeros(len(rows), dtype=bool)
        sheet = self._sheet(rows)
        written = sheet.cell("sku").texts
        skus = parse_codes(written, self.facts.style).texts
        found: Flags = flags(pc.is_in(skus, value_set=pa.array(list(restored), type=pa.large_string())))
        if len(wanted):
            if (
                self.facts.style.floats or self.facts.style.marked
            ):  # the keys were gathered before that could be known
                skus, _ = clean_codes(written)
            hashes = key_hashes(self.facts.places_of(sheet).index, text_hashes(skus))
            nearest = np.minimum(np.searchsorted(wanted, hashes), len(wanted) - 1)
            np.logical_or(found, wanted[nearest] == hashes, out=found)
        by_row: Flags = np.logical_or.reduce(found.reshape(sheet.lanes, sheet.rows))
        return by_row


def records(rows: pd.DataFrame, binding: Binding, feed: Feed, policy: Policy, **told: Any) -> Records:
    """Turn the rows of a table that is held in memory into the records of one feed; `told` as for `Shaper`."""
    (found,) = Shaper(lambda: [rows], binding, feed, policy, **told).records()
    return found


def _sums(feed: Feed, policy: Policy, totals: Sequence[TotalLine]) -> TotalSums | None:
    """What adds up the quantities, where the file gives a total to compare with."""
    quantities = feed.of_kind(FieldKind.QUANTITY)
    return TotalSums(quantities[0], totals) if quantities and totals and policy.totals == "check" else None


def _nothing(account: str, locations: Collection[str]) -> Mapping[str, Shelf]:
    """Nothing is known of any place."""
    del account, locations
    return {}


def _held(facts: Facts, feed: Feed) -> Records:
    """Give the records of a drop that waits for an answer: all of them held."""
    nothing = pa.array([], type=pa.large_string())
    numbers = {name: np.empty(0, dtype=np.int64) for kind in _NUMBERS for name in feed.of_kind(kind)}
    texts = {name: nothing for kind in FieldKind if kind not in _NUMBERS for name in feed.of_kind(kind)}
    columns = {"line": no_lines(), **dict.fromkeys(feed.key, nothing), **texts, **numbers}
    frame = Frame({**columns, "value": nothing, "account": nothing})
    return Records(feed.name, facts.records, frame, held=facts.records, findings=tuple(facts.findings))


class Shaping:
    """Some rows of a table on their way to be the records of one feed."""

    def __init__(self, sheet: Sheet, binding: Binding, feed: Feed, policy: Policy, facts: Facts) -> None:
        """Take what is known of the table before its rows are judged."""
        self._sheet = sheet
        self._feed = feed
        self._policy = policy
        kind = Quantities if feed.of_kind(FieldKind.QUANTITY) else Prices
        self._values = kind(sheet, binding, feed, policy, facts.reading)
        location = sheet.location()
        if location is None:
            raise HoldDrop(NO_LOCATION)
        self._location = location
        self._places = facts.places_of(sheet)
        self._book = FaultBook(sheet.lines)
        self._unkeyed = 0
        self._sku = sheet.cell("sku")
        self._codes = vouch(parse_codes(self._sku.texts, facts.style), facts.history.known, facts.mends)

    def shape(
        self, faults: Mapping[int, Sequence[Fault]], sums: TotalSums | None, *, alone: bool = False
    ) -> Records:
        """Judge every record once; `faults` of the reader are by line. `alone`: no key of these rows comes again."""
        self._enter_reader_faults(faults)
        unread = self._book.mask().copy()
        self._enter_location_faults()
        self._enter_sku_faults()
        unkeyed = self._codes.blank | np.isin(self._places.index, list(self._places.problems))
        unkeyed[list(self._codes.problems)] = True
        self._unkeyed = int((unkeyed | unread).sum())
        blank = self._values.read(self._book) & ~self._book.mask()
        if sums is not None:
            self._values.sum_up(sums, self._sheet)
        faulty = self._book.mask()
        repeats = Repeats({}, {}, {})
        if not alone:
            repeats = self._settle_repeats(~faulty & ~blank & ~unkeyed, faulty & ~unkeyed)
        merged = np.zeros(len(blank), dtype=bool)
        merged[list(repeats.merged)] = True
        if self._policy.duplicates == "sum":
            self._values.add_up(repeats.sums, ~self._book.mask() & ~blank & ~merged, self._book)
        live = ~self._book.mask() & ~blank & ~merged
        self._values.close(live)
        return self._records(live, blank, repeats)

    def _enter_reader_faults(self, faults: Mapping[int, Sequence[Fault]]) -> None:
        if faults:
            for at in np.flatnonzero(np.isin(self._sheet.lines, list(faults))).tolist():
                for fault in faults[int(self._sheet.lines[at])]:
                    self._book.add(at, fault)

    def _enter_location_faults(self) -> None:
        for place, problem in self._places.problems.items():
            self._book.enter_all(np.flatnonzero(self._places.index == place), self._location, problem)

    def _enter_sku_faults(self) -> None:
        sku, problems = self._sku, self._codes.problems
        self._book.enter_all(np.flatnonzero(self._codes.blank), sku, MISSING_SKU)
        self._book.enter(sorted(problems), sku.label, sku.raw, lambda at: problems[at])

    def _keys(self) -> Index:
        """Number the keys (location, SKU) of all records."""
        return distinct(key_texts(self._places.index, self._codes.texts)).index

    def _settle_repeats(self, live: Flags, spoiled: Flags) -> Repeats:
        keys = self._keys()
        mode = self._policy.duplicates
        if mode == "sum" and not self._feed.of_kind(FieldKind.QUANTITY):
            mode = "refuse"
        repeats = settle_repeats(
            keys,
            lambda at: self._values.texts(at).to_pylist(),
            self._sheet.lines,
            live,
            spoiled=spoiled,
            mode=mode,
        )
        refused = repeats.refused
        self._book.enter(sorted(refused), self._sku.label, self._sku.raw, lambda at: refused[at])
        return repeats

    def _records(self, live: Flags, blank: Flags, repeats: Repeats) -> Records:
        order = self._sheet.order()
        rejected = self._book.mask()
        # A line merged into one that the policy then rejects has gone nowhere either: it shares its fate.
        merged = {at: said for at, said in repeats.merged.items() if not rejected[said[0]]}
        dragged = {at: said for at, said in repeats.merged.items() if rejected[said[0]]}
        for at, (_, problem) in dragged.items():
            self._book.enter_all(
                [at], self._sku, Problem(problem.code, f"{problem.reason}; that sum is rejected")
            )
        rejected = self._book.mask()
        rejects = tuple(self._verdict(at, Verdict.REJECTED) for at in order[rejected[order]].tolist())
        notes = {**self._values.notes, **self._codes.notes}
        count(notes, "blank", blank)
        count(notes, "named", np.ones(self._places.named, dtype=bool))
        count(notes, "merged", np.ones(len(merged), dtype=bool))
        return Records(
            feed=self._feed.name,
            total=self._sheet.records,
            frame=self._frame(order[live[order]]),
            rejects=rejects,
            merged=self._merged(merged),
            blank=self._sheet.lines[order[blank[order]]],
            notes=notes,
            unkeyed=self._unkeyed,
        )

    def _frame(self, positions: np.ndarray[Any, np.dtype[np.int64]]) -> Frame:
        as_they_stand = len(positions) == len(self._sheet.lines) and (np.diff(positions) == 1).all()
        place = pa.array(self._places.index[positions])
        return Frame({
            "line": self._sheet.lines[positions],
            "location_id": pa.array(self._places.codes, type=pa.large_string()).take(place),
            "sku": self._codes.texts if as_they_stand else self._codes.texts.take(pa.array(positions)),
            **self._values.columns(positions),
            "value": self._values.texts(positions),
            "account": pa.array(self._places.accounts, type=pa.large_string()).take(place),
        })  # fmt: skip

    def _merged(self, merged: dict[int, tuple[int, Problem]]) -> tuple[RowVerdict, ...]:
        positions = np.array(sorted(merged), dtype=np.int64)
        texts = self._values.texts(positions).to_pylist()
        return tuple(
            self._verdict(at, Verdict.MERGED, merged[at][1], value)
            for at, value in zip(positions.tolist(), texts, strict=True)
        )

    def _verdict(
        self, at: int, verdict: Verdict, problem: Problem | None = None, value: str | None = None
    ) -> RowVerdict:
        line = int(self._sheet.lines[at])
        faults = self._book.of(at)
        if problem:
            faults = (Fault(line, self._sku.label(at), self._sku.raw(at), problem.code, problem.reason),)
        return RowVerdict(
            feed=self._feed.name,
            line=line,
            location=self._places.codes[self._places.index[at]] or None,
            sku=self._codes.texts[at].as_py() or None,
            verdict=verdict,
            faults=faults,
            value=value,
        )
