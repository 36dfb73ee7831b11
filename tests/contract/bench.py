"""The steps of drops, run one by one in this process, with the real ledger, folders and a sandbox."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from connector.assembly import Assembly
from connector.cli.workspace import make_workspace
from connector.daemon import Tally
from connector.ledger import Ledger
from connector.model import Drop, DropState, Found
from connector.recovery import recover
from connector.sandbox import Sandbox


class Bench:
    """A workspace whose steps a test runs one by one, in this process."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.folder, self.sandbox = folder, sandbox
        make_workspace(folder)
        self.config = folder / "config" / "connector.toml"
        self.configure(("http://127.0.0.1:8765", sandbox.url))
        self.assembly = Assembly.read(self.config)

    def configure(self, *changes: tuple[str, str]) -> None:
        text = self.config.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        self.config.write_text(text, encoding="utf-8")

    @property
    def ledger(self) -> Ledger:
        return self.assembly.ledger

    def restart(self) -> None:
        """As after a crash: everything in memory is gone, and recovery runs first."""
        self.assembly.close()
        self.assembly = Assembly.read(self.config)
        recover(self.ledger, self.assembly.sources, self.assembly.spool)

    def found(self, text: str, name: str = "stock.csv") -> Found:
        path = self.folder / "inbox" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())
        (found,) = self.assembly.sources["inbox"].scan().files
        return found

    def land(self, text: str, name: str = "stock.csv") -> Drop:
        drop = self.assembly.inbound.land(self.found(text, name))
        assert drop is not None
        return drop

    def land_all(self) -> None:
        for found in self.assembly.sources["inbox"].scan().files:
            self.assembly.inbound.land(found)

    def until(self, name: str | None = None, *, later: float = 0.0) -> None:
        """Run what is due, until a task of this name is (it is not run), or nothing is; `later`: seconds from now."""
        inbound, handlers = self.assembly.inbound, self.assembly.inbound.handlers()
        inbound.now = inbound.delivery.now = lambda: datetime.now(UTC) + timedelta(seconds=later)
        for _ in range(100):
            due = inbound.due(10)
            if not due or any(task.name == name for task in due):
                return
            handlers[due[0].name](due[0].key)
        raise AssertionError(f"never ends: {inbound.due(10)}")

    def once(self) -> Tally:
        """The loop as `connector once` runs it, on what is in work already."""
        return self.assembly.daemon(once=True).run_once()

    def state(self, drop: Drop) -> DropState:
        return self.ledger.drop(drop.id).state

    def files(self, place: str) -> list[str]:
        return sorted(path.name for path in (self.folder / place).rglob("*") if path.is_file())
