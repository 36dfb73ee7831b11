"""The client of the Konnect API: `Client` is the door, `codec` holds every assumption about the wire."""

from connector.api.account import Account, Level
from connector.api.breaker import BreakerSettings
from connector.api.client import FEED_CALLS, Client, Health
from connector.api.codec import (
    NotUnderstood,
    Product,
    decode_reply,
    join_payload,
    read_product,
    split_payload,
)
from connector.api.pace import PaceSettings
from connector.api.redact import REDACTOR, RedactingFilter, Secret, redact, redact_event
from connector.api.retry import RetrySettings
from connector.api.servers import SERVERS, resolve
from connector.api.tokens import TokenSettings

__all__ = [
    "FEED_CALLS",
    "REDACTOR",
    "SERVERS",
    "Account",
    "BreakerSettings",
    "Client",
    "Health",
    "Level",
    "NotUnderstood",
    "PaceSettings",
    "Product",
    "RedactingFilter",
    "RetrySettings",
    "Secret",
    "TokenSettings",
    "decode_reply",
    "join_payload",
    "read_product",
    "redact",
    "redact_event",
    "resolve",
    "split_payload",
]
