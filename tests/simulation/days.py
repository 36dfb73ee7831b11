"""What a simulated shop drops: clean days, odd but clean days, and every fault we know of.

A fault is made of the day's true goods; what is not meant by it never comes again. Each says what must stop it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from tests.simulation.files import HEADER, Line, line, name, rows_of, write

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.simulation.goods import Goods, Item

End = Literal["through", "held", "rejected", "nothing new"]


@dataclass(frozen=True, slots=True)
class Drop:
    """One file. `by` are the guards one of which must have stopped it, or its rows (`stopped`).

    `says` is what goes out when it does: item by SKU, without the rows that are stopped.
    """

    label: str
    name: str
    content: bytes
    end: End = "through"
    by: frozenset[str] = frozenset()
    says: tuple[Item, ...] = ()
    stopped: frozenset[str] = frozenset()
    approve: bool = False


def clean(goods: Goods, label: str = "clean", items: Sequence[Item] | None = None) -> Drop:
    """The day as it is."""
    kind, day = goods.kind, goods.day
    said = [item for item in (goods.items if items is None else items) if kind.sends_zeros or item.pieces]
    content = write(kind, day, [line(item) for item in said])
    return Drop(label, name(kind, day, goods.dice.randrange(5)), content, says=tuple(said))


def _listed(goods: Goods) -> Callable[[Item], bool]:
    """What is in the export of the day, and has the price Konnect knows."""
    return lambda item: (
        (goods.kind.sends_zeros or item.pieces > 0) and goods.published.get(item.sku) == (item.mrp, item.esp)
    )


# odd, but clean ------------------------------------------------------------------------------------------------------


def other_order(goods: Goods) -> Drop:
    return clean(goods, "other order", goods.dice.sample(goods.items, len(goods.items)))


def tenth_is_new(goods: Goods) -> Drop:
    goods.items += goods.collection(0.1)[:0]
    return clean(goods, "a tenth is new")


def sale(goods: Goods) -> Drop:
    cheap = goods.sample(len(goods.items) // 3, _listed(goods))
    goods.items = goods.changed(
        lambda item: replace(item, esp=max(item.esp * 7 // 10, item.mrp * 55 // 100)), cheap
    )
    return clean(goods, "sale")


def sale_over(goods: Goods) -> Drop:
    listed = goods.sample(len(goods.items), _listed(goods))
    goods.items = goods.changed(lambda item: replace(item, esp=min(item.mrp, item.esp * 10 // 8)), listed)
    return clean(goods, "sale over")


def only_new(goods: Goods) -> Drop:
    """A collection that is sent by itself."""
    new = goods.collection(0.05 if goods.kind.items > 100 else 0.3)
    return clean(goods, "only new items", [replace(item, pieces=item.pieces or 4) for item in new])


def delivery(goods: Goods) -> Drop:
    goods.items = goods.changed(
        lambda item: replace(item, pieces=max(item.pieces, 0) + 24), goods.sample(len(goods.items) // 2)
    )
    return clean(goods, "a large delivery")


def busy_day(goods: Goods) -> Drop:
    """5 % of what is there sells out at once."""
    out = goods.sample(len(goods.items) // 25, lambda item: item.pieces > 0)
    goods.items = goods.changed(lambda item: replace(item, pieces=0), out)
    return clean(goods, "a busy day")


def zeros_left_out(goods: Goods) -> Drop:
    """The program was told to leave out what is 0; the next day it is told otherwise."""
    return clean(goods, "zeros left out", [item for item in goods.items if item.pieces > 0])


def same_again(goods: Goods) -> Drop:
    """The last good file once more, under another name."""
    return Drop("same file again", f"again {name(goods.kind, goods.day, 0)}", goods.sent[-1], "nothing new")


ODD: tuple[Callable[[Goods], Drop], ...] = (
    other_order, tenth_is_new, sale, sale_over, delivery, busy_day, zeros_left_out, same_again,
)  # fmt: skip


# faults --------------------------------------------------------------------------------------------------------------


def _fault(
    goods: Goods, label: str, by: str, rows: Sequence[Line] | None = None, header: Sequence[object] = HEADER,
    *, end: End = "held", content: bytes | None = None, days_back: int = 0,
) -> Drop:  # fmt: skip
    day = goods.day - timedelta(days=days_back)
    made = write(goods.kind, day, rows if rows is not None else [], header) if content is None else content
    return Drop(label, name(goods.kind, day, goods.dice.randrange(5)), made, end, frozenset(by.split()))


def _lines(goods: Goods, items: Sequence[Item] | None = None) -> list[Line]:
    return rows_of(goods.kind, goods.items if items is None else items)


def pdf(goods: Goods) -> Drop:
    return _fault(
        goods, "PDF", "reader", content=b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n%%EOF\n" * 40, end="rejected"
    )


def day_book(goods: Goods) -> Drop:
    rows = [
        (f"{goods.day:%d-%b-%Y}", f"Sales {at}", "Sales", at, f"{item.esp / 100:.2f}")
        for at, item in enumerate(goods.sample(60))
    ]
    return _fault(
        goods,
        "day book",
        "layout_drift unmatched",
        rows,
        ("Date", "Particulars", "Vch Type", "Vch No", "Debit"),
    )


def no_quantity(goods: Goods) -> Drop:
    rows = [(*row[:2], *row[3:]) for row in _lines(goods)]
    return _fault(goods, "no quantity column", "layout_drift", rows, (*HEADER[:2], *HEADER[3:]))


def renamed(goods: Goods) -> Drop:
    return _fault(
        goods, "column renamed", "layout_drift", _lines(goods), (*HEADER[:2], "Stock Qty", *HEADER[3:])
    )


def adjustments(goods: Goods) -> Drop:
    """Another column in the place of the stock."""
    rows = [(*row[:2], goods.dice.randrange(-3, 4), *row[3:]) for row in _lines(goods)]
    return _fault(goods, "adjustment column", "layout_drift", rows, (*HEADER[:2], "Adjustment", *HEADER[3:]))


def groups(goods: Goods) -> Drop:
    rows = [
        (f"{word} GROUP {'ABCDEFGH'[at]}", word, goods.dice.randrange(50, 900), "1000.00", "900.00")
        for at in range(8) for word in ("KURTAS", "SAREES", "SHAWLS", "BLOUSES")
    ]  # fmt: skip
    return _fault(goods, "groups", "wrong_file stock_absent row_count", rows)


def whole_company(goods: Goods) -> Drop:
    other = [
        (f"CO{at:06}X", "other shop", goods.dice.randrange(9), "1500.00", "1400.00")
        for at in range(max(200, 12 * len(goods.items)))
    ]
    return _fault(goods, "whole company", "wrong_file row_count", [*_lines(goods), *other])


def few_groups(goods: Goods) -> Drop:
    rows = [
        (f"{word} GROUP", word, goods.dice.randrange(50, 900), "1000.00", "900.00")
        for word in ("KURTA", "SAREE")
    ]
    return _fault(goods, "two groups", "wrong_file stock_absent row_count", rows)


def _flip(goods: Goods, label: str, write_code: Callable[[str], str]) -> Drop:
    rows = [
        (write_code(str(row[0])), *row[1:]) if goods.dice.random() < 0.93 else row for row in _lines(goods)
    ]
    return _fault(goods, f"flip: {label}", "key_flip", rows)


def flip_some(goods: Goods) -> Drop:
    """A third of the codes, because one group of items was set up anew."""
    third = len(goods.items) // 3
    rows = [(f"{row[0]}/N", *row[1:]) if at < third else row for at, row in enumerate(_lines(goods))]
    return _fault(goods, "flip: a third", "key_flip", rows)


def flip_suffix(goods: Goods) -> Drop:
    return _flip(goods, "suffix", lambda code: f"{code} (25/{hash_of(code) % 400})")


def flip_prefix(goods: Goods) -> Drop:
    return _flip(goods, "prefix", lambda code: f"WH1-{code}")


def flip_case(goods: Goods) -> Drop:
    return _flip(goods, "case", lambda code: code.lower() if code.lower() != code else f"{code}A")


def flip_dash(goods: Goods) -> Drop:
    return _flip(
        goods,
        "dash",
        lambda code: (
            code.replace("-", "").replace(" ", "") if {"-", " "} & {*code} else f"{code[:3]}-{code[3:]}"
        ),
    )


def flip_zeros(goods: Goods) -> Drop:
    return _flip(goods, "zeros", lambda code: f"000{code}")


def hash_of(code: str) -> int:
    """A number of a code, the same in every run."""
    return sum(at * ord(char) for at, char in enumerate(code, 1))


def changes(goods: Goods) -> Drop:
    """What was sold and bought instead of what is there."""
    rows = [
        (*row[:2], f"{moved:+d}" if (moved := goods.dice.choice((-3, -1, -1, 2, 5))) else 0, *row[3:])
        for row in _lines(goods)
    ]
    return _fault(goods, "changes, no levels", "changes_not_levels", rows)


def changes_without_plus(goods: Goods) -> Drop:
    rows = [(*row[:2], goods.dice.choice((-3, -1, -1, -2, 5)), *row[3:]) for row in _lines(goods)]
    return _fault(goods, "changes without plus", "changes_not_levels stock_gone", rows)


def sixth_gone(goods: Goods) -> Drop:
    stocked = [item for item in goods.items if item.pieces > 0]
    gone = goods.dice.sample(stocked, max(len(stocked) // 5, 21))
    rows = [line(item) for item in goods.changed(lambda item: replace(item, pieces=0), gone)]
    return _fault(goods, "a fifth of the stock gone", "stock_gone", rows)


def half_gone(goods: Goods) -> Drop:
    gone = goods.sample(len(goods.items) // 2, lambda item: item.pieces > 0)
    rows = [line(item) for item in goods.changed(lambda item: replace(item, pieces=0), gone)]
    return _fault(goods, "half of the stock gone", "stock_gone", rows)


def all_zero(goods: Goods) -> Drop:
    return _fault(
        goods, "all stock 0", "stock_gone", [(*line(item)[:2], 0, *line(item)[3:]) for item in goods.items]
    )


def short_file(goods: Goods) -> Drop:
    rows = _lines(goods)
    return _fault(goods, "short file", "stock_absent row_count", rows[: len(rows) // 2])


def old_bytes(goods: Goods) -> Drop:
    """A file of some days ago, sent again under a name that says nothing."""
    content = goods.sent[-goods.dice.randrange(3, 6)]
    drop = _fault(goods, "old bytes", "older_snapshot", content=content)
    return replace(drop, name="resent" + drop.name[-5:].strip("()0123456789"))


def older(goods: Goods) -> Drop:
    """The figures of some days ago, as they were then."""
    back = (goods.day - goods.accepted).days + goods.dice.randrange(1, 6)
    items = goods.changed(
        lambda item: replace(item, pieces=item.pieces + 1), goods.sample(len(goods.items) // 4)
    )
    return _fault(goods, "older snapshot", "older_snapshot", _lines(goods, items), days_back=back)


def empty(goods: Goods) -> Drop:
    return _fault(goods, "no rows", "empty reader", [], end="rejected")


def zero_bytes(goods: Goods) -> Drop:
    return _fault(goods, "zero bytes", "reader", content=b"", end="rejected")


def paise(goods: Goods) -> Drop:
    """Every price a hundred times what it was."""
    rows = [
        (*line(item)[:3], f"{item.mrp}.00", f"{item.esp}.00")
        for item in goods.items
        if goods.kind.sends_zeros or item.pieces
    ]
    return _fault(goods, "prices in paise", "price_crowd", rows)


def swapped(goods: Goods) -> Drop:
    """The two price columns hold each other's figures."""
    cheaper = goods.changed(lambda item: replace(item, esp=min(item.esp, item.mrp * 9 // 10)), goods.items)
    rows = [(*row[:3], row[4], row[3]) for row in _lines(goods, cheaper)]
    return _fault(goods, "prices swapped", "too_many_rejects", rows)


HELD: tuple[Callable[[Goods], Drop], ...] = (
    pdf, day_book, no_quantity, renamed, adjustments, groups, whole_company, flip_suffix, flip_prefix, flip_case,
    flip_dash, flip_zeros, changes, changes_without_plus, half_gone, sixth_gone, all_zero, short_file, older, old_bytes,
    few_groups,
    flip_some, empty, zero_bytes, paise, swapped,
)  # fmt: skip
"""Faults that stop the whole file."""


# faults of rows ------------------------------------------------------------------------------------------------------


def _rows_wrong(
    goods: Goods,
    label: str,
    by: str,
    change: Callable[[Item], Item],
    among: Callable[[Item], bool] = lambda _: True,
) -> Drop:
    wrong = goods.sample(3, lambda item: among(item) and item.pieces > 0 and item.sku in goods.published)
    drop = clean(goods, label, goods.changed(change, wrong))
    return replace(drop, by=frozenset(by.split()), stopped=frozenset(item.sku for item in wrong))


def ten_times(goods: Goods) -> Drop:
    return _rows_wrong(goods, "prices x10", "mrp_move esp_move",
                       lambda item: replace(item, mrp=item.mrp * 10, esp=item.esp * 10))  # fmt: skip


def hundredth(goods: Goods) -> Drop:
    return _rows_wrong(goods, "prices /100", "mrp_move esp_move",
                       lambda item: replace(item, mrp=item.mrp // 100, esp=item.esp // 100))  # fmt: skip


def mrp_slip(goods: Goods) -> Drop:
    return _rows_wrong(goods, "MRP slip", "mrp_move", lambda item: replace(item, mrp=item.mrp * 2))


def over_mrp(goods: Goods) -> Drop:
    return _rows_wrong(
        goods, "ESP over MRP", "esp_over_mrp", lambda item: replace(item, esp=item.mrp * 12 // 10)
    )


def many_pieces(goods: Goods) -> Drop:
    return _rows_wrong(
        goods, "pieces x1000", "quantity_jump", lambda item: replace(item, pieces=item.pieces * 1000 + 5000)
    )


def damaged(goods: Goods) -> Drop:
    """Long codes as a spreadsheet writes them."""
    wrong = goods.sample(3)
    if not all(item.sku.isdigit() and len(item.sku) > 11 for item in wrong):
        return ten_times(goods)
    codes = {item.sku: f"{float(item.sku):.5E}".replace("E+", "E+") for item in wrong}
    drop = clean(
        goods, "damaged codes", goods.changed(lambda item: replace(item, sku=codes[item.sku]), wrong)
    )
    return replace(drop, by=frozenset({"damaged_by_excel"}), stopped=frozenset({*codes, *codes.values()}))


WRONG_ROWS: tuple[Callable[[Goods], Drop], ...] = (
    ten_times,
    hundredth,
    mrp_slip,
    over_mrp,
    many_pieces,
    damaged,
)
"""Faults that stop some rows of a file, and let the others go."""


def tax_day(goods: Goods) -> Drop:
    """Every MRP by one ratio, and one that is wrong: let go but for that one."""

    def taxed(item: Item) -> Item:
        mrp, esp = goods.published.get(item.sku, (item.mrp, item.esp))
        return replace(item, mrp=mrp * 14 // 10, esp=esp * 14 // 10)

    (wrong,) = goods.sample(1, lambda item: item.pieces > 0 and item.sku in goods.published)
    goods.items = goods.changed(taxed, [item for item in goods.items if item is not wrong])
    said = goods.changed(lambda item: replace(item, mrp=item.mrp * 9, esp=item.esp * 9), [wrong])
    drop = clean(goods, "tax day", said)
    return replace(
        drop, end="held", by=frozenset({"price_crowd"}), stopped=frozenset({wrong.sku}), approve=True
    )
