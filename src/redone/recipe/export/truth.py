"""A prompt's reward in one string, and the score of an answer from it: what other trainers carry in a column.

The string holds everything that scoring needs (how the answer is read, which reward judges it, the references), so
that a reward worker needs neither the recipe nor the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import orjson

from redone.errors import RedoneError
from redone.records import Example, Message, Score
from redone.scoring import RewardRouter, RewardSpec
from redone.scoring.sandbox import open_sandbox
from redone.tasks.parsers import PARSERS
from redone.tasks.task import Task

FORMAT = 1


class UnscoredError(RedoneError):
    """An answer has no score, and the trainer has no place for that: a score of 0 would teach something false."""


def ground_truth(task: Task, example: Example) -> str:
    """What scoring an answer to ``example`` needs, as JSON in one line."""
    return orjson.dumps(
        {
            "format": FORMAT,
            "id": example.id,
            "task": example.task,
            "language": example.language,
            "parser": task.parser,
            "reward": {
                "kind": task.reward.kind,
                "metric": task.reward.metric,
                "params": dict(task.reward.params),
            },
            "references": list(example.references),
            "choices": list(example.choices),
            "checks": dict(example.checks),
        }
    ).decode()


def judge(truth: str, text: str) -> Score:
    """The raw score of one answer; see ``judge_many``."""
    return judge_many([truth], [text])[0]


def judge_many(truths: Sequence[str], texts: Sequence[str]) -> list[Score]:
    """The raw scores of finished answers, each against its ground truth; programs run in one sandbox launch.

    The penalty for long answers is not part of it.

    Raises:
        RewardError: a reward failed. UserError: a ground truth names a parser or reward that there is not.

    """
    items = []
    for truth, text in zip(truths, texts, strict=True):
        held = orjson.loads(truth)
        answer = PARSERS[held["parser"]](text, tuple(held["choices"]))
        items.append((RewardSpec(**held["reward"]), answer, _example(held)))
    return _router().score_many(items)


def demand_score(score: Score) -> float:
    """The value of a score.

    Raises:
        UnscoredError: it is not known.

    """
    if score.value is None:
        raise UnscoredError(f"an answer could not be scored: {score.problem}")
    return float(score.value)


@lru_cache(maxsize=1)
def _router() -> RewardRouter:
    return RewardRouter(open_sandbox()[0])


def _example(held: dict[str, Any]) -> Example:
    return Example(
        id=held["id"],
        task=held["task"],
        language=held["language"],
        messages=(Message("user", ""),),
        references=tuple(held["references"]),
        target=held["references"][0] if held["references"] else "",
        choices=tuple(held["choices"]),
        checks=held["checks"],
    )
