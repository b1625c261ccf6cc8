"""RedOne 2.0, stage 2: targeted fine-tuning (section 3.3).

The diagnosis of the stage-1 model names the weak tasks. They are taught by imitation, because reinforcement
learning cannot find what no sample shows: rows are drawn by capability, rare tasks weigh more. General prompts,
and platform tasks that are strong already, are answered by the model itself (best of several, by a judge), so
that the step stays close to what it says anyway. The replay of strong tasks is our addition: without it a weak
task's neighbours are unlearned.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence

from redone.model import SamplingSettings
from redone.recipe.answering import Answer, Decoding, Examinee
from redone.recipe.config import TargetedStage
from redone.recipe.context import StageContext, StageOutcome
from redone.recipe.dataset import by_task, cap_per_task
from redone.recipe.diagnosis import TaskDiagnosis, diagnose, diagnosis_json
from redone.recipe.durable import write_json
from redone.recipe.hashing import derive_seed
from redone.recipe.materials import Materials
from redone.recipe.soft_labels import sample_candidates, soft_label
from redone.recipe.stages.draw import draw_by_capability
from redone.recipe.stages.imitate import Lesson, gold
from redone.recipe.stages.policy import Policy, open_policy, save_policy
from redone.recipe.stages.teach import teach
from redone.records import Example


def run(context: StageContext) -> StageOutcome:
    """Diagnose, compose the lessons, fine-tune."""
    settings = context.settings
    assert isinstance(settings, TargetedStage)
    policy = open_policy(context)
    found = diagnose_dev(context, policy, settings)
    lessons, dropped = compose(context, policy, settings, found)
    materials: Materials = context.dataset
    capabilities = {d.task: materials.dataset.capability(d.task) for d in found}
    after = list(context.earlier)[-1]
    write_json(
        context.folder / "diagnosis.json",
        diagnosis_json(found, settings.bucket, capabilities, _plan(lessons), after),
    )
    policy, result = teach(context, policy, lessons, settings.sft)
    save_policy(context, policy)
    notes = (*result.notes, *[f"{count} {what}" for what, count in sorted(dropped.items())])
    return StageOutcome(
        examples=len({lesson.example.id for lesson in lessons}),
        prompts=result.prompts,
        tokens=result.tokens,
        steps=result.steps,
        warnings=result.warnings,
        notes=notes,
    )


def diagnose_dev(context: StageContext, policy: Policy, settings: TargetedStage) -> list[TaskDiagnosis]:
    """Sample every dev prompt several times at temperature 1 and look at each platform task."""
    materials: Materials = context.dataset
    dataset = materials.dataset
    platform = set(dataset.platform_tasks)
    items = [e for e in cap_per_task(dataset.dev, settings.diagnosis_items) if e.task in platform]
    decoding = Decoding(
        name="diagnosis",
        temperature=1.0,
        samples=settings.diagnosis_samples,
        max_new_tokens=context.recipe.evaluation.max_new_tokens,
    )
    context.progress.advance(0, len(items), "diagnosis")
    seed = derive_seed(context.seed, "diagnosis")
    examinee = Examinee(policy.sampler, policy.chat, materials.scorer)
    answers = examinee.answer(items, decoding, seed=seed)
    grouped: dict[str, list[list[Answer]]] = {}
    for group in answers:
        grouped.setdefault(group[0].example.task, []).append(group)
    return diagnose(grouped, settings.bucket)


def compose(
    context: StageContext, policy: Policy, settings: TargetedStage, found: Sequence[TaskDiagnosis]
) -> tuple[list[Lesson], Counter[str]]:
    """The rows of the stage by their four sources, and what was left out by reason."""
    dataset = context.dataset.dataset
    rng = random.Random(context.seed)
    weak = {d.task for d in found if d.weak}
    hopeless = {
        d.task: settings.upweight_hopeless for d in found if d.all_zero > settings.bucket.all_zero_above
    }
    weak_pool = [e for e in dataset.train if e.task in weak]
    strong_pool = [e for e in dataset.train if e.task not in weak]
    counts = {name: round(settings.examples * share) for name, share in _shares(settings).items()}
    rows = draw_by_capability(
        weak_pool, counts["gold"], dataset.capability, settings.upweight_rare, rng, hopeless
    )
    lessons = [Lesson(example, gold(example), "gold") for example in rows]
    dropped: Counter[str] = Counter()
    wanted = {
        "soft": draw_by_capability(
            weak_pool, counts["soft"], dataset.capability, settings.upweight_rare, rng
        ),
        "replay": draw_by_capability(strong_pool, counts["replay"], dataset.capability, 1.0, rng),
        "general": draw_by_capability(list(dataset.general), counts["general"], dataset.capability, 1.0, rng),
    }
    for source, examples in wanted.items():
        answered = soft_lessons(context, policy, settings, examples, source)
        dropped[f"{source} rows without a good enough answer"] += len(examples) - len(answered)
        lessons += answered
    rng.shuffle(lessons)
    return lessons, +dropped


def soft_lessons(
    context: StageContext, policy: Policy, settings: TargetedStage, examples: Sequence[Example], source: str
) -> list[Lesson]:
    """The model's own best answers to the examples, where one is good enough."""
    if not examples:
        return []
    distinct = {example.id: example for example in examples}
    sampling = SamplingSettings(
        group_size=settings.candidates,
        max_new_tokens=context.recipe.evaluation.max_new_tokens,
        temperature=settings.temperature,
    )
    context.progress.advance(0, len(distinct), f"soft labels ({source})")
    candidates = sample_candidates(
        policy.sampler,
        policy.chat,
        context.dataset.scorer,
        list(distinct.values()),
        sampling,
        derive_seed(context.seed, "soft", source),
    )
    best = {
        name: soft_label(group, settings.min_score) for name, group in zip(distinct, candidates, strict=True)
    }
    return [Lesson(e, text, source) for e in examples if (text := best[e.id]) is not None]


def _shares(settings: TargetedStage) -> Mapping[str, float]:
    return {
        "gold": settings.gold_share,
        "soft": settings.soft_share,
        "replay": settings.replay_share,
        "general": settings.general_share,
    }


def _plan(lessons: Sequence[Lesson]) -> dict[str, dict[str, float]]:
    """Per task: rows by source, for the report's "what it led to"."""
    plan: dict[str, dict[str, float]] = {}
    for task, own in by_task([lesson.example for lesson in lessons]).items():
        ids = Counter(lesson.source for lesson in lessons if lesson.example.task == task)
        plan[task] = {**{source: float(n) for source, n in ids.items()}, "rows": float(len(own))}
    return plan
