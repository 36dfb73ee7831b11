"""Exports of some fifty programs, whole files, dropped for the first time with nothing told: what is read and sent."""

from __future__ import annotations

from typing import Any

import pytest

from connector.cli.files import disposition
from connector.errors import HoldDrop, RejectDrop
from connector.planner import Origin
from tests import exports, planned


@pytest.fixture
def planner(tmp_path):
    return planned.planner(tmp_path / "spool")


def checked(planner, export, tmp_path):
    """What `connector check` finds: disposition, reason, understanding and what would be sent, feed by feed."""
    path = tmp_path / export.name
    export.write(path)
    sent: dict[str, dict[str, dict[str, Any]]] = {}
    understood = None
    try:
        understood = planner.understand(path, Origin(path.name), tmp_path / "read")
        if understood.match is None:
            return "hold", understood.question, understood, sent
        plan, kept = planned.plan(planner, understood)
    except HoldDrop as error:
        return "hold", str(error), understood, sent
    except RejectDrop as error:
        return "reject", str(error), understood, sent
    sent = {feed.name: kept.sent(feed.name) for feed in plan.feeds}
    return *disposition(plan), understood, sent


@pytest.mark.parametrize("export", exports.EXPORTS, ids=lambda export: export.name)
def test_an_export_is_understood_on_first_sight(planner, tmp_path, export):
    found, reason, understood, sent = checked(planner, export, tmp_path)
    if export.asks:
        assert found == "hold"
        assert export.asks in reason
        return
    assert found in ("accept", "accept_with_row_errors"), reason
    assert understood.rows == export.rows
    columns = {
        f"{feed}.{name}": header for feed, own in understood.columns().items() for name, header in own.items()
    }
    assert columns == {**columns, **export.columns}
    for sku, (quantity, price) in export.spots.items():
        if quantity is not None:
            assert sent["inventory"][sku]["quantity"] == quantity
        if price is not None:
            assert sent["price"][sku]["esp"] == price


@pytest.mark.parametrize("export", exports.WRONG, ids=lambda export: export.name)
def test_another_report_of_the_same_program_is_held(planner, tmp_path, export):
    found, reason, _understood, _sent = checked(planner, export, tmp_path)
    assert found in ("hold", "reject")
    assert reason
