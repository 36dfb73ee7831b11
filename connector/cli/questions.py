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
from connector.model import WAITING_FOR_A_PERSON, WENT_THROUGH, DropState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from connector.ledger import BatchSummary, Entry, Ledger, Owner
    from connector.model import Drop, RowVerdict

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
        "held": [_short(drop) for drop in now.held],
        "held_rows": [{**_short(drop), "rows": rows} for drop, rows in now.held_rows],
        "stuck": [_short(drop) for drop in now.stuck],
        "put_off": [
            {**_short(drop), "reason": drop.put_off, "next_try": drop.due_at} for drop in now.put_off
        ],
        "last_success": dict(now.last_success),
    }


def _print_status(report: Mapping[str, Any]) -> None:
    running = report["running"]
    click.echo(
        f"A connector is at work: pid {running['pid']} on {running['host']} since {_time(running['since'])}"
        if running
        else "No connector is at work now."
    )
    if not report["drops"]:
        click.echo("Nothing has landed yet.")
    else:
        click.echo("Drops: " + ", ".join(f"{count} {state}" for state, count in report["drops"].items()))
    for each in report["waiting"]:
        until = f", next try {_time(each['next_try'])}" if each["next_try"] else ""
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
    for each in report["held_rows"]:
        click.echo(
            f"{each['rows']} rows of {each['file']} held: see `connector show {each['drop']}`, then approve or dismiss "
            f"them with --rows or --sku"
        )
    for lane, when in report["last_success"].items():
        click.echo(f"Last file through from {lane}: {_time(when)}")


def _time(value: Any) -> str:
    return str(value.astimezone().strftime("%Y-%m-%d %H:%M:%S"))


def _short(drop: Drop) -> dict[str, Any]:
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
            {**_short(drop), "feeds": _named(ledger.totals(drop.id))}
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
                _time(d["landed_at"]),
                d["file"],
                d["state"],
                d["rows_read"],
                reports.feeds_line(d["feeds"]),
            )
            for d in found
        ]
        table(("drop", "landed", "file", "state", "rows", "what became of them"), rows, right=(0, 4))


def _named(totals: Mapping[str, Mapping[Any, int]]) -> dict[str, dict[str, int]]:
    return {
        feed: {str(verdict): count for verdict, count in counts.items()} for feed, counts in totals.items()
    }


# show ----------------------------------------------------------------------------------------------------------------


@click.command()
@click.argument("drop", type=int)
@click.option("--rows", is_flag=True, help="Every row of the file with its verdict, as CSV.")
@config_option
@json_option
@click.pass_context
def show(ctx: click.Context, drop: int, rows: bool, config: Path | None, as_json: bool) -> None:
    """Everything about one DROP: how it was read, totals, rows to mend, batches with their ack ids."""
    if rows and as_json:
        raise click.UsageError("--rows is CSV; leave --json out")
    with asked_ledger(config) as ledger:
        if rows:
            one = ledger.drop(drop)
            is_open = reports.print_every_row(ledger.every_row(drop), _sheet_of(one))
            ctx.exit(int(is_open or one.state in WAITING_FOR_A_PERSON))
        found = _shown(ledger, drop)
    if as_json:
        print_json(found)
    else:
        _print_shown(found)
    if any(row["decision"] is None for row in found["rows"]) or found["state"] in WAITING:
        ctx.exit(1)


def _shown(ledger: Ledger, drop_id: int) -> dict[str, Any]:
    drop = ledger.drop(drop_id)
    rows = [row for row in ledger.verdict_rows(drop_id) if row.verdict not in WENT_THROUGH]
    return {
        **_short(drop),
        "fingerprint": drop.fingerprint,
        "size": drop.size,
        "same_as": drop.same_as,
        "parent": drop.parent_id,
        "opened_as": ledger.opened_from(drop_id),
        "archive": drop.archive_path,
        "feeds": _named(ledger.totals(drop_id)),
        "decisions": [asdict(decision) for decision in ledger.decisions.of(drop_id)],
        "rows": [line for row in rows for line in _row_lines(row)],
        "batches": [_batch(batch) for batch in ledger.batches(drop_id)],
        "report": dict(drop.report),
    }


def _row_lines(row: RowVerdict) -> list[dict[str, Any]]:
    """A row with three faults is three lines."""
    place = {
        "feed": row.feed,
        "line": row.line,
        "sheet": row.sheet,
        "location": row.location,
        "sku": row.sku,
        "verdict": str(row.verdict),
        "decision": row.decision,
    }
    if not row.faults:
        return [{**place, "column": None, "value": row.value, "reason": None}]
    return [
        {**place, "column": fault.column, "value": fault.value, "reason": fault.reason}
        for fault in row.faults
    ]


def _batch(batch: BatchSummary) -> dict[str, Any]:
    return {
        "batch": batch.id,
        "feed": batch.feed,
        "account": batch.account,
        "state": str(batch.state),
        "records": batch.records,
        "accepted": batch.accepted,
        "attempts": batch.attempts,
        "parent": batch.parent_id,
        "ack_id": batch.ack_id,
        "reason": batch.reason,
    }


def _print_shown(found: Mapping[str, Any]) -> None:
    click.echo(
        f"Drop {found['drop']}: {shown(found['file'])}, landed {_time(found['landed_at'])}, {found['state']}"
    )
    for name, said in (("reason", "reason"), ("parent", "opened from drop"), ("archive", "archive")):
        if found[name]:
            click.echo(f"  {said}: {found[name]}")
    report = found["report"]
    if report.get("reader"):
        rows, profile = found["rows_read"] or 0, found["profile"] or "none"
        click.echo(f"  read as {reports.how(report['reader'])}; {rows} rows, profile {profile}")
    for feed, columns in report.get("columns", {}).items():
        click.echo(f"  {feed}: " + ", ".join(f"{field} = {header!r}" for field, header in columns.items()))
    for note in report.get("notes", ()):
        click.echo(f"  note: {note}")
    for feed, counts in found["feeds"].items():
        click.echo(f"  {feed}: " + ", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    for decision in found["decisions"]:
        _print_decision(decision, found["drop"])
    # Rows of a held drop share the drop's reason; rows a person has decided about are told with the decision.
    _print_rows([row for row in found["rows"] if row["reason"] and row["decision"] is None])
    if found["batches"]:
        click.echo("Batches:")
        names = ("batch", "feed", "account", "state", "records", "accepted", "attempts", "ack_id", "reason")
        table(names, [[batch[name] for name in names] for batch in found["batches"]], right=(0, 4, 5, 6))
    if report.get("proposal"):
        click.echo(
            "A profile to start from: save it in config/profiles/, mend it, then "
            f"`connector retry {found['drop']}`\n\n{report['proposal']}"
        )


def _print_decision(decision: Mapping[str, Any], shown_drop: int) -> None:
    of = f" (drop {decision['drop_id']})" if decision["drop_id"] != shown_drop else ""
    why = f": {decision['why']}" if decision["why"] else ""
    click.echo(f"  {decision['what']}{of} by {decision['by']}, {_time(decision['at'])}{why}")
    if decision["about"]:
        click.echo(f"    it was held: {decision['about']}")


def _print_rows(rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    click.echo("Rows that did not go through:")
    columns = ["line", "feed", "location", "sku", "column", "value", "reason"]
    if any(row["sheet"] for row in rows):
        columns.insert(0, "sheet")
    table(columns, [[row[name] for name in columns] for row in rows], right=(columns.index("line"),))


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
            _change(entry, entry.sheet or _sheet_of(ledger.drop(entry.drop_id)))
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


def _sheet_of(drop: Drop) -> str | None:
    """The sheet a drop was read from: a row that was accepted has no row of its own to name it."""
    sheet: str | None = drop.report.get("reader", {}).get("sheet")
    return sheet


def _change(entry: Entry, sheet: str | None) -> dict[str, Any]:
    return {
        "verdict": str(entry.verdict),
        "feed": entry.feed,
        "location": entry.location,
        "value": entry.value,
        "previous": entry.previous,
        "drop": entry.drop_id,
        "file": entry.file,
        "sheet": sheet,
        "line": entry.line,
        "landed_at": entry.landed_at,
        "batch": entry.batch_id,
        "account": entry.account,
        "sent_at": entry.sent_at,
        "settled_at": entry.settled_at,
        "ack_id": entry.ack_id,
        "record": entry.record.decode() if entry.record else None,
        "reasons": [fault.reason for fault in entry.faults],
    }


def _print_change(change: Mapping[str, Any]) -> None:
    when = _time(change["settled_at"] or change["landed_at"])
    before = f" (before: {change['previous']})" if change["previous"] is not None else ""
    value = "no value" if change["value"] is None else change["value"]
    click.echo(
        f"{when}  {change['feed']} at {change['location'] or '?'}: {value}{before}, {change['verdict']}"
    )
    sheet = f", sheet {change['sheet']}" if change["sheet"] else ""
    click.echo(f"    from {shown(change['file'])}{sheet}, line {change['line']} (drop {change['drop']})")
    if change["record"]:
        click.echo(f"    sent as {change['record']} in batch {change['batch']}, ack id {change['ack_id']}")
    for reason in change["reasons"]:
        click.echo(f"    {reason}")
