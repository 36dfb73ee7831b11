"""When an alert is said, and in which words."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.alerts import SAYINGS, Rules, due, letter, saying
from connector.alerts.due import GATHERED
from connector.alerts.sayings import MOST_CHARACTERS, MOST_LISTED
from connector.cli import COMMANDS
from connector.model import Alert, Cause

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
RULES = Rules(patience={Cause.API_DOWN: 2 * MINUTE})


def alert(cause: Cause = Cause.API_DOWN, key: str = "main", *, since: timedelta = HOUR) -> Alert:
    """One that began so long ago."""
    return Alert(cause, key, key, "the server does not answer", NOW - since)


def said(*alerts: Alert, at: datetime = NOW, rules: Rules = RULES) -> list[tuple[Cause, bool, int]]:
    return [(*part, len(found)) for part, found in due(alerts, at, rules).items()]


def test_what_stands_is_said_once_however_long():
    told = replace(alert(), said_at=NOW)
    assert said(alert()) == [(Cause.API_DOWN, False, 1)]
    assert all(said(told, at=NOW + hours * HOUR) == [] for hours in range(1000))


def test_an_outage_is_said_only_when_it_lasts():
    assert said(alert(since=MINUTE)) == []
    assert said(alert(since=MINUTE), at=NOW + MINUTE) == [(Cause.API_DOWN, False, 1)]
    assert said(alert(Cause.CREDENTIALS, since=timedelta())) == [(Cause.CREDENTIALS, False, 1)]


def test_the_end_is_said_once_to_who_knows_of_the_beginning():
    ended = replace(alert(), ended_at=NOW)
    assert said(ended) == []
    told = replace(ended, said_at=NOW - MINUTE)
    assert said(told) == [(Cause.API_DOWN, True, 1)]
    assert said(replace(told, end_said=True)) == []


def test_what_begins_again_while_all_are_calm_is_said_when_the_time_is_over():
    again = replace(alert(since=3 * MINUTE), said_at=NOW - HOUR, count=2)
    assert said(again) == []
    assert said(again, at=NOW + 3 * HOUR) == [(Cause.API_DOWN, False, 1)]
    ended = replace(again, ended_at=NOW)
    assert said(ended) == [], "nobody was told that it began again"


def test_an_end_without_words_is_not_said():
    assert said(replace(alert(Cause.HELD, "7"), said_at=NOW, ended_at=NOW)) == []


def test_many_of_a_cause_come_in_one_message_and_later_ones_wait_for_each_other():
    first = replace(alert(Cause.HELD, "1"), said_at=NOW)
    more = [alert(Cause.HELD, str(number), since=timedelta()) for number in range(2, 200)]
    assert said(first, *more) == []
    assert said(first, *more, at=NOW + GATHERED) == [(Cause.HELD, False, 198)]
    assert said(first, alert(), at=NOW) == [(Cause.API_DOWN, False, 1)], "another cause does not wait"


def test_what_is_under_way_is_not_handed_over_again():
    assert due([alert()], NOW, RULES, {(Cause.API_DOWN, False)}) == {}


def test_only_the_causes_asked_for_are_said():
    assert said(alert(), alert(Cause.HELD, "7"), rules=Rules(causes=[Cause.HELD])) == [(Cause.HELD, False, 1)]


@given(st.lists(st.tuples(st.integers(0, 90), st.booleans()), max_size=60))
def test_a_flapping_thing_is_said_at_most_once_a_calm_down_time(moves: list[tuple[int, bool]]) -> None:
    """Whatever it does, what a person is told alternates: it is so, it is over, with the rest in between."""
    known, now = replace(alert(since=timedelta()), ended_at=NOW, end_said=True), NOW
    heard: list[tuple[datetime, bool]] = []
    for minutes, stands in moves:
        now += minutes * MINUTE
        if stands and not known.stands:
            known = replace(known, since=now, ended_at=None, end_said=False)
        elif not stands and known.stands:
            known = replace(known, ended_at=now)
        for _, over in due([known], now, RULES):
            heard.append((now, over))
            known = replace(known, end_said=True) if over else replace(known, said_at=now)
    begun = [moment for moment, over in heard if not over]
    assert all(later - earlier >= RULES.calm_down for earlier, later in itertools.pairwise(begun))
    assert len(heard) - len(begun) <= len(begun)


def test_every_cause_has_its_words_once():
    assert [words.cause for words in SAYINGS] == list(Cause)


@pytest.mark.parametrize("words", SAYINGS, ids=lambda words: words.cause)
def test_the_commands_it_names_are_there(words):
    names = {entry.name for entry in COMMANDS}
    assert set(re.findall(r"\bconnector ([a-z]+)", words.do)) <= names


def test_one_says_what_why_and_the_command_to_type():
    held = Alert(Cause.HELD, "17", "BLR-01/stock.csv", 'column "Qty" is gone', NOW)
    written = letter([held], over=False)
    assert written.title == "BLR-01/stock.csv waits for you"
    assert written.body.startswith('BLR-01/stock.csv: column "Qty" is gone\n')
    assert "connector show 17" in written.body
    assert "time" not in written.body


def test_a_second_time_says_so():
    assert "This is the 2nd time." in letter([replace(alert(), count=2)], over=False).body
    assert "This is the 11th time." in letter([replace(alert(), count=11)], over=False).body


def test_several_are_listed_and_the_rest_counted():
    held = [alert(Cause.HELD, f"file-{number}.csv") for number in range(MOST_LISTED + 5)]
    written = letter(held, over=False)
    assert written.title == "25 files wait for you"
    assert "file-19.csv" in written.body
    assert "file-20.csv" not in written.body
    assert "and 5 more" in written.body


@pytest.mark.parametrize("cause", [words.cause for words in SAYINGS if words.over])
def test_the_end_says_what_is_over_and_since_when_it_was(cause):
    ended = replace(alert(cause, "main"), ended_at=NOW)
    one = letter([ended], over=True)
    assert "main" in one.title
    assert not one.title.endswith(".")
    assert re.search(r"It began on \d\d\.\d\d\. at \d\d:\d\d\.$", one.body)
    assert letter([ended, ended], over=True).title.startswith("Over: ")


def test_a_name_of_a_file_cannot_write_into_the_head_of_a_mail():
    nasty = Alert(Cause.QUARANTINED, "1", "a\r\nBcc: all@example.com\r\n\x1b[2Jb.csv", "x" * 9000, NOW)
    written = letter([nasty], over=False)
    assert "\n" not in written.title
    assert "\x1b" not in written.title + written.body
    assert len(written.body) < MOST_CHARACTERS + 500


def test_secrets_are_taken_out():
    told = Alert(Cause.API_DOWN, "main", "main", "401 for token=hunter22", NOW)
    written = letter([told], over=False, clean=lambda text: text.replace("hunter22", "[hidden]"))
    assert "hunter22" not in written.body
    assert saying(Cause.API_DOWN).do.split("\n")[0] in written.body
