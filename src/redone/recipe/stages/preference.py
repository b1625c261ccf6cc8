"""RedOne 1.0, stage 3: preference optimization by DPO.

Many platform tasks have several acceptable answers of different quality, which fine-tuning on one of them does
not use. Pairs come from four sources. Subjective tasks: experts annotate a few pairs of sampled answers, and
judges that agree with them annotate more. Objective tasks: the right answer against a wrong option of the
question, and against the model's own mistakes. The model is then trained to prefer the chosen answers, held to
where it started; the reference log-probabilities are computed once, before the first update.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from redone.errors import UserError
from redone.model import Chat
from redone.recipe.config import DPOConfig, PreferenceStage
from redone.recipe.context import StageContext, StageOutcome
from redone.recipe.preference.gathering import gathered, pair_of, summary
from redone.recipe.stages.journal import StepReporter
from redone.recipe.stages.policy import Policy, machine_fields, open_policy, save_policy
from redone.recipe.stages.reinforce import optimizer_fields, outcome
from redone.records import PreferencePair
from redone.training import CheckpointStore, DpoSettings, TokenPair, train_preference
from redone.training.parallel import from_first


def run(context: StageContext) -> StageOutcome:
    """Gather the pairs, train on them.

    Raises:
        UserError: there is no pair to train on.
        CollapseError: chosen answers became much less likely than at the start.

    """
    settings = context.settings
    assert isinstance(settings, PreferenceStage)
    policy = open_policy(context)
    # Judges and experts are asked once, whatever the number of processes.
    found = from_first(lambda: _gathered(context, policy, settings))
    pairs = [pair_of(row) for row in found["pairs"]]
    tokens, notes = token_pairs(policy.chat, pairs, settings.dpo.row_tokens)
    if not tokens:
        raise UserError(
            f"stages.{context.name}: no pair is left to train on; raise option_pairs or mistake_pairs, or see "
            f"left_out in {context.folder / 'preference.json'}"
        )
    steps = math.ceil(len(tokens) * settings.dpo.epochs / settings.dpo.pairs_per_step)
    trained = train_preference(
        policy.model,
        tokens,
        dpo_settings(context, settings, {pair.task for pair in tokens}, steps),
        checkpoints=CheckpointStore(context.work / "dpo", every=settings.dpo.checkpoint_every),
        on_step=StepReporter(context, steps, "preferences"),
        stop=context.stop.event,
    )
    save_policy(context, policy)
    counted = found["summary"]
    left_out = [f"{count} {what}" for what, count in counted["left_out"].items()]
    result = outcome(context, trained, [*notes, *left_out])
    return StageOutcome(
        examples=len({pair.id.split("#")[0] for pair in pairs}),
        prompts=result.prompts or trained.examples,
        tokens=result.tokens,
        steps=result.steps,
        notes=result.notes,
        warnings=(*result.warnings, *counted["warnings"]),
    )


def _gathered(context: StageContext, policy: Policy, settings: PreferenceStage) -> dict[str, Any]:
    pairs = [asdict(pair) for pair in gathered(context, policy, settings)]
    return {"pairs": pairs, "summary": summary(context)}


def token_pairs(
    chat: Chat, pairs: Sequence[PreferencePair], row_tokens: int
) -> tuple[list[TokenPair], list[str]]:
    """The pairs as tokens, by kind; what cannot be trained on is counted in words."""
    found: list[TokenPair] = []
    same = long = 0
    for pair in pairs:
        prompt = tuple(chat.encode_prompt(pair.messages))
        chosen, rejected = tuple(chat.encode_answer(pair.chosen)), tuple(chat.encode_answer(pair.rejected))
        if chosen == rejected:
            same += 1
        elif len(prompt) + len(chosen) + len(rejected) > row_tokens:
            long += 1
        else:
            found.append(
                TokenPair(id=pair.id, task=pair.origin, prompt_ids=prompt, chosen=chosen, rejected=rejected)
            )
    notes = [f"{same} pairs whose sides are the same tokens were left out"] if same else []
    return found, notes + ([f"{long} pairs longer than {row_tokens} tokens were left out"] if long else [])


def dpo_settings(
    context: StageContext, settings: PreferenceStage, kinds: set[str], steps: int
) -> DpoSettings:
    """What the training room is told; a kind without a weight counts 1 where others have one."""
    dpo: DPOConfig = settings.dpo
    given = {str(kind): weight for kind, weight in settings.weights.items()}
    return DpoSettings(
        **optimizer_fields(dpo.optimizer, steps),
        **machine_fields(context.recipe),
        compute="bf16" if context.recipe.precision == "bfloat16" else "f32",
        epochs=dpo.epochs,
        pairs_per_step=dpo.pairs_per_step,
        beta=dpo.beta,
        label_smoothing=dpo.label_smoothing,
        next_token_weight=dpo.next_token_weight,
        chosen_floor=dpo.chosen_floor,
        chosen_window=dpo.chosen_window,
        weights={kind: given.get(kind, 1.0) for kind in sorted(kinds)} if given else None,
        row_tokens=dpo.row_tokens,
        seed=context.seed,
    )
