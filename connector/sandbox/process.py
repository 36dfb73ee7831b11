"""A sandbox in a child process, for tests and the demo."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Self

from connector.sandbox.client import Control

if TYPE_CHECKING:
    from types import TracebackType

    from connector.sandbox.seed import SeedSource

START_SECONDS = 30.0
STOP_SECONDS = 5.0


class SandboxError(RuntimeError):
    """The sandbox did not start; the message says why."""


class Sandbox:
    """``with Sandbox(seed=..., faults=...) as sandbox:`` runs a server and gives ``url`` and ``control``.

    ``seed`` is a file (TOML or JSON), a mapping of the same shape, or None for the built-in one; keys it
    leaves out come from the built-in one. ``port`` 0 takes a free port and keeps it, so ``start`` after
    ``stop`` or ``kill`` serves at the same URL. Stock, prices and changed credentials outlive that (in
    ``state_file``, or a temporary one); tokens, calls and faults set at run time do not.
    """

    def __init__(
        self,
        seed: SeedSource = None,
        faults: str | None = None,
        port: int = 0,
        host: str = "127.0.0.1",
        state_file: Path | str | None = None,
    ) -> None:
        self._options = {"seed": str(seed) if isinstance(seed, Path) else seed, "faults": faults or ""}
        self._host = host
        self._port = port
        self._state_file = state_file
        self._process: subprocess.Popen[str] | None = None
        self.url = ""
        self._control: Control | None = None

    @property
    def control(self) -> Control:
        """The client of the control endpoint."""
        if self._control is None:
            raise SandboxError("the sandbox was not started")
        return self._control

    def start(self) -> Self:
        """Start the server and wait until it answers; does nothing when it runs.

        Raises:
            SandboxError: it did not come up; the message has its reason.
        """
        if self._process is not None:
            return self
        if self._state_file is None:
            folder = tempfile.mkdtemp(prefix="konnect-sandbox-")
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            self._state_file = Path(folder) / "state.ndjson"
        self._process = _spawn({
            **self._options, "host": self._host, "port": self._port, "state_file": str(self._state_file)
        })  # fmt: skip
        said = _first_line(self._process)
        if "url" not in said:
            self.kill()
            raise SandboxError(said.get("error", "the sandbox said nothing before it ended"))
        self.url = said["url"]
        self._port = int(self.url.rpartition(":")[2])
        self._control = Control(self.url)
        return self

    def stop(self) -> None:
        """End the server in order: open calls are answered first."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
            self._reap()

    def kill(self) -> None:
        """End the server at once, in the middle of whatever it does (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._reap()

    def _reap(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    pipe.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _spawn(options: dict[str, object]) -> subprocess.Popen[str]:
    """The child finds this very package, whatever the working folder is."""
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    process = subprocess.Popen(
        [sys.executable, "-m", "connector.sandbox.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        # A Ctrl-C at the terminal is for the parent, which stops the child in its own order.
        start_new_session=True,
    )
    if process.stdin:
        process.stdin.write(json.dumps(options, default=str) + "\n")
        process.stdin.flush()
    return process


def _first_line(process: subprocess.Popen[str]) -> dict[str, str]:
    if process.stdout is None or not select.select([process.stdout], [], [], START_SECONDS)[0]:
        return {"error": f"the sandbox did not start within {START_SECONDS:g} seconds"}
    said: dict[str, str] = json.loads(process.stdout.readline() or "{}")
    return said
