"""What is taken from a table without being told, and how profiles are chosen."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.feeds import LocationRule
from connector.model import Table
from connector.profiles import Match, Profile, ReaderHints, Unmatched, match, reader_hints
from tests.unit.profile_tables import codes, columns, table

N = 40


def understood(one: Table, profiles: list[Profile] | None = None, **known: Any) -> Match:
    outcome = match([one], profiles or [], **{"name": "stock.csv", "default_location": "BLR-01"} | known)
    assert isinstance(outcome, Match), outcome
    return outcome


def refused(tables: Table | list[Table], profiles: list[Profile] | None = None, **known: Any) -> Unmatched:
    listed = tables if isinstance(tables, list) else [tables]
    outcome = match(listed, profiles or [], **{"name": "stock.csv", "default_location": "BLR-01"} | known)
    assert isinstance(outcome, Unmatched), outcome
    return outcome


def bound(outcome: Match, one: Table, feed: str) -> dict[str, str]:
    (binding,) = [binding for binding in outcome.bindings if binding.feed == feed]
    return {field: one.header[index] for field, index in binding.columns.items()}


def feeds(outcome: Match) -> list[str]:
    return [binding.feed for binding in outcome.bindings]


def place(outcome: Match) -> LocationRule:
    return outcome.bindings[0].location


def profile(name: str = "shop", **values: Any) -> Profile:
    return Profile.model_validate({"name": name, **values})


# ---- ordinary files need no profile ----------------------------------------------------------------------------------


def test_an_ordinary_export() -> None:
    one = columns(
        location_id=["BLR-01"] * N,
        sku=codes(N),
        quantity=range(N),
        mrp=[999] * N,
        esp=[799] * N,
        currency=["INR"] * N,
    )
    outcome = understood(one)
    assert feeds(outcome) == ["inventory", "price"]
    assert bound(outcome, one, "inventory") == {"sku": "sku", "quantity": "quantity"}
    assert bound(outcome, one, "price") == {"sku": "sku", "mrp": "mrp", "esp": "esp", "currency": "currency"}
    assert place(outcome).column == 0
    assert outcome.profile is None
    assert outcome.mode == "delta"
    assert outcome.notes == ()
    assert "synonym" in outcome.bindings[0].evidence["quantity"]
    assert "100 % numeric" in outcome.bindings[0].evidence["quantity"]


def test_a_file_of_two_rows_is_enough() -> None:
    one = table(["location_id", "sku", "quantity"], [["BLR-01", "A", "1"], ["DEL-02", "B", "2"]])
    assert place(understood(one)).column == 0


def test_header_only_still_says_what_it_would_be() -> None:
    one = table(["REF", "Nombre del articulo", "Nombre de la variante", "Cantidad", "Purchase cost"])
    assert bound(understood(one), one, "inventory") == {"sku": "REF", "quantity": "Cantidad"}


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        (["SKU", "Opening Stock", "Stock On Hand"], "Stock On Hand"),
        (["SKU", "Qty", "Reorder Qty"], "Qty"),
        (["SKU", "Disponibilita", "DisponibilitaFutura"], "Disponibilita"),
        (["SKU", "Stock", "Available Stock"], "Available Stock"),
        (
            ["SKU", "Particulars Closing Balance Quantity", "Inwards Quantity"],
            "Particulars Closing Balance Quantity",
        ),
        (["SKU", "Current Stock (Nos)", "Stock (Opening)"], "Current Stock (Nos)"),
    ],
)
def test_the_right_quantity_and_not_its_decoys(header: list[str], taken: str) -> None:
    one = table(header, [[code, str(i), str(i + 3)] for i, code in enumerate(codes(N))])
    assert bound(understood(one), one, "inventory")["quantity"] == taken


def test_a_quantity_column_must_hold_numbers() -> None:
    one = columns(SKU=codes(N), Stock=["see below"] * N, Qty=range(N))
    assert bound(understood(one), one, "inventory")["quantity"] == "Qty"


@pytest.mark.parametrize(
    ("others", "taken"),
    [
        ({"index": range(N), "SKU Code": codes(N)}, "SKU Code"),
        ({"ID": range(1, N + 1), "Item Name": codes(N, "Shirt ")}, "Item Name"),
        ({"ID": [n * 31 for n in range(N)], "Item Name": codes(N, "Shirt ")}, "ID"),
        ({"Barcode": [8900000000000 + n for n in range(N)], "Item Code": codes(N)}, "Item Code"),
        (
            {"Style Code": ["ST1", "ST2"] * (N // 2), "Barcode": [8900000000000 + n for n in range(N)]},
            "Barcode",
        ),
        ({"IdProd": codes(N, "PS"), "ProductID": [n * 31 for n in range(N)]}, "IdProd"),
        (
            {"Item Code": [*codes(N // 4), *[""] * (N - N // 4)], "Product Code": codes(N, "P-")},
            "Product Code",
        ),
        ({"Item Code": codes(N), "Product Code": codes(N)}, "Item Code"),
        ({"Supplier Code": codes(N, "S"), "Particulars": codes(N, "Shirt ")}, "Particulars"),
    ],
)
def test_the_key_that_tells_items_apart(others: dict[str, list[str]], taken: str) -> None:
    one = columns(**others, Stock=range(N))
    assert bound(understood(one), one, "inventory")["sku"] == taken


def test_an_item_name_as_key_is_a_guess_that_is_said() -> None:
    one = columns(Particulars=codes(N, "Shirt "), Quantity=range(N))
    assert "the item name 'Particulars'" in understood(one).notes[0]


def test_a_key_may_repeat_when_there_is_a_line_per_location() -> None:
    rows = [[place, code, "X" + code, "1"] for code in codes(4) for place in ("A", "B", "C", "D", "E")]
    one = table(["Store", "Item Code", "Barcode", "Qty"], rows)
    outcome = understood(one)
    assert bound(outcome, one, "inventory")["sku"] == "Item Code"
    assert place(outcome).column == 0


def test_two_codes_as_good_as_each_other_are_a_question() -> None:
    one = columns(**{"Item Code": codes(N, "A-"), "Product Code": codes(N, "B-")}, Stock=range(N))
    outcome = refused(one)
    assert outcome.question
    assert outcome.candidates == ("'Item Code'", "'Product Code'")
    assert '[columns] sku = "Item Code"' in outcome.reason
    assert '# sku = "Item Code"   or   "Product Code"' in outcome.proposal


# ---- prices ----------------------------------------------------------------------------------------------------------


def test_one_price_counts_for_both() -> None:
    one = columns(**{"ITEM NO. ": codes(N), "Rate": [f"{n}.50" for n in range(N)]})
    outcome = understood(one, default_currency="INR")
    assert feeds(outcome) == ["price"]
    assert bound(outcome, one, "price") == {"sku": "ITEM NO. ", "esp": "Rate", "mrp": "Rate"}
    assert outcome.bindings[0].constants == {"currency": "INR"}
    assert "only price" in outcome.notes[0]


def test_costs_are_no_prices() -> None:
    one = columns(
        **{"Code": codes(N), "Current Stock": range(N), "Cost Price": range(N), "Purchase Price": range(N)}
    )
    assert feeds(understood(one)) == ["inventory"]


def test_a_rate_beside_quantity_and_value_is_a_cost() -> None:
    values: dict[str, Any] = {
        "Particulars": codes(N),
        "Quantity": range(N),
        "Rate": [2] * N,
        "Value": [2 * n for n in range(N)],
    }
    outcome = understood(columns(**values))
    assert feeds(outcome) == ["inventory"]
    assert any("a cost, no selling price" in note for note in outcome.notes)


def test_a_rate_is_a_cost_by_headers_alone_in_a_short_report() -> None:
    assert feeds(
        understood(columns(Item=codes(3), Quantity=range(3), Rate=[1, 1, 1], Value=["", "", ""]))
    ) == ["inventory"]


def test_a_price_whose_value_column_is_another_sum_stays_a_price() -> None:
    values: dict[str, Any] = {
        "Item": codes(N),
        "Quantity": range(1, N + 1),
        "Price": [90] * N,
        "Value": [7 * n for n in range(1, N + 1)],
    }
    assert feeds(understood(columns(**values))) == ["inventory", "price"]


def test_list_and_net_price() -> None:
    one = columns(IdProd=codes(N), Prezzo=["18,9"] * N, Listino=["24,58"] * N, PrezzoPromo=["9,9"] * N)
    assert bound(understood(one), one, "price") == {"sku": "IdProd", "esp": "Prezzo", "mrp": "Listino"}


def test_a_column_that_could_be_either_is_the_one_for_which_there_is_no_other() -> None:
    prices = {"Variant Price": [7] * N, "Variant Compare At Price": [9] * N}
    one = columns(SKU=codes(N), **prices)
    assert bound(understood(one), one, "price") == {
        "sku": "SKU",
        "esp": "Variant Price",
        "mrp": "Variant Compare At Price",
    }


def test_only_an_mrp_counts_for_both() -> None:
    one = columns(SKU=codes(N), MRP=range(N))
    assert bound(understood(one), one, "price") == {"sku": "SKU", "esp": "MRP", "mrp": "MRP"}


def test_two_numbered_lists_in_one_order_are_told_apart_by_size() -> None:
    low, high = range(100, 100 + N), range(110, 110 + N)
    for values in ({"$ VENTA1": low, "$ VENTA 2": high}, {"$ VENTA1": high, "$ VENTA 2": low}):
        one = columns(ID=codes(N), **values)
        outcome = understood(one)
        got = bound(outcome, one, "price")
        assert list(values[got["esp"]]) == list(low)
        assert list(values[got["mrp"]]) == list(high)
        assert "never below" in outcome.notes[0]


@pytest.mark.parametrize(
    "values",
    [
        {"$ VENTA1": [1, 2] * 20, "$ VENTA 2": [2, 1] * 20},
        {"$ VENTA1": [1] * 40, "$ VENTA 2": ["x", *[2] * 5, *[""] * 34]},
        {"Selling Price": [1] * 40, "Sales Price": [2] * 40},
        {"Sale Rate": [1] * 40, "Selling Price": [2] * 40, "MRP": [3] * 40},
    ],
)
def test_prices_nothing_tells_apart_are_a_question(values: dict[str, list[object]]) -> None:
    outcome = refused(columns(SKU=codes(40), **values))
    assert outcome.question
    assert "which column is esp?" in outcome.reason
    assert "[columns] esp =" in outcome.reason


def test_one_header_twice_is_answered_by_number() -> None:
    rows = [[code, str(i), str(i * 2 + 1)] for i, code in enumerate(codes(N))]
    outcome = refused(table(["SKU", "Selling Price", "Selling Price"], rows))
    assert "[columns] esp = 2" in outcome.reason
    assert "# esp = 2   or   3" in outcome.proposal


def test_equal_columns_are_no_question() -> None:
    rows = [[code, str(i), str(i)] for i, code in enumerate(codes(N))]
    assert feeds(understood(table(["SKU", "Selling Price", "Selling Price"], rows))) == ["price"]
    outcome = understood(table(["SKU", "Stock", "Stock"], rows))
    assert "holds the same values" in outcome.notes[0]


def test_quantities_nothing_tells_apart_are_a_question() -> None:
    outcome = refused(columns(SKU=codes(N), Qty=range(N), Quantity=range(N, 2 * N)))
    assert "which column is quantity?" in outcome.reason


# ---- currency --------------------------------------------------------------------------------------------------------


def test_a_foreign_currency_in_the_cells_is_never_sent_as_ours() -> None:
    one = columns(**{"SKU": codes(N), "Selling Price": [f"ARS {n}.00" for n in range(N)]})
    outcome = understood(one, default_currency="INR")
    assert outcome.bindings[0].constants == {"currency": "INR"}
    assert any('[constants] currency = "ARS"' in note for note in outcome.notes)


@pytest.mark.parametrize(
    ("header", "code"),
    [("Price (USD)", "USD"), ("Price [ARS]", "ARS"), ("Preis €", "EUR"), ("GBP Price", "GBP")],
)
def test_prices_under_a_header_in_another_currency_are_a_question(header: str, code: str) -> None:
    one = columns(**{"SKU": codes(N), header: range(N)})
    outcome = refused(one, default_currency="INR")
    assert f"says {code}, but prices are configured in INR" in outcome.reason
    assert f'[constants] currency = "{code}"' in outcome.reason
    told = profile(columns={"sku": "SKU", "esp": header}, constants={"currency": code})
    assert understood(one, [told], default_currency="INR").bindings[0].constants == {"currency": code}


@pytest.mark.parametrize(
    "header", ["MRP (Rs.)", "Price (INR)", "PRICE ALL", "$ Price", "Price (₹)", "Price (EXT)"]
)
def test_a_header_that_names_no_other_currency_raises_no_question(header: str) -> None:
    one = columns(**{"SKU": codes(N), header: range(N)})
    assert understood(one, default_currency="INR").bindings[0].constants == {"currency": "INR"}


def test_without_a_configured_currency_the_cells_say_it() -> None:
    one = columns(**{"SKU": codes(N), "Selling Price": [f"₹ {n}" for n in range(N)]})
    assert understood(one).bindings[0].constants == {"currency": "INR"}


def test_nothing_says_the_currency() -> None:
    assert understood(columns(SKU=codes(N), Price=range(N))).bindings[0].constants == {}


def test_the_currency_of_the_profile_wins() -> None:
    one = columns(SKU=codes(N), Price=range(N))
    said = understood(
        one, [profile(match={"headers": ["SKU"]}, policy={"currency": "USD"})], default_currency="INR"
    )
    assert said.bindings[0].constants == {"currency": "USD"}
    fixed = understood(
        one, [profile(match={"headers": ["SKU"]}, constants={"currency": "EUR"})], default_currency="INR"
    )
    assert fixed.bindings[0].constants == {"currency": "EUR"}


# ---- where it belongs ------------------------------------------------------------------------------------------------


def test_no_location_is_held_with_the_way_out() -> None:
    outcome = refused(columns(SKU=codes(N), Qty=range(N)), default_location=None)
    assert outcome.question
    assert outcome.reason.startswith("no location")
    assert 'quantity = "Qty"' in outcome.proposal


def test_the_folder_names_the_location() -> None:
    one = columns(SKU=codes(N), Qty=range(N))
    assert place(understood(one, folder="south/DEL-02")).constant == "DEL-02"
    assert place(understood(one, folder="./")).constant == "BLR-01"
    known = {"Bengaluru Store": "BLR-07"}
    assert place(understood(one, folder="bengaluru_store/june", locations=known)).constant == "BLR-07"
    strange = understood(one, folder="june", locations=["BLR-01"])
    assert place(strange).constant == "june"
    assert "none of the known locations" in strange.notes[0]


def test_the_default_comes_last() -> None:
    rule = place(understood(columns(SKU=codes(N), Qty=range(N))))
    assert (rule.constant, rule.origin) == ("BLR-01", "the configuration's default")


def test_names_of_the_configuration_come_with_the_rule() -> None:
    one = columns(Godown=["Main", "Shop"] * (N // 2), SKU=codes(N), Qty=range(N))
    assert place(understood(one, locations={"Main": "BLR-01"})).names == {"Main": "BLR-01"}


@pytest.mark.parametrize("values", [["Main", *[""] * (N - 1)], [f"R{n}" for n in range(N)]])
def test_what_only_looks_like_a_location_is_passed_over_and_said(values: list[str]) -> None:
    outcome = understood(columns(SKU=codes(N), Location=values, Qty=range(N)))
    assert place(outcome).constant == "BLR-01"
    assert "'Location' is not taken" in outcome.notes[0]


def test_known_locations_may_be_many() -> None:
    known = [f"R{n}" for n in range(N)]
    one = columns(SKU=codes(N), Location=known, Qty=range(N))
    assert place(understood(one, locations=known)).column == 1


def test_codes_before_names_known_before_unknown() -> None:
    one = columns(**{"Store Name": ["Main"] * N, "Store Code": ["S1"] * N}, SKU=codes(N), Qty=range(N))
    assert place(understood(one)).column == 1
    assert place(understood(one, locations={"Main": "BLR-01"})).column == 0


def test_two_location_columns_are_a_question() -> None:
    one = columns(Store=["A"] * N, Warehouse=["B"] * N, SKU=codes(N), Qty=range(N))
    outcome = refused(one)
    assert "which column is location_id?" in outcome.reason
    assert "[location] column" in outcome.reason


def test_a_bin_is_no_location() -> None:
    assert (
        place(understood(columns(**{"Bin Location": ["A"] * N}, SKU=codes(N), Qty=range(N)))).column is None
    )


# ---- wide tables -----------------------------------------------------------------------------------------------------


def test_one_column_per_outlet_by_prefix() -> None:
    one = columns(
        sku=codes(N), supply_price=[1] * N, retail_price=[2] * N, outlet_tax_Garage=["Default Tax"] * N,
        inventory_Garage=range(N), reorder_point_Garage=[""] * N, inventory_Mt_Auburn=range(N),
        restock_level_Mt_Auburn=[1] * N, composite_quantity=[""] * N,
    )  # fmt: skip
    outcome = understood(one)
    assert feeds(outcome) == ["inventory", "price"]
    assert place(outcome).wide == {4: "Garage", 6: "Mt_Auburn"}
    assert outcome.bindings[1].location.wide == {4: "Garage", 6: "Mt_Auburn"}
    assert bound(outcome, one, "inventory") == {"sku": "sku"}
    assert "one column per location" in outcome.notes[-1]


def test_one_column_per_outlet_in_brackets_and_behind() -> None:
    in_brackets = columns(
        **{
            "SKU": codes(N),
            "In stock [Pune]": range(N),
            "Low stock [Pune]": [1] * N,
            "In stock [Delhi]": range(N),
        }
    )
    assert place(understood(in_brackets)).wide == {1: "Pune", 3: "Delhi"}
    behind = columns(
        **{"SKU": codes(N), "Pune Stock": range(N), "Delhi Stock": range(N), "Opening Stock": range(N)}
    )
    assert place(understood(behind)).wide == {1: "Pune", 2: "Delhi"}


def test_one_column_per_outlet_by_elimination() -> None:
    one = columns(
        **{
            "SKU": codes(N),
            "Delhi Warehouse": range(N),
            "Ogaan": [""] * N,
            "Rs Online": [*[""] * 30, *range(10)],
        }
    )
    outcome = understood(one)
    assert place(outcome).wide == {1: "Delhi Warehouse", 2: "Ogaan", 3: "Rs Online"}
    assert feeds(outcome) == ["inventory"]


def test_columns_called_after_known_locations() -> None:
    one = columns(SKU=codes(N), delhi=range(N), Weight=range(N))
    assert place(understood(one, locations={"Delhi": "DEL-02"})).wide == {1: "DEL-02"}


def test_a_known_location_is_read_whatever_stands_below_it() -> None:
    one = columns(SKU=codes(N), Delhi=range(N), Pune=["x"] * N)
    known = {"Delhi": "DEL-02", "Pune": "PNQ-07"}
    assert place(understood(one, locations=known)).wide == {1: "DEL-02", 2: "PNQ-07"}


def test_a_column_with_figures_that_is_not_read_is_said() -> None:
    attic = ["x", *["7"] * 3] * (N // 4)
    one = columns(SKU=codes(N), Basement=range(N), Attic=attic, Yard=range(N), Shop=range(N))
    outcome = understood(one)
    assert place(outcome).wide == {1: "Basement", 3: "Yard", 4: "Shop"}
    assert any("not read: 'Attic'" in note for note in outcome.notes)


def test_headers_that_look_like_store_codes_are_locations() -> None:
    stores = {"BLR-01": range(N), "DEL-02": range(N), "MUM-03": range(N)}
    assert place(understood(columns(SKU=codes(N), **stores))).wide == {1: "BLR-01", 2: "DEL-02", 3: "MUM-03"}
    for others in (("UK6", "UK7", "UK8"), ("Jan-26", "Feb-26", "Mar-26"), ("W1", "W2", "W3")):
        refused(columns(SKU=codes(N), **dict.fromkeys(others, range(N))))


def test_other_figures_are_no_locations() -> None:
    outcome = refused(columns(SKU=codes(N), Length=range(N), Width=range(N)))
    assert "no column for quantity" in outcome.reason
    assert not outcome.question
    stock = columns(SKU=codes(N), Stock=range(N), Foo=range(N), Bar=range(N))
    assert place(understood(stock)).wide == {}
    twice = table(["SKU", "Pune", "Pune"], [[code, "1", "2"] for code in codes(N)])
    assert "no column for quantity" in refused(twice).reason


def test_two_columns_for_one_outlet_are_no_wide_table() -> None:
    rows = [[code, str(n), str(n + 1)] for n, code in enumerate(codes(N))]
    assert "which column is quantity?" in refused(table(["SKU", "Stock Pune", "Stock Pune"], rows)).reason


# ---- profiles --------------------------------------------------------------------------------------------------------


STOCK = columns(Code=codes(N), Closing=range(N), Cost=range(N), Shop=["A"] * N)
NAMED = {"sku": "code", "quantity": "CLOSING"}


def test_a_profile_is_known_by_the_columns_it_reads() -> None:
    said: dict[str, Any] = {"mode": "full", "account": "main", "lane": "one", "policy": {"buffer": 2}}
    outcome = understood(STOCK, [profile(columns=NAMED, location={"constant": "DEL-02"}, **said)])
    assert outcome.profile == "shop"
    assert bound(outcome, STOCK, "inventory") == {"sku": "Code", "quantity": "Closing"}
    assert (outcome.mode, outcome.account, outcome.lane, outcome.policy.buffer) == ("full", "main", "one", 2)
    assert place(outcome).constant == "DEL-02"
    assert feeds(outcome) == ["inventory"]


def test_a_renamed_file_is_known_by_its_layout() -> None:
    a, b = (
        profile("a", columns=NAMED, match={"names": ["stock*"]}),
        profile("b", columns={"quantity": "Other"}),
    )
    assert understood(STOCK, [a, b], name="renamed.csv").profile == "a"


def test_a_lost_column_is_named_with_its_successor() -> None:
    outcome = refused(
        STOCK, [profile(columns={**NAMED, "quantity": "Closing Stock"}, match={"names": ["stock*"]})]
    )
    assert outcome.question
    assert (
        "profile 'shop': the column 'Closing Stock' (quantity) is not in the table any more" in outcome.reason
    )
    assert "'Closing'" in outcome.reason


def test_a_lost_column_unlike_any_is_found_by_what_it_was() -> None:
    one = columns(Code=codes(N), Units=range(N), Zweig=["A"] * N)
    outcome = refused(
        one, [profile(columns={"sku": "Code", "quantity": "Kvant"}, match={"names": ["stock*"]})]
    )
    assert "the nearest header now is 'Units'" in outcome.reason
    gone = refused(
        one,
        [profile(columns={"sku": "Code", "quantity": 9}, location={"column": "Qqq"}, match={"names": ["*"]})],
    )
    assert "number 9" in gone.reason
    assert "'Qqq' (location.column)" in gone.reason
    assert "no header there looks like it" in gone.reason


def test_most_of_a_layout_is_a_drifted_layout_even_under_another_name() -> None:
    layout = {"headers": ["Code", "Closing", "Cost", "Branch"]}
    outcome = refused(
        STOCK, [profile(match=layout, columns={**NAMED}, location={"column": "Branch"})], name="x.csv"
    )
    assert "'Branch' (location.column)" in outcome.reason
    other = columns(Code=codes(N), Stock=range(N))
    assert understood(other, [profile(match={"headers": ["Code", "Price"]})], name="x.csv").profile is None


def test_two_profiles_that_fit_equally_are_a_question() -> None:
    outcome = refused(STOCK, [profile("a", columns=NAMED), profile("b", columns=NAMED)])
    assert outcome.question
    assert outcome.candidates == ("a", "b")


def test_name_folder_and_longer_layout_decide_between_two() -> None:
    short, long = (
        profile("short", columns=NAMED),
        profile("long", columns=NAMED, match={"headers": ["Code", "Closing", "Cost"]}),
    )
    assert understood(STOCK, [short, long]).profile == "long"
    by_name = profile("named", columns=NAMED, match={"names": ["stock*"]})
    assert understood(STOCK, [short, long, by_name]).profile == "named"
    in_folder = profile("folder", columns=NAMED, match={"folder": "del*"})
    assert understood(STOCK, [short, in_folder], folder="del-02").profile == "folder"
    assert understood(STOCK, [short, in_folder]).profile == "short"


def test_a_profile_may_say_only_what_differs() -> None:
    one = columns(SKU=codes(N), Stock=range(N), Price=range(N))
    said = profile(match={"names": ["stock*"]}, location={"constant": "DEL-02"})
    assert feeds(understood(one, [said])) == ["inventory", "price"]
    by_folder = profile(match={"folder": "delhi"}, location={"folder": True, "names": {"delhi": "DEL-02"}})
    assert place(understood(one, [by_folder], folder="delhi")).constant == "DEL-02"
    only = profile(match={"headers": ["SKU"]}, feeds=["price"])
    assert feeds(understood(one, [only])) == ["price"]
    either = profile(match={"any_headers": ["Nope", "Stock"]})
    assert understood(one, [either]).profile == "shop"


def test_one_price_named_by_a_profile_counts_for_both_unless_the_other_is_found() -> None:
    one = columns(SKU=codes(N), Foo=range(N))
    outcome = understood(one, [profile(columns={"esp": "Foo"})])
    assert bound(outcome, one, "price") == {"sku": "SKU", "esp": "Foo", "mrp": "Foo"}
    assert "no column for mrp" in outcome.notes[0]
    two = columns(SKU=codes(N), Foo=range(N), MRP=range(N))
    assert bound(understood(two, [profile(columns={"esp": "Foo"})]), two, "price")["mrp"] == "MRP"
    fixed = profile(columns={"esp": "Foo", "mrp": "MRP"})
    assert bound(understood(two, [fixed]), two, "price") == {"sku": "SKU", "esp": "Foo", "mrp": "MRP"}


def test_a_feed_the_profile_insists_on_is_never_left_out() -> None:
    outcome = refused(
        columns(SKU=codes(N), Stock=range(N)),
        [profile(match={"headers": ["SKU"]}, feeds=["inventory", "price"])],
    )
    assert outcome.reason == "profile 'shop': no column for esp and mrp (price)"


def test_a_header_a_profile_names_twice_in_the_table() -> None:
    rows = [[code, "1", "2"] for code in codes(N)]
    one = table(["SKU", "Net", "Net"], rows)
    assert "[columns] quantity = 2" in refused(one, [profile(columns={"quantity": "Net"})]).reason
    assert (
        understood(one, [profile(columns={"sku": "SKU", "quantity": 3})]).bindings[0].columns["quantity"] == 2
    )


def test_location_from_the_file_name() -> None:
    one = columns(SKU=codes(N), Stock=range(N))
    said = [profile(match={"headers": ["SKU"]}, location={"file_name": r"_([A-Z]+-\d+)"})]
    assert place(understood(one, said, name="stock_DEL-02.csv")).constant == "DEL-02"
    assert "does not fit location.file_name" in refused(one, said, name="stock.csv").reason


def test_location_from_the_folder_needs_a_folder() -> None:
    outcome = refused(STOCK, [profile(columns=NAMED, location={"folder": True})])
    assert "lies in none" in outcome.reason


def test_location_column_and_wide_columns_named_by_a_profile() -> None:
    assert place(
        understood(STOCK, [profile(columns=NAMED, location={"column": "Shop", "names": {"A": "BLR-01"}})])
    ) == LocationRule(column=3, names={"A": "BLR-01"}, origin="column 'Shop'")
    wide = profile(columns={"sku": "Code"}, location={"columns": {"Closing": "BLR-01", "Cost": "DEL-02"}})
    assert place(understood(STOCK, [wide])).wide == {1: "BLR-01", 2: "DEL-02"}
    lost = profile(
        columns={"sku": "Code"},
        match={"names": ["*"]},
        location={"columns": {"Pune": "PUN", "Cost": "DEL-02"}},
    )
    assert "'Pune' (location.columns)" in refused(STOCK, [lost]).reason


def test_a_forced_profile_is_used_whatever_the_file_is_called() -> None:
    both = [profile("a", columns=NAMED, match={"names": ["never"]}), profile("b", columns=NAMED)]
    assert understood(STOCK, both, forced="a").profile == "a"
    outcome = refused(STOCK, both, forced="c")
    assert "there is no profile 'c'" in outcome.reason
    assert "did you mean 'shop'" in refused(STOCK, [profile()], forced="shopp").reason
    assert "'Foo' (sku)" in refused(STOCK, [profile(columns={"sku": "Foo"})], forced="shop").reason


def test_a_table_without_headers_needs_a_profile_with_numbers() -> None:
    one = table(["", "", ""], [[code, "7", "x"] for code in codes(N)])
    assert "no header row" in refused(one).reason
    assert "no header row" in refused(table([]), [profile(match={"names": ["*"]})]).reason
    numbers = profile(
        match={"names": ["stock*"]}, reader={"has_header": False}, columns={"sku": 1, "quantity": 2}
    )
    assert understood(one, [numbers]).bindings[0].columns == {"sku": 0, "quantity": 1}
    per_feed = profile(match={"names": ["stock*"]}, columns={"inventory": {"sku": 1, "quantity": 2}})
    assert understood(one, [per_feed]).bindings[0].columns == {"sku": 0, "quantity": 1}


def test_what_to_tell_the_reader_before_the_file_is_opened() -> None:
    a = profile("a", match={"names": ["a*"], "folder": "x*"}, reader={"delimiter": ";"})
    b = profile("b", match={"names": ["*"]}, reader={"encoding": "cp1252"})
    assert reader_hints([a, b], name="b.csv", folder=None) == ReaderHints(encoding="cp1252")
    assert reader_hints([a, b], name="a.csv", folder="x1") == ReaderHints()
    assert reader_hints([a, b], name="zzz.csv", folder=None, forced="a").delimiter == ";"


# ---- several tables --------------------------------------------------------------------------------------------------


def test_the_table_is_chosen_by_its_columns_not_its_name() -> None:
    lookup = table(["Colour", "Hex"], [["red", "ff0000"]], sheet="Stock")
    stock = columns(SKU=codes(N), Qty=range(N))
    outcome = match([lookup, stock], [], name="x.xlsx", default_location="B")
    assert isinstance(outcome, Match)
    assert outcome.table == 1
    assert "table 2" in outcome.notes[-1]


def test_two_tables_that_fit_are_a_question() -> None:
    sheets = [table(["SKU", "Qty"], [["A", "1"]], sheet=name) for name in ("Old", "New")]
    outcome = refused(sheets)
    assert outcome.candidates == ("sheet 'Old'", "sheet 'New'")
    assert '[match] sheet = "Old"' in outcome.reason
    said = [profile(match={"headers": ["SKU"], "sheet": "n*"})]
    chosen = match(sheets, said, name="x.xlsx", default_location="B")
    assert isinstance(chosen, Match)
    assert chosen.table == 1
    assert refused(sheets, [profile(match={"headers": ["SKU"]})]).reason.startswith(
        "profile 'shop': sheet 'Old' and"
    )
    missing = refused(sheets, [profile(match={"names": ["*"], "sheet": "July"})])
    assert "wants sheet 'July'" in missing.reason
    assert missing.candidates == ("Old", "New")


def test_a_profile_known_by_its_sheet() -> None:
    sheets = [table(["SKU", "Qty"], [["A", "1"]], sheet=name) for name in ("Old", "New")]
    chosen = match(sheets, [profile(match={"sheet": "New"})], name="x.xlsx", default_location="B")
    assert isinstance(chosen, Match)
    assert (chosen.profile, chosen.table) == ("shop", 1)


def test_an_empty_sheet_is_never_what_is_meant() -> None:
    sheets = [table(["SKU", "Qty"], [], sheet="Empty"), table(["SKU", "Qty"], [["A", "1"]], sheet="Full")]
    outcome = match(sheets, [], name="x.xlsx", default_location="B")
    assert isinstance(outcome, Match)
    assert outcome.table == 1


def test_a_file_that_says_nothing_we_know() -> None:
    one = columns(
        Date=["2026-01-01"] * N, Particulars=["Cash"] * N, **{"Vch Type": ["Sale"] * N}, Debit=range(N)
    )
    outcome = refused(one, [profile("other", match={"headers": ["SKU", "Foo"]})])
    assert not outcome.question
    assert "no column for quantity (inventory)" in outcome.reason
    assert "no profile fits either (other)" in outcome.reason
    assert refused([]).reason == "there is no table in the file"


# ---- whatever comes --------------------------------------------------------------------------------------------------

CELLS = st.text(max_size=8) | st.sampled_from(["", "5", "5.00", "1,234", "ARS 3", "#REF!", "Main", "-"])
HEADERS = st.sampled_from(
    ["SKU", "Qty", "Price", "MRP", "Store", "", "Stock A", "Stock B", "Rate", "Value", "ID"]
) | st.text(max_size=9)


@given(st.data(), st.lists(HEADERS, max_size=6), st.integers(0, 5))
def test_any_table_is_understood_or_refused_with_a_reason(
    data: st.DataObject, header: list[str], rows: int
) -> None:
    cells = [[data.draw(CELLS) for _ in header] for _ in range(rows)]
    outcome = match([table(header, cells)], [], name="x.csv", default_location="B", default_currency="INR")
    if isinstance(outcome, Unmatched):
        assert outcome.reason
        return
    for binding in outcome.bindings:
        assert all(0 <= index < len(header) for index in binding.columns.values())
        assert not set(binding.columns) & set(binding.constants)
        rule = binding.location
        assert sum([rule.column is not None, rule.constant is not None, bool(rule.wide)]) == 1
        assert set(binding.evidence) >= {*binding.columns, *binding.constants, "location_id"}


def test_more_of_the_finer_points() -> None:
    numeric_store = columns(Store=[1, 2, 3, 4] * (N // 4), SKU=codes(N))
    assert "no column for quantity" in refused(numeric_store).reason
    same = columns(SKU=codes(N), **{"Item SKU": codes(N)}, Qty=range(N))
    assert bound(understood(same), same, "inventory")["sku"] == "SKU"


def test_a_misspelt_header_is_a_guess_that_is_said() -> None:
    one = columns(**{"Item Cod": codes(N), "Quantitiy": range(N), "M R P": range(N)})
    outcome = understood(one)
    assert bound(outcome, one, "inventory") == {"sku": "Item Cod", "quantity": "Quantitiy"}
    assert "'Quantitiy' is read as quantity (like 'quantity')" in outcome.notes


def test_a_right_spelling_is_never_outdone_by_a_likeness() -> None:
    one = columns(SKU=codes(N), Quantitiy=range(N), Qty=range(N, 2 * N))
    assert bound(understood(one), one, "inventory")["quantity"] == "Qty"
    assert "no column for quantity" in refused(columns(SKU=codes(N), Quality=range(N))).reason


def test_the_price_with_tax_is_what_the_customer_pays() -> None:
    one = columns(
        **{
            "Item Code": codes(N),
            "MRP": range(N),
            "Price (incl. GST)": range(N),
            "Price (excl. GST)": range(N),
        }
    )
    assert bound(understood(one), one, "price") == {
        "sku": "Item Code",
        "mrp": "MRP",
        "esp": "Price (incl. GST)",
    }


def test_a_list_of_sales_is_never_taken_for_stock_unless_told() -> None:
    one = columns(
        **{
            "Invoice No": codes(N, "I"),
            "Order Date": ["x"] * N,
            "Customer": ["x"] * N,
            "SKU": codes(N),
            "Qty": range(N),
        }
    )
    assert "looks like a list of sales" in refused(one).reason
    assert feeds(understood(one, [profile(columns={"quantity": "Qty"})])) == ["inventory"]
    stock = columns(
        **{"SKU": codes(N), "Available": range(N), "On Sales Order": range(N), "On Order": range(N)}
    )
    assert feeds(understood(stock)) == ["inventory"]


def test_yes_and_no_in_figures_are_no_quantity_beside_one() -> None:
    one = columns(
        **{"SKU": codes(N), "Stock": range(N), "In Stock": [0, 1] * (N // 2), "In stock?": [0, 1] * (N // 2)}
    )
    assert bound(understood(one), one, "inventory")["quantity"] == "Stock"


def test_a_sku_is_the_key_even_when_it_repeats() -> None:
    one = columns(SKU=["A", "B"] * (N // 2), Barcode=[8900000000000 + n for n in range(N)], Qty=range(N))
    assert bound(understood(one), one, "inventory")["sku"] == "SKU"


def test_a_group_of_quantity_rate_and_value_is_a_valuation() -> None:
    values: dict[str, Any] = {
        "Closing Balance Quantity": range(N),
        "Closing Balance Rate": range(N),
        "Closing Balance Value": [5] * N,
    }
    assert feeds(understood(columns(Particulars=codes(N), **values))) == ["inventory"]
