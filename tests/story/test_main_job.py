"""The main job as a shop meets it: files dropped, `connector once`, the sandbox's state, the archive, the answers."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path

import xlsxwriter

from tests.files import zipped
from tests.story.shop import Shop, every_record_has_one_verdict, stock_csv


def workbook(path: Path, rows: list[list[object]]) -> Path:
    """An XLSX of our own making."""
    path.parent.mkdir(parents=True, exist_ok=True)
    side = path.with_name(f".{path.name}.part")
    with xlsxwriter.Workbook(side) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return side.rename(path)


def test_csv_and_xlsx_end_in_the_sandbox_row_for_row(shop: Shop) -> None:
    stock = {f"SKU-{number:04}": number % 97 for number in range(1, 1201)}
    shop.drop("stock.csv", stock_csv(list(stock.items())))
    workbook(
        shop.folder / "inbox" / "prices.xlsx",
        [["Item Code", "MRP", "Selling Price"], *[[f"SKU-{n:04}", 100 + n, 90.5 + n] for n in range(1, 301)]],
    )
    outcome = shop.once()
    assert shop.stock() == {("BLR-01", sku): quantity for sku, quantity in stock.items()}
    prices = shop.sandbox.control.prices()
    assert {key: (row.mrp, row.esp, row.currency) for key, row in prices.items()} == {
        ("BLR-01", f"SKU-{n:04}"): (Decimal(100 + n), Decimal(90 + n) + Decimal("0.5"), "INR")
        for n in range(1, 301)
    }
    assert sorted(drop["state"] for drop in outcome["drops"]) == ["archived", "archived"]
    assert all(call["records"] <= 500 for call in shop.writes())
    assert len(shop.archived()) == 2
    assert shop.left_in_inbox() == []


def test_a_second_once_sends_nothing_and_a_changed_row_sends_one_record(shop: Shop) -> None:
    rows = [(f"SKU-{number}", number) for number in range(1, 701)]
    shop.drop("stock.csv", stock_csv(rows))
    shop.once()
    assert shop.records_sent() == 700
    shop.once()
    shop.drop("stock.csv", stock_csv(rows))  # the same bytes again
    duplicate = shop.once()["drops"][0]
    assert duplicate["state"] == "duplicate"
    shop.drop("stock.csv", stock_csv(list(reversed(rows))))  # the same meaning in another order
    assert shop.once()["drops"][0]["feeds"] == {"inventory": {"unchanged": 700}}
    assert shop.records_sent() == 700
    shop.drop("stock.csv", stock_csv([*rows[:-1], ("SKU-700", 0)]))
    changed = shop.once()["drops"][0]
    assert changed["feeds"] == {"inventory": {"accepted": 1, "unchanged": 699}}
    assert shop.records_sent() == 701
    assert shop.stock()["BLR-01", "SKU-700"] == 0
    assert len(shop.archived()) == 4


def test_going_back_to_an_earlier_file_is_sent(shop: Shop) -> None:
    """The same bytes as two drops ago are no duplicate when another file came between: they are news."""
    for quantity in (5, 6, 5):
        shop.drop("stock.csv", stock_csv([("SKU-1", quantity), ("SKU-2", 1)]))
        shop.once()
        assert shop.stock()["BLR-01", "SKU-1"] == quantity


def test_one_drop_feeds_stock_and_price(shop: Shop) -> None:
    text = "Store Code,Item Code,Closing Stock,M.R.P.,Selling Price\nBLR-01,A-1,4,100.00,90\nDEL-02,A-2,5,200,199.99\n"
    shop.drop("both.csv", text)
    drop = shop.once()["drops"][0]
    assert drop["feeds"] == {"inventory": {"accepted": 2}, "price": {"accepted": 2}}
    assert shop.stock() == {("BLR-01", "A-1"): 4, ("DEL-02", "A-2"): 5}
    assert shop.sandbox.control.prices()["DEL-02", "A-2"].esp == Decimal("199.99")


def test_a_folder_names_the_location(shop: Shop) -> None:
    shop.drop("MUM-03/stock.csv", stock_csv([("A-1", 3)], location=None))
    shop.once()
    assert shop.stock() == {("MUM-03", "A-1"): 3}


def test_zeros_and_decreases_go_first(shop: Shop) -> None:
    shop.configure(("# in_flight = 8 ", "in_flight = 1 #"))  # else the second call may overtake the first
    before = [(f"SKU-{number:03}", 50) for number in range(600)]
    shop.drop("stock.csv", stock_csv(before))
    shop.once()
    first = len(shop.writes())
    after = [
        (sku, 0 if number in (599, 300) else 10 if number == 598 else 60)
        for number, (sku, _) in enumerate(before)
    ]
    shop.drop("stock.csv", stock_csv(after))
    shop.once()
    sent = json.loads(shop.sandbox.control.body(shop.writes()[first]["number"]))
    assert {record["sku"] for record in sent[:2]} == {"SKU-300", "SKU-599"}
    assert sent[2] == {"location_id": "BLR-01", "sku": "SKU-598", "quantity": 10}


def test_rows_with_faults_are_named_and_the_others_go(shop: Shop) -> None:
    shop.drop(
        "stock.csv",
        "Store Code,Item Code,Closing Stock\nBLR-01,A-1,5\nBLR-01,8.90123E+12,7\n,#REF!,some\nBLR-01,A-2,-4\n",
    )
    drop = shop.once(code=1)["drops"][0]
    assert drop["feeds"] == {"inventory": {"accepted": 2, "rejected": 2}}
    assert shop.stock() == {("BLR-01", "A-1"): 5, ("BLR-01", "A-2"): 0}
    shown = shop.json("show", str(drop["drop"]), code=1)
    faults = [row for row in shown["rows"] if row["line"] == 4]
    assert {row["column"] for row in faults} == {"Store Code", "Item Code", "Closing Stock"}
    corrections = list((shop.folder / "outbox").rglob("*correction*"))
    assert len(corrections) == 1
    with corrections[0].open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["Item Code"] for row in rows] == ["8.90123E+12", "#REF!"]
    assert rows[1]["Closing Stock"] == "some"


def test_refusals_are_tied_to_their_rows(shop: Shop) -> None:
    shop.sandbox.control.reset(
        {"accept_unknown_skus": False, "products": [{"sku": "A-1", "mrp": 10, "esp": 9}]}
    )
    shop.drop("stock.csv", stock_csv([("A-1", 5), ("NOBODY", 6)]))
    drop = shop.once(code=1)["drops"][0]
    assert drop["feeds"] == {"inventory": {"accepted": 1, "refused": 1}}
    row = shop.json("show", str(drop["drop"]), code=1)["rows"][0]
    assert (row["line"], row["sku"], row["verdict"]) == (3, "NOBODY", "refused")


def test_unexplained_failures_are_found_by_halves(shop: Shop) -> None:
    shop.sandbox.control.faults("unexplained=skus:SKU-7,SKU-250")
    shop.drop("stock.csv", stock_csv([(f"SKU-{number}", number) for number in range(300)]))
    drop = shop.once(code=1)["drops"][0]
    assert drop["feeds"] == {"inventory": {"accepted": 298, "refused": 2}}
    assert {row["sku"] for row in shop.json("show", str(drop["drop"]), code=1)["rows"]} == {
        "SKU-7",
        "SKU-250",
    }


def test_every_end_a_bad_file_may_have(shop: Shop) -> None:
    shop.drop("report.xlsx", b"%PDF-1.4\n%%EOF\n")
    shop.drop("empty.csv", "location_id,sku,quantity\r\n")
    shop.drop("zero.csv", b"")
    shop.drop("odd.csv", "Ref,Colour,Season\r\nA1,red,SS26\r\nA2,blue,SS26\r\n")
    states = {Path(drop["file"]).name: drop for drop in shop.once(code=1)["drops"]}
    assert {name: drop["state"] for name, drop in states.items()} == {
        "report.xlsx": "quarantined", "empty.csv": "quarantined", "zero.csv": "quarantined", "odd.csv": "unmatched",
    }  # fmt: skip
    assert "PDF" in states["report.xlsx"]["reason"]
    assert all(drop["reason"] for drop in states.values())
    shown = shop.json("show", str(states["odd.csv"]["drop"]), code=1)
    assert "[columns" in shown["report"]["proposal"]
    assert shop.writes() == []
    assert len(shop.archived()) == 3


def test_an_unmatched_file_goes_through_after_a_profile_and_retry(shop: Shop) -> None:
    shop.drop("odd.csv", "Ref,Teile\r\nA-1,5\r\n")
    drop = shop.once(code=1)["drops"][0]
    assert drop["state"] == "unmatched"
    profile = 'feeds = ["inventory"]\n[columns]\nsku = "Ref"\nquantity = "Teile"\n'
    (shop.folder / "config" / "profiles" / "odd.toml").write_text(profile, encoding="utf-8")
    shop.connector("retry", str(drop["drop"]))
    shop.once()
    assert shop.stock() == {("BLR-01", "A-1"): 5}


def test_a_file_that_names_no_location_is_held_with_a_proposal_and_goes_after_an_answer(shop: Shop) -> None:
    shop.configure(('default_location = "BLR-01"', ""))
    shop.drop("stock.csv", stock_csv([("A-1", 4)], location=None))
    (drop,) = shop.once(code=1)["drops"]
    assert drop["state"] == "held"
    assert "location" in drop["reason"]
    assert "[columns]" in shop.connector("show", "1", code=1).stdout
    assert shop.stock() == {}
    shop.config.write_text(
        'default_location = "BLR-01"\n' + shop.config.read_text(encoding="utf-8"), encoding="utf-8"
    )
    shop.connector("retry", "1")
    assert shop.once()["drops"][0]["state"] == "archived"
    assert shop.stock() == {("BLR-01", "A-1"): 4}


def test_names_that_would_steer_a_terminal_are_shown_harmless(shop: Shop) -> None:
    shop.drop("st\x1b[31m\nock\u202e.csv", stock_csv([("A-1", 4), ("A-2", "x")]))
    shop.once(code=1)
    for command in (("drops",), ("show", "1"), ("history", "--sku", "A-1")):
        said = shop.connector(*command, code=(0, 1)).stdout
        assert "\x1b" not in said
        assert "\u202e" not in said
        assert "st\\x1b[31m\\nock" in said


def test_history_walks_from_the_value_back_to_the_file(shop: Shop) -> None:
    for quantity in (4, 9):
        shop.drop("stock.csv", stock_csv([("A-0", 1), ("A-1", quantity)]))
        shop.once()
    newest, oldest = shop.json("history", "--sku", "A-1")["changes"]
    assert (newest["value"], newest["previous"], oldest["value"], oldest["previous"]) == ("9", "4", "4", None)
    assert newest["line"] == 3
    assert Path(newest["file"]).name == "stock.csv"
    call = next(
        call for call in reversed(shop.writes()) if b"A-1" in shop.sandbox.control.body(call["number"])
    )
    reply = json.loads(shop.sandbox.control.reply(call["number"]))
    assert newest["ack_id"] == reply["meta"]["ack_id"]
    assert json.loads(newest["record"]) == {"location_id": "BLR-01", "sku": "A-1", "quantity": 9}


def test_a_zip_of_several_files_is_several_drops(shop: Shop) -> None:
    prices = "location_id,sku,mrp,esp\r\nBLR-01,A-1,100,90\r\n"
    packed = zipped(
        [
            ("out/stock.csv", stock_csv([("A-1", 4), ("A-2", "many")]).encode()),
            ("out/letter.pdf", b"%PDF-1.4"),
            ("prices.csv", prices.encode()),
            ("broken.xlsx", b"PK\3\4 and no more"),
        ]
    )
    path = shop.drop("BLR-01/all.zip", packed)
    checked = shop.json("check", str(path), code=1)
    assert [(Path(one["file"]).name, one["disposition"]) for one in checked] == [
        ("stock.csv", "accept_with_row_errors"),
        ("all.zip: prices.csv", "accept"),
        ("all.zip: broken.xlsx", "reject"),
    ]
    assert checked[0]["file"] == f"{path}: out/stock.csv"
    assert "letter.pdf" in checked[0]["notes"][0]
    assert "letter.pdf" in shop.connector("check", str(path), code=1).stdout

    drops = shop.once(code=1)["drops"]
    assert [(drop["file"], drop["state"], drop["parent"]) for drop in drops] == [
        ("BLR-01/all.zip", "archived", None),
        ("BLR-01/all.zip/out/stock.csv", "archived", 1),
        ("BLR-01/all.zip/prices.csv", "archived", 1),
        ("BLR-01/all.zip/broken.xlsx", "quarantined", 1),
    ]
    assert drops[0]["reason"] == "opened as drops 2, 3, 4"
    assert shop.stock() == {("BLR-01", "A-1"): 4}
    assert shop.sandbox.control.prices()["BLR-01", "A-1"].esp == Decimal(90)
    assert [path.name.split(".")[0] for path in shop.archived()] == ["all", "prices", "stock", "broken"]
    assert shop.left_in_inbox() == []
    parent, child = shop.json("show", "1"), shop.json("show", "3")
    assert (parent["opened_as"], child["parent"], child["opened_as"]) == ([2, 3, 4], 1, [])
    assert "letter.pdf" in parent["report"]["notes"][0]
    assert "reason: opened as drops 2, 3, 4" in shop.connector("show", "1").stdout
    assert "opened from drop: 1" in shop.connector("show", "3").stdout
    result = json.loads(next((shop.folder / "outbox").rglob("1-all/result.json")).read_text(encoding="utf-8"))
    assert (result["opened_as"], result["parent"]) == ([2, 3, 4], None)


def test_the_books_are_even(shop: Shop) -> None:
    shop.drop(
        "stock.csv", stock_csv([(f"SKU-{n % 120}", n // 120) for n in range(130)] + [("", 5), ("X", "many")])
    )
    drop = shop.once(code=1)["drops"][0]
    assert sum(drop["feeds"]["inventory"].values()) == drop["rows_read"] == 132
    every_record_has_one_verdict(shop.folder / "state" / "ledger.db", drop["drop"], 132)


def test_an_older_held_file_never_overwrites_what_a_newer_one_said_again(shop: Shop) -> None:
    shop.drop("a.csv", stock_csv([("A-1", 5), ("A-2", 1)]))
    shop.once()
    shop.drop("b.csv", "Ref,Teile\r\nA-1,9\r\nA-2,9\r\n")
    held = shop.once(code=1)["drops"][0]["drop"]
    shop.drop("c.csv", stock_csv([("A-1", 5), ("A-2", 2)]))
    shop.once()
    profile = 'feeds = ["inventory"]\n[columns]\nsku = "Ref"\nquantity = "Teile"\n'
    (shop.folder / "config" / "profiles" / "b.toml").write_text(profile, encoding="utf-8")
    shop.connector("retry", str(held))
    shop.once()
    assert shop.json("show", str(held))["feeds"] == {"inventory": {"superseded": 2}}
    assert shop.stock() == {("BLR-01", "A-1"): 5, ("BLR-01", "A-2"): 2}
