"""The applications over HTTP: one note or a batch, typed both ways."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from redone.serving.apps.brains import Brain
from redone.serving.apps.calibration import Calibration
from redone.serving.apps.harmful import HarmfulResult, judge
from redone.serving.apps.notes import NoteIn
from redone.serving.apps.policy import Policy
from redone.serving.apps.queries import QueriesResult, QueryWishes, suggest
from redone.serving.apps.titles import TitlesResult, TitleWishes, recreate
from redone.serving.http.bodies import read_body
from redone.serving.http.errors import Refused
from redone.serving.http.metrics import Meters
from redone.serving.http.waiting import while_connected

T = TypeVar("T", bound=BaseModel)


class NotesBody(BaseModel):
    """Notes of one call."""

    model_config = ConfigDict(extra="forbid")

    notes: list[NoteIn] = Field(min_length=1)


class HarmfulBody(NotesBody):
    """``POST /v1/apps/harmful``; the policy may come with the call."""

    policy: Policy | None = None


class QueriesBody(NotesBody):
    """``POST /v1/apps/queries``."""

    count: int = Field(default=5, ge=1, le=20)
    recent: list[str] = Field(default_factory=list, max_length=100)
    policy: Policy | None = None


class TitlesBody(NotesBody):
    """``POST /v1/apps/titles``; ``liked`` are titles of the person's taste."""

    drafts: int = Field(default=6, ge=1, le=16)
    liked: list[str] = Field(default_factory=list, max_length=50)
    names: list[str] = Field(default_factory=list, max_length=1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppDefaults:
    """What the operator gave the applications, and the most notes in one call."""

    policy: Policy | None = None
    calibration: Calibration = field(default_factory=Calibration)
    max_items: int = 64


def app_routes(brain: Brain, defaults: AppDefaults, meters: Meters) -> APIRouter:
    """The router of ``/v1/apps/...``."""
    router = APIRouter(prefix="/v1/apps")

    @router.post("/harmful", response_model=dict[str, list[HarmfulResult]])
    async def harmful(request: Request) -> Response:
        body = read_body(HarmfulBody, await request.body())
        policy = body.policy or defaults.policy
        if policy is None:
            raise Refused(400, "policy: send one, or start the server with --policy", param="policy")
        work = [judge(brain, note, policy, defaults.calibration) for note in body.notes]
        results = await _all(work, body, request)
        for result in results:
            meters.result("harmful", result.verdict)
        return _reply(results)

    @router.post("/queries", response_model=dict[str, list[QueriesResult]])
    async def queries(request: Request) -> Response:
        body = read_body(QueriesBody, await request.body())
        wishes = QueryWishes(
            count=body.count, recent=tuple(body.recent), policy=body.policy or defaults.policy
        )
        results = await _all([suggest(brain, note, wishes) for note in body.notes], body, request)
        for result in results:
            meters.result("queries", "given" if result.queries else "none")
        return _reply(results)

    @router.post("/titles", response_model=dict[str, list[TitlesResult]])
    async def titles(request: Request) -> Response:
        body = read_body(TitlesBody, await request.body())
        wishes = TitleWishes(drafts=body.drafts, liked=tuple(body.liked), names=tuple(body.names))
        results = await _all([recreate(brain, note, wishes) for note in body.notes], body, request)
        for result in results:
            meters.result("titles", "changed" if result.changed else "kept")
        return _reply(results)

    async def _all(work: Sequence[Coroutine[Any, Any, T]], body: NotesBody, request: Request) -> list[T]:
        if len(body.notes) > defaults.max_items:
            for coroutine in work:
                coroutine.close()
            raise Refused(413, f"notes: at most {defaults.max_items} in one call", param="notes")
        return await while_connected(together(work), request)

    return router


async def together(work: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """All results in order; the first failure cancels the others."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in work]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()


def _reply(results: Sequence[BaseModel]) -> Response:
    rows = [result.model_dump() for result in results]
    return Response(orjson.dumps({"results": rows}), media_type="application/json")
