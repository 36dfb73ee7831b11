"""However a table is cut into parts, the same goes out and the same is said: parts are for memory and speed only."""

from __future__ import annotations

import re
import weakref
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connector import shaping
from connector.feeds import Binding, Guards, LocationRule, Policy
from connector.model import Fault, TotalLine
from tests.unit.shaping_tables import INVENTORY, columns, frame, published
from tests.unit.test_shaping_properties import (
    CODES,
    CURRENCIES,
    HEADER,
    NUMBERS,
    PLACES,
    POLICIES,
    RULES,
    SHOP_PRICES,
    bindings,
    route,
)

KNOWN = {
    "inventory": published(
        ("L1", "A", "5", 1, 1),
        ("L1", "B", "1", 9, 2),
        ("L1", "007", "3", 2, 4),
        ("L2", "A", "0", 5, 3),
        ("L2", "C", "5", 1, 1),
    ),
    "price": published(
        ("L1", "A", "799.00|799.00|INR", 1, 1),
        ("L1", "B", "799.00|799.00|INR", 9, 2),
        ("L1", "007", "", 2, 4),
        ("L2", "A", "99.00|5.00|INR", 5, 3),
    ),
}
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


def known_of(feed):
    """What is published of a feed, as planning asks for it."""
    known = KNOWN[feed.name]
    return lambda _account, places: {one: known[one] for one in places if one in known}


def came_to(shaper, feed, *, force=False):
    """Everything that planning would make of a table."""
    tally, sieve, cutter = shaping.Tally(feed.name), shaping.Sieve(feed, Guards()), shaping.Cutter(feed)
    whole, there = Whole(), shaper.published
    lots: list[Any] = []
    for records in shaper.records():
        changed = sieve.sift(shaping.changes(records, there, 5, force=force))
        tally.add(records, changed)
        whole.parts += 1
        whole.verdicts.update((*records.verdicts, *changed.superseded))
        whole.unchanged += changed.unchanged.tolist()
        lots += cutter.add(changed.to_send)
    for decided in sieve.rest():
        tally.add_decided(decided)
        whole.verdicts.update(decided.held)
        lots += cutter.add(decided.to_send)
    lots += cutter.finish()
    tally.totals = whole.totals = shaper.totals()
    tally.crowds = sieve.crowds
    whole.counts, whole.notes = tally.counts(), dict(tally.notes)
    whole.unchanged.sort()
    whole.sent.update((lot.account, *row.values()) for lot in lots for row in columns(lot))
    whole.batches.update((lot.account, lot.urgency, size) for lot in lots for size in lot.sizes)
    whole.findings = shaping.check_guards(shaping.Seen(tally, Policy()))
    whole.messages = shaper.messages(tally.notes)
    return whole


def differing(whole, parts, *, wide=False):
    """What differs between two wholes, but for the number of parts.

    Which number of a wide table is shown as an example is not the same: in one part its columns come one by one.
    """
    one, other = (vars(replace(each, parts=0)) for each in (whole, parts))
    if wide:
        for said in (one, other):
            said["messages"] = [re.sub("shown by .*", "", message) for message in said["messages"]]
            said["findings"] = [(finding.name, finding.verdict) for finding in said["findings"]]
    return {name: (one[name], other[name]) for name in one if one[name] != other[name]}


def cut(rows, size):
    """The parts of a table, `size` rows each; a table without rows is one part."""
    return [rows.iloc[start : start + size] for start in range(0, max(len(rows), 1), size)]


def shapers(table, size, binding, feed, policy, **told):
    """A table on its way to records in one part, and in parts of `size` rows."""
    said = {"header": HEADER, "routes": route, **told}
    for parts in ([table], cut(table, size)):
        yield shaping.Shaper(partial(iter, parts), binding, feed, policy, **said)


@given(
    st.lists(
        st.tuples(CODES | MORE_CODES, PLACES, NUMBERS, SHOP_PRICES, SHOP_PRICES, CURRENCIES), max_size=12
    ),
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
    for feed, binding in bindings(rule, shared):
        told["published"] = known_of(feed) if asked else None
        whole, parts = (
            came_to(shaper, feed, force=force)
            for shaper in shapers(table, size, binding, feed, policy, **told)
        )
        different = differing(whole, parts, wide=bool(rule.wide))
        assert not different, different


STOCK = Binding("inventory", {"sku": 0, "quantity": 2}, LocationRule(column=1, names={"delhi": "L2"}))


def both(rows, size=2, *, policy=None, **told):
    """What a stock table comes to, cut or not, the parts really being several; asserts that it is the same."""
    table = frame(*map(list, zip(*rows, strict=True)))
    whole, parts = (
        came_to(shaper, INVENTORY)
        for shaper in shapers(table, size, STOCK, INVENTORY, policy or Policy(), **told)
    )
    assert (whole.parts, parts.parts > 1) == (1, True)
    assert differing(whole, parts) == {}
    return parts


def said(whole):
    """The verdicts that have words, by line: the rule and the reason."""
    return {one.line: (one.faults[0].code, one.faults[0].reason) for one in whole.verdicts}


def sent(whole):
    return {(place, sku, value) for _, _, place, sku, value, *_ in whole.sent}


def test_lines_that_repeat_a_key_find_each_other_across_parts():
    rows = [
        ("A", "L1", "5"),
        ("B", "L1", "1"),
        ("A", "L2", "9"),
        ("C", "L1", "2"),
        ("A", "Delhi", "9"),
        ("B", "L1", "2"),
    ]
    whole = both(rows)
    assert sent(whole) == {("L1", "A", "5"), ("L2", "A", "9"), ("L1", "C", "2")}
    assert {line: code for line, (code, _) in said(whole).items()} == {
        3: "repeat_differs", 6: "repeat", 7: "repeat_differs",
    }  # fmt: skip
    summed = both(rows, policy=Policy(duplicates="sum"))
    assert sent(summed) == {("L1", "A", "5"), ("L2", "A", "18"), ("L1", "B", "3"), ("L1", "C", "2")}
    last = both(rows, policy=Policy(duplicates="last"))
    assert ("L1", "B", "2") in sent(last)


def test_codes_mended_to_one_code_are_repeats_in_whatever_part_they_stand():
    rows = [("7", "L1", "5"), ("D", "L1", "1"), ("C", "L1", "1"), (" 7", "L1", "4")]
    whole = both(rows, published=known_of(INVENTORY))
    assert sent(whole) == {("L1", "D", "1"), ("L1", "C", "1")}
    assert {line for line, (code, _) in said(whole).items() if code == "repeat_differs"} == {2, 5}
    beside = both([*rows, ("007", "L1", "3")], published=known_of(INVENTORY))
    assert ("L1", "007", "3") not in sent(beside), "published as it is"
    assert beside.notes.get("zeros_restored") is None, "both forms stand in the table: two items"


def test_codes_that_a_spreadsheet_made_numbers_repeat_each_other_in_whatever_part_they_stand():
    rows = [
        (f"{code}.0", "L1", quantity)
        for code, quantity in (("12", "5"), ("13", "1"), ("14", "2"), ("12", "7"))
    ]
    whole = both(rows)
    assert sent(whole) == {("L1", "13", "1"), ("L1", "14", "2")}
    assert set(said(whole)) == {2, 5}


def test_how_numbers_are_written_may_show_in_the_last_part_only():
    rows = [("A", "L1", "1.234"), ("B", "L1", "2"), ("C", "L1", "3"), ("D", "L1", "1.234,5")]
    assert ("L1", "A", "1234") in sent(both(rows))


def test_what_was_published_may_tell_in_the_last_part_only():
    known = published(("L1", "D", "1200", 1, 1))
    rows = [("A", "L1", "1,500"), ("B", "L1", "2"), ("C", "L1", "3"), ("D", "L1", "1,234")]
    whole = both(rows, published=lambda *_: known)
    assert sent(whole) == {("L1", "A", "1500"), ("L1", "B", "2"), ("L1", "C", "3"), ("L1", "D", "1234")}
    assert "1,234, then 1200" in " ".join(whole.messages)


def test_a_total_is_compared_with_the_rows_of_all_parts():
    rows = [(f"A{n}", "L1", str(n)) for n in range(7)]
    (agrees,) = both(rows, totals=[TotalLine(9, ("Total", "", "21"))]).totals
    assert (agrees.agrees, agrees.rows) == (True, 21)
    (differs,) = both(rows, totals=[TotalLine(9, ("Total", "", "20"))]).totals
    assert (differs.agrees, differs.rows) == (False, 21)


def test_of_many_rejects_the_reason_is_told_in_the_words_of_the_first_row():
    rows = [("A", "L1", "many"), *((f"A{n}", "L1", "few") for n in range(9)), ("A", "L1", "none")]
    reasons = " ".join(finding.reason for finding in both(rows).findings)
    assert '"many"' in reasons
    assert '"few"' not in reasons


def test_memory_is_not_asked_for_the_whole_table_at_once():
    """While one part is judged the next is read, and no more of them."""
    alive, most = 0, 0

    def parts():
        nonlocal alive, most
        for start in range(0, 400, 20):
            alive += 1
            most = max(most, alive)
            part = frame(*([f"{kind}{n}" for n in range(start, start + 20)] for kind in ("A", "", "")))
            weakref.finalize(part, gone)
            yield part
            del part

    def gone():
        nonlocal alive
        alive -= 1

    binding = Binding("inventory", {"sku": 0, "quantity": 1}, LocationRule(constant="L1"))
    shaper = shaping.Shaper(parts, binding, INVENTORY, Policy(), header=HEADER, routes=route)
    assert sum(len(records.frame) for records in shaper.records()) == 400
    assert most < 10
