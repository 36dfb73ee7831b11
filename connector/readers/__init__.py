"""Bytes to tables: reads any file a shop drops, in a child process, and says what it did.

`read` gives a `Document` of `Table`s; `frame`, `parts`, `iter_rows`, `export_csv` and `summary` look into one; `unpack`
gives the files of a zip that holds several; `doubtful_codes` names what hangs on a guessed encoding; `digest` tells two
tables that say the same; `looks_whole` says whether a file has arrived to its end.
"""

from connector.readers.archive import label
from connector.readers.contents import Contents, Part, is_packed
from connector.readers.document import Document, export_csv, frame, iter_rows, parts, rows_at, summary
from connector.readers.doubt import doubtful_codes, is_found_by_evidence
from connector.readers.limits import Limits, ReaderOptions
from connector.readers.reader import read, unpack
from connector.readers.sameness import digest, lines
from connector.readers.whole import looks_whole

__all__ = [
    "Contents",
    "Document",
    "Limits",
    "Part",
    "ReaderOptions",
    "digest",
    "doubtful_codes",
    "export_csv",
    "frame",
    "is_found_by_evidence",
    "is_packed",
    "iter_rows",
    "label",
    "lines",
    "looks_whole",
    "parts",
    "read",
    "rows_at",
    "summary",
    "unpack",
]
