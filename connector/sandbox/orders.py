"""The place of orders and returns (konnect-api.md 6 and 7): not built yet, and it says so.

Every call below ``/oms/`` answers 501. Their envelope is ready: ``assumed.envelope_b``.
"""

from __future__ import annotations

from fastapi import APIRouter

from connector.sandbox.errors import ApiError

_ALL = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def orders_router() -> APIRouter:
    """One route that answers for all of them."""
    router = APIRouter()

    @router.api_route("/oms/{rest:path}", methods=_ALL, include_in_schema=False)
    async def not_built() -> None:
        raise ApiError(501, "orders and returns are not part of this sandbox yet")

    return router
