"""How fast what changed reaches the API, and at what cost: ours and the peers in turn, and one table of medians.

make bench                                      everything; writes benchmarks/RESULTS.md
make bench ARGS="--only new,same --rounds 1"    some of it; writes nothing
make bench ARGS="--rows 50000 --rounds 1"       a quick look
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from kit.contest import RUNS, Arena, Run, Work
from kit.inputs import Inputs
from kit.peers import PEERS, Peers
from kit.report import OURS, Goal, Line, Lines, machine, table

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parent / ".bench"  # inputs, peers and workspaces; nothing of it is committed
PUSHING = tuple(peer.name for peer in PEERS if peer.name != "calamine")
ROWS = 1_000_000
CHANGED = 0.01
BATCH = 500
DELAY = 0.2
DROPS = 1000
NAMES = {OURS: "**connector**", **{peer.name: peer.title for peer in PEERS}}


def works(rows: int) -> tuple[Work, ...]:
    """The table of issue 4; everything is in proportion to `rows`, a million unless told otherwise."""
    drops, calls = max(2, DROPS * rows // ROWS), max(1, rows // BATCH)

    def base(inputs: Inputs) -> list[Path]:
        return [inputs.csv(rows)]

    def moved(inputs: Inputs) -> list[Path]:
        return [inputs.csv(rows, changed=CHANGED)]

    def other_bytes(inputs: Inputs) -> list[Path]:
        return [inputs.csv(rows, changed=CHANGED, brand="Apex")]

    def fifth(inputs: Inputs) -> list[Path]:
        return [inputs.csv(rows // 5)]

    def book(inputs: Inputs) -> list[Path]:
        return [inputs.xlsx(rows // 5)]

    def pieces(folders: int) -> Callable[[Inputs], list[Path]]:
        return lambda inputs: inputs.pieces(drops, BATCH, folders=folders)

    return (
        Work("new", f"{rows:,} rows, all new", base, PUSHING),
        Work("changed", "the same again, 1 % changed", moved, before=(base,)),
        Work("same", "the same again, other bytes", other_bytes, before=(base, moved)),
        Work("ten", f"{10 * rows:,} rows, all new", lambda inputs: [inputs.csv(10 * rows)], ("mq-bridge",)),
        Work("xlsx", f"xlsx of {rows // 5:,} rows", book, ("calamine",), records=fifth),
        Work("slow", f"{calls:,} calls of {DELAY * 1000:.0f} ms", base, ("polars",), delay=DELAY),
        Work("lane", f"{drops:,} drops of {BATCH}, one lane", pieces(1), ours=RUNS, mode="delta"),
        Work("lanes", f"{drops:,} drops of {BATCH}, 20 lanes", pieces(20), ours=RUNS, mode="delta"),
        Work("faults", "every 20th answer a 503", base, PUSHING, fail_every=20),
    )


def goals(rows: int) -> tuple[Goal, ...]:
    """The figures of issue 4."""

    def to(work: str, other: tuple[str, str]) -> Callable[[Lines], float]:
        return lambda lines: lines[work, OURS].wall / lines[other].wall

    def fastest(lines: Lines) -> float:
        others = [line.wall for (work, who), line in lines.items() if work == "new" and who in PRODUCTS]
        return lines["new", OURS].wall / min(others) if others else 1 / 0

    def rate(work: str) -> Callable[[Lines], float]:
        return lambda lines: lines[work, OURS].calls / lines[work, OURS].sending

    def ideal(lines: Lines) -> float:
        line = lines["slow", OURS]
        return line.sending / (line.calls * DELAY / line.at_once)

    return (
        Goal("new", "{} of mq-bridge's wall", 1.25, to("new", ("new", "mq-bridge"))),
        Goal("new", "{} of the fastest other tool", 1, fastest),
        Goal("new", "{} of the script with audit", 0.25, to("new", ("new", "naive"))),
        Goal("new", "{} MB", 400, lambda lines: lines["new", OURS].peak),
        Goal("changed", "{} of the first run", 0.5, to("changed", ("new", OURS))),
        Goal("changed", "{} calls", -(-rows * CHANGED // BATCH), lambda lines: lines["changed", OURS].calls),
        Goal("same", "{} of the first run", 0.45, to("same", ("new", OURS))),
        Goal("same", "{} calls", 0, lambda lines: lines["same", OURS].calls),
        Goal("ten", "{} × the million's wall", 11, to("ten", ("new", OURS))),
        Goal("ten", "{} × its memory", 1.3, lambda lines: lines["ten", OURS].peak / lines["new", OURS].peak),
        Goal("xlsx", "{} × calamine's reading", 1.25, to("xlsx", ("xlsx", "calamine"))),
        Goal("slow", "{} × the ideal for the calls in flight", 1.15, ideal),
        Goal("lane", "{} drops a second", 30, rate("lane"), least=True),
        Goal("lanes", "{} drops a second", 30, rate("lanes"), least=True),
        Goal("faults", "{} × the clean run", 1.3, to("faults", ("new", OURS))),
    )


PRODUCTS = (
    "dlt",
    "drt",
    "node",
    "miller",
    "syslog-ng",
)  # mq-bridge has a goal of its own; the scripts are no tools


def main() -> None:
    """Run what is asked for and print the table."""
    told = _arguments()
    chosen = [work for work in works(told.rows) if not told.only or work.key in told.only]
    FOLDER.mkdir(exist_ok=True)
    arena = Arena(FOLDER, told.connector.absolute(), Peers(FOLDER))
    runs: dict[tuple[str, str], list[Run]] = {}
    for number in range(told.rounds):
        arena.new_round()
        for work in chosen:
            for who, run in _contestants(arena, work, told.who):
                result = run()
                runs.setdefault((work.key, who), []).append(result)
                _say(f"round {number + 1}: {work.title}: {NAMES[who]}", result)
    arena.close()
    lines = {key: Line.of(results) for key, results in runs.items()}
    text = table(lines, {work.key: work.title for work in chosen}, NAMES, goals(told.rows))
    print(text)
    if told.only or told.who or told.rows != ROWS:
        print("Only a part, so benchmarks/RESULTS.md stays as it is.")
        return
    _write(text, told.rounds, lines, arena)


def _contestants(arena: Arena, work: Work, who: Sequence[str]) -> list[tuple[str, Callable[[], Run]]]:
    """Ours first, then each peer that can be had."""
    found: list[tuple[str, Callable[[], Run]]] = []
    if not who or OURS in who:
        found.append((OURS, partial(arena.ours, work)))
    wanted = [peer for peer in PEERS if peer.name in work.peers and (not who or peer.name in who)]
    found.extend((peer.name, partial(arena.peer, work, peer)) for peer in wanted if not arena.skipped(peer))
    return found


def _say(what: str, run: Run) -> None:
    print(
        f"{what}: {run.wall:.2f} s, CPU {run.cpu:.2f} s, {run.peak:.0f} MB, {run.calls:,} calls, exact: {run.verdict} "
        f"(others used {run.others:.1f} cores)",
        file=sys.stderr,
        flush=True,
    )


def _write(text: str, rounds: int, lines: Lines, arena: Arena) -> None:
    busiest = max(line.others for line in lines.values())
    skipped = "".join(f"\n- {peer} was left out: {reason}" for peer, reason in arena.left_out.items())
    (HERE / "RESULTS.md").write_text(
        f"# Results of the last run\n\n"
        f"{datetime.now(UTC):%Y-%m-%d}, medians of {rounds} rounds, ours and the peers in turn. The machine: "
        f"{machine(FOLDER)}.\nThe sink shares the cores; with it everything else on the machine used up to "
        f"{busiest:.1f} cores while a contestant ran.\nWhat is measured and how: [README.md](README.md).\n{skipped}\n"
        f"\n{text}\n",
        encoding="utf-8",
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    listed = [work.key for work in works(ROWS)]
    parser.add_argument(
        "--rounds", type=int, default=3, help="how often each runs; the medians are shown (3)"
    )
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of the large file (1000000)")
    parser.add_argument(
        "--only", type=_words(listed), default=[], help=f"some works, with commas: {', '.join(listed)}"
    )
    parser.add_argument(
        "--who", type=_words(list(NAMES)), default=[], help=f"some contestants: {', '.join(NAMES)}"
    )
    parser.add_argument(
        "--connector", type=Path, default=Path(sys.executable).with_name("connector"), help="another one"
    )
    return parser.parse_args()


def _words(known: Sequence[str]) -> Callable[[str], list[str]]:
    def words(text: str) -> list[str]:
        asked = text.split(",")
        if unknown := [word for word in asked if word not in known]:
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: choose from {', '.join(known)}")
        return asked

    return words


if __name__ == "__main__":
    main()
