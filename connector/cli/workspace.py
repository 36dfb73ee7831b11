"""`connector init`: a workspace to start in."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import click

FOLDERS = ("config/profiles", "inbox", "archive", "outbox", "state")


FILES = (
    ("connector.toml", "config"),
    ("stock_report.toml.example", "config/profiles"),
    ("wide_stock.toml.example", "config/profiles"),
)
"""What is written, and where; the project's own `config/` has the same files."""


def make_workspace(target: Path) -> list[Path]:
    """Make folders and files that are not there; what is there is left as it is. The files written."""
    for folder in FOLDERS:
        (target / folder).mkdir(parents=True, exist_ok=True)
    written = []
    for name, place in FILES:
        path = target / place / name
        if not path.exists():
            text = (resources.files("connector.cli") / "workspace_files" / name).read_text(encoding="utf-8")
            path.touch(mode=0o600)  # it will hold a password
            path.write_text(text, encoding="utf-8")
            written.append(path)
    return written


@click.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
def init(directory: Path) -> None:
    """Make a workspace in DIRECTORY: configuration, folders, commented examples."""
    written = make_workspace(directory)
    if not written:
        click.echo(f"{directory} is a workspace already; nothing was changed.")
        return
    click.echo(f"Made a workspace in {directory}:")
    click.echo(
        "  config/connector.toml   your settings; they name the sandbox until you write your credentials"
    )
    click.echo("  config/profiles/        how your files are laid out, where it cannot be found out")
    click.echo("  inbox/                  drop CSV and Excel files here; a sub-folder may name a location")
    click.echo("  archive/  outbox/       the originals; the results and rows to mend")
    click.echo("  state/                  the ledger: what became of every row")
    click.echo("")
    click.echo("Next, in two terminals:")
    click.echo("  connector sandbox                                a Konnect server to try things on")
    click.echo(
        f"  cd {directory} && connector once                 take what is in the inbox through to the end"
    )
