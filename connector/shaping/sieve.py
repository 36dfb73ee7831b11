"""Sets rows aside that a guard stops, and decides about them when the whole table has been seen.

A few rows that moved too far are mistakes of these rows: they are held. A crowd of them is a mistake of the file, or a
day of new taxes: the drop is held, and only a person can tell. What does not fit in stays behind when she lets it go.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from connector.model import Fault, RowVerdict, Verdict
from connector.shaping.crowd import NAMED, Crowd, Fit, fit, times
from connector.shaping.outcome import Changed, no_lines
from connector.shaping.rows import Rows, stops

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from connector.feeds import Feed, Guards
    from connector.feeds.fields.text import Flags, Whole
    from connector.model import Release
    from connector.shaping.acknowledged import Floats
    from connector.shaping.crowd import LetGo
    from connector.shaping.frames import Frame
    from connector.shaping.rows import RowGuard, Stop

AT_ONCE = 20_000
"""Rows decided about together: each that is held has words of its own, and they are not all in memory at once."""


class Sieve:
    """The rows of one feed that a guard stops. They are kept as columns until the end of the table."""

    def __init__(
        self,
        feed: Feed,
        guards: Guards,
        release: Release | None = None,
        columns: Mapping[str, str] | None = None,
        let_go: Sequence[LetGo] = (),
    ) -> None:
        """`columns` is the sender's header of each field. With a `release` a person has looked at what was held.

        `let_go` are crowds of earlier drops: what follows them late is no mistake.
        """
        self._feed = feed
        self._guards = guards
        self._waived = release is not None and not release.except_outliers
        self._columns = columns or {}
        self._let_go = let_go
        self._aside: list[Frame] = []
        self._ratios: dict[tuple[RowGuard, str], list[Floats]] = {}
        self.crowds: tuple[Crowd, ...] = ()

    def sift(self, changed: Changed) -> Changed:
        """The same without the records a guard stops: those are set aside."""
        stopped = np.zeros(len(changed), dtype=bool)
        for guard, stop in self._stops(Rows(changed.to_send, self._feed, self._guards)):
            stopped |= stop.rows
            if stop.ratio is not None:
                self._ratios.setdefault((guard, stop.field), []).append(stop.ratio[stop.rows])
        if not stopped.any():
            return changed
        self._aside.append(changed.to_send.where(stopped))
        return replace(changed, to_send=changed.to_send.where(~stopped))

    def rest(self) -> Iterator[Changed]:
        """What was set aside, decided: sent or held. To be asked for after the last part of the table.

        When it is through, `crowds` tells of all moves, and whether they hold the drop.
        """
        self.crowds = tuple(self._crowd(*key, np.concatenate(found)) for key, found in self._ratios.items())
        for frame in self._aside:
            for start in range(0, len(frame), AT_ONCE):
                yield self._decided(frame.slice(start, min(start + AT_ONCE, len(frame))))

    def _stops(self, rows: Rows) -> list[tuple[RowGuard, Stop]]:
        """What the guards stop, without the late followers of crowds that were let go."""
        found = stops(rows)
        if not self._let_go:
            return found
        left = (
            (guard, replace(stop, rows=stop.rows & ~self._follows(guard, stop, rows)))
            for guard, stop in found
        )
        return [(guard, stop) for guard, stop in left if stop.rows.any()]

    def _follows(self, guard: RowGuard, stop: Stop, rows: Rows) -> Flags:
        follows = np.zeros(len(rows), dtype=bool)
        if stop.ratio is not None:
            for crowd in (one for one in self._let_go if one.guard == guard.name):
                at = stop.rows & (rows.frame["previous_batch"] < crowd.batch)
                follows[at] |= Fit(crowd.ratio, self._guards.crowd_width, 0).holds(stop.ratio[at])
        return follows

    def _crowd(self, guard: RowGuard, field: str, ratios: Floats) -> Crowd:
        limit = self._guards.crowd_rows
        common = fit(ratios, width=self._guards.crowd_width, more_than=limit)
        return Crowd(guard.name, self._feed.field(field).label, guard.usually, len(ratios), limit, common)

    def _decided(self, frame: Frame) -> Changed:
        """Of the crowd, and so sent if the drop is, is what no guard stops but for a move the whole crowd made."""
        rows = Rows(frame, self._feed, self._guards)
        found = self._stops(rows)
        alone = np.zeros(len(frame), dtype=bool)
        for guard, stop in found:
            alone |= stop.rows & ~self._with_crowd(guard, stop, rows)
        held = np.zeros(len(frame), dtype=bool) if self._waived else alone
        verdicts = tuple(self._verdict(rows, int(at), found) for at in np.flatnonzero(held))
        return Changed(self._feed.name, frame.where(~held), no_lines(), held=verdicts)

    def _with_crowd(self, guard: RowGuard, stop: Stop, rows: Rows) -> Flags:
        """Which records moved with the crowd; the others are told to it."""
        crowd = next((one for one in self.crowds if one.name == guard.name), None)
        if crowd is None or stop.ratio is None:
            return np.zeros(len(rows), dtype=bool)
        near = np.zeros(len(rows), dtype=bool)
        near[stop.rows] = crowd.of_it(stop.ratio[stop.rows])
        self._name(crowd, stop, np.flatnonzero(stop.rows & ~near), rows)
        return near

    def _name(self, crowd: Crowd, stop: Stop, outliers: Whole, rows: Rows) -> None:
        away = crowd.distance(stop.ratio[outliers]) if stop.ratio is not None else np.zeros(0)
        farthest = np.argsort(-away, kind="stable")[:NAMED]
        words = ((float(away[one]), _called(rows, stop, int(outliers[one]))) for one in farthest.tolist())
        crowd.name_outliers(len(outliers), words)

    def _verdict(self, rows: Rows, at: int, found: list[tuple[RowGuard, Stop]]) -> RowVerdict:
        line, location, sku, value = rows.frame.cells(at, "line", "location_id", "sku", "value")
        faults = tuple(
            Fault(
                int(line),
                self._columns.get(stop.field, ""),
                rows.text(stop.field, at),
                guard.name,
                stop.says(at),
            )
            for guard, stop in found
            if stop.rows[at]
        )
        return RowVerdict(self._feed.name, int(line), location, sku, Verdict.HELD, faults, value)


def _called(rows: Rows, stop: Stop, at: int) -> str:
    """A row in a sentence about many."""
    line, sku = rows.frame.cells(at, "line", "sku")
    before, now = rows.before.text(stop.field, at), rows.text(stop.field, at)
    ratio = 0.0 if stop.ratio is None else float(stop.ratio[at])
    return f"line {line}, {sku}: {before} to {now}, {times(ratio)}"
