"""The only place where settings meet parts.

Parts take plain arguments; where two must meet, one is given a function of the other.

Everything is made when it is first asked for, so that `connector check` opens no connection and `status` reads no file.
"""

from __future__ import annotations

import functools
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from threading import Event, Lock
from typing import TYPE_CHECKING, Any, Self

import structlog

from connector import (
    alerts,
    api,
    forks,
    making,
    memory,
    mistakes,
    outside,
    profiles,
    readers,
    settings,
    verify,
)
from connector.catalogue import Cataloguer
from connector.daemon import LOOK_PAUSE, Daemon
from connector.delivery import Delivery, Waits
from connector.engine import Engine, InlineEngine, OnDone, OnError, ThreadsEngine
from connector.errors import Complaint, ConfigurationError, CredentialsRefused, Fatal
from connector.inbound import Inbound
from connector.ledger import Ledger, NoLedger, open_ledger
from connector.lookout import Lookout
from connector.model import OWN_SOURCE, Cause
from connector.outcome import Outcome
from connector.planner import Planner
from connector.recovery import recover
from connector.sources import Arrival, LocalSource, Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from connector.api.client import Client
    from connector.profiles import Profile
    from connector.settings import AccountSettings, Settings, SourceSettings

log = structlog.get_logger(__name__)

ONCE_SETTLE_SECONDS, ONCE_PATIENCE_SECONDS = 1.0, 5.0
"""`once` waits less than the daemon: a file must stand still for the first, one cut off is held after the second."""

ONCE_LOOK_PAUSE = 0.05
"""`once` listens to no events that could storm: it looks again sooner."""


SENDERS = 4
"""Threads that send, for each call that may be under way: some rest before they try a refused call again, and the
others must not wait for them."""

DELIVERED_AT_ONCE = 8
"""Drops of different lanes delivered side by side; they share the threads that send."""


class Assembly:
    """All parts of one workspace, joined. Use as a context manager, or call `close`."""

    def __init__(
        self, values: Settings, known_profiles: Sequence[Profile] = (), *, path: Path | None = None
    ) -> None:
        self.settings = values
        self._path = path
        self._accounts = {account.name: account for account in values.account}
        self._renewing = Lock()
        self._ready = False
        self._profiles_seen: dict[str, int] = {}
        self.profiles = list(known_profiles)
        self._closing = ExitStack()

    @classmethod
    def read(cls, path: Path, *, alert_urls: bool = False) -> Self:
        """From the configuration file; raises ConfigurationError with every mistake of it and of all profiles.

        `alert_urls` are looked at where they are used, and when the configuration is checked: it takes a while.
        """
        found: list[Complaint] = []
        values: Settings | None = None
        try:
            values = settings.load(path)
        except ConfigurationError as error:
            found.extend(error.complaints)
        folder = (
            values.path(values.folders.profiles)
            if values
            else settings.workspace_of(path) / "config/profiles"
        )
        known, complaints = profiles.load(folder)
        found.extend(complaints)
        found.extend(mistakes.unknown_servers(path))
        if values is not None:
            found.extend(mistakes.unknown_accounts(folder, known, values.account))
            if alert_urls:
                urls = [url.get_secret_value() for url in values.alerts.urls]
                found.extend(mistakes.wrong_alert_urls(str(path), urls))
        if values is None or found:
            raise ConfigurationError(found)
        return cls(values, known, path=path)

    def current_profiles(self) -> list[Profile]:
        """The profiles as their folder has them now, so that `retry` finds one saved a moment ago.

        While a mistake is in one of them, those known before count on.
        """
        folder = self.settings.path(self.settings.folders.profiles)
        seen = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.toml")} if self._path else {}
        if seen != self._profiles_seen:
            self._profiles_seen = seen
            known, complaints = profiles.load(folder)
            complaints += mistakes.unknown_accounts(folder, known, self.settings.account)
            for complaint in complaints:
                log.error("profiles stay as they were", mistake=str(complaint))
            self.profiles = self.profiles if complaints else known
        return self.profiles

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back connections and locks."""
        self._closing.close()

    # parts -----------------------------------------------------------------------------------------------------------

    @functools.cached_property
    def ledger(self) -> Ledger:
        """The audit database, made or migrated if need be."""
        opened = open_ledger(self.settings.ledger_url)
        self._closing.callback(opened.close_connections)
        return opened

    @functools.cached_property
    def known_ledger(self) -> Ledger | None:
        """The ledger to ask when there is one: a dry run or a question makes none.

        One that is there and cannot be used is no answer: everything would look as if it had never been sent.
        """
        try:
            opened = open_ledger(self.settings.ledger_url, create=False)
        except NoLedger:
            return None
        self._closing.callback(opened.close_connections)
        return opened

    @functools.cached_property
    def clients(self) -> dict[str, Client]:
        """An API client for each account, by name."""
        clients = {account.name: self._client(account) for account in self.settings.account}
        for client in clients.values():
            self._closing.callback(client.close)
        return clients

    def client(self, name: str) -> Client:
        """The client of an account, with the credentials it has now."""
        if name not in self.clients:
            raise CredentialsRefused(
                f"the configuration has no account {name!r}; put it back, and delivery goes on"
            )
        return self.clients[name]

    def renew_credentials(self, name: str) -> None:
        """Take credentials of an account anew from the configuration, when a person has mended them there."""
        if self._path is None:
            return
        try:
            told = {account.name: account for account in settings.load(self._path).account}
            with self._renewing:
                if name in told and told[name] != self._accounts.get(name):
                    self.clients[name] = self._client(told[name])
                    self._accounts[name] = told[name]
                    self._closing.callback(self.clients[name].close)
        except Fatal:
            return  # half way through being mended, or mended wrongly: the account waits on

    def _client(self, account: AccountSettings) -> Client:
        return making.client(account, self.settings, self.stop)

    @functools.cached_property
    def wake(self) -> Event:
        """Set to stir the loop."""
        return Event()

    @functools.cached_property
    def stop(self) -> Event:
        """Set to end what runs: no new task starts, sleeping retries wake."""
        return Event()

    @functools.cached_property
    def sources(self) -> dict[str, LocalSource]:
        """The places drops come from, by name."""
        return {
            source.name: LocalSource(source.name, self.settings.path(source.path), marker=source.done_marker)
            for source in self.settings.source
        }

    def lane_of(self, file: Path) -> str | None:
        """The lane of a file that is looked at: of the inbox it lies in, else the one it would be dropped into."""
        inboxes = {source.name: self.settings.path(source.path).resolve() for source in self.settings.source}
        folder = file.resolve().parent
        for name, inbox in inboxes.items():
            if folder.is_relative_to(inbox):
                return f"{name}/{'' if folder == inbox else folder.relative_to(inbox).as_posix()}"
        return next((f"{name}/" for name in inboxes), None)

    @functools.cached_property
    def own_source(self) -> LocalSource:
        """Where files of our own making lie. Nobody looks into it: they are landed when they are made."""
        return LocalSource(OWN_SOURCE, self.settings.path(self.settings.folders.state) / "own")

    @property
    def spool(self) -> Path:
        """Scratch files of drops under way."""
        return self.settings.path(self.settings.folders.state) / "spool"

    @functools.cached_property
    def planner(self) -> Planner:
        """Reads, matches and shapes."""
        return Planner(
            spool=self.spool,
            limits=making.limits(self.settings.reading),
            profile_folder=self.current_profiles,
            world=outside.world(self.settings, lambda: self.known_ledger),
            default_location=self.settings.default_location,
            currency=self.settings.currency,
            meanwhile=self._get_ready,
        )

    def _get_ready(self) -> None:
        """While a file is being read: import what plans and sends."""
        if not self._ready:
            with memory.all_stays():
                from connector import planning, shaping  # noqa: F401, PLC0415  half of all there is to import
                from connector.api import client  # noqa: F401, PLC0415

                shaping.ready()
            self._ready = True

    @functools.cached_property
    def cataloguer(self) -> Cataloguer:
        """Pulls the lists of products."""
        return Cataloguer(
            ledger=self.ledger,
            lister=self.client,
            accounts=[account.name for account in self.settings.account],
            refresh=timedelta(hours=self.settings.catalogue.refresh_hours),
            stop=self.stop,
        )

    @functools.cached_property
    def outcome(self) -> Outcome:
        """Writes what became of a drop."""
        folders = self.settings.folders
        return Outcome(
            ledger=self.ledger,
            outbox=self.settings.path(folders.outbox),
            archive=self.settings.path(folders.archive),
            every_row=self.settings.result.rows == "all",
        )

    @functools.cached_property
    def inbound(self) -> Inbound:
        """The way in."""
        return Inbound(
            ledger=self.ledger,
            sources={**self.sources, OWN_SOURCE: self.own_source},
            origins={source.name: (source.account, source.location) for source in self.settings.source},
            planner=self.planner,
            delivery=self.delivery,
            outcome=self.outcome,
            lookout=self.lookout,
            retry_later=self.settings.delivery.retry_later,
            read_back=verify.ReadBack(
                self.ledger, self._listings, sample=self.settings.catalogue.read_back
            ).look,
        )

    def _listings(self, account: str, skus: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        return self.client(account).listings(skus=skus)

    @functools.cached_property
    def delivery(self) -> Delivery:
        """What sends. How many calls are under way at once is the client's to say."""
        told = self.settings.delivery
        threads = told.in_flight * SENDERS
        sending = ThreadPoolExecutor(threads, thread_name_prefix="send")
        self._closing.callback(sending.shutdown)
        return Delivery(
            ledger=self.ledger,
            sender=self.client,
            renew=self.renew_credentials,
            lookout=self.lookout,
            waits=Waits(told.retry_later, told.credentials_wait),
            sending=sending,
            ahead=threads,
            stop=self.stop,
        )

    @functools.cached_property
    def lookout(self) -> Lookout:
        """Keeps watch over what is worth an alert."""
        told = self.settings.alerts
        return Lookout(
            self.ledger,
            alerts.Rules(
                causes=told.causes,
                calm_down=timedelta(hours=told.calm_down_hours),
                patience={Cause.API_DOWN: timedelta(seconds=told.outage_seconds)},
            ),
            refused_share=told.refused_share,
            clean=api.redact,
        )

    def alert_boxes(self) -> list[alerts.Box]:
        """Where alerts go; raises ConfigurationError with every URL that is none."""
        urls = [url.get_secret_value() for url in self.settings.alerts.urls]
        if complaints := mistakes.wrong_alert_urls(str(self._path), urls):
            raise ConfigurationError(complaints)
        boxes = [alerts.Box(url) for url in urls]
        for box in boxes:
            api.REDACTOR.register(*box.secrets)
        return boxes

    def _post_alerts(self) -> None:
        """Without a URL nobody is told, and nothing is noted."""
        if boxes := self.alert_boxes():
            post = alerts.Post(boxes, delivered=self.lookout.said, failed=self.lookout.unsaid)
            self._closing.callback(post.close)
            self.lookout.tell(post.send)

    def require_profile(self, name: str | None) -> None:
        """Raise ConfigurationError when a profile is asked for that is not there."""
        names = [profile.name for profile in self.profiles]
        if name is not None and name not in names:
            folder = str(self.settings.path(self.settings.folders.profiles))
            message = f"there is no profile {name!r}; profiles: {', '.join(names) or 'none'}"
            raise ConfigurationError([Complaint(folder, "--profile", message)])

    # running ---------------------------------------------------------------------------------------------------------

    def daemon(self, *, once: bool = False) -> Daemon:
        """The loop, alone on this ledger, with everything a crash left behind put back first."""
        if not self.settings.account:
            place = str(self.settings.workspace / settings.DEFAULT_PATH)
            raise ConfigurationError(
                [Complaint(place, "account", "there is none; nothing could be delivered")]
            )
        forks.warm_up()
        memory.keep_little()
        self._closing.enter_context(self.ledger.exclusive())
        recover(self.ledger, self.sources, self.spool)
        self._post_alerts()
        return Daemon(
            inbound=self.inbound,
            lookout=self.lookout,
            sources=self.sources,
            arrivals=self._arrivals(once=once),
            engine=self._engine,
            watch=None if once else Watch([source.path for source in self.sources.values()], self.wake),
            wake=self.wake,
            stop=self.stop,
            scan_seconds=self.settings.engine.scan_seconds,
            least_free=self.settings.folders.min_free_megabytes * 2**20,
            look_pause=ONCE_LOOK_PAUSE if once else LOOK_PAUSE,
            chores=_nothing if once else self._keep_fresh(),
        )

    def _keep_fresh(self) -> Callable[[], None]:
        self._closing.callback(self.cataloguer.close)
        return self.cataloguer.look

    def _arrivals(self, *, once: bool) -> dict[str, Arrival]:
        return {source.name: self._arrival(source, once=once) for source in self.settings.source}

    def _arrival(self, source: SourceSettings, *, once: bool) -> Arrival:
        place = self.sources[source.name]
        settle, patience = source.settle_seconds, source.patience_seconds
        if once:
            settle, patience = min(settle, ONCE_SETTLE_SECONDS), min(patience, ONCE_PATIENCE_SECONDS)
        return Arrival(
            settle,
            patience_seconds=patience,
            marker=source.done_marker,
            whole=lambda found: readers.looks_whole(place.local_path(found.path)),
        )

    def _engine(self, on_done: OnDone, on_error: OnError) -> Engine:
        handlers = self.inbound.handlers()
        if self.settings.engine.kind == "inline":
            return InlineEngine(handlers, on_done=on_done, on_error=on_error)
        return ThreadsEngine(handlers, workers=DELIVERED_AT_ONCE, on_done=on_done, on_error=on_error)


def _nothing() -> None:
    """No chore."""
