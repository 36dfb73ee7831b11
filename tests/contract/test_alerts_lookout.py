"""What becomes an alert, with the real ledger: each once, in spite of restarts, and the end of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command

from connector.alerts import Letter, Rules
from connector.errors import CredentialsRefused, NoRoom, RetryLater, SourceUnavailable
from connector.ledger import Ledger, open_ledger, opening
from connector.ledger.database import Database
from connector.lookout import KEPT, SILENCE_LOOKED_FOR, Lookout
from connector.model import Cause, Drop, Verdict
from tests.contract.ledger_kit import deliver, draft, identify, land, plan

MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
DOWN = RetryLater("the server does not answer")
ONE = draft([("BLR-01", "A-1", 5)])


class Watchman:
    """A lookout over a ledger in a file, with a clock of its own and a post that takes or keeps what it is handed."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'ledger.db'}"
        self.clock = MONDAY
        self.rules = Rules(patience={Cause.API_DOWN: 2 * MINUTE})
        self.letters: list[Letter] = []
        self.takes = True
        self.start()

    def start(self) -> None:
        self.ledger: Ledger = open_ledger(self.url, now=lambda: self.clock)
        self.lookout = Lookout(self.ledger, self.rules, refused_share=0.1, now=lambda: self.clock)
        self.lookout.tell(self.take)

    def take(self, letter: Letter) -> None:
        self.letters.append(letter)
        if self.takes:
            self.lookout.said(letter)

    def restart(self) -> None:
        self.ledger.close_connections()
        self.start()

    def heard(self, after: timedelta = timedelta(), *, all_landed: bool = False) -> list[str]:
        """Titles of what is said by a look so much later."""
        self.clock += after
        before = len(self.letters)
        self.lookout.look(all_landed=all_landed)
        return [letter.title for letter in self.letters[before:]]

    def land(self, lane: str = "inbox/") -> Drop:
        return identify(self.ledger, land(self.ledger, lane=lane))


@pytest.fixture
def man(tmp_path: Path) -> Iterator[Watchman]:
    watchman = Watchman(tmp_path)
    yield watchman
    watchman.ledger.close_connections()


def test_a_held_file_is_said_once_however_often_one_looks_or_starts(man: Watchman) -> None:
    drop = man.land()
    man.ledger.held(drop.id, 'column "Qty" is gone')
    assert man.heard() == ["stock.csv waits for you"]
    assert 'column "Qty" is gone' in man.letters[0].body
    assert [man.heard(HOUR) for _ in range(30)] == [[]] * 30
    man.restart()
    assert man.heard() == []


def test_a_file_nobody_can_match_is_one_that_waits(man: Watchman) -> None:
    man.ledger.unmatched(man.land().id, "no profile fits", {})
    assert man.heard() == ["stock.csv waits for you"]


def test_a_file_held_again_after_a_retry_is_said_again_when_all_are_calm(man: Watchman) -> None:
    drop = man.land()
    man.ledger.held(drop.id, "first")
    man.heard()
    man.ledger.retry(drop.id)
    assert man.heard(MINUTE) == []
    man.ledger.held(drop.id, "second")
    assert man.heard(HOUR) == []
    assert man.heard(4 * HOUR) == ["stock.csv waits for you"]
    assert "second" in man.letters[-1].body
    assert "2nd time" in man.letters[-1].body


def test_a_quarantined_file_is_said_once_also_when_told_twice(man: Watchman) -> None:
    drop = land(man.ledger)
    man.ledger.quarantined(drop.id, "it is a picture")
    ended = man.ledger.drop(drop.id)
    man.lookout.drop_ends(ended, {})
    assert man.heard() == ["stock.csv cannot be read"]
    man.restart()  # before the ledger knew that it is archived: finish runs again
    man.lookout.drop_ends(ended, {})
    assert man.heard(5 * HOUR) == []


def closed(man: Watchman, lane: str = "inbox/") -> Drop:
    drop = man.land(lane)
    plan(man.ledger, drop, ONE)
    deliver(man.ledger, drop)
    man.ledger.close(drop.id)
    return man.ledger.drop(drop.id)


def test_refusals_above_the_share_are_said_once_for_their_lane(man: Watchman) -> None:
    few, many = ({Verdict.REFUSED: number, Verdict.ACCEPTED: 10 - number} for number in (1, 2))
    man.lookout.drop_ends(closed(man), {"inventory": few})
    assert man.heard() == []
    man.lookout.drop_ends(closed(man), {"price": few, "inventory": many})
    assert man.heard() == ["Konnect refuses many rows of stock.csv"]
    assert "2 of 10 inventory records sent were refused (20%)" in man.letters[-1].body
    man.lookout.drop_ends(closed(man), {"inventory": many})
    assert man.heard(5 * HOUR) == []
    man.lookout.drop_ends(closed(man, "other/"), {"inventory": many})
    assert man.heard() == ["Konnect refuses many rows of stock.csv"]
    man.lookout.drop_ends(closed(man), {"inventory": few})
    man.lookout.drop_ends(closed(man), {"inventory": many})
    assert man.heard(5 * HOUR) == ["Konnect refuses many rows of stock.csv"]


def test_the_credentials_are_said_at_once_and_once_when_they_are_taken_again(man: Watchman) -> None:
    for _ in range(3):
        man.lookout.account_rests("main", CredentialsRefused("user name or password is wrong"))
    assert man.heard() == ["Konnect refuses the user name or token of main"]
    man.restart()
    man.lookout.account_rests("main", CredentialsRefused("user name or password is wrong"))
    assert man.heard() == []
    for _ in range(3):
        man.lookout.account_goes_on("main")
    assert man.heard() == ["Konnect takes the credentials of main again"]
    assert man.heard() == []


def test_an_api_that_was_down_and_is_up_again_after_a_restart(man: Watchman) -> None:
    man.lookout.account_rests("main", DOWN)
    assert man.heard(MINUTE) == []
    assert man.heard(MINUTE) == ["Konnect cannot take the data of main"]
    man.restart()
    man.lookout.account_goes_on("other")
    assert man.heard() == []
    man.lookout.account_goes_on("main")
    assert man.heard() == ["Konnect is up again for main"]


def test_a_short_outage_is_not_worth_a_word(man: Watchman) -> None:
    man.lookout.account_rests("main", DOWN)
    man.lookout.account_goes_on("main")
    assert man.heard(HOUR) == []


def test_a_disk_and_an_inbox_are_two_things(man: Watchman) -> None:
    man.lookout.source_rests("inbox", NoRoom("less than 200 MB are free"))
    assert man.heard() == ["The disk of inbox is nearly full"]
    man.lookout.source_rests("inbox", SourceUnavailable("the folder is gone"))
    assert man.heard() == ["The inbox inbox cannot be used"]
    man.lookout.source_works("inbox")
    assert man.heard() == ["The disk of inbox has room again", "The inbox inbox can be used again"]


def weeks_of_files(man: Watchman) -> None:
    """Four weeks, Monday to Saturday."""
    for day in range(28):
        if day % 7 < 6:
            man.clock = MONDAY + DAY * day
            man.land()


def test_a_lane_is_missed_after_its_own_rhythm_and_its_return_is_said(man: Watchman) -> None:
    weeks_of_files(man)
    man.restart()
    assert man.heard(SILENCE_LOOKED_FOR) == []
    assert man.heard(DAY) == [], "a Sunday"
    assert man.heard(DAY) == [], "not yet: the files come on Monday mornings"
    assert man.heard(DAY + HOUR) == ["No file came from inbox"]
    assert man.heard(DAY) == []
    man.land()
    assert man.heard(SILENCE_LOOKED_FOR) == ["Files come from inbox again"]


def test_a_start_after_a_long_time_looks_for_silence_only_when_files_had_time_to_land(man: Watchman) -> None:
    weeks_of_files(man)
    man.clock += 20 * DAY
    man.restart()
    assert man.heard() == []
    man.land()
    assert man.heard(SILENCE_LOOKED_FOR) == []


def test_once_knows_a_silence_when_all_has_landed(man: Watchman) -> None:
    weeks_of_files(man)
    man.clock += 20 * DAY
    man.restart()
    assert man.heard(all_landed=True) == ["No file came from inbox"]


def test_what_was_not_sent_before_a_restart_is_handed_over_after_it(man: Watchman) -> None:
    man.takes = False
    man.lookout.account_rests("main", CredentialsRefused("wrong"))
    assert len(man.heard()) == 1
    assert man.heard(HOUR) == [], "it is on its way"
    man.restart()
    assert len(man.heard()) == 1
    man.lookout.unsaid(man.letters[-1])
    man.takes = True
    assert len(man.heard()) == 1
    assert man.heard(HOUR) == []


def test_a_beginning_told_late_is_followed_by_the_end(man: Watchman) -> None:
    man.takes = False
    man.lookout.account_rests("main", CredentialsRefused("wrong"))
    man.heard()
    man.lookout.account_goes_on("main")
    assert man.heard(MINUTE) == []
    man.lookout.said(man.letters[-1])
    assert man.heard(MINUTE) == ["Konnect takes the credentials of main again"]


def test_while_nobody_is_told_nothing_is_noted(man: Watchman) -> None:
    alone = Lookout(man.ledger, man.rules)
    man.ledger.held(man.land().id, "why")
    alone.account_rests("main", DOWN)
    alone.account_goes_on("main")
    alone.look()
    assert man.ledger.alerts.all() == []
    assert man.heard() == ["stock.csv waits for you"]


def test_causes_nobody_asked_for_are_not_noted(man: Watchman) -> None:
    man.rules = Rules(causes=[Cause.HELD])
    man.restart()
    man.lookout.account_rests("main", CredentialsRefused("wrong"))
    assert man.heard(HOUR) == []
    assert man.ledger.alerts.all() == []


def test_what_ended_long_ago_is_forgotten_and_what_stands_is_not(man: Watchman) -> None:
    man.lookout.account_rests("gone", CredentialsRefused("wrong"))
    man.lookout.account_goes_on("gone")
    man.lookout.account_rests("main", CredentialsRefused("wrong"))
    man.heard()
    man.clock += KEPT + DAY
    man.restart()
    assert [alert.key for alert in man.ledger.alerts.all()] == ["main"]
    assert man.heard() == []


def test_a_ledger_of_the_first_layout_gets_the_table(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    database = Database(url)
    with database.write() as connection:
        config = opening._config()  # noqa: SLF001  makes what an older version made
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    database.close()
    ledger = open_ledger(url)
    assert ledger.alerts.all() == []
    ledger.close_connections()
    with closing(sqlite3.connect(tmp_path / "old.db")) as file:
        assert file.execute("SELECT version_num FROM alembic_version").fetchall() == [(opening.HEAD,)]
