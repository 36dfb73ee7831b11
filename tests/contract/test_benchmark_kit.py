"""The instruments of the benchmarks tell the truth: the check, the sink and the stopwatch."""

import http.client
import json
import sys
import time
from contextlib import ExitStack, closing

import pytest
from kit import measure, verify
from kit.contest import Run
from kit.inputs import Inputs
from kit.report import Goal, Line
from kit.server import serving

GOOD = {"x-access-token": "t", "Content-Type": "application/json"}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    return Inputs(tmp_path_factory.mktemp("inputs"))


def bodies(path, size=500):
    records = verify.expected([path]).to_pylist()
    return [records[start : start + size] for start in range(0, len(records), size)]


def found(path, batches):
    return verify.compare(verify.expected([path]), [json.dumps(batch).encode() for batch in batches])


def test_what_came_as_it_stands_in_the_file_is_exact_in_any_order(inputs):
    path = inputs.csv(1200)
    finding = found(path, reversed(bodies(path)))
    assert finding.exact
    assert (finding.expected, str(finding)) == (1200, "yes")


def test_lost_doubled_wrong_and_strange_records_are_told_apart(inputs):
    path = inputs.csv(1200)
    first, second, third = bodies(path)
    second[0] = {**second[0], "quantity": second[0]["quantity"] + 1}
    second[1] = {
        **second[1],
        "quantity": str(second[1]["quantity"]),
    }  # text where the API asks for an integer
    second[2] = {**second[2], "sku": "not in the file"}
    finding = found(path, [first, first, second, third[:-3]])
    assert (finding.doubled, finding.wrong, finding.strange) == (500, 1, 2)
    assert finding.lost == 3 + 2  # the tail, and the two that came as something else
    assert str(finding) == "5 lost, 500 doubled, 1 wrong, 2 strange"


def test_a_doubled_record_with_an_older_quantity_is_wrong_too(inputs):
    path = inputs.csv(1200)
    batches = bodies(path)
    late = {**batches[0][0], "quantity": batches[0][0]["quantity"] + 7}
    finding = found(path, [*batches, [late]])
    assert (finding.doubled, finding.wrong) == (1, 1)


def test_one_percent_changes_one_row_in_a_hundred_over_all_locations_and_other_bytes_change_none(inputs):
    base, moved = inputs.csv(100_000), inputs.csv(100_000, changed=0.01)
    changed = verify.expected([moved], since=base)
    assert changed.num_rows == 1000
    assert len(changed["location_id"].unique()) >= 100
    renamed = inputs.csv(100_000, changed=0.01, brand="Apex")
    assert renamed.read_bytes() != moved.read_bytes()
    assert verify.expected([renamed], since=moved).num_rows == 0


def test_pieces_hold_every_row_once(inputs):
    assert verify.expected(inputs.pieces(12, 100, folders=4)).sort_by("sku").num_rows == 1200
    finding = verify.compare(
        verify.expected([inputs.csv(1200)]),
        [
            json.dumps(batch).encode()
            for piece in inputs.pieces(12, 100, folders=4)
            for batch in bodies(piece)
        ],
    )
    assert finding.exact


def connected(server):
    return closing(http.client.HTTPConnection(server.url.removeprefix("http://")))


def put(connection, body, headers=GOOD, **options):
    connection.request("PUT", "/ims/v3/inventory", body, headers, **options)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def test_the_sink_keeps_what_it_accepts_and_refuses_what_the_api_would(inputs):
    batch, more = (
        json.dumps(bodies(inputs.csv(1200))[0]).encode(),
        json.dumps(bodies(inputs.csv(1200), 501)[0]).encode(),
    )
    with serving() as server, connected(server) as connection:
        status, answer = put(connection, batch)
        assert (status, answer["data"]["success_count"]) == (200, 500)
        assert put(connection, more)[0] == 400
        assert put(connection, batch, {})[0] == 401
        # in pieces, without a length, as clients that stream do
        status, _ = put(connection, iter([batch[:10], batch[10:]]), encode_chunked=True)
        assert status == 200
        assert list(server.bodies()) == [batch, batch]
        assert (server.counts()["calls"], server.counts()["records"]) == (4, 1000)


def test_the_sink_fails_each_nth_call_and_keeps_nothing_of_it(inputs):
    batches = [json.dumps(batch).encode() for batch in bodies(inputs.csv(1200))]
    with serving(fail_every=2) as server, connected(server) as connection:
        assert [put(connection, batch)[0] for batch in batches] == [200, 503, 200]
        assert list(server.bodies()) == [batches[0], batches[2]]


def test_the_sink_waits_before_it_answers_and_counts_who_waits(inputs):
    batch = json.dumps(bodies(inputs.csv(1200))[0]).encode()
    with serving(delay=0.2) as server, ExitStack() as open_ones:
        connections = [open_ones.enter_context(connected(server)) for _ in range(3)]
        start = time.monotonic()
        for connection in connections:
            connection.request("PUT", "/ims/v3/inventory", batch, GOOD)
        assert [connection.getresponse().status for connection in connections] == [200] * 3
        assert time.monotonic() - start >= 0.2
        assert server.counts()["most_under_way"] == 3


def test_the_stopwatch_counts_children_and_their_memory(tmp_path):
    child = "x = bytearray(80_000_000); import time; s = time.process_time()\nwhile time.process_time() - s < 0.3: pass"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    with (tmp_path / "log").open("wb") as log:
        cost = measure.run([sys.executable, "-c", parent], log=log)
    assert cost.code == 0
    assert cost.wall >= 0.3
    assert 0.3 <= cost.cpu < 5
    assert 80 <= cost.peak < 200


def test_the_stopwatch_stops_a_process_without_an_end(tmp_path):
    begun = time.monotonic()
    with (tmp_path / "log").open("wb") as log:
        cost = measure.run(["sleep", "60"], log=log, done=lambda: time.monotonic() - begun > 0.3)
    assert 0.3 <= cost.wall < 30
    assert cost.code != 0


def test_medians_hide_no_failure_and_a_goal_says_when_it_is_missed():
    runs = [
        Run(wall, 1, 1, 0, 10, 1, 0, verdict) for wall, verdict in ((3, "yes"), (1, "5 lost"), (2, "yes"))
    ]
    line = Line.of(runs)
    assert (line.wall, line.verdict) == (2, "5 lost (in 1 of 3 rounds)")
    lines = {("new", "ours"): line}
    assert Goal("new", "{} s", 2, lambda known: known["new", "ours"].wall).said(lines) == "2 s (≤ 2)"
    assert (
        Goal("new", "{} s", 1.5, lambda known: known["new", "ours"].wall).said(lines) == "2 s (≤ 1.5 MISSED)"
    )
    assert Goal("new", "{} a second", 3, lambda known: known["new", "ours"].wall, least=True).said(lines) == (
        "2 a second (≥ 3 MISSED)"
    )
    assert Goal("same", "{}", 1, lambda known: known["same", "ours"].wall).said(lines) is None
