"""The page itself: four files, no other origin, nothing inline."""

from __future__ import annotations

from importlib.resources import files

import orjson
from fastapi import APIRouter, Response

from redone.serving.console.wording import sentences

FILES = {
    "/": ("index.html", "text/html"),
    "/console.js": ("console.js", "text/javascript"),
    "/console.css": ("console.css", "text/css"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
WORDS = "/words.json"
OPEN_PATHS = (*FILES, WORDS)
"""What needs no key: the page holds no data, and asks for the key itself."""
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
    "cache-control": "no-cache",
}


def page_routes() -> APIRouter:
    """The router of the static files; they are read once."""
    router = APIRouter()
    static = files(__package__).joinpath("static")
    for path, (name, kind) in FILES.items():
        _offer(router, path, static.joinpath(name).read_bytes(), f"{kind}; charset=utf-8")
    _offer(router, WORDS, orjson.dumps(sentences()), "application/json")
    return router


def _offer(router: APIRouter, path: str, content: bytes, kind: str) -> None:
    def send() -> Response:
        return Response(content, media_type=kind, headers=HEADERS)

    router.add_api_route(path, send, methods=["GET"], include_in_schema=False)
