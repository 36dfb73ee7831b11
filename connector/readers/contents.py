"""What a packed file holds, each file of it for itself: for a zip of several files, which are drops of their own.

A packed file with one table in it is no matter of this module: it reads like the file itself.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connector.errors import RejectDrop
from connector.readers.archive import Tally, files_in, label, unpacked_gz, zip_members
from connector.readers.damage import ZIP_DAMAGE
from connector.readers.detect import NoTable, detect

if TYPE_CHECKING:
    from pathlib import Path

    from connector.readers.limits import Limits, ReaderOptions

_PACKED_MARKS = (b"PK", b"\x1f\x8b")
"""How a zip (a workbook is one as well) and a gz begin."""

CALLED_TABLES = (".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".json")
"""Names of files that somebody meant to be tables: a PDF under one of them is a fault that must be seen."""

_SEVERAL = 2


@dataclass(frozen=True, slots=True)
class Part:
    """One file out of a packed one: its name as written in there, never a path to follow; its bytes in `copy`.

    `damage` says why nothing of it may be used; `copy` then holds what could be unpacked.
    """

    name: str
    copy: Path
    size: int
    fingerprint: str
    damage: str = ""


@dataclass(frozen=True, slots=True)
class Contents:
    """The files of a packed file, in its own order, and in words what was left out because it is no table."""

    parts: tuple[Part, ...]
    left_out: tuple[str, ...] = ()


def is_packed(path: Path) -> bool:
    """Whether a file begins like a zip or gz, so that a look into it is worth while."""
    with path.open("rb") as source:
        return source.read(2) in _PACKED_MARKS


def open_here(path: Path, spool: Path, options: ReaderOptions, limits: Limits) -> Contents | None:
    """Unpack a packed file that holds several files into `spool`; None where there is at most one that is read.

    Files packed within are unpacked as well, down to `limits.depth`, all counted together. One that is damaged or
    goes beyond a limit is kept with the reason; the others do not suffer for it.

    Raises:
        RejectDrop: the packed file itself is damaged, protected or a bomb.
    """
    if path.stat().st_size > limits.file_bytes:
        return None  # reading it says so
    kind = detect(path)
    if kind not in ("zip", "gz") or _holds_one_plain_file(path, kind):
        return None
    walk = _Walk(spool, options, limits)
    walk.open(path, kind, "", depth=0)
    if len(walk.parts) < _SEVERAL:
        walk.discard(0)
        return None
    return Contents(tuple(walk.parts), tuple(walk.left_out))


def _holds_one_plain_file(path: Path, kind: str) -> bool:
    """Whether a look at its first bytes is enough; what cannot be looked into is for others to complain of."""
    try:
        if kind == "gz":
            with gzip.open(path, "rb") as source:
                return source.read(2) not in _PACKED_MARKS
        with zipfile.ZipFile(path) as archive:
            inside = files_in(archive)
            if len(inside) != 1 or inside[0].flag_bits & 1:
                return not inside
            with archive.open(inside[0]) as member:
                return member.read(2) not in _PACKED_MARKS
    except ZIP_DAMAGE:
        return True


class _Walk:
    """One walk through a packed file and those within it. Kept together for the bytes it counts."""

    def __init__(self, spool: Path, options: ReaderOptions, limits: Limits) -> None:
        self.spool, self.options, self.limits = spool, options, limits
        self.parts: list[Part] = []
        self.left_out: list[str] = []
        self.tally = Tally()

    def open(self, path: Path, kind: str, name: str, depth: int) -> None:
        """Take every file out of a zip or gz; `name` is what it is called where it lies."""
        if depth >= self.limits.depth:
            raise RejectDrop(
                f"packed more than {self.limits.depth} times over (setting reading.max_depth); drop the file itself"
            )
        if kind == "gz":
            copy = unpacked_gz(path, self.spool, self.limits, self.tally)
            self._take(copy, name.removesuffix(".gz"), depth + 1)
            return
        for member in zip_members(path, self.spool, self.options, self.limits, self.tally):
            inner = "/".join(filter(None, (name, member.name.replace("\\", "/").strip("/"))))
            if member.damage:
                self._keep(member.copy, inner, member.damage)
            else:
                self._take(member.copy, inner, depth + 1)

    def _take(self, copy: Path, name: str, depth: int) -> None:
        """A file that was unpacked: opened if it is packed itself, kept if it is a table or called like one."""
        try:
            kind = detect(copy)
        except RejectDrop as error:
            if isinstance(error, NoTable) and not name.lower().endswith(CALLED_TABLES):
                copy.unlink()
                self.left_out.append(f"file {label(name)!r} was left out: {error}")
            else:
                self._keep(copy, name)  # reading it says what is wrong, and somebody must know
            return
        if kind not in ("zip", "gz"):
            self._keep(copy, name)
            return
        parts, left_out = len(self.parts), len(self.left_out)
        try:
            self.open(copy, kind, name, depth)
        except RejectDrop as error:
            self.discard(parts)
            del self.left_out[left_out:]
            self._keep(copy, name, str(error))
        else:
            copy.unlink()

    def _keep(self, copy: Path, name: str, damage: str = "") -> None:
        with copy.open("rb") as source:
            fingerprint = hashlib.file_digest(source, "sha256").hexdigest()
            os.fsync(source.fileno())  # the ledger will rely on it
        self.parts.append(Part(name or "file", copy, copy.stat().st_size, fingerprint, damage))

    def discard(self, first: int) -> None:
        """Let go of the parts from this one on."""
        for part in self.parts[first:]:
            part.copy.unlink()
        del self.parts[first:]
