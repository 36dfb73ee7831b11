"""The client against servers that misbehave in ways no sandbox would: raw bytes over real sockets."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import threading
import time

import pytest
import requests

from connector.api import Account, BreakerSettings, RetrySettings, Secret
from connector.api.client import Client
from connector.api.retry import Trouble
from connector.api.transport import Limits, Transport
from connector.errors import CredentialsRefused, Fatal, InDoubt, RefusedBatch, RetryLater

ONE = b'[{"location_id":"A","sku":"S","quantity":1}]'
GOOD = json.dumps(
    {"data": {"payload_count": 1, "success_count": 1, "failed_count": 0, "errors": []}}
).encode()
TOKEN = b'{"accessToken":"tok-12345678","status":"SUCCESS"}'


def answer(body: bytes, status: str = "200 OK", headers: str = "", length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Length: {size}\r\n{headers}\r\n".encode() + body


class RawServer:
    """Answers the n-th PUT with the n-th script entry (bytes, or a function of the socket); tokens are given always."""

    def __init__(self, *script) -> None:
        self.script = list(script)
        self.requests: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._open = True
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._open = False
        self._listener.close()

    def _accept(self) -> None:
        while self._open:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while request := self._read(connection):
                if request.startswith(b"GET /aggregator"):
                    connection.sendall(answer(TOKEN))
                    continue
                self.requests.append(request)
                step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
                if callable(step):
                    step(connection)
                    return
                connection.sendall(step)
                if b"content-length" not in step.lower() or b"Connection: close" in step:
                    return

    @staticmethod
    def _read(connection: socket.socket) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data:
            part = connection.recv(65536)
            if not part:
                return b""
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        sizes = [
            line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        ]
        while len(body) < int(sizes[0] if sizes else 0):
            body += connection.recv(65536)
        return head + b"\r\n\r\n" + body


@contextlib.contextmanager
def client_of(server: RawServer, **options):
    account = Account("main", server.url, "joe", Secret("the-password"))
    quick = RetrySettings(attempts=3, first_wait=0.01, longest_wait=0.05, come_back=7)
    options = {"retry": quick, "timeouts": (1, 1), "breaker": BreakerSettings(failures=50), **options}
    with Client(account, **options) as client:
        yield client


def test_headers_and_bytes_of_a_request():
    with RawServer(answer(GOOD)) as server, client_of(server) as client:
        client.send("price", ONE)
        client.send("inventory", ONE)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "PUT /ims/v3/price HTTP/1.1"
    for wanted in (
        "Content-Type: application/json",
        "x-access-token: tok-12345678",
        f"Content-Length: {len(ONE)}",
    ):
        assert wanted in lines
    assert any(line.startswith("User-Agent: konnect-connector/") for line in lines)
    assert body == ONE


def test_a_path_in_the_base_url_is_kept():
    with RawServer(answer(GOOD)) as server:
        account = Account("main", server.url + "/gate/", "joe", Secret("the-password"))
        server.script[0] = answer(b'{"accessToken":"tok-12345678"}')
        with Client(account) as client:
            assert client.token() == "tok-12345678"
    assert server.requests[0].startswith(b"GET /gate/aggregator/v1/token?username=joe&password=the-password ")


def drip_headers(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    time.sleep(2)


def hang_up_halfway(connection: socket.socket) -> None:
    connection.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"dat\r\n')


def chunked(connection: socket.socket) -> None:
    pieces = b"".join(
        b"%x\r\n%s\r\n" % (len(GOOD[i : i + 7]), GOOD[i : i + 7]) for i in range(0, len(GOOD), 7)
    )
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + pieces + b"0\r\n\r\n")


@pytest.mark.parametrize(
    "odd",
    [
        b"",
        b"NONSENSE\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n",
        answer(GOOD, length=len(GOOD) + 50, headers="Connection: close\r\n"),
        answer(GOOD[:-9], headers="Connection: close\r\n"),
        hang_up_halfway,
        drip_headers,
        answer(b"not gzip", headers="Content-Encoding: gzip\r\n"),
        answer(b'{"status":"SUCCESS"}'),
        answer(b""),
        answer(b"", status="204 No Content"),
        answer(b"busy", status="425 Too Early"),
        answer(b"x", status="599 Odd"),
    ],
)
def test_odd_answers_are_trouble_that_passes(odd):
    with RawServer(odd, answer(GOOD)) as server, client_of(server, timeouts=(1, 0.3)) as client:
        assert client.send("inventory", ONE).success_count == 1
        assert len(server.requests) == 2
    with RawServer(odd) as server, client_of(server, timeouts=(1, 0.3)) as client:
        with pytest.raises(RetryLater, match="Tried 3 times"):
            client.send("inventory", ONE)
        assert len(server.requests) == 3
    with RawServer(odd, answer(GOOD)) as server, client_of(server, timeouts=(1, 0.3)) as client:
        with pytest.raises(InDoubt):
            client.send("inventory", ONE, repeatable=False)
        assert len(server.requests) == 1


def test_chunked_and_packed_answers_are_read():
    packed = answer(gzip.compress(GOOD), headers="Content-Encoding: gzip\r\n")
    with RawServer(chunked, packed) as server, client_of(server) as client:
        assert client.send("inventory", ONE).body == GOOD
        assert client.send("inventory", ONE).body == GOOD


def test_an_endless_or_swelling_answer_meets_its_limit():
    bomb = answer(gzip.compress(b" " * 50_000_000), headers="Content-Encoding: gzip\r\n")
    long = answer(b" " * 2_000_000)
    for body in (bomb, long):
        with (
            RawServer(body) as server,
            client_of(server, largest_answer=1_000_000) as client,
            pytest.raises(RetryLater, match="longer than 1000000 bytes"),
        ):
            client.send("inventory", ONE)


def drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(100):
        connection.sendall(b" ")
        time.sleep(0.02)


def test_a_drip_that_never_times_out_meets_the_limit_of_the_whole():
    with RawServer(drip) as server, client_of(server, longest_answer=0.2) as client:
        began = time.monotonic()
        with pytest.raises(RetryLater, match=r"not complete within 0\.2 seconds"):
            client.send("inventory", ONE)
        assert time.monotonic() - began < 2


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_not_followed(status):
    with RawServer(answer(GOOD)) as other:
        move = answer(b"", status=status, headers=f"Location: {other.url}/ims/v3/inventory\r\n")
        with (
            RawServer(move) as server,
            client_of(server) as client,
            pytest.raises(RetryLater, match="another address"),
        ):
            client.send("inventory", ONE)
        assert not other.requests


def test_a_closed_idle_connection_is_replaced():
    close = answer(GOOD, headers="Connection: close\r\n")
    with RawServer(close) as server, client_of(server) as client:
        for _ in range(3):
            assert client.send("inventory", ONE, repeatable=False).success_count == 1


def test_counts_decide_whatever_the_status():
    failed = {
        "payload_count": 1,
        "success_count": 0,
        "failed_count": 1,
        "errors": [{"sku": "S", "code": "X"}],
    }
    for status in ("207 Multi-Status", "400 Bad Request", "422 Unprocessable"):
        said = answer(json.dumps({"data": failed}).encode(), status=status)
        with RawServer(said) as server, client_of(server) as client:
            reply = client.send("inventory", ONE)
        assert (reply.status, [each.code for each in reply.refusals]) == (int(status[:3]), ["X"])


def test_a_refusal_in_html_is_told_in_words():
    page = b"<html><head><title>404 Not Found</title></head></html>"
    with (
        RawServer(answer(page, status="404 Not Found")) as server,
        client_of(server) as client,
        pytest.raises(RefusedBatch, match="HTTP 404: 404 Not Found") as caught,
    ):
        client.send("inventory", ONE)
    assert caught.value.reply == page


def test_a_server_that_echoes_secrets_does_not_get_them_into_our_books():
    echo = {"status": "FAILED", "message": "bad token tok-12345678, password=the-password"}
    failed = {
        "payload_count": 1,
        "success_count": 0,
        "failed_count": 1,
        "errors": ["tok-12345678 the-password"],
    }
    script = (
        answer(json.dumps(echo).encode(), status="400 Bad"),
        answer(json.dumps({"data": failed}).encode()),
    )
    with RawServer(*script) as server, client_of(server) as client:
        with pytest.raises(RefusedBatch) as caught:
            client.send("inventory", ONE)
        reply = client.send("inventory", ONE)
    everything = f"{caught.value!r} {caught.value.reply!r} {reply!r}"
    assert "tok-12345678" not in everything
    assert "the-password" not in everything


def test_credentials_refused_with_a_200():
    with RawServer(answer(b'{"status":"FAILED","message":"wrong user"}')) as server:
        account = Account("main", server.url + "/x", "joe", Secret("the-password"))
        with Client(account) as client, pytest.raises(CredentialsRefused, match="wrong user"):
            client.token()


def test_a_wrong_address_is_not_taken_for_refused_rows():
    with RawServer(answer(b"nothing here", status="404 Not Found")) as server:
        account = Account("main", server.url + "/x", "joe", Secret("the-password"))
        with Client(account) as client, pytest.raises(RetryLater, match="address right"):
            client.send("inventory", ONE)


def test_a_proxy_is_used_when_named_and_environment_is_left_alone_for_this_machine(monkeypatch):
    with RawServer(answer(GOOD)) as proxy:
        proxy.script[0] = answer(GOOD)
        account = Account("main", "http://konnect.example", "joe", Secret("the-password"))
        with Client(account, proxies={"http": proxy.url}, retry=RetrySettings(attempts=1)) as client:
            assert client.warnings
            with pytest.raises(RetryLater):  # the raw server takes the absolute address for no token call
                client.token()
        assert proxy.requests[0].startswith(b"GET http://konnect.example/aggregator/v1/token?")
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
        with RawServer(answer(GOOD)) as server, client_of(server) as client:
            assert client.send("inventory", ONE).success_count == 1


def test_a_missing_ca_bundle_is_said_at_once(monkeypatch):
    account = Account("main", "ginesys", "joe", Secret("the-password"))
    with pytest.raises(Fatal, match="does not exist"):
        Client(account, verify="/nowhere/ca.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/other.pem")
    with pytest.raises(Fatal, match="other"):
        Client(account)
    assert "not checked" in Client(account, verify=False).warnings[0]


def test_a_name_that_does_not_exist_and_a_port_that_is_shut():
    quick = RetrySettings(attempts=1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for url, words in ((f"http://127.0.0.1:{port}", "refused"), ("http://nowhere.invalid", "host name")):
        account = Account("main", url, "joe", Secret("the-password"))
        with Client(account, retry=quick, proxies={}) as client, pytest.raises(RetryLater, match=words):
            client.token()


# the second call goes over the connection that the first one opened, in words of our own (api/adapter.py) -----------


def _said_by(request: bytes) -> dict[str, str]:
    """The headers of a request, as far as it is not the library that adds them."""
    lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    named = dict(line.split(": ", 1) for line in lines)
    return {name: value for name, value in named.items() if name not in ("Host", "Content-Length")}


def test_a_connection_used_again_says_the_same_to_the_server():
    with RawServer(answer(GOOD)) as server, client_of(server) as client:
        client.token()  # opens it
        client.send("inventory", ONE)
        client.send("inventory", ONE)
        stock = requests.put(
            f"{server.url}/ims/v3/inventory", data=ONE, headers=_said_by(server.requests[0]), timeout=5
        )
        assert stock.content == GOOD
    heads = [request.partition(b"\r\n\r\n")[0].decode().split("\r\n") for request in server.requests]
    first, second, stock_head = heads
    assert first[0] == second[0] == stock_head[0]
    assert sorted(first[1:]) == sorted(second[1:])
    assert sorted(first[1:]) == sorted(line for line in stock_head[1:] if not line.startswith("Connection"))
    port = server.url.rpartition(":")[2]
    assert f"Host: 127.0.0.1:{port}" in heads[1]


def _hang_up(connection: socket.socket) -> None:
    connection.close()


def _half_an_answer(connection: socket.socket) -> None:
    connection.sendall(answer(GOOD, length=len(GOOD) + 40))


def _half_a_chunk(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" + GOOD)


def _no_http(connection: socket.socket) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")


@pytest.mark.parametrize("step", [_hang_up, _half_an_answer, _half_a_chunk, _no_http])
def test_a_connection_used_again_that_breaks_off_is_an_unknown_outcome_and_tried_anew(step):
    with RawServer(answer(GOOD), step, answer(GOOD)) as server, client_of(server) as client:
        client.send("inventory", ONE)
        assert client.send("inventory", ONE).success_count == 1
        assert len(server.requests) == 3
    with RawServer(answer(GOOD), step, answer(GOOD)) as server, client_of(server) as client:
        client.send("inventory", ONE)
        with pytest.raises(InDoubt):
            client.send("inventory", ONE, repeatable=False)


def test_a_connection_used_again_waits_no_longer_than_told():
    def silent(_: socket.socket) -> None:
        time.sleep(3)

    quick = RetrySettings(attempts=1)
    with (
        RawServer(answer(GOOD), silent) as server,
        client_of(server, timeouts=(1, 0.3), retry=quick) as client,
    ):
        client.send("inventory", ONE)
        with pytest.raises(RetryLater, match=r"no answer within 0\.3 seconds"):
            client.send("inventory", ONE)


def test_a_connection_used_again_reads_chunks_packed_bodies_and_an_end_without_length():
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (
        len(GOOD),
        GOOD,
    )
    packed = answer(gzip.compress(GOOD), headers="Content-Encoding: gzip\r\n")
    open_end = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + GOOD
    plain = answer(GOOD)
    with RawServer(plain, plain, packed, plain, open_end, plain) as server, client_of(server) as client:
        assert [client.send("inventory", ONE).success_count for _ in range(6)] == [1] * 6
    with RawServer(plain, chunked, plain) as server, client_of(server) as client:
        assert [client.send("inventory", ONE).success_count for _ in range(3)] == [1] * 3


def test_a_server_that_closed_meanwhile_is_met_on_a_new_connection():
    closing = answer(GOOD, headers="Connection: close\r\n")
    with RawServer(closing) as server, client_of(server, retry=RetrySettings(attempts=1)) as client:
        assert [client.send("inventory", ONE).success_count for _ in range(3)] == [1] * 3


def test_a_header_with_a_line_end_is_never_sent():
    with RawServer(answer(GOOD)) as server:
        transport = Transport(server.url, limits=Limits(), pool=1, user_agent="ours")
        transport.exchange("PUT", "/ims/v3/inventory", body=ONE)
        with pytest.raises(Trouble):
            transport.exchange("PUT", "/ims/v3/inventory", body=ONE, token=Secret("a\r\nX-Other: b"))
        transport.close()
    assert len(server.requests) == 1


def _in_pieces(size: int):
    def step(connection: socket.socket) -> None:
        said = answer(GOOD)
        for start in range(0, len(said), size):
            connection.sendall(said[start : start + size])
            time.sleep(0.002)

    return step


def _a_long_answer(connection: socket.socket) -> None:
    connection.sendall(answer(GOOD + b" " * 300_000))


@pytest.mark.parametrize("step", [_in_pieces(1), _in_pieces(9), _in_pieces(60), _a_long_answer])
def test_an_answer_on_a_connection_used_again_may_come_in_pieces(step):
    with RawServer(answer(GOOD), step) as server, client_of(server) as client:
        client.send("inventory", ONE)
        reply = client.send("inventory", ONE, repeatable=False)
    assert reply.body.rstrip() == GOOD


def test_a_connection_is_used_again_and_again_whatever_the_answers():
    heads = ("", "connection: Keep-Alive\r\n", "Connection: close, or not\r\n", "X-Odd:\r\nX-Odd: 2\r\n")
    answers = [answer(GOOD, headers=head) for head in heads]
    unlike = [b"HTTP/1.1 200 OK\r\ncontent-LENGTH:%d \r\n\r\n%b" % (len(GOOD), GOOD)]
    with RawServer(*answers, *unlike, answer(GOOD)) as server, client_of(server) as client:
        for _ in range(8):
            assert client.send("inventory", ONE, repeatable=False).body == GOOD


def test_more_than_was_announced_is_not_taken_for_the_next_answer():
    surplus = answer(GOOD, length=len(GOOD)) + answer(b'{"data":{"success_count":0,"failed_count":1}}')
    with RawServer(answer(GOOD), surplus, answer(GOOD)) as server, client_of(server) as client:
        replies = [client.send("inventory", ONE) for _ in range(4)]
    assert [reply.success_count for reply in replies] == [1, 1, 1, 1]


def test_a_token_that_is_renewed_is_in_the_next_call_although_its_head_was_kept():
    with RawServer(answer(GOOD)) as server:
        transport = Transport(server.url, limits=Limits(), pool=1, user_agent="ours")
        for token in ("first-token", "first-token", "second-token", None):
            secret = None if token is None else Secret(token)
            transport.exchange("PUT", "/ims/v3/inventory", body=ONE, token=secret)
        transport.close()
    told = [_said_by(request).get("x-access-token") for request in server.requests]
    assert told == ["first-token", "first-token", "second-token", None]
