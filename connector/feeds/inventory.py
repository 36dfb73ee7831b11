"""Stock levels: absolute pieces per location and SKU (konnect-api.md 5.2)."""

from __future__ import annotations

from connector.feeds.common import LOCATION, SKU
from connector.feeds.feed import Feed, Field, FieldKind, words

QUANTITY = Field(
    name="quantity",
    label="quantity",
    kind=FieldKind.QUANTITY,
    synonyms=words(
        """
        quantity, qty, qty., stock on hand, quantity on hand, qty on hand, on hand, on hand qty, soh,
        available quantity, available qty, available stock, available, available for sale, sellable stock,
        sellable qty, sellable quantity, sellable, saleable stock, saleable qty, free stock, free qty,
        net stock, nett stock, current stock, current qty, current quantity, closing stock,
        closing stock qty, closing qty, closing quantity, closing balance quantity, closing balance qty,
        closing balance, cl stock, cl. stock, cl qty, cl. qty, cls stock, clstk, balance qty,
        balance quantity, balance stock, bal qty, bal. qty, balance, stock qty, stock quantity,
        stock_quantity, stockqty, stock level, stock in hand, stock balance, in stock, instock, stock,
        stocks, inventory, inventory qty, inventory quantity, inventory level, inventory count,
        total stock, total qty, total quantity, physical stock, actual stock, actual qty, count, pcs,
        pieces, nos, units, no of units, disponibilita, disponibilità, quantita, quantità, q.ta, q.tà, qta,
        qtà, giacenza, giacenze, esistenza, disponibile, pezzi, scorta, cantidad, existencia, existencias,
        disponible, disponibilidad, stock actual, cant, cant., stock disponible, unidades, menge, bestand,
        lagerbestand, verfügbar, verfuegbar, anzahl, stückzahl, stueckzahl, verfügbare menge, stück,
        quantité, quantite, qté, qte, stock disponible actuel, disponibilité, en stock, quantité en stock,
        qté en stock, dispo, quantidade, qtde, qtd, qtd., estoque, saldo, saldo em estoque, disponível,
        disponivel, existência, मात्रा, स्टॉक, शेष, शेष मात्रा, अंतिम स्टॉक, उपलब्ध, उपलब्ध मात्रा, संख्या
        """
    ),
    decoys=words(
        """
        opening, reorder, re-order, restock, minimum, min, maximum, max, safety, cost, purchase, purc,
        value, amount, rate, price, tax, committed, reserved, blocked, allocated, transit, incoming,
        inward, outward, ordered, order, on order, sold, sales, sale, return, returned, damaged, damage,
        defective, expired, scheme, futura, future, backorder, composite, date, status, account, pack,
        package, weight, adjustment, adjusted, variance, change, days, apertura, inicial, iniziale, minima,
        minimo, mínimo, anfangsbestand, mindestbestand, réservé, reservado, impegnata, impegnato, ordinato,
        is, track, प्रारंभिक
        """
    ),
)

INVENTORY = Feed(
    name="inventory",
    label="stock levels",
    fields=(LOCATION, SKU, QUANTITY),
    values=("quantity",),
)
