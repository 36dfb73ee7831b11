"""A table seen through a binding: how many records it makes, and the column of each field over all of them.

A table with one column per location is unrolled lane after lane (all rows of the first location, then all
of the second), so that everything above sees plain columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connector.errors import HoldDrop
from connector.feeds import FieldKind
from connector.feeds.fields import arrow

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from connector.feeds import Binding, Feed
    from connector.feeds.fields.text import Texts

_ESCAPED = r"^'('*[=+\-@\t\r\n])"
"""What a correction file of ours puts before cells that look like formulas (the words are in `connector.outbox`)."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A field's column over all records: its texts, and the header each record's cell stands under."""

    texts: Texts
    labels: tuple[str, ...]
    rows: int

    def label(self, at: int) -> str:
        """Return the sender's header of the cell of record `at`."""
        return self.labels[at // self.rows if len(self.labels) > 1 else 0]

    def raw(self, at: int) -> str:
        """Return the text of the cell of record `at` as read."""
        return self.texts[at].as_py() or ""


class Sheet:
    """A table, its binding and its feed; `rows` × `lanes` records, `lines` has the line of each."""

    def __init__(
        self,
        rows: pd.DataFrame,
        binding: Binding,
        feed: Feed,
        header: Sequence[str],
        *,
        escaped: bool = False,
    ) -> None:
        """Look at the table `rows` (`line`, `c0`, `c1` …). Raises HoldDrop when a field has no column.

        `escaped` cells lose the `'` that stands before what a spreadsheet would take for a formula.
        """
        self._escaped = escaped
        self._rows = rows
        self._columns: dict[int, Texts] = {}
        self._binding = binding
        self._header = header
        self._wide = tuple(binding.location.wide)
        self.rows = len(rows)
        self.lanes = len(self._wide) or 1
        self.matrix = self._matrix(feed)
        lines: np.ndarray[Any, np.dtype[np.int32]] = rows["line"].to_numpy(dtype=np.int32)
        self.lines = lines if self.lanes == 1 else np.tile(lines, self.lanes)

    @property
    def records(self) -> int:
        """How many records the table makes."""
        return self.rows * self.lanes

    def source(self, field: str) -> object:
        """Return a value that is equal for two fields exactly when they are read from the same cells."""
        return self._binding.columns.get(field, f"={self._binding.constants.get(field)}")

    def cell(self, field: str) -> Cell:
        """Return the column of a field over all records."""
        if field == self.matrix:
            labels = tuple(self._label(at) for at in self._wide)
            return Cell(pa.concat_arrays([self._column(at) for at in self._wide]), labels, self.rows)
        if field in self._binding.columns:
            at = self._binding.columns[field]
            texts = self._column(at)
            texts = texts if self.lanes == 1 else pa.concat_arrays([texts] * self.lanes)
            return Cell(texts, (self._label(at),), self.rows)
        return self._constant(self._binding.constants[field], field)

    def places(self, field: str) -> tuple[int, ...]:
        """Return the columns of the table a field is read from: one, or one for each location."""
        if field == self.matrix:
            return self._wide
        return (self._binding.columns[field],) if field in self._binding.columns else ()

    def location(self) -> Cell | None:
        """Return the location cell of every record; None when nothing says a location."""
        rule = self._binding.location
        if self._wide:
            codes = pa.array([rule.wide[at] for at in self._wide], type=pa.large_string())
            lanes = pa.array(np.repeat(np.arange(self.lanes, dtype=np.int32), self.rows))
            return Cell(codes.take(lanes), tuple(self._label(at) for at in self._wide), self.rows)
        if rule.column is not None:
            return Cell(self._column(rule.column), (self._label(rule.column),), self.rows)
        return self._constant(rule.constant, rule.origin or "location") if rule.constant else None

    def order(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Return the positions of all records in the order of the file: row by row, in a row lane by lane."""
        return np.arange(self.records).reshape(self.lanes, self.rows).T.ravel()

    def _matrix(self, feed: Feed) -> str | None:
        """Find the field whose values stand in the columns of the locations."""
        said = {*self._binding.columns, *self._binding.constants}
        quantities = set(feed.of_kind(FieldKind.QUANTITY))
        missing = [one for one in feed.fields if one.required and one.name not in said]
        if self._wide and len(missing) == 1 and missing[0].name in quantities:
            return missing[0].name
        wanted = [one for one in missing if one.kind is not FieldKind.LOCATION]
        if wanted:
            names = ", ".join(one.label for one in wanted)
            message = f"no column of the table is known to hold: {names}. Say it under columns in the profile"
            raise HoldDrop(message)
        return None

    def _constant(self, text: str, label: str) -> Cell:
        one = pa.array([text], type=pa.large_string())
        return Cell(one.take(pa.array(np.zeros(self.records, dtype=np.int32))), (label,), self.rows)

    def _column(self, at: int) -> Texts:
        if at not in self._columns:
            texts = arrow(self._rows[f"c{at}"])
            self._columns[at] = pc.replace_substring_regex(texts, _ESCAPED, r"\1") if self._escaped else texts
        return self._columns[at]

    def _label(self, at: int) -> str:
        return self._header[at].strip() or f"column {at + 1}"
