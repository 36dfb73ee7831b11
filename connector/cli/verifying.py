"""`verify`: what Konnect lists against what it acknowledged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from connector.cli.common import config_option, json_option, open_assembly, print_json, table
from connector.cli.deciding import who_and_why
from connector.cli.questions import is_running

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from connector.assembly import Assembly

STOCK = "Stock is not compared: Konnect has no call that tells it."


@click.command()
@click.option("--account", help="Only this account (default: all).")
@click.option("--push", is_flag=True, help="Send what differs once more, as a drop of its own.")
@who_and_why
@config_option
@json_option
@click.pass_context
def verify(
    ctx: click.Context,
    account: str | None,
    push: bool,
    by: str,
    why: str,
    config: Path | None,
    as_json: bool,
) -> None:
    """Pull the list of products, and compare its prices with those Konnect acknowledged. Only --push sends."""
    with open_assembly(config) as assembly:
        names = [each.name for each in assembly.settings.account]
        if not names or (account is not None and account not in names):
            raise click.UsageError(f"there is no account {account!r}; accounts: {', '.join(names) or 'none'}")
        found = [
            _verified(assembly, name, push=push, by=by, why=why) for name in names if account in (None, name)
        ]
        running = is_running(assembly.ledger)
    if as_json:
        print_json({"accounts": found, "running": running, "not_compared": "inventory"})
    else:
        _print(found, running=running)
    if any(each["differences"] for each in found):
        ctx.exit(1)


def _verified(assembly: Assembly, account: str, *, push: bool, by: str, why: str) -> dict[str, Any]:
    from connector import verify as readback

    assembly.cataloguer.pull(account)
    found = readback.everything(assembly.ledger, account)
    made = None
    if push and found.differences:
        made = readback.push(assembly.ledger, assembly.own_source, account, found, by=by, why=why)
    return {"account": account, "made": made, **readback.report(found)}


def _print(found: Sequence[Mapping[str, Any]], *, running: bool) -> None:
    for each in found:
        differ = each["differences"]
        click.echo(
            f"Account {each['account']}: {each['compared']} SKUs with a price compared, {len(differ)} differ; "
            f"{each['not_listed']} are not in the list of products"
        )
        rows = [
            (one["sku"], one["listed"], place, value)
            for one in differ
            for place, value in one["published"].items()
        ]
        if rows:
            table(("sku", "listed (mrp, esp, currency)", "location", "acknowledged"), rows)
        if each["made"]:
            by = "by the running connector" if running else "by the next `connector once` or `run`"
            click.echo(f"Drop {each['made']} sends them once more, {by}.")
        elif differ:
            click.echo("`connector verify --push` sends them once more.")
    click.echo(STOCK)
