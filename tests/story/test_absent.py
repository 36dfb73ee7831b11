"""A full file and what it does not list: made zero where the profile says so and no guard objects, else told of."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from tests.story.shop import LOCATION, Shop, every_record_has_one_verdict, stock_csv

COUNT = 200
FULL = '[match]\nheaders = ["location_id", "sku", "quantity"]\n'


def profile(shop: Shop, text: str) -> None:
    (shop.folder / "config" / "profiles" / "stock.toml").write_text(text, encoding="utf-8")


def zero_absent(shop: Shop) -> None:
    profile(shop, f'mode = "full"\n{FULL}[policy]\nabsent = "zero"\n')


def stock(without: range | tuple[int, ...] = (), **other: int) -> str:
    rows = {f"S-{number:03}": number % 7 + 1 for number in range(COUNT) if number not in without}
    rows |= {sku.replace("_", "-"): quantity for sku, quantity in other.items()}
    return stock_csv(list(rows.items()))


def result(shop: Shop, name: str) -> Path:
    return next((shop.folder / "outbox").rglob(f"*-{name}"))


def test_what_a_full_file_does_not_list_is_sent_as_zero_and_accounted_for_apart(shop: Shop) -> None:
    zero_absent(shop)
    shop.drop("one.csv", stock())
    shop.once()
    shop.drop("two.csv", stock((3, 4, 5), S_006=99))
    (drop,) = shop.once()["drops"]
    assert drop["rows_read"] == COUNT - 3
    assert drop["feeds"] == {"inventory": {"accepted": 4, "unchanged": COUNT - 4}}
    assert drop["made_zeros"] == {"inventory": 3}
    now = shop.stock()
    assert [now[LOCATION, f"S-00{number}"] for number in (3, 4, 5, 6)] == [0, 0, 0, 99]
    number = drop["drop"]
    every_record_has_one_verdict(shop.folder / "state" / "ledger.db", number, drop["rows_read"] + 3)
    (said,) = shop.json("status")["made_zeros"]
    assert (said["drop"], said["feeds"]) == (number, {"inventory": 3})
    shown = shop.json("show", str(number))
    planned = shown["report"]["feeds"]["inventory"]
    assert (planned["records"], planned["made"], planned["notes"]["absent_zero"]) == (COUNT - 3, 3, 3)
    assert "3 of them say 0 for what the file does not list" in shop.connector("show", str(number)).stdout
    told = json.loads((result(shop, "two") / "result.json").read_text("utf-8"))
    assert told["made_zeros"] == {"inventory": 3}
    with (result(shop, "two") / "result.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = [(row["line"], row["sku"], row["verdict"]) for row in csv.DictReader(file)]
    assert lines == [("", f"S-00{number}", "accepted") for number in (3, 4, 5)]
    every = shop.connector("show", str(number), "--rows").stdout.splitlines()
    assert len(every) == 1 + COUNT
    assert sum(line.startswith(",") for line in every) == 3
    (change, first) = shop.json("history", "--sku", "S-003")["changes"]
    assert (change["value"], change["line"], change["previous"], first["line"]) == ("0", None, "4", 5)
    assert "which does not list it" in shop.connector("history", "--sku", "S-003").stdout
    shop.json("undo", str(number))
    shop.once()
    now = shop.stock()
    assert [now[LOCATION, f"S-00{number}"] for number in (3, 4, 5, 6)] == [4, 5, 6, 7]


def test_only_what_its_own_lane_has_set_at_the_places_it_speaks_of(shop: Shop) -> None:
    zero_absent(shop)
    shop.drop("one.csv", stock() + "DEL-02,S-001,8\r\n")
    shop.once()
    shop.drop("store/extra.csv", stock_csv([("X-1", 5), ("S-009", 4)]))
    shop.once()
    shop.drop("two.csv", stock((7, 9)))
    shop.once()
    now = shop.stock()
    assert now[LOCATION, "S-007"] == 0
    assert now[LOCATION, "X-1"] == 5, "another lane said it"
    assert now[LOCATION, "S-009"] == 4, "another lane said it last"
    assert now["DEL-02", "S-001"] == 8, "the file does not speak of that location"


def test_the_guards_count_what_would_be_made_zero(shop: Shop) -> None:
    zero_absent(shop)
    shop.drop("one.csv", stock())
    shop.once()
    shop.drop("short.csv", stock(range(30)))
    (drop,) = shop.once(code=1)["drops"]
    assert drop["state"] == "held"
    assert (
        "30 of 200 SKUs that had stock are 0 in this file, 30 of them because it does not list them"
        in drop["reason"]
    )
    assert min(shop.stock().values()) > 0
    shop.drop("newer.csv", stock(range(29)))
    (newer,) = shop.once(code=1)["drops"]
    shop.connector("approve", str(newer["drop"]))
    (_, newer) = shop.once()["drops"]
    assert newer["made_zeros"] == {"inventory": 29}
    assert sum(quantity == 0 for quantity in shop.stock().values()) == 29
    assert shop.json("show", str(drop["drop"]))["state"] == "superseded"


def test_a_key_that_cannot_be_read_may_be_what_is_missing(shop: Shop) -> None:
    zero_absent(shop)
    shop.drop("one.csv", stock())
    shop.once()
    shop.drop("two.csv", stock((3,)) + f"{LOCATION},8.90E+12,5\r\n")
    (drop,) = shop.once(code=1)["drops"]
    assert (drop["made_zeros"], shop.stock()[LOCATION, "S-003"]) == ({}, 4)
    said = shop.connector("show", str(drop["drop"]), code=1).stdout
    assert "nothing that is missing is set to 0" in " ".join(said.split())
    shop.drop("three.csv", stock((3,)).replace("S-005", "s-005"))
    shop.once()
    now = shop.stock()
    assert now[LOCATION, "S-003"] == 0
    assert now[LOCATION, "S-005"] == 6, "what is written nearly so is not missing"


def test_a_refused_zero_is_told_and_asks_for_no_mending(shop: Shop) -> None:
    zero_absent(shop)
    shop.drop("one.csv", stock())
    shop.once()
    shop.sandbox.control.faults("partial=skus:S-003,code:INVALID_SKU")
    shop.drop("two.csv", stock((3, 4)))
    (drop,) = shop.once(code=1)["drops"]
    assert drop["feeds"]["inventory"] == {"accepted": 1, "refused": 1, "unchanged": COUNT - 2}
    assert [row["line"] for row in drop["rows"]] == [None]
    folder = result(shop, "two")
    assert not list(folder.glob("*.correction.*"))
    assert [row["sku"] for row in shop.json("show", str(drop["drop"]), code=1)["rows"]] == ["S-003"]


def test_a_report_that_hides_its_zeros_is_found_out(shop: Shop, tmp_path: Path) -> None:
    shop.drop("one.csv", stock())
    shop.once()
    file = tmp_path / "two.csv"
    file.write_text(stock((3, 4)), encoding="utf-8")
    (found,) = shop.json("check", str(file))
    (message,) = found["feeds"]["inventory"]["messages"]
    assert message.startswith("no row of this file is 0, and 2 SKUs that had stock are not in it")
    assert 'mode = "full" and, under [policy], absent = "zero"' in message
    assert "leave out what is sold out" in " ".join(shop.connector("check", str(file)).stdout.split())
    profile(shop, f'mode = "full"\n{FULL}')
    shop.drop("short.csv", stock(range(60)))
    (drop,) = shop.once(code=1)["drops"]
    assert drop["state"] == "held"
    assert "It may be right: no row of this file is 0" in drop["reason"]
    assert 'write absent = "zero" under [policy] in the profile' in drop["reason"]
    file.write_text(stock((3,), S_009=0), encoding="utf-8")
    (found,) = shop.json("check", str(file))
    assert found["feeds"]["inventory"]["messages"] == [], "a file with a 0 hides none"


def test_zero_for_what_is_absent_is_for_full_files_only(shop: Shop) -> None:
    profile(shop, f'{FULL}[policy]\nabsent = "zero"\n')
    said = shop.connector("config", "check", code=2)
    assert "policy.absent" in said.stdout + said.stderr
