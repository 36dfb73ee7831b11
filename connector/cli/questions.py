"""`status`, `drops`, `show` and `history`: what the ledger knows."""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from connector.cli import reports
from connector.cli.common import config_option, json_option, load_settings, print_json, shown, table
from connector.model import WAITING_FOR_A_PERSON, DropState
from connector.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from connector.ledger import Entry, Ledger, Owner
    from connector.model import Drop

SILENT_SECONDS = 60.0
"""A connector that has not said for so long that it is alive is not: it was killed, or its machine was."""

WAITING = tuple(str(state) for state in WAITING_FOR_A_PERSON)


@contextmanager
def asked_ledger(config: Path | None) -> Iterator[Ledger]:
    """The ledger of the workspace; an empty one is made where nothing was done yet."""
    from connector.ledger import NoSuchEntry, open_ledger

    ledger = open_ledger(load_settings(config).ledger_url)
    try:
        yield ledger
    except NoSuchEntry as error:
        raise click.UsageError(str(error)) from None
    finally:
        ledger.close_connections()


# status --------------------------------------------------------------------------------------------------------------


@click.command()
@config_option
@json_option
@click.pass_context
def status(ctx: click.Context, config: Path | None, as_json: bool) -> None:
    """What is going on: drops by state, deliveries that wait, files that wait for a person."""
    with asked_ledger(config) as ledger:
        report = _status(ledger)
    if as_json:
        print_json(report)
    else:
        _print_status(report)
    if report["held"] or report["stuck"] or report["put_off"]:
        ctx.exit(1)


def is_running(ledger: Ledger) -> bool:
    """Whether a connector is at work on this ledger now."""
    owner = ledger.status().owner
    return owner is not None and _is_alive(owner)


def _is_alive(owner: Owner) -> bool:
    """By its word of a moment ago; on this machine also by its process, which a kill -9 ends without a word."""
    if owner.host == socket.gethostname():
        try:
            os.kill(owner.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass  # it is there, and somebody else's
    return (datetime.now(UTC) - owner.heartbeat_at).total_seconds() < SILENT_SECONDS


def _status(ledger: Ledger) -> dict[str, Any]:
    now = ledger.status()
    owner = now.owner
    alive = owner is not None and _is_alive(owner)
    return {
        "running": {"pid": owner.pid, "host": owner.host, "since": owner.since} if owner and alive else None,
        "last_heartbeat": owner.heartbeat_at if owner else None,
        "drops": {str(state): count for state, count in now.drops.items()},
        "waiting": [
            {
                "account": each.account,
                "batches": each.batches,
                "records": each.records,
                "reason": each.reason,
                "next_try": each.next_try,
            }
            for each in now.waiting
        ],
        "held": [short(drop) for drop in now.held],
        "held_rows": [{**short(drop), "rows": rows} for drop, rows in now.held_rows],
        "stuck": [short(drop) for drop in now.stuck],
        "put_off": [{**short(drop), "reason": drop.put_off, "next_try": drop.due_at} for drop in now.put_off],
        "last_success": dict(now.last_success),
        "catalogue": [asdict(one) for one in ledger.catalogue.all()],
        "made_zeros": [
            {**short(drop), "feeds": drop.made_zeros}
            for lane in now.last_success
            for drop in ledger.drops(1, state=DropState.ARCHIVED, lane=lane)
            if drop.made_zeros
        ],
    }


def _print_status(report: Mapping[str, Any]) -> None:
    running = report["running"]
    click.echo(
        f"A connector is at work: pid {running['pid']} on {running['host']} since {time_of(running['since'])}"
        if running
        else "No connector is at work now."
    )
    if not report["drops"]:
        click.echo("Nothing has landed yet.")
    else:
        click.echo("Drops: " + ", ".join(f"{count} {state}" for state, count in report["drops"].items()))
    for each in report["waiting"]:
        until = f", next try {time_of(each['next_try'])}" if each["next_try"] else ""
        click.echo(
            f"To be sent for account {each['account']}: {each['records']} records in {each['batches']} batches{until}"
        )
        if each["reason"]:
            click.echo(f"  {each['reason']}")
    for title, drops in (
        ("Waiting for you", report["held"]),
        ("Totals not even (a defect of ours)", report["stuck"]),
        ("Tried again by itself", report["put_off"]),
    ):
        if drops:
            click.echo(f"{title}:")
            table(
                ("drop", "file", "state", "reason"),
                [(d["drop"], d["file"], d["state"], d["reason"]) for d in drops],
                right=(0,),
            )
    _print_for_a_person(report)


def _print_for_a_person(report: Mapping[str, Any]) -> None:
    """Rows that are held, what was made zero, how old the list of products is, when the last file went through."""
    for each in report["held_rows"]:
        rows = counted(each["rows"], "row", "rows")
        click.echo(
            f"{rows} of {each['file']} held: see `connector show {each['drop']}`, then approve or dismiss them with "
            f"--rows or --sku"
        )
    for each in report["made_zeros"]:
        for feed, made in each["feeds"].items():
            click.echo(
                f"{made} {feed} records were sent as 0 because {each['file']} does not list them (drop {each['drop']})"
            )
    for one in report["catalogue"]:
        known = (
            f"{one['products']} products, as of {time_of(one['pulled_at'])}"
            if one["pulled_at"]
            else "never pulled"
        )
        click.echo(f"List of products of account {one['account']}: {known}")
        if one["failure"]:
            click.echo(f"  the last try ({time_of(one['tried_at'])}) failed: {one['failure']}")
    for lane, when in report["last_success"].items():
        click.echo(f"Last file through from {lane}: {time_of(when)}")


def time_of(value: Any) -> str:
    """A time as a person reads it, in the zone of this machine."""
    return str(value.astimezone().strftime("%Y-%m-%d %H:%M:%S"))


def short(drop: Drop) -> dict[str, Any]:
    """What every list of drops tells of one."""
    return {
        "drop": drop.id,
        "file": drop.path,
        "landed_at": drop.landed_at,
        "state": str(drop.state),
        "reason": drop.reason,
        "profile": drop.profile,
        "rows_read": drop.rows_read,
    }


# drops ---------------------------------------------------------------------------------------------------------------


@click.command()
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many.")
@click.option(
    "--state", type=click.Choice([str(state) for state in DropState]), help="Only those in this state."
)
@config_option
@json_option
def drops(limit: int, state: str | None, config: Path | None, as_json: bool) -> None:
    """List the files that landed, newest first."""
    with asked_ledger(config) as ledger:
        found = [
            {**short(drop), "feeds": named(ledger.totals(drop.id)), "made_zeros": drop.made_zeros}
            for drop in ledger.drops(limit, state=DropState(state) if state else None)
        ]
    if as_json:
        print_json({"drops": found})
    elif not found:
        click.echo("Nothing has landed yet." if state is None else f"No drop is {state}.")
    else:
        rows = [
            (
                d["drop"],
                time_of(d["landed_at"]),
                d["file"],
                d["state"],
                d["rows_read"],
                reports.feeds_line(d["feeds"]),
            )
            for d in found
        ]
        table(("drop", "landed", "file", "state", "rows", "what became of them"), rows, right=(0, 4))


def sheet_of(drop: Drop) -> str | None:
    """The sheet a drop was read from: a row that was accepted has no row of its own to name it."""
    sheet: str | None = drop.report.get("reader", {}).get("sheet")
    return sheet


def named(totals: Mapping[str, Mapping[Any, int]]) -> dict[str, dict[str, int]]:
    """Totals with the verdicts as plain words."""
    return {
        feed: {str(verdict): count for verdict, count in counts.items()} for feed, counts in totals.items()
    }


# history -------------------------------------------------------------------------------------------------------------


@click.command()
@click.option("--sku", required=True, help="The SKU, exactly as Konnect knows it.")
@click.option("--location", help="Only at this location.")
@click.option("--feed", help="Only this feed: inventory or price.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many changes.")
@config_option
@json_option
@click.pass_context
def history(
    ctx: click.Context,
    sku: str,
    location: str | None,
    feed: str | None,
    limit: int,
    config: Path | None,
    as_json: bool,
) -> None:
    """From a SKU's value at Konnect back to file, line, payload and ack id; newest first."""
    with asked_ledger(config) as ledger:
        changes = [
            _change(entry, ledger.drop(entry.drop_id))
            for entry in ledger.history(sku, location=location, feed=feed, limit=limit)
        ]
    if as_json:
        print_json({"sku": sku, "changes": changes})
    elif not changes:
        click.echo(f"Nothing was ever sent or refused for {sku!r}.")
    for change in () if as_json else changes:
        _print_change(change)
    if not changes:
        ctx.exit(1)


def _netted(entry: Entry, drop: Drop) -> dict[str, Any]:
    """What was in the file and what was taken off it, where orders newer than the file were."""
    planned = drop.report.get("feeds", {}).get(entry.feed, {})
    wanted = (entry.location, entry.sku)
    for one in planned.get("netted_rows", ()):
        if (one["location"], one["sku"]) == wanted:
            return {"in_file": str(one["in_file"]), "netted_by": one["netted_by"]}
    return {}


def _change(entry: Entry, drop: Drop) -> dict[str, Any]:
    sheet = entry.sheet or sheet_of(drop)
    return {
        "verdict": str(entry.verdict),
        "feed": entry.feed,
        "location": entry.location,
        "value": entry.value,
        "previous": entry.previous,
        "drop": entry.drop_id,
        "file": entry.file,
        "sheet": sheet,
        "line": entry.line or None,
        "landed_at": entry.landed_at,
        "batch": entry.batch_id,
        "account": entry.account,
        "sent_at": entry.sent_at,
        "settled_at": entry.settled_at,
        "ack_id": entry.ack_id,
        "record": entry.record.decode() if entry.record else None,
        "reasons": [fault.reason for fault in entry.faults],
        **_netted(entry, drop),
    }


def _print_change(change: Mapping[str, Any]) -> None:
    when = time_of(change["settled_at"] or change["landed_at"])
    before = f" (before: {change['previous']})" if change["previous"] is not None else ""
    value = "no value" if change["value"] is None else change["value"]
    click.echo(
        f"{when}  {change['feed']} at {change['location'] or '?'}: {value}{before}, {change['verdict']}"
    )
    sheet = f", sheet {change['sheet']}" if change["sheet"] else ""
    line = f"line {change['line']}" if change["line"] else "which does not list it"
    click.echo(f"    from {shown(change['file'])}{sheet}, {line} (drop {change['drop']})")
    if "netted_by" in change:
        click.echo(f"    {change['in_file']} in the file, {change['netted_by']} ordered since")
    if change["record"]:
        click.echo(f"    sent as {change['record']} in batch {change['batch']}, ack id {change['ack_id']}")
    for reason in change["reasons"]:
        click.echo(f"    {reason}")
