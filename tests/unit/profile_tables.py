"""Tables made by hand, as a reader would hand them over."""

from __future__ import annotations

from collections.abc import Sequence

from connector.model import Table


def table(header: Sequence[str], rows: Sequence[Sequence[str]] = (), *, sheet: str | None = None) -> Table:
    """A table whose samples are all its rows."""
    samples = tuple(tuple(row[i] if i < len(row) else "" for row in rows) for i in range(len(header)))
    return Table(
        format="csv", encoding="utf-8", delimiter=",", sheet=sheet, header=tuple(header), header_lines=(1,), skipped=(),
        rows=len(rows), physical_lines=len(rows) + 1, samples=samples, spool="none",
    )  # fmt: skip


def columns(**named: Sequence[object]) -> Table:
    """A table from columns; an underscore in a name stays one."""
    return table(list(named), [[str(value) for value in row] for row in zip(*named.values(), strict=True)])


def codes(count: int, prefix: str = "TS-") -> list[str]:
    """Different SKUs."""
    return [f"{prefix}{number * 7 % 1000:04d}" for number in range(1, count + 1)]
