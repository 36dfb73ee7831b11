"""Records to batches: only changes go out, zeros first, exact bytes; guards look at the whole."""

import json
from datetime import UTC, datetime

import pytest

from connector import shaping
from connector.feeds import Policy
from connector.model import Release, Verdict
from connector.shaping import GUARDS, NOTES
from tests.unit.shaping_tables import INVENTORY, PRICE, columns, counted, prices, published, stock, tallied


def test_only_changes_are_sent_with_what_was_there_before():
    records = stock(["A", "B", "C"], ["5", "6", "7"])
    known = {"main": published(("L1", "A", "5", 3, 31), ("L1", "B", "4", 3, 32), ("L9", "C", "7", 3, 33))}
    changed = shaping.changes(records, known, 5)
    assert len(changed) == 2
    assert changed.to_send.to_pandas()[["sku", "previous_batch"]].to_numpy().tolist() == [
        ["B", 32],
        ["C", -1],
    ]
    assert changed.unchanged.tolist() == [2]
    assert [
        (row["previous"], row["previous_batch"]) for row in columns(*shaping.batches(changed, INVENTORY))
    ] == [
        ("4", 32),
        (None, None),
    ]


def test_a_newer_value_is_never_overwritten_not_even_by_force():
    records = stock(["A", "B"], ["5", "6"])
    known = {"main": published(("L1", "A", "9", 8, 31), ("L1", "B", "6", 5, 32))}
    changed = shaping.changes(records, known, 5, force=True)
    (newer,) = changed.superseded
    assert (newer.verdict, newer.line, newer.sku, newer.value) == (Verdict.SUPERSEDED, 2, "A", "5")
    assert "newer drop 8" in newer.faults[0].reason
    assert changed.to_send["sku"].tolist() == ["B"]
    assert counted(records, known) == {"unchanged": 1, "superseded": 1}


def test_each_account_is_compared_with_its_own_past():
    records = stock(["A", "A"], ["5", "5"], ["L1", "L2"], routes={"L1": "one", "L2": "two"}.get)
    known = {"one": published(("L1", "A", "5", 1, 1), ("L2", "A", "5", 1, 1)), "two": {}}
    assert shaping.changes(records, known, 5).to_send["location_id"].tolist() == ["L2"]


def test_what_a_drop_says_again_is_confirmed_with_its_own_number_and_the_batch_that_had_set_it():
    routes = {"L1": "one", "L2": "two", "L3": "two"}.get
    places = ["L1", "L2", "L3", "L3", "L2"]
    records = stock(["A", "A", "A", "B", "C"], ["5", "5", "5", "6", ""], places, routes=routes)
    known = {
        "one": published(("L1", "A", "5", 1, 11)),
        "two": published(("L2", "A", "4", 1, 12), ("L3", "A", "5", 2, 13), ("L3", "B", "6", 3, 14)),
    }
    confirmed = shaping.changes(records, known, 5).confirmed(records, 5)
    assert {
        (account, place): part.to_pylist()
        for account, parts in confirmed.items()
        for place, part in parts.items()
    } == {
        ("one", "L1"): [{"sku": "A", "value": "5", "landing": 5, "batch": 11}],
        ("two", "L3"): [
            {"sku": "A", "value": "5", "landing": 5, "batch": 13},
            {"sku": "B", "value": "6", "landing": 5, "batch": 14},
        ],
    }
    assert shaping.changes(records, known, 5, force=True).confirmed(records, 5) == {}


def test_separators_inside_codes_do_not_mix_keys():
    records = stock(["1\x1fA", "A"], ["5", "5"], ["L", "L\x1f1"])
    known = {"main": published(("L", "1\x1fA", "5", 1, 1))}
    assert shaping.changes(records, known, 5).to_send["sku"].tolist() == ["A"]


def test_zeros_go_first_then_decreases_then_the_rest_each_in_file_order():
    records = stock(list("ABCDEF"), ["9", "0", "3", "1", "0", "8"])
    known = {"main": published(("L1", "C", "5", 1, 1), ("L1", "D", "0", 1, 1), ("L1", "F", "9", 1, 1))}
    (lot,) = shaping.batches(shaping.changes(records, known, 5), INVENTORY)
    (body,) = lot.payloads
    assert [record["sku"] for record in json.loads(body)] == ["B", "E", "C", "F", "A", "D"]
    assert [row["line"] for row in columns(lot)] == [3, 6, 4, 7, 2, 5]
    assert lot.urgency == 0, "as urgent as the most urgent of its records"


def test_batches_hold_at_most_500_and_one_account():
    size = 1203
    skus, places = [f"S{at}" for at in range(size)], ["L1" if at % 3 else "L2" for at in range(size)]
    records = stock(skus, ["7"] * size, places, routes={"L1": "one", "L2": "two"}.get)
    lots = list(shaping.batches(shaping.changes(records, {}, 5), INVENTORY))
    assert [(lot.account, size) for lot in lots for size in lot.sizes] == [
        ("one", 500),
        ("one", 302),
        ("two", 401),
    ]
    assert [len(json.loads(body)) for lot in lots for body in lot.payloads] == [500, 302, 401]
    assert sorted(row["line"] for row in columns(*lots)) == list(range(2, size + 2))


def test_nothing_to_send_makes_no_batch():
    assert list(shaping.batches(shaping.changes(stock([], []), {}, 5), INVENTORY)) == []


def test_the_payload_is_exact_json_in_the_order_of_the_contract():
    changed = shaping.changes(stock(['A"\\\n\x01é/', "B"], ["5", "0"], ["L1", "L1"]), {}, 5)
    (lot,) = shaping.batches(changed, INVENTORY)
    (body,) = lot.payloads
    assert (
        body
        == (
            '[{"location_id":"L1","sku":"B","quantity":0},'
            '{"location_id":"L1","sku":"A\\"\\\\\\n\\u0001é/","quantity":5}]'
        ).encode()
    )


@pytest.mark.parametrize(
    ("price", "written"),
    [("799", "799"), ("799.5", "799.5"), ("799.05", "799.05"), ("799.10", "799.1"), ("0.07", "0.07")],
)
def test_money_is_a_number_without_needless_zeros(price, written):
    changed = shaping.changes(prices(["A"], [price]), {}, 5)
    ((body,),) = (lot.payloads for lot in shaping.batches(changed, PRICE))
    member = f'"esp":{written},"mrp":{written}'
    assert body == f'[{{"location_id":"L1","sku":"A",{member},"currency":"INR"}}]'.encode()
    assert PRICE.value_of(json.loads(body)[0]) == changed.to_send["value"][0].as_py()


def test_an_empty_file_is_a_named_outcome():
    records = stock([], [])
    findings = shaping.check_guards(shaping.Seen(tallied(records), Policy()))
    held = [finding for finding in findings if finding.verdict == "hold"]
    assert [finding.name for finding in held] == ["empty"]
    assert "nothing is set to zero" in held[0].reason


def look(records, policy=None):
    findings = shaping.check_guards(shaping.Seen(tallied(records), policy or Policy()))
    return {finding.name: finding for finding in findings}


def test_too_many_rejects_hold_the_drop_and_say_the_usual_reason():
    found = look(stock([f"S{at}" for at in range(20)], ["x"] * 12 + ["1"] * 8))["too_many_rejects"]
    assert (found.verdict, found.figure, found.limit) == ("hold", 0.6, 0.5)
    assert "12 of 20" in found.reason
    assert 'column "Stock"' in found.reason


def test_few_rejects_never_hold_and_the_profile_sets_the_share():
    assert look(stock(["A", "B", "C"], ["x", "y", "1"]))["too_many_rejects"].verdict == "pass"
    many = stock([f"S{at}" for at in range(20)], ["x"] * 12 + ["1"] * 8)
    assert look(many, Policy(max_rejects_share=0.7))["too_many_rejects"].verdict == "pass"
    assert look(many, Policy(max_rejects_share=0.7))["too_many_rejects"].reason == ""


def test_empty_cells_do_not_dilute_the_rejects():
    records = stock([f"S{at}" for at in range(40)], ["x"] * 12 + ["1"] * 8 + [""] * 20)
    assert look(records)["too_many_rejects"].verdict == "hold"


def test_questions_of_the_columns_come_before_the_guards():
    findings = shaping.check_guards(shaping.Seen(tallied(stock(["A"], ["1,234"])), Policy()))
    assert [finding.name for finding in findings] == ["number_format", *(guard.name for guard in GUARDS)]


def test_the_tally_counts_everything_once_however_many_parts_there_are():
    one, other = stock(["A", "A", "B", "C"], ["5", "5", "x", "-1"]), stock(["D", "E"], ["-3", ""])
    tally = tallied(one)
    tally.add(other, shaping.changes(other, {"main": published(("L1", "D", "0", 1, 1))}, 5))
    assert (tally.total, tally.asking, tally.rejects) == (6, 5, 1)
    assert tally.counts() == {
        Verdict.ACCEPTED: 2, Verdict.UNCHANGED: 2, Verdict.MERGED: 1, Verdict.REJECTED: 1
    }  # fmt: skip
    assert tally.notes == {"negatives": 2, "merged": 1, "blank": 1}
    assert tally.counts(held=True) == {
        Verdict.UNCHANGED: 2, Verdict.MERGED: 1, Verdict.REJECTED: 1, Verdict.HELD: 2
    }  # fmt: skip


def test_a_question_holds_what_would_be_sent_without_being_told():
    tally = tallied(stock(["A", "B"], ["1,234", "5"]))
    assert tally.counts() == tally.counts(held=True) == {Verdict.HELD: 2}


def test_every_note_has_words():
    records = stock(
        [" A", '="B"', "C"], ["-1", "2.5 Nos", "in"], policy=Policy(words={"in": 9}, buffer=1, maximum=5)
    )
    assert set(records.notes) <= set(NOTES)


def test_a_value_in_doubt_equals_nothing_and_is_sent_again():
    known = {"main": published(("L1", "A", "", 1, 1))}
    changed = shaping.changes(stock(["A", "B"], ["4", "5"]), known, 5)
    assert len(changed) == 2
    assert [row["previous"] for row in columns(*shaping.batches(changed, INVENTORY))] == ["", None]


def signs(quantities, before=None):
    """The finding about a column of changes, and whether it holds."""
    records = stock([f"S{number}" for number in range(len(quantities))], quantities)
    findings = shaping.check_guards(shaping.Seen(tallied(records), Policy(), before))
    (finding,) = [finding for finding in findings if finding.name == "changes_not_levels"]
    return finding.verdict, finding.reason


def test_numbers_with_plus_signs_are_changes_and_not_levels():
    verdict, reason = signs(["+5", "-3"] * 15)
    assert verdict == "hold"
    assert "15 of 30 quantities have a plus sign" in reason
    assert signs(["+5", *["3"] * 29])[0] == "pass"


def test_numbers_below_zero_where_there_were_none_are_changes():
    good, bad = shaping.Before("drop 3 (a.csv)", 0.0), shaping.Before("drop 3 (a.csv)", 0.2)
    many = ["-5", "3"] * 15
    assert signs(many, good)[0] == "hold"
    assert "drop 3 (a.csv)" in signs(many, good)[1]
    assert signs(many, bad)[0] == "pass"
    assert signs(many)[0] == "pass"
    assert signs(["-5", *["3"] * 29], good)[0] == "pass"


def test_a_release_answers_the_guards_but_no_question():
    release = Release("asha", "checked by phone", datetime(2025, 3, 1, tzinfo=UTC))
    wrong = tallied(stock([f"S{at}" for at in range(20)], ["x"] * 12 + ["1"] * 8))
    found = {one.name: one for one in shaping.check_guards(shaping.Seen(wrong, Policy()), release)}
    assert found["too_many_rejects"].verdict == "approved"
    assert "12 of 20" in found["too_many_rejects"].reason
    assert found["empty"].verdict == "pass"
    open_question = shaping.check_guards(shaping.Seen(tallied(stock(["A"], ["1,234"])), Policy()), release)
    assert [one.name for one in open_question if one.verdict == "hold"] == ["number_format"]
