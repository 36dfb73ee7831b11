"""How one call is made, and what each HTTP status means for the work (design decision 7)."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from connector.api import codec
from connector.api.breaker import Breaker, BreakerSettings
from connector.api.pace import Pace, PaceSettings
from connector.api.redact import REDACTOR, Secret, redact
from connector.api.retry import Retry, RetrySettings, Trouble, parse_retry_after
from connector.api.tokens import TokenKeeper, TokenSettings
from connector.errors import ConnectorError, CredentialsRefused, InDoubt, RefusedBatch, RetryLater

if TYPE_CHECKING:
    import threading

    from connector.api.account import Account
    from connector.api.transport import Answer, Transport

T = TypeVar("T")
Event = Callable[[str, Mapping[str, Any]], None]

TOKEN_PATH = "/aggregator/v1/token"  # noqa: S105 - a path (3.1)
_TRY_AGAIN = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY})
_TOKENS_HIDDEN = 4  # how many past tokens are still looked for in texts


class Caller:
    """Makes calls for one account; shared by threads.

    A call goes: `Retry.run` (tries and waits), `Breaker.run` (not while the API is down), `attempt` (token,
    status), `Transport.exchange` (bytes).
    """

    def __init__(
        self,
        account: Account,
        transport: Transport,
        *,
        stop: threading.Event,
        tell: Event,
        retry: RetrySettings,
        breaker: BreakerSettings,
        pace: PaceSettings,
        token: TokenSettings,
    ) -> None:
        self._account = account
        self._transport = transport
        self._tell = tell
        self._settings = retry
        self._token_settings = token
        self._pace = Pace(pace, stop)
        self._breaker = Breaker(breaker, account.label, lambda state: self.event("breaker", state=state))
        self._retry = Retry(retry, stop, self._tried, lambda: self._breaker.remaining > 0)
        self._tokens = TokenKeeper(token, self._fetch_token)
        self._past_tokens: deque[str] = deque()

    def token(self) -> str:
        """The token in use, fetched where needed."""
        return self._run(self._tokens.get, repeatable=True).reveal()

    def call(
        self,
        method: str,
        path: str,
        read: Callable[[Answer], T],
        *,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        repeatable: bool = True,
    ) -> T:
        """What `read` makes of the answer; it sees 2xx and refusing 4xx and may raise NotUnderstood.

        Raises RetryLater, CredentialsRefused, RefusedBatch, and InDoubt where the call is not repeatable.
        """

        def attempt() -> T:
            token = self._tokens.get()
            answer = self._exchange(method, path, query, body, token)
            if answer.status == HTTPStatus.UNAUTHORIZED:  # once: the token may have ended early
                answer = self._exchange(method, path, query, body, self._tokens.get(stale=token))
                if answer.status == HTTPStatus.UNAUTHORIZED:
                    refused = self._refused("The API refuses the token it has just given", answer)
                    self._tokens.refuse(refused)
                    raise refused
            self._raise_for_now(answer)
            try:
                result = read(answer)
            except codec.NotUnderstood as riddle:
                raise Trouble(str(riddle), unknown=True) from None
            self._pace.ease()
            return result

        return self._run(attempt, repeatable=repeatable)

    def event(self, name: str, **facts: Any) -> None:
        """Tell the observer, without secrets."""
        facts = {key: redact(value) if isinstance(value, str) else value for key, value in facts.items()}
        self._tell(name, {"account": self._account.name, **facts})

    def refused_batch(self, answer: Answer) -> RefusedBatch:
        """The call as such is refused: status and what the API says, in words."""
        said = redact(codec.read_message(answer.body))
        text = f"The API refused the call with HTTP {answer.status}" + (f": {said}" if said else ".")
        return RefusedBatch(
            f"{text} ({self._account.label})", status=answer.status, reply=REDACTOR.body(answer.body)
        )

    def _run(self, attempt: Callable[[], T], *, repeatable: bool) -> T:
        def give_up(trouble: Trouble, tried: int) -> ConnectorError:
            if trouble.unknown and not repeatable:
                return InDoubt(f"{self._account.label}: {trouble}. The call may have been carried out.")
            spread = random.uniform(0.8, 1.2)  # noqa: S311 - jitter: batches must not all come back at once
            wait = trouble.wait or self._breaker.remaining or self._settings.come_back * spread
            times = "once" if tried == 1 else f"{tried} times"
            return RetryLater(
                f"{self._account.label} did not answer as it should: {trouble}. Tried {times}; it is tried"
                " again by itself.",
                wait=min(wait, self._settings.longest_come_back),
            )

        return self._retry.run(lambda: self._breaker.run(attempt), repeatable=repeatable, give_up=give_up)

    def _exchange(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | Secret] | None,
        body: bytes | None,
        token: Secret | None,
    ) -> Answer:
        with self._pace.slot():
            return self._transport.exchange(method, path, query=query, body=body, token=token)

    def _fetch_token(self) -> Secret:
        """One token call (3.1). Whatever fails here, the write itself was not sent: nothing is unknown."""
        query: dict[str, str | Secret] = {
            "username": self._account.username,
            "password": self._account.password,
        }
        try:
            answer = self._exchange("GET", TOKEN_PATH, query, None, None)
            self._raise_for_now(answer)
            token = Secret(self._read_token(answer))
        except Trouble as trouble:
            trouble.unknown = False
            raise
        self._hide(token.reveal())
        self.event("token", seconds=self._token_settings.renew_after)
        return token

    def _read_token(self, answer: Answer) -> str:
        if answer.status < HTTPStatus.BAD_REQUEST:
            try:
                return codec.read_token(answer.body)
            except codec.NotUnderstood as riddle:
                if not codec.credentials_refused(answer.status, answer.body):
                    raise Trouble(str(riddle)) from None
        if codec.credentials_refused(answer.status, answer.body):
            raise self._refused("The API refuses the user name or password", answer)
        said = redact(codec.read_message(answer.body))
        raise RetryLater(
            f"{self._account.label} has no token call (HTTP {answer.status} {said})."
            " Is the server's address right?",
            wait=self._settings.come_back,
        )

    def _hide(self, token: str) -> None:
        REDACTOR.register(token)
        self._past_tokens.append(token)
        if len(self._past_tokens) > _TOKENS_HIDDEN:
            REDACTOR.forget(self._past_tokens.popleft())

    def _refused(self, what: str, answer: Answer) -> CredentialsRefused:
        said = redact(codec.read_message(answer.body))
        self.event("credentials_refused", status=answer.status, said=said)
        return CredentialsRefused(
            f"{what} of {self._account.label} (HTTP {answer.status}{': ' + said if said else ''})."
            " Its deliveries wait; correct user name and password in the configuration.",
            wait=self._token_settings.refused_pause,
        )

    def _raise_for_now(self, answer: Answer) -> None:
        """Trouble for answers that may pass (2.7, all ASSUMED); 2xx and refusals are left to the reader."""
        status = answer.status
        if status < HTTPStatus.MULTIPLE_CHOICES:
            return
        wait = parse_retry_after(answer.headers.get("Retry-After"), server_date=answer.headers.get("Date"))
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            pause = self._settings.first_wait if wait is None else min(wait, self._settings.longest_come_back)
            self._pace.slow_down(pause)
            self.event("throttled", wait=pause)
            raise Trouble("it asks for fewer calls (HTTP 429)", outage=False, wait=wait)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _TRY_AGAIN:
            said = redact(codec.read_message(answer.body))
            raise Trouble(f"HTTP {status}{' ' + said if said else ''}", unknown=True, wait=wait)
        if status < HTTPStatus.BAD_REQUEST:
            raise RetryLater(
                f"{self._account.label} sends us to another address (HTTP {status}); it is not followed, so"
                " that the token stays here. Correct the server's address in the configuration.",
                wait=self._settings.come_back,
            )

    def _tried(self, trouble: Trouble, number: int) -> None:
        self.event("retry", attempt=number, reason=str(trouble))
