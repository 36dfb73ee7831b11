"""Statements that every drop needs, compiled once and run by the driver itself.

SQLAlchemy says what is asked, and its types read and write the values, but what it does around each execution takes
many times as long as the database does: a drop takes some eighty of these.
"""

from __future__ import annotations

from collections import namedtuple
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy.engine import Dialect

    Convert = Callable[[Any], Any]


def _by_places(connection: sa.Connection) -> bool:
    """Whether the driver takes parameters by their places, as the statements here are run."""
    return connection.dialect.positional


def _driver(connection: sa.Connection) -> Any:
    return connection.connection.dbapi_connection


def told(name: str, kind: Any = None) -> sa.BindParameter[Any]:
    """A parameter that is told when the statement is run; `kind` where nothing it is compared with says its type."""
    return sa.bindparam(name, None, kind)


class _Value(NamedTuple):
    """A parameter in its place: a constant of the statement, or what is told under its `name`."""

    name: str | None
    constant: Any
    convert: Convert | None


class _Compiled:
    """A statement in the words of one kind of database."""

    def __init__(self, statement: Any, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        self.text = str(compiled)
        self._values = [
            _value(compiled.binds.get(name), compiled.params[name], dialect)
            for name in compiled.positiontup or ()
        ]
        columns = list(statement.selected_columns) if isinstance(statement, sa.Select) else []
        kinds = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        self._converts = [(at, convert) for at, convert in enumerate(kinds) if convert]
        self._row = _row_of([str(column.key) for column in columns])

    def values(self, told: dict[str, Any]) -> list[Any]:
        """The parameters in their places, as the driver wants them."""
        return [
            one.constant
            if one.name is None
            else one.convert(told[one.name])
            if one.convert
            else told[one.name]
            for one in self._values
        ]

    def column(self, values: list[Any]) -> list[Any]:
        """What the driver found in the first column, as values of ours."""
        convert = next((convert for at, convert in self._converts if at == 0), None)
        return list(map(convert, values)) if convert else values

    def row(self, values: Sequence[Any]) -> Any:
        """What the driver found, as values of ours."""
        ours = list(values)
        for at, convert in self._converts:
            ours[at] = convert(ours[at])
        return self._row(ours)


def _row_of(names: Sequence[str]) -> Callable[[Sequence[Any]], Any]:
    make: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]  # noqa: PYI024 - known at run time only
    found: Callable[[Sequence[Any]], Any] = make._make
    return found


def _value(bind: sa.BindParameter[Any] | None, constant: Any, dialect: Dialect) -> _Value:
    """What has no name of ours is a constant; one of a list of constants (they are text) is not even a bind."""
    convert = bind.type.dialect_impl(dialect).bind_processor(dialect) if bind is not None else None
    if bind is not None and not bind.unique:
        return _Value(bind.key, None, convert)
    return _Value(None, convert(constant) if convert else constant, None)


class Prepared:
    """A statement whose parameters are `told` by name; lists in it are constants. Run in a transaction of `Database`.

    It is compiled when it is first run, for the database it is run on: there is one kind in a process. Where its
    driver wants parameters by name, SQLAlchemy runs it as ever.
    """

    def __init__(self, statement: sa.Select[Any] | sa.Update | sa.Insert) -> None:
        self._statement = statement
        self._compiled: _Compiled | None = None

    def _compile(self, connection: sa.Connection) -> _Compiled:
        self._compiled = self._compiled or _Compiled(self._statement, connection.dialect)
        return self._compiled

    def _run(self, connection: sa.Connection, told: dict[str, Any]) -> tuple[_Compiled, Any]:
        compiled = self._compile(connection)
        return compiled, _driver(connection).execute(compiled.text, compiled.values(told))

    def change(self, connection: sa.Connection, **told: Any) -> int:
        """Run one that changes rows; how many it did."""
        if not _by_places(connection):
            return connection.execute(self._statement, told).rowcount
        _, cursor = self._run(connection, told)
        return int(cursor.rowcount)

    def change_each(self, connection: sa.Connection, rows: Sequence[dict[str, Any]]) -> int:
        """Run it for each of these; how many rows it changed or added."""
        if not rows:
            return 0
        if not _by_places(connection):
            return connection.execute(self._statement, rows).rowcount
        compiled = self._compile(connection)
        cursor = _driver(connection).executemany(compiled.text, map(compiled.values, rows))
        return int(cursor.rowcount)

    def add(self, connection: sa.Connection, **told: Any) -> int:
        """Run one that adds a row; its number."""
        if not _by_places(connection):
            found: Any = connection.execute(self._statement, told).inserted_primary_key
            return int(found[0])
        _, cursor = self._run(connection, told)
        return int(cursor.lastrowid)

    def rows(self, connection: sa.Connection, **told: Any) -> list[Any]:
        """What it finds, as named tuples."""
        if not _by_places(connection):
            return list(connection.execute(self._statement, told))
        compiled, cursor = self._run(connection, told)
        return [compiled.row(values) for values in cursor.fetchall()]

    def first(self, connection: sa.Connection, **told: Any) -> Any:
        """The first row it finds; None when there is none."""
        return next(iter(self.rows(connection, **told)), None)

    def scalars(self, connection: sa.Connection, **told: Any) -> list[Any]:
        """The first column of what it finds."""
        if not _by_places(connection):
            return list(connection.execute(self._statement, told).scalars())
        compiled, cursor = self._run(connection, told)
        return compiled.column([values[0] for values in cursor.fetchall()])

    def scalar(self, connection: sa.Connection, **told: Any) -> Any:
        """The first value it finds; None when there is none."""
        return next(iter(self.scalars(connection, **told)), None)


def adding(table: sa.Table, *names: str) -> Prepared:
    """A statement that adds a row: these columns are told, as `new_` and the name; the others are as they begin."""
    new: dict[str, Any] = {name: told(f"new_{name}", table.c[name].type) for name in names}
    for column in table.c:
        if isinstance(column.default, sa.ColumnDefault) and column.key not in new:
            new[column.key] = sa.literal(column.default.arg, column.type)
    return Prepared(table.insert().values(new))


def new(**values: Any) -> dict[str, Any]:
    """What is told to a statement of `adding`."""
    return {f"new_{name}": value for name, value in values.items()}


class ForEach:
    """A statement about some keys, compiled for one, 4, 16 and 64 of them: the last is said again to fill up.

    More than that are taken in turns: to compile it for thousands takes longer than to run it.
    """

    def __init__(self, build: Callable[[Sequence[sa.BindParameter[Any]]], Any]) -> None:
        """`build` makes the statement, given the keys as parameters. To say one twice must change nothing."""
        self._for = cache(lambda count: Prepared(build([told(name, sa.Integer()) for name in _named(count)])))

    def change(self, connection: sa.Connection, keys: Sequence[int], **told: Any) -> int:
        """Run one that changes rows; how many it did."""
        return sum(statement.change(connection, **named, **told) for statement, named in self._in_turns(keys))

    def rows(self, connection: sa.Connection, keys: Sequence[int], **told: Any) -> list[Any]:
        """What it finds, as named tuples. Where their order matters, the keys must be in that order."""
        found = (statement.rows(connection, **named, **told) for statement, named in self._in_turns(keys))
        return list(chain.from_iterable(found))

    def _in_turns(self, keys: Sequence[int]) -> Iterator[tuple[Prepared, dict[str, int]]]:
        for start in range(0, len(keys), _COUNTS[-1]):
            some = keys[start : start + _COUNTS[-1]]
            count = next(count for count in _COUNTS if count >= len(some))
            filled = [*some, *[some[-1]] * (count - len(some))]
            yield self._for(count), dict(zip(_named(count), filled, strict=True))


_COUNTS = (1, 4, 16, 64)


@cache
def _named(count: int) -> tuple[str, ...]:
    return tuple(f"key_{number}" for number in range(count))
