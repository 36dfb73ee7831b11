"""A process that reads: a fork of our own server, with a memory limit, that prints nothing.

The server, started once, holds the imported readers, so a child is there in a few ms. The server ends with us.
"""

from __future__ import annotations

import errno
import gc
import io
import os
import resource
import signal
from multiprocessing import forkserver, popen_forkserver, reduction, spawn, util
from multiprocessing.context import ForkServerProcess, set_spawning_popen
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from connector import forks, memory
from connector.errors import ConnectorError, RejectDrop, RetryLater
from connector.later import later

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.process import BaseProcess

    import pyarrow as pa

    from connector.readers.limits import Limits, ReaderOptions
else:
    pa = later("pyarrow")

Answer = TypeVar("Answer")
Told: TypeAlias = "tuple[Path, Path, ReaderOptions, Limits]"
"""A file, a folder to write to, what is told, and the limits."""

Job: TypeAlias = "Callable[[Path, Path, ReaderOptions, Limits], Answer]"
"""What a child does with what it is told."""

_OURS = frozenset({
    errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.EIO, errno.ESTALE, errno.EACCES,
    errno.ENOENT,
})  # fmt: skip
"""Troubles of the machine or the disk: no fault of the file, so no reason to refuse it."""


def start(child: Child) -> None:
    """Start a child; the server is started or, should it have died, started again by the way.

    Raises:
        RetryLater: the machine gives no process at the moment.
    """
    with forks.starting:
        try:
            child.start()
        except (OSError, EOFError) as error:
            raise RetryLater(
                f"no process could be started to read the file ({error}); it is tried again"
            ) from error


def too_slow(limits: Limits) -> RejectDrop:
    """What is said of a file that takes longer than it may."""
    return RejectDrop(
        f"reading took more than {limits.seconds:g} seconds, the most allowed (setting reading.seconds); send a "
        "smaller file"
    )


def why_it_died(exitcode: int | None, limits: Limits) -> str:
    """What is said of a file over which the child ended without an answer."""
    most = f"{limits.memory_bytes // (1024 * 1024):,} MiB"
    memory = f"at most {most} of memory are allowed (setting reading.memory_megabytes)"
    if exitcode is not None and -exitcode in (signal.SIGABRT, signal.SIGKILL):
        return f"reading it takes too much memory; {memory}"
    return f"the file broke the reader (it ended with {exitcode}); save it again in the program it comes from"


def settle_in() -> None:
    """What a child does before it looks at its first file."""
    # The system's own allocator asks only for what it needs, so that the limit on memory means something.
    pa.set_memory_pool(pa.system_memory_pool())
    memory.keep_much()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _be_quiet()
    # The child lives for a file, or some small ones: looking for cycles among millions of cells would cost more than
    # it frees.
    gc.disable()


def answer(job: Job[Answer], told: Told, held: int) -> Answer | ConnectorError:
    """Do the job within the limit on memory, beyond what was `held` at the start; what goes wrong is an answer, too."""
    limits = told[-1]
    _limit_memory(held + limits.memory_bytes)
    try:
        return job(*told)
    except ConnectorError as error:
        return error
    except MemoryError:
        return RejectDrop(why_it_died(-signal.SIGABRT, limits))
    except BaseException as error:  # noqa: BLE001 - a panic of a reader is no Exception, and nothing may pass unsaid
        return _verdict_on(error)
    finally:
        _limit_memory(resource.RLIM_INFINITY)  # to say what came out needs some, too


def _verdict_on(error: BaseException) -> ConnectorError:
    if isinstance(error, OSError) and error.errno in _OURS:
        return RetryLater(
            f"the file could not be read now ({error}); it stays where it is and is tried again"
        )
    return RejectDrop(
        f"the file broke the reader ({type(error).__name__}: {error}); save it again in the program it comes from"
    )


def _limit_memory(most: int) -> None:
    """The hard limit stays, so that the next file may have one of its own."""
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if hard != resource.RLIM_INFINITY:
        most = hard if most == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


def data_now() -> int:
    """Bytes of data this process holds already (imported modules), which the limit must not count."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    return 0


def _be_quiet() -> None:
    """Libraries that print to the terminal print nowhere: stdout may be carrying a JSON report."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


class _Launch(popen_forkserver.Popen):
    """Starts a child from our own server, without running the main script again in it.

    The standard launch has every child import the parent's main script; for a console script or a test runner that
    means seconds of imports for each file, and the readers need nothing of it.
    """

    def _launch(self, process_obj: BaseProcess) -> None:
        prepared: dict[str, Any] = spawn.get_preparation_data(process_obj.name)
        for key in ("init_main_from_name", "init_main_from_path"):
            prepared.pop(key, None)
        buffer = io.BytesIO()
        set_spawning_popen(self)
        try:
            reduction.dump(prepared, buffer)
            reduction.dump(process_obj, buffer)
        finally:
            set_spawning_popen(None)
        self.sentinel, writing_end = forks.server.connect_to_new_process(self._fds)  # type: ignore[attr-defined]
        kept_open = os.dup(writing_end)
        self.finalizer = util.Finalize(self, _close_all, (kept_open, self.sentinel))
        with os.fdopen(writing_end, "wb") as out:
            out.write(buffer.getbuffer())
        self.pid = forkserver.read_signed(self.sentinel)


def _close_all(*handles: int) -> None:
    for handle in handles:
        os.close(handle)


class Child(ForkServerProcess):
    """A process of our own server."""

    @staticmethod
    def _Popen(process_obj: BaseProcess) -> popen_forkserver.Popen:  # noqa: N802 - the name multiprocessing calls
        return _Launch(process_obj)
