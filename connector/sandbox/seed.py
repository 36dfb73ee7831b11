"""What a sandbox knows at its start: credentials, locations, products, first stock and prices.

A seed is a TOML or JSON file, or a mapping of the same shape; ``seed.toml`` beside this module is both the
default and the example. A top-level key that a seed leaves out is taken from the default.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from importlib import resources
from pathlib import Path
from typing import cast

from connector.sandbox import assumed

SeedSource = Path | str | Mapping[str, object] | None


class SeedError(ValueError):
    """The seed cannot be used; the message names the file, the key and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A user of the API. ``location`` is None for the company level (konnect-api.md 3.1)."""

    username: str
    password: str
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """A product of the catalogue; money in major units."""

    name: str
    brand: str
    size: str
    item_code: str
    mrp: Decimal
    esp: Decimal
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Price:
    """Money in major units, two places."""

    esp: Decimal
    mrp: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Seed:
    """A checked seed. ``products`` maps a generated sku to None: its facts are made when asked for."""

    currency: str
    token_lifetime_seconds: float
    accept_unknown_skus: bool
    accept_unknown_locations: bool
    credentials: tuple[Credential, ...]
    locations: Mapping[str, str]
    products: Mapping[str, Product | None]
    inventory: Mapping[tuple[str, str], int]
    prices: Mapping[tuple[str, str], Price]


def default_seed() -> dict[str, object]:
    """The built-in seed as a mapping, unchecked."""
    text = resources.files("connector.sandbox").joinpath("seed.toml").read_text(encoding="utf-8")
    return tomllib.loads(text, parse_float=Decimal)


def load_seed(source: SeedSource = None) -> Seed:
    """Read and check a seed.

    Raises:
        SeedError: the file cannot be read, or a key is unknown or of the wrong type.
    """
    given = source if isinstance(source, Mapping) else _read_file(source) if source is not None else {}
    return _checked({**default_seed(), **given})


def _read_file(path: Path | str) -> dict[str, object]:
    try:
        text = Path(path).read_text(encoding="utf-8")
        if str(path).endswith(".json"):
            content = json.loads(text, parse_float=Decimal)
        else:
            content = tomllib.loads(text, parse_float=Decimal)
    except (OSError, ValueError) as error:
        raise SeedError(f"seed {path}: {error}") from error
    if not isinstance(content, dict):
        raise SeedError(f"seed {path}: must be an object")
    return content


_KEYS = {
    "currency", "token_lifetime_seconds", "accept_unknown_skus", "accept_unknown_locations",
    "credentials", "locations", "products", "generate", "inventory", "prices",
}  # fmt: skip


def _checked(raw: Mapping[str, object]) -> Seed:
    unknown = sorted(set(raw) - _KEYS)
    if unknown:
        raise SeedError(f"seed: unknown key {', '.join(unknown)}; known are {', '.join(sorted(_KEYS))}")
    top = _Table("seed", raw)
    currency = top.text("currency")
    return Seed(
        currency=currency,
        token_lifetime_seconds=float(top.money("token_lifetime_seconds")),
        accept_unknown_skus=top.flag("accept_unknown_skus", default=False),
        accept_unknown_locations=top.flag("accept_unknown_locations", default=False),
        credentials=tuple(
            Credential(t.text("username"), t.text("password"), t.text_or_none("location"))
            for t in top.tables("credentials")
        ),
        locations={t.text("code"): t.text("name", default="") for t in top.tables("locations")},
        products=_products(top),
        inventory={t.key(): t.integer("quantity") for t in top.tables("inventory")},
        prices={t.key(): _price(t, currency) for t in top.tables("prices")},
    )


def _products(top: _Table) -> dict[str, Product | None]:
    products: dict[str, Product | None] = {}
    for table in top.tables("products"):
        sku = table.text("sku")
        products[sku] = Product(
            name=table.text("name", default=sku),
            brand=table.text("brand", default=""),
            size=table.text("size", default=""),
            item_code=table.text("item_code", default=sku),
            mrp=table.money("mrp", default=GENERATED_MRP),
            esp=table.money("esp", default=GENERATED_ESP),
            is_active=table.flag("is_active", default=True),
        )
    for table in top.tables("generate"):
        products.update(dict.fromkeys(_generated_skus(table)))
    return products


GENERATED_MRP = Decimal("999.00")
GENERATED_ESP = Decimal("799.00")


def _generated_skus(table: _Table) -> list[str]:
    """``prefix="SKU-" count=50000`` gives SKU-00001 to SKU-50000: as many digits as the last one needs."""
    prefix, count, start = table.text("prefix"), table.integer("count"), table.integer("start", default=1)
    width = table.integer("width", default=len(str(start + count - 1)))
    return [f"{prefix}{number:0{width}d}" for number in range(start, start + count)]


def _price(table: _Table, currency: str) -> Price:
    esp, mrp = assumed.rounded_money(table.money("esp")), assumed.rounded_money(table.money("mrp"))
    return Price(esp, mrp, table.text("currency", default=currency))


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of the seed that reads its own keys and names the place of what is wrong."""

    place: str
    raw: Mapping[str, object]

    def _value(self, key: str, default: object) -> object:
        value = self.raw.get(key, default)
        if value is None:
            raise SeedError(f"{self.place}.{key}: missing")
        return value

    def _wrong(self, key: str, wanted: str) -> SeedError:
        return SeedError(f"{self.place}.{key}: must be {wanted}, not {self.raw.get(key)!r}")

    def text(self, key: str, default: str | None = None) -> str:
        value = self._value(key, default)
        if not isinstance(value, str):
            raise self._wrong(key, "a text")
        return value

    def text_or_none(self, key: str) -> str | None:
        return self.text(key) if self.raw.get(key) is not None else None

    def integer(self, key: str, default: int | None = None) -> int:
        value = self._value(key, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(key, "a whole number")
        return value

    def money(self, key: str, default: Decimal | None = None) -> Decimal:
        """A number; a text of digits is taken too, so that JSON written by hand need not use floats."""
        value = self._value(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
            raise self._wrong(key, "a number")
        try:
            return Decimal(str(value))
        except InvalidOperation:
            raise self._wrong(key, "a number") from None

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._value(key, default)
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false")
        return value

    def key(self) -> tuple[str, str]:
        return self.text("location_id"), self.text("sku")

    def tables(self, key: str) -> list[_Table]:
        rows = self.raw.get(key, ())
        if isinstance(rows, str) or not isinstance(rows, Sequence):
            raise self._wrong(key, "a list of tables")
        wrong = [number for number, row in enumerate(rows) if not isinstance(row, Mapping)]
        if wrong:
            raise SeedError(f"{self.place}.{key}[{wrong[0]}]: must be a table")
        return [
            _Table(f"{self.place}.{key}[{number}]", cast("Mapping[str, object]", row))
            for number, row in enumerate(rows)
        ]
