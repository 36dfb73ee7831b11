"""How a handler says no to a whole call."""

from __future__ import annotations


class ApiError(Exception):
    """Ends a call with an HTTP status and the error body of konnect-api.md 2.7."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
