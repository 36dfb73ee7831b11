"""`show`: everything about one drop."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from connector.cli import reports
from connector.cli.common import config_option, json_option, print_json, shown, table
from connector.cli.questions import WAITING, asked_ledger, named, sheet_of, short, time_of
from connector.model import WAITING_FOR_A_PERSON, WENT_THROUGH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from connector.ledger import BatchSummary, Ledger
    from connector.model import RowVerdict


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
            is_open = reports.print_every_row(ledger.every_row(drop), sheet_of(one))
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
        **short(drop),
        "fingerprint": drop.fingerprint,
        "size": drop.size,
        "same_as": drop.same_as,
        "parent": drop.parent_id,
        "opened_as": ledger.opened_from(drop_id),
        "archive": drop.archive_path,
        "feeds": named(ledger.totals(drop_id)),
        "made_zeros": drop.made_zeros,
        "decisions": [asdict(decision) for decision in ledger.decisions.of(drop_id)],
        "rows": [line for row in rows for line in _row_lines(row)],
        "batches": [_batch(batch) for batch in ledger.batches(drop_id)],
        "report": dict(drop.report),
    }


def _row_lines(row: RowVerdict) -> list[dict[str, Any]]:
    """A row with three faults is three lines."""
    place = {
        "feed": row.feed,
        "line": row.line or None,
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
        f"Drop {found['drop']}: {shown(found['file'])}, landed {time_of(found['landed_at'])}, {found['state']}"
    )
    for name, said in (("reason", "reason"), ("parent", "opened from drop"), ("archive", "archive")):
        if found[name]:
            click.echo(f"  {said}: {found[name]}")
    report = found["report"]
    _print_reading(found)
    for feed, counts in found["feeds"].items():
        click.echo(f"  {feed}: " + ", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    _print_planning(found)
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


def _print_reading(found: Mapping[str, Any]) -> None:
    report = found["report"]
    if report.get("reader"):
        rows, profile = found["rows_read"] or 0, found["profile"] or "none"
        click.echo(f"  read as {reports.how(report['reader'])}; {rows} rows, profile {profile}")
    for feed, columns in report.get("columns", {}).items():
        click.echo(f"  {feed}: " + ", ".join(f"{field} = {header!r}" for field, header in columns.items()))
    for note in reports.notes_of(report):
        click.echo(f"  note: {note}")


def _print_planning(found: Mapping[str, Any]) -> None:
    report = found["report"]
    for line in reports.limits_of(report.get("guards", ())):
        click.echo(f"  {line}")
    for feed, made in found["made_zeros"].items():
        click.echo(f"  {feed}: {made} of them say 0 for what the file does not list")
    if back := report.get("read_back"):
        said = back.get("failed") or f"{back['compared']} compared, {len(back['differences'])} differ"
        click.echo(f"  prices read back: {said}")
    for feed, planned in report.get("feeds", {}).items():
        for one in planned.get("netted_rows", ()):
            click.echo(
                f"  {feed}: {one['sku']} at {one['location']}, line {one['line']}: {one['in_file']} in the file, "
                f"{one['netted_by']} ordered since: {one['value']}"
            )


def _print_decision(decision: Mapping[str, Any], shown_drop: int) -> None:
    from connector.ledger import Choice

    of = f" (drop {decision['drop_id']})" if decision["drop_id"] != shown_drop else ""
    why = f": {decision['why']}" if decision["why"] else ""
    made = f", as drop {decision['made']}" if decision["made"] not in (None, shown_drop) else ""
    click.echo(f"  {decision['what']}{of} by {decision['by']}, {time_of(decision['at'])}{made}{why}")
    if decision["about"]:
        whole = decision["what"] in (Choice.APPROVED, Choice.APPROVED_BUT_OUTLIERS, Choice.DISMISSED)
        click.echo(f"    {'it was held' if whole else 'about'}: {decision['about']}")


def _print_rows(rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    click.echo("Rows that did not go through:")
    columns = ["line", "feed", "location", "sku", "column", "value", "reason"]
    if any(row["sheet"] for row in rows):
        columns.insert(0, "sheet")
    table(columns, [[row[name] for name in columns] for row in rows], right=(columns.index("line"),))
