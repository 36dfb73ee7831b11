"""Bring a ledger to the layout this version knows, when it is opened.

Alembic is imported only when there is something to do: it takes longer than most commands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from connector.errors import Fatal, LedgerUnavailable

if TYPE_CHECKING:
    from alembic.config import Config

    from connector.ledger.database import Database

HEAD = "0001"
"""The newest file in `migrations/versions`; a test compares."""


def bring_up_to_date(database: Database) -> None:
    """Make or upgrade the tables, in one transaction under the write lock.

    Raises:
        LedgerUnavailable: an older ledger would have to be upgraded while a connector is at work on it.
        Fatal: the ledger was made by a newer version than this one.
    """
    with database.read() as connection:
        found = _revision(connection)
    if found == HEAD:
        return
    if found is None:
        _upgrade(database)
        return
    _refuse_unknown(found)
    with database.exclusive(lambda: "of an older version"):
        _upgrade(database)


def require_head(database: Database) -> None:
    """For a reading command: the ledger must be there and of this version or one it can upgrade."""
    if not database.exists:
        message = f"there is no ledger at {database.path} yet: nothing has been done, or the configuration names another"
        raise LedgerUnavailable(message)


def _upgrade(database: Database) -> None:
    from alembic import command  # noqa: PLC0415  slow to import, see above

    with database.write() as connection:
        if _revision(connection) == HEAD:
            return  # another process was faster
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, HEAD)


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def _refuse_unknown(found: str) -> None:
    from alembic.script import ScriptDirectory  # noqa: PLC0415  slow to import, see above

    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found not in known:
        message = (
            f"this ledger was made by a newer version of the connector (its layout is {found}, this version knows up to "
            f"{HEAD}). Nothing was changed. Install that version again, or give this one a ledger of its own."
        )
        raise Fatal(message)


def _config() -> Config:
    from alembic.config import Config  # noqa: PLC0415  slow to import, see above

    config = Config()
    config.set_main_option("script_location", "connector.ledger:migrations")
    return config
