"""What the embedded base model reads: plain text, general questions, and platform instructions as found."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from redone.recipe.config import Recipe, SimulatorData, TinyBase
from redone.recipe.hashing import derive_seed
from redone.recipe.simulated import general_examples, platform_examples, platform_tasks, world_of
from redone.records import Example
from redone.sources.simulator.documents import documents
from redone.sources.simulator.observation import ObservationSettings, observe
from redone.tasks import answer_text, fact_sentences

FACT_SHARE = 0.1
"""Part of the documents that states general facts, which the knowledge questions ask about."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Documents, and pairs of a question with the answer that is imitated."""

    documents: list[str]
    general: list[tuple[Example, str]]
    platform: list[tuple[Example, str]]

    def texts(self) -> Iterator[str]:
        """Every text, for the vocabulary."""
        yield from self.documents
        for example, answer in (*self.general, *self.platform):
            yield example.messages[-1].content
            yield answer


def reading_for(recipe: Recipe, settings: TinyBase, seed: int) -> Reading:
    """The reading list of the embedded platform; users and texts are of the ``base`` split alone."""
    data = recipe.data
    assert isinstance(data, SimulatorData)
    world = world_of(recipe)
    facts = round(settings.text_documents * FACT_SHARE)
    text = [
        *documents(world, count=settings.text_documents - facts, seed=derive_seed(seed, "documents")),
        *fact_sentences(recipe.seed, count=facts, seed=derive_seed(seed, "facts")),
    ]
    # The base never runs code, so that code questions need no sandbox here.
    general = general_examples(data, "base", settings.general_examples, recipe.seed, sandbox=True)
    return Reading(text, [(e, answer_text(e)) for e in general], platform_pairs(recipe, settings, seed))


def platform_pairs(recipe: Recipe, settings: TinyBase, seed: int) -> list[tuple[Example, str]]:
    """Instructions as a crawled web would hold them: some wrong, many worded otherwise, no unseen task."""
    data = recipe.data
    assert isinstance(data, SimulatorData)
    names = [task for task in platform_tasks(data) if task not in data.unseen_tasks]
    per_task = -(-settings.instruction_examples // len(names))
    examples = platform_examples(world_of(recipe), "base", names, per_task, derive_seed(seed, "instructions"))
    noise = ObservationSettings(
        wrong=settings.wrong_share,
        systematic_share=0.0,
        other_wording=1.0,
        outcome_only=False,
        expert_share=0.0,
    )
    noisy = observe(examples, noise, derive_seed(seed, "noise"))
    rng = random.Random(derive_seed(seed, "wording"))
    low, high = settings.other_wording_range
    other = {task: rng.uniform(low, high) for task in names}
    pairs = []
    for example in noisy:
        logged = rng.random() < other[example.task]
        pairs.append((example, example.target if logged else answer_text(example)))
    return pairs
