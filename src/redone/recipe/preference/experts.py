"""The experts' word on pairs: from the recipe's file, or from the experts of the simulated platform."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from redone.recipe.config import ExpertConfig, Recipe, SimulatorData
from redone.recipe.hashing import derive_seed
from redone.recipe.preference.annotations import agreed, read_opinions
from redone.recipe.simulated import platform_examples, world_of
from redone.records import Example
from redone.scoring.judges import Annotation, Duel, Question
from redone.sources.simulator.experts import ExpertSettings, expert_prefers


def annotate(
    recipe: Recipe, experts: ExpertConfig, duels: Sequence[Duel], questions: Mapping[str, Question]
) -> tuple[list[Annotation], Counter[str]]:
    """Annotations, and what was left out by reason; none where there are neither a file nor simulated experts.

    A file brings its own answers; simulated experts look at the first of ``duels``.

    Raises:
        UserError: the file cannot be read, or a line of it is wrong.

    """
    if experts.annotations:
        return agreed(read_opinions(Path(experts.annotations)), questions)
    if not isinstance(recipe.data, SimulatorData):
        return [], Counter()
    truths = _truths(recipe, {duel.question.task for duel in duels})
    seed = derive_seed(recipe.seed, "experts")
    settings = ExpertSettings(slips=experts.slips)
    return [
        Annotation(
            duel=duel,
            preferred=expert_prefers(truths[duel.question.id], duel.answer_a, duel.answer_b, settings, seed),
        )
        for duel in duels[: experts.pairs]
    ], Counter()


def _truths(recipe: Recipe, tasks: set[str]) -> dict[str, Example]:
    """The pool's examples without the log's noise, which only the simulated experts know."""
    data = recipe.data
    assert isinstance(data, SimulatorData)
    seed = derive_seed(recipe.seed, "data")
    made = platform_examples(world_of(recipe), "train", sorted(tasks), data.examples_per_task.train, seed)
    return {example.id: example for example in made}
