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
from connector.shaping.habits import ITS_OWN, Habits, newly_absent, sold_out
from connector.shaping.shapes import fits

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from connector.feeds import Policy
    from connector.model import Release
    from connector.shaping.outcome import Tally

FEW_REJECTS = 10
"""Fewer rejects than this never hold a drop: in a short file two bad rows are a large share."""


SIGNED_ROWS = 10
"""Fewer rows with a sign than this never make a column one of changes."""

SIGNED_SHARE = 0.1
"""Share of rows with a sign from which on a column is one of changes, where there was none before."""

SIGNED_TIMES = 3
"""Where there were some before, so many times their share more."""

USUALLY = 10
"""The last drops whose number of rows is what a feed usually has."""

STEADY = 3
"""So many of them that hardly differ show that a feed lists all there is, whatever its profile says."""

COVERED = 0.3
"""If they have so many rows, as a share of the known SKUs: a list of changes may be of the same length each day."""

HARDLY = 0.2
"""Share of the most rows by which they may differ for that."""

MOSTLY = 0.6
"""Share of the last drops that must be so."""

SHOWN_ABSENT = 0.25
"""Share of the rows that are missing which must have had stock: without it the export has left out what is 0."""

FAR_FEWER = 2
"""Times the rows of a file of strangers that the feed's files have, if it is short."""

COLLECTION = 0.5
"""A collection that is all new has at most so many rows, as a share of the known SKUs."""


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier drop of the same layout: how a person finds it, and its share of numbers below zero."""

    called: str
    below_zero: float


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a guard may look at: one feed of one drop, and what the shop wants.

    `before` is an earlier drop of the same layout. `mode` tells whether the file lists all there is ("full").
    `usual` are the earlier drops of the feed; `sources` say where a limit comes from. `beside` are the other feeds of
    the drop.
    """

    tally: Tally
    policy: Policy
    before: Before | None = None
    guards: Guards = field(default_factory=Guards)
    mode: Literal["full", "delta"] = "delta"
    usual: Habits = field(default_factory=Habits)
    sources: Mapping[str, str] = field(default_factory=dict)
    beside: frozenset[str] = frozenset()

    def limit(self, name: str, limit: float) -> str:
        """A limit in words, with where it comes from."""
        source = self.sources.get(name, "")
        origin = (
            f", learned from {source}" if source.startswith("its") else f", set in {source}" if source else ""
        )
        return f"the limit is {limit:.0%}{origin}" if origin else f"the limit is {limit:.0%}"


@dataclass(frozen=True, slots=True)
class Guard:
    """A check over a whole drop: its name, what it protects from, the look it takes, and the setting of its limit.

    `again`: it looks at a drop, too, that says what was sent already; to the others nothing is news in that.
    """

    name: str
    label: str
    look: Callable[[Seen], GuardFinding]
    setting: str = ""
    again: bool = False


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
            f"{rejects} of {asking} {seen.tally.feed} records are rejected ({share:.0%}, "
            f"{seen.limit('max_rejects_share', seen.policy.max_rejects_share)}); mostly: {usual}. The file looks wrong "
            f"as a whole: nothing of it is sent. Mend it and drop it again; if it is right as it is, write a higher "
            f"max_rejects_share under [policy] in its profile and retry the drop"
        )
    return _finding("too_many_rejects", round(share, 4), seen.policy.max_rejects_share, reason)


def _changes_not_levels(seen: Seen) -> GuardFinding:
    """A column of pieces to add and take away must never be taken for stock: signs give it away.

    What was sold had stock. What has none, and is below zero, may have been left out of the last file.
    """
    notes, asking = seen.tally.notes, seen.tally.asking
    plus, below = notes.get("plus_signs", 0), notes.get("negatives", 0)
    share = max(plus, below) / asking if asking else 0.0
    reason, before = "", seen.before
    had_stock = not seen.tally.stocked or 2 * seen.tally.gone >= below
    if plus >= SIGNED_ROWS and plus >= SIGNED_SHARE * asking:
        reason = (
            f"{plus} of {asking} quantities have a plus sign before them, as changes to a stock have: nothing is sent. "
            f"Export the stock levels; if they are levels, export them without plus signs"
        )
    elif (
        before
        and had_stock
        and below >= SIGNED_ROWS
        and share >= SIGNED_SHARE + SIGNED_TIMES * before.below_zero
    ):
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
    limit, (gone, stocked) = seen.guards.stock_gone, sold_out(seen.tally)
    share = _share(gone, stocked)
    reason = ""
    if gone >= seen.guards.at_least and share > limit:
        reason = (
            f"{gone} of {stocked} SKUs that had stock are 0 in this file{_of_them(seen.tally.made)} ({share:.0%}, "
            f"{seen.limit('stock_gone', limit)}): nothing is sent, the stock in Konnect stays as it is. If they are "
            f"sold out, approve the drop; if not, export it again and drop it"
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
            f"{unknown} of {overlap.rows} rows have a SKU that is not known, and most of them "
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
    if _enough(seen) and share < limit and overlap.flip is None and not _is_collection(seen):
        reason = (
            f"only {overlap.rows_known} of {overlap.rows} rows have a SKU that is known at their "
            f"location ({share:.0%}, at least {limit:.0%} are expected): another report, or the file of another shop? "
            f"Nothing is sent. If all of them are new items, approve the drop"
        )
    return _finding("wrong_file", round(share, 4), limit, reason)


def _stock_absent(seen: Seen) -> GuardFinding:
    """A file that lists all there is, and lacks what was there, was cut short or is of a part of the shop."""
    limit = seen.guards.stock_absent
    absent, stocked = newly_absent(seen.tally.overlap, seen.usual) if seen.mode == "full" else (0, 0)
    share = _share(absent, stocked)
    reason = ""
    if absent >= seen.guards.at_least and share > limit:
        reason = (
            f"{absent} of {stocked} SKUs that had stock are not in this file ({share:.0%}, "
            f"{seen.limit('stock_absent', limit)}), though it should list all there is: nothing is sent. Export the "
            f"whole stock and drop it; if the file is right, approve the drop"
        )
        hidden = hidden_zeros(seen.tally, seen.policy, seen.mode)
        reason = f"{reason}. It may be right: {hidden}" if hidden else reason
    return _finding("stock_absent", round(share, 4), limit, reason)


def _of_them(made: int) -> str:
    return f", {made} of them because it does not list them" if made else ""


def _enough(seen: Seen) -> bool:
    """Whether there are SKUs enough to judge by; of a feed that has many, a few strangers are: groups, no items."""
    overlap, least, counts = seen.tally.overlap, seen.guards.at_least, seen.usual.records(USUALLY)
    many = bool(counts) and min(counts) >= max(least, FAR_FEWER * overlap.rows)
    strangers = many and overlap.rows > 0 and not overlap.rows_known
    return overlap.known >= least and (overlap.rows >= least or strangers)


def _is_collection(seen: Seen) -> bool:
    """Whether new SKUs are written as the known ones are, in a file as they come: a new collection, sent by itself."""
    overlap = seen.tally.overlap
    return (
        seen.before is not None
        and overlap.rows <= COLLECTION * overlap.known
        and fits(overlap.new, overlap.gone)
    )


def _row_count(seen: Seen) -> GuardFinding:
    """A file that lists all there is has about as many rows as the one before: far fewer were cut off."""
    rows = seen.tally.total
    counts = [count for count in seen.usual.records(USUALLY) if count >= seen.guards.at_least]
    if not counts or "inventory" in seen.beside:  # of rows with both it is the stock that tells
        return _finding("row_count", rows, 0, "")
    fewest, most = min(counts), max(counts)
    alike = sum(count >= (1 - HARDLY) * most for count in counts)
    steady = alike >= max(STEADY, MOSTLY * len(counts))
    steady = steady and fewest >= COVERED * seen.tally.overlap.known
    low, high = fewest * (1 - seen.guards.fewer_rows), most * seen.guards.more_rows
    usual = f"{fewest}" if fewest == most else f"{fewest} to {most}"
    usual = f"this file has {rows} {seen.tally.feed} rows; its last {len(counts)} drops had {usual}"
    reason = ""
    if rows < low and fewest - rows >= seen.guards.at_least and _is_short(seen, fewest - rows, steady=steady):
        lost = f" ({', '.join(seen.usual.lost_places)} is not in it)" if seen.usual.lost_places else ""
        reason = (
            f"{usual}: it was cut short, or is of a part of the shop{lost}. Nothing is sent. Export all of it and drop "
            f"it; if it is right, approve the drop"
        )
    elif rows > high and rows - most >= seen.guards.at_least and steady:
        reason = (
            f"{usual}: another report, of the whole company say? Nothing is sent. Export the usual one and drop it; "
            f"if it is right, approve the drop"
        )
    return _finding("row_count", rows, round(high if rows > most else low), reason)


def _is_short(seen: Seen, missing: int, *, steady: bool) -> bool:
    """Whether a file should list all there is, and what is missing is a loss.

    It is none when the file is of other items altogether (a new collection), when it leaves out what is 0, nor when it
    has a few rows only, as one that a person wrote.
    """
    overlap = seen.tally.overlap
    few = seen.tally.total < seen.guards.at_least
    if seen.mode != "full" and (few or not steady or overlap.rows_known < ITS_OWN * overlap.rows):
        return False
    if seen.tally.feed != "inventory" or seen.usual.lost_places:
        return True
    absent, _ = newly_absent(overlap, seen.usual)
    return absent >= max(seen.guards.at_least / 2, SHOWN_ABSENT * missing)


def _older_snapshot(seen: Seen) -> GuardFinding:
    """A transfer that was repeated, or came late, must not set the shop back to what it was.

    A price list may come back byte by byte, each weekend say; a stock does not.
    """
    reason, stay = "", "nothing is sent, the newer values stay. If it is meant, approve the drop"
    repeats = seen.usual.repeats()
    has_stock = "inventory" in {seen.tally.feed, *seen.beside}
    if repeats and has_stock and seen.tally.total >= seen.guards.at_least:
        last = seen.usual.last
        reason = (
            f"this file is {repeats.called} once more, byte by byte, and newer ones came since, such as "
            f"{last.called if last else ''}: {stay}"
        )
    elif newer := seen.usual.newer():
        other, own, its = newer
        reason = f"this file says it is of {own}, and {other.called}, which went through, is of {its}: {stay}"
    return _finding("older_snapshot", float(bool(reason)), 0, reason)


def _layout_drift(_seen: Seen) -> GuardFinding:
    """A file whose columns drifted comes no farther than its columns: this one has them all."""
    return layout_drift(())


def layout_drift(lost: Sequence[str]) -> GuardFinding:
    """What has become of columns since the earlier drops, or since the profile was written, in words."""
    return GuardFinding("layout_drift", len(lost), 0, "hold" if lost else "pass", "; ".join(lost), bool(lost))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


GUARDS: tuple[Guard, ...] = (
    Guard("empty", "a file without rows", _empty),
    Guard("layout_drift", "a column that was lost or renamed", _layout_drift),
    Guard("older_snapshot", "older figures that come after newer ones", _older_snapshot, again=True),
    Guard(
        "too_many_rejects",
        "more rejected records than a good file has",
        _too_many_rejects,
        "max_rejects_share",
    ),
    Guard("total_differs", "rows that do not add up to the total the file gives", _total_differs),
    Guard("changes_not_levels", "pieces to add or take away read as stock", _changes_not_levels),
    Guard("price_crowd", "many prices that moved at once", _price_crowd, "crowd_rows"),
    Guard("quantity_crowd", "many quantities that jumped at once", _quantity_crowd, "crowd_rows"),
    Guard("stock_gone", "too much of what had stock that is 0 now", _stock_gone, "stock_gone"),
    Guard("key_flip", "SKUs that are written another way", _key_flip, "key_flip"),
    Guard("wrong_file", "a file whose SKUs nobody knows", _wrong_file, "known_share"),
    Guard(
        "stock_absent",
        "too much of what had stock that a full file does not list",
        _stock_absent,
        "stock_absent",
    ),
    Guard("row_count", "far fewer or more rows than the feed usually has", _row_count, "fewer_rows"),
)
"""Every guard there is, in the order they look."""


def check(seen: Seen, release: Release | None = None, *, again: bool = False) -> tuple[GuardFinding, ...]:
    """Let every guard look at one feed of a drop; questions found while reading its columns come first.

    `again`: the drop says what was sent already, so only those look to which it is news that it comes again.

    The drop is held when any finding's verdict is "hold". With a `release` a person has answered the guards: they say
    what they see, and hold no more. A question she cannot wave through: while it is open there is no record to send.
    """
    guards = (guard for guard in GUARDS if guard.again or not again)
    looks = (replace(guard.look(seen), source=seen.sources.get(guard.setting, "")) for guard in guards)
    return (*seen.tally.findings, *(_answered(look) if release else look for look in looks))


def _answered(finding: GuardFinding) -> GuardFinding:
    """What a person has let go although the guard stopped it."""
    return replace(finding, verdict="approved") if finding.verdict == "hold" else finding
