"""Which lines of the body are no rows: blank, repeated header, totals, group lines, row numbers only, end marks.

Screens whole columns first; only suspicious rows are looked at cell by cell. The fast and the careful path both come
through here, so that they cannot disagree.
"""

from __future__ import annotations

import re
from functools import reduce
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connector.readers.cellbytes import bytes_of, ends_in
from connector.readers.cells import OUTSIDE, is_number, is_ruler, says_total, title_key, trimmed
from connector.readers.dates import snapshot_of
from connector.readers.table import RULER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from connector.readers.table import Layout

_TOTAL_WORDS = "total|summe|gesamt|somme|suma|कुल|योग|jumla|subtot|carried|brought|---|===|___"
"""Words of totals, and rulers."""

_SPACES = (" ", "\t", "\xa0", "\u200b", "\ufeff", "\r", "\n")
_BLANK_FIRST = np.isin(np.arange(256), [blank.encode()[0] for blank in _SPACES])
_BLANK_BELOW, _BLANK_FROM = 0x20, 0xC2
"""No blank begins with a byte between these."""
_A, _Z, _ZERO, _NINE = (np.uint8(ord(letter)) for letter in "az09")
_SMALL, _ASCII = np.uint8(0x20), np.uint8(0x7F)
_WORDS = 2
_TABLE_FROM = 3
_SENTENCE, _BLANKS_OF_A_SENTENCE = 50, 7
_SAYS_NOTE = re.compile(
    r"(?:foot)?notes?\s*[:(]|sources?\s*:|remarks?\s*:|legend\s*:|disclaimer\s*:|fuentes?\s*:|notas?\s*:|quellen?\s*:"
    r"|fu(?:ß|ss)noten?\s*:|anmerkung(?:en)?\s*:|hinweise?\s*:|fonte\s*:|nota bene|\(c\)|©"
    r"|\W*end of (?:file|report|data|list|statement)\b",
    re.IGNORECASE,
)
_REMAINS = re.compile('[<>"]')
HEADER_AGAIN = "header repeated"
TOTAL = "total"


def suspects(columns: list[pa.Array], layout: Layout) -> NDArray[np.int64]:
    """Indices of rows that might be no rows: those with a usually filled cell empty, or a telling word."""
    if not columns or not len(columns[0]):
        return np.arange(0, dtype=np.int64)
    masks: list[NDArray[np.bool_]] = []
    if layout.always:
        empties = (_empty(columns[index]) for index in sorted(layout.always))
        masks.extend(mask for mask in empties if mask is not None)
    else:
        masks.extend(_blank_or_one_filled(columns))
    if not _names_no_total(columns, layout):
        labels = [columns[index] for index in layout.labels]
        masks.extend(_says_total(column) for column in labels if _says_total(_as_one_text(column))[0])
    likenesses = (_like_header(columns, names) for names in layout.header_rows)
    masks.extend(mask for mask in likenesses if mask is not None)
    return np.flatnonzero(reduce(np.logical_or, masks)) if masks else np.arange(0, dtype=np.int64)


def why_no_row(cells: Sequence[str | None], layout: Layout) -> str | None:
    """The reason a line of the body is no row, or None where it is one."""
    texts = [trimmed(cell) if cell else "" for cell in cells]
    filled = [index for index, text in enumerate(texts) if text]
    if not filled:
        return "blank line"
    return (
        _why_said_before(texts, filled, layout)
        or (_why_total(texts, filled, layout) if len(filled) > 1 else None)
        or _why_few(texts, cells, filled, layout)
        or _why_total(texts, filled, layout)
    )


def _why_said_before(texts: list[str], filled: list[int], layout: Layout) -> str | None:
    """What comes again on every page: rulers, the header, the titles above it."""
    if is_ruler(texts):
        return RULER
    if any(_repeats(texts, names) for names in layout.header_rows):
        return HEADER_AGAIN
    if layout.titles and title_key(texts) in layout.titles and not layout.always <= set(filled):
        return "title repeated"
    return None


def _why_few(texts: list[str], cells: Sequence[str | None], filled: list[int], layout: Layout) -> str | None:
    if _is_label(texts, filled, layout):
        return "group line or note: a label and what it says"
    missing = layout.always & layout.figures - set(filled)
    if len(filled) == 2 and len(missing) > 1 and is_sentence(texts[filled[0]]):  # noqa: PLR2004 - cut by its comma
        return "note: a sentence and no figures"
    if len(filled) > 1 or layout.width == 1:
        return None
    alone = all(cell is None for index, cell in enumerate(cells) if index != filled[0])
    return _why_single(filled[0], texts[filled[0]], layout, alone=alone)


def _why_total(texts: list[str], filled: list[int], layout: Layout) -> str | None:
    named = [index for index in layout.labels if texts[index]]
    # It may stand just before its figures, behind the columns of names.
    for index in named or filled:
        if says_total(texts[index]) and all(is_number(texts[other]) for other in filled if other != index):
            return TOTAL
    return None


def _is_label(texts: list[str], filled: list[int], layout: Layout) -> bool:
    """Whether a line says `Group: Shirts` in two cells, where a row has more."""
    if len(filled) != 2 or not texts[filled[0]].endswith(":"):  # noqa: PLR2004 - a label and what it says
        return False
    return len(layout.always - set(filled)) >= 2  # noqa: PLR2004 - a row may lack one of them


def _why_single(index: int, text: str, layout: Layout, *, alone: bool) -> str | None:
    """Why a line with one filled cell is no row; `alone` says that the line has no other cells, not even empty ones."""
    if _is_note(text, layout, alone=alone):
        return "note: one cell only"
    if " " in text and len(layout.always) >= _TABLE_FROM and snapshot_of([text]):
        return "note: a date and nothing else"
    if layout.counter == index and text.isdigit():
        return "only a row number"
    if text == "0" and layout.width >= _TABLE_FROM and len(layout.always) > 1:
        return "end mark: 0 and nothing else"
    return "group line or note: one cell only" if _is_group(index, text, layout) else None


def _is_note(text: str, layout: Layout, *, alone: bool) -> bool:
    """Whether a lone text is a note by what it says: `Source: …`, a sentence, or words with no cell beside them."""
    if layout.width < _TABLE_FROM or is_number(text):
        return False
    sentence = len(layout.always) >= _TABLE_FROM and is_sentence(text)
    return sentence or _SAYS_NOTE.match(text) is not None or (alone and (" " in text or text.endswith(":")))


def says_note(cells: Sequence[str | None]) -> bool:
    """Whether a line says itself that it is a note, or the end of the report."""
    return _SAYS_NOTE.match(trimmed(next(filter(None, cells), ""))) is not None


def is_sentence(text: str) -> bool:
    """Whether a text is longer than what a thing is called."""
    return len(text) > _SENTENCE and text.count(" ") >= _BLANKS_OF_A_SENTENCE


def _is_group(index: int, text: str, layout: Layout) -> bool:
    """Whether a lone cell heads a group or is a note, by where it stands.

    Beside the columns every row has, behind the one where rows have a code, or of several words where rows have one. An
    item of which all but its key is missing stays a row, and so do the remains of a broken one.
    """
    if len(layout.always) < _TABLE_FROM or is_number(text):
        return False
    if index not in layout.always:
        return True
    coded = any(column < index for column in layout.figures & layout.always)
    words = index in layout.tight and " " in text and not _REMAINS.search(text)
    return words or (coded and index not in layout.figures)


def _empty(column: pa.Array) -> NDArray[np.bool_] | None:
    """Mask of cells that are absent, empty or only blanks; None where there are none.

    Looked up in the bytes of the column themselves: this is done for every usually filled column of every file.
    """
    places = ends_in(column)
    filled = places[1:] > places[:-1]
    if column.null_count:
        filled &= _as_mask(pc.is_valid(column))
    full = bool(filled.all())
    first = bytes_of(column).take(places[:-1] if full else places[:-1][filled])
    if (
        len(first)
        and (first.min() <= _BLANK_BELOW or first.max() >= _BLANK_FROM)
        and _BLANK_FIRST[first].any()
    ):
        only_blanks = pc.equal(pc.utf8_length(pc.utf8_trim(column, "".join(_SPACES))), 0)
        return _as_mask(pc.or_(pa.array(~filled), pc.fill_null(only_blanks, fill_value=True)))
    return None if full else ~filled


def _as_mask(flags: pa.Array) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = flags.to_numpy(zero_copy_only=False)
    return mask


def holds(column: pa.Array, what: bytes) -> bool:
    """Whether these bytes stand in a column, perhaps across two of its cells: a quick look that spares a slow one."""
    data = column.buffers()[2]
    if data is None or not len(column):
        return False
    ends = ends_in(column)
    return what in data.slice(int(ends[0]), int(ends[-1] - ends[0])).to_pybytes()


def _names_no_total(columns: list[pa.Array], layout: Layout) -> bool:
    """Whether no row can be told to be none by a word of totals: found out from a few short columns.

    Beside the name of a total stand figures only, and a line that heads another table has no figure where rows have
    one. So it is enough that every row has a word in two columns, and a digit in one of figures that is no header's.
    """
    headed = {at for names in layout.header_rows for at, name in enumerate(names) if name[-1:].isdigit()}
    figures = (index for index in sorted(layout.always & layout.figures - headed))
    if not any(_ends_in_digits(columns[index]) for index in figures):
        return False
    words = sorted((_size(columns[index]), index) for index in layout.always - layout.figures)
    return (
        len(list(islice((index for _size, index in words if _has_words_only(columns[index])), _WORDS)))
        == _WORDS
    )


def _size(column: pa.Array) -> int:
    places = ends_in(column)
    return int(places[-1] - places[0])


def _ends_in_digits(column: pa.Array) -> bool:
    """Whether the last character of every cell is a digit."""
    places = ends_in(column)
    if column.null_count or not (places[1:] > places[:-1]).all():
        return False
    last = bytes_of(column).take(places[1:] - 1)
    return bool(last.min() >= _ZERO and last.max() <= _NINE)


def _has_words_only(column: pa.Array) -> bool:
    """Whether every cell begins with a letter and has no digit, all of them ASCII."""
    places = ends_in(column)
    if column.null_count or not (places[1:] > places[:-1]).all():
        return False
    data = bytes_of(column)
    first = data.take(places[:-1]) | _SMALL
    if first.min() < _A or first.max() > _Z:
        return False
    data = data[int(places[0]) : int(places[-1])]
    return bool(data.max() <= _ASCII) and not bool((data - _ZERO <= _NINE - _ZERO).any())


def _says_total(column: pa.Array) -> NDArray[np.bool_]:
    """Mask of cells with a word of totals in them."""
    found = pc.match_substring_regex(column, _TOTAL_WORDS, ignore_case=True)
    return _as_mask(pc.fill_null(found, fill_value=False))


def _as_one_text(column: pa.Array) -> pa.Array:
    """All cells of a column as one: what is in none of them is found out in one search, a third of the time."""
    places = ends_in(column)
    ends = pa.py_buffer(places[[0, -1]])
    return pa.Array.from_buffers(column.type, 1, [None, ends, column.buffers()[2]])


def _blank_or_one_filled(columns: list[pa.Array]) -> Iterator[NDArray[np.bool_]]:
    """Masks of rows without a filled cell, and of those with one."""
    empties = (_empty(column) for column in columns)
    count = sum(
        (mask.astype(np.int32) for mask in empties if mask is not None), np.zeros(len(columns[0]), np.int32)
    )
    yield count == len(columns)
    yield count == len(columns) - 1


def _like_header(columns: list[pa.Array], names: tuple[str, ...]) -> NDArray[np.bool_] | None:
    """Mask of rows whose first named column holds (perhaps within blanks) its header; None where there are none."""
    for index, name in enumerate(names[: len(columns)]):
        if name:
            column = columns[index]
            if not holds(column, name.encode()):
                return None
            within = pc.fill_null(pc.match_substring(column, name), fill_value=False)
            if not pc.any(within).as_py():
                return None
            alike = pc.and_(within, pc.equal(pc.utf8_trim(column, OUTSIDE), name))
            return _as_mask(pc.fill_null(alike, fill_value=False))
    return None


def _repeats(texts: list[str], names: tuple[str, ...]) -> bool:
    """Whether these are the names of the columns again, each in its place; a copy may lack some of them."""
    named = sum(map(bool, names))
    said = [(text, names[index] if index < len(names) else "") for index, text in enumerate(texts) if text]
    if not named or len(said) < min(named, max(2, named / 2)):
        return False
    return all(text == name for text, name in said)
