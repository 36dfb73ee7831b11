"""Two tables that say the same have the same digest, however they were cut; any cell that moves gives another one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.model import Table
from connector.readers import digest, lines, parts
from connector.readers.spool import schema_of

ROWS = st.lists(st.tuples(st.none() | st.text(max_size=3), st.none() | st.text(max_size=3)), max_size=12)
NOTHING = Table("csv", None, None, None, ("A", "B"), (), (), 0, 0, (), "")


def table(folder: str, rows: list[tuple[str | None, str | None]], cut: int = 100, first: int = 2) -> Table:
    path = Path(folder) / "rows.arrow"
    with pa.ipc.new_file(str(path), schema_of(2)) as writer:
        for start in range(0, len(rows), cut):
            part = rows[start : start + cut]
            numbers = pa.array(np.arange(first + start, first + start + len(part), dtype=np.int32))
            columns = [pa.array(list(cells), type=pa.large_string()) for cells in zip(*part, strict=True)]
            writer.write_batch(
                pa.record_batch([numbers, *columns, pa.nulls(len(part), pa.string())], schema=schema_of(2))
            )
    return replace(NOTHING, spool=str(path), rows=len(rows))


def said(rows: list[tuple[str | None, str | None]], columns: tuple[int, ...] = (0, 1), **how: int) -> str:
    with TemporaryDirectory() as folder:
        return digest(table(folder, rows, **how), columns)


@given(ROWS, st.integers(1, 5))
def test_how_rows_are_cut_makes_no_difference(rows, cut):
    assert said(rows) == said(rows, cut=cut)


@given(ROWS, ROWS)
def test_other_rows_have_another_digest(one, other):
    assert (said(one) == said(other)) == (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([("ab", "c")], [("a", "bc")]),
        ([("a", "x"), ("bc", "x")], [("ab", "x"), ("c", "x")]),
        ([(None, "x")], [("", "x")]),
        ([("1", "2")], [("2", "1")]),
    ],
)
def test_a_letter_that_moves_is_seen(one, other):
    assert said(one) != said(other)


def test_rows_at_other_lines_are_others():
    assert said([("a", "1")]) != said([("a", "1")], first=3)


def test_columns_nobody_uses_say_nothing():
    assert said([("a", "1")], columns=(0,)) == said([("a", "2")], columns=(0,))


def test_the_lines_come_some_together(tmp_path):
    whole = table(str(tmp_path), [("a", "1")] * 5, cut=1)
    assert [part.tolist() for part in lines(whole, together=2)] == [[2, 3], [4, 5], [6]]
    assert [part.tolist() for part in lines(whole)] == [[2, 3, 4, 5, 6]]


@pytest.mark.parametrize("cut", [1, 2, 3, 100])
def test_parts_are_the_rows_in_order_however_they_were_written(tmp_path: Path, cut: int) -> None:
    rows: list[tuple[str | None, str | None]] = [("A", "1"), (None, "2"), ("C", None), ("", "4"), ("E", "5")]
    whole = table(str(tmp_path), rows, cut)
    found = list(parts(whole, [1, 0], rows=2))
    assert [len(part) for part in found][:-1] == [max(2, cut)] * (len(found) - 1)
    assert [name for part in found for name in part] == ["line", "c0", "c1"] * len(found)
    cells = [
        list(part[name].astype(object).where(part[name].notna(), None))
        for part in found
        for name in ("c0", "c1")
    ]
    assert [row for at in range(0, len(cells), 2) for row in zip(*cells[at : at + 2], strict=True)] == rows
    assert [line for part in found for line in part["line"]] == [2, 3, 4, 5, 6]


def test_of_no_rows_there_is_one_part(tmp_path: Path) -> None:
    (part,) = parts(table(str(tmp_path), []), [1])
    assert (len(part), list(part)) == (0, ["line", "c1"])
