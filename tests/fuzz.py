"""Mutated files for the fuzz target: good files of every kind, damaged in the ways transport and people damage them.

Everything follows from a seed, so that a failure names the one number that brings it back.
"""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests import files, office

MADE = Path(__file__).parent / "office_files"
_MOST = 200_000
_MARKS = (
    b'"',
    b"'",
    b",",
    b";",
    b"\t",
    b"|",
    b"\n",
    b"\r",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"<",
    b">",
    b"&",
    b"{",
    b"[",
    b"<td>",
    b"</table>",
    b"<!ENTITY x 'y'>",
    b"PK\3\4",
    b"\x1f\x8b",
    b"\x09\x08",
    b"999999999",
    b"-1",
    b"1E999",
    b"=1+1",
    b"NaN",
    b"\\",
    b"\xc3",
    b"\x81",
    b"\xe0\xa4",
    b"\x1a",
    b"\x0b",
    b"]]>",
    b"%PDF",
)


GOODS = Path(__file__).with_name("goods.txt")
_LISTS = {
    language: (names, words)
    for language, names, words in (
        line.split("\t") for line in GOODS.read_text(encoding="utf-8").splitlines()
    )
    if language in ("Polish", "Turkish", "Russian", "Arabic", "Japanese", "simplified Chinese", "Korean")
}


def seeds(folder: Path, samples: Path | None = None) -> list[tuple[str, bytes]]:
    """Good files of every kind we read, small, by name; with those of `samples` that are not too large."""
    stock = files.stock_csv(40)
    book = files.tally_workbook(folder).read_bytes()
    found = [
        ("comma.csv", stock.encode()),
        ("semicolon.csv", files.stock_csv(40, delimiter=";", newline="\n").encode("cp1252")),
        ("tab.txt", files.stock_csv(30, delimiter="\t").encode("utf-16")),
        ("quoted.csv", files.stock_csv(30, quote=True, newline="\r").encode("utf-8-sig")),
        (
            "titles.csv",
            ("A Shop\r\nStock on 12/03/2025\r\n\r\n" + stock + "Total,,,900,,\r\nend\r\n").encode(),
        ),
        ("wrapped.csv", "".join(f'"{line}"\r\n' for line in stock.splitlines()).encode()),
        ("below.csv", ("\n" * 450 + files.stock_csv(20, newline="\n") + ",,,190,,\n").encode()),
        *(
            (f"{language}.csv", _goods(words, names.split()[0]))
            for language, (names, words) in _LISTS.items()
        ),
        ("tally.xlsx", book),
        ("errors.xlsx", files.error_workbook(folder).read_bytes()),
        ("locked.xlsx", files.locked_workbook(folder, "word").read_bytes()),
        ("five.xls", office.container(office.biff5(hidden_row=3))),
        ("bare.xls", office.biff5()),
        ("b.xlsb", office.xlsb(hidden_row=2)),
        (
            "page.xls",
            files.page("<tr><th colspan=2>SKU<th>Qty</tr>" + "<tr><td>A<td rowspan=2>b<td>1" * 20).encode(),
        ),
        ("sheet.xls", files.xml_sheet().encode()),
        ("sap.mht", files.web_archive([("a.htm", files.page("<tr><td>SKU<td>Qty" + "<tr><td>A<td>1" * 9))])),
        (
            "list.json",
            b'{"data":{"items":[' + b",".join([b'{"sku":"a","qty":1.5,"s":{"w":[1]}}'] * 20) + b"]}}",
        ),
        ("lines.jsonl", b'{"sku":"a","qty":1}\n' * 20),
        ("packed.csv.gz", files.gz(stock.encode())),
        ("one.zip", files.zipped([("a/stock.csv", stock.encode())])),
        ("many.zip", files.zipped([("one.csv", stock.encode()), ("two.xlsx", book), ("three.pdf", b"%PDF")])),
        ("locked.zip", files.locked_zip("a.csv", stock.encode(), "word")),
        *((path.name, path.read_bytes()) for path in sorted(MADE.iterdir())),
    ]
    if samples is not None and samples.is_dir():
        found += [(path.name, path.read_bytes()) for path in sorted(samples.iterdir())
                  if path.suffix != ".md" and path.stat().st_size <= _MOST]  # fmt: skip
    return found


def _goods(words: str, encoding: str) -> bytes:
    """Codes and names in the letters of one language."""
    rows = [
        ["SKU", "Name", "Qty"],
        *([f"{word[:3]}{n}", word, str(n)] for n, word in enumerate(words.split("|"))),
    ]
    return files.delimited(rows).encode(encoding)


def mutations(seeds: list[tuple[str, bytes]], first: int, count: int) -> Iterator[tuple[int, str, bytes]]:
    """`count` damaged files from the seed `first` on: the seed, the name of the good file, the content."""
    for seed in range(first, first + count):
        chance = random.Random(seed)
        name, content = seeds[seed % len(seeds)]
        yield seed, name, mutated(content, seeds, chance)


def mutated(content: bytes, seeds: list[tuple[str, bytes]], chance: random.Random) -> bytes:
    """One to four damages, within the parts of a zip as often as on its outside."""
    if content.startswith(b"PK") and chance.random() < 0.6:
        try:
            return _inside(content, seeds, chance)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError):
            pass
    for _ in range(chance.randint(1, 4)):
        content = chance.choice(_DAMAGES)(content, seeds, chance)
    return content[: 4 * _MOST]


def _inside(content: bytes, seeds: list[tuple[str, bytes]], chance: random.Random) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        infos = source.infolist()
        victims = {chance.choice(infos).filename for _ in range(2)}
        # The sheet is where the table is: it is hit more often than its many small neighbours.
        victims |= {info.filename for info in infos if "sheet1" in info.filename and chance.random() < 0.5}
        for info in infos:
            data = source.read(info)
            if info.filename in victims:
                data = chance.choice(_DAMAGES)(data, seeds, chance)
            target.writestr(info.filename, data)
    return out.getvalue()


Damage = Callable[[bytes, list[tuple[str, bytes]], random.Random], bytes]


def _place(content: bytes, chance: random.Random) -> int:
    return chance.randint(0, max(len(content) - 1, 0))


def _flip(content: bytes, seeds: list[tuple[str, bytes]], chance: random.Random) -> bytes:
    del seeds
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 3, 20))):
        if changed:
            changed[_place(content, chance)] = chance.randint(0, 255)
    return bytes(changed)


def _cut(content: bytes, seeds: list[tuple[str, bytes]], chance: random.Random) -> bytes:
    del seeds
    at = _place(content, chance)
    return content[:at] if chance.random() < 0.8 else content[at:]


def _drop(content: bytes, seeds: list[tuple[str, bytes]], chance: random.Random) -> bytes:
    del seeds
    at = _place(content, chance)
    return content[:at] + content[at + chance.choice((1, 2, 16, 300)) :]


def _insert(content: bytes, seeds: list[tuple[str, bytes]], chance: random.Random) -> bytes:
    del seeds
    at = _place(content, chance)
    return content[:at] + chance.choice(_MARKS) * chance.choice((1, 1, 2, 50)) + content[at:]


def _repeat(content: bytes, seeds: list[tuple[str, bytes]], chance: random.Random) -> bytes:
    del seeds
    at = _place(content, chance)
    piece = content[at : at + chance.choice((1, 10, 500))]
    return content[:at] + piece * chance.choice((2, 10, 200)) + content[at:]


def _swap(content: bytes, seeds: list[tuple[str, bytes]], chance: random.Random) -> bytes:
    del seeds
    old, new = chance.choice(_MARKS), chance.choice(_MARKS)
    return content.replace(old, new, chance.choice((1, 5, -1)))


def _splice(content: bytes, seeds: list[tuple[str, bytes]], chance: random.Random) -> bytes:
    _name, other = chance.choice(seeds)
    return content[: _place(content, chance)] + other[_place(other, chance) :]


def _numbers(content: bytes, seeds: list[tuple[str, bytes]], chance: random.Random) -> bytes:
    """A length or count that is far too large, as hostile files have."""
    del seeds
    at = _place(content, chance)
    width = chance.choice((1, 2, 4))
    return content[:at] + chance.choice((b"\xff", b"\x7f", b"\0")) * width + content[at + width :]


_DAMAGES: tuple[Damage, ...] = (_flip, _cut, _drop, _insert, _repeat, _swap, _splice, _numbers)
