"""Exports of Indian billing programs, warehouses and marketplaces, and of shop systems and tills."""

from __future__ import annotations

import csv

from tests.exports.kit import (
    EANS,
    GOODS,
    NAMES,
    TOTAL,
    Export,
    as_csv,
    as_xlsx,
    book,
    file,
    indian,
    spots,
    text,
)

INDIA = (
    as_xlsx(
        "tally-stock-summary.xlsx", "Particulars|Quantity|Rate|Value",
        lambda g: [g.name, f"{g.qty} Nos" if g.qty else None, g.esp if g.qty else None,
            g.qty * g.esp if g.qty else None],
        {"inventory.sku": "Particulars"}, keys=NAMES, price="",
        above=[["Aranya Crafts Pvt Ltd"], ["14, MG Road, Bengaluru"], ["Stock Summary"], ["1-Apr-25 to 12-Nov-25"],
               ["", "Closing Balance"]],
        below=[["Grand Total", f"{TOTAL} Nos", None, 99999.0]],
    ),
    as_csv(
        "tally-stock-items.csv", "Name of Item|Part No.|Closing Qty|Standard Selling Price|MRP",
        lambda g: [g.name, g.code, f"{g.qty} Nos", indian(g.esp), indian(g.mrp)],
        {"inventory.sku": "Part No.", "inventory.quantity": "Closing Qty", "price.mrp": "MRP"},
        above="Aranya Crafts Pvt Ltd\r\nList of Stock Items\r\n",
    ),
    as_xlsx(
        "busy-stock-status.xlsx", "S.No.|Item Name|Alias|Unit|Main Qty.|Sale Price|M.R.P.",
        lambda g: [g.n + 1, g.name, g.code, "Pcs.", g.qty, g.esp, g.mrp],
        {"inventory.sku": "Alias", "inventory.quantity": "Main Qty.", "price.mrp": "M.R.P.",
            "price.esp": "Sale Price"},
        above=[["ARANYA CRAFTS"], ["Stock Status (All Items)"], ["As on : 12-11-2025"], []],
        below=[["", "TOTAL", "", "", TOTAL, "", ""]],
    ),
    as_csv(
        "marg-current-stock.csv", "S.No|ITEM CODE|PRODUCT NAME|PACKING|STOCK|M.R.P.|S.RATE|P.RATE|VALUE",
        lambda g: [g.n + 1, g.code, g.name.upper(), "1*1", f"{g.qty}.000", f"{g.mrp:.2f}", f"{g.esp:.2f}",
            f"{g.esp * 0.7:.2f}", f"{g.qty * g.esp * 0.7:.2f}"],
        {"inventory.sku": "ITEM CODE", "inventory.quantity": "STOCK", "price.mrp": "M.R.P.", "price.esp": "S.RATE"},
        above="ARANYA CRAFTS,,,,,,,,\r\nSTOCK & SALES STATEMENT AS ON 12/11/2025,,,,,,,,\r\n",
    ),
    as_xlsx(
        "vyapar-items.xlsx",
        "Item name*|Item code|HSN|Sale price|Purchase price|Discount Type|Sale Discount|Current stock quantity|"
        "Minimum stock quantity|Item Location|Tax Rate|Inclusive Of Tax|Base Unit (x)",
        lambda g: [g.name, g.code, "6204", g.esp, g.esp * 0.6, "Percentage", 0, g.qty, 5, "", "GST@5%",
            "Inclusive", "PIECES (Pcs)"],
        {"inventory.sku": "Item code", "inventory.quantity": "Current stock quantity", "price.esp": "Sale price"},
        price="esp",
    ),
    as_csv(
        "gofrugal-stock.csv", "Item Code|Item Name|Batch|Stock|MRP|Selling Price|Cost Price|Category|Supplier",
        lambda g: [g.code, g.name, "", f"{g.qty}.00", f"{g.mrp:.2f}", f"{g.esp:.2f}", f"{g.esp * .6:.2f}",
            "Apparel", "Aranya"],
        {"inventory.sku": "Item Code", "inventory.quantity": "Stock", "price.mrp": "MRP",
            "price.esp": "Selling Price"},
        quote=csv.QUOTE_ALL,
    ),
    as_csv(
        "ginesys-site-stock.csv", "SITE_NAME|ICODE|ITEM_NAME|CNAME1|CNAME2|STOCK_QTY|MRP|RSP|WSP",
        lambda g: ["BLR-01", g.code, g.name, "M", "Blue", g.qty, g.mrp, g.esp, g.esp * .7],
        {"inventory.sku": "ICODE", "inventory.quantity": "STOCK_QTY", "inventory.location_id": "SITE_NAME",
         "price.mrp": "MRP", "price.esp": "RSP"},
    ),
    as_csv(
        "unicommerce-inventory.csv",
        "Product Code|Product Name|EAN|Facility|Shelf|Inventory|Blocked Inventory|Not Found|Damaged|Size|Color|"
        "Brand|MRP",
        lambda g: [g.code, g.name, EANS[g.n], "BLR-01", "DEFAULT", g.qty, 0, 0, 0, "M", "Blue", "Aranya", g.mrp],
        {"inventory.sku": "Product Code", "inventory.quantity": "Inventory", "inventory.location_id": "Facility"},
        quote=csv.QUOTE_ALL, price="mrp",
    ),
    as_csv(
        "easyecom-inventory.csv",
        "Company Name|Company Product ID|SKU|Accounting SKU|Product Name|Available Inventory|Reserved Inventory|"
        "QC Fail|Cost|MRP",
        lambda g: ["Aranya", 900100 + g.n, g.code, f"ACC{g.n:03d}", g.name, g.qty, 0, 0, g.esp * .6, g.mrp],
        {"inventory.sku": "SKU", "inventory.quantity": "Available Inventory", "price.mrp": "MRP"}, price="mrp",
    ),
    as_csv(
        "increff-channel-inventory.tsv", "clientSkuId|availableQuantity|locationCode|minExpiry",
        lambda g: [g.code, g.qty, "BLR-01", ""],
        {"inventory.sku": "clientSkuId", "inventory.quantity": "availableQuantity",
         "inventory.location_id": "locationCode"}, delimiter="\t", price="",
    ),
    as_csv(
        "flipkart-listings.csv",
        "Seller SKU Id|FSN|Listing ID|Product Title|Sub-category|MRP|Your Selling Price|Your Stock Count|"
        "Listing Status",
        lambda g: [g.code, f"FSN{g.n:012d}", f"LST{g.n:014d}", g.name, "kurtas", f"{g.mrp:.0f}", f"{g.esp:.2f}",
            g.qty, "ACTIVE"],
        {"inventory.sku": "Seller SKU Id", "inventory.quantity": "Your Stock Count", "price.mrp": "MRP",
         "price.esp": "Your Selling Price"},
    ),
    Export(
        "flipkart-bulk-listing.xlsx",
        book({"Index": [["Read me"], ["Do not change the header rows"]], "kurta": [
            ["Flipkart Serial Number", "Seller SKU ID", "MRP (INR)", "Your selling price (INR)", "Stock"],
            ["System fills it", "Single - Text", "Single - Positive_integer", "Single - Positive_integer",
                "Single - Number"],
            *[["", c, m, s, q] for c, _t, q, m, s in GOODS]]}),
        rows=len(GOODS),
        columns={"inventory.sku": "Seller SKU ID", "inventory.quantity": "Stock", "price.mrp": "MRP (INR)",
                 "price.esp": "Your selling price (INR)"},
        spots=spots(),
    ),
    as_csv(
        "myntra-inventory.csv", "style id|sku id|seller sku code|sku code|size|brand|article type|warehouse id|"
        "inventory count",
        lambda g: [22100300 + g.n, 71100200 + g.n, g.code, f"ARNYKRTA{g.n:05d}", "M", "Aranya", "Kurtas", 28,
            g.qty],
        {"inventory.sku": "seller sku code", "inventory.quantity": "inventory count"}, price="",
    ),
    as_csv(
        "amazon-active-listings.txt",
        "item-name|listing-id|seller-sku|price|quantity|open-date|product-id-type|item-note|item-condition|asin1|"
        "product-id|pending-quantity|fulfillment-channel|status|Maximum Retail Price",
        lambda g: [g.name, f"1112{g.n:06d}", g.code, f"{g.esp:.1f}", g.qty, "12/11/2025 10:22:31 IST", 1, "", 11,
                                  f"B0C{g.n:07d}", f"B0C{g.n:07d}", 0, "DEFAULT", "Active", f"{g.mrp:.0f}"],
        {"inventory.sku": "seller-sku", "inventory.quantity": "quantity", "price.esp": "price",
         "price.mrp": "Maximum Retail Price"},
        delimiter="\t", encoding="cp1252",
    ),
    Export(
        "amazon-flat-file.txt",
        file(text([
            ["TemplateType=fptcustom", "Version=2025.1109", "The top 3 rows are for Amazon.com use only."],
            ["Seller SKU", "Product Name", "Your Price", "Quantity", "Maximum Retail Price", "Brand Name"],
            ["item_sku", "item_name", "standard_price", "quantity", "maximum_retail_price", "brand_name"],
            *[[c, t, s, q, m, "Aranya"] for c, t, q, m, s in GOODS]], "\t")),
        spots=spots(),
    ),
    as_csv(
        "hindi-stock.csv", "क्रम|वस्तु कोड|वस्तु का नाम|शेष मात्रा|अधिकतम खुदरा मूल्य|विक्रय मूल्य",
        lambda g: [g.n + 1, g.code, g.name, g.qty, indian(g.mrp), indian(g.esp)],
        {"inventory.sku": "वस्तु कोड", "inventory.quantity": "शेष मात्रा", "price.mrp": "अधिकतम खुदरा मूल्य",
         "price.esp": "विक्रय मूल्य"}, encoding="utf-8-sig",
    ),
)  # fmt: skip

SHOPS = (
    as_csv(
        "shopify-products.csv",
        "Handle|Title|Body (HTML)|Vendor|Type|Tags|Published|Option1 Name|Option1 Value|Variant SKU|Variant Grams|"
        "Variant Inventory Tracker|Variant Inventory Qty|Variant Inventory Policy|Variant Price|"
        "Variant Compare At Price|Variant Barcode|Cost per item|Status",
        lambda g: [g.name.lower().replace(" ", "-"), g.name, f'<p class="x">{g.name}</p>', "Aranya", "Wear",
            "new, cotton",
                                  "TRUE", "Size", "M", g.code, 200, "shopify", g.qty, "deny", f"{g.esp:.2f}",
                                      f"{g.mrp:.2f}",
                                  f"'{EANS[g.n]}", f"{g.esp * .5:.2f}", "active"],
        {"inventory.sku": "Variant SKU", "inventory.quantity": "Variant Inventory Qty",
            "price.esp": "Variant Price",
         "price.mrp": "Variant Compare At Price"},
    ),
    as_csv(
        "shopify-inventory.csv",
        "Handle|Title|Option1 Name|Option1 Value|SKU|HS Code|COO|Location|Bin name|Incoming (not editable)|"
        "Unavailable (not editable)|Committed (not editable)|Available (not editable)|On hand (current)|"
        "On hand (new)",
        lambda g: [g.name.lower().replace(" ", "-"), g.name, "Size", "M", g.code, "", "IN", "BLR-01", "", 0, 0,
            0, g.qty, g.qty, ""],
        {"inventory.sku": "SKU", "inventory.quantity": "Available (not editable)",
         "inventory.location_id": "Location"}, price="",
    ),
    as_csv(
        "woocommerce-products.csv",
        "ID|Type|SKU|GTIN, UPC, EAN, or ISBN|Name|Published|Is featured?|Short description|Tax status|In stock?|"
        "Stock|"
        "Low stock amount|Backorders allowed?|Weight (kg)|Sale price|Regular price|Categories",
        lambda g: [300 + g.n, "simple", g.code, EANS[g.n], g.name, 1, 0, f"<b>{g.name}</b>, washable",
            "taxable", int(g.qty > 0), g.qty,
                                  "", 0, ".2", g.esp, g.mrp, "Wear > Women"],
        {"inventory.sku": "SKU", "inventory.quantity": "Stock", "price.esp": "Sale price",
            "price.mrp": "Regular price"},
        encoding="utf-8-sig",
    ),
    as_csv(
        "square-catalog.csv",
        "Reference Handle|Token|Item Name|Variation Name|SKU|Description|Category|Price|Current Quantity BLR-01|"
        "New Quantity BLR-01|Stock Alert Enabled BLR-01|Tax - GST (5%)",
        lambda g: ["", f"TK{g.n}XQ", g.name, "Regular", g.code, "", "Wear", f"{g.esp:.2f}", g.qty, "", "N", "Y"],
        {"inventory.sku": "SKU", "price.esp": "Price"},
    ),
    as_csv(
        "loyverse-items.csv",
        "Handle|SKU|Name|Category|Description|Sold by weight|Option 1 name|Option 1 value|Cost|Barcode|Track stock|"
        "Available for sale [Main]|Price [Main]|In stock [Main]|Low stock [Main]",
        lambda g: [g.name.lower(), g.code, g.name, "Wear", "", "N", "", "", g.esp * .5, EANS[g.n], "Y", "Y",
            f"{g.esp:.2f}", g.qty, 2],
        {"inventory.sku": "SKU"},
    ),
    as_xlsx(
        "clover-inventory.xlsx",
        "Clover ID|Name|Alternate Name|Price|Price Type|Price Unit|Cost|Product Code|SKU|Modifier Groups|"
        "Quantity|Hidden",
        lambda g: [f"CLV{g.n:010d}", g.name, "", g.esp, "Fixed", "", g.esp * .5, EANS[g.n], g.code, "", g.qty,
            "No"],
        {"inventory.sku": "SKU", "inventory.quantity": "Quantity", "price.esp": "Price"}, sheet="Items",
    ),
    as_csv(
        "lightspeed-x-products.csv",
        "id|handle|sku|composite_name|name|description|type|variant_option_one_name|variant_option_one_value|tags|"
        "supply_price|retail_price|loyalty_value|tax_name|account_code|brand_name|supplier_name|supplier_code|"
        "active|"
        "track_inventory|inventory_Main|reorder_point_Main|restock_level_Main",
        lambda g: [f"0a4c735f-{g.n:04d}", g.name.lower(), g.code, "", g.name, "", "Wear", "", "", "",
            g.esp * .5, f"{g.esp:.2f}", "",
                                  "GST", "", "Aranya", "", "", 1, 1, g.qty, 1, 5],
        {"inventory.sku": "sku", "price.esp": "retail_price"},
    ),
    as_csv(
        "etsy-listings.csv", "TITLE|DESCRIPTION|PRICE|CURRENCY_CODE|QUANTITY|TAGS|MATERIALS|IMAGE1|SKU",
        lambda g: [g.name, 'Made by hand,\n washable. 5" wide', f"{g.esp:.2f}", "INR", g.qty, "a,b", "cotton",
            "https://i.example.com/1.jpg", g.code],
        {"inventory.sku": "SKU", "inventory.quantity": "QUANTITY", "price.esp": "PRICE"},
    ),
    as_csv(
        "ebay-active-listings.csv",
        "Item number|Title|Variation details|Custom label (SKU)|Available quantity|Format|Currency|Start price|"
        "Auction Buy It Now price|Current price|Sold quantity|Watchers|eBay category 1 name",
        lambda g: [110550 + g.n, g.name, "", g.code, g.qty, "FIXED_PRICE", "INR", f"{g.esp:.1f}", "",
            f"{g.esp:.1f}", 3, 1, "Wear"],
        {"inventory.sku": "Custom label (SKU)", "inventory.quantity": "Available quantity"}, encoding="utf-8-sig",
    ),
    as_csv(
        "prestashop-products.csv", "Product ID|Image|Name|Reference|Category|Price (tax excl.)|"
        "Price (tax incl.)|Quantity|Status|Position",
        lambda g: [g.n + 20, "", g.name, g.code, "Wear", f"{g.esp / 1.05:.6f}", f"{g.esp:.6f}", g.qty, 1, g.n],
        {"inventory.sku": "Reference", "inventory.quantity": "Quantity", "price.esp": "Price (tax incl.)"},
        delimiter=";",
    ),
    as_csv(
        "wix-products.csv",
        "handleId|fieldType|name|description|productImageUrl|collection|sku|ribbon|price|surcharge|visible|"
        "discountMode|"
        "discountValue|inventory|weight|cost",
        lambda g: [f"product_{g.n}", "Product", g.name, "", "", "Wear", g.code, "", g.esp, "", "TRUE",
            "PERCENT", 0, g.qty, 0.2, g.esp * .5],
        {"inventory.sku": "sku", "inventory.quantity": "inventory", "price.esp": "price"},
    ),
)  # fmt: skip
