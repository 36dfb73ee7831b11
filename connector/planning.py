"""From a file that is understood to what would be sent of it and what not: feed by feed, part by part.

Imported when the first file is planned, and not before: all that handles tables is behind it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from connector import feeds, outbox, profiles, readers, repeats, shaping
from connector.ahead import Behind
from connector.model import GuardFinding, is_correction
from connector.plans import FEW_ROWS, FeedPlan, Plan
from connector.repeats import Repeat

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from connector.feeds import Binding
    from connector.model import Release, RowVerdict
    from connector.planner import Understanding
    from connector.plans import Draft, World


def plan(
    understood: Understanding,
    landing: int,
    draft: Draft,
    world: World,
    *,
    force: bool = False,
    release: Release | None = None,
) -> Plan:
    """What would be sent and what not, and why; see `Planner.plan`."""
    match, _ = understood.settled()
    planned: list[_Feed | Repeat] = []
    for binding in match.bindings:
        meaning = "" if force or release else repeats.meaning(binding, understood, world)
        past = repeats.earlier(meaning, binding.feed, understood, world)
        if past and not draft.must_confirm(binding.feed):
            usual = _habits(understood, binding.feed, world, shaping.places_of(past.places(binding.feed)))
            repeat = Repeat(past, binding.feed, understood, usual)
            repeat.write(draft)
            planned.append(repeat)
            continue
        one = _Feed(binding, understood, draft, world, landing=landing, release=release, meaning=meaning)
        one.go_through(force=force)
        planned.append(one)
    findings = tuple(finding for one in planned for finding in one.findings)
    held = any(finding.verdict == "hold" for finding in findings)
    return Plan(tuple(one.plan(held=held) for one in planned), findings)


class _Feed:
    """One feed of a file: records, how they differ from what was last acknowledged, batches."""

    def __init__(
        self,
        binding: Binding,
        understood: Understanding,
        draft: Draft,
        world: World,
        *,
        landing: int,
        release: Release | None,
        meaning: str,
    ) -> None:
        """Look at the whole table. Raises HoldDrop when a column cannot be read one way only."""
        self._meaning = meaning
        self._match, self._table = understood.settled()
        self._understood = understood
        self._draft = draft
        self._world = world
        self._landing = landing
        self._release = release
        self._feed = feeds.by_name(binding.feed)
        self._shaper = self._shaper_of(binding)
        self._limits = shaping.limits(
            self._match.guards, self._match.policy, self._match.limits_said, self._usual
        )
        columns = understood.columns()[binding.feed]
        self._sieve = shaping.Sieve(self._feed, self._limits.guards, release, columns, self._usual.let_go())
        self._strangers = self._shaper.strangers(release)
        self._netting = shaping.netting(
            self._feed,
            self._match.policy,
            world.orders,
            self._table.snapshot_hint,
            understood.origin.landed_at,
        )
        self._cutter = shaping.Cutter(self._feed)
        self._tally = shaping.Tally(self._feed.name)
        self.findings: tuple[GuardFinding, ...] = ()

    def go_through(self, *, force: bool) -> None:
        """Plan all records, and have the guards look at what they come to."""
        cut = lambda to_send: self._draft.add_lots(self._cutter.add(to_send))  # noqa: E731
        # Batches are cut in a thread of their own while the next part is compared.
        with Behind[Any](cut, depth=1, here=self._table.rows <= FEW_ROWS) as cutting:
            published = self._shaper.published
            for shaped in self._shaper.records():
                records = self._netting.part(shaped)
                changed = shaping.changes(records, published, self._landing, force=force)
                self._tally.compare(records, changed)
                changed = self._sieve.sift(self._strangers.part(changed))
                self._tally.add(records, changed)
                self._say((*records.verdicts, *changed.superseded, *changed.held))
                self._draft.add_unchanged(self._feed.name, changed.unchanged)
                self._draft.confirm(self._feed.name, partial(changed.confirmed, records, self._landing))
                cutting.add(changed.to_send)
            for decided in self._sieve.rest():
                self._tally.add_decided(decided)
                self._say(decided.held)
                cutting.add(decided.to_send)
        self._look_at_the_whole()
        self._draft.add_lots(self._cutter.finish())

    def _say(self, verdicts: Iterable[RowVerdict]) -> None:
        said = [replace(one, sheet=self._table.sheet) for one in verdicts]
        self._draft.add_verdicts(self._feed.name, said)

    def _look_at_the_whole(self) -> None:
        tally, match = self._tally, self._match
        tally.totals, tally.crowds = self._shaper.totals(), self._sieve.crowds
        tally.overlap, tally.netted = self._shaper.overlap, self._netting.rows
        tally.make_zeros(shaping.zeros_to_make(tally, match.policy, match.mode))
        others = frozenset(one.feed for one in match.bindings) - {self._feed.name}
        limits = self._limits
        seen = shaping.Seen(
            tally, limits.policy, self._before(), limits.guards, match.mode, self._usual, limits.sources,
            beside=others,
        )  # fmt: skip
        self.findings = shaping.check_guards(seen, self._release)
        if tally.made and not any(finding.verdict == "hold" for finding in self.findings):
            for zeros in self._shaper.zeros():
                self._draft.add_lots(self._cutter.add(zeros))

    def plan(self, *, held: bool) -> FeedPlan:
        """What it comes to; `held` tells whether a guard holds the drop."""
        tally, own = self._tally, self._own_messages()
        return FeedPlan(
            tally.feed,
            tally.total + tally.made,
            tally.counts(held=held),
            tally.notes,
            self._messages(own),
            shaping.measures(tally, self._usual, self._shaper.codes),
            tally.made,
            tally.netted,
            repeats.remembered(self._meaning, tally, self.findings, own),
        )

    def _own_messages(self) -> list[str]:
        """What is to be said of the table as it stands, whatever is published and whenever it came."""
        remarks = shaping.remarks(self._tally, self._match.policy, self._match.mode)
        return [*self._shaper.messages(self._tally.notes), *remarks]

    def _messages(self, own: Iterable[str]) -> list[str]:
        policy = self._match.policy
        said = [*own, *filter(None, [self._usual.clock_ahead()]), *self._strangers.messages()]
        if policy.orders == "net" and self._world.orders is None:
            said.append(shaping.NO_ORDERS)
        return said

    def _before(self) -> shaping.Before | None:
        """What the guards may compare with: the earlier drop that had this layout."""
        one = self._match.learned
        return shaping.Before(one.called, one.negatives.get(self._feed.name, 0.0)) if one else None

    @cached_property
    def _usual(self) -> shaping.Habits:
        """The earlier drops of this feed."""
        return _habits(self._understood, self._feed.name, self._world, shaping.places_of(self._shaper.codes))

    def _shaper_of(self, binding: Binding) -> shaping.Shaper:
        table, account, world = self._table, self._understood.account, self._world
        parts = partial(readers.parts, table, binding.used_columns())
        few = [*parts()] if table.rows <= FEW_ROWS else None
        codes = {index for name, index in binding.columns.items() if name == "sku"}
        return shaping.Shaper(
            parts if few is None else lambda: few,
            binding,
            self._feed,
            self._match.policy,
            header=table.header,
            routes=world.accounts if account is None else lambda _location: account,
            faults=(*table.faults, *readers.doubtful_codes(table, codes)),
            known_locations=sorted(set(world.locations.values())),
            stored_numbers=table.stored_numbers,
            published=lambda name, locations: world.published(name, self._feed.name, locations),
            escaped=is_correction(table.header),
            totals=table.totals,
            lists=world.lists,
            owned=shaping.owned_by(repeats.lane_of(self._understood), self._landing, world.lanes),
        )


def _habits(understood: Understanding, feed: str, world: World, places: Sequence[str]) -> shaping.Habits:
    """The earlier drops of a feed; none for a correction file and other files of our own making."""
    match, table = understood.settled()
    lane, origin = repeats.lane_of(understood), understood.origin
    if lane is None or is_correction(table.header):
        return shaping.Habits()
    named = understood.columns()
    now = shaping.Past(
        0, outbox.original_name(origin.name), origin.fingerprint, match.profile,
        {feed: profiles.headers_of(list(headers.values())) for feed, headers in named.items()},
        table.snapshot_hint,
        {feed: {"measures": {"places": places}}},
        landed_at=origin.landed_at,
    )  # fmt: skip
    return shaping.habits(feed, now, world.past(lane))
