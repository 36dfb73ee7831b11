"""Drops the days of a simulated shop one after the other, and looks at what Konnect holds after each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from connector.assembly import Assembly
from connector.cli import logs
from connector.ledger import open_ledger
from connector.model import DropState
from tests.simulation import days
from tests.simulation.goods import Goods, Kind

if TYPE_CHECKING:
    from connector.ledger import Ledger
    from connector.model import Drop as Landed
    from tests.simulation.days import Drop
    from tests.story.shop import Shop

PLACE = "BLR-01"
WARM_UP = 7
"""Clean days at the beginning: what is usual must be known before something can be unusual."""

PROFILE = """mode = "{mode}"
[match]
headers = ["Item Code", "Closing Stock"]
"""


@dataclass(slots=True)
class Outcome:
    """What was seen: each complaint is a fault that got through, a clean drop that did not, or a wrong value."""

    drops: int = 0
    clean: int = 0
    caught: Counter[str] = field(default_factory=Counter)
    false_alarms: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    wrong_values: list[str] = field(default_factory=list)


class Simulation:
    """One shop, its workspace and its sandbox."""

    def __init__(self, shop: Shop, kind: Kind, seed: int, drops: int) -> None:
        logs.configure("text", "critical")
        self.folder, self.sandbox, self.drops = shop.folder, shop.sandbox, drops
        shop.configure(("# settle_seconds = 5 ", "settle_seconds = 0 #"))  # files come in one move
        self.goods = Goods(kind, seed, datetime.now().astimezone().date() - timedelta(days=1), drops)
        self.stock: dict[str, int] = {}
        self.prices = self.goods.published
        self.outcome = Outcome()
        if kind.mode:
            profile = shop.folder / "config" / "profiles" / "stock.toml"
            profile.parent.mkdir(parents=True, exist_ok=True)
            profile.write_text(PROFILE.format(mode=kind.mode), encoding="utf-8")

    def run(self) -> Outcome:
        """All days; each file lands on its day."""
        with patch("connector.assembly.open_ledger", partial(open_ledger, now=self._now)):
            for maker in self._plan():
                self.goods.pass_a_day()
                self._one(maker(self.goods))
        return self.outcome

    def _now(self) -> datetime:
        return datetime.combine(self.goods.day, time(10), UTC)

    def _plan(self) -> list[Any]:
        """What each day is: every fault and every odd day at least once, the others clean."""
        dice, kind = self.goods.dice, self.goods.kind
        odd = [*days.ODD, *([days.only_new] if kind.mode != "full" else [])]
        special = [*days.HELD, *days.WRONG_ROWS, *odd, days.tax_day]
        rest = self.drops - WARM_UP - len(special)
        special += [dice.choice([*days.HELD, *days.WRONG_ROWS, *odd]) for _ in range(max(rest, 0) // 3)]
        plan = special + [days.clean] * max(0, self.drops - WARM_UP - len(special))
        dice.shuffle(plan)
        return [days.clean] * WARM_UP + plan

    def _one(self, drop: Drop) -> None:
        landed = self._land(drop)
        self.outcome.drops += 1
        with Assembly.read(self.folder / "config" / "connector.toml") as assembly:
            found = assembly.ledger.drop(landed)
            self._judge(drop, found, assembly.ledger)
            if drop.approve and found.state is DropState.HELD:
                assembly.ledger.decisions.approve(
                    landed, by="the shop", why="new taxes", except_outliers=True
                )
            elif found.state is DropState.HELD and self.goods.dice.random() < 0.5:
                assembly.ledger.decisions.dismiss(landed, by="the shop", why="wrong")
        if drop.approve:
            self._once()
        self._compare(drop)

    def _land(self, drop: Drop) -> int:
        path = self.folder / "inbox" / drop.name
        path.with_name(f".{path.name}.part").write_bytes(drop.content)
        path.with_name(f".{path.name}.part").rename(path)
        return self._once()

    def _once(self) -> int:
        with Assembly.read(self.folder / "config" / "connector.toml") as assembly:
            tally = assembly.daemon(once=True).run_once()
            assert not tally.defects, tally.defects
            return max(tally.drops, default=0)

    def _judge(self, drop: Drop, found: Landed, ledger: Ledger) -> None:
        told = f"{self.outcome.drops} {drop.label}: {found.state}: {found.reason or ''}"[:400]
        if drop.end == "through":
            self.outcome.clean += not drop.stopped
            if found.state is DropState.DUPLICATE and drop.content == self.goods.sent[-1]:
                return  # a day on which nothing happened
            if found.state is not DropState.ARCHIVED:
                self.outcome.false_alarms.append(told)
                return
            self._rows_stopped(drop, found.id, ledger)
            self._takes(drop)
        elif drop.end == "nothing new":
            self.outcome.clean += 1
            if found.state not in (DropState.DUPLICATE, DropState.ARCHIVED):
                self.outcome.false_alarms.append(told)
        elif drop.end == "rejected":
            good = found.state is DropState.QUARANTINED or (
                found.state is DropState.ARCHIVED and not found.rows_read
            )
            self._caught(drop, "reader", told) if good else self.outcome.missed.append(told)
        else:
            by = {guard["name"] for guard in found.report.get("guards", ()) if guard["verdict"] == "hold"}
            by |= {"unmatched"} if found.state is DropState.UNMATCHED else set()
            if found.state in (DropState.HELD, DropState.UNMATCHED) and by & drop.by:
                self._caught(drop, "+".join(sorted(by)), told)
                if drop.approve:
                    self._takes(drop)
            else:
                self.outcome.missed.append(f"{told} [by {sorted(by)}, not {sorted(drop.by)}]")

    def _caught(self, drop: Drop, by: str, told: str) -> None:
        self.outcome.caught[f"{drop.label} < {by}"] += 1
        del told

    def _rows_stopped(self, drop: Drop, drop_id: int, ledger: Ledger) -> None:
        rows = ledger.verdict_rows(drop_id)
        for sku in drop.stopped:
            codes = {fault.code for row in rows if row.sku in (sku, None) for fault in row.faults}
            if codes & drop.by:
                self.outcome.caught[f"{drop.label} < {'+'.join(sorted(codes & drop.by))}"] += 1
            elif "damaged_by_excel" not in drop.by:
                self.outcome.missed.append(
                    f"{self.outcome.drops} {drop.label}: row {sku} went on, {sorted(codes)}"
                )
        wrong = [
            row for row in rows if row.sku not in drop.stopped and str(row.verdict) in ("held", "rejected")
        ]
        for row in wrong[:3]:
            self.outcome.false_alarms.append(
                f"{self.outcome.drops} {drop.label}: row {row.sku}: {row.faults[0].reason}"
            )

    def _takes(self, drop: Drop) -> None:
        """What Konnect must hold after it."""
        self.goods.accepted = self.goods.day
        self.goods.sent.append(drop.content)
        for item in drop.says:
            # A price that is wrong does not stop the stock of its row, and the other way round.
            prices_only = drop.by & {"mrp_move", "esp_move", "esp_over_mrp", "price_crowd"}
            if item.sku not in drop.stopped or prices_only:
                self.stock[item.sku] = max(item.pieces, 0)
            if item.sku not in drop.stopped or "quantity_jump" in drop.by:
                self.prices[item.sku] = (item.mrp, item.esp)

    def _compare(self, drop: Drop) -> None:
        control = self.sandbox.control
        stock = {sku: pieces for (_, sku), pieces in control.inventory().items()}
        prices = {
            sku: (round(float(row.mrp) * 100), round(float(row.esp) * 100))
            for (_, sku), row in control.prices().items()
        }
        for ours, theirs, what in ((self.stock, stock, "pieces"), (self.prices, prices, "price")):
            if ours != theirs:
                odd = [
                    f"{sku}: {theirs.get(sku)} for {ours.get(sku)}"
                    for sku in sorted({*ours, *theirs}) if ours.get(sku) != theirs.get(sku)
                ]  # fmt: skip
                self.outcome.wrong_values.append(
                    f"{self.outcome.drops} {drop.label}: {what} {len(odd)}: {odd[:3]}"
                )
                if what == "pieces":
                    self.stock = dict(stock)  # said once
                else:
                    self.prices.clear()
                    self.prices.update(prices)
