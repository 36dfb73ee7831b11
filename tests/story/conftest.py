"""Fixtures of the story tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.sandbox import Sandbox
from tests.story.shop import Shop


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A fresh sandbox that knows any SKU."""
    with Sandbox(seed={"accept_unknown_skus": True}) as running:
        yield running


@pytest.fixture
def shop(tmp_path: Path, sandbox: Sandbox) -> Shop:
    """A workspace whose account is the sandbox's."""
    return Shop(tmp_path / "shop", sandbox)
