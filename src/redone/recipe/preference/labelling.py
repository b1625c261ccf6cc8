"""Who labels, and what: judges are admitted task by task, and the admitted ones label pairs as a panel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from redone.records import Example, PreferencePair
from redone.scoring.judges import (
    ATTACKS,
    Admission,
    Annotation,
    Duel,
    FirstJudge,
    GateSettings,
    Judge,
    LongerJudge,
    RandomJudge,
    Winner,
    examine,
    judged,
)


@dataclass(slots=True)
class Subjective:
    """The pairs, who was admitted, and what became of the rest."""

    pairs: list[PreferencePair] = field(default_factory=list)
    admissions: list[Admission] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)
    annotated: int = 0


def label(
    task: str,
    duels: Sequence[Duel],
    judges: Sequence[Judge],
    annotations: Sequence[Annotation],
    gate: GateSettings,
    found: Subjective,
) -> list[Winner | None]:
    """The panel's word on duels of one task, None where it has none; what happened is added to ``found``.

    Three controls that know nothing go through the same gate. If one of them is admitted, the annotation cannot
    tell judges apart, and nobody labels.
    """
    controls: list[Judge] = [LongerJudge(), FirstJudge(), RandomJudge(seed=gate.seed)]
    looked = {judge.name: examine(judge, task, annotations, ATTACKS, gate) for judge in [*judges, *controls]}
    found.admissions += looked.values()
    panel = [judge for judge in judges if looked[judge.name].admitted]
    if any(looked[control.name].admitted for control in controls):
        found.warnings.append(
            f"{task}: the experts' annotation admits a judge that knows nothing; none was admitted"
        )
        panel = []
    if not panel:
        found.left_out[f"{task} pairs without an admitted judge"] += len(duels)
        return [None] * len(duels)
    verdicts = judged(panel, duels)
    for verdict in verdicts:
        if verdict.winner is None or verdict.winner == "tie":
            found.left_out[f"{task} pairs unlabelled: {verdict.reason}"] += 1
    return [verdict.winner for verdict in verdicts]


def decided(
    duels: Sequence[Duel], winners: Sequence[Winner | None], examples: Mapping[str, Example], origin: Any
) -> list[PreferencePair]:
    """A pair for every duel that somebody won."""
    pairs = []
    for place, (duel, winner) in enumerate(zip(duels, winners, strict=True)):
        if winner in ("a", "b"):
            texts = (duel.answer_a, duel.answer_b)
            chosen, rejected = texts if winner == "a" else texts[::-1]
            pairs.append(
                PreferencePair(
                    id=f"{duel.question.id}#{origin}{place}",
                    task=duel.question.task,
                    messages=examples[duel.question.id].messages,
                    chosen=chosen,
                    rejected=rejected,
                    origin=origin,
                )
            )
    return pairs
