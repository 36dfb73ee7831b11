"""Names and moves of files for every part that writes some: safe names, reversible names, durable moves.

Floor 0: nothing of ours is imported. A crash leaves either the old state or the new one, never half a file.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME_BYTES = 255
"""The longest name of one file on the file systems met, in bytes of UTF-8."""

_FORBIDDEN = frozenset('/\\:*?"<>|')
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))}
)
_LONGEST_SUFFIX = 16
_RAW = 0xF700
"""Byte 0x80 to 0xFF of a name that is no UTF-8 is written as the private-use character 0xF700 + byte."""


def path_text(path: str) -> str:
    """The path as Python got it from the system, as text any database and JSON can hold; `path_os` goes back.

    Bytes that are no UTF-8 (surrogates to Python) become private-use characters. A character of that
    private-use range that really stands in a name is written byte by byte too, so that every path has exactly
    one way back.
    """
    if path.isascii():
        return path
    return "".join(
        "".join(chr(_RAW + byte) for byte in os.fsencode(char)) if _needs_raw(char) else char for char in path
    )


def _needs_raw(char: str) -> bool:
    return "\udc80" <= char <= "\udcff" or _RAW + 0x80 <= ord(char) <= _RAW + 0xFF


def path_os(text: str) -> str:
    """The path of `path_text` as the system knows it."""
    if text.isascii():
        return text
    first, last = chr(_RAW + 0x80), chr(_RAW + 0xFF)
    raw = b"".join(bytes([ord(c) - _RAW]) if first <= c <= last else os.fsencode(c) for c in text)
    return os.fsdecode(raw)


def new_path(folder: Path, prefix: str, suffix: str = "") -> Path:
    """A path in `folder` at which nothing stands, for a scratch file.

    Not made beforehand: what is emptied to be filled, ext4 writes to the disk as soon as it is closed (auto_da_alloc).
    """
    return folder / f"{prefix}-{uuid4().hex}{suffix}"


def safe_name(name: str, limit: int = 120) -> str:
    """A name any file system and archive takes, near to `name`, at most `limit` bytes of UTF-8.

    Path parts, control characters, line breaks and what Windows forbids become `_`; marks without width
    (right-to-left, zero width) go; the text is composed (NFC); the extension survives the cut. Two names may
    get the same safe name: put a number or fingerprint beside it. The original belongs in the ledger.
    """
    composed = unicodedata.normalize("NFC", name)
    cleaned = "".join(_safe_char(char) for char in composed)
    cleaned = " ".join(cleaned.split()).lstrip(". ").rstrip(". ")
    if not cleaned.strip("_"):
        return "file"
    suffix = Path(cleaned).suffix
    stem = cleaned.removesuffix(suffix)
    if len(suffix.encode()) > _LONGEST_SUFFIX:
        stem, suffix = cleaned, ""
    if stem.partition(".")[0].lower() in _DEVICES:
        stem = f"_{stem}"
    return cut(stem, limit - len(suffix.encode())).rstrip(". ") + suffix


def _safe_char(char: str) -> str:
    if char in _FORBIDDEN:
        return "_"
    category = unicodedata.category(char)
    if category == "Cf":
        return ""
    if category == "Zs":
        return " "
    return "_" if category[0] == "C" or category in ("Zl", "Zp") else char


def cut(text: str, limit: int) -> str:
    """The longest beginning of `text` of at most `limit` bytes of UTF-8."""
    return text.encode("utf-8", "surrogateescape")[:limit].decode("utf-8", "ignore")


def sync_folder(folder: Path) -> None:
    """Make renames in this folder survive a power cut, where the file system knows how."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        # Network file systems often cannot sync a folder; the rename itself has happened all the same.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EROFS):
            raise
    finally:
        os.close(handle)


@contextlib.contextmanager
def replacing(target: Path, *, synced: bool = True) -> Iterator[BinaryIO]:
    """A file to write that becomes `target` in one step when the block ends well, and vanishes when not.

    Without `synced` the folder is left to who writes another file there: until then a power cut may lose the new name.
    """
    side = target.with_name(f".{cut(target.name, NAME_BYTES - 7)}.part")
    try:
        with side.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        side.replace(target)
    except BaseException:
        side.unlink(missing_ok=True)
        raise
    if synced:
        sync_folder(target.parent)


def move_new(origin: Path, target: Path) -> None:
    """Move a file on one file system without ever overwriting; FileExistsError when `target` is another file.

    A second name followed by the removal of the first is the one way that cannot overwrite on any Unix; file
    systems without second names (FAT, some shares) get the target reserved by an empty file of ours, then the
    rename.
    """
    try:
        os.link(origin, target, follow_symlinks=False)
    except FileExistsError:
        if not origin.samefile(target):
            raise
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS, errno.EACCES):
            raise
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        origin.replace(target)
    else:
        origin.unlink()
        return
    with contextlib.suppress(FileNotFoundError):
        if origin != target:
            origin.unlink()


def copy_new(origin: Path, target: Path) -> None:
    """Copy to another file system: side name, sync, the name without overwriting, then `origin` goes."""
    side = target.with_name(f".{cut(target.name, NAME_BYTES - 7)}.part")
    try:
        shutil.copyfile(origin, side, follow_symlinks=False)
        with contextlib.suppress(OSError):
            shutil.copystat(origin, side, follow_symlinks=False)
        with side.open("rb") as file:
            os.fsync(file.fileno())
        move_new(side, target)
    except BaseException:
        side.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)
    origin.unlink()
