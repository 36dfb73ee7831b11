"""The process that readers are forked from: started first of all, so that it imports beside us and not after us.

It stands at the bottom because starting it must wait for no import of ours. It ends with us.
"""

from __future__ import annotations

import os
import threading
from multiprocessing import forkserver


class _Server(forkserver.ForkServer):
    """Looks for modules where we found ours: Python would look in the current folder first, where anything may lie."""

    def ensure_running(self) -> None:
        """Start it unless it runs; what it is told by the environment is told to nobody else."""
        before = os.environ.get("PYTHONSAFEPATH")
        os.environ["PYTHONSAFEPATH"] = "1"
        try:
            super().ensure_running()
        finally:
            if before is None:
                del os.environ["PYTHONSAFEPATH"]
            else:
                os.environ["PYTHONSAFEPATH"] = before


server = _Server()
server.set_forkserver_preload(["connector.readers.preload"])
starting = threading.Lock()
"""Held by whoever starts the server or a child: the server may have died and be started anew."""


def warm_up() -> None:
    """Start the process that children are forked from, so that the first file does not wait for its imports."""
    with starting:
        server.ensure_running()
