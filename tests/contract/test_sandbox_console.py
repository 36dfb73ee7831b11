"""The pages for people and the OpenAPI document: complete, true, and served without internet."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok

from connector.sandbox import Sandbox
from tests.contract.sandbox_helpers import Caller, call, cost, new_token, stock, token_path

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
]
OPERATIONS = {
    ("get", "/aggregator/v1/token"),
    ("get", "/ims/v3/listings/count"),
    ("get", "/ims/v3/listings"),
    ("put", "/ims/v3/price"),
    ("put", "/ims/v3/inventory"),
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def document(sandbox: Sandbox) -> dict[str, Any]:
    made: dict[str, Any] = call(sandbox.url, "GET", "/openapi.json").json
    return made


def test_the_document_has_every_operation_and_no_other(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    found = {(method, path) for path, item in document["paths"].items() for method in item}
    assert found == OPERATIONS
    assert document["servers"][0]["url"] == "/"
    assert document["components"]["securitySchemes"]["ApiKeyAuth"] == {
        "type": "apiKey",
        "in": "header",
        "name": "x-access-token",
        "description": "The token of Generate Access Token.",
    }
    for method, path in OPERATIONS:
        operation = document["paths"][path][method]
        assert operation["summary"]
        assert operation["description"]
        assert ("security" in operation) == (path != "/aggregator/v1/token")
        assert "422" not in operation["responses"]


def test_every_schema_is_valid_described_and_has_examples(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert {"EnvelopeA", "EnvelopeB", "PriceRecord", "InventoryRecord", "RecordError"} <= set(schemas)
    for name, schema in schemas.items():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
        assert schema["description"], name
        for member, about in schema["properties"].items():
            assert about.get("description") or "$ref" in about, f"{name}.{member}"
    for reference in re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)):
        assert reference in schemas


def test_real_answers_fit_the_document(sandbox: Sandbox, document: dict[str, Any]) -> None:
    api = Caller(sandbox.url)

    def check(name: str, answer: object) -> None:
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        jsonschema_rs.validate(schema, answer)

    check("Token", call(sandbox.url, "GET", token_path()).json)
    check("Count", api.get("/ims/v3/listings/count").json)
    check("Listings", api.get("/ims/v3/listings").json)
    check("EnvelopeA", api.inventory(stock(), stock("NO"), stock(sku=None), stock(location=3), 7).json)
    check("EnvelopeA", api.price(cost(), cost(esp=-1)).json)
    check("HttpError", api.get("/nowhere").json)
    check("PriceRecord", cost())
    check("InventoryRecord", stock())


def test_yaml_says_the_same(sandbox: Sandbox, document: dict[str, Any]) -> None:
    answer = call(sandbox.url, "GET", "/openapi.yaml")
    assert answer.headers["content-type"].startswith("application/yaml")
    yaml = pytest.importorskip("yaml")  # schemathesis brings it
    assert yaml.safe_load(answer.body) == document


def test_made_up_calls_are_answered_as_the_document_says(sandbox: Sandbox) -> None:
    """Schemathesis makes good and bad calls of every operation; bounded, and the same ones each time."""
    schema = schemathesis.openapi.from_url(f"{sandbox.url}/openapi.json", timeout=5)
    headers = {"x-access-token": new_token(sandbox.url)}
    checks: list[Any] = schemathesis.checks.CHECKS.get_by_names(CHECKS)
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()

        @settings(
            max_examples=15,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(headers=headers))
        def answers_well(case: schemathesis.Case[Any]) -> None:
            response = case.call(timeout=5)
            assert response.status_code in {200, 400, 401}
            case.validate_response(response, checks=checks)

        answers_well()


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_pages_name_no_host_but_their_own(sandbox: Sandbox, path: str) -> None:
    answer = call(sandbox.url, "GET", path)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/html")
    page = answer.body.decode()
    assert not re.findall(r'(?:src|href|url)\s*[=:]\s*"?(?:https?:)?//', page)
    for link in re.findall(r'(?:src|href)="([^"]+)"', page) + re.findall(r'url: "([^"]+)"', page):
        assert link.startswith("/"), link
        assert call(sandbox.url, "GET", link).status == 200, link


def test_assets_come_from_an_installed_package(sandbox: Sandbox) -> None:
    script = call(sandbox.url, "GET", "/assets/swagger-ui-bundle.js")
    assert "javascript" in script.headers["content-type"]
    assert len(script.body) > 500_000
    style = call(sandbox.url, "GET", "/assets/swagger-ui.css").body.decode()
    assert not re.findall(r"(?:@import|url\()\s*['\"]?https?:", style)


def test_the_start_page_is_of_the_seed_at_hand() -> None:
    seed = {
        "credentials": [{"username": "<me>", "password": "se&cret", "location": "Z-1"}],
        "locations": [{"code": "Z-1", "name": "The <b>shop</b>"}],
        "products": [{"sku": "ONLY-ONE"}],
    }
    with Sandbox(seed=seed, faults="503=on:price") as sandbox:
        page = call(sandbox.url, "GET", "/").body.decode()
    for part in ("&lt;me&gt;", "se&amp;cret", "The &lt;b&gt;shop", "ONLY-ONE", "503=on:price", "/docs"):
        assert part in page
    assert "demo-company" not in page
    assert "<b>shop" not in page
