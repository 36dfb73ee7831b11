"""Which columns could be a field, best first: by header, with decoys respected, and not against what the values show."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from connector.feeds.feed import Field, FieldKind
from connector.profiles.evidence import Column
from connector.profiles.headers import contains, words

LIKELY = 0.5
"""Share of filled cells that must be numbers before a column may be a quantity or a price."""

CODE_RANKS: tuple[tuple[str, frozenset[str]], ...] = (
    ("a SKU", frozenset({"sku"})),
    ("an item code", frozenset({"code", "cod", "codigo", "codice", "icode", "artikelnummer", "artnr"})),
    (
        "an item number",
        frozenset({"id", "no", "nr", "num", "number", "numero", "ref", "reference", "referencia"}),
    ),
    ("a barcode", frozenset({"barcode", "barras", "ean", "upc", "gtin", "isbn", "13"})),
)
"""What identifies an item, best first. An item name comes last: names change, and two items may share one."""

QUANTITY_RANKS: tuple[tuple[str, frozenset[str]], ...] = (
    (
        "what can be sold",
        frozenset({"available", "saleable", "sellable", "disponibile", "disponibilita", "disponible"}),
    ),
    (
        "what is there now",
        frozenset({"closing", "current", "hand", "onhand", "net", "balance", "actual", "attuale"}),
    ),
    (
        "a stock",
        frozenset({"stock", "inventory", "giacenza", "existencias", "existencia", "bestand", "estoque"}),
    ),
)
"""Which of several quantities counts, best first; a plain `Qty` comes last."""

MONEY_RANKS: tuple[tuple[str, frozenset[str]], ...] = (
    (
        "a named price",
        frozenset(
            {
                "mrp",
                "esp",
                "rsp",
                "sp",
                "msrp",
                "rrp",
                "selling",
                "sale",
                "sales",
                "sell",
                "retail",
                "list",
                "listino",
                "venta",
            }
            | {
                "vendita",
                "offer",
                "maximum",
                "max",
                "pvp",
                "listin",
                "verkaufspreis",
                "uvp",
                "vente",
                "venda",
            }
        ),
    ),
)
"""A price that says which one it is comes before a bare `Price` or `Rate`."""

BARE_PRICE = frozenset(
    {"rate", "price", "prezzo", "precio", "preis", "prix", "preco", "unit", "avg", "average"}
)
"""Words that say a price without saying which; beside a quantity and a value such a column is a valuation, a cost."""

NEVER: dict[FieldKind, frozenset[str]] = {
    FieldKind.CODE: frozenset(
        {
            "vendor",
            "ven",
            "supplier",
            "prov",
            "proveedor",
            "fornitore",
            "manufacturer",
            "mfr",
            "mfg",
            "account",
            "tax",
        }
        | {
            "hsn",
            "composite",
            "parent",
            "rack",
            "bin",
            "category",
            "brand",
            "company",
            "invoice",
            "order",
            "bill",
        }
        | {
            "customer",
            "party",
            "location",
            "warehouse",
            "store",
            "branch",
            "site",
            "outlet",
            "batch",
            "serial",
        }
    ),
    FieldKind.QUANTITY: frozenset(
        {
            "opening",
            "reorder",
            "restock",
            "minimum",
            "min",
            "max",
            "maximum",
            "sold",
            "sales",
            "sale",
            "value",
            "price",
        }
        | {
            "cost",
            "rate",
            "amount",
            "inward",
            "inwards",
            "outward",
            "outwards",
            "reserved",
            "committed",
            "allocated",
        }
        | {
            "incoming",
            "future",
            "futura",
            "ordered",
            "order",
            "transit",
            "damaged",
            "blocked",
            "safety",
            "composite",
        }
        | {
            "scheme",
            "code",
            "id",
            "name",
            "date",
            "time",
            "status",
            "type",
            "uom",
            "group",
            "category",
            "account",
            "tax",
        }
        | {
            "days",
            "age",
            "location",
            "number",
            "no",
            "track",
            "level",
            "unavailable",
            "pending",
            "received",
            "issued",
        }
        | {"valor", "valore", "wert", "purchase", "purchased", "expected", "percentage", "alert"}
    ),
    FieldKind.MONEY: frozenset(
        {
            "cost",
            "costo",
            "coste",
            "cogs",
            "landed",
            "purchase",
            "purc",
            "buying",
            "supply",
            "supplier",
            "acquisto",
            "compra",
        }
        | {
            "einkauf",
            "einkaufspreis",
            "achat",
            "tax",
            "gst",
            "vat",
            "iva",
            "discount",
            "sconto",
            "descuento",
            "promo",
        }
        | {
            "margin",
            "markup",
            "value",
            "amount",
            "total",
            "account",
            "name",
            "date",
            "type",
            "code",
            "qty",
            "quantity",
        }
        | {"old", "previous", "last", "percentage", "description", "scheme", "wholesale", "dealer"}
    ),
}
"""Words that make a header something else, in all feeds alike; each field adds its own decoys."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A column that could be a field. Lower `rank` is better; equal ranks are a question."""

    column: Column
    rank: tuple[int, int]
    why: str

    @property
    def evidence(self) -> str:
        """The reason as it is shown: header, way it was recognised, what the values say."""
        return f"header {self.column.label} ({self.why}), {self.column.says()}"


def candidates(field: Field, columns: Sequence[Column], *, without: Collection[int] = ()) -> list[Candidate]:
    """Columns that could be `field`, best first, those in `without` left out (they are something else already)."""
    found = [_candidate(field, column) for column in columns if column.index not in without]
    return sorted((one for one in found if one is not None), key=lambda one: (one.rank, one.column.index))


def _candidate(field: Field, column: Column) -> Candidate | None:
    how = by_header(field, column)
    if how is None or not fits_values(field, column):
        return None
    rank = header_rank(field.kind, column.words)
    # A synonym inside a longer header counts less than the same synonym alone, but more than a lesser kind of synonym.
    return Candidate(column, (rank, 0 if how == "synonym" else 1), how)


def by_header(field: Field, column: Column) -> str | None:
    """How a header says the field: `synonym` (all of it), `contains …`; None when it does not, or is a decoy."""
    phrases = {form for synonym in field.synonyms for form in (words(synonym), unnumbered(words(synonym)))}
    if {column.words, column.all_words, unnumbered(column.words)} & phrases:
        return "synonym" if not _decoyed(field, column.all_words, beyond=column.words) else None
    inside = sorted(phrase for phrase in phrases if contains(column.words, phrase))
    if not inside or _decoyed(field, column.all_words, beyond=()):
        return None
    longest = max(inside, key=lambda phrase: len(phrase))
    return f"contains '{' '.join(longest)}'"


def unnumbered(said: tuple[str, ...]) -> tuple[str, ...]:
    """Without figures: `VENTA1` and `VENTA 2` are two of a kind, and neither is surer than the other."""
    return tuple(word for word in said if not word.isdigit()) or said


def _decoyed(field: Field, said: Sequence[str], *, beyond: Sequence[str]) -> bool:
    """Whether a header means something else. Words of an exact synonym (`beyond`) are beyond doubt, its remarks not."""
    doubtful = [word for word in said if word not in beyond]
    if NEVER.get(field.kind, frozenset()).intersection(doubtful) - _own_words(field):
        return True
    return any(contains(doubtful if beyond else said, words(decoy)) for decoy in field.decoys)


def _own_words(field: Field) -> frozenset[str]:
    """`max` is no decoy in a field that is called maximum retail price."""
    return frozenset(
        word for synonym in field.synonyms for word in words(synonym) if len(words(synonym)) == 1
    )


def fits_values(field: Field, column: Column) -> bool:
    """Whether the sampled values allow the column to be the field; a column without samples is given the benefit."""
    if not column.filled:
        return not column.values
    if field.kind in {FieldKind.QUANTITY, FieldKind.MONEY}:
        return column.numeric >= LIKELY
    if field.kind is FieldKind.CURRENCY:
        return all(len(value) <= 3 and not value.isdigit() for value in column.filled)
    if field.kind is FieldKind.CODE and column.counts_up:
        return bool(CODE_RANKS[0][1].union(CODE_RANKS[1][1]).intersection(column.words))
    return True


def header_rank(kind: FieldKind, said: Sequence[str]) -> int:
    """How good a column of this name is for the kind of field, 0 the best."""
    ranks = {
        FieldKind.CODE: CODE_RANKS,
        FieldKind.QUANTITY: QUANTITY_RANKS,
        FieldKind.MONEY: MONEY_RANKS,
    }.get(kind, ())
    for rank, (_, telling) in enumerate(ranks):
        if telling.intersection(said):
            return rank
    return len(ranks)


def is_item_name(column: Column) -> bool:
    """Whether a code column is only a name, the last resort as a key."""
    return header_rank(FieldKind.CODE, column.words) == len(CODE_RANKS)
