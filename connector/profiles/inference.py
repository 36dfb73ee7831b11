"""Reading a table as feeds: what a profile says first, header and value evidence for the rest.

Nothing is decided in silence: every guess is a note, every doubt a question, every named column that is gone is lost.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from connector.feeds import FEEDS
from connector.feeds.feed import Feed, Field, FieldKind
from connector.profiles.binder import Binder
from connector.profiles.candidates import of_a_transaction
from connector.profiles.choose import (
    Choice,
    Lost,
    Pick,
    Question,
    code_column,
    price_columns,
    single_column,
    successor,
)
from connector.profiles.evidence import Column, columns_of
from connector.profiles.headers import positions
from connector.profiles.places import (
    Places,
    Wide,
    location_column,
    wide_by_elimination,
    wide_by_name,
)
from connector.profiles.profile import LocationSource, Profile
from connector.profiles.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connector.model import Table


def read_table(
    table: Table, index: int, places: Places, *, profile: Profile | None = None, currency: str | None = None
) -> Reading:
    """Make feeds of one table. Pure: the header and the samples are all that is looked at."""
    reading = Reading(index, columns_of(table))
    if not any(column.header.strip() for column in reading.columns) and not _by_number(profile):
        reading.missing.append(
            "the table has no header row; a profile must say what its columns are, by number: "
            "[reader] has_header = false, [columns] sku = 1, quantity = 2"
        )
        return reading
    _Reader(reading, places, profile or Profile(), currency).run()
    return reading


def _by_number(profile: Profile | None) -> bool:
    refs = profile.columns.values() if profile else ()
    return any(
        isinstance(ref, int) or (isinstance(ref, dict) and any(isinstance(r, int) for r in ref.values()))
        for ref in refs
    )


class _Reader:
    """One walk over a table: named columns, location, values, key, bindings. Kept together for its shared state."""

    def __init__(self, reading: Reading, places: Places, profile: Profile, currency: str | None) -> None:
        self.reading = reading
        self.columns = reading.columns
        self.places = places
        self.profile = profile
        self.currency = profile.policy.currency or currency
        self.feeds = tuple(feed for feed in FEEDS if self._wanted(feed))
        self.named: set[int] = set()
        self.wide: Wide | None = None
        self.location: Pick | None = None

    def run(self) -> None:
        """Fill the reading."""
        self._named_columns()
        self._location_column()
        for feed in self.feeds:
            self._values(feed)
        for feed in self.feeds:
            self._key(feed)
        self._wide_by_elimination()
        self._not_a_list_of_sales()
        carried = [feed for feed in self.feeds if self._complete(feed)]
        for feed in self.feeds:
            if feed not in carried:
                self._missing(feed, carried)
        if carried and not self.reading.lost:
            self._bind(carried)

    # -- what the profile says ------------------------------------------------------------------------------------

    def _wanted(self, feed: Feed) -> bool:
        """The feeds a profile lists, else those whose own fields it gives columns for, else all."""
        if self.profile.feeds:
            return feed.name in self.profile.feeds
        return not self._speaks_of_values() or self._asked(feed)

    def _speaks_of_values(self) -> bool:
        return any(self._asked(feed) for feed in FEEDS)

    def _asked(self, feed: Feed) -> bool:
        """Whether the profile insists on this feed, so that it must not be left out because a column is missing."""
        names = tuple(
            one.name for one in feed.fields if _is_value(one) and one.kind is not FieldKind.CURRENCY
        )
        return feed.name in self.profile.feeds or bool(self.profile.columns_for(feed.name, names))

    def _named_columns(self) -> None:
        for feed in self.feeds:
            picks = self.reading.picks.setdefault(feed.name, {})
            fields = tuple(one.name for one in feed.fields)
            for name, ref in self.profile.columns_for(feed.name, fields).items():
                column = self._resolve(name, ref, feed.field(name))
                if column is not None:
                    picks[name] = Pick(column, f"column {column.label} named by the profile")
                    self.named.add(column.index)
            said = self.profile.constants
            self.reading.constants[feed.name] = {name: said[name] for name in fields if name in said}

    def _resolve(self, name: str, ref: str | int, one: Field | None) -> Column | None:
        """The column a profile means; else it is written down as lost, or as a question when two are called so."""
        if isinstance(ref, int):
            if ref <= len(self.columns):
                return self.columns[ref - 1]
            self._lose(Lost(name, f"number {ref}", None))
            return None
        found = positions([column.header for column in self.columns], ref)
        if len(found) == 1:
            return self.columns[found[0]]
        if found:
            self._ask(Question(name, tuple(self.columns[index] for index in found)))
        else:
            self._lose(Lost(name, ref, successor(ref, self.columns, field=one, without=self.named)))
        return None

    def _lose(self, lost: Lost) -> None:
        if lost not in self.reading.lost:
            self.reading.lost.append(lost)

    def _ask(self, question: Question) -> None:
        if question not in self.reading.questions:
            self.reading.questions.append(question)

    # -- what the table shows -------------------------------------------------------------------------------------

    def _location_column(self) -> None:
        source = self.profile.location
        if source.column is not None:
            column = self._resolve("location.column", source.column, None)
            if column is not None:
                self.location = Pick(column, f"column {column.label} named by the profile")
        elif source.columns:
            self._named_wide(source)
        elif not (source.constant or source.folder or source.file_name):
            quantities = [one for feed in self.feeds for one in feed.fields if one.kind is FieldKind.QUANTITY]
            has_quantity = any(
                isinstance(single_column(one, self._free(), without=()), Pick) for one in quantities
            )
            choice, notes = location_column(
                self._free(), self.places, has_quantity=has_quantity or not quantities
            )
            self.reading.notes += notes
            self.location = self._settle(choice)
            if self.location is None and not isinstance(choice, Question):
                self.wide = wide_by_name(self._free(), self.places)

    def _named_wide(self, source: LocationSource) -> None:
        codes: dict[int, str] = {}
        for header, code in source.columns.items():
            column = self._resolve("location.columns", header, None)
            if column is not None:
                codes[column.index] = code
        self.wide = Wide(codes, "named by the profile")

    def _free(self) -> list[Column]:
        return [column for column in self.columns if column.index not in self.named]

    def _settle(self, choice: Choice) -> Pick | None:
        if isinstance(choice, Question):
            self._ask(choice)
            return None
        if choice and choice.guess:
            self._note(choice.guess)
        return choice

    def _note(self, note: str) -> None:
        self.reading.note(note)

    def _taken(self) -> set[int]:
        """Columns that are something else already: locations, single or wide, and those the profile named."""
        taken = set(self.named) | set(self.wide.codes if self.wide else ())
        return taken | {self.location.column.index} if self.location else taken

    def _values(self, feed: Feed) -> None:
        """The columns of the fields that carry the feed's value."""
        picks = self.reading.picks[feed.name]
        given = {*picks, *self.reading.constants[feed.name], *self._questioned()}
        money = [one for one in feed.fields if one.kind is FieldKind.MONEY]
        for one in feed.fields:
            if one.name in given or one.kind in {FieldKind.CODE, FieldKind.LOCATION, FieldKind.MONEY}:
                continue
            if one.kind is FieldKind.QUANTITY and self.wide:
                continue
            pick = self._settle(single_column(one, self.columns, without=self._taken()))
            if pick:
                picks[one.name] = pick
        if money:
            self._prices(feed, money, given)

    def _questioned(self) -> set[str]:
        return {question.field for question in self.reading.questions} | {
            lost.field for lost in self.reading.lost
        }

    def _prices(self, feed: Feed, money: Sequence[Field], given: set[str]) -> None:
        """A selling and a list price; where the profile or the table has only one of them it counts for both."""
        picks = self.reading.picks[feed.name]
        low = next(
            (one for one in money if one.may_share and feed.field(one.may_share).may_share == one.name),
            money[0],
        )
        high = feed.field(low.may_share) if low.may_share else low
        if {low.name, high.name} <= given:
            return
        if not {low.name, high.name} & given:
            found = price_columns(low, high, self.columns, without=self._taken(), quantity=self._quantity())
            if isinstance(found, Question):
                self._ask(found)
            elif isinstance(found, str):
                self._note(found)
            else:
                picks.update(found)
                for one_of_two in found.values():
                    self._settle(one_of_two)
            return
        one, other = (low, high) if high.name in given else (high, low)
        pick = self._settle(single_column(one, self.columns, without=self._taken()))
        if pick:
            picks[one.name] = pick
        elif other.name in picks and one.name not in self._questioned():
            shared = picks[other.name]
            picks[one.name] = replace(shared, guess="")
            self._note(
                f"no column for {one.name}: {shared.column.label} is taken for both {one.name} and {other.name}"
            )

    def _quantity(self) -> Column | None:
        """The quantity column of any feed, to tell a stock valuation from a price."""
        for feed in self.feeds:
            for one in feed.fields:
                if one.kind is FieldKind.QUANTITY and one.name in self.reading.picks[feed.name]:
                    return self.reading.picks[feed.name][one.name].column
        quantities = [one for feed in FEEDS for one in feed.fields if one.kind is FieldKind.QUANTITY]
        found = single_column(quantities[0], self.columns, without=self._taken()) if quantities else None
        return found.column if isinstance(found, Pick) else None

    def _key(self, feed: Feed) -> None:
        picks = self.reading.picks[feed.name]
        values = {
            pick.column.index
            for own in self.reading.picks.values()
            for n, pick in own.items()
            if n not in feed.key
        }
        for one in feed.fields:
            if one.kind is not FieldKind.CODE or one.name in {
                *picks,
                *self.reading.constants[feed.name],
                *self._questioned(),
            }:
                continue
            without = self._taken() | values
            choice = code_column(one, self.columns, without=without, repeats=self.location is not None)
            if isinstance(choice, Question) and not self._has_values():
                continue  # which key is no question in a table that has no value to key
            pick = self._settle(choice)
            if pick:
                picks[one.name] = pick

    def _has_values(self) -> bool:
        return self.wide is not None or any(
            _is_value(feed.field(name)) for feed in self.feeds for name in self.reading.picks[feed.name]
        )

    def _wide_by_elimination(self) -> None:
        """Last of all: figures beside a key that nothing explains, in a table that says no value in any other way."""
        source = self.profile.location
        if (
            self.location
            or self.wide
            or self._questioned()
            or source.constant
            or source.folder
            or source.file_name
        ):
            return
        keys = [picks["sku"] for picks in self.reading.picks.values() if "sku" in picks]
        if keys and not self._has_values():
            found = wide_by_elimination(self._free(), keys[0].column)
            if found and not found.sure:
                self.reading.missing.append(found.question())
            else:
                self.wide = found

    def _not_a_list_of_sales(self) -> None:
        """Quantities beside invoices and customers are what was sold: never stock, unless a profile says so."""
        told = self.profile.feeds or self.profile.columns or self.profile.match.headers
        quantity = any(
            one.kind is FieldKind.QUANTITY and one.name in self.reading.picks[feed.name]
            for feed in self.feeds
            for one in feed.fields
        )
        if not quantity or told:
            return
        moved = [one for one in self.columns if one.filled and of_a_transaction(one)]
        if len(moved) > 1:
            named = " and ".join(column.label for column in moved)
            self.reading.missing.append(
                f"it looks like a list of sales or bookings ({named}), not of stock; if its quantities are stock, "
                "say so in a profile"
            )

    def _complete(self, feed: Feed) -> bool:
        return not self._lacking(feed)

    def _lacking(self, feed: Feed) -> list[str]:
        has = {*self.reading.picks[feed.name], *self.reading.constants[feed.name]}
        return [
            one.name
            for one in feed.fields
            if one.required and one.name not in has and not (one.kind is FieldKind.QUANTITY and self.wide)
        ]

    def _missing(self, feed: Feed, carried: Sequence[Feed]) -> None:
        """Say what an incomplete feed lacks, when the profile insists on it or no other feed is in the table."""
        lacking = [name for name in self._lacking(feed) if name not in self._questioned()]
        if lacking and (self._asked(feed) or not (carried or self.reading.questions or self.reading.lost)):
            self.reading.missing.append(f"no column for {' and '.join(lacking)} ({feed.name})")

    def _bind(self, carried: Sequence[Feed]) -> None:
        """Say where the table belongs, and which column each field is read from."""
        binder = Binder(self.reading, self.columns, self.profile, self.places, self.currency)
        binder.bind(carried, self.location, self.wide)


def _is_value(one: Field) -> bool:
    return one.kind not in {FieldKind.CODE, FieldKind.LOCATION}
