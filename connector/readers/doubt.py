"""Codes that hang on a guess: where two encodings are about as likely, only a code that both spell alike is sure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.later import later
from connector.model import Fault
from connector.readers.document import parts

if TYPE_CHECKING:
    from collections.abc import Collection

    import pyarrow.compute as pc

    from connector.model import Table
else:
    pc = later("pyarrow.compute")

_BY_LETTERS = frozenset({"csv", "html", "json", "jsonl"})
_SURE = ("ascii", "utf")


def is_found_by_evidence(table: Table) -> bool:
    """Whether the encoding was found by what the text says, so that known codes may tell more."""
    return table.format in _BY_LETTERS and not (table.encoding or "ascii").startswith(_SURE)


def doubtful_codes(table: Table, columns: Collection[int]) -> list[Fault]:
    """The cells of these columns that the second encoding would spell in another way, as faults of their rows."""
    if table.second_encoding is None:
        return []
    found = []
    for part in parts(table, sorted(columns)):
        for index in sorted(columns):
            cells = part[f"c{index}"].fillna("")
            beyond = ~pc.string_is_ascii(cells.array._pa_array).to_numpy(zero_copy_only=False)  # noqa: SLF001
            for line, code in zip(part["line"][beyond], cells[beyond], strict=True):
                if fault := _fault(table, int(line), index, str(code)):
                    found.append(fault)
    return found


def _fault(table: Table, line: int, index: int, code: str) -> Fault | None:
    first, second = (table.encoding or "").partition("+")[0], table.second_encoding or ""
    try:
        other = code.encode(first).decode(second)
    except UnicodeError:
        other = "something else"
    if other == code:
        return None
    column = table.header[index] if index < len(table.header) else f"column {index + 1}"
    reason = (
        f'"{code}" hangs on the encoding of the file, which is a guess: read as {second} it is "{other}"; write the '
        f'right one under [reader] in a profile with match.names (encoding = "{first}" or encoding = "{second}"), or '
        "export as UTF-8"
    )
    return Fault(line, column, code, "encoding_unclear", reason)
