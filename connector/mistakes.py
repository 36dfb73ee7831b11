"""Mistakes between the configuration and what the parts know: where alerts go, which servers and accounts there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector import alerts, api, settings
from connector.errors import Complaint, Fatal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from connector.profiles import Profile
    from connector.settings import AccountSettings


def wrong_alert_urls(file: str, urls: Sequence[str]) -> list[Complaint]:
    """Each URL alerts cannot go to."""
    wrong = [(index, alerts.wrong_url(url)) for index, url in enumerate(urls)]
    return [Complaint(file, f"alerts.urls.{index}", message) for index, message in wrong if message]


def unknown_servers(path: Path) -> list[Complaint]:
    """Each server that has no address."""
    found = []
    for key, server in settings.servers_named(path):
        try:
            api.resolve(server)
        except Fatal as error:
            found.append(Complaint(str(path), key, str(error)))
    return found


def unknown_accounts(
    folder: Path, known: Sequence[Profile], accounts: Sequence[AccountSettings]
) -> list[Complaint]:
    """Each profile that names an account the configuration has not."""
    names = [account.name for account in accounts]
    return [
        Complaint(
            str(folder / f"{profile.name}.toml"), "account", f"names {profile.account!r}, which is no account"
        )
        for profile in known
        if profile.account is not None and profile.account not in names
    ]
