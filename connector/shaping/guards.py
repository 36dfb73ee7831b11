"""Checks over a whole drop. Each guard is one declaration in `GUARDS`; one that does not pass holds the drop.

A guard looks at one feed of the drop (`Seen`) and says what it saw, its limit and its verdict. New guards,
and the history they need, are added to `Seen` and to `GUARDS`; nothing else changes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from connector.feeds import Guards
from connector.model import GuardFinding
from connector.shaping.absent import hidden_zeros

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from connector.feeds import Policy
    from connector.model import Release
    from connector.shaping.outcome import Tally

FEW_REJECTS = 10
"""Fewer rejects than this never hold a drop: in a short file two bad rows are a large share."""


SIGNED_ROWS = 10
"""Fewer rows with a sign than this never make a column one of changes."""

SIGNED_SHARE = 0.1
"""Share of rows with a sign from which on a column is one of changes, where there was (nearly) none before."""

UNSIGNED_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier drop of the same layout: how a person finds it, and its share of numbers below zero."""

    called: str
    below_zero: float


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a guard may look at: one feed of one drop, and what the shop wants.

    `before` is an earlier drop of the same layout. `mode` tells whether the file lists all there is ("full").
    """

    tally: Tally
    policy: Policy
    before: Before | None = None
    guards: Guards = field(default_factory=Guards)
    mode: Literal["full", "delta"] = "delta"


@dataclass(frozen=True, slots=True)
class Guard:
    """A check over a whole drop: its name, what it protects from, and the look it takes."""

    name: str
    label: str
    look: Callable[[Seen], GuardFinding]


def _finding(name: str, figure: float, limit: float, reason: str) -> GuardFinding:
    """Make a finding: it holds when there is a reason."""
    return GuardFinding(name, figure, limit, "hold" if reason else "pass", reason)


def _empty(seen: Seen) -> GuardFinding:
    reason = ""
    if not seen.tally.total:
        reason = f"the file has no {seen.tally.feed} rows: nothing is sent and nothing is set to zero. Export it again"
    return _finding("empty", seen.tally.total, 1, reason)


def _too_many_rejects(seen: Seen) -> GuardFinding:
    rejects, asking = seen.tally.rejects, seen.tally.asking
    share = rejects / asking if asking else 0.0
    reason = ""
    if rejects >= FEW_REJECTS and share > seen.policy.max_rejects_share:
        usual = seen.tally.usual_reason()
        reason = (
            f"{rejects} of {asking} {seen.tally.feed} records are rejected ({share:.0%}, the limit is "
            f"{seen.policy.max_rejects_share:.0%}); mostly: {usual}. The file looks wrong as a whole: nothing of "
            f"it is sent. Mend it and drop it again; if it is right as it is, write a higher max_rejects_share under "
            f"[policy] in its profile and retry the drop"
        )
    return _finding("too_many_rejects", round(share, 4), seen.policy.max_rejects_share, reason)


def _changes_not_levels(seen: Seen) -> GuardFinding:
    """A column of pieces to add and take away must never be taken for stock: signs give it away."""
    notes, asking = seen.tally.notes, seen.tally.asking
    plus, below = notes.get("plus_signs", 0), notes.get("negatives", 0)
    share = max(plus, below) / asking if asking else 0.0
    reason, before = "", seen.before
    if plus >= SIGNED_ROWS and plus >= SIGNED_SHARE * asking:
        reason = (
            f"{plus} of {asking} quantities have a plus sign before them, as changes to a stock have: nothing is sent. "
            f"Export the stock levels; if they are levels, export them without plus signs"
        )
    elif before and before.below_zero <= UNSIGNED_SHARE and below >= SIGNED_ROWS and share >= SIGNED_SHARE:
        reason = (
            f"{below} of {asking} quantities are below zero, in {before.called} it were {before.below_zero:.0%}: the "
            f"column seems to hold changes and no levels any more, nothing is sent. Export the stock levels; if they "
            f'are levels, write negatives = "reject" under [policy] in a profile and retry the drop'
        )
    return _finding("changes_not_levels", round(share, 4), SIGNED_SHARE, reason)


def _total_differs(seen: Seen) -> GuardFinding:
    """The file's own total says how many pieces it means: rows that add up to something else are not all of it."""
    wrong = [one for one in seen.tally.totals if not one.agrees]
    shown = wrong[0] if wrong else next(iter(seen.tally.totals), None)
    rows, said = (float(shown.rows), float(shown.said)) if shown else (0.0, 0.0)
    return _finding("total_differs", rows, said, "; ".join(one.reason for one in wrong))


def _price_crowd(seen: Seen) -> GuardFinding:
    """A few prices that moved too far are mistakes of their rows; many are one of the file, or a day of new taxes."""
    return _crowd("price_crowd", seen, {"mrp_move", "esp_move"})


def _quantity_crowd(seen: Seen) -> GuardFinding:
    """Many quantities that jumped are another unit, or another column."""
    return _crowd("quantity_crowd", seen, {"quantity_jump"})


def _crowd(name: str, seen: Seen, moves: Collection[str]) -> GuardFinding:
    crowds = [one for one in seen.tally.crowds if one.name in moves]
    moved = max((one.moved for one in crowds), default=0)
    limit = max((one.limit for one in crowds), default=0)
    return _finding(name, moved, limit, "; ".join(one.reason for one in crowds if one.holds))


def _stock_gone(seen: Seen) -> GuardFinding:
    """A broken export often says 0 for what it could not read: a shop does not sell out of a tenth at once."""
    made, limit = seen.tally.made, seen.guards.stock_gone
    gone, stocked = seen.tally.gone + made, seen.tally.stocked + made
    share = _share(gone, stocked)
    reason = ""
    if gone >= seen.guards.at_least and share > limit:
        reason = (
            f"{gone} of {stocked} SKUs that had stock are 0 in this file{_of_them(made)} ({share:.0%}, the limit is "
            f"{limit:.0%}): nothing is sent, the stock in Konnect stays as it is. If they are sold out, approve the "
            f"drop; if not, export it again and drop it"
        )
    return _finding("stock_gone", round(share, 4), limit, reason)


def _key_flip(seen: Seen) -> GuardFinding:
    """Codes written another way look like as many new items as old ones that vanished."""
    overlap, limit = seen.tally.overlap, seen.guards.key_flip
    unknown = overlap.rows - overlap.rows_known
    share = _share(unknown, overlap.rows)
    reason = ""
    asks = unknown >= seen.guards.at_least and share > limit
    if asks and (flip := overlap.flip):
        reason = (
            f"{unknown} of {overlap.rows} {seen.tally.feed} rows have a SKU that is not known, and most of them "
            f'{flip.rule}: "{flip.was}" is now "{flip.now}". The export writes its SKUs another way: nothing is sent. '
            f"Set the export back to how it was and drop it again; if the SKUs in Konnect have changed too, approve "
            f"the drop"
        )
    return _finding("key_flip", round(share, 4), limit, reason)


def _wrong_file(seen: Seen) -> GuardFinding:
    """Another report under the usual name, or the file of another shop, has SKUs that nobody knows here."""
    overlap, limit = seen.tally.overlap, seen.guards.known_share
    share = _share(overlap.rows_known, overlap.rows)
    reason = ""
    enough = min(overlap.rows, overlap.known) >= seen.guards.at_least
    if enough and share < limit and overlap.flip is None:
        reason = (
            f"only {overlap.rows_known} of {overlap.rows} {seen.tally.feed} rows have a SKU that is known at their "
            f"location ({share:.0%}, at least {limit:.0%} are expected): another report, or the file of another shop? "
            f"Nothing is sent. If all of them are new items, approve the drop"
        )
    return _finding("wrong_file", round(share, 4), limit, reason)


def _stock_absent(seen: Seen) -> GuardFinding:
    """A file that lists all there is, and lacks what was there, was cut short or is of a part of the shop."""
    overlap, limit = seen.tally.overlap, seen.guards.stock_absent
    absent = overlap.stocked_absent if seen.mode == "full" else 0
    share = _share(absent, overlap.stocked)
    reason = ""
    if absent >= seen.guards.at_least and share > limit:
        reason = (
            f"{absent} of {overlap.stocked} SKUs that had stock are not in this file ({share:.0%}, the limit is "
            f"{limit:.0%}), though it should list all there is: nothing is sent. Export the whole stock and drop it; "
            f"if the file is right, approve the drop"
        )
        hidden = hidden_zeros(seen.tally, seen.policy, seen.mode)
        reason = f"{reason}. It may be right: {hidden}" if hidden else reason
    return _finding("stock_absent", round(share, 4), limit, reason)


def _of_them(made: int) -> str:
    return f", {made} of them because it does not list them" if made else ""


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


GUARDS: tuple[Guard, ...] = (
    Guard("empty", "a file without rows", _empty),
    Guard("too_many_rejects", "more rejected records than a good file has", _too_many_rejects),
    Guard("total_differs", "rows that do not add up to the total the file gives", _total_differs),
    Guard("changes_not_levels", "pieces to add or take away read as stock", _changes_not_levels),
    Guard("price_crowd", "many prices that moved at once", _price_crowd),
    Guard("quantity_crowd", "many quantities that jumped at once", _quantity_crowd),
    Guard("stock_gone", "too much of what had stock that is 0 now", _stock_gone),
    Guard("key_flip", "SKUs that are written another way", _key_flip),
    Guard("wrong_file", "a file whose SKUs nobody knows", _wrong_file),
    Guard("stock_absent", "too much of what had stock that a full file does not list", _stock_absent),
)
"""Every guard there is, in the order they look."""


def check(seen: Seen, release: Release | None = None) -> tuple[GuardFinding, ...]:
    """Let every guard look at one feed of a drop; questions found while reading its columns come first.

    The drop is held when any finding's verdict is "hold". With a `release` a person has answered the guards: they say
    what they see, and hold no more. A question she cannot wave through: while it is open there is no record to send.
    """
    looks = (guard.look(seen) for guard in GUARDS)
    return (*seen.tally.findings, *(_answered(look) if release else look for look in looks))


def _answered(finding: GuardFinding) -> GuardFinding:
    """What a person has let go although the guard stopped it."""
    return replace(finding, verdict="approved") if finding.verdict == "hold" else finding
