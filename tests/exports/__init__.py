"""Fifty-odd exports as programs of shops write them, whole files, with what must come of each on first sight.

`EXPORTS` say how many rows, which column is what, and two values; `WRONG` are other reports of the same programs.
"""

from tests.exports.messy import MESSY
from tests.exports.offices import EUROPE, OFFICE
from tests.exports.shops import INDIA, SHOPS
from tests.exports.wrong import WRONG

EXPORTS = (*INDIA, *SHOPS, *OFFICE, *EUROPE, *MESSY)

__all__ = ["EXPORTS", "WRONG"]
