"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

# How long an example takes says more about the machine than about us: pytest's own timeout catches what hangs.
settings.register_profile("ours", deadline=None)
settings.load_profile("ours")
