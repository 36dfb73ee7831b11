"""A file is taken: its row in the ledger and its place in the work folder, in one breath, with all that is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.errors import SourceUnavailable
from connector.ledger import Ledger, Member, NotOurs, Opened

if TYPE_CHECKING:
    from connector.model import Drop, Found
    from connector.readers import Contents
    from connector.sources import Source


def claim(
    ledger: Ledger,
    source: Source,
    found: Found,
    fingerprint: str,
    *,
    contents: Contents | None = None,
    hold: str | None = None,
) -> Drop:
    """Take a file; of a packed one that holds several (`contents`) each is a drop of its own, taken with it.

    So no other drop lands between a packed file and what is in it, and a crash leaves all of it or nothing.

    Raises:
        NotOurs: it is not there as it was found, or not all of it could be taken; it is where it was.
    """
    folder = source.folder_of(found)
    taken: list[str] = []

    def take(landing: int) -> str:
        taken.append(source.claim(found, landing))
        return taken[-1]

    try:
        return ledger.claim(
            found,
            fingerprint,
            lane=f"{found.source}/{folder or ''}",
            folder=folder,
            take=take,
            hold=hold,
            opened=_opened(source, contents) if contents else None,
        )
    except (NotOurs, SourceUnavailable):
        for work_path in taken:  # one of the files in it could not be put beside it
            source.give_back(work_path)
        raise


def _opened(source: Source, contents: Contents) -> Opened:
    """What the ledger must know of the files in a packed one, and how they get into the work folder."""
    members = [Member(part.name, part.fingerprint, part.size, part.damage) for part in contents.parts]
    files = [(part.name, part.copy) for part in contents.parts]
    return Opened(members, lambda packed: source.put(packed, files), contents.left_out)
