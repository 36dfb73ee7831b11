"""Bytes to text: which encoding a file is in, by validity first and by evidence next, and a UTF-8 copy where needed.

Everything after this module sees UTF-8 only. Bytes that are not UTF-8 are read in the encoding that `charsets` finds by
known codes and by letters, line by line where a file mixes encodings.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from connector.errors import RejectDrop
from connector.files import new_path
from connector.readers.charsets import Evidence, choose, decode
from connector.readers.ideographs import WIDE_BITS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from connector.readers.charsets import Choice
    from connector.readers.limits import ReaderOptions

BLOCK = 4 * 1024 * 1024
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PLAIN = ("utf-8", "ascii")
UNSEEN = ""
_LISTED = 12
_BY_CHANCE = 10
"""Two bytes of an Asian character may be one of UTF-8 by chance: so seldom, it is no other encoding."""


@dataclass(frozen=True, slots=True)
class Text:
    """A UTF-8 file: `path` (the original, or a copy when `copied`), where its text starts, and its story.

    `marked` tells that the original begins with a byte order mark. `second` is another encoding the file may as well be
    in, where `encoding` is a guess.
    """

    path: Path
    start: int
    encoding: str
    copied: bool
    notes: tuple[str, ...] = ()
    marked: bool = False
    second: str | None = None


def to_utf8(path: Path, spool: Path, options: ReaderOptions) -> Text:
    """Find the encoding of a file, by all of its bytes, and give it as UTF-8 without byte order mark or NULs.

    Raises:
        RejectDrop: the encoding told or seen does not fit the bytes.
    """
    head = _head(path)
    told = _codec(options.encoding)
    if mark := _mark_of(head):
        bom, name = mark
        found = (
            _as_utf8(path, spool, len(bom), None, options.known_codes)
            if name == "utf-8"
            else _recoded(path, spool, len(bom), name)
        )
        return replace(found, marked=True, notes=(*_about_told(told, name), *found.notes))
    if told not in (None, *_PLAIN):
        return _recoded(path, spool, 0, told)
    wide = None if told else _wide_without_mark(head)
    if wide:
        return _recoded(path, spool, 0, wide)
    return _as_utf8(path, spool, 0, told, options.known_codes)


def looks_like_utf8(path: Path, options: ReaderOptions) -> Text | None:
    """The file as it lies there, if nothing at its head speaks against UTF-8: whoever reads it must look at the rest.

    None where only `to_utf8` can tell. The encoding is UNSEEN: UTF-8, or ASCII where there is nothing else in it.

    Raises:
        RejectDrop: there is no such encoding as the one told.
    """
    head = _head(path)
    told = _codec(options.encoding)
    if mark := _mark_of(head):
        bom, name = mark
        said = _about_told(told, name)
        return (
            Text(path, len(bom), UNSEEN, copied=False, notes=said, marked=True) if name == "utf-8" else None
        )
    if told not in (None, *_PLAIN) or (told is None and _wide_without_mark(head)):
        return None
    return Text(path, 0, UNSEEN, copied=False)


def _about_told(told: str | None, marked: str) -> tuple[str, ...]:
    """A mark is no chance: what a file begins with is right even where something else is said of it."""
    if told is None or _family(told) == _family(marked):
        return ()
    return (f"the file begins with the mark of {marked} and was read so, though it is said to be {told}",)


def _mark_of(head: bytes) -> tuple[bytes, str] | None:
    return next(((bom, name) for bom, name in _BOMS if head.startswith(bom)), None)


def _head(path: Path) -> bytes:
    with path.open("rb") as source:
        return source.read(65_536)


def _codec(name: str | None) -> str | None:
    if name is None:
        return None
    try:
        return codecs.lookup(name).name
    except LookupError as error:
        raise RejectDrop(f"there is no encoding called {name!r}; try utf-8 or cp1252") from error


def _family(name: str) -> str:
    return re.sub(r"[^0-9a-z]|le$|be$|sig$", "", name)


def wide_encoding(head: bytes) -> str | None:
    """The encoding of two or four bytes a character that a file begins in, with its mark or without."""
    mark = _mark_of(head)
    return _wide_without_mark(head) if mark is None else (mark[1] if mark[1] != "utf-8" else None)


def _wide_without_mark(head: bytes) -> str | None:
    """UTF-16 or UTF-32 show as NULs at every second (or three of four) places of Latin text."""
    zeros = [head[place::4].count(0) for place in range(4)]
    quarter = max(len(head) // 4, 1)
    often = [count / quarter > 0.4 for count in zeros]  # noqa: PLR2004 - ASCII makes most of a European file
    patterns = {
        (False, True, True, True): "utf-32-le",
        (True, True, True, False): "utf-32-be",
        (False, True, False, True): "utf-16-le",
        (True, False, True, False): "utf-16-be",
    }
    return patterns.get((often[0], often[1], often[2], often[3])) if len(head) >= 4 else None  # noqa: PLR2004


def _blocks(path: Path, start: int) -> Iterator[bytes]:
    with path.open("rb") as source:
        source.seek(start)
        while block := source.read(BLOCK):
            yield block


def _as_utf8(
    path: Path, spool: Path, start: int, told: str | None, known: frozenset[str] = frozenset()
) -> Text:
    survey = _survey(path, start)
    if survey.valid and not survey.nuls:
        return Text(path, start, "ascii" if survey.ascii else "utf-8", copied=False)
    if survey.valid:
        return _recoded(path, spool, start, "utf-8")
    if told is not None:
        raise RejectDrop(f"the file is said to be {told}, but line {_first_bad(path, start)} is not; leave the "
                         "encoding out to have it found")  # fmt: skip
    return _line_by_line(path, spool, start, known)


@dataclass(slots=True)
class _Survey:
    valid: bool = True
    ascii: bool = True
    nuls: int = 0


def _survey(path: Path, start: int) -> _Survey:
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    survey = _Survey()
    for block in _blocks(path, start):
        plain = block.isascii()
        survey.ascii = survey.ascii and plain
        survey.nuls += block.count(0) if 0 in block else 0  # to look for one is quicker than to count
        if survey.valid and not (plain and not decoder.getstate()[0]):
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                survey.valid = False
    if survey.valid and decoder.getstate()[0]:
        survey.valid = False
    return survey


def _first_bad(path: Path, start: int) -> int:
    return next(number for number, line in _byte_lines(path, start) if not _is_utf8(line))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _byte_lines(path: Path, start: int) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each LF-ended line; a line without end in a huge file is cut into blocks."""
    with path.open("rb") as source:
        source.seek(start)
        number = 1
        while line := source.readline(BLOCK):
            yield number, line
            number += line.endswith(b"\n")


def _line_by_line(path: Path, spool: Path, start: int, known: frozenset[str]) -> Text:
    evidence = Evidence()
    good = 0
    first_good: list[int] = []
    for number, line in _byte_lines(path, start):
        if line.isascii():
            continue
        if _is_utf8(line):
            good += 1
            first_good.append(number) if len(first_good) < _LISTED else None
        else:
            evidence.add(line)
    choice = choose(evidence, known)
    by_chance = good and choice.name in WIDE_BITS and good * _BY_CHANCE < evidence.lines
    mixed = good and not by_chance
    target = new_path(spool, "text", ".utf8")
    nuls = bad = 0
    with target.open("wb") as out:
        for _number, line in _byte_lines(path, start):
            nuls += line.count(0)
            clean = line.replace(b"\0", b"")
            if clean.isascii() or (mixed and _is_utf8(clean)):
                out.write(clean)
            else:
                bad += 1
                out.write(decode(clean, choice.name).encode("utf-8"))
    notes = _about_guess(choice) + _about_nuls(nuls)
    if mixed:
        listed = ", ".join(map(str, first_good)) + (" …" if good > len(first_good) else "")
        notes = (
            f"mixed encodings: {bad} lines read as {choice.name}, {good} as utf-8 (lines {listed})",
            *notes,
        )
    name = f"{choice.name}+utf-8" if mixed else choice.name
    return Text(target, 0, name, copied=True, notes=notes, second=choice.second)


def _about_guess(choice: Choice) -> tuple[str, ...]:
    if choice.second is None:
        return ()
    one, other = (decode(choice.word, name) for name in (choice.name, choice.second))
    note = (
        f"the encoding is a guess: {choice.name} ({one!r}), but {choice.second} ({other!r}) is about as likely; write "
        f'encoding = "{choice.name}" or encoding = "{choice.second}" under [reader] in a profile with match.names, or '
        "export as UTF-8"
    )
    return (note,)


def _recoded(path: Path, spool: Path, start: int, name: str) -> Text:
    decoder = codecs.getincrementaldecoder(name)("strict")
    target = new_path(spool, "text", ".utf8")
    nuls = read = 0
    notes: tuple[str, ...] = ()
    with target.open("wb") as out:
        try:
            for block in _blocks(path, start):
                text = decoder.decode(block)
                read += len(block)
                nuls += text.count("\0")
                out.write(text.replace("\0", "").encode("utf-8"))
        except (UnicodeDecodeError, UnicodeEncodeError) as error:
            raise RejectDrop(f"the file is not valid {name}: byte {start + read + error.start:,} cannot be read; "
                             "save it again as UTF-8") from error  # fmt: skip
        if decoder.getstate()[0]:
            notes = (f"the last character is cut off (half of a {name} character) and was left out",)
    return Text(target, 0, name, copied=True, notes=notes + _about_nuls(nuls))


def _about_nuls(count: int) -> tuple[str, ...]:
    return (f"{count} NUL characters left out",) if count else ()
