"""What must not be in the tree: hosts of package registries, paths of the machine, loose ends."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# One letter of each stands in brackets, so that this file does not hold what it looks for.
REGISTRIES = re.compile(r"pythonhosted[.]|npmjs[.]|\bpypi[.]org|\bdeb[.]debian[.]org")
LOOSE_ENDS = re.compile(r"\bTO[D]O\b|\bFIX[M]E\b")
# Where this project is written and built; nobody else has it.
MACHINE = re.compile(r"/wor[k]/")
SUFFIXES = {".lock", ".md", ".py", ".toml", ".yaml", ".sh", ".service", ".html", ".csv", ".json", ""}


def tracked():
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    paths = [ROOT / name for name in listing.decode().split("\0") if name]
    return [path for path in paths if path.suffix in SUFFIXES and path.is_file()]


def lines_with(pattern, paths):
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]


@pytest.fixture(scope="module")
def paths():
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    return tracked()


def test_no_registry_is_named(paths):
    assert lines_with(REGISTRIES, paths) == []


def test_no_path_of_a_machine_is_named(paths):
    assert lines_with(MACHINE, paths) == []


def test_no_loose_ends_in_the_code(paths):
    assert lines_with(LOOSE_ENDS, [path for path in paths if path.suffix == ".py"]) == []


@pytest.mark.parametrize(
    "name", ["README.md", "Makefile", ".ci/run", "Dockerfile", "CHANGELOG.md", "LICENSE"]
)
def test_newcomer_finds(name):
    assert (ROOT / name).is_file()
