"""Packed files: gz, and zip with one file in it, unpacked into the spool within limits.

Names inside are labels, never paths.
"""

from __future__ import annotations

import gzip
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING

from connector.errors import RejectDrop
from connector.readers.limits import RATIO_COUNTS_FROM

if TYPE_CHECKING:
    from connector.readers.limits import Limits

_BLOCK = 1024 * 1024
_NOISE = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


def unpack_gz(path: Path, spool: Path, limits: Limits) -> tuple[Path, str]:
    """The unpacked copy in the spool, and the name of its content (the packed file's name is the caller's).

    Raises:
        RejectDrop: cut off, damaged, or a bomb.
    """
    try:
        with gzip.open(path, "rb") as source:
            return _copied(source, path.stat().st_size, spool, limits), ""
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise RejectDrop("the gz file is cut off or damaged; send it again") from error


def unpack_zip(path: Path, spool: Path, limits: Limits) -> tuple[Path, str]:
    """The unpacked copy of the one file in a zip, and its name as a label.

    Raises:
        RejectDrop: none or several files within, protected, cut off, damaged, or a bomb.
    """
    check_zip(path, limits)
    try:
        with zipfile.ZipFile(path) as archive:
            inside = [
                info for info in archive.infolist() if not info.is_dir() and not _is_noise(info.filename)
            ]
            if len(inside) != 1:
                what = "no file" if not inside else f"{len(inside)} files"
                raise RejectDrop(
                    f"the zip holds {what}; drop a zip with exactly one file, or the files themselves"
                )
            if inside[0].flag_bits & 1:
                raise RejectDrop("the zip is protected by a password; pack it without one and drop it again")
            with archive.open(inside[0]) as source:
                return _copied(source, path.stat().st_size, spool, limits), inside[0].filename
    except (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError, OSError, RuntimeError) as error:
        raise RejectDrop(
            "the zip file is damaged or packed in a way we cannot open; send it again"
        ) from error


def check_zip(path: Path, limits: Limits) -> None:
    """Refuse a zip (or workbook) whose directory declares more than allowed, before a byte of it is unpacked.

    Raises:
        RejectDrop: too many members, too large unpacked, or too high a ratio.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError) as error:
        raise RejectDrop("the workbook or zip file is cut off or damaged; send it again") from error
    if len(infos) > limits.members:
        raise RejectDrop(
            f"{len(infos):,} files in one zip; at most {limits.members:,} are allowed (limit members)"
        )
    _check_size(sum(info.file_size for info in infos), path.stat().st_size, limits)


def _check_size(unpacked: int, packed: int, limits: Limits) -> None:
    if unpacked > limits.unpacked_bytes:
        raise RejectDrop(
            f"unpacked it would be {unpacked:,} bytes or more; at most {limits.unpacked_bytes:,} are allowed "
            "(limit unpacked_bytes)"
        )
    if unpacked > RATIO_COUNTS_FROM and unpacked > packed * limits.ratio:
        raise RejectDrop(
            f"it unpacks to more than {limits.ratio} times its size ({unpacked:,} bytes from {packed:,}): that is a "
            "bomb or a mistake (limit ratio)"
        )


def _copied(source: IO[bytes] | gzip.GzipFile, packed: int, spool: Path, limits: Limits) -> Path:
    with tempfile.NamedTemporaryFile(prefix="unpacked-", dir=spool, delete=False) as out:
        target = Path(out.name)
        size = 0
        try:
            while block := source.read(_BLOCK):
                size += len(block)
                _check_size(size, packed, limits)
                out.write(block)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
    return target


def _is_noise(name: str) -> bool:
    return name.startswith(_NOISE) or name.rsplit("/", 1)[-1] in _NOISE
