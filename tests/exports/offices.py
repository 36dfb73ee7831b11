"""Exports of ERP systems, from cloud to green screen, and of the programs of other countries."""

from __future__ import annotations

import csv

from tests.exports.kit import (
    EANS,
    GOODS,
    TOTAL,
    Export,
    as_csv,
    as_xlsx,
    comma,
    file,
    spots,
)

OFFICE = (
    as_csv(
        "zoho-inventory-items.csv",
        "Item ID|Item Name|SKU|HSN/SAC|Rate|Account|Product Type|Purchase Rate|Reorder Level|Opening Stock|"
        "Stock On Hand|Status",
        lambda g: [460000000 + g.n, g.name, g.code, "6204", f"INR {g.esp:.2f}", "Sales", "goods",
            f"INR {g.esp * .5:.2f}", 5, 100, f"{g.qty}.00", "Active"],
        {"inventory.sku": "SKU", "inventory.quantity": "Stock On Hand", "price.esp": "Rate"},
    ),
    as_xlsx(
        "odoo-stock-quant.xlsx", "Location|Product/Internal Reference|Product/Name|Lot/Serial Number|"
        "On Hand Quantity|Available Quantity|UoM",
        lambda g: ["BLR-01", g.code, g.name, "", g.qty + 2, g.qty, "Units"],
        {"inventory.sku": "Product/Internal Reference", "inventory.quantity": "Available Quantity",
         "inventory.location_id": "Location"}, price="",
    ),
    as_csv(
        "erpnext-stock-balance.csv",
        "Item|Item Name|Item Group|Warehouse|Stock UOM|Balance Qty|Balance Value|Opening Qty|Opening Value|"
        "In Qty|In Value|"
        "Out Qty|Out Value|Valuation Rate|Reorder Level",
        lambda g: [g.code, g.name, "Wear", "BLR-01", "Nos", g.qty, g.qty * g.esp, 10, 10 * g.esp, 5, 5 * g.esp,
            3, 3 * g.esp, g.esp, 0],
        {"inventory.sku": "Item", "inventory.quantity": "Balance Qty", "inventory.location_id": "Warehouse"},
        quote=csv.QUOTE_ALL, price="",
    ),
    as_xlsx(
        "quickbooks-inventory.xlsx", "Product/Service|SKU|Qty On Hand|Qty on PO|Avg Cost|Asset Value|Sales Price",
        lambda g: [g.name, g.code, g.qty, 0, g.esp * .5, g.qty * g.esp * .5, g.esp],
        {"inventory.sku": "SKU", "inventory.quantity": "Qty On Hand", "price.esp": "Sales Price"},
        above=[["Aranya Crafts"], ["Inventory Valuation Summary"], ["As of November 12, 2025"], []],
        below=[["TOTAL", "", TOTAL, 0, "", 9999.0, ""], [], ["Wednesday, Nov 12, 2025 10:02 AM GMT+05:30"]],
    ),
    Export(
        "sap-mb52.txt",
        file("\r\n".join([
            "12.11.2025                     Dynamische Listenausgabe                          1",
            "-" * 78,
            "|Material  |Werk|LOrt|Materialkurztext         |BME|   Frei verwendbar|",
            "-" * 78,
            *[f"|{c:<10}|1000|0001|{t[:25]:<25}|ST |{q:>18}|" for c, t, q, _m, _s in GOODS],
            "-" * 78, ""]), "cp1252"),
        columns={"inventory.sku": "Material", "inventory.quantity": "Frei verwendbar"}, spots=spots(price=""),
    ),
    as_csv(
        "jde-item-availability.csv", "2nd Item Number|Description|Branch/Plant|Location|On Hand|Committed|"
        "Available|UoM",
        lambda g: [g.code, g.name, "BLR-01", ".", g.qty + 4, 4, g.qty, "EA"],
        {"inventory.sku": "2nd Item Number", "inventory.quantity": "Available"}, price="",
        asks="which column is location_id?",
    ),
    as_xlsx(
        "navision-item-list.xlsx", "No.|Description|Inventory|Base Unit of Measure|Unit Cost|Unit Price|"
        "Vendor No.|Search Description",
        lambda g: [g.code, g.name, g.qty, "PCS", g.esp * .5, g.esp, "V00010", g.name.upper()],
        {"inventory.sku": "No.", "inventory.quantity": "Inventory", "price.esp": "Unit Price"}, sheet="Item List",
    ),
    as_csv(
        "sage50-stock.csv", "Product Code|Description|Category|Sales Price|Quantity In Stock|"
        "Quantity Allocated|Quantity On Order|Last Cost Price",
        lambda g: [g.code, g.name, 1, f"{g.esp:.2f}", f"{g.qty}.00", "0.00", "0.00", f"{g.esp * .5:.2f}"],
        {"inventory.quantity": "Quantity In Stock", "price.esp": "Sales Price"},
    ),
    Export(
        "as400-spool.txt",
        file("\r\n".join([
            "INV410                    ARANYA CRAFTS LTD                     PAGE    1",
            "12/11/25  10:22         STOCK ON HAND BY ITEM",
            "",
            f"{'ITEM NO':<12}{'DESCRIPTION':<28}{'ON HAND':>9}{'LIST PRICE':>14}",
            f"{'-' * 10:<12}{'-' * 26:<28}{'-' * 8:>9}{'-' * 12:>14}",
            *[f"{c:<12}{t[:26]:<28}{q:>9}{s:>14,.2f}" for c, t, q, _m, s in GOODS],
            "", "                        *** END OF REPORT ***", ""])),
        columns={"inventory.sku": "ITEM NO", "inventory.quantity": "ON HAND", "price.esp": "LIST PRICE"},
            spots=spots(),
    ),
    as_csv(
        "netsuite-items.csv", "Name|Display Name|Type|Base Price|Location On Hand|Location Available|"
        "Inventory Location",
        lambda g: [g.code, g.name, "Inventory Item", g.esp, g.qty + 1, g.qty, "BLR-01"],
        {"inventory.quantity": "Location Available", "inventory.location_id": "Inventory Location"}, price="",
        asks="no column for sku",
    ),
    as_xlsx(
        "dynamics-onhand.xlsx", "Item number|Product name|Site|Warehouse|Physical inventory|Physical reserved|"
        "Available physical|Ordered in total",
        lambda g: [g.code, g.name, "1", "BLR-01", g.qty + 1, 1, g.qty, 0],
        {"inventory.sku": "Item number", "inventory.quantity": "Available physical",
         "inventory.location_id": "Warehouse"}, price="", asks="which column is location_id?",
    ),
    as_csv(
        "oracle-onhand.csv", "Organization|Item|Item Description|Subinventory|Locator|UOM|On Hand|"
        "Available to Reserve|Available to Transact",
        lambda g: ["BLR", g.code, g.name, "FG", "", "Ea", g.qty, g.qty, g.qty],
        {"inventory.sku": "Item"}, price="",
    ),
)  # fmt: skip

EUROPE = (
    as_csv(
        "danea-giacenze.csv", "Cod.|Descrizione|Categoria|U.m.|Giacenza|Prezzo di vendita|Cod. a barre|Fornitore",
        lambda g: [g.code, g.name, "Abbigliamento", "pz", g.qty, comma(g.esp), EANS[g.n], "Aranya"],
        {"inventory.sku": "Cod.", "inventory.quantity": "Giacenza", "price.esp": "Prezzo di vendita"},
        delimiter=";", encoding="cp1252",
    ),
    as_csv(
        "teamsystem-magazzino.csv", "Codice articolo|Descrizione articolo|Magazzino|Esistenza|Impegnato|"
        "Ordinato|Disponibilità|Listino 1",
        lambda g: [g.code, g.name, "BLR-01", f"{g.qty + 2},000", "2,000", "0,000", f"{g.qty},000", comma(g.esp)],
        {"inventory.sku": "Codice articolo", "inventory.quantity": "Disponibilità",
            "inventory.location_id": "Magazzino"},
        delimiter=";", encoding="cp1252",
    ),
    as_csv(
        "sage-fr-stock.csv", "Référence|Désignation|Dépôt|Qté en stock|Qté réservée|Stock disponible|"
        "Prix de vente TTC|Prix d'achat",
        lambda g: [g.code, g.name, "BLR-01", g.qty + 1, 1, g.qty, comma(g.esp).replace(".", "\u202f"),
            comma(g.esp / 2).replace(".", "\u202f")],
        {"inventory.sku": "Référence", "inventory.quantity": "Stock disponible", "inventory.location_id": "Dépôt",
         "price.esp": "Prix de vente TTC"}, delimiter=";",
    ),
    as_csv(
        "a3-existencias.csv", "Código|Descripción|Familia|Almacén|Existencias|Precio venta|PVP|Última compra",
        lambda g: [g.code, g.name, "Ropa", "BLR-01", f"{g.qty},00", comma(g.esp), comma(g.mrp), "12.11.2025"],
        {"inventory.sku": "Código", "inventory.quantity": "Existencias", "inventory.location_id": "Almacén"},
        delimiter=";", encoding="latin-1", asks="which column is esp?",
    ),
    as_csv(
        "lexware-artikel.csv", "Artikelnummer|Bezeichnung|Warengruppe|Lagerbestand|Mindestbestand|Einheit|"
        "VK brutto|EK netto|Letzte Änderung",
        lambda g: [g.code, g.name, "Kleidung", f"{g.qty},00", "2,00", "Stk", comma(g.esp), comma(g.esp / 2),
            "12.11.2025"],
        {"inventory.sku": "Artikelnummer", "inventory.quantity": "Lagerbestand", "price.esp": "VK brutto"},
        delimiter=";", encoding="cp1252",
    ),
    as_csv(
        "bling-saldo.csv", "Código|Produto|Unidade|Depósito|Saldo disponível|Preço de venda|Preço de custo",
        lambda g: [g.code, g.name, "UN", "BLR-01", f"{g.qty},0000", comma(g.esp), comma(g.esp / 2)],
        {"inventory.sku": "Código", "inventory.quantity": "Saldo disponível", "price.esp": "Preço de venda"},
        delimiter=";",
    ),
    as_csv(
        "logo-stok.csv", "Stok Kodu|Stok Adı|Birim|Fiili Stok|Satış Fiyatı|Alış Fiyatı",
        lambda g: [g.code, g.name, "ADET", f"{g.qty},00", comma(g.esp), comma(g.esp / 2)],
        {"inventory.sku": "Stok Kodu", "inventory.quantity": "Fiili Stok", "price.esp": "Satış Fiyatı"},
        delimiter=";", encoding="cp1254",
    ),
    as_csv(
        "1c-ostatki.csv", "Артикул|Номенклатура|Ед. изм.|Остаток|Цена розничная",
        lambda g: [g.code, g.name, "шт", f"{g.qty},000" if g.qty else "", comma(g.esp).replace(".", "\u00a0")],
        {"inventory.sku": "Артикул", "inventory.quantity": "Остаток", "price.esp": "Цена розничная"},
        delimiter=";", encoding="cp1251", asks="can mean 14000 or 14.000",
            above="Ведомость по товарам на складах\r\nПериод: 12.11.2025\r\n\r\n",
    ),
    as_csv(
        "afas-voorraad.csv", "Itemcode|Omschrijving|Magazijn|Technische voorraad|Beschikbare voorraad|Verkoopprijs",
        lambda g: [g.code, g.name, "BLR-01", g.qty + 3, g.qty, comma(g.esp)],
        {"inventory.sku": "Itemcode", "inventory.quantity": "Beschikbare voorraad", "price.esp": "Verkoopprijs"},
        delimiter=";",
    ),
    as_csv(
        "subiekt-stany.csv", "Symbol|Nazwa|J.m.|Stan|Rezerwacja|Dostępne|Cena detaliczna brutto",
        lambda g: [g.code, g.name, "szt.", g.qty + 1, 1, g.qty, comma(g.esp).replace(".", " ")],
        {"inventory.sku": "Symbol", "inventory.quantity": "Dostępne", "price.esp": "Cena detaliczna brutto"},
        delimiter=";",
    ),
)  # fmt: skip
