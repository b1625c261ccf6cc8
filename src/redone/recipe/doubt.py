"""Which logged references are probably wrong, by the answers of a model that was taught all of them.

A model learns the rule that most rows follow before the exceptions, so after a round of fine-tuning the rows whose
reference it still hardly ever gives are more often wrong labels than hard questions. The idea is that of
confident learning (Northcutt et al., 2021); the papers of RedOne do not speak of wrong labels, so all of this is our
choice. A row is compared with rows of its own kind: the same task and, where the options are closed, the same
reference, so that a class which the model does not know at all is not taken for a class of mistakes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from redone.recipe.answering import Answer

KNOWN = 0.2
"""Rows of a kind with a lower mean score are not judged: the model does not know them well enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One reference that is doubted, and what the model says instead.

    ``score`` is the mean score of the model's sampled answers against the reference, ``usual`` the mean of the rows
    of its kind, ``said`` the most frequent answer that could be read and ``agreement`` its share; all in 0..1.
    """

    id: str
    task: str
    language: str
    prompt: str
    reference: str
    said: str
    agreement: float
    score: float
    usual: float

    def row(self) -> dict[str, Any]:
        """The fields, for a line of JSON."""
        return asdict(self)


def doubt(groups: Sequence[Sequence[Answer]], below: float) -> list[Doubt]:
    """The examples whose mean score is less than ``below`` times the mean of their kind, in the given order.

    Args:
        groups: one group of sampled answers per example.
        below: 0..1; 0 doubts nothing. An example none of whose answers could be scored is not doubted.

    """
    means: dict[str, float] = {}
    kinds: dict[tuple[str, ...], list[float]] = defaultdict(list)
    for group in groups:
        known = [answer.score.value for answer in group if answer.score.value is not None]
        if known:
            mean = float(np.mean(known))
            means[group[0].example.id] = mean
            kinds[_kind(group[0])].append(mean)
    found = []
    for group in groups:
        score = means.get(group[0].example.id)
        if score is None:
            continue
        usual = float(np.mean(kinds[_kind(group[0])]))
        if usual >= KNOWN and score < below * usual:
            found.append(_doubt(group, score, usual))
    return found


def _kind(answer: Answer) -> tuple[str, ...]:
    example = answer.example
    if example.choices:
        return (example.task, example.language, example.references[0])
    return (example.task,)


def _doubt(group: Sequence[Answer], score: float, usual: float) -> Doubt:
    example = group[0].example
    said = Counter(answer.score.answer for answer in group if answer.score.answer).most_common(1)
    answer, count = said[0] if said else ("", 0)
    return Doubt(
        id=example.id,
        task=example.task,
        language=example.language,
        prompt=example.messages[-1].content,
        reference=example.references[0],
        said=answer,
        agreement=count / len(group),
        score=score,
        usual=usual,
    )
