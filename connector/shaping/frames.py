"""Frames joined. pandas is imported here and not at the top: it comes in while the first file is being read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd


def ready() -> None:
    """Import pandas, while there is nothing else to do."""
    import pandas as pd  # noqa: F401, PLC0415


def joined(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """One frame of several, numbered anew."""
    import pandas as pd  # noqa: PLC0415  a quarter of a second

    return pd.concat(frames, ignore_index=True)
