"""Packed, tree-packed and padded forms have the same loss and the same gradient."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from redone.training import logprobs as logprobs_module
from redone.training.documents import group_documents, sequence_document
from redone.training.logprobs import target_logprobs
from redone.training.objectives.dapo import Dapo
from redone.training.objectives.next_token import NextToken
from redone.training.packing import pack
from redone.training.reinforcement import with_current_logprobs
from redone.training.settings import DapoSettings

Twin = Callable[[], Any]


def run(model: Any, objective: Any, batches: Any, normaliser: float) -> float:
    total = 0.0
    for batch in batches:
        loss, _ = objective.loss(model, batch, normaliser)
        loss.backward()
        total += float(loss.detach())
    return total


def padded_next_token(model: Any, sequences: Any) -> float:
    """The textbook form: one sequence per row, right padding, full logits."""
    width = max(len(s.ids) for s in sequences)
    ids = torch.tensor([list(s.ids) + [0] * (width - len(s.ids)) for s in sequences])
    seen = torch.tensor([[1] * len(s.ids) + [0] * (width - len(s.ids)) for s in sequences])
    labels = torch.full_like(ids, -100)
    for row, s in enumerate(sequences):
        marked = [place for place, bit in enumerate(s.loss_mask) if bit]
        labels[row, marked] = ids[row, marked]
    logits = model(input_ids=ids, attention_mask=seen).logits
    loss = torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten())
    loss.backward()
    return float(loss.detach())


@pytest.mark.parametrize(("row_tokens", "batch_tokens"), [(1, 10_000), (40, 10_000), (40, 90), (400, 10_000)])
def test_packed_next_token_equals_padded(
    twin: Twin, kit: SimpleNamespace, row_tokens: int, batch_tokens: int
) -> None:
    sequences = kit.make_sequences(17)
    plain, packed = twin(), twin()
    expected = padded_next_token(plain, sequences)
    documents = [sequence_document(s) for s in sequences]
    targets = float(sum(sum(s.loss_mask) for s in sequences))
    batches = pack(documents, row_tokens=row_tokens, batch_tokens=batch_tokens)
    loss = run(packed, NextToken([""]), batches, targets)
    assert loss == pytest.approx(expected, rel=1e-6)
    assert kit.relative_gap(kit.gradients(packed), kit.gradients(plain)) < 1e-6


def padded_dapo(model: Any, groups: Any, low: float, high: float) -> float:
    """Each answer with its own prompt in a row of its own; the formula written out token by token."""
    terms = []
    for group in groups:
        for answer, old, advantage in zip(group.answers, group.old_logprobs, group.advantages, strict=True):
            logits = model(input_ids=torch.tensor([group.prompt_ids + answer])).logits[0]
            spread = logits[len(group.prompt_ids) - 1 : -1].log_softmax(-1)
            ratio = (spread.gather(1, torch.tensor(answer)[:, None])[:, 0] - torch.tensor(old)).exp()
            terms.append(torch.minimum(ratio * advantage, ratio.clamp(1 - low, 1 + high) * advantage))
    loss = -torch.cat(terms).mean()
    loss.backward()
    return float(loss.detach())


@pytest.mark.parametrize("share", ["prefix", "prompt", "none"])
@pytest.mark.parametrize("row_tokens", [1, 60, 300])
def test_tree_packed_dapo_equals_padded(
    twin: Twin, kit: SimpleNamespace, share: Any, row_tokens: int
) -> None:
    groups = [kit.make_group(seed, vocabulary=4) for seed in range(6)]
    plain, packed = twin(), twin()
    expected = padded_dapo(plain, groups, 0.2, 0.28)
    documents = [d for group in groups for d in group_documents(group, share)]
    batches = pack(documents, row_tokens=row_tokens, batch_tokens=10_000)
    loss = run(packed, Dapo(), batches, float(sum(group.tokens for group in groups)))
    assert loss == pytest.approx(expected, rel=1e-5)
    assert kit.relative_gap(kit.gradients(packed), kit.gradients(plain)) < 1e-6


def test_vocabulary_in_pieces_changes_nothing(
    twin: Twin, kit: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups = [kit.make_group(seed) for seed in range(3)]
    documents = [group_documents(group)[0] for group in groups]
    batches = pack(documents, row_tokens=60, batch_tokens=10_000)
    whole, pieces = twin(), twin()
    expected = run(whole, Dapo(), batches, 10.0)
    monkeypatch.setattr(logprobs_module, "LOGITS_AT_ONCE", 100)
    assert run(pieces, Dapo(), batches, 10.0) == pytest.approx(expected, rel=1e-6)
    assert kit.relative_gap(kit.gradients(pieces), kit.gradients(whole)) < 1e-6


def test_entropy_is_that_of_the_softmax(model: Any, kit: SimpleNamespace) -> None:
    (document,) = [sequence_document(s) for s in kit.make_sequences(1)]
    (batch,) = pack([document], row_tokens=1, batch_tokens=1000)
    logprobs, entropies = target_logprobs(model, batch, entropy=True)
    logits = model(input_ids=torch.from_numpy(document.ids)[None]).logits[
        0, torch.from_numpy(document.origins)
    ]
    distribution = torch.distributions.Categorical(logits=logits)
    torch.testing.assert_close(entropies, distribution.entropy())
    torch.testing.assert_close(logprobs, distribution.log_prob(torch.from_numpy(document.targets)))


def test_sampled_logprobs_equal_the_training_pass(model: Any, kit: SimpleNamespace) -> None:
    """Why the rollout's own log-probabilities may serve as the old ones in f32."""
    from redone.model.completion import SamplingSettings

    pool = kit.make_pool(6)
    request = SamplingSettings(group_size=4, max_new_tokens=6, temperature=0.7)
    drawn = kit.make_sampler(model).generate([p.prompt_ids for p in pool], request, 3)
    for prompt, answers in zip(pool, drawn, strict=True):
        group = kit.make_group(0).__class__(
            example_id=prompt.example_id,
            task=prompt.task,
            prompt_ids=prompt.prompt_ids,
            answers=tuple(a.ids for a in answers),
            old_logprobs=tuple(a.logprobs for a in answers),
            advantages=(1.0,) * len(answers),
        )
        (again,) = with_current_logprobs(model, [group], DapoSettings(temperature=0.7))
        for old, new in zip(group.old_logprobs, again.old_logprobs, strict=True):
            assert new == pytest.approx(old, abs=1e-5)
