"""Parts made of settings alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector import api, readers
from connector.orders import OrderFile

if TYPE_CHECKING:
    from threading import Event

    from connector.api.client import Client
    from connector.settings import AccountSettings, ReadingSettings, Settings
    from connector.shaping import Orders


def client(account: AccountSettings, told: Settings, stop: Event) -> Client:
    """The API client of an account."""
    from connector.api.client import Client  # noqa: PLC0415  a thirtieth of a second, while a file is being read

    delivery = told.delivery
    return Client(
        api.Account(
            name=account.name,
            base_url=account.server,
            username=account.username,
            password=api.Secret(account.password.get_secret_value()),
            level=api.Level(account.level),
            location=account.location,
        ),
        timeouts=(delivery.connect_timeout, delivery.read_timeout),
        pool=delivery.in_flight,
        pace=api.PaceSettings(delivery.calls_per_second, delivery.in_flight),
        retry=api.RetrySettings(delivery.attempts, delivery.retry_wait, come_back=delivery.retry_later),
        breaker=api.BreakerSettings(delivery.breaker_failures, delivery.retry_later),
        token=api.TokenSettings(renew_after=delivery.token_seconds, refused_pause=delivery.credentials_wait),
        verify=str(told.path(delivery.ca_bundle)) if delivery.ca_bundle else None,
        stop=stop,
    )


def limits(reading: ReadingSettings) -> readers.Limits:
    """What a file may ask of this machine."""
    return readers.Limits(
        file_bytes=reading.max_megabytes * 2**20,
        unpacked_bytes=reading.max_unpacked_megabytes * 2**20,
        ratio=reading.max_ratio,
        depth=reading.max_depth,
        members=reading.max_members,
        rows=reading.max_rows,
        columns=reading.max_columns,
        cells=reading.max_cells,
        cell_length=reading.max_cell_bytes,
        faults=reading.max_faults,
        memory_bytes=reading.memory_megabytes * 2**20,
        seconds=reading.seconds,
    )


def orders(told: Settings) -> Orders | None:
    """Orders later than a moment; None when nothing says where they come from."""
    file = told.orders.file
    return OrderFile(told.path(file)).since if file else None
