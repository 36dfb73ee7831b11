"""Imported once by the server process of the readers, and by nothing else: everything a reading child needs.

The server and its children ignore the signals by which a daemon is stopped: whoever asked for a file to be read decides
what becomes of the reading, or a stop would look like a broken file. The server ends when its parent is gone.
"""

from __future__ import annotations

import signal

import connector.readers.reader  # noqa: F401 - to have it there when a child is forked

signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGINT, signal.SIG_IGN)
