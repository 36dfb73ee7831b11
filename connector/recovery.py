"""After a crash, before the first scan: put everything back where the next step can take it up.

What the ledger holds is whole, because every step is one transaction; what may be half done is the step that was under
way. Three things can be out of step: drafts of a drop that was being planned, batches whose answer was never read, and
files moved whose claim was never written.
"""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import structlog

from connector import feeds
from connector.errors import SourceUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from connector.ledger import Ledger
    from connector.sources import Source

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was put back: batches to be sent again, batches left in doubt, files given back to their inbox."""

    resent: int
    in_doubt: int
    given_back: int


def recover(ledger: Ledger, sources: Mapping[str, Source], spool: Path) -> Recovered:
    """Bring ledger, work folders and spool into step. Safe to run at every start; must run before the first scan.

    A batch left `sent` is sent again where its feed is safe to repeat (absolute stock, absolute price): the API then
    holds the same value twice over. Otherwise it is in doubt.
    """
    safe = {feed.name for feed in feeds.FEEDS if feed.safe_to_repeat}
    batches = ledger.recover(safe)
    given_back = 0
    for name, source in sources.items():
        try:
            for orphan in source.orphans(ledger.work_paths(name)):
                source.give_back(orphan)
                given_back += 1
        except (SourceUnavailable, OSError) as error:
            # The other sources go on; what may lie in this one's work folder is given back at the next start.
            log.warning("source not recovered", source=name, reason=str(error))
    shutil.rmtree(spool, ignore_errors=True)
    recovered = Recovered(batches.resent, batches.in_doubt, given_back)
    if recovered != Recovered(0, 0, 0):
        log.warning("recovered", **asdict(recovered))
    return recovered
