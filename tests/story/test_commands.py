"""Every command as a new user types it: what it prints, what it leaves, its exit code."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from connector.sandbox import Sandbox
from tests.story.shop import Shop, end, environment, stock_csv, wait_until

TWO_FEEDS = (
    "Store Code,Item Code,Closing Stock,M.R.P.,Selling Price\nBLR-01,A-1,4,100.00,90\nBLR-01,A-2,x,10,20\n"
)


def put(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_check_says_how_and_what_and_sends_nothing(shop: Shop, tmp_path: Path) -> None:
    file = put(tmp_path, "stock.csv", TWO_FEEDS)
    (found,) = shop.json("check", file, code=1)
    assert found["disposition"] == "accept_with_row_errors"
    assert found["rows_read"] == 2
    assert {name: found["reader"][name] for name in ("format", "encoding", "delimiter", "header_lines")} == {
        "format": "csv", "encoding": "ascii", "delimiter": ",", "header_lines": [1],
    }  # fmt: skip
    assert found["columns"]["quantity"] == "Closing Stock"
    assert found["feeds"]["price"]["columns"] == {
        "location_id": "Store Code", "sku": "Item Code", "mrp": "M.R.P.", "esp": "Selling Price",
    }  # fmt: skip
    assert found["feeds"]["inventory"]["verdicts"] == {"accepted": 1, "rejected": 1}
    assert [(reject["line"], reject["column"], reject["value"]) for reject in found["rejects"]] == [
        (3, "Closing Stock", "x"), (3, "Selling Price", "20"),
    ]  # fmt: skip
    assert {guard["name"] for guard in found["guards"]} >= {"empty", "too_many_rejects"}
    said = shop.connector("check", file, code=1).stdout
    assert "accept with row errors" in said
    assert "line 3" in said
    assert shop.sandbox.control.calls() == []
    assert not (shop.folder / "state" / "ledger.db").exists()


def test_check_knows_what_is_published(shop: Shop, tmp_path: Path) -> None:
    text = stock_csv([("A-1", 4)])
    shop.drop("stock.csv", text)
    shop.once()
    (found,) = shop.json("check", put(tmp_path, "again.csv", text))
    assert found["disposition"] == "accept_no_changes"


def test_check_without_any_configuration(tmp_path: Path, shop: Shop) -> None:
    file = put(tmp_path, "stock.csv", "sku,quantity\nA-1,4\n")
    empty = tmp_path / "empty"
    empty.mkdir()
    held = json.loads(shop.connector("check", file, "--json", code=1, cwd=empty).stdout)
    assert held[0]["disposition"] == "hold"
    assert "location" in held[0]["reason"]
    done = json.loads(shop.connector("check", file, "--location", "X", "--json", cwd=empty).stdout)
    assert done[0]["disposition"] == "accept"
    assert list(empty.iterdir()) == []


def test_read_writes_plain_csv(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "preise.csv"
    file.write_bytes(
        "Preisliste Oktober\r\n\r\nArtikel;Größe;Preis\r\nA-1;M;1,50\r\nA-2;L;2,50\r\n".encode("cp1252")
    )
    report = shop.json("read", str(file), "--to", str(tmp_path / "out"))
    (found,) = report[0]["tables"]
    assert (found["encoding"], found["delimiter"], found["header_lines"]) == ("cp1252", ";", [3])
    written = (tmp_path / "out" / "preise.csv.csv").read_bytes()
    assert written == 'Artikel,Größe,Preis\r\nA-1,M,"1,50"\r\nA-2,L,"2,50"\r\n'.encode()
    assert "preise.csv" in shop.connector("read", str(file), "--to", str(tmp_path / "out")).stdout


def test_profile_suggest_proposes_what_then_works(shop: Shop, tmp_path: Path) -> None:
    file = put(tmp_path, "odd.csv", "Code,Description,Pcs\nA-1,Red tee,4\nA-2,Blue tee,5\n")
    proposed = shop.connector("profile", "suggest", file).stdout
    (shop.folder / "config" / "profiles" / "odd.toml").write_text(proposed, encoding="utf-8")
    shop.connector("config", "check")
    (found,) = shop.json("check", file)
    assert found["profile"] == "odd"


def test_config_check_names_all_mistakes_of_all_files(shop: Shop) -> None:
    assert shop.config.stat().st_mode & 0o077 == 0, "others can read the password"
    shop.configure(
        ('currency = "INR"', 'curency = "INR"'),
        ("# in_flight = 8 ", "in_flight = 0 #"),
        ('server = "http', 'server = "gopher'),
    )
    wrong = 'feedz = ["inventory"]\n[policy]\nbuffer = "two"\n'
    (shop.folder / "config" / "profiles" / "wrong.toml").write_text(wrong, encoding="utf-8")
    said = shop.connector("config", "check", code=2).stderr
    for word in ("curency", "delivery.in_flight", "account.0.server", "feedz", "policy.buffer"):
        assert word in said
    assert "connector.toml" in said
    assert "wrong.toml" in said
    shop.connector("once", code=2)


def test_config_schema(shop: Shop) -> None:
    assert "default_location" in json.loads(shop.connector("config", "schema").stdout)["properties"]
    assert "columns" in json.loads(shop.connector("config", "schema", "--profile").stdout)["properties"]


def test_token_and_catalog(shop: Shop) -> None:
    assert shop.json("token")[0]["ok"] is True
    assert "demo-company-token" not in shop.connector("token").stdout
    count = shop.json("catalog", "count")["count"]
    pulled = shop.json("catalog", "pull")
    assert pulled["items"] == count > 0
    with Path(pulled["written"]).open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == count
    shop.sandbox.control.credentials("demo-company", "another")
    refused = shop.json("token", code=3)
    assert refused[0]["ok"] is False
    shop.sandbox.stop()
    shop.connector("catalog", "count", code=3)


def test_status_drops_and_show(shop: Shop) -> None:
    assert "Nothing has landed yet" in shop.connector("status").stdout
    shop.drop("good.csv", stock_csv([("A-1", 4)]))
    shop.drop("odd.csv", "Ref,Colour\nA,red\nB,blue\n")
    shop.once(code=1)
    status = shop.json("status", code=1)
    assert status["drops"] == {"archived": 1, "unmatched": 1}
    assert [drop["file"] for drop in status["held"]] == ["odd.csv"]
    assert [drop["file"] for drop in shop.json("drops", "--state", "archived")["drops"]] == ["good.csv"]
    assert "odd.csv" in shop.connector("drops").stdout
    good = next(drop["drop"] for drop in shop.json("drops")["drops"] if drop["file"] == "good.csv")
    shown = shop.json("show", str(good))
    assert shown["feeds"] == {"inventory": {"accepted": 1}}
    assert shown["batches"][0]["ack_id"]
    assert "good.csv" in shop.connector("show", str(good)).stdout
    shop.connector("show", "99", code=2)
    shop.connector("retry", str(good), code=2)


def test_closed_streams_stop_nothing(shop: Shop) -> None:
    shop.drop("stock.csv", stock_csv([("A-1", 4)]))
    command = [sys.executable, "-m", "connector", "once"]
    closed = subprocess.run(
        ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *command],
        cwd=shop.folder,
        env=environment(),
        check=False,
    )
    assert closed.returncode == 0
    assert shop.stock() == {("BLR-01", "A-1"): 4}
    assert shop.json("show", "1")["state"] == "archived"


def test_a_workspace_is_never_overwritten(shop: Shop) -> None:
    shop.configure(('currency = "INR"', 'currency = "EUR"'))
    assert "nothing was changed" in shop.connector("init", str(shop.folder)).stdout
    assert 'currency = "EUR"' in shop.config.read_text(encoding="utf-8")


def test_usage_errors_are_exit_code_two(shop: Shop, tmp_path: Path) -> None:
    shop.connector("nonsense", code=2)
    shop.connector("check", "not-there.csv", code=2)
    shop.connector("run", "--config", str(tmp_path / "nowhere.toml"), code=2)
    shop.connector("sandbox", "--faults", "earthquake=yes", code=2)
    shop.connector("check", put(tmp_path, "a.csv", "sku,quantity\nA,1\n"), "--profile", "nobody", code=2)


def test_logs_as_json_have_one_line_per_drop(shop: Shop) -> None:
    shop.quick()
    shop.configure(('# format = "text"', 'format = "json"'))
    daemon = shop.start()
    shop.drop("stock.csv", stock_csv([("A-1", 4), ("A-2", 5)]))
    wait_until(shop.archived)
    code, said = end(daemon)
    assert code == 0
    finished = [json.loads(line) for line in said.splitlines() if "drop finished" in line]
    assert [(line["file"], line["inventory"], line["rows"]) for line in finished] == [
        ("stock.csv", "2 accepted", 2)
    ]


def test_the_log_tells_of_each_drop_that_waits_for_a_person(shop: Shop) -> None:
    shop.quick()
    shop.configure(("# patience_seconds = 600", "patience_seconds = 1"))
    daemon = shop.start()
    shop.drop("odd.csv", "Ref,Colour\nA,red\nB,blue\n")
    shop.drop("cut.csv", "sku,quantity,name\nA-1,4,a\nA-2,5,b\nA-3,")
    shop.drop("unclear.csv", 'sku,quantity\nA-1,"1,234"\nA-2,"5,678"\n')
    wait_until(
        lambda: sum(shop.json("status", code=(0, 1))["drops"].get(s, 0) for s in ("held", "unmatched")) == 3
    )
    _, said = end(daemon)
    waits = [line for line in said.splitlines() if "drop waits for you" in line]
    assert [sum(name in line for line in waits) for name in ("odd.csv", "cut.csv", "unclear.csv")] == [
        1,
        1,
        1,
    ]


def test_demo_shows_the_main_job(tmp_path: Path, shop: Shop) -> None:
    said = shop.connector("demo", "--in", str(tmp_path / "demo")).stdout
    for word in (
        "1_stock_export.csv",
        "7 accepted",
        "10 accepted",
        "4 rejected",
        "duplicate",
        "PDF",
        "unmatched",
        "archive",
        "ledger",
    ):
        assert word in said


ACCOUNTS = """
[[account]]
name = "delhi"
server = "{url}"
username = "demo-del-02"
password = "demo-del-02-token"
level = "location"
location = "DEL-02"
"""


def test_location_level_accounts_get_their_own_location(shop: Shop, sandbox: Sandbox) -> None:
    with shop.config.open("a", encoding="utf-8") as file:
        file.write(ACCOUNTS.format(url=sandbox.url))
    shop.drop("stock.csv", "location_id,sku,quantity\nBLR-01,A-1,1\nDEL-02,A-1,2\nMUM-03,A-1,3\n")
    shop.once()
    assert shop.stock() == {("BLR-01", "A-1"): 1, ("DEL-02", "A-1"): 2, ("MUM-03", "A-1"): 3}
    assert {call["username"]: call["records"] for call in shop.writes()} == {
        "demo-company": 2,
        "demo-del-02": 1,
    }


PROFILE = """
feeds = ["inventory", "price"]
[match]
names = ["lager_*.csv"]
[columns]
sku = "Artikel"
quantity = "Menge"
mrp = "UVP"
esp = "Preis"
[constants]
currency = "INR"
[location]
file_name = 'lager_(\\w+)\\.csv'
names = { delhi = "DEL-02" }
[policy]
buffer = 1
decimal_mark = ","
"""


def test_a_profile_with_location_from_the_file_name_and_a_buffer(shop: Shop) -> None:
    (shop.folder / "config" / "profiles" / "lager.toml").write_text(PROFILE, encoding="utf-8")
    shop.drop("lager_delhi.csv", "Artikel;Menge;UVP;Preis\r\nA-1;5;1.000,00;999,50\r\n")
    shop.once()
    assert shop.stock() == {("DEL-02", "A-1"): 4}
    assert shop.sandbox.control.prices()["DEL-02", "A-1"].esp == Decimal("999.5")


@pytest.mark.parametrize("kind", ["inline", "threads"])
def test_both_engines_end_the_same(shop: Shop, kind: str) -> None:
    shop.configure(('# kind = "threads"', f'kind = "{kind}"'))
    shop.drop("stock.csv", stock_csv([(f"SKU-{n}", n) for n in range(1100)]))
    shop.once()
    assert shop.stock() == {("BLR-01", f"SKU-{n}"): n for n in range(1100)}


def test_newest_of_full_snapshots_is_sent_and_the_older_ones_are_superseded(shop: Shop) -> None:
    profile = 'mode = "full"\n[match]\nheaders = ["sku", "quantity"]\n'
    (shop.folder / "config" / "profiles" / "stock.toml").write_text(profile, encoding="utf-8")
    for number in (1, 2, 3):
        shop.drop(f"stock{number}.csv", stock_csv([("A-1", number), ("A-2", 7)]))
    states = sorted(drop["state"] for drop in shop.once()["drops"])
    assert states == ["archived", "superseded", "superseded"]
    assert shop.stock() == {("BLR-01", "A-1"): 3, ("BLR-01", "A-2"): 7}
    assert len(shop.writes()) == 1
    assert len(shop.archived()) == 3
