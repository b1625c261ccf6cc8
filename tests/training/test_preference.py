"""Preference optimization: exact packing, a fixed reference, smoothing, curves, and the stop on collapse."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from redone.errors import UserError
from redone.training import CheckpointStore, CollapseError, DpoSettings, TokenPair, train_preference
from redone.training import preference as preference_module
from redone.training.documents import pair_document
from redone.training.objectives.dpo import Dpo, preference_loss
from redone.training.packing import pack
from redone.training.preference import reference_logprobs

Twin = Callable[[], Any]
SETTINGS = DpoSettings(lr=1e-3, epochs=2, pairs_per_step=8, row_tokens=48)


def answer_logprobs(model: Any, prompt: tuple[int, ...], answer: tuple[int, ...]) -> torch.Tensor:
    """The textbook form: one answer with its own prompt in a row of its own."""
    logits = model(input_ids=torch.tensor([prompt + answer])).logits[0]
    spread = logits[len(prompt) - 1 : -1].log_softmax(-1)
    return spread.gather(1, torch.tensor(answer)[:, None])[:, 0]


def unpacked(model: Any, pairs: list[TokenPair], references: Any, beta: float, next_token: float) -> float:
    losses, chosen_tokens = [], []
    for pair, (chosen, rejected) in zip(pairs, references, strict=True):
        good = answer_logprobs(model, pair.prompt_ids, pair.chosen)
        bad = answer_logprobs(model, pair.prompt_ids, pair.rejected)
        losses.append(-torch.nn.functional.logsigmoid(beta * (good.sum() - chosen - bad.sum() + rejected)))
        chosen_tokens.append(good)
    loss = torch.stack(losses).mean() - next_token * torch.cat(chosen_tokens).mean()
    loss.backward()
    return float(loss.detach())


@pytest.mark.parametrize("merge", [True, False])
@pytest.mark.parametrize("vocabulary", [48, 5])
@pytest.mark.parametrize(("row_tokens", "batch_tokens"), [(1, 10_000), (40, 90), (300, 10_000)])
def test_packed_pairs_equal_unpacked(
    twin: Twin, kit: SimpleNamespace, row_tokens: int, batch_tokens: int, vocabulary: int, merge: bool
) -> None:
    pairs = kit.make_pairs(11, vocabulary=vocabulary)
    references = reference_logprobs(kit.make_model(1), pairs, SETTINGS)
    plain, packed = twin(), twin()
    expected = unpacked(plain, pairs, references, 0.2, 0.5)
    weight = 1 / sum(len(pair.chosen) for pair in pairs)
    documents = [
        pair_document(pair, found, chosen_weight=weight, merge=merge)
        for pair, found in zip(pairs, references, strict=True)
    ]
    got = 0.0
    for batch in pack(documents, row_tokens=row_tokens, batch_tokens=batch_tokens):
        loss, _ = Dpo(tasks=["a"], beta=0.2, next_token_weight=0.5).loss(packed, batch, float(len(pairs)))
        loss.backward()
        got += float(loss.detach())
    assert got == pytest.approx(expected, rel=1e-6)
    assert kit.relative_gap(kit.gradients(packed), kit.gradients(plain)) < 1e-6


def test_common_beginnings_of_both_answers_are_stored_once() -> None:
    pair = TokenPair(id="p", task="t", prompt_ids=(2, 3, 4), chosen=(5, 6, 7, 1), rejected=(5, 6, 8, 1))
    assert len(pair_document(pair).ids) == 3 + 2 + 2
    assert len(pair_document(pair, merge=False).ids) == 3 + 3 + 3
    assert pair_document(pair).targets.tolist() == [5, 6, 7, 1, 5, 6, 8, 1]


def test_reference_is_the_model_s_own_logprob(
    model: Any, kit: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = kit.make_pairs(9)
    monkeypatch.setattr(preference_module, "REFERENCE_PAIRS", 4)
    model.train()
    found = reference_logprobs(model, pairs, SETTINGS)
    assert model.training
    for pair, sums in zip(pairs, found, strict=True):
        for answer, got in zip((pair.chosen, pair.rejected), sums, strict=True):
            with torch.no_grad():
                wanted = float(answer_logprobs(model, pair.prompt_ids, answer).sum())
            assert got == pytest.approx(wanted, abs=1e-4)


def test_reference_is_computed_once_and_not_at_all_on_resume(
    kit: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    computed = preference_module.reference_logprobs
    monkeypatch.setattr(
        preference_module, "reference_logprobs", lambda *rest: calls.append(1) or computed(*rest)
    )

    def die(row: dict[str, Any]) -> None:
        if row["step"] == 2:
            raise KeyboardInterrupt

    pairs = kit.make_pairs(24)
    start = reference_logprobs(kit.make_model(), pairs, SETTINGS)
    with pytest.raises(KeyboardInterrupt):
        train_preference(
            kit.make_model(), pairs, SETTINGS, checkpoints=CheckpointStore(tmp_path, every=1), on_step=die
        )
    state = json.loads((tmp_path / "step-00000002" / "state.json").read_text())
    assert [tuple(row) for row in state["progress"]["source"]["references"]] == start
    other = kit.make_model(seed=7)
    train_preference(other, pairs, SETTINGS, checkpoints=CheckpointStore(tmp_path))
    assert len(calls) == 1


def test_rows_begin_at_the_reference_and_tell_the_curves(kit: SimpleNamespace) -> None:
    rows: list[dict[str, Any]] = []
    summary = train_preference(
        kit.make_model(), kit.make_pairs(30), dataclasses.replace(SETTINGS, epochs=6), on_step=rows.append
    )
    first, last = rows[0], rows[-1]
    assert first["preference_loss"] == pytest.approx(math.log(2), abs=1e-5)
    for name in ("chosen_reward", "rejected_reward", "margin"):
        assert first[name] == pytest.approx(0.0, abs=1e-5)
    assert first["chosen_kept"] == pytest.approx(1.0, abs=1e-5)
    assert last["margin"] > 0.2
    assert last["accuracy"] > 0.9
    assert last["margin"] == pytest.approx(last["chosen_reward"] - last["rejected_reward"])
    assert last["chosen_logprob"] < 0
    assert last["rejected_logprob"] < first["rejected_logprob"]
    assert sum(part["pairs"] for part in last["tasks"].values()) == last["examples"]
    assert summary.examples == 30
    assert summary.tasks == {"a": {"pairs": 15}, "b": {"pairs": 15}}


def test_weights_choose_among_tasks(kit: SimpleNamespace) -> None:
    settings = dataclasses.replace(SETTINGS, weights={"a": 1.0, "b": 0.0})
    summary = train_preference(kit.make_model(), kit.make_pairs(16), settings)
    assert summary.tasks == {"a": {"pairs": 8}, "b": {"pairs": 0}}


def test_chosen_likelihood_below_the_floor_stops_before_the_save(
    kit: SimpleNamespace, tmp_path: Path
) -> None:
    """Against a rate that destroys the model; the row that shows it is reported, the weights are not kept."""
    rows: list[dict[str, Any]] = []
    wild = dataclasses.replace(SETTINGS, lr=0.1, epochs=10, chosen_window=2, clip=0.0)
    with pytest.raises(CollapseError, match=r"chosen_floor = 0\.2") as caught:
        train_preference(
            kit.make_model(),
            kit.make_pairs(24),
            wild,
            checkpoints=CheckpointStore(tmp_path, every=1, keep=100),
            on_step=rows.append,
        )
    assert rows[-1]["step"] == caught.value.step
    assert rows[-1]["chosen_kept"] == caught.value.kept < 0.2
    assert all(row["chosen_kept"] >= 0.2 for row in rows[:-1])
    assert len(list(tmp_path.glob("step-*"))) == caught.value.step
    again: list[dict[str, Any]] = []
    with pytest.raises(CollapseError):
        train_preference(
            kit.make_model(),
            kit.make_pairs(24),
            wild,
            checkpoints=CheckpointStore(tmp_path),
            on_step=again.append,
        )
    assert again[-1]["chosen_kept"] == rows[-1]["chosen_kept"]


def test_a_floor_of_zero_never_stops(kit: SimpleNamespace) -> None:
    wild = dataclasses.replace(SETTINGS, lr=0.1, epochs=10, chosen_window=2, clip=0.0, chosen_floor=0.0)
    rows: list[dict[str, Any]] = []
    train_preference(kit.make_model(), kit.make_pairs(24), wild, on_step=rows.append)
    assert min(row["chosen_kept"] for row in rows) < 0.2
    assert len(rows) == 30


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.4])
def test_smoothing_by_hand(smoothing: float) -> None:
    margin, beta = 1.7, 0.5
    probability = 1 / (1 + math.exp(-beta * margin))
    expected = -(1 - smoothing) * math.log(probability) - smoothing * math.log(1 - probability)
    got = preference_loss(torch.tensor([margin]), beta=beta, label_smoothing=smoothing)
    assert got.tolist() == pytest.approx([expected], rel=1e-6)


def test_smoothing_wants_a_finite_margin() -> None:
    """The gradient vanishes where the modelled preference is one minus the smoothing, and turns beyond it."""
    beta, smoothing = 0.1, 0.2
    best = math.log((1 - smoothing) / smoothing) / beta
    margins = torch.tensor([best - 5, best, best + 5], requires_grad=True)
    preference_loss(margins, beta=beta, label_smoothing=smoothing).sum().backward()
    assert margins.grad is not None
    below, at, above = margins.grad.tolist()
    assert below < 0 < above
    assert at == pytest.approx(0.0, abs=1e-7)


@pytest.mark.parametrize(
    ("key", "value", "word"),
    [
        ("beta", 0.0, "above 0"),
        ("pairs_per_step", 0, "above 0"),
        ("label_smoothing", 0.5, r"label_smoothing is 0\.5.*below 0\.5"),
        ("label_smoothing", -0.1, "at least 0"),
        ("next_token_weight", -1.0, "not be negative"),
        ("chosen_floor", 1.0, "below 1"),
    ],
)
def test_settings_without_sense_are_refused(key: str, value: float, word: str) -> None:
    with pytest.raises(UserError, match=word):
        dataclasses.replace(SETTINGS, **{key: value})


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"prompt_ids": ()}, "'p7': prompt_ids has no tokens"),
        ({"chosen": ()}, "chosen has no tokens"),
        ({"rejected": ()}, "rejected has no tokens"),
        ({"rejected": (3, 1)}, "same tokens"),
    ],
)
def test_a_pair_without_sense_is_refused(change: dict[str, Any], word: str) -> None:
    plain: dict[str, Any] = {
        "id": "p7",
        "task": "t",
        "prompt_ids": (2,),
        "chosen": (3, 1),
        "rejected": (4, 1),
    }
    with pytest.raises(UserError, match=word):
        TokenPair(**(plain | change))


def test_nothing_to_train_on_is_refused(kit: SimpleNamespace) -> None:
    with pytest.raises(UserError, match="nothing to draw from"):
        train_preference(kit.make_model(), [], SETTINGS)
