"""The servers by name, and how a path is joined to a base URL (konnect-api.md section 1)."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from connector.errors import Fatal

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVERS: Mapping[str, str] = {
    "fyndkonnect": "https://fyndkonnect.konnect.uat.fyndx1.de",
    "ginesys": "https://ginesys.konnect.uat.fyndx1.de",
    "unicommerce": "https://unicommerce.konnect.uat.fyndx1.de",
}
"""The three sandboxes Fynd names. A production host is configuration, told by the Konnect team."""


def resolve(server: str) -> str:
    """A base URL without trailing slash, from a name in `SERVERS` or any http(s) URL; else Fatal."""
    url = SERVERS.get(server.strip().lower(), server.strip())
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in {"http", "https"} or not host:
        known = ", ".join(SERVERS)
        raise Fatal(
            f"{server!r} is no server: write one of {known}, or an address such as https://host.example/"
        )
    if parts.username or parts.password:
        raise Fatal(
            "A server's address must not hold a user name or password; give them to the account instead."
        )
    if parts.query or parts.fragment:
        raise Fatal(f"A server's address must end with its path, without ? or #: {host}")
    return url.rstrip("/")


def join(base_url: str, path: str) -> str:
    """Base URL and path with exactly one slash between them; a path within the base URL is kept."""
    return f"{base_url.rstrip('/')}/{path.lstrip('/')}"


def is_loopback(base_url: str) -> bool:
    """Whether the server is this very machine."""
    host = urlsplit(base_url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def warnings_about(base_url: str) -> tuple[str, ...]:
    """What is worth a warning about an address: plain http carries the password in the open."""
    if urlsplit(base_url).scheme == "http" and not is_loopback(base_url):
        return (f"{base_url} is plain http: user name, password and token travel unencrypted; use https.",)
    return ()
