"""What a shop gets back for each drop, put together from the ledger, and where its original goes.

The ledger says which lines did not go through; the file is only asked for the cells of those lines.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from connector import outbox, readers
from connector.errors import RejectDrop
from connector.files import replacing, safe_name
from connector.mending import Mending
from connector.model import NOTHING_TO_MEND, Drop, DropState, RowVerdict, Verdict, is_correction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    from connector.ledger import Decision, Ledger
    from connector.outbox import Written
    from connector.planner import Understanding

log = structlog.get_logger(__name__)

ARCHIVE_FOLDER = {DropState.CLOSED: "done"}
"""Name of the archive's folder for a state, where it is not the state itself."""

FINGERPRINT_SHOWN = 12
"""Characters of the fingerprint in an archived name: enough to tell all files of a shop apart."""


class Outcome:
    """Writes result and correction files. Writing those of a drop again gives the same files."""

    def __init__(self, *, ledger: Ledger, outbox: Path, archive: Path, every_row: bool) -> None:
        self._ledger = ledger
        self._outbox = outbox
        self._archive = archive
        self._every_row = every_row

    @property
    def results(self) -> Path:
        """The folder all results are under."""
        return self._outbox / "results"

    @property
    def archive(self) -> Path:
        """The folder all originals are under."""
        return self._archive

    def archive_path(self, drop: Drop) -> Path:
        """By date, state and fingerprint; the landing number keeps the same file dropped twice apart."""
        stem, suffix = outbox.stem_of(drop.name), Path(safe_name(drop.name)).suffix.lower()
        folder = ARCHIVE_FOLDER.get(drop.state, str(drop.state))
        name = f"{stem}.{drop.id}-{drop.fingerprint[:FINGERPRINT_SHOWN]}{suffix}"
        return self._archive / _day(drop).isoformat() / folder / name

    def write(self, drop: Drop, understood: Callable[[], Understanding]) -> dict[str, Any]:
        """The files of a drop that ended; answers the one line to say of it."""
        totals = self._ledger.totals(drop.id)
        asked = self.asked(drop)
        correction = self._write_correction(drop, understood, asked) if asked else None
        summary = self._summary(drop, totals, correction)
        outbox.write_result(self._folder(drop), summary=summary, rows=self.rows(drop, every=self._every_row))
        return {
            "drop": drop.id,
            "file": drop.path,
            "state": str(drop.state),
            "profile": drop.profile,
            "rows": drop.rows_read,
            **{feed: _counted(counts) for feed, counts in totals.items()},
            **({"reason": drop.reason} if drop.reason else {}),
        }

    def asked(self, drop: Drop) -> int:
        """How many records ask something of the sender: for them alone the rows of the file are needed once more."""
        totals = self._ledger.totals(drop.id)
        return _open_rows(totals) - self._ledger.open_made(drop.id, without=NOTHING_TO_MEND)

    def write_proposal(self, drop: Drop, understood: Understanding) -> None:
        """The proposed profile of a file nobody has told us how to read."""
        folder = self._folder(drop)
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(folder / f"{outbox.stem_of(drop.name)}.proposed-profile.toml") as file:
            file.write(understood.proposal.encode())

    def _folder(self, drop: Drop) -> Path:
        return outbox.result_folder(self._outbox, day=_day(drop), landing=drop.id, name=drop.name)

    def _summary(
        self, drop: Drop, totals: Mapping[str, Mapping[Verdict, int]], correction: Written | None
    ) -> dict[str, Any]:
        return {
            "drop": drop.id,
            "file": drop.path,
            "fingerprint": drop.fingerprint,
            "landed_at": drop.landed_at.isoformat(),
            "state": str(DropState.ARCHIVED if drop.state is DropState.CLOSED else drop.state),
            "reason": drop.reason,
            "same_as": drop.same_as,
            "parent": drop.parent_id,
            "opened_as": self._ledger.opened_from(drop.id),
            "decisions": [_decided(decision) for decision in self._ledger.decisions.of(drop.id)],
            "profile": drop.profile,
            "rows_read": drop.rows_read,
            "made_zeros": drop.made_zeros,
            "netted": {
                name: feed["netted_rows"]
                for name, feed in drop.report.get("feeds", {}).items()
                if feed.get("netted_rows")
            },
            "totals": {feed: _named(counts) for feed, counts in totals.items()},
            "notes": drop.report.get("notes", []),
            "mended": {name: feed["notes"] for name, feed in drop.report.get("feeds", {}).items()},
            "batches": self._ledger.acknowledgements(drop.id),
            "correction_file": correction.path.name if correction else None,
            "correction_rows": correction.rows if correction else 0,
            "correction_note": correction.note if correction else None,
            "archive": str(self.archive_path(drop)),
        }

    def rows(self, drop: Drop, *, every: bool) -> Iterator[RowVerdict]:
        """What became of the rows of a drop: of `every` one, or of those that have a verdict of their own."""
        if not every:
            if drop.made_zeros:
                yield from self._ledger.made_rows(drop.id)
            yield from self._ledger.rows_by_line(drop.id)
            return
        sheet = drop.report.get("reader", {}).get("sheet")
        for row in self._ledger.every_row(drop.id):
            yield replace(row, sheet=row.sheet or sheet)

    def _write_correction(
        self, drop: Drop, understood: Callable[[], Understanding], asked: int
    ) -> Written | None:
        """The rows that ask something of the sender; `asked` is how many records the totals say they are."""
        known = self._understood(drop, understood)
        if known is None or known.table is None:
            return None
        table, mending = known.table, Mending(known.table, known.match)
        cells = readers.rows_at(table, self._ledger.lines_of_rows(drop.id, without=NOTHING_TO_MEND))
        if is_correction(table.header):
            cells = ((line, list(map(outbox.formula_plain, row))) for line, row in cells)
        written = outbox.write_correction(
            self._folder(drop),
            name=drop.name,
            table=table,
            rows=mending.rows(self._ledger.rows_by_line(drop.id, without=NOTHING_TO_MEND), cells),
            codes=mending.codes,
            as_it_is=mending.as_it_is,
        )
        if mending.lost or mending.verdicts != asked:
            log.error(
                "correction file not whole",
                drop=drop.id,
                verdicts=mending.verdicts,
                of=asked,
                lost=mending.lost,
            )
        return written

    @staticmethod
    def _understood(drop: Drop, understood: Callable[[], Understanding]) -> Understanding | None:
        """The rows as the sender wrote them; None when limits or profiles have changed and it reads no more."""
        try:
            return understood()
        except RejectDrop as error:
            log.warning("no correction file", drop=drop.id, reason=str(error))
            return None


def _decided(decision: Decision) -> dict[str, Any]:
    return {**asdict(decision), "at": decision.at.isoformat()}


def _open_rows(totals: Mapping[str, Mapping[Verdict, int]]) -> int:
    """Rows the sender is to mend, over all feeds."""
    return sum(
        count
        for counts in totals.values()
        for verdict, count in counts.items()
        if verdict not in NOTHING_TO_MEND
    )


def _named(counts: Mapping[Verdict, int]) -> dict[str, int]:
    return {str(verdict): count for verdict, count in counts.items()}


def _counted(counts: Mapping[Verdict, int]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in counts.items()) or "nothing"


def _day(drop: Drop) -> date:
    """The day a drop landed where this machine is: a shop looks for last night's file under last night."""
    return drop.landed_at.astimezone().date()
