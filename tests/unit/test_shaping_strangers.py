"""SKUs nobody knows: told of, or held, and only where there is a list to go by."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from connector import shaping
from connector.feeds import Policy
from connector.model import Release
from tests.unit.shaping_tables import published, stock_shaper

HOLD = Policy(unknown="hold")


def listed(*skus):
    return lambda _account: pa.array(skus, type=pa.large_string())


def looked_at(skus, lists, *, policy=HOLD, there=None, release=None):
    """What is sent, what is held with its reason, and what is told."""
    lookup = {} if there is None else {"published": lambda *_: there}
    shaper = stock_shaper(skus, ["5"] * len(skus), policy=policy, lists=lists, **lookup)
    strangers = shaper.strangers(release)
    (records,) = shaper.records()
    changed = strangers.part(shaping.changes(records, shaper.published, 9))
    held = {verdict.sku: verdict.faults[0].reason for verdict in changed.held}
    return changed.to_send["sku"].tolist(), held, strangers.messages()


def test_what_is_not_listed_is_held_with_the_nearest():
    sent, held, said = looked_at(["TS-RED-M", "TS-RDE-M"], listed("TS-RED-M"))
    assert sent == ["TS-RED-M"]
    assert "known SKUs like it: TS-RED-M" in held["TS-RDE-M"]
    assert said == ["1 record has an SKU that Konnect does not list, held: TS-RDE-M (like TS-RED-M)"]


def test_what_was_acknowledged_once_is_known():
    sent, held, said = looked_at(["OLD", "OLD-2"], listed("A"), there=published(("L1", "OLD", "3", 1, 1)))
    assert (sent, list(held)) == (["OLD"], ["OLD-2"])
    assert len(said) == 1


@pytest.mark.parametrize(
    ("policy", "release"),
    [(Policy(), None), (HOLD, Release("anna", "", datetime(2026, 11, 28, tzinfo=UTC)))],
)
def test_told_of_and_sent(policy, release):
    sent, held, said = looked_at(["X-1"], listed("A"), policy=policy, release=release)
    assert (sent, held) == (["X-1"], {})
    assert "sent as they are: X-1" in said[0]


def test_without_a_list_nobody_can_tell():
    sent, held, said = looked_at(["X-1"], lambda _account: None)
    assert (sent, held) == (["X-1"], {})
    assert "its list of products was never pulled" in said[0]
    assert looked_at(["X-1"], None, policy=Policy())[2] == []


def test_many_are_counted_and_few_named():
    sent, held, said = looked_at([f"X-{number}" for number in range(300)], listed("A"))
    assert (sent, len(held)) == ([], 300)
    assert said[0].endswith("X-0, X-1, X-2, X-3, X-4, …")
