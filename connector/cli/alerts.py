"""`alerts test` and `alerts list`: what a person is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from connector.cli.common import config_option, json_option, open_assembly, print_json, table

if TYPE_CHECKING:
    from pathlib import Path

    from connector.model import Alert

TO_WRITE = 'there is nowhere to send to: write urls = ["mailto://…"] under [alerts] in the configuration'


@click.group()
def alerts() -> None:
    """What you are told by mail, chat or webhook when a person is needed."""


@alerts.command()
@config_option
@json_option
@click.pass_context
def test(ctx: click.Context, config: Path | None, as_json: bool) -> None:
    """Send a message to every URL of [alerts], to prove that it reaches you."""
    from connector.alerts import trial_letter
    from connector.api import redact

    with open_assembly(config) as assembly:
        boxes = assembly.alert_boxes()
        if not boxes:
            raise click.UsageError(TO_WRITE)
        letter = trial_letter(str(assembly.settings.workspace.absolute()))
        answers = [(box.name, box.send(letter)) for box in boxes]
    if as_json:
        print_json(
            [{"to": name, "ok": not said, "reason": redact(said) if said else None} for name, said in answers]
        )
    else:
        table(("to", "sent"), [(name, redact(said) if said else "yes") for name, said in answers])
    if any(said for _, said in answers):
        ctx.exit(3)


@alerts.command("list")
@config_option
@json_option
def list_alerts(config: Path | None, as_json: bool) -> None:
    """What stands, and what ended in the last weeks, with when it was said."""
    with open_assembly(config) as assembly:
        known = assembly.known_ledger.alerts.all() if assembly.known_ledger else []
    if as_json:
        print_json(
            [
                {name: getattr(alert, name) for name in alert.__dataclass_fields__} | {"stands": alert.stands}
                for alert in known
            ]
        )
    elif known:
        table(("cause", "about", "since", "said", "now", "reason"), map(_row, known))
    else:
        click.echo("Nothing stands.")


def _row(alert: Alert) -> tuple[str, ...]:
    said = f"{alert.said_at.astimezone():%d.%m. %H:%M}" if alert.said_at else "not yet"
    since = f"{alert.since.astimezone():%d.%m. %H:%M}"
    return alert.cause, alert.subject, since, said, "stands" if alert.stands else "over", alert.reason
