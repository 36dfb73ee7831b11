"""One run of one contestant at one work: what it took, and whether it did it right."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import pyarrow as pa

from kit import measure, verify
from kit.inputs import Inputs
from kit.ours import Workspace
from kit.peers import QUIET, Peer, Peers
from kit.server import Server, serving

STILL = 20.0  # seconds without a new record after which a daemon is thought to be through
RUNS = "connector run"
ONCE = "connector once"


@dataclass(frozen=True)
class Work:
    """What is to be done, the same for all."""

    key: str
    title: str
    files: Callable[[Inputs], list[Path]]
    peers: tuple[str, ...] = ()
    before: tuple[Callable[[Inputs], list[Path]], ...] = ()  # what went through the workspace already
    ours: str = ONCE
    mode: str = "full"
    delay: float = 0.0
    fail_every: int = 0
    records: Callable[[Inputs], list[Path]] | None = None  # the records as CSV, where `files` are not


@dataclass(frozen=True)
class Run:
    """What came out of one run."""

    wall: float
    cpu: float
    peak: float
    others: float
    calls: int
    sending: float  # seconds from the first call to the last answer
    at_once: int  # most calls that waited for their answer together
    verdict: str


class Arena:
    """Where contestants meet: the inputs, the peers, and the workspaces of one round."""

    def __init__(self, folder: Path, connector: Path, peers: Peers) -> None:
        self.inputs = Inputs(folder / "inputs")
        self.peers = peers
        self._connector = connector
        self._folder = folder
        self._round = TemporaryDirectory(dir=folder, prefix="round-")
        self._known: dict[tuple[str, tuple[Path, ...]], Workspace] = {}
        self._spaces = 0
        self.left_out: dict[str, str] = {}
        self.log = folder / "last.log"

    def new_round(self) -> None:
        """Forget the workspaces of the last round."""
        self._round.cleanup()
        self._round = TemporaryDirectory(dir=self._folder, prefix="round-")
        self._known.clear()

    def close(self) -> None:
        """Remove what is not kept for the next time."""
        self._round.cleanup()

    def skipped(self, peer: Peer) -> bool:
        """Whether the peer cannot be had; said once, and remembered in `left_out`."""
        reason = self.peers.missing(peer)
        if reason and peer.title not in self.left_out:
            self.left_out[peer.title] = reason
            print(f"{peer.title} is left out: {reason}", file=sys.stderr)
        return reason is not None

    def ours(self, work: Work) -> Run:
        """Our own run; a workspace that already holds what should be before is used again."""
        files = work.files(self.inputs)
        before = [earlier(self.inputs) for earlier in work.before]
        delivered = tuple(file for group in before for file in group)
        space = self._known.pop((work.mode, delivered), None) or self._prepared(work.mode, before)
        expected = verify.expected(self._records(work), since=before[-1][-1] if before else None)
        with self._serving(work) as (server, log):
            space.drop(files, below=_top(files))
            waits = work.ours == RUNS
            done = _finished(server, expected, lambda: space.archived() >= len(files)) if waits else None
            cost = measure.run(
                space.command(work.ours.split()[1], server.url), log=log, cwd=space.folder, done=done
            )
            run = _judged(cost, server, expected, daemon=waits)
        self._known[work.mode, (*delivered, *files)] = space
        return run

    def peer(self, work: Work, peer: Peer) -> Run:
        """One peer's run, in an empty folder."""
        (file,) = work.files(self.inputs)
        expected = verify.expected(self._records(work)) if peer.sends else None
        env = {**os.environ, **QUIET}
        with (
            self._serving(work) as (server, log),
            TemporaryDirectory(dir=self._folder, prefix="peer-") as folder,
        ):
            command = self.peers.command(peer, file, server.url)
            done = _finished(server, expected, lambda: True) if peer.daemon else None
            cost = measure.run(command, log=log, cwd=Path(folder), env=env, done=done)
            return _judged(cost, server, expected, daemon=peer.daemon)

    def _records(self, work: Work) -> list[Path]:
        return (work.records or work.files)(self.inputs)

    def _prepared(self, mode: str, before: Sequence[list[Path]]) -> Workspace:
        """A workspace through which `before` went already, not under the clock."""
        self._spaces += 1
        space = Workspace(self._connector, Path(self._round.name) / f"space-{self._spaces}", mode=mode)
        for files in before:
            with serving() as server, self.log.open("wb") as log:
                space.drop(files)
                measure.run(space.command("once", server.url), log=log, cwd=space.folder)
        return space

    @contextmanager
    def _serving(self, work: Work) -> Iterator[tuple[Server, IO[bytes]]]:
        with serving(delay=work.delay, fail_every=work.fail_every) as server, self.log.open("wb") as log:
            yield server, log


def _top(files: Sequence[Path]) -> Path | None:
    """The folder above files of several folders."""
    return Path(os.path.commonpath(files)) if len(files) > 1 else None


def _finished(server: Server, expected: pa.Table | None, settled: Callable[[], bool]) -> Callable[[], bool]:
    """Whether a daemon has sent everything (and settled it), or has long sent nothing more."""
    due = expected.num_rows if expected is not None else 0
    last: list[Any] = [0, time.monotonic()]

    def done() -> bool:
        records = server.counts()["records"]
        if records != last[0]:
            last[:] = [records, time.monotonic()]
        return (records >= due and settled()) or time.monotonic() - last[1] > STILL

    return done


def _judged(cost: measure.Cost, server: Server, expected: pa.Table | None, *, daemon: bool) -> Run:
    counts = server.counts()
    verdict = str(verify.compare(expected, server.bodies())) if expected is not None else "–"
    if cost.code and not daemon:
        verdict += f", exit code {cost.code}"
    return Run(
        wall=counts["last"] - cost.start if daemon else cost.wall,
        cpu=cost.cpu,
        peak=cost.peak,
        others=cost.others,
        calls=counts["calls"],
        sending=counts["last"] - counts["first"],
        at_once=counts["most_under_way"],
        verdict=verdict,
    )
