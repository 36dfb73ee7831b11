"""The configuration: every mistake at once, secrets hidden, the environment wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector import settings
from connector.errors import ConfigurationError
from connector.model import Cause

GOOD = """
default_location = "BLR-01"
[[account]]
name = "main"
server = "fyndkonnect"
username = "me"
password = "secret-word"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "config" / "connector.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def complaints(folder: Path, text: str) -> dict[str, str]:
    with pytest.raises(ConfigurationError) as caught:
        settings.load(write(folder, text))
    return {complaint.key: complaint.message for complaint in caught.value.complaints}


def test_paths_start_at_the_folder_that_holds_config(tmp_path: Path) -> None:
    loaded = settings.load(write(tmp_path, GOOD))
    assert loaded.path(loaded.folders.archive) == tmp_path / "archive"
    assert loaded.ledger_url == f"sqlite:///{tmp_path / 'state' / 'ledger.db'}"
    beside = tmp_path / "connector.toml"
    beside.write_text(GOOD, encoding="utf-8")
    assert settings.workspace_of(beside) == tmp_path


def test_a_ledger_elsewhere(tmp_path: Path) -> None:
    loaded = settings.load(write(tmp_path, GOOD + '[ledger]\nurl = "postgresql://db/ledger"\n'))
    assert loaded.ledger_url == "postgresql://db/ledger"


def test_the_secret_is_never_shown(tmp_path: Path) -> None:
    loaded = settings.load(write(tmp_path, GOOD))
    assert loaded.account[0].password.get_secret_value() == "secret-word"
    assert "secret-word" not in repr(loaded) + str(loaded) + loaded.model_dump_json()


def test_secrets_from_environment_and_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("from-file\n", encoding="utf-8")
    monkeypatch.setenv("A_SECRET", "from-environment")
    for said, meant in (("env:A_SECRET", "from-environment"), (f"file:{tmp_path / 'token'}", "from-file")):
        loaded = settings.load(write(tmp_path, GOOD.replace("secret-word", said)))
        assert loaded.account[0].password.get_secret_value() == meant


@pytest.mark.parametrize(
    ("said", "word"),
    [("env:NOT_THERE", "NOT_THERE"), ("file:/not/there", "cannot be read"), ("", "is empty")],
)
def test_secrets_that_are_not_there(tmp_path: Path, said: str, word: str) -> None:
    assert word in complaints(tmp_path, GOOD.replace("secret-word", said))["account.0.password"]


def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTOR_DELIVERY__READ_TIMEOUT", "7")
    monkeypatch.setenv("CONNECTOR_DEFAULT_LOCATION", "DEL-02")
    loaded = settings.load(write(tmp_path, GOOD + "[delivery]\nread_timeout = 20\nin_flight = 3\n"))
    assert (loaded.delivery.read_timeout, loaded.delivery.in_flight, loaded.default_location) == (
        7,
        3,
        "DEL-02",
    )


def test_five_mistakes_are_named_with_file_and_key(tmp_path: Path) -> None:
    text = """
curency = "INR"
default_location = 5
[folders]
archiv = "elsewhere"
[delivery]
in_flight = 0
[[account]]
name = "main"
server = "fyndkonnect"
username = "me"
password = "never-shown"
level = "location"
"""
    with pytest.raises(ConfigurationError) as caught:
        settings.load(write(tmp_path, text))
    said = str(caught.value)
    keys = {complaint.key for complaint in caught.value.complaints}
    assert keys == {
        "curency",
        "default_location",
        "folders.archiv",
        "delivery.in_flight",
        "account.0.location",
    }
    assert said.count("connector.toml") == 5
    assert "did you mean 'currency'" in said
    assert "did you mean 'archive'" in said
    assert "never-shown" not in said


def test_mistakes_between_tables(tmp_path: Path) -> None:
    account = '[[account]]\nname = "a"\nserver = "ginesys"\nusername = "u"\npassword = "p"\n'
    text = f'{account}location = "X"\n{account}[[source]]\nname = "s"\npath = "in"\naccount = "nobody"\n'
    found = complaints(tmp_path, text)
    assert "names must differ" in found["account.1.name"]
    assert "only for level" in found["account.0.location"]
    assert "no account" in found["source.0.account"]


def test_unknown_keys_far_from_any_known_one_list_what_is_known(tmp_path: Path) -> None:
    assert "known here: format, level" in complaints(tmp_path, "[log]\nxyzzy = 1\n")["log.xyzzy"]


def test_a_missing_key(tmp_path: Path) -> None:
    assert complaints(tmp_path, "[[source]]\nname = 'x'\n")["source.0.path"] == "is missing"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    assert "cannot be read" in complaints(tmp_path, "this is = = no TOML")["(file)"]
    with pytest.raises(ConfigurationError, match="connector init"):
        settings.load(tmp_path / "nowhere.toml")


def test_which_file_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(settings.ENVIRONMENT_VARIABLE, raising=False)
    assert settings.locate(Path("mine.toml")) == Path("mine.toml")
    assert settings.locate(None) == settings.DEFAULT_PATH
    monkeypatch.setenv(settings.ENVIRONMENT_VARIABLE, "elsewhere.toml")
    assert settings.locate(None) == Path("elsewhere.toml")
    write(tmp_path, GOOD)
    assert settings.locate(None) == settings.DEFAULT_PATH


def test_addresses_of_alerts_are_secrets_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_CHAT", "slack://a-chat-hunter22")
    told = GOOD + '[alerts]\nurls = ["env:A_CHAT", "mailto://me:a-mail-hunter22@example.com"]\n'
    loaded = settings.load(write(tmp_path, told))
    assert [url.get_secret_value() for url in loaded.alerts.urls] == [
        "slack://a-chat-hunter22",
        "mailto://me:a-mail-hunter22@example.com",
    ]
    assert "hunter22" not in repr(loaded) + str(loaded) + loaded.model_dump_json()


@pytest.mark.parametrize("urls", ['["env:NOT_THERE"]', '"mailto://me:a-mail-hunter22@example.com"'])
def test_a_mistake_in_an_address_does_not_show_it(tmp_path: Path, urls: str) -> None:
    (said,) = complaints(tmp_path, f"{GOOD}[alerts]\nurls = {urls}\n").items()
    assert said[0] == "alerts.urls"
    assert "hunter22" not in said[1]


def test_addresses_and_causes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTOR_ALERTS__URLS", '["json://localhost/alerts"]')
    monkeypatch.setenv("CONNECTOR_ALERTS__CAUSES", '["held"]')
    loaded = settings.load(write(tmp_path, GOOD))
    assert loaded.alerts.urls[0].get_secret_value() == "json://localhost/alerts"
    assert loaded.alerts.causes == (Cause.HELD,)


def test_a_cause_that_is_none_is_told_with_those_there_are(tmp_path: Path) -> None:
    (said,) = complaints(tmp_path, f'{GOOD}[alerts]\ncauses = ["hold"]\n').values()
    assert "'held'" in said
