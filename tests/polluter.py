"""One clean table and every way we know to damage the text it is written in, each with what must be read.

Written for this project: the table is a shop's, the faults are those met in the files people send. A fault of one row
is made in every row and column, so that none of them depends on where it happens to fall.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

HEADER = ("Code", "Counted", "Item", "Remark", "Stock", "Price", "Shelf")
_ITEMS = ("Lamp, oak", "Rope", 'Pipe 6"', "Jug, clay", "Broom", "Soap, olive", "Nail", "Twine")


@dataclass(frozen=True, slots=True)
class Polluted:
    """A damaged text and what is to be read from it: `header` is empty where none may be found."""

    kind: str
    text: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class Way:
    """How the table is written."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    newline: str = "\r\n"


def table(count: int = 16) -> tuple[tuple[str, ...], ...]:
    """The rows of the clean table: codes, dates, quoted text, numbers and a column that is mostly empty."""
    return tuple(
        (
            f"KC-{100 + n * 7:04d}",
            f"{1 + n % 28:02d}/03/2025",
            f"{_ITEMS[n % len(_ITEMS)]} {n}",
            f"Kept dry, row {n}, never stacked",
            str(n * 5 % 60),
            f"{20 + n}.{n % 10}5",
            "",
        )
        for n in range(count)
    )


def cell(text: str, way: Way, *, always: bool = False) -> str:
    """One cell as it is written."""
    if not always and way.delimiter not in text and way.quote not in text:
        return text
    return way.quote + text.replace(way.quote, way.escape + way.quote) + way.quote


def cells(row: Sequence[str], way: Way) -> list[str]:
    """The cells of a row as they are written; the remark always stands in quotes."""
    return [cell(text, way, always=place == 3) for place, text in enumerate(row)]


def line(row: Sequence[str], way: Way) -> str:
    """A row as it is written, without its line end."""
    return way.delimiter.join(cells(row, way))


def text(way: Way = Way(), *, above: Sequence[str] = (), below: Sequence[str] = ()) -> str:
    """The whole file."""
    lines = [*above, line(HEADER, way), *(line(row, way) for row in table()), *below]
    return way.newline.join(lines) + way.newline


def whole_files() -> Iterator[Polluted]:
    """Faults of the whole file."""
    rows, plain = table(), Way()
    for newline in ("\n", "\r", "\r\n"):
        yield Polluted(f"line end {newline!r}", text(Way(newline=newline)), HEADER, rows)
    for delimiter in (";", "\t", "|", ", ", " "):
        yield Polluted(f"delimiter {delimiter!r}", text(Way(delimiter)), HEADER, rows)
    yield Polluted("backslash", text(Way(escape="\\")), HEADER, rows)
    yield Polluted("no escape", text(Way(escape="")), HEADER, rows)
    yield Polluted("apostrophes", text(Way(quote="'")), HEADER, rows)
    yield Polluted("utf-16", text(), HEADER, rows, "utf-16")
    yield Polluted("no line end at the end", text().removesuffix("\r\n"), HEADER, rows)
    yield Polluted("blank line at the end", text() + "\r\n", HEADER, rows)
    yield Polluted("no header", text().split("\r\n", 1)[1], (), rows)
    yield Polluted("only a header", line(HEADER, plain) + "\r\n", HEADER, ())
    yield Polluted("one row", "\r\n".join(text().split("\r\n")[:2]) + "\r\n", HEADER, rows[:1])
    for times in (2, 3):
        doubled = tuple(" ".join([name] * times) for name in HEADER)
        above = [line(HEADER, plain)] * (times - 1)
        yield Polluted(f"header {times} times", text(above=above), doubled, rows)
    yield Polluted("titles above", text(above=["COUNT OF MARCH" + "," * 6, "," * 6]), HEADER, rows)
    copies = {
        "the same": rows,
        "a column less": [row[:-1] for row in rows],
        "a column more": [(*row, "") for row in rows],
    }
    for name, again in copies.items():
        heading = (*HEADER, "More")[: len(again[0])]
        below = [line(heading, plain), *(line(row, plain) for row in again)]
        yield Polluted(f"a second table, {name}", text(below=below), HEADER, rows)


def one_row() -> Iterator[Polluted]:
    """Faults of one row, in every row and column."""
    way, rows = Way(), table()
    for number, row in enumerate(rows):
        written = cells(row, way)
        for place in range(len(HEADER)):
            yield _with(
                number, ",".join([*written[:place], "", *written[place:]]), f"extra delimiter {place}", row
            )
            mark = '"' + written[place] if written[place][:1] != '"' else '""' + written[place][1:]
            stray = (*row[:place], '"' + row[place], *row[place + 1 :])
            yield _with(
                number,
                ",".join([*written[:place], mark, *written[place + 1 :]]),
                f"stray quote {place}",
                stray,
            )
            if 0 < place < len(HEADER) - 1:
                joined = [*written[: place - 1], written[place - 1] + written[place], *written[place + 1 :]]
                yield _with(number, ",".join(joined), f"missing delimiter {place}", row)
        for other in " ;|":
            yield _with(number, other.join(written), f"delimiter {other!r} in one row", row)


def _with(number: int, damaged: str, kind: str, expected: Sequence[str]) -> Polluted:
    rows = list(table())
    lines = [line(row, Way()) for row in rows]
    lines[number] = damaged
    rows[number] = tuple(expected)
    whole = "\r\n".join([line(HEADER, Way()), *lines]) + "\r\n"
    return Polluted(f"row {number}: {kind}", whole, HEADER, tuple(rows))
