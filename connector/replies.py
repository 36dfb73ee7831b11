"""What a reply means for the records of a batch: which went through, which did not, which go again by halves.

Pure: a record is found by its place in the payload, and its exact bytes are kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connector.api import join_payload, split_payload
from connector.model import Batch, Fault, LotDraft, Reply, RowVerdict, Settlement, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SPLITTABLE = frozenset({400, 413, 422})
"""Statuses by which the API refuses a whole call although one record of it may be the cause."""


def settlement(
    batch: Batch, reply: Reply, columns: Callable[[], Any], sheet: Callable[[], str | None]
) -> Settlement:
    """A verdict for every record; what the reply leaves open goes again by halves, until it is one record.

    `columns` gives the records of the batch as columns, `sheet` the sheet they stand on; both are asked only where
    something was refused.
    """
    if not reply.refusals and not reply.unexplained:
        return Settlement(batch, reply)
    said = {refusal.index: (refusal.code, refusal.message) for refusal in reply.refusals}
    left_open = [index for index in range(batch.records) if index not in said] if reply.unexplained else []
    parts = halves(batch, columns(), left_open) if len(left_open) > 1 else None
    if not parts:
        said |= dict.fromkeys(left_open, ("", "the API refused it and gave no reason"))
    return Settlement(batch, reply, refusals(batch, columns(), said, sheet()), parts)


def refused_whole(batch: Batch, reply: Reply, reason: str, columns: Any, sheet: str | None) -> Settlement:
    """The API refused the call: by halves if one record may be the cause, else every record with its words."""
    if batch.records > 1 and reply.status in SPLITTABLE:
        return Settlement(batch, reply, parts=halves(batch, columns, range(batch.records)))
    said = dict.fromkeys(range(batch.records), (f"HTTP {reply.status}", reason))
    return Settlement(batch, reply, refusals(batch, columns, said, sheet))


def refusals(
    batch: Batch, columns: Any, refused: Mapping[int, tuple[str, str]], sheet: str | None
) -> list[RowVerdict]:
    """The verdicts of refused records; `refused` has the API's code and message by the record's place."""
    if not refused:
        return []
    order = sorted(refused)
    verdicts = []
    for index, record in zip(order, columns.take(order).to_pylist(), strict=True):
        code, message = refused[index]
        fault = Fault(
            record["line"], "", record["value"], code or "refused", f"Konnect refused it: {message or code}"
        )
        verdicts.append(
            RowVerdict(
                feed=batch.feed,
                line=record["line"],
                location=record["location"],
                sku=record["sku"],
                verdict=Verdict.REFUSED,
                faults=(fault,),
                value=record["value"],
                batch=batch.id,
                sheet=sheet,
            )
        )
    return verdicts


def halves(batch: Batch, columns: Any, indexes: Sequence[int]) -> LotDraft:
    """The records at `indexes` as two batches, byte for byte as they were."""
    records, middle = split_payload(batch.payload), (len(indexes) + 1) // 2
    parts = [half for half in (indexes[:middle], indexes[middle:]) if half]
    return LotDraft(
        feed=batch.feed,
        account=batch.account,
        columns=columns.take(list(indexes)),
        payloads=[join_payload([records[index] for index in half]) for half in parts],
        sizes=[len(half) for half in parts],
    )
