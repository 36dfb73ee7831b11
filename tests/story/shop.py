"""A shop for the story tests: a workspace, a real sandbox process, and `connector` run as a user runs it."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from connector.sandbox import Sandbox

LOCATION = "BLR-01"


class Shop:
    """One workspace made by `connector init`, pointed at a sandbox."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.connector("init", str(folder), cwd=folder.parent)
        self.config = folder / "config" / "connector.toml"
        self.configure(("http://127.0.0.1:8765", sandbox.url))

    def configure(self, *changes: tuple[str, str]) -> None:
        """Replace texts in the configuration; each must be there."""
        text = self.config.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, f"{old!r} is not in the configuration"
            text = text.replace(old, new)
        self.config.write_text(text, encoding="utf-8")

    def quick(self) -> None:
        """Short waits, so that a test of an outage takes seconds."""
        self.configure(
            ("# retry_wait = 0.25", "retry_wait = 0.05"),
            ("# retry_later = 30", "retry_later = 0.5"),
            ("# credentials_wait = 60", "credentials_wait = 0.5"),
            ("# attempts = 5 ", "attempts = 2 #"),
            ("# settle_seconds = 5 ", "settle_seconds = 1 #"),
            ("# scan_seconds = 10", "scan_seconds = 1"),
        )

    # files -----------------------------------------------------------------------------------------------------------

    def drop(self, name: str, content: str | bytes) -> Path:
        """Put a file into the inbox in one move, as a careful sender does."""
        path = self.folder / "inbox" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        side = path.with_name(f".{path.name}.part")
        side.write_bytes(content.encode() if isinstance(content, str) else content)
        return side.rename(path)

    def archived(self) -> list[Path]:
        """All originals in the archive."""
        return sorted(path for path in (self.folder / "archive").rglob("*") if path.is_file())

    def left_in_inbox(self) -> list[Path]:
        """Files still in the inbox or its work folder."""
        return sorted(path for path in (self.folder / "inbox").rglob("*") if path.is_file())

    # commands --------------------------------------------------------------------------------------------------------

    def connector(
        self, *arguments: str, code: int | Iterable[int] = 0, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end and check its exit code."""
        done = subprocess.run(
            [sys.executable, "-m", "connector", *arguments],
            cwd=cwd or self.folder,
            capture_output=True,
            text=True,
            timeout=100,
            env=environment(),
            check=False,
        )
        wanted = [code] if isinstance(code, int) else list(code)
        assert done.returncode in wanted, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def once(self, code: int | Iterable[int] = 0) -> dict[str, Any]:
        """`connector once --json`."""
        answer: dict[str, Any] = json.loads(self.connector("once", "--json", code=code).stdout)
        return answer

    def json(self, *arguments: str, code: int | Iterable[int] = 0) -> Any:
        """Any reading command with `--json`."""
        return json.loads(self.connector(*arguments, "--json", code=code).stdout)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command that stays."""
        return subprocess.Popen(
            [sys.executable, "-m", "connector", *(arguments or ("run",))],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment(),
        )

    def works(self, daemon: subprocess.Popen[str]) -> bool:
        """Whether a daemon that was started is at work by now: from then on a signal ends it cleanly."""
        try:
            with closing(
                sqlite3.connect(f"file:{self.folder / 'state' / 'ledger.db'}?mode=ro", uri=True)
            ) as database:
                return bool(database.execute("select pid from owners").fetchone() == (daemon.pid,))
        except sqlite3.OperationalError:  # no ledger yet
            return False

    # the other end ---------------------------------------------------------------------------------------------------

    def stock(self) -> dict[tuple[str, str], int]:
        """What the sandbox holds."""
        return self.sandbox.control.inventory()

    def writes(self) -> list[dict[str, Any]]:
        """Calls that wrote stock or prices."""
        return [call for call in self.sandbox.control.calls() if call["method"] == "PUT"]

    def records_sent(self) -> int:
        """Records in all calls that wrote."""
        return sum(call["records"] or 0 for call in self.writes())


def environment() -> dict[str, str]:
    """This process's environment without what would change a command's behaviour."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONNECTOR_")}
    return kept | {"PYTHONWARNINGS": "error", "PYTHONPATH": str(Path(__file__).parents[2])}


def end(process: subprocess.Popen[str], number: int = signal.SIGTERM) -> tuple[int, str]:
    """Signal a process, wait for its end; its exit code and all it said."""
    process.send_signal(number)
    said, _ = process.communicate(timeout=60)
    return process.returncode, said


def wait_until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Until the condition holds; fails when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def stock_csv(rows: Sequence[tuple[str, object]], *, location: str | None = LOCATION) -> str:
    """A plain stock export."""
    if location is None:
        return "sku,quantity\r\n" + "".join(f"{sku},{quantity}\r\n" for sku, quantity in rows)
    return "location_id,sku,quantity\r\n" + "".join(
        f"{location},{sku},{quantity}\r\n" for sku, quantity in rows
    )


def every_record_has_one_verdict(ledger: Path, drop: int, records: int) -> None:
    """Read the ledger as an auditor would, with SQL alone."""
    with sqlite3.connect(f"file:{ledger}?mode=ro", uri=True) as database:
        accepted = database.execute(
            "select coalesce(sum(accepted), 0) from batches where drop_id = ?", (drop,)
        ).fetchone()[0]
        others = database.execute("select count(*) from verdicts where drop_id = ?", (drop,)).fetchone()[0]
        unchanged = database.execute(
            "select coalesce(sum(count), 0) from unchanged where drop_id = ?", (drop,)
        ).fetchone()[0]
    assert accepted + others + unchanged == records, (accepted, others, unchanged, records)
