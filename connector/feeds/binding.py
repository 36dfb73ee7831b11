"""What a profile hands to shaping: which column says what, where the place comes from, what the shop wants.

Plain frozen dataclasses so that both floors above can make and read them; pydantic models of profiles nest
them as they are (a nested stdlib dataclass is validated field by field).
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  pydantic resolves the annotations when it runs
from dataclasses import dataclass, field
from decimal import Decimal  # noqa: TC003  pydantic resolves the annotations when it runs
from typing import ClassVar, Literal


@dataclass(frozen=True, slots=True)
class LocationRule:
    """Where the location code of a row comes from: exactly one of `column`, `constant` and `wide`.

    `column` is a column index. `constant` is one code for all rows (a constant of the profile, the folder,
    the file name or the configuration's default; `origin` says which in words). `wide` maps the index of each
    column that stands for one location to its location code: in a feed whose quantity has no column of its
    own the cells of these columns are the quantities; in any other feed the row's values go to every location
    named there. `names` turns what the sender writes into a code (compared without regard to case, to blanks
    at the ends and to doubled blanks inside); a text that is no key of it is taken as a code.
    """

    column: int | None = None
    constant: str | None = None
    wide: Mapping[int, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Binding:
    """How one table says one feed.

    `columns` maps a field of the feed to a column index (two fields may share a column: one price for mrp and
    esp); `constants` maps a field to a text used for every row; a field is in at most one of them, the
    location in neither. `evidence` says for each field, in words, why this column was taken. `list_price` says what
    the header of the mrp makes of it: True a recommended price, which binds nobody; False a maximum by law, as
    India's MRP; None when it does not tell.
    """

    feed: str
    columns: Mapping[str, int]
    location: LocationRule
    constants: Mapping[str, str] = field(default_factory=dict)
    evidence: Mapping[str, str] = field(default_factory=dict)
    list_price: bool | None = None

    def used_columns(self) -> list[int]:
        """The indexes of all columns the feed is read from, sorted."""
        place = [] if self.location.column is None else [self.location.column]
        return sorted({*self.columns.values(), *self.location.wide, *place})


@dataclass(frozen=True, slots=True)
class Policy:
    """What a shop wants done with values that are readable but cannot go out as they are. None is silent.

    negatives          a quantity below zero: sent as 0, or the row rejected
    fractions          a quantity such as 2.7: cut down to 2, or the row rejected. Never rounded up
    blank              an empty quantity: no instruction (nothing is sent for the row), or zero
    absent             a SKU with stock that a full file (mode "full") does not list: nothing is said of it, or it is
                       sent as zero when no guard objects. Only what earlier files of the same lane have set
    unknown            a record whose SKU Konnect does not list and for which nothing was ever acknowledged: sent and
                       told of, or held. Without a list of products (`connector catalog pull`) nobody can tell
    orders             orders newer than the stock in the file, which it cannot know: passed over (ignore), or taken off
                       its quantities (net), never below zero
    buffer             pieces kept back: subtracted from every quantity, never below 0
    minimum            a quantity that is below this after the buffer is published as 0
    maximum            a quantity above this is published as this
    duplicates         the same location and SKU on several lines with different values: refuse all of them,
                       add the quantities (prices are never added: they are refused), or take the last line
    decimal_mark       "." or "," when the profile knows it; None: found from the column
    currency           code the prices must be in when neither a column nor a constant of the binding says it
    low_list_price     a list price below the selling price: raise sends the selling price for both, reject rejects
                       the row; None: raise where the header names a list price. An MRP is never raised
    max_rejects_share  share (0 to 1) of a feed's records rejected by us above which the whole drop is held
    keep_formulas      headers of columns whose cells stand in a correction file as they are, without a `'` before
                       what a spreadsheet would take for a formula
    totals             the file's own total against the sum of its quantities: a difference holds the drop (check),
                       or says nothing (ignore)
    words              what a word in a quantity cell means ("in stock" = 5), compared without regard to case
    """

    __pydantic_config__: ClassVar[Mapping[str, str]] = {"extra": "forbid"}

    negatives: Literal["zero", "reject"] = "zero"
    fractions: Literal["floor", "reject"] = "floor"
    blank: Literal["no_instruction", "zero"] = "no_instruction"
    absent: Literal["nothing", "zero"] = "nothing"
    unknown: Literal["send", "hold"] = "send"
    orders: Literal["ignore", "net"] = "ignore"
    buffer: int = 0
    minimum: int = 0
    maximum: int | None = None
    duplicates: Literal["refuse", "sum", "last"] = "refuse"
    decimal_mark: Literal[".", ","] | None = None
    currency: str | None = None
    low_list_price: Literal["raise", "reject"] | None = None
    max_rejects_share: float = 0.5
    keep_formulas: tuple[str, ...] = ()
    totals: Literal["check", "ignore"] = "check"
    words: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Guards:
    """From where on something looks too wrong to go without a person. None: no limit.

    min_price          a price below this holds its row
    max_price          a price above this holds its row
    max_quantity       a quantity above this holds its row (`maximum` of the policy would send the maximum)
    esp_move           share by which a selling price may go up or down against the last one; more holds the row
    mrp_move           the same for the MRP
    quantity_factor    times the last quantity a row may ask for; more holds it
    quantity_floor     below this the last quantity counts as this: from 1 to 15 pieces is no alarm
    crowd_rows         when more rows than this moved too far, the whole drop is held, not the rows
    crowd_width        how far from the common ratio of such a crowd a row may lie to be one of it
    stock_gone         share of the SKUs that had stock and are 0 now; more holds the drop
    stock_absent       the same for those a full file does not list
    key_flip           share of rows with unknown SKUs from which on a rule is looked for that connects them with known
                       ones; 1: never
    known_share        share of rows whose SKU must be known; fewer hold the drop. 0: any file may come
    fewer_rows         share by which the rows may be fewer than in any of the last drops of a feed that lists all
                       there is; 1: never
    more_rows          times the most rows of its last drops that may come; more hold the drop
    at_least           SKUs or rows it must be about for the six above to judge: few of few are no alarm
    """

    __pydantic_config__: ClassVar[Mapping[str, str]] = {"extra": "forbid"}

    min_price: Decimal | None = None
    max_price: Decimal | None = None
    max_quantity: int | None = None
    esp_move: float = 0.5
    mrp_move: float = 0.3
    quantity_factor: float = 10
    quantity_floor: int = 100
    crowd_rows: int = 20
    crowd_width: float = 0.1
    stock_gone: float = 0.1
    stock_absent: float = 0.2
    key_flip: float = 0.1
    known_share: float = 0.1
    fewer_rows: float = 0.2
    more_rows: float = 3
    at_least: int = 20
