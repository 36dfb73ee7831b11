"""The sandbox as its user holds it: control endpoint, seeds, process, restart, signals."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from connector.sandbox import ControlError, PriceRow, Sandbox, SandboxError, SeedError
from connector.sandbox.assumed import (
    COUNT_SPELLINGS,
    ENVELOPE_SPELLINGS,
    ERROR_SPELLINGS,
    TOKEN_SPELLINGS,
)
from connector.sandbox.fault_spec import KINDS, STATUS_OPTIONS, VALUE
from connector.sandbox.seed import load_seed
from tests.contract.sandbox_helpers import PASSWORD, Caller, call, cost, new_token, stock, token_path

if TYPE_CHECKING:
    pass

ROOT = Path(__file__).parents[2]


# --- looking in ---


def test_state_by_location_and_by_page(api: Caller, sandbox: Sandbox) -> None:
    api.inventory(stock("TS-RED-M"), stock("TS-RED-L"), stock("TS-RED-M", 8, "DEL-02"))
    api.price(cost())
    state = sandbox.control.state()
    assert (state["inventory_rows"], state["price_rows"], state["products"]) == (3, 1, 33)
    assert state["inventory_rows_by_location"] == {"BLR-01": 2, "DEL-02": 1}
    assert sandbox.control.inventory("DEL-02") == {("DEL-02", "TS-RED-M"): 8}
    page = call(sandbox.url, "GET", "/_sandbox/inventory?page=2&page_size=2").json
    assert (page["count"], len(page["rows"])) == (3, 1)
    by_sku = call(sandbox.url, "GET", "/_sandbox/inventory?sku=TS-RED-M").json
    assert [row["location_id"] for row in by_sku["rows"]] == ["BLR-01", "DEL-02"]


def test_the_call_log_tells_all_but_the_password(api: Caller, sandbox: Sandbox) -> None:
    body = json.dumps([stock(), stock("NO")]).encode()
    answer = api.raw(body)
    token_call, write = sandbox.control.calls()
    assert token_call["path"] == "/aggregator/v1/token?username=demo-company&password=***"
    assert (write["operation"], write["method"], write["status"]) == ("inventory", "PUT", 200)
    assert (write["records"], write["failed"], write["username"]) == (2, 1, "demo-company")
    assert write["request_sha256"] == hashlib.sha256(body).hexdigest()
    assert sandbox.control.body(write["number"]) == body
    assert sandbox.control.reply(write["number"]) == answer.body
    assert sandbox.control.calls(since=token_call["number"]) == [write]
    assert sandbox.control.calls("price") == []
    with pytest.raises(ControlError, match="404"):
        sandbox.control.body(99)


@pytest.mark.parametrize("name", ["password", "PASSWORD", "pass%77ord"])
def test_no_spelling_of_the_password_reaches_the_log(sandbox: Sandbox, name: str) -> None:
    call(sandbox.url, "GET", f"/aggregator/v1/token?username=x&{name}=tell-nobody")
    assert "tell-nobody" not in json.dumps(sandbox.control.calls())


def test_statistics(api: Caller, sandbox: Sandbox) -> None:
    api.inventory(stock(), stock("NO"))
    api.inventory(stock())
    api.raw(b"{")
    stats = sandbox.control.stats()
    assert stats["operations"]["inventory"] == {
        "calls": 3,
        "status_200": 2,
        "status_400": 1,
        "records": 3,
        "failed_records": 1,
    }
    assert stats["total"]["calls"] == 4


def test_calls_that_overlap_are_counted(api: Caller, sandbox: Sandbox) -> None:
    sandbox.control.faults("latency=200ms,on:inventory")
    threads = [threading.Thread(target=api.inventory, args=(stock(),)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sandbox.control.stats()["most_concurrent"] == 5


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/_sandbox/credentials", {"username": "x"}),
        ("PUT", "/_sandbox/credentials", {"username": "x", "password": "y", "location": 3}),
        ("PUT", "/_sandbox/credentials", b"{"),
        ("PUT", "/_sandbox/token-lifetime", {"seconds": "1"}),
        ("POST", "/_sandbox/reset", {"locatoins": []}),
        ("GET", "/_sandbox/calls?limit=x", None),
        ("GET", "/_sandbox/inventory?page=-1", None),
    ],
)
def test_the_control_endpoint_refuses_plainly(sandbox: Sandbox, method: str, path: str, body: object) -> None:
    answer = call(sandbox.url, method, path, body)
    assert (answer.status, answer.json["status"]) == (400, "FAILED")


def test_reset_forgets_and_can_reseed(api: Caller, sandbox: Sandbox) -> None:
    api.inventory(stock())
    sandbox.control.reset({"accept_unknown_skus": True, "accept_unknown_locations": True})
    assert sandbox.control.inventory() == {}
    assert sandbox.control.calls() == []
    assert api.inventory(stock()).status == 401
    api = Caller(sandbox.url)
    assert api.inventory(stock("ANY", 1, "WHEREVER")).json["data"]["failed_count"] == 0
    assert api.inventory(stock("", 1, "WHEREVER")).json["data"]["failed_count"] == 1
    sandbox.control.reset()
    assert Caller(sandbox.url).inventory(stock("ANY")).json["data"]["failed_count"] == 1


# --- seeds ---

SEED = """
currency = "USD"
token_lifetime_seconds = 60
[[credentials]]
username = "u"
password = "p"
[[locations]]
code = "S1"
[[products]]
sku = "ONE"
mrp = 10.10
esp = 9.99
[[generate]]
prefix = "SKU-"
count = 50000
[[inventory]]
location_id = "S1"
sku = "ONE"
quantity = 4
[[prices]]
location_id = "S1"
sku = "ONE"
esp = 9.5
mrp = 10
"""


def test_a_seed_file_and_fifty_thousand_rows_at_once(tmp_path: Path) -> None:
    path = tmp_path / "seed.toml"
    path.write_text(SEED, encoding="utf-8")
    with Sandbox(seed=path) as sandbox:
        api = Caller.__new__(Caller)
        api.url, api.token = sandbox.url, new_token(sandbox.url, "u", "p")
        assert sandbox.control.inventory() == {("S1", "ONE"): 4}
        assert sandbox.control.prices()["S1", "ONE"] == PriceRow(Decimal("9.50"), Decimal(10), "USD")
        assert api.get("/ims/v3/listings/count").json == {"count": 50_001}
        skus = [f"SKU-{number:05d}" for number in range(1, 50_001)]
        begin = time.perf_counter()
        for start in range(0, 50_000, 500):
            rows = [stock(sku, 1, "S1") for sku in skus[start : start + 500]]
            assert api.inventory(*rows).json["data"]["failed_count"] == 0
        written = time.perf_counter()
        assert len(sandbox.control.inventory()) == 50_001
        # Generous: what matters is that neither takes minutes.
        assert written - begin < 10
        assert time.perf_counter() - written < 5
        assert api.inventory(stock("SKU-50001", 1, "S1")).json["data"]["failed_count"] == 1


@pytest.mark.parametrize(
    ("seed", "named"),
    [
        ({"currencies": "INR"}, "currencies"),
        ({"locations": [{"name": "no code"}]}, "locations[0].code"),
        ({"products": [{"sku": "A", "mrp": "dear"}]}, "products[0].mrp"),
        ({"accept_unknown_skus": "yes"}, "accept_unknown_skus"),
        ({"inventory": [{"location_id": "A", "sku": "B", "quantity": 1.5}]}, "inventory[0].quantity"),
        ({"generate": {"prefix": "A"}}, "generate"),
        ("no-such-file.toml", "no-such-file.toml"),
    ],
)
def test_a_bad_seed_is_named(seed: str | dict[str, object], named: str) -> None:
    with pytest.raises(SeedError) as error:
        load_seed(seed)
    assert named in str(error.value)


def test_a_json_seed(tmp_path: Path) -> None:
    path = tmp_path / "seed.json"
    path.write_text(json.dumps({"locations": [{"code": "Z"}]}), encoding="utf-8")
    with Sandbox(seed=path) as sandbox:
        assert Caller(sandbox.url).inventory(stock(location="Z")).json["data"]["failed_count"] == 0


# --- the process ---


def test_killed_and_started_again_it_remembers_what_it_acknowledged() -> None:
    with Sandbox(faults="503=at:3,on:inventory") as sandbox:
        api, url = Caller(sandbox.url), sandbox.url
        api.inventory(stock(quantity=3))
        api.price(cost())
        sandbox.control.credentials("later", "secret")
        sandbox.kill()
        assert not sandbox.control.health()
        with pytest.raises(ConnectionRefusedError):
            api.inventory(stock())
        sandbox.start()
        assert sandbox.url == url
        assert sandbox.control.inventory() == {("BLR-01", "TS-RED-M"): 3}
        assert str(sandbox.control.prices()["BLR-01", "TS-RED-M"].esp) == "799.00"
        assert new_token(url, "later", "secret")
        assert api.inventory(stock()).status == 401
        sandbox.stop()
        sandbox.start()
        sandbox.control.reset()
        sandbox.stop()
        sandbox.start()
        assert sandbox.control.inventory() == {}


def test_a_state_file_of_ones_own(tmp_path: Path) -> None:
    for expected in ({}, {("BLR-01", "TS-RED-M"): 5}):
        with Sandbox(state_file=tmp_path / "state.ndjson") as sandbox:
            assert sandbox.control.inventory() == expected
            Caller(sandbox.url).inventory(stock())


def test_a_line_torn_by_a_kill_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "state.ndjson"
    path.write_text('{"inventory": [["BLR-01", "TS-RED-M", 7]]}\n{"inventory": [["BLR', encoding="utf-8")
    with Sandbox(state_file=path) as sandbox:
        assert sandbox.control.inventory() == {("BLR-01", "TS-RED-M"): 7}
        Caller(sandbox.url).inventory(stock(quantity=8))
        sandbox.kill()
        assert sandbox.start().control.inventory() == {("BLR-01", "TS-RED-M"): 8}


def test_what_stops_the_start_is_told(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match="in use"):
        Sandbox(port=int(sandbox.url.rpartition(":")[2])).start()
    with pytest.raises(SandboxError, match="slow"):
        Sandbox(faults="slow=1s").start()
    with pytest.raises(SandboxError, match="no-such-file"):
        Sandbox(seed="no-such-file.toml").start()


def test_not_started_it_has_no_control() -> None:
    with pytest.raises(SandboxError, match="not started"):
        _ = Sandbox().control


SERVE = """
from connector.sandbox import serve
serve(0, on_ready=lambda url: print(url, flush=True), faults="latency=300ms,on:inventory")
print("clean end")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_ends_cleanly_and_says_nothing(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", SERVE],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        api = Caller(url)
        call(url, "GET", token_path(password="wrong"))
        answers: list[int] = []
        thread = threading.Thread(target=lambda: answers.append(api.inventory(stock()).status))
        thread.start()
        time.sleep(0.1)
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
        thread.join()
    assert answers == [200], "a call in flight is answered first"
    assert (out, err, process.returncode) == ("clean end\n", "", 0)


def test_faults_leave_no_trace_on_the_log(tmp_path: Path) -> None:
    """What a child says goes to our stderr; neither a fault nor a secret may show up there."""
    script = (
        "from connector.sandbox import Sandbox\n"
        "from tests.contract.sandbox_helpers import Caller, stock\n"
        "with Sandbox() as s:\n"
        "    api = Caller(s.url)\n"
        "    for fault in ('reset', 'lost_reply', 'truncate', 'drip=10ms', '502'):\n"
        "        s.control.faults(fault)\n"
        "        try: api.inventory(stock())\n"
        "        except Exception: pass\n"
        "    s.control.clear_faults(); api.raw(b'{')\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
        env=environment,
    )
    assert (done.stdout, done.stderr) == ("", "")
    assert PASSWORD not in done.stderr


def test_the_server_ends_with_its_parent() -> None:
    script = (
        "import os\nfrom connector.sandbox import Sandbox\n"
        "s = Sandbox().start()\nprint(s.url, flush=True)\nos._exit(1)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False, cwd=ROOT
    )
    url = done.stdout.strip()
    for _ in range(50):
        try:
            call(url, "GET", "/_sandbox/health")
        except OSError:
            return
        time.sleep(0.1)
    pytest.fail("the server outlived its parent")


def test_importing_it_loads_no_web_framework() -> None:
    script = "import sys, connector.sandbox; print({'fastapi', 'uvicorn', 'starlette'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT, timeout=30
    )
    assert done.stdout.strip() == "set()"


# --- the manual ---

MANUAL = (ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8")


def test_the_manual_names_every_fault_and_option() -> None:
    for name, options in {**KINDS, "429": STATUS_OPTIONS}.items():
        row = next((line for line in MANUAL.splitlines() if line.startswith(f"| `{name}`")), "")
        assert row, f"{name} is not in docs/sandbox.md"
        for option in options:
            assert option == VALUE or f"`{option}:" in row or "as `partial`" in row, f"{name}: {option}"
    for spelling in (*ERROR_SPELLINGS, *ENVELOPE_SPELLINGS, *TOKEN_SPELLINGS, *COUNT_SPELLINGS):
        assert f"`{spelling}`" in MANUAL or f"`={spelling}`" in MANUAL or spelling == "accessToken"


def test_the_manual_names_every_control_route() -> None:
    source = (ROOT / "connector" / "sandbox" / "control.py").read_text(encoding="utf-8")
    for route in re.findall(r'@router\.\w+\("/([^"/]+)', source):
        assert re.search(rf"^\| .*\b{re.escape(route)}\b", MANUAL, re.MULTILINE), route


def test_the_seed_of_the_manual_works(tmp_path: Path) -> None:
    path = tmp_path / "seed.toml"
    path.write_text(MANUAL.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    seed = load_seed(path)
    assert len(seed.products) == 50_001
    assert seed.inventory == {("PNQ-07", "TS-RED-M"): 4}
