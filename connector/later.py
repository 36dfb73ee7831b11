"""Imports that wait until they are needed: what plans and sends is imported while the first file is being read.

    if TYPE_CHECKING:
        import pyarrow as pa
    else:
        pa = later("pyarrow")

Python 3.15 has a word for it (PEP 810). Until then this stands where a start would have to wait for much: all that lies
between the start and the first file read must do without tables.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Later:
    """Stands for a module. Safe in any thread: to import what is imported already is a look into a table."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)


def later(name: str) -> Any:
    """The module of that name, imported when something of it is first asked for."""
    return _Later(name)


@contextmanager
def without(name: str) -> Iterator[None]:
    """While a library is imported that would import another one, of that name, only because it is there."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # Python's own way to say that there is none
    try:
        yield
    finally:
        del sys.modules[name]
