"""The benchmark of polluted CSV files (issue 3): 2,290 versions of one table, each with one fault, nothing told.

`connector read` reads the folder in one call; what it wrote is compared with the clean tables. Run it with

    python benchmarks/reading_polluted.py                   our own table
    python benchmarks/reading_polluted.py --source F.csv    another clean table (comma, double quotes, header first)
    python benchmarks/reading_polluted.py --folder DIR      files of others: DIR/csv to read, DIR/clean what is right

The scores to beat (Pollock's README): 9.961 simple, 9.599 weighted; of the systems told nothing: 9.193 and 9.454.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

# A benchmark is run by its path, and finds its kit beside it.
sys.path.insert(0, str(Path(__file__).parent))

from kit import pollution, scores

WORST = 15


@dataclass(frozen=True, slots=True)
class Case:
    """A file to be read: what must come out and what it counts."""

    kind: str
    name: str
    clean: list[list[str]]
    weight: float


def main() -> None:
    """Write the files, read them in one call, print the scores."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="reading-polluted-") as scratch:
        folder = Path(options.keep or scratch)
        cases = _theirs(options.folder) if options.folder else _ours(options.source, folder / "csv")
        source = options.folder / "csv" if options.folder else folder / "csv"
        seconds = _read(source, folder / "read")
        found = [
            (scores.score(case.clean, _rows(folder / "read" / f"{case.name}.csv")), case) for case in cases
        ]
    _report(found, seconds)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--source", type=Path, help="a clean table to pollute instead of our own")
    parser.add_argument("--folder", type=Path, help="a folder with csv/ and clean/")
    parser.add_argument("--keep", type=Path, help="keep the files here")
    return parser.parse_args()


def _ours(source: Path | None, folder: Path) -> list[Case]:
    folder.mkdir(parents=True)
    cases = []
    for each in pollution.versions(_quoted_rows(source) if source else pollution.table()):
        (folder / each.name).write_bytes(each.text.encode())
        cases.append(Case(each.kind, each.name, [list(row) for row in each.clean], each.weight))
    return cases


def _quoted_rows(path: Path) -> list[pollution.Row]:
    """The cells of a clean file, and which of them stand in quotes."""
    rows: list[list[pollution.Cell]] = [[]]
    content = path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    place = 0
    while place < len(content):
        quoted = content[place] == '"'
        end = _end_of_cell(content, place, quoted=quoted)
        inner = content[place + 1 : end - 1].replace('""', '"') if quoted else content[place:end]
        rows[-1].append(pollution.Cell(inner, quoted))
        if content[end : end + 1] == "\n" and end + 1 < len(content):
            rows.append([])
        elif content[end : end + 2] == ",\n" or content[end:] == ",":
            rows[-1].append(pollution.Cell(""))
            end += 1
            if end + 1 < len(content):
                rows.append([])
        place = end + 1
    return [tuple(row) for row in rows]


def _end_of_cell(content: str, place: int, *, quoted: bool) -> int:
    inside = quoted
    end = place + quoted
    while end < len(content) and (inside or content[end] not in ",\n"):
        inside = inside != (quoted and content[end] == '"')
        end += 1
    return end


def _theirs(folder: Path) -> list[Case]:
    """Files of others, each its own kind and of the same weight."""
    paths = sorted(path for path in (folder / "clean").iterdir() if (folder / "csv" / path.name).exists())
    return [Case(path.name, path.name, _rows(path) or [], 1.0) for path in paths]


def _read(source: Path, target: Path) -> float:
    """Seconds that one call of `connector read` takes."""
    command: list[str | Path] = [Path(sys.executable).with_name("connector"), "read", source, "--to", target]
    began = perf_counter()
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
    if done.returncode not in (0, 1):
        sys.exit(f"connector read ended with {done.returncode}")
    return perf_counter() - began


def _rows(path: Path) -> list[list[str]] | None:
    csv.field_size_limit(sys.maxsize)
    if not path.exists():
        return None
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.reader(lines))


def _report(found: list[tuple[float, Case]], seconds: float) -> None:
    kinds: dict[str, list[float]] = defaultdict(list)
    for points, case in found:
        kinds[case.kind].append(points)
    for kind, all_points in kinds.items():
        short = sum(1 for each in all_points if each < scores.MOST)
        print(f"  {kind:36}{len(all_points):6} files{sum(all_points) / len(all_points):9.4f}   {short or ''}")
    print(f"\nthe {WORST} worst of those below 10:")
    for points, case in sorted(found, key=lambda each: each[0])[:WORST]:
        if points < scores.MOST:
            print(f"  {points:8.4f}  {case.name}")
    simple = sum(points for points, _ in found) / len(found)
    whole = sum(case.weight for _, case in found)
    weighted = sum(points * case.weight for points, case in found) / whole
    print(f"\n{len(found)} files in one call in {seconds:.1f} s ({len(found) / seconds:.0f} a second)")
    print(f"simple {simple:.4f}, weighted {weighted:.4f} of 10")


if __name__ == "__main__":
    main()
