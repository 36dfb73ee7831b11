"""One set of API credentials (konnect-api.md 3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from connector.api.servers import resolve
from connector.errors import Fatal

if TYPE_CHECKING:
    from connector.api.redact import Secret


class Level(StrEnum):
    """What the credentials reach: every store of the seller, or one location."""

    COMPANY = "company"
    LOCATION = "location"


@dataclass(frozen=True, slots=True)
class Account:
    """Credentials of one company or location, and the server they belong to.

    `base_url` is a name of `servers.SERVERS` or any http(s) address and is kept resolved. `location` is the
    location code of a location-level account; None for the company. Fatal when a part is missing or the
    address is none.
    """

    name: str
    base_url: str
    username: str
    password: Secret
    level: Level = Level.COMPANY
    location: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "base_url", resolve(self.base_url))
        object.__setattr__(self, "level", Level(self.level))
        if not self.username or not self.password:
            raise Fatal(f"Account {self.name!r} needs a user name and a password (the integration token).")

    @property
    def label(self) -> str:
        """How messages name it: the account and its server, never its secrets."""
        return f"account {self.name!r} at {self.base_url}"
