"""The child process of ``Sandbox``: options as a JSON line on stdin, the URL as a JSON line on stdout.

Its stdin stays open while the parent lives; at its end the child ends too, so no server outlives a crashed
test run.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path

from connector.sandbox.ground import Ground


def main() -> None:
    """Serve as the parent asks; what goes wrong at the start is told on stdout."""
    options = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        ground = Ground.laid(options["seed"], options["faults"], Path(options["state_file"]))
        # The web framework takes its time: a bad seed or fault need not wait for it.
        from connector.sandbox.server import run  # noqa: PLC0415

        run(ground, options["port"], options["host"], lambda url: _tell({"url": url}))
    except (OSError, ValueError) as error:
        _tell({"error": str(error)})
        sys.exit(2)


def _tell(message: dict[str, str]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _end_with_parent() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
