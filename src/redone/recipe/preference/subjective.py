"""Pairs of subjective tasks: a few that experts annotate, and more by judges that agree with them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations, zip_longest
from pathlib import Path
from typing import Any

from redone.recipe.config import PreferenceStage, Recipe, SimulatorData
from redone.recipe.context import StageContext
from redone.recipe.dataset import Dataset
from redone.recipe.hashing import derive_seed
from redone.recipe.preference.annotations import agreed, read_opinions
from redone.recipe.preference.bench_of_judges import open_judges
from redone.recipe.preference.candidates import Answered, answered
from redone.recipe.simulated import platform_examples, world_of
from redone.recipe.stages.policy import Policy
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
    Question,
    RandomJudge,
    Winner,
    examine,
    judged,
)
from redone.sources.simulator.experts import ExpertSettings, expert_prefers


@dataclass(slots=True)
class Subjective:
    """The pairs, who was admitted, and what became of the rest."""

    pairs: list[PreferencePair] = field(default_factory=list)
    admissions: list[Admission] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)
    annotated: int = 0


def subjective_pairs(
    context: StageContext, policy: Policy, settings: PreferenceStage, tasks: Sequence[str]
) -> Subjective:
    """Sample answers, let experts look at some, admit judges by them, and let the panel label the rest."""
    dataset: Dataset = context.dataset.dataset
    examples = {e.id: e for e in dataset.train if e.task in tasks}
    found = Subjective()
    if not examples or not (settings.judged_pairs or settings.experts.pairs or settings.experts.annotations):
        return found
    rng = random.Random(derive_seed(context.seed, "duels"))
    duels = make_duels(answered(context, policy, settings, list(examples.values()), "subjective"), rng)
    annotations = annotate(context.recipe, settings, duels, examples, found)
    found.annotated = len(annotations)
    found.pairs += _decided(
        [a.duel for a in annotations], [a.preferred for a in annotations], examples, "expert"
    )
    if not annotations:
        found.warnings.append(
            "no expert annotation, so no judge can be admitted and subjective pairs are left out; "
            "give experts.annotations"
        )
        return found
    looked_at = {(a.duel.question.id, frozenset((a.duel.answer_a, a.duel.answer_b))) for a in annotations}
    rest = [
        duel for duel in duels
        if (duel.question.id, frozenset((duel.answer_a, duel.answer_b))) not in looked_at
    ]  # fmt: skip
    with open_judges(settings.judges, context.work / "verdicts.jsonl") as judges:
        for task in tasks:
            _label(context, settings, task, judges, annotations, rest, examples, found)
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


def annotate(
    recipe: Recipe,
    settings: PreferenceStage,
    duels: Sequence[Duel],
    examples: dict[str, Example],
    found: Subjective,
) -> list[Annotation]:
    """The experts' word, from the recipe's file or from the experts of the simulated platform."""
    experts = settings.experts
    if experts.annotations:
        questions = {name: question_of(example) for name, example in examples.items()}
        annotations, left_out = agreed(read_opinions(Path(experts.annotations)), questions)
        found.left_out += left_out
        return annotations
    if not isinstance(recipe.data, SimulatorData):
        return []
    truths = _truths(recipe, {duel.question.task for duel in duels})
    seed = derive_seed(recipe.seed, "experts")
    slips = ExpertSettings(slips=experts.slips)
    return [
        Annotation(
            duel=duel,
            preferred=expert_prefers(truths[duel.question.id], duel.answer_a, duel.answer_b, slips, seed),
        )
        for duel in duels[: experts.pairs]
    ]


def _truths(recipe: Recipe, tasks: set[str]) -> dict[str, Example]:
    """The pool's examples without the log's noise, which only the simulated experts know."""
    data = recipe.data
    assert isinstance(data, SimulatorData)
    seed = derive_seed(recipe.seed, "data")
    made = platform_examples(world_of(recipe), "train", sorted(tasks), data.examples_per_task.train, seed)
    return {example.id: example for example in made}


def _label(
    context: StageContext,
    settings: PreferenceStage,
    task: str,
    judges: Sequence[Judge],
    annotations: Sequence[Annotation],
    rest: Sequence[Duel],
    examples: dict[str, Example],
    found: Subjective,
) -> None:
    """Admit judges for a task and let them label its share of the pairs."""
    gate = GateSettings(
        kappa_low=settings.gate.kappa_low,
        level=settings.gate.level,
        min_pairs=settings.gate.min_pairs,
        max_attack_success=settings.gate.max_attack_success,
        seed=derive_seed(context.seed, "gate"),
    )
    context.progress.advance(0, 1, f"judges ({task})")
    controls: list[Judge] = [LongerJudge(), FirstJudge(), RandomJudge(seed=gate.seed)]
    looked = {judge.name: examine(judge, task, annotations, ATTACKS, gate) for judge in [*judges, *controls]}
    found.admissions += looked.values()
    if any(looked[control.name].admitted for control in controls):
        found.warnings.append(
            f"{task}: the experts' annotation admits a judge that knows nothing; none was admitted"
        )
        return
    panel = [judge for judge in judges if looked[judge.name].admitted]
    tasks = len({duel.question.task for duel in rest}) or 1
    own = [duel for duel in rest if duel.question.task == task][: round(settings.judged_pairs / tasks)]
    if not panel:
        found.left_out[f"{task} pairs without an admitted judge"] += len(own)
        return
    verdicts = judged(panel, own)
    for verdict in verdicts:
        if verdict.winner is None or verdict.winner == "tie":
            found.left_out[f"{task} pairs unlabelled: {verdict.reason}"] += 1
    found.pairs += _decided(own, [verdict.winner for verdict in verdicts], examples, "judge")


def _decided(
    duels: Sequence[Duel], winners: Sequence[Winner | None], examples: dict[str, Example], origin: Any
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


def admissions_json(admissions: Sequence[Admission]) -> list[dict[str, Any]]:
    """For preference.json."""
    return [admission.as_json() for admission in admissions]
