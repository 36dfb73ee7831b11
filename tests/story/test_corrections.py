"""Back to the sender and in again: rows that did not go through, mended in their correction file and dropped."""

from __future__ import annotations

import csv
import io
import sqlite3
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from tests.story.shop import Shop


def correction_of(shop: Shop, drop: int) -> Path:
    (path,) = (shop.folder / "outbox" / "results").glob(f"*/{drop}-*/*.correction.*")
    return path


def mode_of(shop: Shop, drop: int) -> str:
    with sqlite3.connect(f"file:{shop.folder / 'state' / 'ledger.db'}?mode=ro", uri=True) as database:
        (mode,) = database.execute("select mode from drops where id = ?", (drop,)).fetchone()
    return str(mode)


def profile(shop: Shop, text: str) -> None:
    (shop.folder / "config" / "profiles" / "own.toml").write_text(text, encoding="utf-8")


def test_a_correction_in_cp1252_with_semicolons_is_mended_and_accepted(shop: Shop) -> None:
    good = {"00123": 5, "C": 7} | {f"D-{number}": number for number in range(6)}
    lines = ["Artikelnummer;Größe;Bestand", *(f"{sku};XL;{stock}" for sku, stock in good.items())]
    lines += ["Ä-2;grün – groß;viel", "-B;M;3,5 Stück?"]
    shop.drop("bestand.csv", "\r\n".join([*lines, ""]).encode("cp1252"))
    (first,) = shop.once(code=1)["drops"]
    assert first["feeds"] == {"inventory": {"accepted": 8, "rejected": 2}}
    sent = shop.records_sent()
    path = correction_of(shop, first["drop"])
    assert path.name == "bestand.correction.csv"
    text = path.read_bytes().decode("cp1252")
    header, *rows = text.split("\r\n")
    assert header == 'Artikelnummer;Größe;Bestand;"connector_reason";connector_line'
    assert [row.split(";")[:3] for row in rows[:2]] == [
        ["Ä-2", "grün – groß", "viel"],
        ["'-B", "M", "3,5 Stück?"],
    ]
    shop.drop(path.name, text.replace("viel", "12").encode("cp1252"))
    (again,) = shop.once(code=1)["drops"]
    assert again["feeds"] == {"inventory": {"accepted": 1, "rejected": 1}}
    assert shop.records_sent() == sent + 1
    assert shop.stock() == {("BLR-01", sku): stock for sku, stock in {**good, "Ä-2": 12}.items()}
    last = correction_of(shop, again["drop"])
    assert last.name == path.name
    shop.drop(path.name, last.read_bytes().decode("cp1252").replace("3,5 Stück?", "3").encode("cp1252"))
    assert shop.once()["drops"][0]["feeds"] == {"inventory": {"accepted": 1}}
    assert shop.stock()["BLR-01", "-B"] == 3


def test_a_correction_as_a_workbook_is_mended_and_accepted(shop: Shop) -> None:
    path = shop.folder / "inbox" / "stock.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Closing")
        sheet.write_row(0, 0, ["Stock report of our shop"])
        sheet.write_row(2, 0, ["Item Code", "Item Name", "Closing Stock"])
        for number, (code, name, stock) in enumerate(
            [("00123", "=2+2", 5), ("00124", "@x", "many"), ("B-3", "y", 7)]
        ):
            sheet.write_string(3 + number, 0, code)
            sheet.write_string(3 + number, 1, name)
            sheet.write(3 + number, 2, stock)
    (first,) = shop.once(code=1)["drops"]
    assert first["feeds"] == {"inventory": {"accepted": 2, "rejected": 1}}
    sent = shop.records_sent()
    book = openpyxl.load_workbook(correction_of(shop, first["drop"]))
    sheet = book["Closing"]
    assert [cell.value for cell in sheet[1]] == [
        "Item Code", "Item Name", "Closing Stock", "connector_reason", "connector_line",
    ]  # fmt: skip
    assert [cell.value for cell in sheet[2]][:3] == ["00124", "@x", "many"]
    assert sheet["E2"].value == 5
    assert sheet.max_row == 2
    sheet["C2"] = 12
    book.save(shop.folder / "inbox" / "stock.correction.xlsx")
    (again,) = shop.once()["drops"]
    assert again["feeds"] == {"inventory": {"accepted": 1}}
    assert shop.records_sent() == sent + 1
    assert shop.stock() == {("BLR-01", "00123"): 5, ("BLR-01", "B-3"): 7, ("BLR-01", "00124"): 12}


def test_of_a_wide_table_only_the_cells_that_did_not_go_through_are_sent_again(shop: Shop) -> None:
    header, others = "Item Code,BLR-01,DEL-02,MUM-03\n", "".join(f"A-{n},1,2,3\n" for n in range(19))
    shop.drop("wide.csv", f"{header}{others}B,4,five,6\n")
    (first,) = shop.once(code=1)["drops"]
    assert first["feeds"] == {"inventory": {"accepted": 59, "rejected": 1}}
    shop.drop("wide.csv", f"{header}{others}B,0,5,0\n")
    shop.once()
    path = correction_of(shop, first["drop"])
    (row,) = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))
    assert [row[name] for name in ("Item Code", "BLR-01", "DEL-02", "MUM-03")] == ["B", "", "five", ""]
    assert "DEL-02" in row["connector_reason"]
    shop.drop(path.name, path.read_text(encoding="utf-8").replace("five", "six"))
    (still,) = shop.once(code=1)["drops"]
    assert still["feeds"] == {"inventory": {"rejected": 1, "unchanged": 2}}
    shop.drop(path.name, path.read_text(encoding="utf-8").replace("five", "55"))
    (again,) = shop.once()["drops"]
    assert again["feeds"] == {"inventory": {"accepted": 1, "unchanged": 2}}
    assert {place: stock for (place, sku), stock in shop.stock().items() if sku == "B"} == {
        "BLR-01": 0, "DEL-02": 55, "MUM-03": 0,
    }  # fmt: skip


@pytest.mark.parametrize("blank", ["no_instruction", "zero"])
def test_a_price_mended_late_does_not_bring_back_the_stock_of_its_day(shop: Shop, blank: str) -> None:
    profile(
        shop,
        f'[columns]\nsku = "Code"\nquantity = "Stock"\nmrp = "MRP"\nesp = "Price"\n[policy]\nblank = "{blank}"\n',
    )
    shop.drop("both.csv", "Code,Stock,MRP,Price\nA,5,100,90\nB,6,100,9O.5\n")
    (first,) = shop.once(code=1)["drops"]
    assert first["feeds"] == {"inventory": {"accepted": 2}, "price": {"accepted": 1, "rejected": 1}}
    shop.drop("both.csv", "Code,Stock,MRP,Price\nA,5,100,90\nB,2,100,9O.5\n")
    shop.once(code=1)
    path = correction_of(shop, first["drop"])
    shop.drop(path.name, path.read_text(encoding="utf-8").replace("9O.5", "90.5"))
    (again,) = shop.once()["drops"]
    assert again["feeds"] == {"inventory": {"unchanged": 1}, "price": {"accepted": 1}}
    assert shop.stock()["BLR-01", "B"] == 2
    assert shop.sandbox.control.prices()["BLR-01", "B"].esp == Decimal("90.5")


def test_a_correction_of_a_full_snapshot_is_none_itself(shop: Shop) -> None:
    profile(shop, 'mode = "full"\n[match]\nnames = ["stock*.xls"]\n[columns]\nsku = 1\nquantity = 2\n')
    page = "<html><table><tr><td>Code</td><td>Stock</td></tr>{}</table></html>"
    rows = [("A", "5"), ("B", "many"), ("C", "7")]
    shop.drop(
        "stock 1.xls",
        page.format("".join(f"<tr><td>{code}</td><td>{stock}</td></tr>" for code, stock in rows)),
    )
    (first,) = shop.once(code=1)["drops"]
    assert mode_of(shop, first["drop"]) == "full"
    path = correction_of(shop, first["drop"])
    assert path.name == "stock 1.xls.correction.xlsx"
    book = openpyxl.load_workbook(path)
    book["Sheet1"]["B2"] = 8
    book.save(shop.folder / "inbox" / path.name)
    (again,) = shop.once()["drops"]
    assert (again["profile"], mode_of(shop, again["drop"])) == ("own", "delta")
    assert shop.stock() == {("BLR-01", "A"): 5, ("BLR-01", "B"): 8, ("BLR-01", "C"): 7}


def test_a_refused_row_and_every_row_on_request(shop: Shop) -> None:
    products = [{"sku": "A", "mrp": 10, "esp": 9}]
    shop.sandbox.control.reset({"accept_unknown_skus": False, "products": products})
    shop.drop("stock.csv", "sku,quantity\nA,5\n=NOBODY,6\nB,many\nA,5\n")
    (first,) = shop.once(code=1)["drops"]
    assert first["feeds"] == {"inventory": {"accepted": 1, "refused": 1, "rejected": 1, "merged": 1}}
    said = shop.connector("show", str(first["drop"]), "--rows", code=1).stdout
    rows = list(csv.DictReader(io.StringIO(said)))
    assert [(row["line"], row["sku"], row["verdict"]) for row in rows] == [
        ("2", "", "accepted"), ("3", "'=NOBODY", "refused"), ("4", "B", "rejected"), ("5", "A", "merged"),
    ]  # fmt: skip
    shop.connector("show", str(first["drop"]), "--rows", "--json", code=2)
    corrected = list(
        csv.DictReader(io.StringIO(correction_of(shop, first["drop"]).read_text(encoding="utf-8")))
    )
    assert [row["sku"] for row in corrected] == ["'=NOBODY", "B"]
    assert corrected[0]["connector_reason"].startswith("Konnect refused it")
