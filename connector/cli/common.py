"""What the commands share: options, opening the workspace, printing."""

from __future__ import annotations

import functools
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from connector import memory
from connector import settings as settings_module

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from connector.assembly import Assembly
    from connector.settings import Settings


_HARMLESS = "\xa0\u200c\u200d"
"""The blank that does not break, and the joiners without which Indian scripts cannot be written."""


def config_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--config PATH`, handed to the command as `config`."""
    return click.option(
        "--config",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Configuration file (default: config/connector.toml, else $CONNECTOR_CONFIG).",
    )(command)


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--json`, handed to the command as `as_json`."""
    return click.option(
        "--json", "as_json", is_flag=True, help="One JSON document on stdout; logs go to stderr."
    )(command)


def load_settings(config: Path | None) -> Settings:
    """The settings of `--config`, or of the workspace here."""
    return settings_module.load(settings_module.locate(config))


def open_assembly(config: Path | None, *, needed: bool = True, alert_urls: bool = False) -> Assembly:
    """The parts, joined after the settings; after the defaults where those are not `needed` and not there.

    Raises ConfigurationError with every mistake of all files.
    """
    with memory.all_stays():
        from connector.assembly import Assembly

    path = settings_module.locate(config)
    if (
        not needed
        and config is None
        and not path.exists()
        and settings_module.ENVIRONMENT_VARIABLE not in os.environ
    ):
        return Assembly(settings_module.Settings(workspace=Path()))
    return Assembly.read(path, alert_urls=alert_urls)


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def shown(text: str) -> str:
    """The text with what would steer the terminal or turn the line (escapes, line breaks, RTL marks) made visible."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char in _HARMLESS else char.encode("unicode_escape").decode()
        for char in text
    )


def table(headers: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[int] = ()) -> None:
    """Rows under headers, as wide as the terminal, columns in `right` set flush right."""
    from rich import box
    from rich.table import Table

    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for index, header in enumerate(headers):
        grid.add_column(header, justify="right" if index in right else "left", overflow="fold")
    for row in rows:
        grid.add_row(*("" if cell is None else shown(str(cell)) for cell in row))
    console().print(grid)


@functools.cache
def console() -> Any:
    """The terminal, or plain lines of a good width when there is none."""
    import sys

    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 140, highlight=False, markup=False)
