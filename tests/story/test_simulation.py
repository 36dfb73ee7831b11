"""Two hundred drops of a shop of our own making, with every fault we know of mixed in, against a real sandbox.

`python -m tests.simulation KIND SEED DROPS` replays other shops and seeds by hand.
"""

from __future__ import annotations

import pytest

from tests.simulation.goods import KINDS
from tests.simulation.run import Simulation
from tests.story.shop import Shop

SHOPS = {"pharma": 200, "fashion": 70}
"""Drops of each shop."""


@pytest.mark.parametrize("name", SHOPS)
def test_every_fault_is_stopped_no_clean_drop_is_and_no_faulty_value_gets_through(
    shop: Shop, name: str
) -> None:
    (kind,) = (kind for kind in KINDS if kind.name == name)
    outcome = Simulation(shop, kind, 1, SHOPS[name]).run()
    assert outcome.drops == SHOPS[name]
    assert outcome.missed == []
    assert outcome.wrong_values == []
    assert outcome.false_alarms == []
    assert sum(outcome.caught.values()) > 30
    assert outcome.clean > SHOPS[name] / 3
