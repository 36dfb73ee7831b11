"""What a feed is: a kind of inbound data, declared once, read by profiles, shaping, api and the manual."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PAISE = Decimal("0.01")


class FieldKind(StrEnum):
    """What a field holds, and so which parser of `connector.feeds.fields` reads its column."""

    CODE = "code"
    LOCATION = "location"
    QUANTITY = "quantity"
    MONEY = "money"
    CURRENCY = "currency"


def words(text: str) -> tuple[str, ...]:
    """Split a block of words at commas; blanks and line ends around each do not count."""
    return tuple(" ".join(word.casefold().split()) for word in text.split(",") if word.strip())


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a feed.

    `name` is the member of the payload record; `label` what a shop keeper calls it. `synonyms` are the
    headers it is known by in the languages met, lower case, the surest first: when several columns fit, the
    earlier synonym wins. `decoys` are words that make a header look like this field although it is not
    (opening stock, cost …): a header that holds one of them is never taken by likeness, only by a profile.
    A field that is not `required` may have no column. `may_share` names the field whose column may stand
    for this one when it has none of its own.
    """

    name: str
    label: str
    kind: FieldKind
    synonyms: tuple[str, ...]
    decoys: tuple[str, ...] = ()
    required: bool = True
    may_share: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """One kind of inbound data.

    `fields` stand in the order of the members of a payload record (konnect-api.md section 5); `values` are
    the fields whose canonical texts, joined by "|", are the value kept as published; `max_records` is the
    API's limit for one call (konnect-api.md 2.3); a feed `safe_to_repeat` sends absolute values, so a batch
    may be sent twice without harm.
    """

    name: str
    label: str
    fields: tuple[Field, ...]
    values: tuple[str, ...]
    key: tuple[str, ...] = ("location_id", "sku")
    max_records: int = 500
    safe_to_repeat: bool = True

    def field(self, name: str) -> Field:
        """Return the field called `name`; KeyError when the feed has none."""
        for one in self.fields:
            if one.name == name:
                return one
        raise KeyError(name)

    def of_kind(self, kind: FieldKind) -> tuple[str, ...]:
        """Return the names of the fields of one kind, in payload order."""
        return tuple(one.name for one in self.fields if one.kind is kind)

    def value_of(self, record: Mapping[str, object]) -> str:
        """Return the canonical text of the value in a payload record.

        "5" for a stock level, "999.00|799.00|INR" (mrp, esp, currency) for a price.

        `record` is a record decoded from JSON; its money may be int, float or Decimal, in major units
        (rupees).
        """
        return "|".join(self._canonical(name, record[name]) for name in self.values)

    def _canonical(self, name: str, member: object) -> str:
        kind = self.field(name).kind
        if kind is FieldKind.MONEY:
            return str(Decimal(str(member)).quantize(PAISE))
        return str(member)
