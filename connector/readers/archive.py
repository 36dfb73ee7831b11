"""Packed files: gz, and zip with one file or many, unpacked into the spool within limits.

Names inside are labels, never paths.
"""

from __future__ import annotations

import errno
import gzip
import tempfile
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from connector.errors import RejectDrop
from connector.readers.damage import ZIP_DAMAGE
from connector.readers.limits import MIB, RATIO_COUNTS_FROM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connector.readers.limits import Limits, ReaderOptions

_BLOCK = 1024 * 1024
_LABEL_KEPT = 160
_NOISE = (".DS_Store", "Thumbs.db", "desktop.ini")
_LOCKED = (
    "the zip is protected by a password; pack it without one, or name the secret in the profile: "
    '[reader] password = "env:NAME"'
)
_AES = 99
_OF_THE_FILE = (None, errno.EINVAL)
_DAMAGED = "the zip file is damaged or packed in a way we cannot open; send it again"

Member = tuple["Path", str]
"""An unpacked copy, which whoever takes it removes, and its name as a label."""


def unpack_gz(path: Path, spool: Path, options: ReaderOptions, limits: Limits) -> Iterator[Member]:
    """The unpacked copy in the spool; its name is the packed file's, so it needs none.

    Raises:
        RejectDrop: cut off, damaged, or a bomb.
    """
    del options
    yield unpacked_gz(path, spool, limits, Tally()), ""


@dataclass(slots=True)
class Tally:
    """Bytes unpacked so far, of packed files within packed files as well."""

    bytes: int = 0


def unpacked_gz(path: Path, spool: Path, limits: Limits, tally: Tally) -> Path:
    """The unpacked copy.

    Raises:
        RejectDrop: cut off, damaged, or a bomb.
    """
    target = _new_file(spool)
    try:
        with gzip.open(path, "rb") as source:
            _copy(source, target, path.stat().st_size, limits, tally)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        target.unlink()
        raise RejectDrop("the gz file is cut off or damaged; send it again") from error
    except BaseException:
        target.unlink()
        raise
    return target


def unpack_zip(path: Path, spool: Path, options: ReaderOptions, limits: Limits) -> Iterator[Member]:
    """The unpacked copy of each file in a zip, one at a time, and its name as a label.

    Raises:
        RejectDrop: no file within, protected, cut off, damaged, or a bomb.
    """
    for member in zip_members(path, spool, options, limits, Tally()):
        if member.damage:
            member.copy.unlink()
            raise RejectDrop(_DAMAGED)
        yield member.copy, label(member.name)


@dataclass(frozen=True, slots=True)
class ZipMember:
    """One file out of a zip: its name as written in there, what could be unpacked of it, and why that is not all."""

    name: str
    copy: Path
    damage: str = ""


def zip_members(
    path: Path, spool: Path, options: ReaderOptions, limits: Limits, tally: Tally
) -> Iterator[ZipMember]:
    """Each file in a zip, unpacked one at a time. Damage stays with its file.

    Raises:
        RejectDrop: no file within, protected, no directory, or a bomb.
    """
    check_zip(path, limits)
    secret = options.password.encode() if options.password else None
    unpacked = 0
    with _opened(path) as archive:
        inside = files_in(archive)
        if not inside:
            raise RejectDrop("the zip holds no file; pack it again with the file in it")
        for info in inside:
            _check_protection(info, secret)
            target, damage = _new_file(spool), ""
            try:
                with archive.open(info, pwd=secret) as source:
                    _copy(source, target, path.stat().st_size, limits, tally, inside=unpacked)
            except BaseException as error:
                damage = _damage(error)
                if not damage:
                    target.unlink()
                    raise
            unpacked += target.stat().st_size
            yield ZipMember(info.filename, target, damage)


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(path)
    except ZIP_DAMAGE as error:
        raise RejectDrop(_DAMAGED) from error
    with archive:
        yield archive


def _check_protection(info: zipfile.ZipInfo, secret: bytes | None) -> None:
    if info.compress_type == _AES:
        raise RejectDrop("the zip is protected by AES, which we do not open; pack it without a password")
    if info.flag_bits & 1 and secret is None:
        raise RejectDrop(_LOCKED)


def _damage(error: BaseException) -> str:
    """What is wrong with one file of a zip; empty when the trouble is not the file's.

    Raises:
        RejectDrop: the password is not the one.
    """
    if isinstance(error, RuntimeError) and "password" in str(error):
        raise RejectDrop(f"the password of the profile does not open the zip. {_LOCKED}") from error
    of_the_file = (
        isinstance(error, OSError) and error.errno in _OF_THE_FILE
    )  # a full disk, say, is no fault of it
    if of_the_file or isinstance(error, RuntimeError | zipfile.BadZipFile | EOFError | zlib.error):
        return "it is damaged in the zip, or packed in a way we cannot open; send it again"
    return ""


def files_in(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files a person put into a zip: without folders and what systems add by themselves."""
    return [
        info
        for info in archive.infolist()
        # Not is_dir: it stumbles on a name of no letters.
        if not info.filename.endswith("/") and not _is_noise(info.filename)
    ]


def label(name: str) -> str:
    """The name of a packed file to show to people: no path to follow, nothing that cannot be printed."""
    return "".join(sign if sign.isprintable() else "?" for sign in name)[-_LABEL_KEPT:]


def check_zip(path: Path, limits: Limits) -> None:
    """Refuse a zip (or workbook) whose directory declares more than allowed, before a byte of it is unpacked.

    Raises:
        RejectDrop: too many members, too large unpacked, or too high a ratio.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except ZIP_DAMAGE as error:
        raise RejectDrop("the workbook or zip file is cut off or damaged; send it again") from error
    if len(infos) > limits.members:
        raise RejectDrop(
            f"{len(infos):,} files in one zip; at most {limits.members:,} are allowed (setting reading.max_members)"
        )
    declared = sum(info.file_size for info in infos)
    _check_size(declared, limits)
    _check_ratio(declared, path.stat().st_size, limits)


def _check_size(unpacked: int, limits: Limits) -> None:
    if unpacked > limits.unpacked_bytes:
        raise RejectDrop(
            f"unpacked it would be {unpacked / MIB:,.1f} MB or more; at most {limits.unpacked_bytes / MIB:,g} are "
            "allowed (setting reading.max_unpacked_megabytes)"
        )


def _check_ratio(unpacked: int, packed: int, limits: Limits) -> None:
    if unpacked > RATIO_COUNTS_FROM and unpacked > packed * limits.ratio:
        raise RejectDrop(
            f"it unpacks to more than {limits.ratio} times its size ({unpacked:,} bytes from {packed:,}): that is a "
            "bomb or a mistake (setting reading.max_ratio)"
        )


def _new_file(spool: Path) -> Path:
    with tempfile.NamedTemporaryFile(prefix="unpacked-", dir=spool, delete=False) as out:
        return Path(out.name)


def _copy(
    source: IO[bytes] | gzip.GzipFile,
    target: Path,
    packed: int,
    limits: Limits,
    tally: Tally,
    *,
    inside: int = 0,
) -> None:
    """Unpack into `target`; `inside` bytes came out of the same packed file before."""
    with target.open("wb") as out:
        while block := source.read(_BLOCK):
            inside += len(block)
            tally.bytes += len(block)
            _check_size(tally.bytes, limits)
            _check_ratio(inside, packed, limits)
            out.write(block)


def _is_noise(name: str) -> bool:
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return name.startswith("__MACOSX/") or last.startswith(("._", "~$")) or last in _NOISE
