"""Rows to records to batches. Pure: columns in, columns out, no I/O; what it needs to know is given to it.

`records` → `changes` → `check_guards` → `batches`, one feed at a time; `report` gives the account of a feed.
"""

from connector.shaping.batching import batches
from connector.shaping.changes import changes
from connector.shaping.guards import GUARDS, Before, Guard, Seen
from connector.shaping.guards import check as check_guards
from connector.shaping.normalise import records
from connector.shaping.outcome import NOTES, Changed, Records, report, verdict_counts

__all__ = [
    "GUARDS",
    "NOTES",
    "Before",
    "Changed",
    "Guard",
    "Records",
    "Seen",
    "batches",
    "changes",
    "check_guards",
    "records",
    "report",
    "verdict_counts",
]
