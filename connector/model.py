"""The words of the project as types: what a drop, a row, a batch and a verdict are (design section 2).

Plain frozen values and enums without behaviour beyond what a value can say of itself. No pandas, no I/O.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


class DropState(StrEnum):
    """Where a drop stands. The arrows are `DROP_ARROWS`; the manual draws them."""

    LANDED = "landed"
    PLANNED = "planned"
    HELD = "held"
    DELIVERING = "delivering"
    CLOSED = "closed"
    ARCHIVED = "archived"
    UNMATCHED = "unmatched"
    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"
    DISMISSED = "dismissed"
    QUARANTINED = "quarantined"


class BatchState(StrEnum):
    """Where a batch stands. `sent` goes back to `planned` to be tried again."""

    PLANNED = "planned"
    SENT = "sent"
    SETTLED = "settled"
    IN_DOUBT = "in doubt"


class Verdict(StrEnum):
    """What became of one record."""

    ACCEPTED = "accepted"
    UNCHANGED = "unchanged"
    MERGED = "merged"
    SUPERSEDED = "superseded"
    REJECTED = "rejected"
    REFUSED = "refused"
    HELD = "held"
    FAILED = "failed"
    IN_DOUBT = "in doubt"


class Cause(StrEnum):
    """What a person is alerted of. Its words are in `connector.alerts.SAYINGS`."""

    HELD = "held"
    QUARANTINED = "quarantined"
    REFUSED = "refused"
    CREDENTIALS = "credentials"
    API_DOWN = "api_down"
    SILENT = "silent"
    DISK_LOW = "disk_low"
    INBOX_GONE = "inbox_gone"


WENT_THROUGH = frozenset({Verdict.ACCEPTED, Verdict.UNCHANGED, Verdict.MERGED, Verdict.SUPERSEDED})
"""Verdicts that ask nothing of a person; the others make exit code 1, and all but held a correction file."""

NOTHING_TO_MEND = WENT_THROUGH | {Verdict.HELD}
"""Verdicts of records that are not in a correction file: a held one may be right, and a person here decides."""

DROP_ARROWS: Mapping[tuple[DropState, DropState], str] = {
    (DropState.LANDED, DropState.PLANNED): "read and planned",
    (DropState.LANDED, DropState.HELD): "stopped by a guard or a question",
    (DropState.LANDED, DropState.UNMATCHED): "no profile fits",
    (DropState.LANDED, DropState.QUARANTINED): "cannot be read",
    (DropState.LANDED, DropState.SUPERSEDED): "a newer full snapshot is planned",
    (DropState.LANDED, DropState.CLOSED): "opened as drops of its own",
    (DropState.PLANNED, DropState.DELIVERING): "first batch sent",
    (DropState.PLANNED, DropState.CLOSED): "nothing to send",
    (DropState.PLANNED, DropState.SUPERSEDED): "a newer full snapshot is planned",
    (DropState.DELIVERING, DropState.CLOSED): "last batch settled, totals even",
    (DropState.CLOSED, DropState.ARCHIVED): "files written and moved",
    (DropState.HELD, DropState.LANDED): "retry or approved",
    (DropState.UNMATCHED, DropState.LANDED): "retry",
    (DropState.HELD, DropState.DISMISSED): "dismissed",
    (DropState.UNMATCHED, DropState.DISMISSED): "dismissed",
    (DropState.HELD, DropState.SUPERSEDED): "dropped again or newer snapshot",
    (DropState.UNMATCHED, DropState.SUPERSEDED): "dropped again",
}
"""Every way a drop may go, with the word on the arrow. A duplicate is born one. The ledger refuses any other step."""

BATCH_ARROWS: Mapping[tuple[BatchState, BatchState], str] = {
    (BatchState.PLANNED, BatchState.SENT): "taken",
    (BatchState.SENT, BatchState.SETTLED): "answered",
    (BatchState.SENT, BatchState.PLANNED): "to be tried again",
    (BatchState.SENT, BatchState.IN_DOUBT): "answer unknown, not safe to repeat",
}

WAITING_FOR_A_PERSON = frozenset({DropState.HELD, DropState.UNMATCHED})
"""The file rests in the work folder until someone decides."""

ENDED = frozenset(
    {
        DropState.ARCHIVED,
        DropState.DUPLICATE,
        DropState.SUPERSEDED,
        DropState.DISMISSED,
        DropState.QUARANTINED,
    }
)
"""Nothing more will happen to the records of these drops; their file is, or is about to be, in the archive."""


OWN_SOURCE = "connector:own"
"""Where drops of our own making come from (an undo, rows let go later). No source of a configuration is called so."""


NO_LINE = 0
"""The line of a record that no line of the file says: a zero made for what a full file does not list."""

REASON_COLUMN = "connector_reason"
LINE_COLUMN = "connector_line"
"""The two columns a correction file adds. They are passed over when the file is dropped again."""


def is_correction(header: Sequence[str]) -> bool:
    """Whether a table is a correction file of ours that was dropped again."""
    return any(cell.strip() == REASON_COLUMN for cell in header)


@dataclass(frozen=True, slots=True)
class Task:
    """A piece of work as data: it may be run again without harm, in this process, in a pool, on another machine."""

    name: str
    key: int


@dataclass(frozen=True, slots=True)
class Found:
    """A file seen by a source's scan. `path` is relative to the source, with forward slashes; times in ns."""

    source: str
    path: str
    size: int
    mtime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class SkippedLine:
    """Physical lines `line` to `last` (1-based, inclusive) that are no rows, and why; `text`: start of the first."""

    line: int
    last: int
    reason: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one row, in words for a shop keeper. Line is 1-based as the sender's program shows it.

    `column` is the sender's header; `value` the raw text; `reason` what is wrong and what would be right.
    `code` is a short stable name of the rule (`not_a_number`, `esp_over_mrp` …).
    """

    line: int
    column: str
    value: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class TotalLine:
    """A line of totals that was set aside: where it stands, and its cells in the order of the table's columns."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One table found in a file, its cells still text, kept as an Arrow file in the spool.

    The spool file (Arrow IPC) has a column `line` (int32, the 1-based physical line or sheet row of each row) and one
    text column per header cell, named `c0`, `c1` … in the order of `header`; an absent cell is null, an empty one "".
    `physical_lines = row_lines + skipped lines`, always: header lines are among the skipped; `row_lines` is more than
    `rows` where a cell holds line breaks. `samples[i]` are up to 200 values of column i from head,
    middle and tail. `stored_numbers` tells that numbers were stored as numbers: a point in one is a decimal point,
    whatever the country. `faults` are rows that could not be read cleanly (too wide, cut off …); they are in the spool
    too.
    `header_text` is a header of one row as it stands in the file. `line_end`, `quoting` (a `"` may enclose a cell) and
    `bom` (a byte order mark) tell how a text file is written, so that a correction file can be written likewise.
    `totals` are the lines of totals among the skipped; `first_column` is where the table begins in its sheet (0-based)
    when several stand beside each other. `second_encoding` is another one the text may as well be in, where `encoding`
    is a guess.
    """

    format: str
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    header: tuple[str, ...]
    header_lines: tuple[int, ...]
    skipped: tuple[SkippedLine, ...]
    rows: int
    physical_lines: int
    samples: tuple[tuple[str, ...], ...]
    spool: str
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()
    snapshot_hint: str | None = None
    row_lines: int = 0
    stored_numbers: bool = False
    header_text: tuple[str, ...] = ()
    line_end: str = "\r\n"
    quoting: bool = True
    bom: bool = False
    totals: tuple[TotalLine, ...] = ()
    first_column: int = 0
    second_encoding: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class LotDraft:
    """Records planned together and cut into batches, each to be sent in one call.

    `columns` (an Arrow record batch) has a row for each record, in the order they are sent: `line`, `location`, `sku`,
    `value` (canonical text), `previous` (the value acknowledged before; null: never) and `previous_batch` (the batch
    that set it; null: none). `payloads` are the exact bodies, `sizes` how many records each holds. What has the
    smaller `urgency` goes first.
    """

    feed: str
    account: str
    columns: Any
    payloads: Sequence[bytes]
    sizes: Sequence[int]
    urgency: int = 0


@dataclass(frozen=True, slots=True)
class RowVerdict:
    """A verdict that has a row of its own: every one but accepted and unchanged.

    `decision` is the one a person has made about a held row since.
    """

    feed: str
    line: int
    location: str | None
    sku: str | None
    verdict: Verdict
    faults: tuple[Fault, ...]
    value: str | None = None
    batch: int | None = None
    sheet: str | None = None
    decision: int | None = None


@dataclass(frozen=True, slots=True)
class GuardFinding:
    """What one guard saw over a whole drop: the figure, its limit, and its verdict.

    `pass`, `hold`, or `approved`: it would hold, had a person not released the drop. No release answers a `question`.
    `source` says where the limit comes from (the profile, the last drops of the feed) when it is not the default.
    """

    name: str
    figure: float
    limit: float
    verdict: str
    reason: str = ""
    question: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One record the API refused: its index in the batch, the API's code and message, the raw entry as JSON text."""

    index: int
    code: str
    message: str
    raw: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What the API answered to one batch, decoded loosely; the counts decide (konnect-api.md 2.6).

    `unexplained` failed records could not be tied to an entry: the batch is resolved by sending halves.
    """

    status: int
    body: bytes
    payload_count: int
    success_count: int
    failed_count: int
    ack_id: str | None
    refusals: tuple[Refusal, ...] = ()
    unexplained: int = 0


@dataclass(frozen=True, slots=True)
class Drop:
    """A drop as the ledger knows it; `id` is its landing number.

    `put_off` says why its next step is not tried before `due_at`; `reason` why it stands where it stands; `parent_id`
    is the packed drop it was opened from.
    """

    id: int
    source: str
    name: str
    path: str
    fingerprint: str
    size: int
    state: DropState
    lane: str
    landed_at: datetime
    reason: str | None = None
    profile: str | None = None
    mode: str | None = None
    rows_read: int | None = None
    same_as: int | None = None
    work_path: str | None = None
    archive_path: str | None = None
    report: Mapping[str, Any] = field(default_factory=dict)
    folder: str | None = None
    superseded_by: int | None = None
    archived_at: datetime | None = None
    due_at: datetime | None = None
    put_off: str | None = None
    parent_id: int | None = None

    @property
    def made_zeros(self) -> dict[str, int]:
        """By feed, how many records no line of the file says: zeros for what a full file does not list."""
        planned: Mapping[str, Any] = self.report.get("feeds", {})
        return {name: int(feed["made"]) for name, feed in planned.items() if feed.get("made")}


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as the ledger knows it, its exact bytes unpacked. Its records are those of its lot from `start` on."""

    id: int
    drop_id: int
    lot_id: int
    start: int
    feed: str
    account: str
    state: BatchState
    records: int
    payload: bytes
    attempts: int = 0
    parent_id: int | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """A person lets a held drop go: who, why and when. Its guards have been answered and hold it no more.

    With `except_outliers` the rows that stand out of what is let go stay held; else they go too.
    """

    by: str
    why: str
    at: datetime
    except_outliers: bool = False


@dataclass(frozen=True, slots=True)
class Settlement:
    """What an answer means for a batch: `verdicts` for the records that did not go through, `parts` to be sent again.

    With parts, the batch ends without an accepted record of its own; else all its records without a verdict are
    accepted.
    """

    batch: Batch
    reply: Reply
    verdicts: Sequence[RowVerdict] = ()
    parts: LotDraft | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """Something worth telling a person: a cause and what it is about, and what was said of it so far.

    `key` tells it from others of its cause (a drop, lane, account or source); `subject` is that in a person's words.
    It stands from `since` until `ended_at`. `count` says how often it began.
    """

    cause: Cause
    key: str
    subject: str
    reason: str
    since: datetime
    said_at: datetime | None = None
    ended_at: datetime | None = None
    end_said: bool = False
    count: int = 1

    @property
    def stands(self) -> bool:
        """Whether it is so now."""
        return self.ended_at is None

    @property
    def was_said(self) -> bool:
        """Whether a person was told that it began, this time."""
        return self.said_at is not None and self.said_at >= self.since
