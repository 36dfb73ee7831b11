"""The OpenAPI document, as JSON and as YAML."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi

from connector.sandbox import schemas

if TYPE_CHECKING:
    from fastapi import FastAPI

VERSION = "1.0.0"  # the version string of the public reference (konnect-api.md 1)

DESCRIPTION = """A local server of the Konnect API for trying things out: nothing here reaches a real shop.

1. **Generate Access Token** with credentials of the start page; this console then sends the token by itself.
2. Call what you like. Stock and prices are kept; see them at `/_sandbox/inventory` and `/_sandbox/prices`.

Order and return calls (`/oms/v3/...`) are not part of this sandbox yet and answer 501.
The control endpoint `/_sandbox/` is no part of the Konnect API and not in this document."""

SERVERS: list[dict[str, str | Any]] = [
    {"url": "/", "description": "this sandbox"},
    {"url": "https://fyndkonnect.konnect.uat.fyndx1.de", "description": "Fynd's own sandbox (Fynd Konnect)"},
    {
        "url": "https://{aggregator_name}.uat.fyndx1.de",
        "description": "staging",
        "variables": {"aggregator_name": {"default": "api.konnect", "description": "names the partner"}},
    },
    {
        "url": "https://{aggregator_name}.extensions.fynd.com",
        "description": "production",
        "variables": {"aggregator_name": {"default": "api.konnect.fynd", "description": "names the partner"}},
    },
]

TAGS = [
    {"name": "Authorization", "description": "Get the token that every other call needs."},
    {"name": "Catalog", "description": "Count and list the products."},
    {"name": "Pricing", "description": "Set prices, at most 500 records in a call."},
    {"name": "Inventory", "description": "Set stock, at most 500 records in a call."},
]


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the public API."""
    made = get_openapi(
        title="Konnect API (sandbox)",
        version=VERSION,
        description=DESCRIPTION,
        routes=app.routes,
        servers=SERVERS,
        tags=TAGS,
    )
    made["components"] = {"schemas": schemas.COMPONENTS, "securitySchemes": schemas.SECURITY_SCHEMES}
    return made


_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_YAML_WORDS = {"yes", "no", "on", "off", "true", "false", "null", "y", "n"}


def as_yaml(value: object, indent: int = 0) -> str:
    """JSON-like data as YAML: block maps and lists, every scalar and unusual key in its JSON spelling."""
    space = "  " * indent
    if isinstance(value, dict) and value:
        return "".join(f"{space}{_key(key)}:{_below(item, indent)}" for key, item in value.items())
    if isinstance(value, list) and value:
        return "".join(f"{space}-{_below(item, indent)}" for item in value)
    return f"{space}{json.dumps(value)}\n"


def _below(item: object, indent: int) -> str:
    if isinstance(item, dict | list) and item:
        return f"\n{as_yaml(item, indent + 1)}"
    return f" {json.dumps(item)}\n"


def _key(key: object) -> str:
    """Keys that YAML would read as something else (200, yes, on) are quoted."""
    text = str(key)
    plain = _PLAIN_KEY.fullmatch(text) and text.lower() not in _YAML_WORDS
    return text if plain else json.dumps(text)
