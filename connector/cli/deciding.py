"""`retry`, `approve`, `dismiss` and `undo`: a person decides about a drop, the connector at work carries it out."""

from __future__ import annotations

import getpass
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from connector.cli.common import config_option, open_assembly, table
from connector.cli.questions import asked_ledger, is_running
from connector.model import WAITING_FOR_A_PERSON, DropState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from connector.ledger import Ledger
    from connector.model import Drop


def who_and_why(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--by NAME` and `--why TEXT`, which the ledger keeps."""
    why = click.option("--why", default="", help="Your reason, for who looks at it later.")
    by = click.option("--by", default=_login_name, help="Who decides; default: your login name.")
    return why(by(command))


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


def _goes_on(ledger: Ledger) -> str:
    return "by the running connector." if is_running(ledger) else "by the next `connector once` or `run`."


# retry ---------------------------------------------------------------------------------------------------------------


@click.command()
@click.argument("drop", type=int)
@config_option
def retry(drop: int, config: Path | None) -> None:
    """Plan a held or unmatched DROP again, after mending what stopped it."""
    with asked_ledger(config) as ledger, _refused_in_words():
        state = ledger.drop(drop).state
        if state not in WAITING_FOR_A_PERSON:
            raise click.UsageError(f"drop {drop} is {state}; only a held or unmatched one can be tried again")
        ledger.retry(drop)
        goes_on = _goes_on(ledger)
    click.echo(f"Drop {drop} will be planned again {goes_on}")


# approve -------------------------------------------------------------------------------------------------------------


@click.command()
@click.argument("drop", type=int)
@click.option(
    "--except-outliers", is_flag=True, help="Rows that stand out of what moved with them stay held."
)
@who_and_why
@config_option
def approve(drop: int, except_outliers: bool, by: str, why: str, config: Path | None) -> None:
    """Let a held DROP go although a guard stopped it. What newer files have set since stays as it is."""
    with asked_ledger(config) as ledger, _refused_in_words():
        _require_held_by_a_guard(ledger.drop(drop))
        ledger.decisions.approve(drop, by=by, why=why, except_outliers=except_outliers)
        goes_on = _goes_on(ledger)
    click.echo(f"Drop {drop} is approved by {by}. It will be planned and sent {goes_on}")


def _require_held_by_a_guard(drop: Drop) -> None:
    """A guard gives way to a person's word; a question does not: nobody knows yet what would be sent."""
    if drop.state is not DropState.HELD:
        raise click.UsageError(f"drop {drop.id} is {drop.state}; only a held one can be approved")
    stops = [found for found in drop.report.get("guards", ()) if found["verdict"] == "hold"]
    if not stops or any(found.get("question") for found in stops):
        raise click.UsageError(
            f"drop {drop.id} waits for an answer, not for an approval: {drop.reason}\n"
            f"Mend what it names and `connector retry {drop.id}`, or drop a whole file."
        )


# dismiss -------------------------------------------------------------------------------------------------------------


@click.command()
@click.argument("drop", type=int)
@who_and_why
@config_option
def dismiss(drop: int, by: str, why: str, config: Path | None) -> None:
    """Send nothing of a held or unmatched DROP: its file goes to the archive."""
    with asked_ledger(config) as ledger, _refused_in_words():
        state = ledger.drop(drop).state
        if state not in WAITING_FOR_A_PERSON:
            raise click.UsageError(f"drop {drop} is {state}; only a held or unmatched one can be dismissed")
        ledger.decisions.dismiss(drop, by=by, why=why)
        goes_on = _goes_on(ledger)
    click.echo(f"Drop {drop} is dismissed by {by}: nothing of it is sent. It will be archived {goes_on}")


# undo ----------------------------------------------------------------------------------------------------------------


@click.command()
@click.argument("drop", type=int)
@who_and_why
@config_option
@click.pass_context
def undo(ctx: click.Context, drop: int, by: str, why: str, config: Path | None) -> None:
    """Bring back what was published before a finished DROP. What newer files have set since stays as it is."""
    from connector import undo as undoing

    with asked_ledger(config) as ledger, open_assembly(config) as parts:
        one = ledger.drop(drop)
        if one.state is not DropState.ARCHIVED:
            raise click.UsageError(f"drop {drop} is {one.state}; only one that is through can be undone")
        found = undoing.consider(ledger.set_by(drop))
        made = undoing.land(ledger, parts.undo_source, one, found, by=by, why=why) if found.again else None
        goes_on = _goes_on(ledger)
    if made is None:
        click.echo(f"Nothing of drop {drop} can be undone: it has set no value that still stands.")
    else:
        click.echo(f"Drop {made} undoes drop {drop}: {len(found.again)} values, to be sent {goes_on}")
    if found.emptied:
        click.echo(f"{len(found.emptied)} of them had no stock before and get 0:")
        table(("location", "sku"), [(each.location, each.sku) for each in found.emptied])
    if found.left:
        click.echo(f"{len(found.left)} values are left alone:")
        rows = [(each.feed, each.location, each.sku, reason) for each, reason in found.left]
        table(("feed", "location", "sku", "reason"), rows)
    if made is None or found.left:
        ctx.exit(1)
