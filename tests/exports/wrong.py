"""Other reports of the same programs, of which nothing may be sent."""

from __future__ import annotations

from collections.abc import Sequence

from tests.exports.kit import GOODS, Export, Row, book


def _wrong(name: str, header: str, rows: Sequence[Row], *, above: Sequence[Row] = ()) -> Export:
    return Export(name, book({"Sheet1": [*above, header.split("|"), *rows]}))


WRONG: tuple[Export, ...] = (
    _wrong(
        "tally-day-book.xlsx", "Date|Particulars|Vch Type|Vch No.|Debit Amount|Credit Amount",
        [[f"{n + 1}-Nov-25", "Cash Sales", "Sales", n + 100, s, None] for n, (_c, _t, _q, _m,
            s) in enumerate(GOODS)],
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
        [[f"PO{n:05d}", "12/11/2025", "Aranya Mills", c, q + 5, q, 5, s * 0.5] for n, (c, _t, q, _m,
            s) in enumerate(GOODS)],
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
        "Name|Email|Financial Status|Paid at|Total|Lineitem quantity|Lineitem name|Lineitem price|Lineitem sku|"
        "Shipping Name",
        [[f"#{1000 + n}", f"a{n}@example.com", "paid", "2025-11-12 10:00:00 +0530", s, 1 + n % 3, t, s, c, "A. Rao"]
         for n, (c, t, _q, _m, s) in enumerate(GOODS)],
    ),
)  # fmt: skip
