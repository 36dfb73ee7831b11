"""What a reader may be told (`ReaderOptions`) and what it may never exceed (`Limits`): plain values."""

from __future__ import annotations

from dataclasses import dataclass, field

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ReaderOptions:
    """What a profile or a person knows about a file; None means: find out by evidence.

    `encoding` is a Python codec name, `delimiter` the text between two cells, `quoting` False where a quote mark is
    plain text, `sheet` a sheet's name, `header_line` the 1-based line (or sheet row) of the last header row,
    `has_header` False where the first line is already data, `password` what opens a protected workbook or zip (shown in
    no print of these options). `known_codes` are codes the shop has that are not ASCII: a file is in the encoding that
    yields them.
    """

    encoding: str | None = None
    delimiter: str | None = None
    quoting: bool | None = None
    sheet: str | None = None
    header_line: int | None = None
    has_header: bool | None = None
    password: str | None = field(default=None, repr=False)
    known_codes: frozenset[str] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """The most a file may ask for. Each has a refusal that gives the figure met and names the setting that raises it.

    The values here are those the settings have when nothing is set: a clean CSV of ten million rows is read with them.

    `file_bytes` as it lies on disk; `unpacked_bytes` and `ratio` for anything packed (a workbook is a zip); `depth` of
    packed files within packed files; `members` of a zip; `faults` rows that do not fit their table; `seconds` of wall
    time and `memory_bytes` of the child process that reads.
    """

    file_bytes: int = 2048 * MIB
    unpacked_bytes: int = 4096 * MIB
    ratio: int = 200
    depth: int = 2
    members: int = 10_000
    rows: int = 20_000_000
    columns: int = 2_000
    cells: int = 400_000_000
    cell_length: int = 200_000
    faults: int = 100_000
    seconds: float = 900.0
    memory_bytes: int = 4096 * MIB


RATIO_COUNTS_FROM = 20 * MIB
"""Below this size a high ratio is only a repetitive small file, no bomb."""
