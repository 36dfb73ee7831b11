"""SKUs that nobody knows: neither Konnect's list of products has them nor was a value ever acknowledged for them."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connector.feeds.fields.text import flags
from connector.model import Fault, RowVerdict, Verdict
from connector.shaping.nearest import Nearest
from connector.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from connector.feeds import Policy
    from connector.feeds.fields.text import Flags, Texts
    from connector.model import Release
    from connector.shaping.codes import Known
    from connector.shaping.frames import Frame
    from connector.shaping.outcome import Changed

Lists: TypeAlias = "Callable[[str], Texts | None]"
"""The SKUs Konnect lists for an account; None when its list was never pulled or is too old to go by."""

NO_LIST = (
    'SKUs that Konnect does not know cannot be told (unknown = "hold"): its list of products was never pulled, or is '
    "too old to go by; `connector catalog pull`. All rows go as they are"
)

NAMED = 5
"""Unknown SKUs a message names."""

COMPARED = 200
"""Unknown SKUs of a file that are compared with the known ones: of more something else is wrong."""


class Listed:
    """What Konnect lists for the accounts that serve the places of a table."""

    def __init__(self, lists: Lists | None = None, accounts: Iterable[str] = ()) -> None:
        """Ask once for each account."""
        found = {account: lists(account) for account in dict.fromkeys(accounts) if account and lists}
        self._by_account = {account: skus for account, skus in found.items() if skus is not None}

    def __bool__(self) -> bool:
        """Whether there is any list to go by."""
        return bool(self._by_account)

    @cached_property
    def texts(self) -> Texts:
        """All SKUs of all lists, each once."""
        return pc.unique(pa.concat_arrays(list(self._by_account.values())))

    def lacks(self, accounts: Texts, skus: Texts) -> Flags:
        """Which SKUs the list of their account has not; none where there is no list."""
        missing = np.zeros(len(skus), dtype=bool)
        for account, known in self._by_account.items():
            mine = flags(pc.equal(accounts, account))
            if mine.any():
                missing |= mine & ~flags(pc.is_in(skus, value_set=known))
        return missing


class Strangers:
    """Looks at the records of one feed that are to be sent; holds the rows nobody knows where the profile says so."""

    def __init__(
        self,
        listed: Listed,
        known: Known,
        policy: Policy,
        release: Release | None = None,
        column: str = "",
    ) -> None:
        """`known` are all SKUs that are known; `column` is the sender's header. A `release` lets all rows go."""
        self._listed = listed
        self._known = known
        self._asked = policy.unknown == "hold"
        self._held = self._asked and release is None
        self._column = column
        self._count = 0
        self._nearest: dict[str, list[str]] = {}

    def part(self, changed: Changed) -> Changed:
        """The same without the rows that are held."""
        frame = changed.to_send
        if not self._listed or not len(frame):
            return changed
        skus = frame["sku"]
        first = flags(pc.is_null(frame["previous"]))
        strange = first & self._listed.lacks(frame["account"], skus) if first.any() else first
        if strange.any():
            strange &= ~flags(pc.is_in(skus, value_set=self._known.texts))
        if not strange.any():
            return changed
        self._note(skus.filter(pa.array(strange)))
        if not self._held:
            return changed
        held = tuple(self._verdict(changed.feed, frame, int(at)) for at in np.flatnonzero(strange))
        rest = frame.where(~strange)
        return replace(changed, to_send=rest, held=(*changed.held, *held))

    def messages(self) -> list[str]:
        """What a person should know of them."""
        if self._asked and not self._listed:
            return [NO_LIST]
        if not self._count:
            return []
        shown = [f"{sku}{_perhaps(near)}" for sku, near in list(self._nearest.items())[:NAMED]]
        more = ", …" if self._count > len(shown) else ""
        what = "held" if self._held else "sent as they are"
        records = counted(self._count, "record has", "records have")
        return [f"{records} an SKU that Konnect does not list, {what}: {', '.join(shown)}{more}"]

    def _note(self, skus: Texts) -> None:
        self._count += len(skus)
        nearest = Nearest(self._known.texts)
        for sku in pc.unique(skus).to_pylist()[: COMPARED - len(self._nearest)]:
            self._nearest.setdefault(sku, nearest.of(sku))

    def _verdict(self, feed: str, frame: Frame, at: int) -> RowVerdict:
        line, location, sku, value = frame.cells(at, "line", "location_id", "sku", "value")
        near = self._nearest.get(sku, ())
        known = f"; known SKUs like it: {', '.join(near)}" if near else ""
        reason = (
            f"Konnect lists no product with this SKU{known}. Correct it and drop the row again, or add the product in "
            f"Konnect; `connector approve` with --rows sends it as it is"
        )
        fault = Fault(int(line), self._column, sku, "unknown_sku", reason)
        return RowVerdict(feed, int(line), location, sku, Verdict.HELD, (fault,), value)


def _perhaps(near: list[str]) -> str:
    return f" (like {near[0]})" if near else ""
