"""The files a shop gets back are written row by row: their size does not decide how much memory that takes."""

from __future__ import annotations

import csv
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from connector import readers
from connector.feeds.binding import Binding, LocationRule
from connector.ledger import Ledger
from connector.model import Drop, Fault, RowVerdict, Verdict
from connector.outcome import Outcome
from connector.planner import Understanding
from connector.profiles import Match
from tests.contract.ledger_kit import FEED, identify, in_a_file, land

STOCK = Binding(FEED, {"sku": 0, "quantity": 1}, LocationRule(constant="BLR-01"))


def landed(ledger: Ledger, folder: Path, rows: int) -> tuple[Drop, Understanding]:
    """A file of which every third row was rejected and the others asked for nothing."""
    path = folder / f"{rows}.csv"
    path.write_text("sku,quantity,name\n" + "".join(f"A-{n},x{n},some name\n" for n in range(rows)))
    document = readers.read(path, name="stock.csv", spool=folder / "spool", in_process=True)
    drop = identify(ledger, land(ledger))
    assert ledger.begin_plan(drop.id)
    rejects = (
        RowVerdict(FEED, n, "BLR-01", f"A-{n}", Verdict.REJECTED, (Fault(n, "quantity", "x", "c", f"“x{n}”?"),))
        for n in range(2, rows + 2, 3)
    )  # fmt: skip
    ledger.add_verdicts(drop.id, list(rejects))
    ledger.add_unchanged(drop.id, FEED, [n for n in range(2, rows + 2) if n % 3 != 2])
    ledger.planned(drop.id, {FEED: rows}, {})
    ledger.close(drop.id)
    return ledger.drop(drop.id), Understanding(document, document.tables[0], Match(None, 0, (STOCK,)))


def peak(outcome: Outcome, drop: Drop, known: Understanding) -> int:
    tracemalloc.start()
    try:
        outcome.write(drop, lambda: known)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_ten_times_the_rows_take_hardly_more_memory(tmp_path: Path, form: str) -> None:
    (ledger,) = in_a_file(tmp_path)
    outcome = Outcome(ledger=ledger, outbox=tmp_path / "outbox", archive=tmp_path / "archive", every_row=True)
    peaks = {}
    for rows in (3_000, 30_000):
        drop, known = landed(ledger, tmp_path, rows)
        assert known.table is not None
        table = replace(known.table, format=form, header_lines=() if form == "json" else (1,))
        peaks[rows] = peak(outcome, drop, replace(known, table=table))
        (written,) = tmp_path.glob(f"outbox/results/*/{drop.id}-*/*.correction.*")
        assert written.stat().st_size > 10_000
        (result,) = tmp_path.glob(f"outbox/results/*/{drop.id}-*/result.csv")
        with result.open(encoding="utf-8-sig", newline="") as file:
            assert sum(1 for _ in csv.reader(file)) == rows + 1
    assert peaks[30_000] < 2.5 * peaks[3_000], peaks
