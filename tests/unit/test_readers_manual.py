"""The manual page names every limit with its value and every reason for a skipped line."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from connector.readers import Limits
from connector.readers.body import AGAIN
from connector.readers.sweep import HEADER_AGAIN

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reading.md").read_text(encoding="utf-8")


def test_every_limit_is_in_the_manual():
    assert re.findall(r"^\| `(\w+)` \| [\d,]+", PAGE, re.MULTILINE) == [
        field.name for field in fields(Limits)
    ]


def test_every_reason_is_in_the_manual():
    source = "".join((ROOT / "connector" / "readers" / name).read_text() for name in ("sweep.py", "table.py"))
    reasons = set(re.findall(r'return "([a-z][a-z :0]+)"$', source, re.MULTILINE))
    reasons |= set(re.findall(r'skipped_line\(record, "([a-z ]+)"', source))
    reasons |= {HEADER_AGAIN, AGAIN}
    assert len(reasons) >= 8
    assert {reason for reason in reasons if f"`{reason}`" not in PAGE} == set()
