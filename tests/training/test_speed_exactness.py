"""Every switch for speed has the loss and gradient of the plain form."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from redone.errors import UserError
from redone.training import DapoSettings, logprobs, train_next_token
from redone.training.arithmetic import autocast
from redone.training.documents import group_documents, sequence_document
from redone.training.logprobs import target_logprobs
from redone.training.objectives.dapo import Dapo
from redone.training.packing import pack
from redone.training.settings import NextTokenSettings, settings_to_json

Twin = Callable[[], Any]


def gradient(model: Any, documents: Any, settings: DapoSettings) -> float:
    total = 0.0
    for batch in pack(
        documents, row_tokens=settings.row_tokens, batch_tokens=settings.batch_tokens, layout=settings.layout
    ):
        with autocast(model, settings):
            loss, _ = Dapo().loss(model, batch, 30.0)
        loss.backward()
        total += float(loss.detach())
    return total


@pytest.mark.parametrize("share", ["prefix", "prompt", "none"])
@pytest.mark.parametrize("row_tokens", [1, 60, 300])
@pytest.mark.parametrize(
    "speed",
    [
        {"layout": "flat"},
        {"kernels": "onednn"},
        {"layout": "flat", "kernels": "onednn"},
        {"layout": "flat", "kernels": "fused"},
    ],
)
def test_flat_rows_and_onednn_change_nothing(
    twin: Twin, kit: SimpleNamespace, share: Any, row_tokens: int, speed: Any
) -> None:
    groups = [kit.make_group(seed, vocabulary=4) for seed in range(6)]
    documents = [document for group in groups for document in group_documents(group, share)]
    plain, fast = twin(), twin()
    sizes: dict[str, Any] = {"row_tokens": row_tokens, "batch_tokens": 150}
    expected = gradient(plain, documents, DapoSettings(**sizes))
    assert gradient(fast, documents, DapoSettings(**sizes, **speed)) == pytest.approx(expected, rel=1e-6)
    assert kit.relative_gap(kit.gradients(fast), kit.gradients(plain)) < 1e-6


@pytest.mark.parametrize("kernels", ["onednn", "fused"])
@pytest.mark.parametrize("layout", ["rows", "flat"])
def test_vocabulary_in_pieces_with_onednn(
    twin: Twin, kit: SimpleNamespace, layout: Any, kernels: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = [group_documents(kit.make_group(seed))[0] for seed in range(4)]
    plain, fast = twin(), twin()
    expected = gradient(plain, documents, DapoSettings())
    monkeypatch.setattr(logprobs, "LOGITS_AT_ONCE", 100)
    found = gradient(fast, documents, DapoSettings(layout=layout, kernels=kernels))
    assert found == pytest.approx(expected, rel=1e-6)
    assert kit.relative_gap(kit.gradients(fast), kit.gradients(plain)) < 1e-6


@pytest.mark.parametrize("kernels", ["torch", "fused"])
def test_flat_rows_in_bf16_stay_near(twin: Twin, kit: SimpleNamespace, kernels: Any) -> None:
    groups = [kit.make_group(seed) for seed in range(6)]
    documents = [document for group in groups for document in group_documents(group)]
    rows, flat = twin(), twin()
    gradient(rows, documents, DapoSettings(compute="bf16"))
    gradient(flat, documents, DapoSettings(compute="bf16", layout="flat", kernels=kernels))
    assert kit.relative_gap(kit.gradients(flat), kit.gradients(rows)) < 0.02


def test_flat_batches_hold_every_document_once(model: Any, kit: SimpleNamespace) -> None:
    documents = [sequence_document(s) for s in kit.make_sequences(9)]
    batches = pack(documents, row_tokens=30, batch_tokens=60, layout="flat")
    assert sum(batch.ids.numel() for batch in batches) == sum(len(d.ids) for d in documents)
    assert all(batch.ids.shape == (1, sum(batch.lengths)) for batch in batches)
    assert all(batch.ids.numel() <= 60 for batch in batches)
    plain = {}
    for layout in ("rows", "flat"):
        found = {}
        for batch in pack(documents, row_tokens=30, batch_tokens=60, layout=layout):  # type: ignore[arg-type]
            with torch.no_grad():
                parts = target_logprobs(model, batch)[0].split(
                    [len(documents[n].targets) for n in batch.order]
                )
            found.update(dict(zip(batch.order, parts, strict=True)))
        plain[layout] = found
    for number in range(len(documents)):
        torch.testing.assert_close(plain["rows"][number], plain["flat"][number])


def test_speed_settings_at_their_defaults_leave_the_fingerprint_alone() -> None:
    assert not {"layout", "kernels"} & set(settings_to_json(NextTokenSettings()))
    assert settings_to_json(NextTokenSettings(layout="flat"))["layout"] == "flat"


def test_flex_attention_sees_what_the_dense_mask_shows(kit: SimpleNamespace) -> None:
    documents = [
        document for seed in range(5) for document in group_documents(kit.make_group(seed, vocabulary=4))
    ]
    for batch in pack(documents, row_tokens=60, batch_tokens=200):
        rows, width = batch.ids.shape
        places = torch.meshgrid(*(torch.arange(n) for n in (rows, width, width)), indexing="ij")
        seen = batch.visible()(places[0], torch.zeros(()), places[1], places[2])
        real = torch.zeros(rows, width, dtype=torch.bool)
        real.view(-1)[batch.origins] = True
        dense = (batch.mask(torch.float32)[:, 0] == 0).expand(rows, -1, -1)
        assert torch.equal(seen[real], dense[real])


def test_layers_are_not_computed_again_by_onednn() -> None:
    with pytest.raises(UserError, match="recompute"):
        NextTokenSettings(recompute=True, kernels="onednn")


def test_layers_computed_again_change_nothing(kit: SimpleNamespace) -> None:
    from redone.training import train_next_token

    losses: list[list[float]] = []
    for recompute in (False, True):
        rows: list[Any] = []
        settings = NextTokenSettings(tokens_per_step=96, recompute=recompute)
        train_next_token(kit.make_model(), kit.make_sequences(12), settings, on_step=rows.append)
        losses.append([row["loss"] for row in rows])
    assert losses[0] == losses[1]


def test_flat_rows_are_refused_where_attention_would_mix_them(twin: Twin, kit: SimpleNamespace) -> None:
    model = twin()
    model.set_attn_implementation("sdpa")
    with pytest.raises(UserError, match=r"layout flat needs attention by row.*set layout to rows"):
        train_next_token(model, kit.make_sequences(4), NextTokenSettings(layout="flat"))
