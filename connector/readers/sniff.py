"""Which dialect a text file is written in, found by evidence from samples of its lines."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from connector.model import LINE_COLUMN, REASON_COLUMN
from connector.readers.dialect import DELIMITERS, NO_DELIMITER, QUOTE, RARE_DELIMITERS, Dialect, records
from connector.readers.fixed import cut, find_gaps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from connector.readers.limits import ReaderOptions

APOSTROPHE = "'"
_FIRST_LINES, _LAST_LINES = 200, 50
_OUR_COLUMNS = re.compile(
    rf'{REASON_COLUMN}(?P<quote>"?)(?P<mark>[^\w"]+?)(?P<padding>(?<! ) )?"?{LINE_COLUMN}\b'
)
_MOSTLY = 0.9
_NEARLY_ALL = 0.98
_QUOTED_BETWEEN_BLANKS = re.compile(r'(?:^|[^\s,;|] )"[^" ]* [^"]*"(?: [^\s,;|]|[ ]?$)')
_GAP = re.compile(r"\S(?: {2,}| *\t *)\S")
_CLEAN_NUMBER = re.compile(r"[-+(]?\d[\d.,' ]*\)?%?")


def sniff(pieces: list[list[str]], options: ReaderOptions) -> Dialect:
    """The dialect of a file from samples of its physical lines (head, middle, tail), each piece whole lines."""
    correction = _of_correction(pieces, options)
    if correction:
        return correction
    told = options.delimiter or _told_by_first_line(pieces)
    best, best_score = _best(pieces, (told,) if told else DELIMITERS, options)
    if not told and not best_score:
        best, best_score = _best(pieces, RARE_DELIMITERS, options)
    if not told:
        spaced, score = _spaced(pieces, options)
        if score > best_score:
            best, best_score = spaced, score
        if report := _printed(pieces, best, best_score):
            return report
    if best_score == 0.0:
        best = Dialect(told or NO_DELIMITER)
        quoted = options.quoting if options.quoting is not None else _is_quoting(pieces, best)
        best = replace(best, quoting=quoted, width=_score(pieces, best)[0] if told else 1)
    return best if told else replace(best, padded=_is_padded(pieces, best))


def _of_correction(pieces: list[list[str]], options: ReaderOptions) -> Dialect | None:
    """How a correction file of ours is written, saved by whatever program: its header shows what is between columns."""
    header = next((line for line in pieces[0] if REASON_COLUMN in line), "") if pieces else ""
    found = _OUR_COLUMNS.search(header)
    if found is None:
        return None
    mark, padding = found["mark"], found["padding"]
    quoting = options.quoting
    if quoting is None:
        quoting = bool(found["quote"]) or _is_quoting(pieces, Dialect(mark))
    dialect = Dialect(mark, quoting, padded=bool(padding))
    return replace(dialect, width=_score(pieces, dialect)[0])


def _best(
    pieces: list[list[str]], delimiters: Iterable[str], options: ReaderOptions
) -> tuple[Dialect, float]:
    best, best_score = Dialect(NO_DELIMITER), 0.0
    for delimiter in delimiters:
        if not any(delimiter in line for piece in pieces for line in piece):
            continue  # nothing to split: no need to take every line apart to see it
        for dialect in _quotings(pieces, delimiter, options):
            width, score = _score(pieces, dialect)
            if score > best_score:
                best, best_score = replace(dialect, width=width), score
    return best, best_score


def _quotings(pieces: list[list[str]], delimiter: str, options: ReaderOptions) -> list[Dialect]:
    """The ways in which marks may enclose cells between these delimiters, the likelier first."""
    quoting = options.quoting
    if quoting is None:
        quoting = _is_quoting(pieces, Dialect(delimiter))
    ways = [Dialect(delimiter, quoting, _escape(pieces) if quoting else None)]
    if options.quoting is not False and _apostrophes_enclose(pieces, delimiter):
        ways.insert(0, Dialect(delimiter, quote=APOSTROPHE))
    return ways


def _apostrophes_enclose(pieces: list[list[str]], delimiter: str) -> bool:
    """Whether apostrophes stand around cells, hiding delimiters or in most lines; elsewhere they are letters."""
    lines = [line.rstrip("\r\n") for piece in pieces for line in piece if line.strip()]
    if not any(delimiter + APOSTROPHE in line for line in lines):
        return False
    if any(delimiter + QUOTE in line or line.startswith(QUOTE) for line in lines):
        return False
    mark = re.escape(delimiter)
    enclosed = re.compile(rf"(?:^|(?<={mark}))[ ]*'((?:[^']|'(?![ ]*(?:{mark}|$)))*)'(?=[ ]*(?:{mark}|$))")
    begun = re.compile(rf"(?:^|{mark})[ ]*'")
    inside = [match.group(1) for line in lines for match in enclosed.finditer(line)]
    hiding = sum(1 for cell in inside if delimiter in cell)
    marks = sum(len(begun.findall(line)) for line in lines)
    return (hiding > 0 or len(inside) > len(lines) / 2) and len(inside) >= marks * _MOSTLY


def _spaced(pieces: list[list[str]], options: ReaderOptions) -> tuple[Dialect, float]:
    """A single blank as the delimiter: only where quoted cells show that it is one.

    Blanks stand in every text, so the count of words alone proves nothing.
    """
    lines = [line.rstrip("\r\n") for piece in pieces for line in piece if line.strip()]
    between = sum(1 for line in lines if QUOTE in line and _QUOTED_BETWEEN_BLANKS.search(line))
    if not lines or options.quoting is False or between < len(lines) * 0.5:
        return Dialect(NO_DELIMITER), 0.0
    dialect = Dialect(" ", escape=_escape(pieces))
    width, score = _score(pieces, dialect)
    return replace(dialect, width=width), score


def _printed(pieces: list[list[str]], best: Dialect, best_score: float) -> Dialect | None:
    """Columns by position: only where runs of blanks stand in most lines and no delimiter explains them."""
    lines = [line for piece in pieces for line in piece if line.strip()]
    if best.delimiter == "\t" or sum(map(_has_gap, lines)) < len(lines) * 0.5:
        return None
    if best_score:
        rows = [record.cells for piece in pieces for record in records(piece, best) if any(record.cells)]
        if sum(1 for cells in rows if any(map(_has_gap, cells))) < len(rows) * 0.5:
            return None
    gaps = find_gaps(lines)
    cells = [cell for line in lines for cell in cut(line, gaps)] if gaps else []
    if sum(1 for cell in cells if _is_clean(cell, "".join(DELIMITERS))) < len(cells) * _MOSTLY or not cells:
        return None
    return Dialect(NO_DELIMITER, quoting=False, width=len(gaps) + 1, gaps=gaps)


def _has_gap(text: str) -> bool:
    return ("  " in text or "\t" in text) and _GAP.search(text) is not None


def _is_padded(pieces: list[list[str]], dialect: Dialect) -> bool:
    """Whether one blank follows every delimiter outside quotes, and so belongs to the delimiter."""
    if dialect.delimiter in (NO_DELIMITER, " ", "\t"):
        return False
    quote, blank = dialect.quote, dialect.delimiter + " "
    enclosed, one_blank = re.compile(rf"{quote}[^{quote}]*{quote}"), re.compile(rf"{re.escape(blank)}(?! )")
    padded = every = 0
    for piece in pieces:
        for line in piece:
            bare = enclosed.sub("", line.rstrip("\r\n")) if dialect.quoting and quote in line else line
            every += bare.count(dialect.delimiter)
            padded += len(one_blank.findall(bare)) if blank in bare else 0
    return every > 0 and padded >= every * _NEARLY_ALL


def _told_by_first_line(pieces: list[list[str]]) -> str | None:
    """Excel's own mark: a first line `sep=;` names the delimiter."""
    first = pieces[0][0].strip() if pieces and pieces[0] else ""
    match = re.fullmatch(r'"?sep=(.)"?', first, re.IGNORECASE)
    return match.group(1) if match else ("\t" if first.lower() == "sep=" else None)


def _is_quoting(pieces: list[list[str]], dialect: Dialect) -> bool:
    """Whether quote marks enclose cells here, or are just text (inch marks, HTML)."""
    mark = re.escape(dialect.delimiter)
    wrapped = needed = bare = 0
    inner = r'[^"\\]|""|\\.' if _escape(pieces) else r'[^"]|""'
    enclosed = re.compile(rf'(?:^|{mark})[ ]*"((?:{inner})*)"[ ]*(?={mark}|$)', re.MULTILINE)
    for piece in pieces:
        text = "".join(piece).replace("\r\n", "\n").replace("\r", "\n")
        marks = text.count(QUOTE)
        if not marks:
            continue
        for match in enclosed.finditer(text):
            inside = match.group(1)
            wrapped += 1
            needed += dialect.delimiter in inside or QUOTE in inside
            marks -= 2 + inside.count(QUOTE)
        bare += max(marks, 0)
    return bare == 0 or needed > 0 or wrapped > bare


def _escape(pieces: list[list[str]]) -> str | None:
    # A backslash before a closing quote ("C:\") escapes nothing.
    backslashes = [line for piece in pieces for line in piece if '\\"' in line]
    if not any(re.search(r'\\"(?!\s*(?:[,;\t|]|$))', line) for line in backslashes):
        return None
    doubled = sum(len(re.findall(r'[^",;\t|]""[^",;\t|\r\n]', line)) for piece in pieces for line in piece)
    return "\\" if doubled == 0 else None


def _score(pieces: list[list[str]], dialect: Dialect) -> tuple[int, float]:
    """The commonest width and how well the dialect explains the sample: 0 for a dialect that splits nothing."""
    widths: Counter[int] = Counter()
    total = clean = cells_seen = 0
    others = "".join(mark for mark in DELIMITERS if mark != dialect.delimiter)
    for piece in _samples(pieces):
        for record in records(piece, dialect):
            if not any(cell.strip() for cell in record.cells):
                continue
            total += 1
            if len(record.cells) > 1:
                widths[len(record.cells)] += 1
            cells = record.cells[:60]
            cells_seen += len(cells)
            # Mostly no cell holds one of them, and one look tells.
            looked_into = cells if _holds_any("".join(cells), others) else ()
            clean += len(cells) - sum(1 for cell in looked_into if not _is_clean(cell, others))
    if not widths:
        return 1, 0.0
    # Of the widths met about equally often the larger is the table's: titles and notes are narrower.
    width, many = max(widths.items(), key=lambda item: (item[1], item[0]))
    split = sum(widths.values())
    consistency, coverage = many / split, split / total
    if consistency < 0.3 or coverage < 0.2:  # noqa: PLR2004 - less is chance: commas in running text
        return 1, 0.0
    score = consistency**2 * math.sqrt(coverage) * (clean / cells_seen) * (1 + math.log2(width))
    return width, score


def _samples(pieces: list[list[str]]) -> Iterator[list[str]]:
    """The first and last lines of each piece: to take all of them apart tells no more and costs the most."""
    for piece in pieces:
        if len(piece) <= _FIRST_LINES + _LAST_LINES:
            yield piece
        else:
            yield piece[:_FIRST_LINES]
            yield piece[-_LAST_LINES:]


def _holds_any(text: str, marks: str) -> bool:
    return any(mark in text for mark in marks)


def _is_clean(cell: str, others: str) -> bool:
    """A cell that looks like one value: no foreign delimiter inside, or a number."""
    if not _holds_any(cell, others):
        return True
    text = cell.strip()
    if _CLEAN_NUMBER.fullmatch(text):
        return True
    return ", " in text and not any(mark in text for mark in ";\t|" if mark in others)
