"""Rows to records to batches. Pure: columns in, columns out, no I/O; what it needs to know is given to it.

`Shaper` gives the records of a table part by part; each part goes through `changes`, a `Sieve` sets aside what a row
guard stops, a `Tally` sums it up, a `Cutter` cuts it; `check_guards` looks at the tally of the whole.
"""

from connector.shaping.absent import hidden_zeros, remarks, zeros_to_make
from connector.shaping.batching import Cutter, batches
from connector.shaping.changes import changes
from connector.shaping.frames import ready
from connector.shaping.guards import GUARDS, Before, Guard, Seen, layout_drift
from connector.shaping.guards import check as check_guards
from connector.shaping.habits import Habits, Past, habits, measures, measures_again, places_of
from connector.shaping.limits import limits
from connector.shaping.netting import NO_ORDERS, Netted, Order, Orders, netting
from connector.shaping.normalise import Shaper, records
from connector.shaping.outcome import NOTES, Changed, Records, Tally
from connector.shaping.overlap import Owned, owned_by
from connector.shaping.rows import ROW_GUARDS, RowGuard
from connector.shaping.shelf import Segment, Shelf
from connector.shaping.sieve import Sieve

__all__ = [
    "GUARDS",
    "NOTES",
    "NO_ORDERS",
    "ROW_GUARDS",
    "Before",
    "Changed",
    "Cutter",
    "Guard",
    "Habits",
    "Netted",
    "Order",
    "Orders",
    "Owned",
    "Past",
    "Records",
    "RowGuard",
    "Seen",
    "Segment",
    "Shaper",
    "Shelf",
    "Sieve",
    "Tally",
    "batches",
    "changes",
    "check_guards",
    "habits",
    "hidden_zeros",
    "layout_drift",
    "limits",
    "measures",
    "measures_again",
    "netting",
    "owned_by",
    "places_of",
    "ready",
    "records",
    "remarks",
    "zeros_to_make",
]
