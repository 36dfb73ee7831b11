"""Reads a file in a child process with a memory and a time limit: a bomb or a broken workbook never takes us down.

A small server process, started once, holds the imported readers; each file is read by a fork of it (a few ms). The
server ends with us.
"""

from __future__ import annotations

import errno
import gc
import io
import multiprocessing
import os
import resource
import signal
import tempfile
from dataclasses import replace
from multiprocessing import forkserver, popen_forkserver, reduction, spawn, util
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess, set_spawning_popen
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from connector import forks, memory
from connector.errors import ConnectorError, RejectDrop, RetryLater
from connector.later import later
from connector.readers.contents import Contents, is_packed, open_here
from connector.readers.document import about_name
from connector.readers.limits import Limits, ReaderOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.process import BaseProcess

    import pyarrow as pa

    from connector.readers import work
    from connector.readers.document import Document
else:
    pa = later("pyarrow")
    work = later("connector.readers.work")  # the children have need of it, and only they

Answer = TypeVar("Answer")
Job: TypeAlias = "Callable[[Path, Path, ReaderOptions, Limits], Answer]"
"""What a child does: with a file, a folder to write to, what is told, and the limits."""

_OURS = frozenset({
    errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.EIO, errno.ESTALE, errno.EACCES,
    errno.ENOENT,
})  # fmt: skip
"""Troubles of the machine or the disk: no fault of the file, so no reason to refuse it."""

NOTHING_TOLD = ReaderOptions()
USUAL_LIMITS = Limits()


def read(
    path: Path,
    *,
    name: str,
    spool: Path,
    options: ReaderOptions = NOTHING_TOLD,
    limits: Limits = USUAL_LIMITS,
    in_process: bool = False,
    meanwhile: Callable[[], object] = lambda: None,
) -> Document:
    """Read a file into a document whose tables lie as Arrow files in `spool` (a folder; the caller removes it).

    `name` is the file's original name, for words only: the content decides. `in_process` is for tests.
    `meanwhile` is done while the child reads.

    Raises:
        RejectDrop: the file cannot be used; the reason is for a shop keeper.
        RetryLater: the disk or the machine is in trouble, not the file.
    """
    spool.mkdir(parents=True, exist_ok=True)
    if in_process:
        return about_name(_read_here(path, spool, options, limits), name)
    # A folder of its own, so that whatever a killed child leaves half done is removed with it.
    with tempfile.TemporaryDirectory(prefix="reading-", dir=spool) as scratch:
        document = _in_child(_read_here, path, Path(scratch), options, limits, meanwhile=meanwhile)
        return about_name(_moved(document, spool), name)


def unpack(
    path: Path, *, spool: Path, options: ReaderOptions = NOTHING_TOLD, limits: Limits = USUAL_LIMITS
) -> Contents | None:
    """The files of a packed file that holds several, in `spool`; None for any other. See `contents.open_here`.

    Raises:
        RejectDrop: it cannot be opened; reading it says the same.
        RetryLater: the disk or the machine is in trouble, not the file.
    """
    return _in_child(open_here, path, spool, options, limits) if is_packed(path) else None


def _read_here(path: Path, spool: Path, options: ReaderOptions, limits: Limits) -> Document:
    return work.read_here(path, spool, options, limits)


def _moved(document: Document, spool: Path) -> Document:
    tables = []
    for table in document.tables:
        target = spool / Path(table.spool).name
        Path(table.spool).rename(target)
        tables.append(replace(table, spool=str(target)))
    return replace(document, tables=tuple(tables))


def _in_child(
    job: Job[Answer],
    path: Path,
    spool: Path,
    options: ReaderOptions,
    limits: Limits,
    *,
    meanwhile: Callable[[], object] = lambda: None,
) -> Answer:
    ours, theirs = multiprocessing.Pipe(duplex=False)
    child = _Child(target=_work, args=(theirs, job, (path, spool, options, limits)), daemon=True)
    try:
        _start(child)
        theirs.close()
        meanwhile()
        answer: Answer = _answer(ours, child, limits)
    finally:
        ours.close()
        if child.is_alive():
            child.kill()
        child.join()
        child.close()
    return answer


def _start(child: _Child) -> None:
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


def _answer(ours: Connection, child: BaseProcess, limits: Limits) -> Any:
    if not wait([ours], timeout=limits.seconds):
        raise RejectDrop(
            f"reading took more than {limits.seconds:g} seconds, the most allowed (setting reading.seconds); send a "
            "smaller file"
        )
    try:
        answer = ours.recv()
    except EOFError:
        child.join(5)
        raise RejectDrop(_why_it_died(child.exitcode, limits)) from None
    if isinstance(answer, ConnectorError):
        raise answer
    return answer


def _why_it_died(exitcode: int | None, limits: Limits) -> str:
    most = f"{limits.memory_bytes // (1024 * 1024):,} MiB"
    memory = f"at most {most} of memory are allowed (setting reading.memory_megabytes)"
    if exitcode is not None and -exitcode in (signal.SIGABRT, signal.SIGKILL):
        return f"reading it takes too much memory; {memory}"
    return f"the file broke the reader (it ended with {exitcode}); save it again in the program it comes from"


def _work(out: Connection, job: Job[object], told: tuple[Path, Path, ReaderOptions, Limits]) -> None:
    """Everything that happens in the child."""
    # The system's own allocator asks only for what it needs, so that the limit below means something.
    pa.set_memory_pool(pa.system_memory_pool())
    memory.keep_much()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    limits = told[-1]
    most = _data_now() + limits.memory_bytes
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    _be_quiet()
    # The child lives for one file: looking for cycles among millions of cells would cost more than it frees.
    gc.disable()
    answer: object
    try:
        answer = job(*told)
    except ConnectorError as error:
        answer = error
    except MemoryError:
        answer = RejectDrop(_why_it_died(-signal.SIGABRT, limits))
    except BaseException as error:  # noqa: BLE001 - a panic of a reader is no Exception, and nothing may pass unsaid
        answer = _verdict_on(error)
    out.send(answer)
    out.close()


def _verdict_on(error: BaseException) -> ConnectorError:
    if isinstance(error, OSError) and error.errno in _OURS:
        return RetryLater(
            f"the file could not be read now ({error}); it stays where it is and is tried again"
        )
    return RejectDrop(
        f"the file broke the reader ({type(error).__name__}: {error}); save it again in the program it comes from"
    )


def _data_now() -> int:
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


class _Child(ForkServerProcess):
    """A process of our own server."""

    @staticmethod
    def _Popen(process_obj: BaseProcess) -> popen_forkserver.Popen:  # noqa: N802 - the name multiprocessing calls
        return _Launch(process_obj)
