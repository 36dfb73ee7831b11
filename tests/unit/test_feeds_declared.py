"""Feeds are declared once; their words must be fit for matching headers."""

import pickle
from decimal import Decimal

import pydantic
import pytest

from connector import feeds
from connector.feeds import FEEDS, FieldKind, Policy, by_name
from connector.feeds.feed import words

FIELDS = {f"{feed.name}.{field.name}": field for feed in FEEDS for field in feed.fields}


def test_there_are_the_feeds_of_the_contract_with_their_members_in_order():
    assert [feed.name for feed in FEEDS] == ["inventory", "price"]
    assert [field.name for field in by_name("inventory").fields] == ["location_id", "sku", "quantity"]
    assert [field.name for field in by_name("price").fields] == [
        "location_id",
        "sku",
        "esp",
        "mrp",
        "currency",
    ]
    assert all(feed.max_records == 500 and feed.safe_to_repeat for feed in FEEDS)


def test_an_unknown_feed_is_named_with_those_there_are():
    with pytest.raises(KeyError, match="there are: inventory, price"):
        by_name("orders")
    with pytest.raises(KeyError):
        by_name("price").field("quantity")


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_words_are_lower_case_clean_and_said_once(field):
    for said in (field.synonyms, field.decoys):
        assert list(said) == [" ".join(word.casefold().split()) for word in said]
        assert len(set(said)) == len(said)
    assert not set(field.synonyms) & set(field.decoys)


def test_decoys_keep_what_only_looks_like_stock_or_price_away():
    quantity, esp = by_name("inventory").field("quantity"), by_name("price").field("esp")
    assert {"opening", "reorder", "cost", "purchase", "value", "committed", "transit"} <= set(quantity.decoys)
    assert {"cost", "purchase", "tax", "value", "mrp"} <= set(esp.decoys)
    assert {"closing balance quantity", "current stock", "stock on hand", "disponibilita"} <= set(
        quantity.synonyms
    )


def test_the_canonical_value_of_a_payload_record():
    assert by_name("inventory").value_of({"location_id": "L", "sku": "A", "quantity": 5}) == "5"
    record = {"sku": "A", "esp": 799, "mrp": Decimal("999.5"), "currency": "INR"}
    assert by_name("price").value_of(record) == "999.50|799.00|INR"
    assert (
        by_name("price").value_of({"esp": 0.1 + 0.2, "mrp": 799.05, "currency": "INR"}) == "799.05|0.30|INR"
    )


def test_fields_of_a_kind():
    assert by_name("price").of_kind(FieldKind.MONEY) == ("esp", "mrp")
    assert by_name("inventory").of_kind(FieldKind.MONEY) == ()


def test_words_are_split_at_commas():
    assert words("a b,\n  c\n d, ,e") == ("a b", "c d", "e")


def test_a_policy_can_be_nested_in_a_pydantic_model_and_refuses_unknown_keys():
    class Profile(pydantic.BaseModel):
        policy: Policy = Policy()

    assert Profile.model_validate({"policy": {"buffer": 2}}).policy.buffer == 2
    with pytest.raises(pydantic.ValidationError, match="bufer"):
        Profile.model_validate({"policy": {"bufer": 2}})
    assert pickle.loads(pickle.dumps(Policy(words={"a": 1}))) == Policy(words={"a": 1})  # noqa: S301  our own bytes


def test_the_public_names_are_there():
    assert set(feeds.__all__) <= set(dir(feeds))
