"""Exports that nobody would call clean: re-saved, wrapped, printed, grouped, in the encodings of their offices."""

from __future__ import annotations

import csv
import html
import json

from tests.exports.kit import (
    EANS,
    GOODS,
    TOTAL,
    Export,
    as_csv,
    as_xlsx,
    book,
    comma,
    file,
    indian,
    lines,
    spots,
    text,
)

STOCK = {"inventory.sku": "Item Code", "inventory.quantity": "Stock", "price.mrp": "MRP"}
PLAIN = ["Item Code", "Item Name", "Stock", "MRP"]


def _plain(good):
    return [good.code, good.name, good.qty, f"{good.mrp:.2f}"]


def _wrapped() -> str:
    """Each line of a CSV as one quoted cell, as Excel saves a file that was opened with the wrong delimiter."""
    inner = text([PLAIN, *lines(lambda g: [g.code, f'{g.name}, "new"', g.qty, f"{g.mrp:.2f}"])], ",")
    return "".join('"' + line.replace('"', '""') + '"\r\n' for line in inner.splitlines())


def _page() -> str:
    rows = [PLAIN, *lines(_plain)]
    cells = ("".join(f"<td nowrap>&nbsp;{html.escape(str(cell))}</td>" for cell in row) for row in rows)
    return (
        "<html><body><table><tr><td colspan=4><b>Stock Summary</b></td></tr>"
        + "".join(f"<tr>{row}</tr>" for row in cells)
        + "</table></body></html>"
    )


def _printed() -> str:
    """A report of a DOS program: pages of ten rows, each with its title and header, dashes, a total of the page."""
    out = []
    for page in range(0, len(GOODS), 6):
        out.append(f"\x0cARANYA CRAFTS{'':40}Page : {page // 6 + 1}")
        out += ["STOCK STATEMENT AS ON 12/11/2025", "-" * 78]
        out += [f"{'ITEM CODE':<14}{'PRODUCT NAME':<30}{'STOCK':>8}{'M.R.P.':>12}{'RATE':>12}", "-" * 78]
        some = GOODS[page : page + 6]
        out += [f"{g.code:<14}{g.name[:28]:<30}{g.qty:>8}{g.mrp:>12.2f}{g.esp:>12.2f}" for g in some]
        out += ["-" * 78, f"{'':<14}{'Page Total':<30}{sum(g.qty for g in some):>8}", ""]
    out += [f"{'':<14}{'GRAND TOTAL':<30}{TOTAL:>8}", "*** End of Report ***"]
    return "\r\n".join(out) + "\r\n\x1a"


def _grouped() -> list[list[object]]:
    """Groups with subtotals, and the total of all."""
    rows: list[list[object]] = []
    for place in range(0, len(GOODS), 5):
        some = GOODS[place : place + 5]
        rows += [[f"Group {place // 5 + 1}", "", "", ""], *[list(_plain(good)) for good in some]]
        rows += [["", "Sub Total", sum(good.qty for good in some), ""]]
    return [*rows, ["", "Grand Total", TOTAL, ""]]


MESSY = (
    Export("resaved-in-one-column.csv", file(_wrapped()), columns=STOCK, spots=spots(price="mrp")),
    Export(
        "semicolons-in-column-a.xlsx",
        book({"Sheet1": [[";".join(map(str, row))] for row in [PLAIN, *lines(_plain)]]}),
        columns=STOCK,
        spots=spots(price="mrp"),
    ),
    Export("tally-page.xls", file(_page()), columns=STOCK, spots=spots(price="mrp")),
    Export(
        "marg-dos-report.prn",
        file(_printed()),
        columns={"inventory.sku": "ITEM CODE", "inventory.quantity": "STOCK", "price.mrp": "M.R.P."},
        spots=spots(),
    ),
    Export(
        "busy-groups.xlsx",
        book({"Sheet1": [["ARANYA"], ["Stock by group"], PLAIN, *_grouped()]}),
        columns=STOCK,
        spots=spots(price="mrp"),
    ),
    Export(
        "busy-groups.csv",
        file("ARANYA,,,\r\nStock by group,,,\r\n" + text([PLAIN, *_grouped()], ",")),
        columns=STOCK,
        spots=spots(price="mrp"),
    ),
    as_csv(
        "excel-unicode-text.txt",
        "|".join(PLAIN),
        _plain,
        STOCK,
        delimiter="\t",
        encoding="utf-16",
        price="mrp",
    ),
    as_csv(
        "vinculum-stock.csv",
        "Sku Code|Sku Desc|Location Code|Bucket|Available Qty|Blocked Qty|Total Qty|MRP",
        lambda g: [g.code, g.name, "BLR-01", "Good", g.qty, 0, g.qty, g.mrp],
        {
            "inventory.sku": "Sku Code",
            "inventory.quantity": "Available Qty",
            "inventory.location_id": "Location Code",
        },
        price="mrp",
    ),
    as_xlsx(
        "sap-b1-in-warehouse.xlsx",
        "#|Item No.|Item Description|In Stock|Committed|Ordered|Available|Item Price",
        lambda g: [g.n + 1, g.code, g.name, g.qty + 2, 2, 0, g.qty, g.esp],
        {"inventory.sku": "Item No.", "inventory.quantity": "Available"},
        above=[["Inventory in Warehouse Report"], ["OEC Computers"], ["Warehouse:", "01 - General"]],
    ),
    as_csv(
        "zucchetti-esistenze.csv",
        "Codice articolo|Descrizione|U.M.|Esistenza|Prezzo listino|Prezzo vendita",
        lambda g: [g.code, g.name + " qualità", "PZ", f"{comma(g.qty)}", comma(g.mrp), comma(g.esp)],
        {
            "inventory.sku": "Codice articolo",
            "inventory.quantity": "Esistenza",
            "price.mrp": "Prezzo listino",
            "price.esp": "Prezzo vendita",
        },
        delimiter=";",
        encoding="cp1252",
        above="Ditta: Aranya S.r.l.;;;;;\r\nInventario al 12/11/2025;;;;;\r\n;;;;;\r\n",
        below=f";Totale generale;;{comma(TOTAL)};;\r\n",
    ),
    as_csv(
        "shopify-inventory-states.csv",
        "Handle|Title|Option1 Name|Option1 Value|SKU|HS Code|COO|Location|Bin name|Incoming (not editable)|"
        "Unavailable (not editable)|Committed (not editable)|Available (not editable)|On hand (current)|On hand (new)",
        lambda g: [
            g.code.lower(),
            g.name,
            "Size",
            "M",
            g.code,
            "",
            "IN",
            "BLR-01",
            "",
            0,
            0,
            0,
            g.qty,
            g.qty,
            "",
        ],
        {"inventory.sku": "SKU", "inventory.quantity": "Available (not editable)"},
        price="",
    ),
    as_csv(
        "amazon-fba-manage.txt",
        "sku|fnsku|asin|product-name|condition|your-price|mfn-listing-exists|mfn-fulfillable-quantity|afn-listing-exists|"
        "afn-warehouse-quantity|afn-fulfillable-quantity|afn-unsellable-quantity|afn-reserved-quantity|afn-total-quantity",
        lambda g: [
            g.code,
            f"X00{g.n:07d}",
            f"B0{g.n:08d}",
            g.name,
            "New",
            f"{g.esp:.2f}",
            "Yes",
            g.qty,
            "No",
            "",
            "",
            "",
            "",
            "",
        ],
        {"inventory.sku": "sku", "inventory.quantity": "mfn-fulfillable-quantity"},
        delimiter="\t",
        encoding="cp1252",
    ),
    as_csv(
        "hospital-pharmacy.csv",
        "Sl No|Drug Code|Drug Name|Strength|Batch No|Expiry Date|Rack|MRP|Closing Stock",
        lambda g: [
            g.n + 1,
            g.code,
            f"TAB. {g.name.upper()} µg",
            "500MG",
            f"B{g.n:04d}",
            "03/2027",
            f"R-{g.n}",
            f"{g.mrp:.2f}",
            f"{g.qty} Tab",
        ],
        {"inventory.sku": "Drug Code", "inventory.quantity": "Closing Stock", "price.mrp": "MRP"},
        encoding="cp1252",
        above='CITY HOSPITAL TRUST,,,,,,,,\r\n"Pharmacy Stock as on 12-Nov-2025, 06:00 PM",,,,,,,,\r\n',
        price="mrp",
        below=",,,,,,,,\r\nPrepared by:,,,Checked by:,,,,,\r\n",
    ),
    as_xlsx(
        "ginesys-report.xlsx",
        "Barcode|Item Name|Division|Section|Department|Closing Qty|MRP|RSP",
        lambda g: [EANS[g.n], g.name, "LADIES", "ETHNIC", "KURTA", g.qty, g.mrp, g.esp],
        {
            "inventory.sku": "Barcode",
            "inventory.quantity": "Closing Qty",
            "price.mrp": "MRP",
            "price.esp": "RSP",
        },
        keys=EANS,
        above=[
            ["Report Name :", "Site Stock"],
            ["Filter :", "Site = BLR"],
            ["Run On :", "12-Nov-2025 18:22"],
            [],
        ],
        below=[[], ["", "", "", "", "Total :", TOTAL], [], ["*** End Of Report ***"]],
    ),
    as_csv(
        "excel-german.csv",
        "Artikelnummer|Bezeichnung|Bestand|UVP|VK-Preis",
        lambda g: [f'="{g.code}"', g.name + " für Damen", g.qty, comma(g.mrp), comma(g.esp)],
        {
            "inventory.sku": "Artikelnummer",
            "inventory.quantity": "Bestand",
            "price.mrp": "UVP",
            "price.esp": "VK-Preis",
        },
        delimiter=";",
        encoding="cp1252",
        above="sep=;\r\n",
    ),
    as_csv(
        "subiekt-magazyn.csv",
        "Indeks|Nazwa towaru|Jm|Stan magazynowy|Cena detaliczna brutto",
        lambda g: [g.code, g.name + " – żółta łódź", "szt.", f"{g.qty},00", comma(g.esp)],
        {"inventory.sku": "Indeks", "inventory.quantity": "Stan magazynowy"},
        delimiter=";",
        encoding="cp1250",
    ),
    as_csv(
        "omie-estoque.csv",
        "Código (SKU)|Descrição|Unidade|Estoque atual|Preço de venda",
        lambda g: [g.code, g.name + " não", "UN", comma(g.qty), comma(g.esp)],
        {"inventory.sku": "Código (SKU)", "inventory.quantity": "Estoque atual"},
        delimiter=";",
        quote=csv.QUOTE_ALL,
        encoding="cp1252",
        price="",
    ),
    as_csv(
        "kingdee-kucun.csv",
        "商品编码|商品名称|规格|库存数量|零售价",
        lambda g: [g.code, f"蓝色衬衫{g.n}号", "M", g.qty, f"{g.esp:.2f}"],
        {"inventory.sku": "商品编码", "inventory.quantity": "库存数量"},
        encoding="gb18030",
    ),
    as_csv(
        "zaiko.csv",
        "商品コード|商品名|在庫数|価格",
        lambda g: [g.code, f"青いシャツ{g.n}", g.qty, f"{g.esp:.0f}"],
        {"inventory.sku": "商品コード", "inventory.quantity": "在庫数"},
        encoding="cp932",
        price="",
    ),
    Export(
        "woo-api.json",
        file(
            json.dumps(
                [
                    {
                        "id": g.n + 100,
                        "sku": g.code,
                        "name": g.name,
                        "regular_price": f"{g.mrp:.2f}",
                        "sale_price": f"{g.esp:.2f}",
                        "stock_quantity": g.qty,
                        "manage_stock": True,
                        "images": [{"src": "https://x/1.jpg"}],
                        "dimensions": {"length": "", "width": ""},
                    }
                    for g in GOODS
                ]
            )
        ),
        columns={
            "inventory.sku": "sku",
            "inventory.quantity": "stock_quantity",
            "price.mrp": "regular_price",
            "price.esp": "sale_price",
        },
        spots=spots(),
    ),
    as_csv(
        "logic-erp-stock.csv",
        "Item Code|Item Name|Shade|Size|Cl.Stk|M.R.P|Sale Rate|Pur.Rate",
        lambda g: [
            f"'{g.code}",
            g.name,
            "BLU",
            "M",
            f"{g.qty}.00 ",
            indian(g.mrp),
            indian(g.esp),
            indian(g.esp * 0.6),
        ],
        {
            "inventory.sku": "Item Code",
            "inventory.quantity": "Cl.Stk",
            "price.mrp": "M.R.P",
            "price.esp": "Sale Rate",
        },
        above=",,,,,,,\r\n,,,LOGIC ERP,,,,\r\n,,,,,,,\r\n",
        below=f",,,,{TOTAL}.00,,,\r\n",
    ),
    as_csv(
        "meesho-inventory.csv",
        "CATALOG NAME|CATALOG ID|PRODUCT NAME|STYLE ID|VARIATION|STOCK|SYSTEM STOCK COUNT|YOUR STOCK COUNT",
        lambda g: [g.name, 5500 + g.n, g.name, g.code, "Free Size", "In Stock", g.qty, ""],
        {"inventory.sku": "STYLE ID", "inventory.quantity": "SYSTEM STOCK COUNT"},
        price="",
    ),
    as_csv(
        "retailpro-dump.txt",
        "ALU|DESC1|DESC2|ATTR|SIZE|QTY_OH|PRICE1",
        lambda g: [g.code, g.name, "", "BLU", "M", g.qty, f"{g.esp:.2f}"],
        {"inventory.sku": "ALU", "inventory.quantity": "QTY_OH"},
        delimiter="|",
        encoding="cp850",
        price="",
    ),
    as_csv(
        "woocommerce-variations.csv",
        "ID|Type|SKU|Name|Published|In stock?|Stock|Regular price|Sale price|Description",
        lambda g: [
            g.n,
            "variation",
            g.code,
            g.name,
            1,
            1 if g.qty else 0,
            g.qty,
            g.mrp,
            g.esp,
            f'<p style="x">Soft,\n"new" {g.name}</p>',
        ],
        {
            "inventory.sku": "SKU",
            "inventory.quantity": "Stock",
            "price.mrp": "Regular price",
            "price.esp": "Sale price",
        },
        encoding="utf-8-sig",
    ),
    as_xlsx(
        "petpooja-stock.xlsx",
        "Sr. No.|Raw Material|Item Code|Closing Stock|Unit|Selling Price (₹)|MRP (₹)",
        lambda g: [
            g.n + 1,
            g.name,
            g.code,
            f"{g.qty}.000",
            "NOS",
            f"₹ {indian(g.esp)}",
            f"₹ {indian(g.mrp)}",
        ],
        {"inventory.sku": "Item Code", "inventory.quantity": "Closing Stock"},
        above=[["Closing stock report"], ["Restaurant : Aranya Cafe", None, None, "Date : 2025-11-12"]],
    ),
    as_xlsx(
        "cin7-stock-on-hand.xlsx",
        "Product Code|Product Name|Option 1|Branch|SOH|Available|Retail Price",
        lambda g: [g.code, g.name, "M", "BLR-01", g.qty, g.qty, g.esp],
        {"inventory.sku": "Product Code", "inventory.quantity": "Available"},
    ),
    as_csv(
        "tab-padded-codes.csv",
        "|".join(PLAIN),
        lambda g: [f"\t{g.code}\xa0", g.name, f" {g.qty} ", f"{g.mrp:.2f}/-"],
        STOCK,
        price="mrp",
    ),
    as_csv(
        "trailing-semicolons.csv",
        "|".join([*PLAIN, "", ""]),
        lambda g: [*_plain(g), "", ""],
        STOCK,
        delimiter=";",
        price="mrp",
    ),
)
