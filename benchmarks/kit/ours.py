"""The connector as a shop runs it: a workspace with one profile, nothing tuned."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

CONFIG = """\
default_location = "BLR-000"

[[source]]
name = "inbox"
path = "inbox"
settle_seconds = 0

[[account]]
name = "main"
server = "{server}"
username = "benchmark"
password = "benchmark"

[reading]
max_megabytes = 4096
max_unpacked_megabytes = 8192
"""
PROFILE = """\
name = "stock"
feeds = ["inventory"]
mode = "{mode}"

[match]
headers = ["Item Code", "Store", "Quantity"]

[columns]
sku = "Item Code"
quantity = "Quantity"

[location]
column = "Store"

[guards]
known_share = 0  # of `lanes`: each of a thousand files holds SKUs never seen before, which no shop's do
"""


class Workspace:
    """A fresh workspace; what went through it before is in its ledger."""

    def __init__(self, connector: Path, folder: Path, *, mode: str = "full") -> None:
        self.connector = connector
        self.folder = folder
        self._drops = 0
        profiles = folder / "config" / "profiles"
        profiles.mkdir(parents=True)
        for name in ("inbox", "archive", "outbox"):
            (folder / name).mkdir()
        (profiles / "stock.toml").write_text(PROFILE.format(mode=mode))

    def command(self, name: str, server: str) -> list[str | Path]:
        """`connector NAME`, pushing to `server`."""
        (self.folder / "config" / "connector.toml").write_text(CONFIG.format(server=server))
        return [self.connector, name]

    def drop(self, files: Sequence[Path], *, below: Path | None = None) -> None:
        """Put copies into the inbox under names not used before; folders `below` a folder are kept."""
        for file in files:
            self._drops += 1
            folder = self.folder / "inbox" / (file.parent.relative_to(below) if below else "")
            folder.mkdir(exist_ok=True)
            copy = folder / f"{file.stem}-{self._drops}{file.suffix}"
            hidden = self.folder / copy.name
            shutil.copyfile(file, hidden)
            with hidden.open("rb") as written:
                os.fsync(written.fileno())  # what the copy still owes the disk is not the connector's to pay
            hidden.replace(copy)

    def archived(self) -> int:
        """How many files lie in the archive."""
        return sum(1 for path in (self.folder / "archive").rglob("*") if path.is_file())
