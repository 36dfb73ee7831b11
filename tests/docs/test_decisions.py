"""Each dependency has its line of why, and the papers are numbered one after the other."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAPERS = sorted((ROOT / "docs" / "decisions").glob("0*.md"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
NAMES = sorted({re.split(r"[^\w-]", entry)[0] for entry in PROJECT["project"]["dependencies"]})


@pytest.mark.parametrize("name", NAMES)
def test_dependency_has_its_why(name):
    table = (ROOT / "docs/decisions/0011-dependencies.md").read_text(encoding="utf-8").casefold()
    firsts = ", ".join(re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE))
    assert name.casefold() in re.split(r",\s*", firsts)


def test_papers_are_numbered_one_after_the_other():
    assert [int(paper.name[:4]) for paper in PAPERS] == list(range(1, len(PAPERS) + 1))


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_paper_says_its_number(paper):
    title = paper.read_text(encoding="utf-8").splitlines()[0]
    assert re.match(rf"# {int(paper.name[:4])}[.] ", title)
