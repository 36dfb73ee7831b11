"""Runs a sandbox in this process until SIGINT or SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from connector.sandbox.app import make_app
from connector.sandbox.ground import Ground

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from connector.sandbox.seed import SeedSource

GRACE_SECONDS = 2
IDLE_SECONDS = 75  # longer than any client keeps a connection: the sandbox closes none behind its back


class _OpenProtocol(H11Protocol):
    """Hands the transport to the application, so that faults can reset and cut connections."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class _Server(uvicorn.Server):
    """Says when it is ready and leaves the signals to ``serve``."""

    def __init__(self, config: uvicorn.Config, when_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._when_ready = when_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._when_ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The original would raise the signal again after a clean end; ours is a clean end."""
        yield


def serve(
    port: int = 8770,
    host: str = "127.0.0.1",
    *,
    seed: SeedSource = None,
    faults: str | None = None,
    on_ready: Callable[[str], None] | None = None,
    state_file: Path | str | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM, then end cleanly. Port 0 takes a free one; ``on_ready`` gets the URL.

    Raises:
        SeedError: the seed cannot be used.
        FaultSpecError: the fault specification cannot be read.
        OSError: the port is taken.
    """
    ground = Ground.laid(seed, faults or "", Path(state_file) if state_file else None)
    run(ground, port, host, on_ready or (lambda _url: None))


def run(ground: Ground, port: int, host: str, on_ready: Callable[[str], None]) -> None:
    """``serve`` on a ground that is laid already."""
    with socket.create_server((host, port), backlog=512) as listener:
        # Without it the head and the body of an answer wait 40 ms for each other (asyncio sets it only on
        # sockets it made itself). Connections inherit it from the listener.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        url = f"http://{host}:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            make_app(ground),
            http=_OpenProtocol,
            lifespan="off",
            access_log=False,
            log_config=None,
            log_level="warning",
            server_header=False,
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        asyncio.run(_run(_Server(config, lambda: on_ready(url)), listener))


async def _run(server: _Server, listener: socket.socket) -> None:
    if threading.current_thread() is threading.main_thread():
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, setattr, server, "should_exit", True)
    await server.serve(sockets=[listener])
