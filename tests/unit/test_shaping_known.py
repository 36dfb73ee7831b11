"""Codes and numbers against what is known already: vouched for, mended on proof, pointed at; never in silence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.shaping_tables import codes, messages, prices, published, stock, stock_shaper


def known(*skus, value="5"):
    """A lookup that knows these SKUs at L1."""
    there = published(*(("L1", sku, value, 1, 1) for sku in skus))
    return {"published": lambda *_: there}


def values(**by_sku):
    """A lookup that knows these SKUs at L1 with their values."""
    there = published(*(("L1", sku.replace("_", "-"), value, 1, 1) for sku, value in by_sku.items()))
    return {"published": lambda *_: there}


def sent(records):
    return records.frame["sku"].tolist()


def reason(records, line=2):
    (verdict,) = [verdict for verdict in records.rejects if verdict.line == line]
    return verdict.faults[0].reason


def test_it_is_asked_once_for_the_account_and_the_places_it_serves():
    asked = []

    def lookup(account, locations):
        asked.append((account, tuple(locations)))
        return published(("L1", "A", "5", 1, 1))

    stock(["A", "B"], ["1", "2"], ["L1", "L2"], published=lookup)
    assert asked == [("main", ("L1", "L2"))]


@pytest.mark.parametrize(
    ("written", "there", "candidates"),
    [
        (
            "8.90123E+12",
            ["8901234567890", "8901239999999", "8901250000000", "890123"],
            "8901234567890, 8901239999999",
        ),
        ("8.90123E+12", ["8901229999999"], "8901229999999"),
        ("8,90123E+12", ["8901234567890"], "8901234567890"),
        ("1.5267700000147955e+18", ["1526770000014795435"], "1526770000014795435"),
        ("1E5", ["100000", "10E4", "1E6"], "100000, 10E4"),
        ("1.00E+05", ["1E5", "1E05"], "1E05, 1E5"),
        ("01-Feb", ["1-2", "02/01", "1-3", "FEB-01", "12"], "02/01, 1-2, FEB-01"),
        ("2024-02-01 00:00:00", ["1-2", "1-2-24", "2-24"], "1-2, 1-2-24"),
        ("Feb-24", ["2-24", "24-2", "2-25"], "2-24, 24-2"),
        ("TRUE", ["True", "FALSE"], "True"),
        ("INCA\ufffdV01", ["INCAûV01", "INCAV01"], "INCAûV01"),
        ("A.(\ufffd) 1", ["A.(ñ) 1", "Ax(ñ) 1"], "A.(ñ) 1"),
    ],
)
def test_a_damaged_code_is_refused_with_the_known_codes_it_may_have_been(written, there, candidates):
    records = stock([written, "B"], ["1", "2"], **known(*there, "B"))
    assert sent(records) == ["B"]
    assert reason(records).endswith(f"; known SKUs it may have been: {candidates}")


def test_without_a_lookalike_the_reason_says_only_what_is_wrong():
    assert "may have been" not in reason(stock(["8.90123E+12"], ["1"], **known("B")))


@pytest.mark.parametrize("code", ["1E5", "TRUE", "MAY-24", "2024-02-01"])
def test_a_known_code_is_right_however_damaged_it_looks(code):
    assert sent(stock([code], ["1"], **known(code))) == [code]
    assert sent(stock([code], ["1"])) == []


def test_long_numbers_that_lost_their_last_digits_are_refused():
    records = stock(
        ["1526770000014790000", "1526770000014790001"], ["1", "2"], **known("1526770000014795435")
    )
    assert codes(records) == {2: ["damaged_by_excel"]}
    assert reason(records).endswith("known SKUs it may have been: 1526770000014795435")


def test_a_column_of_long_numbers_that_all_end_in_zeros_is_damaged_without_anything_known():
    lost = [f"15267700000{number}0000" for number in range(1000, 1006)]
    assert [rule for rules in codes(stock(lost, ["1"] * 6)).values() for rule in rules] == [
        "damaged_by_excel"
    ] * 6
    assert sent(stock([*lost, "1526770000014795435"], ["1"] * 7)) == [*lost, "1526770000014795435"]


def test_lost_leading_zeros_are_restored_on_proof_and_it_is_said():
    table, there = (["123", "0456", "789"], ["1", "2", "3"]), known("00123", "000456", "0789", "789")
    records = stock(*table, **there)
    assert sent(records) == ["00123", "000456", "789"]
    assert records.notes["zeros_restored"] == 2
    assert any('"123" → "00123"' in message for message in messages(stock_shaper(*table, **there)))


@pytest.mark.parametrize(
    ("written", "there"),
    [
        (["123"], ["123", "00123"]),  # the bare one is known too
        (["123"], ["0123", "00123"]),  # two forms are known
        (["123"], ["00124"]),
        (["123", "00123"], ["00123"]),  # the padded one is another line of the file
        (["A123"], ["0A123"]),
        (["123"], []),
    ],
)
def test_zeros_are_not_restored_without_proof(written, there):
    records = stock(written, ["1"] * len(written), **known(*there))
    assert sent(records) == written
    assert "zeros_restored" not in records.notes


def test_two_lines_restored_to_one_code_are_repeats_of_it():
    records = stock(["123", "0123"], ["1", "2"], **known("00123"))
    assert sent(records) == []
    assert all("repeat" in rule or "duplicate" in rule for rules in codes(records).values() for rule in rules)


def test_what_is_invisible_inside_goes_only_when_the_plain_form_is_known():
    records = stock(["A\u00a01", "B\u200b2", "C\u00a03"], ["1", "2", "3"], **known("A 1", "B2"))
    assert sent(records) == ["A 1", "B2", "C\u00a03"]
    assert records.notes["cleaned_inside"] == 2


def test_a_spelling_that_differs_by_case_or_blanks_is_reported_and_exact_matches_come_first():
    table, there = (["abc 1", "ABC-2", "new"], ["1", "2", "3"]), known("ABC1", "ABC-2", "abc-2")
    records = stock(*table, **there)
    assert sent(records) == ["abc 1", "ABC-2", "new"]
    assert records.notes["near_known"] == 1
    assert any('"abc 1" → "ABC1"' in message for message in messages(stock_shaper(*table, **there)))


# -- numbers that history settles ------------------------------------------------------------------------------------


def pieces(records):
    assert not records.findings, records.findings[0].reason
    return records.frame["quantity"].tolist()


def test_a_lone_comma_is_settled_by_what_was_published():
    assert pieces(stock(["A", "B"], ["1,234", "2,500"], **values(A="1200", B="2500"))) == [1234, 2500]
    assert pieces(stock(["A", "B"], ["1,234", "2,500"], **values(A="1", B="3"))) == [1, 2]
    assert pieces(stock(["A", "B"], ["1.234", "7"], **values(A="1300"))) == [1234, 7]


def test_how_history_settled_it_is_said():
    assert messages(stock_shaper(["A"], ["1,234"], **values(A="1200"))) == [
        'column "Stock": decimal point, shown by what was published before (1,234, then 1200)',
    ]


@pytest.mark.parametrize(
    "there", [{}, {"A": "0"}, {"A": ""}, {"A": "40"}, {"A": "1200", "B": "2"}, {"C": "1200"}]
)
def test_history_that_says_nothing_or_two_things_leaves_the_question(there):
    records = stock(["A", "B"], ["1,234", "2,500"], **values(**there))
    assert "can mean 1234 or 1.234" in records.findings[0].reason


def test_prices_are_settled_by_their_own_field():
    there = values(A="1999.00|1500.00|INR", B="2999.00|2500.00|INR")
    records = prices(["A", "B"], ["1.500", "2.500"], ["1.999", "2.999"], **there)
    assert records.frame["esp"].tolist() == [150000, 250000]
    assert records.frame["mrp"].tolist() == [199900, 299900]


def test_what_the_file_settles_is_not_asked_of_history():
    assert pieces(stock(["A", "B"], ["1,234", "0.5"], **values(A="1"))) == [1234, 0]


# -- correction files ------------------------------------------------------------------------------------------------


def test_cells_of_a_correction_file_lose_what_stands_before_formulas():
    assert sent(stock(["'@home", "'-A1", "''=x", "'quoted", "A"], list("12345"), escaped=True)) == [
        "@home", "-A1", "'=x", "'quoted", "A",
    ]  # fmt: skip
    assert sent(stock(["'@home"], ["1"])) == ["'@home"]


# -- whatever is known -----------------------------------------------------------------------------------------------

CODES = st.lists(
    st.one_of(
        st.sampled_from(["123", "0123", "00123", "1E5", "A 1", "a1", "01-Feb", "A\u00a01"]),
        st.text(max_size=8),
    )
)


@given(CODES, CODES)
def test_every_row_has_one_end_and_only_what_is_counted_is_changed(written, there):
    there = [code for code in there if code]
    records = stock(written, ["1"] * len(written), **(known(*there) if there else {}))
    ends = len(records.frame) + len(records.rejects) + len(records.merged) + len(records.blank)
    assert ends == records.total == len(written)
    mended = records.notes.get("zeros_restored", 0) + records.notes.get("cleaned_inside", 0)
    strange = [sku for sku in sent(records) if not any(sku in text for text in written)]
    assert len(strange) <= mended or "unwrapped" in records.notes
    assert all(sku in there for sku in strange)
