"""Pairs of subjective tasks: a few that experts annotate, and more by judges that agree with them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import combinations, zip_longest

from redone.recipe.config import GateConfig, PreferenceStage
from redone.recipe.context import StageContext
from redone.recipe.dataset import Dataset
from redone.recipe.hashing import derive_seed
from redone.recipe.preference.bench_of_judges import open_judges
from redone.recipe.preference.candidates import Answered, answered
from redone.recipe.preference.experts import annotate
from redone.recipe.preference.labelling import Subjective, decided, label
from redone.recipe.stages.policy import Policy
from redone.records import Example
from redone.scoring.judges import Duel, GateSettings, Question


def subjective_pairs(
    context: StageContext, policy: Policy, settings: PreferenceStage, tasks: Sequence[str]
) -> Subjective:
    """Sample answers, let experts look at some, admit judges by them, and let the panel label the rest."""
    dataset: Dataset = context.dataset.dataset
    examples = {e.id: e for e in dataset.train if e.task in tasks}
    found = Subjective()
    if not examples or not (settings.judged_pairs or settings.experts.pairs or settings.experts.annotations):
        return found
    groups = answered(context, policy, settings, list(examples.values()), "subjective")
    duels = make_duels(groups, random.Random(derive_seed(context.seed, "duels")))
    questions = {name: question_of(example) for name, example in examples.items()}
    annotations, left_out = annotate(context.recipe, settings.experts, duels, questions)
    found.left_out += left_out
    found.annotated = len(annotations)
    own = [annotation.duel for annotation in annotations]
    found.pairs += decided(own, [annotation.preferred for annotation in annotations], examples, "expert")
    if not annotations:
        found.warnings.append(
            "no expert annotation, so no judge can be admitted and subjective pairs are left out; "
            "give experts.annotations"
        )
        return found
    looked_at = set(map(_key, own))
    rest = [duel for duel in duels if _key(duel) not in looked_at]
    gate = gate_settings(settings.gate, derive_seed(context.seed, "gate"))
    there = sorted({duel.question.task for duel in rest})
    with open_judges(settings.judges, context.work / "verdicts.jsonl") as judges:
        for task in there:
            context.progress.advance(0, 1, f"judges ({task})")
            share = [duel for duel in rest if duel.question.task == task]
            share = share[: round(settings.judged_pairs / len(there))]
            winners = label(task, share, judges, annotations, gate, found)
            found.pairs += decided(share, winners, examples, "judge")
    return found


def make_duels(groups: Sequence[Answered], rng: random.Random) -> list[Duel]:
    """Pairs of different answers, one of every prompt before any prompt's second; places are drawn."""
    by_prompt: list[list[Duel]] = []
    for group in groups:
        texts = [candidate.text for candidate in group.candidates]
        pairs = [pair if rng.random() < 0.5 else pair[::-1] for pair in combinations(texts, 2)]
        rng.shuffle(pairs)
        by_prompt.append(
            [Duel(question=question_of(group.example), answer_a=a, answer_b=b) for a, b in pairs]
        )
    rng.shuffle(by_prompt)
    return [duel for sweep in zip_longest(*by_prompt) for duel in sweep if duel is not None]


def question_of(example: Example) -> Question:
    """What a judge may know of an example: the prompt and what the log has as answers."""
    return Question(
        id=example.id,
        task=example.task,
        language=example.language,
        prompt=example.messages[-1].content,
        references=example.references,
    )


def gate_settings(gate: GateConfig, seed: int) -> GateSettings:
    """The recipe's gate as the scoring room takes it."""
    return GateSettings(
        kappa_low=gate.kappa_low,
        level=gate.level,
        min_pairs=gate.min_pairs,
        max_attack_success=gate.max_attack_success,
        seed=seed,
    )


def _key(duel: Duel) -> tuple[str, frozenset[str]]:
    return duel.question.id, frozenset((duel.answer_a, duel.answer_b))
