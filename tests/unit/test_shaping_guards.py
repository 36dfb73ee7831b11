"""Guards over a whole drop that look at what was acknowledged before: good drops pass, bad ones say why they do not."""

import pyarrow as pa
import pytest

from connector import shaping
from connector.feeds import Guards, Policy
from connector.shaping.flips import find_flip
from connector.shaping.shelf import SCHEMA, Segment, Shelf
from tests.unit.shaping_tables import published, stock_shaper

SKUS = [f"{number} SHIRT" for number in range(1000, 1100)]


def shelves(skus=SKUS, value="5", place="L1"):
    return published(*((place, sku, value, 1, 1) for sku in skus))


def look(skus, quantities, locations=None, *, there=None, guards=None, mode="delta", before=None):
    """What each guard says of a stock table, against what is on the shelves (by default 100 shirts, 5 of each)."""
    there = shelves() if there is None else there
    shaper = stock_shaper(skus, quantities, locations, published=lambda *_: there)
    tally = shaping.Tally("inventory")
    for records in shaper.records():
        changed = shaping.changes(records, shaper.published, 9)
        tally.compare(records, changed)
        tally.add(records, changed)
    tally.overlap = shaper.overlap
    seen = shaping.Seen(tally, Policy(), before, guards or Guards(), mode)
    return {finding.name: finding for finding in shaping.check_guards(seen)}


def held(found):
    return [name for name, finding in found.items() if finding.verdict == "hold"]


def quantities(zeros, of=100):
    return ["0"] * zeros + ["5"] * (of - zeros)


# -- stock gone ------------------------------------------------------------------------------------------------------


def test_much_stock_that_is_gone_at_once_holds_the_drop():
    found = look(SKUS, quantities(20))
    assert held(found) == ["stock_gone"]
    assert (found["stock_gone"].figure, found["stock_gone"].limit) == (0.2, 0.1)
    assert (
        "20 of 100 SKUs that had stock are 0 in this file (20%, the limit is 10%)"
        in found["stock_gone"].reason
    )


@pytest.mark.parametrize(
    ("rows", "guards"),
    [
        (quantities(19), None),  # few
        (quantities(20), Guards(stock_gone=0.2)),  # the limit itself is within it
        (quantities(30), Guards(at_least=31)),
        (["4"] * 100, None),  # changed, and all still there
    ],
)
def test_stock_that_sells_out_as_it_does_passes(rows, guards):
    assert held(look(SKUS, rows, guards=guards)) == []


def test_what_had_no_stock_or_is_in_doubt_or_new_is_not_gone():
    for value in ("0", ""):
        assert look(SKUS, quantities(50), there=shelves(value=value))["stock_gone"].figure == 0
    assert look(SKUS, quantities(50), there={})["stock_gone"].figure == 0


def test_stock_is_counted_among_the_skus_in_the_file():
    assert held(look(SKUS[:40], quantities(20, of=40))) == ["stock_gone"]


def test_numbers_below_zero_where_there_was_stock_are_changes_where_there_was_none_they_came_back():
    before = shaping.Before("drop 3 (a.csv)", 0.0)
    sold = look(SKUS, ["-2"] * 20 + ["1"] * 80, before=before)
    assert "changes_not_levels" in held(sold)
    hidden = shelves(SKUS[20:])
    assert held(look(SKUS, ["-2"] * 20 + ["1"] * 80, there=hidden, before=before)) == []
    usual = shaping.Before("drop 3 (a.csv)", 0.04)
    assert "changes_not_levels" not in held(look(SKUS, ["-2"] * 20 + ["1"] * 80, before=usual))


@pytest.mark.parametrize(
    ("rows", "zeros", "stopped"),
    [
        (80, 30, []),  # a file of changes lists what sold out
        (80, 41, ["stock_gone"]),  # more than half of it
        (300, 101, ["stock_gone"]),  # a tenth of the shop
        (600, 101, ["stock_gone"]),
    ],
)
def test_of_a_file_of_changes_the_whole_shop_is_the_measure(rows, zeros, stopped):
    skus = [f"{number} SHIRT" for number in range(1000, 2000)]
    assert held(look(skus[:rows], quantities(zeros, of=rows), there=shelves(skus))) == stopped


# -- key flip, wrong file --------------------------------------------------------------------------------------------


def test_skus_that_are_written_another_way_hold_the_drop_and_the_rule_is_said():
    found = look([f"{sku} (25/{at})" for at, sku in enumerate(SKUS)], quantities(0))
    assert held(found) == ["key_flip"]
    reason = found["key_flip"].reason
    assert "100 of 100 rows have a SKU that is not known" in reason
    assert 'have something behind them: "1000 SHIRT" is now "1000 SHIRT (25/0)"' in reason


def test_a_part_of_the_skus_written_another_way_is_a_flip_too():
    assert held(look([*(f"{sku}/N" for sku in SKUS[:30]), *SKUS[30:]], quantities(0))) == ["key_flip"]
    assert held(look([*(f"{sku}/N" for sku in SKUS[:19]), *SKUS[19:]], quantities(0))) == []
    some = Guards(key_flip=0.3)
    assert held(look([*(f"{sku}/N" for sku in SKUS[:30]), *SKUS[30:]], quantities(0), guards=some)) == []


def test_a_few_new_skus_and_a_new_shop_are_no_flip_and_no_wrong_file():
    assert held(look([*SKUS, *(f"{sku} XL" for sku in SKUS[:40])], quantities(0, of=140))) == []
    other = [f"{sku} XL" for sku in SKUS]
    assert held(look(other, quantities(0), there=shelves(SKUS[:19]))) == []
    both = look([*SKUS, *other], quantities(0, of=200), ["L1"] * 100 + ["L2"] * 100)
    assert held(both) == []
    assert both["wrong_file"].figure == 1


def test_a_file_whose_skus_nobody_knows_is_the_wrong_one():
    found = look([f"LEDGER{at:04}" for at in range(60)], quantities(0, of=60))
    assert held(found) == ["wrong_file"]
    assert "only 0 of 60 rows have a SKU that is known at their location" in found["wrong_file"].reason
    assert held(look([f"LEDGER{at:04}" for at in range(19)], quantities(0, of=19))) == []
    assert (
        held(look([f"LEDGER{at:04}" for at in range(60)], quantities(0, of=60), guards=Guards(known_share=0)))
        == []
    )


def test_a_tenth_of_known_skus_is_enough():
    new = [f"LEDGER{at:04}" for at in range(90)]
    assert held(look([*SKUS[:10], *new], quantities(0))) == []
    assert held(look([*SKUS[:9], *new, "X"], quantities(0))) == ["wrong_file"]


CODES = [f"AB-{number}-x" for number in range(100, 160)]


@pytest.mark.parametrize(
    ("was", "now", "rule", "pair"),
    [
        (CODES, [f"{code}.0" for code in CODES], 'have ".0" behind them', ("AB-100-x", "AB-100-x.0")),
        ([f"00{at}" for at in range(100, 160)], [str(at) for at in range(100, 160)],
         "have lost the zeros before them", ("00100", "100")),
        ([str(at) for at in range(100, 160)], [f"00{at}" for at in range(100, 160)],
         "have zeros before them", ("100", "00100")),
        (CODES, [code.upper() for code in CODES], "have other capitals", ("AB-100-x", "AB-100-X")),
        (CODES, [code.replace("-", "") for code in CODES],
         "have lost or changed the blanks, dashes or points between their parts", ("AB-100-x", "AB100x")),
        (CODES, [f"IN{code}" for code in CODES], 'have "IN" before them', ("AB-100-x", "INAB-100-x")),
        ([f"IN{code}" for code in CODES], CODES, 'have lost "IN" before them', ("INAB-100-x", "AB-100-x")),
        (CODES, [f"{code}9" for code in CODES], 'have "9" behind them', ("AB-100-x", "AB-100-x9")),
        ([f"{code} ({at})" for at, code in enumerate(CODES)], CODES,
         "have lost something behind them", ("AB-100-x (0)", "AB-100-x")),
        ([f"AB-{at}-{at}x" for at in range(100, 160)], [f"AB-{at}-" for at in range(100, 160)],
         "have lost something behind them", ("AB-100-100x", "AB-100-")),
    ],
)  # fmt: skip
def test_every_way_to_write_skus_otherwise_is_named(was, now, rule, pair):
    flip = find_flip(texts(now), texts(was))
    assert flip is not None
    assert (flip.rule, (flip.was, flip.now)) == (rule, pair)


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ([], CODES),
        (CODES, []),
        (CODES, [f"{at * 7919}" for at in range(60)]),
        (["AB"], [f"AB{at}" for at in range(60)]),  # many that begin like one
        (
            [str(at) for at in range(100, 1000)],
            [f"{at * 1_234_567:013}" for at in range(7000, 7060)],
        ),  # by chance
        (CODES, [*(f"{code}.0" for code in CODES[:20]), *(f"T{at}" for at in range(40))]),  # a minority
    ],
)
def test_codes_that_have_nothing_to_do_with_each_other_are_no_flip(was, now):
    assert find_flip(texts(now), texts(was)) is None


def test_a_long_table_is_looked_at_by_a_sample():
    flip = find_flip(texts([f"{at}-IN" for at in range(3000)]), texts([str(at) for at in range(3000)]))
    assert flip is not None
    assert flip.rule == 'have "-IN" behind them'


def texts(codes):
    return pa.array(codes, type=pa.large_string())


# -- stock absent ----------------------------------------------------------------------------------------------------


def test_a_full_file_that_lacks_what_had_stock_is_held():
    found = look(SKUS[30:], quantities(0, of=70), mode="full")
    assert held(found) == ["stock_absent"]
    assert found["stock_absent"].figure == 0.3
    assert (
        "30 of 100 SKUs that had stock are not in this file (30%, the limit is 20%)"
        in found["stock_absent"].reason
    )


def test_absent_skus_of_a_delta_or_without_stock_or_few_are_no_alarm():
    assert held(look(SKUS[30:], quantities(0, of=70))) == []
    assert held(look(SKUS[20:], quantities(0, of=80), mode="full")) == []
    assert held(look(SKUS[30:], quantities(0, of=70), mode="full", there=shelves(value="0"))) == []
    assert held(look(SKUS[30:], quantities(0, of=70), mode="full", guards=Guards(stock_absent=0.3))) == []


def test_a_row_that_is_rejected_or_empty_is_in_the_file_all_the_same():
    assert held(look(SKUS, ["x"] * 5 + [""] * 40 + ["5"] * 55, mode="full")) == []


def test_restored_zeros_are_the_known_skus():
    there = shelves([f"00{at}" for at in range(100, 160)])
    found = look([str(at) for at in range(100, 160)], quantities(0, of=60), there=there, mode="full")
    assert held(found) == []
    assert (found["wrong_file"].figure, found["stock_absent"].figure) == (1, 0)


def segment(*rows):
    return Segment(pa.record_batch(list(map(list, zip(*rows, strict=True))), schema=SCHEMA))


def test_of_several_segments_the_one_that_counts_says_what_had_stock():
    first = segment(*((sku, "5", 1, 1) for sku in SKUS))
    later = segment(*((sku, "0", 2, 2) for sku in SKUS[:25]))
    older = segment(*((sku, "0", 0, 3) for sku in SKUS[90:]), ("NEW", "5", 3, 3))
    there = {"L1": Shelf([first, later, older])}
    found = look(SKUS[50:], quantities(0, of=50), mode="full", there=there)["stock_absent"]
    assert "25 of 76 SKUs that had stock" not in found.reason  # NEW is absent too
    assert "26 of 76 SKUs that had stock" in found.reason


def test_rows_are_ticked_off_over_all_parts_of_a_table():
    shelf = Shelf([segment(*((sku, "5", 1, 1) for sku in SKUS))])
    for start in range(0, 100, 10):
        shelf.holds(texts(SKUS[start : start + 9]))
    ((_, counts, seen),) = shelf.attended()
    assert counts.all()
    assert seen.sum() == 90
    shelf.rewind()
    assert not shelf.attended()[0][2].any()
