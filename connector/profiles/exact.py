"""How the files are read that the connector makes itself: nothing in them is guessed."""

from __future__ import annotations

from connector.feeds.binding import Policy
from connector.profiles.profile import LocationSource, Profile, ReaderHints

EXACT = Profile(
    name="exact values",
    reader=ReaderHints(encoding="utf-8", delimiter=",", quoting=True, header_line=1, has_header=True),
    columns={"sku": "sku"},
    location=LocationSource(column="location_id"),
    policy=Policy(decimal_mark=".", low_list_price="reject", totals="ignore"),
)
"""Columns are called as the fields are; an empty cell says nothing. Its name holds a blank, as no file's name has."""
