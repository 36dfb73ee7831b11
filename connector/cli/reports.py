"""What `check` and `once` tell: as JSON-able values, and as lines for a person."""

from __future__ import annotations

import contextlib
import csv
import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import click

from connector.cli.common import table
from connector.model import NOTHING_TO_MEND, WENT_THROUGH, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from connector.assembly import Assembly
    from connector.cli.files import Checked
    from connector.daemon import Tally
    from connector.model import RowVerdict
    from connector.planner import Understanding

ROWS_SHOWN = 10
"""Rows to fix shown on the screen; the correction file and --json have all of them."""


# check ---------------------------------------------------------------------------------------------------------------


def as_json(checked: Checked) -> dict[str, Any]:
    """One file of `check --json`, with the members of design section 6."""
    understood, plan = checked.understood, checked.plan
    report = understood.report() if understood else {"reader": {}, "columns": {}, "notes": [], "evidence": {}}
    planned: dict[str, Any] = plan.report() if plan else {"feeds": {}, "guards": list(_drift(understood))}
    return {
        "file": checked.file,
        "disposition": checked.disposition,
        "reason": checked.reason,
        "reader": report["reader"],
        "profile": (understood.match.profile or "automatic") if understood and understood.match else None,
        "columns": {
            field: header for columns in report["columns"].values() for field, header in columns.items()
        },
        "evidence": report["evidence"],
        "notes": [*checked.notes, *report["notes"]],
        "rows_read": understood.rows if understood else 0,
        "feeds": {
            name: {**feed, "columns": report["columns"].get(name, {})}
            for name, feed in planned["feeds"].items()
        },
        "rejects": [
            fault for row in checked.verdicts if row.verdict not in NOTHING_TO_MEND for fault in _faults(row)
        ],
        "held": [fault for row in checked.verdicts if row.verdict is Verdict.HELD for fault in _faults(row)],
        "guards": planned["guards"],
        **({"proposal": understood.proposal} if understood and understood.proposal else {}),
    }


def _drift(understood: Understanding | None) -> Iterator[dict[str, Any]]:
    """What the guard over the layout says of a file whose columns have drifted."""
    from connector.planner import guard_report

    return (guard_report(finding) for finding in (understood.findings if understood else ()))


def _faults(row: RowVerdict) -> Iterator[dict[str, Any]]:
    """A row with three faults is three lines."""
    for fault in row.faults:
        yield {
            "feed": row.feed,
            "line": fault.line or None,
            "sheet": row.sheet,
            "sku": row.sku,
            "column": fault.column,
            "value": fault.value,
            "reason": fault.reason,
        }


def as_text(checked: Checked) -> None:
    """One file of `check`, for a person."""
    report = as_json(checked)
    click.echo(f"{report['file']}: {checked.disposition.replace('_', ' ')}: {checked.reason}")
    _say_how_it_was_read(report)
    _say_what_would_be_sent(report)
    if report.get("proposal"):
        click.echo("  A profile to start from (save it in config/profiles/ and mend it):")
        click.echo("".join(f"    {line}\n" for line in report["proposal"].splitlines()), nl=False)


def _say_how_it_was_read(report: dict[str, Any]) -> None:
    reader = report["reader"]
    if reader:
        click.echo(
            f"  read as {how(reader)}; {report['rows_read']} rows, profile {report['profile'] or 'none'}"
        )
    skipped = [f"skipped {lines_of(each)}: {each['reason']}" for each in reader.get("skipped_lines", ())]
    _say_some(skipped, "skipped")
    for note in notes_of(report):
        click.echo(f"  note: {note}")


def _messages_of(feeds: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """What a person should know of how the feeds of a file were read, each feed's own."""
    return (message for feed in feeds.values() for message in feed.get("messages", ()))


def notes_of(report: Mapping[str, Any]) -> list[str]:
    """All that a person should know of how a file was read, each once."""
    return list(dict.fromkeys((*report.get("notes", ()), *_messages_of(report.get("feeds", {})))))


def limits_of(guards: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the guards of a file saw beside limits that are not the default, and where these come from; each once."""
    said = (
        f"guard {guard['name']}: {guard['figure']:g}, its limit {guard['limit']:g} is from {guard['source']}"
        for guard in guards
        if guard.get("source")
    )
    return list(dict.fromkeys(said))


def _say_what_would_be_sent(report: dict[str, Any]) -> None:
    for feed, counts in report["feeds"].items():
        click.echo(
            f"  {feed}: " + ", ".join(f"{field} = {header!r}" for field, header in counts["columns"].items())
        )
        click.echo(
            f"  {feed}: {counts['records']} records: {_counts(counts['verdicts'])}{_notes(counts['notes'])}"
        )
    for rows, what in ((report["rejects"], "rejected"), (report["held"], "held")):
        lines = [f"{_sheet(r)}line {r['line']}, {r['column']} {r['value']!r}: {r['reason']}" for r in rows]
        _say_some(lines, f"{what}; --json lists all")
    for guard in report["guards"]:
        if guard["verdict"] == "hold":
            click.echo(f"  held by guard {guard['name']}: {guard['reason']}")
    for line in limits_of(report["guards"]):
        click.echo(f"  {line}")


def _sheet(row: Mapping[str, Any]) -> str:
    return f"sheet {row['sheet']}, " if row["sheet"] else ""


def _say_some(lines: Sequence[str], what: str) -> None:
    for line in lines[:ROWS_SHOWN]:
        click.echo(f"    {line}")
    if len(lines) > ROWS_SHOWN:
        click.echo(f"    … and {len(lines) - ROWS_SHOWN} more {what}")


def how(reader: dict[str, Any]) -> str:
    """Format, encoding, sheet, delimiter and header line in one line."""
    parts = [
        str(reader["format"]),
        reader.get("encoding"),
        f"sheet {reader['sheet']}" if reader.get("sheet") else None,
    ]
    if reader.get("delimiter"):
        parts.append(f"delimiter {reader['delimiter']!r}")
    if reader.get("header_lines"):
        parts.append("header in line " + ", ".join(str(line) for line in reader["header_lines"]))
    return ", ".join(part for part in parts if part)


def lines_of(skipped: dict[str, Any]) -> str:
    """`line 3` or `lines 3-5`."""
    return (
        f"line {skipped['line']}"
        if skipped["line"] == skipped["last"]
        else f"lines {skipped['line']}-{skipped['last']}"
    )


def _counts(verdicts: dict[str, int]) -> str:
    words = {str(Verdict.ACCEPTED): "to send"}
    return ", ".join(f"{count} {words.get(name, name)}" for name, count in verdicts.items()) or "none"


def _notes(notes: dict[str, int]) -> str:
    from connector.shaping import NOTES

    return f" ({', '.join(f'{count} {NOTES[name]}' for name, count in notes.items())})" if notes else ""


# once ----------------------------------------------------------------------------------------------------------------


def of_run(assembly: Assembly, tally: Tally) -> dict[str, Any]:
    """What became of every drop a run worked on, what waits for the API or the disk, and what was not taken."""
    status = assembly.ledger.status()
    left = [waiting for one in tally.waiting.values() for waiting in one]
    return {
        "drops": [of_drop(assembly, drop_id) for drop_id in sorted(tally.drops)],
        "waiting": [asdict(waiting) for waiting in status.waiting],
        "put_off": [{"drop": drop.id, "file": drop.path, "reason": drop.put_off} for drop in status.put_off],
        "left": [{"file": waiting.found.path, "reason": waiting.reason} for waiting in left],
        "unreachable": dict(tally.unreachable),
        "outbox": str(assembly.outcome.results),
        "archive": str(assembly.outcome.archive),
        "ledger": assembly.settings.ledger_url,
    }


def of_drop(assembly: Assembly, drop_id: int) -> dict[str, Any]:
    """One drop: what it was, where it stands, the verdicts feed by feed."""
    drop = assembly.ledger.drop(drop_id)
    totals = assembly.ledger.totals(drop_id)
    rows = [row for row in assembly.ledger.verdict_rows(drop_id) if row.verdict not in WENT_THROUGH]
    return {
        "drop": drop.id,
        "file": drop.path,
        "state": str(drop.state),
        "reason": drop.reason,
        "parent": drop.parent_id,
        "profile": drop.profile,
        "rows_read": drop.rows_read,
        "feeds": {
            feed: {str(verdict): count for verdict, count in counts.items()}
            for feed, counts in totals.items()
        },
        "made_zeros": drop.made_zeros,
        "read_back": drop.report.get("read_back"),
        "to_mend": sum(
            count
            for counts in totals.values()
            for verdict, count in counts.items()
            if verdict not in NOTHING_TO_MEND
        ),
        "rows": [fault for row in rows if row.verdict not in NOTHING_TO_MEND for fault in _faults(row)][
            :ROWS_SHOWN
        ],
        "held": sum(counts.get(Verdict.HELD, 0) for counts in totals.values()),
        "held_rows": [fault for row in rows if row.verdict is Verdict.HELD for fault in _faults(row)][
            :ROWS_SHOWN
        ],
        "archive": drop.archive_path,
    }


def print_every_row(rows: Iterator[RowVerdict], sheet: str | None) -> bool:
    """The verdict of every row as CSV, one by one, for a file may have millions; whether any asks something of you."""
    from connector.outbox import RESULT_COLUMNS, result_lines

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(RESULT_COLUMNS)
    is_open = False
    for row in rows:
        writer.writerows(result_lines(replace(row, sheet=row.sheet or sheet)))
        is_open |= row.verdict not in WENT_THROUGH
    return is_open


def print_run(outcome: dict[str, Any]) -> None:
    """The same, for a person."""
    if not outcome["drops"]:
        click.echo("Nothing new in the inbox.")
    else:
        table(
            ("drop", "file", "rows", "what became of it"),
            [(drop["drop"], drop["file"], drop["rows_read"], _became(drop)) for drop in outcome["drops"]],
            right=(0, 2),
        )
    for account in outcome["waiting"]:
        click.echo(
            f"{account['batches']} batches for account {account['account']} wait: {account['reason']}\n"
            "  Nothing is lost; `connector once` or the daemon sends them when it is mended."
        )
    for drop in outcome["drops"]:
        _say_read_back(drop)
    for reason in outcome["unreachable"].values():
        click.echo(reason)
    for each in (*outcome["put_off"], *outcome["left"]):
        click.echo(f"{each['file']} waits: {each['reason']}")
    again = f"Correct them and drop them again: {outcome['outbox']}"
    _print_rows("Rows to mend:", outcome["drops"], "rows", "to_mend", again)
    listed = f"What they were stays at Konnect; all of them: result.csv in {outcome['outbox']}"
    _print_rows("Rows held for you to look at:", outcome["drops"], "held_rows", "held", listed)


def _say_read_back(drop: Mapping[str, Any]) -> None:
    said = drop["read_back"] or {}
    if said.get("differences"):
        click.echo(
            f"{drop['file']}: of {said['compared']} prices read back {len(said['differences'])} are not what Konnect "
            f"acknowledged. `connector verify` compares all"
        )


def _print_rows(title: str, drops: Sequence[Mapping[str, Any]], rows: str, count: str, then: str) -> None:
    """Some rows of all drops, how many more there are, and what to do with them."""
    shown = [
        (
            f"{drop['file']}, {row['sheet']}" if row["sheet"] else drop["file"],
            row["line"],
            row["column"],
            row["value"] if row["column"] else row["sku"],
            row["reason"],
        )
        for drop in drops
        for row in drop[rows]
    ][:ROWS_SHOWN]
    if shown:
        click.echo(f"\n{title}")
        table(("file", "line", "column", "value", "what is wrong"), shown, right=(1,))
        more = sum(drop[count] for drop in drops) - len(shown)
        click.echo(f"{f'… and {more} more. ' if more > 0 else ''}{then}")


def feeds_line(feeds: Mapping[str, Mapping[str, int]]) -> str:
    """Verdict counts of all feeds in one line."""
    return "; ".join(
        f"{feed}: " + ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        for feed, counts in feeds.items()
    )


def _became(drop: Mapping[str, Any]) -> str:
    feeds = feeds_line(drop["feeds"]) + "".join(
        f"; {made} {feed} records say 0 for what the file does not list"
        for feed, made in drop["made_zeros"].items()
    )
    state = "" if drop["state"] == "archived" else drop["state"]
    return ": ".join(part for part in (state, drop["reason"], feeds) if part)


@contextlib.contextmanager
def progress(assembly: Assembly, *, shown: bool) -> Iterator[None]:
    """A bar of records settled while on a terminal; nothing otherwise."""
    if not (shown and sys.stderr.isatty()):
        yield
        return
    from threading import Event, Thread

    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    over = Event()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    from rich.console import Console

    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("records delivered", total=None)

        def follow() -> None:
            most = 0
            while not over.wait(0.5):
                open_records = sum(waiting.records for waiting in assembly.ledger.status().waiting)
                most = max(most, open_records)
                bar.update(task, completed=most - open_records, total=most or None)

        follower = Thread(target=follow, name="progress", daemon=True)
        follower.start()
        try:
            yield
        finally:
            over.set()
            follower.join()
