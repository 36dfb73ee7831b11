"""What the connector remembers of earlier files: layouts, SKUs, and the corrections it gave back itself."""

from __future__ import annotations

from pathlib import Path

from tests.story.shop import Shop


def csv_of(*columns: str, rows: int = 30) -> str:
    """A table with a code in the first column and figures in the others."""
    lines = [
        ",".join([f"A-{row:03}", *(str(10 + row + at) for at in range(1, len(columns)))])
        for row in range(rows)
    ]
    return "\r\n".join([",".join(columns), *lines, ""])


def test_a_renamed_column_is_held_and_named_and_the_proposed_profile_lets_it_go(shop: Shop) -> None:
    shop.drop(
        "BLR-01/stock.csv", "Report of 21/11/2026\r\n" + csv_of("Item Code", "Closing Stock", "Opening Stock")
    )
    (first,) = shop.once()["drops"]
    assert first["state"] == "archived"
    shop.drop("BLR-01/new name.csv", csv_of("Item Code", "Closing Stock", "Opening Stock", rows=31))
    (second,) = shop.once()["drops"]
    assert second["state"] == "archived"
    sent = shop.records_sent()
    shop.drop("BLR-01/stock.csv", csv_of("Item Code", "Stock", "Opening Stock", rows=32))
    (held,) = shop.once(code=1)["drops"]
    assert held["state"] == "held"
    assert "the column 'Closing Stock' (quantity) is not in the table any more" in held["reason"]
    assert "the nearest header now is 'Stock'" in held["reason"]
    assert shop.records_sent() == sent
    (proposal,) = (shop.folder / "outbox").rglob("*.proposed-profile.toml")
    proposal.rename(shop.folder / "config" / "profiles" / "stock.toml")
    shop.connector("retry", str(held["drop"]))
    assert [drop["state"] for drop in shop.once()["drops"]] == ["archived"]
    assert len(shop.stock()) == 32


def test_a_snapshot_time_above_the_table_is_in_the_drops_report(shop: Shop) -> None:
    shop.drop("BLR-01/stock.csv", "Stock as on 21/11/2026\r\n\r\n" + csv_of("Item Code", "Closing Stock"))
    (drop,) = shop.once()["drops"]
    assert shop.json("show", str(drop["drop"]))["report"]["reader"]["snapshot_hint"]


def test_a_correction_file_comes_back_as_the_sender_wrote_it(shop: Shop) -> None:
    shop.drop("BLR-01/stock.csv", "sku,quantity\r\nB,2\r\n@home,many\r\nC,3\r\n")
    shop.once(code=1)
    (correction,) = (shop.folder / "outbox").rglob("*.correction.csv")
    text = correction.read_text(encoding="utf-8-sig")
    assert "'@home" in text
    shop.drop("BLR-01/stock.correction.csv", text.replace("many", "lots"))
    shop.once(code=1)
    (again,) = (path for path in (shop.folder / "outbox").rglob("*.correction.csv") if path != correction)
    assert "'@home" in again.read_text(encoding="utf-8-sig")
    assert "''@home" not in again.read_text(encoding="utf-8-sig")
    shop.drop("BLR-01/stock.correction.csv", text.replace("many", "7"))
    shop.once()
    assert shop.stock() == {("BLR-01", "B"): 2, ("BLR-01", "C"): 3, ("BLR-01", "@home"): 7}


def test_known_skus_tell_the_encoding_and_a_guess_is_not_sent(shop: Shop) -> None:
    later = "sku,quantity\r\nTÖLŐ-1,7\r\nBÖR-2,8\r\n".encode("cp1250")
    shop.drop("BLR-01/stock.csv", later)
    (first,) = shop.once(code=1)["drops"]
    assert shop.stock() == {("BLR-01", "BÖR-2"): 8}
    (row,) = first["rows"]
    assert (
        'under [reader] in a profile with match.names (encoding = "cp1252" or encoding = "cp1250")'
        in row["reason"]
    )
    shop.drop("BLR-01/stock.csv", "sku,quantity\r\nTÖLŐ-1,5\r\nBÖR-2,8\r\n")
    shop.once()
    shop.drop("BLR-01/stock.csv", later.replace(b",7", b",9"))
    shop.once()
    assert shop.stock() == {("BLR-01", "TÖLŐ-1"): 9, ("BLR-01", "BÖR-2"): 8}


def test_known_skus_restore_lost_zeros_and_it_is_said(shop: Shop) -> None:
    shop.drop("BLR-01/stock.csv", "sku,quantity\r\n00123,5\r\n8901234567890,6\r\n")
    shop.once()
    shop.drop("BLR-01/stock.csv", "sku,quantity\r\n123,7\r\n8.90123E+12,9\r\n")
    (drop,) = shop.once(code=1)["drops"]
    assert shop.stock() == {("BLR-01", "00123"): 7, ("BLR-01", "8901234567890"): 6}
    assert shop.json("show", str(drop["drop"]), code=1)["report"]["feeds"]["inventory"]["notes"] == {
        "zeros_restored": 1
    }
    results = [path.read_text(encoding="utf-8-sig") for path in Path(shop.folder).rglob("result.csv")]
    assert any("known SKUs it may have been: 8901234567890" in text for text in results)
