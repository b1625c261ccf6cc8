"""From the text a model wrote to its raw score: was it finished, what does it say, is that right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from redone.records import Example, Score
from redone.scoring.router import RewardRouter
from redone.tasks.catalogue import get
from redone.tasks.parsers import PARSERS
from redone.tasks.task import Task


def parse(task: Task, text: str, choices: Sequence[str] = ()) -> str | None:
    """Return the canonical answer in the text, None when no single answer can be read.

    ``choices`` are those of the example; label answers are read against them.
    """
    return PARSERS[task.parser](text, choices)


class Scorer:
    """Scores answers with the task's parser and reward. One object per run, for the router's sandbox.

    ``tasks`` are those of the user's own data; an example of another task is looked up in the catalogue.
    """

    def __init__(self, router: RewardRouter, tasks: Mapping[str, Task] | None = None) -> None:
        self.router = router
        self._own = dict(tasks or {})

    def score(self, example: Example, text: str, finished: bool) -> Score:
        """See ``score_many``."""
        return self.score_many([(example, text, finished)])[0]

    def score_many(self, items: Sequence[tuple[Example, str, bool]]) -> list[Score]:
        """One score per (example, text, finished), in order.

        An answer cut at the length limit scores 0 with component ``finished`` 0, whatever it says so far. The
        penalty for long answers is not part of the raw score.
        """
        answers = [self._read(*item) for item in items]
        specs = [self._task(example).reward for example, _, _ in items]
        scores = self.router.score_many(
            [
                (spec, answer, example)
                for spec, answer, (example, _, _) in zip(specs, answers, items, strict=True)
            ]
        )
        return [
            replace(
                score,
                answer=answer or "",
                components={**score.components, "finished": float(finished)},
            )
            for score, answer, (_, _, finished) in zip(scores, answers, items, strict=True)
        ]

    def _read(self, example: Example, text: str, finished: bool) -> str | None:
        return parse(self._task(example), text, example.choices) if finished else None

    def _task(self, example: Example) -> Task:
        own = self._own.get(example.task)
        return get(example.task) if own is None else own
