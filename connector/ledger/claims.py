"""Whether bytes that land are new to us, and what becomes of the earlier drop with the same bytes.

A packed file of several lands with them in one transaction: each is a drop of its own, and the packed one is closed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from connector.ledger.faults import NotOurs
from connector.ledger.prepared import Prepared, adding, new, told
from connector.ledger.steps import add_to_report, clear_drafts, set_drop, state_of, step_drop
from connector.ledger.tables import drops
from connector.model import WAITING_FOR_A_PERSON, DropState, Found

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

IN_WORK = (DropState.LANDED, DropState.PLANNED, DropState.DELIVERING, DropState.CLOSED)
_NAMED = 20
_CAME_AFTER = (*IN_WORK, *WAITING_FOR_A_PERSON, DropState.ARCHIVED)


@dataclass(frozen=True, slots=True)
class Claim:
    """A file that is about to be taken, and what is known about it."""

    found: Found
    fingerprint: str
    lane: str
    folder: str | None
    repeat: bool
    landed_at: datetime
    parent: int | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a packed one; `damage` says why nothing of it may be used."""

    name: str
    fingerprint: str
    size: int
    damage: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """What came out of a packed file: the files that are drops of their own, and notes on the others.

    `put`, given the work path of the packed file, puts all of them into the work folder and answers where each is.
    """

    members: Sequence[Member]
    put: Callable[[str], Sequence[str]]
    notes: Sequence[str] = ()


def claim(connection: sa.Connection, wanted: Claim, take: Callable[[int], str]) -> int:
    """Write the drop down and take its file, in one breath. Returns the landing number; raises NotOurs."""
    earlier = _earlier(connection, wanted)
    duplicate = (
        not wanted.repeat and earlier is not None and _still_the_last_word(connection, wanted, earlier)
    )
    same_as = None if earlier is None else earlier.id
    row: dict[str, Any] = {
        "source": wanted.found.source,
        "path": wanted.found.path,
        "name": wanted.found.path.rsplit("/", 1)[-1],
        "folder": wanted.folder,
        "lane": wanted.lane,
        "fingerprint": wanted.fingerprint,
        "size": wanted.found.size,
        "state": DropState.DUPLICATE if duplicate else DropState.LANDED,
        "landed_at": wanted.landed_at,
        "parent_id": wanted.parent,
        "same_as": same_as if duplicate else None,
        "reason": f"the same bytes as drop {same_as}" if duplicate else None,
        "report": {"same_as": same_as} if same_as is not None else {},
    }
    drop_id = _ADD.add(connection, **new(**row))
    if not duplicate:
        _replace_waiting(connection, wanted, drop_id)
    try:
        work_path = take(drop_id)
    except OSError as error:
        message = f"{wanted.found.path} could not be taken: {error}"
        raise NotOurs(message) from error
    set_drop(connection, drop_id, work_path=work_path)
    return drop_id


def open_up(connection: sa.Connection, wanted: Claim, drop_id: int, packed: Opened) -> None:
    """Claim each file of a packed drop in its order, and close the packed drop. Raises NotOurs."""
    home = connection.execute(sa.select(drops.c.work_path).where(drops.c.id == drop_id)).scalar_one()
    try:
        places = packed.put(home)
    except OSError as error:
        message = f"what is in {wanted.found.path} could not be put into the work folder: {error}"
        raise NotOurs(message) from error
    opened = []
    for member, place in zip(packed.members, places, strict=True):
        found = Found(wanted.found.source, f"{wanted.found.path}/{member.name}", member.size, 0, 0)
        mine = replace(wanted, found=found, fingerprint=member.fingerprint, parent=drop_id)
        opened.append(claim(connection, mine, _there(place)))
        if member.damage and not is_duplicate(connection, opened[-1]):
            step_drop(connection, opened[-1], [DropState.LANDED], DropState.QUARANTINED, reason=member.damage)
    more = " …" if len(opened) > _NAMED else ""
    reason = f"opened as drops {', '.join(map(str, opened[:_NAMED]))}{more}"
    values = {"closed_at": wanted.landed_at, "reason": reason}
    step_drop(connection, drop_id, [DropState.LANDED], DropState.CLOSED, **values)
    add_to_report(connection, drop_id, {"notes": list(packed.notes)} if packed.notes else {})


def _there(place: str) -> Callable[[int], str]:
    return lambda _landing: place


def is_duplicate(connection: sa.Connection, drop_id: int) -> bool:
    """Whether the drop was born one."""
    return state_of(connection, drop_id) is DropState.DUPLICATE


_ADD = adding(
    drops, "source", "path", "name", "folder", "lane", "fingerprint", "size", "state", "landed_at", "parent_id",
    "same_as", "reason", "report",
)  # fmt: skip
_same_bytes = sa.and_(
    drops.c.fingerprint == told("fingerprint"),
    drops.c.source == told("source"),
    drops.c.folder.is_not_distinct_from(told("folder")),
)
_EARLIER = Prepared(
    sa.select(drops.c.id, drops.c.state, drops.c.archived_at)
    .where(_same_bytes, drops.c.state != DropState.DUPLICATE)
    .order_by(drops.c.id.desc())
    .limit(1)
)
_WAITING = Prepared(
    sa.select(drops.c.id).where(
        _same_bytes, drops.c.state.in_(WAITING_FOR_A_PERSON), drops.c.id != told("its_id")
    )
)


def _bytes_of(wanted: Claim) -> dict[str, str | None]:
    return {"fingerprint": wanted.fingerprint, "source": wanted.found.source, "folder": wanted.folder}


def _earlier(connection: sa.Connection, wanted: Claim) -> sa.Row[Any, Any, Any] | None:
    """The last drop with these bytes that was not itself only a duplicate."""
    found: sa.Row[Any, Any, Any] | None = _EARLIER.first(connection, **_bytes_of(wanted))
    return found


def _still_the_last_word(connection: sa.Connection, wanted: Claim, earlier: sa.Row[Any, Any, Any]) -> bool:
    """Whether these bytes are what the lane said last: then saying them again says nothing.

    If another drop of the lane came after, the same bytes mean "back to these values" and must land as
    new, be the earlier one finished or still in work: it lies before that other drop in the lane. A packed drop says
    nothing itself: what was opened from it does.
    """
    if earlier.state not in (*IN_WORK, DropState.ARCHIVED) or _came_to_nothing(connection, earlier.id):
        return False
    after = drops.c.id > earlier.id
    if earlier.archived_at is not None:
        after |= drops.c.archived_at > earlier.archived_at
        after |= drops.c.state.in_(IN_WORK)  # an older one a person let go on again
    member = drops.alias()
    other = sa.select(drops.c.id).where(
        drops.c.lane == wanted.lane,
        drops.c.id.not_in([earlier.id, wanted.parent or 0]),
        drops.c.parent_id.is_distinct_from(earlier.id),
        drops.c.state.in_(_CAME_AFTER),
        after,
        ~sa.exists().where(member.c.parent_id == drops.c.id),
    )
    return connection.execute(other.limit(1)).first() is None


def _came_to_nothing(connection: sa.Connection, packed: int) -> bool:
    """Whether a drop that was opened from this one waits for a person, or ended without being sent."""
    fine = (*IN_WORK, DropState.ARCHIVED, DropState.DUPLICATE)
    query = sa.select(drops.c.id).where(drops.c.parent_id == packed, drops.c.state.not_in(fine))
    return connection.execute(query.limit(1)).first() is not None


def _replace_waiting(connection: sa.Connection, wanted: Claim, drop_id: int) -> None:
    """Dropped again: whoever did it has put something right, so the one that waits for a person need not."""
    for older in _WAITING.scalars(connection, its_id=drop_id, **_bytes_of(wanted)):
        clear_drafts(connection, older)
        step_drop(
            connection,
            older,
            WAITING_FOR_A_PERSON,
            DropState.SUPERSEDED,
            superseded_by=drop_id,
            reason=f"dropped again as drop {drop_id}",
        )
