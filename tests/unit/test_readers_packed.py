"""Several files in one zip, and files under a password."""

from __future__ import annotations

import pytest

from connector.errors import RejectDrop
from connector.planner import Origin, Planner
from connector.plans import World
from connector.profiles import Profile, load, reader_hints
from connector.readers import Limits, ReaderOptions, read
from tests import files, office


def opened(folder, path, **told):
    return read(path, name=path.name, spool=folder / "spool", in_process=True, **told)


STOCK, MORE = files.stock_csv(3).encode(), files.stock_csv(7, delimiter=";").encode()


def test_every_file_of_a_zip_is_a_table_under_its_name(tmp_path):
    book = files.workbook(tmp_path, [files.HEADER, *files.stock_rows(4)])
    inside = files.zipped(
        [
            ("stock/", b""),
            ("stock/one.csv", STOCK),
            ("../../two\n.txt", MORE),
            ("__MACOSX/stock/._one.csv", b"\0\5\x16\7"),
            ("stock/._one.csv", b"\0\5\x16\7"),
            ("stock\\Thumbs.db", b"junk"),
            ("book.xlsx", book.read_bytes()),
            ("page.html", files.page("<tr><td>SKU<td>Qty</tr><tr><td>A<td>1</tr>").encode()),
            ("packed.gz", files.gz(STOCK)),
            ("letter.pdf", b"%PDF-1.4"),
        ]
    )
    document = opened(tmp_path, files.save(tmp_path, "all.zip", inside))
    assert [(table.sheet, table.rows) for table in document.tables] == [
        ("stock/one.csv", 3),
        ("../../two?.txt", 7),
        ("book.xlsx: Stock", 4),
        ("page.html", 1),
        ("packed.gz", 3),
    ]
    assert document.format == "mixed.zip"
    assert document.members == ("stock/one.csv", "../../two?.txt", "book.xlsx", "page.html", "packed.gz")
    assert [note[:51] for note in document.notes] == ["file 'letter.pdf' was left out: this is a PDF docum"]
    assert {path.suffix for path in (tmp_path / "spool").iterdir()} == {".arrow"}
    assert [table.stored_numbers for table in document.tables] == [False, False, True, False, False]


def test_the_file_or_sheet_wanted_is_taken(tmp_path):
    book = files.workbook(tmp_path, [files.HEADER, *files.stock_rows(4)]).read_bytes()
    path = files.save(tmp_path, "all.zip", files.zipped([("a/one.csv", STOCK), ("b.xlsx", book)]))
    for sheet, rows in (("one.csv", 3), ("a/one.csv", 3), ("Stock", 4), ("b.xlsx: Stock", 4)):
        assert [t.rows for t in opened(tmp_path, path, options=ReaderOptions(sheet=sheet)).tables] == [rows]
    with pytest.raises(
        RejectDrop, match=r"no file or sheet 'x' in the zip; it has 'a/one.csv', 'b.xlsx: Stock'"
    ):
        opened(tmp_path, path, options=ReaderOptions(sheet="x"))


def test_a_damaged_file_in_a_zip_refuses_all_of_it_by_name(tmp_path):
    path = files.save(tmp_path, "a.zip", files.zipped([("one.csv", STOCK), ("two.gz", files.gz(MORE)[:-9])]))
    with pytest.raises(RejectDrop, match=r"'two.gz', one of several files in it: the gz file is cut off"):
        opened(tmp_path, path)
    assert list((tmp_path / "spool").glob("unpacked-*")) == []


def test_what_many_files_unpack_to_is_counted_together(tmp_path):
    path = files.save(tmp_path, "a.zip", files.zipped([(f"{n}.csv", STOCK) for n in range(50)]))
    with pytest.raises(RejectDrop, match=r"setting reading\.max_unpacked_megabytes"):
        opened(tmp_path, path, limits=Limits(unpacked_bytes=len(STOCK) * 20))


def test_a_zip_within_a_zip_stops_at_the_limit(tmp_path):
    inner = files.zipped([("one.csv", STOCK), ("two.csv", MORE)])
    twice = files.zipped([("a.zip", inner), ("three.csv", STOCK)])
    document = opened(tmp_path, files.save(tmp_path, "a.zip", twice))
    assert [table.sheet for table in document.tables] == ["a.zip: one.csv", "a.zip: two.csv", "three.csv"]
    thrice = files.zipped([("b.zip", twice), ("four.csv", STOCK)])
    with pytest.raises(RejectDrop, match=r"setting reading\.max_depth"):
        opened(tmp_path, files.save(tmp_path, "b.zip", thrice))


# -- passwords


def test_a_locked_workbook_opens_with_the_secret_only(tmp_path):
    path = files.locked_workbook(tmp_path, "s3cret")
    with pytest.raises(RejectDrop, match=r"^the workbook is protected by a password; save it without one"):
        opened(tmp_path, path)
    with pytest.raises(RejectDrop, match="the password of the profile does not open it") as refused:
        opened(tmp_path, path, options=ReaderOptions(password="wr0ng"))
    assert "wr0ng" not in str(refused.value)
    document = opened(tmp_path, path, options=ReaderOptions(password="s3cret"))
    assert (document.format, document.tables[0].rows) == ("xlsx", 5)
    assert document.notes == ("the workbook was protected by a password",)
    assert {path.suffix for path in (tmp_path / "spool").iterdir()} == {".arrow"}
    assert "s3cret" not in repr(ReaderOptions(password="s3cret"))


def test_a_workbook_protected_only_against_changes_opens_by_itself(tmp_path):
    assert opened(tmp_path, files.locked_workbook(tmp_path, "VelvetSweatshop")).tables[0].rows == 5


def test_an_old_workbook_under_a_password_is_named(tmp_path):
    records = office.biff5()
    protected = records[:12] + b"\x2f\x00\x04\x00\x01\x02\x03\x04" + records[12:]
    with pytest.raises(RejectDrop, match="protected"):
        opened(tmp_path, files.save(tmp_path, "a.xls", office.container(protected)))


def test_a_workbook_under_rights_management_is_named(tmp_path):
    path = files.save(tmp_path, "a.xlsx", office.container(b"x", "\x09DRMContent"))
    with pytest.raises(RejectDrop, match="rights management"):
        opened(tmp_path, path)
    with pytest.raises(RejectDrop, match="no Excel workbook"):
        opened(tmp_path, files.save(tmp_path, "a.doc", office.container(b"x", "WordDocument")))


def test_a_locked_zip_opens_with_the_secret_only(tmp_path):
    path = files.save(tmp_path, "a.zip", files.locked_zip("one.csv", STOCK, "s3cret"))
    assert opened(tmp_path, path, options=ReaderOptions(password="s3cret")).tables[0].rows == 3
    with pytest.raises(RejectDrop, match=r"^the zip is protected by a password"):
        opened(tmp_path, path)
    with pytest.raises(RejectDrop, match="the password of the profile does not open the zip"):
        opened(tmp_path, path, options=ReaderOptions(password="other"))

    nameless = files.save(tmp_path, "c.zip", files.locked_zip("", STOCK, "s3cret"))
    assert opened(tmp_path, nameless, options=ReaderOptions(password="s3cret")).tables[0].rows == 3
    aes = path.read_bytes().replace(b"\x14\0\1\0\0\0", b"\x14\0\1\0\x63\0")
    with pytest.raises(RejectDrop, match="protected by AES"):
        opened(tmp_path, files.save(tmp_path, "b.zip", aes))


def test_a_profile_refers_to_the_secret_and_never_says_it(tmp_path, monkeypatch):
    folder = tmp_path / "profiles"
    folder.mkdir()
    profile = folder / "shop.toml"

    def loaded(value):
        profile.write_text(f'[match]\nnames = ["*.xlsx"]\n[reader]\npassword = "{value}"\n')
        return load(folder)

    monkeypatch.setenv("SHOP_SECRET", "s3cret")
    found, complaints = loaded("env:SHOP_SECRET")
    assert complaints == []
    assert "s3cret" not in repr(found)
    hints = reader_hints(found, name="a.xlsx", folder=None)
    assert hints.password is not None
    assert hints.password.get_secret_value() == "s3cret"
    for wrong, words in (("pl4in", "env:NAME or file:PATH"), ("env:NOT_THERE_AT_ALL", "is not set")):
        found, complaints = loaded(wrong)
        said = " ".join(map(str, complaints))
        assert (found, words in said, "pl4in" in said) == ([], True, False)


def test_the_planner_hands_the_secret_to_the_reader(tmp_path):
    word = files.save(tmp_path, "word", "s3cret\n")
    profile = Profile.model_validate(
        {"name": "p", "match": {"names": ["*.xlsx"]}, "reader": {"password": f"file:{word}"}}
    )
    planner = Planner(
        spool=tmp_path / "spool",
        limits=Limits(),
        profile_folder=lambda: [profile],
        world=World(),
        default_location=None,
        currency="INR",
    )
    path = files.locked_workbook(tmp_path, "s3cret")
    document = planner.read(path, Origin("locked.xlsx"), tmp_path / "spool")
    assert document.tables[0].rows == 5
