"""Rows held in a file that is through: a person lets single ones go later, or sets them aside."""

from __future__ import annotations

from tests.story.shop import LOCATION, Shop
from tests.story.test_holding import all_at, prices, selling

HIGH = {"SKU-03": 9990, "SKU-04": 9991}


def hold_two_rows(shop: Shop) -> str:
    """Good prices, then a file in which two of them are ten times what they were; its number."""
    shop.drop("good.csv", prices(all_at(999)))
    shop.once()
    shop.drop("odd.csv", prices({**all_at(998), **HIGH}))
    (drop,) = shop.once(code=1)["drops"]
    assert (drop["state"], drop["held"]) == ("archived", 2)
    return str(drop["drop"])


def waiting(shop: Shop) -> dict[int, int]:
    return {each["drop"]: each["rows"] for each in shop.json("status")["held_rows"]}


def test_one_row_is_let_go_and_the_other_waits_on(shop: Shop) -> None:
    held = hold_two_rows(shop)
    assert waiting(shop) == {int(held): 2}
    said = shop.json("approve", held, "--sku", "SKU-03", "--by", "anna", "--why", "gold edition")
    assert (said["what"], said["by"], said["running"], said["left"]) == ("rows approved", "anna", False, [])
    assert [(row["sku"], row["value"]) for row in said["rows"]] == [("SKU-03", "9990.00|9990.00|INR")]
    (made,) = shop.once()["drops"]
    assert (made["drop"], made["feeds"]) == (said["made"], {"price": {"accepted": 1}})
    now = selling(shop)
    assert (now["SKU-03"], now["SKU-04"], now["SKU-00"]) == (9990, 999, 998)
    assert waiting(shop) == {int(held): 1}, "the drop of our own hides nothing"
    shown = shop.json("show", held, code=1)
    assert [(one["what"], one["about"], one["made"]) for one in shown["decisions"]] == [
        ("rows approved", "1 held row", made["drop"])
    ]
    assert {row["sku"]: row["decision"] is None for row in shown["rows"]} == {"SKU-03": False, "SKU-04": True}
    assert shown["feeds"]["price"]["held"] == 2, "closed books stay as they are"
    told = shop.connector("show", held, code=1).stdout
    assert "rows approved by anna" in told
    assert f"as drop {made['drop']}: gold edition" in told
    assert "SKU-04" in told.partition("Rows that did not go through")[2]
    assert "SKU-03" not in told.partition("Rows that did not go through")[2]
    said = shop.connector("approve", held, "--sku", "SKU-03", code=2).stderr
    assert "no row that is held and waits for a word has SKU SKU-03" in said
    line = str(next(row["line"] for row in shown["rows"] if row["sku"] == "SKU-04"))
    assert "1 held row of" in shop.connector("dismiss", held, "--rows", line, "--why", "a slip").stdout
    assert waiting(shop) == {}
    shop.json("show", held)
    assert selling(shop)["SKU-04"] == 999
    shop.json("undo", str(made["drop"]))
    shop.once()
    assert selling(shop)["SKU-03"] == 999


def test_a_row_overwrites_nothing_that_was_said_since(shop: Shop) -> None:
    held = hold_two_rows(shop)
    shop.drop("newer.csv", prices({"SKU-03": 999, "SKU-05": 997}))
    shop.once()
    said = shop.json("approve", held, "--rows", "all", code=1)
    assert [row["sku"] for row in said["rows"]] == ["SKU-04"]
    (left,) = said["left"]
    assert left["sku"] == "SKU-03"
    assert "said it again" in left["reason"], "what the newer file repeats counts as much as what it changes"
    shop.once()
    now = selling(shop)
    assert (now["SKU-03"], now["SKU-04"], now["SKU-05"]) == (999, 9991, 997)


def test_what_gets_in_between_word_and_deed_stays(shop: Shop) -> None:
    held = hold_two_rows(shop)
    shop.drop("odd.csv", "Ref,Teile\r\nSKU-04,5\r\n")
    (odd,) = shop.once(code=1)["drops"]
    shop.connector("approve", held, "--sku", "SKU-04")
    profile = (
        'feeds = ["price"]\n[columns]\nsku = "Ref"\nmrp = "Teile"\nesp = "Teile"\n'
        f'[location]\nconstant = "{LOCATION}"\n[guards]\nesp_move = 99\nmrp_move = 99\n'
    )
    (shop.folder / "config" / "profiles" / "odd.toml").write_text(profile, encoding="utf-8")
    shop.connector("retry", str(odd["drop"]))
    shop.once()
    assert selling(shop)["SKU-04"] == 5
    made = shop.json("drops")["drops"][0]
    assert made["feeds"] == {"price": {"superseded": 1}}


def test_the_row_of_the_newer_file_is_the_one_to_decide_about(shop: Shop) -> None:
    held = hold_two_rows(shop)
    shop.drop("next day.csv", prices({**all_at(998), "SKU-03": 9990}))
    (newer,) = shop.once(code=1)["drops"]
    said = shop.connector("approve", held, "--sku", "SKU-03", code=1).stdout
    assert f"drop {newer['drop']} says it too" in " ".join(said.split())
    shop.connector("approve", str(newer["drop"]), "--rows", "all")
    shop.once()
    assert selling(shop)["SKU-03"] == 9990


def test_wrong_wishes_are_said(shop: Shop) -> None:
    held = hold_two_rows(shop)
    assert "is no line" in shop.connector("approve", held, "--rows", "three", code=2).stderr
    assert "has line 3, SKU X" in shop.connector("approve", held, "--rows", "3", "--sku", "X", code=2).stderr
    assert "leave it" in shop.connector("approve", held, "--rows", "all", "--except-outliers", code=2).stderr
    assert "--rows or --sku" in shop.connector("approve", held, code=2).stderr
    assert "no held row" in shop.connector("approve", "1", "--rows", "all", code=2).stderr


def test_every_decision_can_be_read_by_a_program(shop: Shop) -> None:
    shop.drop("good.csv", prices(all_at(999)))
    shop.once()
    shop.drop("paise.csv", prices(all_at(99900)))
    (held,) = shop.once(code=1)["drops"]
    number = str(held["drop"])
    assert shop.json("retry", number) == {"drop": held["drop"], "what": "to be tried again", "running": False}
    shop.once(code=1)
    said = shop.json("approve", number, "--by", "anna", "--why", "so be it")
    assert said == {
        "drop": held["drop"], "what": "approved", "by": "anna", "why": "so be it", "running": False,
    }  # fmt: skip
    shop.once()
    undone = shop.json("undo", number, "--by", "anna")
    assert (undone["what"], undone["values"], undone["left"], undone["emptied"]) == ("undone", 25, [], [])
    (made,) = shop.once()["drops"]
    assert made["drop"] == undone["made"]
    shop.drop("paise 2.csv", prices({**all_at(99900), "SKU-00": 99901}))
    (again,) = shop.once(code=1)["drops"]
    assert shop.json("dismiss", str(again["drop"]))["what"] == "dismissed"
