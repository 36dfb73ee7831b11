"""By hand: `python -m tests.simulation KIND SEED DROPS` replays a shop and says what was seen."""

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from connector.sandbox import Sandbox
from tests.simulation.goods import KINDS
from tests.simulation.run import Simulation
from tests.story.shop import Shop

wanted, seed, drops = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
(kind,) = [kind for kind in KINDS if kind.name == wanted]
with TemporaryDirectory() as folder, Sandbox(seed={"accept_unknown_skus": True}) as sandbox:
    shop = Shop(Path(folder) / "shop", sandbox)
    began = time.monotonic()
    outcome = Simulation(shop, kind, seed, drops).run()
    took = time.monotonic() - began
click.echo(f"{wanted} seed {seed}: {outcome.drops} drops, {outcome.clean} clean, {took:.0f} s")
for title in ("false_alarms", "missed", "wrong_values"):
    for told in getattr(outcome, title):
        click.echo(f"  {title}: {told}")
click.echo(f"  caught: {dict(sorted(outcome.caught.items()))}")
