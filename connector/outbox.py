"""The files a shop gets back for each drop: what became of it, and the rows to correct in its own layout.

Layout, under the outbox: `results/<YYYY-MM-DD>/<landing>-<stem>/` with

    result.json                the summary, written last: when it is there, all the others are
    result.csv                 one line per fault of every row that has a verdict of its own
    <stem>.correction.csv      only rows that did not go through; correct them and drop the file again

Every file is written aside, synced and renamed; writing the same drop again gives the same bytes.
"""

from __future__ import annotations

import csv
import json
import re
import tempfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from connector.files import replacing, safe_name, sync_folder
from connector.model import LINE_COLUMN, REASON_COLUMN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from connector.model import RowVerdict, Verdict

RESULT_COLUMNS = ("line", "sheet", "feed", "location_id", "sku", "verdict", "column", "value", "reason")
"""The header of result.csv."""

FALLBACK = "utf-8-sig"
"""UTF-8 with a byte order mark: holds every character, and Excel recognises it."""

_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_PLAIN_NUMBER = re.compile(r"[+-]?(?:\d[\d.,]*|[.,]\d+)(?:[eE][+-]?\d+)?%?")
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written, and what is in it, so that the caller can hold it against the ledger.

    `rows` counts verdicts (or rows to correct), `lines` the lines below the header; `counts` the verdicts per
    feed. `encoding` is the one used; `note` says why it is not the one asked for.
    """

    path: Path
    rows: int
    lines: int
    counts: Mapping[tuple[str, Verdict], int] = field(default_factory=dict)
    encoding: str = FALLBACK
    note: str | None = None


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """A row as the sender wrote it: line, cells in the order of the header (None: absent), every reason."""

    line: int
    cells: Sequence[str | None]
    reasons: Sequence[str]


def result_folder(outbox: Path, *, day: date, landing: int, name: str) -> Path:
    """Where the files of a drop go: the day it landed, its landing number and the safe stem of its name."""
    return outbox / "results" / day.isoformat() / f"{landing}-{stem_of(name)}"


def stem_of(name: str) -> str:
    """The safe name of a file (the last part of a path) without its extension."""
    safe = safe_name(name.rpartition("/")[2])
    return Path(safe).stem or safe


def formula_safe(cell: str) -> str:
    """The cell so that no spreadsheet takes it for a formula: `'` in front unless it is a plain number.

    A cell that already has such a `'` gets another one, so that `formula_plain` gives back every cell
    exactly.
    """
    if _FORMULA.match(cell) and not _PLAIN_NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def formula_plain(cell: str) -> str:
    """The cell `formula_safe` was given: for reading a correction file that was dropped again."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def write_result(folder: Path, *, summary: Mapping[str, Any], rows: Iterable[RowVerdict]) -> Written:
    """Write result.csv and result.json; answers what result.csv holds.

    A row with three faults takes three lines, a row without any (merged, superseded …) one. `summary` is
    written as it is, with `rows_in_result` added; write the correction file first, so that the summary can
    name it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "result.csv"
    counts: Counter[tuple[str, Verdict]] = Counter()
    lines = 0
    with replacing(path) as file, _text(file, FALLBACK) as text:
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(RESULT_COLUMNS)
        for row in rows:
            counts[row.feed, row.verdict] += 1
            cells = list(_result_lines(row))
            writer.writerows(cells)
            lines += len(cells)
    written = Written(path, counts.total(), lines, dict(counts))
    _write_json(folder / "result.json", {**summary, "rows_in_result": written.rows})
    sync_folder(folder.parent)
    return written


def _result_lines(row: RowVerdict) -> Iterator[list[str]]:
    place = (str(row.line), row.sheet or "", row.feed, row.location or "", row.sku or "")
    for fault in row.faults:
        cells = (*place, row.verdict.value, fault.column, fault.value, fault.reason)
        yield [formula_safe(cell) for cell in cells]
    if not row.faults:
        yield [formula_safe(cell) for cell in (*place, row.verdict.value, "", row.value or "", "")]


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=2, default=str)
    with replacing(path) as file:
        file.write(text.encode("utf-8", "backslashreplace") + b"\n")


def write_correction(
    folder: Path,
    *,
    name: str,
    header: Sequence[str],
    rows: Iterable[CorrectionRow],
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Written | None:
    """Write `<stem>.correction.csv` with the rows that did not go through; None, and no file, without any.

    The columns are the sender's, then `connector_reason` and `connector_line`; a correction file dropped
    again does not get them twice; cells beyond the header come last. Delimiter and encoding are the
    sender's own (None, as for a workbook: comma and UTF-8 with BOM); when the encoding cannot hold a
    character, the whole file is UTF-8 with BOM and `note` says so. Without a header none is written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{stem_of(name)}.correction.csv"
    wanted = encoding or FALLBACK
    separator = delimiter if delimiter is not None and len(delimiter) == 1 else ","
    with tempfile.TemporaryFile(dir=folder) as aside:
        with _text(aside, "utf-8") as text:
            count = _correction_lines(csv.writer(text, delimiter=separator), header, rows)
        if count == 0:
            path.unlink(missing_ok=True)
            return None
        with replacing(path) as file:
            used = _transcode(aside, file, wanted)
    sync_folder(folder.parent)
    note = None if used == wanted else f"{wanted} cannot hold every character: written in UTF-8 instead"
    return Written(path, count, count, encoding=used, note=note)


class _Writer(Protocol):
    def writerow(self, row: Iterable[str], /) -> object: ...


def _correction_lines(writer: _Writer, header: Sequence[str], rows: Iterable[CorrectionRow]) -> int:
    keep = [index for index, title in enumerate(header) if title not in (REASON_COLUMN, LINE_COLUMN)]
    if header:
        writer.writerow([*(formula_safe(header[index]) for index in keep), REASON_COLUMN, LINE_COLUMN])
    count = 0
    for row in rows:
        reason, line = formula_safe("; ".join(row.reasons)), str(row.line)
        cells = [formula_safe(cell or "") for cell in row.cells]
        if header:
            own = [cells[index] if index < len(cells) else "" for index in keep]
            writer.writerow([*own, reason, line, *cells[len(header) :]])
        else:
            writer.writerow([*cells, reason, line])
        count += 1
    return count


def _transcode(aside: BinaryIO, file: BinaryIO, encoding: str) -> str:
    """Copy UTF-8 text into `file` in the encoding asked for, else in the fallback; answers the one used."""
    for attempt in (encoding, FALLBACK):
        file.seek(0)
        file.truncate()
        aside.seek(0)
        try:
            with _text(aside, "utf-8") as text, _text(file, attempt) as target:
                while chunk := text.read(_CHUNK):
                    target.write(chunk)
        except (UnicodeError, LookupError):
            if attempt == FALLBACK:
                raise
        else:
            return attempt
    raise AssertionError("the fallback either returns or raises")


@contextmanager
def _text(file: BinaryIO, encoding: str) -> Iterator[TextIOWrapper]:
    """Text into a binary file that stays open; line ends are written as they come."""
    # Lone surrogates fit no encoding; in UTF-8 they are shown as escapes rather than losing the file.
    errors = "backslashreplace" if encoding in ("utf-8", FALLBACK) else "strict"
    text = TextIOWrapper(file, encoding=encoding, errors=errors, newline="", write_through=True)
    try:
        yield text
        text.flush()
    finally:
        text.detach()


__all__ = [
    "FALLBACK",
    "LINE_COLUMN",
    "REASON_COLUMN",
    "RESULT_COLUMNS",
    "CorrectionRow",
    "Written",
    "formula_plain",
    "formula_safe",
    "result_folder",
    "stem_of",
    "write_correction",
    "write_result",
]
