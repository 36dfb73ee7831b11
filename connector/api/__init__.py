"""The client of the Konnect API: `client.Client` is the door, `codec` holds every assumption about the wire.

The door is imported by whoever makes a client: what it stands on (requests) is not needed to start.
"""

from connector.api.account import Account, Level
from connector.api.breaker import BreakerSettings
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
    "REDACTOR",
    "SERVERS",
    "Account",
    "BreakerSettings",
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
