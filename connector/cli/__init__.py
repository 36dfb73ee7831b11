"""The command line: `connector COMMAND`. Names and exit codes are those of design section 6.

A command is one line in `COMMANDS` and one function in a module of this package. The module is imported only when its
command runs, so that `connector --help` answers at once.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from connector import __version__, memory
from connector.errors import ConfigurationError, ConnectorError, Fatal, LedgerUnavailable, RetryLater

if TYPE_CHECKING:
    from collections.abc import Sequence

# Before anything imports them, here and in the processes we start. Arrow takes memory from the system's own allocator,
# which knows what we want of it (`connector.memory`). NumPy would start threads for matrices, pydantic look through all
# that is installed for plugins: we have neither.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

ALL_WELL, SOMETHING_OPEN, USAGE, UNREACHABLE, DEFECT = 0, 1, 2, 3, 4


SELDOM = 50_000, 20, 50
"""How many new objects make Python look for garbage in cycles: we leave little, and starting makes many that stay."""


class Entry(NamedTuple):
    """Where a command lives, and its line in the list of commands."""

    name: str
    module: str
    help: str


COMMANDS = (
    Entry("demo", "demo", "Show the whole thing at work on sample files, in a workspace of its own."),
    Entry("init", "workspace", "Make a workspace: configuration, folders, commented examples."),
    Entry("run", "running", "Watch the inboxes until told to stop."),
    Entry("once", "running", "Take what is in the inboxes now through to the end, then exit."),
    Entry("check", "files", "Say how files are read and what would be sent. Sends and writes nothing."),
    Entry("read", "files", "Only read: write each table found as plain CSV."),
    Entry("profile", "files", "Propose a profile for a file."),
    Entry("status", "questions", "What is going on: drops, waiting deliveries, held files."),
    Entry("drops", "questions", "List the files that landed, newest first."),
    Entry("show", "showing", "Everything about one drop: totals, rows to fix, batches."),
    Entry("history", "questions", "From a SKU's value at Konnect back to file, line, payload and ack id."),
    Entry("approve", "deciding", "Let a held drop go although a guard stopped it."),
    Entry("dismiss", "deciding", "Send nothing of a held or unmatched drop."),
    Entry("retry", "deciding", "Plan a held or unmatched drop again, after mending what stopped it."),
    Entry("undo", "deciding", "Bring back what was published before a finished drop."),
    Entry("token", "konnect", "Get a token with each account's credentials, to prove that they are right."),
    Entry("catalog", "konnect", "Count or pull the products Konnect knows."),
    Entry("verify", "verifying", "Compare the prices Konnect lists with those it acknowledged."),
    Entry("sandbox", "konnect", "Run a Konnect server of our own to try things on."),
    Entry("alerts", "alerts", "Try whether alerts reach you, or list what stands."),
    Entry("config", "configuration", "Check the configuration, or print its JSON Schema."),
)


class Commands(click.Group):
    """A group that imports a command's module when it is needed, and not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of a person's first day with them."""
        del ctx
        return [entry.name for entry in COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself."""
        del ctx
        for entry in COMMANDS:
            if entry.name == cmd_name:
                with memory.all_stays():
                    command = getattr(importlib.import_module(f"connector.cli.{entry.module}"), entry.name)
                return command if isinstance(command, click.Command) else None
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in `--help`, from the table above: no command is imported for it."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(entry.name, entry.help) for entry in COMMANDS])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="connector")
def connector() -> None:
    """Take the files an ERP or POS drops to Fynd Konnect, and know the outcome of every row.

    \b
    Exit codes:
      0  all well
      1  done, but something was rejected, refused or held
      2  usage or configuration error
      3  the API or the ledger could not be reached
      4  internal error
    """  # noqa: D301 - click wants the character itself, it keeps the lines below as they are


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    _stand_in_for_closed_streams()
    gc.set_threshold(*SELDOM)
    try:
        code = connector.main(args=list(arguments) if arguments is not None else None, standalone_mode=False)
    except click.exceptions.Abort:
        code = _said("stopped", SOMETHING_OPEN)
    except click.ClickException as error:
        error.show()
        code = USAGE
    except ConfigurationError as error:
        code = _said(_mistakes(error), USAGE)
    except (LedgerUnavailable, RetryLater) as error:
        code = _said(str(error), UNREACHABLE)
    except Fatal as error:
        code = _said(str(error), USAGE)
    except ConnectorError as error:
        code = _said(str(error), SOMETHING_OPEN)
    except BrokenPipeError:
        sys.stderr.close()
        code = ALL_WELL
    except Exception as error:  # noqa: BLE001 - the last door: whatever gets here is a defect and says so
        code = _defect(error)
    gc.freeze()  # all of it goes with the process: to look through it for garbage would take longer than some commands
    sys.exit(code if isinstance(code, int) else ALL_WELL)


def _stand_in_for_closed_streams() -> None:
    """A service may start us with closed streams: the next file opened, the ledger even, would take their place."""
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the system gives the lowest free number: this one
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


def _said(message: str, code: int) -> int:
    click.echo(message, err=True)
    return code


def _mistakes(error: ConfigurationError) -> str:
    count = len(error.complaints)
    return (
        f"{count} mistake{'s' if count != 1 else ''} in the configuration; nothing was started:\n"
        + "\n".join(f"  {complaint}" for complaint in error.complaints)
    )


def _defect(error: Exception) -> int:
    import traceback

    from connector.api.redact import redact

    trace = redact("".join(traceback.format_exception(error)))
    click.echo(
        f"{trace}\nThis is a defect of the connector, not of your file. Nothing was lost: the ledger is as it"
        " was before this step. Please report the lines above.",
        err=True,
    )
    return DEFECT


__all__: list[Any] = ["COMMANDS", "connector", "main"]
