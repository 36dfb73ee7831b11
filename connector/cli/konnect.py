"""`token`, `catalog` and `sandbox`: the other end of the line."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from connector.cli.common import config_option, json_option, open_assembly, print_json, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from connector.api.client import Client
    from connector.assembly import Assembly

SANDBOX_PORT = 8765


@click.command()
@config_option
@json_option
@click.pass_context
def token(ctx: click.Context, config: Path | None, as_json: bool) -> None:
    """Get a token with each account's credentials, to prove that they are right. The token itself is not shown."""
    from connector.errors import ConnectorError

    answers = []
    with open_assembly(config) as assembly:
        for account in assembly.settings.account:
            try:
                assembly.clients[account.name].token()
                said = "right"
            except ConnectorError as error:
                said = str(error)
            answers.append(
                {
                    "account": account.name,
                    "server": account.server,
                    "ok": said == "right",
                    "credentials": said,
                }
            )
    if as_json:
        print_json(answers)
    else:
        table(
            ("account", "server", "credentials"),
            [(a["account"], a["server"], a["credentials"]) for a in answers],
        )
    if not all(answer["ok"] for answer in answers):
        ctx.exit(3)


@click.group()
def catalog() -> None:
    """The products Konnect knows."""


def _client(assembly: Assembly, account: str | None) -> Client:
    return assembly.clients[_account(assembly, account)]


def _account(assembly: Assembly, account: str | None) -> str:
    names = [each.name for each in assembly.settings.account]
    if not names:
        raise click.UsageError("the configuration has no [[account]]")
    if account is not None and account not in names:
        raise click.UsageError(f"there is no account {account!r}; accounts: {', '.join(names)}")
    return account or names[0]


@catalog.command()
@click.option("--account", help="Account to ask with (default: the first).")
@config_option
@json_option
def count(account: str | None, config: Path | None, as_json: bool) -> None:
    """How many SKUs Konnect has."""
    with open_assembly(config) as assembly:
        number = _client(assembly, account).listing_count()
    if as_json:
        print_json({"count": number})
    else:
        click.echo(f"{number} SKUs")


@catalog.command()
@click.option("--account", help="Account to ask with (default: the first).")
@click.option(
    "--to",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV file to write (default: outbox/catalog.csv).",
)
@config_option
@json_option
def pull(account: str | None, target: Path | None, config: Path | None, as_json: bool) -> None:
    """Pull the list of products into the ledger, by which unknown SKUs are told, and write it as a CSV file."""
    items: list[Mapping[str, Any]] = []
    with open_assembly(config) as assembly:
        name = _account(assembly, account)
        target = target or assembly.settings.path(assembly.settings.folders.outbox) / "catalog.csv"
        products = assembly.cataloguer.pull(name, items.append)
    write_listings(items, target)
    if as_json:
        print_json({"written": str(target), "items": len(items), "account": name, "products": products})
    else:
        click.echo(f"{len(items)} listings -> {target}")


def write_listings(items: Sequence[Mapping[str, Any]], target: Path) -> None:
    """Listings as CSV: every plain member any item has is a column; nested members are left out."""
    columns = list(
        dict.fromkeys(
            key for item in items for key, value in item.items() if not isinstance(value, list | dict)
        )
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, columns or ["sku"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(items)


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=SANDBOX_PORT,
    show_default=True,
    help="Port; 0: any free one.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--seed",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Locations and products, TOML or JSON.",
)
@click.option("--faults", help='Faults to make, such as "latency=200ms;503=share:0.05". See docs/sandbox.md.')
def sandbox(port: int, host: str, seed: Path | None, faults: str | None) -> None:
    """Run a Konnect server of our own to try things on: the API, a try-it console, faults on request."""
    from connector.sandbox import FaultSpecError, SeedError, serve

    def said(url: str) -> None:
        click.echo(
            f"Konnect sandbox at {url}\n  console {url}/docs    state {url}/_sandbox/state    stop with Ctrl-C"
        )

    try:
        serve(port=port, host=host, seed=seed, faults=faults, on_ready=said)
    except (SeedError, FaultSpecError) as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        raise click.UsageError(f"port {port} of {host} cannot be used: {error.strerror or error}") from None
