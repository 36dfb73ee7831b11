"""Statements run by the driver: what goes in and comes out is what SQLAlchemy itself would say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from connector.ledger import Ledger
from connector.ledger import entries as e
from connector.ledger.prepared import ForEach, Prepared, adding, new, told
from connector.ledger.tables import drop_feeds, drops
from connector.model import DropState
from tests.contract.ledger_kit import BACKENDS, land, published, through

REPORT: dict[str, Any] = {"reader": {"header": ["Größe", "SKU"], "rows": 3}, "none": None}
DUE = drops.c.due_at.type
LATER = datetime(2026, 11, 28, 9, 30, 15, 250_000, tzinfo=timezone(timedelta(hours=5, minutes=30)))


@pytest.fixture(params=BACKENDS)
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    yield from request.param(tmp_path)


def test_rows_are_those_of_sqlalchemy(ledger: Ledger) -> None:
    first, second = land(ledger).id, land(ledger).id
    ledger.identified(first, "p", "delta", 7, REPORT)
    ledger.postpone_drop(second, LATER, "the disk is full")
    statement = e.DROP.where(drops.c.lane == told("lane")).order_by(drops.c.id)
    with ledger._database.read() as connection:  # noqa: SLF001 - the statements themselves are tested
        theirs = connection.execute(statement, {"lane": "in"}).mappings().all()
        ours = [row._asdict() for row in Prepared(statement).rows(connection, lane="in")]
    assert ours == [dict(row) for row in theirs]
    assert [row["id"] for row in ours] == [first, second]
    assert ours[0]["report"] == REPORT
    assert ours[1]["due_at"] == LATER.astimezone(UTC)


def test_constants_lists_of_them_and_json_paths_are_understood(ledger: Ledger) -> None:
    drop = land(ledger)
    ledger.identified(drop.id, "p", "delta", 7, REPORT)
    reader = drops.c.report["reader"].label("reader")
    some = Prepared(
        sa.select(drops.c.id, reader)
        .where(drops.c.state.in_((DropState.LANDED, DropState.PLANNED)), drops.c.landed_at <= told("now"))
        .limit(told("most"))
    )
    none = Prepared(sa.select(drops.c.id).where(drops.c.state.in_((DropState.HELD, DropState.CLOSED))))
    with ledger._database.read() as connection:  # noqa: SLF001 - see above
        assert some.first(connection, now=LATER + timedelta(days=400), most=1) == (drop.id, REPORT["reader"])
        assert some.scalars(connection, now=LATER - timedelta(days=9000), most=1) == []
        assert none.scalar(connection) is None
        with pytest.raises(KeyError, match="most"):
            some.first(connection, now=LATER)


def test_changes_are_counted_and_a_failed_block_leaves_nothing(ledger: Ledger) -> None:
    drop = land(ledger)
    update = drops.update().where(drops.c.id == told("its_id"))
    change = Prepared(update.values(due_at=told("new", drops.c.due_at.type)))
    database = ledger._database  # noqa: SLF001 - see above

    def fail_half_way() -> None:
        with database.write() as connection:
            assert change.change(connection, its_id=drop.id, new=LATER) == 1
            change.change(connection, its_id=drop.id)

    with pytest.raises(KeyError, match="new"):
        fail_half_way()
    assert ledger.drop(drop.id).due_at is None
    with database.write(durable=False) as connection:
        assert change.change(connection, its_id=drop.id, new=LATER) == 1
        assert change.change(connection, its_id=drop.id + 1, new=LATER) == 0
    assert ledger.drop(drop.id).due_at == LATER
    with pytest.raises(ValueError, match="without a zone"), database.write() as connection:
        change.change(connection, its_id=drop.id, new=LATER.replace(tzinfo=None))


def test_readers_within_readers_have_a_connection_each(ledger: Ledger) -> None:
    database = ledger._database  # noqa: SLF001 - see above
    with database.read() as outer, database.read() as inner:
        assert outer is not inner
    with database.read() as again:
        assert again in (outer, inner)
        driver: Any = again.connection.dbapi_connection
        assert driver.in_transaction
    assert not driver.in_transaction


def test_where_a_driver_wants_names_sqlalchemy_runs_them(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.ledger.prepared._by_places", lambda _connection: False)
    drop = through(ledger, ("L", "S1", 4), ("M", "S2", 7))
    assert ledger.drop(drop.id).state is DropState.ARCHIVED
    assert {key: value for key, (value, *_) in published(ledger).items()} == {
        ("L", "S1"): "4",
        ("M", "S2"): "7",
    }


@pytest.fixture(params=[True, False], ids=["by places", "by names"])
def some_driver(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not request.param:
        monkeypatch.setattr("connector.ledger.prepared._by_places", lambda _connection: False)


@pytest.mark.usefixtures("some_driver")
def test_rows_are_added_with_what_is_told_and_as_they_begin(ledger: Ledger) -> None:
    names = ("source", "path", "name", "lane", "fingerprint", "size", "state", "landed_at", "report")
    add = adding(drops, *names)
    row = dict.fromkeys(names, "x") | {"size": 7, "landed_at": LATER, "report": REPORT, "state": "landed"}
    with ledger._database.write() as connection:  # noqa: SLF001 - see above
        first, second = (add.add(connection, **new(**row)) for _ in range(2))
    assert second == first + 1
    drop = ledger.drop(second)
    assert (drop.size, drop.report, drop.landed_at) == (7, REPORT, LATER.astimezone(UTC))
    with ledger._database.read() as connection:  # noqa: SLF001 - see above
        flags = sa.select(drops.c.identified, drops.c.planning, drops.c.filed)
        assert connection.execute(flags.where(drops.c.id == second)).one() == (False, False, False)


@pytest.mark.usefixtures("some_driver")
def test_a_statement_is_run_for_each_of_many_or_for_none(ledger: Ledger) -> None:
    add = adding(drop_feeds, "drop_id", "feed", "records")
    drop = land(ledger)
    rows = [new(drop_id=drop.id, feed=feed, records=at) for at, feed in enumerate("abc")]
    with ledger._database.write() as connection:  # noqa: SLF001 - see above
        assert add.change_each(connection, rows) == 3
        assert add.change_each(connection, []) == 0
    assert ledger.records(drop.id) == {"a": 0, "b": 1, "c": 2}


@pytest.mark.usefixtures("some_driver")
@pytest.mark.parametrize("count", [0, 1, 2, 4, 5, 64, 65, 130])
def test_a_statement_about_some_keys_is_about_each_of_them_once(ledger: Ledger, count: int) -> None:
    others = [land(ledger).id for _ in range(2)]
    keys = [land(ledger).id for _ in range(count)]
    update = ForEach(lambda ids: drops.update().where(drops.c.id.in_(ids)).values(due_at=told("new", DUE)))
    query = ForEach(
        lambda ids: sa.select(drops.c.id, drops.c.due_at).where(drops.c.id.in_(ids)).order_by(drops.c.id)
    )
    with ledger._database.write() as connection:  # noqa: SLF001 - see above
        assert update.change(connection, keys, new=LATER) == count
        assert [tuple(row) for row in query.rows(connection, keys)] == [
            (key, LATER.astimezone(UTC)) for key in keys
        ]
        assert [row.due_at for row in query.rows(connection, others)] == [None, None]


@pytest.mark.usefixtures("some_driver")
def test_a_column_is_as_the_rows_have_it(ledger: Ledger) -> None:
    drop = land(ledger)
    ledger.postpone_drop(drop.id, LATER, "the disk is full")
    query = Prepared(sa.select(drops.c.due_at, drops.c.id).where(drops.c.id == told("its_id")))
    with ledger._database.read() as connection:  # noqa: SLF001 - see above
        assert query.scalars(connection, its_id=drop.id) == [LATER.astimezone(UTC)]
        assert query.scalar(connection, its_id=drop.id) == query.rows(connection, its_id=drop.id)[0].due_at
        assert query.scalar(connection, its_id=drop.id + 1) is None


def test_a_write_that_fails_is_undone_and_its_connection_not_used_again(ledger: Ledger) -> None:
    database = ledger._database  # noqa: SLF001 - see above
    with pytest.raises(ZeroDivisionError), database.write() as failed:
        failed.execute(drops.update().values(lane=str(1 / 0)))
    with database.write() as connection:
        assert connection is not failed
