"""`config check` and `config schema`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from connector.cli.common import config_option, open_assembly, print_json

if TYPE_CHECKING:
    from pathlib import Path


@click.group()
def config() -> None:
    """The configuration: config/connector.toml and config/profiles/*.toml."""


@config.command()
@config_option
def check(config: Path | None) -> None:
    """Name every mistake of the configuration at once, with file and key."""
    with open_assembly(config, alert_urls=True) as assembly:
        values = assembly.settings
        click.echo(
            f"The configuration is right: {len(values.source)} source(s), {len(values.account)} account(s),"
            f" {len(assembly.profiles)} profile(s)."
        )
        for source in values.source:
            click.echo(f"  source  {source.name}: {values.path(source.path)}")
        for account in values.account:
            place = f", location {account.location}" if account.location else ""
            click.echo(f"  account {account.name}: {account.server} as {account.username}{place}")
        for box in assembly.alert_boxes():
            click.echo(f"  alerts  {box.name}")
        for profile in assembly.profiles:
            click.echo(f"  profile {profile.name}")


@config.command()
@click.option("--profile", "of_profile", is_flag=True, help="The schema of a profile instead.")
def schema(*, of_profile: bool) -> None:
    """Print the JSON Schema, for editors that complete and check TOML."""
    from connector.profiles import Profile
    from connector.settings import Settings

    print_json((Profile if of_profile else Settings).model_json_schema())
