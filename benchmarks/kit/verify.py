"""Was every record delivered exactly as it stands in the file? Location, sku and quantity, each once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

KEY = ["location_id", "sku"]
COLUMNS = {"Store": "location_id", "Item Code": "sku", "Quantity": "quantity"}
SCHEMA = pa.schema([("location_id", pa.string()), ("sku", pa.string()), ("quantity", pa.int64())])


@dataclass(frozen=True)
class Finding:
    """How what was received differs from what should have been."""

    expected: int
    lost: int = 0
    doubled: int = 0
    wrong: int = 0  # another quantity
    strange: int = 0  # not in the file, or not of the types that the API asks for

    @property
    def exact(self) -> bool:
        """Every record came once and as it should."""
        return not (self.lost or self.doubled or self.wrong or self.strange)

    def __str__(self) -> str:
        """In words: yes, or what is wrong."""
        parts = {name: getattr(self, name) for name in ("lost", "doubled", "wrong", "strange")}
        return (
            "yes" if self.exact else ", ".join(f"{count:,} {name}" for name, count in parts.items() if count)
        )


def expected(paths: Iterable[Path], since: Path | None = None) -> pa.Table:
    """The records of the files; with `since`, only those whose quantity is another than in that earlier file."""
    table = pa.concat_tables(_records(path) for path in paths)
    if since is None:
        return table
    before = _records(since).rename_columns([*KEY, "before"])
    joined = table.join(before, keys=KEY, join_type="left outer")
    changed = pc.fill_null(pc.not_equal(joined["quantity"], joined["before"]), fill_value=True)
    return joined.filter(changed).select(SCHEMA.names)


def compare(should: pa.Table, bodies: Iterable[bytes]) -> Finding:
    """What is lost, doubled, wrong or strange in `bodies`, one JSON array each."""
    came, malformed = _received(bodies)
    grouped = came.group_by(KEY).aggregate([("quantity", "count"), ("quantity", "min"), ("quantity", "max")])
    joined = should.join(grouped, keys=KEY, join_type="full outer")
    was = pc.is_valid(joined["quantity_count"])
    due = pc.is_valid(joined["quantity"])
    both = pc.and_(was, due)
    same = pc.and_(
        pc.equal(joined["quantity"], joined["quantity_min"]),
        pc.equal(joined["quantity"], joined["quantity_max"]),
    )
    return Finding(
        expected=should.num_rows,
        lost=_count(pc.and_(due, pc.invert(was))),
        doubled=_count(pc.and_(both, pc.greater(joined["quantity_count"], 1))),
        wrong=_count(pc.and_(both, pc.invert(same))),
        strange=_count(pc.and_(was, pc.invert(due))) + malformed,
    )


def frames(stream: BinaryIO) -> Iterator[bytes]:
    """The bodies that the sink hands out: each behind a line with its length."""
    while length := stream.readline():
        yield stream.read(int(length))


def _records(path: Path) -> pa.Table:
    types = dict(zip(COLUMNS, SCHEMA.types, strict=True))
    convert = csv.ConvertOptions(include_columns=list(COLUMNS), column_types=types)
    return csv.read_csv(path, convert_options=convert).rename_columns(list(COLUMNS.values()))


def _received(bodies: Iterable[bytes]) -> tuple[pa.Table, int]:
    """Everything received as columns, and how many records have not the three members in the types asked for."""
    tables: list[pa.Table] = [SCHEMA.empty_table()]
    malformed = 0
    for body in bodies:
        records = json.loads(body)
        good = [record for record in records if _well_formed(record)]
        malformed += len(records) - len(good)
        tables.append(pa.Table.from_pylist(good, schema=SCHEMA))
    return pa.concat_tables(tables), malformed


def _well_formed(record: object) -> bool:
    return (
        isinstance(record, dict)
        and set(record) == set(SCHEMA.names)
        and isinstance(record["location_id"], str)
        and isinstance(record["sku"], str)
        and type(record["quantity"]) is int
    )


def _count(mask: pa.Array) -> int:
    return pc.sum(mask).as_py() or 0
