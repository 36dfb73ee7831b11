"""What a place that drops come from must be able to do; local folders and remote places fit the same seam."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from connector.model import Found


@dataclass(frozen=True, slots=True)
class Ignored:
    """Something in an inbox that is not taken, and why; `report` is False for usual litter."""

    source: str
    path: str
    reason: str
    report: bool


@dataclass(frozen=True, slots=True)
class Scan:
    """One look at a source: every plain file, and what was passed over (links, devices, closed folders)."""

    files: tuple[Found, ...]
    passed_over: tuple[Ignored, ...] = ()


class Source(Protocol):
    """A place drops come from. Paths are text relative to it, with forward slashes, fit for the ledger.

    A `work path` is what `claim` answered: where the file rests until it is archived or given back. Every
    method may raise SourceUnavailable (a RetryLater): the place is gone, read-only or full, and is looked at
    again later.
    """

    @property
    def name(self) -> str:
        """The short name of the source in the ledger, lanes and logs."""
        ...

    def scan(self) -> Scan:
        """List all that is there now. No order, no high-water mark: what is new is for the ledger to know."""
        ...

    def folder_of(self, found: Found) -> str | None:
        """The folder below the source, `south/BLR01`; None at the top. A folder may name the location."""
        ...

    def fingerprint(self, found: Found) -> str:
        """SHA-256 of all bytes in hexadecimal; OSError when the file is not (any more) the one found."""
        ...

    def claim(self, found: Found, token: int) -> str:
        """Take the file into the work folder by one atomic rename and answer its work path.

        FileNotFoundError: gone, or no longer as found; any other OSError: not ours (somebody holds it). In
        both cases the file is where it was, and the next scan sees it again.
        """
        ...

    def scratch(self) -> Path:
        """A folder of this machine to open packed files in; what a crash leaves there is removed by `orphans`."""
        ...

    def put(self, work_path: str, files: Sequence[tuple[str, Path]]) -> list[str]:
        """Move what was opened out of a claimed file into the work folder; answers the work path of each.

        Each is what it is called in there, whatever that looks like, and the file. OSError when that cannot be done
        now; `give_back` of the claimed file removes what was put.
        """
        ...

    def local_path(self, path: str) -> Path:
        """A file of this machine with the bytes of `path` (as found, or a work path), for reading only."""
        ...

    def give_back(self, work_path: str) -> str:
        """Put a claimed file back to where it was, never over a newer file; answers the path it has now.

        Files that were opened out of it are copies then, and are removed.
        """
        ...

    def archive(self, work_path: str, target: Path, *, fingerprint: str | None = None) -> Path:
        """Move a claimed file to `target` (or a free name beside it) for good; answers where it is.

        May be repeated: a file already there with these bytes is the answer. Never overwrites.
        FileNotFoundError when it is neither in the work folder nor there.
        """
        ...

    def orphans(self, known_work_paths: Collection[str]) -> list[str]:
        """Work paths no ledger row knows: a crash before the commit. For recovery, when nothing claims.

        A file that was opened out of one that is still there goes with that one.
        """
        ...

    def free_space(self) -> int | None:
        """Bytes free where the files rest; None when the place cannot say."""
        ...
