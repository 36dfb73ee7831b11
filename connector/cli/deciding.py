"""`retry`, `approve`, `dismiss` and `undo`: a person decides about a drop, the connector at work carries it out."""

from __future__ import annotations

import getpass
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from connector.cli.common import config_option, json_option, open_assembly, print_json, table
from connector.cli.questions import asked_ledger, is_running
from connector.model import WAITING_FOR_A_PERSON, DropState
from connector.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from connector.ledger import HeldRow, Ledger
    from connector.model import Drop
    from connector.release import Choosing
    from connector.undo import Undoing


def who_and_why(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--by NAME` and `--why TEXT`, which the ledger keeps."""
    why = click.option("--why", default="", help="Your reason, for who looks at it later.")
    by = click.option("--by", default=_login_name, help="Who decides; default: your login name.")
    return why(by(command))


def some_rows(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--rows LINES` and `--sku S`: single held rows of a drop that is through."""
    lines = click.option("--rows", help='Only held rows in these lines: "12,15-18", or "all".')
    skus = click.option("--sku", "skus", multiple=True, help="Only held rows of this SKU; may be repeated.")
    return lines(skus(command))


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a user that has no name
        return f"user {os.getuid()}"


@contextmanager
def _refused_in_words() -> Iterator[None]:
    """The drop took another step since it was looked at: that is said like any other wrong wish."""
    from connector.ledger import IllegalStep

    try:
        yield
    except IllegalStep as error:
        raise click.UsageError(str(error)) from None


def _goes_on(*, running: bool) -> str:
    return "by the running connector." if running else "by the next `connector once` or `run`."


@dataclass(frozen=True, slots=True)
class Word:
    """What was decided, who said so, and whether a connector is there to carry it out."""

    drop: int
    what: str
    by: str
    why: str
    running: bool

    def report(self, **more: Any) -> dict[str, Any]:
        """As JSON-able values."""
        return {
            "drop": self.drop, "what": self.what, "by": self.by, "why": self.why, "running": self.running, **more,
        }  # fmt: skip

    @property
    def goes_on(self) -> str:
        """By whom."""
        return _goes_on(running=self.running)


# retry ---------------------------------------------------------------------------------------------------------------


@click.command()
@click.argument("drop", type=int)
@config_option
@json_option
def retry(drop: int, config: Path | None, as_json: bool) -> None:
    """Plan a held or unmatched DROP again, after mending what stopped it."""
    with asked_ledger(config) as ledger, _refused_in_words():
        state = ledger.drop(drop).state
        if state not in WAITING_FOR_A_PERSON:
            raise click.UsageError(f"drop {drop} is {state}; only a held or unmatched one can be tried again")
        ledger.retry(drop)
        running = is_running(ledger)
    if as_json:
        print_json({"drop": drop, "what": "to be tried again", "running": running})
    else:
        click.echo(f"Drop {drop} will be planned again {_goes_on(running=running)}")


# approve -------------------------------------------------------------------------------------------------------------


@click.command()
@click.argument("drop", type=int)
@click.option(
    "--except-outliers", is_flag=True, help="Rows that stand out of what moved with them stay held."
)
@some_rows
@who_and_why
@config_option
@json_option
@click.pass_context
def approve(
    ctx: click.Context,
    drop: int,
    except_outliers: bool,
    rows: str | None,
    skus: tuple[str, ...],
    by: str,
    why: str,
    config: Path | None,
    as_json: bool,
) -> None:
    """Let a held DROP go although a guard stopped it, or single held rows of one that is through.

    What newer files have set since stays as it is.
    """
    if rows is not None or skus:
        if except_outliers:
            raise click.UsageError(
                "--except-outliers is for a whole drop: leave it, or --rows and --sku, out"
            )
        ctx.exit(_approve_rows(drop, rows, skus, by=by, why=why, config=config, as_json=as_json))
    with asked_ledger(config) as ledger, _refused_in_words():
        _require_held_by_a_guard(ledger.drop(drop))
        ledger.decisions.approve(drop, by=by, why=why, except_outliers=except_outliers)
        word = Word(
            drop, "approved except outliers" if except_outliers else "approved", by, why, is_running(ledger)
        )
    if as_json:
        print_json(word.report())
    else:
        click.echo(f"Drop {drop} is approved by {by}. It will be planned and sent {word.goes_on}")


def _require_held_by_a_guard(drop: Drop) -> None:
    """A guard gives way to a person's word; a question does not: nobody knows yet what would be sent."""
    if drop.state is not DropState.HELD:
        raise click.UsageError(
            f"drop {drop.id} is {drop.state}; only a held one can be approved as a whole, and single held rows of one "
            f"that is through with --rows or --sku"
        )
    stops = [found for found in drop.report.get("guards", ()) if found["verdict"] == "hold"]
    if not stops or any(found.get("question") for found in stops):
        raise click.UsageError(
            f"drop {drop.id} waits for an answer, not for an approval: {drop.reason}\n"
            f"Mend what it names and `connector retry {drop.id}`, or drop a whole file."
        )


def _approve_rows(
    drop: int, rows: str | None, skus: Sequence[str], *, by: str, why: str, config: Path | None, as_json: bool
) -> int:
    """Single held rows become a drop of our own; the exit code."""
    from connector import release

    with asked_ledger(config) as ledger, open_assembly(config) as parts, _refused_in_words():
        one = ledger.drop(drop)
        found = release.consider(_chosen(ledger, one, rows, skus))
        made = release.land(ledger, parts.own_source, one, found.go, by=by, why=why) if found.go else None
        word = Word(drop, "rows approved", by, why, is_running(ledger))
    if as_json:
        print_json(word.report(made=made, **_choosing(found)))
    else:
        _print_choosing(word, made, found)
    return int(made is None or bool(found.left))


def _chosen(ledger: Ledger, drop: Drop, rows: str | None, skus: Sequence[str]) -> list[HeldRow]:
    """The held rows that are meant; a wrong wish is said as one."""
    from connector import release

    if drop.state is not DropState.ARCHIVED:
        raise click.UsageError(
            f"drop {drop.id} is {drop.state}; single rows are decided about when the drop is through"
        )
    lines = None if rows is not None and rows.strip() == "all" else _lines(rows or "")
    try:
        return release.chosen(ledger.held_rows(drop.id), lines, skus)
    except release.NoSuchRow as error:
        raise click.UsageError(f"drop {drop.id}: {error}") from None


def _lines(text: str) -> set[int]:
    """`12,15-18` as line numbers."""
    found: set[int] = set()
    for part in filter(None, (part.strip() for part in text.split(","))):
        span = re.fullmatch(r"(\d{1,9})(?:\s*-\s*(\d{1,9}))?", part)
        if span is None:
            raise click.UsageError(f'--rows {part!r} is no line: write numbers such as "12,15-18", or "all"')
        found.update(range(int(span[1]), int(span[2] or span[1]) + 1))
    return found


def _choosing(found: Choosing) -> dict[str, Any]:
    return {
        "rows": [_row(row) for row in found.go],
        "left": [{**_row(row), "reason": reason} for row, reason in found.left],
    }


def _row(row: HeldRow) -> dict[str, Any]:
    return {"feed": row.feed, "line": row.line, "location": row.location, "sku": row.sku, "value": row.value}


def _print_choosing(word: Word, made: int | None, found: Choosing) -> None:
    if made is None:
        click.echo(f"No row of drop {word.drop} is sent: something newer has been said of each.")
    else:
        rows = counted(len(found.go), "held row", "held rows")
        click.echo(f"Drop {made} takes {rows} of drop {word.drop}, to be sent {word.goes_on}")
    if found.left:
        click.echo(f"{len(found.left)} rows are left alone:")
        names = ("line", "feed", "location", "sku", "value")
        lines = [[*(_row(row)[name] for name in names), reason] for row, reason in found.left]
        table((*names, "reason"), lines, right=(0,))


# dismiss -------------------------------------------------------------------------------------------------------------


@click.command()
@click.argument("drop", type=int)
@some_rows
@who_and_why
@config_option
@json_option
def dismiss(
    drop: int,
    rows: str | None,
    skus: tuple[str, ...],
    by: str,
    why: str,
    config: Path | None,
    as_json: bool,
) -> None:
    """Send nothing of a held or unmatched DROP: its file goes to the archive. Or set single held rows aside."""
    some: list[HeldRow] | None = None
    with asked_ledger(config) as ledger, _refused_in_words():
        one = ledger.drop(drop)
        if rows is not None or skus:
            some = _chosen(ledger, one, rows, skus)
            ledger.decisions.dismiss_rows(one, [row.id for row in some], by=by, why=why)
        elif one.state not in WAITING_FOR_A_PERSON:
            raise click.UsageError(
                f"drop {drop} is {one.state}; only a held or unmatched one can be dismissed"
            )
        else:
            ledger.decisions.dismiss(drop, by=by, why=why)
        word = Word(drop, "dismissed" if some is None else "rows dismissed", by, why, is_running(ledger))
    if as_json:
        print_json(word.report() if some is None else word.report(rows=[_row(row) for row in some]))
    elif some is None:
        click.echo(
            f"Drop {drop} is dismissed by {by}: nothing of it is sent. It will be archived {word.goes_on}"
        )
    else:
        click.echo(
            f"{counted(len(some), 'held row', 'held rows')} of drop {drop} dismissed by {by}: what Konnect has stays."
        )


# undo ----------------------------------------------------------------------------------------------------------------


@click.command()
@click.argument("drop", type=int)
@who_and_why
@config_option
@json_option
@click.pass_context
def undo(ctx: click.Context, drop: int, by: str, why: str, config: Path | None, as_json: bool) -> None:
    """Bring back what was published before a finished DROP. What newer files have set since stays as it is."""
    from connector import undo as undoing

    with asked_ledger(config) as ledger, open_assembly(config) as parts:
        one = ledger.drop(drop)
        if one.state is not DropState.ARCHIVED:
            raise click.UsageError(f"drop {drop} is {one.state}; only one that is through can be undone")
        found = undoing.consider(ledger.set_by(drop))
        made = undoing.land(ledger, parts.own_source, one, found, by=by, why=why) if found.again else None
        word = Word(drop, "undone", by, why, is_running(ledger))
    if as_json:
        print_json(word.report(made=made, values=len(found.again), **_undone(found)))
    else:
        _print_undoing(word, made, found)
    if made is None or found.left:
        ctx.exit(1)


def _undone(found: Undoing) -> dict[str, Any]:
    return {
        "emptied": [{"location": one.location, "sku": one.sku} for one in found.emptied],
        "left": [
            {"feed": one.feed, "location": one.location, "sku": one.sku, "reason": reason}
            for one, reason in found.left
        ],
    }


def _print_undoing(word: Word, made: int | None, found: Undoing) -> None:
    if made is None:
        click.echo(f"Nothing of drop {word.drop} can be undone: it has set no value that still stands.")
    else:
        click.echo(
            f"Drop {made} undoes drop {word.drop}: {len(found.again)} values, to be sent {word.goes_on}"
        )
    if found.emptied:
        click.echo(f"{len(found.emptied)} of them had no stock before and get 0:")
        table(("location", "sku"), [(each.location, each.sku) for each in found.emptied])
    if found.left:
        click.echo(f"{len(found.left)} values are left alone:")
        rows = [(each.feed, each.location, each.sku, reason) for each, reason in found.left]
        table(("feed", "location", "sku", "reason"), rows)
