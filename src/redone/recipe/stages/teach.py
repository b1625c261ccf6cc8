"""Fine-tuning that leaves out what it comes to doubt.

With ``sft.doubt_below`` there are two rounds. The first learns every row; the logged references that it then hardly
ever gives are doubted (see `redone.recipe.doubt`). The second begins again from the same weights, without them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson

from redone.recipe.answering import Decoding, Examinee
from redone.recipe.config import DOUBT_SAMPLES, SFTConfig
from redone.recipe.context import StageContext, StageOutcome
from redone.recipe.doubt import doubt
from redone.recipe.durable import read_json, write_bytes, write_json
from redone.recipe.hashing import derive_seed
from redone.recipe.stages.imitate import Lesson, gold, imitate
from redone.recipe.stages.policy import Policy, open_policy
from redone.training.parallel import current_world, from_first

DOUBTED = "doubted.jsonl"
"""In the folder of a fine-tuning stage: one doubted reference per line, with what the model says instead."""


def teach(
    context: StageContext, policy: Policy, lessons: Sequence[Lesson], sft: SFTConfig
) -> tuple[Policy, StageOutcome]:
    """Fine-tune on the lessons, in one round or two. Returns the trained policy; the given one is used up."""
    if not sft.doubt_below:
        return policy, imitate(context, policy, lessons, sft)
    first = first_round(context, policy, lessons, sft)
    doubts = first["doubts"]
    write_bytes(context.folder / DOUBTED, b"".join(orjson.dumps(row) + b"\n" for row in doubts))
    doubted = {row["id"] for row in doubts}
    believed = [lesson for lesson in lessons if lesson.example.id not in doubted]
    policy = open_policy(context)
    second = imitate(context, policy, believed, sft, after=first["steps"])
    return policy, replace(
        second,
        tokens=second.tokens + first["tokens"],
        steps=second.steps + first["steps"],
        notes=(_note(doubts, lessons), *second.notes),
    )


def first_round(
    context: StageContext, policy: Policy, lessons: Sequence[Lesson], sft: SFTConfig
) -> dict[str, Any]:
    """Train on every row and look at them again: ``steps`` and ``tokens`` spent, and the ``doubts``.

    Kept in the work folder, so that a stage that was stopped in its second round does not repeat the first.
    """
    kept = context.work / "first-round.json"
    known: dict[str, Any] | None = from_first(lambda: read_json(kept))
    if known is not None:
        return known
    outcome = imitate(context, policy, lessons, sft, part="first round")
    logged = {x.example.id: x.example for x in lessons if x.answer in (gold(x.example), x.example.target)}
    decoding = Decoding(
        name="doubt",
        temperature=1.0,
        samples=DOUBT_SAMPLES,
        max_new_tokens=context.recipe.evaluation.max_new_tokens,
    )
    context.progress.advance(0, len(logged), "looking for wrong references")
    examinee = Examinee(policy.sampler, policy.chat, context.dataset.scorer)
    answers = examinee.answer(list(logged.values()), decoding, seed=derive_seed(context.seed, "doubt"))
    doubts = [found.row() for found in doubt(answers, sft.doubt_below)]
    result = {"steps": outcome.steps, "tokens": outcome.tokens, "doubts": doubts}
    world = current_world()
    if world is None or world.first:
        write_json(kept, result)
    return result


def _note(doubts: Sequence[dict[str, Any]], lessons: Sequence[Lesson]) -> str:
    rows = len({lesson.example.id for lesson in lessons})
    by_task = ", ".join(f"{task} {n}" for task, n in Counter(row["task"] for row in doubts).most_common(5))
    most = f" (most in {by_task})" if doubts else ""
    return f"{len(doubts)} of {rows} examples have a doubted reference and are left out{most}; see {DOUBTED}"
