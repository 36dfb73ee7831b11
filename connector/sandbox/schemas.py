"""What the OpenAPI document says of each operation, written by hand: the handlers take no models.

Descriptions follow konnect-api.md 2 to 5; what is ASSUMED there is called assumed here too.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _content(schema: Json, examples: Json | None = None) -> Json:
    media = {"schema": schema}
    if examples:
        media["examples"] = {name: {"value": value} for name, value in examples.items()}
    return {"application/json": media}


def _object(description: str, required: list[str], properties: Json) -> Json:
    return {"type": "object", "description": description, "required": required, "properties": properties}


def _text(description: str, example: str) -> Json:
    return {"type": "string", "description": description, "examples": [example]}


def _money(description: str, example: float) -> Json:
    return {"type": "number", "exclusiveMinimum": 0, "description": description, "examples": [example]}


def _number(description: str, example: int) -> Json:
    return {"type": "integer", "minimum": 0, "description": description, "examples": [example]}


_LOCATION = _text("Code of the store or warehouse.", "BLR-01")
_SKU = _text("The seller's identifier of the sellable size or variant.", "TS-RED-M")
_CURRENCY = _text("Currency of the company.", "INR")

_META = _object(
    "The receipt of the call.",
    ["ack_id", "integrationId", "time", "status"],
    {
        "ack_id": _text("Identifier of this call, 24 hex characters.", "67c0a1b2c3d4e5f60718293a"),
        "integrationId": _text("Of the integration, 24 hex characters.", "65d1e2f3a4b5c6d7e8f90a1b"),
        "time": _text("ISO 8601 with milliseconds, UTC.", "2025-03-04T09:15:00.123+00:00"),
        "status": {
            "type": "string",
            "enum": ["SUCCESS", "PARTIAL_SUCCESS", "FAILED"],
            "description": "Assumed words.",
        },
    },
)

COMPONENTS: Json = {
    "Token": _object(
        "Answer of the token call; member names are assumed.",
        ["accessToken", "status"],
        {
            "accessToken": _text(
                "Goes into the header x-access-token.", "0b5f4c1e-7a7d-4a52-9c58-3f6f3c0b7a11"
            ),
            "status": _text("Status of the call.", "SUCCESS"),
        },
    ),
    "PriceRecord": _object(
        "A price of one sku at one location, in major units (rupees), two places.",
        ["location_id", "sku", "esp", "mrp", "currency"],
        {
            "location_id": _LOCATION,
            "sku": _SKU,
            "esp": _money("Effective selling price; at most mrp (assumed: INVALID_PRICE).", 799),
            "mrp": _money("Maximum retail price.", 999),
            "currency": _CURRENCY,
        },
    ),
    "InventoryRecord": _object(
        "The absolute stock of one sku at one location.",
        ["location_id", "sku", "quantity"],
        {
            "location_id": _LOCATION,
            "sku": _SKU,
            "quantity": _number(
                "Pieces, absolute; 0 is out of stock, below 0 is INVALID_QUANTITY (assumed).", 5
            ),
        },
    ),
    "RecordError": _object(
        "One failed record of price or inventory; members are assumed.",
        ["location_id", "sku", "code", "message"],
        {
            "location_id": {**_LOCATION, "type": ["string", "integer", "boolean", "null"]},
            "sku": {**_SKU, "type": ["string", "integer", "boolean", "null"]},
            "code": {
                "type": "string",
                "description": "INVALID_RECORD, INVALID_LOCATION, INVALID_SKU, INVALID_QUANTITY, "
                "INVALID_PRICE, INVALID_CURRENCY, or the code of a fault.",
                "examples": ["INVALID_SKU"],
            },
            "message": _text("For people.", "unknown sku"),
        },
    ),
    "EnvelopeA": _object(
        "Envelope of price and inventory. Decide from the counts, never from the status.",
        ["data", "meta"],
        {
            "data": _object(
                "Counts of records, and the failed ones.",
                ["payload_count", "success_count", "failed_count", "errors"],
                {
                    "payload_count": _number("Records received.", 3),
                    "success_count": _number("Records applied.", 3),
                    "failed_count": _number("Records not applied.", 0),
                    "errors": {
                        "type": "array",
                        "items": _ref("RecordError"),
                        "description": "Empty on success.",
                    },
                },
            ),
            "meta": _META,
        },
    ),
    "EnvelopeB": _object(
        "Envelope of the order and return writes, which this sandbox does not answer yet (501).",
        ["payloadCount", "successCount", "failedCount", "status", "errors"],
        {
            "payloadCount": _number("Records received.", 2),
            "successCount": _number("Records applied.", 2),
            "failedCount": _number("Records not applied.", 0),
            "status": _text("SUCCESS, PARTIAL_SUCCESS or FAILED (assumed).", "SUCCESS"),
            "errors": {"type": "array", "items": {"type": "object"}, "description": "Empty on success."},
        },
    ),
    "Count": _object(
        "Answer of the product count; assumed.", ["count"], {"count": _number("Products of the seller.", 33)}
    ),
    "Product": _object(
        "A product of the listings; members are assumed.",
        ["sku", "mrp", "esp", "currency"],
        {
            "sku": _SKU,
            "name": _text("Name.", "Red tee"),
            "brand": _text("Brand.", "Acme"),
            "size": _text("Size.", "M"),
            "item_code": _text("Code of the item the sizes belong to.", "TS-RED"),
            "identifiers": {"type": "array", "items": {"type": "object"}, "description": "Trade numbers."},
            "mrp": _money("Maximum retail price.", 999),
            "esp": _money("Effective selling price.", 799),
            "currency": _CURRENCY,
            "is_active": {"type": "boolean", "description": "Whether it is on sale.", "examples": [True]},
        },
    ),
    "Listings": _object(
        "A page of products; assumed.",
        ["items", "page"],
        {
            "items": {"type": "array", "items": _ref("Product"), "description": "The products of this page."},
            "page": {"type": "object", "description": "current, size, item_total, has_next."},
        },
    ),
    "HttpError": _object(
        "Body of every HTTP error; assumed.",
        ["status", "message"],
        {
            "status": _text("Always FAILED.", "FAILED"),
            "message": _text("For people.", "the token is unknown or expired"),
        },
    ),
}

SECURITY_SCHEMES: Json = {
    "ApiKeyAuth": {
        "type": "apiKey",
        "in": "header",
        "name": "x-access-token",
        "description": "The token of Generate Access Token.",
    }
}

_REASONS = {
    400: "Malformed JSON, not an array, a required parameter missing, or over a limit; nothing was applied.",
    401: "Token missing, unknown or expired; or wrong username or password on the token call.",
    429: "Throttled (only as a fault); Retry-After says when to come again.",
}


def _errors(*statuses: int) -> dict[int | str, Any]:
    content = _content(_ref("HttpError"))
    return {status: {"description": _REASONS[status], "content": content} for status in statuses}


def _query(name: str, schema: Json, description: str) -> Json:
    return {"name": name, "in": "query", "schema": schema, "description": description}


def _login(name: str, description: str, example: str) -> Json:
    """A required text; the console fills its example in."""
    return {**_query(name, {"type": "string"}, description), "required": True, "example": example}


_SECURED: Json = {"security": [{"ApiKeyAuth": []}]}
_RECEIPT = {
    "ack_id": "67c0a1b2c3d4e5f60718293a",
    "integrationId": "65d1e2f3a4b5c6d7e8f90a1b",
    "time": "2025-03-04T09:15:00.123+00:00",
}
_WRITE_EXAMPLES: Json = {
    "all applied": {
        "data": {"payload_count": 1, "success_count": 1, "failed_count": 0, "errors": []},
        "meta": {**_RECEIPT, "status": "SUCCESS"},
    },
    "all failed": {
        "data": {
            "payload_count": 1,
            "success_count": 0,
            "failed_count": 1,
            "errors": [
                {"location_id": "BLR-01", "sku": "NOPE", "code": "INVALID_SKU", "message": "unknown sku"}
            ],
        },
        "meta": {**_RECEIPT, "status": "FAILED"},
    },
}


def _write(operation: str, tag: str, summary: str, record: str, example: Json) -> Json:
    return {
        "operation_id": operation,
        "tags": [tag],
        "summary": summary,
        "description": "Absolute values by location: a call may be repeated without harm. A bad record fails "
        "alone; more than 500 records fail the whole call.",
        "responses": {
            200: {
                "description": "The call was read. The counts say what became of its records.",
                "content": _content(_ref("EnvelopeA"), _WRITE_EXAMPLES),
            },
            **_errors(400, 401, 429),
        },
        "openapi_extra": {
            **_SECURED,
            "requestBody": {
                "required": True,
                "description": "A bare array of at most 500 records.",
                "content": _content(
                    {"type": "array", "maxItems": 500, "items": _ref(record)}, {"one record": [example]}
                ),
            },
        },
    }


TOKEN: Json = {
    "operation_id": "generateAccessToken",
    "tags": ["Authorization"],
    "summary": "Generate Access Token",
    "description": "Exchanges username and password for a token. Company level or location level: the "
    "credentials decide. The token is time-bound; call again for another one, older ones live on (assumed).",
    "responses": {
        200: {"description": "A token.", "content": _content(_ref("Token"))},
        **_errors(400, 401, 429),
    },
    "openapi_extra": {
        "parameters": [
            _login("username", "Integration username, of the company or of a location.", "demo-company"),
            _login("password", "Integration token that goes with it.", "demo-company-token"),
        ]
    },
}

COUNT: Json = {
    "operation_id": "getProductCount",
    "tags": ["Catalog"],
    "summary": "Product Count",
    "description": "How many skus the seller has, whatever the level of the token (assumed).",
    "responses": {
        200: {"description": "The count.", "content": _content(_ref("Count"))},
        **_errors(401, 429),
    },
    "openapi_extra": _SECURED,
}

LISTINGS: Json = {
    "operation_id": "getProductListings",
    "tags": ["Catalog"],
    "summary": "Product Listings",
    "description": "Products with their prices, by page or by sku. Skus win over paging; unknown ones are "
    "absent (assumed).",
    "responses": {
        200: {"description": "A page of products.", "content": _content(_ref("Listings"))},
        **_errors(400, 401, 429),
    },
    "openapi_extra": {
        **_SECURED,
        "parameters": [
            _query(
                "page_no",
                {"type": "integer", "minimum": 1, "maximum": 999_999_999, "default": 1},
                "Page, from 1.",
            ),
            _query(
                "page_size",
                {"type": "integer", "minimum": 1, "maximum": 500, "default": 100},
                "Products per page.",
            ),
            _query("skus", {"type": "string"}, "At most 10 skus: TS-RED-M,TS-RED-L."),
        ],
    },
}

PRICE: Json = _write(
    "updatePrice",
    "Pricing",
    "Update Price",
    "PriceRecord",
    {"location_id": "BLR-01", "sku": "TS-RED-M", "esp": 799, "mrp": 999, "currency": "INR"},
)

INVENTORY: Json = _write(
    "updateInventory",
    "Inventory",
    "Update Inventory",
    "InventoryRecord",
    {"location_id": "BLR-01", "sku": "TS-RED-M", "quantity": 5},
)
