"""The small language that asks for faults, and what each fault understands.

    spec   = fault (";" fault)*
    fault  = name ["=" part ("," part)*]
    part   = value | option ":" value        a bare value after an option continues its list

``latency=200ms,jitter:50ms; 429=every:20,retry_after:2; reset=at:3,17; partial=skus:A,B,on:inventory``

Every fault takes ``on`` (operations), ``every``, ``at``, ``first``, ``share`` and ``seed``; all given ones
must hold. Calls are counted for each fault by itself, from 1, and only those ``on`` lets through.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

from connector.sandbox import assumed

OPERATIONS = ("token", "count", "listings", "price", "inventory", "orders", "unknown")
GROUPS = {"writes": ("price", "inventory"), "reads": ("count", "listings"), "all": OPERATIONS}


class FaultSpecError(ValueError):
    """A fault specification that cannot be read; the message names the part."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """When a fault strikes: every condition that is given must hold for the n-th matching call."""

    on: frozenset[str] = frozenset(OPERATIONS)
    every: int | None = None
    at: frozenset[int] | None = None
    first: int | None = None
    share: float | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: its name, its main value, when it strikes, and its own options, already read."""

    name: str
    trigger: Trigger
    options: Mapping[str, object] = field(default_factory=dict)

    def number(self, option: str, default: float = 0.0) -> float:
        """A number or a duration in seconds."""
        return cast("float", self.options.get(option, default))

    def word(self, option: str, default: str = "") -> str:
        """One word."""
        return cast("str", self.options.get(option, default))

    def words(self, option: str) -> tuple[str, ...]:
        """A list of words."""
        return cast("tuple[str, ...]", self.options.get(option, ()))


Reader = Callable[[list[str]], object]
"""Reads the values of one option; raises ValueError saying what was wanted."""

Number = TypeVar("Number", int, float)


def _single(values: list[str]) -> str:
    if len(values) != 1:
        raise ValueError("wants one value")
    return values[0]


def _duration(values: list[str]) -> float:
    """``200ms``, ``1.5s`` or plain seconds."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s)?", _single(values))
    if not match:
        raise ValueError("wants a duration such as 200ms or 1.5s")
    return float(match[1]) / (1000 if match[2] == "ms" else 1)


def _one_number(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d*", text):
        raise ValueError("wants whole numbers from 1")
    return int(text)


def _count(values: list[str]) -> int:
    return _one_number(_single(values))


def _numbers(values: list[str]) -> frozenset[int]:
    return frozenset(_one_number(value) for value in values)


def _seed(values: list[str]) -> int:
    text = _single(values)
    if not text.isdecimal():
        raise ValueError("wants a whole number")
    return int(text)


def _share(values: list[str]) -> float:
    text = _single(values)
    if not re.fullmatch(r"(0?\.\d+|[01](\.0+)?)", text):
        raise ValueError("wants a number from 0 to 1")
    return float(text)


def _size(values: list[str]) -> str:
    """Bytes (``100``) or a part of the body (``50%``)."""
    text = _single(values)
    if not re.fullmatch(r"\d+%?", text):
        raise ValueError("wants bytes such as 100 or a part such as 50%")
    return text


def _operations(values: list[str]) -> frozenset[str]:
    chosen: set[str] = set()
    for value in values:
        if value not in OPERATIONS and value not in GROUPS:
            raise ValueError(f"knows {', '.join(OPERATIONS)} and {', '.join(GROUPS)}")
        chosen.update(GROUPS.get(value, (value,)))
    return frozenset(chosen)


def _list(values: list[str]) -> tuple[str, ...]:
    return tuple(values)


def _one_of(*allowed: str) -> Reader:
    def read(values: list[str]) -> str:
        if _single(values) not in allowed:
            raise ValueError(f"knows {', '.join(allowed)}")
        return values[0]

    return read


def _status(values: list[str]) -> int:
    text = _single(values)
    if not re.fullmatch(r"[2-5]\d\d", text):
        raise ValueError("wants an HTTP status from 200 to 599")
    return int(text)


VALUE = "value"
"""The option name under which the bare main value of a fault is kept (``latency=200ms``)."""

_RECORDS: dict[str, Reader] = {"skus": _list, "records": _share, "code": _single}
STATUS_OPTIONS: dict[str, Reader] = {
    "body": _one_of("json", "html", "empty"),
    "retry_after": _duration,
    "retry_date": _duration,
}

KINDS: Mapping[str, Mapping[str, Reader]] = {
    "latency": {VALUE: _duration, "jitter": _duration},
    "reset": {},
    "lost_reply": {},
    "expire": {},
    "truncate": {VALUE: _size},
    "drip": {VALUE: _duration, "pieces": _count},
    "partial": _RECORDS,
    "unexplained": _RECORDS,
    "unapplied": {"skus": _list, "records": _share},
    "errors": {VALUE: _one_of(*assumed.ERROR_SPELLINGS)},
    "envelope": {VALUE: _one_of(*assumed.ENVELOPE_SPELLINGS)},
    "token": {VALUE: _one_of(*assumed.TOKEN_SPELLINGS)},
    "count": {VALUE: _one_of(*assumed.COUNT_SPELLINGS)},
    "listing": {VALUE: _one_of(*assumed.LISTING_SPELLINGS)},
    "partial_http": {VALUE: _status},
}
"""Faults by name with their own options. An HTTP status is a fault too: see ``STATUS_OPTIONS``."""

_TRIGGERS: Mapping[str, Reader] = {
    "on": _operations,
    "every": _count,
    "at": _numbers,
    "first": _count,
    "share": _share,
    "seed": _seed,
}

NEEDS_VALUE = {"latency", "errors", "envelope", "token", "count", "listing", "partial_http"}


def parse_faults(spec: str) -> tuple[Fault, ...]:
    """The faults of a specification; an empty one has none.

    Raises:
        FaultSpecError: naming the part that cannot be read.
    """
    return tuple(_fault(part.strip()) for part in spec.split(";") if part.strip())


def _fault(text: str) -> Fault:
    name, _, rest = text.partition("=")
    name = name.strip()
    own = STATUS_OPTIONS if re.fullmatch(r"[2-5]\d\d", name) else KINDS.get(name)
    if own is None:
        raise FaultSpecError(
            f"faults: {text!r}: no fault {name!r}; known are {', '.join(KINDS)} and HTTP statuses (429)"
        )
    read = {
        option: _read(text, option, values, {**own, **_TRIGGERS})
        for option, values in _options(text, rest).items()
    }
    if name in NEEDS_VALUE and VALUE not in read:
        raise FaultSpecError(f"faults: {text!r}: {name} needs a value, as in {name}=...")
    trigger = Trigger(**{k: v for k, v in read.items() if k in _TRIGGERS})  # type: ignore[arg-type]
    return Fault(name, trigger, {k: v for k, v in read.items() if k not in _TRIGGERS})


def _options(text: str, rest: str) -> dict[str, list[str]]:
    """``200ms,jitter:50ms,at:3,17`` as value -> [200ms], jitter -> [50ms], at -> [3, 17]."""
    options: dict[str, list[str]] = {}
    current = VALUE
    for part in (each.strip() for each in rest.split(",") if each.strip()):
        option, colon, value = (each.strip() for each in part.partition(":"))
        if colon:
            current = option
            if current in options:
                raise FaultSpecError(f"faults: {text!r}: {option!r} is given twice")
        options.setdefault(current, []).append(value if colon else part)
    return options


def _read(text: str, option: str, values: list[str], readers: Mapping[str, Reader]) -> object:
    reader = readers.get(option)
    if reader is None:
        what = f"takes no value {values[0]!r}" if option == VALUE else f"has no option {option!r}"
        raise FaultSpecError(
            f"faults: {text!r}: {what}; options are {', '.join(key for key in readers if key != VALUE)}"
        )
    try:
        return reader(values)
    except ValueError as error:
        raise FaultSpecError(f"faults: {text!r}: {option} {error}, not {','.join(values)!r}") from None
