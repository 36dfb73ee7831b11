"""A process that works on a ledger until it is killed: `python -m tests.contract.ledger_victim URL [close]`.

It lands, plans and delivers without end, and says on stdout each batch the ledger has settled. With `close` it delivers
one drop in many lots, says which, and closes it once it is told to.
"""

from __future__ import annotations

import sys

from connector.ledger import Ledger, open_ledger
from connector.model import Settlement, Verdict
from tests.contract.ledger_kit import draft, identify, land, now, plan, refused, reply, settle

LOTS = 100
"""More than go on the shelves in one transaction, several times over."""


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def main(url: str, *, closing: bool) -> None:
    ledger = open_ledger(url)
    with ledger.exclusive():
        say("ready")
        if closing:
            close(ledger)
        else:
            work(ledger, url)


def work(ledger: Ledger, url: str) -> None:
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


def close(ledger: Ledger) -> None:
    """Of every lot one record is accepted, one refused and one left in doubt; in three places."""
    lots = [
        [(f"L{lot % 3}", f"{what} {lot}", lot) for what in ("good", "bad", "doubtful")] for lot in range(LOTS)
    ]
    drop = identify(ledger, land(ledger, f"bytes of {now()}", lane=str(now())))
    plan(ledger, drop, *map(draft, lots))
    for batch, lot in zip(ledger.take(drop.id, now(), LOTS), lots, strict=True):
        place = lot[0][0]
        bad = refused(3, place, lot[1][1])
        settle(ledger, batch, bad, refused(4, place, lot[2][1], Verdict.FAILED))
    say(f"settled {drop.id}")
    sys.stdin.readline()
    ledger.close(drop.id)
    say(f"closed {drop.id}")
    sys.stdin.readline()


if __name__ == "__main__":
    main(sys.argv[1], closing=sys.argv[2:] == ["close"])
