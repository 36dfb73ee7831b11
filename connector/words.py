"""How counts are said."""

from __future__ import annotations


def counted(count: int, one: str, many: str) -> str:
    """`1 row`, `1,234 rows`."""
    return f"{count:,} {one if count == 1 else many}"
