"""`result.csv`, what became of the rows of a drop, and `result.json`, its summary."""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from connector.files import replacing, sync_folder
from connector.outbox.formulas import formula_safe
from connector.outbox.text import FALLBACK, text_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from connector.model import RowVerdict, Verdict

RESULT_COLUMNS = ("line", "sheet", "feed", "location_id", "sku", "verdict", "column", "value", "reason")
"""The header of result.csv."""


@dataclass(frozen=True, slots=True)
class ResultFile:
    """A result file that was written: `rows` counts verdicts, `lines` the lines below the header."""

    path: Path
    rows: int
    lines: int
    counts: Mapping[tuple[str, Verdict], int] = field(default_factory=dict)


def write_result(folder: Path, *, summary: Mapping[str, Any], rows: Iterable[RowVerdict]) -> ResultFile:
    """Write result.csv and result.json; answers what result.csv holds, to be held against the ledger.

    `summary` is written as it is, with `rows_in_result` added; write the correction file first, so that the
    summary can name it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "result.csv"
    counts: Counter[tuple[str, Verdict]] = Counter()
    lines = 0
    with replacing(path, synced=False) as file, text_in(file, FALLBACK) as text:
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(RESULT_COLUMNS)
        for row in rows:
            counts[row.feed, row.verdict] += 1
            for cells in result_lines(row):
                writer.writerow(cells)
                lines += 1
    # The folder is synced once, with result.json.
    written = ResultFile(path, counts.total(), lines, dict(counts))
    _write_json(folder / "result.json", {**summary, "rows_in_result": written.rows})
    sync_folder(folder.parent)
    return written


def result_lines(row: RowVerdict) -> Iterator[list[str]]:
    """The lines of result.csv for one row: a row with three faults takes three, a row without any (merged …) one."""
    place = (str(row.line or ""), row.sheet or "", row.feed, row.location or "", row.sku or "")
    for fault in row.faults:
        cells = (*place, row.verdict.value, fault.column, fault.value, fault.reason)
        yield [formula_safe(cell) for cell in cells]
    if not row.faults:
        yield [formula_safe(cell) for cell in (*place, row.verdict.value, "", row.value or "", "")]


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    """A member a line; of a list each item has a line, so that thousands of batches are quickly written and read."""
    members = (f"  {_line(key)}: {_lines(value)}" for key, value in content.items())
    text = "{\n" + ",\n".join(members) + "\n}\n"
    with replacing(path) as file:
        file.write(text.encode("utf-8", "backslashreplace"))


def _lines(value: Any) -> str:
    if not isinstance(value, list | tuple) or not value:
        return _line(value)
    return "[\n    " + ",\n    ".join(map(_line, value)) + "\n  ]"


_line = json.JSONEncoder(ensure_ascii=False, default=str).encode
