"""JSON: an array of objects, an object that holds one (or several) somewhere, an array of arrays, and JSON lines.

Numbers keep the very text they are written in. A value within a value gets a column of its own, named by its path
(`stock.available`); lists stay JSON text. The line of a row is its place in the array, or its line in JSON lines.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from connector.errors import RejectDrop
from connector.readers.body import Body, Origin
from connector.readers.dialect import Record
from connector.readers.encoding import to_utf8
from connector.readers.grid import tables_of
from connector.readers.numbers import reads_two_ways
from connector.readers.spool import check_columns
from connector.readers.table import Layout

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from connector.model import Table
    from connector.readers.limits import Limits, ReaderOptions

    Found = tuple[tuple[Table, ...], tuple[str, ...]]
    Placed = tuple[int, dict[str, Any] | None, str]

_DEPTH = 4
_PATHS_DEEP = 3
_RAW_KEPT = 120
_LISTED = 12
_LINES_LOOKED_AT = 20
_SAYS_NOTHING = "the JSON file holds no list of items; send one object for each item, in one list"


@dataclass(frozen=True, slots=True)
class _Job:
    """What every table of one file has in common."""

    encoding: str
    second_encoding: str | None
    notes: tuple[str, ...]
    spool: Path
    options: ReaderOptions
    limits: Limits


class _Number(str):
    """A number of JSON as it is written."""

    __slots__ = ()


def read_json(path: Path, spool: Path, options: ReaderOptions, limits: Limits) -> Found:
    """A table for every list of objects in the file, or one for its lines.

    Raises:
        RejectDrop: not JSON, cut off, no list in it, or over a limit.
    """
    text = to_utf8(path, spool, options)
    try:
        content = text.path.read_bytes()[text.start :].decode("utf-8", "replace")
    finally:
        if text.copied:
            text.path.unlink(missing_ok=True)
    job = _Job(text.encoding, text.second, text.notes, spool, options, limits)
    try:
        return _of_content(content, job)
    except RecursionError as error:
        raise RejectDrop("the JSON file is nested too deep to be a list of items") from error


def _of_content(content: str, job: _Job) -> Found:
    try:
        whole = _parsed(content)
    except ValueError as error:
        # Only \n ends a line here: other signs that end lines elsewhere may stand within a text.
        lines = content.removesuffix("\n").split("\n")
        if _are_lines(lines):
            return _of_lines(lines, job)
        raise RejectDrop(f"the JSON file is cut off or damaged ({error}); export or send it again") from error
    return _of_document(whole, job)


def _parsed(text: str) -> Any:
    return json.loads(text, parse_float=_Number, parse_int=_Number, parse_constant=_Number)


def _of_document(whole: Any, job: _Job) -> Found:
    if _is_record(whole):
        lists = list(_lists(whole, "", 0))
        whole = [whole] if not lists and not any(isinstance(v, list) for v in whole.values()) else whole
    lists = list(_lists(whole, "", 0))
    tables: list[Table] = []
    for name, items in lists:
        sheet = (name or "items") if len(lists) > 1 else None
        origin = Origin("json", job.encoding, sheet=sheet, second_encoding=job.second_encoding)
        if isinstance(items[0], list):
            rows = [
                [_text(value) for value in row] if isinstance(row, list) else [_text(row)] for row in items
            ]
            tables += tables_of(rows, origin, job.spool, job.options, job.limits)
        else:
            placed = ((n, item if _is_record(item) else None, _text(item)[:_RAW_KEPT])
                      for n, item in enumerate(items, 1))  # fmt: skip
            tables.append(_table(list(placed), len(items), origin, job))
    if not tables and whole not in ([], {}):
        raise RejectDrop(_SAYS_NOTHING)
    return tuple(tables), job.notes


def _of_lines(lines: Sequence[str], job: _Job) -> Found:
    placed: list[Placed] = []
    for number, line in enumerate(lines, 1):
        try:
            item = _parsed(line) if line.strip() else None
        except (ValueError, RecursionError):
            item = None
        placed.append((number, item if _is_record(item) else None, line[:_RAW_KEPT]))
    odd = [number for number, item, raw in placed if item is None and raw.strip()]
    if odd and odd[-1] == max(number for number, _item, raw in placed if raw.strip()):
        raise RejectDrop(f"the file is cut off or damaged: its last line ({odd[-1]}) is no whole JSON object; "
                         "export or send it again")  # fmt: skip
    said = (
        [f"lines that are no JSON objects ({len(odd)}): {', '.join(map(str, odd[:_LISTED]))}"] if odd else []
    )
    origin = Origin("jsonl", job.encoding, second_encoding=job.second_encoding)
    return (_table(placed, len(lines), origin, job),), (*job.notes, *said)


def _are_lines(lines: Sequence[str]) -> bool:
    """JSON lines: the first line that says anything is an object of its own, and so are most of the next few."""
    said = list(islice((line for line in lines if line.strip()), _LINES_LOOKED_AT))
    whole = list(map(_is_whole_record, said))
    return len(said) > 1 and whole[0] and sum(whole) * 2 > len(whole)


def _is_whole_record(line: str) -> bool:
    try:
        return _is_record(_parsed(line))
    except (ValueError, RecursionError):
        return False


def _lists(value: Any, name: str, depth: int) -> Iterator[tuple[str, list[Any]]]:
    """Every list of objects or of lists, outside in; lists within items belong to the items."""
    if isinstance(value, list):
        if any(_is_record(item) for item in value) or (value and all(isinstance(row, list) for row in value)):
            yield name, value
    elif isinstance(value, dict) and depth < _DEPTH:
        for key, inner in value.items():
            yield from _lists(inner, f"{name}.{key}" if name else key, depth + 1)


def _table(placed: Sequence[Placed], lines: int, origin: Origin, job: _Job) -> Table:
    """Objects as rows: a column for each path met, in the order met."""
    rows = [(line, _flat(item) if item is not None else None, raw) for line, item, raw in placed]
    typed = not any(_says_two_ways(item) for _line, item, _raw in placed if item is not None)
    header = list(dict.fromkeys(path for _, row, _ in rows if row for path in row))
    check_columns(len(header), job.limits)
    if len(header) * len(rows) > job.limits.cells:
        raise RejectDrop(
            f"the list spans {len(rows):,} items and {len(header):,} fields; at most {job.limits.cells:,} cells are "
            "allowed (setting reading.max_cells)"
        )
    layout = Layout(tuple(header), (), (), (), 0, len(header), notes=(_counted(origin),))
    body = Body(layout, job.spool, job.limits)
    try:
        for line, row, raw in rows:
            if row is None:
                body.skip(line, line, "blank line" if not raw.strip() else "no object", raw)
            else:
                body.add(Record([row.get(path, "") for path in header], line, line))
        return replace(body.finish(origin, lines), stored_numbers=typed)
    except BaseException:
        body.spool.discard()
        raise


def _counted(origin: Origin) -> str:
    return ("the names of the fields are the header" if origin.format == "jsonl"
            else "the names of the fields are the header; line 3 is the third item of the list")  # fmt: skip


def _flat(item: dict[str, Any], before: str = "", depth: int = 0) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in item.items():
        path = f"{before}{key}"
        if _is_record(value) and value and depth < _PATHS_DEEP:
            found |= _flat(value, f"{path}.", depth + 1)
        else:
            found[path] = _text(value)
    return found


def _says_two_ways(value: Any) -> bool:
    """Whether any text (no number) within says a figure that can be read two ways."""
    if isinstance(value, dict):
        return any(map(_says_two_ways, value.values()))
    return isinstance(value, str) and not isinstance(value, _Number) and reads_two_ways(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def _is_record(value: Any) -> bool:
    return isinstance(value, dict)
