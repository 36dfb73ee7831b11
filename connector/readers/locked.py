"""Workbooks protected by a password: opened with the secret a profile refers to, else refused by name.

The password is never part of a message, a note or a log line.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from connector.errors import RejectDrop
from connector.readers.limits import MIB

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connector.readers.archive import Member
    from connector.readers.limits import Limits, ReaderOptions

_EXCELS_OWN = "VelvetSweatshop"
"""What Excel itself locks a workbook with that is only protected against changes; it opens without a question."""

PROTECTED = (
    "the workbook is protected by a password; save it without one (or export CSV), or name the secret in the profile: "
    '[reader] password = "env:NAME"'
)


def unlock(path: Path, spool: Path, options: ReaderOptions, limits: Limits) -> Iterator[Member]:
    """The workbook without its protection, as a copy in the spool.

    Raises:
        RejectDrop: no password is known, it is a wrong one, or the protection is of an unknown kind.
    """
    with tempfile.NamedTemporaryFile(prefix="unlocked-", dir=spool, delete=False) as out:
        copy = Path(out.name)
    try:
        _unlock(path, copy, options.password)
        _check(copy.stat().st_size, limits)
    except BaseException:
        copy.unlink(missing_ok=True)
        raise
    yield copy, ""


def _unlock(path: Path, copy: Path, password: str | None) -> None:
    if not any(_opens(path, copy, word) for word in (password, _EXCELS_OWN) if word):
        wrong = "the password of the profile does not open it: " if password else ""
        raise RejectDrop(f"{wrong}{PROTECTED}")


def _check(size: int, limits: Limits) -> None:
    if size > limits.unpacked_bytes:
        raise RejectDrop(
            f"without its protection it has {size / MIB:,.1f} MB; at most {limits.unpacked_bytes / MIB:,g} are allowed "
            "(setting reading.max_unpacked_megabytes)"
        )


def _opens(path: Path, copy: Path, password: str) -> bool:
    # Loaded only for such a file: the ciphers take their time.
    import msoffcrypto  # noqa: PLC0415
    from msoffcrypto.exceptions import InvalidKeyError  # noqa: PLC0415

    try:
        with path.open("rb") as source, copy.open("wb") as out:
            book = msoffcrypto.OfficeFile(source)
            book.load_key(password=password)
            book.decrypt(out)
    except InvalidKeyError:
        return False
    except Exception as error:  # the library meets broken bytes with whatever its own code stumbles on
        raise RejectDrop(
            f"the workbook is protected in a way we cannot open ({type(error).__name__}); save it without protection"
        ) from error
    return True
