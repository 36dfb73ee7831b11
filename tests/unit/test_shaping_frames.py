"""Columns by name: what a plan needs of a data frame."""

import numpy as np
import pyarrow as pa
import pytest

from connector.shaping.frames import Frame, joined


@pytest.fixture
def frame() -> Frame:
    return Frame({
        "line": np.array([2, 3, 4], dtype=np.int32),
        "sku": pa.array(["A", None, "C"], type=pa.large_string()),
    })  # fmt: skip


def rows(frame: Frame) -> list[tuple[int, str | None]]:
    return list(zip(frame["line"].tolist(), frame["sku"].to_pylist(), strict=True))


def test_records_are_taken_by_position_and_by_flag(frame: Frame) -> None:
    assert len(frame) == 3
    assert rows(frame.take(np.array([2, 0]))) == [(4, "C"), (2, "A")]
    assert rows(frame.where(np.array([False, True, True]))) == [(3, None), (4, "C")]
    assert frame.where(np.ones(3, dtype=bool)) is frame
    assert rows(frame.take(np.array([], dtype=np.int64))) == []


def test_a_slice_ends_where_the_records_do(frame: Frame) -> None:
    assert rows(frame.slice(1, 9)) == [(3, None), (4, "C")]
    assert rows(frame.slice(3, 3)) == rows(frame.slice(3, 1)) == []


def test_cells_are_plain_values(frame: Frame) -> None:
    assert frame.cells(0, "line", "sku") == [2, "A"]
    assert type(frame.cells(0, "line")[0]) is int
    assert frame.cells(1, "sku") == [None]


def test_what_is_assigned_stands_beside_and_the_first_stays_as_it_was(frame: Frame) -> None:
    more = frame.assign(line=frame["line"] + 1, batch=np.zeros(3, dtype=np.int64))
    assert (frame["line"][0], more["line"][0], "batch" in more, "batch" in frame) == (2, 3, True, False)
    assert list(more.to_pandas().columns) == ["line", "sku", "batch"]


def test_several_become_one_in_their_order(frame: Frame) -> None:
    whole = joined(one for one in (frame.slice(2, 3), frame.slice(0, 2)))
    assert rows(whole) == [(4, "C"), (2, "A"), (3, None)]
    assert whole["line"].dtype == np.int32
