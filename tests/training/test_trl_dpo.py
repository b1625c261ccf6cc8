"""TRL 1.16's DPO trainer as oracle: the same pairs and reference give the same loss and gradient.

TRL's own loss method runs on a real trainer object with an explicit reference model; only its data loading is
left out. The reference differs from the policy, so that margins are of both signs.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from redone.training import DpoSettings, TokenPair
from redone.training.documents import pair_document
from redone.training.objectives.dpo import Dpo
from redone.training.packing import pack
from redone.training.preference import reference_logprobs

trl = pytest.importorskip("trl", reason="the oracle is a development extra")

TOLERANCE = 1e-5


@pytest.fixture
def trainer(tokenizer: Any, trl_arguments: dict[str, Any]) -> Callable[..., Any]:
    from datasets import Dataset

    def make(model: Any, reference: Any, **settings: Any) -> Any:
        made = trl.DPOTrainer(
            model,
            ref_model=reference,
            args=trl.DPOConfig(**trl_arguments, **settings),
            train_dataset=Dataset.from_list([{"prompt": "w3", "chosen": "w4", "rejected": "w5"}] * 8),
            processing_class=tokenizer,
        )
        made.model.train()
        return made

    return make


def padded(pairs: list[TokenPair]) -> dict[str, Any]:
    from trl.trainer.dpo_trainer import DataCollatorForPreference

    return DataCollatorForPreference(pad_token_id=0)(
        [
            {
                "prompt_ids": list(pair.prompt_ids),
                "chosen_ids": list(pair.chosen),
                "rejected_ids": list(pair.rejected),
            }
            for pair in pairs
        ]
    )


def ours(model: Any, reference: Any, pairs: list[TokenPair], objective: Dpo) -> tuple[float, dict[str, Any]]:
    """The update's loss, from several rows and micro-batches."""
    references = reference_logprobs(reference, pairs, DpoSettings())
    tokens = sum(len(pair.chosen) for pair in pairs)
    documents = [
        pair_document(pair, found, chosen_weight=1 / tokens)
        for pair, found in zip(pairs, references, strict=True)
    ]
    total, sums = 0.0, {}
    for batch in pack(documents, row_tokens=40, batch_tokens=100):
        loss, parts = objective.loss(model, batch, float(len(pairs)))
        loss.backward()
        total += float(loss.detach())
        sums = {name: sums.get(name, 0.0) + value for name, value in parts.items()}
    return total, objective.summary(sums, float(len(pairs)))


@pytest.mark.parametrize("vocabulary", [48, 5])
@pytest.mark.parametrize("next_token", [0.0, 0.3])
def test_loss_gradient_and_curves_equal_trl(
    kit: SimpleNamespace, trainer: Callable[..., Any], next_token: float, vocabulary: int
) -> None:
    pairs = kit.make_pairs(12, vocabulary=vocabulary)
    theirs, mine, reference = kit.make_model(0), kit.make_model(0), kit.make_model(1)
    terms = {"loss_type": ["sigmoid", "sft"], "loss_weights": [1.0, next_token]} if next_token else {}
    oracle = trainer(theirs, kit.make_model(1), beta=0.3, **terms)
    loss = oracle._compute_loss(oracle.model, padded(pairs), return_outputs=False)
    loss.backward()
    got, row = ours(mine, reference, pairs, Dpo(tasks=["a"], beta=0.3, next_token_weight=next_token))
    assert got == pytest.approx(float(loss.detach()), abs=TOLERANCE, rel=TOLERANCE)
    assert kit.relative_gap(kit.gradients(mine), kit.gradients(theirs)) < TOLERANCE
    curves = {
        "chosen_reward": "rewards/chosen",
        "rejected_reward": "rewards/rejected",
        "margin": "rewards/margins",
        "accuracy": "rewards/accuracies",
        "chosen_logprob": "logps/chosen",
        "rejected_logprob": "logps/rejected",
    }
    for name, other in curves.items():
        (wanted,) = oracle._metrics["train"][other]
        assert row[name] == pytest.approx(wanted, abs=TOLERANCE, rel=TOLERANCE), name
    assert 0 < row["accuracy"] < 1


def test_label_smoothing_equals_trl(kit: SimpleNamespace, trainer: Callable[..., Any]) -> None:
    """TRL smooths in the loss that it calls aot, which on a batch of one pair is the smoothed sigmoid loss."""
    pairs = kit.make_pairs(6)
    theirs, mine, reference = kit.make_model(0), kit.make_model(0), kit.make_model(1)
    oracle = trainer(theirs, kit.make_model(1), beta=0.3, loss_type=["aot"], label_smoothing=0.15)
    losses = [
        oracle._compute_loss(oracle.model, padded([pair]), return_outputs=False) / len(pairs)
        for pair in pairs
    ]
    total = torch.stack(losses).sum()
    total.backward()
    got, _ = ours(mine, reference, pairs, Dpo(tasks=["a"], beta=0.3, label_smoothing=0.15))
    assert got == pytest.approx(float(total.detach()), abs=TOLERANCE, rel=TOLERANCE)
    assert kit.relative_gap(kit.gradients(mine), kit.gradients(theirs)) < TOLERANCE
