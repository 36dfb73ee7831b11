"""The process that readers are forked from: started first of all, so that it imports beside us and not after us.

It stands at the bottom because starting it must wait for no import of ours. It ends with us.
"""

from __future__ import annotations

import os
import threading
from multiprocessing import forkserver

# Python would look for our modules in the current folder first, where anything may lie.
os.environ.setdefault("PYTHONSAFEPATH", "1")

server = forkserver.ForkServer()
server.set_forkserver_preload(["connector.readers.preload"])
starting = threading.Lock()
"""Held by whoever starts the server or a child: the server may have died and be started anew."""


def warm_up() -> None:
    """Start the process that children are forked from, so that the first file does not wait for its imports."""
    with starting:
        server.ensure_running()
