"""Which faults strike which call."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from connector.sandbox import assumed
from connector.sandbox.assumed import Spelling
from connector.sandbox.fault_spec import VALUE, Fault, Trigger, parse_faults

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Plan:
    """The faults that strike one call."""

    struck: tuple[tuple[Fault, Random], ...] = ()

    def find(self, name: str) -> Fault | None:
        """The first fault of that name that strikes, or None."""
        return next((fault for fault, _ in self.struck if fault.name == name), None)

    @property
    def names(self) -> list[str]:
        """The names of the faults, for the call log."""
        return [fault.name for fault, _ in self.struck]

    def status(self) -> Fault | None:
        """The fault that answers with an HTTP status of its own, or None."""
        return next((fault for fault, _ in self.struck if fault.name.isdecimal()), None)

    def delay(self) -> float:
        """Seconds to wait before the call is handled, jitter included."""
        return sum(
            fault.number(VALUE) + random.uniform(0, fault.number("jitter"))
            for fault, random in self.struck
            if fault.name == "latency"
        )

    def spelling(self) -> Spelling:
        """How the answer is spelled."""
        if not self.struck:
            return _USUAL
        words = {f.name: f.options[VALUE] for f, _ in self.struck if f.name in _SPELLED}
        return Spelling(**words)  # type: ignore[arg-type]

    def refused_records(self, skus: Sequence[object]) -> dict[int, str]:
        """Positions of the records that a fault lets fail, with the error code.

        ``skus`` has one entry for each record.
        """
        refused: dict[int, str] = {}
        for fault, random in self.struck:
            if fault.name in {"partial", "unexplained"}:
                code = fault.word("code", assumed.INTERNAL_ERROR)
                refused.update((position, code) for position in _chosen(fault, random, skus))
        return refused

    def forgotten_records(self, skus: Sequence[object]) -> set[int]:
        """Positions of the records that are acknowledged and, by a fault, not applied."""
        return {
            position
            for fault, random in self.struck
            if fault.name == "unapplied"
            for position in _chosen(fault, random, skus)
        }


_SPELLED = {"errors", "envelope", "token", "count", "listing", "partial_http"}
_USUAL = Spelling()


def _chosen(fault: Fault, random: Random, skus: Sequence[object]) -> list[int]:
    """By sku, by a share of the records, or, when neither is given, the first record of the call."""
    named, share = set(fault.words("skus")), fault.number("records")
    if not named and not share:
        return [0] if skus else []
    return [
        position
        for position, sku in enumerate(skus)
        if (isinstance(sku, str) and sku in named) or (share and random.random() < share)
    ]


@dataclass(slots=True)
class _Active:
    fault: Fault
    random: Random
    seen: int = 0

    def strikes(self, operation: str) -> bool:
        trigger = self.fault.trigger
        if operation not in trigger.on:
            return False
        self.seen += 1
        return _holds(trigger, self.seen, self.random)


def _holds(trigger: Trigger, number: int, random: Random) -> bool:
    return (
        (trigger.every is None or number % trigger.every == 0)
        and (trigger.at is None or number in trigger.at)
        and (trigger.first is None or number <= trigger.first)
        and (trigger.share is None or random.random() < trigger.share)
    )


@dataclass(slots=True)
class FaultBook:
    """The faults in force. Setting them starts their counts and random numbers anew."""

    spec: str = ""
    _active: list[_Active] = field(default_factory=list)

    def set(self, spec: str) -> None:
        """Replace all faults; an empty specification clears them.

        Raises:
            FaultSpecError: the specification cannot be read; the faults in force stay.
        """
        faults = parse_faults(spec)
        self._active = [_Active(fault, Random(fault.trigger.seed)) for fault in faults]  # noqa: S311 (repeatable)
        self.spec = spec

    def plan(self, operation: str) -> Plan:
        """Counts a call and says which faults strike it."""
        if not self._active:
            return _NOTHING
        return Plan(tuple((each.fault, each.random) for each in self._active if each.strikes(operation)))


_NOTHING = Plan()
