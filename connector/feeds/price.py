"""Prices: MRP and effective selling price per location and SKU (konnect-api.md 5.1)."""

from __future__ import annotations

from connector.feeds.common import LOCATION, SKU
from connector.feeds.feed import Feed, Field, FieldKind, words

NO_PRICE = words(
    """
        cost, costing, costo, custo, coût, cout, kosten, purchase, purc, buying, supply, supplier, landed,
        landing, wholesale, ingrosso, dealer, ptr, pts, acquisto, compra, einkauf, einkaufspreis, ek,
        achat, value, amount, total, tax, vat, gst, iva, mwst, tva, igst, cgst, sgst, duty, discount, disc,
        margin, markup, scheme, percent, percentage, date, data, account, currency, unit, quantity, qty,
        stock, weight, promo, promotional, shipping, freight, commission, min, max, old, previous,
        competitor, exchange, loyalty, points, valuation, special,
        alış, zakup, zakupu, закупочная, закупки, себестоимость,
        inkoop, inkoopprijs, wsp
        """
)

ESP = Field(
    name="esp",
    label="selling price",
    kind=FieldKind.MONEY,
    synonyms=words(
        """
        esp, effective selling price, effective price, expected selling price, selling price,
        selling_price, sellingprice, sale price, sales price, sale rate, sales rate, selling rate, sp,
        s.p., s. price, s.price, s rate, offer price, our price, deal price, net selling price, nsp,
        retail price, retail_price, retail rate, online price, web price, website price, shop price,
        price effective, final price, net price, net rate, price, rate, unit price, item price,
        standard price, price a, price 1, rate a, a rate, cash price, rsp, prezzo di vendita,
        prezzo vendita, prezzo, prezzo netto, prezzo al pubblico, prezzo finale, precio de venta,
        precio venta, precio venta 1, venta 1, venta1, $ venta1, $ venta 1, venta, precio, pvp,
        precio final, precio neto, precio unitario, verkaufspreis, vk, vk preis, vk-preis, vk brutto,
        preis, ladenpreis, endpreis, prix de vente, prix vente, prix, prix ttc, pv ttc, prix de vente ttc,
        pv, preço de venda, preco de venda, preço venda, preço, preco, valor de venda, brutto vk, vk netto,
        verkoopprijs, prijs, winkelprijs, cena, cena sprzedaży, cena detaliczna, cena brutto, fiyat,
        satış fiyatı, цена, розничная цена, цена розничная, цена продажи, السعر, 价格, 售价,
        零售价, 價格, 售價, 零售價, 価格, 販売価格, 가격, 판매가, 판매가격, prodejní cena, predajná cena, ár,
        eladási ár, preț, preţ, pret,
        preț vânzare, cijena, prodajna cijena, mpc, kaina, τιμή, τιμή πώλησης, λιανική τιμή, מחיר, ราคา, pris,
        försäljningspris, salgspris, hinta, ціна,
        your price, your selling price, variant price, विक्रय मूल्य, बिक्री मूल्य, मूल्य, दर, भाव, कीमत
        """
    ),
    decoys=(
        *NO_PRICE,
        *words(
            """
        mrp, m.r.p., maximum retail, listino, list
        """
        ),
    ),
    may_share="mrp",
)

MRP = Field(
    name="mrp",
    label="MRP",
    kind=FieldKind.MONEY,
    synonyms=words(
        """
        mrp, m.r.p., m.r.p, m r p, maximum retail price, max retail price, maximum retail rate, mrp rate,
        mrp price, mrp (rs), mrp rs, mrp inr, item mrp, product mrp, printed price, printed mrp,
        marked price, tag price, label price, list price, listprice, compare at price, compare price, rrp,
        r.r.p., recommended retail price, msrp, regular price, full price, price marked, original price,
        listino, prezzo di listino, prezzo listino, prezzo consigliato, precio de lista, precio lista,
        pvp recomendado, precio sugerido, precio máximo, precio maximo, uvp, listenpreis,
        unverbindliche preisempfehlung, prix conseillé, prix conseille, prix catalogue, prix public, ppc,
        preço de tabela, preco de tabela, preço máximo, preco maximo, preço sugerido, adviesprijs,
        catalogusprijs, variant compare at price, prix public conseillé, cena katalogowa, एमआरपी,
        定价, 定價, 定価, 希望小売価格, 소비자가, doporučená cena, एम.आर.पी., अधिकतम खुदरा मूल्य, अंकित मूल्य
        """
    ),
    decoys=tuple(word for word in NO_PRICE if word not in {"max", "total"}),
    may_share="esp",
)

CURRENCY = Field(
    name="currency",
    label="currency",
    kind=FieldKind.CURRENCY,
    synonyms=words(
        """
        currency, currency code, currencycode, curr, cur, ccy, price currency, iso currency, valuta,
        divisa, moneda, código de moneda, währung, waehrung, devise, monnaie, moeda, मुद्रा
        """
    ),
    decoys=words(
        """
        exchange, rate, symbol, cambio
        """
    ),
    required=False,
)

PRICE = Feed(
    name="price",
    label="prices",
    fields=(LOCATION, SKU, ESP, MRP, CURRENCY),
    values=("mrp", "esp", "currency"),
)
