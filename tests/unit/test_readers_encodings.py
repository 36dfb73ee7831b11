"""Which encoding a file is in: lists of goods in the languages met, in the encodings they are written in.

Few words may be a guess, but a guess is told, and a code that hangs on it is not sent.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.outbox import CorrectionRow, write_correction
from connector.planner import Origin
from connector.profiles import Profile, load, suggest
from connector.readers.charsets import ONE_BYTE, Evidence, choose, decode
from connector.readers.ideographs import WIDE_BITS
from tests import files, planned

GOODS = Path(__file__).resolve().parents[1] / "goods.txt"
LISTS = {
    language: (names, words)
    for language, names, words in (
        line.split("\t") for line in GOODS.read_text(encoding="utf-8").splitlines()
    )
}
"""By language: the encodings it is written in, and goods, parted by `|`."""
CASES = [(language, name) for language, (names, _) in LISTS.items() for name in names.split()]


def found_in(words: list[str], name: str):
    evidence = Evidence()
    for number, word in enumerate(words):
        line = f"SKU-{number};{word};{number}\n".encode(name)
        evidence.add(line) if not line.isascii() else None
    return choose(evidence)


def words_of(language: str, name: str) -> list[str]:
    """Those words that the encoding has letters for."""
    return [
        word for word in LISTS[language][1].split("|") if word.encode(name, "ignore").decode(name) == word
    ]


@pytest.mark.parametrize(("language", "name"), CASES)
def test_a_list_of_goods_is_read_in_the_encoding_it_was_written_in(language, name):
    words = words_of(language, name)
    assert len(words) > 5
    choice = found_in(words, name)
    assert choice.second is None
    assert [decode(word.encode(name), choice.name) for word in words] == words


@pytest.mark.parametrize(("language", "name"), CASES)
def test_such_a_file_is_read_from_end_to_end(tmp_path, language, name):
    rows = [
        ["SKU", "Name", "Stock"],
        *([f"A{n}", word, str(n)] for n, word in enumerate(words_of(language, name), 1)),
    ]
    content = files.delimited(rows).encode(name)
    path = files.save(tmp_path, "stock.csv", content)
    understood = planned.planner(tmp_path / "spool").understand(path, Origin("stock.csv"), tmp_path / "spool")
    (table,) = understood.document.tables
    assert [[*row] for row in zip(*table.samples, strict=True)] == rows[1:]
    assert not [note for note in understood.document.notes if "guess" in note]


@given(st.data())
def test_of_most_of_the_words_no_wrong_encoding_is_sure(data):
    language, name = data.draw(st.sampled_from(CASES))
    words = data.draw(st.permutations(words_of(language, name)))[:7]
    choice = found_in(words, name)
    right = all(decode(word.encode(name), choice.name) == word for word in words)
    assert right or choice.second is not None, (language, name, words, choice)


@given(st.binary(max_size=40), st.sampled_from([*ONE_BYTE, *WIDE_BITS]))
def test_no_bytes_break_the_choice(raw, name):
    evidence = Evidence()
    evidence.add(raw)
    assert choose(evidence).name in {*ONE_BYTE, *WIDE_BITS}
    assert isinstance(decode(raw, name), str)


def planned_of(folder, content: bytes, known=(), profiles=()):
    planner = planned.planner(folder / "spool", profiles=profiles, known_codes=known)
    path = files.save(folder, "stock.csv", content)
    understood = planner.understand(path, Origin("stock.csv"), folder / "spool")
    plan, kept = planned.plan(planner, understood)
    return understood, plan, kept


UNCLEAR = "SKU,Stock\nTÖLŐ-1,1\nBÖR-2,2\nPLAIN-3,3\n".encode("cp1250")


def test_a_code_that_hangs_on_a_guess_is_not_sent_and_the_line_to_write_is_named(tmp_path):
    understood, _, kept = planned_of(tmp_path, UNCLEAR)
    (note,) = [note for note in understood.document.notes if "guess" in note]
    assert "cp1252" in note
    assert 'encoding = "cp1250"' in note
    assert set(kept.sent("inventory")) == {"BÖR-2", "PLAIN-3"}  # the second is spelled alike in both
    ((line, fault),) = [(one.line, one.faults[0]) for one in kept.verdicts]
    assert (line, fault.code, fault.column) == (2, "encoding_unclear", "SKU")
    assert "TÖLŐ-1" in fault.reason
    assert "TÖLÕ-1" in fault.reason
    assert 'encoding = "cp1250"' in fault.reason
    assert 'encoding = "cp1252"' in fault.reason


def test_what_the_profile_says_is_no_guess(tmp_path):
    told = Profile.model_validate({
        "name": "told",
        "match": {"names": ["stock*"]},
        "reader": {"encoding": "cp1250"},
        "columns": {"sku": "SKU", "quantity": "Stock"},
    })  # fmt: skip
    understood, _, kept = planned_of(tmp_path, UNCLEAR, profiles=(told,))
    assert set(kept.sent("inventory")) == {"TÖLŐ-1", "BÖR-2", "PLAIN-3"}
    assert not understood.document.notes


@pytest.mark.parametrize(("known", "sent"), [("TÖLŐ-1", "TÖLŐ-1"), ("TÖLÕ-1", "TÖLÕ-1"), ("nowhere", None)])
def test_the_encoding_that_yields_codes_the_shop_has_wins(tmp_path, known, sent):
    understood, _, kept = planned_of(tmp_path, UNCLEAR, known=[known])
    assert (sent in kept.sent("inventory")) if sent else not any("1" in sku for sku in kept.sent("inventory"))
    assert bool(sent) is not any("guess" in note for note in understood.document.notes)


@pytest.mark.parametrize(
    ("name", "code"),
    [("cp1250", "TŐL-1"), ("cp850", "ÑØ-1"), ("mac_roman", "ÜØ-1"), ("cp1257", "ŠĖ-1"), ("big5", "椅-1")],
)
def test_a_known_code_outweighs_the_letters(tmp_path, name, code):
    content = f"SKU,Stock\n{code},1\n".encode(name)
    assert list(planned_of(tmp_path, content)[2].sent("inventory")) != [code]
    assert list(planned_of(tmp_path, content, known=[code])[2].sent("inventory")) == [code]


def test_a_byte_that_fits_no_character_reaches_no_code(tmp_path):
    words = LISTS["Japanese"][1].split("|")
    rows = "".join(f"品番{n},{word},{n}\n" for n, word in enumerate(words))
    content = ("SKU,名前,Stock\n" + rows).encode("cp932") + b"\x95\xff-9,x,9\n"
    _, _, kept = planned_of(tmp_path, content)
    assert set(kept.sent("inventory")) == {f"品番{n}" for n in range(len(words))}
    assert [(one.line, one.faults[0].code) for one in kept.verdicts] == [(len(words) + 2, "character_lost")]


def test_an_asian_text_is_not_taken_for_utf_8_where_two_bytes_look_like_it(tmp_path):
    words = list("模库刀毛帽木纸椅桌灯棉布锅碗")
    rows = "".join(f"A{n},{word}{word}子厨房商品,{n}\n" for n, word in enumerate(words * 3))
    content = ("SKU,品名,Stock\n" + rows + "B1,模,1\n").encode("gb18030")
    understood, _, kept = planned_of(tmp_path, content)
    assert understood.document.tables[0].encoding == "gb18030"
    assert understood.document.tables[0].samples[1][-1] == "模"
    assert len(kept.sent("inventory")) == len(words) * 3 + 1


def test_the_profile_proposed_for_a_guess_makes_it_sure(tmp_path):
    understood, _, _ = planned_of(tmp_path, UNCLEAR)
    said = suggest(
        understood.document.tables, name="stock.csv", default_location="BLR-01", default_currency="INR"
    )
    assert 'encoding = "cp1252"  # a guess: or "cp1250"' in said
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "own.toml").write_text(
        said.replace('"cp1252"  #', '"cp1250"  #'), encoding="utf-8"
    )
    profiles, complaints = load(tmp_path / "profiles")
    assert complaints == []
    _, _, kept = planned_of(tmp_path, UNCLEAR, profiles=profiles)
    assert set(kept.sent("inventory")) == {"TÖLŐ-1", "BÖR-2", "PLAIN-3"}


def test_a_mark_is_right_whatever_is_said_of_the_file(tmp_path):
    told = Profile.model_validate(
        {"name": "told", "match": {"names": ["stock*"]}, "reader": {"encoding": "cp1250"}}
    )
    content = "SKU,Stock\nTÖLŐ-1,1\nBÖR-2,2\n".encode("utf-8-sig")
    understood, _, kept = planned_of(tmp_path, content, profiles=(told,))
    assert set(kept.sent("inventory")) == {"TÖLŐ-1", "BÖR-2"}
    assert "begins with the mark of utf-8" in understood.document.notes[0]


def test_a_line_of_another_encoding_under_a_mark_is_read_in_its_own(tmp_path):
    content = "SKU,Stock\nCAFÉ-1,1\n".encode("utf-8-sig") + "CRÈME-2,2\n".encode("cp1252")
    understood, _, kept = planned_of(tmp_path, content)
    assert set(kept.sent("inventory")) == {"CAFÉ-1", "CRÈME-2"}
    assert "mixed encodings" in understood.document.notes[0]


@pytest.mark.parametrize("name", ["cp1250", "cp1251", "gb18030", "cp932"])
def test_a_correction_file_of_one_row_is_read_as_it_was_written(tmp_path, name):
    language = {
        "cp1250": "Polish",
        "cp1251": "Russian",
        "gb18030": "simplified Chinese",
        "cp932": "Japanese",
    }[name]
    words = words_of(language, name)
    wrong = [f"{words[0][:2]}-X", "many"]
    rows = [["SKU", "Stock"], *([f"{word[:3]}-{n}", str(n)] for n, word in enumerate(words)), wrong]
    understood, _, kept = planned_of(tmp_path, files.delimited(rows).encode(name))
    assert len(kept.verdicts) == 1
    (table,) = understood.document.tables
    assert table.encoding == name
    row = CorrectionRow(len(rows), wrong, ["not a number"])
    written = write_correction(tmp_path / "out", name="stock.csv", table=table, rows=[row])
    assert written is not None
    _, _, again = planned_of(tmp_path, written.path.read_bytes().replace(b"many", b"7"))
    assert set(again.sent("inventory")) == {wrong[0]}
