"""One clean table and 2,290 versions of it with one fault each, after the public benchmark "Pollock".

(Vitagliano et al., VLDB 2023; github.com/HPI-Information-Systems/Pollock.) The kinds of fault, where they fall, what
counts as right and how much each weighs are Pollock's. The code and the table are ours: 83 rows of nine columns in
which every fault can do harm: texts with commas, apostrophes, inches and a backslash before a quote, texts always in
quotes, prices with a currency mark, a last column that is empty.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROWS = 83
_BACKSLASH = 11
HEADER = ("Counted", "Hour", "Stock", "Code", "Price", "Item", "About", "Page", "Remark")
_QUOTED = (6, 7)
"""Columns whose cells always stand in quotes, as programs quote the columns that they know to be text."""

WEIGHTS = {
    "source": 1, "file_no_payload": 15, "file_no_trailing_newline": 184, "file_double_trailing_newline": 5,
    "file_no_header": 470, "file_header_multirow_2": 47, "file_header_multirow_3": 47, "file_preamble": 282,
    "file_multitable_less": 188 / 3, "file_multitable_same": 188 / 3, "file_multitable_more": 188 / 3,
    "file_header_only": 3, "file_one_data_row": 4, "file_record_delimiter_0xA": 1691,
    "file_record_delimiter_0xD": 7, "file_field_delimiter_0x3B": 834, "file_field_delimiter_0x9": 4,
    "file_field_delimiter_0x20": 4, "file_field_delimiter_0x2C_0x20": 101, "file_quotation_char_0x27": 11,
    "file_escape_char_0x5C": 1, "file_escape_char_0x00": 7,
    "row_less_sep": 247, "row_more_sep": 280, "row_extra_quote": 7, "row_field_delimiter": 4,
}  # fmt: skip
"""How often each kind of fault was met in Pollock's survey of 3,712 real files; of a kind with many files, all of them
together."""

MANY = {"row_less_sep": 672, "row_more_sep": 756, "row_extra_quote": 756, "row_field_delimiter": 84}
"""How many files the kinds have of which there is more than one."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell and whether it is written in quotes."""

    text: str
    quoted: bool = False


Row = tuple[Cell, ...]
Plain = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Way:
    """How a file is written."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    newline: str = "\r\n"


@dataclass(frozen=True, slots=True)
class Polluted:
    """One file of the benchmark: its kind, its name, its bytes, and the rows to be read from it (header first)."""

    kind: str
    name: str
    text: str
    clean: Plain

    @property
    def weight(self) -> float:
        """What this file counts in the weighted score."""
        return WEIGHTS[self.kind] / MANY.get(self.kind, 1)


USUAL = Way()


def table(seed: int = 3) -> tuple[Row, ...]:
    """The clean table, header first; the same for the same seed."""
    chance = random.Random(seed)
    head = tuple(Cell(name, quoted=place in _QUOTED) for place, name in enumerate(HEADER))
    return (head, *(_row(number, chance) for number in range(ROWS)))


_THINGS = ("Lamp", "Men's Boots", "Women's Vest", "Rope", "Kids' Hat", "Jug", "Walking Stick", "Field Watch",
           "Soap", "Camp Stove Set")  # fmt: skip
_FORMS = (
    "{0}",
    "{0}, Oak",
    "{0}, Low Cut",
    '{0}, 10" Lined',
    "{0} 8 Wt.",
    '{0}, Round 48"',
    "{0}/Nubuck",
    "{0}",
)
_ABOUT = (
    "Kept dry and never stacked, it lasts a life.",
    "One of the most comfortable we've ever built.",
    "Made of soft cotton that resists wrinkles, stains, shrinking and fading: wash after wash.",
    "Its 50% lighter build won't let you down. From running, biking or walking the dog, it is made for all weathers.",
    "Low-memory, high-abrasion-resistance material",
    r"""Amazingly crisp and light in our 8\'9" length, made for her.""",
)


def _row(number: int, chance: random.Random) -> Row:
    code = f"{chance.choice(('MG', 'RI', 'CC', 'YY', 'BH'))}-{1000 + number * 97 % 9000}"
    item = chance.choice(_FORMS).format(chance.choice(_THINGS))
    price = chance.choice(("{0:.2f}", "{0:.2f}", "{0:.1f}", "{0:.0f}")).format(chance.uniform(0.5, 95))
    about = _ABOUT[-1] if number == _BACKSLASH else chance.choice(_ABOUT[:-1])
    texts = (
        f"{13 + number % 16:02d}/{1 + number // 16:02d}/2018",
        f"{number // 4 % 24:02d}:{number % 4 * 15:02d}",
        str(chance.choice((0, 0, 1, 1, 2, 3, 12, 26))),
        code,
        f"${price}",
        item,
        about,
        f"https://www.example.com/product/{code.replace('-', '_')}.html",
        "",
    )
    return tuple(
        Cell(text, quoted=place in _QUOTED or "," in text or '"' in text) for place, text in enumerate(texts)
    )


def written(cell: Cell, way: Way = USUAL) -> str:
    """A cell as it is written."""
    if not cell.quoted:
        return cell.text
    return way.quote + cell.text.replace('"', way.escape + '"') + way.quote


def line(row: Sequence[Cell], way: Way = USUAL) -> str:
    """A row as it is written, without its line end."""
    return way.delimiter.join(written(cell, way) for cell in row)


def text(rows: Sequence[Sequence[Cell]], way: Way = USUAL) -> str:
    """Rows as a file."""
    return "".join(line(row, way) + way.newline for row in rows)


def plain(rows: Sequence[Sequence[Cell]]) -> Plain:
    """What is to be read from rows."""
    return tuple(tuple(cell.text for cell in row) for row in rows)


def versions(source: Sequence[Row]) -> Iterator[Polluted]:
    """Every version of a table, whose header is its first row."""
    yield from _whole(source)
    yield from _other_marks(source)
    for number in range(len(source)):
        yield from _one_row(source, number)


def _whole(source: Sequence[Row]) -> Iterator[Polluted]:
    right, usual, head = plain(source), text(source), line(source[0]) + "\r\n"
    yield _file("source", usual, right)
    yield _file("file_no_payload", "", ())
    yield _file("file_no_trailing_newline", usual.removesuffix("\r\n"), right)
    yield _file("file_double_trailing_newline", usual + "\r\n", right)
    yield _file("file_no_header", text(source[1:]), right[1:])
    for times in (2, 3):
        joined = tuple(" ".join([name] * times) for name in right[0])
        yield _file(f"file_header_multirow_{times}", head * (times - 1) + usual, (joined, *right[1:]))
    empty = "," * (len(source[0]) - 1) + "\r\n"
    yield _file("file_preamble", "PREAMBLE" + empty + empty + usual, right)
    yield _file("file_multitable_less", usual + text([row[:-1] for row in source]), right)
    yield _file("file_multitable_same", usual + usual, right)
    wider = [(*row, Cell("" if number else "col1")) for number, row in enumerate(source)]
    yield _file("file_multitable_more", usual + text(wider), right)
    yield _file("file_header_only", head, right[:1])
    yield _file("file_one_data_row", text(source[:2]), right[:2])


def _other_marks(source: Sequence[Row]) -> Iterator[Polluted]:
    ways = {
        "file_record_delimiter_0xA": Way(newline="\n"),
        "file_record_delimiter_0xD": Way(newline="\r"),
        "file_field_delimiter_0x3B": Way(";"),
        "file_field_delimiter_0x9": Way("\t"),
        "file_field_delimiter_0x20": Way(" "),
        "file_field_delimiter_0x2C_0x20": Way(", "),
        "file_quotation_char_0x27": Way(quote="'"),
        "file_escape_char_0x5C": Way(escape="\\"),
        "file_escape_char_0x00": Way(escape=""),
    }
    for kind, way in ways.items():
        yield _file(kind, text(source, way), plain(source))


def _one_row(source: Sequence[Row], number: int) -> Iterator[Polluted]:
    row = source[number]
    cells = [written(cell) for cell in row]
    right = plain(source)
    for place, cell in enumerate(row):
        at = f"row{number}_col{place}"
        more = ",".join([*cells[:place], "", *cells[place:]])
        yield _file("row_more_sep", _with(source, number, more), right, f"row_more_sep_{at}")
        if place:
            joined = [*cells[: place - 1], cells[place - 1] + cells[place], *cells[place + 1 :]]
            less = _with(source, number, ",".join(joined))
            yield _file("row_less_sep", less, right, f"row_less_sep_{at}")
        # The stray quote is the first character of the cell's text and is not escaped.
        stray = '""' + cells[place][1:] if cell.quoted else '"' + cells[place]
        marked = (*row[:place], replace(cell, text='"' + cell.text), *row[place + 1 :])
        quote = _with(source, number, ",".join([*cells[:place], stray, *cells[place + 1 :]]))
        kept = (*right[:number], *plain([marked]), *right[number + 1 :])
        yield _file("row_extra_quote", quote, kept, f"row_extra_quote_{at}")
    foreign = _with(source, number, " ".join(cells))
    yield _file("row_field_delimiter", foreign, right, f"row_field_delimiter_row{number}_0x20")


def _with(source: Sequence[Row], number: int, damaged: str) -> str:
    lines = [line(row) for row in source]
    lines[number] = damaged
    return "\r\n".join(lines) + "\r\n"


def _file(kind: str, content: str, clean: Plain, name: str = "") -> Polluted:
    return Polluted(kind, f"{name or kind}.csv", content, clean)
