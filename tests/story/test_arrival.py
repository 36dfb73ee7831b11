"""Files as they really arrive while the daemon runs: slowly, before it, renamed, cut off."""

from __future__ import annotations

import os
import time

from tests.story.shop import Shop, end, stock_csv, wait_until

ROWS = [(f"SKU-{number:03}", number) for number in range(400)]
WANTED = {("BLR-01", sku): quantity for sku, quantity in ROWS}


def test_a_file_there_at_start_and_one_copied_slowly(shop: Shop) -> None:
    shop.quick()
    shop.drop("early.csv", stock_csv([("EARLY", 1)]))
    daemon = shop.start()
    try:
        wait_until(lambda: shop.stock() == {("BLR-01", "EARLY"): 1})
        content = stock_csv(ROWS).encode()
        with (shop.folder / "inbox" / "slow.csv").open("wb") as file:
            for start in range(0, len(content), len(content) // 12):
                file.write(content[start : start + len(content) // 12])
                file.flush()
                os.fsync(file.fileno())
                assert shop.records_sent() == 1, "a part of the file was sent"
                time.sleep(0.4)
        os.utime(shop.folder / "inbox" / "slow.csv", (0, 0))  # a copy that keeps the old time
        wait_until(lambda: len(shop.archived()) == 2)
        assert shop.stock() == WANTED | {("BLR-01", "EARLY"): 1}
    finally:
        code, said = end(daemon)
    assert code == 0, said
    assert sum("drop finished" in line for line in said.splitlines()) == 2


def test_a_cut_off_file_is_held_and_nothing_of_it_sent(shop: Shop) -> None:
    shop.quick()
    content = stock_csv(ROWS)
    shop.drop("cut.csv", content[: content.rindex("SKU-399") - 3])
    drop = shop.once(code=1)["drops"][0]
    assert drop["state"] == "held"
    assert shop.writes() == []
    shop.drop("cut.csv", content)
    shop.once(code=(0, 1))
    assert shop.stock() == WANTED
