"""Whatever a table holds: every record has exactly one verdict, and the payload says exactly the records."""

import json
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from connector import shaping
from connector.feeds import Binding, LocationRule, Policy
from connector.model import Fault
from tests.unit.shaping_tables import INVENTORY, PRICE, columns, frame, published, tallied

CODES = (
    st.none()
    | st.sampled_from(["A", " A", "B", "C\u00a0", "#REF!", "1E5", "", 'q"\\\n', "é"])
    | st.text(max_size=4)
)
PLACES = st.none() | st.sampled_from(["L1", "L2", "L1 ", "Delhi", "L9", ""])
NUMBERS = (
    st.none()
    | st.sampled_from(
        ["", "5", "5.0", "-3", "2.7", "x", "10+", "in stock", "#N/A", "(4)", "12 Nos", "₹ 5", "0", "1E3"]
    )
    | st.integers(-5, 5000).map(str)
)
SHOP_PRICES = st.none() | st.sampled_from(
    ["", "0", "799", "799.5", "Rs. 99", "ARS 5", "x", "-1", "1,299.00", "12.345"]
)
CURRENCIES = st.none() | st.sampled_from(["INR", "inr", "USD", "", "gold", "₹"])
POLICIES = st.builds(
    Policy,
    negatives=st.sampled_from(["zero", "reject"]),
    fractions=st.sampled_from(["floor", "reject"]),
    blank=st.sampled_from(["no_instruction", "zero"]),
    buffer=st.integers(0, 3),
    minimum=st.integers(0, 3),
    maximum=st.none() | st.integers(0, 100),
    duplicates=st.sampled_from(["refuse", "sum", "last"]),
    decimal_mark=st.sampled_from([None, ".", ","]),
    currency=st.sampled_from([None, "INR"]),
    words=st.sampled_from([{}, {"In Stock": 5}]),
)
RULES = st.sampled_from(
    [
        LocationRule(column=1, names={"delhi": "L2"}),
        LocationRule(constant="L1"),
        LocationRule(wide={2: "L1", 3: "L2"}),
        LocationRule(wide={2: "L1", 3: "L9", 4: "L1"}),
        LocationRule(),
    ]
)
ROWS = st.lists(st.tuples(CODES, PLACES, NUMBERS, SHOP_PRICES, SHOP_PRICES, CURRENCIES), max_size=12)
LIST_PRICE = (True, None, None, False)
"""What the header of the MRP says, by the number of columns that are locations."""
HEADER = ("SKU", "Store", "Stock", "Price", "MRP", "Currency")


def route(location):
    return {"L1": "one", "L2": "two"}.get(location)


def bindings(rule, shared):
    wide = bool(rule.wide)
    yield INVENTORY, Binding("inventory", {"sku": 0} if wide else {"sku": 0, "quantity": 2}, rule)
    columns = {"sku": 0, "esp": 3, "mrp": 3 if shared else 4}
    yield (
        PRICE,
        Binding(
            "price",
            columns if shared else {**columns, "currency": 5},
            rule,
            {"currency": "INR"} if shared else {},
            list_price=LIST_PRICE[len(rule.wide)],
        ),
    )


def shaped(rows, rule, policy, shared, faults):
    table = (
        frame(*(list(column) for column in zip(*rows, strict=True))) if rows else frame(*([] for _ in HEADER))
    )
    for feed, binding in bindings(rule, shared):
        yield feed, shaping.records(table, binding, feed, policy, header=HEADER, routes=route, faults=faults)


@given(ROWS, RULES, POLICIES, st.tuples(st.booleans(), st.booleans(), st.booleans()))
def test_every_record_has_exactly_one_verdict(rows, rule, policy, switches):
    shared, torn, force = switches
    faults = [Fault(3, "", "", "too_wide", "the row is wider than the header")] if torn else []
    for _feed, records in shaped(rows, rule, policy, shared, faults):
        assert records.total == len(rows) * (len(rule.wide) or 1)
        known = published(
            ("L1", "A", "5", 1, 1), ("L1", "B", "799.00|799.00|INR", 9, 2), ("L2", "A", "0", 5, 3)
        )
        changed = shaping.changes(records, {"one": known, "two": known}, 5, force=force)
        tally = tallied(records, changed)
        assert sum(tally.counts().values()) == sum(tally.counts(held=True).values()) == records.total
        own = len(records.verdicts) + len(changed.superseded) + records.held
        assert own + len(changed) + len(changed.unchanged) == records.total
        assert all(verdict.faults for verdict in records.rejects)
        shaping.check_guards(shaping.Seen(tally, policy))


def expected(row, feed):
    if feed is INVENTORY:
        return {"location_id": row["location_id"], "sku": row["sku"], "quantity": row["quantity"]}
    return {
        "location_id": row["location_id"],
        "sku": row["sku"],
        "esp": Decimal(row["esp"]) / 100,
        "mrp": Decimal(row["mrp"]) / 100,
        "currency": row["currency"],
    }


@given(ROWS, RULES, POLICIES, st.booleans())
def test_the_payload_says_exactly_the_records(rows, rule, policy, shared):
    for feed, records in shaped(rows, rule, policy, shared, []):
        changed = shaping.changes(records, {}, 5)
        lots = list(shaping.batches(changed, feed))
        again = list(shaping.batches(shaping.changes(records, {}, 5), feed))
        assert [lot.payloads for lot in lots] == [lot.payloads for lot in again]
        bodies = [json.loads(body, parse_float=Decimal) for lot in lots for body in lot.payloads]
        sent = [record for body in bodies for record in body]
        wanted = [expected(row, feed) for row in records.frame.to_pandas().to_dict("records")]
        assert sorted(map(repr, map(plain, sent))) == sorted(map(repr, map(plain, wanted)))
        values = [feed.value_of(record) for record in sent]
        assert sorted(values) == sorted(records.frame["value"].to_pylist())
        assert [len(body) for body in bodies] == [size for lot in lots for size in lot.sizes]
        said = [(row["location"], row["sku"], row["value"]) for row in columns(*lots)]
        assert said == [(record["location_id"], record["sku"], feed.value_of(record)) for record in sent]
        keys = {(record["location_id"], record["sku"]) for record in sent}
        assert len(keys) == len(sent)
        assert not any(record.get("quantity", 0) < 0 for record in sent)
        assert all(0 < record["esp"] <= record["mrp"] for record in sent if feed is PRICE)


def plain(record):
    return {
        name: value if isinstance(value, str) else str(Decimal(value).normalize())
        for name, value in record.items()
    }


@given(st.lists(st.text(min_size=1).filter(lambda text: text.strip().isprintable()), min_size=1, unique=True))
def test_any_code_survives_the_way_to_json(codes):
    binding = Binding("inventory", {"sku": 0, "quantity": 1}, LocationRule(constant="L1"))
    records = shaping.records(
        frame(codes, ["1"] * len(codes)), binding, INVENTORY, Policy(), header=HEADER, routes=route
    )
    sent = [
        record["sku"]
        for lot in shaping.batches(shaping.changes(records, {}, 1), INVENTORY)
        for body in lot.payloads
        for record in json.loads(body)
    ]
    assert sent == records.frame["sku"].tolist()
