"""What the one IT person writes in `config/connector.toml`, checked whole before anything starts.

Every value can be overridden from the environment: `CONNECTOR_DELIVERY__READ_TIMEOUT=20` is `[delivery] read_timeout`.
Paths are relative to the workspace: the folder that holds `config/`. Secrets may be written as `env:NAME` or
`file:PATH` and are hidden in every print of the settings.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from connector.errors import Complaint, ConfigurationError
from connector.model import Cause

ENVIRONMENT_VARIABLE = "CONNECTOR_CONFIG"
DEFAULT_PATH = Path("config/connector.toml")

Seconds = Annotated[float, Field(ge=0)]
PositiveSeconds = Annotated[float, Field(gt=0)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]


def secret(text: str) -> str:
    """What `env:NAME` or `file:PATH` refers to; any other text is the secret itself.

    Raises:
        ValueError: it refers to nothing that is there.
    """
    kind, _, rest = text.partition(":")
    if kind == "env" and rest:
        if rest not in os.environ:
            raise ValueError(f"the environment variable {rest} is not set")
        return os.environ[rest]
    if kind == "file" and rest:
        try:
            return Path(rest).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ValueError(f"the secret file {rest} cannot be read: {error.strerror}") from None
    return text


class Section(BaseModel):
    """A table of the file: unknown keys are mistakes, not decoration."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Folders(Section):
    """Where files rest. All relative to the workspace."""

    archive: Path = Field(Path("archive"), description="Originals, by date, state and fingerprint.")
    outbox: Path = Field(Path("outbox"), description="Result and correction files, and exports.")
    state: Path = Field(Path("state"), description="The ledger and scratch files; keep it on a local disk.")
    profiles: Path = Field(Path("config/profiles"), description="One TOML file per partner's layout.")
    min_free_megabytes: int = Field(
        200, ge=0, description="With less room on the inbox's disk nothing is taken."
    )


class LedgerSettings(Section):
    """The audit database."""

    url: str = Field("", description="SQLAlchemy URL; empty: SQLite in the state folder.")


class SourceSettings(Section):
    """A place drops come from."""

    name: Name = Field(description="Short name, used in lanes, logs and the ledger.")
    path: Path = Field(
        description="The inbox folder; its sub-folders are watched too and may name a location."
    )
    account: Name | None = Field(
        None, description="Account all files of this source go to; empty: by location."
    )
    location: str | None = Field(None, description="Location of files that name none; else the default.")
    settle_seconds: Seconds = Field(5.0, description="How long a file must stand still before it is taken.")
    patience_seconds: Seconds = Field(
        600.0, description="How long an incomplete file may wait before it is held."
    )
    done_marker: str | None = Field(
        None, description='Take a file only when FILE + this suffix is there: ".done".'
    )


class AccountSettings(Section):
    """One set of API credentials."""

    name: Name = Field(description="Short name, used in the ledger and logs.")
    server: str = Field(
        description="fyndkonnect, ginesys, unicommerce, or the base URL of any Konnect server."
    )
    username: str = Field(min_length=1, description="Integration user name.")
    password: SecretStr = Field(
        description="Integration token; `env:NAME` or `file:PATH` keep it out of the file."
    )
    level: Literal["company", "location"] = Field("company", description="Scope of the credentials.")
    location: str | None = Field(None, description="The location code, for location-level credentials.")

    @field_validator("password")
    @classmethod
    def _resolve_secret(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if not text:
            raise ValueError("is empty; write the integration token, env:NAME or file:PATH")
        return SecretStr(secret(text))


class DeliverySettings(Section):
    """How calls are made."""

    connect_timeout: PositiveSeconds = Field(5.0, description="Seconds to reach the server.")
    read_timeout: PositiveSeconds = Field(30.0, description="Seconds between two bytes of an answer.")
    in_flight: int = Field(
        8,
        ge=1,
        le=64,
        description="Calls under way at once at most; fewer while the API is slow or says 429.",
    )
    calls_per_second: float | None = Field(
        None, gt=0, description="Highest pace per account; empty: no limit."
    )
    attempts: int = Field(5, ge=1, le=20, description="Tries of one call before it waits for a later round.")
    retry_wait: Seconds = Field(
        0.25,
        description="Pause before the third try of a call, a fifth of it before the second; doubles, with jitter.",
    )
    retry_later: PositiveSeconds = Field(
        30.0, description="Pause of an account whose API is down or refuses."
    )
    credentials_wait: PositiveSeconds = Field(
        60.0, description="Pause after the API refused the credentials."
    )
    breaker_failures: int = Field(
        5, ge=1, description="Failures in a row after which the API counts as down."
    )
    token_seconds: PositiveSeconds = Field(3000.0, description="Age at which a token is renewed.")
    ca_bundle: Path | None = Field(
        None, description="Certificates of your proxy or server, if not the system's."
    )


class ReadingSettings(Section):
    """Limits of what a file may ask of this machine. Over a limit a file is quarantined with the reason."""

    max_megabytes: int = Field(2_048, ge=1, description="Largest file, as it lies there.")
    max_unpacked_megabytes: int = Field(
        4_096, ge=1, description="Most that a zip, gz or workbook unpacks to."
    )
    max_ratio: int = Field(200, ge=2, description="Times its size that a packed file may unpack to.")
    max_depth: int = Field(2, ge=0, le=10, description="Packed files within packed files.")
    max_members: int = Field(10_000, ge=1, description="Most files within one zip or workbook.")
    max_rows: int = Field(20_000_000, ge=1, description="Most rows in one table.")
    max_columns: int = Field(2_000, ge=1, description="Most columns in one table.")
    max_cells: int = Field(400_000_000, ge=1, description="Most cells in one table.")
    max_cell_bytes: int = Field(200_000, ge=1, description="Longest cell.")
    max_faults: int = Field(100_000, ge=1, description="Rows that may not fit their table.")
    memory_megabytes: int = Field(4_096, ge=512, description="Memory of the process that reads.")
    seconds: PositiveSeconds = Field(900.0, description="Time to read one file.")


class CatalogueSettings(Section):
    """The list of products Konnect has, by which unknown SKUs and prices that did not arrive are told."""

    refresh_hours: float = Field(
        24.0, ge=0, description="Age at which `connector run` pulls the list anew; 0: only by command."
    )
    max_age_hours: float = Field(168.0, gt=0, description="An older list says nothing of a SKU any more.")
    read_back: int = Field(
        10, ge=0, le=10, description="Prices of each file compared with the list afterwards."
    )


class OrderSettings(Section):
    """Orders that a stock file cannot know, for profiles that take them off."""

    file: Path | None = Field(
        None, description="CSV with location_id, sku, quantity and ordered_at of each order."
    )


class AlertSettings(Section):
    """Who is told when a person is needed, and of what."""

    urls: tuple[SecretStr, ...] = Field(
        (),
        description="Where alerts go, in apprise's words; `env:NAME` or `file:PATH` keep one out of the file.",
    )
    causes: tuple[Cause, ...] = Field(tuple(Cause), description="What is worth an alert.")
    calm_down_hours: float = Field(
        4.0, ge=0, description="What is over and begins again within this time is not said anew before."
    )
    outage_seconds: Seconds = Field(
        120.0, description="An API that is back sooner than this is not worth an alert."
    )
    refused_share: float = Field(
        0.1, ge=0, le=1, description="Share of the records sent of one file that may be refused without one."
    )

    @field_validator("urls")
    @classmethod
    def _resolve_secrets(cls, values: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        return tuple(SecretStr(secret(value.get_secret_value())) for value in values)


class LogSettings(Section):
    """What is said while running."""

    format: Literal["text", "json"] = Field("text", description="One line per event, for people or machines.")
    level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level shown.")


class EngineSettings(Section):
    """How tasks are run."""

    kind: Literal["threads", "inline"] = Field(
        "threads", description="threads, or inline: one after the other."
    )
    scan_seconds: PositiveSeconds = Field(
        10.0, description="How often the inbox is looked through at the latest."
    )


class ResultSettings(Section):
    """What is written back to the sender."""

    rows: Literal["problems", "all"] = Field("problems", description="Rows listed in result.csv.")


class Settings(BaseSettings):
    """The whole configuration. `workspace` is where relative paths start; it is not a key of the file."""

    model_config = SettingsConfigDict(
        env_prefix="CONNECTOR_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    default_location: str | None = Field(None, description="Location code of files that name none.")
    currency: str = Field("INR", pattern=r"^[A-Z]{3}$", description="Currency of prices that name none.")
    folders: Folders = Folders()
    ledger: LedgerSettings = LedgerSettings()
    source: tuple[SourceSettings, ...] = (SourceSettings(name="inbox", path=Path("inbox")),)
    account: tuple[AccountSettings, ...] = Field(
        (), description="At least one to deliver; none: only check and read."
    )
    locations: dict[str, str] = Field(
        default_factory=dict, description="Names as they stand in files → codes."
    )
    delivery: DeliverySettings = DeliverySettings()
    reading: ReadingSettings = ReadingSettings()
    catalogue: CatalogueSettings = CatalogueSettings()
    orders: OrderSettings = OrderSettings()
    engine: EngineSettings = EngineSettings()
    result: ResultSettings = ResultSettings()
    alerts: AlertSettings = AlertSettings()
    log: LogSettings = LogSettings()
    workspace: Path = Field(Path(), exclude=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, so that a container needs no file of its own."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings

    def path(self, relative: Path) -> Path:
        """A path of the settings as one to open."""
        return (self.workspace / relative).absolute()

    @property
    def ledger_url(self) -> str:
        """The ledger's URL; a file in the state folder unless another is named."""
        return self.ledger.url or f"sqlite:///{self.path(self.folders.state) / 'ledger.db'}"


def locate(path: Path | None) -> Path:
    """The configuration file to use: the one asked for, else `$CONNECTOR_CONFIG`, else `config/connector.toml`."""
    if path is not None:
        return path
    return (
        DEFAULT_PATH
        if DEFAULT_PATH.exists() or ENVIRONMENT_VARIABLE not in os.environ
        else Path(os.environ[ENVIRONMENT_VARIABLE])
    )


def workspace_of(path: Path) -> Path:
    """The folder relative paths start from: the one that holds `config/`, or the file's own."""
    folder = path.absolute().parent
    return folder.parent if folder.name == "config" else folder


def load(path: Path) -> Settings:
    """Read and check the file; raises ConfigurationError with every mistake at once (file, key, what is right)."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        message = "is not there; `connector init DIR` makes a workspace, or name the file with --config"
        raise ConfigurationError([Complaint(str(path), "(file)", message)]) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError([Complaint(str(path), "(file)", f"cannot be read: {error}")]) from None
    found = _across_tables(str(path), values)
    try:
        settings = Settings(**{**values, "workspace": workspace_of(path)})
    except ValidationError as error:
        raise ConfigurationError([*complaints(str(path), error, Settings), *found]) from None
    if found:
        raise ConfigurationError(found)
    return settings


def _across_tables(file: str, values: dict[str, Any]) -> list[Complaint]:
    """Mistakes between keys. Looked for in the raw values, so that a mistake elsewhere does not hide them."""
    accounts, sources = _tables(values, "account"), _tables(values, "source")
    found = [
        Complaint(
            file,
            f"{kind}.{index}.name",
            f"is {table.get('name')!r} like an earlier {kind}; names must differ",
        )
        for kind, tables in (("source", sources), ("account", accounts))
        for index, table in enumerate(tables)
        if table.get("name") in [earlier.get("name") for earlier in tables[:index]]
    ]
    for index, account in enumerate(accounts):
        level, location = account.get("level", "company"), account.get("location")
        if level == "location" and not location:
            found.append(
                Complaint(file, f"account.{index}.location", 'is missing; level = "location" needs its code')
            )
        if level == "company" and location:
            message = 'is only for level = "location"; remove it or change the level'
            found.append(Complaint(file, f"account.{index}.location", message))
    known = [account.get("name") for account in accounts]
    for index, source in enumerate(sources):
        if source.get("account") not in (None, *known):
            names = ", ".join(map(str, known)) or "none"
            message = f"names {source['account']!r}, which is no account; accounts: {names}"
            found.append(Complaint(file, f"source.{index}.account", message))
    return found


def servers_named(path: Path) -> list[tuple[str, str]]:
    """(key, server) of every account, whatever else is wrong with the file; nothing when it is no TOML."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return []
    servers = [
        (f"account.{i}.server", table.get("server")) for i, table in enumerate(_tables(values, "account"))
    ]
    return [(key, server) for key, server in servers if isinstance(server, str)]


def _tables(values: dict[str, Any], key: str) -> list[dict[str, Any]]:
    tables = values.get(key, [])
    return [table for table in tables if isinstance(table, dict)] if isinstance(tables, list) else []


def complaints(file: str, error: ValidationError, model: type[BaseModel]) -> list[Complaint]:
    """A pydantic error as one complaint per mistake, unknown keys with the nearest right spelling."""
    found = []
    for item in error.errors(include_url=False, include_input=True):
        location = [str(part) for part in item["loc"]]
        key = ".".join(location) or "(whole file)"
        found.append(Complaint(file, key, _in_plain_words(item, _keys_beside(location, model))))
    return found


def _in_plain_words(item: Any, known: list[str]) -> str:
    kind, message = item["type"], str(item["msg"]).removeprefix("Value error, ")
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(str(item["loc"][-1]), known, n=1, cutoff=0.6)
        hint = f"; did you mean {near[0]!r}?" if near else f"; known here: {', '.join(known)}"
        return f"is not a key of the configuration{hint}"
    if kind == "missing":
        return "is missing"
    if {"password", "urls"} & set(item["loc"]):
        return message
    return (
        f"{message} (it is {item['input']!r})" if not isinstance(item["input"], dict | BaseModel) else message
    )


def _keys_beside(location: list[str], model: type[BaseModel]) -> list[str]:
    """The keys allowed where `location` points, found by walking the model along it."""
    for part in location[:-1]:
        if part.isdigit() or part not in model.model_fields:
            continue
        nested = _models_in(model.model_fields[part].annotation)
        if nested:
            model = nested[0]
    return [name for name in model.model_fields if name != "workspace"]


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in getattr(annotation, "__args__", ()) for model in _models_in(argument)]
