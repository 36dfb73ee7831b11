"""Tables and bindings for the tests of shaping, as readers and profiles would hand them over."""

from typing import Any

import numpy as np
import pyarrow as pa

from connector import shaping
from connector.feeds import Binding, LocationRule, Policy, by_name
from connector.shaping.shelf import SCHEMA, Segment, Shelf

INVENTORY, PRICE = by_name("inventory"), by_name("price")


def frame(*columns, first_line=2):
    """A table as `readers.parts` gives it; None is an absent cell."""
    rows = len(columns[0]) if columns else 0
    lines = np.arange(first_line, first_line + rows, dtype=np.int32)
    named = {f"c{at}": pa.array(list(column), type=pa.large_string()) for at, column in enumerate(columns)}
    return pa.table({"line": lines, **named}).to_pandas()


def stock_shaper(skus, quantities, locations=None, *, policy=None, rule=None, columns=None, **more):
    """A stock table with columns SKU, Stock and, when given, Store, held in memory, on its way to records."""
    cells = [skus, quantities] if locations is None else [skus, quantities, locations]
    rule = rule or (LocationRule(constant="L1") if locations is None else LocationRule(column=2))
    binding = Binding("inventory", columns or {"sku": 0, "quantity": 1}, rule)
    said = {"header": ("SKU", "Stock", "Store"), "routes": lambda _: "main", **more}
    rows = frame(*cells)
    return shaping.Shaper(lambda: [rows], binding, INVENTORY, policy or Policy(), **said)


def stock(skus, quantities, locations=None, **more):
    """Records of a stock table."""
    (records,) = stock_shaper(skus, quantities, locations, **more).records()
    return records


def messages(shaper):
    """What a person is told of how a table in memory was read."""
    (records,) = shaper.records()
    return shaper.messages(records.notes)


def prices_shaper(skus, esp, mrp=None, currency=None, *, policy=None, constants=None, rule=None, **more):
    """A price table with columns SKU, Price and, when given, MRP and Currency, on its way to records."""
    columns = [skus, esp, *(column for column in (mrp, currency) if column is not None)]
    named = {"sku": 0, "esp": 1, "mrp": 1 if mrp is None else 2}
    if currency is not None:
        named["currency"] = len(columns) - 1
    constants = {"currency": "INR"} if constants is None else constants
    binding = Binding("price", named, rule or LocationRule(constant="L1"), constants)
    said = {"header": ("SKU", "Price", "MRP", "Currency"), "routes": lambda _: "main", **more}
    rows = frame(*columns)
    return shaping.Shaper(lambda: [rows], binding, PRICE, policy or Policy(), **said)


def prices(skus, esp, mrp=None, currency=None, **more):
    """Records of a price table."""
    (records,) = prices_shaper(skus, esp, mrp, currency, **more).records()
    return records


def counted(records, published=None, landing=5, **more):
    """Verdict counts of records against what is published; asserts that they add up."""
    counts = tallied(records, shaping.changes(records, published or {}, landing, **more)).counts()
    assert sum(counts.values()) == records.total
    return {str(verdict): number for verdict, number in counts.items()}


def tallied(records, changed=None):
    """Records summed up; `changed`: against what is published, by default nothing."""
    tally = shaping.Tally(records.feed)
    tally.add(records, shaping.changes(records, {}, 5) if changed is None else changed)
    return tally


def columns(*lots):
    """The rows of lots, in the order they are sent."""
    return [row for lot in lots for row in lot.columns.to_pylist()]


def published(*rows):
    """What the API acknowledged: (location, sku, value, landing, batch) each, as shelves by location."""
    places: dict[str, list[Any]] = {}
    for location, *row in rows:
        places.setdefault(location, []).append(row)
    return {
        location: Shelf([Segment(pa.record_batch(list(map(list, zip(*said, strict=True))), schema=SCHEMA))])
        for location, said in places.items()
    }


def codes(records):
    """The rules broken, by line."""
    return {verdict.line: [fault.code for fault in verdict.faults] for verdict in records.rejects}
