"""What the contract tests of the ledger share: the databases it must work on, and short ways to make drops."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from connector.ledger import Ledger, open_ledger
from connector.ledger.columns import lot_columns
from connector.model import (
    Batch,
    Drop,
    Fault,
    Found,
    LotDraft,
    Reply,
    RowVerdict,
    Settlement,
    Verdict,
)
from connector.shaping.shelf import SCHEMA

FEED = "inventory"
ACCOUNT = "main"
_numbers = count(1)


def in_a_file(folder: Path) -> Iterator[Ledger]:
    ledger = open_ledger(f"sqlite:///{folder / 'state' / 'ledger.db'}")
    yield ledger
    ledger.close_connections()


BACKENDS: tuple[Callable[[Path], Iterator[Ledger]], ...] = (in_a_file,)
"""One line for each database the ledger works on."""


def now() -> datetime:
    return datetime.now(UTC)


def land(
    ledger: Ledger,
    fingerprint: str | None = None,
    *,
    lane: str = "in",
    folder: str | None = None,
    repeat: bool = False,
) -> Drop:
    found = Found("shop", "stock.csv", 10, 1, 2)
    return ledger.claim(
        found,
        fingerprint or f"bytes {next(_numbers)}",
        lane=lane,
        folder=folder,
        take=lambda landing: f"work/{landing}",
        repeat=repeat,
    )


def identify(ledger: Ledger, drop: Drop, mode: str = "delta", profile: str = "p") -> Drop:
    ledger.identified(drop.id, profile, mode, 1, {})
    return drop


def draft(
    quantities: Sequence[tuple[str, str, int]],
    *,
    lines: Sequence[int] | None = None,
    previous: Sequence[str | None] | None = None,
    previous_batch: Sequence[int | None] | None = None,
    account: str = ACCOUNT,
    size: int | None = None,
    urgency: int = 2,
) -> LotDraft:
    """A lot of (location, sku, quantity), cut into bodies of `size` records, or all in one."""
    count = len(quantities)
    starts = range(0, count, size or max(count, 1))
    records = [{"location_id": place, "sku": sku, "quantity": number} for place, sku, number in quantities]
    bodies = [records[start : start + (size or count)] for start in starts]
    columns = lot_columns(
        line=lines or range(2, count + 2),
        location=[place for place, _, _ in quantities],
        sku=[sku for _, sku, _ in quantities],
        value=[str(number) for _, _, number in quantities],
        previous=previous or [None] * count,
        previous_batch=previous_batch or [None] * count,
    )
    return LotDraft(
        feed=FEED,
        account=account,
        columns=columns,
        payloads=[json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode() for body in bodies],
        sizes=[len(body) for body in bodies],
        urgency=urgency,
    )


def plan(ledger: Ledger, drop: Drop, *drafts: LotDraft, records: int | None = None) -> list[int]:
    assert ledger.begin_plan(drop.id)
    ledger.add_lots(drop.id, drafts)
    total = sum(sum(each.sizes) for each in drafts) if records is None else records
    return ledger.planned(drop.id, {FEED: total}, {})


def landed_and_planned(ledger: Ledger, *drafts: LotDraft, lane: str = "in", mode: str = "delta") -> Drop:
    drop = identify(ledger, land(ledger, lane=lane), mode)
    plan(ledger, drop, *drafts)
    return drop


def reply(accepted: int, failed: int = 0, ack: str | None = "ack") -> Reply:
    return Reply(200, b'{"status":"ok"}', accepted + failed, accepted, failed, ack)


def refused(line: int, location: str, sku: str, verdict: Verdict = Verdict.REFUSED) -> RowVerdict:
    fault = Fault(line, "", "", "INVALID_SKU", "Konnect does not know it")
    return RowVerdict(FEED, line, location, sku, verdict, (fault,))


def take(ledger: Ledger, drop: Drop) -> Batch:
    """The next batch of a drop, sent."""
    (batch,) = ledger.take(drop.id, now())
    return batch


def settle(
    ledger: Ledger,
    batch: Batch,
    *verdicts: RowVerdict,
    ack: str | None = "ack",
    parts: LotDraft | None = None,
) -> None:
    """The API took all of a batch but these."""
    again = sum(parts.sizes) if parts else 0
    failed = len(verdicts) + again
    ledger.settle([Settlement(batch, reply(batch.records - failed, failed, ack), verdicts, parts)])


def deliver(ledger: Ledger, drop: Drop, ack: str = "ack") -> None:
    """Send every batch of a drop; the API takes everything."""
    while taken := ledger.take(drop.id, now(), 100):
        ledger.settle([Settlement(batch, reply(batch.records, ack=ack)) for batch in taken])


def published(
    ledger: Ledger, locations: Collection[str] | None = None, feed: str = FEED, account: str = ACCOUNT
) -> dict[tuple[str, str], tuple[str, int, int]]:
    """What is published, by location and SKU: value, landing, batch."""
    found = {}
    for place, shelf in ledger.published(account, feed, locations).items():
        skus = pc.unique(pa.concat_arrays([segment.sku for segment in shelf.segments]))
        value, landing, batch = shelf.find(skus)
        for sku, *said in zip(
            skus.to_pylist(), value.to_pylist(), landing.tolist(), batch.tolist(), strict=True
        ):
            found[place, sku] = tuple(said)
    return found


def values(ledger: Ledger, locations: Collection[str] | None = None) -> dict[tuple[str, str], str]:
    """The published value by location and SKU."""
    return {key: value for key, (value, _, _) in published(ledger, locations).items()}


def segment(*rows: tuple[str, str, int, int]) -> pa.RecordBatch:
    """Columns of a shelf's segment from (sku, value, landing, batch)."""
    return pa.record_batch([list(column) for column in zip(*rows, strict=True)], schema=SCHEMA)


def finish(ledger: Ledger, drop: Drop) -> None:
    ledger.close(drop.id)
    ledger.archived(drop.id, f"archive/{drop.id}")


def through(
    ledger: Ledger, *quantities: tuple[str, str, int], lane: str = "in", fingerprint: str | None = None
) -> Drop:
    """A drop from landing to the archive."""
    drop = identify(ledger, land(ledger, fingerprint, lane=lane))
    plan(ledger, drop, *([draft(quantities)] if quantities else []))
    deliver(ledger, drop)
    finish(ledger, drop)
    return drop


def due(ledger: Ledger, limit: int = 100) -> list[tuple[str, int]]:
    return [(task.name, task.key) for task in ledger.due(now(), limit)]
