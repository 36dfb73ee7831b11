"""Imports that wait."""

from __future__ import annotations

import sys

import pytest

from connector.later import later


def test_a_module_comes_in_when_something_of_it_is_asked_for() -> None:
    sys.modules.pop("colorsys", None)
    colorsys = later("colorsys")
    assert "colorsys" not in sys.modules
    assert colorsys.rgb_to_hsv(1, 1, 1) == (0.0, 0.0, 1)
    assert "colorsys" in sys.modules


def test_what_a_module_has_not_is_missed_as_ever() -> None:
    with pytest.raises(AttributeError):
        _ = later("colorsys").nothing_of_the_kind
