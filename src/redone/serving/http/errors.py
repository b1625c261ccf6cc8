"""Errors in the form that OpenAI's clients read."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from starlette.responses import Response

KINDS = {
    401: "authentication_error",
    404: "not_found_error",
    429: "rate_limit_error",
    500: "server_error",
    502: "server_error",
    503: "server_error",
    504: "server_error",
}


class Refused(Exception):
    """A request that gets no answer, and why. ``retry_after`` is in seconds."""

    def __init__(
        self, status: int, message: str, *, code: str = "", param: str = "", retry_after: int = 0
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.param = param
        self.retry_after = retry_after


def error_response(error: Refused) -> Response:
    """The reply to a refused request."""
    headers: dict[str, str] = {"retry-after": str(error.retry_after)} if error.retry_after else {}
    if error.status == 401:
        headers["www-authenticate"] = "Bearer"
    return reply(error_body(error), error.status, headers)


def fault_response(request_id: str) -> Response:
    """The reply when something of ours broke."""
    return error_response(Refused(500, f"unexpected fault; the request id is {request_id}", code="internal"))


def error_body(error: Refused) -> dict[str, object]:
    """The error as a mapping."""
    return {
        "error": {
            "message": str(error),
            "type": KINDS.get(error.status, "invalid_request_error"),
            "param": error.param or None,
            "code": error.code or None,
        }
    }


def reply(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON reply."""
    return Response(orjson.dumps(body), status, headers, media_type="application/json")
