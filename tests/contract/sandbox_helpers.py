"""A bare HTTP client for the sandbox's own tests: it shares nothing with the connector's client."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

USER = "demo-company"
PASSWORD = "demo-company-token"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def call(url: str, method: str, path: str, body: object = None, token: str | None = None) -> Answer:
    """One request; ``body`` is sent as it is when it is bytes, else as JSON."""
    content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} | ({"x-access-token": token} if token else {})
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        connection.request(method, path, content, headers)
        response = connection.getresponse()
        return Answer(
            response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
        )
    finally:
        connection.close()


def token_path(username: str = USER, password: str = PASSWORD) -> str:
    return f"/aggregator/v1/token?{urlencode({'username': username, 'password': password})}"


def new_token(url: str, username: str = USER, password: str = PASSWORD) -> str:
    token: str = call(url, "GET", token_path(username, password)).json["accessToken"]
    return token


def stock(sku: object = "TS-RED-M", quantity: object = 5, location: object = "BLR-01") -> dict[str, object]:
    return {"location_id": location, "sku": sku, "quantity": quantity}


def cost(esp: object = 799, mrp: object = 999, sku: object = "TS-RED-M", **more: object) -> dict[str, object]:
    return {"location_id": "BLR-01", "sku": sku, "esp": esp, "mrp": mrp, "currency": "INR"} | more


class Caller:
    """A sandbox with a company token at hand; the token is asked for anew when it is needed."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.token = new_token(url)

    def get(self, path: str) -> Answer:
        return call(self.url, "GET", path, token=self.token)

    def inventory(self, *records: object) -> Answer:
        return call(self.url, "PUT", "/ims/v3/inventory", list(records), self.token)

    def price(self, *records: object) -> Answer:
        return call(self.url, "PUT", "/ims/v3/price", list(records), self.token)

    def raw(self, body: bytes, path: str = "/ims/v3/inventory") -> Answer:
        return call(self.url, "PUT", path, body, self.token)
