"""The manual and the code agree: a command, option, setting or feed that the manual does not name fails the build."""

from __future__ import annotations

import importlib
import re
import tomllib
from importlib import resources
from pathlib import Path

import click
import pytest
from pydantic import BaseModel

from connector.alerts import SAYINGS
from connector.cli import COMMANDS, connector
from connector.feeds import FEEDS
from connector.settings import Settings, _models_in

DOCS = Path(__file__).parents[2] / "docs"
README = (DOCS.parent / "README.md").read_text(encoding="utf-8")


def page(name: str) -> str:
    """A page of the manual."""
    return (DOCS / name).read_text(encoding="utf-8")


def subcommands(entry_name: str) -> list[str]:
    """`catalog count`, `catalog pull` … for a group; the name itself for a command."""
    command = connector.get_command(click.Context(connector), entry_name)
    assert command is not None
    return (
        [f"{entry_name} {name}" for name in command.commands]
        if isinstance(command, click.Group)
        else [entry_name]
    )


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_every_command_is_in_the_manual_and_has_help(entry: object) -> None:
    name = entry.name  # type: ignore[attr-defined]
    operations = page("operations.md")
    for command in subcommands(name):
        assert re.search(rf"`(connector )?{command}\b", operations), f"operations.md does not name {command}"
    module = importlib.import_module(f"connector.cli.{entry.module}")  # type: ignore[attr-defined]
    assert getattr(module, name).help


def settings_keys(model: type[BaseModel]) -> list[str]:
    """Every key of a table and of the tables in it, without the key that only the program sets."""
    keys = []
    for name, field in model.model_fields.items():
        nested = _models_in(field.annotation)
        keys += [name, *(key for each in nested for key in settings_keys(each))]
    return [key for key in keys if key != "workspace"]


@pytest.mark.parametrize("key", sorted(set(settings_keys(Settings))))
def test_every_setting_is_in_the_manual_and_in_the_template(key: str) -> None:
    assert re.search(rf"`\[*{key}\]*`", page("configuration.md")), f"configuration.md does not name {key}"
    template = (resources.files("connector.cli") / "workspace_files" / "connector.toml").read_text(
        encoding="utf-8"
    )
    assert re.search(rf"(^|\s|#|\[){key}\b", template), f"the template does not name {key}"


def test_the_template_with_every_comment_opened_is_right() -> None:
    """What the comments offer as defaults is the configuration's own default."""
    text = (resources.files("connector.cli") / "workspace_files" / "connector.toml").read_text(
        encoding="utf-8"
    )
    opened = re.sub(r"^# (\w+ = )", r"\1", text, flags=re.MULTILINE)
    opened = re.sub(
        r"^(level = .*|ca_bundle = .*|calls_per_second = .*|done_marker = .*|file = .*)$",
        "",
        opened,
        flags=re.MULTILINE,
    )
    opened = opened.replace('url = ""', "")
    told, plain = Settings(**tomllib.loads(opened)), Settings(**tomllib.loads(text))
    assert told == plain


@pytest.mark.parametrize("words", SAYINGS, ids=lambda words: words.cause)
def test_every_cause_of_an_alert_is_in_the_manual(words: object) -> None:
    row = re.search(rf"^\| `{words.cause}` \| (.+?) \| (.*?)\|$", page("alerts.md"), re.MULTILINE)  # type: ignore[attr-defined]
    assert row, "alerts.md does not explain it"
    assert (row.group(2).strip() == "yes") == bool(words.over)  # type: ignore[attr-defined]


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.name)
def test_every_feed_and_its_fields_are_in_the_manual(feed: object) -> None:
    text = page("profiles.md")
    assert f"`{feed.name}`" in text  # type: ignore[attr-defined]
    for field in feed.fields:  # type: ignore[attr-defined]
        assert f"`{field.name}`" in text, f"profiles.md does not name {field.name}"


def test_the_readme_opens_with_the_two_commands() -> None:
    start = README[:1500]
    assert start.index("make demo") < start.index("make test")


def test_links_in_readme_and_manual_lead_somewhere() -> None:
    for path in [DOCS.parent / "README.md", *DOCS.rglob("*.md")]:
        if "_build" in path.parts:
            continue
        for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name}: {target}"
