"""The database under the ledger: the only module that knows which one it is.

SQLite in WAL mode. Every write takes the write lock at its start (`BEGIN IMMEDIATE`), so that two writers
queue instead of failing half way, and threads of this process queue on a lock of ours first, which wakes them
at once where SQLite would sleep and poll. Readers never wait for writers and see one consistent state.

What a crash may lose (docs/decisions/0001): kill -9 loses nothing that was committed. A power cut loses
nothing either of what was written with `durable=True` (synchronous=FULL: the log is on the disk before commit
returns); with `durable=False` it may lose the last such writes, never more and never half of one, so that is
only for what can be done again: drafts, heartbeats, a batch taken of a feed that is safe to repeat. A durable
write makes all earlier ones durable.
"""

from __future__ import annotations

import socket
import sqlite3
import threading
from collections import deque
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from filelock import FileLock, Timeout
from sqlalchemy.pool import QueuePool

from connector.errors import Fatal, LedgerUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime


class Database:
    """Connections, transactions and what differs between databases. Thread-safe.

    Args:
        url: SQLAlchemy URL of a file, `sqlite:///state/ledger.db`.
        busy_seconds: how long a write waits for another process's write before it gives up.

    Raises:
        Fatal: the URL is not one of a database we can keep a ledger in.
    """

    def __init__(self, url: str, *, busy_seconds: float = 30.0) -> None:
        self.url = _parsed(url)
        self.path = Path(str(self.url.database))
        self._busy_seconds = busy_seconds
        self._opened_as: tuple[int, int] | None = None
        self._writing = threading.Lock()
        self._engine = sa.create_engine(self.url, poolclass=QueuePool, pool_size=8, max_overflow=-1)
        sa.event.listen(self._engine, "connect", self._configure)
        self._readers = _Idle(self._engine)
        self._durable = _Idle(self._engine, "FULL")
        self._light = _Idle(self._engine, "NORMAL")

    @property
    def exists(self) -> bool:
        """Whether there is a ledger at all."""
        return self.path.exists()

    def create_place(self) -> None:
        """Make the folder the ledger will lie in."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unavailable(error) from error

    def require_in_place(self) -> None:
        """Raise LedgerUnavailable when the file we write to is not the one at its path any more."""
        seen = self._identity()
        if self._opened_as is None:
            self._opened_as = seen
        if seen != self._opened_as or seen is None:
            raise LedgerUnavailable(
                f"the ledger {self.path} was removed or replaced while the connector was at work; it stops, because "
                f"what it wrote would be lost. Put the ledger back, or start again with a new one"
            )

    def _identity(self) -> tuple[int, int] | None:
        try:
            seen = self.path.stat()
        except OSError:
            return None
        return seen.st_dev, seen.st_ino

    def close(self) -> None:
        """Let go of all connections."""
        for idle in (self._readers, self._durable, self._light):
            idle.close()
        self._engine.dispose()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One consistent view of the ledger; waits for nobody."""
        with self._plain_errors(), self._readers.one() as (connection, driver):
            driver.execute("BEGIN")
            yield connection
            driver.rollback()

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[sa.Connection]:
        """One transaction that holds the write lock from its start: keep it short, never nest it."""
        idle = self._durable if durable else self._light
        with self._plain_errors(), self._writing, idle.one() as (connection, driver):
            driver.execute("BEGIN IMMEDIATE")
            yield connection
            driver.commit()

    @contextmanager
    def exclusive(self, owner: Callable[[], str]) -> Iterator[None]:
        """Be the only connector at work on this ledger. The operating system lets go when the process dies.

        Args:
            owner: who holds it, in words, asked when it is not us.

        Raises:
            LedgerUnavailable: another one is.
        """
        lock = FileLock(f"{self.path}.lock", timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            message = (
                f"another connector ({owner()}) is already working on this ledger; stop it first, or "
                f"give this one a ledger of its own. Reading commands (status, show …) work meanwhile."
            )
            raise LedgerUnavailable(message) from error
        except OSError as error:
            raise self._unavailable(error) from error
        try:
            yield
        finally:
            lock.release()

    def _configure(self, connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions: `read` and `write` do
        for pragma in (
            f"busy_timeout={int(self._busy_seconds * 1000)}",
            "journal_mode=WAL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-16000",
            "journal_size_limit=67108864",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @contextmanager
    def _plain_errors(self) -> Iterator[None]:
        try:
            yield
        except (sa.exc.IntegrityError, sqlite3.IntegrityError):
            raise
        except sa.exc.DatabaseError as error:
            raise self._unavailable(error.orig or error) from error
        except sqlite3.DatabaseError as error:  # what `Prepared` runs
            raise self._unavailable(error) from error

    def _unavailable(self, error: BaseException) -> LedgerUnavailable:
        return LedgerUnavailable(
            f"the audit database {self.path} cannot be used: {error}. Nothing was sent without being "
            f"recorded; put it right (disk full? no permission? not a ledger?) and start again."
        )


class _Idle:
    """Connections that nobody uses at the moment, each with that of the driver below it.

    To take one from SQLAlchemy's pool takes longer than most queries, and so does what it does around a transaction: to
    SQLAlchemy each is in one transaction all its life. Where one really begins and ends is said to the driver.
    """

    def __init__(self, engine: sa.Engine, synchronous: str | None = None) -> None:
        """`synchronous` as SQLite names it, for those that write."""
        self._engine = engine
        self._synchronous = synchronous
        self._idle: deque[tuple[sa.Connection, Any]] = deque()

    @contextmanager
    def one(self) -> Iterator[tuple[sa.Connection, Any]]:
        """For the block alone, in no transaction, and to be left in none; where something failed it is closed.

        To close it undoes what it was at.
        """
        try:
            both = self._idle.pop()
        except IndexError:
            both = self._new()
        try:
            yield both
        except BaseException:
            both[0].close()
            raise
        self._idle.append(both)

    def _new(self) -> tuple[sa.Connection, Any]:
        connection = self._engine.connect()
        connection.begin()
        driver: Any = connection.connection.dbapi_connection
        if self._synchronous:
            driver.execute(f"PRAGMA synchronous={self._synchronous}").close()
        return connection, driver

    def close(self) -> None:
        """Close them."""
        while self._idle:
            self._idle.pop()[0].close()


def this_host() -> str:
    """The name of this machine, as status shows it."""
    return socket.gethostname()


def owner_in_words(pid: int, host: str, since: datetime) -> str:
    """Who holds the ledger, for the message to the second one."""
    return f"pid {pid} on {host}, since {since:%Y-%m-%d %H:%M:%S} UTC"


def _parsed(url: str) -> sa.URL:
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        message = f"the ledger's URL {url!r} is none; write for example sqlite:///state/ledger.db"
        raise Fatal(message) from error
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        shown = parsed.render_as_string(hide_password=True)
        message = f"a ledger cannot be kept at {shown!r}; it needs a file: write for example sqlite:///state/ledger.db"
        raise Fatal(message)
    return parsed
