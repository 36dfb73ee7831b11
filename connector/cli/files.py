"""`check`, `read` and `profile`: questions about files, answered without sending or writing to the ledger."""

from __future__ import annotations

import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from connector.cli.common import config_option, json_option, open_assembly, print_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connector.assembly import Assembly
    from connector.model import RowVerdict
    from connector.planner import Origin, Plan, Understanding

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEXT_LANDING = 2**62
"""A dry run counts as newer than anything that landed."""

READ_AT_ONCE = 4
"""Files `read` reads at the same time; files of the same name one by one, for they are written to the same place."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a dry run found: one of the dispositions of design section 6, why, and what it rests on.

    `file` of one that lies in a zip names both: `all.zip: stock.csv`; `notes` are what the zip's opening left out.
    """

    file: str
    disposition: str
    reason: str
    understood: Understanding | None = None
    plan: Plan | None = None
    verdicts: Sequence[RowVerdict] = ()
    notes: tuple[str, ...] = ()


@click.command()
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
@click.option("--profile", help="Use this profile instead of finding one.")
@click.option("--location", help="Location code of files that name none.")
@config_option
@json_option
@click.pass_context
def check(
    ctx: click.Context,
    files: tuple[Path, ...],
    profile: str | None,
    location: str | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Say how each FILE is read and what would be sent. Sends nothing, writes nothing."""
    from connector.cli import reports

    with open_assembly(config, needed=False) as assembly:
        assembly.require_profile(profile)
        checked = [each for file in files for each in _check(assembly, file, profile, location)]
    if as_json:
        print_json([reports.as_json(each) for each in checked])
    else:
        for each in checked:
            reports.as_text(each)
    if any(each.disposition not in ("accept", "accept_no_changes") for each in checked):
        ctx.exit(1)


def _check(assembly: Assembly, file: Path, profile: str | None, location: str | None) -> Iterator[Checked]:
    """One file; of a zip that holds several each for itself, as they would land."""
    from connector.planner import Origin
    from connector.readers import label

    origin = Origin(
        file.name,
        location=location,
        profile=profile,
        lane=assembly.lane_of(file),
        landed_at=datetime.now().astimezone(),
    )
    with (
        tempfile.TemporaryDirectory(prefix="connector-check-") as spool,
        assembly.planner.opened(file, origin, lambda: Path(spool)) as contents,
    ):
        if contents is None:
            yield _check_one(assembly, file, origin, str(file))
            return
        for part in contents.parts:
            called = f"{file}: {label(part.name)}"
            if part.damage:
                yield Checked(called, "reject", part.damage, notes=contents.left_out)
                continue
            member = replace(origin, name=part.name.rpartition("/")[2])
            found = _check_one(assembly, part.copy, member, called)
            yield replace(found, notes=contents.left_out)


def _check_one(assembly: Assembly, file: Path, origin: Origin, called: str) -> Checked:
    """One file, read and planned in a scratch folder."""
    from connector.errors import HoldDrop, RejectDrop
    from connector.planner import DryRun

    understood: Understanding | None = None
    with tempfile.TemporaryDirectory(prefix="connector-check-") as spool:
        try:
            understood = assembly.planner.understand(file, origin, Path(spool))
            if understood.match is None:
                return Checked(called, "hold", understood.question, understood)
            plan = assembly.planner.plan(understood, NEXT_LANDING, seen := DryRun())
        except RejectDrop as error:
            return Checked(called, "reject", str(error), understood)
        except HoldDrop as error:
            return Checked(called, "hold", str(error), understood)
    return Checked(called, *disposition(plan), understood, plan, seen.verdicts)


def disposition(plan: Plan) -> tuple[str, str]:
    """The disposition of a plan and its reason in one line."""
    from connector.model import NOTHING_TO_MEND, Verdict

    if plan.holds:
        return "hold", plan.reason
    rejected = sum(
        count
        for feed in plan.feeds
        for verdict, count in feed.counts.items()
        if verdict not in NOTHING_TO_MEND
    )
    held = sum(feed.counts.get(Verdict.HELD, 0) for feed in plan.feeds)
    changed = sum(feed.counts.get(Verdict.ACCEPTED, 0) for feed in plan.feeds)
    mended = [
        f"{count} {MENDED[feed.name, name]}"
        for feed in plan.feeds
        for name, count in feed.notes.items()
        if (feed.name, name) in MENDED
    ]
    rows = [f"{count} {what}" for count, what in ((rejected, "rejected"), (held, "held")) if count]
    if rows or mended:
        return "accept_with_row_errors", "; ".join([*rows, *mended])
    if not changed:
        return "accept_no_changes", "every value is what Konnect has already"
    return "accept", f"{changed} values would be sent"


MENDED = {
    ("inventory", "negatives"): "negative quantities sent as 0",
    ("price", "blank"): "rows without a price",
}
"""By feed, the notes of shaping that a person should look at although no row was rejected for them."""


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="FILE..."
)
@click.option(
    "--to",
    "target",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write to.",
)
@config_option
@json_option
@click.pass_context
def read(
    ctx: click.Context, files: tuple[Path, ...], target: Path, config: Path | None, as_json: bool
) -> None:
    """Only read each FILE: its tables as UTF-8 CSV in the folder --to, under the same name plus .csv."""
    with open_assembly(config, needed=False) as assembly:
        reports = _read_all(assembly, _all_files(files), target)
    if as_json:
        print_json(reports)
    for report in () if as_json else reports:
        click.echo(_read_line(report))
    if any("reason" in report for report in reports):
        ctx.exit(1)


def _all_files(paths: Sequence[Path]) -> list[Path]:
    """The files named, and those in the folders named."""
    found: list[Path] = []
    for path in paths:
        found.extend(sorted(each for each in path.iterdir() if each.is_file()) if path.is_dir() else [path])
    return found


def _read_all(assembly: Assembly, files: list[Path], target: Path) -> list[dict[str, Any]]:
    """A report on each file, in order. Reading happens in children, so several go on at once."""
    alike = len({file.name for file in files}) < len(files)
    pool = ThreadPoolExecutor(1 if alike else min(os.cpu_count() or 1, READ_AT_ONCE))
    try:
        return list(pool.map(lambda file: _read(assembly, file, target), files))
    finally:
        pool.shutdown(cancel_futures=True)


def _read(assembly: Assembly, file: Path, target: Path) -> dict[str, Any]:
    from connector import readers
    from connector.errors import RejectDrop
    from connector.planner import Origin

    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="connector-read-") as spool:
        try:
            document = assembly.planner.read(file, Origin(file.name), Path(spool))
        except RejectDrop as error:
            return {"file": str(file), "reason": str(error), "tables": []}
        tables = []
        for index, found in enumerate(document.tables):
            suffix = f".{index + 1}" if index else ""
            written = target / f"{file.name}{suffix}.csv"
            readers.export_csv(found, written)
            tables.append({"written": str(written), "header": list(found.header), **readers.summary(found)})
        if not tables:
            (target / f"{file.name}.csv").write_bytes(b"")
    return {"file": str(file), "format": document.format, "notes": list(document.notes), "tables": tables}


def _read_line(report: dict[str, Any]) -> str:
    from connector.cli.reports import lines_of

    if "reason" in report:
        return f"{report['file']}: cannot be read: {report['reason']}"
    lines = [f"{report['file']}: {report['format']}" + ("" if report["tables"] else ", no table in it")]
    for found in report["tables"]:
        how = [
            f"encoding {found['encoding']}" if found["encoding"] else "",
            f"sheet {found['sheet']}" if found["sheet"] else "",
        ]
        how.append(f"delimiter {found['delimiter']!r}" if found["delimiter"] else "")
        header = ", ".join(str(line) for line in found["header_lines"]) or "none"
        said = ", ".join(part for part in how if part)
        lines.append(f"  {found['rows']} rows, {len(found['header'])} columns, header line {header}; {said}")
        lines.append(f"  -> {found['written']}")
        lines.extend(f"    skipped {lines_of(skip)}: {skip['reason']}" for skip in found["skipped_lines"])
    return "\n".join(lines)


@click.group()
def profile() -> None:
    """Profiles say how a partner's files are laid out, where it cannot be found out."""


@profile.command()
@click.argument("file", type=FILE)
@config_option
def suggest(file: Path, config: Path | None) -> None:
    """Propose a profile for FILE as TOML, with the evidence for each column as comments."""
    from connector import profiles
    from connector.planner import Origin

    with (
        open_assembly(config, needed=False) as assembly,
        tempfile.TemporaryDirectory(prefix="connector-read-") as spool,
    ):
        document = assembly.planner.read(file, Origin(file.name), Path(spool))
        click.echo(
            profiles.suggest(
                document.tables,
                name=file.name,
                default_location=assembly.settings.default_location,
                default_currency=assembly.settings.currency,
                locations=assembly.settings.locations,
            ),
            nl=False,
        )
