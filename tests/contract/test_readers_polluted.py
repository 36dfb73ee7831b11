"""A clean table damaged in every way we know is read as it was meant, with every line accounted for."""

from __future__ import annotations

import csv
from collections import Counter

import pytest

from connector.readers import export_csv, read
from tests import files, polluter


def written(tmp_path, polluted):
    """What `read` writes for a polluted file, and its table."""
    path = files.save(tmp_path, "polluted.csv", polluted.text, polluted.encoding)
    (table,) = read(path, name="polluted.csv", spool=tmp_path / "spool", in_process=True).tables
    taken = sum(line.last - line.line + 1 for line in table.skipped)
    assert table.row_lines + taken == table.physical_lines
    export_csv(table, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as out:
        return [tuple(row) for row in csv.reader(out)], table


@pytest.mark.parametrize("polluted", list(polluter.whole_files()), ids=lambda polluted: polluted.kind)
def test_a_fault_of_the_whole_file(tmp_path, polluted):
    got, _table = written(tmp_path, polluted)
    heading = [polluted.header] if polluted.header else []
    assert got == [*heading, *polluted.rows]


def test_a_fault_of_one_row_anywhere_spares_its_neighbours_and_is_mended_nearly_always(tmp_path):
    missed: Counter[str] = Counter()
    count = 0
    for polluted in polluter.one_row():
        got, _table = written(tmp_path, polluted)
        expected = [polluted.header, *polluted.rows]
        count += 1
        wrong = [place for place, row in enumerate(expected) if place >= len(got) or got[place] != row]
        damaged = int(polluted.kind.split(":")[0].removeprefix("row ")) + 1
        assert wrong in ([], [damaged]), polluted.kind
        assert len(got) == len(expected), polluted.kind
        missed.update([polluted.kind.split(": ")[1]] if wrong else [])
    assert sum(missed.values()) < count * 0.03, missed
