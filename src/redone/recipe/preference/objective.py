"""Pairs of objective tasks: the right answer against a wrong option, and against the model's own mistakes."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

from redone.recipe.config import PreferenceStage
from redone.recipe.context import StageContext
from redone.recipe.dataset import Dataset
from redone.recipe.hashing import derive_seed
from redone.recipe.preference.candidates import Answered, answered
from redone.recipe.stages.draw import draw_by_capability
from redone.recipe.stages.imitate import gold
from redone.recipe.stages.policy import Policy
from redone.records import Example, PreferencePair
from redone.scoring.normalise import canonical

PROMPTS_PER_MISTAKE = 2
"""Prompts answered for every mistake wanted: many are answered rightly."""


def option_pairs(
    dataset: Dataset, settings: PreferenceStage, subjective: Sequence[str], seed: int
) -> tuple[list[PreferencePair], Counter[str]]:
    """The correct answer is chosen, another option of the same question is rejected (RedOne 1.0, pair type 1)."""
    rng = random.Random(seed)
    left_out: Counter[str] = Counter()
    rows = _drawn(
        [e for e in dataset.train if e.choices and e.task not in subjective],
        [e for e in dataset.general if e.choices],
        settings.option_pairs,
        settings.general_share,
        dataset,
        rng,
    )
    used: set[tuple[str, str]] = set()
    pairs: list[PreferencePair] = []
    for example in rows:
        right = {canonical(reference) for reference in example.references}
        wrong = [c for c in example.choices if canonical(c) not in right and (example.id, c) not in used]
        if not wrong:
            left_out["questions whose wrong options were used up"] += 1
            continue
        rejected = rng.choice(wrong)
        used.add((example.id, rejected))
        pairs.append(_pair(example, gold(example), rejected, "options", len(pairs)))
    return pairs, left_out


def mistake_pairs(
    context: StageContext, policy: Policy, settings: PreferenceStage, subjective: Sequence[str]
) -> tuple[list[PreferencePair], Counter[str]]:
    """Ground truth is chosen, a wrong answer that the model gave is rejected (RedOne 1.0, pair type 2).

    See ``_target`` for tasks that reason before they answer (our addition).
    """
    dataset: Dataset = context.dataset.dataset
    rng = random.Random(derive_seed(context.seed, "mistakes"))
    left_out: Counter[str] = Counter()
    prompts = _drawn(
        [e for e in dataset.train if e.task not in subjective],
        dataset.general,
        settings.mistake_pairs * PROMPTS_PER_MISTAKE,
        settings.general_share,
        dataset,
        rng,
    )
    pairs: list[PreferencePair] = []
    for found in answered(context, policy, settings, list({e.id: e for e in prompts}.values()), "mistakes"):
        left_out["sampled answers cut at the length limit"] += found.cut
        left_out["sampled answers that could not be scored"] += sum(
            c.score.value is None for c in found.candidates
        )
        target = _target(found, dataset)
        wrong = [
            c.text
            for c in found.candidates
            if c.score.value is not None and c.score.value < settings.mistake_below and c.text != target
        ]
        if not wrong:
            left_out["prompts that were not answered wrongly"] += 1
        elif settings.confirmed_mistakes and not _came_near(found, settings):
            left_out["prompts whose logged answer no sample came near"] += 1
        elif target is None:
            left_out["reasoning prompts that were never answered rightly"] += 1
        else:
            pairs.append(_pair(found.example, target, rng.choice(wrong), "mistake", len(pairs)))
    general = {example.id for example in dataset.general}
    return _shared(pairs, general, settings), +left_out


def _came_near(found: Answered, settings: PreferenceStage) -> bool:
    """Whether some sample reached the logged answer, which speaks for the label."""
    values = [c.score.value for c in found.candidates]
    return any(value is not None and value >= settings.mistake_below for value in values)


def _target(found: Answered, dataset: Dataset) -> str | None:
    """The ground truth; of a task that reasons first, the model's own right answer (None: it has none).

    Logs keep outcomes without their reasoning. To prefer a bare outcome would unlearn the steps that lead to it.
    """
    if found.example.task not in dataset.reasoning or found.example.rationale:
        return gold(found.example)
    return next((c.text for c in found.candidates if c.score.value == 1.0), None)


def _drawn(
    platform: Sequence[Example],
    general: Sequence[Example],
    count: int,
    general_share: float,
    dataset: Dataset,
    rng: random.Random,
) -> list[Example]:
    """Examples evenly over capabilities, ``general_share`` of them general ones."""
    shared = round(count * general_share) if general else 0
    rows = draw_by_capability(platform, count - shared, dataset.capability, 1.0, rng)
    rows += draw_by_capability(general, shared, dataset.capability, 1.0, rng)
    rng.shuffle(rows)
    return rows


def _shared(
    pairs: Sequence[PreferencePair], general: set[str], settings: PreferenceStage
) -> list[PreferencePair]:
    """At most ``mistake_pairs`` of them, general ones in their share."""
    most = round(settings.mistake_pairs * settings.general_share)
    theirs = [pair for pair in pairs if pair.id.split("#")[0] in general][:most]
    ours = [pair for pair in pairs if pair.id.split("#")[0] not in general]
    return ours[: settings.mistake_pairs - len(theirs)] + theirs


def _pair(example: Example, chosen: str, rejected: str, origin: str, place: int) -> PreferencePair:
    return PreferencePair(
        id=f"{example.id}#{origin}{place}",
        task=example.task,
        messages=example.messages,
        chosen=chosen,
        rejected=rejected,
        origin=origin,  # type: ignore[arg-type]
    )
