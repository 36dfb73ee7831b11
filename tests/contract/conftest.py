"""A sandbox for the suites of the sandbox itself: one server a module, as from its seed for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from connector.sandbox import Sandbox
from tests.contract.sandbox_helpers import Caller

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.control.reset()
    return running


@pytest.fixture
def api(sandbox: Sandbox) -> Caller:
    return Caller(sandbox.url)
