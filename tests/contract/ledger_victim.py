"""A process that works on a ledger until it is killed: `python -m tests.contract.ledger_victim URL`.

It lands, plans and delivers without end, and says on stdout each batch the ledger has settled.
"""

from __future__ import annotations

import sys

from connector.ledger import open_ledger
from connector.model import Settlement
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
            ledger.add_lots(drop.id, [draft([("L", f"{drop.id}-{n}", n) for n in range(70)], size=1)])
            ledger.planned(drop.id, {"inventory": 70}, {})
            while taken := ledger.take(drop.id, now(), 8, durable=False):
                # In groups, and some of a group unsent after all, as delivery does it.
                ledger.never_sent([batch.id for batch in taken[5:]])
                ledger.settle([Settlement(batch, reply(1)) for batch in taken[:5]])
                for batch in taken[:5]:
                    say(f"settled {batch.id}")
            ledger.close(drop.id)
            ledger.archived(drop.id, "archive")


if __name__ == "__main__":
    main(sys.argv[1])
