"""A damaged text file part by part: only the parts with damage are read record by record, and nobody can tell."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.errors import RejectDrop
from connector.readers import Limits, ReaderOptions, iter_rows
from connector.readers import fast as fast_path
from connector.readers.text import read_text
from tests import files

SOUND = 450
DAMAGED = st.sampled_from([
    'SKU-{n},Lamp "big" one,5,10.00\r\n', 'SKU-{n},"Rope\r\nof 5 m",5,10.00\r\n', 'SKU-{n},"a ""b""",5,10.00\r\n',
    "SKU-{n},Lamp,5\r\n", "SKU-{n},Lamp,5,10.00,6,7\r\n", "SKU-{n};Lamp;5;10.00\r\n", "SKU-{n},La\ufffdmp,5,10.00\r\n",
    "SKU-{n},Lamp,5,10.00\rSKU-{n}b,Lamp,6,10.00\r\n", "\r\n", "Total,,900,\r\n", "SKU-{n},Lamp,5,10.00\n",
])  # fmt: skip


def outcome(path, spool, *, fast):
    try:
        tables, notes = read_text(path, spool, ReaderOptions(), Limits(), fast=fast)
    except RejectDrop as error:
        return str(error)
    return [
        (t.header, t.rows, t.skipped, t.faults, t.samples, t.notes, t.physical_lines, list(iter_rows(t)))
        for t in tables
    ], notes


def table(damaged: dict[int, str], *, titles: str = "") -> str:
    lines = [f"SKU-{number:05},Lamp {number},{number % 90},{number}.50\r\n" for number in range(SOUND)]
    for place, text in sorted(damaged.items(), reverse=True):
        lines.insert(place, text.replace("{n}", f"{place:05}x"))
    return titles + "Item Code,Item Name,Closing Stock,MRP\r\n" + "".join(lines)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    damaged=st.dictionaries(st.integers(0, SOUND), DAMAGED, min_size=1, max_size=8),
    part=st.integers(1, 400),
    titles=st.sampled_from(["", "Shop & Sons\r\nStock on 2026-11-20\r\n", "Shop & Sons\rStock\r"]),
)
def test_parts_of_any_size_give_the_same_table(tmp_path, monkeypatch, damaged, part, titles):
    path = files.save(tmp_path, "f.csv", table(damaged, titles=titles))
    monkeypatch.setattr(fast_path, "PART_BYTES", part)
    assert outcome(path, tmp_path, fast=True) == outcome(path, tmp_path, fast=False)


def test_one_damaged_row_costs_one_part(tmp_path, monkeypatch):
    rows = [f"SKU-{number:05},Lamp {number},{number % 90},{number}.50\r\n" for number in range(60_000)]
    rows[30_000] = "SKU-30000,Lamp,5,10.00,6,7\r\n"
    path = files.save(tmp_path, "f.csv", "Item Code,Item Name,Closing Stock,MRP\r\n" + "".join(rows))
    monkeypatch.setattr(fast_path, "PART_BYTES", 100_000)
    careful: list[int] = []
    read = fast_path._Careful.read  # noqa: SLF001  what is counted is how much goes this way

    def counted(self, start, end, line):
        careful.append(end - start)
        return read(self, start, end, line)

    monkeypatch.setattr(fast_path._Careful, "read", counted)  # noqa: SLF001
    (found,), _notes = read_text(path, tmp_path, ReaderOptions(), Limits())
    assert found.rows == 60_000
    assert len(careful) == 1
    assert careful[0] < 101_000
