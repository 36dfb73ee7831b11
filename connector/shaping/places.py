"""Where the records of a table go: location codes, and the account that serves each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from connector.feeds.fields import Distinct, Problem, distinct, parse_codes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from connector.feeds.fields.text import Flags, Index, Texts


@dataclass(frozen=True, slots=True)
class Places:
    """The locations of a table, or of some rows of it.

    `index` has per record the position in `codes`, which ends with "" for an empty cell. `accounts` is parallel to
    `codes` ("" where none serves it); `problems` maps a position in `codes` to what is wrong; `named` counts the
    records whose location was a name.
    """

    index: Index
    codes: tuple[str, ...]
    accounts: tuple[str, ...]
    problems: Mapping[int, Problem]
    named: int
    cells: Distinct
    moved: Index
    is_named: Flags

    def served(self) -> bool:
        """Tell whether any location of the table has an account."""
        return any(self.accounts)

    def over(self, texts: Texts) -> Places:
        """The same for some of the rows of the table."""
        at = self.cells.over(texts).index
        return replace(self, index=self.moved[at], named=int(self.is_named[at].sum()))


def find_places(
    texts: Texts | Distinct,
    names: Mapping[str, str],
    routes: Callable[[str], str | None],
    known: Sequence[str],
) -> Places:
    """Turn location cells into codes and accounts.

    `texts` is an Arrow array, null where absent, or what was gathered of one. `names` turns a name into a code;
    `routes` gives the account that serves a code, or None; `known` are codes to show a person whose code is not served.
    """
    column = texts if isinstance(texts, Distinct) else distinct(texts)
    cells = parse_codes(column.texts)
    by_name = {_plain(name): code for name, code in names.items()}
    said = [by_name.get(_plain(text), text) for text in cells.texts.to_pylist()]
    codes = tuple(dict.fromkeys(text for text in said if text))
    position = {code: at for at, code in enumerate((*codes, ""))}
    moved = np.array([position[text] for text in (*said, "")], dtype=np.int32)
    named = [_plain(text) in by_name for text in cells.texts.to_pylist()]
    damaged = {said[at]: problem for at, problem in cells.problems.items() if not named[at]}
    accounts = tuple((routes(code) or "") if code not in damaged else "" for code in codes)
    problems = {
        len(codes): Problem("location_missing", "the row names no location: enter the code of the location")
    }
    for at, (code, account) in enumerate(zip(codes, accounts, strict=True)):
        if code in damaged:
            problems[at] = damaged[code]
        elif not account:
            problems[at] = _unserved(code, sorted({*known, *names.values()}))
    return Places(
        index=moved[column.index],
        codes=(*codes, ""),
        accounts=(*accounts, ""),
        problems=problems,
        named=int(column.weights()[np.array(named, dtype=bool)].sum()),
        cells=column,
        moved=moved,
        is_named=np.array([*named, False], dtype=bool),
    )


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _unserved(code: str, known: Sequence[str]) -> Problem:
    shown = ", ".join(known[:10]) + (" …" if len(known) > 10 else "")  # noqa: PLR2004  a line a person can read
    hint = f"; known: {shown}" if known else ""
    return Problem(
        "location_unknown",
        f"no account serves location {code}{hint}. Correct the code, or give the location an account in the "
        f"configuration or a code under names in the profile",
    )
