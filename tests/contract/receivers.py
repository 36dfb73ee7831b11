"""A real mail server and a real webhook receiver on this machine, for what is sent by the alerts."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

from aiosmtpd.controller import Controller


class Mailbox:
    """What the mail server took, as messages; it may refuse for a while, or think for a long time."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.refusals = 0
        self.url = ""

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802  aiosmtpd's word
        if self.refusals:
            self.refusals -= 1
            return "451 come back later"
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 OK"

    @property
    def subjects(self) -> list[str]:
        return [str(message["Subject"]) for message in self.messages]

    def text(self, number: int = -1) -> str:
        body = self.messages[number].get_body(("plain", "html"))
        assert body is not None
        return str(body.get_content())


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """An SMTP server on a free port."""
    mailbox = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        mailbox.url = f"mailto://127.0.0.1:{port}?from=shop@example.com&to=owner@example.com&mode=insecure"
        yield mailbox
    finally:
        controller.stop()


class Hook:
    """What the webhook received, as JSON. `answer` is its status; while `stuck` is set it never answers."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.answer = 200
        self.asked = 0
        self.stuck = Event()
        self.url = ""

    @property
    def titles(self) -> list[str]:
        return [entry["title"] for entry in self.received]

    def wait_for(self, number: int, seconds: float = 30.0) -> None:
        wait_until(lambda: len(self.received) >= number, seconds)


@contextmanager
def webhook() -> Iterator[Hook]:
    """An HTTP server on a free port."""
    hook = Hook()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.asked += 1
            while hook.stuck.is_set():
                time.sleep(0.05)
            if hook.answer == 200:
                hook.received.append(json.loads(body))
            self.send_response(hook.answer)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing: a test reads what was received."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    hook.url = f"json://127.0.0.1:{server.server_port}/alerts"
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield hook
    finally:
        hook.stuck.clear()
        server.shutdown()
        thread.join()
        server.server_close()


def wait_until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Until the condition holds; fails when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
