"""Words that decide between columns whatever the feed: what is surer, what is something else, what is no place.

The feeds declare what their fields are called (`synonyms`) and what looks alike and is not (`decoys`); here stands only
what holds for every field of a kind.
"""

from __future__ import annotations

from connector.feeds.feed import FieldKind

# fmt: off
Ranks = tuple[frozenset[str], ...]
"""Sets of telling words, the surest first; a header with none of them comes last."""

CODE_RANKS: Ranks = (
    frozenset({"sku"}),
    frozenset({"code", "cod", "codigo", "codice", "icode", "artikelnummer", "artnr", "कोड"}),
    frozenset({"id", "no", "nr", "num", "number", "numero", "ref", "reference", "referencia"}),
    frozenset({"barcode", "barras", "barre", "ean", "upc", "gtin", "isbn"}),
)
"""SKU, item code, item number, barcode. An item name comes last: names change, and two items may share one."""

OWN = frozenset({"seller", "merchant"})
"""Whose SKU it is: the one who sends the file."""

ITEM_NAMES = frozenset({
    "particulars", "name", "item", "items", "product", "article", "articolo", "articulo", "artigo", "artikel",
    "nombre", "description", "details", "वस्तु", "विवरण",
})
"""What makes a key only a name, when no telling word stands beside it."""

PLAIN_CODE = 2
"""Rank of a key called by none of these words (`Material`, `Alias`): as good as an item number."""

QUANTITY_RANKS: Ranks = (
    frozenset({
        "available", "saleable", "sellable", "fulfillable", "unrestricted", "disponibile", "disponibilita",
        "disponible", "disponivel", "dostepne", "verfugbar", "verfugbarer", "beschikbaar",
    }),
    frozenset({"closing", "ending", "current", "hand", "onhand", "net", "balance", "actual", "attuale"}),
    frozenset({"stock", "inventory", "giacenza", "existencias", "existencia", "bestand", "estoque"}),
)
"""What can be sold, what is there now, a stock; a plain `Qty` comes last."""

MONEY_RANKS: Ranks = (
    frozenset({
        "mrp", "esp", "rsp", "sp", "msrp", "rrp", "selling", "sale", "sales", "sell", "retail", "list",
        "listino", "venta", "vendita", "offer", "maximum", "max", "pvp", "verkaufspreis", "uvp", "vente",
        "venda",
    }),
)
"""A price that says which one it is comes before a bare `Price` or `Rate`."""

MAXIMUM = frozenset({"mrp", "maximum", "max", "maximo", "maxima", "एमआरपी", "अधिकतम"})
"""What makes a price one that may not be exceeded, by law or by the print on the pack."""

LIST_PRICE = frozenset({
    "list", "listprice", "listino", "lista", "listenpreis", "rrp", "msrp", "uvp", "recommended", "suggested",
    "recomendado", "sugerido", "consigliato", "empfehlung", "preisempfehlung", "conseille", "catalogue", "catalog",
    "catalogo", "tabela", "adviesprijs", "catalogusprijs", "katalogowa",
})
"""What makes a price one that somebody recommends: a shop may ask more."""

RANKS: dict[FieldKind, Ranks] = {
    FieldKind.CODE: CODE_RANKS,
    FieldKind.QUANTITY: QUANTITY_RANKS,
    FieldKind.MONEY: MONEY_RANKS,
}

TAXES = frozenset({"gst", "tax", "taxes", "vat", "iva", "mwst", "tva"})
TAX_INSIDE = frozenset({"incl", "inc", "inclusive", "including", "included", "with"})
"""A price said to include tax is what the customer pays; one without it is not."""

TRANSACTION = frozenset({
    "invoice", "voucher", "vch", "customer", "party", "buyer", "debit", "credit", "billing", "lineitem", "paid",
    "financial",
})
"""Words of lists of sales and bookings. A quantity in such a list is what was moved, not what is there."""

ORDER_MARKS = frozenset({"id", "no", "number", "date", "item"})
"""What makes `order` the order of a customer: `On order` is a column of good stock reports."""

BARE_PRICE = frozenset({"rate", "price", "prezzo", "precio", "preis", "prix", "preco", "unit", "avg", "average"})
"""Words that say a price without saying which; beside a quantity and a value such a column is a valuation, a cost."""

VALUE_WORDS = frozenset({"value", "amount", "valuation", "valor", "valore", "importe", "wert", "montant", "amt"})
"""What the worth of a stock is called."""

NO_WORTH = frozenset({"option", "options", "attribute", "variation", "discount", "meta", "loyalty", "tax", "default"})
"""Beside these a `value` is what an option, an attribute or a rebate is set to."""

TIMES = frozenset({
    "dozen", "dozens", "doz", "dz", "lakh", "lakhs", "lac", "lacs", "crore", "crores", "thousand", "thousands",
})
"""What a column may count in instead of pieces or rupees: its figures are not what they seem."""

NEVER: dict[FieldKind, frozenset[str]] = {
    FieldKind.CODE: frozenset({
        "vendor", "ven", "supplier", "prov", "proveedor", "fornitore", "manufacturer", "mfr", "mfg",
        "account", "tax", "hsn", "composite", "parent", "rack", "manufact", "bin", "category", "brand", "company",
        "invoice", "order", "bill", "customer", "party", "location", "warehouse", "store", "branch", "site",
        "outlet", "batch", "serial",
    }),
    FieldKind.QUANTITY: frozenset({
        "opening", "reorder", "restock", "minimum", "min", "max", "maximum", "sold", "sales", "sale", "value",
        "price", "cost", "rate", "amount", "inward", "inwards", "outward", "outwards", "reserved",
        "committed", "allocated", "incoming", "future", "futura", "ordered", "order", "transit", "damaged",
        "blocked", "safety", "composite", "scheme", "code", "id", "name", "date", "time", "status", "type",
        "uom", "group", "category", "account", "tax", "days", "age", "location", "number", "no", "track",
        "level", "unavailable", "afn", "pending", "lineitem", "received", "issued", "valor", "valore", "wert",
        "purchase", "purchased", "expected", "percentage", "alert", "low", *TIMES, "box", "boxes",
        "carton", "cartons", "ctn", "ctns",
        "case", "cases",
    }),
    FieldKind.MONEY: frozenset({
        "cost", "costo", "coste", "cogs", "landed", "purchase", "purc", "buying", "supply", "supplier",
        "acquisto", "compra", "einkauf", "einkaufspreis", "achat", "tax", "gst", "vat", "iva", "discount",
        "sconto", "descuento", "promo", "margin", "markup", "opening", "inward", "inwards", "outward",
        "outwards", "value", "amount", "total", "account", "name", "date", "type", "code", "qty", "quantity",
        "old", "previous", "last", "percentage", "description", "scheme", "wholesale",
        "dealer", "valuation", "special", "lineitem", *TIMES,
        "inkoop", "inkoopprijs", "wsp",
    }),
}
"""Words that make a longer header something else, in all feeds alike; each field adds its own decoys."""

ATTRIBUTES = frozenset({
    "length", "width", "height", "breadth", "depth", "weight", "size", "volume", "year", "month", "week",
    "day", "season", "gst", "hsn", "igst", "cgst", "sgst", "cess", "pack", "box", "case", "moq", "uom",
    "unit", "units", "index", "serial", "sr", "sl", "s", "row", "version", "rating", "views", "count", "jan",
    "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "january", "february",
    "march", "april", "june", "july", "august", "september", "october", "november", "december", "peso",
    "largo", "ancho", "alto", "phone", "mobile", "pincode", "zip", "fax", "rank", "priority", "position",
    "discount", "margin", "percent", "total", "sum", "grand", "lead", "shelf", "life", "op", "opn", "cl",
    "book", "physical", "system", "counted", "as", "dated", "till", "upto", "today", "yesterday",
})
"""Words of figures about an item that are no stock anywhere."""

PLACE_COMPANIONS = frozenset({
    "code", "name", "id", "no", "number", "key", "codigo", "codice", "nome", "nombre", "the", "of", "de",
    "nr",
})
"""What may stand beside `store` or `warehouse` in the header of a location column."""

PLACE_CODE = frozenset({"code", "id", "codigo", "codice", "no", "nr"})
"""What makes a location column one of codes."""
# fmt: on
