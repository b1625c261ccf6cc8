"""How long prompts and answers are, and how many groups survive: given, at the recipe's limits, or measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from redone.errors import UserError
from redone.recipe.config import Recipe
from redone.recipe.folder import RunFolder
from redone.recipe.metrics_log import MetricsLog

EXAMINED = 400
"""Prompts of a run's rollouts that are counted in tokens: their mean is then known to a few per cent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """Means over the data, in tokens.

    ``kept`` is the share of sampled groups that survive the filter (None: as many as the recipe oversamples for).
    ``shared`` is how many columns an update really has, as a share of prompt + all answers: answers that begin
    alike share them. ``source`` says in words where the figures come from.
    """

    prompt: float
    answer: float
    kept: float | None = None
    shared: float = 1.0
    source: str = ""

    def longest(self, answers: float, limit: int) -> float:
        """Expected length of the longest of so many answers: exponential tail, cut at the limit (our choice)."""
        return min(float(limit), self.answer * (1.0 + math.log(max(1.0, answers))))


def lengths_at_limits(recipe: Recipe) -> Lengths:
    """Every prompt and every answer as long as the recipe allows: an upper bound of everything."""
    prompts = [s.rl.max_prompt_tokens for s in recipe.stages if hasattr(s, "rl")]
    answers = [s.rl.max_new_tokens for s in recipe.stages if hasattr(s, "rl")]
    rows = [s.sft.row_tokens for s in recipe.stages if hasattr(s, "sft")]
    answer = max(answers, default=recipe.evaluation.max_new_tokens)
    prompt = max(prompts, default=max(1, max(rows, default=256) - answer))
    return Lengths(
        prompt=prompt,
        answer=answer,
        source="the recipe's limits, so everything below is an upper bound; give --prompt-tokens and "
        "--answer-tokens (means of your data), or --like a finished run",
    )


def given_lengths(known: Lengths, prompt: float | None, answer: float | None, kept: float | None) -> Lengths:
    """``known`` with what was given instead; both lengths given makes it an estimate."""
    if prompt is None and answer is None and kept is None:
        return known
    named = [("prompts", prompt), ("answers", answer)]
    said = ", ".join(f"{what} of {value:g} tokens" for what, value in named if value is not None)
    rest = [what for what, value in named if value is None]
    source = (
        f"{said or 'lengths'} as given"
        if not rest
        else f"{said or 'kept groups'} as given; the rest: {known.source}"
    )
    return replace(
        known,
        prompt=known.prompt if prompt is None else prompt,
        answer=known.answer if answer is None else answer,
        kept=known.kept if kept is None else kept,
        source=source,
    )


def measured_lengths(run: Path) -> Lengths:
    """What a finished run shows: mean lengths, and of rollouts kept groups and shared columns.

    A run without reinforcement learning shows the lengths of its last evaluation.

    Raises:
        UserError: the folder holds no finished run.

    """
    folder = RunFolder(run)
    files = sorted((run / "rollouts").glob("*.parquet"))
    if not folder.results.is_file() or not folder.metrics.is_file():
        raise UserError(f"--like {run}: no finished run there; name the folder of one that has results.json")
    if not files:
        return _evaluated_lengths(folder, run)
    steps = [
        row for row in MetricsLog(folder.metrics).rows() if row.get("drawn") and row.get("length") is not None
    ]
    if not steps:
        raise UserError(
            f"--like {run}: metrics.jsonl has no rollout step; the run is damaged or of another kind"
        )
    drawn = sum(row["drawn"] for row in steps)
    answer = sum(row["length"] * row["drawn"] for row in steps) / drawn
    frame = pl.concat([_rollouts(file) for file in files], how="vertical")
    prompt = _prompt_tokens(folder, frame)
    size = frame.height / drawn
    trained = sum(row["examples"] for row in steps if row["loss"] is not None)
    columns = sum(row["tokens"] for row in steps if row["loss"] is not None)
    whole = trained * (prompt + size * answer)
    return Lengths(
        prompt=prompt,
        answer=answer,
        kept=sum(row["kept"] for row in steps) / drawn,
        shared=min(1.0, columns / whole) if whole else 1.0,
        source=f"measured in {run}",
    )


def _rollouts(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path, columns=["prompt", "example_id", "step"])
    except (OSError, pl.exceptions.PolarsError) as error:
        raise UserError(f"--like: {path} is damaged ({str(error)[:100]}); name another run") from error


def _prompt_tokens(folder: RunFolder, frame: pl.DataFrame) -> float:
    """Mean tokens of the prompts, the chat form included."""
    from redone.model import load_chat

    groups = frame.unique(["step", "example_id"], keep="first", maintain_order=True)
    shown = groups["prompt"].gather_every(max(1, groups.height // EXAMINED)).to_list()
    return _mean_prompt(load_chat(folder.model), shown)


def _mean_prompt(chat: Any, texts: Sequence[str]) -> float:
    from redone.records import Message

    return sum(len(chat.encode_prompt((Message("user", text),))) for text in texts) / len(texts)


def _samples(path: Path) -> list[dict[str, Any]]:
    try:
        rows = [orjson.loads(line) for line in path.read_bytes().splitlines()]
        return [{"prompt": row["prompt"], "output": row["output"]} for row in rows]
    except (ValueError, TypeError, KeyError) as error:
        raise UserError(f"--like: {path} is damaged ({error}); name another run") from error


def _evaluated_lengths(folder: RunFolder, run: Path) -> Lengths:
    from redone.model import load_chat

    found = sorted((run / "stages").glob("*/samples.jsonl"))
    rows = _samples(found[-1]) if found else []
    if not rows:
        raise UserError(
            f"--like {run}: it has neither rollouts nor samples of an evaluation to take lengths from"
        )
    shown = rows[:: max(1, len(rows) // EXAMINED)]
    chat = load_chat(folder.model)
    return Lengths(
        prompt=_mean_prompt(chat, [row["prompt"] for row in shown]),
        answer=sum(len(chat.encode_answer(row["output"])) for row in shown) / len(shown),
        source=f"measured in the evaluation of {run}",
    )
