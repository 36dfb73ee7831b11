"""What drops that went through have taught: a layout and its columns, found again whatever the file is called.

A file of the same layout is read as the one before, not guessed anew. A layout that has drifted is held, and the lost
or changed column is named with its nearest successor.
"""

from __future__ import annotations

import re
from collections.abc import Mapping  # noqa: TC003  a dataclass field
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from connector.feeds import FEEDS
from connector.model import Verdict, is_correction
from connector.profiles.choose import Lost, successor
from connector.profiles.evidence import OURS, columns_of
from connector.profiles.headers import key, name_fits
from connector.profiles.profile import LocationSource, MatchRule, Profile

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from connector.feeds.feed import Field
    from connector.model import Drop, Table

NEARLY = 0.75
"""Share of remembered headers from which on a file counts as the same layout, drifted."""

NEARLY_HEADERS = 3
"""And so many headers at least: two common words such as SKU and Price are no layout."""

_GOOD = frozenset({str(Verdict.ACCEPTED), str(Verdict.UNCHANGED)})

_SOME_FIGURES = ("5", "3")

TELLING_LETTERS = 3
"""A file name with fewer letters beside its figures (`12.csv`) says nothing of what the file is."""


@dataclass(frozen=True, slots=True)
class Learned:
    """How an earlier drop was read: its headers, the header of each field by feed, what was below zero in it.

    `wide` are the headers of columns that stand for one location each.
    """

    drop: int
    name: str
    headers: frozenset[str]
    columns: Mapping[str, Mapping[str, str]]
    location: str | None
    negatives: Mapping[str, float]
    wide: tuple[str, ...] = ()

    def profile(self) -> Profile:
        """The same reading said as a profile."""
        return Profile(
            name=self.called,
            match=MatchRule(headers=tuple(dict.fromkeys(self.used()))),
            columns={feed: dict(fields) for feed, fields in self.columns.items()},
            location=LocationSource(column=self.location),
        )

    @property
    def called(self) -> str:
        """How a person finds it."""
        return f"drop {self.drop} ({self.name})"

    def fields(self) -> list[tuple[str, str, str]]:
        """Each field with its feed and header; the location's column belongs to no feed."""
        said = [(feed, name, header) for feed, own in self.columns.items() for name, header in own.items()]
        return [*said, ("", "location", self.location)] if self.location else said

    def used(self) -> list[str]:
        """The headers of the columns it was read from."""
        return [*(header for _, _, header in self.fields()), *self.wide]

    def is_nearly(self, headers: frozenset[str]) -> bool:
        """Whether most of its headers are there."""
        shared = len(self.headers & headers)
        return shared >= max(NEARLY_HEADERS, NEARLY * len(self.headers))

    def is_called_like(self, name: str, headers: frozenset[str]) -> bool:
        """Whether the file has its name, figures aside, and at least one of the columns it was read from."""
        return _same_name(name, self.name) and any(key(header) in headers for header in self.used())


def learn(drop: Drop) -> Learned | None:
    """What a drop that went through teaches; None when its report does not say each column by a header of its own.

    Nor does a drop teach anything of which no record was right.
    """
    header = [str(cell) for cell in drop.report.get("reader", {}).get("header", ())]
    if "ours" in drop.report:
        return None  # no sender's file
    if is_correction(header):
        return None  # the rows that were wrong are no picture of what the sender usually writes
    keys = [key(cell) for cell in header if cell.strip()]
    said: Mapping[str, Mapping[str, str]] = drop.report.get("columns", {})
    columns = {
        feed: {name: cell for name, cell in fields.items() if name != "location_id"}
        for feed, fields in said.items()
    }
    places = {fields["location_id"] for fields in said.values() if "location_id" in fields}
    place = next(iter(places), None)
    wide = tuple(place.split(", ")) if place and ", " in place and key(place) not in keys else ()
    used = [*(cell for fields in columns.values() for cell in fields.values()), *(wide or places)]
    if not columns or len(places) > 1 or any(keys.count(key(cell)) != 1 for cell in used):
        return None
    feeds = drop.report.get("feeds", {})
    if feeds and not any(_GOOD.intersection(feed.get("verdicts", ())) for feed in feeds.values()):
        return None
    negatives = {
        name: feed.get("notes", {}).get("negatives", 0) / max(feed.get("records", 0), 1)
        for name, feed in feeds.items()
    }
    location = None if wide else place
    return Learned(drop.id, drop.name, headers_of(header), columns, location, negatives, wide)


def headers_of(header: Sequence[str]) -> frozenset[str]:
    """The headers of a table as they are compared, without those our correction files add."""
    return frozenset(key(cell) for cell in header if cell.strip() and cell.strip() not in OURS)


def same_layout(learned: Sequence[Learned], headers: frozenset[str]) -> Learned | None:
    """The newest drop with just these headers; `learned` is newest first."""
    return next((one for one in learned if one.headers == headers), None)


def trusting(table: Table, learned: Sequence[Learned]) -> Table:
    """A correction file without the sampled values of the columns that are known from its original.

    It holds the cells that were wrong, and little else: they would speak against the very columns they stand in. A
    column of one location is known by its figures, so it is given some.
    """
    before = same_layout(learned, headers_of(table.header))
    known: dict[str, tuple[str, ...]] = dict.fromkeys(map(key, before.used()), ()) if before else {}
    known |= dict.fromkeys(map(key, before.wide), _SOME_FIGURES) if before else {}
    samples = zip(table.header, table.samples, strict=True)
    return replace(table, samples=tuple(known.get(key(name), values) for name, values in samples))


def kin(learned: Sequence[Learned], headers: frozenset[str], name: str) -> Learned | None:
    """The newest drop of which this is a drifted layout: most headers are there, else it is called like it."""
    near = [one for one in learned if one.is_nearly(headers)]
    return next(iter(near or [one for one in learned if one.is_called_like(name, headers)]), None)


def agrees(one: Learned, now: Mapping[str, Mapping[str, str]]) -> bool:
    """Whether every field is read from the same column as then; more fields do not hurt."""
    return all(key(now.get(feed, {}).get(name, "")) == key(header) for feed, name, header in one.fields())


def differences(one: Learned, table: Table, now: Mapping[str, Mapping[str, str]]) -> list[str]:
    """What has become of each column since then, in words: lost, or another one taken in its place.

    `now` is the header of every field by feed, the location's under "", or empty when the table cannot be read.
    """
    there = {key(cell) for cell in table.header}
    bound = {key(cell) for fields in now.values() for cell in fields.values()}
    columns = columns_of(table)
    free = [column.index for column in columns if key(column.header) in bound]
    said: dict[str, None] = {}
    for feed, name, header in one.fields():
        taken = now.get(feed, {}).get(name)
        if key(header) not in there:
            found = taken or successor(header, columns, field=_field(feed, name), without=free)
            said[f"{Lost(name, header, found)}, as it was in {one.called}"] = None
        elif now and taken is None and _is_whole(one, feed, there):
            said[
                f"{name} was read from '{header}' in {one.called} and would not be read from it any more"
            ] = None
        elif taken is not None and key(taken) != key(header):
            said[f"{name} was read from '{header}' in {one.called} and would now be read from '{taken}'"] = (
                None
            )
    for place in one.wide:
        if key(place) not in there:
            found = successor(place, columns, field=None, without=[])
            said[f"{Lost('location', place, found)}, as it was in {one.called}"] = None
    return list(said)


def _is_whole(one: Learned, feed: str, there: Collection[str]) -> bool:
    """Whether all columns of a feed are there: of one that lost a column nothing more need be said."""
    return all(key(header) in there for header in one.columns.get(feed, {}).values())


def _field(feed: str, name: str) -> Field | None:
    return next(
        (one for known in FEEDS if known.name == feed for one in known.fields if one.name == name), None
    )


def _same_name(name: str, other: str) -> bool:
    """`stock 23-11 (1).csv` and `Stock 22-11.csv`: the same but for figures and the marks of copies."""
    one, two = (
        re.sub(r"[\d\W_]+", " ", text.rpartition(".")[0] or text).strip().casefold() for text in (name, other)
    )
    return len(one.replace(" ", "")) >= TELLING_LETTERS and (one == two or name_fits(name, [other]))
