"""Fifty-odd exports as programs of shops write them, whole files: titles, footers, number styles, encodings, containers.

Headers and layout follow the programs' own exports; the goods are made up. `EXPORTS` says of each what must come of it
on first sight, nothing told: how many rows, which column is what, and two values. `WRONG` are other reports of the same
programs, of which nothing may be sent.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import xlsxwriter

GOODS = (
    # code, name, quantity, maximum price, selling price
    ("KRT-101-M", "Kurta Anarkali, indigo M", 14, 1299.0, 1099.0),
    ("KRT-101-L", "Kurta Anarkali, indigo L", 0, 1299.0, 1099.0),
    ("SRE-220-00", "Saree Chanderi gold", 3, 6499.0, 5199.5),
    ("DUP-014-00", "Dupatta Bandhani red", 27, 849.0, 749.0),
    ("JUT-330-38", "Juttis embroidered 38", 6, 1599.0, 1399.0),
    ("JUT-330-40", "Juttis embroidered 40", 9, 1599.0, 1399.0),
    ("SHW-508-00", "Shawl Pashmina grey", 2, 12999.0, 10999.0),
    ("STL-077-00", "Stole cotton block print", 41, 499.0, 449.0),
    ("BLS-119-36", "Blouse silk 36", 5, 1199.0, 999.0),
    ("LHG-901-M", "Lehenga velvet M", 1, 24999.0, 21999.0),
)
EANS = [str(8901234500000 + 17 * place) for place in range(len(GOODS))]
NUMBERS = [str(100480 + 7 * place) for place in range(len(GOODS))]
SPOTS = (0, 2)

Row = Sequence[object]


@dataclass(frozen=True, slots=True)
class Export:
    """One file. `rows` are those of the table; `columns` field by field; `spots` SKU -> (quantity, selling price).

    `asks` is what a person must be asked first, where two columns could be meant and nothing tells which.
    """

    name: str
    write: Callable[[Path], None]
    rows: int = len(GOODS)
    columns: dict[str, str] = field(default_factory=dict)
    spots: dict[str, tuple[int | None, float | None]] = field(default_factory=dict)
    asks: str = ""


def indian(value: float) -> str:
    """12,34,567.50 as India writes it."""
    whole, _, cents = f"{value:.2f}".partition(".")
    head, tail = whole[:-3], whole[-3:]
    parts = [tail]
    while head:
        parts.insert(0, head[-2:])
        head = head[:-2]
    return ",".join(parts) + "." + cents


def comma(value: float) -> str:
    """1.234,50 as most of Europe writes it."""
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


def _text(rows: Iterable[Row], delimiter: str, *, quote: int = csv.QUOTE_MINIMAL) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=quote, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def _file(content: str, encoding: str = "utf-8") -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content.encode(encoding)) and None


def _book(sheets: dict[str, Sequence[Row]]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        book = xlsxwriter.Workbook(str(path))
        for title, rows in sheets.items():
            sheet = book.add_worksheet(title)
            for number, row in enumerate(rows):
                for place, value in enumerate(row):
                    if value is not None:
                        sheet.write(number, place, value)
        book.close()

    return write


def _rows(make: Callable[[int, str, str, int, float, float], Row]) -> list[Row]:
    return [make(place, *goods) for place, goods in enumerate(GOODS)]


def _spots(
    keys: Sequence[str] | None = None, *, quantity: bool = True, price: str = "esp"
) -> dict[str, tuple[int | None, float | None]]:
    """Two values to be found, by the keys of the file."""
    place = {"esp": 4, "mrp": 3}
    return {
        keys[spot] if keys else GOODS[spot][0]: (
            GOODS[spot][2] if quantity else None,
            float(GOODS[spot][place[price]]) if price else None,
        )
        for spot in SPOTS
    }


def _csv(
    name: str, header: str, make: Callable[..., Row], columns: dict[str, str], *, delimiter: str = ",",
    encoding: str = "utf-8", above: str = "", below: str = "", quote: int = csv.QUOTE_MINIMAL,
    keys: Sequence[str] | None = None, quantity: bool = True, price: str = "esp", asks: str = "",
) -> Export:  # fmt: skip
    content = above + _text([header.split("|"), *_rows(make)], delimiter, quote=quote) + below
    return Export(
        name,
        _file(content, encoding),
        columns=columns,
        spots=_spots(keys, quantity=quantity, price=price),
        asks=asks,
    )


def _xlsx(
    name: str, header: str, make: Callable[..., Row], columns: dict[str, str], *, above: Sequence[Row] = (),
    below: Sequence[Row] = (), sheet: str = "Sheet1", keys: Sequence[str] | None = None, quantity: bool = True,
    price: str = "esp", asks: str = "",
) -> Export:  # fmt: skip
    rows = [*above, header.split("|"), *_rows(make), *below]
    return Export(
        name,
        _book({sheet: rows}),
        columns=columns,
        spots=_spots(keys, quantity=quantity, price=price),
        asks=asks,
    )


NAMES = [goods[1] for goods in GOODS]
TOTAL = sum(goods[2] for goods in GOODS)

INDIA = (
    _xlsx(
        "tally-stock-summary.xlsx", "Particulars|Quantity|Rate|Value",
        lambda n, c, t, q, m, s: [t, f"{q} Nos" if q else None, s if q else None, q * s if q else None],
        {"inventory.sku": "Particulars"}, keys=NAMES, price="",
        above=[["Aranya Crafts Pvt Ltd"], ["14, MG Road, Bengaluru"], ["Stock Summary"], ["1-Apr-25 to 12-Nov-25"],
               ["", "Closing Balance"]],
        below=[["Grand Total", f"{TOTAL} Nos", None, 99999.0]],
    ),
    _csv(
        "tally-stock-items.csv", "Name of Item|Part No.|Closing Qty|Standard Selling Price|MRP",
        lambda n, c, t, q, m, s: [t, c, f"{q} Nos", indian(s), indian(m)],
        {"inventory.sku": "Part No.", "inventory.quantity": "Closing Qty", "price.mrp": "MRP"},
        above="Aranya Crafts Pvt Ltd\r\nList of Stock Items\r\n",
    ),
    _xlsx(
        "busy-stock-status.xlsx", "S.No.|Item Name|Alias|Unit|Main Qty.|Sale Price|M.R.P.",
        lambda n, c, t, q, m, s: [n + 1, t, c, "Pcs.", q, s, m],
        {"inventory.sku": "Alias", "inventory.quantity": "Main Qty.", "price.mrp": "M.R.P.", "price.esp": "Sale Price"},
        above=[["ARANYA CRAFTS"], ["Stock Status (All Items)"], ["As on : 12-11-2025"], []],
        below=[["", "TOTAL", "", "", TOTAL, "", ""]],
    ),
    _csv(
        "marg-current-stock.csv", "S.No|ITEM CODE|PRODUCT NAME|PACKING|STOCK|M.R.P.|S.RATE|P.RATE|VALUE",
        lambda n, c, t, q, m, s: [n + 1, c, t.upper(), "1*1", f"{q}.000", f"{m:.2f}", f"{s:.2f}", f"{s * 0.7:.2f}", f"{q * s * 0.7:.2f}"],
        {"inventory.sku": "ITEM CODE", "inventory.quantity": "STOCK", "price.mrp": "M.R.P.", "price.esp": "S.RATE"},
        above="ARANYA CRAFTS,,,,,,,,\r\nSTOCK & SALES STATEMENT AS ON 12/11/2025,,,,,,,,\r\n",
    ),
    _xlsx(
        "vyapar-items.xlsx",
        "Item name*|Item code|HSN|Sale price|Purchase price|Discount Type|Sale Discount|Current stock quantity|"
        "Minimum stock quantity|Item Location|Tax Rate|Inclusive Of Tax|Base Unit (x)",
        lambda n, c, t, q, m, s: [t, c, "6204", s, s * 0.6, "Percentage", 0, q, 5, "", "GST@5%", "Inclusive", "PIECES (Pcs)"],
        {"inventory.sku": "Item code", "inventory.quantity": "Current stock quantity", "price.esp": "Sale price"},
        price="esp",
    ),
    _csv(
        "gofrugal-stock.csv", "Item Code|Item Name|Batch|Stock|MRP|Selling Price|Cost Price|Category|Supplier",
        lambda n, c, t, q, m, s: [c, t, "", f"{q}.00", f"{m:.2f}", f"{s:.2f}", f"{s * .6:.2f}", "Apparel", "Aranya"],
        {"inventory.sku": "Item Code", "inventory.quantity": "Stock", "price.mrp": "MRP", "price.esp": "Selling Price"},
        quote=csv.QUOTE_ALL,
    ),
    _csv(
        "ginesys-site-stock.csv", "SITE_NAME|ICODE|ITEM_NAME|CNAME1|CNAME2|STOCK_QTY|MRP|RSP|WSP",
        lambda n, c, t, q, m, s: ["BLR-01", c, t, "M", "Blue", q, m, s, s * .7],
        {"inventory.sku": "ICODE", "inventory.quantity": "STOCK_QTY", "inventory.location_id": "SITE_NAME",
         "price.mrp": "MRP", "price.esp": "RSP"},
    ),
    _csv(
        "unicommerce-inventory.csv",
        "Product Code|Product Name|EAN|Facility|Shelf|Inventory|Blocked Inventory|Not Found|Damaged|Size|Color|Brand|MRP",
        lambda n, c, t, q, m, s: [c, t, EANS[n], "BLR-01", "DEFAULT", q, 0, 0, 0, "M", "Blue", "Aranya", m],
        {"inventory.sku": "Product Code", "inventory.quantity": "Inventory", "inventory.location_id": "Facility"},
        quote=csv.QUOTE_ALL, price="mrp",
    ),
    _csv(
        "easyecom-inventory.csv",
        "Company Name|Company Product ID|SKU|Accounting SKU|Product Name|Available Inventory|Reserved Inventory|QC Fail|Cost|MRP",
        lambda n, c, t, q, m, s: ["Aranya", 900100 + n, c, f"ACC{n:03d}", t, q, 0, 0, s * .6, m],
        {"inventory.sku": "SKU", "inventory.quantity": "Available Inventory", "price.mrp": "MRP"}, price="mrp",
    ),
    _csv(
        "increff-channel-inventory.tsv", "clientSkuId|availableQuantity|locationCode|minExpiry",
        lambda n, c, t, q, m, s: [c, q, "BLR-01", ""],
        {"inventory.sku": "clientSkuId", "inventory.quantity": "availableQuantity",
         "inventory.location_id": "locationCode"}, delimiter="\t", price="",
    ),
    _csv(
        "flipkart-listings.csv",
        "Seller SKU Id|FSN|Listing ID|Product Title|Sub-category|MRP|Your Selling Price|Your Stock Count|Listing Status",
        lambda n, c, t, q, m, s: [c, f"FSN{n:012d}", f"LST{n:014d}", t, "kurtas", f"{m:.0f}", f"{s:.2f}", q, "ACTIVE"],
        {"inventory.sku": "Seller SKU Id", "inventory.quantity": "Your Stock Count", "price.mrp": "MRP",
         "price.esp": "Your Selling Price"},
    ),
    Export(
        "flipkart-bulk-listing.xlsx",
        _book({"Index": [["Read me"], ["Do not change the header rows"]], "kurta": [
            ["Flipkart Serial Number", "Seller SKU ID", "MRP (INR)", "Your selling price (INR)", "Stock"],
            ["System fills it", "Single - Text", "Single - Positive_integer", "Single - Positive_integer", "Single - Number"],
            *[["", c, m, s, q] for c, _t, q, m, s in GOODS]]}),
        rows=len(GOODS),
        columns={"inventory.sku": "Seller SKU ID", "inventory.quantity": "Stock", "price.mrp": "MRP (INR)",
                 "price.esp": "Your selling price (INR)"},
        spots=_spots(),
    ),
    _csv(
        "myntra-inventory.csv", "style id|sku id|seller sku code|sku code|size|brand|article type|warehouse id|inventory count",
        lambda n, c, t, q, m, s: [22100300 + n, 71100200 + n, c, f"ARNYKRTA{n:05d}", "M", "Aranya", "Kurtas", 28, q],
        {"inventory.sku": "seller sku code", "inventory.quantity": "inventory count"}, price="",
    ),
    _csv(
        "amazon-active-listings.txt",
        "item-name|listing-id|seller-sku|price|quantity|open-date|product-id-type|item-note|item-condition|asin1|"
        "product-id|pending-quantity|fulfillment-channel|status|Maximum Retail Price",
        lambda n, c, t, q, m, s: [t, f"1112{n:06d}", c, f"{s:.1f}", q, "12/11/2025 10:22:31 IST", 1, "", 11,
                                  f"B0C{n:07d}", f"B0C{n:07d}", 0, "DEFAULT", "Active", f"{m:.0f}"],
        {"inventory.sku": "seller-sku", "inventory.quantity": "quantity", "price.esp": "price",
         "price.mrp": "Maximum Retail Price"},
        delimiter="\t", encoding="cp1252",
    ),
    Export(
        "amazon-flat-file.txt",
        _file(_text([
            ["TemplateType=fptcustom", "Version=2025.1109", "The top 3 rows are for Amazon.com use only. Do not modify."],
            ["Seller SKU", "Product Name", "Your Price", "Quantity", "Maximum Retail Price", "Brand Name"],
            ["item_sku", "item_name", "standard_price", "quantity", "maximum_retail_price", "brand_name"],
            *[[c, t, s, q, m, "Aranya"] for c, t, q, m, s in GOODS]], "\t")),
        spots=_spots(),
    ),
    _csv(
        "hindi-stock.csv", "क्रम|वस्तु कोड|वस्तु का नाम|शेष मात्रा|अधिकतम खुदरा मूल्य|विक्रय मूल्य",
        lambda n, c, t, q, m, s: [n + 1, c, t, q, indian(m), indian(s)],
        {"inventory.sku": "वस्तु कोड", "inventory.quantity": "शेष मात्रा", "price.mrp": "अधिकतम खुदरा मूल्य",
         "price.esp": "विक्रय मूल्य"}, encoding="utf-8-sig",
    ),
)  # fmt: skip

SHOPS = (
    _csv(
        "shopify-products.csv",
        "Handle|Title|Body (HTML)|Vendor|Type|Tags|Published|Option1 Name|Option1 Value|Variant SKU|Variant Grams|"
        "Variant Inventory Tracker|Variant Inventory Qty|Variant Inventory Policy|Variant Price|"
        "Variant Compare At Price|Variant Barcode|Cost per item|Status",
        lambda n, c, t, q, m, s: [t.lower().replace(" ", "-"), t, f'<p class="x">{t}</p>', "Aranya", "Wear", "new, cotton",
                                  "TRUE", "Size", "M", c, 200, "shopify", q, "deny", f"{s:.2f}", f"{m:.2f}",
                                  f"'{EANS[n]}", f"{s * .5:.2f}", "active"],
        {"inventory.sku": "Variant SKU", "inventory.quantity": "Variant Inventory Qty", "price.esp": "Variant Price",
         "price.mrp": "Variant Compare At Price"},
    ),
    _csv(
        "shopify-inventory.csv",
        "Handle|Title|Option1 Name|Option1 Value|SKU|HS Code|COO|Location|Bin name|Incoming (not editable)|"
        "Unavailable (not editable)|Committed (not editable)|Available (not editable)|On hand (current)|On hand (new)",
        lambda n, c, t, q, m, s: [t.lower().replace(" ", "-"), t, "Size", "M", c, "", "IN", "BLR-01", "", 0, 0, 0, q, q, ""],
        {"inventory.sku": "SKU", "inventory.quantity": "Available (not editable)",
         "inventory.location_id": "Location"}, price="",
    ),
    _csv(
        "woocommerce-products.csv",
        "ID|Type|SKU|GTIN, UPC, EAN, or ISBN|Name|Published|Is featured?|Short description|Tax status|In stock?|Stock|"
        "Low stock amount|Backorders allowed?|Weight (kg)|Sale price|Regular price|Categories",
        lambda n, c, t, q, m, s: [300 + n, "simple", c, EANS[n], t, 1, 0, f"<b>{t}</b>, washable", "taxable", int(q > 0), q,
                                  "", 0, ".2", s, m, "Wear > Women"],
        {"inventory.sku": "SKU", "inventory.quantity": "Stock", "price.esp": "Sale price", "price.mrp": "Regular price"},
        encoding="utf-8-sig",
    ),
    _csv(
        "square-catalog.csv",
        "Reference Handle|Token|Item Name|Variation Name|SKU|Description|Category|Price|Current Quantity BLR-01|"
        "New Quantity BLR-01|Stock Alert Enabled BLR-01|Tax - GST (5%)",
        lambda n, c, t, q, m, s: ["", f"TK{n}XQ", t, "Regular", c, "", "Wear", f"{s:.2f}", q, "", "N", "Y"],
        {"inventory.sku": "SKU", "price.esp": "Price"},
    ),
    _csv(
        "loyverse-items.csv",
        "Handle|SKU|Name|Category|Description|Sold by weight|Option 1 name|Option 1 value|Cost|Barcode|Track stock|"
        "Available for sale [Main]|Price [Main]|In stock [Main]|Low stock [Main]",
        lambda n, c, t, q, m, s: [t.lower(), c, t, "Wear", "", "N", "", "", s * .5, EANS[n], "Y", "Y", f"{s:.2f}", q, 2],
        {"inventory.sku": "SKU"},
    ),
    _xlsx(
        "clover-inventory.xlsx",
        "Clover ID|Name|Alternate Name|Price|Price Type|Price Unit|Cost|Product Code|SKU|Modifier Groups|Quantity|Hidden",
        lambda n, c, t, q, m, s: [f"CLV{n:010d}", t, "", s, "Fixed", "", s * .5, EANS[n], c, "", q, "No"],
        {"inventory.sku": "SKU", "inventory.quantity": "Quantity", "price.esp": "Price"}, sheet="Items",
    ),
    _csv(
        "lightspeed-x-products.csv",
        "id|handle|sku|composite_name|name|description|type|variant_option_one_name|variant_option_one_value|tags|"
        "supply_price|retail_price|loyalty_value|tax_name|account_code|brand_name|supplier_name|supplier_code|active|"
        "track_inventory|inventory_Main|reorder_point_Main|restock_level_Main",
        lambda n, c, t, q, m, s: [f"0a4c735f-{n:04d}", t.lower(), c, "", t, "", "Wear", "", "", "", s * .5, f"{s:.2f}", "",
                                  "GST", "", "Aranya", "", "", 1, 1, q, 1, 5],
        {"inventory.sku": "sku", "price.esp": "retail_price"},
    ),
    _csv(
        "etsy-listings.csv", "TITLE|DESCRIPTION|PRICE|CURRENCY_CODE|QUANTITY|TAGS|MATERIALS|IMAGE1|SKU",
        lambda n, c, t, q, m, s: [t, f"Made by hand,\n washable. 5\" wide", f"{s:.2f}", "INR", q, "a,b", "cotton", "https://i.example.com/1.jpg", c],
        {"inventory.sku": "SKU", "inventory.quantity": "QUANTITY", "price.esp": "PRICE"},
    ),
    _csv(
        "ebay-active-listings.csv",
        "Item number|Title|Variation details|Custom label (SKU)|Available quantity|Format|Currency|Start price|"
        "Auction Buy It Now price|Current price|Sold quantity|Watchers|eBay category 1 name",
        lambda n, c, t, q, m, s: [110550 + n, t, "", c, q, "FIXED_PRICE", "INR", f"{s:.1f}", "", f"{s:.1f}", 3, 1, "Wear"],
        {"inventory.sku": "Custom label (SKU)", "inventory.quantity": "Available quantity"}, encoding="utf-8-sig",
    ),
    _csv(
        "prestashop-products.csv", "Product ID|Image|Name|Reference|Category|Price (tax excl.)|Price (tax incl.)|Quantity|Status|Position",
        lambda n, c, t, q, m, s: [n + 20, "", t, c, "Wear", f"{s / 1.05:.6f}", f"{s:.6f}", q, 1, n],
        {"inventory.sku": "Reference", "inventory.quantity": "Quantity", "price.esp": "Price (tax incl.)"},
        delimiter=";",
    ),
    _csv(
        "wix-products.csv",
        "handleId|fieldType|name|description|productImageUrl|collection|sku|ribbon|price|surcharge|visible|discountMode|"
        "discountValue|inventory|weight|cost",
        lambda n, c, t, q, m, s: [f"product_{n}", "Product", t, "", "", "Wear", c, "", s, "", "TRUE", "PERCENT", 0, q, 0.2, s * .5],
        {"inventory.sku": "sku", "inventory.quantity": "inventory", "price.esp": "price"},
    ),
)  # fmt: skip

OFFICE = (
    _csv(
        "zoho-inventory-items.csv",
        "Item ID|Item Name|SKU|HSN/SAC|Rate|Account|Product Type|Purchase Rate|Reorder Level|Opening Stock|Stock On Hand|Status",
        lambda n, c, t, q, m, s: [460000000 + n, t, c, "6204", f"INR {s:.2f}", "Sales", "goods", f"INR {s * .5:.2f}", 5, 100, f"{q}.00", "Active"],
        {"inventory.sku": "SKU", "inventory.quantity": "Stock On Hand", "price.esp": "Rate"},
    ),
    _xlsx(
        "odoo-stock-quant.xlsx", "Location|Product/Internal Reference|Product/Name|Lot/Serial Number|On Hand Quantity|Available Quantity|UoM",
        lambda n, c, t, q, m, s: ["BLR-01", c, t, "", q + 2, q, "Units"],
        {"inventory.sku": "Product/Internal Reference", "inventory.quantity": "Available Quantity",
         "inventory.location_id": "Location"}, price="",
    ),
    _csv(
        "erpnext-stock-balance.csv",
        "Item|Item Name|Item Group|Warehouse|Stock UOM|Balance Qty|Balance Value|Opening Qty|Opening Value|In Qty|In Value|"
        "Out Qty|Out Value|Valuation Rate|Reorder Level",
        lambda n, c, t, q, m, s: [c, t, "Wear", "BLR-01", "Nos", q, q * s, 10, 10 * s, 5, 5 * s, 3, 3 * s, s, 0],
        {"inventory.sku": "Item", "inventory.quantity": "Balance Qty", "inventory.location_id": "Warehouse"},
        quote=csv.QUOTE_ALL, price="",
    ),
    _xlsx(
        "quickbooks-inventory.xlsx", "Product/Service|SKU|Qty On Hand|Qty on PO|Avg Cost|Asset Value|Sales Price",
        lambda n, c, t, q, m, s: [t, c, q, 0, s * .5, q * s * .5, s],
        {"inventory.sku": "SKU", "inventory.quantity": "Qty On Hand", "price.esp": "Sales Price"},
        above=[["Aranya Crafts"], ["Inventory Valuation Summary"], ["As of November 12, 2025"], []],
        below=[["TOTAL", "", TOTAL, 0, "", 9999.0, ""], [], ["Wednesday, Nov 12, 2025 10:02 AM GMT+05:30"]],
    ),
    Export(
        "sap-mb52.txt",
        _file("\r\n".join([
            "12.11.2025                     Dynamische Listenausgabe                          1",
            "-" * 78,
            "|Material  |Werk|LOrt|Materialkurztext         |BME|   Frei verwendbar|",
            "-" * 78,
            *[f"|{c:<10}|1000|0001|{t[:25]:<25}|ST |{q:>18}|" for c, t, q, _m, _s in GOODS],
            "-" * 78, ""]), "cp1252"),
        columns={"inventory.sku": "Material", "inventory.quantity": "Frei verwendbar"}, spots=_spots(price=""),
    ),
    _csv(
        "jde-item-availability.csv", "2nd Item Number|Description|Branch/Plant|Location|On Hand|Committed|Available|UoM",
        lambda n, c, t, q, m, s: [c, t, "BLR-01", ".", q + 4, 4, q, "EA"],
        {"inventory.sku": "2nd Item Number", "inventory.quantity": "Available"}, price="",
        asks="which column is location_id?",
    ),
    _xlsx(
        "navision-item-list.xlsx", "No.|Description|Inventory|Base Unit of Measure|Unit Cost|Unit Price|Vendor No.|Search Description",
        lambda n, c, t, q, m, s: [c, t, q, "PCS", s * .5, s, "V00010", t.upper()],
        {"inventory.sku": "No.", "inventory.quantity": "Inventory", "price.esp": "Unit Price"}, sheet="Item List",
    ),
    _csv(
        "sage50-stock.csv", '"Product Code"|Description|Category|Sales Price|Quantity In Stock|Quantity Allocated|Quantity On Order|Last Cost Price',
        lambda n, c, t, q, m, s: [c, t, 1, f"{s:.2f}", f"{q}.00", "0.00", "0.00", f"{s * .5:.2f}"],
        {"inventory.quantity": "Quantity In Stock", "price.esp": "Sales Price"},
    ),
    Export(
        "as400-spool.txt",
        _file("\r\n".join([
            "INV410                    ARANYA CRAFTS LTD                     PAGE    1",
            "12/11/25  10:22         STOCK ON HAND BY ITEM",
            "",
            f"{'ITEM NO':<12}{'DESCRIPTION':<28}{'ON HAND':>9}{'LIST PRICE':>14}",
            f"{'-' * 10:<12}{'-' * 26:<28}{'-' * 8:>9}{'-' * 12:>14}",
            *[f"{c:<12}{t[:26]:<28}{q:>9}{s:>14,.2f}" for c, t, q, _m, s in GOODS],
            "", "                        *** END OF REPORT ***", ""])),
        columns={"inventory.sku": "ITEM NO", "inventory.quantity": "ON HAND", "price.esp": "LIST PRICE"}, spots=_spots(),
    ),
    _csv(
        "netsuite-items.csv", "Name|Display Name|Type|Base Price|Location On Hand|Location Available|Inventory Location",
        lambda n, c, t, q, m, s: [c, t, "Inventory Item", s, q + 1, q, "BLR-01"],
        {"inventory.quantity": "Location Available", "inventory.location_id": "Inventory Location"}, price="",
        asks="no column for sku",
    ),
    _xlsx(
        "dynamics-onhand.xlsx", "Item number|Product name|Site|Warehouse|Physical inventory|Physical reserved|Available physical|Ordered in total",
        lambda n, c, t, q, m, s: [c, t, "1", "BLR-01", q + 1, 1, q, 0],
        {"inventory.sku": "Item number", "inventory.quantity": "Available physical",
         "inventory.location_id": "Warehouse"}, price="", asks="which column is location_id?",
    ),
    _csv(
        "oracle-onhand.csv", "Organization|Item|Item Description|Subinventory|Locator|UOM|On Hand|Available to Reserve|Available to Transact",
        lambda n, c, t, q, m, s: ["BLR", c, t, "FG", "", "Ea", q, q, q],
        {"inventory.sku": "Item"}, price="",
    ),
)  # fmt: skip

EUROPE = (
    _csv(
        "danea-giacenze.csv", "Cod.|Descrizione|Categoria|U.m.|Giacenza|Prezzo di vendita|Cod. a barre|Fornitore",
        lambda n, c, t, q, m, s: [c, t, "Abbigliamento", "pz", q, comma(s), EANS[n], "Aranya"],
        {"inventory.sku": "Cod.", "inventory.quantity": "Giacenza", "price.esp": "Prezzo di vendita"},
        delimiter=";", encoding="cp1252",
    ),
    _csv(
        "teamsystem-magazzino.csv", "Codice articolo|Descrizione articolo|Magazzino|Esistenza|Impegnato|Ordinato|Disponibilità|Listino 1",
        lambda n, c, t, q, m, s: [c, t, "BLR-01", f"{q + 2},000", "2,000", "0,000", f"{q},000", comma(s)],
        {"inventory.sku": "Codice articolo", "inventory.quantity": "Disponibilità", "inventory.location_id": "Magazzino"},
        delimiter=";", encoding="cp1252",
    ),
    _csv(
        "sage-fr-stock.csv", "Référence|Désignation|Dépôt|Qté en stock|Qté réservée|Stock disponible|Prix de vente TTC|Prix d'achat",
        lambda n, c, t, q, m, s: [c, t, "BLR-01", q + 1, 1, q, comma(s).replace(".", "\u202f"), comma(s / 2).replace(".", "\u202f")],
        {"inventory.sku": "Référence", "inventory.quantity": "Stock disponible", "inventory.location_id": "Dépôt",
         "price.esp": "Prix de vente TTC"}, delimiter=";",
    ),
    _csv(
        "a3-existencias.csv", "Código|Descripción|Familia|Almacén|Existencias|Precio venta|PVP|Última compra",
        lambda n, c, t, q, m, s: [c, t, "Ropa", "BLR-01", f"{q},00", comma(s), comma(m), "12.11.2025"],
        {"inventory.sku": "Código", "inventory.quantity": "Existencias", "inventory.location_id": "Almacén"},
        delimiter=";", encoding="latin-1", asks="which column is esp?",
    ),
    _csv(
        "lexware-artikel.csv", "Artikelnummer|Bezeichnung|Warengruppe|Lagerbestand|Mindestbestand|Einheit|VK brutto|EK netto|Letzte Änderung",
        lambda n, c, t, q, m, s: [c, t, "Kleidung", f"{q},00", "2,00", "Stk", comma(s), comma(s / 2), "12.11.2025"],
        {"inventory.sku": "Artikelnummer", "inventory.quantity": "Lagerbestand", "price.esp": "VK brutto"},
        delimiter=";", encoding="cp1252",
    ),
    _csv(
        "bling-saldo.csv", "Código|Produto|Unidade|Depósito|Saldo disponível|Preço de venda|Preço de custo",
        lambda n, c, t, q, m, s: [c, t, "UN", "BLR-01", f"{q},0000", comma(s), comma(s / 2)],
        {"inventory.sku": "Código", "inventory.quantity": "Saldo disponível", "price.esp": "Preço de venda"},
        delimiter=";",
    ),
    _csv(
        "logo-stok.csv", "Stok Kodu|Stok Adı|Birim|Fiili Stok|Satış Fiyatı|Alış Fiyatı",
        lambda n, c, t, q, m, s: [c, t, "ADET", f"{q},00", comma(s), comma(s / 2)],
        {"inventory.sku": "Stok Kodu", "inventory.quantity": "Fiili Stok", "price.esp": "Satış Fiyatı"},
        delimiter=";", encoding="cp1254",
    ),
    _csv(
        "1c-ostatki.csv", "Артикул|Номенклатура|Ед. изм.|Остаток|Цена розничная",
        lambda n, c, t, q, m, s: [c, t, "шт", f"{q},000" if q else "", comma(s).replace(".", "\u00a0")],
        {"inventory.sku": "Артикул", "inventory.quantity": "Остаток", "price.esp": "Цена розничная"},
        delimiter=";", encoding="cp1251", asks="can mean 14000 or 14.000", above="Ведомость по товарам на складах\r\nПериод: 12.11.2025\r\n\r\n",
    ),
    _csv(
        "afas-voorraad.csv", "Itemcode|Omschrijving|Magazijn|Technische voorraad|Beschikbare voorraad|Verkoopprijs",
        lambda n, c, t, q, m, s: [c, t, "BLR-01", q + 3, q, comma(s)],
        {"inventory.sku": "Itemcode", "inventory.quantity": "Beschikbare voorraad", "price.esp": "Verkoopprijs"},
        delimiter=";",
    ),
    _csv(
        "subiekt-stany.csv", "Symbol|Nazwa|J.m.|Stan|Rezerwacja|Dostępne|Cena detaliczna brutto",
        lambda n, c, t, q, m, s: [c, t, "szt.", q + 1, 1, q, comma(s).replace(".", " ")],
        {"inventory.sku": "Symbol", "inventory.quantity": "Dostępne", "price.esp": "Cena detaliczna brutto"},
        delimiter=";",
    ),
)  # fmt: skip

EXPORTS: tuple[Export, ...] = (*INDIA, *SHOPS, *OFFICE, *EUROPE)


def _wrong(name: str, header: str, rows: Sequence[Row], *, above: Sequence[Row] = ()) -> Export:
    return Export(name, _book({"Sheet1": [*above, header.split("|"), *rows]}))


WRONG: tuple[Export, ...] = (
    _wrong(
        "tally-day-book.xlsx", "Date|Particulars|Vch Type|Vch No.|Debit Amount|Credit Amount",
        [[f"{n + 1}-Nov-25", "Cash Sales", "Sales", n + 100, s, None] for n, (_c, _t, _q, _m, s) in enumerate(GOODS)],
        above=[["Aranya Crafts"], ["Day Book"], ["1-Nov-25 to 12-Nov-25"]],
    ),
    _wrong(
        "tally-ledger.xlsx", "Date|Particulars|Vch Type|Vch No.|Debit|Credit|Balance",
        [[f"{n + 1}-Nov-25", "Kiran Traders", "Receipt", n + 1, "", f"{s} Cr", f"{s * (n + 1)} Cr"]
         for n, (_c, _t, _q, _m, s) in enumerate(GOODS)], above=[["Aranya Crafts"], ["Ledger: Kiran Traders"]],
    ),
    _wrong(
        "sales-register.xlsx", "Invoice No|Invoice Date|Customer Name|Item Code|Item Name|Qty|Rate|Amount",
        [[f"INV/{n:04d}", "12/11/2025", "Kiran Traders", c, t, q + 1, s, (q + 1) * s]
         for n, (c, t, q, _m, s) in enumerate(GOODS)],
    ),
    _wrong(
        "customer-list.xlsx", "Customer Code|Customer Name|Phone|City|Credit Limit|Outstanding",
        [[f"C{n:04d}", t, 9800000000 + n, "Bengaluru", 50000, s] for n, (_c, t, _q, _m, s) in enumerate(GOODS)],
    ),
    _wrong(
        "purchase-orders.xlsx", "PO Number|PO Date|Vendor|SKU|Ordered Qty|Received Qty|Pending Qty|Unit Cost",
        [[f"PO{n:05d}", "12/11/2025", "Aranya Mills", c, q + 5, q, 5, s * 0.5] for n, (c, _t, q, _m, s) in enumerate(GOODS)],
    ),
    _wrong(
        "stock-ledger.xlsx", "Posting Date|Item Code|Voucher Type|Voucher No|In Qty|Out Qty|Balance Qty",
        [["12-11-2025", GOODS[n % 3][0], "Delivery Note", f"DN-{n:04d}", 0, 1, 30 - n] for n in range(20)],
    ),
    _wrong(
        "attendance.xlsx", "Employee Code|Employee Name|Days Present|Days Absent|Net Pay",
        [[f"E{n:03d}", f"Person {n}", 25 - n % 3, n % 3, 18000 + 100 * n] for n in range(12)],
    ),
    _wrong(
        "shopify-orders.xlsx",
        "Name|Email|Financial Status|Paid at|Total|Lineitem quantity|Lineitem name|Lineitem price|Lineitem sku|Shipping Name",
        [[f"#{1000 + n}", f"a{n}@example.com", "paid", "2025-11-12 10:00:00 +0530", s, 1 + n % 3, t, s, c, "A. Rao"]
         for n, (c, t, _q, _m, s) in enumerate(GOODS)],
    ),
)  # fmt: skip
