"""What became of each row of a drop, one by one: a drop may have a million rows, and as many that did not go through.

Records that were accepted or asked for nothing have no row of their own: their lines are columns of their batches.
"""

from __future__ import annotations

import heapq
from array import array
from collections import Counter
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from connector.later import later
from connector.ledger import entries as e
from connector.ledger.packing import unpack_ints
from connector.ledger.prepared import Prepared, told
from connector.ledger.tables import batches, unchanged, verdicts
from connector.model import NO_LINE, Fault, RowVerdict, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    Lookup = Callable[[int], Any]  # The columns of a lot by its number (see `model.LotDraft`).

    import pyarrow.compute as pc
else:
    pc = later("pyarrow.compute")

_AT_A_TIME = 500
_MADE = Fault(NO_LINE, "", "0", "absent_zero", "not in the file, which lists all there is: sent as 0")


_ITS_ID = told("its_id")
_ANY = Prepared(sa.select(verdicts.c.id).where(verdicts.c.drop_id == _ITS_ID).limit(1))
_WENT_WHOLE = Prepared(
    sa.select(batches.c.account, batches.c.lot_id, batches.c.start, batches.c.records)
    .where(
        batches.c.drop_id == _ITS_ID,
        batches.c.feed == told("feed"),
        batches.c.accepted > 0,
        batches.c.accepted == batches.c.records,
    )
    .order_by(batches.c.id)
)


def any_row(connection: sa.Connection, drop_id: int) -> bool:
    """Whether any verdict of a drop has a row of its own: most drops have none."""
    return _ANY.first(connection, its_id=drop_id) is not None


def rows_by_line(
    connection: sa.Connection, drop_id: int, without: Collection[Verdict]
) -> Iterator[RowVerdict]:
    """The verdicts that have a row of their own, line by line over all feeds."""
    if not any_row(connection, drop_id):
        return iter(())
    query = e.VERDICT.where(verdicts.c.drop_id == drop_id, *_in_the_file(without))
    query = query.order_by(verdicts.c.line, verdicts.c.feed, verdicts.c.id)
    found = connection.execute(query, execution_options={"yield_per": _AT_A_TIME})
    return map(e.verdict_of, found.mappings())


def lines_of_rows(connection: sa.Connection, drop_id: int, without: Collection[Verdict]) -> array[int]:
    """The lines that `rows_by_line` is about, each once, rising."""
    query = sa.select(verdicts.c.line).distinct().order_by(verdicts.c.line)
    query = query.where(verdicts.c.drop_id == drop_id, *_in_the_file(without))
    return array("q", connection.execute(query, execution_options={"yield_per": _AT_A_TIME}).scalars())


def _in_the_file(without: Collection[Verdict]) -> tuple[sa.ColumnElement[bool], ...]:
    """What a correction file asks for (all but some verdicts) is only what has a line there."""
    return (verdicts.c.verdict.not_in(without), verdicts.c.line != NO_LINE) if without else ()


def open_made(connection: sa.Connection, drop_id: int, without: Collection[Verdict]) -> int:
    """How many records that no line says have a verdict of their own, but for these."""
    if not any_row(connection, drop_id):
        return 0
    query = sa.select(sa.func.count()).where(
        verdicts.c.drop_id == drop_id, verdicts.c.line == NO_LINE, verdicts.c.verdict.not_in(without)
    )
    return int(connection.execute(query).scalar_one())


def every_row(
    connection: sa.Connection, drop_id: int, feeds: Iterable[str], lot: Lookup
) -> Iterator[RowVerdict]:
    """A verdict for every record, line by line: with all that is known of it where it has a row of its own.

    Of the others only the lines are kept in memory, eight bytes for each. What was made comes first: it has no line.
    """
    yield from made_rows(connection, drop_id, lot)
    silent = []
    for feed in feeds:
        lines = {Verdict.ACCEPTED: array("q"), Verdict.UNCHANGED: array("q")}
        for line, verdict in lines_without_row(connection, drop_id, feed, lot):
            if line != NO_LINE:
                lines[verdict].append(line)
        silent += [_silent(feed, verdict, array("q", sorted(found))) for verdict, found in lines.items()]
    rows = rows_by_line(connection, drop_id, ())
    yield from heapq.merge(rows, *silent, key=lambda row: (row.line, row.feed))


def made_rows(connection: sa.Connection, drop_id: int, lot: Lookup) -> Iterator[RowVerdict]:
    """The accepted records that no line of the file says, in the order they were sent: zeros for what it lacks."""
    others = sa.select(verdicts.c.feed, verdicts.c.location, verdicts.c.sku)
    others = others.where(verdicts.c.drop_id == drop_id, verdicts.c.line == NO_LINE)
    told = {tuple(key) for key in connection.execute(others)}
    sent = (
        sa.select(batches.c.feed, batches.c.lot_id, batches.c.start, batches.c.records)
        .where(batches.c.drop_id == drop_id, batches.c.accepted > 0)
        .order_by(batches.c.urgency, batches.c.seq, batches.c.id)
    )
    for feed, lot_id, start, records in connection.execute(sent).all():
        rows = lot(lot_id).slice(start, records)
        made = rows.filter(pc.equal(rows.column(0), NO_LINE))
        for row in made.to_pylist() if made.num_rows else ():
            if (feed, row["location"], row["sku"]) not in told:
                place = (row["location"], row["sku"])
                yield RowVerdict(feed, NO_LINE, *place, Verdict.ACCEPTED, (_MADE,), row["value"])


def _silent(feed: str, verdict: Verdict, lines: array[int]) -> Iterator[RowVerdict]:
    return (RowVerdict(feed, line, None, None, verdict, ()) for line in lines)


def lines_without_row(
    connection: sa.Connection, drop_id: int, feed: str, lot: Lookup
) -> Iterator[tuple[int, Verdict]]:
    """Line and verdict of the records of a feed that have no row of their own, in no order."""
    query = sa.select(verdicts.c.batch_id, verdicts.c.line).where(
        verdicts.c.drop_id == drop_id, verdicts.c.feed == feed, verdicts.c.batch_id.is_not(None)
    )
    told: dict[int, Counter[int]] = {}
    for batch_id, line in connection.execute(query):
        told.setdefault(batch_id, Counter())[line] += 1
    sent = (
        sa.select(batches.c.id, batches.c.lot_id, batches.c.start, batches.c.records)
        .where(batches.c.drop_id == drop_id, batches.c.feed == feed, batches.c.accepted > 0)
        .order_by(batches.c.urgency, batches.c.seq, batches.c.id)
    )
    for batch_id, lot_id, start, records in connection.execute(sent).all():
        lines = lot(lot_id).column(0).slice(start, records).to_pylist()
        yield from ((line, Verdict.ACCEPTED) for line in _without(lines, told.get(batch_id)))
    same = sa.select(unchanged.c.lines).where(unchanged.c.drop_id == drop_id, unchanged.c.feed == feed)
    for lines in connection.execute(same.order_by(unchanged.c.id)).scalars():
        for line in unpack_ints(lines):
            yield line, Verdict.UNCHANGED


def _without(lines: Sequence[int], told: Counter[int] | None) -> Iterator[int]:
    """The lines of a batch whose record has no verdict row; a line may have several records."""
    if not told:
        yield from lines
        return
    left = Counter(told)
    for line in lines:
        if left[line]:
            left[line] -= 1
        else:
            yield line


def sample(
    connection: sa.Connection, drop_id: int, feed: str, count: int, lot: Lookup
) -> dict[str, list[str]]:
    """SKUs of batches that went through whole, by account: the same ones whenever it is asked."""
    by_account: dict[str, list[Any]] = {}
    for row in _WENT_WHOLE.rows(connection, its_id=drop_id, feed=feed):
        by_account.setdefault(row.account, []).append(row)
    found = {}
    for account, sent in by_account.items():
        some = sent[:: max(1, len(sent) // count)][:count]
        each = -(-count // len(some))
        skus: dict[str, None] = {}
        for row in some:
            codes = lot(row.lot_id).column(2).slice(row.start, row.records)
            step = max(1, row.records // each)
            skus |= dict.fromkeys(code for code in codes[::step].to_pylist()[:each] if "," not in code)
        found[account] = list(skus)[:count]
    return {account: skus for account, skus in found.items() if skus}
