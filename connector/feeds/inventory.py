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
        sellable qty, sellable quantity, sellable, location available, location on hand,
        saleable stock, saleable qty, free stock, free qty,
        fulfillable quantity, fulfillable qty, afn fulfillable quantity, available to sell,
        available to promise, atp, ats, unrestricted, unrestricted stock, unrestricted use stock,
        net stock, nett stock, current stock, current qty, current quantity, current stock level,
        closing stock, closing stk, closing, closing stock qty, closing qty, closing quantity,
        closing balance quantity, closing balance qty, closing balance, cl stock, cl. stock, cl qty,
        cl. qty, cls stock, clstk, balance qty, balance quantity, balance stock, bal qty, bal. qty,
        balance, stock qty, stock quantity, stock_quantity, stockqty, stock level, stock in hand,
        qty in hand, quantity in hand, qty in stock, quantity in stock, your stock count, ending stock,
        ending qty, ending quantity, ending inventory, ending balance, qoh, q.o.h., stk, stk qty, bal stk,
        bal, stock balance, remaining, remaining qty, remaining quantity, remaining stock, system stock,
        system qty, book stock, in stock, instock, stock, stocks, inventory, inventory qty,
        inventory quantity, inventory level, inventory count, total stock, total qty, total quantity,
        physical stock, actual stock, actual qty, count, pcs, pieces, nos, units, no of units,
        disponibilita, disponibilità, quantita, quantità, q.ta, q.tà, qta, qtà, giacenza, giacenze,
        esistenza, disponibile, pezzi, scorta, cantidad, existencia, existencias, disponible,
        disponibilidad, stock actual, cant, cant., stock disponible, unidades, menge, bestand,
        lagerbestand, verfügbar, verfuegbar, anzahl, stückzahl, stueckzahl, verfügbare menge, stück,
        quantité, quantite, qté, qte, stock disponible actuel, disponibilité, en stock, quantité en stock,
        qté en stock, dispo, quantidade, qtde, qtd, qtd., estoque, saldo, saldo em estoque, disponível,
        disponivel, existência, estoque atual, stock real, stock réel, stock fisico, stock físico,
        giacenza attuale, auf lager, freier bestand, frei verwendbar, verfügbarer bestand, lagermenge,
        voorraad, beschikbaar, beschikbare voorraad, aantal, stan, stan magazynowy, ilość, dostępna ilość,
        stok, fiili stok, miktar, mevcut, adet, dostępne, saldo disponível,
        остаток, остатки, количество, в наличии, الكمية, المخزون, 库存, 库存数量,
        可用库存, 数量, 庫存, 庫存數量, 數量, 在庫数, 在庫, 재고, 재고수량, 수량,
        množství, skladem, stav skladu, množstvo,
        na sklade, mennyiség, készlet, cantitate, stoc, količina, stanje, zaliha, kiekis, likutis, daudzums,
        atlikums, krājums, ποσότητα, απόθεμα, υπόλοιπο, כמות, מלאי, כמות במלאי, จำนวน, คงเหลือ, สต็อก, antal,
        lagersaldo, lagerbeholdning, på lager, määrä, varasto, кількість, залишок, наличност, साठा, शिल्लक,
        जत्था, સ્ટોક, જથ્થો, স্টক, পরিমাণ, இருப்பு, मात्रा, स्टॉक, शेष, शेष मात्रा,
        अंतिम स्टॉक, उपलब्ध, उपलब्ध मात्रा, संख्या
        """
    ),
    decoys=words(
        """
        opening, op, opn, starting, start, beginning, begin, reorder, re-order, restock, minimum, min,
        maximum, max, safety, cost, purchase, purc, value, amount, rate, price, tax, committed, reserved,
        blocked, allocated, transit, incoming, inward, outward, ordered, order, on order, sold, sales,
        sale, return, returned, damaged, damage, defective, expired, scheme, futura, future, backorder,
        composite, date, status, account, pack, package, weight, adjustment, adjusted, adjust, adj,
        correction, variance, change, changes, difference, diff, delta, movement, moved, ajuste,
        differenza, differenz, diferencia, out, qty in, quantity in, in qty, in quantity, restricted,
        quality insp, quality inspection, in quality, insp, inspection, hold, quarantine, gesperrt,
        unsellable, unfulfillable, inbound, outbound, researching, tracker, policy, mini, bad, cart, days,
        apertura, inicial, iniziale, minima, minimo, mínimo, anfangsbestand, mindestbestand, réservé,
        reservado, impegnata, impegnato, ordinato, is, track, प्रारंभिक
        """
    ),
)

INVENTORY = Feed(
    name="inventory",
    label="stock levels",
    fields=(LOCATION, SKU, QUANTITY),
    values=("quantity",),
)
