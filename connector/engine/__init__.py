"""Where tasks run: `inline` in the calling thread, `threads` in two small pools; one seam, one test suite."""

from connector.engine.engine import Engine, Handlers, OnDone, OnError
from connector.engine.inline import InlineEngine
from connector.engine.threads import ThreadsEngine

__all__ = ["Engine", "Handlers", "InlineEngine", "OnDone", "OnError", "ThreadsEngine"]
