"""Where the columns lie. What one drop has used is given back to the system before the next comes."""

from __future__ import annotations

import pyarrow as pa


def use_little() -> None:
    """Take the allocator that gives back soonest; it is the quickest for our columns too (docs/performance.md)."""
    try:
        pa.set_memory_pool(pa.jemalloc_memory_pool())
    except NotImplementedError:
        return  # not on every platform: Arrow's own choice stays
