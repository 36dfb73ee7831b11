"""Reading `config/profiles/*.toml`: every mistake of every file at once, each with its key and what would be right."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from connector.errors import Complaint
from connector.feeds import FEEDS
from connector.feeds.binding import Guards, Policy
from connector.feeds.feed import Feed, FieldKind
from connector.profiles.headers import key, nearest
from connector.profiles.profile import LocationSource, MatchRule, Profile, ReaderHints

if TYPE_CHECKING:
    from pathlib import Path

Say = Callable[[str, str], None]
"""Takes a dotted key and a message; remembers both."""

_TABLES: Mapping[str, type[BaseModel]] = {
    "match": MatchRule,
    "reader": ReaderHints,
    "location": LocationSource,
}
_WISHES: Mapping[str, type] = {"policy": Policy, "guards": Guards}
_EXPECTED = {
    "string_type": "must be text in quotes",
    "int_type": "must be a whole number, without quotes",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "float_type": "must be a number, without quotes",
    "decimal_parsing": "must be a number, without quotes",
    "decimal_type": "must be a number, without quotes",
    "bool_type": "must be true or false, without quotes",
    "tuple_type": 'must be a list such as ["one", "two"]',
    "dict_type": "must be a table of its own",
    "model_type": "must be a table of its own",
    "dataclass_type": "must be a table of its own",
    "string_too_short": "is empty",
    "greater_than_equal": "must be 1 or more",
}


def load(folder: Path) -> tuple[list[Profile], list[Complaint]]:
    """Read every `*.toml` of `folder` in order of name; a folder that is not there holds no profiles.

    Returns the profiles that are whole and the complaints about the others (file, dotted key, message): the caller
    decides whether a complaint stops the start (it should: `connector config check` shows them all).
    """
    profiles: list[Profile] = []
    complaints: list[Complaint] = []
    origin: dict[str, Path] = {}
    for path in sorted(folder.glob("*.toml")):
        profile, found = load_file(path)
        complaints += found
        if profile is None:
            continue
        if profile.name.casefold() in origin:
            other = origin[profile.name.casefold()].name
            complaints.append(
                Complaint(
                    str(path),
                    "name",
                    f"{profile.name!r} is the name of the profile in {other} too; give one another name",
                )
            )
            continue
        origin[profile.name.casefold()] = path
        profiles.append(profile)
    return profiles, complaints


def load_file(path: Path) -> tuple[Profile | None, list[Complaint]]:
    """Read one profile; None when anything is wrong with it."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        return None, [Complaint(str(path), "(file)", f"is not valid TOML: {error}")]
    except (OSError, UnicodeDecodeError) as error:
        return None, [Complaint(str(path), "(file)", f"cannot be read as UTF-8 text: {error}")]
    complaints: list[Complaint] = []

    def say(dotted: str, message: str) -> None:
        complaints.append(Complaint(str(path), dotted, message))

    profile = _validated({"name": path.stem, **raw}, say)
    for check in CHECKS:
        check(raw, say)
    return (None if complaints else profile), complaints


def _validated(raw: Mapping[str, Any], say: Say) -> Profile | None:
    try:
        return Profile.model_validate(raw)
    except ValidationError as error:
        said: set[str] = set()
        for item in error.errors(include_url=False):
            dotted = _dotted(item["loc"])
            if dotted not in said:
                said.add(dotted)
                say(dotted, _in_plain_words(item))
        return None


def _dotted(location: Sequence[int | str]) -> str:
    """The key as it stands in the file: without the names pydantic gives to the branches of a union."""
    branch = re.compile(r"^(str|int|constrained-int|dict\[.*|function-.*)$")
    return ".".join(str(part) for part in location if not branch.match(str(part)))


def _in_plain_words(item: Any) -> str:
    kind, context = item["type"], item.get("ctx", {})
    if kind in {"extra_forbidden", "unexpected_keyword_argument"}:
        return _unknown_key(str(item["loc"][-1]), _keys_beside(item["loc"]))
    if item["loc"][0] == "columns":
        return f"must be a header in quotes, or a column number from 1 (it is {item['input']!r})"
    if kind == "literal_error":
        near = nearest(str(item["input"]), re.findall(r"'([^']*)'", context["expected"]))
        hint = f"; did you mean {near!r}?" if near else ""
        return f"must be one of {context['expected'].replace(' or ', ', ')}; it is {item['input']!r}{hint}"
    if "password" in item["loc"]:
        return str(item["msg"]).removeprefix(
            "Value error, "
        )  # without what was written: it may be the word itself
    return f"{_EXPECTED.get(kind, item['msg'])} (it is {item['input']!r})"


def _keys_beside(location: Sequence[int | str]) -> list[str]:
    if len(location) == 1:
        return list(Profile.model_fields)
    table = str(location[0])
    if table in _WISHES:
        return [field.name for field in dataclasses.fields(_WISHES[table])]
    return list(_TABLES[table].model_fields)


def _unknown_key(wrong: str, known: Sequence[str]) -> str:
    near = nearest(wrong, known)
    hint = f"did you mean {near!r}? Known" if near else "known"
    return f"is not a key of a profile; {hint} here: {', '.join(known)}"


def _did_you_mean(wrong: str, known: Sequence[str]) -> str:
    near = nearest(wrong, known)
    return f"; did you mean {near!r}?" if near else "."


def _table(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = raw.get(name, {})
    return table if isinstance(table, Mapping) else {}


def _said_feeds(raw: Mapping[str, Any]) -> tuple[Feed, ...]:
    """The feeds a profile speaks of: those it lists, else all."""
    listed = raw.get("feeds", ())
    chosen = tuple(feed for feed in FEEDS if feed.name in listed) if isinstance(listed, list) else ()
    return chosen or FEEDS


def _check_feeds(raw: Mapping[str, Any], say: Say) -> None:
    listed = raw.get("feeds", ())
    known = [feed.name for feed in FEEDS]
    for index, name in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(name, str) and name not in known:
            say(
                f"feeds.{index}",
                f"{name!r} is not a feed{_did_you_mean(name, known)} Feeds: {', '.join(known)}",
            )


def _check_columns(raw: Mapping[str, Any], say: Say) -> None:
    feeds = {feed.name: feed for feed in FEEDS}
    general = {field.name for feed in _said_feeds(raw) for field in feed.fields}
    for name, value in _table(raw, "columns").items():
        if not isinstance(value, Mapping):
            _check_field(f"columns.{name}", name, sorted(general), say)
        elif name not in feeds:
            hint = _did_you_mean(name, list(feeds))
            say(
                f"columns.{name}",
                f"is not a feed{hint} A table under columns must be one of: {', '.join(feeds)}",
            )
        else:
            for field in value:
                _check_field(
                    f"columns.{name}.{field}", field, [field.name for field in feeds[name].fields], say
                )


def _check_field(dotted: str, name: str, known: Sequence[str], say: Say) -> None:
    if name in _location_fields():
        say(dotted, 'where the location comes from is said in its own table: [location] column = "…"')
    elif name not in known:
        allowed = [field for field in known if field not in _location_fields()]
        say(dotted, f"is not a field{_did_you_mean(name, allowed)} Fields: {', '.join(allowed)}")


def _location_fields() -> set[str]:
    return {field.name for feed in FEEDS for field in feed.fields if field.kind is FieldKind.LOCATION}


def _check_constants(raw: Mapping[str, Any], say: Say) -> None:
    known = sorted({field.name for feed in _said_feeds(raw) for field in feed.fields})
    columns = _table(raw, "columns")
    for name in _table(raw, "constants"):
        if name in _location_fields():
            say(f"constants.{name}", 'a fixed location is said in its own table: [location] constant = "…"')
            continue
        _check_field(f"constants.{name}", name, known, say)
        if name in columns:
            say(f"constants.{name}", "is given a column too; keep the one or the other")


def _check_location(raw: Mapping[str, Any], say: Say) -> None:
    location = _table(raw, "location")
    ways = [way for way in ("column", "constant", "folder", "file_name", "columns") if location.get(way)]
    if len(ways) > 1:
        say("location", f"says {' and '.join(ways)}; a location comes from one of them")
    pattern = location.get("file_name")
    if isinstance(pattern, str):
        try:
            groups = re.compile(pattern).groups
        except re.error as error:
            say("location.file_name", f"is not a regular expression: {error}")
        else:
            if groups == 0:
                say(
                    "location.file_name",
                    "needs a group in round brackets around the part that is the location code",
                )
    for header, code in _table(location, "columns").items():
        if isinstance(code, str) and not code.strip():
            say(f"location.columns.{header}", "the location code is empty")


def _check_policy(raw: Mapping[str, Any], say: Say) -> None:
    policy = _table(raw, "policy")
    for name in ("buffer", "minimum", "maximum"):
        if isinstance(policy.get(name), int) and policy[name] < 0:
            say(f"policy.{name}", f"must be 0 or more (it is {policy[name]})")
    if policy.get("absent") == "zero" and raw.get("mode") != "full":
        say(
            "policy.absent", '"zero" is for files that list all there is: say mode = "full", above the tables'
        )
    share = policy.get("max_rejects_share")
    if isinstance(share, int | float) and not 0 <= share <= 1:
        say(
            "policy.max_rejects_share",
            f"is a share between 0 and 1, such as 0.5 for half of the rows (it is {share})",
        )
    currencies = {
        "policy.currency": policy.get("currency"),
        "constants.currency": _table(raw, "constants").get("currency"),
    }
    for dotted, currency in currencies.items():
        if isinstance(currency, str) and not re.fullmatch("[A-Z]{3}", currency):
            say(
                dotted, f'must be a currency code of three capital letters such as "INR" (it is {currency!r})'
            )


def _check_guards(raw: Mapping[str, Any], say: Say) -> None:
    guards = _table(raw, "guards")
    for name, lowest in _LOWEST.items():
        said = guards.get(name)
        if isinstance(said, int | float) and said < lowest:
            say(f"guards.{name}", f"must be {lowest} or more (it is {said})")
    for name in _SHARES:
        said = guards.get(name)
        if isinstance(said, int | float) and said > 1:
            say(f"guards.{name}", f"is a share between 0 and 1, such as 0.1 for a tenth (it is {said})")
    low, high = guards.get("min_price"), guards.get("max_price")
    if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
        say("guards.min_price", f"is above max_price ({low} and {high}): every price would be held")


_SHARES = ("stock_gone", "stock_absent", "key_flip", "known_share", "fewer_rows")

_LOWEST: Mapping[str, float] = {
    "min_price": 0,
    "max_price": 0,
    "max_quantity": 0,
    "esp_move": 0,
    "mrp_move": 0,
    "quantity_factor": 1,
    "quantity_floor": 1,
    "crowd_rows": 1,
    "crowd_width": 0,
    **dict.fromkeys(_SHARES, 0),
    "more_rows": 1,
    "at_least": 1,
}
"""The lowest value of each key under [guards]."""


def _check_reachable(raw: Mapping[str, Any], say: Say) -> None:
    rule, columns, location = _table(raw, "match"), _table(raw, "columns"), _table(raw, "location")
    texts = [ref for ref in _leaves(columns) if isinstance(ref, str)]
    if not rule and not texts and not location.get("columns") and not isinstance(location.get("column"), str):
        say(
            "match", "no file would ever fit: say match.names, match.headers or match.folder, or name columns"
        )


def _leaves(table: Mapping[str, Any]) -> Iterator[Any]:
    for value in table.values():
        if isinstance(value, Mapping):
            yield from _leaves(value)
        else:
            yield value


def _check_headers(raw: Mapping[str, Any], say: Say) -> None:
    rule = _table(raw, "match")
    for name in ("headers", "any_headers"):
        listed = rule.get(name, ())
        seen: set[str] = set()
        for index, header in enumerate(listed if isinstance(listed, list) else ()):
            if not isinstance(header, str):
                continue
            if not header.strip():
                say(f"match.{name}.{index}", "is empty")
            if key(header) in seen:
                say(f"match.{name}.{index}", f"{header!r} is listed twice")
            seen.add(key(header))


CHECKS: tuple[Callable[[Mapping[str, Any], Say], None], ...] = (
    _check_feeds,
    _check_columns,
    _check_constants,
    _check_location,
    _check_policy,
    _check_guards,
    _check_reachable,
    _check_headers,
)
"""What pydantic cannot see: looked for in the raw values, so that one mistake never hides another."""
