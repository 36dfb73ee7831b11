"""What a person may write in `config/profiles/*.toml`: how one partner's file says one or several feeds.

A profile is a plain value; `loading.load` reads it and says everything that is wrong with it, `match` applies it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    SecretStr,
    StrictBool,
    StrictInt,
    field_validator,
    model_validator,
)

from connector.feeds.binding import Guards, Policy
from connector.settings import secret

ColumnRef = str | Annotated[StrictInt, Field(ge=1)]
"""A column: its header as text, or its number counted from 1 (for a table without headers, or headers that repeat)."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MatchRule(_Strict):
    """By what a file is recognised: first by its headers, else by its name. `sheet` and `folder` narrow both."""

    headers: tuple[str, ...] = Field(default=(), description="Headers that must all be in the table.")
    any_headers: tuple[str, ...] = Field(
        default=(), description="Headers of which at least one must be there."
    )
    names: tuple[str, ...] = Field(default=(), description='File name patterns such as "stock_*.csv".')
    sheet: str | None = Field(default=None, description="Pattern the sheet's name must fit.")
    folder: str | None = Field(default=None, description="Pattern the folder under the inbox must fit.")


class ReaderHints(_Strict):
    """What to tell the reader instead of letting it find out. Needed only where it cannot: a table without headers."""

    encoding: str | None = Field(default=None, description='Such as "cp1252".')
    delimiter: str | None = Field(default=None, description='Such as ";" or "\\t".', min_length=1)
    quoting: StrictBool | None = Field(
        default=None, description='false: a " is plain text, not a quotation mark.'
    )
    sheet: str | None = Field(default=None, description="The sheet to read, by name.")
    header_line: Annotated[StrictInt, Field(ge=1)] | None = Field(
        default=None, description="Line of the header, counted from 1 as a spreadsheet shows it."
    )
    has_header: StrictBool | None = Field(default=None, description="false: the first line is data already.")
    password: SecretStr | None = Field(
        default=None,
        description='Secret of protected files: "env:NAME" or "file:PATH", never the word itself.',
    )

    @field_validator("password")
    @classmethod
    def _resolve_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        if not value.get_secret_value().startswith(("env:", "file:")):
            raise ValueError("must be env:NAME or file:PATH: a profile is passed around, a password is not")
        return SecretStr(secret(value.get_secret_value()))


class LocationSource(_Strict):
    """Where the location comes from: one of column, constant, folder, file_name and columns; `names` translates."""

    column: ColumnRef | None = Field(default=None, description="The column that names the location.")
    constant: str | None = Field(default=None, description="One code for the whole file.", min_length=1)
    folder: StrictBool = Field(default=False, description="true: the folder under the inbox is the location.")
    file_name: str | None = Field(
        default=None, description="Regular expression on the file name; its group is the code."
    )
    columns: dict[str, str] = Field(
        default_factory=dict, description="Wide table: header of a column = location code."
    )
    names: dict[str, str] = Field(default_factory=dict, description="What the sender writes = location code.")


class Profile(_Strict):
    """How one partner's file says one or several feeds. Everything is optional: what is not said is found."""

    name: str = Field(default="", description="Name of the profile; default: the file's name without .toml.")
    match: MatchRule = MatchRule()
    reader: ReaderHints = ReaderHints()
    feeds: tuple[str, ...] = Field(
        default=(), description="Feeds to take from the file; default: those found in it."
    )
    columns: dict[str, ColumnRef | dict[str, ColumnRef]] = Field(
        default_factory=dict,
        description="Field = header, for all feeds; or a table [columns.<feed>] for one feed.",
    )
    constants: dict[str, str] = Field(default_factory=dict, description="Field = a text used for every row.")
    location: LocationSource = LocationSource()
    policy: Policy = Policy()
    guards: Guards = Guards()
    mode: Literal["full", "delta"] = Field(
        default="delta", description="full: what is absent is gone; delta: unchanged."
    )
    account: str | None = Field(
        default=None, description="Account whose credentials deliver this file.", min_length=1
    )
    lane: str | None = Field(
        default=None, description="Files of one lane are delivered one after the other.", min_length=1
    )

    _limits_said: frozenset[str] = PrivateAttr(default=frozenset())

    @model_validator(mode="wrap")
    @classmethod
    def _remember_limits(cls, raw: Any, made: ModelWrapValidatorHandler[Profile]) -> Profile:
        profile = made(raw)
        if isinstance(raw, Mapping):
            said = (raw.get(table, ()) for table in ("guards", "policy"))
            profile._limits_said = frozenset(  # noqa: SLF001 - its own, set while it is made
                name for table in said if isinstance(table, Mapping) for name in table
            )
        return profile

    @property
    def limits_said(self) -> frozenset[str]:
        """The settings a person wrote under `guards` and `policy`: they hold, whatever the drops of the feed teach."""
        return self._limits_said

    def columns_for(self, feed: str, fields: tuple[str, ...]) -> dict[str, str | int]:
        """The columns said for the fields of one feed: the general ones, overruled by those of [columns.<feed>]."""
        said = {
            name: ref for name, ref in self.columns.items() if name in fields and not isinstance(ref, dict)
        }
        own = self.columns.get(feed, {})
        return {**said, **own} if isinstance(own, dict) else said

    def layout(self) -> tuple[str, ...]:
        """Headers that must all be in a table of this profile: `match.headers`, else every header it reads from."""
        if self.match.headers:
            return self.match.headers
        read = [
            ref
            for value in self.columns.values()
            for ref in (value.values() if isinstance(value, dict) else [value])
        ]
        read += [self.location.column or 0, *self.location.columns]
        return tuple(dict.fromkeys(ref for ref in read if isinstance(ref, str)))
