"""The fuzz target: `connector check` on damaged files. Each is read or refused in words, in time, with even totals.

By itself it runs for a bounded time. `CONNECTOR_FUZZ=10000` runs so many, `CONNECTOR_FUZZ_FROM=N` starts at seed N.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from time import monotonic

import pytest

from connector.errors import HoldDrop, RejectDrop
from connector.model import Verdict
from connector.planner import Origin
from connector.readers import Limits, looks_whole
from tests import fuzz, planned

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "samples"
SECONDS = 40
MANY = int(os.environ.get("CONNECTOR_FUZZ", "0"))
FIRST = int(os.environ.get("CONNECTOR_FUZZ_FROM", "0"))
DEFECTS = ("broke the reader", "lost count", "setting reading.seconds")
"""What a refusal may not say: that our own code failed, or that a small file took too long."""
LIMITS = Limits(seconds=20, memory_bytes=400 * 1024 * 1024, cells=4_000_000, unpacked_bytes=100 * 1024 * 1024)


@pytest.fixture
def planner(tmp_path):
    return planned.planner(tmp_path / "spool", LIMITS)


def check(planner, path, spool):
    """What `connector check` does with one file; gives what became of it."""
    looks_whole(path)
    try:
        understood = planner.understand(path, Origin(path.name), spool)
        for table in understood.document.tables:
            aside = sum(line.last - line.line + 1 for line in table.skipped)
            assert table.row_lines + aside == table.physical_lines, "the lines do not add up"
        plan, kept = planned.plan(planner, understood)
    except (RejectDrop, HoldDrop) as error:
        said = str(error)
        assert said, "a refusal without words"
        for defect in DEFECTS:
            assert defect not in said, said
        return type(error).__name__
    for feed in plan.feeds:
        assert sum(feed.counts.values()) == feed.total, "the verdicts do not add up"
        batched = sum(sum(lot.sizes) for lot in kept.lots if lot.feed == feed.name)
        assert plan.holds or batched == feed.counts.get(Verdict.ACCEPTED, 0), "not all records are in batches"
    return "planned"


@pytest.mark.slow
@pytest.mark.timeout(max(120, MANY))
def test_damaged_files_are_read_or_refused_in_words(tmp_path, planner):
    seeds = fuzz.seeds(tmp_path, SAMPLES)
    ends: dict[str, int] = {}
    began = monotonic()
    for seed, name, content in fuzz.mutations(seeds, FIRST, MANY or 100_000):
        path = tmp_path / f"{seed}-{name}"
        path.write_bytes(content)
        spool = tmp_path / "spool" / str(seed)
        try:
            end = check(planner, path, spool)
        except Exception as error:
            error.add_note(
                f"seed {seed}, from {name}: bring it back with CONNECTOR_FUZZ=1 CONNECTOR_FUZZ_FROM={seed}"
            )
            raise
        ends[end] = ends.get(end, 0) + 1
        path.unlink()
        shutil.rmtree(spool, ignore_errors=True)
        if not MANY and monotonic() - began > SECONDS:
            break
    print(f"{sum(ends.values())} damaged files in {monotonic() - began:.0f} s: {ends}")  # noqa: T201 - shown with -s
    assert ends.get("planned", 0) > 0
    assert ends.get("RejectDrop", 0) > 0
