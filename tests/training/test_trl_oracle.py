"""TRL 1.16 as oracle: the same batch gives the same loss and gradient.

TRL's own loss methods run on a real trainer object; only its data loading and sampling are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from redone.training import Group
from redone.training.documents import group_documents, sequence_document
from redone.training.objectives.dapo import Dapo, group_advantages
from redone.training.objectives.next_token import NextToken
from redone.training.packing import pack

trl = pytest.importorskip("trl", reason="the oracle is a development extra")

Twin = Callable[[], Any]
TOLERANCE = 1e-5


def ours(model: Any, objective: Any, documents: Any, normaliser: float) -> float:
    total = 0.0
    for batch in pack(documents, row_tokens=48, batch_tokens=200):
        loss, _ = objective.loss(model, batch, normaliser)
        loss.backward()
        total += float(loss.detach())
    return total


def test_next_token_equals_sft(
    twin: Twin, kit: SimpleNamespace, tokenizer: Any, trl_arguments: dict[str, Any]
) -> None:
    from datasets import Dataset

    sequences = kit.make_sequences(12)
    config = trl.SFTConfig(**trl_arguments, per_device_train_batch_size=12, max_length=64)
    dataset = Dataset.from_list([{"input_ids": list(s.ids), "labels": list(s.ids)} for s in sequences])
    theirs, mine = twin(), twin()
    trainer = trl.SFTTrainer(theirs, args=config, train_dataset=dataset, processing_class=tokenizer)
    width = max(len(s.ids) for s in sequences)
    pad = [width - len(s.ids) for s in sequences]
    inputs = {
        "input_ids": torch.tensor([list(s.ids) + [0] * p for s, p in zip(sequences, pad, strict=True)]),
        "attention_mask": torch.tensor(
            [[1] * len(s.ids) + [0] * p for s, p in zip(sequences, pad, strict=True)]
        ),
        "labels": torch.tensor(
            [
                [i if bit else -100 for i, bit in zip(s.ids, s.loss_mask, strict=True)] + [-100] * p
                for s, p in zip(sequences, pad, strict=True)
            ]
        ),
    }
    targets = sum(sum(s.loss_mask) for s in sequences)
    trainer.model.train()
    loss = trainer.compute_loss(trainer.model, inputs, num_items_in_batch=torch.tensor(targets))
    loss.backward()
    got = ours(mine, NextToken([""]), [sequence_document(s) for s in sequences], float(targets))
    assert got == pytest.approx(float(loss.detach()), abs=TOLERANCE)
    assert kit.relative_gap(kit.gradients(mine), kit.gradients(theirs)) < TOLERANCE


@pytest.fixture
def grpo(tokenizer: Any, trl_arguments: dict[str, Any]) -> Callable[[Any], Any]:
    from datasets import Dataset

    def make(model: Any) -> Any:
        config = trl.GRPOConfig(
            **trl_arguments,
            loss_type="dapo",
            beta=0.0,
            epsilon=0.2,
            epsilon_high=0.28,
            num_generations=4,
            per_device_train_batch_size=24,
            steps_per_generation=1,
        )
        trainer = trl.GRPOTrainer(
            model,
            reward_funcs=lambda completions, **_: [0.0] * len(completions),
            args=config,
            train_dataset=Dataset.from_list([{"prompt": "w3"}] * 8),
            processing_class=tokenizer,
        )
        trainer.current_gradient_accumulation_steps = 1
        trainer.model.train()
        return trainer

    return make


def grpo_inputs(groups: list[Group], items: int) -> dict[str, Any]:
    """TRL's layout: prompts padded on the left, answers on the right, one row per answer."""
    rows = [
        (group.prompt_ids, answer, old, advantage)
        for group in groups
        for answer, old, advantage in zip(group.answers, group.old_logprobs, group.advantages, strict=True)
    ]
    before = max(len(prompt) for prompt, *_ in rows)
    after = max(len(answer) for _, answer, *_ in rows)
    return {
        "prompt_ids": torch.tensor([[0] * (before - len(p)) + list(p) for p, *_ in rows]),
        "prompt_mask": torch.tensor([[0] * (before - len(p)) + [1] * len(p) for p, *_ in rows]),
        "completion_ids": torch.tensor([list(a) + [0] * (after - len(a)) for _, a, *_ in rows]),
        "completion_mask": torch.tensor([[1] * len(a) + [0] * (after - len(a)) for _, a, *_ in rows]),
        "old_per_token_logps": torch.tensor([list(o) + [0.0] * (after - len(o)) for *_, o, _ in rows]),
        "advantages": torch.tensor([advantage for *_, advantage in rows]),
        "num_items_in_batch": torch.tensor(float(items)),
    }


@pytest.mark.parametrize("share", ["prefix", "prompt"])
def test_dapo_equals_grpo_with_dapo_loss(
    twin: Twin, kit: SimpleNamespace, grpo: Callable[[Any], Any], share: Any
) -> None:
    """Off-policy old log-probabilities, so that both bounds of the clip are at work."""
    groups = [kit.make_group(seed, vocabulary=6) for seed in range(6)]
    tokens = sum(group.tokens for group in groups)
    theirs, mine = twin(), twin()
    trainer = grpo(theirs)
    loss = trainer._compute_loss(trainer.model, grpo_inputs(groups, tokens))
    loss.backward()
    documents = [document for group in groups for document in group_documents(group, share)]
    got = ours(mine, Dapo(), documents, float(tokens))
    assert got == pytest.approx(float(loss.detach()), abs=TOLERANCE, rel=TOLERANCE)
    assert kit.relative_gap(kit.gradients(mine), kit.gradients(theirs)) < TOLERANCE


def test_trl_counts_dead_groups_in_its_normaliser_and_we_do_not(
    twin: Twin, kit: SimpleNamespace, grpo: Callable[[Any], Any]
) -> None:
    """The one difference: groups without spread add nothing to TRL's sum, but their tokens to its divisor.

    So its loss is ours times kept tokens over all tokens, and the gradient likewise.
    """
    import dataclasses

    groups = [kit.make_group(seed) for seed in range(6)]
    dead = [dataclasses.replace(group, advantages=(0.0,) * len(group.answers)) for group in groups[4:]]
    kept = groups[:4]
    tokens, all_tokens = sum(g.tokens for g in kept), sum(g.tokens for g in groups)
    theirs, mine = twin(), twin()
    trainer = grpo(theirs)
    loss = trainer._compute_loss(trainer.model, grpo_inputs([*kept, *dead], all_tokens))
    loss.backward()
    got = ours(mine, Dapo(), [d for g in kept for d in group_documents(g)], float(tokens))
    share = tokens / all_tokens
    assert got * share == pytest.approx(float(loss.detach()), abs=TOLERANCE, rel=TOLERANCE)
    scaled = {name: gradient * share for name, gradient in kit.gradients(mine).items()}
    assert kit.relative_gap(scaled, kit.gradients(theirs)) < TOLERANCE


def test_trl_averages_the_normaliser_over_the_steps_of_a_rollout(
    twin: Twin, kit: SimpleNamespace, grpo: Callable[[Any], Any]
) -> None:
    """With two updates per rollout TRL divides both by half of the rollout's tokens, we each by its own."""
    groups = [kit.make_group(seed) for seed in range(4)]
    tokens = sum(g.tokens for g in groups)
    first = groups[:2]
    theirs, mine = twin(), twin()
    trainer = grpo(theirs)
    trainer.args.steps_per_generation = 2
    loss = trainer._compute_loss(trainer.model, grpo_inputs(first, tokens))
    own = sum(g.tokens for g in first)
    assert own != tokens / 2
    got = ours(mine, Dapo(), [d for g in first for d in group_documents(g)], float(own))
    assert got * own / (tokens / 2) == pytest.approx(float(loss.detach()), abs=TOLERANCE, rel=TOLERANCE)


def test_advantages_are_trl_s() -> None:
    from trl.trainer.utils import nanstd

    rewards = torch.tensor([[1.0, 0.0, float("nan"), 0.5], [0.2, 0.9, 0.1, 0.4]])
    expected = (rewards - rewards.nanmean(1, keepdim=True)) / (nanstd(rewards, dim=1, keepdim=True) + 1e-4)
    for row, wanted in zip(rewards.tolist(), expected, strict=True):
        got = group_advantages([None if value != value else value for value in row])
        assert [float("nan") if v is None else v for v in got] == pytest.approx(
            wanted.tolist(), abs=1e-6, nan_ok=True
        )


def test_our_overlong_penalty_is_trl_s() -> None:
    from trl.rewards import get_soft_overlong_punishment

    from redone.scoring.overlong import overlong_penalty

    theirs = get_soft_overlong_punishment(max_completion_len=16, soft_punish_cache=8)
    lengths = list(range(1, 17))
    assert [overlong_penalty(length, 16, 8) for length in lengths] == pytest.approx(
        theirs(completion_ids=[[0] * length for length in lengths])
    )
