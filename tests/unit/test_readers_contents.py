"""What a packed file holds: which files are drops of their own, what is left out, what damage and bombs do."""

from __future__ import annotations

import hashlib
import io
import zipfile

import pytest

from connector.errors import RejectDrop
from connector.readers import Limits, ReaderOptions
from connector.readers.contents import open_here
from connector.readers.reader import unpack
from tests import files

STOCK, MORE = files.stock_csv(3).encode(), files.stock_csv(7, delimiter=";").encode()
NOTHING_TOLD = ReaderOptions()


@pytest.fixture
def spool(tmp_path):
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


@pytest.fixture
def opened(tmp_path, spool):
    def opening(content, options=NOTHING_TOLD, **limits):
        return open_here(files.save(tmp_path, "a.zip", content), spool, options, Limits(**limits))

    return opening


def names(contents):
    return [part.name for part in contents.parts]


def damaged_zip(members, broken):
    """A zip in which a byte of one stored file is another than its checksum says."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    content = dict(members)[broken]
    packed = out.getvalue()
    at = packed.index(content)
    return packed[: at + 5] + bytes([packed[at + 5] ^ 0xFF]) + packed[at + 6 :]


def test_each_file_comes_for_itself_in_the_order_of_the_zip(opened, spool):
    contents = opened(
        files.zipped(
            [
                ("stock/", b""),
                ("stock/b.csv", STOCK),
                ("__MACOSX/stock/._b.csv", b"\0\5\x16\7"),
                ("stock\\a.csv", MORE),
                ("../../etc/c\n.csv", MORE),
                ("/", b""),
                ("~$b.xlsx", b"lock"),
                (".DS_Store", b"junk"),
                ("letter.pdf", b"%PDF-1.4"),
                ("empty.csv", b""),
            ]
        )
    )
    assert contents is not None
    assert names(contents) == ["stock/b.csv", "stock/a.csv", "../../etc/c\n.csv", "empty.csv"]
    assert [part.copy.read_bytes() for part in contents.parts] == [STOCK, MORE, MORE, b""]
    assert [part.size for part in contents.parts] == [len(STOCK), len(MORE), len(MORE), 0]
    assert contents.parts[0].fingerprint == hashlib.sha256(STOCK).hexdigest()
    assert {part.copy.parent for part in contents.parts} == {spool}, "no name is ever a path"
    assert [note[:51] for note in contents.left_out] == [
        "file 'letter.pdf' was left out: this is a PDF docum"
    ]
    assert len(list(spool.iterdir())) == 4


@pytest.mark.parametrize(
    "content",
    [
        STOCK,
        files.gz(STOCK),
        files.zipped([("one.csv", STOCK)]),
        files.zipped([("one.csv", STOCK), ("letter.pdf", b"%PDF-1.4"), ("__MACOSX/._one.csv", b"x")]),
        files.zipped([("one.zip", files.zipped([("one.csv", STOCK)]))]),
        files.gz(files.gz(STOCK)),
        files.zipped([]),
        files.zipped([("letter.pdf", b"%PDF-1.4"), ("picture.png", b"\x89PNG")]),
        b"",
    ],
)
def test_one_file_or_none_is_no_matter_of_opening(opened, spool, content):
    assert opened(content) is None
    assert list(spool.iterdir()) == []


def test_a_workbook_is_one_file_although_it_is_a_zip(tmp_path, spool):
    book = files.workbook(tmp_path, [files.HEADER, *files.stock_rows(4)])
    assert open_here(book, spool, NOTHING_TOLD, Limits()) is None


def test_packed_files_within_are_opened_too(opened, spool):
    inner = files.zipped([("one.csv", STOCK), ("two.csv", MORE)])
    packed = files.zipped([("a.zip", inner), ("three.csv.gz", files.gz(STOCK)), ("b.zip", inner)])
    contents = opened(packed, depth=3)
    assert names(contents) == [
        "a.zip/one.csv",
        "a.zip/two.csv",
        "three.csv",
        "b.zip/one.csv",
        "b.zip/two.csv",
    ]
    assert names(opened(files.gz(inner))) == ["one.csv", "two.csv"]
    assert names(opened(files.zipped([("a.zip", inner)]))) == ["a.zip/one.csv", "a.zip/two.csv"]
    assert not [path for path in spool.iterdir() if path.read_bytes()[:2] in (b"PK", b"\x1f\x8b")]


def test_what_is_packed_too_often_stays_packed_and_is_refused_by_itself(opened):
    inner = files.zipped([("one.csv", STOCK), ("two.csv", MORE)])
    thrice = files.zipped(
        [("b.zip", files.zipped([("a.zip", inner), ("three.csv", STOCK)])), ("c.csv", STOCK)]
    )
    contents = opened(thrice)
    assert names(contents) == ["b.zip/a.zip", "b.zip/three.csv", "c.csv"]
    assert ["setting reading.max_depth" in part.damage for part in contents.parts] == [True, False, False]
    assert contents.parts[0].copy.read_bytes() == inner


def test_a_damaged_file_does_not_spoil_the_others(opened):
    members = [
        ("one.csv", STOCK),
        ("two.csv", MORE),
        ("cut.gz", files.gz(MORE)[:-9]),
        ("four.csv", STOCK + b"x"),
    ]
    contents = opened(damaged_zip(members, "two.csv"))
    assert names(contents) == ["one.csv", "two.csv", "cut.gz", "four.csv"]
    assert [bool(part.damage) for part in contents.parts] == [False, True, True, False]
    assert contents.parts[1].damage.startswith("it is damaged in the zip")
    assert contents.parts[2].damage.startswith("the gz file is cut off or damaged")


def test_what_is_called_a_table_and_is_none_is_never_left_out_in_silence(opened):
    members = [
        ("one.csv", STOCK),
        ("stock.xlsx", b"%PDF-1.4"),
        ("price.xls", b"PK\3\4 cut"),
        ("b.bin", b"\1\2" * 99),
    ]
    contents = opened(files.zipped(members))
    assert [(part.name, part.damage) for part in contents.parts] == [
        ("one.csv", ""),
        ("stock.xlsx", ""),
        ("price.xls", ""),
    ]
    assert len(contents.left_out) == 1


def test_a_bomb_in_a_zip_is_refused_and_all_bytes_count_together(opened):
    zeros = files.zipped([("a.csv", bytes(30_000_000))])
    contents = opened(files.zipped([("one.csv", STOCK), ("bomb.zip", zeros), ("two.csv", MORE)]))
    assert [("setting reading.max_ratio" in part.damage) for part in contents.parts] == [False, True, False]
    inner = files.zipped([(f"{n}.csv", STOCK) for n in range(5)])
    many = files.zipped([(f"{n}.zip", inner) for n in range(10)])
    with pytest.raises(RejectDrop, match=r"setting reading\.max_unpacked_megabytes"):
        opened(many, unpacked_bytes=len(inner) * 10 + len(STOCK) * 20)
    with pytest.raises(RejectDrop, match=r"setting reading\.max_members"):
        opened(many, members=3)


def test_a_file_that_is_larger_than_the_zip_says_is_damaged(opened):
    content = bytearray(files.zipped([("one.csv", STOCK), ("liar.csv", MORE), ("two.csv", STOCK + b"x")]))
    directory = content.rindex(b"PK\x01\x02", 0, content.rindex(b"PK\x01\x02"))
    content[directory + 24 : directory + 28] = b"\x05\0\0\0"
    contents = opened(bytes(content))
    assert [(part.name, bool(part.damage)) for part in contents.parts] == [
        ("one.csv", False),
        ("liar.csv", True),
        ("two.csv", False),
    ]


def test_a_zip_under_a_password_opens_with_the_secret(tmp_path, spool):
    """Two protected files in one zip: the first one's zip with the second put in."""
    locked = files.locked_zip("one.csv", STOCK, "s3cret")
    path = files.save(tmp_path, "a.zip", files.zipped([("in.zip", locked), ("two.csv", MORE)]))

    def first(password):
        contents = open_here(path, spool, ReaderOptions(password=password), Limits())
        assert contents is not None
        return contents.parts[0]

    part = first("s3cret")
    assert (part.name, part.copy.read_bytes(), part.damage) == ("in.zip/one.csv", STOCK, "")
    assert "protected by a password" in first(None).damage
    assert "the password of the profile does not open the zip" in first("other").damage
    with pytest.raises(RejectDrop, match="protected by a password"):
        unpack(files.save(tmp_path, "b.zip", locked), spool=spool)


def test_it_happens_in_a_child_with_the_limits_of_reading(tmp_path, spool):
    path = files.save(tmp_path, "a.zip", files.zipped([("one.csv", STOCK), ("two.csv", MORE)]))
    assert names(unpack(path, spool=spool)) == ["one.csv", "two.csv"]
    assert unpack(files.save(tmp_path, "a.csv", STOCK), spool=spool) is None
    assert unpack(path, spool=spool, limits=Limits(file_bytes=10)) is None
    with pytest.raises(RejectDrop, match=r"setting reading\.seconds"):
        unpack(path, spool=spool, limits=Limits(seconds=0))
    cut = files.save(tmp_path, "cut.zip", path.read_bytes()[:-30])
    with pytest.raises(RejectDrop, match="cut off or damaged"):
        unpack(cut, spool=spool)
