"""What the contract tests of the ledger share: the databases it must work on, and short ways to make drops."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from connector.ledger import Ledger, open_ledger
from connector.model import BatchDraft, Drop, Fault, Found, Reply, RowVerdict, Verdict

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
) -> BatchDraft:
    """A batch of (location, sku, quantity)."""
    size = len(quantities)
    records = [{"location_id": place, "sku": sku, "quantity": number} for place, sku, number in quantities]
    return BatchDraft(
        feed=FEED,
        account=account,
        records=size,
        payload=json.dumps(records, separators=(",", ":"), ensure_ascii=False).encode(),
        lines=tuple(lines or range(2, size + 2)),
        previous=tuple(previous or [None] * size),
        previous_batch=tuple(previous_batch or [None] * size),
    )


def plan(ledger: Ledger, drop: Drop, *drafts: BatchDraft, records: int | None = None) -> list[int]:
    assert ledger.begin_plan(drop.id)
    ledger.add_batches(drop.id, drafts)
    total = sum(each.records for each in drafts) if records is None else records
    return ledger.planned(drop.id, {FEED: total}, {})


def landed_and_planned(ledger: Ledger, *drafts: BatchDraft, lane: str = "in", mode: str = "delta") -> Drop:
    drop = identify(ledger, land(ledger, lane=lane), mode)
    plan(ledger, drop, *drafts)
    return drop


def reply(accepted: int, failed: int = 0, ack: str | None = "ack") -> Reply:
    return Reply(200, b'{"status":"ok"}', accepted + failed, accepted, failed, ack)


def refused(line: int, location: str, sku: str, verdict: Verdict = Verdict.REFUSED) -> RowVerdict:
    fault = Fault(line, "", "", "INVALID_SKU", "Konnect does not know it")
    return RowVerdict(FEED, line, location, sku, verdict, (fault,))


def deliver(ledger: Ledger, drop: Drop, ack: str = "ack") -> None:
    """Send every batch of a drop; the API takes everything."""
    for summary in ledger.batches(drop.id):
        batch = ledger.take(summary.id, now())
        assert batch is not None
        accepted = [
            (record["location_id"], record["sku"], str(record["quantity"]))
            for record in json.loads(batch.payload)
        ]
        ledger.settle(batch.id, reply(len(accepted), ack=ack), accepted)


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
