"""The real exports in ../shared/samples, where they are: `connector check` on each, as INDEX.csv expects."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.story.shop import environment

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples"
INDEX = SAMPLES / "INDEX.csv"

pytestmark = pytest.mark.skipif(not INDEX.exists(), reason="the samples are not beside this checkout")

ROWS_WITHOUT_A_KEY = {"26_in_seller_stock.csv"}
"""Its expected count leaves out rows without a SKU; they are rows to us, each rejected or skipped with its reason."""

OTHERWISE = {
    "seqB_02_tally_key_flip.xlsx": "nothing is known here yet; test_sequences drops it after the one before it",
}
"""Dispositions that differ from the index, and why."""


def expected() -> list[dict[str, str]]:
    with INDEX.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    files = [str(SAMPLES / row["file"]) for row in expected()]
    done = subprocess.run(
        [sys.executable, "-m", "connector", "check", *files, "--location", "BLR-01", "--json"],
        cwd=tmp_path_factory.mktemp("nowhere"),
        capture_output=True,
        text=True,
        timeout=110,
        env=environment(),
        check=False,
    )
    assert done.returncode == 1, done.stderr
    return {Path(report["file"]).name: report for report in json.loads(done.stdout)}


@pytest.mark.parametrize("row", expected() if INDEX.exists() else [], ids=lambda row: row["file"])
def test_each_sample_is_read_and_every_record_accounted_for(
    checked: dict[str, Any], row: dict[str, str]
) -> None:
    report = checked[row["file"]]
    if row["file"] not in ROWS_WITHOUT_A_KEY:
        assert report["rows_read"] == int(row["expected_data_rows"])
    if row["file"] not in OTHERWISE:
        assert report["disposition"] == row["expected_disposition"], report["reason"]
    for counts in report["feeds"].values():
        assert sum(counts["verdicts"].values()) == counts["records"]
    reader = report["reader"]
    if reader.get("physical_lines"):
        skipped = sum(line["last"] - line["line"] + 1 for line in reader["skipped_lines"])
        assert reader["row_lines"] + skipped == reader["physical_lines"]
