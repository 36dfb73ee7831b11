"""What shaping hands on: records that may go out, and where every other row went."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from connector.model import GuardFinding, RowVerdict, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

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
    "words": "words read as the number the profile gives",
    "units": "units read past",
    "plus_signs": "numbers with a plus sign before them",
    "trimmed": "codes cleaned of blanks and invisible characters outside",
    "unwrapped": 'codes taken out of ="…"',
    "floats": "codes written 1001.0 throughout the column read as 1001",
    "zeros_restored": "leading zeros of codes restored, as the known SKUs have them",
    "cleaned_inside": "invisible characters inside codes taken away, as the known SKUs have none",
    "near_known": "codes that differ from a known SKU by capitals or blanks, sent as they are written",
    "named": "location names turned into codes",
    "merged": "repeated lines merged into another",
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
    text) and `account`. `blank` and `held` are the lines of records without instruction and of records that
    wait with the drop. `findings` are questions that hold the whole drop. `total` counts every record:
    rows, or cells of a wide table; it is the sum of `frame`, `rejects`, `merged`, `blank` and `held`. `totals` are the
    totals the file gives, compared with what its rows add up to.
    """

    feed: str
    total: int
    frame: pd.DataFrame
    rejects: tuple[RowVerdict, ...] = ()
    merged: tuple[RowVerdict, ...] = ()
    blank: Lines = field(default_factory=no_lines)
    held: Lines = field(default_factory=no_lines)
    findings: tuple[GuardFinding, ...] = ()
    notes: Mapping[str, int] = field(default_factory=dict)
    messages: tuple[str, ...] = ()
    totals: tuple[TotalCheck, ...] = ()

    @property
    def verdicts(self) -> tuple[RowVerdict, ...]:
        """The records that have a row of their own whatever is published: rejected, merged, held."""
        held = (RowVerdict(self.feed, int(line), None, None, Verdict.HELD, ()) for line in self.held)
        return tuple(chain(self.rejects, self.merged, held))

    def locations(self) -> tuple[str, ...]:
        """Return the location codes of the records that may go out, sorted."""
        return tuple(sorted(self.frame["location_id"].unique()))


@dataclass(frozen=True, slots=True, eq=False)
class Changed:
    """Records against what the API last acknowledged; its length is the number of records to send.

    `to_send` has the columns of `Records.frame` and `previous` (canonical text, missing when never
    acknowledged) and `previous_batch` (int64, -1 when never). `unchanged` are the lines of records that ask
    for nothing: the value is published already, or the cell is empty. `superseded` are the verdicts of
    records for which a newer drop has set a value. `same` are the positions in `Records.frame` of records
    whose value is published already.
    """

    feed: str
    to_send: pd.DataFrame
    unchanged: Lines
    superseded: tuple[RowVerdict, ...] = ()
    same: np.ndarray[Any, np.dtype[np.int64]] = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def confirmed(self, records: Records) -> dict[str, list[tuple[str, str]]]:
        """Give the (location, SKU)s whose published value this drop repeats, by account."""
        found: dict[str, list[tuple[str, str]]] = {}
        frame = records.frame.take(self.same)
        columns = (frame[name].tolist() for name in ("account", "location_id", "sku"))
        for account, location, sku in zip(*columns, strict=True):
            found.setdefault(account, []).append((location, sku))
        return found

    def __len__(self) -> int:
        """Count the records to send."""
        return len(self.to_send)


def verdict_counts(
    records: Records, changed: Changed, findings: Sequence[GuardFinding] = ()
) -> dict[Verdict, int]:
    """Count the records of one feed by what became of them, as far as planning can know.

    What would be sent counts as accepted; when a finding holds the drop it counts as held. The counts
    always add up to `records.total`.
    """
    held = any(finding.verdict == "hold" for finding in (*records.findings, *findings))
    counts: Counter[Verdict] = Counter()
    counts[Verdict.HELD if held else Verdict.ACCEPTED] += len(changed)
    counts[Verdict.HELD] += len(records.held)
    counts[Verdict.UNCHANGED] += len(changed.unchanged)
    counts[Verdict.MERGED] += len(records.merged)
    counts[Verdict.SUPERSEDED] += len(changed.superseded)
    counts[Verdict.REJECTED] += len(records.rejects)
    return {verdict: counts[verdict] for verdict in Verdict if counts[verdict]}


def report(records: Records, changed: Changed, findings: Sequence[GuardFinding] = ()) -> dict[str, Any]:
    """Return the account of one feed for `connector check --json`: records, verdicts, notes, messages."""
    counts = verdict_counts(records, changed, findings)
    return {
        "records": records.total,
        "verdicts": {str(verdict): number for verdict, number in counts.items()},
        "notes": dict(records.notes),
        "messages": list(records.messages),
    }
