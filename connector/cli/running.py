"""`run` and `once`: the main job."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import click

from connector.cli.common import config_option, json_option, open_assembly, print_json

if TYPE_CHECKING:
    from pathlib import Path

    from connector.assembly import Assembly
    from connector.daemon import Tally


DONE = ("archived", "duplicate", "superseded", "dismissed")
"""States that ask nothing of anybody; in any other a drop waits for a person, or the run was stopped."""


@click.command()
@config_option
def run(config: Path | None) -> None:
    """Watch the inboxes until SIGTERM or Ctrl-C, which finishes what is in flight and stops cleanly."""
    from connector import forks
    from connector.cli import logs

    forks.warm_up()
    with open_assembly(config) as assembly:
        logs.configure(assembly.settings.log.format, assembly.settings.log.level)
        _stop_on_signals(assembly)
        daemon = assembly.daemon()
        daemon.run()


@click.command()
@config_option
@json_option
@click.pass_context
def once(ctx: click.Context, config: Path | None, as_json: bool) -> None:
    """Land, plan, deliver and finish all that is in the inboxes now, then exit."""
    from connector import forks, memory

    forks.warm_up()
    with memory.all_stays():
        from connector.cli import logs, reports
    with open_assembly(config) as assembly:
        logs.configure(assembly.settings.log.format, "warning" if not as_json else "error")
        _stop_on_signals(assembly)
        with reports.progress(assembly, shown=not as_json):
            tally = assembly.daemon(once=True).run_once()
        outcome = reports.of_run(assembly, tally)
        if as_json:
            print_json(outcome)
        else:
            reports.print_run(outcome)
        ctx.exit(exit_code(tally, outcome))


def exit_code(tally: Tally, outcome: dict[str, Any]) -> int:
    """4 when a step of ours broke, 3 when the API, the disk or a share is waited for, 1 when something is open."""
    from connector.cli import ALL_WELL, DEFECT, SOMETHING_OPEN, UNREACHABLE

    if tally.defects:
        return DEFECT
    if outcome["waiting"] or outcome["put_off"] or outcome["unreachable"]:
        return UNREACHABLE
    is_open = any(
        drop["to_mend"] or drop["held"] or drop["state"] not in DONE or differs(drop)
        for drop in outcome["drops"]
    )
    return SOMETHING_OPEN if is_open else ALL_WELL


def differs(drop: dict[str, Any]) -> bool:
    """Whether Konnect lists another price than it acknowledged, in the sample that was read back."""
    return bool((drop["read_back"] or {}).get("differences"))


def _stop_on_signals(assembly: Assembly) -> None:
    """The first signal stops after what is in flight; a second one stops at once.

    At once is the system's own way: an exception would still wait for the threads. A start puts right what it leaves.
    """
    both = (signal.SIGTERM, signal.SIGINT)

    def stop(_number: int, _frame: object) -> None:
        for number in both:
            signal.signal(number, signal.SIG_DFL)
        assembly.stop.set()
        assembly.wake.set()

    for number in both:
        signal.signal(number, stop)
