"""Header rows of programs shops use, as their exports write them: what is read without being told.

A line is one program: its headers, and the column of each field. New ones are added here first.
"""

import pytest

from connector.profiles import Match, match
from tests.unit.profile_tables import table

STOCK = ("sku", "quantity")

SYSTEMS = {
    "Tally stock summary": (
        "Particulars|Closing Balance Quantity|Closing Balance Rate|Closing Balance Value",
        {"sku": "Particulars", "quantity": "Closing Balance Quantity"},
    ),
    "Marg": (
        "Product Code|Product Name|Company|Packing|Batch No|Expiry|M.R.P.|Pur.Rate|Sale Rate|Current Stock|Stock Value",
        {"sku": "Product Code", "quantity": "Current Stock", "mrp": "M.R.P.", "esp": "Sale Rate"},
    ),
    "Marg rates A, B and C": (
        "Code|Product|Unit|Stock|M.R.P.|Rate-A|P.Rate|Company",
        {"sku": "Code", "quantity": "Stock", "mrp": "M.R.P.", "esp": "Rate-A"},
    ),
    "Busy stock status": (
        "S.No.|Item Details|Alias|Parent Group|Unit|Op. Qty.|Qty. In|Qty. Out|Cl. Qty.|Cl. Amt.",
        {"sku": "Alias", "quantity": "Cl. Qty."},
    ),
    "Ginesys stock point": (
        "ADMSITE_CODE|Site Name|ICODE|Barcode|Division|Section|Department|Closing Stock|RSP|MRP|WSP",
        {
            "sku": "ICODE",
            "quantity": "Closing Stock",
            "mrp": "MRP",
            "esp": "RSP",
            "location_id": "ADMSITE_CODE",
        },
    ),
    "Unicommerce inventory snapshot": (
        (
            "Facility|Item Type Name|Item SkuCode|EAN|UPC|ISBN|Color|Size|Brand|Category Name|MRP|Open Sale|Inventory|"
            "Inventory Blocked|Putaway Pending|Pending Inventory Assessment|Pending Stock Transfer|Open Purchase|"
            "Bad Inventory|Updated|Cost Price"
        ),
        {
            "sku": "Item SkuCode",
            "quantity": "Inventory",
            "location_id": "Facility",
            "mrp": "MRP",
            "esp": "MRP",
        },
    ),
    "Increff": (
        "Location Code|Channel Name|Client Sku ID|Available Quantity|Reserved Quantity",
        {"sku": "Client Sku ID", "quantity": "Available Quantity", "location_id": "Location Code"},
    ),
    "Vinculum": (
        "Site Location|SKU Code|SKU Description|UOM|Total Qty|Available Qty|Allocated Qty|Hold Qty",
        {"sku": "SKU Code", "quantity": "Available Qty", "location_id": "Site Location"},
    ),
    "EasyEcom": (
        "Company Product ID|SKU|Product Name|EAN|Available Quantity|Reserved Quantity|Damaged Quantity|Cost|MRP",
        {"sku": "SKU", "quantity": "Available Quantity", "mrp": "MRP", "esp": "MRP"},
    ),
    "Zoho stock summary": (
        "item_id|item_name|sku|opening_stock|quantity_in|quantity_out|closing_stock",
        {"sku": "sku", "quantity": "closing_stock"},
    ),
    "Shopify inventory": (
        (
            "Handle|Title|Option1 Name|Option1 Value|SKU|HS Code|COO|Location|Bin name|Incoming (not editable)|"
            "Unavailable (not editable)|Committed (not editable)|Available (not editable)|On hand (current)"
        ),
        {"sku": "SKU", "quantity": "Available (not editable)", "location_id": "Location"},
    ),
    "Shopify products": (
        (
            "Handle|Title|Vendor|Type|Variant SKU|Variant Grams|Variant Inventory Tracker|Variant Inventory Qty|"
            "Variant Price|Variant Compare At Price|Variant Barcode|Cost per item"
        ),
        {
            "sku": "Variant SKU",
            "quantity": "Variant Inventory Qty",
            "esp": "Variant Price",
            "mrp": "Variant Compare At Price",
        },
    ),
    "Shopify products with options": (
        (
            "Handle|Title|Option1 Name|Option1 Value|Variant SKU|Variant Inventory Qty|Variant Price|"
            "Variant Compare At Price"
        ),
        {
            "sku": "Variant SKU",
            "quantity": "Variant Inventory Qty",
            "esp": "Variant Price",
            "mrp": "Variant Compare At Price",
        },
    ),
    "eBay": (
        "Item number|Title|Custom label (SKU)|Available quantity|Watchers",
        {"sku": "Custom label (SKU)", "quantity": "Available quantity"},
    ),
    "Myntra": (
        "style id|sku id|seller sku code|sku code|inventory count",
        {"sku": "seller sku code", "quantity": "inventory count"},
    ),
    "WooCommerce": (
        "ID|Type|SKU|Name|Published|In stock?|Stock|Low stock amount|Backorders allowed?|Sale price|Regular price",
        {"sku": "SKU", "quantity": "Stock", "esp": "Sale price", "mrp": "Regular price"},
    ),
    "Loyverse": (
        "Handle|SKU|Name|Category|Sold by weight|Cost|Barcode|In stock [Main]|Low stock [Main]|Price [Main]",
        {"sku": "SKU", "quantity": "In stock [Main]", "esp": "Price [Main]", "mrp": "Price [Main]"},
    ),
    "Square": (
        (
            "Token|Item Name|Variation Name|SKU|Price|Current Quantity Indiranagar|Stock Alert Enabled Indiranagar|"
            "Stock Alert Count Indiranagar"
        ),
        {"sku": "SKU", "quantity": "Current Quantity Indiranagar", "esp": "Price", "mrp": "Price"},
    ),
    "Lightspeed Retail": (
        "System ID|UPC|EAN|Custom SKU|Manufact. SKU|Item|Qty.|Price|Default Cost|MSRP",
        {"sku": "Custom SKU", "quantity": "Qty.", "esp": "Price", "mrp": "MSRP"},
    ),
    "SAP MB52": (
        (
            "Material|Material Description|Plant|Storage Location|Base Unit of Measure|Unrestricted|In Quality Insp.|"
            "Blocked|Restricted-Use Stock|Returns|Transit and Transfer|Value Unrestricted"
        ),
        {"sku": "Material", "quantity": "Unrestricted"},
    ),
    "SAP MB52, German": (
        "Material|Materialkurztext|Werk|Basismengeneinheit|Frei verwendbar|Wert frei verwendbar|Gesperrt",
        {"sku": "Material", "quantity": "Frei verwendbar", "location_id": "Werk"},
    ),
    "Odoo products": (
        "Internal Reference|Name|Sales Price|Cost|Quantity On Hand|Forecasted Quantity|Unit of Measure",
        {
            "sku": "Internal Reference",
            "quantity": "Quantity On Hand",
            "esp": "Sales Price",
            "mrp": "Sales Price",
        },
    ),
    "ERPNext stock balance": (
        "Item|Item Name|Item Group|Warehouse|Stock UOM|Balance Qty|Balance Value|Opening Qty|Out Qty|Valuation Rate",
        {"sku": "Item", "quantity": "Balance Qty", "location_id": "Warehouse"},
    ),
    "NetSuite": (
        "Internal ID|Name|Display Name|Quantity On Hand|Quantity Available|Quantity On Order|Base Price",
        {"quantity": "Quantity Available", "esp": "Base Price", "mrp": "Base Price"},
    ),
    "QuickBooks": (
        "Product/Service Name|SKU|Type|Sales Price / Rate|Purchase Cost|Quantity On Hand|Reorder Point",
        {
            "sku": "SKU",
            "quantity": "Quantity On Hand",
            "esp": "Sales Price / Rate",
            "mrp": "Sales Price / Rate",
        },
    ),
    "Business Central": (
        "No.|Description|Inventory|Base Unit of Measure|Unit Cost|Unit Price|Vendor No.",
        {"sku": "No.", "quantity": "Inventory", "esp": "Unit Price", "mrp": "Unit Price"},
    ),
    "Magento sources": (
        "source_code|sku|status|quantity",
        {"sku": "sku", "quantity": "quantity", "location_id": "source_code"},
    ),
    "Magento products": (
        "sku|store_view_code|name|price|special_price|cost|qty|out_of_stock_qty|min_cart_qty|is_in_stock",
        {"sku": "sku", "quantity": "qty", "esp": "price", "mrp": "price"},
    ),
    "BigCommerce": (
        "Product ID|Product Code/SKU|Product Name|Cost Price|Retail Price|Current Stock Level|Low Stock Level",
        {
            "sku": "Product Code/SKU",
            "quantity": "Current Stock Level",
            "esp": "Retail Price",
            "mrp": "Retail Price",
        },
    ),
    "Amazon listings": (
        "item-name|listing-id|seller-sku|price|quantity|open-date|asin1|fulfillment-channel",
        {"sku": "seller-sku", "quantity": "quantity", "esp": "price", "mrp": "price"},
    ),
    "Amazon FBA": (
        (
            "sku|fnsku|asin|product-name|condition|your-price|afn-warehouse-quantity|afn-fulfillable-quantity|"
            "afn-unsellable-quantity|afn-reserved-quantity|afn-total-quantity"
        ),
        {"sku": "sku", "quantity": "afn-fulfillable-quantity", "esp": "your-price", "mrp": "your-price"},
    ),
    "Flipkart": (
        "Flipkart Serial Number|Seller SKU Id|Product Title|MRP|Your Selling Price|Your Stock Count|System Stock count",
        {"sku": "Seller SKU Id", "quantity": "Your Stock Count", "mrp": "MRP", "esp": "Your Selling Price"},
    ),
    "GoFrugal": (
        "Item Code|Item Name|Batch No|Stock In Hand|Purchase Rate|Selling Price|MRP",
        {"sku": "Item Code", "quantity": "Stock In Hand", "esp": "Selling Price", "mrp": "MRP"},
    ),
    "Logic": (
        "Branch Name|Item Code|Lot No.|Cl.Stk.|M.R.P|S.Rate",
        {
            "sku": "Item Code",
            "quantity": "Cl.Stk.",
            "mrp": "M.R.P",
            "esp": "S.Rate",
            "location_id": "Branch Name",
        },
    ),
    "Cin7": (
        "ProductCode|Name|OnHand|Allocated|Available|OnOrder|Location",
        {"sku": "ProductCode", "quantity": "Available", "location_id": "Location"},
    ),
    "Linnworks": (
        "SKU|Title|Location|Stock Level|In Order|Due|Minimum Level|Retail Price",
        {
            "sku": "SKU",
            "quantity": "Stock Level",
            "location_id": "Location",
            "esp": "Retail Price",
            "mrp": "Retail Price",
        },
    ),
    "JTL": (
        "Artikelnummer|Bezeichnung|GTIN|Verfügbarer Bestand|Brutto-VK|EK Netto|UVP",
        {"sku": "Artikelnummer", "quantity": "Verfügbarer Bestand", "esp": "Brutto-VK", "mrp": "UVP"},
    ),
    "French": (
        "Référence|Désignation|Qté stock|Stock mini|Prix d'achat HT|PV TTC|Prix public conseillé",
        {"sku": "Référence", "quantity": "Qté stock", "esp": "PV TTC", "mrp": "Prix public conseillé"},
    ),
    "Spanish": (
        "Código|Descripción|Existencias|Stock mínimo|Precio de costo|Precio venta|Precio de lista",
        {"sku": "Código", "quantity": "Existencias", "esp": "Precio venta", "mrp": "Precio de lista"},
    ),
    "Portuguese": (
        "Código do Produto|Descrição|Estoque Atual|Estoque Mínimo|Preço de Custo|Preço de Venda",
        {
            "sku": "Código do Produto",
            "quantity": "Estoque Atual",
            "esp": "Preço de Venda",
            "mrp": "Preço de Venda",
        },
    ),
    "Italian": (
        "Cod. Art.|Descrizione|Giacenza attuale|Scorta minima|Prezzo acquisto|Prezzo vendita|Listino",
        {"sku": "Cod. Art.", "quantity": "Giacenza attuale", "esp": "Prezzo vendita", "mrp": "Listino"},
    ),
    "Dutch": (
        "Artikelnummer|Omschrijving|Voorraad|Minimale voorraad|Inkoopprijs|Verkoopprijs|Adviesprijs",
        {"sku": "Artikelnummer", "quantity": "Voorraad", "esp": "Verkoopprijs", "mrp": "Adviesprijs"},
    ),
    "Hindi": (
        "आइटम कोड|विवरण|अंतिम स्टॉक|एमआरपी|विक्रय मूल्य",
        {"sku": "आइटम कोड", "quantity": "अंतिम स्टॉक", "mrp": "एमआरपी", "esp": "विक्रय मूल्य"},
    ),
    "units in the headers": (
        "Item Code|Qty (pcs)|MRP in Rs.|Selling Price (₹)",
        {"sku": "Item Code", "quantity": "Qty (pcs)", "mrp": "MRP in Rs.", "esp": "Selling Price (₹)"},
    ),
    "units in words": (
        "Item Code|Stock in Nos.|M.R.P. (Incl. of all taxes)|Sale Price in INR",
        {
            "sku": "Item Code",
            "quantity": "Stock in Nos.",
            "mrp": "M.R.P. (Incl. of all taxes)",
            "esp": "Sale Price in INR",
        },
    ),
    "typing errors": (
        "Itme Code|Avaliable Quantitiy|Seling Price|MRP",
        {"sku": "Itme Code", "quantity": "Avaliable Quantitiy", "esp": "Seling Price", "mrp": "MRP"},
    ),
    "more typing errors": (
        "SKU|Clossing Stok|M R P|Sales Prize",
        {"sku": "SKU", "quantity": "Clossing Stok", "mrp": "M R P", "esp": "Sales Prize"},
    ),
    "pieces and boxes": (
        "Item Code|Stock (Pcs)|Stock (Box)",
        {"sku": "Item Code", "quantity": "Stock (Pcs)"},
    ),
    "what it was and what it is": (
        "Item Code|Op.Stk|Cl.Stk",
        {"sku": "Item Code", "quantity": "Cl.Stk"},
    ),
    "beginning and end": (
        "SKU|Beginning Inventory|Ending Inventory",
        {"sku": "SKU", "quantity": "Ending Inventory"},
    ),
    "letters spaced by a designer": (
        "S K U|Q T Y|M R P|S P",
        {"sku": "S K U", "quantity": "Q T Y", "mrp": "M R P", "esp": "S P"},
    ),
}


def rows(headers):
    """Thirty rows that look right under any header: codes, counts that fall, prices that differ."""
    made = []
    for number in range(30):
        row = []
        for place, header in enumerate(headers):
            said = header.casefold()
            if any(word in said for word in PLACES):
                row.append(("BLR-01", "DEL-02")[number % 2])
            elif any(word in said for word in FIGURES):
                row.append(str(1000 - number * 3 - place * 20))
            elif any(word in said for word in NAMES):
                row.append(f"A fine item {number % 9} of kind {place}")
            else:
                row.append(f"{'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[place]}{number * 7 % 1000:04d}")
        made.append(row)
    return made


PLACES = ("facility", "location", "site", "werk", "plant", "warehouse", "source", "branch")
FIGURES = (
    "qty", "quantit", "q t y", "stock", "stok", "stk", "inventory", "price", "prize", "mrp", "m.r.p", "m r p", "rate",
    "hand", "available", "committed", "incoming", "balance", "rsp", "wsp", "cost", "value", "amt", "s p", "blocked",
    "pending", "purchase", "sale", "insp", "returns", "transit", "unrestricted", "level", "count", "due", "order",
    "reserved", "gesperrt", "verwendbar", "bestand", "vk", "uvp", "ek ", "qté", "prix", "pv", "existencias", "precio",
    "estoque", "preço", "giacenza", "scorta", "prezzo", "listino", "voorraad", "prijs", "स्टॉक", "मूल्य", "एमआरपी",
    "allocated", "msrp", "weight",
)  # fmt: skip
NAMES = (
    "name",
    "title",
    "description",
    "company",
    "desc",
    "bezeichnung",
    "désign",
    "omschr",
    "विवरण",
    "details",
)


@pytest.mark.parametrize("system", SYSTEMS)
def test_an_export_is_read_as_its_program_means_it(system):
    line, wanted = SYSTEMS[system]
    headers = line.split("|")
    made = rows(headers)
    found = match(
        [table(headers, made)], [], name="export.csv", default_location="BLR-01", default_currency="INR"
    )
    assert isinstance(found, Match), found.reason
    got: dict[str, str] = {}
    for binding in found.bindings:
        got |= {name: headers[at] for name, at in binding.columns.items()}
        place = binding.location
        if place.column is not None:
            got["location_id"] = headers[place.column]
        for at in place.wide:
            got["quantity"] = headers[at]
    got = {
        name: header for name, header in got.items() if name in wanted or name not in {"sku", "location_id"}
    }
    assert got == wanted


QUESTIONS = {
    "two ids of a marketplace": ("Channel Sku ID|Client Sku ID|Available Quantity", "which column is sku?"),
    "prices by store": (
        "Handle|SKU|In stock [Main]|Price [Main]|In stock [Annex]|Price [Annex]", "which column is esp?",
    ),
    "figures under words nobody knows": ("SKU|Delhi|Mumbai|Pune", '[location.columns] "Delhi" = "…"'),
    "two closing stocks": ("Item Code|Closing Stock|Current Stock", "[columns] quantity ="),
    "stock of two days": ("SKU|Stock as on 01-04-2026|Stock as on 30-04-2026", "which column is quantity?"),
    "book and count": ("SKU|Quantity (Book)|Quantity (Physical)", "which column is quantity?"),
    "prices of two years": ("SKU|Price 2025|Price 2026", "which column is esp?"),
    "stock in boxes": ("Item Code|Stock (Box)", "no column for quantity"),
    "stock in dozens": ("Item Code|Qty (Doz)", "no column for quantity"),
    "prices in lakhs": ("Item Code|Price (in Lakhs)", "no column for"),
    "pieces to add": ("SKU|Qty +/-", "no column for quantity"),
    "an adjustment": ("SKU|Stock Adjustment", "no column for quantity"),
    "a change": ("SKU|Quantity Change", "no column for quantity"),
    "a difference": ("Item Code|Qty Difference", "no column for quantity"),
    "what moved": ("Item Code|Stock Movement", "no column for quantity"),
    "stock of the beginning": ("SKU|Opening Stock|Qty In|Qty Out", "no column for quantity"),
}  # fmt: skip


@pytest.mark.parametrize("case", QUESTIONS)
def test_what_cannot_be_told_is_asked_and_never_guessed(case):
    line, said = QUESTIONS[case]
    headers = line.split("|")
    made = [
        [
            value if header in CODES else str(1000 - row * 3 - at)
            for at, (header, value) in enumerate(zip(headers, cells, strict=True))
        ]
        for row, cells in enumerate(rows(headers))
    ]
    found = match(
        [table(headers, made)], [], name="export.csv", default_location="BLR-01", default_currency="INR"
    )
    assert not isinstance(found, Match)
    assert said in found.reason


CODES = {"SKU", "Item Code", "Handle", "Channel Sku ID", "Client Sku ID"}


@pytest.mark.parametrize("header", ["No.", "No", "Nr."])
def test_line_numbers_with_gaps_are_no_key(header):
    made = [[str(number), f"A fine item {number}", str(number % 7)] for number in range(1, 60) if number % 3]
    found = match([table([header, "Item Name", "Stock"], made)], [], name="x.csv", default_location="BLR-01")
    assert isinstance(found, Match)
    assert found.bindings[0].columns == {"sku": 1, "quantity": 2}
