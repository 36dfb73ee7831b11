"""The end of reading a table as feeds: where it belongs, and which column or constant each field is read from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from connector.feeds.binding import Binding, LocationRule
from connector.feeds.feed import Feed, FieldKind
from connector.profiles.candidates import names_a_list_price
from connector.profiles.choose import default_currency, foreign_currency
from connector.profiles.places import one_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connector.profiles.choose import Pick
    from connector.profiles.evidence import Column
    from connector.profiles.places import Places, Wide
    from connector.profiles.profile import Profile
    from connector.profiles.reading import Reading


class Binder:
    """Makes bindings of what was found in a table."""

    def __init__(
        self,
        reading: Reading,
        columns: Sequence[Column],
        profile: Profile,
        places: Places,
        currency: str | None,
    ) -> None:
        self._reading = reading
        self._columns = columns
        self._profile = profile
        self._places = places
        self._currency = currency
        self._location: Pick | None = None
        self._wide: Wide | None = None

    def bind(self, carried: Sequence[Feed], location: Pick | None, wide: Wide | None) -> None:
        """Write the bindings of these feeds; `location` is the column of the location, or `wide` has one for each."""
        self._location, self._wide = location, wide
        names = {**self._places.names, **self._profile.location.names}
        rule = self._rule()
        if rule is None:
            return
        self._reading.place = rule = replace(rule, names=names)
        self._reading.bindings = tuple(self._binding(feed, rule) for feed in carried)

    def _rule(self) -> LocationRule | None:
        reading, source = self._reading, self._profile.location
        if self._location:
            reading.place_evidence = self._location.evidence
            return LocationRule(
                column=self._location.column.index, origin=f"column {self._location.column.label}"
            )
        if self._wide:
            reading.place_evidence = self._wide.why
            if not source.columns:
                self._reading.note(
                    f"one column per location ({self._wide.why}): {', '.join(self._wide.codes.values())}"
                    f"{self._left_out(self._wide)}"
                )
            return LocationRule(wide=self._wide.codes, origin=f"one column per location, {self._wide.why}")
        found = one_code(source, self._places)
        if found.code is None:
            if not any(question.about_location for question in reading.questions):
                reading.no_location = found.trouble
            return None
        if found.note:
            self._reading.note(found.note)
        reading.place_evidence = found.origin
        return LocationRule(constant=found.code, origin=found.origin)

    def _left_out(self, wide: Wide) -> str:
        """A column with some figures may be a location whose cells went wrong: that it is not read must be said."""
        used = {pick.column.index for picks in self._reading.picks.values() for pick in picks.values()}
        doubtful = [
            column.label
            for column in self._columns
            if column.numeric and column.index not in used and column.index not in wide.codes
        ]
        return f"; not read: {', '.join(doubtful)}" if doubtful else ""

    def _binding(self, feed: Feed, rule: LocationRule) -> Binding:
        picks = self._reading.picks[feed.name]
        # With one column per location the cells are the quantities: no column of its own may speak against them.
        wide = {one.name for one in feed.fields if one.kind is FieldKind.QUANTITY} if rule.wide else set()
        columns = {name: pick.column.index for name, pick in picks.items() if name not in wide}
        constants = dict(self._reading.constants[feed.name])
        evidence = {name: pick.evidence for name, pick in picks.items() if name in columns}
        evidence |= dict.fromkeys(constants, "a constant of the profile")
        evidence["location_id"] = self._reading.place_evidence
        prices = [picks[name].column for name in feed.of_kind(FieldKind.MONEY) if name in picks]
        for name in feed.of_kind(FieldKind.CURRENCY):
            if name in {**columns, **constants}:
                continue
            if self._currency and (foreign := foreign_currency(prices, self._currency)):
                self._foreign(name, *foreign)
            code, why, note = default_currency(name, prices, self._currency)
            if code:
                constants[name], evidence[name] = code, why
            if note:
                self._reading.note(note)
        self._reading.constants[feed.name] = constants
        list_price = names_a_list_price(picks["mrp"].column.header) if "mrp" in picks else None
        return Binding(feed.name, columns, rule, constants, evidence, list_price)

    def _foreign(self, field: str, column: Column, code: str) -> None:
        self._reading.missing.append(
            f"the header {column.label} says {code}, but prices are configured in {self._currency}: choose another "
            f'column, or say in a profile that they are: [constants] {field} = "{code}"'
        )
