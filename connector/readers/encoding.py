"""Bytes to text: which encoding a file is in, by validity first and by letters next, and a UTF-8 copy where needed.

Everything after this module sees UTF-8 only. A replacement character is never made: bytes that are not UTF-8 are read
with the one-byte encoding whose letters make most sense, line by line where a file mixes encodings.
"""

from __future__ import annotations

import codecs
import re
import tempfile
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from connector.errors import RejectDrop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connector.readers.limits import ReaderOptions

BLOCK = 4 * 1024 * 1024
ONE_BYTE = ("cp1252", "cp1254", "cp1251", "mac_roman", "cp850", "cp437")
"""One-byte encodings tried, likeliest first: ties go to the earlier. Latin-1 is cp1252 in every byte it defines."""

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SYMBOLS = frozenset("°®™€£©²³¹½¼¾×÷–—’‘“”…•´µºª«»¿¡§±·¥¢‰")  # noqa: RUF001 - the very characters meant
_COMMON = frozenset("àáâãäåæçèéêëìíîïñòóôõöøùúûüÿßœğış")
_WORDS = frozenset("àáèéêíóòô")
"""Accented letters that are words by themselves; another one alone is more likely a currency mark in disguise."""
_EVIDENCE_ENOUGH = 20_000
_LISTED = 12


@dataclass(frozen=True, slots=True)
class Text:
    """A UTF-8 file: `path` (the original, or a copy when `copied`), where its text starts, and its story.

    `marked` tells that the original begins with a byte order mark.
    """

    path: Path
    start: int
    encoding: str
    copied: bool
    notes: tuple[str, ...] = ()
    marked: bool = False


def to_utf8(path: Path, spool: Path, options: ReaderOptions) -> Text:
    """Find the encoding of a file and give it as UTF-8 without byte order mark or NULs.

    Raises:
        RejectDrop: the encoding told or seen does not fit the bytes.
    """
    head = _head(path)
    told = _codec(options.encoding)
    mark = next(((bom, name) for bom, name in _BOMS if head.startswith(bom)), None)
    if mark and (told is None or _family(told) == _family(mark[1])):
        bom, name = mark
        found = (
            _as_utf8(path, spool, len(bom), "utf-8")
            if name == "utf-8"
            else _recoded(path, spool, len(bom), name)
        )
        return replace(found, marked=True)
    if told is not None and told not in ("utf-8", "ascii"):
        return _recoded(path, spool, 0, told)
    wide = None if told else _wide_without_mark(head)
    if wide:
        return _recoded(path, spool, 0, wide)
    return _as_utf8(path, spool, 0, told)


def choose_one_byte(runs: Counter[bytes]) -> str:
    """The one-byte encoding in which `runs` (high bytes with a neighbour either side, counted) look most like text."""
    return max(ONE_BYTE, key=lambda name: sum(_run_score(run, name) * many for run, many in runs.items()))


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
    marked = next((name for bom, name in _BOMS if head.startswith(bom)), None)
    return _wide_without_mark(head) if marked is None else (marked if marked != "utf-8" else None)


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


def _as_utf8(path: Path, spool: Path, start: int, told: str | None) -> Text:
    survey = _survey(path, start)
    if survey.valid and not survey.nuls:
        return Text(path, start, "ascii" if survey.ascii else "utf-8", copied=False)
    if survey.valid:
        return _recoded(path, spool, start, "utf-8")
    if told is not None:
        raise RejectDrop(f"the file is said to be {told}, but line {_first_bad(path, start)} is not; leave the "
                         "encoding out to have it found")  # fmt: skip
    return _line_by_line(path, spool, start)


@dataclass(slots=True)
class _Survey:
    valid: bool = True
    ascii: bool = True
    nuls: int = 0


def _survey(path: Path, start: int) -> _Survey:
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    survey = _Survey()
    for block in _blocks(path, start):
        survey.ascii = survey.ascii and block.isascii()
        survey.nuls += block.count(0) if 0 in block else 0  # to look for one is quicker than to count
        if survey.valid:
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


def _line_by_line(path: Path, spool: Path, start: int) -> Text:
    runs: Counter[bytes] = Counter()
    good = bad = 0
    first_good: list[int] = []
    for number, line in _byte_lines(path, start):
        if line.isascii():
            continue
        if _is_utf8(line):
            good += 1
            first_good.append(number) if len(first_good) < _LISTED else None
        else:
            bad += 1
            if len(runs) < _EVIDENCE_ENOUGH:
                runs.update(re.findall(rb"[\x20-\x7e]?[\x80-\xff]+[\x20-\x7e]?", line))
    name = choose_one_byte(runs)
    notes: tuple[str, ...] = ()
    if good:
        listed = ", ".join(map(str, first_good)) + (" …" if good > len(first_good) else "")
        notes = (f"mixed encodings: {bad} lines read as {name}, {good} as utf-8 (lines {listed})",)
    target = _new_copy(spool)
    nuls = 0
    with target.open("wb") as out:
        for _number, line in _byte_lines(path, start):
            nuls += line.count(0)
            clean = line.replace(b"\0", b"")
            out.write(clean if _is_utf8(clean) else decode_one_byte(clean, name).encode("utf-8"))
    return Text(
        target, 0, name if not good else f"{name}+utf-8", copied=True, notes=notes + _about_nuls(nuls)
    )


def decode_one_byte(data: bytes, name: str) -> str:
    """Decode with a one-byte encoding; the five bytes cp1252 leaves open keep their latin-1 meaning."""
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        return "".join(_one(byte, name) for byte in data)


def _one(byte: int, name: str) -> str:
    try:
        return bytes([byte]).decode(name)
    except UnicodeDecodeError:
        return chr(byte)


def _recoded(path: Path, spool: Path, start: int, name: str) -> Text:
    decoder = codecs.getincrementaldecoder(name)("strict")
    target = _new_copy(spool)
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


def _new_copy(spool: Path) -> Path:
    with tempfile.NamedTemporaryFile(prefix="text-", suffix=".utf8", dir=spool, delete=False) as made:
        return Path(made.name)


def _about_nuls(count: int) -> tuple[str, ...]:
    return (f"{count} NUL characters left out",) if count else ()


def _run_score(run: bytes, name: str) -> float:
    text = decode_one_byte(run, name)
    score = 0.0
    for index, char in enumerate(text):
        if char > "\x7f":
            before = text[index - 1] if index else " "
            after = text[index + 1] if index + 1 < len(text) else " "
            score += _char_score(char, before, after)
    return score + (_double_bonus(run, text) if name != "cp1252" else 0.0)


def _char_score(char: str, before: str, after: str) -> float:
    if char in _SYMBOLS:
        return 1.0
    if char == "\xa0":
        return 0.5
    if char.isalpha():
        return _letter_score(char, before, after)
    if unicodedata.category(char) in ("Cc", "Cn", "Co"):
        return -4.0
    return -2.0 if "─" <= char <= "▟" else 0.0


def _letter_score(char: str, before: str, after: str) -> float:
    if "Ѐ" <= char <= "ӿ":
        # Cyrillic is written in whole words: beside Latin letters, or alone, it is a wrong guess.
        beside = [mark for mark in (before, after) if mark.isalpha()]
        if not beside or any(mark.isascii() for mark in beside):
            return -1.0
        return 4.0 - (6.0 if char.isupper() and before.islower() else 0.0)
    if not unicodedata.name(char, "").startswith("LATIN"):
        return -1.0
    alone = not (before.isalpha() or after.isalpha())
    base = 3.0 if char.lower() in _COMMON and (not alone or char.lower() in _WORDS) else 0.5
    if before > "\x7f" and after > "\x7f" and before.isalpha() and after.isalpha():
        base -= 3.0  # no language of Latin letters writes three accents in a row
    return base - 4.0 if char.isupper() and before.islower() else base


def _double_bonus(run: bytes, text: str) -> float:
    """Text damaged before (UTF-8 once read as cp1252) shows the right encoding: reversing the damage gives UTF-8."""
    high = re.search(rb"[\x80-\xff]{2,}", run)
    if not high:
        return 0.0
    try:
        text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return 0.0
    return 6.0 * len(high.group())
