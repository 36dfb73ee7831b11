"""A local inbox with real files: found, claimed, given back, archived, and swept after a crash."""

from __future__ import annotations

import errno
import hashlib
import os
import socket
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from connector.errors import SourceUnavailable
from connector.files import path_os, path_text
from connector.sources import WORK_FOLDER, LocalSource, Source, local

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - any second file system will do


@pytest.fixture
def inbox(tmp_path):
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def source(inbox) -> Source:
    return LocalSource("shop", inbox)


def put(inbox: Path, path: str = "stock.csv", content: str = "sku,qty\nA,1\n") -> Path:
    target = inbox / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(content)
    return target


def found(source, path="stock.csv"):
    return next(one for one in source.scan().files if one.path == path)


def below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


# ---- scan -------------------------------------------------------------------------------------------


def test_scan_finds_files_at_any_depth_and_names_their_folder(source, inbox):
    put(inbox)
    put(inbox, "south/BLR01/stock.csv", "x")
    scan = source.scan()
    assert {(one.path, source.folder_of(one), one.size) for one in scan.files} == {
        ("stock.csv", None, 12),
        ("south/BLR01/stock.csv", "south/BLR01", 1),
    }
    assert scan.passed_over == ()


def test_scan_reports_links_and_devices_and_follows_none(source, inbox, tmp_path):
    secret = put(tmp_path, "elsewhere/secret.csv").parent
    (inbox / "link.csv").symlink_to(secret / "secret.csv")
    (inbox / "folder").symlink_to(secret, target_is_directory=True)
    (inbox / "dangling").symlink_to("nowhere")
    os.mkfifo(inbox / "pipe.csv")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(inbox / "socket"))
        scan = source.scan()
    assert scan.files == ()
    assert sorted(one.path for one in scan.passed_over) == [
        "dangling",
        "folder",
        "link.csv",
        "pipe.csv",
        "socket",
    ]
    assert all(one.report and one.reason for one in scan.passed_over)


def test_scan_passes_over_hidden_and_system_folders_and_bounds_the_depth(inbox):
    put(inbox, ".git/a.csv")
    put(inbox, "$RECYCLE.BIN/a.csv")
    put(inbox, "#1 store/a.csv")
    put(inbox, "a/b/c/deep.csv")
    scan = LocalSource("shop", inbox, max_depth=2).scan()
    assert [one.path for one in scan.files] == ["#1 store/a.csv"]
    assert {one.path: one.report for one in scan.passed_over} == {
        ".git": False,
        "$RECYCLE.BIN": False,
        "a/b/c": True,
    }


def test_another_disk_mounted_in_the_inbox_is_reported_because_nothing_can_be_taken_from_it(
    inbox, monkeypatch
):
    put(inbox, "share/stock.csv")
    put(inbox)
    stat = Path.stat

    class OtherDisk:
        st_dev = -1

    def mounted(self, **options):
        return OtherDisk() if self == inbox else stat(self, **options)

    monkeypatch.setattr(Path, "stat", mounted)
    scan = LocalSource("shop", inbox).scan()
    assert [one.path for one in scan.files] == ["stock.csv"]
    assert [(one.path, one.report) for one in scan.passed_over] == [("share", True)]
    assert "source of its own" in scan.passed_over[0].reason


UNUSUAL = [
    b"new\nline.csv",
    "right\u202eto-left.csv".encode(),
    ("n" * 251 + ".csv").encode(),
    "nfd-e\u0301.csv".encode(),
    b"latin-\xfb.csv",
    b"half-\xe2\x82.csv",
    "\uf7fb-private.csv".encode(),
    "₹ किताब 📦.csv".encode(),
    b" blanks .csv ",
    b"-rf",
    b"back\\slash.csv",
    b"per%20cent.csv",
]


@pytest.mark.parametrize("name", UNUSUAL)
def test_unusual_names_go_the_whole_way_and_back(source, inbox, tmp_path, name):
    folder = os.fsencode(inbox)
    with open(os.path.join(folder, name), "wb") as file:  # noqa: PTH118, PTH123 - names as raw bytes
        file.write(b"x")
    one = source.scan().files[0]
    one.path.encode()  # the ledger can hold it
    work_path = source.claim(one, 3)
    work_path.encode()
    assert source.local_path(work_path).read_bytes() == b"x"
    assert source.orphans([]) == [work_path]
    assert source.give_back(work_path) == one.path
    assert [os.fsencode(entry.name) for entry in inbox.iterdir() if entry.name != WORK_FOLDER] == [name]
    work_path = source.claim(source.scan().files[0], 3)
    assert source.archive(work_path, tmp_path / "archive" / "safe.csv").read_bytes() == b"x"


def test_names_as_text_have_one_way_back():
    paths = [
        "a/b.csv",
        os.fsdecode(b"\xfb"),
        "\uf7fb",
        "\uf7ff\uf780",
        os.fsdecode(b"\xef\x9f\xbb\xff"),
        "é₹📦",
    ]
    texts = [path_text(path) for path in paths]
    assert [path_os(text) for text in texts] == [os.fsdecode(os.fsencode(path)) for path in paths]
    assert len(set(texts)) == len({os.fsencode(path) for path in paths})


def test_a_vanished_inbox_is_a_reason_to_wait_not_a_crash(source, inbox):
    inbox.rmdir()
    with pytest.raises(SourceUnavailable, match="shop"):
        source.scan()
    assert source.free_space() is None
    assert source.orphans([]) == []
    inbox.mkdir()
    assert source.scan().files == ()
    assert source.free_space() > 0


@contextmanager
def as_nobody():
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_inbox():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        inbox = Path(folder) / "inbox"
        inbox.mkdir()
        yield inbox
        inbox.chmod(0o755)


def test_a_read_only_inbox_can_be_seen_but_claiming_waits(open_inbox):
    source = LocalSource("shop", open_inbox)
    put(open_inbox)
    open_inbox.chmod(0o555)
    with as_nobody():
        one = found(source)
        assert source.fingerprint(one)
        with pytest.raises(SourceUnavailable, match="cannot be written to"):
            source.claim(one, 1)
    assert below(open_inbox) == ["stock.csv"]


def test_closed_folders_are_reported_and_the_rest_is_found(open_inbox):
    source = LocalSource("shop", open_inbox)
    put(open_inbox, "closed/stock.csv").parent.chmod(0o700 if os.geteuid() == 0 else 0o000)
    put(open_inbox)
    with as_nobody():
        scan = source.scan()
    assert [one.path for one in scan.files] == ["stock.csv"]
    assert [(one.path, one.report) for one in scan.passed_over] == [("closed", True)]
    (open_inbox / "closed").chmod(0o755)


def test_a_file_without_read_permission_is_not_ours_now(open_inbox):
    source = LocalSource("shop", open_inbox)
    put(open_inbox).chmod(0o200)
    with as_nobody(), pytest.raises(PermissionError):
        source.fingerprint(found(source))


# ---- fingerprint and claim --------------------------------------------------------------------------


def test_fingerprint_is_sha256_of_all_bytes(source, inbox):
    content = put(inbox).read_bytes()
    assert source.fingerprint(found(source)) == hashlib.sha256(content).hexdigest()


def test_fingerprint_refuses_what_is_no_longer_the_file_found(source, inbox, tmp_path):
    path = put(inbox)
    one = found(source)
    path.write_text("other")
    with pytest.raises(FileNotFoundError, match="changed"):
        source.fingerprint(one)
    path.unlink()
    with pytest.raises(FileNotFoundError):
        source.fingerprint(one)
    path.symlink_to(put(tmp_path, "else.csv"))
    with pytest.raises(OSError, match=r"."):
        source.fingerprint(one)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(OSError, match="changed"):
        source.fingerprint(one)


def test_claim_moves_the_file_into_the_work_folder_and_scans_do_not_see_it(source, inbox):
    put(inbox, "BLR01/stock.csv")
    one = found(source, "BLR01/stock.csv")
    work_path = source.claim(one, 42)
    assert work_path == f"{WORK_FOLDER}/42/BLR01/stock.csv"
    assert source.local_path(work_path).stat().st_ino == one.inode
    assert source.scan().files == ()


def test_only_one_of_two_claims_gets_the_file(source, inbox):
    put(inbox)
    one = found(source)
    first = source.claim(one, 1)
    with pytest.raises(FileNotFoundError):
        source.claim(one, 2)
    assert below(inbox) == [first]
    assert source.orphans([first]) == []


@pytest.mark.parametrize("change", ["content", "replaced", "link"])
def test_claim_leaves_what_is_no_longer_the_file_found(source, inbox, tmp_path, change):
    path = put(inbox)
    one = found(source)
    if change == "content":
        path.write_text("changed")
    elif change == "replaced":
        other = put(tmp_path, "other.csv", path.read_text())
        os.utime(other, ns=(one.mtime_ns, one.mtime_ns))
        other.rename(path)
    else:
        path.unlink()
        path.symlink_to("/etc/hostname")
    with pytest.raises(FileNotFoundError):
        source.claim(one, 1)
    assert path.is_symlink() or path.exists()
    assert source.orphans([]) == []


def test_a_change_between_the_last_look_and_the_rename_is_given_back(source, inbox, monkeypatch):
    path = put(inbox)
    one = found(source)
    rename = Path.rename

    def late(self, target):
        if self == path:
            path.write_text("written at the last moment")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", late)
    with pytest.raises(FileNotFoundError, match="changed"):
        source.claim(one, 1)
    assert below(inbox) == ["stock.csv"]


def test_a_token_that_comes_again_never_overwrites(source, inbox):
    put(inbox, content="first")
    first = source.claim(found(source), 7)
    put(inbox, content="second")
    second = source.claim(found(source), 7)
    assert first != second
    assert [source.local_path(path).read_text() for path in (first, second)] == ["first", "second"]


@pytest.mark.parametrize("problem", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_a_full_or_broken_disk_is_a_reason_to_wait_and_leaves_the_file(source, inbox, monkeypatch, problem):
    path = put(inbox)
    one = found(source)

    def broken(self, _):
        raise OSError(problem, os.strerror(problem), str(self))

    monkeypatch.setattr(Path, "rename", broken)
    with pytest.raises(SourceUnavailable, match="Nothing is lost"):
        source.claim(one, 1)
    assert path.exists()


def test_paths_that_lead_out_are_refused(source):
    for path in ("../x", "/etc/passwd", "a/../../x", "", "."):
        with pytest.raises(ValueError, match="no path inside"):
            source.local_path(path)


# ---- give back, archive, orphans ---------------------------------------------------------------------


def test_give_back_goes_to_the_place_it_came_from_even_if_the_folder_went(source, inbox):
    put(inbox, "BLR01/stock.csv")
    work_path = source.claim(found(source, "BLR01/stock.csv"), 1)
    (inbox / "BLR01").rmdir()
    assert source.give_back(work_path) == "BLR01/stock.csv"
    assert below(inbox) == ["BLR01/stock.csv"]
    assert list((inbox / WORK_FOLDER).iterdir()) == []
    with pytest.raises(FileNotFoundError):
        source.give_back(work_path)


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("name", ["stock.csv", "n" * 251 + ".csv", "nosuffix"])
def test_give_back_never_overwrites_a_newer_file(source, inbox, monkeypatch, links, name):
    if not links:

        def no_links(*_, **__):
            raise OSError(errno.EPERM, "no second names here")

        monkeypatch.setattr(os, "link", no_links)
    given: list[str] = []
    for content in ("first", "second", "third"):
        put(inbox, name, content)
        given.append(source.claim(found(source, name), len(given)))
    put(inbox, name, "newest")
    paths = [source.give_back(path) for path in given]
    assert len(set(paths)) == 3
    assert name not in paths
    assert [(inbox / path).read_text() for path in [name, *paths]] == ["newest", "first", "second", "third"]


def test_archive_moves_and_may_be_repeated(source, inbox, tmp_path):
    content = put(inbox).read_bytes()
    work_path = source.claim(found(source), 1)
    target = tmp_path / "archive" / "2026-03-01" / "archived" / "abc-stock.csv"
    assert source.archive(work_path, target) == target
    assert source.archive(work_path, target, fingerprint=hashlib.sha256(content).hexdigest()) == target
    assert below(tmp_path) == ["archive/2026-03-01/archived/abc-stock.csv"]
    with pytest.raises(FileNotFoundError):
        source.archive(work_path, target, fingerprint="0" * 64)


def test_archive_never_overwrites_other_bytes_and_finds_its_own_again(source, inbox, tmp_path):
    target = put(tmp_path, "archive/stock.csv", "older, other bytes")
    content = put(inbox).read_bytes()
    work_path = source.claim(found(source), 1)
    fingerprint = hashlib.sha256(content).hexdigest()
    moved = source.archive(work_path, target, fingerprint=fingerprint)
    assert moved == tmp_path / "archive" / "stock.2.csv"
    assert target.read_text() == "older, other bytes"
    assert source.archive(work_path, target, fingerprint=fingerprint) == moved


def test_archive_after_a_crash_between_copy_and_removal(source, inbox, tmp_path):
    content = put(inbox).read_text()
    work_path = source.claim(found(source), 1)
    target = put(tmp_path, "archive/stock.csv", content)
    assert source.archive(work_path, target) == target
    assert below(tmp_path) == ["archive/stock.csv"]


def test_archive_on_another_file_system_copies_whole_or_not_at_all(source, inbox, tmp_path, monkeypatch):
    def other_file_system(*_, **__):
        raise OSError(errno.EXDEV, "another file system")

    link = os.link
    source_path = put(inbox)
    os.utime(source_path, ns=(10**18, 10**18))
    work_path = source.claim(found(source), 1)
    held = source.local_path(work_path)
    monkeypatch.setattr(
        os, "link", lambda a, b, **k: other_file_system() if Path(a) == held else link(a, b, **k)
    )
    target = tmp_path / "archive" / "stock.csv"
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", other_file_system)
        with pytest.raises(OSError, match="another"):
            source.archive(work_path, target)
    assert held.exists()
    assert below(target.parent) == []
    assert source.archive(work_path, target) == target
    assert target.stat().st_mtime_ns == 10**18
    assert below(tmp_path) == ["archive/stock.csv"]


@pytest.mark.skipif(
    not SHARED_MEMORY.is_dir() or SHARED_MEMORY.stat().st_dev == Path(tempfile.gettempdir()).stat().st_dev,
    reason="needs a second file system",
)
def test_archive_on_a_real_other_file_system(source, inbox):
    content = put(inbox).read_text()
    with tempfile.TemporaryDirectory(dir=SHARED_MEMORY) as other:
        target = Path(other) / "a" / "stock.csv"
        assert source.archive(source.claim(found(source), 1), target) == target
        assert target.read_text() == content
        assert below(Path(other)) == ["a/stock.csv"]


def test_orphans_are_what_no_row_knows(source, inbox):
    assert source.orphans([]) == []
    put(inbox, "a/one.csv")
    put(inbox, "two.csv")
    one, two = source.claim(found(source, "a/one.csv"), 1), source.claim(found(source, "two.csv"), 2)
    (inbox / WORK_FOLDER / "3").mkdir()
    assert source.orphans([one]) == [two]
    assert not (inbox / WORK_FOLDER / "3").exists(), "an empty claim is tidied away"
    assert source.give_back(two) == "two.csv"
    assert source.orphans([one]) == []


# ---- done markers -----------------------------------------------------------------------------------


@pytest.fixture
def marked(inbox) -> LocalSource:
    return LocalSource("shop", inbox, marker=".done")


def test_the_marker_goes_with_the_file_and_is_gone_when_it_is_archived(marked, inbox, tmp_path):
    put(inbox)
    put(inbox, "stock.csv.done", "")
    work_path = marked.claim(found(marked), 1)
    assert marked.scan().files == ()
    assert marked.orphans([work_path]) == []
    marked.archive(work_path, tmp_path / "archive" / "stock.csv")
    assert below(tmp_path) == ["archive/stock.csv"]


def test_the_marker_comes_back_with_the_file(marked, inbox):
    put(inbox)
    put(inbox, "stock.csv.done", "")
    work_path = marked.claim(found(marked), 1)
    assert marked.orphans([]) == [work_path]
    put(inbox)
    assert marked.give_back(work_path) == "stock.back1.csv"
    assert below(inbox) == ["stock.back1.csv", "stock.back1.csv.done", "stock.csv"]


def test_a_crash_between_marker_and_file_loses_neither(marked, inbox, monkeypatch):
    put(inbox)
    put(inbox, "stock.csv.done", "")
    one = found(marked)

    def crash(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(local, "_must_be", crash)
        with pytest.raises(KeyboardInterrupt):
            marked.claim(one, 1)
    assert below(inbox) == [f"{WORK_FOLDER}/1/stock.csv.done", "stock.csv"]
    for orphan in marked.orphans([]):
        marked.give_back(orphan)
    assert below(inbox) == ["stock.csv", "stock.csv.done"]


def test_a_refused_claim_puts_the_marker_back(marked, inbox):
    path = put(inbox)
    put(inbox, "stock.csv.done", "")
    one = found(marked)
    path.write_text("changed")
    with pytest.raises(FileNotFoundError):
        marked.claim(one, 1)
    assert below(inbox) == ["stock.csv", "stock.csv.done"]


# ---- files opened out of a packed one ---------------------------------------------------------------


def opened(source, work_path, folder, *names):
    """Files put beside a claimed one; each holds its own name."""
    folder.mkdir(parents=True, exist_ok=True)
    unpacked = [(name, folder / f"unpacked{number}") for number, name in enumerate(names)]
    for name, file in unpacked:
        file.write_text(name)
    return source.put(work_path, unpacked)


def test_what_is_opened_lies_beside_the_packed_file_under_safe_names(source, inbox, tmp_path):
    put(inbox, "south/all.zip")
    packed = source.claim(found(source, "south/all.zip"), 17)
    first, second = opened(source, packed, source.scratch(), "a/../../stock\n.csv", "stock\n.csv")
    assert first == f"{WORK_FOLDER}/17.opened/south/1-a_.._.._stock_.csv"
    assert second == f"{WORK_FOLDER}/17.opened/south/2-stock_.csv"
    assert source.local_path(second).read_text() == "stock\n.csv"
    source.archive(packed, tmp_path / "archive" / "all.zip")
    assert source.orphans([second]) == []
    source.archive(first, tmp_path / "archive" / "a.csv")
    assert below(inbox) == [second]
    source.archive(second, tmp_path / "archive" / "b.csv")
    assert list((inbox / WORK_FOLDER).iterdir()) == [], "nothing of it is left, not even the scratch folder"


@pytest.mark.parametrize("spool", [Path(tempfile.gettempdir()), SHARED_MEMORY])
def test_after_a_crash_the_packed_file_goes_back_and_its_copies_are_gone(source, inbox, spool):
    if not spool.is_dir():
        pytest.skip("there is no second file system here")
    put(inbox, "south/all.zip")
    packed = source.claim(found(source, "south/all.zip"), 17)
    with tempfile.TemporaryDirectory(dir=spool) as folder:
        opened(source, packed, Path(folder), "one.csv", "two.csv")
    (source.scratch() / "half").write_text("unpacked")
    assert source.orphans([]) == [packed]
    assert source.give_back(packed) == "south/all.zip"
    assert below(inbox) == ["south/all.zip"]
    assert source.orphans([]) == []


def test_what_was_opened_goes_back_when_its_packed_file_is_archived_and_no_ledger_knows(
    source, inbox, tmp_path
):
    put(inbox, "south/all.zip")
    packed = source.claim(found(source, "south/all.zip"), 17)
    (one,) = opened(source, packed, tmp_path, "one.csv")
    source.archive(packed, tmp_path / "archive" / "all.zip")
    assert source.orphans([]) == [one]
    assert source.give_back(one) == "south/1-one.csv"
