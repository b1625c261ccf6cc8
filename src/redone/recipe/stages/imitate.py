"""What targeted and plain supervised fine-tuning share: next-token training on answers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from redone.model import Chat
from redone.recipe.config import SFTConfig
from redone.recipe.context import StageContext, StageOutcome
from redone.recipe.lessons import LESSONS, write_lessons
from redone.recipe.stages.journal import StepReporter
from redone.recipe.stages.policy import Policy, machine_fields
from redone.recipe.stages.reinforce import optimizer_fields, outcome
from redone.records import Example
from redone.tasks import answer_text
from redone.training import CheckpointStore, NextTokenSettings, TokenSequence, train_next_token


@dataclass(frozen=True, slots=True)
class Lesson:
    """One row of a fine-tuning set: what is asked, what is to be said, and where the answer comes from."""

    example: Example
    answer: str
    source: str


def gold(example: Example, *, normalised: bool = True) -> str:
    """The reference as a training target: in the form that the prompt asks for, or as the log words it."""
    return answer_text(example) if normalised else example.target


def answer_sequence(chat: Chat, example: Example, answer: str, source: str) -> TokenSequence:
    """Prompt and answer as tokens; only the answer, its end token included, is a target."""
    prompt = chat.encode_prompt(example.messages)
    target = chat.encode_answer(answer)
    return TokenSequence(
        ids=(*prompt, *target),
        loss_mask=(*[0] * len(prompt), *[1] * len(target)),
        source=source,
        id=example.id,
    )


def imitate(
    context: StageContext,
    policy: Policy,
    lessons: Sequence[Lesson],
    sft: SFTConfig,
    *,
    part: str = "fine-tuning",
    after: int = 0,
) -> StageOutcome:
    """Fine-tune the policy in place on the lessons. Lessons longer than a row are left out, and counted.

    ``part`` names the round on the screen and its checkpoints; ``after`` is the number of steps of earlier rounds.
    """
    write_lessons(context.folder / LESSONS, lessons)
    sequences = [answer_sequence(policy.chat, x.example, x.answer, x.source) for x in lessons]
    fitting = [sequence for sequence in sequences if len(sequence.ids) <= sft.row_tokens]
    left_out = len(sequences) - len(fitting)
    total = math.ceil(sum(len(s.ids) for s in fitting) * sft.epochs / sft.tokens_per_step)
    settings = NextTokenSettings(
        **optimizer_fields(sft.optimizer, total),
        **machine_fields(context.recipe),
        compute="bf16" if context.recipe.precision == "bfloat16" else "f32",
        epochs=sft.epochs,
        tokens_per_step=sft.tokens_per_step,
        row_tokens=sft.row_tokens,
        seed=context.seed,
    )
    summary = train_next_token(
        policy.model,
        fitting,
        settings,
        checkpoints=CheckpointStore(context.work / part.replace(" ", "-"), every=sft.checkpoint_every),
        on_step=StepReporter(context, total, part, after),
        stop=context.stop.event,
    )
    notes = [f"{left_out} lessons longer than {sft.row_tokens} tokens were left out"] if left_out else []
    return outcome(context, summary, notes)
