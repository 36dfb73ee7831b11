"""Rows of the tables as the frozen values the other parts know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from connector.ledger.packing import unpack
from connector.ledger.tables import attempts, batches, drops, payloads, verdicts
from connector.model import Batch, BatchState, Drop, DropState, Fault, RowVerdict, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """A batch without its body, for lists."""

    id: int
    drop_id: int
    seq: int
    feed: str
    account: str
    state: BatchState
    records: int
    accepted: int
    attempts: int
    parent_id: int | None
    due_at: datetime
    reason: str | None
    ack_id: str | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to deliver a batch. No `ended_at`: the connector stopped before it read an answer."""

    batch_id: int
    number: int
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None
    reason: str | None
    status: int | None
    success_count: int | None
    failed_count: int | None
    ack_id: str | None
    reply: bytes | None


Row = sa.RowMapping

DROP = sa.select(
    drops.c.id,
    drops.c.source,
    drops.c.name,
    drops.c.path,
    drops.c.fingerprint,
    drops.c.size,
    drops.c.state,
    drops.c.lane,
    drops.c.landed_at,
    drops.c.reason,
    drops.c.profile,
    drops.c.mode,
    drops.c.rows_read,
    drops.c.same_as,
    drops.c.work_path,
    drops.c.archive_path,
    drops.c.report,
    drops.c.folder,
    drops.c.superseded_by,
    drops.c.archived_at,
    drops.c.due_at,
    drops.c.put_off,
    drops.c.parent_id,
)

BATCH = sa.select(
    *(batches.c[name] for name in Batch.__dataclass_fields__ if name != "payload"), payloads.c.body
).join(payloads, payloads.c.batch_id == batches.c.id)

SUMMARY = sa.select(*(batches.c[name] for name in BatchSummary.__dataclass_fields__))

ATTEMPT = sa.select(*(attempts.c[name] for name in Attempt.__dataclass_fields__))

VERDICT = sa.select(verdicts)


def drop_of(row: Row) -> Drop:
    """A row of `DROP`."""
    return Drop(**{**row, "state": DropState(row["state"])})


def batch_of(row: Row | Mapping[str, Any]) -> Batch:
    """A row of `BATCH`, the payload unpacked."""
    values = {name: row[name] for name in Batch.__dataclass_fields__ if name != "payload"}
    return Batch(**{**values, "state": BatchState(row["state"]), "payload": unpack(row["body"])})


def summary_of(row: Row) -> BatchSummary:
    """A row of `SUMMARY`."""
    return BatchSummary(**{**row, "state": BatchState(row["state"])})


def attempt_of(row: Row) -> Attempt:
    """A row of `ATTEMPT`, the reply unpacked."""
    return Attempt(**{**row, "reply": None if row["reply"] is None else unpack(row["reply"])})


def verdict_of(row: Row) -> RowVerdict:
    """A row of `VERDICT`."""
    return RowVerdict(
        feed=row["feed"],
        line=row["line"],
        location=row["location"],
        sku=row["sku"],
        verdict=Verdict(row["verdict"]),
        faults=tuple(Fault(*fault) for fault in row["faults"]),
        value=row["value"],
        batch=row["batch_id"],
        sheet=row["sheet"],
        decision=row["decision"],
    )


def verdict_row(drop_id: int, verdict: RowVerdict, batch_id: int | None) -> dict[str, Any]:
    """The row of a verdict for the table."""
    return {
        "drop_id": drop_id,
        "feed": verdict.feed,
        "line": verdict.line,
        "sheet": verdict.sheet,
        "location": verdict.location,
        "sku": verdict.sku,
        "verdict": verdict.verdict,
        "value": verdict.value,
        "batch_id": batch_id,
        "faults": [
            [fault.line, fault.column, fault.value, fault.code, fault.reason] for fault in verdict.faults
        ],
    }
