"""The sink as a process of its own, from where it is started to what it was sent."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from kit.verify import frames

PROGRAM = Path(__file__).with_name("sink.py")


class Server:
    """A sink that runs."""

    def __init__(self, url: str) -> None:
        self.url = url

    def counts(self) -> dict[str, Any]:
        """Calls, failed, records, most_under_way; `first` and `last` by the clock of `time.monotonic`."""
        with urlopen(f"{self.url}/counts") as answer:
            counts: dict[str, Any] = json.load(answer)
            return counts

    def bodies(self) -> Iterator[bytes]:
        """What it accepted, in the order it came."""
        with urlopen(f"{self.url}/received") as answer:
            yield from frames(answer)


@contextmanager
def serving(*, delay: float = 0.0, fail_every: int = 0) -> Iterator[Server]:
    """A sink for one run."""
    command = [sys.executable, str(PROGRAM), "--delay", str(delay), "--fail-every", str(fail_every)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Server(next(iter(process.stdout or ())).strip())
        finally:
            process.terminate()
