"""Reads a file in a child process with a memory and a time limit: a bomb or a broken workbook never takes us down.

Each file has a process of its own (`child`), except small plain ones, which are read one after another by a few that
are kept (`workers`).
"""

from __future__ import annotations

import multiprocessing
import tempfile
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connector.errors import ConnectorError, RejectDrop
from connector.later import later
from connector.readers.child import Child, answer, data_now, settle_in, start, too_slow, why_it_died
from connector.readers.contents import Contents, is_packed, open_here
from connector.readers.document import about_name
from connector.readers.limits import Limits, ReaderOptions
from connector.readers.workers import WORKERS, is_for_workers

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.process import BaseProcess

    from connector.readers import work
    from connector.readers.child import Answer, Job, Told
    from connector.readers.document import Document
else:
    work = later("connector.readers.work")  # the children have need of it, and only they

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
        document = _in_child_or_worker((path, Path(scratch), options, limits), meanwhile)
        return about_name(_moved(document, spool), name)


def _in_child_or_worker(told: Told, meanwhile: Callable[[], object]) -> Document:
    """What a worker cannot read well is read by a child of its own, whose word then counts."""
    document = WORKERS.read(told, meanwhile) if is_for_workers(told[0], told[-1]) else None
    return document or _in_child(_read_here, told, meanwhile)


def unpack(
    path: Path, *, spool: Path, options: ReaderOptions = NOTHING_TOLD, limits: Limits = USUAL_LIMITS
) -> Contents | None:
    """The files of a packed file that holds several, in `spool`; None for any other. See `contents.open_here`.

    Raises:
        RejectDrop: it cannot be opened; reading it says the same.
        RetryLater: the disk or the machine is in trouble, not the file.
    """
    return _in_child(open_here, (path, spool, options, limits)) if is_packed(path) else None


def _read_here(path: Path, spool: Path, options: ReaderOptions, limits: Limits) -> Document:
    return work.read_here(path, spool, options, limits)


def _moved(document: Document, spool: Path) -> Document:
    tables = []
    for table in document.tables:
        target = spool / Path(table.spool).name
        Path(table.spool).rename(target)
        tables.append(replace(table, spool=str(target)))
    return replace(document, tables=tuple(tables))


def _in_child(job: Job[Answer], told: Told, meanwhile: Callable[[], object] = lambda: None) -> Answer:
    ours, theirs = multiprocessing.Pipe(duplex=False)
    child = Child(target=_work, args=(theirs, job, told), daemon=True)
    try:
        start(child)
        theirs.close()
        meanwhile()
        found: Answer = _answer(ours, child, told[-1])
    finally:
        ours.close()
        if child.is_alive():
            child.kill()
        child.join()
        child.close()
    return found


def _answer(ours: Connection, child: BaseProcess, limits: Limits) -> Any:
    if not wait([ours], timeout=limits.seconds):
        raise too_slow(limits)
    try:
        found = ours.recv()
    except EOFError:
        child.join(5)
        raise RejectDrop(why_it_died(child.exitcode, limits)) from None
    if isinstance(found, ConnectorError):
        raise found
    return found


def _work(out: Connection, job: Job[object], told: Told) -> None:
    """Everything that happens in the child."""
    settle_in()
    out.send(answer(job, told, data_now()))
    out.close()
