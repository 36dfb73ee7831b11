"""The files a shop gets back for each drop: what became of it, and the rows to correct in its own layout.

Layout, under the outbox: `results/<YYYY-MM-DD>/<landing>-<stem>/` with

    result.json                the summary, written last: when it is there, all the others are
    result.csv                 one line per fault of every row that has a verdict of its own
    <stem>.correction.<ext>    only rows that did not go through; correct them and drop the file again

Every file is written aside, synced and renamed; writing the same drop again gives the same bytes.
"""

from connector.model import LINE_COLUMN, REASON_COLUMN
from connector.outbox.correction import CorrectionRow, Written, write_correction
from connector.outbox.formulas import formula_plain, formula_safe
from connector.outbox.names import correction_name, original_name, result_folder, stem_of
from connector.outbox.result import RESULT_COLUMNS, ResultFile, result_lines, write_result

__all__ = [
    "LINE_COLUMN",
    "REASON_COLUMN",
    "RESULT_COLUMNS",
    "CorrectionRow",
    "ResultFile",
    "Written",
    "correction_name",
    "formula_plain",
    "formula_safe",
    "original_name",
    "result_folder",
    "result_lines",
    "stem_of",
    "write_correction",
    "write_result",
]
