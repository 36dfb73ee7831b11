"""The glossary has every word of the project (design section 2), and every verdict."""

import re
from pathlib import Path

import pytest

from connector.model import Verdict

GLOSSARY = (Path(__file__).parents[2] / "docs" / "glossary.md").read_text(encoding="utf-8")
ENTRIES = re.findall(r"^(\S[^\n]*)\n: ", GLOSSARY, re.MULTILINE)
TERMS = {term.strip() for entry in ENTRIES for term in entry.split(",")}
WORDS = """
    feed, export, profile, source, account, drop, fingerprint, row, skipped line, record, reject, batch,
    chunk, alert, attempt, reply, verdict, published, guard, hold, lane, settle, close, control totals, quarantine,
    correction file, ledger, outbox, cursor, lease, sandbox, landing number, archive, inbox
"""


@pytest.mark.parametrize("word", [word.strip() for word in WORDS.split(",")])
def test_word_has_an_entry(word):
    assert word in TERMS


@pytest.mark.parametrize("verdict", Verdict)
def test_verdict_is_explained(verdict):
    assert re.search(rf"^  \| {verdict} \| \S", GLOSSARY, re.MULTILINE)


def test_entries_are_in_order():
    assert [entry.casefold() for entry in ENTRIES] == sorted(entry.casefold() for entry in ENTRIES)
