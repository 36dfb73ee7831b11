"""A process that works on a ledger until it is killed: `python -m tests.contract.ledger_victim URL`.

It lands, plans and delivers without end, and says on stdout each batch the ledger has settled.
"""

from __future__ import annotations

import json
import sys

from connector.ledger import open_ledger
from tests.contract.ledger_kit import draft, identify, land, now, reply


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def main(url: str) -> None:
    ledger = open_ledger(url)
    with ledger.exclusive():
        say("ready")
        while True:
            drop = identify(ledger, land(ledger, f"{url} {now()}"))
            ledger.begin_plan(drop.id)
            ledger.add_batches(
                drop.id, (draft([("L", f"{drop.id}-{n}", n)], lines=[n + 2]) for n in range(70))
            )
            ledger.planned(drop.id, {"inventory": 70}, {})
            for summary in ledger.batches(drop.id):
                batch = ledger.take(summary.id, now())
                assert batch is not None
                (record,) = json.loads(batch.payload)
                ledger.settle(batch.id, reply(1), [("L", record["sku"], str(record["quantity"]))])
                say(f"settled {batch.id}")
            ledger.close(drop.id)
            ledger.archived(drop.id, "archive")


if __name__ == "__main__":
    main(sys.argv[1])
