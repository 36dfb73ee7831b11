"""What a plan asks of all that is outside its file, answered by the ledger and the configuration."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from connector import making
from connector.ledger import skus
from connector.plans import World

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from connector.ledger import Ledger
    from connector.profiles import Learned
    from connector.settings import Settings
    from connector.shaping import Past

HABITS_FROM = 60
"""So many drops back in a lane limits are learned: of several kinds of files each has some."""

LEARNED_FROM = 20
"""So many drops back in a lane a layout is remembered: all kinds of files of one folder."""

TRIAL_ACCOUNT = "unassigned"
"""Account a dry run plans for when the configuration has none."""


def world(told: Settings, ledger: Callable[[], Ledger | None]) -> World:
    """The world of a workspace. `ledger` gives its ledger once there is one: until then nothing is known."""
    asked = _Asked(told, ledger)
    return World(
        published=asked.published,
        accounts=asked.account_of,
        locations=told.locations,
        lanes=asked.lanes,
        lists=asked.listed,
        orders=making.orders(told),
        past=asked.past,
        learned=asked.learned,
        known_codes=asked.known_codes,
        stands=asked.stands,
        settings=asked.settings,
    )


class _Asked:
    def __init__(self, told: Settings, ledger: Callable[[], Ledger | None]) -> None:
        self._told = told
        self._ledger = ledger

    def published(self, account: str, feed: str, locations: Collection[str]) -> Mapping[str, Any]:
        known = self._ledger()
        return known.published(account, feed, locations) if known else {}

    def account_of(self, location: str) -> str | None:
        """The account of a location: its own, else the one at company level; None when none or several could."""
        accounts = self._told.account
        own = [account.name for account in accounts if account.location == location]
        company = [account.name for account in accounts if account.level == "company"]
        if own:
            return own[0]
        if not accounts:
            return TRIAL_ACCOUNT
        return company[0] if len(company) == 1 else None

    def lanes(self, drops: Collection[int]) -> Mapping[int, str]:
        known = self._ledger()
        return known.lanes(drops) if known else {}

    def listed(self, account: str) -> Any:
        """The SKUs Konnect lists for an account; None when there is no list young enough to go by."""
        known = self._ledger()
        return skus(known.catalogue.products(account)) if known and self._pull_of(account) else None

    def _pull_of(self, account: str) -> int | None:
        """The pull of the list that is young enough to go by."""
        known = self._ledger()
        one = known.catalogue.of(account) if known else None
        oldest = datetime.now(UTC) - timedelta(hours=self._told.catalogue.max_age_hours)
        return one.pull if one and one.pulled_at and one.pulled_at >= oldest else None

    def past(self, lane: str) -> Sequence[Past]:
        known = self._ledger()
        return known.past(lane, HABITS_FROM) if known else ()

    def learned(self, lane: str) -> Sequence[Learned]:
        known = self._ledger()
        return known.learned(lane, LEARNED_FROM) if known else ()

    def known_codes(self, account: str | None) -> frozenset[str]:
        known = self._ledger()
        return known.codes_beyond_ascii(account) if known else frozenset()

    def stands(self, drop: int, feed: str, account: str | None) -> bool:
        known = self._ledger()
        accounts = [account] if account else [one.name for one in self._told.account]
        return known.still_stands(drop, feed, accounts) if known else False

    def settings(self) -> Any:
        """What a plan rests on beside its file and what is published: settings, and which lists of SKUs."""
        told = self._told
        return {
            "accounts": [
                (account.name, account.level, account.location, self._pull_of(account.name))
                for account in told.account
            ],
            "locations": told.locations,
            "default": (told.default_location, told.currency),
        }
