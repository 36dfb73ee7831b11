"""The forty lines that everybody writes first: pandas, requests, and one audit row per record in SQLite.

With `--no-audit` the table is left out.
"""

import json
import sqlite3
import sys
import time

import pandas as pd
import requests

path, server, *options = sys.argv[1:]
audit = "--no-audit" not in options

database = sqlite3.connect("audit.db")
database.execute(
    "CREATE TABLE audit (location TEXT, sku TEXT, quantity INTEGER, status INTEGER, answer TEXT, at REAL)"
)
session = requests.Session()
session.headers["x-access-token"] = "benchmark"

table = pd.read_csv(path, dtype=str)
table = table.rename(columns={"Store": "location_id", "Item Code": "sku", "Quantity": "quantity"})
table = table[["location_id", "sku", "quantity"]]
table["quantity"] = table["quantity"].astype(int)

for start in range(0, len(table), 500):
    records = table.iloc[start : start + 500].to_dict("records")
    for attempt in range(10):
        answer = session.put(f"{server}/ims/v3/inventory", json=records, timeout=30)
        if answer.ok:
            break
        time.sleep(0.1 * 2**attempt)
    if audit:
        ack = json.dumps(answer.json()["meta"])
        database.executemany(
            "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?)",
            [
                (r["location_id"], r["sku"], r["quantity"], answer.status_code, ack, time.time())
                for r in records
            ],
        )
        database.commit()
