"""A profile proposed as TOML text, the evidence for each column beside it as a comment."""

from __future__ import annotations

import json
import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from connector.feeds import FEEDS, by_name
from connector.feeds.feed import FieldKind
from connector.profiles.headers import positions
from connector.profiles.inference import read_table
from connector.profiles.places import Places

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from connector.model import Table
    from connector.profiles.choose import Pick
    from connector.profiles.reading import Reading

_BARE_KEY = re.compile(r"^[A-Za-z0-9_-]+$")


def suggest(
    tables: Sequence[Table],
    *,
    name: str,
    folder: str | None = None,
    default_location: str | None = None,
    default_currency: str | None = None,
    locations: Mapping[str, str] | Collection[str] = (),
) -> str:
    """Propose a profile for the best table of a file: TOML that `load` accepts and that fits this very file.

    What is not known is written as a comment to be filled in; a file without any table gives a comment only.
    """
    if not tables:
        return "# There is no table in the file, so there is nothing to propose.\n"
    places = Places(name, folder, default_location, locations)
    filled = [index for index, table in enumerate(tables) if table.rows] or list(range(len(tables)))
    readings = [read_table(tables[index], index, places, currency=default_currency) for index in filled]
    best = max(
        readings, key=lambda r: (r.understood, len(r.bindings), sum(map(len, r.picks.values())), -r.table)
    )
    sheet = tables[best.table].sheet if len(filled) > 1 else None
    return propose(tables[best.table], best, name=name, sheet=sheet)


def propose(table: Table, reading: Reading, *, name: str, sheet: str | None = None) -> str:
    """The profile that says what `reading` found; `sheet` is given when the file has several tables."""
    lines = [
        f"# Proposed for {_comment(name)}. Look at each line, correct it, and save it in config/profiles."
    ]
    lines += [f"# Open: {_comment(trouble)}" for trouble in reading.troubles]
    lines += [f"# Note: {_comment(note)}" for note in reading.notes]
    feeds = _feeds(reading)
    lines += ["", f"name = {text(_profile_name(name))}"]
    if feeds:
        lines.append(f"feeds = [{', '.join(map(text, feeds))}]")
    lines += ["", *_match(table, reading, feeds, name, sheet)]
    if hints := _reader(table):
        lines += ["", "[reader]", *hints]
    lines += ["", *_columns(table, reading, feeds)]
    lines += _constants(reading, feeds)
    lines += ["", *_location(table, reading)]
    return "\n".join(lines) + "\n"


def _reader(table: Table) -> list[str]:
    """What the reader must be told next time, because this time it had to guess."""
    lines = []
    if _hangs_on_encoding(table):
        lines.append(
            f"encoding = {text(table.encoding or '')}  # a guess: or {text(table.second_encoding or '')}"
        )
    if not any(cell.strip() for cell in table.header):
        lines.append("has_header = false  # the first line is data already; columns go by number")
    return lines


def _hangs_on_encoding(table: Table) -> bool:
    return table.second_encoding is not None and "+" not in (table.encoding or "+")


def _feeds(reading: Reading) -> list[str]:
    bound = [binding.feed for binding in reading.bindings]
    if bound:
        return bound
    return [
        name
        for name, picks in reading.picks.items()
        if any(field not in by_name(name).key for field in picks)
    ]


def _match(table: Table, reading: Reading, feeds: Sequence[str], name: str, sheet: str | None) -> list[str]:
    used = [pick.column.index for feed in feeds for pick in reading.picks[feed].values()]
    if reading.place and reading.place.column is not None:
        used.append(reading.place.column)
    headers = [table.header[i].strip() for i in sorted(set(used)) if _by_header(table, i)]
    lines = ["[match]"]
    if headers:
        lines.append(f"headers = [{', '.join(map(text, headers))}]  # all of them must be there")
        by_name = "and by its name: the encoding must be known before" if _hangs_on_encoding(table) else (
            "or by the file's name, when its headers change"
        )  # fmt: skip
        mark = "" if _hangs_on_encoding(table) else "# "
        lines.append(f"{mark}names = [{text(_pattern(name))}]  # {by_name}")
    else:
        lines.append(f"names = [{text(_pattern(name))}]")
    if sheet:
        lines.append(f"sheet = {text(sheet)}  # the file has several tables")
    return lines


def _columns(table: Table, reading: Reading, feeds: Sequence[str]) -> list[str]:
    """One line for each field, the same for all feeds; a field read differently in one feed gets a table of its own."""
    general: dict[str, Pick] = {}
    own: dict[str, dict[str, Pick]] = {}
    for feed in feeds:
        for field, pick in reading.picks[feed].items():
            if reading.place and reading.place.wide and field == "quantity":
                continue
            if general.setdefault(field, pick).column.index != pick.column.index:
                own.setdefault(feed, {})[field] = pick
    lines = ["[columns]", *([] if feeds else _to_fill_in(table, reading))]
    lines += [_column(table, field, pick) for field, pick in general.items()]
    for question in (one for one in reading.questions if not one.about_location):
        answers = "   or   ".join(_ref(table, column.index) for column in question.columns)
        lines.append(f"# {question.field} = {_comment(answers)}")
    for feed, picks in own.items():
        lines += ["", f"[columns.{feed}]", *(_column(table, field, pick) for field, pick in picks.items())]
    return lines


def _to_fill_in(table: Table, reading: Reading) -> list[str]:
    """For a file that nothing was found in: the columns it has, and a line to complete for each field."""
    found = {field: pick for picks in reading.picks.values() for field, pick in picks.items()}
    there = ", ".join(_ref(table, index) for index in range(len(table.header)))
    fields = {
        one.name: f"# {_column(table, one.name, found[one.name])}"
        if one.name in found
        else f'# {one.name} = "…"  # {_comment(one.label)}, for {feed.name}'
        for feed in FEEDS
        for one in feed.fields
        if one.kind not in (FieldKind.LOCATION, FieldKind.CURRENCY)
    }
    return [f"# The file has: {_comment(there)}", *fields.values()]


def _column(table: Table, field: str, pick: Pick) -> str:
    return f"{field} = {_ref(table, pick.column.index)}  # {_comment(pick.evidence)}"


def _by_header(table: Table, index: int) -> bool:
    """Whether a column can be named by its header: it has one, and no other is called so."""
    return (
        index < len(table.header)
        and bool(table.header[index].strip())
        and positions(table.header, table.header[index]) == [index]
    )


def _ref(table: Table, index: int) -> str:
    return text(table.header[index].strip()) if _by_header(table, index) else str(index + 1)


def _constants(reading: Reading, feeds: Sequence[str]) -> list[str]:
    constants = {field: value for feed in feeds for field, value in reading.constants.get(feed, {}).items()}
    lines = [f"{key_text(field)} = {text(value)}" for field, value in constants.items()]
    return ["", "[constants]", *lines] if lines else []


def _location(table: Table, reading: Reading) -> list[str]:
    rule = reading.place
    if rule is None:
        return [
            "# [location]",
            '# constant = "…"  # the location code of this file; or column, folder, file_name, columns',
        ]
    why = _comment(reading.place_evidence)
    if rule.wide:
        codes = [
            f"{key_text(table.header[i].strip())} = {text(code)}"
            for i, code in rule.wide.items()
            if _by_header(table, i)
        ]
        return [f"[location.columns]  # {why}: header = location code", *codes]
    if rule.column is not None:
        return ["[location]", f"column = {_ref(table, rule.column)}  # {why}"]
    if rule.origin.startswith("the folder"):
        return ["[location]", f"folder = true  # {why}"]
    return ["# [location]", f"# constant = {text(rule.constant or '')}  # now from {_comment(rule.origin)}"]


def _profile_name(name: str) -> str:
    stem = PurePath(name).name.split(".")[0]
    return re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-").lower() or "profile"


def _pattern(name: str) -> str:
    """The file's name with its figures (dates, counters) open."""
    literal = re.sub(r"[\[*?]", "?", PurePath(name).name)
    return re.sub(r"\d+(?:[-_.]\d+)*", "*", literal) or "*"


def text(value: str) -> str:
    """A TOML basic string."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def key_text(value: str) -> str:
    """A TOML key: bare where it may be, else quoted."""
    return value if _BARE_KEY.match(value) else text(value)


def _comment(value: str) -> str:
    """Text that may stand in a comment: one line, no control characters."""
    return "".join(mark if mark.isprintable() else " " for mark in value)
