"""Which profile a file follows, or none, and how its columns read: layout first, then name, then the headers alone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from connector.feeds.binding import Binding, Guards, Policy
from connector.profiles.headers import key, name_fits, nearest
from connector.profiles.inference import read_table
from connector.profiles.learned import (
    NEARLY,
    NEARLY_HEADERS,
    Learned,
    agrees,
    differences,
    headers_of,
    kin,
    same_layout,
)
from connector.profiles.places import Places
from connector.profiles.profile import Profile, ReaderHints
from connector.profiles.suggest import propose

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from connector.model import Table
    from connector.profiles.reading import Reading


@dataclass(frozen=True, slots=True)
class Match:
    """How a file is read. `profile` is None when its headers alone said it; `table` is the index of the table taken.

    `notes` say every guess in words for a shop keeper. `learned` is the earlier drop it reads like, if there is one.
    `limits_said` names the settings of `policy` and `guards` a person wrote down.
    """

    profile: str | None
    table: int
    bindings: tuple[Binding, ...]
    mode: Literal["full", "delta"] = "delta"
    policy: Policy = field(default_factory=Policy)
    guards: Guards = field(default_factory=Guards)
    account: str | None = None
    lane: str | None = None
    notes: tuple[str, ...] = ()
    learned: Learned | None = None
    limits_said: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Why a file is not read, for a shop keeper; nothing of it may be sent.

    `proposal` is the TOML text of a profile that would do, as far as it can be proposed. `candidates` are what a person
    may choose between (columns, sheets, profiles). `drift` says what has become of each column that was lost or is read
    from another one, in words. `question` is False when the file is simply unknown (the drop is
    unmatched) and True when it is known and one thing must be decided or said first (the drop is held).
    """

    reason: str
    proposal: str = ""
    candidates: tuple[str, ...] = ()
    question: bool = False
    drift: tuple[str, ...] = ()


def match(
    tables: Sequence[Table],
    profiles: Sequence[Profile],
    *,
    name: str,
    folder: str | None = None,
    default_location: str | None = None,
    default_currency: str | None = None,
    forced: str | None = None,
    locations: Mapping[str, str] | Collection[str] = (),
    learned: Sequence[Learned] = (),
) -> Match | Unmatched:
    """Say how a file reads, or why not. Pure: looks at headers and samples only.

    `name` is the file's name, `folder` its folder under the inbox (forward slashes). `forced` names the profile to
    use whatever the file looks like. `locations` are known location codes, or names as in files -> codes. `learned` is
    how earlier drops of the lane were read, the newest first.
    """
    if not tables:
        return Unmatched("there is no table in the file")
    finder = _Finder(tables, Places(name, folder, default_location, locations), default_currency)
    outcome = _chosen(finder, profiles, forced, learned)
    if isinstance(outcome, Match) and outcome.learned is None:
        headers = headers_of(tables[outcome.table].header)
        return replace(outcome, learned=same_layout(learned, headers))
    return outcome


def _chosen(
    finder: _Finder, profiles: Sequence[Profile], forced: str | None, learned: Sequence[Learned]
) -> Match | Unmatched:
    """By the profile asked for, by layout, by name, by most of a layout, else by the headers and earlier drops."""
    if forced is not None:
        return _forced(finder, profiles, forced)
    fitting = [profile for profile in profiles if finder.tables_of(profile)]
    if fitting:
        return _by_layout(finder, fitting)
    named = [profile for profile in profiles if finder.is_named(profile)]
    if named:
        return _by_name(finder, named)
    drifted = [profile for profile in profiles if finder.nearly(profile)]
    if drifted:
        return finder.apply(drifted[0], finder.nearly(drifted[0]))
    return _remembered(finder, finder.without_profile(profiles), learned)


def reader_hints(
    profiles: Sequence[Profile], *, name: str, folder: str | None, forced: str | None = None
) -> ReaderHints:
    """What to tell the reader before the file is opened: of the forced profile, else of those whose name pattern fits.

    Hints of two profiles that contradict each other tell nothing.
    """
    if forced is not None:
        chosen = [profile for profile in profiles if profile.name == forced]
    else:
        chosen = [
            p for p in profiles if p.match.names and name_fits(name, p.match.names) and _in_folder(p, folder)
        ]
    hints = {profile.reader for profile in chosen}
    return hints.pop() if len(hints) == 1 else ReaderHints()


def _in_folder(profile: Profile, folder: str | None) -> bool:
    return profile.match.folder is None or name_fits(folder or "", [profile.match.folder])


class _Finder:
    """The file at hand: its tables, and how profiles fit them."""

    def __init__(self, tables: Sequence[Table], places: Places, currency: str | None) -> None:
        self.all = tables
        self.places = places
        self.currency = currency
        # A sheet without rows is never what is meant while another has some.
        filled = [index for index, table in enumerate(tables) if table.rows]
        self.indexes = filled or list(range(len(tables)))
        self.keys = [frozenset(map(key, table.header)) for table in tables]

    def read(self, index: int, profile: Profile | None = None) -> Reading:
        return read_table(self.all[index], index, self.places, profile=profile, currency=self.currency)

    def _allowed(self, profile: Profile) -> list[int]:
        """Tables of the sheet a profile asks for; none when the file lies in another folder."""
        if not _in_folder(profile, self.places.folder):
            return []
        sheet = profile.match.sheet
        return [i for i in self.indexes if sheet is None or name_fits(self._name_of(i), [sheet])]

    def tables_of(self, profile: Profile) -> list[int]:
        """Tables that have every header of the profile's layout; none for a profile without a layout."""
        layout, any_of = {key(h) for h in profile.layout()}, {key(h) for h in profile.match.any_headers}
        if not layout and not any_of:
            return []
        return [
            i
            for i in self._allowed(profile)
            if layout <= self.keys[i] and (not any_of or any_of & self.keys[i])
        ]

    def nearly(self, profile: Profile) -> list[int]:
        """Tables that have most headers of a layout, the best first: the layout has drifted."""
        layout = {key(h) for h in profile.layout()}
        shared = {i: len(layout & self.keys[i]) for i in self._allowed(profile)}
        near = [i for i, count in shared.items() if count >= max(NEARLY_HEADERS, NEARLY * len(layout))]
        return sorted(near, key=lambda i: -shared[i])[:1]

    def is_named(self, profile: Profile) -> bool:
        """Whether the file's name is the profile's, or for a profile without names and layout, its folder or sheet."""
        if profile.match.names:
            return name_fits(self.places.file_name, profile.match.names) and _in_folder(
                profile, self.places.folder
            )
        if profile.layout() or profile.match.any_headers:
            return False
        return bool(profile.match.folder or profile.match.sheet) and bool(self._allowed(profile))

    def apply(self, profile: Profile, tables: Sequence[int]) -> Match | Unmatched:
        """Read the one table of the file that a profile means."""
        allowed = list(tables) or self._allowed(profile)
        if not allowed:
            sheets = tuple(map(self._name_of, range(len(self.all))))
            where = f"sheet {profile.match.sheet!r}" if profile.match.sheet else "table"
            return Unmatched(
                f"profile {profile.name!r} wants {where}; in the file are: {', '.join(sheets)}",
                "",
                sheets,
                question=True,
            )
        readings = [self.read(index, profile) for index in allowed]
        return self._settle(readings, profile)

    def without_profile(self, profiles: Sequence[Profile]) -> Match | Unmatched:
        """By header synonyms and values alone."""
        outcome = self._settle([self.read(index) for index in self.indexes], None)
        if isinstance(outcome, Unmatched) and not outcome.question and profiles:
            tried = ", ".join(profile.name for profile in profiles)
            return Unmatched(
                f"{outcome.reason}; no profile fits either ({tried})", outcome.proposal, outcome.candidates
            )
        return outcome

    def _settle(self, readings: Sequence[Reading], profile: Profile | None) -> Match | Unmatched:
        """The best reading; two equally good ones are a question."""
        best = max(_merit(reading) for reading in readings)
        top = [reading for reading in readings if _merit(reading) == best]
        if len(top) > 1 and top[0].understood:
            return self._which_table(top, profile)
        reading = top[0]
        if reading.troubles:
            return self._unmatched(reading, profile)
        notes = list(reading.notes)
        if len(self.all) > 1:
            notes.append(
                f"of {len(self.all)} tables the one in {self._called(reading.table)} is taken, by its columns"
            )
        chosen = profile or Profile()
        name = profile.name if profile else None
        return Match(
            name,
            reading.table,
            reading.bindings,
            chosen.mode,
            chosen.policy,
            chosen.guards,
            chosen.account,
            chosen.lane,
            tuple(notes),
            limits_said=chosen.limits_said,
        )

    def nearest_to(self, learned: Sequence[Learned]) -> int:
        """The table that has most of the headers of an earlier drop."""
        shared = {
            i: max((len(one.headers & self.keys[i]) for one in learned), default=0) for i in self.indexes
        }
        return max(self.indexes, key=lambda i: shared[i])

    def drifted(self, table: Table, said: Sequence[str], fresh: Match | Unmatched) -> Unmatched:
        """The question about a layout that is not what it was."""
        reading = self.read(self.all.index(table))
        troubles = [trouble for trouble in (*said, *reading.troubles) if trouble]
        way_out = (
            "if the file is right, put the proposed profile into the folder of profiles and retry the drop"
        )
        proposal = fresh.proposal if isinstance(fresh, Unmatched) else ""
        return Unmatched(
            "; ".join([*troubles, way_out]),
            proposal or propose(table, reading, name=self.places.file_name),
            tuple(cell.strip() for cell in table.header if cell.strip()),
            question=True,
            drift=tuple(said),
        )

    def _name_of(self, index: int) -> str:
        """What a profile may call a table by: its sheet, or its number in a text."""
        return self.all[index].sheet or f"table {index + 1}"

    def _called(self, index: int) -> str:
        sheet = self.all[index].sheet
        return f"sheet '{sheet}'" if sheet else f"table {index + 1}"

    def _which_table(self, top: Sequence[Reading], profile: Profile | None) -> Unmatched:
        called = tuple(self._called(reading.table) for reading in top)
        sheet = self._name_of(top[0].table)
        reason = f'{" and ".join(called)} fit equally; say which in a profile: [match] sheet = "{sheet}"'
        proposal = propose(self.all[top[0].table], top[0], name=self.places.file_name, sheet=sheet)
        return Unmatched(
            reason if profile is None else f"profile {profile.name!r}: {reason}",
            proposal,
            called,
            question=True,
        )

    def _unmatched(self, reading: Reading, profile: Profile | None) -> Unmatched:
        reason = "; ".join(reading.troubles)
        if profile is not None:
            reason = f"profile {profile.name!r}: {reason}"
        candidates = tuple(column.label for question in reading.questions for column in question.columns)
        known = bool(reading.questions or reading.lost or reading.no_location) or profile is not None
        proposal = propose(self.all[reading.table], reading, name=self.places.file_name)
        return Unmatched(reason, proposal, candidates, question=known, drift=tuple(map(str, reading.lost)))


def _merit(reading: Reading) -> tuple[bool, bool, int, int]:
    """Better readings compare higher: understood, without questions, more feeds, nearer to a feed."""
    feeds = len(reading.bindings) or sum(1 for picks in reading.picks.values() if len(picks) > 1)
    return reading.understood, not reading.lost, feeds, -len(reading.missing)


def _forced(finder: _Finder, profiles: Sequence[Profile], forced: str) -> Match | Unmatched:
    found = [profile for profile in profiles if profile.name == forced]
    if found:
        return finder.apply(found[0], finder.tables_of(found[0]))
    names = [profile.name for profile in profiles]
    near = nearest(forced, names)
    hint = f"; did you mean {near!r}?" if near else ""
    return Unmatched(
        f"there is no profile {forced!r}{hint} Profiles: {', '.join(names) or 'none'}",
        "",
        tuple(names),
        question=True,
    )


def _by_layout(finder: _Finder, fitting: Sequence[Profile]) -> Match | Unmatched:
    """The one profile whose headers are all there; of two the name, the folder, then the longer layout decide."""
    layouts = {profile.name: frozenset(map(key, profile.layout())) for profile in fitting}
    preferences: tuple[Callable[[Profile], bool], ...] = (
        finder.is_named,
        lambda profile: profile.match.folder is not None,
        lambda profile: not any(layouts[profile.name] < layouts[other.name] for other in fitting),
    )
    return _one(finder, _narrowed(fitting, preferences), "by their headers")


def _by_name(finder: _Finder, named: Sequence[Profile]) -> Match | Unmatched:
    """The one profile whose name pattern fits. Columns it names and the file lacks are then lost ones."""
    preferences: tuple[Callable[[Profile], bool], ...] = (
        lambda profile: bool(profile.match.names),
        lambda profile: profile.match.folder is not None,
    )
    return _one(finder, _narrowed(named, preferences), "by their name pattern")


def _narrowed(profiles: Sequence[Profile], preferences: Sequence[Callable[[Profile], bool]]) -> list[Profile]:
    left = list(profiles)
    for prefers in preferences:
        left = [profile for profile in left if prefers(profile)] or left
    return left


def _one(finder: _Finder, left: Sequence[Profile], how: str) -> Match | Unmatched:
    if len(left) == 1:
        return finder.apply(left[0], finder.tables_of(left[0]))
    names = tuple(profile.name for profile in left)
    called = " and ".join(names)
    reason = f"the profiles {called} fit equally {how}; make one more exact: match.headers, match.names or match.folder"
    return Unmatched(reason, "", names, question=True)


def _remembered(finder: _Finder, fresh: Match | Unmatched, learned: Sequence[Learned]) -> Match | Unmatched:
    """The file as earlier drops of its layout were read; a layout that has drifted is a question."""
    table = finder.all[fresh.table if isinstance(fresh, Match) else finder.nearest_to(learned)]
    now = said_columns(fresh, table) if isinstance(fresh, Match) else {}
    headers = headers_of(table.header)
    before = same_layout(learned, headers)
    if before is not None:
        if isinstance(fresh, Match) and agrees(before, now):
            return replace(fresh, learned=before)
        if before.wide:  # which code each of its columns stood for is not remembered
            return fresh
        again = finder.apply(before.profile(), [finder.all.index(table)])
        if isinstance(again, Unmatched):
            return fresh
        note = f"it has the columns of {before.called} and is read in the same way"
        return replace(again, profile=None, notes=(*again.notes, note), learned=before)
    before = kin(learned, headers, finder.places.file_name)
    drifted = differences(before, table, now) if before else []
    if not drifted:
        return fresh if isinstance(fresh, Unmatched) else replace(fresh, learned=before)
    return finder.drifted(table, drifted, fresh)


def said_columns(match: Match, table: Table) -> dict[str, dict[str, str]]:
    """The header of every field, feed by feed; that of the location, where it has a column, under ""."""
    said = {
        one.feed: {name: table.header[index] for name, index in one.columns.items()} for one in match.bindings
    }
    place = next((one.location.column for one in match.bindings if one.location.column is not None), None)
    return said if place is None else {**said, "": {"location": table.header[place]}}
