"""The manual page names every limit with its value and every reason for a skipped line."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from connector.assembly import Assembly
from connector.readers import Limits
from connector.readers.body import AGAIN
from connector.readers.neighbours import ABOVE, BELOW
from connector.readers.sweep import HEADER_AGAIN, TOTAL
from connector.readers.table import RULER
from connector.settings import ReadingSettings, Settings

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reading.md").read_text(encoding="utf-8")


def test_every_limit_is_in_the_manual():
    assert re.findall(r"^\| `(\w+)` \| [\d,]+", PAGE, re.MULTILINE) == list(ReadingSettings.model_fields)


def test_the_limits_are_those_of_the_settings():
    assert _limits(Settings()) == Limits()


def test_every_limit_has_its_setting():
    """Each limit follows its key of [reading]: none is left at what the code says."""
    usual = ReadingSettings().model_dump()
    other = ReadingSettings.model_validate({key: type(value)(value + 1) for key, value in usual.items()})
    told = [_limits(Settings(reading=reading)) for reading in (ReadingSettings(), other)]
    same = [
        field.name for field in fields(Limits) if getattr(told[0], field.name) == getattr(told[1], field.name)
    ]
    assert same == []


def _limits(settings):
    return Assembly(settings).planner._limits  # noqa: SLF001 - what the planner hands to the reader


def test_every_reason_is_in_the_manual():
    source = "".join((ROOT / "connector" / "readers" / name).read_text() for name in ("sweep.py", "table.py"))
    reasons = set(re.findall(r'return "([a-z][a-z :0]+)"$', source, re.MULTILINE))
    reasons |= set(re.findall(r'skipped_line\(record, "([a-z ]+)"', source))
    reasons |= {HEADER_AGAIN, AGAIN, TOTAL, RULER, ABOVE, BELOW}
    assert len(reasons) >= 8
    assert {reason for reason in reasons if f"`{reason}`" not in PAGE} == set()
