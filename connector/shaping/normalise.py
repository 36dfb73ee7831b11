"""Rows to records: columns parsed, every fault of every row collected, policy applied, repeats settled."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from connector.feeds import FieldKind
from connector.feeds.fields import Problem, distinct, parse_codes
from connector.model import Fault, GuardFinding, Published, RowVerdict, Verdict
from connector.shaping.checks import Repeats, settle_repeats
from connector.shaping.codes import ask_known
from connector.shaping.faultbook import FaultBook
from connector.shaping.history import History
from connector.shaping.keys import key_texts
from connector.shaping.outcome import Records
from connector.shaping.places import find_places
from connector.shaping.sheet import Sheet
from connector.shaping.values import Prices, Quantities, count

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    import pandas as pd

    from connector.feeds import Binding, Feed, Policy
    from connector.feeds.fields.text import Flags, Index
    from connector.model import TotalLine
    from connector.shaping.codes import Vouched
    from connector.shaping.places import Places
    from connector.shaping.sheet import Cell
    from connector.shaping.totals import TotalCheck

MISSING_SKU = Problem("sku_missing", "the row names no SKU: enter the code of the item, or delete the row")
NO_LOCATION = (
    "nothing says which location the file is for: write a location in the profile, drop the file in the folder "
    "of the location, or set a default location in the configuration"
)


def records(
    rows: pd.DataFrame,
    binding: Binding,
    feed: Feed,
    policy: Policy,
    *,
    header: Sequence[str],
    routes: Callable[[str], str | None],
    faults: Sequence[Fault] = (),
    known_locations: Sequence[str] = (),
    stored_numbers: bool = False,
    published: Callable[[str, Collection[str]], Published] | None = None,
    escaped: bool = False,
    totals: Sequence[TotalLine] = (),
) -> Records:
    """Turn the rows of a table into the records of one feed.

    `rows` is what `readers.frame` gives: `line` (int32) and one text column `c0`, `c1` … per header cell,
    missing where absent. `routes` gives the account that serves a location code, or None. `faults` are rows the
    reader could not read cleanly. `known_locations` are shown to a person whose location is not served.
    `stored_numbers` tells that the cells come from a workbook that stores numbers as numbers. `published` gives
    what was last acknowledged for an account and locations: its SKUs vouch for codes, its values show the scale
    of numbers that can be read two ways. `escaped` tells that the table is a correction file of ours, in which
    cells that look like formulas stand behind a `'`. `totals` are the lines of totals among the rows. Raises HoldDrop
    when the binding names no column for a field. Every record ends in exactly one place of the result.
    """
    sheet = Sheet(rows, binding, feed, header, escaped=escaped)
    cell = sheet.location()
    if cell is None:
        return _held(sheet, feed, [_hold("location", NO_LOCATION)])
    places = find_places(cell.texts, binding.location.names, routes, known_locations)
    history = History(feed, places, published or _nothing)
    key = sheet.cell("sku")
    codes = ask_known(parse_codes(key.texts), history.skus)
    kind = Quantities if feed.of_kind(FieldKind.QUANTITY) else Prices
    before = functools.partial(history.before, skus=codes.codes.texts)
    values = kind(sheet, binding, feed, policy, stored=stored_numbers, before=before)
    if sheet.records and not places.served() and len(places.codes) > 1:
        values.findings.append(_hold("location", places.problems[0].reason))
    if values.findings:
        return _held(sheet, feed, values.findings)
    shaping = Shaping(sheet, feed, policy, values, places=places, location=cell, key=key, codes=codes)
    return shaping.shape(faults, totals)


def _nothing(account: str, locations: Collection[str]) -> Published:
    """Nothing is known of any place."""
    del account, locations
    return Published()


def _hold(name: str, reason: str) -> GuardFinding:
    return GuardFinding(name, 0, 1, "hold", reason)


def _held(sheet: Sheet, feed: Feed, findings: Sequence[GuardFinding]) -> Records:
    """Give the records of a drop that waits for an answer: all of them held."""
    fields = [name for kind in FieldKind for name in feed.of_kind(kind) if name not in feed.key]
    names = ("line", *feed.key, *fields, "value", "account")
    empty = {name: pa.array([], type=pa.large_string()) for name in names}
    return Records(
        feed.name,
        sheet.records,
        pa.table(empty).to_pandas(),
        held=sheet.lines[sheet.order()],
        findings=tuple(findings),
    )


class Shaping:
    """One table on its way to be the records of one feed."""

    def __init__(
        self,
        sheet: Sheet,
        feed: Feed,
        policy: Policy,
        values: Quantities | Prices,
        *,
        places: Places,
        location: Cell,
        key: Cell,
        codes: Vouched,
    ) -> None:
        """Take what is known of the table before its rows are judged."""
        self._sheet = sheet
        self._feed = feed
        self._policy = policy
        self._values = values
        self._places = places
        self._location = location
        self._book = FaultBook(sheet.lines)
        self._sku = key
        self._codes = codes.codes
        self._messages = codes.messages
        self._totals: tuple[TotalCheck, ...] = ()

    def shape(self, faults: Sequence[Fault], totals: Sequence[TotalLine] = ()) -> Records:
        """Judge every record once."""
        self._enter_reader_faults(faults)
        self._enter_location_faults()
        self._enter_sku_faults()
        unkeyed = self._codes.blank | np.isin(self._places.index, list(self._places.problems))
        unkeyed[list(self._codes.problems)] = True
        blank = self._values.read(self._book) & ~self._book.mask()
        self._totals = tuple(self._values.check_totals(self._sheet, totals, doubtful=bool(faults)))
        keys = self._keys()
        faulty = self._book.mask()
        repeats = self._settle_repeats(keys, ~faulty & ~blank & ~unkeyed, faulty & ~unkeyed)
        merged = np.zeros(len(blank), dtype=bool)
        merged[list(repeats.merged)] = True
        if self._policy.duplicates == "sum":
            self._values.add_up(repeats.sums, ~self._book.mask() & ~blank & ~merged, self._book)
        live = ~self._book.mask() & ~blank & ~merged
        self._values.close(live)
        return self._records(live, blank, repeats)

    def _enter_reader_faults(self, faults: Sequence[Fault]) -> None:
        by_line: dict[int, list[Fault]] = {}
        for fault in faults:
            by_line.setdefault(fault.line, []).append(fault)
        if by_line:
            for at in np.flatnonzero(np.isin(self._sheet.lines, list(by_line))).tolist():
                for fault in by_line[int(self._sheet.lines[at])]:
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

    def _settle_repeats(self, keys: Index, live: Flags, spoiled: Flags) -> Repeats:
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
            messages=(
                *self._values.messages,
                *self._messages,
                *(one.message for one in self._totals if one.agrees),
            ),
            totals=self._totals,
        )

    def _frame(self, positions: np.ndarray[Any, np.dtype[np.int64]]) -> pd.DataFrame:
        at = pa.array(positions)
        place = pa.array(self._places.index[positions])
        columns = {
            "line": self._sheet.lines[positions],
            "location_id": pa.array(self._places.codes, type=pa.large_string()).take(place),
            "sku": self._codes.texts.take(at),
            **self._values.columns(positions),
            "value": self._values.texts(positions),
            "account": pa.array(self._places.accounts, type=pa.large_string()).take(place),
        }
        frame: pd.DataFrame = pa.table(columns).to_pandas()
        return frame

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
