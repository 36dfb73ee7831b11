"""A folder of this machine, or mounted on it, as a source: claimed by rename, links never followed."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import stat
from itertools import count
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from connector.errors import SourceUnavailable
from connector.files import NAME_BYTES, copy_new, move_new, path_os, path_text, safe_name, sync_folder
from connector.model import Found
from connector.sources.source import Ignored, Scan

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

WORK_FOLDER = ".connector"
"""Inside the inbox, so that taking a file is a rename on one file system, whatever is mounted where."""

_SCRATCH, _OPENED = "scratch", ".opened"
"""In the work folder: where packed files are opened, and what follows the number of one in the home of its files."""

_NOT_OF_THIS_FILE = frozenset(
    {errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ESTALE, errno.ENOTCONN}
)
_SYSTEM_FOLDERS = frozenset(
    {"$recycle.bin", "#recycle", "@eadir", "#snapshot", "system volume information", "lost+found", "__macosx"}
)
_KINDS = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISCHR, "a device"),
)


class LocalSource:
    """An inbox folder with folders in it. `marker` is the suffix of done markers, when senders write them.

    The work folder is `<path>/.connector/<token>/<relative path>`: the original name and folder are in the
    work path, so that a file can go back to where it was even when no ledger row remembers it. What is opened out of
    a claimed file lies in `<token>.opened`, in the same folder there as the packed file.
    """

    def __init__(self, name: str, path: Path, *, marker: str | None = None, max_depth: int = 16) -> None:
        self._name = name
        self.path = path
        self._marker = marker
        self._max_depth = max_depth

    @property
    def name(self) -> str:
        """The short name of the source."""
        return self._name

    # ---- looking
    # ----------------------------------------------------------------------------------------------------

    def scan(self) -> Scan:
        """Every plain file at any depth; SourceUnavailable when the inbox itself cannot be listed."""
        look = _Look(self._name, self._max_depth)
        try:
            look.into(self.path, "", self.path.stat().st_dev)
        except OSError as error:
            raise self._unavailable("cannot be read", error) from error
        return Scan(tuple(look.files), tuple(look.passed_over))

    def folder_of(self, found: Found) -> str | None:
        """`south/BLR01` for `south/BLR01/stock.csv`; None at the top."""
        return found.path.rpartition("/")[0] or None

    def fingerprint(self, found: Found) -> str:
        """SHA-256 of the file as found; OSError when it changed, is another one, or is no plain file."""
        path = self.local_path(found.path)
        # Neither a link nor a pipe put in its place since the scan may be followed or waited on.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(handle, "rb") as file:  # noqa: PTH123 - the handle was opened with flags Path cannot say
            _must_be(found, os.fstat(handle))
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            _must_be(found, os.fstat(handle))
        _must_be(found, path.lstat())
        return digest

    def local_path(self, path: str) -> Path:
        """The file itself; ValueError for a path that leads out of the source."""
        parts = PurePosixPath(path_os(path))
        if parts.is_absolute() or ".." in parts.parts or not parts.parts:
            raise ValueError(f"{path!r} is no path inside the source {self._name}")
        return self.path / parts

    def free_space(self) -> int | None:
        """Bytes free on the file system of the inbox."""
        try:
            return shutil.disk_usage(self.path).free
        except OSError:
            return None

    # ---- taking
    # -----------------------------------------------------------------------------------------------------

    def claim(self, found: Found, token: int) -> str:
        """Rename the file (and its done marker first) into a folder of its own below the work folder."""
        origin = self.local_path(found.path)
        home = self._new_home(token)
        work_path = f"{home.relative_to(self.path).as_posix()}/{found.path}"
        target = self.local_path(work_path)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if self._marker:
                # The marker first: a file without its marker is never taken by mistake after a crash in
                # between.
                with contextlib.suppress(FileNotFoundError):
                    _beside(origin, self._marker).rename(_beside(target, self._marker))
            _must_be(found, origin.lstat())
            origin.rename(target)
            _must_be(found, target.lstat())
            sync_folder(target.parent)
            sync_folder(origin.parent)
        except OSError as error:
            self._undo_claim(work_path, target)
            if error.errno in _NOT_OF_THIS_FILE:
                raise self._unavailable("cannot be written to", error) from error
            raise
        return work_path

    def scratch(self) -> Path:
        """On the disk of the inbox, so that what is opened there gets into its place by a rename."""
        folder = self.path / WORK_FOLDER / _SCRATCH
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unavailable("cannot be written to", error) from error
        return folder

    def put(self, work_path: str, files: Sequence[tuple[str, Path]]) -> list[str]:
        """Move files into one home beside that of the packed file; a number before each name keeps them apart."""
        folder = PurePosixPath(f"{_home(work_path)}{_OPENED}", PurePosixPath(_original(work_path)).parent)
        target = self.local_path(str(folder))
        names = [f"{number}-{safe_name(name)}" for number, (name, _) in enumerate(files, 1)]
        try:
            target.mkdir(parents=True)
            for name, (_, file) in zip(names, files, strict=True):
                _moved(file, target / name)
            sync_folder(target)
        except OSError as error:
            if error.errno in _NOT_OF_THIS_FILE:
                raise self._unavailable("cannot be written to", error) from error
            raise
        return [str(folder / name) for name in names]

    def _new_home(self, token: int) -> Path:
        """A folder nobody has used. A token may come twice: the ledger rolled back after the first rename."""
        work = self.path / WORK_FOLDER
        try:
            work.mkdir(exist_ok=True)
            for number in count(1):
                home = work / (str(token) if number == 1 else f"{token}-{number}")
                with contextlib.suppress(FileExistsError):
                    home.mkdir()
                    return home
        except OSError as error:
            raise self._unavailable("cannot be written to", error) from error
        raise AssertionError("count() does not end")

    def _undo_claim(self, work_path: str, target: Path) -> None:
        with contextlib.suppress(OSError):
            if target.exists():
                self.give_back(work_path)
            else:
                self._give_back_marker(target, self.local_path(_original(work_path)))
                self._tidy(work_path)

    # ---- letting go
    # -------------------------------------------------------------------------------------------------

    def give_back(self, work_path: str) -> str:
        """Back to the place it came from; under `name.back1.csv` when a newer file has taken the name."""
        held, origin = self.local_path(work_path), self.local_path(_original(work_path))
        try:
            origin.parent.mkdir(parents=True, exist_ok=True)
            held.lstat()
            shutil.rmtree(self.local_path(f"{_home(work_path)}{_OPENED}"), ignore_errors=True)
            target = next(name for name in _names_beside(origin, "back") if _moved(held, name))
            self._give_back_marker(held, target)
            sync_folder(target.parent)
        except OSError as error:
            if error.errno in _NOT_OF_THIS_FILE:
                raise self._unavailable("cannot be written to", error) from error
            raise
        self._tidy(work_path)
        return path_text(target.relative_to(self.path).as_posix())

    def _give_back_marker(self, held: Path, target: Path) -> None:
        if self._marker:
            with contextlib.suppress(FileNotFoundError, FileExistsError):
                move_new(_beside(held, self._marker), _beside(target, self._marker))

    def archive(self, work_path: str, target: Path, *, fingerprint: str | None = None) -> Path:
        """Move to `target`, or to `name.2.csv` beside it when other bytes have the name."""
        held = self.local_path(work_path)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not held.exists():
            return _already(target, fingerprint, held)
        wanted = fingerprint or _digest(held)
        for name in _names_beside(target, ""):
            if name.exists() and _digest(name) == wanted:
                held.unlink()  # a crash came between the copy and the removal
                break
            if _moved(held, name):
                break
        sync_folder(name.parent)
        if self._marker:
            _beside(held, self._marker).unlink(missing_ok=True)
        self._tidy(work_path)
        return name

    def orphans(self, known_work_paths: Collection[str]) -> list[str]:
        """Files in claims none of `known_work_paths` is in; a marker goes with its file."""
        known = {_home(path) for path in known_work_paths}
        work = self.path / WORK_FOLDER
        found: list[str] = []
        try:
            homes = sorted(
                entry
                for entry in work.iterdir()
                if entry.is_dir() and entry.name != _SCRATCH and not entry.is_symlink()
            )
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._unavailable("cannot be read", error) from error
        shutil.rmtree(work / _SCRATCH, ignore_errors=True)
        for home in homes:
            packed = home.with_name(home.name.removesuffix(_OPENED))
            copies = packed != home and packed in homes
            if copies or path_text(home.relative_to(self.path).as_posix()) in known:
                continue
            paths = sorted(path for path in home.rglob("*") if path.is_file() and not path.is_symlink())
            if not paths:
                _remove_empty(home, work)
            markers = {_beside(path, self._marker) for path in paths} if self._marker else set()
            found.extend(path_text(p.relative_to(self.path).as_posix()) for p in paths if p not in markers)
        return found

    def _tidy(self, work_path: str) -> None:
        """Remove the empty folders a claim made. Losing this step costs an empty folder, no more."""
        _remove_empty(self.local_path(work_path).parent, self.path / WORK_FOLDER)

    def _unavailable(self, what: str, error: OSError) -> SourceUnavailable:
        return SourceUnavailable(
            f"The inbox {self.path} of the source {self._name} {what}: {error.strerror or error}. "
            "Nothing is lost; it is tried again by itself."
        )


class _Look:
    """One walk through an inbox: what is a file, what is passed over and why."""

    def __init__(self, source: str, max_depth: int) -> None:
        self._source = source
        self._max_depth = max_depth
        self.files: list[Found] = []
        self.passed_over: list[Ignored] = []

    def into(self, folder: Path, path: str, disk: int) -> None:
        """Look at all in the folder `path` and below; OSError when it cannot be listed."""
        with os.scandir(folder) as entries:
            for entry in entries:
                below = f"{path}/{entry.name}" if path else entry.name
                try:
                    self._look_at(entry, below, disk)
                except FileNotFoundError:
                    continue  # gone between the listing and the look: as if it had never been there
                except OSError as error:
                    self._pass_over(below, f"cannot be read: {error.strerror}")

    def _look_at(self, entry: os.DirEntry[str], path: str, disk: int) -> None:
        seen = entry.stat(follow_symlinks=False)
        if stat.S_ISREG(seen.st_mode):
            found = Found(self._source, path_text(path), seen.st_size, seen.st_mtime_ns, seen.st_ino)
            self.files.append(found)
        elif not stat.S_ISDIR(seen.st_mode):
            self._pass_over(path, _why_no_file(seen.st_mode))
        elif path == WORK_FOLDER:
            return
        elif _hidden_folder(entry.name):
            self._pass_over(path, "a hidden or system folder", report=False)
        elif path.count("/") >= self._max_depth:
            self._pass_over(path, f"folders are nested deeper than {self._max_depth}")
        elif seen.st_dev != disk:
            # Nothing in it could be taken by a rename into our work folder.
            self._pass_over(path, "another disk or share is mounted here; name it as a source of its own")
        else:
            self.into(Path(entry.path), path, disk)

    def _pass_over(self, path: str, reason: str, *, report: bool = True) -> None:
        self.passed_over.append(Ignored(self._source, path_text(path), reason, report))


def _hidden_folder(name: str) -> bool:
    return name.startswith(".") or name.lower() in _SYSTEM_FOLDERS


def _why_no_file(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "a link; links are not followed, put the file itself here"
    kind = next((word for test, word in _KINDS if test(mode)), "no plain file")
    return f"{kind}; only plain files are taken"


def _must_be(found: Found, seen: os.stat_result) -> None:
    """FileNotFoundError unless this is the file that was found, unchanged."""
    if not stat.S_ISREG(seen.st_mode) or (seen.st_size, seen.st_mtime_ns, seen.st_ino) != (
        found.size,
        found.mtime_ns,
        found.inode,
    ):
        raise FileNotFoundError(errno.ENOENT, "changed since it was found; it is looked at again", found.path)


def _home(work_path: str) -> str:
    return "/".join(work_path.split("/")[:2])


def _original(work_path: str) -> str:
    return work_path.split("/", 2)[2]


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _names_beside(path: Path, word: str) -> Iterator[Path]:
    """The path itself, then `stem.back1.csv` … (`stem.2.csv` … without a word), cut to a legal length."""
    yield path
    for number in count(1 if word else 2):
        ending = f".{word}{number}{path.suffix}"
        yield path.with_name(
            os.fsdecode(os.fsencode(path.stem)[: NAME_BYTES - len(os.fsencode(ending))]) + ending
        )


def _moved(origin: Path, target: Path) -> bool:
    """Move, by copy to another file system; False when the name is taken by another file."""
    try:
        move_new(origin, target)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        try:
            copy_new(origin, target)
        except FileExistsError:
            return False
    else:
        return True
    return True


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _already(target: Path, fingerprint: str | None, held: Path) -> Path:
    """Where a file that left the work folder before a crash went to."""
    for name in _names_beside(target, ""):
        if not name.exists():
            break
        if fingerprint is None or _digest(name) == fingerprint:
            return name
    raise FileNotFoundError(errno.ENOENT, f"neither in the work folder nor archived as {target}", str(held))


def _remove_empty(folder: Path, top: Path) -> None:
    with contextlib.suppress(OSError):
        for below in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
            below.rmdir()
        while folder != top:
            folder.rmdir()
            folder = folder.parent


__all__ = ["WORK_FOLDER", "LocalSource"]
