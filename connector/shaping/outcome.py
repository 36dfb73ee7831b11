"""What shaping hands on: records that may go out, and where every other row went."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connector.feeds.fields import distinct
from connector.feeds.fields.text import flags
from connector.model import Fault, GuardFinding, RowVerdict, Verdict
from connector.shaping.overlap import Overlap
from connector.shaping.shelf import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from connector.shaping.crowd import Crowd
    from connector.shaping.frames import Frame
    from connector.shaping.netting import Netted
    from connector.shaping.totals import TotalCheck

Lines = np.ndarray[Any, np.dtype[np.int32]]

NOTES: Mapping[str, str] = {
    "blank": "empty cells, which are no instruction",
    "blank_zero": "empty cells sent as 0, as the profile says",
    "negatives": "stock below zero sent as 0",
    "fractions": "fractions of a piece cut off",
    "buffer": "stock lowered by the buffer",
    "minimum": "stock below the minimum sent as 0",
    "maximum": "stock above the maximum sent as the maximum",
    "rounded": "prices rounded to two decimals",
    "list_raised": "list prices below the selling price, sent as the selling price",
    "words": "words read as the number the profile gives",
    "units": "units read past",
    "plus_signs": "numbers with a plus sign before them",
    "trimmed": "codes cleaned of blanks and invisible characters outside",
    "unwrapped": 'codes taken out of ="…" or from behind an apostrophe',
    "floats": "codes written 1001.0 throughout the column read as 1001",
    "zeros_restored": "leading zeros of codes restored, as the known SKUs have them",
    "cleaned_inside": "invisible characters inside codes taken away, as the known SKUs have none",
    "near_known": "codes that differ from a known SKU by capitals or blanks, sent as they are written",
    "named": "location names turned into codes",
    "merged": "repeated lines merged into another",
    "absent_zero": "SKUs that are not in the file, sent as 0, as the profile says",
}
"""Every count a feed's report can hold, in words for the report and the manual."""


def no_lines() -> Lines:
    """Return no lines."""
    return np.empty(0, dtype=np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """One feed's rows after shaping.

    `frame` has the records that may go out, in the order of the file: `line` (int32), `location_id`, `sku`,
    the fields (`quantity` int64 pieces; or `esp` and `mrp` int64 paise and `currency`), `value` (canonical
    text) and `account`. `blank` are the lines of records without instruction, `held` counts those that wait with
    the drop. `findings` are questions that hold the whole drop. `total` counts every record:
    rows, or cells of a wide table; it is the sum of `frame`, `rejects`, `merged`, `blank` and `held`. Of the rejects,
    `unkeyed` have no SKU or location that could be read.
    """

    feed: str
    total: int
    frame: Frame
    rejects: tuple[RowVerdict, ...] = ()
    merged: tuple[RowVerdict, ...] = ()
    blank: Lines = field(default_factory=no_lines)
    held: int = 0
    findings: tuple[GuardFinding, ...] = ()
    notes: Mapping[str, int] = field(default_factory=dict)
    unkeyed: int = 0

    @property
    def verdicts(self) -> tuple[RowVerdict, ...]:
        """The records that have a row of their own whatever is published: rejected, merged."""
        return (*self.rejects, *self.merged)

    def locations(self) -> tuple[str, ...]:
        """Return the location codes of the records that may go out, sorted."""
        return tuple(sorted(pc.unique(self.frame["location_id"]).to_pylist()))


@dataclass(frozen=True, slots=True, eq=False)
class Changed:
    """Records against what the API last acknowledged; its length is the number of records to send.

    `to_send` has the columns of `Records.frame` and `previous` (canonical text, missing when never
    acknowledged) and `previous_batch` (int64, -1 when never). `unchanged` are the lines of records that ask
    for nothing: the value is published already, or the cell is empty. `superseded` are the verdicts of
    records for which a newer drop has set a value. `same` are the positions in `Records.frame` of records
    whose value is published already, `same_batch` the batches that set them. `held` are the verdicts of records a
    guard of rows stopped.
    """

    feed: str
    to_send: Frame
    unchanged: Lines
    superseded: tuple[RowVerdict, ...] = ()
    same: np.ndarray[Any, np.dtype[np.int64]] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    same_batch: np.ndarray[Any, np.dtype[np.int64]] = field(
        default_factory=lambda: np.empty(0, dtype=np.int64)
    )
    held: tuple[RowVerdict, ...] = ()

    def confirmed(
        self, records: Records, landing: int, keys: Collection[tuple[str, str]] | None = None
    ) -> dict[str, dict[str, Any]]:
        """Give what is published and said again by this drop: segments by account, then location.

        Of all of it, or of `keys` (location, SKU) only.
        """
        frame = records.frame.take(self.same).assign(batch=self.same_batch)
        if keys is not None:
            asked = pa.array(list({sku for _, sku in keys}), type=pa.large_string())
            frame = frame.where(flags(pc.is_in(frame["sku"], value_set=asked)))
            pairs = zip(frame["location_id"].to_pylist(), frame["sku"].to_pylist(), strict=True)
            frame = frame.where(np.array([key in keys for key in pairs], dtype=bool))
        found: dict[str, dict[str, Any]] = {}
        for account, location, rows in _by_place(frame):
            landings = pa.array(np.full(len(rows), landing, dtype=np.int64))
            columns = [rows["sku"], rows["value"], landings, pa.array(rows["batch"])]
            segment = pa.record_batch(columns, schema=SCHEMA)
            found.setdefault(account, {})[location] = segment
        return found

    def __len__(self) -> int:
        """Count the records to send."""
        return len(self.to_send)


def _by_place(frame: Frame) -> Iterator[tuple[str, str, Frame]]:
    """The records of each account and location, in the order of the file."""
    if not len(frame):
        return
    accounts, locations = distinct(frame["account"]), distinct(frame["location_id"])
    places = accounts.index.astype(np.int64) * len(locations.texts) + locations.index
    order = np.argsort(places, kind="stable")
    there, starts = np.unique(places[order], return_index=True)
    for place, some in zip(there.tolist(), np.split(order, starts[1:]), strict=True):
        account, location = divmod(place, len(locations.texts))
        yield accounts.texts[account].as_py(), locations.texts[location].as_py(), frame.take(some)


class Tally:
    """What the records of one feed come to, summed up part by part: all that a guard and a report look at.

    `totals` are the totals the file gives, compared with what all its rows add up to; `crowds` the values that moved
    farther than a row may; `overlap` how far its SKUs are known. `stocked` records had stock when last acknowledged,
    `gone` of them are 0 now; `zeros` say 0 at all. `made` zeros are beside the `total` that was read.
    """

    def __init__(self, feed: str) -> None:
        """Start with nothing."""
        self.feed = feed
        self.total = 0
        self.rejects = 0
        self.blank = 0
        self.findings: tuple[GuardFinding, ...] = ()
        self.totals: tuple[TotalCheck, ...] = ()
        self.crowds: tuple[Crowd, ...] = ()
        self.overlap = Overlap()
        self.stocked = 0
        self.gone = 0
        self.zeros = 0
        self.unkeyed = 0
        self.made = 0
        self.netted: Sequence[Netted] = ()
        self.notes: Counter[str] = Counter()
        self._counts: Counter[Verdict] = Counter()
        self._reasons: Counter[str] = Counter()
        self._first: dict[str, Fault] = {}

    def compare(self, records: Records, changed: Changed) -> None:
        """Count what had stock in a part of the table, before any record of it is set aside."""
        if "quantity" not in records.frame:
            return
        # Never anything, in doubt, none. No constant of the module: pyarrow would import pandas for it, at the start.
        nothing = pa.array([None, "", "0"], type=pa.large_string())
        had = ~flags(pc.is_in(changed.to_send["previous"], value_set=nothing))
        gone = had & (changed.to_send["quantity"] == 0)
        kept = records.frame["quantity"][changed.same] > 0
        self.stocked += int(np.count_nonzero(had)) + int(np.count_nonzero(kept))
        self.gone += int(np.count_nonzero(gone))
        self.zeros += int(np.count_nonzero(records.frame["quantity"] == 0))

    def make_zeros(self, count: int) -> None:
        """So many SKUs go out as 0 that no row speaks of."""
        self.made = count
        if count:
            self.notes["absent_zero"] = count

    def add(self, records: Records, changed: Changed) -> None:
        """Take in a part of the table, but for the records that were set aside."""
        self.total += records.total
        self.rejects += len(records.rejects)
        self.unkeyed += records.unkeyed
        self.blank += len(records.blank)
        self.findings += records.findings
        self.notes.update(records.notes)
        self._counts[Verdict.HELD] += records.held
        self._counts[Verdict.MERGED] += len(records.merged)
        self._counts[Verdict.UNCHANGED] += len(changed.unchanged)
        self._counts[Verdict.SUPERSEDED] += len(changed.superseded)
        self.add_decided(changed)
        self._counts[Verdict.REJECTED] += len(records.rejects)
        for verdict in records.rejects:
            for fault in verdict.faults:
                self._reasons[fault.code] += 1
                # Rows that repeat a key are judged last, wherever they stand.
                if fault.line < self._first.setdefault(fault.code, fault).line:
                    self._first[fault.code] = fault

    def add_decided(self, changed: Changed) -> None:
        """Take in what goes out and what is held, now that it is decided."""
        self._counts[Verdict.ACCEPTED] += len(changed)
        self._counts[Verdict.HELD] += len(changed.held)

    @property
    def asking(self) -> int:
        """Records that ask for something: all but the blank ones."""
        return self.total - self.blank

    def usual_reason(self) -> str:
        """The reason most rejects share, in the words of its first row."""
        first = self._first[max(self._reasons, key=lambda code: (self._reasons[code], code))]
        return f'{first.reason} (column "{first.column}")'

    def counts(self, *, held: bool = False) -> dict[Verdict, int]:
        """The records by what became of them, as far as planning can know; they add up to `total` and `made`.

        What would be sent counts as accepted, or as held when the drop is.
        """
        counts = Counter(self._counts)
        counts[Verdict.ACCEPTED] += self.made
        if held or any(finding.verdict == "hold" for finding in self.findings):
            counts[Verdict.HELD] += counts.pop(Verdict.ACCEPTED, 0)
        return {verdict: counts[verdict] for verdict in Verdict if counts[verdict]}
