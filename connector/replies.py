"""What a reply means for the records of a batch: which went through, which did not, which go again by halves.

Pure: a record is found by its place in the payload, and its exact bytes are kept.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from connector import feeds
from connector.api import join_payload, split_payload
from connector.model import Batch, BatchDraft, Fault, RowVerdict, Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


def accepted(batch: Batch, refused: Collection[int]) -> list[tuple[str, str, str]]:
    """(location, SKU, canonical value) of every record of the batch but the refused ones."""
    feed = feeds.by_name(batch.feed)
    return [
        (record["location_id"], record["sku"], feed.value_of(record))
        for index, record in enumerate(_records(batch))
        if index not in refused
    ]


def refusals(batch: Batch, refused: Mapping[int, tuple[str, str]], sheet: str | None) -> list[RowVerdict]:
    """The verdicts of refused records; `refused` has the API's code and message by the record's place."""
    feed, records = feeds.by_name(batch.feed), _records(batch)
    verdicts = []
    for index, (code, message) in sorted(refused.items()):
        record, line = records[index], batch.lines[index]
        value = feed.value_of(record)
        fault = Fault(line, "", value, code or "refused", f"Konnect refused it: {message or code}")
        verdicts.append(
            RowVerdict(
                feed=batch.feed,
                line=line,
                location=record["location_id"],
                sku=record["sku"],
                verdict=Verdict.REFUSED,
                faults=(fault,),
                value=value,
                batch=batch.id,
                sheet=sheet,
            )
        )
    return verdicts


def halves(batch: Batch, indexes: Sequence[int]) -> list[BatchDraft]:
    """The records at `indexes` as two batches, byte for byte as they were."""
    records, middle = split_payload(batch.payload), (len(indexes) + 1) // 2
    return [
        BatchDraft(
            feed=batch.feed,
            account=batch.account,
            records=len(half),
            payload=join_payload([records[index] for index in half]),
            lines=tuple(batch.lines[index] for index in half),
            previous=tuple(batch.previous[index] for index in half),
            previous_batch=tuple(batch.previous_batch[index] for index in half),
        )
        for half in (indexes[:middle], indexes[middle:])
        if half
    ]


def _records(batch: Batch) -> list[dict[str, Any]]:
    """The records of a batch; money stays decimal."""
    records: list[dict[str, Any]] = json.loads(batch.payload, parse_float=Decimal)
    return records
