"""Hostile files against the limits, in the child process that reads every file."""

from __future__ import annotations

import re
import socket
import zipfile
from pathlib import Path

import pytest

from connector.errors import RejectDrop
from connector.readers import Limits, frame, read
from tests import files

MIB = 1024 * 1024
LIMITS = Limits(memory_bytes=600 * MIB, seconds=60)


def opened(folder, path, limits=LIMITS):
    return read(path, name=path.name, spool=folder / "spool", limits=limits)


def changed(folder, part, change, *, name="changed.xlsx"):
    """Our stock workbook with one part changed (and added where it is not there)."""
    source = files.workbook(folder, [files.HEADER, *files.stock_rows(5)])
    target = folder / name
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            data = old.read(info).decode() if info.filename == part else None
            new.writestr(info.filename, old.read(info) if data is None else change(data))
    return target


def test_a_million_styled_empty_rows_are_no_rows(tmp_path):
    rows = "".join(f'<row r="{n}" s="1"><c r="A{n}" s="1"/></row>' for n in range(8, 1_048_577))
    path = changed(
        tmp_path, "xl/worksheets/sheet1.xml", lambda text: text.replace("</sheetData>", f"{rows}</sheetData>")
    )
    (table,) = opened(tmp_path, path).tables
    assert (table.rows, table.physical_lines, table.row_lines) == (5, 6, 5)


@pytest.mark.parametrize("far", ["XFD1048576", "ZZ1048576"])
def test_a_lone_cell_at_the_far_corner_is_refused_by_a_limit(tmp_path, far):
    row = f'<row r="1048576"><c r="{far}" t="n"><v>1</v></c></row>'
    path = changed(
        tmp_path, "xl/worksheets/sheet1.xml", lambda text: text.replace("</sheetData>", f"{row}</sheetData>")
    )
    with pytest.raises(RejectDrop, match=r"setting reading.(memory_megabytes|max_columns|max_cells)"):
        opened(tmp_path, path)


def test_huge_shared_strings_meet_a_limit(tmp_path):
    words = "".join(f"<si><t>{'x' * 1000}{n}</t></si>" for n in range(80_000))
    path = tmp_path / "strings.xlsx"
    source = files.workbook(tmp_path, [files.HEADER, *files.stock_rows(5)])
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            if "sharedStrings" not in info.filename:
                new.writestr(info.filename, old.read(info))
        new.writestr("xl/sharedStrings.xml", f"<sst>{words}</sst>")
    with pytest.raises(RejectDrop, match=r"setting reading\.max_ratio"):
        opened(tmp_path, path, Limits(ratio=20))
    with pytest.raises(RejectDrop, match=r"setting reading\.max_unpacked_megabytes"):
        opened(tmp_path, path, Limits(unpacked_bytes=50 * MIB))
    with pytest.raises(RejectDrop, match=r"setting reading\.memory_megabytes"):
        opened(tmp_path, path, Limits(memory_bytes=40 * MIB))


@pytest.mark.parametrize("trick", [files.LAUGHS, files.OUTSIDE], ids=["billion laughs", "outside"])
def test_entities_in_a_workbook_neither_grow_nor_fetch(tmp_path, trick):
    def change(text):
        name = "&lol9;" if trick is files.LAUGHS else "&x;"
        return re.sub(r"(<worksheet)", rf"{trick}\1", text, count=1).replace("Shirt 1<", f"{name}<", 1)

    path = changed(tmp_path, "xl/worksheets/sheet1.xml", change)
    try:
        (table,) = opened(tmp_path, path, Limits(memory_bytes=200 * MIB, seconds=20)).tables
    except RejectDrop as error:
        assert "limit" not in str(error)  # noqa: PT017 - refused or read without the entity: both are right
    else:
        said = "".join(frame(table)["c1"].tolist())
        assert "lollol" not in said
        assert socket.gethostname() not in said


@pytest.mark.parametrize("trick", [files.LAUGHS, files.OUTSIDE], ids=["billion laughs", "outside"])
def test_entities_in_an_open_document_neither_grow_nor_fetch(tmp_path, trick):
    made = Path(__file__).parents[1] / "office_files" / "calc.ods"
    path = tmp_path / "a.ods"
    name = "&lol9;" if trick is files.LAUGHS else "&x;"
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename == "content.xml":
                changed = data.decode().replace(
                    "<office:document-content", f"{trick}<office:document-content", 1
                )
                assert "hidden row<" in changed
                data = changed.replace("hidden row<", f"{name}<", 1).encode()
            new.writestr(info.filename, data)
    try:
        (table,) = opened(tmp_path, path, Limits(memory_bytes=200 * MIB, seconds=20)).tables
    except RejectDrop as error:
        assert "limit" not in str(error)  # noqa: PT017 - refused or read without the entity: both are right
    else:
        said = "".join(frame(table)["c1"].tolist())
        assert "lollol" not in said
        assert socket.gethostname() not in said


def test_links_to_other_workbooks_are_not_followed(tmp_path):
    outside = files.workbook(tmp_path, [["secret"]], name="outside.xlsx")
    cell = f"<f>'file://{outside}'!A1</f>"
    path = changed(
        tmp_path,
        "xl/worksheets/sheet1.xml",
        lambda text: re.sub(r'<c r="D2".*?</c>', f'<c r="D2">{cell}</c>', text),
    )
    (table,) = opened(tmp_path, path).tables
    assert frame(table)["c3"].tolist()[0].startswith("='file://")


def test_zips_that_lie_about_their_sizes_are_counted_as_they_unpack(tmp_path):
    content = bytearray(files.zipped([("a.csv", b"1,2\n" * 15_000_000)]))
    # The directory says one byte; what comes out is what counts.
    directory = content.rindex(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = b"\x01\0\0\0"
    with pytest.raises(RejectDrop, match=r"limit ratio|damaged"):
        opened(tmp_path, files.save(tmp_path, "liar.zip", bytes(content)))


@pytest.mark.parametrize(
    "make",
    [
        lambda: "[" * 200_000,
        lambda: '{"a":' * 100_000,
        lambda: "<html><table>" * 20_000 + "<tr><td>1<td>2",
        lambda: "<html><table><tr>" + "<td rowspan=60000 colspan=900>x" * 3,
        lambda: "<html><table><tr><td>a<td>b</tr></table>" + "<!" * 30_000,
        lambda: '"' * 300_001 + "\na,b\n",
        lambda: "a,b\n" * 3 + "," * 100_000,
    ],
    ids=["brackets", "braces", "tables", "spans", "marks", "quotes", "commas"],
)
def test_text_made_to_hurt_ends_in_time_and_in_words(tmp_path, make):
    for name in ("a.json", "a.xls"):
        try:
            opened(tmp_path, files.save(tmp_path, name, make()), Limits(memory_bytes=400 * MIB, seconds=30))
        except RejectDrop as error:
            said = str(error)
            assert said
            assert "setting reading.seconds" not in said
