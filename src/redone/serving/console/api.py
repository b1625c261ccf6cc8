"""What the page asks for. Every route only reads; names are looked up, never joined to paths."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Response

from redone.serving.console.experiments import experiment
from redone.serving.console.files import Reader
from redone.serving.console.live import LiveLogs
from redone.serving.console.pairs import PairFilter, compare
from redone.serving.console.places import Places
from redone.serving.console.rollouts import REWARDS, RolloutFilter, Rollouts, Unreadable
from redone.serving.console.runs import detail, summary
from redone.serving.console.tokens import COLUMNS, Tokenizers, tokens
from redone.serving.console.weakness import weakness
from redone.serving.engine import Engine
from redone.serving.http.errors import Refused

Name = Annotated[str, Query(max_length=2000)]
MOST_RUNS = 500
"""Runs in the list; more are said to be left out."""


def api_routes(places: Places, engine: Engine | None, model: str, *, policy: bool) -> APIRouter:
    """The router of ``/api``. ``model`` is the served model's name, empty when there is none."""
    router = APIRouter(prefix="/api")
    _run_routes(router, places)
    _answer_routes(router, places, engine)

    @router.get("/overview")
    def overview() -> Response:
        found = places.found()
        return _reply(
            {
                "root": places.root.name,
                "runs": [summary(places, n, folder) for n, folder in list(found.runs.items())[:MOST_RUNS]],
                "left_out": max(0, len(found.runs) - MOST_RUNS),
                "cut": found.cut,
                "experiments": list(found.experiments),
                "model": model,
                "policy": policy,
            }
        )

    return router


def _run_routes(router: APIRouter, places: Places) -> None:
    """A run, its weakness map, an experiment, two runs side by side."""
    logs = LiveLogs()

    @router.get("/run")
    def one_run(run: Name) -> Response:
        return _reply(detail(places, run, places.run(run), logs))

    @router.get("/weakness")
    def weak(run: Name) -> Response:
        return _reply(weakness(places, places.run(run)))

    @router.get("/experiment")
    def one_experiment(name: Name) -> Response:
        return _reply(experiment(places, places.experiment(name)))

    @router.get("/pairs")
    def pairs(
        left: Name, left_stage: Name, right: Name, right_stage: Name,
        wanted: Annotated[PairFilter, Depends()],
    ) -> Response:  # fmt: skip
        sides = [(places.run(left), left_stage), (places.run(right), right_stage)]
        readers = [(Reader(places, run), places.stage(run, stage)) for run, stage in sides]
        return _reply(compare(readers[0], readers[1], wanted))


def _answer_routes(router: APIRouter, places: Places, engine: Engine | None) -> None:
    """Sampled answers, and one of them token by token."""
    rollouts, tokenizers = Rollouts(), Tokenizers(places)

    @router.get("/rollouts")
    def some_rollouts(run: Name, stage: Name, wanted: Annotated[RolloutFilter, Depends()]) -> Response:
        if wanted.reward not in ("", *REWARDS):
            raise Refused(400, f"reward: one of {', '.join(REWARDS)}", param="reward")
        reader, path = _rollout_file(places, run, stage)
        if path is None:
            return _reply({"rows": [], "total": 0, "problems": reader.problems})
        try:
            return _reply(rollouts.page(path, wanted) | {"problems": reader.problems})
        except Unreadable:
            reader.problem("damaged_file", f"rollouts/{stage}.parquet")
            return _reply({"rows": [], "total": 0, "problems": reader.problems})

    @router.get("/tokens")
    async def some_tokens(
        run: Name, stage: Name, index: Annotated[int, Query(ge=0, le=2**40)], with_model: bool = False
    ) -> Response:
        if with_model and engine is None:
            raise Refused(400, "no model is served; start the console with --model", param="with_model")
        row, chat = await asyncio.to_thread(_one_answer, run, stage, index)
        return _reply(await tokens(row, chat, engine if with_model else None))

    def _one_answer(run: str, stage: str, index: int) -> tuple[dict[str, Any], Any]:
        _, path = _rollout_file(places, run, stage)
        try:
            row = rollouts.row(path, index, COLUMNS) if path else None
        except Unreadable as error:
            raise Refused(409, f"rollouts/{stage}.parquet cannot be read", code="damaged") from error
        if row is None:
            raise Refused(404, "there is no such answer", code="answer")
        return row, tokenizers.of(places.run(run), stage)


def _rollout_file(places: Places, run: str, stage: str) -> tuple[Reader, Any]:
    folder = places.run(run)
    reader = Reader(places, folder)
    return reader, reader.path("rollouts", f"{places.stage(folder, stage)}.parquet")


def _reply(body: object) -> Response:
    headers = {"cache-control": "no-store"}
    return Response(orjson.dumps(body), media_type="application/json", headers=headers)
