"""Imported once by the server process of the readers, and by nothing else: everything a reading child needs.

The server and its children ignore the signals by which a daemon is stopped: whoever asked for a file to be read decides
what becomes of the reading, or a stop would look like a broken file. The server ends when its parent is gone.
"""

from __future__ import annotations

import gc
import signal
import sys
import tempfile
from importlib.abc import MetaPathFinder
from pathlib import Path

import connector.readers.reader
import connector.readers.work  # noqa: F401 - to have it there when a child is forked
from connector.readers.limits import Limits, ReaderOptions
from connector.readers.text import read_text

_SAMPLE = (
    "A shop\nStock on 12/03/2025\n\nSKU;Name;Qty;Price\n"
    'A-1;"Lamp, oak";5;1.234,50\nA-2;Rope;7;90,00\nTotal;;12;\n'
)


class _NotHere(MetaPathFinder):
    """Arrow looks for pandas when it is first handed a list. Nothing here uses it: 0.2 s, and 40 MB in every child."""

    def find_spec(self, fullname: str, *_: object) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname)


def _warm_up() -> None:
    """Read a small file, so that no child has to compile patterns and start libraries for itself: half its time.

    On the careful path: the fast one would start threads of Arrow here, and a fork should find as few as can be.
    """
    with tempfile.TemporaryDirectory(prefix="connector-warm-") as folder:
        path = Path(folder, "sample.csv")
        path.write_text(_SAMPLE, encoding="utf-8")
        read_text(path, Path(folder), ReaderOptions(), Limits(), fast=False)


sys.meta_path.insert(0, _NotHere())
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGINT, signal.SIG_IGN)
_warm_up()
# What is here stays: a child that looks through it for garbage would only copy it.
gc.collect()
gc.freeze()
