"""A correction file as delimited text: encoding, delimiter, quotes and line ends of the sender."""

from __future__ import annotations

import re
import tempfile
from contextlib import contextmanager
from functools import lru_cache
from io import TextIOWrapper
from typing import TYPE_CHECKING, BinaryIO

from connector.model import REASON_COLUMN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from connector.model import Table

FALLBACK = "utf-8-sig"
"""UTF-8 with a byte order mark: holds every character, and Excel recognises it."""

_CHUNK = 1 << 16
_MARK = "\ufeff"
_FOUND_AGAIN = ("utf", "cp1252")
_SPELLED = {
    "“": '"', "”": '"', "’": "'", "–": "-", "−": "-", "…": "...", "×": "x",
    "₹": "Rs", "€": "EUR", "£": "GBP", "¥": "JPY", "\xa0": " ",
}  # fmt: skip
"""How our own signs are said where an encoding has no place for them."""


def write_text(file: BinaryIO, lines: Iterable[Sequence[str]], table: Table, scratch: Path) -> str:
    """Write lines as the sender would; answers the encoding used.

    It is the sender's, unless that cannot hold a character of the cells (a file that mixed encodings): then it is
    UTF-8 with a byte order mark. The first line is the header; `scratch` is a folder on a disk with room.
    """
    wanted = codec_of(table)
    with tempfile.TemporaryFile(dir=scratch) as aside:
        with text_in(aside, "utf-8") as text:
            text.writelines(_joined(lines, table, wanted))
        aside.seek(0)
        marked = table.bom or wanted.startswith(("utf-16", "utf-32"))
        marked |= wanted == "utf-8" and not _is_ascii(aside)
        for encoding in (wanted, FALLBACK):
            if _transcoded(aside, file, encoding, mark=_MARK if marked and encoding == wanted else ""):
                return encoding
    raise AssertionError("UTF-8 holds everything")


def codec_of(table: Table) -> str:
    """The encoding a correction file is to have: the sender's, if it will be found again in the few rows of it.

    What letters had to tell of a whole file they may not tell of a row or two. Plain ASCII is the same bytes in UTF-8.
    """
    found_again = (table.encoding or "").startswith(_FOUND_AGAIN) and table.second_encoding is None
    return str(table.encoding) if found_again else "utf-8"


def _joined(lines: Iterable[Sequence[str]], table: Table, encoding: str) -> Iterator[str]:
    """Whole lines of text; the reason is found by the header, and is the one cell that is always quoted."""
    delimiter = table.delimiter or ","
    needs_quotes = re.compile(rf'["\r\n{re.escape(delimiter[0])}]|^[ \t]|[ \t]$')
    reason: int | None = None
    for line in lines:
        if reason is None:
            reason = list(line).index(REASON_COLUMN)
        cells = list(line)
        cells[reason] = spelled(cells[reason], "ascii" if table.encoding == "ascii" else encoding)
        if table.quoting:
            cells = [
                _quoted(cell) if at == reason or needs_quotes.search(cell) else cell
                for at, cell in enumerate(cells)
            ]
        else:
            cells[reason] = " ".join(cells[reason].replace(delimiter, " ").split())
        yield delimiter.join(cells) + table.line_end


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


def spelled(text: str, encoding: str) -> str:
    """The text so that the encoding can hold it: our own signs in plain letters, any other by its number."""
    try:
        text.encode(encoding)
    except LookupError:
        return text
    except UnicodeEncodeError:
        plain = "".join(_SPELLED.get(char, char) if _is_beyond(char, encoding) else char for char in text)
        return plain.encode(encoding, "backslashreplace").decode(encoding)
    return text


@lru_cache(maxsize=4096)
def _is_beyond(char: str, encoding: str) -> bool:
    try:
        char.encode(encoding)
    except UnicodeEncodeError:
        return True
    return False


def _is_ascii(aside: BinaryIO) -> bool:
    found = all(chunk.isascii() for chunk in iter(lambda: aside.read(_CHUNK), b""))
    aside.seek(0)
    return found


def _transcoded(aside: BinaryIO, file: BinaryIO, encoding: str, *, mark: str) -> bool:
    """Copy UTF-8 text into `file` in another encoding; False when that cannot hold a character."""
    file.seek(0)
    file.truncate()
    aside.seek(0)
    try:
        with text_in(aside, "utf-8") as text, text_in(file, encoding) as target:
            target.write(mark)
            while chunk := text.read(_CHUNK):
                target.write(chunk)
    except (UnicodeError, LookupError):
        if encoding == FALLBACK:
            raise
        return False
    return True


@contextmanager
def text_in(file: BinaryIO, encoding: str) -> Iterator[TextIOWrapper]:
    """Text into a binary file that stays open; line ends are written as they come."""
    # Lone surrogates fit no encoding; in UTF-8 they are shown as escapes rather than losing the file.
    errors = "backslashreplace" if encoding in ("utf-8", FALLBACK) else "strict"
    text = TextIOWrapper(file, encoding=encoding, errors=errors, newline="", write_through=True)
    try:
        yield text
        text.flush()
    finally:
        text.detach()
