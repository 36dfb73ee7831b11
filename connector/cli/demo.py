"""`connector demo`: the main job, shown on sample files against the sandbox, in a workspace of its own."""

from __future__ import annotations

import shutil
import sys
import tempfile
from importlib import resources
from pathlib import Path

import click

from connector.cli.workspace import make_workspace


@click.command()
@click.option(
    "--in",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Workspace to make (default: a temporary one, kept).",
)
def demo(folder: Path | None) -> None:
    """Start the sandbox, drop sample files, run to the end, say what happened and where to look."""
    from connector.assembly import Assembly
    from connector.cli import logs, reports
    from connector.sandbox import Sandbox

    workspace = folder or Path(tempfile.mkdtemp(prefix="connector-demo-"))
    make_workspace(workspace)
    logs.configure("text", "error")
    with Sandbox() as sandbox:
        config = _point_at(workspace, sandbox.url)
        dropped = _drop_samples(workspace / "inbox")
        click.echo(
            f"A Konnect sandbox runs at {sandbox.url}. These files were dropped into {workspace / 'inbox'}:"
        )
        for name in dropped:
            click.echo(f"  {name}")
        click.echo("")
        with Assembly.read(config) as assembly:
            tally = assembly.daemon(once=True).run_once()
            outcome = reports.of_run(assembly, tally)
        reports.print_run(outcome)
        _say_what_konnect_has(sandbox)
    click.echo("\nWhere to look:")
    click.echo(f"  results and rows to mend   {outcome['outbox']}")
    click.echo(f"  the originals              {outcome['archive']}")
    click.echo(f"  the ledger                 {outcome['ledger']}")
    click.echo(f"\nAsk the ledger: cd {workspace}, then")
    for question in ("status", "show 1", "history --sku TS-RED-M"):
        click.echo(f"  {_command()} {question}")


def _command() -> str:
    """How this very connector is called: by its name where the shell finds it, else by its path."""
    return "connector" if shutil.which("connector") else str(Path(sys.executable).with_name("connector"))


def _point_at(workspace: Path, url: str) -> Path:
    """Write the sandbox's address into the workspace's configuration."""
    config = workspace / "config" / "connector.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("http://127.0.0.1:8765", url), encoding="utf-8")
    return config


def _drop_samples(inbox: Path) -> list[str]:
    """Copy them one by one in the order of their names, which is then the order they land in."""
    with resources.as_file(resources.files("connector.cli") / "demo_files") as samples:
        names = sorted(path.relative_to(samples) for path in samples.rglob("*") if path.is_file())
        for name in names:
            (inbox / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(samples / name, inbox / name)
    return [str(name) for name in names]


def _say_what_konnect_has(sandbox: object) -> None:
    control = sandbox.control  # type: ignore[attr-defined]
    inventory, prices = control.inventory(), control.prices()
    click.echo(
        f"\nThe sandbox now holds {len(inventory)} stock levels and {len(prices)} prices; for example:"
    )
    for (location, sku), quantity in sorted(inventory.items())[:5]:
        click.echo(f"  {location}  {sku:12} {quantity}")
