"""Open a ledger and bring it to the layout this version knows.

Alembic is imported only when there is something to do: it takes longer than most commands.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from connector.errors import Fatal
from connector.ledger.database import Database
from connector.ledger.faults import NoLedger
from connector.ledger.ledger import Ledger
from connector.ledger.tables import lots, metadata

if TYPE_CHECKING:
    from collections.abc import Callable

    from alembic.config import Config

HEAD = "0006"
"""The newest file in `migrations/versions`; a test compares."""

_layout = sa.Table(
    "alembic_version", sa.MetaData(), sa.Column("version_num", sa.String(32), primary_key=True)
)
"""Where Alembic keeps the revision."""


def open_ledger(url: str, *, create: bool = True, now: Callable[[], datetime] | None = None) -> Ledger:
    """Open the ledger at an SQLAlchemy URL and bring it to the layout this version knows.

    Args:
        url: a file, as the settings name it; its folder is made.
        create: make it when there is none; a reading command says False.
        now: the clock that stamps what happens.

    Raises:
        LedgerUnavailable: it cannot be opened; NoLedger: it is not there and `create` is False.
        Fatal: the URL is wrong, or the ledger was made by a newer version.
    """
    database = Database(url)
    if create:
        database.create_place()
    elif not database.exists:
        message = (
            f"there is no ledger at {database.path}: nothing was done yet, or the configuration names another"
        )
        raise NoLedger(message)
    try:
        _bring_up_to_date(database)
    except BaseException:
        database.close()
        raise
    return Ledger(database, now or _utc_now)


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _bring_up_to_date(database: Database) -> None:
    """Make or upgrade the tables, in one transaction under the write lock.

    Raises:
        LedgerUnavailable: an older ledger would have to be upgraded while a connector is at work on it.
        Fatal: the ledger was made by a newer version than this one.
    """
    with database.read() as connection:
        found = _revision(connection)
        if found is not None and not sa.inspect(connection).has_table(lots.name):
            raise Fatal(
                f"the ledger {database.path} was made by a development version of before the first release and "
                f"cannot be taken over. Nothing was changed. Move it away: a new one is made, and the next full "
                f"files are sent anew."
            )
    if found == HEAD:
        return
    if found is None:
        _make(database)
        return
    _refuse_unknown(found)
    with database.exclusive(lambda: "of an older version"):
        _upgrade(database)


def _make(database: Database) -> None:
    """A new ledger needs no history of layouts; a test holds what is made here against the migrations."""
    with database.write() as connection:
        if _revision(connection) is None:  # else another process was faster
            metadata.create_all(connection)
            _layout.create(connection)
            connection.execute(_layout.insert().values(version_num=HEAD))


def _upgrade(database: Database) -> None:
    from alembic import command  # noqa: PLC0415  slow to import, see above

    with database.write() as connection:
        if _revision(connection) == HEAD:
            return  # another process was faster
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, HEAD)


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table(_layout.name):
        return None
    return connection.execute(sa.select(_layout.c.version_num)).scalar()


def _refuse_unknown(found: str) -> None:
    from alembic.script import ScriptDirectory  # noqa: PLC0415  slow to import, see above

    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found not in known:
        message = (
            f"this ledger was made by a newer version of the connector (its layout is {found}, this one "
            f"knows up to {HEAD}). Nothing was changed. Install that version again, or give this one its "
            f"own ledger."
        )
        raise Fatal(message)


def _config() -> Config:
    from alembic.config import Config  # noqa: PLC0415  slow to import, see above

    config = Config()
    config.set_main_option("script_location", "connector.ledger:migrations")
    return config
