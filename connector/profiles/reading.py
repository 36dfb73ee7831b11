"""What could be made of one table: filled by `inference`, judged by `match`, written down by `suggest`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connector.feeds.binding import Binding, LocationRule
    from connector.profiles.choose import Lost, Pick, Question
    from connector.profiles.evidence import Column


@dataclass
class Reading:
    """What could be made of one table. It is whole when nothing stands in `troubles`.

    `picks` holds the column of each field by feed, also of feeds that are not complete, so that a profile can be
    proposed from it; `place` is None when the location is not known.
    """

    table: int
    columns: tuple[Column, ...]
    bindings: tuple[Binding, ...] = ()
    picks: dict[str, dict[str, Pick]] = field(default_factory=dict)
    constants: dict[str, dict[str, str]] = field(default_factory=dict)
    place: LocationRule | None = None
    place_evidence: str = ""
    notes: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    no_location: str = ""

    def note(self, note: str) -> None:
        """Say something once."""
        if note not in self.notes:
            self.notes.append(note)

    @property
    def troubles(self) -> list[str]:
        """Every reason why nothing may be sent, worst first."""
        found = [*map(str, self.lost), *map(str, self.questions), *self.missing]
        return [*found, self.no_location] if self.no_location else found

    @property
    def understood(self) -> bool:
        """Whether the columns are clear; the location may still be unknown."""
        return bool(self.bindings or self.no_location) and not (self.lost or self.questions or self.missing)
