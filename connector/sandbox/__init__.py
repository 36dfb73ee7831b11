"""A real HTTP server of the Konnect API to try things on; see docs/sandbox.md.

It imports nothing of the connector outside this package and shares no code with its client. Importing this
module is cheap: the web framework is loaded only by ``serve``, or in the child process of ``Sandbox``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.sandbox.client import Control, ControlError, PriceRow
from connector.sandbox.fault_spec import FaultSpecError
from connector.sandbox.process import Sandbox, SandboxError
from connector.sandbox.seed import SeedError

if TYPE_CHECKING:
    from connector.sandbox.server import serve

__all__ = [
    "Control",
    "ControlError",
    "FaultSpecError",
    "PriceRow",
    "Sandbox",
    "SandboxError",
    "SeedError",
    "serve",
]


def __getattr__(name: str) -> object:
    """Load ``serve``, and with it the web framework, when it is asked for."""
    if name == "serve":
        from connector.sandbox.server import serve  # noqa: PLC0415

        return serve
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
