"""The kinds of inbound data, one declaration each, and what binds a table to one of them.

A new feed is one module and one more entry in `FEEDS`. The parsers of columns are in
`connector.feeds.fields`; they are not imported here, so that profiles can match headers without loading
pandas.
"""

from __future__ import annotations

from connector.feeds.binding import Binding, Guards, LocationRule, Policy
from connector.feeds.feed import Feed, Field, FieldKind
from connector.feeds.inventory import INVENTORY
from connector.feeds.price import PRICE

__all__ = ["FEEDS", "Binding", "Feed", "Field", "FieldKind", "Guards", "LocationRule", "Policy", "by_name"]

FEEDS: tuple[Feed, ...] = (INVENTORY, PRICE)
"""Every feed there is, in the order they are planned and shown."""


def by_name(name: str) -> Feed:
    """Return the feed called `name`; KeyError with the names there are when there is none."""
    for feed in FEEDS:
        if feed.name == name:
            return feed
    known = ", ".join(feed.name for feed in FEEDS)
    message = f"there is no feed called {name!r}; there are: {known}"
    raise KeyError(message)
