"""From a file to what would be sent, writing nothing: shared by the way in and by `connector check`.

`understand` says what a file is (reader, profile, columns); `plan` says what would go out of it and what would not.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import TYPE_CHECKING, Any

from connector import feeds, outbox, profiles, readers
from connector.ahead import Behind
from connector.errors import HoldDrop, RejectDrop
from connector.later import later
from connector.model import (
    GuardFinding,
    Release,
    Table,
    is_correction,
)
from connector.plans import Draft, DryRun, FeedPlan, Plan, guard_report

if TYPE_CHECKING:
    from datetime import datetime

    from connector import shaping
    from connector.feeds import Binding, Feed
    from connector.profiles import Match, Profile
else:
    shaping = later("connector.shaping")

__all__ = [
    "Draft",
    "DryRun",
    "FeedPlan",
    "Origin",
    "Plan",
    "Planner",
    "PublishedLookup",
    "Understanding",
    "guard_report",
]

READINGS_KEPT = 256
"""Readings kept of drops under way. While the API is down thousands may wait; the others are read anew, in turn."""

FEW_ROWS = 20_000
"""So many rows at most are held in memory while they are planned; of more each pass reads its parts anew."""

PublishedLookup = Callable[[str, str, Collection[str]], Mapping[str, Any]]
"""(account, feed, locations) → the shelf of each location: what was last acknowledged there."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a file came from, as far as it helps to understand it."""

    name: str
    folder: str | None = None
    account: str | None = None
    location: str | None = None
    profile: str | None = None
    lane: str | None = None
    fingerprint: str = ""
    landed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Understanding:
    """A file read and matched; without `match` there is an `unmatched` that says why, with a proposed profile."""

    document: readers.Document
    table: Table | None
    match: Match | None
    unmatched: profiles.Unmatched | None = None
    account: str | None = None
    origin: Origin = Origin("")

    @property
    def question(self) -> str:
        """What a person must answer before anything is sent; empty when nothing is open."""
        return self.unmatched.reason if self.unmatched else ""

    @property
    def proposal(self) -> str:
        """A profile as TOML to start from, when there is a question."""
        return self.unmatched.proposal if self.unmatched else ""

    @property
    def findings(self) -> tuple[GuardFinding, ...]:
        """What the guard over the layout says when columns have drifted; nothing when they have not."""
        drift = self.unmatched.drift if self.unmatched else ()
        return (replace(shaping.layout_drift(drift), reason=self.question),) if drift else ()

    def settled(self) -> tuple[Match, Table]:
        """How the file reads. Raises HoldDrop with the question while one is open."""
        if self.match is None or self.table is None:
            raise HoldDrop(self.question)
        return self.match, self.table

    @property
    def rows(self) -> int:
        """Rows of the table the profile chose; 0 when there is none."""
        return self.table.rows if self.table else 0

    def report(self) -> dict[str, Any]:
        """How it was read and matched, as JSON-able values; every guess is in `notes`."""
        table, match = self.table, self.match
        reader = readers.summary(table) if table else {"format": self.document.format}
        notes = [*self.document.notes, *(match.notes if match else ())]
        return {
            "reader": reader,
            "columns": self.columns(),
            "notes": notes,
            "evidence": self._evidence(),
            "account": self.account,
        }

    def columns(self) -> dict[str, dict[str, str]]:
        """The sender's header of every field, feed by feed."""
        if not (self.match and self.table):
            return {}
        return {binding.feed: _columns_of(binding, self.table.header) for binding in self.match.bindings}

    def _evidence(self) -> dict[str, dict[str, str]]:
        return {binding.feed: dict(binding.evidence) for binding in self.match.bindings} if self.match else {}


class Planner:
    """Reads, matches and shapes. Holds no state but the readings of drops under way.

    `profile_folder` gives the profiles as they are now; `known_codes` the codes of an account (None: of all) that are
    not ASCII. `meanwhile` is done while a file is read, in another process.
    """

    def __init__(
        self,
        *,
        spool: Path,
        limits: readers.Limits,
        profile_folder: Callable[[], Sequence[Profile]],
        published: PublishedLookup,
        accounts: Callable[[str], str | None],
        locations: Mapping[str, str],
        default_location: str | None,
        currency: str,
        readings_kept: int = READINGS_KEPT,
        meanwhile: Callable[[Path, Origin], object] = lambda _path, _origin: None,
        learned: Callable[[str], Sequence[profiles.Learned]] = lambda _lane: (),
        lanes: Callable[[Collection[int]], Mapping[int, str]] = lambda _drops: {},
        lists: Callable[[str], Any] = lambda _account: None,
        orders: shaping.Orders | None = None,
        past: Callable[[str], Sequence[shaping.Past]] = lambda _lane: (),
        known_codes: Callable[[str | None], frozenset[str]] = lambda _account: frozenset(),
    ) -> None:
        self._spool = spool
        self._readings_kept = readings_kept
        self._meanwhile = meanwhile
        self._limits = limits
        self._profiles = profile_folder
        self._published = published
        self._accounts = accounts
        self._locations = locations
        self._default_location = default_location
        self._currency = currency
        self._learned = learned
        self._lanes = lanes
        self._lists = lists
        self._orders = orders
        self._past = past
        self._known_codes = known_codes
        self._read: dict[int, Understanding] = {}
        self._lock = Lock()

    def understand_drop(self, drop_id: int, path: Path, origin: Origin) -> Understanding:
        """`understand`, read once per drop: the reading is kept until `forget`, or until many others came after it."""
        with self._lock:
            known = self._read.pop(drop_id, None)
        if known is None:
            spool = self._spool / str(drop_id)
            shutil.rmtree(spool, ignore_errors=True)
            known = self.understand(path, origin, spool)
        with self._lock:
            self._read[drop_id] = known  # behind all others: it was used last
            oldest = list(self._read)[: -self._readings_kept]
        for other in oldest:
            self.forget(other)
        return known

    def forget(self, drop_id: int) -> None:
        """Let go of the reading of a drop: it is finished, or waits for a person, who may change what it rests on."""
        with self._lock:
            self._read.pop(drop_id, None)
        shutil.rmtree(self._spool / str(drop_id), ignore_errors=True)

    def read(self, path: Path, origin: Origin, spool: Path) -> readers.Document:
        """Only read. Raises RejectDrop when the file cannot be read."""
        spool.mkdir(parents=True, exist_ok=True)
        options = self._reader_options(origin)
        document = self._read_as(path, origin, spool, options)
        if options.encoding is not None or not any(map(readers.is_found_by_evidence, document.tables)):
            return document
        # Only now, for it is rare: codes that the shop has tell more of an encoding than letters do.
        known = self._known_codes(origin.account)
        return self._read_as(path, origin, spool, replace(options, known_codes=known)) if known else document

    def _read_as(
        self, path: Path, origin: Origin, spool: Path, options: readers.ReaderOptions
    ) -> readers.Document:
        return readers.read(
            path,
            name=origin.name,
            spool=spool,
            options=options,
            limits=self._limits,
            meanwhile=partial(self._meanwhile, path, origin),
        )

    def _reader_options(self, origin: Origin) -> readers.ReaderOptions:
        hints = profiles.reader_hints(
            self._known(origin),
            name=outbox.original_name(origin.name),
            folder=origin.folder,
            forced=origin.profile,
        )
        told = set(readers.ReaderOptions.__dataclass_fields__) - {"password"}
        return readers.ReaderOptions(
            **hints.model_dump(include=told),
            password=hints.password.get_secret_value() if hints.password else None,
        )

    def _known(self, origin: Origin) -> Sequence[Profile]:
        """The profiles of the shop; for a file of our own making only the one it was made for."""
        return [profiles.EXACT] if origin.profile == profiles.EXACT.name else self._profiles()

    @contextmanager
    def opened(
        self, path: Path, origin: Origin, scratch: Callable[[], Path]
    ) -> Iterator[readers.Contents | None]:
        """The files of a packed file that holds several, in a folder while the block lasts; None for any other.

        `scratch` gives the folder, and is asked only for a packed file. One that cannot be opened is none: reading it
        says why.
        """
        if not readers.is_packed(path):
            yield None
            return
        with TemporaryDirectory(prefix="opened-", dir=scratch()) as folder:
            options = self._reader_options(origin)
            try:
                found = readers.unpack(path, spool=Path(folder), options=options, limits=self._limits)
            except RejectDrop:
                found = None
            yield found

    def understand(self, path: Path, origin: Origin, spool: Path) -> Understanding:
        """Read the file and choose its profile. Raises RejectDrop when it cannot be read or holds no row."""
        document = self.read(path, origin, spool)
        # The name its original had: a profile may go by it, or read the location from it.
        name = outbox.original_name(origin.name)
        # What the drops that went through before it in its lane have taught, the newest first.
        learned = self._learned(origin.lane) if origin.lane else ()
        document = replace(document, tables=tuple(_as_sent(table, learned) for table in document.tables))
        if not any(table.rows for table in document.tables):
            raise RejectDrop(_empty(document))
        found = profiles.match(
            document.tables,
            self._known(origin),
            name=name,
            folder=origin.folder,
            default_location=origin.location or self._default_location,
            default_currency=self._currency,
            locations=self._locations,
            forced=origin.profile,
            learned=learned,
        )
        if isinstance(found, profiles.Unmatched):
            return Understanding(document, document.tables[0], None, found, origin=origin)
        table = document.tables[found.table]
        if is_correction(table.header):
            found = _as_correction(found)
        return Understanding(document, table, found, account=found.account or origin.account, origin=origin)

    def plan(
        self,
        understood: Understanding,
        landing: int,
        draft: Draft,
        *,
        force: bool = False,
        release: Release | None = None,
        as_of: int | None = None,
    ) -> Plan:
        """What would be sent and what not, and why, written to `draft` part by part.

        Only when this returns is the plan whole. Raises HoldDrop when a column cannot be read one way only. With a
        `release` no guard holds the drop, and its held rows go too unless the release excepts them; what is rejected,
        and a question that is open, no release lets through. What a drop after `as_of` has set stays as it is: that
        is `landing`, but for a drop that answers an earlier one.
        """
        match, _ = understood.settled()
        planned = [
            self._plan_feed(
                binding, understood, draft, landing=as_of or landing, force=force, release=release
            )
            for binding in match.bindings
        ]
        findings = tuple(finding for _, found in planned for finding in found)
        held = any(finding.verdict == "hold" for finding in findings)
        return Plan(tuple(_feed_plan(*parts, held=held) for parts, _ in planned), findings)

    def _plan_feed(
        self,
        binding: Binding,
        understood: Understanding,
        draft: Draft,
        *,
        landing: int,
        force: bool,
        release: Release | None,
    ) -> tuple[tuple[shaping.Tally, list[str], dict[str, Any]], tuple[GuardFinding, ...]]:
        """One feed, part by part: records, how they differ from what was last acknowledged, batches."""
        match, table = understood.settled()
        feed = feeds.by_name(binding.feed)
        shaper = self._shaper(binding, feed, understood, landing)
        usual = self._usual(feed, understood, shaper.codes)
        limits = shaping.limits(match.guards, match.policy, match.limits_said, usual)
        columns = _columns_of(binding, table.header)
        sieve = shaping.Sieve(feed, limits.guards, release, columns, usual.let_go())
        tally, cutter = shaping.Tally(feed.name), shaping.Cutter(feed)
        strangers, published = shaper.strangers(release), shaper.published
        hint, landed_at = table.snapshot_hint, understood.origin.landed_at
        netting = shaping.netting(feed, match.policy, self._orders, hint, landed_at)
        with Behind[Any](lambda to_send: draft.add_lots(cutter.add(to_send)), depth=1) as cutting:
            for shaped in shaper.records():
                records = netting.part(shaped)
                changed = shaping.changes(records, published, landing, force=force)
                tally.compare(records, changed)
                changed = sieve.sift(strangers.part(changed))
                tally.add(records, changed)
                said = [
                    replace(one, sheet=table.sheet)
                    for one in (*records.verdicts, *changed.superseded, *changed.held)
                ]
                draft.add_verdicts(feed.name, said)
                draft.add_unchanged(feed.name, changed.unchanged)
                draft.confirm(feed.name, partial(changed.confirmed, records, landing))
                cutting.add(changed.to_send)
            for decided in sieve.rest():
                tally.add_decided(decided)
                draft.add_verdicts(feed.name, [replace(one, sheet=table.sheet) for one in decided.held])
                cutting.add(decided.to_send)
        tally.totals, tally.crowds, tally.overlap = shaper.totals(), sieve.crowds, shaper.overlap
        tally.make_zeros(shaping.zeros_to_make(tally, match.policy, match.mode))
        seen = shaping.Seen(
            tally, limits.policy, _before(match, feed.name), limits.guards, match.mode, usual, limits.sources,
            beside=frozenset(one.feed for one in match.bindings) - {feed.name},
        )  # fmt: skip
        findings = shaping.check_guards(seen, release)
        if tally.made and not any(finding.verdict == "hold" for finding in findings):
            for zeros in shaper.zeros():
                draft.add_lots(cutter.add(zeros))
        draft.add_lots(cutter.finish())
        tally.netted = netting.rows
        messages = [*shaper.messages(tally.notes), *filter(None, [usual.clock_ahead()])]
        messages += [*shaping.remarks(tally, match.policy, match.mode), *strangers.messages()]
        if match.policy.orders == "net" and self._orders is None:
            messages.append(shaping.NO_ORDERS)
        return (tally, messages, shaping.measures(tally, usual, shaper.codes)), findings

    def _usual(self, feed: Feed, understood: Understanding, codes: Collection[str]) -> shaping.Habits:
        """The earlier drops of this feed; none for a correction file and other files of our own making."""
        match, table = understood.settled()
        origin = understood.origin
        lane = match.lane or origin.lane
        if lane is None or is_correction(table.header):
            return shaping.Habits()
        now = shaping.Past(
            0, outbox.original_name(origin.name), origin.fingerprint, match.profile,
            {one: profiles.headers_of(list(named.values())) for one, named in understood.columns().items()},
            table.snapshot_hint,
            {feed.name: {"measures": {"places": shaping.places_of(codes)}}}, landed_at=origin.landed_at,
        )  # fmt: skip
        return shaping.habits(feed.name, now, self._past(lane))

    def _shaper(
        self, binding: Binding, feed: Feed, understood: Understanding, landing: int
    ) -> shaping.Shaper:
        match, table = understood.settled()
        account = understood.account
        parts = partial(readers.parts, table, binding.used_columns())
        few = [*parts()] if table.rows <= FEW_ROWS else None
        return shaping.Shaper(
            parts if few is None else lambda: few,
            binding,
            feed,
            match.policy,
            header=table.header,
            routes=self._accounts if account is None else lambda _location: account,
            faults=(*table.faults, *readers.doubtful_codes(table, _code_columns(binding))),
            known_locations=sorted(set(self._locations.values())),
            stored_numbers=table.stored_numbers,
            published=lambda name, locations: self._published(name, feed.name, locations),
            escaped=is_correction(table.header),
            totals=table.totals,
            lists=self._lists,
            owned=shaping.owned_by(match.lane or understood.origin.lane, landing, self._lanes),
        )


def _feed_plan(
    tally: shaping.Tally, messages: Sequence[str], measures: Mapping[str, Any], *, held: bool
) -> FeedPlan:
    counts = tally.counts(held=held)
    total = tally.total + tally.made
    return FeedPlan(tally.feed, total, counts, tally.notes, messages, measures, tally.made, tally.netted)


def _before(match: Match, feed: str) -> shaping.Before | None:
    """What the guards may compare with: the earlier drop that had this layout."""
    one = match.learned
    return shaping.Before(one.called, one.negatives.get(feed, 0.0)) if one else None


def _as_sent(table: Table, learned: Sequence[profiles.Learned]) -> Table:
    """A correction file of ours as the sender had written it: without what stands before formula-like cells."""
    if not is_correction(table.header):
        return table
    plain = outbox.formula_plain
    samples = tuple(tuple(map(plain, column)) for column in table.samples)
    header, text = (tuple(map(plain, cells)) for cells in (table.header, table.header_text))
    return profiles.trusting(replace(table, header=header, header_text=text, samples=samples), learned)


def _as_correction(match: Match) -> Match:
    """How a correction file reads: it lists a few rows of many, and its empty cells are values that went through."""
    note = "a correction file: what is not in it, and every empty cell, stays as it is"
    policy = replace(match.policy, blank="no_instruction")
    guards = replace(match.guards, known_share=0)  # all that was rejected may be new
    return replace(match, mode="delta", policy=policy, guards=guards, notes=(*match.notes, note))


def _columns_of(binding: Binding, header: Sequence[str]) -> dict[str, str]:
    named = {name: header[index] for name, index in binding.columns.items()}
    rule = binding.location
    if rule.column is not None:
        named["location_id"] = header[rule.column]
    elif rule.wide:
        named["location_id"] = ", ".join(header[index] for index in rule.wide)
    return named


def _code_columns(binding: Binding) -> set[int]:
    return {index for name, index in binding.columns.items() if name == "sku"}


def _empty(document: readers.Document) -> str:
    if any(table.header for table in document.tables):
        return (
            "the file has a header and no rows: nothing is sent and nothing is set to zero; export it again"
        )
    return "the file is empty: nothing is sent and nothing is set to zero; export it again"
