"""A stopwatch for a whole process and everything it starts: wall, CPU and peak memory.

CPU is user + system as the kernel counts it for the process, the children it waited for, and those that outlived it
(they are handed to us, and end soon after). Memory is looked up 25 times a second in /proc/PID/statm, one short file a
process: the pages that are a process's own, summed, and the largest shared part (libraries, mapped files) once. It is
close to the sum of PSS, which would make the kernel walk every page of the process under the clock. (The kernel's
`ru_maxrss` will not do: it counts what we held when we forked.)
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PAGE = resource.getpagesize()
TICK = os.sysconf("SC_CLK_TCK")
LOOK = 0.04  # seconds between two looks at memory
PATIENCE = 2.0  # seconds given to processes that outlive the one that started them
PR_SET_CHILD_SUBREAPER = 36  # prctl(2): orphans below us become our children
ASK = 0.1  # seconds between two questions whether the work is done


@dataclass(frozen=True)
class Cost:
    """What one run took."""

    start: float  # by the clock of `time.monotonic`
    wall: float  # seconds
    cpu: float  # seconds, user and system, of the process and its children
    peak: float  # megabytes
    others: float  # cores' worth of CPU that anything else on this machine took meanwhile (the sink is in it)
    code: int  # exit code


def run(
    command: Sequence[str | Path],
    *,
    log: IO[bytes],
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    limit: float = 1800.0,
    done: Callable[[], bool] | None = None,
) -> Cost:
    """Run `command` to its end, or until `done` says so: then the clock stops, and the process is told to stop."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    busy, start = _busy(), time.monotonic()
    process = subprocess.Popen(command, cwd=cwd, env=env, stdout=log, stderr=log, start_new_session=True)
    memory = _Memory(process.pid)
    memory.start()
    watch = threading.Timer(limit, _stop, (process.pid, signal.SIGKILL))
    watch.start()
    finished = None
    if done is not None:
        finished = _wait_for(process.pid, done)
        _stop(process.pid, signal.SIGTERM)
    _, status, used = os.wait4(process.pid, 0)
    wall = (finished or time.monotonic()) - start
    watch.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    memory.join()
    cpu = used.ru_utime + used.ru_stime + _of_orphans(memory.seen)
    return Cost(
        start=start,
        wall=wall,
        cpu=cpu,
        peak=memory.peak / 1e6,
        others=max(0.0, (_busy() - busy - cpu) / (time.monotonic() - start)),
        code=process.returncode,
    )


def _of_orphans(seen: set[int]) -> float:
    """CPU seconds of the processes among these that were left to us, once they have ended."""
    spent, end = 0.0, time.monotonic() + PATIENCE
    for pid in seen:
        with suppress(ChildProcessError):
            while not (waited := os.wait4(pid, os.WNOHANG))[0] and time.monotonic() < end:
                time.sleep(0.01)
            spent += waited[2].ru_utime + waited[2].ru_stime
    return spent


def _wait_for(pid: int, done: Callable[[], bool]) -> float:
    while not done() and os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        time.sleep(ASK)
    return time.monotonic()


def _stop(pid: int, sign: signal.Signals) -> None:
    """The process leads a group of its own (`start_new_session`): its children are told, too."""
    with suppress(ProcessLookupError):
        os.killpg(pid, sign)


class _Memory(threading.Thread):
    """Looks at the memory of a process and all below it until the process is gone."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.peak = 0
        self.seen: set[int] = set()  # of all processes below it

    def run(self) -> None:
        while tree := list(_tree(self.pid)):
            self.seen.update(tree[1:])
            held = [_held(pid) for pid in tree]
            own, shared = (list(part) for part in zip(*held, strict=True))
            if not any(own):  # ended, and not yet waited for
                return
            self.peak = max(self.peak, sum(own) + max(shared))
            time.sleep(LOOK)


def _held(pid: int) -> tuple[int, int]:
    """Bytes in memory that are this process's own, and those that it may share."""
    try:
        resident, shared = (
            int(pages) * PAGE for pages in Path(f"/proc/{pid}/statm").read_bytes().split()[1:3]
        )
    except (FileNotFoundError, ProcessLookupError):
        return 0, 0
    return resident - shared, shared


def _tree(pid: int) -> Iterator[int]:
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
    except (FileNotFoundError, ProcessLookupError):
        return
    yield pid
    for thread in threads:
        with suppress(FileNotFoundError, ProcessLookupError):
            for child in (thread / "children").read_bytes().split():
                yield from _tree(int(child))


def _busy() -> float:
    """CPU seconds that this machine has spent at work since it started."""
    user, nice, system, _idle, _wait, irq, softirq = (
        int(n) for n in Path("/proc/stat").read_text().split()[1:8]
    )
    return (user + nice + system + irq + softirq) / TICK
