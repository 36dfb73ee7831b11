"""Which encoding some bytes are in that are no UTF-8: by the codes the shop is known to have, then by the letters.

Each candidate is asked how likely the words with bytes beyond ASCII would be in it, in the languages written in it; the
likeliest wins. Where another one is about as likely, and would read some word differently, that is told: it is a guess.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from connector.readers import ideographs, letters

if TYPE_CHECKING:
    from collections.abc import Iterable

_WESTERN = ("ca", "da", "de", "es", "fi", "fr", "is", "it", "nb", "nl", "pt", "sv")
_CENTRAL = ("cs", "de", "hr", "hu", "pl", "ro", "sk", "sl")
_CYRILLIC = ("bg", "ru", "sr", "uk")
ONE_BYTE: dict[str, tuple[int, tuple[str, ...]]] = {
    "cp1252": (0, (*_WESTERN, "et")),
    "cp1250": (5, _CENTRAL),
    "cp1251": (5, _CYRILLIC),
    "cp1253": (5, ("el",)),
    "cp1255": (5, ("he",)),
    "cp1256": (5, ("ar", "fa")),
    "cp874": (5, ("th",)),
    "cp1254": (6, ("tr",)),
    "cp1257": (6, ("et", "lt", "lv")),
    "cp850": (6, _WESTERN),
    "mac_roman": (7, _WESTERN),
    "cp437": (7, _WESTERN),
    "cp866": (7, _CYRILLIC),
    "iso8859_2": (7, _CENTRAL),
    "iso8859_7": (7, ("el",)),
    "koi8_r": (7, ("ru",)),
    "cp852": (8, _CENTRAL),
    "cp737": (8, ("el",)),
    "mac_cyrillic": (9, ("ru",)),
}
"""Encodings of one byte a character: the bits each says before a byte is seen, and the languages written in it.

Latin-1 is cp1252 in every byte it defines.
"""

GUESS_BITS = 4
"""A lead of so few bits (sixteen to one) is a guess."""
_WORDS, _CELLS, _LINES = 400, 5_000, 20_000
_WORD_BYTES, _CELL_BYTES = 64, 200
_WORD = re.compile(rb'[^\s,;"]*[\x80-\xff][^\s,;"]*')
_CELL = re.compile(rb'[^,;\t"\r\n]*[\x80-\xff][^,;\t"\r\n]*')
_ANOTHER_LANGUAGE = 3
_RUN = re.compile(rb"[\x80-\xff]{2,}")
_UNDONE = 12
"""Bits that each kind of damage done before says, see `_undone`."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The encoding found. `second` is another one that is about as likely and reads `word` differently, if any."""

    name: str
    second: str | None = None
    word: bytes = b""


@dataclass(slots=True)
class Evidence:
    """What the lines that are no UTF-8 hold: words with bytes beyond ASCII, and the cells they stand in."""

    words: dict[bytes, None] = field(default_factory=dict)
    cells: dict[bytes, None] = field(default_factory=dict)
    lines: int = 0

    def add(self, line: bytes) -> None:
        """Take in one line; after many lines no more is learned."""
        if self.lines >= _LINES:
            return
        self.lines += 1
        if len(self.words) < _WORDS:
            self.words.update(dict.fromkeys(word[:_WORD_BYTES] for word in _WORD.findall(line)))
        if len(self.cells) < _CELLS:
            found = (cell.strip(b" '") for cell in _CELL.findall(line))
            self.cells.update(dict.fromkeys(cell for cell in found if len(cell) <= _CELL_BYTES))


def choose(evidence: Evidence, known: frozenset[str] = frozenset()) -> Choice:
    """The encoding in which most cells are `known` codes and, among such, the words are likeliest."""
    words = list(evidence.words)[:_WORDS]
    bits = _bits(words)
    hits = {name: _known_cells(evidence.cells, name, known) if known else 0 for name in bits}
    first, *others = sorted(bits, key=lambda name: (-hits[name], bits[name]))
    for other in others:
        if hits[other] < hits[first] or bits[other] - bits[first] >= GUESS_BITS:
            break
        differing = next((word for word in words if decode(word, first) != decode(word, other)), None)
        if differing is not None:
            return Choice(first, other, differing)
    return Choice(first)


def decode(data: bytes, name: str) -> str:
    """The text; a byte that means nothing in an encoding of one byte a character keeps its latin-1 meaning.

    In one of several bytes it is lost: what it meant nobody can say, so the row will not be sent.
    """
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        if name in ONE_BYTE:
            return "".join(_one(byte, name) for byte in data)
        return data.decode(name, "replace")


def _one(byte: int, name: str) -> str:
    try:
        return bytes([byte]).decode(name)
    except UnicodeDecodeError:
        return chr(byte)


def _bits(words: list[bytes]) -> dict[str, float]:
    """How many bits the words say in each encoding: the fewer, the likelier it is."""
    weights = _weights(words)
    found: dict[str, float] = {}
    for name, (before, written) in ONE_BYTE.items():
        left, undone = _undone(words, name) if written is _WESTERN else (words, 0)
        said = weights if left is words else _weights(left)
        found[name] = before + undone + _in_likeliest_language(said, name, written)
    # Repeated words count as much less as repeated letters do.
    damped = sum(weights.values()) / max(sum(1 for word in words for _ in _triples(word)), 1)
    for name, start in ideographs.WIDE_BITS.items():
        found[name] = start + damped * sum(ideographs.bits_of(word, name) for word in words)
    return found


def _weights(words: list[bytes]) -> dict[bytes, float]:
    """The letters beyond ASCII with what stands beside them; what is said again and again says less each time."""
    triples = Counter(triple for word in words for triple in _triples(word))
    return {triple: 1 + math.log2(often) for triple, often in triples.items()}


def _triples(word: bytes) -> Iterable[bytes]:
    framed = b" " + word + b" "
    return (framed[at - 1 : at + 2] for at in range(1, len(framed) - 1) if framed[at] > 0x7F)  # noqa: PLR2004 - beyond ASCII


def _in_likeliest_language(weights: dict[bytes, float], name: str, written: tuple[str, ...]) -> float:
    """The bits in the language that says them best, with words of the others (brands, names) among it."""
    known = [letters.languages()[language] for language in written]
    sums = [0.0] * len(known)
    for triple, weight in weights.items():
        text = decode(triple, name)
        bits = [letters.bits_of(text[0], text[1], text[2], language) for language in known]
        most = min(bits) + _ANOTHER_LANGUAGE
        sums = [before + weight * min(own, most) for before, own in zip(sums, bits, strict=True)]
    return min(sums)


def _undone(words: list[bytes], name: str) -> tuple[list[bytes], int]:
    """The words without what was damaged before (UTF-8 once read as cp1252), and the bits that such damage says.

    It shows the right encoding: where it is undone there, UTF-8 comes out.
    """
    if name == "cp1252":
        return words, 0
    damaged = {run for word in words for run in _RUN.findall(word) if _is_undone(run, name)}
    if not damaged:
        return words, 0
    left = [_RUN.sub(lambda run: b" " if run.group() in damaged else run.group(), word) for word in words]
    return left, _UNDONE * len(damaged)


def _is_undone(run: bytes, name: str) -> bool:
    try:
        meant = decode(run, name).encode("cp1252").decode("utf-8")
    except UnicodeError:
        return False
    return all(map(letters.is_usual, meant))


def _known_cells(cells: Iterable[bytes], name: str, known: frozenset[str]) -> int:
    return sum(decode(cell, name) in known for cell in cells)
