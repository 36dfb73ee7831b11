"""Opening: a new ledger, one of another version, one that is none; and where the database may be named."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from connector.errors import Fatal, LedgerUnavailable
from connector.ledger import open_ledger, opening
from connector.ledger.tables import metadata
from tests.contract.ledger_kit import land

PACKAGE = Path(opening.__file__).parent


def run(path: Path, *statements: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        found = [row for statement in statements for row in connection.execute(statement).fetchall()]
        connection.commit()
        return found
    finally:
        connection.close()


def test_a_new_ledger_is_made_with_its_folder_and_opened_again(tmp_path):
    url = f"sqlite:///{tmp_path / 'not' / 'there' / 'ledger.db'}"
    first = open_ledger(url)
    drop = land(first)
    first.close_connections()
    again = open_ledger(url, create=False)
    assert again.drop(drop.id) == drop
    again.close_connections()


def of_an_older_version(path: Path, revision: str = "0001") -> None:
    """A ledger with the layout of an earlier revision, made by the migrations."""
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config = opening._config()  # noqa: SLF001  an older version would open it so
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()


@pytest.mark.parametrize("older", [None, "0001"])
def test_a_new_ledger_and_an_upgraded_one_have_exactly_the_tables_the_code_knows(tmp_path, older):
    path = tmp_path / "ledger.db"
    if older:
        of_an_older_version(path, older)
    open_ledger(f"sqlite:///{path}").close_connections()
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == opening.HEAD
    engine.dispose()


def test_the_newest_migration_is_the_one_the_code_asks_for():
    script = ScriptDirectory.from_config(opening._config())  # noqa: SLF001  the constant exists to avoid this import
    assert script.get_heads() == [opening.HEAD]


def test_no_migration_can_be_taken_back():
    for revision in ScriptDirectory.from_config(opening._config()).walk_revisions():  # noqa: SLF001  see above
        with pytest.raises(Fatal, match="never taken back"):
            revision.module.downgrade()


def test_a_ledger_of_a_newer_version_is_refused_unchanged(tmp_path):
    path = tmp_path / "ledger.db"
    open_ledger(f"sqlite:///{path}").close_connections()
    run(path, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Fatal, match=r"made by a newer version .* layout is 9999.*Nothing was changed"):
        open_ledger(f"sqlite:///{path}")
    assert run(path, "SELECT version_num FROM alembic_version") == [("9999",)]


def test_an_upgrade_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    path = tmp_path / "ledger.db"
    of_an_older_version(path)
    before = run(path, "SELECT name FROM sqlite_master")
    monkeypatch.setattr("alembic.op.create_index", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        open_ledger(f"sqlite:///{path}")
    assert run(path, "SELECT name FROM sqlite_master") == before


def test_a_new_ledger_that_cannot_be_made_whole_leaves_nothing_behind(tmp_path, monkeypatch):
    path = tmp_path / "ledger.db"
    monkeypatch.setattr(opening._layout, "create", lambda *_: 1 / 0)  # noqa: SLF001  the last step
    with pytest.raises(ZeroDivisionError):
        open_ledger(f"sqlite:///{path}")
    assert run(path, "SELECT name FROM sqlite_master") == []


def test_a_ledger_of_before_the_first_release_is_refused_unchanged(tmp_path):
    path = tmp_path / "ledger.db"
    statements = ("CREATE TABLE alembic_version (version_num)", "INSERT INTO alembic_version VALUES ('0001')")
    run(path, *statements, "CREATE TABLE published (sku)")
    before = run(path, "SELECT name FROM sqlite_master")
    with pytest.raises(Fatal, match=r"before the first release .* Move it away"):
        open_ledger(f"sqlite:///{path}")
    assert run(path, "SELECT name FROM sqlite_master") == before


def test_two_processes_may_make_the_ledger_at_once(tmp_path):
    code = f"from connector.ledger import open_ledger; open_ledger('sqlite:///{tmp_path / 'ledger.db'}')"
    processes = [subprocess.Popen([sys.executable, "-c", code], cwd=PACKAGE.parents[1]) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]


def test_a_reading_command_makes_no_ledger(tmp_path):
    with pytest.raises(LedgerUnavailable, match="there is no ledger at"):
        open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}", create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_ledger_is_said_plainly(tmp_path):
    path = tmp_path / "ledger.db"
    path.write_text("sku;stock\n" * 200)
    with pytest.raises(LedgerUnavailable, match=r"cannot be used: file is not a database"):
        open_ledger(f"sqlite:///{path}")
    with pytest.raises(LedgerUnavailable, match="cannot be used"):
        open_ledger(f"sqlite:///{path / 'ledger.db'}")


@pytest.mark.parametrize(
    "url", ["ledger.db", "sqlite://", "sqlite:///:memory:", "mysql://root:secret@host/x"]
)
def test_a_url_no_ledger_can_live_at_is_said_without_its_password(url):
    with pytest.raises(Fatal, match=r"sqlite:///state/ledger\.db") as caught:
        open_ledger(url)
    assert "secret" not in str(caught.value)


def test_what_a_commit_promises(tmp_path):
    """WAL, so that readers never wait; the log flushed at each commit that must outlive a power cut."""
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    database = ledger._database  # noqa: SLF001  the promise is made inside
    asked = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    with database.write() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked}
    assert found == asked
    with database.write(durable=False) as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 1
    ledger.close_connections()


def test_the_database_is_named_in_one_module_only():
    """PostgreSQL comes later: whatever knows SQLite must be easy to find."""
    for module in PACKAGE.rglob("*.py"):
        if module.name != "database.py":
            assert not re.search(r"sqlite|pragma", module.read_text(), re.IGNORECASE), module


def test_an_installed_wheel_can_make_a_ledger(tmp_path):
    """The migrations are data of the package: they must be found wherever it lies, even with a % in the path."""
    target = tmp_path / "100%" / "site"
    target.mkdir(parents=True)
    bundle = tmp_path / "bundle.zip"
    with zipfile.ZipFile(bundle, "w") as archive:
        for file in PACKAGE.parent.rglob("*.py"):
            archive.write(file, file.relative_to(PACKAGE.parents[1]))
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(target)
    code = "import connector.ledger as l; l.open_ledger('sqlite:///new.db').claim; print(l.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=target, capture_output=True, text=True, check=True, timeout=60
    )
    assert str(target) in done.stdout


def test_a_ledger_taken_away_under_the_connector_is_noticed(tmp_path):
    path = tmp_path / "ledger.db"
    ledger = open_ledger(f"sqlite:///{path}")
    with ledger.exclusive():
        ledger.heartbeat()
        path.rename(tmp_path / "elsewhere.db")
        with pytest.raises(LedgerUnavailable, match="removed or replaced"):
            ledger.heartbeat()
    ledger.close_connections()
