"""However a table is cut into parts, the same goes out and the same is said: parts are for memory and speed only."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector import shaping
from connector.feeds import Binding, LocationRule, Policy
from connector.model import Fault, TotalLine
from tests.unit.shaping_tables import INVENTORY, columns, frame, published, stock_shaper
from tests.unit.test_shaping_properties import CODES, CURRENCIES, HEADER, NUMBERS, PLACES, POLICIES, RULES, SHOP_PRICES, bindings, route

KNOWN = published(
    ("L1", "A", "5", 1, 1),
    ("L1", "B", "799.00|799.00|INR", 9, 2),
    ("L1", "007", "3", 2, 4),
    ("L2", "A", "0", 5, 3),
    ("L2", "C", "5", 1, 1),
)
MORE_CODES = st.sampled_from(["7", "007", "a", "C", "A", "A\u200bB", "12.0"])


@dataclass
class Whole:
    """All a table comes to: its records, verdicts and lots, without the order in which they came."""

    parts: int = 0
    counts: dict[Any, int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)
    verdicts: Counter[Any] = field(default_factory=Counter)
    unchanged: list[int] = field(default_factory=list)
    sent: Counter[Any] = field(default_factory=Counter)
    batches: Counter[Any] = field(default_factory=Counter)
    findings: Any = ()
    messages: list[str] = field(default_factory=list)
    totals: Any = ()


def came_to(shaper, feed, *, force=False):
    """Everything that planning would make of a table."""
    tally, cutter, whole = shaping.Tally(feed.name), shaping.Cutter(feed), Whole()
    there, lots = shaper.published, []
    for records in shaper.records():
        changed = shaping.changes(records, there, 5, force=force)
        tally.add(records, changed)
        whole.parts += 1
        whole.verdicts.update((*records.verdicts, *changed.superseded))
        whole.unchanged += changed.unchanged.tolist()
        lots += cutter.add(changed.to_send)
    lots += cutter.finish()
    tally.totals = whole.totals = shaper.totals()
    whole.counts, whole.notes = tally.counts(), dict(tally.notes)
    whole.unchanged.sort()
    whole.sent.update((lot.account, *row.values()) for lot in lots for row in columns(lot))
    whole.batches.update((lot.account, lot.urgency, size) for lot in lots for size in lot.sizes)
    whole.findings = shaping.check_guards(tally, Policy())
    whole.messages = shaper.messages(tally.notes)
    return whole


def differing(whole, parts, *, wide=False):
    """What differs between two wholes, but for the number of parts.

    Which number of a wide table is shown as an example is not the same: in one part its columns come one by one.
    """
    found = {name: (getattr(whole, name), getattr(parts, name)) for name in vars(whole) if name != "parts"}
    if wide:
        found["messages"] = tuple([re.sub("shown by .*", "", one) for one in said] for said in found["messages"])
        found["findings"] = tuple([(one.name, one.verdict) for one in said] for said in found["findings"])
    return {name: both for name, both in found.items() if both[0] != both[1]}


def cut(rows, size):
    """The parts of a table, `size` rows each; a table without rows is one part."""
    return [rows.iloc[start : start + size] for start in range(0, max(len(rows), 1), size)]


def both(table, size, binding, feed, policy, *, force=False, **told):
    """What the table comes to in one part, and in parts of `size` rows."""
    said = {"header": HEADER, "routes": route, **told}
    for parts in ([table], cut(table, size)):
        yield came_to(shaping.Shaper(lambda parts=parts: parts, binding, feed, policy, **said), feed, force=force)


@given(
    st.lists(st.tuples(CODES | MORE_CODES, PLACES, NUMBERS, SHOP_PRICES, SHOP_PRICES, CURRENCIES), max_size=12),
    RULES,
    POLICIES,
    st.integers(1, 5),
    st.tuples(st.booleans(), st.booleans(), st.booleans(), st.booleans()),
)
def test_any_table_in_parts_of_any_size_comes_to_the_same(rows, rule, policy, size, switches):
    shared, torn, force, asked = switches
    table = frame(*map(list, zip(*rows, strict=True))) if rows else frame(*([] for _ in HEADER))
    told = {
        "faults": [Fault(3, "", "", "too_wide", "the row is wider than the header")] if torn else [],
        "totals": [TotalLine(len(rows) + 2, ("Total", "", "10"))],
    }
    if asked:
        told["published"] = lambda _account, places: {one: KNOWN[one] for one in places if one in KNOWN}
    for feed, binding in bindings(rule, shared):
        whole, parts = both(table, size, binding, feed, policy, force=force, **told)
        different = differing(whole, parts, wide=bool(rule.wide))
        assert not different, different
