"""The list of products in the ledger: whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.ledger import IllegalStep, Ledger, skus
from tests.contract.ledger_kit import BACKENDS


@pytest.fixture(params=BACKENDS)
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    yield from request.param(tmp_path)


def rows(*codes: str) -> list[tuple[str | None, ...]]:
    return [(code, "10.00", None, "INR") for code in codes]


def pulled(ledger: Ledger, *pages: tuple[str, ...]) -> int:
    pull = ledger.catalogue.begin("main")
    for page in pages:
        ledger.catalogue.add_page("main", pull, rows(*page))
    ledger.catalogue.finish("main", pull, sum(map(len, pages)))
    return pull


def listed(ledger: Ledger) -> list[str]:
    return list(skus(ledger.catalogue.products("main")).to_pylist())


def test_a_list_counts_from_when_it_is_whole(ledger: Ledger) -> None:
    assert ledger.catalogue.products("main") is None
    pull = ledger.catalogue.begin("main")
    ledger.catalogue.add_page("main", pull, rows("A", "B"))
    assert ledger.catalogue.products("main") is None
    ledger.catalogue.add_page("main", pull, rows("C"))
    ledger.catalogue.finish("main", pull, 3)
    assert listed(ledger) == ["A", "B", "C"]
    (known,) = ledger.catalogue.all()
    assert (known.account, known.products, known.failure) == ("main", 3, None)


def test_a_pull_that_fails_leaves_the_old_list_and_its_age(ledger: Ledger) -> None:
    pulled(ledger, ("A",))
    before = ledger.catalogue.of("main")
    pull = ledger.catalogue.begin("main")
    ledger.catalogue.add_page("main", pull, rows("B"))
    ledger.catalogue.failed("main", "HTTP 503")
    after = ledger.catalogue.of("main")
    assert before is not None
    assert after is not None
    assert (after.failure, after.pulled_at) == ("HTTP 503", before.pulled_at)
    assert listed(ledger) == ["A"]
    with pytest.raises(IllegalStep, match="got in between"):
        ledger.catalogue.finish("main", pull, 1)
    pulled(ledger, ("C",), ("D", "C"))
    assert listed(ledger) == ["C", "D"]
    assert ledger.catalogue.of("other") is None
