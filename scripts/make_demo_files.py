"""Make the sample files of `connector demo`: small, of our own making, each with something real files have."""

from __future__ import annotations

import sys
from pathlib import Path

import xlsxwriter

STOCK = """\
Store Code,Item Code,Item Name,Closing Stock
BLR-01,TS-RED-S,Red tee S,12
BLR-01,TS-RED-M,Red tee M,"1,205"
BLR-01,TS-RED-L,Red tee L,-3
BLR-01,TS-RED-XL,Red tee XL,
BLR-01,TS-BLU-S,Blue tee S,7.5
BLR-01,TS-BLU-M,Blue tee M,0
BLR-01,JN-SLIM-28,Slim jeans 28,4
BLR-01,JN-SLIM-28,Slim jeans 28,4
BLR-01,JN-SLIM-30,Slim jeans 30,3
BLR-01,JN-SLIM-30,Slim jeans 30,9
BLR-01,8.90123E+12,Slim jeans 32,6
BLR-01,SH-RUN-6,Running shoe 6,a few
DEL-02,SH-RUN-7,Running shoe 7,15
DEL-02,SH-RUN-77,Running shoe 7.7,2
,,Grand Total,1270
"""

PRICES = """\
Northway Distribution, Connaught Place, Delhi;;;
Price list as on 20-Nov-2026;;;
Item Code;Description;M.R.P.;Selling Price
JN-SLIM-28;Slim jeans – 28;2.499,00;1.999,00
JN-SLIM-30;Slim jeans – 30;2.499,00;1.999,00
JN-SLIM-32;Slim jeans – 32;2.499,00;2.599,00
JN-WIDE-28;Wide jeans – 28;2.799,00;2.299,50
JN-WIDE-30;Wide jeans – 30;2.799,00;
"""

UNKNOWN = """\
Ref,Colour,Season,Remark
A1,red,SS26,ok
A2,blue,SS26,ok
"""


def matrix(path: Path) -> None:
    """A workbook with a title, one column per location and a total row; blank is "not stocked here"."""
    with xlsxwriter.Workbook(path, {"in_memory": True}) as book:
        sheet = book.add_worksheet("stock 20-11")
        rows = [
            ["Stock by warehouse"],
            [],
            ["SKU", "BLR-01", "DEL-02", "MUM-03"],
            ["KU-COT-S", 10, 4, None],
            ["KU-COT-M", 25, None, 8],
            ["KU-COT-L", 0, 2, 6],
            ["SK-3PK-M", 140, 60, -2],
            ["Total", 175, 66, 12],
        ]
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)


def main(target: Path) -> None:
    """Write the files to `target`."""
    (target / "DEL-02").mkdir(parents=True, exist_ok=True)
    (target / "1_stock_export.csv").write_text(STOCK, encoding="utf-8", newline="\r\n")
    (target / "2_stock_export_again.csv").write_text(STOCK, encoding="utf-8", newline="\r\n")
    (target / "DEL-02" / "price_list.csv").write_text(PRICES, encoding="cp1252", newline="\r\n")
    matrix(target / "3_warehouse_matrix.xlsx")
    (target / "4_report.xlsx").write_bytes(b"%PDF-1.4\n% a report somebody renamed\n%%EOF\n")
    (target / "5_samples.csv").write_text(UNKNOWN, encoding="utf-8", newline="\r\n")


if __name__ == "__main__":
    main(
        Path(sys.argv[1])
        if len(sys.argv) > 1
        else Path(__file__).parents[1] / "connector" / "cli" / "demo_files"
    )
