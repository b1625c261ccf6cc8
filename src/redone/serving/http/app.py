"""The ASGI application: routes, health and metrics, behind the front."""

from __future__ import annotations

import inspect

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from redone.serving.engine import Engine
from redone.serving.http.errors import Refused, error_response, fault_response, reply
from redone.serving.http.front import Front
from redone.serving.http.metrics import Meters
from redone.serving.http.settings import ServiceSettings


class Service:
    """The parts of a running service. ``app`` is what a server runs; ``front.draining`` turns callers away."""

    def __init__(self, settings: ServiceSettings, engine: Engine | None = None) -> None:
        self.settings = settings
        self.engine = engine
        self.meters = Meters()
        if engine is not None:
            self.meters.watch(engine)
        self._inner = FastAPI(title="RedOne", docs_url=None, redoc_url=None, openapi_url="/openapi.json")
        self._inner.include_router(self._own_routes())
        self._inner.add_exception_handler(Refused, _refused)
        self._inner.add_exception_handler(HTTPException, _missing)
        self._inner.add_exception_handler(Exception, _fault)
        self.front = Front(self._inner, settings, self.meters)
        self.app = self.front

    def add(self, router: APIRouter) -> None:
        """Add routes; the front stands before them as well.

        An endpoint that reads the request itself has nothing that FastAPI could prepare for it, so the front
        calls it at once.
        """
        self._inner.include_router(router)
        for route in router.routes:
            if isinstance(route, APIRoute) and route.methods == {"POST"} and _reads_itself(route):
                self.front.direct[route.path] = route

    @property
    def ready(self) -> bool:
        """Whether requests are taken."""
        return not self.front.draining and (self.engine is None or self.engine.alive)

    def _own_routes(self) -> APIRouter:
        router = APIRouter()

        @router.get("/healthz")
        async def healthz() -> Response:
            alive = self.engine is None or self.engine.alive
            return reply({"status": "ok" if alive else "the engine has stopped"}, 200 if alive else 503)

        @router.get("/readyz")
        async def readyz() -> Response:
            return reply({"ready": self.ready}, 200 if self.ready else 503)

        @router.get("/metrics")
        async def metrics() -> Response:
            return Response(self.meters.page(), media_type="text/plain; version=0.0.4; charset=utf-8")

        return router


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return error_response(error)


async def _missing(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    what = {404: "there is nothing at this path", 405: "this path takes another method"}
    message = what.get(error.status_code, str(error.detail))
    return error_response(Refused(error.status_code, message, code="path"))


async def _fault(request: Request, error: Exception) -> Response:
    """What a fault of ours looks like from outside; the front logs it."""
    return fault_response(request.scope["state"]["request_id"])


def _reads_itself(route: APIRoute) -> bool:
    return list(inspect.signature(route.endpoint).parameters) == ["request"]
