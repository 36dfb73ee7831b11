"""Many runs become one table, with the goals of issue 4 beside our own lines."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kit.contest import Run

OURS = "ours"
HEAD = ("work", "who", "wall s", "CPU s", "peak MB", "calls", "records exact?", "wall to ours", "goals")


@dataclass(frozen=True)
class Line:
    """The medians of one contestant at one work."""

    wall: float
    cpu: float
    peak: float
    others: float
    calls: float
    sending: float
    at_once: float
    verdict: str

    @classmethod
    def of(cls, runs: Sequence[Run]) -> Line:
        """Medians; of the verdicts the worst, which is any that is not a plain yes."""
        names = ("wall", "cpu", "peak", "others", "calls", "sending", "at_once")
        bad = [run.verdict for run in runs if run.verdict not in {"yes", "–"}]
        some = f" (in {len(bad)} of {len(runs)} rounds)" if len(bad) < len(runs) else ""
        return cls(
            **{name: statistics.median(getattr(run, name) for run in runs) for name in names},
            verdict=bad[0] + some if bad else runs[0].verdict,
        )


Lines = dict[tuple[str, str], Line]


@dataclass(frozen=True)
class Goal:
    """A figure to reach: what is measured, from which lines, and what it may be at most (or must be at least)."""

    work: str
    words: str  # with {} for the figure
    limit: float
    figure: Callable[[Lines], float]
    least: bool = False

    def said(self, lines: Lines) -> str | None:
        """The figure and the goal, with a cross where it is missed; None when a line is not there."""
        try:
            figure = self.figure(lines)
        except (KeyError, ZeroDivisionError):
            return None
        missed = figure < self.limit if self.least else figure > self.limit
        sign = "≥" if self.least else "≤"
        return f"{self.words.format(f'{figure:.4g}')} ({sign} {self.limit:g}{' MISSED' if missed else ''})"


def table(lines: Lines, titles: dict[str, str], names: dict[str, str], goals: Sequence[Goal]) -> str:
    """The one table, in Markdown."""
    rows: list[Sequence[str]] = [HEAD, ["---"] * len(HEAD)]
    for (work, who), line in lines.items():
        mine = lines.get((work, OURS))
        said = [goal.said(lines) for goal in goals if goal.work == work] if who == OURS else []
        rows.append(
            (
                titles[work] if who == OURS or mine is None else "",
                names[who],
                f"{line.wall:.2f}",
                f"{line.cpu:.2f}",
                f"{line.peak:.0f}",
                f"{line.calls:,.0f}",
                line.verdict,
                f"{line.wall / mine.wall:.2f}" if mine else "",
                "; ".join(text for text in said if text),
            )
        )
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def machine(folder: Path) -> str:
    """The machine in words: cores, processor, memory, kind of disk. No name of it."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    return (
        f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB of memory, {_disk(folder)}, Linux {platform.release()}, "
        f"Python {platform.python_version()}"
    )


def _disk(folder: Path) -> str:
    device = folder.stat().st_dev
    place = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}").resolve()
    if place.name.startswith("vd"):
        return "a virtual disk"
    turning = next(
        (up / "queue/rotational" for up in (place, place.parent) if (up / "queue/rotational").exists()), None
    )
    if turning is None:
        return "a disk of unknown kind"
    return "a hard disk" if turning.read_text().strip() == "1" else "an SSD"
