"""The key of a record as one text, so that Arrow can hash and look it up a column at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from connector.feeds.fields.text import Index, Texts


def key_texts(places: Index, skus: Texts) -> Texts:
    """Write the key of each record: the number of its location, a separator, its SKU.

    Two keys are equal exactly when both parts are: a number holds no separator.
    """
    numbers = pa.array(places).cast(pa.large_string())
    return pc.binary_join_element_wise(numbers, skus, pa.scalar("\x1f", pa.large_string()))
