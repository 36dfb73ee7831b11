"""Where the records of a table go: location codes, and the account that serves each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from connector.feeds.fields import Problem, distinct, parse_codes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from connector.feeds.fields.text import Index, Texts


@dataclass(frozen=True, slots=True)
class Places:
    """The locations of a table: per record the position in `codes`, which ends with "" for an empty cell.

    `accounts` is parallel to `codes` ("" where none serves it); `problems` maps a position in `codes` to
    what is wrong.
    """

    index: Index
    codes: tuple[str, ...]
    accounts: tuple[str, ...]
    problems: Mapping[int, Problem]
    named: int

    def served(self) -> bool:
        """Tell whether any location of the table has an account."""
        return any(self.accounts)


def find_places(
    texts: Texts, names: Mapping[str, str], routes: Callable[[str], str | None], known: Sequence[str]
) -> Places:
    """Turn location cells (an Arrow array, null where absent) into codes and accounts.

    `names` turns a name into a code; `routes` gives the account that serves a code, or None; `known` are
    codes to show a person whose code is not served.
    """
    column = distinct(texts)
    cells = parse_codes(column.texts)
    by_name = {_plain(name): code for name, code in names.items()}
    said = [by_name.get(_plain(text), text) for text in cells.texts.to_pylist()]
    codes = tuple(dict.fromkeys(text for text in said if text))
    position = {code: at for at, code in enumerate((*codes, ""))}
    moved = np.array([position[text] for text in (*said, "")], dtype=np.int32)
    damaged = {
        said[at]: problem for at, problem in cells.problems.items() if not _is_named(cells.texts, at, by_name)
    }
    accounts = tuple((routes(code) or "") if code not in damaged else "" for code in codes)
    problems = {
        len(codes): Problem("location_missing", "the row names no location: enter the code of the location")
    }
    for at, (code, account) in enumerate(zip(codes, accounts, strict=True)):
        if code in damaged:
            problems[at] = damaged[code]
        elif not account:
            problems[at] = _unserved(code, sorted({*known, *names.values()}))
    weights = column.weights()
    named = sum(int(weights[at]) for at in range(len(said)) if _is_named(cells.texts, at, by_name))
    return Places(moved[column.index], (*codes, ""), (*accounts, ""), problems, named)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _is_named(cells: Texts, at: int, by_name: Mapping[str, str]) -> bool:
    return _plain(cells[at].as_py()) in by_name


def _unserved(code: str, known: Sequence[str]) -> Problem:
    shown = ", ".join(known[:10]) + (" …" if len(known) > 10 else "")  # noqa: PLR2004  a line a person can read
    hint = f"; known: {shown}" if known else ""
    return Problem(
        "location_unknown",
        f"no account serves location {code}{hint}. Correct the code, or give the location an account in the "
        f"configuration or a code under names in the profile",
    )
