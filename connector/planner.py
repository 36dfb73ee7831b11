"""From a file to what would be sent, writing nothing: shared by the way in and by `connector check`.

`understand` says what a file is (reader, profile, columns); `plan` says what would go out of it and what would not.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import TYPE_CHECKING, Any

from connector import outbox, profiles, readers
from connector.errors import HoldDrop, RejectDrop
from connector.later import later
from connector.model import (
    GuardFinding,
    Release,
    Table,
    is_correction,
)
from connector.plans import Draft, DryRun, FeedPlan, Plan, World, guard_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from connector import planning, shaping
    from connector.feeds import Binding
    from connector.profiles import Match, Profile
else:
    planning = later("connector.planning")
    shaping = later("connector.shaping")

__all__ = [
    "Draft",
    "DryRun",
    "FeedPlan",
    "Origin",
    "Plan",
    "Planner",
    "Understanding",
    "guard_report",
]

READINGS_KEPT = 256
"""Readings kept of drops under way. While the API is down thousands may wait; the others are read anew, in turn."""


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

    `profile_folder` gives the profiles as they are now. `meanwhile` is done while a file is read, in another process.
    """

    def __init__(
        self,
        *,
        spool: Path,
        limits: readers.Limits,
        profile_folder: Callable[[], Sequence[Profile]],
        world: World,
        default_location: str | None,
        currency: str,
        readings_kept: int = READINGS_KEPT,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> None:
        self._spool = spool
        self._limits = limits
        self._profiles = profile_folder
        self._world = world
        self._default_location = default_location
        self._currency = currency
        self._readings_kept = readings_kept
        self._meanwhile = meanwhile
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
        known = self._world.known_codes(origin.account)
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
            meanwhile=self._meanwhile,
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
        learned = self._world.learned(origin.lane) if origin.lane else ()
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
            locations=self._world.locations,
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
        landing = as_of or landing
        return planning.plan(understood, landing, draft, self._world, force=force, release=release)


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


def _empty(document: readers.Document) -> str:
    if any(table.header for table in document.tables):
        return (
            "the file has a header and no rows: nothing is sent and nothing is set to zero; export it again"
        )
    return "the file is empty: nothing is sent and nothing is set to zero; export it again"
